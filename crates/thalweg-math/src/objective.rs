//! What an optimizer descends: a value and a gradient at a parameter vector.

use ndarray::{ArrayView2, s};

use crate::loss::{Form, Targets, n_correct};
use crate::network::{Network, Workspace};
use crate::penalty::PenaltyTerm;
use crate::real::Real;

/// A function of a parameter vector. The optimizer and the gradient check see nothing else.
pub trait Objective<T> {
    /// The length of the parameter vector.
    fn n_params(&self) -> usize;

    /// f(p)
    fn value(&mut self, params: &[T]) -> T;

    /// f(p), and ∇f(p) written to `grad`.
    fn value_and_gradient(&mut self, params: &[T], grad: &mut [T]) -> T;
}

/// A network with a loss and a penalty: mean data loss + P(w; λ), for whatever data.
#[derive(Clone, Copy)]
pub struct Supervised<'a> {
    /// The network.
    pub network: &'a Network,
    /// The data loss with its head.
    pub loss: &'static Form,
    /// The loss's parameter, where it has one.
    pub loss_parameter: f64,
    /// The penalty; skipped where it is 0.
    pub penalty: PenaltyTerm,
}

/// What a network does on a data set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation {
    /// Mean data loss without penalty; NaN without samples.
    pub loss: f64,
    /// Share of samples whose first highest score is their class; `None` for targets that are not classes.
    pub accuracy: Option<f64>,
    /// Coefficient of determination 1 − Σ(y − z)²/Σ(y − ȳ)², the mean over outputs; `None` for classes. As
    /// `sklearn.metrics.r2_score`: an output that never varies counts 1 if met exactly, else 0.
    pub r2: Option<f64>,
    /// Samples.
    pub n: usize,
}

impl Supervised<'_> {
    /// Writes the gradient of mean data loss + penalty; returns the mean data loss *without* penalty. A training pass: masks
    /// must have been drawn ([`Network::draw`]).
    ///
    /// x `[batch, n_inputs]`. Panics if there is no row, shapes do not fit or the batch is larger than the workspace.
    pub fn loss_and_gradient<T: Real>(
        &self,
        params: &[T],
        x: ArrayView2<'_, T>,
        y: Targets<'_, T>,
        ws: &mut Workspace<T>,
        grad: &mut [T],
    ) -> T {
        let n = check(&x, &y);
        assert!(n > 0, "a batch has at least one row");
        let (kernel, n_outputs, parameter) = self.kernel::<T>();
        let scale = T::from_f64(1.0 / n as f64);
        let decay = T::from_f64(self.penalty.decay());
        let sum = self.network.forward_backward(params, decay, x, ws, grad, |z, d| kernel(z, n_outputs, y, parameter, scale, d));
        for block in self.network.blocks().iter().filter(|b| self.penalty.covers(b) && !self.penalty.is_decay(b)) {
            self.penalty.add_gradient(&params[block.range.clone()], &mut grad[block.range.clone()]);
        }
        T::from_f64(sum / n as f64)
    }

    /// The mean data loss of a training pass, without penalty and without its gradient.
    pub fn training_loss<T: Real>(&self, params: &[T], x: ArrayView2<'_, T>, y: Targets<'_, T>, ws: &mut Workspace<T>) -> f64 {
        let n = check(&x, &y);
        let (kernel, n_outputs, parameter) = self.kernel::<T>();
        self.network.train(params, x, ws, |z, d| kernel(z, n_outputs, y, parameter, T::default(), d)) / n as f64
    }

    fn kernel<T: Real>(&self) -> (crate::loss::Kernel<T>, usize, T) {
        (self.loss.kernel::<T>(), self.network.n_outputs(), T::from_f64(self.loss_parameter))
    }

    /// P(w; λ) at `params`.
    pub fn penalty_value<T: Real>(&self, params: &[T]) -> f64 {
        let covered = self.network.blocks().iter().filter(|b| self.penalty.covers(b));
        covered.map(|b| self.penalty.value(&params[b.range.clone()])).sum()
    }

    /// Mean data loss and accuracy or R² over all of `x`, in evaluation passes of the workspace's size and in the order of the
    /// rows; sums in `f64`.
    pub fn evaluate<T: Real>(&self, params: &[T], x: ArrayView2<'_, T>, y: Targets<'_, T>, ws: &mut Workspace<T>) -> Evaluation {
        let n = check(&x, &y);
        let (kernel, n_outputs, parameter) = self.kernel::<T>();
        let (mut sum, mut correct, mut residuals) = (0.0, 0, vec![0.0; n_outputs]);
        for start in (0..n).step_by(ws.max_batch()) {
            let range = start..(start + ws.max_batch()).min(n);
            let y = y.slice(range.clone());
            self.network.evaluate(params, x.slice(s![range, ..]), ws, |scores, scratch| {
                sum += kernel(scores, n_outputs, y, parameter, T::default(), scratch);
                match &y {
                    Targets::Classes(classes) => correct += n_correct(scores, n_outputs, classes),
                    Targets::Values(values) => {
                        for (i, (z, y)) in scores.iter().zip(values).enumerate() {
                            residuals[i % n_outputs] += ((*z).to_f64() - (*y).to_f64()).powi(2);
                        }
                    }
                }
            });
        }
        let (accuracy, r2) = match &y {
            Targets::Classes(_) => (Some(correct as f64 / n as f64), None),
            Targets::Values(values) => (None, Some(determination(values, &residuals))),
        };
        Evaluation { loss: sum / n as f64, accuracy, r2, n }
    }
}

