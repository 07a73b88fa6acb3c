//! AMSGrad's scaling: Adam whose second moment never forgets its largest value, so no parameter's rate grows again.

use crate::transform::{Scalar, Transform, normal, remaining, settled, squared};

/// As [`Adam`](crate::Adam), with w ← max(w, v) and update ← m̂ / (√ŵ + ε), ŵ = w/(1 − β₂ᵗ) (Reddi, Kale and Kumar 2018, in the form of
/// torch.optim.Adam with amsgrad=True: the maximum is of the raw moment, then corrected). State: m, then v, then w, [3·n_params].
pub struct AmsGrad {
    /// β₁ in [0, 1).
    pub beta1: f64,
    /// β₂ in [0, 1).
    pub beta2: f64,
    /// ε > 0, outside the root.
    pub epsilon: f64,
}

impl<T: Scalar> Transform<T> for AmsGrad {
    fn n_state(&self, n_params: usize) -> usize {
        3 * n_params
    }

    fn apply(&self, step: u64, _params: &[T], state: &mut [T], update: &mut [T]) {
        let (beta1, rest1) = (T::of(self.beta1), T::of(1.0 - self.beta1));
        let (beta2, rest2) = (T::of(self.beta2), T::of(1.0 - self.beta2));
        let first = remaining(self.beta1, step);
        let (scale, epsilon) = (T::of(first / remaining(self.beta2, step).sqrt()), T::of(first * self.epsilon));
        let (m, moments) = state.split_at_mut(update.len());
        let (v, w) = moments.split_at_mut(update.len());
        for (((m, v), w), g) in m.iter_mut().zip(v).zip(w).zip(update) {
            *m = settled(beta1 * *m + rest1 * *g);
            *v = normal(beta2 * *v + rest2 * squared(*g));
            // A NaN in v has made m NaN, too, and so reaches the update.
            *w = if *v > *w { *v } else { *w };
            *g = *m / (w.sqrt() * scale + epsilon);
        }
    }
}
