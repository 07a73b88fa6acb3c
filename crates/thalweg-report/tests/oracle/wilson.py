"""Intervals of shares and of their differences for the tests of stats/share.rs."""

import statsmodels
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

print("statsmodels", statsmodels.__version__)
for k, n in [(0, 5), (3, 25), (5, 5), (50, 100)]:
    low, high = proportion_confint(k, n, alpha=0.05, method="wilson")
    print(k, n, repr(float(low)), repr(float(high)))
for a, b in [((56, 70), (48, 80)), ((9, 10), (3, 10)), ((10, 10), (0, 20)), ((5, 56), (0, 29))]:
    low, high = confint_proportions_2indep(*a, *b, method="newcomb", compare="diff")
    print(a, b, repr(float(low)), repr(float(high)))
