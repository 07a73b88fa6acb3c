//! Means that are never bare: t intervals, the paired test and Welch's.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// A sample's summary.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Number of values.
    pub n: usize,
    /// Arithmetic mean.
    pub mean: f64,
    /// Standard deviation, n − 1; NaN for n = 1.
    pub sd: f64,
    /// Lower end of the 95 % t interval; NaN for n = 1.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The mean with its 95 % t interval; `None` for no values.
pub fn estimate(values: &[f64]) -> Option<Estimate> {
    let n = values.len();
    if n == 0 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n as f64;
    let sd = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n as f64 - 1.0)).sqrt();
    let half = t_quantile(n as f64 - 1.0) * sd / (n as f64).sqrt();
    Some(Estimate { n, mean, sd: if n > 1 { sd } else { f64::NAN }, low: mean - half, high: mean + half })
}

/// A difference of means with its interval and two-sided p.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Pairs, or the smaller sample.
    pub n: usize,
    /// Mean of b minus mean of a.
    pub mean: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Two-sided p; 1 where all differences are 0, NaN where it cannot be known.
    pub p: f64,
}

/// Paired t test of b − a. `None` for no pairs.
pub fn paired(pairs: &[(f64, f64)]) -> Option<Difference> {
    let differences: Vec<f64> = pairs.iter().map(|(a, b)| b - a).collect();
    let e = estimate(&differences)?;
    Some(Difference { n: e.n, mean: e.mean, low: e.low, high: e.high, p: two_sided(e.mean, e.sd / (e.n as f64).sqrt(), e.n as f64 - 1.0) })
}

/// Welch's t test of b − a. `None` if a sample is empty.
pub fn welch(a: &[f64], b: &[f64]) -> Option<Difference> {
    let (ea, eb) = (estimate(a)?, estimate(b)?);
    let (va, vb) = (ea.sd.powi(2) / ea.n as f64, eb.sd.powi(2) / eb.n as f64);
    let df = (va + vb).powi(2) / (va.powi(2) / (ea.n as f64 - 1.0) + vb.powi(2) / (eb.n as f64 - 1.0));
    let (mean, error) = (eb.mean - ea.mean, (va + vb).sqrt());
    // Two constant samples: the degrees of freedom are 0/0, the difference is exact.
    let half = if error == 0.0 { 0.0 } else { t_quantile(df) * error };
    Some(Difference { n: ea.n.min(eb.n), mean, low: mean - half, high: mean + half, p: two_sided(mean, error, df) })
}

/// Two-sided p of a mean with its standard error.
pub(super) fn two_sided(mean: f64, error: f64, df: f64) -> f64 {
    match (error, mean) {
        (e, _) if e.is_nan() => f64::NAN,
        (0.0, 0.0) => 1.0,
        (0.0, _) => 0.0,
        _ => StudentsT::new(0.0, 1.0, df).map_or(f64::NAN, |t| 2.0 * t.cdf(-(mean / error).abs())),
    }
}

/// The 97.5 % point of Student's t; NaN below one degree of freedom.
pub(super) fn t_quantile(df: f64) -> f64 {
    if df > 0.0 { StudentsT::new(0.0, 1.0, df).map_or(f64::NAN, |t| t.inverse_cdf(0.975)) } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_and_equal_values_are_told_apart() {
        assert!(estimate(&[1.0]).expect("a value").low.is_nan());
        assert!(paired(&[(1.0, 2.0)]).expect("a pair").p.is_nan());
        assert_eq!(paired(&[(1.0, 1.0), (2.0, 2.0)]).expect("pairs").p, 1.0);
        assert_eq!(paired(&[(1.0, 2.0), (2.0, 3.0)]).expect("pairs").p, 0.0);
    }
}
