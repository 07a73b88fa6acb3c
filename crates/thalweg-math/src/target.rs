//! What scores are compared with.

use std::ops::Range;

use ndarray::{ArrayView2, s};

/// The targets of a batch.
#[derive(Clone, Copy)]
pub enum Targets<'a, T> {
    /// One class per sample, each below the number of classes.
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

    /// The classes. Panics if the targets are numbers.
    pub(crate) fn classes(&self) -> &'a [u32] {
        match self {
            Targets::Classes(classes) => classes,
            Targets::Values(_) => panic!("this loss needs classes as targets"),
        }
    }

    /// The numbers. Panics if the targets are classes.
    pub(crate) fn values(&self) -> &ArrayView2<'a, T> {
        match self {
            Targets::Values(values) => values,
            Targets::Classes(_) => panic!("this loss needs numbers as targets"),
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

impl Target {
    pub(crate) fn class(&self) -> usize {
        match self {
            Target::Class(y) => *y,
            Target::Values(_) => panic!("this loss needs classes as targets"),
        }
    }

    pub(crate) fn values(&self) -> &[f64] {
        match self {
            Target::Values(values) => values,
            Target::Class(_) => panic!("this loss needs numbers as targets"),
        }
    }

    /// ±1 for each of `n_outputs` one-against-the-rest scores: +1 where the class is the output's. One output alone
    /// stands for the second of two classes.
    pub(crate) fn signs(&self, n_outputs: usize) -> impl Iterator<Item = f64> + use<> {
        let hot = hot_output(self.class(), n_outputs);
        (0..n_outputs).map(move |j| if Some(j) == hot { 1.0 } else { -1.0 })
    }
}

/// The output that stands for a class; none for the first of two classes that share one output.
pub(crate) fn hot_output(class: usize, n_outputs: usize) -> Option<usize> {
    if n_outputs == 1 { (class == 1).then_some(0) } else { Some(class) }
}
