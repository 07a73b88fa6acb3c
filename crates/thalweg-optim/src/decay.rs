//! Weight decay: each parameter is pulled towards 0. Where it stands in a chain decides which of two things it is.

use crate::transform::{Scalar, Transform};

/// update ← update + λθ (optax.add_decayed_weights). No state.
///
/// At the beginning of a chain it is coupled: the gradient of the penalty (λ/2)Σθ², which then goes through momentum and
/// scaling (PyTorch's `weight_decay` of all but AdamW). At the end it is decoupled: θ ← θ − η·update − ηλθ
/// (Loshchilov and Hutter 2019). For plain gradient descent the two are the same.
///
/// It does not always shrink a parameter that the gradient moves, too: θ = 1, ηg = 2 and ηλ = 0.01 give −1.01, against −1 without decay.
pub struct Decay {
    /// λ ≥ 0.
    pub lambda: f64,
}

impl<T: Scalar> Transform<T> for Decay {
    fn n_state(&self, _n_params: usize) -> usize {
        0
    }

    fn apply(&self, _step: u64, params: &[T], _state: &mut [T], update: &mut [T]) {
        let lambda = T::of(self.lambda);
        for (u, p) in update.iter_mut().zip(params) {
            *u = *u + lambda * *p;
        }
    }
}
