//! A kernel machine as in the digits: 1,437 × 64, ten classes, RBF, γ = scale, C = 1, tolerance 1e-3.
//!
//! `cargo bench -p thalweg-math --bench svm`. The rows are clusters around ten random centres, made here, unless `SVM_CSV` names a
//! file of lines `label,features…` of whole numbers, the features of which are divided by `SVM_SCALE`; `SVM_C` is another C.

use std::ops::ControlFlow;

use divan::{Bencher, black_box};
use rand::{Rng, SeedableRng};
use thalweg_math::kernel::{Gamma, named};
use thalweg_math::svm::{Limits, Scheme, Settings, train};

fn main() {
    divan::main();
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn ten_classes(bencher: Bencher<'_, '_>) {
    let (labels, x) = match std::env::var("SVM_CSV") {
        Ok(path) => read(&path, number("SVM_SCALE")),
        Err(_) => made_up(),
    };
    let settings = Settings {
        kernel: named("rbf").expect("a row"),
        gamma: Gamma::Scale,
        degree: 3,
        coef0: 0.0,
        c: number("SVM_C"),
        class_weights: &[],
        scheme: Scheme::OneVersusOne,
        limits: Limits::default(),
    };
    let n_features = x.len() / labels.len();
    bencher.bench_local(|| {
        train(black_box(&settings), black_box(&x), &labels, n_features, 10, &mut |_| ControlFlow::Continue(())).expect("valid settings")
    });
}

/// The variable's value, or 1.
fn number(variable: &str) -> f64 {
    std::env::var(variable).map_or(1.0, |text| text.parse().expect("a number"))
}

fn read(path: &str, scale: f64) -> (Vec<usize>, Vec<f64>) {
    let text = std::fs::read_to_string(path).expect("a file that can be read");
    let (mut labels, mut x) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let mut numbers = line.split(',').map(|field| field.parse::<f64>().expect("a number"));
        labels.push(numbers.next().expect("a label") as usize);
        x.extend(numbers.map(|v| v / scale));
    }
    (labels, x)
}

fn made_up() -> (Vec<usize>, Vec<f64>) {
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(8);
    let centres: Vec<f64> = (0..640).map(|_| rng.random::<f64>()).collect();
    let labels: Vec<usize> = (0..1437).map(|i| i % 10).collect();
    let mut x = Vec::new();
    for &label in &labels {
        x.extend(centres[label * 64..(label + 1) * 64].iter().map(|c| c + 1.5 * (rng.random::<f64>() - 0.5)));
    }
    (labels, x)
}
