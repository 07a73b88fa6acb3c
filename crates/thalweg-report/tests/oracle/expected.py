"""Writes the tables that ../statistics.rs reads: small random samples and designs, and what scipy and statsmodels say of them.

    python expected.py        # needs numpy, pandas, scipy, statsmodels; writes beside itself
"""

import itertools
import pathlib

import numpy as np
import pandas as pd
import scipy
import statsmodels
import statsmodels.formula.api as smf
from scipy import stats
from scipy.optimize import brentq
from scipy.special import digamma, polygamma
from scipy.stats._common import ConfidenceInterval
from scipy.stats._resampling import BootstrapResult
from statsmodels.stats.anova import anova_lm
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

rng = np.random.default_rng(20260101)
samples, designs, expected = [], [], []


def sample(case, name, values):
    samples.append(f"{case},{name},{' '.join(repr(float(v)) for v in values)}")


def expect(case, quantity, value):
    expected.append(f"{case},{quantity},{float(value)!r}")


# Intervals and tests of two samples.
for i, (n, m) in enumerate([(2, 2), (3, 5), (5, 5), (10, 7), (40, 25)]):
    case, a, b = f"two-{i}", rng.normal(2, 0.3, n), rng.normal(2.2, 0.7, m)
    sample(case, "a", a)
    sample(case, "b", b)
    interval = stats.ttest_1samp(a, 0).confidence_interval(0.95)
    expect(case, "mean", a.mean())
    expect(case, "sd", a.std(ddof=1))
    expect(case, "low", interval.low)
    expect(case, "high", interval.high)
    k = min(n, m)
    tests = {"paired": stats.ttest_rel(b[:k], a[:k]), "welch": stats.ttest_ind(b, a, equal_var=False)}
    for name, test in tests.items():
        expect(case, f"{name}-p", test.pvalue)
        expect(case, f"{name}-low", test.confidence_interval(0.95).low)
        expect(case, f"{name}-high", test.confidence_interval(0.95).high)

# Holm.
for i, n in enumerate([1, 4, 20]):
    p = np.round(rng.uniform(0, 0.2, n) ** 2, 3)  # rounded, so that some are equal
    sample(f"holm-{i}", "p", p)
    sample(f"holm-{i}", "adjusted", multipletests(p, method="holm")[1])

# BCa: scipy's interval from the means of given resamples.
for i, n in enumerate([10, 12, 30]):
    case, values = f"bca-{i}", np.round(rng.gamma(1.5, 1.0, n), 3)
    at = rng.integers(0, n, (199, n))
    sample(case, "values", values)
    sample(case, "indices", at.ravel())
    means = values[at].mean(axis=1)
    given = BootstrapResult(ConfidenceInterval(0, 0), means, 0)
    result = stats.bootstrap((values,), np.mean, n_resamples=0, method="BCa", bootstrap_result=given, confidence_level=0.95)
    expect(case, "low", result.confidence_interval.low)
    expect(case, "high", result.confidence_interval.high)

# Concordance of seeds, with and without ties: Kendall's W is Friedman's statistic over m (n - 1).
for i, (n, m, digits) in enumerate([(3, 5, 6), (6, 4, 1), (12, 3, 1)]):
    case, table = f"rank-{i}", np.round(rng.normal(0, 0.4, (n, m)) + np.linspace(0, 1, n)[:, None], digits)
    for row in range(n):
        sample(case, f"row{row}", table[row])
    # Friedman's configurations are our rows, its blocks our seeds.
    expect(case, "w", stats.friedmanchisquare(*table).statistic / (m * (n - 1)))
    best = table.mean(axis=1).argmin()
    expect(case, "n_best", sum(table[best, s] == table[:, s].min() for s in range(m)))

# Power of the paired t test, and the fewest pairs for 80 %.
for i, effect in enumerate([0.12, 0.3, 0.8, 1.5, 4.0]):
    case = f"power-{i}"
    expect(case, "effect", effect)
    for n in (2, 5, 30):
        expect(case, f"n{n}", TTestPower().power(effect, n, 0.05))
    expect(case, "needed", next(n for n in range(2, 1001) if TTestPower().power(effect, n, 0.05) >= 0.8))

