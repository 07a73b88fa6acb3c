//! Cross-entropy on scores: softmax over classes, or one score for the second of two.

use crate::graph::Var;
use crate::real::Real;
use crate::target::{Target, Targets};

/// Samples whose logarithm is taken at once: the product of their sums, each in [1, n_outputs], stays far from overflow.
const LOGARITHM_BLOCK: usize = 16;

pub(super) fn multiclass<T: Real>(scores: &[T], n_outputs: usize, targets: Targets<'_, T>, _: T, scale: T, d_scores: &mut [T]) -> f64 {
    let classes = targets.classes();
    assert_eq!(scores.len(), classes.len() * n_outputs, "one class for each row of scores");
    let mut loss = 0.0;
    for ((z, d), &y) in scores.chunks_exact(n_outputs).zip(d_scores.chunks_exact_mut(n_outputs)).zip(classes) {
        let highest = z.iter().fold(T::neg_infinity(), |m, &v| if v > m { v } else { m });
        for (d, &v) in d.iter_mut().zip(z) {
            *d = v - highest;
        }
        loss -= d[y as usize].to_f64();
    }
    // One flat loop: rows are too short to fill vectors.
    for d in d_scores.iter_mut() {
        *d = d.fast_exp();
    }
    for (rows, classes) in d_scores.chunks_mut(LOGARITHM_BLOCK * n_outputs).zip(classes.chunks(LOGARITHM_BLOCK)) {
        let mut sums = 1.0;
        for (d, &y) in rows.chunks_exact_mut(n_outputs).zip(classes) {
            let sum: T = d.iter().copied().sum();
            sums *= sum.to_f64();
            let factor = scale / sum;
            for d in d.iter_mut() {
                *d *= factor;
            }
            d[y as usize] -= scale;
        }
        loss += sums.fast_ln();
    }
    loss
}

/// [`multiclass`], by vectors across samples where there are few classes and the CPU can.
pub(super) fn multiclass_single(z: &[f32], n_outputs: usize, targets: Targets<'_, f32>, unused: f32, scale: f32, d: &mut [f32]) -> f64 {
    #[cfg(target_arch = "x86_64")]
    if let Some(loss) = super::few_classes::cross_entropy(z, n_outputs, targets.classes(), scale, d) {
        return loss;
    }
    multiclass(z, n_outputs, targets, unused, scale, d)
}

pub(super) fn multiclass_graph<'g>(z: &[Var<'g>], target: &Target, _: f64) -> Var<'g> {
    let highest = z.iter().map(|v| v.value()).fold(f64::NEG_INFINITY, f64::max);
    let total: Var<'g> = z.iter().map(|&v| (v + -highest).exp()).sum();
    total.ln() + highest - z[target.class()]
}

/// ln(1 + e^(−tz)) with t = 1 for the second class, −1 for the first; gradient σ(z) − y.
pub(super) fn binary<T: Real>(scores: &[T], n_outputs: usize, targets: Targets<'_, T>, _: T, scale: T, d_scores: &mut [T]) -> f64 {
    let classes = targets.classes();
    assert_eq!((scores.len(), n_outputs), (classes.len(), 1), "one score for each class label");
    let mut loss = 0.0;
    for ((&z, d), &y) in scores.iter().zip(d_scores).zip(classes) {
        let away = if y == 1 { -z } else { z };
        let tail = (-z.abs()).fast_exp();
        // Not `max`: a NaN must reach the loss.
        loss += ((if away < T::default() { T::default() } else { away }) + tail.fast_ln_1p()).to_f64();
        let wrong = (T::one() + (-away).fast_exp()).recip() * scale;
        *d = if y == 1 { -wrong } else { wrong };
    }
    loss
}

pub(super) fn binary_graph<'g>(z: &[Var<'g>], target: &Target, _: f64) -> Var<'g> {
    if target.class() == 1 { (-z[0]).softplus() } else { z[0].softplus() }
}
