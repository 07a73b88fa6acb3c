//! Matrix products against the definition, for every shape, transpose and start.
//!
//! The entries are small integers: every sum is exact in both precisions and in any order, so equality is exact.

use proptest::prelude::*;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use thalweg_math::matmul::{Matrix, Onto, Start, column_sums, product, product_bias, product_from};
use thalweg_math::real::Real;

fn draw<T: Real>(rng: &mut ChaCha8Rng, len: usize) -> Vec<T> {
    (0..len).map(|_| T::from_f64(f64::from(rng.random_range(-8..=8)))).collect()
}

/// The transpose of `rows` rows.
fn transposed<T: Real>(v: &[T], rows: usize, cols: usize) -> Vec<T> {
    (0..cols * rows).map(|i| v[(i % rows) * cols + i / rows]).collect()
}

/// a `[m, k]`, b `[k, n]`.
fn agrees<T: Real>(m: usize, k: usize, n: usize, seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (a, b) = (draw::<T>(&mut rng, m * k), draw::<T>(&mut rng, k * n));
    let (old, bias) = (draw::<T>(&mut rng, m * n), draw::<T>(&mut rng, n));
    let (a_t, b_t) = (transposed(&a, m, k), transposed(&b, k, n));
    let mut plain = vec![T::default(); m * n];
    for (i, l) in (0..m).flat_map(|i| (0..k).map(move |l| (i, l))) {
        for j in 0..n {
            plain[i * n + j] += a[i * k + l] * b[l * n + j];
        }
    }
    let plus = |start: &dyn Fn(usize) -> T| -> Vec<T> { plain.iter().enumerate().map(|(i, v)| *v + start(i)).collect() };
    let (added, biased, scaled) = (plus(&|i| old[i]), plus(&|i| bias[i % n]), plus(&|i| -old[i] - old[i]));
    for left in [Matrix::new(&a, m, k), Matrix::new(&a_t, k, m).t()] {
        for right in [Matrix::new(&b, k, n), Matrix::new(&b_t, n, k).t()] {
            let mut dst = old.clone();
            product(&mut dst, Onto::Add, left, right);
            assert_eq!(dst, added, "{} [{m}, {k}]·[{k}, {n}] added", T::NAME);
            product(&mut dst, Onto::Replace, left, right);
            assert_eq!(dst, plain, "{} [{m}, {k}]·[{k}, {n}]", T::NAME);
            product_bias(&mut dst, &bias, left, right);
            assert_eq!(dst, biased, "{} [{m}, {k}]·[{k}, {n}] with a bias", T::NAME);
            product_from(&mut dst, Start::Scaled(T::from_f64(-2.0), &old), left, right);
            assert_eq!(dst, scaled, "{} [{m}, {k}]·[{k}, {n}] from -2 times a matrix", T::NAME);
        }
    }
    let sums: Vec<T> = (0..n).map(|j| b.iter().skip(j).step_by(n).copied().sum()).collect();
    let mut dst = bias;
    column_sums(&mut dst, &b);
    assert_eq!(dst, sums, "{} columns of [{k}, {n}]", T::NAME);
}

proptest! {
    #[test]
    fn products_follow_the_definition(m in 1_usize..70, k in 1_usize..70, n in 1_usize..70, seed: u64) {
        agrees::<f32>(m, k, n, seed);
        agrees::<f64>(m, k, n, seed);
    }
}

/// Every height of a tile and every width of a panel, with depths around those that a transposition takes at once.
#[test]
fn every_remainder() {
    for n in 1..70 {
        for m in 1..=30 {
            agrees::<f32>(m, 1 + (m + n) % 9, n, 3);
        }
    }
}

/// 1·1, single rows and columns, the shapes of the benchmarks, and both sides of the limits beyond which `faer` multiplies.
#[test]
fn particular_shapes() {
    let small = [(1, 1, 1), (32, 64, 32), (64, 32, 32), (32, 64, 10), (32, 32, 10), (32, 10, 32), (64, 10, 128), (17, 1, 16), (16, 300, 1)];
    let large = [(1, 784, 128), (64, 784, 128), (784, 64, 128), (15, 128, 33), (15, 129, 33), (3, 511, 256), (3, 512, 256)];
    for (m, k, n) in small.into_iter().chain(large) {
        agrees::<f32>(m, k, n, 1);
        agrees::<f64>(m, k, n, 2);
    }
}

/// 0 · NaN and 0 · ∞ are NaN in every entry that they belong to, and in no other.
#[test]
fn what_is_not_finite_stays_in_its_column() {
    for (n, bad) in [10, 32, 40].into_iter().flat_map(|n| [f32::NAN, f32::INFINITY].map(|bad| (n, bad))) {
        let (a, mut b, mut dst) = (vec![0.0; 20 * 3], vec![1.0; 3 * n], vec![0.0; 20 * n]);
        b[n + 5] = bad;
        product(&mut dst, Onto::Replace, Matrix::new(&a, 20, 3), Matrix::new(&b, 3, n));
        assert!(dst.iter().enumerate().all(|(i, v)| v.is_nan() == (i % n == 5)), "{bad} in column 5 of {n}");
    }
}

#[test]
#[should_panic(expected = "as many columns on the left as rows on the right")]
fn depths_differ() {
    product(&mut [0.0_f32; 4], Onto::Replace, Matrix::new(&[0.0; 6], 2, 3), Matrix::new(&[0.0; 4], 2, 2));
}

#[test]
#[should_panic(expected = "the shape of the product")]
fn destination_is_too_short() {
    product(&mut [0.0_f32; 3], Onto::Replace, Matrix::new(&[0.0; 4], 2, 2), Matrix::new(&[0.0; 4], 2, 2));
}
