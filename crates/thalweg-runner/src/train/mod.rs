//! The study kind `train`: one network, one optimizer, epochs of seeded batches, probes between them.
//!
//! A trial runs on one thread with a fixed order of every reduction, so its record depends on nothing but its key.

mod measure;
pub mod model;
mod resolve;
mod run;
mod stop;

pub(crate) use resolve::pace_fits;

use thalweg_data::prepare::{Part, Prepared};
use thalweg_math::real::Real;
use thalweg_optim::Optimizer;
use thalweg_report::At;

use crate::clock::Stopwatch;
use crate::experiment::{Experiment, KeptWeights};
use crate::kind::{Kind, Quantity};
use crate::library::Library;
use crate::plan::Planned;
use crate::probe::PROBES;
use crate::record::{Record, Timing};
use crate::state::{Numbers, State};
use crate::stream::Stream;
use crate::trial::{Batch, Precision};
use crate::weights;
use measure::StepSums;
use model::Model;
use run::Run;

/// The kind's row.
pub static KIND: Kind = Kind {
    name: "train",
    question: "how a network learns",
    settings: &[&["data.", "model.", "train."]],
    record: &["every", "train", "layers", "weights"],
    quantities: || PROBES.iter().map(|p| Quantity { name: p.name, formula: p.formula, every_epoch: p.every_epoch }).collect(),
    progress: "epoch",
    metric: ("valid_loss", At::BestEpoch),
    headline: None,
    vary: &[Stream::Init, Stream::Order],
    plots: None,
    resolve: resolve::resolve,
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
    gradcheck: crate::gradient::check_all,
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

/// Trains one trial from its first epoch; `None` if `interrupted` said to stop. A model whose gradient check fails is refused.
pub fn train(
    planned: &Planned,
    experiment: &Experiment,
    library: &Library,
    interrupted: &dyn Fn() -> bool,
) -> Result<Option<Trained>, String> {
    in_its_precision(planned, experiment, library, None, interrupted)
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
    in_its_precision(planned, experiment, library, Some(state), interrupted)
}

fn in_its_precision(
    planned: &Planned,
    experiment: &Experiment,
    library: &Library,
    start: Option<&State>,
    interrupted: &dyn Fn() -> bool,
) -> Result<Option<Trained>, String> {
    let (trial, seeds) = (&planned.trial, &planned.seeds);
    match trial.train.precision {
        Precision::F32 => {
            let data = library.prepared_f32(trial, seeds).map_err(|e| e.to_string())?;
            train_from(planned, experiment, library, &*data, start, interrupted)
        }
        Precision::F64 => {
            let data = library.prepared_f64(trial, seeds).map_err(|e| e.to_string())?;
            train_from(planned, experiment, library, &*data, start, interrupted)
        }
    }
}

/// Trains one trial on prepared data.
pub fn train_on<T: Real>(
    planned: &Planned,
    experiment: &Experiment,
    library: &Library,
    data: &Prepared<T>,
    interrupted: &dyn Fn() -> bool,
) -> Result<Option<Trained>, String> {
    train_from(planned, experiment, library, data, None, interrupted)
}

fn train_from<T: Real>(
    planned: &Planned,
    experiment: &Experiment,
    library: &Library,
    data: &Prepared<T>,
    start: Option<&State>,
    interrupted: &dyn Fn() -> bool,
) -> Result<Option<Trained>, String> {
    let trial = &planned.trial;
    let model = Model::of(trial, data);
    let pretrained = trial.model.pretrained.as_ref().map(|p| library.weights(&p.path)).transpose()?;
    library.checks.pass(planned, &model, data, pretrained.as_deref())?;
    let network = &model.network;
    let Batch::Size(batch) = trial.train.batch else { unreachable!("the plan resolves `all`") };
    let mut workspace = network.workspace(batch.max(EVALUATION_ROWS));
    let params = model.initial(planned, pretrained.as_deref(), workspace.running_mut());
    let n_trained = params.len() - network.n_frozen();
    let mut run = Run {
        planned,
        experiment,
        data,
        model: &model,
        workspace,
        grad: vec![T::from_f64(0.0); params.len()],
        before: vec![T::from_f64(0.0); n_trained],
        optimizer: Optimizer::new(trial.train.optimizer, &trial.train.hyper, n_trained),
        order: (0..data.train.x.nrows() as u32).collect(),
        batch: Part::zeros_like(&data.train, batch),
        picture: Vec::new(),
        params,
        steps: StepSums::new(network),
        timing: Timing::default(),
        clock: Stopwatch::start(),
    };
    run.timing.memory_bytes = run.memory_bytes();
    let course = match start {
        Some(state) => run.restore(state),
        None => run.start(),
    };
    let Some(run::Ended { record, best, end, state }) = run.all_epochs(course, interrupted) else {
        return Ok(None);
    };
    let file = |numbers: Option<Numbers<Vec<T>>>| {
        let bytes = numbers
            .map(|n| weights::to_bytes((&planned.key, trial, &planned.seeds), &data.intake, network, &n.params, &n.running))
            .transpose()?;
        Ok::<_, String>(bytes.map(Kept::Weights))
    };
    let weights = match experiment.record.weights {
        KeptWeights::None => None,
        KeptWeights::Best => file(best)?,
        KeptWeights::Final => file(end)?,
        KeptWeights::State => state.map(|state| Kept::State(Box::new(state))),
    };
    Ok(Some(Trained { record, timing: run.timing, weights }))
}
