//! Matrix products against the definition, for every shape, transpose and destination rule.

use proptest::prelude::*;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use thalweg_math::matmul::{Matrix, Onto, product};
use thalweg_math::real::Real;

/// a `[m, k]`, b `[k, n]` of small integers: every sum is exact in both precisions, so equality is exact.
fn agrees<T: Real>(m: usize, k: usize, n: usize, seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = |len: usize| -> Vec<T> { (0..len).map(|_| T::from_f64(f64::from(rng.random_range(-8..=8)))).collect() };
    let (a, b, old) = (draw(m * k), draw(k * n), draw(m * n));
    let transposed = |v: &[T], rows: usize, cols: usize| -> Vec<T> { (0..cols * rows).map(|i| v[(i % rows) * cols + i / rows]).collect() };
    let (a_t, b_t) = (transposed(&a, m, k), transposed(&b, k, n));
    let entry = |i: usize, j: usize| -> T { (0..k).map(|l| a[i * k + l] * b[l * n + j]).sum() };
    for onto in [Onto::Replace, Onto::Add] {
        let want: Vec<T> = (0..m * n).map(|i| entry(i / n, i % n) + if onto == Onto::Add { old[i] } else { T::default() }).collect();
        for left in [Matrix::new(&a, m, k), Matrix::new(&a_t, k, m).t()] {
            for right in [Matrix::new(&b, k, n), Matrix::new(&b_t, n, k).t()] {
                let mut dst = old.clone();
                product(&mut dst, onto, left, right);
                assert_eq!(dst, want, "{} [{m}, {k}]·[{k}, {n}] {onto:?}", T::NAME);
            }
        }
    }
}

proptest! {
    #[test]
    fn products_follow_the_definition(m in 1_usize..70, k in 1_usize..70, n in 1_usize..70, seed: u64) {
        agrees::<f32>(m, k, n, seed);
        agrees::<f64>(m, k, n, seed);
    }
}

/// 1·1, single rows and columns, and the shapes of the benchmarks.
#[test]
fn particular_shapes() {
    for (m, k, n) in [(1, 1, 1), (1, 784, 128), (32, 64, 10), (64, 784, 128), (784, 64, 128), (17, 1, 16), (16, 300, 1)] {
        agrees::<f32>(m, k, n, 1);
        agrees::<f64>(m, k, n, 2);
    }
}