# The set of the best: the noise from a two-way layout without interaction, or moderated; then the rule of best.rs.
ways = set()
for i, (k, n, wild) in enumerate([(6, 3, 0), (8, 5, 0), (8, 5, 2), (8, 4, 0), (16, 6, 0)]):
    case = f"best-{i}"
    noise = rng.normal(0, 1, (k, n))
    if i < 2:  # of one spread, nearly
        noise = (noise - noise.mean(axis=1, keepdims=True)) / noise.std(axis=1, ddof=1, keepdims=True) + rng.normal(0, 0.1, (k, n))
    table = rng.normal(0, 0.1, n) + np.linspace(1, 1.6, k)[:, None] + 0.1 * noise
    table[k - wild :] += rng.normal(0, 10, (wild, n)) + 30
    if wild:
        table -= 3  # below 0, so that logarithms are out of the question
    if i == 4:  # noise of its own for each
        table += rng.normal(0, 1, (k, n)) * np.exp(rng.uniform(-3, -0.5, (k, 1)))
    if i == 3:
        table = np.exp(4 * table)  # losses: noise is a share of the mean
    table = table[table.mean(axis=1).argsort()]
    for row in range(k):
        sample(case, f"row{row}", table[row])
    means = table.mean(axis=1)
    if (table > 0).all() and means.max() > 8 * means.min():
        table = np.log(table)
    left = table - table.mean(axis=1, keepdims=True)
    better = max(4, (k + 1) // 2)
    spread = (left - np.median(left[:better], axis=0)).var(axis=1, ddof=1)
    usual = np.median(spread[:better])
    comparable = (spread <= 25 * usual) & (spread >= usual / 25)
    m, d, part = comparable.sum(), n - 1, table[comparable]
    assert m >= 3 and spread[0] <= 25 * usual and (wild == 0 or m < k)
    # Moderated variances (Smyth 2004, section 6.2).
    logs = np.log(spread[comparable]) - digamma(d / 2) + np.log(d / 2)
    beyond = logs.var(ddof=1) - polygamma(1, d / 2)
    if beyond > 1e-3:
        d0 = 2 * brentq(lambda x: polygamma(1, x) - beyond, 1e-3, 1e5, xtol=1e-14, rtol=1e-14)
        variance = np.exp(logs.mean() + digamma(d0 / 2) - np.log(d0 / 2))
        d0 = min(d0, (m - 1) * d - d)
        each, df = (d0 * variance + d * spread) / (d0 + d), d0 + d
    else:
        frame = pd.DataFrame([(c, s, part[c, s]) for c in range(m) for s in range(n)], columns=["c", "s", "y"])
        fit = smf.ols("y ~ C(c) + C(s)", frame).fit()
        variance, df = fit.mse_resid, fit.df_resid
        each = np.full(k, variance)
    ways.add(bool(beyond > 1e-3))
    expect(case, "variance", variance)
    expect(case, "df", df)
    p = []
    for row, noise, wide in zip(table[1:], each[1:], spread[1:] > 25 * usual):
        if wide:
            p.append(stats.ttest_rel(row, table[0]).pvalue)
            continue
        difference = row - table[0]
        t = difference.mean() / np.sqrt(max(difference.var(ddof=1), each[0] + noise) / n)
        # The best by mean may not be so by logarithms.
        p.append(1.0 if t < 0 else 2 * stats.t.sf(t, df))
    adjusted, largest = np.empty(k - 1), 0
    for rank, at in enumerate(np.argsort(p, kind="stable")):
        left = k - rank  # configurations that are not ruled out
        largest = min(1, max(largest, p[at] * left * (left - 1) / 2))
        adjusted[at] = largest
    sample(case, "adjusted", adjusted)
assert ways == {True, False}, "both ways are needed"


# Analysis of variance. A stream of its own keeps its designs when something is added above.
rng = np.random.default_rng(20260102)


def design(case, sizes, n_seeds, keep=1.0, digits=6):
    names = "abcd"[: len(sizes)]
    rows = []
    main = [rng.normal(0, 1, s) for s in sizes]
    pair = rng.normal(0, 0.5, sizes[:2])
    for levels in itertools.product(*map(range, sizes)):
        for seed in range(n_seeds):
            y = sum(m[l] for m, l in zip(main, levels)) + pair[levels[:2]] + 0.2 * seed + rng.normal(0, 0.4)
            if len(sizes) > 2:
                y += 0.3 * (levels[0] - 1) * (levels[1] - 1) * levels[2]
            if rng.uniform() < keep:
                rows.append((*levels, seed, round(y, digits)))
    frame = pd.DataFrame(rows, columns=[*names, "seed", "y"])
    for row in rows:
        levels = [str(v) for v in row[:-2]] + [""] * (3 - len(sizes))
        designs.append(",".join([case, *levels, str(row[-2]), repr(float(row[-1]))]))
    return frame, names


def terms(names):
    return [(n,) for n in names] + list(itertools.combinations(names, 2))


def formula(which):
    return "y ~ 1" + "".join(" + " + ":".join(f"C({n})" for n in term) for term in which)


def key(term):
    return ":".join(f"C({n})" for n in term)


for i, (sizes, n_seeds) in enumerate([((3, 4), 3), ((2, 3), 1), ((3, 2, 4), 2)]):
    case = f"balanced-{i}"
    frame, names = design(case, sizes, n_seeds)
    if n_seeds == 1:
        steps = [smf.ols(formula(terms(names)[:k]), frame).fit().ssr for k in range(len(terms(names)))] + [0.0]
        for term, before, after in zip(terms(names), steps, steps[1:]):
            expect(case, ":".join(term), before - after)
        continue
    highest = [tuple(names)] if len(names) > 2 else []
    tables = [anova_lm(smf.ols(formula(terms(names) + highest + [("seed",)]), frame).fit(), typ=typ).sum_sq for typ in (1, 2)]
    assert np.allclose(*tables), "on a complete grid the types are one"
    for term in terms(names) + [("seed",)]:
        expect(case, ":".join(term), tables[0][key(term)])
    if highest:
        expect(case, "higher", tables[0][key(names)])
    expect(case, "residual", tables[0]["Residual"])

for i, (sizes, n_seeds, keep) in enumerate([((3, 4), 3, 0.8), ((3, 2, 3), 2, 0.85), ((4, 4), 2, 0.9)]):
    case = f"unbalanced-{i}"
    frame, names = design(case, sizes, n_seeds, keep)
    fit = smf.ols(formula(terms(names) + [("seed",)]), frame).fit()
    assert np.linalg.matrix_rank(fit.model.exog) == fit.model.exog.shape[1], "no cell may be empty here"
    table = anova_lm(fit, typ=2)
    for term in terms(names) + [("seed",)]:
        expect(case, ":".join(term), table.sum_sq[key(term)])
    expect(case, "residual", table.sum_sq["Residual"])

# Cells without a trial: formulas are then short of rank, so Type II is taken from its definition, by least squares on indicators.
for i, (sizes, keep) in enumerate([((3, 3), 0.6), ((3, 3, 2), 0.6)]):
    case = f"holes-{i}"
    frame, names = design(case, sizes, 1, keep)

    def left(which):
        columns = [np.ones((len(frame), 1))]
        for term in which:
            columns.append(pd.get_dummies(frame[list(term)].astype(str).agg("-".join, axis=1)).to_numpy(float))
        x = np.hstack(columns)
        y = frame.y.to_numpy()
        return float(((y - x @ np.linalg.lstsq(x, y, rcond=None)[0]) ** 2).sum())

    for term in terms(names):
        others = [t for t in terms(names) if not set(term) <= set(t)]
        expect(case, ":".join(term), left(others) - left(others + [term]))
    expect(case, "residual", left(terms(names)))

here = pathlib.Path(__file__).parent
versions = f"# numpy {np.__version__}, pandas {pd.__version__}, scipy {scipy.__version__}, statsmodels {statsmodels.__version__}"
for name, head, rows in [
    ("samples", "case,name,values", samples),
    ("designs", "case,a,b,c,seed,y", designs),
    ("expected", "case,quantity,value", expected),
]:
    (here / f"{name}.csv").write_text("\n".join([versions, head, *rows]) + "\n")
