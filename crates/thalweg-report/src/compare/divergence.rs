//! Fisher's exact test (Fisher 1935) of how many trials ended well.

use statrs::function::factorial::ln_binomial;

/// Two-sided p of a 2 × 2 table of (well, badly) ended trials: the sum over all tables with its margins that are no more likely.
pub(super) fn fisher(a: [usize; 2], b: [usize; 2]) -> f64 {
    let (n_a, n_b, n_well) = (a[0] + a[1], b[0] + b[1], a[0] + b[0]);
    let ln = |well_a: usize| ln_binomial(n_a as u64, well_a as u64) + ln_binomial(n_b as u64, (n_well - well_a) as u64);
    let possible = n_well.saturating_sub(n_b)..=n_well.min(n_a);
    let (all, own) = (ln_binomial((n_a + n_b) as u64, n_well as u64), ln(a[0]));
    // What is as likely, up to rounding, counts.
    possible.map(ln).filter(|p| *p <= own + 1e-7).map(|p| (p - all).exp()).sum::<f64>().min(1.0)
}

#[cfg(test)]
mod tests {
    use super::fisher;

    /// By hand: 5 of 5 against 0 of 5 is one of C(10, 5) = 252 tables, and its mirror is as likely. The last two by scipy 1.17.1.
    #[test]
    fn fisher_by_hand_and_by_scipy() {
        let known = [
            ([5, 0], [0, 5], 2.0 / 252.0),
            ([3, 0], [0, 3], 0.1),
            ([3, 2], [2, 3], 1.0),
            ([4, 0], [4, 0], 1.0),
            ([8, 0], [1, 5], 0.002997002997002997),
            ([7, 3], [2, 8], 0.06977851869492736),
        ];
        for (a, b, p) in known {
            assert!((fisher(a, b) - p).abs() < 1e-12, "{a:?} {b:?}: {}", fisher(a, b));
        }
    }
}
