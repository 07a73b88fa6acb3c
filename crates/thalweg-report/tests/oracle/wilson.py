"""Wilson's intervals for the test of plot/divergence.rs."""

import statsmodels
from statsmodels.stats.proportion import proportion_confint

print("statsmodels", statsmodels.__version__)
for k, n in [(0, 5), (3, 25), (5, 5), (50, 100)]:
    low, high = proportion_confint(k, n, alpha=0.05, method="wilson")
    print(k, n, repr(float(low)), repr(float(high)))
