//! Our side of `cargo xtask peers`: what a training step costs in the program's own loop, one JSON line per run.
//!
//! `peer digits|random [--repeat N]`. The time is the one that a sweep writes to its timings: shuffling, gathering, forward,
//! loss, backward, optimizer and the sampled norms, without evaluation. A first run warms up and is not printed. The
//! settings are those of `xtask/peers/train_peers.py`.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use ndarray::Array2;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use thalweg_data::dataset::Task;
use thalweg_data::intake::Intake;
use thalweg_data::prepare::{Part, PartLabels, Prepared};
use thalweg_data::transform::Layout;
use thalweg_runner::experiment::Experiment;
use thalweg_runner::library::Library;
use thalweg_runner::plan::{Planned, expand};
use thalweg_runner::train::{Trained, train, train_on};
use thalweg_runner::{check, file, probe};

const DIGITS: &str = r#"
name = "peer"
[base]
data = { source = "digits", split = [0.8, 0.1, 0.1], transform = ["unit-scale"] }
model = { hidden = [32] }
train = { optimizer = "momentum", lr = 0.1, lambda = 1e-4, batch = 32, epochs = 30 }
[record]
every = 30
"#;

/// Planned on another source, whose samples are then replaced: only the settings are asked for.
const RANDOM: &str = r#"
name = "peer"
[base]
data = { source = "digits" }
model = { hidden = [128] }
train = { optimizer = "momentum", lr = 0.05, lambda = 1e-4, batch = 64, epochs = 1 }
"#;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (work, repeat) = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [work] => (work, Ok(1)),
        [work, "--repeat", n] => (work, n.parse()),
        _ => ("", Ok(0)),
    };
    let outcome = match (work, repeat) {
        ("digits", Ok(n)) => digits(n),
        ("random", Ok(n)) => random(n),
        _ => Err("peer digits|random [--repeat N]".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::from(2)
        }
    }
}

fn digits(repeat: usize) -> Result<(), String> {
    let library = Arc::new(Library::default());
    let (experiment, planned) = planned(DIGITS, &library)?;
    race("digits", "test_accuracy", repeat, || train(&planned, &experiment, &library, &|| false))
}

fn random(repeat: usize) -> Result<(), String> {
    let library = Arc::new(Library::default());
    let (experiment, planned) = planned(RANDOM, &library)?;
    let data = random_data();
    race("random", "train_accuracy", repeat, || train_on(&planned, &experiment, &library, &data, &|| false))
}

fn planned(text: &str, library: &Arc<Library>) -> Result<(Arc<Experiment>, Planned), String> {
    let parsed = file::parse(Path::new("peer.toml"), text.into()).map_err(|p| format!("{p:?}"))?;
    let experiment = Arc::new(check::check(&parsed).map_err(|p| format!("{p:?}"))?);
    let plan = expand(&experiment, library).map_err(|problems| problems.into_iter().map(|p| p.message).collect::<Vec<_>>().join("; "))?;
    Ok((experiment, plan.trial(0)))
}

/// Samples of Fashion-MNIST's shape, all of them for training: uniform pixels, random labels.
fn random_data() -> Prepared<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let mut part = |n: usize| Part {
        x: Array2::from_shape_simple_fn((n, 784), || rng.random::<f32>()),
        y: PartLabels::Classes((0..n as u32).map(|i| i * 7 % 10).collect()),
    };
    let intake = Intake { features: Vec::new(), image: None, others: Vec::new(), class_names: Vec::new(), steps: Vec::new() };
    let layout = Layout { features: Vec::new(), image: None };
    Prepared { train: part(60_000), valid: part(0), test: part(0), task: Task::Classes { n_classes: 10 }, layout, augment: None, intake }
}

fn race(work: &str, accuracy: &str, repeat: usize, mut run: impl FnMut() -> Result<Option<Trained>, String>) -> Result<(), String> {
    let i = probe::index(accuracy).expect("a row of the probes");
    for round in 0..=repeat {
        let Trained { record, timing, .. } = run()?.expect("nobody interrupts");
        if round > 0 {
            let us = timing.train_seconds / timing.steps as f64 * 1e6;
            println!(r#"{{"work": "{work}", "peer": "thalweg", "us_per_step": {us:.3}, "accuracy": {:.4}}}"#, record.last[i]);
        }
    }
    Ok(())
}
