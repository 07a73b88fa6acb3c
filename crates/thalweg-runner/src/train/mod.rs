//! The study kind `train`: one network, one optimizer, epochs of seeded batches, probes between them.
//!
//! A trial runs on one thread with a fixed order of every reduction, so its record depends on nothing but its key.

mod measure;
pub mod model;
mod resolve;
mod stop;

pub(crate) use resolve::pace_fits;

use thalweg_data::batch::{gather, shuffle};
use thalweg_data::prepare::{Part, PartLabels, Prepared};
use thalweg_math::network::Workspace;
use thalweg_math::real::Real;
use thalweg_optim::{Optimizer, Progress};
use thalweg_report::At;

use crate::clock::Stopwatch;
use crate::experiment::{Experiment, KeptWeights};
use crate::kind::{Kind, Quantity};
use crate::library::Library;
use crate::plan::Planned;
use crate::probe::{Moment, PROBES};
use crate::record::{EpochRow, Record, Status, Timing};
use crate::stream::Stream;
use crate::trial::{Batch, Precision};
use crate::weights;
use measure::StepSums;
use model::Model;

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
    run: train,
    thresholds: crate::outcome::THRESHOLDS,
    outcomes: crate::outcome::outcomes,
    backdrop: |_| None,
    nodes: |_| None,
    gradcheck: crate::gradient::check_all,
};

/// Rows that an evaluation takes at a time, at least.
const EVALUATION_ROWS: usize = 256;

/// Why a trial ended before its last epoch.
enum Stopped {
    Diverged(String),
    TimedOut(String),
    Interrupted,
}

/// What a trial leaves.
#[derive(Debug)]
pub struct Trained {
    /// Its record.
    pub record: Record,
    /// Its measured time.
    pub timing: Timing,
    /// Its parameters as a safetensors file, where `[record] weights` keeps them.
    pub weights: Option<Vec<u8>>,
}

/// Trains one trial; `None` if `interrupted` said to stop. A model whose gradient check fails is refused.
pub fn train(
    planned: &Planned,
    experiment: &Experiment,
    library: &Library,
    interrupted: &dyn Fn() -> bool,
) -> Result<Option<Trained>, String> {
    match planned.trial.train.precision {
        Precision::F32 => train_on(
            planned,
            experiment,
            library,
            &*library.prepared_f32(&planned.trial, &planned.seeds).map_err(|e| e.to_string())?,
            interrupted,
        ),
        Precision::F64 => train_on(
            planned,
            experiment,
            library,
            &*library.prepared_f64(&planned.trial, &planned.seeds).map_err(|e| e.to_string())?,
            interrupted,
        ),
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
    let Some((record, kept)) = run.all_epochs(interrupted) else {
        return Ok(None);
    };
    let weights = kept.map(|k| weights::to_bytes(trial, network, &k.params, &k.running)).transpose()?;
    Ok(Some(Trained { record, timing: run.timing, weights }))
}

/// A model's numbers at one moment.
#[derive(Clone)]
struct Numbers<T> {
    params: Vec<T>,
    running: Vec<T>,
}

struct Run<'a, T: Real> {
    planned: &'a Planned,
    experiment: &'a Experiment,
    data: &'a Prepared<T>,
    model: &'a Model,
    workspace: Workspace<T>,
    params: Vec<T>,
    grad: Vec<T>,
    /// The trained parameters before a sampled step.
    before: Vec<T>,
    optimizer: Optimizer<T>,
    order: Vec<u32>,
    batch: Part<T>,
    /// A picture while it is moved.
    picture: Vec<T>,
    steps: StepSums,
    timing: Timing,
    clock: Stopwatch,
}

