//! Layers: what maps a batch of rows to a batch of rows, with its parameters in a sub-slice of one flat vector.
//!
//! A layer is immutable and knows its shape; its numbers are arguments. One struct per file.
//! Absent: the output head, which belongs to the loss ([`crate::loss`]).

pub mod activate;
pub mod dense;

use std::cmp::Ordering;

pub use activate::Activate;
pub use dense::Dense;

use crate::graph::Var;
use crate::real::{Family, Real};

/// Forward and backward pass in one precision. Batches are row-major; the batch size follows from the lengths.
pub trait Layer<T: Real>: Send + Sync {
    /// `output` `[batch, n_out]` from `input` `[batch, n_in]`.
    fn forward(&self, params: &[T], input: &[T], output: &mut [T]);

    /// Writes (not adds) the gradients by parameters and, unless it is not wanted, by input.
    fn backward(&self, pass: Pass<'_, T>, d_params: &mut [T], d_input: Option<&mut [T]>);
}

/// What a backward pass reads.
#[derive(Clone, Copy)]
pub struct Pass<'a, T> {
    /// The layer's parameters.
    pub params: &'a [T],
    /// `[batch, n_in]`, as in the forward pass.
    pub input: &'a [T],
    /// `[batch, n_out]`, from the forward pass.
    pub output: &'a [T],
    /// `[batch, n_out]`: the gradient by the output.
    pub d_output: &'a [T],
}

/// What a layer is, whatever the precision.
pub trait Describe {
    /// Values per sample that come in.
    fn n_in(&self) -> usize;

    /// Values per sample that go out.
    fn n_out(&self) -> usize;

    /// Parameter blocks, in the order of the layer's slice: name ("weight"), rows, columns, and what a penalty and an
    /// initialisation take them for.
    fn blocks(&self) -> Vec<(&'static str, (usize, usize), Role)>;

    /// One sample on a scalar graph.
    fn graph<'g>(&self, params: &[Var<'g>], input: &[Var<'g>]) -> Vec<Var<'g>>;

    /// Pushes the side of each kink that a batch's values are on (nothing for a smooth layer).
    fn sides(&self, input: &[f64], sides: &mut Vec<Ordering>);
}

/// What a block of parameters is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Drawn at the start, penalised.
    Weight,
    /// Zero at the start, not penalised.
    Bias,
}

/// A layer in both precisions.
pub trait AnyLayer: Layer<f32> + Layer<f64> + Describe {}

impl<L: Layer<f32> + Layer<f64> + Describe> AnyLayer for L {}

struct LayerRef<'a>(std::marker::PhantomData<&'a ()>);

impl<'a> Family for LayerRef<'a> {
    type Of<T: Real> = &'a dyn Layer<T>;
}

/// The layer as it works on `T`.
pub fn of_type<T: Real>(layer: &dyn AnyLayer) -> &dyn Layer<T> {
    T::choose::<LayerRef<'_>>(layer, layer)
}
