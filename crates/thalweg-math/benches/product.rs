//! Products of the shapes that training multiplies, through our door and with `faer` alone.
//!
//! `cargo bench -p thalweg-math --bench product`. The items per second are floating-point operations: 2·m·k·n in each product.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use thalweg_math::matmul::{Matrix, Onto, Start, column_sums, product, product_from, product_with_faer};

#[global_allocator]
static ALLOCATOR: thalweg_math::aligned::Aligned = thalweg_math::aligned::Aligned;

fn main() {
    divan::main();
}

/// Which factor is transposed.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// Forward.
    Nn,
    /// Gradient by the weights.
    Tn,
    /// Gradient by the input.
    Nt,
}

use Kind::{Nn, Nt, Tn};

/// (kind, m, k, n): digits 64-32-10 with batch 32, Fashion 784-128-10 with batch 64, then where `faer` may take over.
const SHAPES: &[(Kind, usize, usize, usize)] = &[
    (Nn, 32, 64, 32),
    (Tn, 64, 32, 32),
    (Nn, 32, 32, 10),
    (Tn, 32, 32, 10),
    (Nt, 32, 10, 32),
    (Nn, 64, 784, 128),
    (Tn, 784, 64, 128),
    (Nn, 64, 128, 10),
    (Tn, 128, 64, 10),
    (Nt, 64, 10, 128),
    (Nt, 32, 32, 32),
    (Nt, 64, 64, 64),
    (Nt, 64, 128, 128),
    (Nn, 128, 128, 128),
    (Nn, 256, 256, 256),
    (Tn, 256, 256, 256),
    (Nt, 256, 128, 256),
    (Nn, 256, 784, 512),
    (Tn, 784, 256, 512),
    (Nn, 512, 512, 512),
    (Nn, 1024, 64, 32),
    (Nn, 1024, 784, 128),
    (Nn, 1024, 128, 128),
    (Nn, 1024, 256, 256),
    (Tn, 1024, 256, 256),
    (Nn, 1, 784, 128),
    (Nn, 32, 2, 3),
];

fn bench(
    bencher: Bencher<'_, '_>,
    (kind, m, k, n): (Kind, usize, usize, usize),
    multiply: impl Fn(&mut [f32], Matrix<'_, f32>, Matrix<'_, f32>),
) {
    let values = |len: usize| -> Vec<f32> { (0..len).map(|i| (i % 17) as f32 / 16.0).collect() };
    let (a, b, mut dst) = (values(m * k), values(k * n), values(m * n));
    let a = if matches!(kind, Tn) { Matrix::new(&a, k, m).t() } else { Matrix::new(&a, m, k) };
    let b = if matches!(kind, Nt) { Matrix::new(&b, n, k).t() } else { Matrix::new(&b, k, n) };
    bencher.counter(ItemsCount::new(2 * m * k * n)).bench_local(|| multiply(black_box(&mut dst), black_box(a), black_box(b)));
}

#[divan::bench(args = SHAPES, sample_count = 200)]
fn ours(bencher: Bencher<'_, '_>, shape: &(Kind, usize, usize, usize)) {
    bench(bencher, *shape, |dst, a, b| product(dst, Onto::Replace, a, b));
}

#[divan::bench(args = SHAPES, sample_count = 200)]
fn faer(bencher: Bencher<'_, '_>, shape: &(Kind, usize, usize, usize)) {
    bench(bencher, *shape, product_with_faer);
}

/// dW = λW + xᵀ·dz for `[64, 32]` weights and a batch of 32: to be compared with the product alone.
#[divan::bench(sample_count = 200, sample_size = 100)]
fn from_scaled_weights(bencher: Bencher<'_, '_>) {
    let (x, dz, weights, mut dst) = ([0.5_f32; 32 * 64], [0.25; 32 * 32], [0.125; 64 * 32], [0.0; 64 * 32]);
    let (x, dz) = (Matrix::new(&x, 32, 64).t(), Matrix::new(&dz, 32, 32));
    bencher.bench_local(|| product_from(black_box(&mut dst), Start::Scaled(1e-3, black_box(&weights)), black_box(x), black_box(dz)));
}

/// db of the two layers.
#[divan::bench(args = [32, 10], sample_count = 200, sample_size = 100)]
fn bias_gradient_of_32_rows(bencher: Bencher<'_, '_>, n: usize) {
    let (dz, mut sums) = (vec![0.25_f32; 32 * n], vec![0.0; n]);
    bencher.bench_local(|| column_sums(black_box(&mut sums), black_box(&dz)));
}
