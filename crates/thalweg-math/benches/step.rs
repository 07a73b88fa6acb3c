//! Time of one training step without its optimizer: loss, gradient and penalty on one core.
//!
//! `cargo bench -p thalweg-math`

use divan::{Bencher, black_box};
use ndarray::Array2;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use thalweg_math::layer::find_norm;
use thalweg_math::loss::{Targets, Task};
use thalweg_math::network::{Architecture, Network};
use thalweg_math::objective::Supervised;
use thalweg_math::penalty::{Coefficients, Penalised, PenaltyTerm};
use thalweg_math::{activation, init, loss};

#[global_allocator]
static ALLOCATOR: thalweg_math::aligned::Aligned = thalweg_math::aligned::Aligned;

fn main() {
    divan::main();
}

/// Rows of the pool that batches are gathered from.
const N_ROWS: usize = 1024;

/// A shuffled pass over 1024 rows of `n_inputs` in batches: gather, masks, forward, loss, backward, L2.
fn step(bencher: Bencher<'_, '_>, widths: [usize; 3], batch: usize, activation: &str, norm: Option<&str>, dropout: f64) {
    let [n_inputs, hidden, n_outputs] = widths;
    let plain = Architecture::plain(n_inputs, &[], n_outputs, activation::find(activation).expect("a row"), 1.0);
    let norm = norm.map(|name| find_norm(name).expect("a row"));
    let network = Network::new(&Architecture { backbone: &[hidden], norm, dropout, ..plain });
    let (loss, _) = loss::find("cross-entropy").expect("a row").form(Task::Classes(n_outputs), None).expect("fits");
    let penalty = PenaltyTerm { coefficients: Coefficients { l1: 0.0, l2: 1e-3 }, on: Penalised::Weights };
    let objective = Supervised { network: &network, loss, loss_parameter: 0.0, penalty };
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let pool = Array2::from_shape_fn((N_ROWS, n_inputs), |_| (rng.next_u32() % 17) as f32 / 16.0);
    let labels: Vec<u32> = (0..N_ROWS).map(|_| rng.next_u32() % n_outputs as u32).collect();
    let order: Vec<usize> = (0..N_ROWS).map(|_| rng.next_u32() as usize % N_ROWS).collect();
    let mut params = vec![0.0_f32; network.n_params()];
    network.init(init::find("he").expect("a row"), &mut rng, &mut params);
    let mut grad = vec![0.0_f32; params.len()];
    let mut workspace = network.workspace(batch);
    let mut x = Array2::zeros((batch, n_inputs));
    let mut y = vec![0; batch];
    let mut at = 0;
    bencher.bench_local(|| {
        let rows = &order[at..at + batch];
        at = (at + batch) % N_ROWS;
        let slice = x.as_slice_mut().expect("standard layout");
        for ((to, &row), label) in slice.chunks_exact_mut(n_inputs).zip(rows).zip(&mut y) {
            to.copy_from_slice(&pool.as_slice().expect("standard layout")[row * n_inputs..(row + 1) * n_inputs]);
            *label = labels[row];
        }
        network.draw(&mut rng, batch, &mut workspace);
        black_box(objective.loss_and_gradient(black_box(&params), x.view(), Targets::Classes(&y), &mut workspace, &mut grad));
        network.absorb(batch, &mut workspace);
    });
}

#[divan::bench(sample_count = 1000, sample_size = 100, args = ["relu", "tanh", "sigmoid", "gelu", "gelu-tanh", "silu", "elu", "softplus"])]
fn digits_64_32_10_batch_32(bencher: Bencher<'_, '_>, activation: &str) {
    step(bencher, [64, 32, 10], 32, activation, None, 0.0);
}

#[divan::bench(sample_count = 1000, sample_size = 100, args = ["batch-norm", "layer-norm"])]
fn digits_normalised(bencher: Bencher<'_, '_>, norm: &str) {
    step(bencher, [64, 32, 10], 32, "relu", Some(norm), 0.0);
}

#[divan::bench(sample_count = 1000, sample_size = 100)]
fn digits_dropout(bencher: Bencher<'_, '_>) {
    step(bencher, [64, 32, 10], 32, "relu", None, 0.3);
}

#[divan::bench(sample_count = 300, sample_size = 10)]
fn fashion_784_128_10_batch_64(bencher: Bencher<'_, '_>) {
    step(bencher, [784, 128, 10], 64, "relu", None, 0.0);
}
