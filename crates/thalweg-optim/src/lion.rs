//! Lion: only the sign of an average gradient is used, so every parameter moves by the whole rate.

use crate::transform::{Scalar, Transform, settled};

/// update ← sign(β₁m + (1 − β₁)g), then m ← β₂m + (1 − β₂)g (Chen et al. 2023; optax.scale_by_lion). State: m, [n_params].
///
/// The sign of 0 is 0, so a parameter without gradients rests; it also comes to rest again, once m is too small to matter.
pub struct Lion {
    /// β₁ in [0, 1): how much of the step is the average.
    pub beta1: f64,
    /// β₂ in [0, 1): how long the average remembers.
    pub beta2: f64,
}

impl<T: Scalar> Transform<T> for Lion {
    fn n_state(&self, n_params: usize) -> usize {
        n_params
    }

    fn apply(&self, _step: u64, _params: &[T], state: &mut [T], update: &mut [T]) {
        let (beta1, rest1) = (T::of(self.beta1), T::of(1.0 - self.beta1));
        let (beta2, rest2) = (T::of(self.beta2), T::of(1.0 - self.beta2));
        for (m, g) in state.iter_mut().zip(update) {
            let mixed = beta1 * *m + rest1 * *g;
            *m = settled(beta2 * *m + rest2 * *g);
            *g = sign(mixed);
        }
    }
}

/// −1, 0 or 1; NaN of NaN. (`signum` makes ±1 of ±0.)
#[inline(always)]
fn sign<T: Scalar>(x: T) -> T {
    if x > T::zero() {
        T::one()
    } else if x < T::zero() {
        -T::one()
    } else {
        x
    }
}
