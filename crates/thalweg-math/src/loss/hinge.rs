//! The hinge losses: three for several classes, and the squared one; at a kink the slope is 0. And the perceptron's, which asks for no margin.
//!
//! Comparisons are written so that a NaN score reaches the loss.

use crate::graph::Var;
use crate::real::Real;
use crate::target::{Target, Targets, hot_output};

/// max(0, v), but NaN for NaN.
#[inline(always)]
fn positive<T: Real>(v: T) -> T {
    if v < T::default() { T::default() } else { v }
}

fn rows<'a, T: Real>(
    scores: &'a [T],
    n_outputs: usize,
    targets: &'a Targets<'_, T>,
    d_scores: &'a mut [T],
) -> impl Iterator<Item = (&'a [T], &'a mut [T], usize)> {
    let classes = targets.classes();
    assert_eq!(scores.len(), classes.len() * n_outputs, "one class for each row of scores");
    let pairs = scores.chunks_exact(n_outputs).zip(d_scores.chunks_exact_mut(n_outputs));
    pairs.zip(classes).map(|((z, d), y)| (z, d, *y as usize))
}

pub(super) fn weston_watkins<T: Real>(z: &[T], n_outputs: usize, targets: Targets<'_, T>, _: T, scale: T, d: &mut [T]) -> f64 {
    let mut loss = 0.0;
    for (z, d, y) in rows(z, n_outputs, &targets, d) {
        let shift = T::one() - z[y];
        let (mut sum, mut slope) = (T::default(), T::default());
        for (d, &z) in d.iter_mut().zip(z) {
            let margin = z + shift;
            sum += positive(margin);
            *d = if margin > T::default() { scale } else { T::default() };
            slope += *d;
        }
        // The class itself was counted with its margin of 1, exactly (NaN for NaN).
        loss += (sum - (z[y] + shift)).to_f64();
        d[y] -= slope;
    }
    loss
}

pub(super) fn weston_watkins_graph<'g>(z: &[Var<'g>], target: &Target, _: f64) -> Var<'g> {
    let y = target.class();
    let others = z.iter().enumerate().filter(|(j, _)| *j != y);
    others.map(|(_, &v)| v - z[y] + 1.0).map(|m| m.select_positive(m, m * 0.0)).sum()
}

pub(super) fn weston_watkins_edges(z: &[f64], target: &Target, _: f64, edges: &mut Vec<f64>) {
    let y = target.class();
    edges.extend(z.iter().enumerate().filter(|(j, _)| *j != y).map(|(_, v)| v - z[y] + 1.0));
}

pub(super) fn crammer_singer<T: Real>(z: &[T], n_outputs: usize, targets: Targets<'_, T>, _: T, scale: T, d: &mut [T]) -> f64 {
    strongest_rival(z, n_outputs, &targets, d, scale, |lead| (T::one() + lead, T::one() + lead > T::default()))
}

/// A sample that is wrong or on the boundary is learned: Novikoff's proof needs no more, and zero weights would stay for ever without it.
pub(super) fn perceptron<T: Real>(z: &[T], n_outputs: usize, targets: Targets<'_, T>, _: T, scale: T, d: &mut [T]) -> f64 {
    strongest_rival(z, n_outputs, &targets, d, scale, |lead| (lead, lead >= T::default()))
}

/// Sums a loss of the lead of the highest wrong score over the class's own; `of_lead` gives what is left of it where it is above 0, and
/// whether the two scores move.
fn strongest_rival<T: Real>(
    z: &[T],
    n_outputs: usize,
    targets: &Targets<'_, T>,
    d: &mut [T],
    scale: T,
    of_lead: impl Fn(T) -> (T, bool),
) -> f64 {
    let mut loss = 0.0;
    for (z, d, y) in rows(z, n_outputs, targets, d) {
        let (mut highest, mut rival) = (T::neg_infinity(), usize::from(y == 0));
        for (j, &v) in z.iter().enumerate() {
            if j != y && (v > highest || v.is_nan()) {
                (highest, rival) = (v, j);
            }
        }
        let (margin, moves) = of_lead(highest - z[y]);
        loss += positive(margin).to_f64();
        d.fill(T::default());
        if moves {
            d[rival] = scale;
            d[y] = -scale;
        }
    }
    loss
}

pub(super) fn crammer_singer_graph<'g>(z: &[Var<'g>], target: &Target, _: f64) -> Var<'g> {
    let margin = lead(z, target) + 1.0;
    margin.select_positive(margin, margin * 0.0)
}

pub(super) fn perceptron_graph<'g>(z: &[Var<'g>], target: &Target, _: f64) -> Var<'g> {
    let lead = lead(z, target);
    // Where it is not negative: at 0 the slope is 1.
    (-lead).select_positive(lead * 0.0, lead)
}

