//! What is measured of a run: sums over sampled steps while an epoch goes on, evaluations and units after it.

use std::ops::Range;

use thalweg_data::batch::gather;
use thalweg_math::diagnose::{Units, Zigzag, units, zigzag};
use thalweg_math::layer::Role;
use thalweg_math::network::Network;
use thalweg_math::objective::Evaluation;
use thalweg_math::real::Real;
use thalweg_math::sums::squares;

use super::EVALUATION_ROWS;
use super::model::{rows, targets};
use super::run::Run;
use crate::clock::Stopwatch;
use crate::experiment::{Extra, TrainLoss};
use crate::probe::{LayerMoment, LayerUnits, Moment, SampleGradient, StepMeans, with_test};
use crate::record::Record;
use crate::state::Numbers;

/// Steps of an epoch whose gradient is measured, at most: norms of every step would cost as much as the optimizer.
const SAMPLED_STEPS: usize = 16;

/// Whether step `i` of `n` is one of up to [`SAMPLED_STEPS`] evenly spread ones.
pub(super) fn is_sampled(i: usize, n: usize) -> bool {
    n <= SAMPLED_STEPS || i * SAMPLED_STEPS / n != (i + 1) * SAMPLED_STEPS / n
}

/// Sums over the sampled steps of an epoch. The groups of layers have one dense layer each.
pub(super) struct StepSums {
    groups: Vec<String>,
    /// The parameters of each group.
    ranges: Vec<Range<usize>>,
    n: usize,
    grad_norm: f64,
    update_ratio: f64,
    layer_norms: Vec<f64>,
    zigzags: Vec<Zigzag>,
    /// Number, mean and Σ(l − mean)² of the batches' losses (Welford 1962).
    losses: (f64, f64, f64),
}

impl StepSums {
    pub(super) fn new(network: &Network) -> StepSums {
        let (mut groups, mut ranges): (Vec<String>, Vec<Range<usize>>) = (Vec::new(), Vec::new());
        for placed in network.layers() {
            if groups.last() == Some(&placed.group) {
                ranges.last_mut().expect("as many as groups").end = placed.params.end;
            } else {
                groups.push(placed.group.clone());
                ranges.push(placed.params.clone());
            }
        }
        let (layer_norms, zigzags) = (vec![0.0; groups.len()], vec![Zigzag::default(); groups.len()]);
        StepSums { groups, ranges, n: 0, grad_norm: 0.0, update_ratio: 0.0, layer_norms, zigzags, losses: (0.0, 0.0, 0.0) }
    }

    pub(super) fn groups(&self) -> Vec<String> {
        self.groups.clone()
    }

    pub(super) fn clear(&mut self) {
        (self.n, self.grad_norm, self.update_ratio, self.losses) = (0, 0.0, 0.0, (0.0, 0.0, 0.0));
        self.layer_norms.fill(0.0);
        self.zigzags.fill(Zigzag::default());
    }

    /// After each forward pass.
    pub(super) fn loss(&mut self, loss: f64) {
        let (n, mean, squares) = &mut self.losses;
        *n += 1.0;
        let off = loss - *mean;
        *mean += off / *n;
        *squares += off * (loss - *mean);
    }

    /// Before the optimizer's step.
    pub(super) fn gradient<T: Real>(&mut self, network: &Network, grad: &[T]) {
        self.n += 1;
        let mut square = 0.0;
        for (sum, range) in self.layer_norms.iter_mut().zip(&self.ranges) {
            let of_group = squares(&grad[range.clone()]);
            *sum += of_group.sqrt();
            square += of_group;
        }
        self.grad_norm += square.sqrt();
        zigzag(network, grad, &mut self.zigzags);
    }

    /// After it, with the parameters from before.
    pub(super) fn update<T: Real>(&mut self, before: &mut [T], params: &[T]) {
        before.iter_mut().zip(params).for_each(|(b, p)| *b = *p - *b);
        self.update_ratio += (squares(before) / squares(params)).sqrt();
    }

    fn means(&self) -> StepMeans {
        let n = self.n as f64;
        let zigzag = self.zigzags.first().map_or(f64::NAN, share);
        // One batch has no spread: 0/0.
        let loss_sd = (self.losses.2 / (self.losses.0 - 1.0)).sqrt();
        StepMeans { grad_norm: self.grad_norm / n, update_ratio: self.update_ratio / n, zigzag, loss_sd }
    }
}

/// NaN where nothing moves.
fn share(count: &Zigzag) -> f64 {
    count.one_sign as f64 / count.moving as f64
}

