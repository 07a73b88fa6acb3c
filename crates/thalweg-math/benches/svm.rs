//! A kernel machine on data of the size of the digits: 1,437 × 64, ten classes, RBF, C = 1, tolerance 1e-3.
//!
//! `cargo bench -p thalweg-math --bench svm`. The rows are clusters around ten random centres, made here.

use std::ops::ControlFlow;

use divan::{Bencher, black_box};
use rand::{Rng, SeedableRng};
use thalweg_math::kernel::{Gamma, named};
use thalweg_math::svm::{Limits, Scheme, Settings, train};

fn main() {
    divan::main();
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn digits_like(bencher: Bencher<'_, '_>) {
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(8);
    let centres: Vec<f64> = (0..640).map(|_| rng.random::<f64>()).collect();
    let labels: Vec<usize> = (0..1437).map(|i| i % 10).collect();
    let mut x = Vec::new();
    for &label in &labels {
        x.extend(centres[label * 64..(label + 1) * 64].iter().map(|c| c + 1.5 * (rng.random::<f64>() - 0.5)));
    }
    let settings = Settings {
        kernel: named("rbf").expect("a row"),
        gamma: Gamma::Scale,
        degree: 3,
        coef0: 0.0,
        c: 1.0,
        class_weights: &[],
        scheme: Scheme::OneVersusOne,
        limits: Limits::default(),
    };
    if let Ok(path) = std::env::var("SVM_CSV") {
        // The same rows for another program to be timed with.
        let lines: Vec<String> = x.chunks_exact(64).map(|row| row.iter().map(f64::to_string).collect::<Vec<_>>().join(",")).collect();
        std::fs::write(path, lines.join("\n")).expect("a path that can be written");
    }
    bencher.bench_local(|| {
        train(black_box(&settings), black_box(&x), &labels, 64, 10, &mut |_| ControlFlow::Continue(())).expect("valid settings")
    });
}
