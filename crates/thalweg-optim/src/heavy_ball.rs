//! The velocity of a heavy ball: old gradients count less and less. How much of it is stepped along is the recipe's matter.

use crate::transform::{Scalar, Transform, settled};

/// v ← βv + g, update ← v (Polyak 1964; torch.optim.SGD with dampening 0). State: v, [n_params].
///
/// Where g is 0 for good (a pixel that is always black, a dead unit), v falls into the subnormal numbers, where rounding
/// keeps 0.9·v at v for ever and every step of it costs a hundred cycles: such a v becomes 0.
pub struct HeavyBall {
    /// β in [0, 1).
    pub beta: f64,
}

impl<T: Scalar> Transform<T> for HeavyBall {
    fn n_state(&self, n_params: usize) -> usize {
        n_params
    }

    fn apply(&self, _step: u64, _params: &[T], state: &mut [T], update: &mut [T]) {
        let beta = T::of(self.beta);
        for (v, g) in state.iter_mut().zip(update) {
            *v = settled(beta * *v + *g);
            *g = *v;
        }
    }
}
