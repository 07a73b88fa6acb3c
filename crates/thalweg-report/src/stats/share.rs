//! Shares: k of n with an interval, and the difference of two.

const Z: f64 = 1.959_963_984_540_054;

/// The 95 % interval of a share, k of n, by Wilson (1927); n ≥ 1, 0 ≤ k ≤ n, not whole where each of n is a share itself.
pub fn wilson(k: f64, n: usize) -> (f64, f64) {
    let (n, p) = (n as f64, k / n as f64);
    let middle = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    ((middle - half).clamp(0.0, 1.0), (middle + half).clamp(0.0, 1.0))
}

/// The 95 % interval of a difference of two shares, the first minus the second, each (k, n): the hybrid score interval of Newcombe (1998),
/// method 10, made of Wilson's two. It takes the samples for independent, which is on the safe side where they are paired.
pub fn newcombe(a: (f64, usize), b: (f64, usize)) -> (f64, f64) {
    let share = |(k, n): (f64, usize)| k / n as f64;
    let (pa, pb, (la, ua), (lb, ub)) = (share(a), share(b), wilson(a.0, a.1), wilson(b.0, b.1));
    let d = pa - pb;
    (d - ((pa - la).powi(2) + (ub - pb).powi(2)).sqrt(), d + ((ua - pa).powi(2) + (pb - lb).powi(2)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Printed by `tests/oracle/wilson.py` with statsmodels 0.15.0.
    const ORACLE: [(f64, usize, f64, f64); 4] = [
        (0.0, 5, 0.0, 0.43448246478317487),
        (3.0, 25, 0.04166817150440355, 0.2995579392092733),
        (5.0, 5, 0.5655175352168252, 1.0),
        (50.0, 100, 0.4038315303659956, 0.5961684696340044),
    ];

    #[test]
    fn intervals_of_shares_agree_with_statsmodels() {
        for (k, n, low, high) in ORACLE {
            let found = wilson(k, n);
            assert!((found.0 - low).abs() < 1e-12 && (found.1 - high).abs() < 1e-12, "{k} of {n}: {found:?}");
        }
    }

    /// k of n.
    type Share = (f64, usize);

    /// Printed likewise; the first is the example of Newcombe's own paper, 0.0524 to 0.3339.
    const DIFFERENCES: [(Share, Share, f64, f64); 4] = [
        ((56.0, 70), (48.0, 80), 0.05243147240236498, 0.33387265403690614),
        ((9.0, 10), (3.0, 10), 0.1705227239345029, 0.809017973535488),
        ((10.0, 10), (0.0, 20), 0.6790860371419145, 1.0),
        ((5.0, 56), (0.0, 29), -0.038137147903536936, 0.19256001385511165),
    ];

    #[test]
    fn intervals_of_differences_agree_with_statsmodels() {
        for (a, b, low, high) in DIFFERENCES {
            let found = newcombe(a, b);
            assert!((found.0 - low).abs() < 1e-12 && (found.1 - high).abs() < 1e-12, "{a:?}, {b:?}: {found:?}");
        }
    }
}
