//! A run of a training trial: the loop over epochs and steps, and what it has come to at each moment.

use thalweg_data::batch::{gather, shuffle};
use thalweg_data::prepare::{Part, PartLabels, Prepared};
use thalweg_math::network::Workspace;
use thalweg_math::real::Real;
use thalweg_optim::{Optimizer, Progress};

use super::measure::{self, StepSums};
use super::model::{self, Model};
use crate::clock::Stopwatch;
use crate::experiment::Experiment;
use crate::plan::Planned;
use crate::record::{EpochRow, Record, Status, Timing};
use crate::state::{FORMAT, Floats, Numbers, State, Watched};
use crate::stream::Stream;
use crate::trial::Batch;

/// Why a trial ended before its last epoch.
enum Stopped {
    Diverged(String),
    TimedOut(String),
    Interrupted,
}

pub(super) struct Run<'a, T: Real> {
    pub(super) planned: &'a Planned,
    pub(super) experiment: &'a Experiment,
    pub(super) data: &'a Prepared<T>,
    pub(super) model: &'a Model,
    pub(super) workspace: Workspace<T>,
    pub(super) params: Vec<T>,
    pub(super) grad: Vec<T>,
    /// The trained parameters before a sampled step.
    pub(super) before: Vec<T>,
    pub(super) optimizer: Optimizer<T>,
    pub(super) order: Vec<u32>,
    pub(super) batch: Part<T>,
    /// A picture while it is moved.
    pub(super) picture: Vec<T>,
    pub(super) steps: StepSums,
    pub(super) timing: Timing,
    pub(super) clock: Stopwatch,
}

/// What a run has come to after some epochs, beside its parameters and its optimizer.
pub(super) struct Course<T> {
    /// The epochs that were recorded.
    record: Record,
    /// The numbers of the best of them.
    best: Option<Numbers<Vec<T>>>,
    best_loss: f64,
    watched: Watched,
    is_over: bool,
}

/// What a run leaves.
pub(super) struct Ended<T> {
    pub(super) record: Record,
    /// The numbers of its best epoch.
    pub(super) best: Option<Numbers<Vec<T>>>,
    /// Those of its end, if that was measured.
    pub(super) end: Option<Numbers<Vec<T>>>,
    /// What a longer trial goes on from, where it is kept.
    pub(super) state: Option<State>,
}

impl<T: Real> Run<'_, T> {
    /// Before the first epoch.
    pub(super) fn start(&self) -> Course<T> {
        let mut record = Record::empty(&self.planned.key, Status::Ok, String::new());
        if self.experiment.record.layers == crate::experiment::Extra::Record {
            record.groups = self.steps.groups();
        }
        Course { record, best: None, best_loss: f64::INFINITY, watched: Watched::NONE, is_over: false }
    }

    /// Where a shorter trial has ended.
    pub(super) fn restore(&mut self, state: &State) -> Course<T> {
        let Numbers { params, running } = state.now.map(Floats::to);
        self.params.copy_from_slice(&params);
        self.workspace.running_mut().copy_from_slice(&running);
        self.optimizer.restore(thalweg_optim::State { step: state.step, slots: state.slots.to() });
        Course {
            record: Record { key: self.planned.key.clone(), ..state.record.clone() },
            best: state.best.as_ref().map(|best| best.map(Floats::to)),
            best_loss: state.best_loss,
            watched: state.watched,
            is_over: state.is_over,
        }
    }

    /// What a longer trial goes on from, where the plan says that one can.
    fn state(&self, course: &Course<T>) -> Option<State> {
        let prefix = self.planned.prefix.clone()?;
        let optimizer = self.optimizer.state();
        Some(State {
            format: FORMAT,
            prefix,
            record: Record { key: String::new(), ..course.record.clone() },
            now: Numbers { params: Floats::of(&self.params), running: Floats::of(self.workspace.running()) },
            best: course.best.as_ref().map(|best| best.map(|v| Floats::of(v))),
            best_loss: course.best_loss,
            step: optimizer.step,
            slots: Floats::of(&optimizer.slots),
            watched: course.watched,
            is_over: course.is_over,
        })
    }

    /// The epochs that are left.
    pub(super) fn all_epochs(&mut self, mut course: Course<T>, interrupted: &dyn Fn() -> bool) -> Option<Ended<T>> {
        let (epochs, every) = (self.planned.trial.train.epochs, self.experiment.record.every);
        let (mut is_measured, mut state) = (true, None);
        for epoch in course.record.epochs_run as usize + 1..=epochs {
            if course.is_over {
                break;
            }
            let recorded = epoch % every == 0 || epoch == epochs;
            let stopped = if interrupted() { Err(Stopped::Interrupted) } else { self.epoch(epoch, recorded) };
            let (running, lr) = match stopped {
                Ok(measured) => measured,
                Err(Stopped::Interrupted) => return None,
                Err(Stopped::TimedOut(reason)) => {
                    let record = Record::empty(&self.planned.key, Status::TimedOut, reason);
                    return Some(Ended { record, best: None, end: None, state: None });
                }
                Err(Stopped::Diverged(reason)) => {
                    // The parameters have left the epoch that was measured last.
                    is_measured = false;
                    (course.record.status, course.record.reason) = (Status::Diverged, reason);
                    break;
                }
            };
            course.record.epochs_run = epoch as u32;
            if epoch % every != 0 && recorded {
                // A longer trial does not look at this epoch.
                state = self.state(&course);
            }
            if recorded {
                self.look(&mut course, epoch, running, lr);
                if course.record.status != Status::Ok {
                    break;
                }
            }
        }
        let state = state.or_else(|| self.state(&course)).filter(|_| course.record.status == Status::Ok);
        let Course { mut record, best, .. } = course;
        let end = is_measured.then(|| self.numbers());
        self.finish(&mut record, best.as_ref(), end.as_ref());
        Some(Ended { record, best, end, state })
    }

    /// Records an epoch: whether it is the best, the last, or diverged.
    fn look(&mut self, course: &mut Course<T>, epoch: usize, running: f64, lr: f64) {
        let (moment, layers) = self.measure(running);
        let record = &mut course.record;
        record.epochs.push(EpochRow { epoch: epoch as u32, lr, probes: moment.values(), layers });
        // Without validation there is no best epoch but the final one.
        let loss = moment.valid.as_ref().map_or(if moment.train.is_some() { f64::NEG_INFINITY } else { f64::NAN }, |e| e.loss);
        if loss < course.best_loss || moment.valid.is_none() {
            course.best_loss = loss;
            record.best_epoch = Some(epoch as u32);
            let numbers = course.best.get_or_insert_with(|| self.numbers());
            numbers.params.copy_from_slice(&self.params);
            numbers.running.copy_from_slice(self.workspace.running());
        }
        course.is_over = course.watched.look(&self.planned.trial.train.stop, epoch, &moment);
        let limit = self.experiment.failure.loss_above;
        let bad = [&moment.train, &moment.valid].into_iter().flatten().map(|e| e.loss).find(|l| !l.is_finite() || *l > limit);
        if let Some(loss) = bad {
            (record.status, record.reason) = (Status::Diverged, format!("loss {loss:?} after epoch {epoch}"));
        }
    }

    fn numbers(&self) -> Numbers<Vec<T>> {
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

    pub(super) fn memory_bytes(&self) -> u64 {
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
