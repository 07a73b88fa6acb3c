//! How many seeds a paired t test needs to see a difference: its power, through the noncentral t distribution.

use statrs::distribution::{ContinuousCDF, Normal};
use statrs::function::gamma::ln_gamma;

use super::mean::{Estimate, t_quantile};

/// The most seeds that are looked for.
pub const MAX_SEEDS: usize = 1_000;
/// The chance that a difference of this size is seen.
pub const POWER: f64 = 0.8;

/// The fewest seeds in all with which a paired t test (two-sided, α = 0.05) sees the observed mean difference with a chance of 80 %,
/// were it and its standard deviation the true ones. `None`: more than [`MAX_SEEDS`], or nothing is known of the noise.
pub fn seeds_needed(differences: &Estimate) -> Option<usize> {
    let effect = (differences.mean / differences.sd).abs();
    if effect.is_nan() || effect == 0.0 || power(effect, MAX_SEEDS) < POWER {
        return None;
    }
    // Power grows with n: halve the range in which it reaches the aim.
    let (mut low, mut high) = (1, MAX_SEEDS);
    while high - low > 1 {
        let middle = (low + high) / 2;
        if power(effect, middle) >= POWER { high = middle } else { low = middle }
    }
    Some(high)
}

/// The chance that a paired t test of `n` pairs rejects at α = 0.05, both sides counted, for a true mean of `effect` standard deviations.
pub fn power(effect: f64, n: usize) -> f64 {
    if !effect.is_finite() {
        return 1.0;
    }
    let df = n as f64 - 1.0;
    let (shift, critical) = (effect * (n as f64).sqrt(), t_quantile(df));
    let normal = Normal::standard();
    let rejects = |s: f64| normal.cdf(shift - critical * s) + normal.cdf(-shift - critical * s);
    // Over the sample's standard deviation s in units of the true one: a chi variable over √df.
    let log_scale = 0.5 * df * (0.5 * df).ln() - ln_gamma(0.5 * df) + std::f64::consts::LN_2;
    let density = |s: f64| (log_scale + (df - 1.0) * s.ln() - 0.5 * df * s * s).exp();
    let spread = 9.0 / (2.0 * df).sqrt();
    let (from, to) = ((1.0 - spread).max(1e-12), 1.0 + spread);
    // Simpson's rule.
    let n_steps = 8_000;
    let h = (to - from) / f64::from(n_steps);
    let weight = |i: i32| if i == 0 || i == n_steps { 1.0 } else { f64::from(2 + 2 * (i % 2)) };
    (0..=n_steps).map(|i| (i, from + h * f64::from(i))).map(|(i, s)| weight(i) * density(s) * rejects(s)).sum::<f64>() * h / 3.0
}
