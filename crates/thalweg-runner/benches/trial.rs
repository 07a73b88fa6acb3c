//! One trial of the quickstart's shape, from the plan to its record: 64-32-10, batch 32, 30 epochs, evaluation included.
//!
//! Divided by its 1,350 steps it tells what a step costs together with everything around it.

use std::path::Path;
use std::sync::Arc;

use thalweg_runner::library::Library;
use thalweg_runner::plan::expand;
use thalweg_runner::{check, file, train};

fn main() {
    divan::main();
}

const EXPERIMENT: &str = r#"
name = "bench"
[base]
data = { source = "digits", split = [0.8, 0.1, 0.1], transform = ["unit-scale"] }
train = { optimizer = "momentum", lambda = 1e-4, epochs = 30 }
"#;

fn bench(bencher: divan::Bencher<'_, '_>, more: &str) {
    let parsed = file::parse(Path::new("bench.toml"), format!("{EXPERIMENT}{more}")).expect("valid");
    let experiment = Arc::new(check::check(&parsed).expect("valid"));
    let library = Arc::new(Library::default());
    let plan = expand(&experiment, &library).expect("a plan");
    let planned = plan.trial(0);
    bencher.bench_local(|| train::train(&planned, &experiment, &library, &|| false));
}

/// Evaluated after each epoch.
#[divan::bench]
fn digits_evaluated(bencher: divan::Bencher<'_, '_>) {
    bench(bencher, "");
}

/// Evaluated once at the end: nearly training alone.
#[divan::bench]
fn digits_training_only(bencher: divan::Bencher<'_, '_>) {
    bench(bencher, "[record]\nevery = 30\n");
}
