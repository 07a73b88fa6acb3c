//! What an optimizer descends: a value and a gradient at a parameter vector.

use ndarray::{ArrayView2, s};

use crate::loss::{Loss, Targets, n_correct};
use crate::network::{Network, Workspace};
use crate::penalty::Penalty;
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
    pub loss: &'static Loss,
    /// The penalty on weights.
    pub penalty: &'static Penalty,
    /// Its strength, ≥ 0; at 0 the penalty is skipped.
    pub lambda: f64,
}

/// What a network does on a data set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation {
    /// Mean data loss without penalty; NaN without samples.
    pub loss: f64,
    /// Share of samples whose first highest score is their class; `None` for targets that are not classes.
    pub accuracy: Option<f64>,
    /// Samples.
    pub n: usize,
}

impl Supervised<'_> {
    /// Writes the gradient of mean data loss + penalty; returns the mean data loss *without* penalty.
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
        let (kernel, n_outputs) = (self.loss.kernel::<T>(), self.network.n_outputs());
        let scale = T::from_f64(1.0 / n as f64);
        let sum = self.network.forward_backward(params, x, ws, grad, |scores, d_scores| kernel(scores, n_outputs, y, scale, d_scores));
        if self.lambda != 0.0 {
            let (add, lambda) = (self.penalty.kernel::<T>().add_gradient, T::from_f64(self.lambda));
            for block in self.network.blocks().iter().filter(|b| b.is_weight) {
                add(&params[block.range.clone()], &mut grad[block.range.clone()], lambda);
            }
        }
        T::from_f64(sum / n as f64)
    }

    /// P(w; λ) at `params`.
    pub fn penalty_value<T: Real>(&self, params: &[T]) -> f64 {
        if self.lambda == 0.0 {
            return 0.0;
        }
        let (value, lambda) = (self.penalty.kernel::<T>().value, T::from_f64(self.lambda));
        self.network.blocks().iter().filter(|b| b.is_weight).map(|b| value(&params[b.range.clone()], lambda)).sum()
    }

    /// Mean data loss and accuracy over all of `x`, in chunks of the workspace's size and in the order of the rows; sums in `f64`.
    pub fn evaluate<T: Real>(&self, params: &[T], x: ArrayView2<'_, T>, y: Targets<'_, T>, ws: &mut Workspace<T>) -> Evaluation {
        let n = check(&x, &y);
        let (kernel, n_outputs) = (self.loss.kernel::<T>(), self.network.n_outputs());
        let (mut sum, mut correct) = (0.0, 0);
        for start in (0..n).step_by(ws.max_batch()) {
            let range = start..(start + ws.max_batch()).min(n);
            let y = y.slice(range.clone());
            self.network.forward_read(params, x.slice(s![range, ..]), ws, |scores, scratch| {
                sum += kernel(scores, n_outputs, y, T::default(), scratch);
                if let Targets::Classes(classes) = y {
                    correct += n_correct(scores, n_outputs, classes);
                }
            });
        }
        let accuracy = matches!(y, Targets::Classes(_)).then(|| correct as f64 / n as f64);
        Evaluation { loss: sum / n as f64, accuracy, n }
    }
}

fn check<T>(x: &ArrayView2<'_, T>, y: &Targets<'_, T>) -> usize {
    assert_eq!(x.nrows(), y.n_samples(), "one target for each row");
    x.nrows()
}

/// A [`Supervised`] objective on a fixed batch: mean data loss + penalty as a function of the parameters alone.
pub struct OnBatch<'a, T> {
    supervised: Supervised<'a>,
    x: ArrayView2<'a, T>,
    y: Targets<'a, T>,
    workspace: Workspace<T>,
}

impl<'a, T: Real> OnBatch<'a, T> {
    /// Fixes the batch: x `[batch, n_inputs]`.
    pub fn new(supervised: Supervised<'a>, x: ArrayView2<'a, T>, y: Targets<'a, T>) -> OnBatch<'a, T> {
        let workspace = supervised.network.workspace(check(&x, &y));
        OnBatch { supervised, x, y, workspace }
    }

    /// The workspace, with the layers' values of the last evaluation.
    pub fn workspace(&self) -> &Workspace<T> {
        &self.workspace
    }
}

impl<T: Real> Objective<T> for OnBatch<'_, T> {
    fn n_params(&self) -> usize {
        self.supervised.network.n_params()
    }

    fn value(&mut self, params: &[T]) -> T {
        let data = self.supervised.evaluate(params, self.x.view(), self.y, &mut self.workspace).loss;
        T::from_f64(data + self.supervised.penalty_value(params))
    }

    fn value_and_gradient(&mut self, params: &[T], grad: &mut [T]) -> T {
        let data = self.supervised.loss_and_gradient(params, self.x.view(), self.y, &mut self.workspace, grad);
        T::from_f64(data.to_f64() + self.supervised.penalty_value(params))
    }
}
