//! The study kind `train`: one network, one optimizer, epochs of seeded batches, probes between them.
//!
//! A trial runs on one thread with a fixed order of every reduction, so its record depends on nothing but its key.

use ndarray::s;
use thalweg_data::batch::{gather, shuffle};
use thalweg_data::dataset::Task;
use thalweg_data::prepare::{Part, PartLabels, Prepared};
use thalweg_math::loss::Targets;
use thalweg_math::network::{Network, NetworkSpec, Workspace};
use thalweg_math::objective::{Evaluation, Supervised};
use thalweg_math::real::Real;
use thalweg_optim::{Hyper, Optimizer, Progress};

use crate::clock::Stopwatch;
use crate::experiment::{Experiment, TrainLoss};
use crate::library::Library;
use crate::plan::Planned;
use crate::probe::Moment;
use crate::record::{EpochRow, Record, Status, Timing};
use crate::stream::Stream;
use crate::trial::{Batch, Precision, Trial};

/// Rows that an evaluation takes at a time, at least.
const EVALUATION_ROWS: usize = 256;

/// Why a trial ended before its last epoch.
enum Stopped {
    Diverged(String),
    TimedOut(String),
    Interrupted,
}

/// Trains one trial; `None` if `interrupted` said to stop.
pub fn train(
    planned: &Planned,
    experiment: &Experiment,
    library: &Library,
    interrupted: &dyn Fn() -> bool,
) -> Result<Option<(Record, Timing)>, String> {
    match planned.trial.train.precision {
        Precision::F32 => Ok(run(planned, experiment, &*library.prepared_f32(&planned.trial, &planned.seeds)?, interrupted)),
        Precision::F64 => Ok(run(planned, experiment, &*library.prepared_f64(&planned.trial, &planned.seeds)?, interrupted)),
    }
}

/// The network of a trial on prepared data.
pub fn network<T: Real>(trial: &Trial, data: &Prepared<T>) -> Network {
    let n_outputs = match data.task {
        Task::Classes { n_classes } => n_classes,
        Task::Regression { n_outputs } => n_outputs,
    };
    Network::new(&NetworkSpec {
        n_inputs: data.train.x.ncols(),
        hidden: &trial.model.hidden,
        n_outputs,
        activation: trial.model.activation,
        leak: trial.model.leak,
    })
}

/// The labels of a part as the loss reads them.
pub fn targets<T: Real>(part: &Part<T>) -> Targets<'_, T> {
    match &part.y {
        PartLabels::Classes(labels) => Targets::Classes(labels),
        PartLabels::Values(values) => Targets::Values(values.view()),
    }
}

/// The parameters a trial begins with.
pub fn initial<T: Real>(planned: &Planned, network: &Network) -> Vec<T> {
    let mut params = vec![T::from_f64(0.0); network.n_params()];
    network.init(planned.trial.init(), &mut planned.seeds.rng(Stream::Init, 0), &mut params);
    params
}

struct Run<'a, T: Real> {
    planned: &'a Planned,
    experiment: &'a Experiment,
    data: &'a Prepared<T>,
    objective: Supervised<'a>,
    workspace: Workspace<T>,
    params: Vec<T>,
    grad: Vec<T>,
    optimizer: Optimizer<T>,
    order: Vec<u32>,
    batch: Part<T>,
    timing: Timing,
    clock: Stopwatch,
}

