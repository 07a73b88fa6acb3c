//! One step of any recipe: run the chain, then subtract.

use crate::hyper::Hyper;
use crate::recipe::{Chain, Recipe};
use crate::transform::{Scalar, subtract};

/// What an optimizer remembers between steps: all that continuing needs beside recipe and parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct State<T> {
    /// Steps taken.
    pub step: u64,
    /// The transforms' numbers, in the order of the chain.
    pub slots: Vec<T>,
}

/// A recipe bound to its settings, with its state.
pub struct Optimizer<T: Scalar> {
    chain: Chain<T>,
    n_params: usize,
    state: State<T>,
}

impl<T: Scalar> Optimizer<T> {
    /// An optimizer at rest for `n_params` parameters. The only place that allocates.
    pub fn new(recipe: &Recipe, hyper: &Hyper, n_params: usize) -> Optimizer<T> {
        let chain = recipe.chain_for::<T>(hyper);
        let n_state = chain.iter().map(|t| t.n_state(n_params)).sum();
        Optimizer { chain, n_params, state: State { step: 0, slots: vec![T::zero(); n_state] } }
    }

    /// θ ← θ − η·update, where the chain makes the update from the gradient.
    ///
    /// `lr` is η > 0. `grad: [n_params]` is consumed as scratch.
    /// `params: [n_params]` is θ. Allocates nothing; only clipping by norm sums, in a fixed order.
    ///
    /// # Panics
    /// If a length is not `n_params`.
    pub fn step(&mut self, lr: f64, grad: &mut [T], params: &mut [T]) {
        assert_eq!((grad.len(), params.len()), (self.n_params, self.n_params), "one gradient per parameter");
        self.state.step += 1;
        let mut rest = self.state.slots.as_mut_slice();
        let Some((last, others)) = self.chain.split_last() else {
            return subtract(T::of(lr), params, grad);
        };
        for transform in others {
            let (own, later) = rest.split_at_mut(transform.n_state(self.n_params));
            transform.apply(self.state.step, params, own, grad);
            rest = later;
        }
        last.descend(self.state.step, T::of(lr), params, rest, grad);
    }

    /// What to save in a checkpoint.
    pub fn state(&self) -> &State<T> {
        &self.state
    }

    /// Continues from a saved state of the same recipe and size.
    ///
    /// # Panics
    /// If the state has another size.
    pub fn restore(&mut self, state: State<T>) {
        assert_eq!(state.slots.len(), self.state.slots.len(), "a state fits its own recipe and size");
        self.state = state;
    }
}
