//! Variances of few values each, moderated by what all of them together say (Smyth 2004, the moderated t of limma).
//!
//! True variances are taken as s₀² d₀ / χ² with d₀ degrees of freedom; both follow from mean and variance of the logarithms. Where the
//! variances differ no more than chance has them differ, d₀ has no limit: they are one, and are pooled.

use statrs::function::gamma::digamma;

/// Spread of logarithms beyond chance that counts as none.
const NO_SPREAD: f64 = 1e-3;

/// (s₀², d₀) of positive variances with `df` degrees of freedom each; `None` where they are one.
pub(super) fn prior(variances: &[f64], df: f64) -> Option<(f64, f64)> {
    let n = variances.len() as f64;
    let logs: Vec<f64> = variances.iter().map(|v| v.ln() - digamma(df / 2.0) + (df / 2.0).ln()).collect();
    let mean = logs.iter().sum::<f64>() / n;
    let spread = logs.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / (n - 1.0) - trigamma(df / 2.0);
    if spread.is_nan() || spread <= NO_SPREAD {
        return None;
    }
    let half = trigamma_inverse(spread);
    Some(((mean + digamma(half) - half.ln()).exp(), 2.0 * half))
}

/// The second derivative of ln Γ for x > 0: recurrence up to 10, then the asymptotic series (Abramowitz and Stegun 6.4.12).
fn trigamma(mut x: f64) -> f64 {
    let mut sum = 0.0;
    while x < 10.0 {
        sum += 1.0 / (x * x);
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    let series = y * (1.0 / 6.0 - y * (1.0 / 30.0 - y * (1.0 / 42.0 - y * (1.0 / 30.0 - y * (5.0 / 66.0 - y * 691.0 / 2730.0)))));
    sum + 1.0 / x + y / 2.0 + series / x
}

/// The x at which it has this value, by halving: the function falls from ∞ to 0.
fn trigamma_inverse(value: f64) -> f64 {
    let (mut low, mut high) = (1e-6f64, 1e6f64);
    for _ in 0..200 {
        let middle = (low * high).sqrt();
        if trigamma(middle) > value { low = middle } else { high = middle }
    }
    (low * high).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// π²/6 at 1 and π²/2 at 1/2 are in any table.
    #[test]
    fn trigamma_has_its_known_values() {
        let pi2 = std::f64::consts::PI.powi(2);
        for (x, expected) in [(1.0, pi2 / 6.0), (0.5, pi2 / 2.0), (11.0, pi2 / 6.0 - (1..11).map(|i| 1.0 / f64::from(i * i)).sum::<f64>())]
        {
            assert!((trigamma(x) - expected).abs() < 1e-12, "{x}");
            assert!((trigamma_inverse(expected) - x).abs() < 1e-9, "{x}");
        }
    }
}
