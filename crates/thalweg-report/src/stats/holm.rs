//! Holm's correction for many comparisons.

/// Holm's correction (Holm 1979): adjusted p in the order given; NaN stays NaN and does not count.
pub fn holm(p: &[f64]) -> Vec<f64> {
    holm_with(p, |n_left| n_left as f64)
}

/// The same step by step from the smallest p, each multiplied by what is asked for as many hypotheses as are left.
pub fn holm_with(p: &[f64], factor: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).filter(|i| !p[*i].is_nan()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut adjusted = vec![f64::NAN; p.len()];
    let mut largest = 0.0f64;
    for (rank, i) in order.iter().enumerate() {
        largest = largest.max(p[*i] * factor(order.len() - rank)).min(1.0);
        adjusted[*i] = largest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: sorted 0.01·4, 0.02·3, 0.03·2, 0.5·1, made monotone.
    #[test]
    fn holm_by_hand() {
        let adjusted = holm(&[0.5, 0.01, f64::NAN, 0.03, 0.02]);
        assert!(adjusted[2].is_nan());
        for (i, expected) in [(0, 0.5), (1, 0.04), (3, 0.06), (4, 0.06)] {
            assert!((adjusted[i] - expected).abs() < 1e-12, "{adjusted:?}");
        }
    }
}