fn lead<'g>(z: &[Var<'g>], target: &Target) -> Var<'g> {
    let y = target.class();
    let others = z.iter().enumerate().filter(|(j, _)| *j != y).map(|(_, v)| *v);
    others.reduce(|a, b| if b.value() > a.value() { b } else { a }).expect("there are two classes") - z[y]
}

pub(super) fn crammer_singer_edges(z: &[f64], target: &Target, _: f64, edges: &mut Vec<f64>) {
    rival_edges(z, target, 1.0, edges);
}

pub(super) fn perceptron_edges(z: &[f64], target: &Target, _: f64, edges: &mut Vec<f64>) {
    rival_edges(z, target, 0.0, edges);
}

/// Which wrong score is the highest may change, too: the distance of each from the highest of the others.
fn rival_edges(z: &[f64], target: &Target, margin: f64, edges: &mut Vec<f64>) {
    let y = target.class();
    let highest_but = |skipped: usize| {
        let others = z.iter().enumerate().filter(|(j, _)| *j != y && *j != skipped);
        others.map(|(_, v)| *v).fold(f64::NEG_INFINITY, f64::max)
    };
    edges.push(margin + highest_but(y) - z[y]);
    edges.extend((0..z.len()).filter(|j| *j != y).map(|j| z[j] - highest_but(j)));
}

/// One score, for the second of two classes.
pub(super) fn perceptron_one<T: Real>(z: &[T], n_outputs: usize, targets: Targets<'_, T>, _: T, scale: T, d: &mut [T]) -> f64 {
    let mut loss = 0.0;
    for (z, d, y) in rows(z, n_outputs, &targets, d) {
        let sign = if y == 1 { T::one() } else { -T::one() };
        let lead = -sign * z[0];
        loss += positive(lead).to_f64();
        d[0] = if lead >= T::default() { -sign * scale } else { T::default() };
    }
    loss
}

pub(super) fn perceptron_one_graph<'g>(z: &[Var<'g>], target: &Target, _: f64) -> Var<'g> {
    let lead = z[0] * if target.class() == 1 { -1.0 } else { 1.0 };
    (-lead).select_positive(lead * 0.0, lead)
}

pub(super) fn perceptron_one_edges(z: &[f64], _: &Target, _: f64, edges: &mut Vec<f64>) {
    edges.push(z[0]);
}

pub(super) fn one_vs_rest<T: Real>(z: &[T], n_outputs: usize, targets: Targets<'_, T>, _: T, scale: T, d: &mut [T]) -> f64 {
    each_score(z, n_outputs, &targets, d, |margin| (positive(margin).to_f64(), if margin > T::default() { scale } else { T::default() }))
}

pub(super) fn squared_hinge<T: Real>(z: &[T], n_outputs: usize, targets: Targets<'_, T>, _: T, scale: T, d: &mut [T]) -> f64 {
    each_score(z, n_outputs, &targets, d, |margin| {
        let m = positive(margin);
        ((m * m).to_f64(), (m + m) * scale)
    })
}

/// Sums a loss of the margins 1 − t·z over samples and outputs; `of_margin` gives value and slope by the margin.
fn each_score<T: Real>(z: &[T], n_outputs: usize, targets: &Targets<'_, T>, d: &mut [T], of_margin: impl Fn(T) -> (f64, T)) -> f64 {
    let mut loss = 0.0;
    for (z, d, y) in rows(z, n_outputs, targets, d) {
        let hot = hot_output(y, n_outputs);
        for (j, (d, &z)) in d.iter_mut().zip(z).enumerate() {
            let sign = if Some(j) == hot { T::one() } else { -T::one() };
            let (value, slope) = of_margin(T::one() - sign * z);
            loss += value;
            *d = -sign * slope;
        }
    }
    loss
}

fn margins<'g>(z: &[Var<'g>], target: &Target) -> impl Iterator<Item = Var<'g>> {
    z.iter().zip(target.signs(z.len())).map(|(&z, t)| z * -t + 1.0).map(|m| m.select_positive(m, m * 0.0))
}

pub(super) fn one_vs_rest_graph<'g>(z: &[Var<'g>], target: &Target, _: f64) -> Var<'g> {
    margins(z, target).sum()
}

pub(super) fn squared_hinge_graph<'g>(z: &[Var<'g>], target: &Target, _: f64) -> Var<'g> {
    margins(z, target).map(|m| m * m).sum()
}

pub(super) fn one_vs_rest_edges(z: &[f64], target: &Target, _: f64, edges: &mut Vec<f64>) {
    edges.extend(z.iter().zip(target.signs(z.len())).map(|(z, t)| 1.0 - t * z));
}
