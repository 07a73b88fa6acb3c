//! Adam's scaling: the average gradient over the root of the average square, both corrected for their start from 0.

use crate::transform::{Scalar, Transform, normal, remaining, settled, squared};

/// m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², update ← m̂ / (√v̂ + ε) with m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ)
/// (Kingma and Ba 2015; torch.optim.Adam). State: m, then v, [2·n_params].
pub struct Adam {
    /// β₁ in [0, 1).
    pub beta1: f64,
    /// β₂ in [0, 1).
    pub beta2: f64,
    /// ε > 0, outside the root.
    pub epsilon: f64,
}

impl<T: Scalar> Transform<T> for Adam {
    fn n_state(&self, n_params: usize) -> usize {
        2 * n_params
    }

    fn apply(&self, step: u64, _params: &[T], state: &mut [T], update: &mut [T]) {
        let n = update.len();
        self.each(step, n, state, update.iter_mut(), |g| **g, |g, direction| *g = direction);
    }

    fn descend(&self, step: u64, lr: T, params: &mut [T], state: &mut [T], update: &mut [T]) {
        let (n, both) = (update.len(), params.iter_mut().zip(update));
        self.each(step, n, state, both, |(_, g)| **g, |(p, _), direction| *p = *p - lr * direction);
    }
}

impl Adam {
    /// One pass: `gradient` reads an item's g, `put` takes the item and its direction.
    #[inline(always)]
    fn each<T: Scalar, I>(
        &self,
        step: u64,
        n_params: usize,
        state: &mut [T],
        items: impl Iterator<Item = I>,
        gradient: impl Fn(&I) -> T,
        put: impl Fn(I, T),
    ) {
        let (beta1, rest1) = (T::of(self.beta1), T::of(1.0 - self.beta1));
        let (beta2, rest2) = (T::of(self.beta2), T::of(1.0 - self.beta2));
        // Both corrections in the denominator: one division a parameter.
        let first = remaining(self.beta1, step);
        let (scale, epsilon) = (T::of(first / remaining(self.beta2, step).sqrt()), T::of(first * self.epsilon));
        let (m, v) = state.split_at_mut(n_params);
        for ((m, v), item) in m.iter_mut().zip(v).zip(items) {
            let g = gradient(&item);
            *m = settled(beta1 * *m + rest1 * g);
            *v = normal(beta2 * *v + rest2 * squared(g));
            put(item, *m / (v.sqrt() * scale + epsilon));
        }
    }
}
