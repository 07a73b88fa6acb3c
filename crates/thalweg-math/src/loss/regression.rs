//! Losses for numbers: functions of the residuals r = z − y, summed over outputs.

use crate::graph::Var;
use crate::real::Real;
use crate::target::{Target, Targets};

pub(super) fn half_squared<T: Real>(z: &[T], n_outputs: usize, targets: Targets<'_, T>, _: T, scale: T, d: &mut [T]) -> f64 {
    0.5 * each_residual(z, n_outputs, &targets, d, |r| (r * r, r * scale))
}

pub(super) fn squared<T: Real>(z: &[T], n_outputs: usize, targets: Targets<'_, T>, _: T, scale: T, d: &mut [T]) -> f64 {
    each_residual(z, n_outputs, &targets, d, |r| (r * r, (r + r) * scale))
}

pub(super) fn absolute<T: Real>(z: &[T], n_outputs: usize, targets: Targets<'_, T>, _: T, scale: T, d: &mut [T]) -> f64 {
    each_residual(z, n_outputs, &targets, d, |r| {
        let sign = if r > T::default() { scale } else { -scale };
        (r.abs(), if r == T::default() { T::default() } else { sign })
    })
}

pub(super) fn huber<T: Real>(z: &[T], n_outputs: usize, targets: Targets<'_, T>, delta: T, scale: T, d: &mut [T]) -> f64 {
    let half = T::from_f64(0.5);
    each_residual(z, n_outputs, &targets, d, |r| {
        let size = r.abs();
        if size <= delta { (half * r * r, r * scale) } else { (delta * (size - half * delta), (delta * scale).copysign(r)) }
    })
}

/// Sums a function of the residuals; `of_residual` gives its value, and its slope times the scale.
fn each_residual<T: Real>(z: &[T], n_outputs: usize, targets: &Targets<'_, T>, d: &mut [T], of_residual: impl Fn(T) -> (T, T)) -> f64 {
    let y = targets.values();
    assert_eq!((z.len(), n_outputs), (y.len(), y.ncols()), "one row of numbers for each row of scores");
    let mut loss = 0.0;
    for ((d, &z), &y) in d.iter_mut().zip(z).zip(y) {
        let (value, slope) = of_residual(z - y);
        loss += value.to_f64();
        *d = slope;
    }
    loss
}

fn residuals<'g>(z: &[Var<'g>], target: &Target) -> impl Iterator<Item = Var<'g>> {
    z.iter().zip(target.values()).map(|(&z, &y)| z + -y)
}

pub(super) fn half_squared_graph<'g>(z: &[Var<'g>], target: &Target, _: f64) -> Var<'g> {
    residuals(z, target).map(|r| r * r * 0.5).sum()
}

pub(super) fn squared_graph<'g>(z: &[Var<'g>], target: &Target, _: f64) -> Var<'g> {
    residuals(z, target).map(|r| r.powi(2)).sum()
}

pub(super) fn absolute_graph<'g>(z: &[Var<'g>], target: &Target, _: f64) -> Var<'g> {
    residuals(z, target).map(Var::abs).sum()
}

pub(super) fn absolute_edges(z: &[f64], target: &Target, _: f64, edges: &mut Vec<f64>) {
    edges.extend(z.iter().zip(target.values()).map(|(z, y)| z - y));
}

pub(super) fn huber_graph<'g>(z: &[Var<'g>], target: &Target, delta: f64) -> Var<'g> {
    let h = |r: Var<'g>| if r.value().abs() <= delta { r * r * 0.5 } else { (r.abs() + -0.5 * delta) * delta };
    residuals(z, target).map(h).sum()
}

pub(super) fn huber_edges(z: &[f64], target: &Target, delta: f64, edges: &mut Vec<f64>) {
    edges.extend(z.iter().zip(target.values()).flat_map(|(z, y)| [z - y - delta, z - y + delta]));
}
