//! The velocity of a heavy ball.

use crate::transform::{Scalar, Transform, settled};

/// v ← βv + g, update ← v. State: v, [n_params].
///
/// Where g is 0 for good (a pixel that is always black, a dead unit), v falls into the subnormal numbers, where rounding
/// keeps 0.9·v at v for ever and every step of it costs a hundred cycles: such a v becomes 0.
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
            *v = settled(self.beta * *v + *g);
            *g = *v;
        }
    }

    fn descend(&self, _step: u64, lr: T, params: &mut [T], state: &mut [T], update: &mut [T]) {
        for ((v, g), p) in state.iter_mut().zip(update).zip(params) {
            let next = settled(self.beta * *v + *g);
            *v = next;
            *g = next;
            *p = *p - lr * next;
        }
    }
}
