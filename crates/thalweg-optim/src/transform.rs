//! What a recipe is made of: a transform turns a gradient into an update direction, in place.
//!
//! Here are the trait and the arithmetic that several transforms share. Numbers that decay for ever would become subnormal and make
//! a step a hundred times slower, so what can no longer matter is made 0. Absent: the transforms themselves, one file each.

use num_traits::Float;

/// The numbers that are optimized: `f32` or `f64`.
pub trait Scalar: Float + Send + Sync + 'static {
    /// The nearest representable number.
    fn of(value: f64) -> Self;

    /// The same number as `f64`.
    fn wide(self) -> f64;
}

impl<T: Float + Send + Sync + 'static> Scalar for T {
    fn of(value: f64) -> T {
        T::from(value).expect("f32 and f64 take every f64, rounded")
    }

    fn wide(self) -> f64 {
        self.to_f64().expect("f64 takes every f32 and f64")
    }
}

/// One link of a chain.
pub trait Transform<T: Scalar>: Send + Sync {
    /// Numbers of state for `n_params` parameters.
    fn n_state(&self, n_params: usize) -> usize;

    /// Rewrites `update`, in place. `step` counts from 1; `params` and `update`: [n_params]; `state`: [n_state], zero before step 1.
    fn apply(&self, step: u64, params: &[T], state: &mut [T], update: &mut [T]);

    /// The last link: [`Transform::apply`], then θ ← θ − η·update. A transform that can do both in one pass over its numbers
    /// does so, and may leave anything in `update`: the numbers of a small network cost more to store than to compute.
    fn descend(&self, step: u64, lr: T, params: &mut [T], state: &mut [T], update: &mut [T]) {
        self.apply(step, params, state, update);
        subtract(lr, params, update);
    }
}

/// θ ← θ − η·update.
pub(crate) fn subtract<T: Scalar>(lr: T, params: &mut [T], update: &[T]) {
    for (p, u) in params.iter_mut().zip(update) {
        *p = *p - lr * *u;
    }
}

/// The least number that [`settled`] keeps: 1e-31 in `f32`, 1e-292 in `f64`.
#[inline(always)]
pub(crate) fn least<T: Scalar>() -> T {
    T::min_positive_value() / T::epsilon()
}

/// 0 in the place of a number so small that what is computed from it would be subnormal.
#[inline(always)]
pub(crate) fn settled<T: Scalar>(v: T) -> T {
    // A NaN is not below and stays.
    if v.abs() < least() { T::zero() } else { v }
}

/// g², or 0 where that is below 1e-31 in `f32`, 1e-292 in `f64`. A root then errs by less than 4e-16 or 2e-146,
/// which is nothing beside the usual ε of 1e-8.
#[inline(always)]
pub(crate) fn squared<T: Scalar>(g: T) -> T {
    // The test is on g: a product that comes out subnormal is already slow.
    let g = if g.abs() < (T::min_positive_value() / T::epsilon()).sqrt() { T::zero() } else { g };
    g * g
}

/// 0 in the place of a subnormal mean of squares; v ≥ 0 or NaN. Not as soon as [`settled`], which would cut off the
/// (1 − β₂)g² of a small gradient, and with it what such gradients add up to.
#[inline(always)]
pub(crate) fn normal<T: Scalar>(v: T) -> T {
    if v < T::min_positive_value() { T::zero() } else { v }
}

/// 1 − βᵗ, in `f64` for every precision: the weight that an average has given to its t gradients. In (0, 1].
pub(crate) fn remaining(beta: f64, step: u64) -> f64 {
    1.0 - libm::pow(beta, step as f64)
}
