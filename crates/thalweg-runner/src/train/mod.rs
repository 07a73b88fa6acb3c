//! The study kind `train`: one model, one way to its parameters, probes on the way.
//!
//! A trial runs on one thread with a fixed order of every reduction, so its record depends on nothing but its key.

pub mod kinds;
mod machine;
mod measure;
pub mod model;
mod network;
mod resolve;
mod run;
mod stop;

pub use network::train_on;
pub(crate) use resolve::pace_fits;

use thalweg_report::At;

use crate::experiment::Experiment;
use crate::kind::{Kind, Quantity};
use crate::library::Library;
use crate::plan::Planned;
use crate::probe::PROBES;
use crate::record::{Record, Timing};
use crate::state::State;
use crate::stream::Stream;

/// The kind's row.
pub static KIND: Kind = Kind {
    name: "train",
    question: "how a model learns",
    settings: &[&["data.", "model.", "train."]],
    record: &["every", "train", "layers", "weights"],
    quantities: || PROBES.iter().map(|p| Quantity { name: p.name, formula: p.formula, every_epoch: p.every_epoch }).collect(),
    progress: "epoch",
    metric: ("valid_loss", At::BestEpoch),
    headline: None,
    vary: &[Stream::Init, Stream::Order],
    plots: None,
    resolve: |trial, seeds, library| (trial.model.kind.resolve)(trial, seeds, library),
    applies: kinds::applies,
    depends_on_seed: |_| true,
    refuse: kinds::refuse,
    resolved: &[
        "data.",
        "model.",
        "train.batch",
        "train.epochs",
        "train.gradient-sample",
        "train.patience",
        "train.schedule",
        "train.schedule-every",
        "train.warmup",
        "train.watch",
    ],
    run: train,
    resume: Some(resume),
    thresholds: crate::outcome::THRESHOLDS,
    outcomes: crate::outcome::outcomes,
    backdrop: |_| None,
    nodes: |_| None,
    gradcheck: kinds::gradcheck,
};

/// Rows that an evaluation takes at a time, at least.
const EVALUATION_ROWS: usize = 256;

/// What a trial leaves.
#[derive(Debug)]
pub struct Trained {
    /// Its record.
    pub record: Record,
    /// Its measured time.
    pub timing: Timing,
    /// What `[record] weights` keeps of it.
    pub weights: Option<Kept>,
}

/// What is kept of a trial beside its record.
#[derive(Debug)]
pub enum Kept {
    /// Parameters as a safetensors file.
    Weights(Vec<u8>),
    /// All that a longer trial needs to go on from here.
    State(Box<State>),
}

/// Trains one trial from its first epoch; `None` if `interrupted` said to stop.
pub fn train(
    planned: &Planned,
    experiment: &Experiment,
    library: &Library,
    interrupted: &dyn Fn() -> bool,
) -> Result<Option<Trained>, String> {
    (planned.trial.model.kind.train)(planned, experiment, library, None, interrupted)
}

/// Trains the epochs of one trial that a shorter one has not: the record is the same to the last bit.
///
/// # Panics
/// If the state is not one of the trial's prefix.
fn resume(
    planned: &Planned,
    experiment: &Experiment,
    library: &Library,
    state: &State,
    interrupted: &dyn Fn() -> bool,
) -> Result<Option<Trained>, String> {
    assert_eq!(Some(&state.prefix), planned.prefix.as_ref(), "a state is found under the trial's own prefix");
    (planned.trial.model.kind.train)(planned, experiment, library, Some(state), interrupted)
}