fn run<T: Real>(
    planned: &Planned,
    experiment: &Experiment,
    data: &Prepared<T>,
    interrupted: &dyn Fn() -> bool,
) -> Option<(Record, Timing)> {
    let trial = &planned.trial;
    let network = network(trial, data);
    let params = initial(planned, &network);
    let Batch::Size(batch) = trial.train.batch else { unreachable!("the plan resolves `all`") };
    let mut run = Run {
        planned,
        experiment,
        data,
        objective: Supervised { network: &network, loss: trial.model.loss, penalty: trial.train.penalty, lambda: trial.train.lambda },
        workspace: network.workspace(batch.max(EVALUATION_ROWS)),
        grad: vec![T::from_f64(0.0); params.len()],
        optimizer: Optimizer::new(trial.train.optimizer, &Hyper { momentum: trial.train.momentum }, params.len()),
        order: (0..data.train.x.nrows() as u32).collect(),
        batch: Part::zeros_like(&data.train, batch),
        params,
        timing: Timing::default(),
        clock: Stopwatch::start(),
    };
    let record = run.all_epochs(interrupted)?;
    Some((record, run.timing))
}

impl<T: Real> Run<'_, T> {
    fn all_epochs(&mut self, interrupted: &dyn Fn() -> bool) -> Option<Record> {
        let epochs = self.planned.trial.train.epochs;
        let mut record = Record::empty(&self.planned.key, Status::Ok, String::new());
        let (mut best_loss, mut best, mut last) = (f64::INFINITY, None::<(Moment, Vec<T>)>, None::<Moment>);
        for epoch in 1..=epochs {
            let stopped = if interrupted() { Err(Stopped::Interrupted) } else { self.epoch(epoch) };
            let (running, grad_norm, lr) = match stopped {
                Ok(measured) => measured,
                Err(Stopped::Interrupted) => return None,
                Err(Stopped::TimedOut(reason)) => {
                    return Some(Record::empty(&self.planned.key, Status::TimedOut, reason));
                }
                Err(Stopped::Diverged(reason)) => {
                    (record.status, record.reason) = (Status::Diverged, reason);
                    break;
                }
            };
            record.epochs_run = epoch as u32;
            if epoch % self.experiment.record.every != 0 && epoch != epochs {
                continue;
            }
            let moment = self.measure(running, grad_norm);
            record.epochs.push(EpochRow { epoch: epoch as u32, lr, probes: moment.values() });
            // Without validation there is no best epoch but the final one.
            let loss = moment.valid.as_ref().map_or(if moment.train.is_some() { f64::NEG_INFINITY } else { f64::NAN }, |e| e.loss);
            if loss < best_loss || moment.valid.is_none() {
                best_loss = loss;
                record.best_epoch = Some(epoch as u32);
                let kept = best.get_or_insert_with(|| (Moment::default(), self.params.clone()));
                kept.0 = moment.clone();
                kept.1.copy_from_slice(&self.params);
            }
            let limit = self.experiment.failure.loss_above;
            let bad = [&moment.train, &moment.valid].into_iter().flatten().map(|e| e.loss).find(|l| !l.is_finite() || *l > limit);
            last = Some(moment);
            if let Some(loss) = bad {
                (record.status, record.reason) = (Status::Diverged, format!("loss {loss:?} after epoch {epoch}"));
                break;
            }
        }
        self.finish(&mut record, best, last);
        Some(record)
    }

    /// Test metrics at the best and final epochs.
    fn finish(&mut self, record: &mut Record, best: Option<(Moment, Vec<T>)>, last: Option<Moment>) {
        let watch = Stopwatch::start();
        if let Some(mut last) = last {
            let params = std::mem::take(&mut self.params);
            last.test = self.evaluate(&params, Which::Test);
            self.params = params;
            record.last = last.values();
        }
        if let Some((mut moment, params)) = best {
            moment.test = self.evaluate(&params, Which::Test);
            record.best = moment.values();
        }
        self.timing.eval_seconds += watch.seconds();
    }

    /// One pass over the training part: mean batch loss, mean gradient norm, the last learning rate.
    fn epoch(&mut self, epoch: usize) -> Result<(f64, f64, f64), Stopped> {
        let watch = Stopwatch::start();
        let (train, n) = (&self.planned.trial.train, self.order.len());
        let Batch::Size(size) = train.batch else { unreachable!("the plan resolves `all`") };
        shuffle(&mut self.order, &mut self.planned.seeds.rng(Stream::Order, epoch as u64));
        let n_batches = n.div_ceil(size);
        let (mut loss_sum, mut norm_sum, mut lr) = (0.0, 0.0, train.lr);
        for i in 0..n_batches {
            let indices = &self.order[i * size..((i + 1) * size).min(n)];
            gather(&self.data.train, indices, &mut self.batch);
            let labels = match &self.batch.y {
                PartLabels::Classes(labels) => Targets::Classes(&labels[..indices.len()]),
                PartLabels::Values(values) => Targets::Values(values.slice(s![..indices.len(), ..])),
            };
            let x = self.batch.x.slice(s![..indices.len(), ..]);
            let loss = self.objective.loss_and_gradient(&self.params, x, labels, &mut self.workspace, &mut self.grad).to_f64();
            if !loss.is_finite() || loss > self.experiment.failure.loss_above {
                self.timing.train_seconds += watch.seconds();
                return Err(Stopped::Diverged(format!("loss {loss:?} in epoch {epoch}, step {}", i + 1)));
            }
            loss_sum += loss * indices.len() as f64;
            norm_sum += norm(&self.grad);
            let step = ((epoch - 1) * n_batches + i) as u64;
            let progress = Progress { step, total_steps: (train.epochs * n_batches) as u64, steps_per_epoch: n_batches as u64 };
            lr = thalweg_optim::lr_at(train.schedule, train.lr, &progress);
            self.optimizer.step(lr, &mut self.grad, &mut self.params);
            self.timing.steps += 1;
            if i % 64 == 63 {
                self.in_time()?;
            }
        }
        self.timing.train_seconds += watch.seconds();
        self.in_time()?;
        Ok((loss_sum / n as f64, norm_sum / n_batches as f64, lr))
    }

    fn in_time(&self) -> Result<(), Stopped> {
        match self.experiment.failure.timeout {
            Some(limit) if self.clock.elapsed() > limit => Err(Stopped::TimedOut(format!("longer than {limit:?}"))),
            _ => Ok(()),
        }
    }

    fn measure(&mut self, running: f64, grad_norm: f64) -> Moment {
        let watch = Stopwatch::start();
        let params = std::mem::take(&mut self.params);
        let train = match self.experiment.record.train {
            TrainLoss::Full => self.evaluate(&params, Which::Train),
            TrainLoss::Running => Some(Evaluation { loss: running, accuracy: None, n: self.order.len() }),
        };
        let valid = self.evaluate(&params, Which::Valid);
        let weights: f64 =
            self.objective.network.blocks().iter().filter(|b| b.is_weight).map(|b| norm(&params[b.range.clone()]).powi(2)).sum();
        self.params = params;
        self.timing.eval_seconds += watch.seconds();
        Moment { train, valid, test: None, grad_norm, weight_norm: weights.sqrt() }
    }

    /// `None` for an empty part.
    fn evaluate(&mut self, params: &[T], which: Which) -> Option<Evaluation> {
        let part = match which {
            Which::Train => &self.data.train,
            Which::Valid => &self.data.valid,
            Which::Test => &self.data.test,
        };
        (part.x.nrows() > 0).then(|| self.objective.evaluate(params, part.x.view(), targets(part), &mut self.workspace))
    }
}

#[derive(Clone, Copy)]
enum Which {
    Train,
    Valid,
    Test,
}

/// Euclidean norm: sixteen running sums, added in a fixed order.
fn norm<T: Real>(values: &[T]) -> f64 {
    let mut sums = [T::from_f64(0.0); 16];
    let chunks = values.chunks_exact(16);
    let rest: f64 = chunks.remainder().iter().map(|v| (*v).to_f64().powi(2)).sum();
    for chunk in chunks {
        for (sum, v) in sums.iter_mut().zip(chunk) {
            *sum = v.mul_add(*v, *sum);
        }
    }
    (sums.iter().map(|s| (*s).to_f64()).sum::<f64>() + rest).sqrt()
}
