//! Means that are never bare: intervals, paired and unpaired tests, correction for many comparisons.

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

fn two_sided(mean: f64, error: f64, df: f64) -> f64 {
    match (error, mean) {
        (e, _) if e.is_nan() => f64::NAN,
        (0.0, 0.0) => 1.0,
        (0.0, _) => 0.0,
        _ => StudentsT::new(0.0, 1.0, df).map_or(f64::NAN, |t| 2.0 * t.cdf(-(mean / error).abs())),
    }
}

/// The 97.5 % point of Student's t; NaN below one degree of freedom.
fn t_quantile(df: f64) -> f64 {
    if df > 0.0 { StudentsT::new(0.0, 1.0, df).map_or(f64::NAN, |t| t.inverse_cdf(0.975)) } else { f64::NAN }
}

/// Holm's correction (Holm 1979): adjusted p in the order given; NaN stays NaN and does not count.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).filter(|i| !p[*i].is_nan()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut adjusted = vec![f64::NAN; p.len()];
    let mut largest = 0.0f64;
    for (rank, i) in order.iter().enumerate() {
        largest = largest.max(p[*i] * (order.len() - rank) as f64).min(1.0);
        adjusted[*i] = largest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() <= 1e-9 * b.abs().max(1.0), "{a} is not {b}");
    }

    /// Printed by `tests/oracle/stats.py` with scipy 1.17.1.
    #[test]
    fn intervals_and_tests_agree_with_scipy() {
        let (a, b) = ([2.1, 2.5, 1.9, 2.4, 2.2], [1.8, 2.3, 1.7, 2.5, 1.9]);
        let e = estimate(&a).expect("values");
        near(e.low, ORACLE[0]);
        near(e.high, ORACLE[1]);
        let pairs: Vec<_> = a.iter().copied().zip(b).collect();
        let d = paired(&pairs).expect("pairs");
        near(d.p, ORACLE[2]);
        near(d.low, ORACLE[3]);
        let w = welch(&a, &b).expect("values");
        near(w.p, ORACLE[4]);
        near(w.low, ORACLE[5]);
    }

    const ORACLE: [f64; 6] =
        [1.9235567834933387, 2.5164432165066617, 0.07048399691021992, -0.3840262141974769, 0.3674522797142308, -0.6207104855384205];

    /// By hand: sorted 0.01·4, 0.02·3, 0.03·2, 0.5·1, made monotone.
    #[test]
    fn holm_by_hand() {
        let adjusted = holm(&[0.5, 0.01, f64::NAN, 0.03, 0.02]);
        assert!(adjusted[2].is_nan());
        for (i, expected) in [(0, 0.5), (1, 0.04), (3, 0.06), (4, 0.06)] {
            near(adjusted[i], expected);
        }
    }

    #[test]
    fn one_value_and_equal_values_are_told_apart() {
        assert!(estimate(&[1.0]).expect("a value").low.is_nan());
        assert!(paired(&[(1.0, 2.0)]).expect("a pair").p.is_nan());
        assert_eq!(paired(&[(1.0, 1.0), (2.0, 2.0)]).expect("pairs").p, 1.0);
        assert_eq!(paired(&[(1.0, 2.0), (2.0, 3.0)]).expect("pairs").p, 0.0);
    }
}
