//! The velocity of a heavy ball.

use crate::transform::{Scalar, Transform};

/// v ← βv + g, update ← v. State: v, [n_params].
pub struct HeavyBall<T> {
    /// β in [0, 1).
    pub beta: T,
}

impl<T: Scalar> Transform<T> for HeavyBall<T> {
    fn n_state(&self, n_params: usize) -> usize {
        n_params
    }

    fn apply(&self, _step: u64, _params: &[T], state: &mut [T], update: &mut [T]) {
        for (v, g) in state.iter_mut().zip(update) {
            *v = self.beta * *v + *g;
            *g = *v;
        }
    }
}