impl<T: Real> Run<'_, T> {
    fn all_epochs(&mut self, interrupted: &dyn Fn() -> bool) -> Option<(Record, Option<Numbers<T>>)> {
        let epochs = self.planned.trial.train.epochs;
        let mut record = Record::empty(&self.planned.key, Status::Ok, String::new());
        if self.experiment.record.layers == crate::experiment::Extra::Record {
            record.groups = self.steps.groups();
        }
        let (mut is_measured, mut watched) = (true, stop::Best::NONE);
        let (mut best_loss, mut best, mut last) = (f64::INFINITY, None::<(Moment, Numbers<T>)>, None::<Moment>);
        for epoch in 1..=epochs {
            let recorded = epoch % self.experiment.record.every == 0 || epoch == epochs;
            let stopped = if interrupted() { Err(Stopped::Interrupted) } else { self.epoch(epoch, recorded) };
            let (running, lr) = match stopped {
                Ok(measured) => measured,
                Err(Stopped::Interrupted) => return None,
                Err(Stopped::TimedOut(reason)) => {
                    return Some((Record::empty(&self.planned.key, Status::TimedOut, reason), None));
                }
                Err(Stopped::Diverged(reason)) => {
                    // The parameters have left the epoch that was measured last.
                    is_measured = false;
                    (record.status, record.reason) = (Status::Diverged, reason);
                    break;
                }
            };
            record.epochs_run = epoch as u32;
            if !recorded {
                continue;
            }
            let (moment, layers) = self.measure(running);
            record.epochs.push(EpochRow { epoch: epoch as u32, lr, probes: moment.values(), layers });
            // Without validation there is no best epoch but the final one.
            let loss = moment.valid.as_ref().map_or(if moment.train.is_some() { f64::NEG_INFINITY } else { f64::NAN }, |e| e.loss);
            if loss < best_loss || moment.valid.is_none() {
                best_loss = loss;
                record.best_epoch = Some(epoch as u32);
                let (kept, numbers) = best.get_or_insert_with(|| (Moment::default(), self.numbers()));
                *kept = moment.clone();
                numbers.params.copy_from_slice(&self.params);
                numbers.running.copy_from_slice(self.workspace.running());
            }
            let limit = self.experiment.failure.loss_above;
            let bad = [&moment.train, &moment.valid].into_iter().flatten().map(|e| e.loss).find(|l| !l.is_finite() || *l > limit);
            let is_over = watched.look(&self.planned.trial.train.stop, epoch, &moment);
            last = Some(moment);
            if let Some(loss) = bad {
                (record.status, record.reason) = (Status::Diverged, format!("loss {loss:?} after epoch {epoch}"));
                break;
            }
            if is_over {
                break;
            }
        }
        let end = is_measured.then(|| self.numbers());
        self.finish(&mut record, &best, last, end.as_ref());
        let kept = match self.experiment.record.weights {
            KeptWeights::None => None,
            KeptWeights::Best => best.map(|(_, numbers)| numbers),
            KeptWeights::Final => end,
        };
        Some((record, kept))
    }

    fn numbers(&self) -> Numbers<T> {
        Numbers { params: self.params.clone(), running: self.workspace.running().to_vec() }
    }

    /// One pass over the training part: mean batch loss and the last learning rate; samples steps if the epoch is recorded.
    fn epoch(&mut self, epoch: usize, recorded: bool) -> Result<(f64, f64), Stopped> {
        let watch = Stopwatch::start();
        let (trial, n) = (&self.planned.trial, self.order.len());
        let Batch::Size(size) = trial.train.batch else { unreachable!("the plan resolves `all`") };
        shuffle(&mut self.order, &mut self.planned.seeds.rng(Stream::Order, epoch as u64));
        let mut moves = self.planned.seeds.rng(Stream::Augment, epoch as u64);
        let mut masks = self.planned.seeds.rng(Stream::Dropout, epoch as u64);
        let (objective, network) = (self.model.objective(), &self.model.network);
        let first_trained = network.n_frozen();
        let n_batches = n.div_ceil(size);
        let (mut loss_sum, mut lr) = (0.0, trial.train.lr);
        self.steps.clear();
        for i in 0..n_batches {
            let indices = &self.order[i * size..((i + 1) * size).min(n)];
            gather(&self.data.train, indices, &mut self.batch);
            if let Some(augment) = &self.data.augment {
                augment.apply(&mut self.batch, indices.len(), &mut moves, &mut self.picture);
            }
            let (x, labels) = model::rows(&self.batch, indices.len());
            network.draw(&mut masks, indices.len(), &mut self.workspace);
            let loss = objective.loss_and_gradient(&self.params, x, labels, &mut self.workspace, &mut self.grad).to_f64();
            if !loss.is_finite() || loss > self.experiment.failure.loss_above {
                self.timing.train_seconds += watch.seconds();
                return Err(Stopped::Diverged(format!("loss {loss:?} in epoch {epoch}, step {}", i + 1)));
            }
            loss_sum += loss * indices.len() as f64;
            self.steps.loss(loss);
            network.absorb(indices.len(), &mut self.workspace);
            let sampled = recorded && measure::is_sampled(i, n_batches);
            if sampled {
                self.steps.gradient(network, &self.grad);
                self.before.copy_from_slice(&self.params[first_trained..]);
            }
            let step = ((epoch - 1) * n_batches + i) as u64;
            let progress = Progress { step, total_steps: (trial.train.epochs * n_batches) as u64, steps_per_epoch: n_batches as u64 };
            lr = thalweg_optim::lr_at(trial.train.schedule, &trial.train.pace, trial.train.lr, &progress);
            self.optimizer.step(lr, &mut self.grad[first_trained..], &mut self.params[first_trained..]);
            if sampled {
                self.steps.update(&mut self.before, &self.params[first_trained..]);
            }
            self.timing.steps += 1;
            if i % 64 == 63 {
                self.in_time()?;
            }
        }
        self.timing.train_seconds += watch.seconds();
        self.in_time()?;
        Ok((loss_sum / n as f64, lr))
    }

    fn memory_bytes(&self) -> u64 {
        let of_batch = self.batch.x.len() + if let PartLabels::Values(values) = &self.batch.y { values.len() } else { 0 };
        let vectors = self.params.len() + self.grad.len() + self.before.len() + self.optimizer.state().slots.len();
        ((vectors + of_batch + self.workspace.n_values()) * size_of::<T>() + self.order.len() * size_of::<u32>()) as u64
    }

    fn in_time(&self) -> Result<(), Stopped> {
        match self.experiment.failure.timeout {
            Some(limit) if self.clock.elapsed() > limit => Err(Stopped::TimedOut(format!("longer than {limit:?}"))),
            _ => Ok(()),
        }
    }
}
