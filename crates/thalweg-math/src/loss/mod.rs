//! The losses, one row each, fused with the output head that they imply: value and gradient by the scores in one pass.
//!
//! A loss is the mean over samples of a sum over outputs, in nats where it is a log-likelihood. It never contains the penalty.
//! Absent: the head as a layer of its own (the gradient of softmax and cross-entropy together is simple and never overflows).

use std::cmp::Ordering;
use std::ops::Range;

use ndarray::{ArrayView2, s};

use crate::graph::Var;
use crate::real::{Family, Real};

/// What the scores of a batch are compared with.
#[derive(Clone, Copy)]
pub enum Targets<'a, T> {
    /// One class per sample, each below the number of outputs.
    Classes(&'a [u32]),
    /// `[batch, n_outputs]`
    Values(ArrayView2<'a, T>),
}

impl<'a, T> Targets<'a, T> {
    /// How many samples.
    pub fn n_samples(&self) -> usize {
        match self {
            Targets::Classes(classes) => classes.len(),
            Targets::Values(values) => values.nrows(),
        }
    }

    /// The same targets, borrowed for a shorter time (ndarray's views do not shorten by themselves).
    pub fn view(&self) -> Targets<'_, T> {
        match self {
            Targets::Classes(classes) => Targets::Classes(classes),
            Targets::Values(values) => Targets::Values(values.view()),
        }
    }

    /// Those of the samples in `range`.
    pub fn slice(&self, range: Range<usize>) -> Targets<'a, T> {
        match self {
            Targets::Classes(classes) => Targets::Classes(&classes[range]),
            Targets::Values(values) => Targets::Values((*values).slice_move(s![range, ..])),
        }
    }
}

/// The target of one sample, for the graph.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A class.
    Class(usize),
    /// `[n_outputs]`
    Values(Vec<f64>),
}

impl Targets<'_, f64> {
    /// The target of sample `i`.
    pub fn get(&self, i: usize) -> Target {
        match self {
            Targets::Classes(classes) => Target::Class(classes[i] as usize),
            Targets::Values(values) => Target::Values(values.row(i).to_vec()),
        }
    }
}

/// What a data set asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// One of several classes; targets are [`Targets::Classes`].
    Classification,
    /// Numbers; targets are [`Targets::Values`].
    Regression,
}

/// A loss with its head.
pub struct Loss {
    /// Name in experiment files.
    pub name: &'static str,
    /// The loss of one sample with scores z.
    pub formula: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// The tasks it fits.
    pub tasks: &'static [Task],
    /// The fewest outputs it makes sense for.
    pub min_outputs: usize,
    /// In single precision.
    pub single: Kernel<f32>,
    /// In double precision.
    pub double: Kernel<f64>,
    /// The loss of one sample on a scalar graph.
    pub graph: for<'g> fn(&[Var<'g>], &Target) -> Var<'g>,
    /// Pushes the side of each kink that one sample's scores are on (nothing for a smooth loss).
    pub sides: fn(&[f64], &Target, &mut Vec<Ordering>),
}

/// `(scores, n_outputs, targets, scale, d_scores)`, with scores and d_scores `[batch, n_outputs]`:
/// writes d_scores = scale · ∂(loss of the sample)/∂scores and returns the sum of the samples' losses.
pub type Kernel<T> = fn(&[T], usize, Targets<'_, T>, T, &mut [T]) -> f64;

struct Kernels;

impl Family for Kernels {
    type Of<T: Real> = Kernel<T>;
}

impl Loss {
    /// The loop for `T`.
    pub fn kernel<T: Real>(&self) -> Kernel<T> {
        T::choose::<Kernels>(self.single, self.double)
    }
}

/// The row named `name`.
pub fn find(name: &str) -> Option<&'static Loss> {
    LOSSES.iter().find(|row| row.name == name)
}

/// Every loss.
pub static LOSSES: &[Loss] = &[Loss {
    name: "cross-entropy",
    formula: "−ln p_y, p = softmax(z); gradient p − onehot(y)",
    source: "Bridle 1990; shifted by the largest score so that nothing overflows",
    tasks: &[Task::Classification],
    min_outputs: 2,
    single: cross_entropy::<f32>,
    double: cross_entropy::<f64>,
    graph: |z, target| {
        let y = class(target);
        let highest = z.iter().map(|v| v.value()).fold(f64::NEG_INFINITY, f64::max);
        let total = z.iter().map(|&v| (v + -highest).exp()).reduce(|a, b| a + b).expect("there are outputs");
        total.ln() + highest - z[y]
    },
    sides: |_, _, _| {},
}];

fn class(target: &Target) -> usize {
    match target {
        Target::Class(y) => *y,
        Target::Values(_) => panic!("cross-entropy needs classes as targets"),
    }
}

/// Samples whose logarithm is taken at once: the product of their sums, each in [1, n_outputs], stays far from overflow.
const LOGARITHM_BLOCK: usize = 16;

fn cross_entropy<T: Real>(scores: &[T], n_outputs: usize, targets: Targets<'_, T>, scale: T, d_scores: &mut [T]) -> f64 {
    let Targets::Classes(classes) = targets else { panic!("cross-entropy needs classes as targets") };
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

/// Softmax of one row of scores, shifted by the largest: p_j = e^(z_j − m) / Σ e^(z_k − m).
pub fn softmax<T: Real>(scores: &[T], probabilities: &mut [T]) {
    let highest = scores.iter().fold(T::neg_infinity(), |m, &v| if v > m { v } else { m });
    for (p, &z) in probabilities.iter_mut().zip(scores) {
        *p = (z - highest).fast_exp();
    }
    let sum: T = probabilities.iter().copied().sum();
    for p in probabilities.iter_mut() {
        *p /= sum;
    }
}

/// How many samples have their class as the first highest score. `scores` `[batch, n_outputs]`; a NaN never counts.
pub fn n_correct<T: Real>(scores: &[T], n_outputs: usize, classes: &[u32]) -> usize {
    let first_highest = |(z, y): &(&[T], &u32)| {
        let (before, rest) = z.split_at(**y as usize);
        before.iter().all(|v| *v < rest[0]) && rest.iter().all(|v| *v <= rest[0])
    };
    scores.chunks_exact(n_outputs).zip(classes).filter(first_highest).count()
}
