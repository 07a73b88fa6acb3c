//! Sums in many lanes: a plain sum waits for itself, one addition after the other.

use crate::real::Real;

/// Σ f(v) in `LANES` running sums of `U`, added in a fixed order at the end.
#[inline]
pub fn sum<const LANES: usize, T: Copy, U: Real>(values: &[T], f: impl Fn(T) -> U) -> U {
    let mut sums = [U::default(); LANES];
    let chunks = values.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        sums.iter_mut().zip(chunk).for_each(|(sum, &v)| *sum += f(v));
    }
    sums.iter_mut().zip(rest).for_each(|(sum, &v)| *sum += f(v));
    sums.into_iter().sum()
}

/// Σv², in the precision of the values.
pub fn squares<T: Real>(values: &[T]) -> f64 {
    sum::<64, _, _>(values, |v: T| v * v).to_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: n(n + 1)/2 and n(n + 1)(2n + 1)/6, exact in both precisions.
    #[test]
    fn sums_of_the_first_numbers() {
        for n in [0, 1, 7, 8, 63, 64, 65, 200] {
            let (single, double): (Vec<f32>, Vec<f64>) = (1..=n).map(|i| (i as f32, f64::from(i))).unzip();
            let n = f64::from(n);
            assert_eq!(sum::<8, _, _>(&double, |v| v), n * (n + 1.0) / 2.0);
            assert_eq!(sum::<16, _, _>(&single, |v: f32| f64::from(v)), n * (n + 1.0) / 2.0);
            assert_eq!(squares(&single), n * (n + 1.0) * (2.0 * n + 1.0) / 6.0);
        }
    }
}
