//! The empirical distribution function.

/// (value, share of `n` that is at most that value), at each distinct value from small to large. `n` may count more than the
/// values: those that never got one keep the last share below 1.
pub fn edf(values: &[f64], n: usize) -> Vec<(f64, f64)> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let mut steps = Vec::<(f64, f64)>::new();
    for (i, v) in sorted.iter().enumerate() {
        let share = (i + 1) as f64 / n as f64;
        match steps.last_mut() {
            Some(last) if last.0 == *v => last.1 = share,
            _ => steps.push((*v, share)),
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand.
    #[test]
    fn ties_are_one_step_and_what_is_missing_keeps_the_end_below_one() {
        assert_eq!(edf(&[3.0, 1.0, 1.0], 4), [(1.0, 0.5), (3.0, 0.75)]);
        assert!(edf(&[f64::NAN], 1).is_empty());
    }
}
