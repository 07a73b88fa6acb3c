"""The polynomials of erfc in single precision (src/elementary/complementary.rs). Needs mpmath 1.4 and numpy 2.4.

R(q) = (a + 2)·exp(a²)·erfc(a), where q = 843/1024 − 4/(a + 2), for a in [0, 10.1], and P(r) = (e^r − 1 − r)/r² for |r| ≤ ln 2 / 2.
Minimax in the relative error of the result by Lawson's reweighted least squares. Coefficients are rounded to f32 one after
the other, lowest degree first; those that follow are fitted again and make up for the rounding. Nothing makes up for that
of R(0), so the 843 of 843/1024 was chosen from 717 to 851: R(0) is close to an f32.

Prints the coefficients, lowest degree first, and the largest relative error of each polynomial in units of 2^-24.
"""

import mpmath
import numpy

mpmath.mp.dps = 50
SHIFT = 843 / 1024


def nodes(low, high, n=1500):
    return (low + high) / 2 + (high - low) / 2 * numpy.cos(numpy.pi * (numpy.arange(n) + 0.5) / n)


def fit(x, y, weight, degree):
    """Coefficients in f32 of a polynomial that keeps max |weight·(y − polynomial)| small."""
    fixed = []
    for lowest in range(degree + 1):
        rest = (y - sum((c * x**k for k, c in enumerate(fixed)), numpy.zeros_like(x))) * weight
        columns = numpy.stack([x**k * weight for k in range(lowest, degree + 1)], axis=1)
        lawson = numpy.ones_like(x)
        best, best_error = None, numpy.inf
        for _ in range(60):
            root = numpy.sqrt(lawson)
            solution = numpy.linalg.lstsq(columns * root[:, None], rest * root, rcond=None)[0]
            error = numpy.abs(columns @ solution - rest)
            if error.max() < best_error:
                best, best_error = solution, error.max()
            lawson *= error / error.max() + 1e-12
            lawson /= lawson.sum()
        fixed.append(float(numpy.float32(best[0])))
    error = numpy.abs((y - sum(c * x**k for k, c in enumerate(fixed))) * weight).max()
    return fixed, error * 2**24


def show(name, coefficients, error):
    print(f"{name}: {len(coefficients)} terms, {error:.4f} · 2^-24")
    print("    " + ", ".join(str(numpy.float32(c)) for c in coefficients))


def scaled_erfc(q):
    a = 4 / (SHIFT - mpmath.mpf(q)) - 2
    return float((a + 2) * mpmath.exp(a * a) * mpmath.erfc(a))


def exp_tail(r):
    r = mpmath.mpf(r)
    return float((mpmath.expm1(r) - r) / r**2)


q = nodes(SHIFT - 4 / 2, SHIFT - 4 / (10.1 + 2))
y = numpy.array([scaled_erfc(v) for v in q])
show("R", *fit(q, y, 1 / y, 10))

r = nodes(-float(mpmath.log(2)) / 2 * 1.001, float(mpmath.log(2)) / 2 * 1.001)
y = numpy.array([exp_tail(v) for v in r])
show("P", *fit(r, y, r**2 / numpy.exp(r), 4))
