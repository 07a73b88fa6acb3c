//! The numbers of a batch in flight: what each layer put out, and the gradients on their way back.
//!
//! Made once and used for every step, so that a step allocates nothing. Absent: parameters and gradients by them, which
//! belong to the caller.

use ndarray::ArrayView2;

use crate::real::Real;

/// Room for a batch in one network; see [`crate::network::Network::workspace`].
pub struct Workspace<T> {
    pub(crate) max_batch: usize,
    /// A copy of the input, where that is not contiguous.
    pub(crate) input: Vec<T>,
    /// `[max_batch, n_out]` for each layer.
    pub(crate) outputs: Vec<Vec<T>>,
    /// The gradients by the output and by the input of the layer at hand.
    pub(crate) delta: Vec<T>,
    pub(crate) next_delta: Vec<T>,
}

impl<T: Real> Workspace<T> {
    /// For layers that put out `widths` values per sample.
    pub(crate) fn new(max_batch: usize, widths: impl Iterator<Item = usize>) -> Workspace<T> {
        let outputs: Vec<Vec<T>> = widths.map(|width| vec![T::default(); max_batch * width]).collect();
        let widest = outputs.iter().map(Vec::len).max().unwrap_or(0);
        let room = || vec![T::default(); widest];
        Workspace { max_batch, input: Vec::new(), outputs, delta: room(), next_delta: room() }
    }
}

impl<T> Workspace<T> {
    /// The most rows that a batch may have.
    pub fn max_batch(&self) -> usize {
        self.max_batch
    }
}

/// The rows of `x` one after the other: its own memory where it is so already, else a copy.
pub(crate) fn contiguous<'a, T: Real>(x: &'a ArrayView2<'_, T>, copy: &'a mut Vec<T>) -> &'a [T] {
    if let Some(slice) = x.as_slice() {
        return slice;
    }
    copy.clear();
    copy.extend(x.iter().copied());
    copy
}
