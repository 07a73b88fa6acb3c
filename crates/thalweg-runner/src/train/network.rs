//! How a network is trained: by descent, in the precision that the trial asks for.

use thalweg_data::prepare::{Part, Prepared};
use thalweg_math::real::Real;
use thalweg_optim::Optimizer;

use super::measure::StepSums;
use super::model::Model;
use super::run::{self, Run};
use super::{EVALUATION_ROWS, Kept, Trained};
use crate::clock::Stopwatch;
use crate::experiment::{Experiment, KeptWeights};
use crate::library::Library;
use crate::plan::Planned;
use crate::record::Timing;
use crate::state::{Numbers, State};
use crate::trial::{Batch, Precision};
use crate::weights;

/// Trains one network; a model whose gradient check fails is refused. From a shorter trial's state the record is the same to the last bit.
pub(super) fn train(
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
