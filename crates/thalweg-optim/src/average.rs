//! The exponentially weighted average of gradients: the momentum of textbooks. Its size is a gradient's, whatever β is.

use crate::hyper::BiasCorrection;
use crate::transform::{Scalar, Transform, remaining, settled};

/// v ← βv + (1 − β)g, update ← v, or v/(1 − βᵗ) with bias correction (optax.ema). State: v, [n_params].
///
/// Without the correction the first updates are too small: the average starts from 0, not from a gradient.
pub struct Average {
    /// β in [0, 1).
    pub beta: f64,
    /// Whether the update is v/(1 − βᵗ).
    pub bias_correction: BiasCorrection,
}

impl<T: Scalar> Transform<T> for Average {
    fn n_state(&self, n_params: usize) -> usize {
        n_params
    }

    fn apply(&self, step: u64, _params: &[T], state: &mut [T], update: &mut [T]) {
        let (beta, rest) = (T::of(self.beta), T::of(1.0 - self.beta));
        let scale = match self.bias_correction {
            BiasCorrection::Off => T::one(),
            BiasCorrection::On => T::of(1.0 / remaining(self.beta, step)),
        };
        for (v, g) in state.iter_mut().zip(update) {
            *v = settled(beta * *v + rest * *g);
            *g = *v * scale;
        }
    }
}
