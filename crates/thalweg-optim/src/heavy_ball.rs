//! The velocity of a heavy ball: old gradients count less and less. How much of it is stepped along is the recipe's matter.
//!
//! Its numbers cost more to store than to compute: the update itself is never written. The compiler's vectors are half as wide as AVX-512's, so there is a loop
//! of our own for `f32`, with the same bits.

use crate::transform::{Scalar, Transform, settled};

/// v ← βv + g, update ← v (Polyak 1964; torch.optim.SGD with dampening 0). State: v, [n_params].
///
/// Where g is 0 for good (a pixel that is always black, a dead unit), v falls into the subnormal numbers, where rounding
/// keeps 0.9·v at v for ever and every step of it costs a hundred cycles: such a v becomes 0.
pub struct HeavyBall {
    /// β in [0, 1).
    pub beta: f64,
}

impl Transform<f32> for HeavyBall {
    fn n_state(&self, n_params: usize) -> usize {
        n_params
    }

    fn apply(&self, _step: u64, _params: &[f32], state: &mut [f32], update: &mut [f32]) {
        apply(self.beta as f32, state, update);
    }

    fn descend(&self, _step: u64, lr: f32, params: &mut [f32], state: &mut [f32], update: &mut [f32]) {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx512f") {
            // SAFETY: the CPU has what the function is compiled for, as was just asked.
            return unsafe { descend_by_vectors(self.beta as f32, lr, params, state, update) };
        }
        descend(self.beta as f32, lr, params, state, update);
    }
}

impl Transform<f64> for HeavyBall {
    fn n_state(&self, n_params: usize) -> usize {
        n_params
    }

    fn apply(&self, _step: u64, _params: &[f64], state: &mut [f64], update: &mut [f64]) {
        apply(self.beta, state, update);
    }

    fn descend(&self, _step: u64, lr: f64, params: &mut [f64], state: &mut [f64], update: &mut [f64]) {
        descend(self.beta, lr, params, state, update);
    }
}

fn apply<T: Scalar>(beta: T, velocity: &mut [T], update: &mut [T]) {
    for (v, g) in velocity.iter_mut().zip(update) {
        *v = settled(beta * *v + *g);
        *g = *v;
    }
}

fn descend<T: Scalar>(beta: T, lr: T, params: &mut [T], velocity: &mut [T], gradient: &[T]) {
    for ((v, g), p) in velocity.iter_mut().zip(gradient).zip(params) {
        *v = settled(beta * *v + *g);
        *p = *p - lr * *v;
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn descend_by_vectors(beta: f32, lr: f32, params: &mut [f32], velocity: &mut [f32], gradient: &[f32]) {
    use std::arch::x86_64::{
        _CMP_NLT_UQ, _mm512_abs_ps, _mm512_add_ps, _mm512_cmp_ps_mask, _mm512_loadu_ps, _mm512_maskz_mov_ps, _mm512_mul_ps, _mm512_set1_ps,
        _mm512_storeu_ps, _mm512_sub_ps,
    };
    let (factor, rate, least) = (_mm512_set1_ps(beta), _mm512_set1_ps(lr), _mm512_set1_ps(crate::transform::least()));
    let (params, last_params) = params.as_chunks_mut::<16>();
    let (velocity, last_velocity) = velocity.as_chunks_mut::<16>();
    let (gradient, last_gradient) = gradient.as_chunks::<16>();
    for ((p, v), g) in params.iter_mut().zip(velocity).zip(gradient) {
        // SAFETY: each holds a vector.
        unsafe {
            let next = _mm512_add_ps(_mm512_mul_ps(factor, _mm512_loadu_ps(v.as_ptr())), _mm512_loadu_ps(g.as_ptr()));
            // A NaN is not less and stays.
            let next = _mm512_maskz_mov_ps(_mm512_cmp_ps_mask::<_CMP_NLT_UQ>(_mm512_abs_ps(next), least), next);
            _mm512_storeu_ps(v.as_mut_ptr(), next);
            _mm512_storeu_ps(p.as_mut_ptr(), _mm512_sub_ps(_mm512_loadu_ps(p.as_ptr()), _mm512_mul_ps(rate, next)));
        }
    }
    descend(beta, lr, last_params, last_velocity, last_gradient);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The plain loops, one after the other, are the definition; among the numbers are some that settle, infinity and NaN.
    #[test]
    fn one_pass_has_the_bits_of_two() {
        let start = |n: usize| -> Vec<f32> { (0..n).map(|i| [0.3, -1e-32, 2e-31, 0.0, -7.5, f32::INFINITY, f32::NAN][i % 7]).collect() };
        for n in [0, 1, 15, 16, 17, 100] {
            let (mut params, mut velocity, mut update) = (start(n), start(n), start(n));
            velocity.reverse();
            let (mut want_params, mut want_velocity, mut want_update) = (params.clone(), velocity.clone(), update.clone());
            let ball = HeavyBall { beta: 0.9 };
            for step in 1..4 {
                ball.descend(step, 0.1, &mut params, &mut velocity, &mut update);
                apply(ball.beta as f32, &mut want_velocity, &mut want_update);
                crate::transform::subtract(0.1, &mut want_params, &want_update);
                update.copy_from_slice(&want_update);
                for (got, want) in [(&params, &want_params), (&velocity, &want_velocity)] {
                    let same = got.iter().zip(want).all(|(a, b)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan());
                    assert!(same, "{n} {step}: {got:?} {want:?}");
                }
            }
        }
    }
}
