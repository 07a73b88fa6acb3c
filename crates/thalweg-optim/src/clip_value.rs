//! Clipping by value: no component of a gradient is larger than a limit. It changes the direction; see `clip_norm` for one that does not.

use crate::transform::{Scalar, Transform};

/// update ← min(max(update, −c), c) in each component (torch.nn.utils.clip_grad_value_). No state. A NaN stays NaN.
pub struct ClipValue {
    /// c > 0.
    pub limit: f64,
}

impl<T: Scalar> Transform<T> for ClipValue {
    fn n_state(&self, _n_params: usize) -> usize {
        0
    }

    fn apply(&self, _step: u64, _params: &[T], _state: &mut [T], update: &mut [T]) {
        let limit = T::of(self.limit);
        for u in update {
            let below = if *u > limit { limit } else { *u };
            *u = if below < -limit { -limit } else { below };
        }
    }
}
