//! RMSprop's scaling: a gradient is divided by the root of the mean of its recent squares.

use crate::transform::{Scalar, Transform, normal, squared};

/// s ← ρs + (1 − ρ)g², update ← g / (√s + ε) (Tieleman and Hinton 2012; torch.optim.RMSprop, not centred). State: s, [n_params].
pub struct Rms {
    /// ρ in [0, 1); PyTorch calls it alpha.
    pub rho: f64,
    /// ε > 0, outside the root.
    pub epsilon: f64,
}

impl<T: Scalar> Transform<T> for Rms {
    fn n_state(&self, n_params: usize) -> usize {
        n_params
    }

    fn apply(&self, _step: u64, _params: &[T], state: &mut [T], update: &mut [T]) {
        let (rho, rest, epsilon) = (T::of(self.rho), T::of(1.0 - self.rho), T::of(self.epsilon));
        for (s, g) in state.iter_mut().zip(update) {
            *s = normal(rho * *s + rest * squared(*g));
            *g = *g / (s.sqrt() + epsilon);
        }
    }
}
