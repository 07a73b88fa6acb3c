//! Adagrad: each parameter has its own rate, which shrinks with all the gradients that it has ever seen.

use crate::transform::{Scalar, Transform, squared};

/// s ← s + g², update ← g / (√s + ε) (Duchi, Hazan and Singer 2011; torch.optim.Adagrad, s = 0 at first). State: s, [n_params].
pub struct Adagrad {
    /// ε > 0, outside the root.
    pub epsilon: f64,
}

impl<T: Scalar> Transform<T> for Adagrad {
    fn n_state(&self, n_params: usize) -> usize {
        n_params
    }

    fn apply(&self, _step: u64, _params: &[T], state: &mut [T], update: &mut [T]) {
        let epsilon = T::of(self.epsilon);
        for (s, g) in state.iter_mut().zip(update) {
            *s = *s + squared(*g);
            *g = *g / (s.sqrt() + epsilon);
        }
    }
}