impl<T: Real> Run<'_, T> {
    pub(super) fn measure(&mut self, running: f64) -> (Moment, Vec<Vec<f64>>) {
        let watch = Stopwatch::start();
        let params = std::mem::take(&mut self.params);
        let train = match self.experiment.record.train {
            TrainLoss::Full => self.evaluate(&params, Which::Train),
            TrainLoss::Running => Some(Evaluation { loss: running, accuracy: None, r2: None, n: self.order.len() }),
        };
        let valid = self.evaluate(&params, Which::Valid);
        let found = self.units(&params);
        let n_units: usize = found.iter().map(|u| u.n_units).sum();
        let mean =
            |f: &dyn Fn(&Units) -> f64| (n_units > 0).then(|| found.iter().map(|u| f(u) * u.n_units as f64).sum::<f64>() / n_units as f64);
        let weights = self.weight_squares(&params);
        let moment = Moment {
            train,
            valid,
            test: None,
            steps: self.steps.means(),
            sample_gradient: Some(self.planned.trial.train.gradient_sample)
                .filter(|share| *share > 0.0)
                .map(|share| self.sample_gradient(&params, share)),
            weight_norm: weights.iter().sum::<f64>().sqrt(),
            dead: mean(&dead),
            saturated: mean(&|u| u.saturated),
            machine: None,
        };
        let layers = if self.experiment.record.layers == Extra::Record { self.layers(&found, &weights) } else { Vec::new() };
        self.params = params;
        self.timing.eval_seconds += watch.seconds();
        (moment, layers)
    }

    /// The gradient at the first samples of the epoch's order against that at all of them. Masks stay as the last steps drew them.
    fn sample_gradient(&mut self, params: &[T], share: f64) -> SampleGradient {
        let order = std::mem::take(&mut self.order);
        let n_sample = ((share * order.len() as f64).round() as usize).clamp(1, order.len());
        let mut gradient = vec![0.0; params.len()];
        self.add_gradient(params, &order[..n_sample], &mut gradient);
        let sample: Vec<f64> = gradient.iter().map(|g| g / n_sample as f64).collect();
        self.add_gradient(params, &order[n_sample..], &mut gradient);
        let whole: Vec<f64> = gradient.iter().map(|g| g / order.len() as f64).collect();
        self.order = order;
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let (of_sample, of_whole) = (dot(&sample, &sample).sqrt(), dot(&whole, &whole).sqrt());
        SampleGradient { cosine: dot(&sample, &whole) / (of_sample * of_whole), ratio: of_sample / of_whole }
    }

    /// Adds the gradient of each of some samples, penalty included, a batch at a time.
    fn add_gradient(&mut self, params: &[T], samples: &[u32], sum: &mut [f64]) {
        for indices in samples.chunks(self.batch.x.nrows()) {
            gather(&self.data.train, indices, &mut self.batch);
            let (x, labels) = rows(&self.batch, indices.len());
            self.model.objective().loss_and_gradient(params, x, labels, &mut self.workspace, &mut self.grad);
            sum.iter_mut().zip(&self.grad).for_each(|(sum, g)| *sum += indices.len() as f64 * Real::to_f64(*g));
        }
    }

    /// The activations' units on the first training samples, at evaluation.
    fn units(&mut self, params: &[T]) -> Vec<Units> {
        let x = &self.data.train.x;
        let n = x.nrows().min(EVALUATION_ROWS);
        self.model.network.forward(params, x.slice(ndarray::s![..n, ..]), &mut self.workspace);
        units(&self.model.network, &mut self.workspace, n)
    }

    /// Σw² of each group's weights.
    fn weight_squares(&self, params: &[T]) -> Vec<f64> {
        let blocks = self.model.network.blocks().iter().filter(|b| b.role == Role::Weight);
        blocks.map(|b| squares(&params[b.range.clone()])).collect()
    }

    fn layers(&self, found: &[Units], weights: &[f64]) -> Vec<Vec<f64>> {
        let groups = self.steps.groups.iter().zip(&self.steps.layer_norms).zip(&self.steps.zigzags).zip(weights);
        let row = |(((group, norm), zigzag), weights): (((&String, &f64), &Zigzag), &f64)| {
            let units = found.iter().find(|u| u.group == *group).map(|u| LayerUnits {
                dead: dead(u),
                saturated: u.saturated,
                input_mean: u.input_mean,
                input_sd: u.input_sd,
            });
            LayerMoment { grad_norm: norm / self.steps.n as f64, weight_norm: weights.sqrt(), zigzag: share(zigzag), units }.values()
        };
        groups.map(row).collect()
    }

    /// Test metrics at the best and final epochs; none at a final one whose parameters are gone.
    pub(super) fn finish(&mut self, record: &mut Record, best: Option<&Numbers<Vec<T>>>, end: Option<&Numbers<Vec<T>>>) {
        let watch = Stopwatch::start();
        if let Some(row) = record.epochs.last() {
            record.last = with_test(&row.probes, end.and_then(|end| self.evaluate(&end.params, Which::Test)));
        }
        let row = record.epochs.iter().find(|row| Some(row.epoch) == record.best_epoch);
        if let (Some(numbers), Some(row)) = (best, row) {
            self.workspace.running_mut().copy_from_slice(&numbers.running);
            record.best = with_test(&row.probes, self.evaluate(&numbers.params, Which::Test));
        }
        self.timing.eval_seconds += watch.seconds();
    }

    /// `None` for an empty part.
    fn evaluate(&mut self, params: &[T], which: Which) -> Option<Evaluation> {
        let part = match which {
            Which::Train => &self.data.train,
            Which::Valid => &self.data.valid,
            Which::Test => &self.data.test,
        };
        let objective = self.model.objective();
        (part.x.nrows() > 0).then(|| objective.evaluate(params, part.x.view(), targets(part), &mut self.workspace))
    }
}

fn dead(units: &Units) -> f64 {
    units.n_dead as f64 / units.n_units as f64
}

#[derive(Clone, Copy)]
enum Which {
    Train,
    Valid,
    Test,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sampled_steps_are_spread_and_at_most_sixteen() {
        for n in [1, 7, 16, 17, 45, 938, 1437] {
            let sampled: Vec<usize> = (0..n).filter(|i| is_sampled(*i, n)).collect();
            assert_eq!(sampled.len(), n.min(SAMPLED_STEPS), "{n}");
            assert!(sampled.contains(&(n - 1)), "{n}");
            let gaps: Vec<usize> = sampled.windows(2).map(|w| w[1] - w[0]).collect();
            assert!(gaps.iter().all(|g| g.abs_diff(n / n.min(SAMPLED_STEPS)) <= 1), "{n}: {gaps:?}");
        }
    }
}
