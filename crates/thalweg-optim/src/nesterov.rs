//! Nesterov's momentum in the form that needs no gradient at another point: one more step of the velocity is taken in advance.

use crate::transform::{Scalar, Transform, settled};

/// v ← βv + g, update ← g + βv (torch.optim.SGD with nesterov=True, dampening 0). State: v, [n_params].
///
/// Nesterov 1983 takes the gradient at θ − ηβv; here θ stands for that point (Sutskever et al. 2013, in Bengio's variables).
pub struct Nesterov {
    /// β in [0, 1).
    pub beta: f64,
}

impl<T: Scalar> Transform<T> for Nesterov {
    fn n_state(&self, n_params: usize) -> usize {
        n_params
    }

    fn apply(&self, _step: u64, _params: &[T], state: &mut [T], update: &mut [T]) {
        let beta = T::of(self.beta);
        for (v, g) in state.iter_mut().zip(update) {
            *v = settled(beta * *v + *g);
            *g = *g + beta * *v;
        }
    }
}
