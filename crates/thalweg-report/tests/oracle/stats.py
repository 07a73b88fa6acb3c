"""Prints the numbers that src/stats.rs expects. Needs scipy."""
import scipy
from scipy import stats

a, b = [2.1, 2.5, 1.9, 2.4, 2.2], [1.8, 2.3, 1.7, 2.5, 1.9]
print("scipy", scipy.__version__)
interval = stats.ttest_1samp(a, 0).confidence_interval(0.95)
paired, welch = stats.ttest_rel(b, a), stats.ttest_ind(b, a, equal_var=False)
print([float(v) for v in (interval.low, interval.high, paired.pvalue, paired.confidence_interval(0.95).low, welch.pvalue, welch.confidence_interval(0.95).low)])