/// R² from the sums of squared residuals of each output.
fn determination<T: Real>(values: &ArrayView2<'_, T>, residuals: &[f64]) -> f64 {
    let of_output = |(column, residual): (ndarray::ArrayView1<'_, T>, &f64)| {
        let mean = column.iter().map(|v| (*v).to_f64()).sum::<f64>() / column.len() as f64;
        let spread: f64 = column.iter().map(|v| ((*v).to_f64() - mean).powi(2)).sum();
        match (spread == 0.0, *residual == 0.0) {
            (false, _) => 1.0 - residual / spread,
            (true, true) => 1.0,
            // A NaN residual stays one.
            (true, false) => 0.0 * residual,
        }
    };
    values.columns().into_iter().zip(residuals).map(of_output).sum::<f64>() / residuals.len() as f64
}

fn check<T>(x: &ArrayView2<'_, T>, y: &Targets<'_, T>) -> usize {
    assert_eq!(x.nrows(), y.n_samples(), "one target for each row");
    x.nrows()
}

/// A [`Supervised`] objective on a fixed batch: the training pass's mean data loss + penalty as a function of the parameters
/// alone, with the masks that its workspace holds.
pub struct OnBatch<'a, T> {
    supervised: Supervised<'a>,
    x: ArrayView2<'a, T>,
    y: Targets<'a, T>,
    workspace: Workspace<T>,
}

impl<'a, T: Real> OnBatch<'a, T> {
    /// Fixes the batch x `[batch, n_inputs]`, and what `workspace` holds: drawn masks, running statistics of frozen layers.
    pub fn new(supervised: Supervised<'a>, x: ArrayView2<'a, T>, y: Targets<'a, T>, workspace: Workspace<T>) -> OnBatch<'a, T> {
        check(&x, &y);
        OnBatch { supervised, x, y, workspace }
    }

    /// The workspace, with the layers' values of the last pass.
    pub fn workspace(&self) -> &Workspace<T> {
        &self.workspace
    }
}

impl<T: Real> Objective<T> for OnBatch<'_, T> {
    fn n_params(&self) -> usize {
        self.supervised.network.n_params()
    }

    fn value(&mut self, params: &[T]) -> T {
        let data = self.supervised.training_loss(params, self.x.view(), self.y, &mut self.workspace);
        T::from_f64(data + self.supervised.penalty_value(params))
    }

    fn value_and_gradient(&mut self, params: &[T], grad: &mut [T]) -> T {
        let data = self.supervised.loss_and_gradient(params, self.x.view(), self.y, &mut self.workspace, grad);
        T::from_f64(data.to_f64() + self.supervised.penalty_value(params))
    }
}
