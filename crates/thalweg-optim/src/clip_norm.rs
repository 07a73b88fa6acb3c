//! Clipping by norm: a gradient that is too long is shortened, and keeps its direction (Pascanu, Mikolov and Bengio 2013).

use crate::transform::{Scalar, Transform};

/// update ← update · min(1, c / (‖update‖ + 10⁻⁶)), the norm over all parameters (torch.nn.utils.clip_grad_norm_). No state.
///
/// As in PyTorch, a NaN anywhere makes every component NaN, and an infinite one makes the others 0.
pub struct ClipNorm {
    /// c > 0.
    pub limit: f64,
}

impl<T: Scalar> Transform<T> for ClipNorm {
    fn n_state(&self, _n_params: usize) -> usize {
        0
    }

    fn apply(&self, _step: u64, _params: &[T], _state: &mut [T], update: &mut [T]) {
        let share = self.limit / (norm(update) + 1e-6);
        if share < 1.0 || share.is_nan() {
            let share = T::of(share);
            for u in update {
                *u = *u * share;
            }
        }
    }
}

/// The Euclidean norm, summed in `f64` in one fixed order: eight sums side by side (so that they fill a vector register), then their sum.
fn norm<T: Scalar>(x: &[T]) -> f64 {
    let mut sums = [0.0; 8];
    let (whole, rest) = x.as_chunks::<8>();
    for chunk in whole {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            let x = x.wide();
            *sum += x * x;
        }
    }
    for (sum, x) in sums.iter_mut().zip(rest) {
        let x = x.wide();
        *sum += x * x;
    }
    sums.iter().sum::<f64>().sqrt()
}
