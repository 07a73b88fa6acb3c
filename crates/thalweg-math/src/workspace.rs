//! The numbers of a batch in flight: what each layer put out and kept, the gradients on their way back, and the running
//! statistics of the layers that have some.
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
    /// What each layer keeps of a training pass; NaN until then.
    pub(crate) kept: Vec<Vec<T>>,
    /// Running statistics of all layers, one after the other.
    pub(crate) running: Vec<T>,
    /// The gradients by the output and by the input of the layer at hand.
    pub(crate) delta: Vec<T>,
    pub(crate) next_delta: Vec<T>,
}

impl<T: Real> Workspace<T> {
    /// For layers that put out and keep `(n_out·max_batch, n_kept)` values.
    pub(crate) fn new(max_batch: usize, sizes: impl Iterator<Item = (usize, usize)>, running: Vec<T>) -> Workspace<T> {
        let (outputs, kept): (Vec<Vec<T>>, Vec<Vec<T>>) = sizes.map(|(out, kept)| (vec![T::default(); out], vec![T::nan(); kept])).unzip();
        let widest = outputs.iter().map(Vec::len).max().unwrap_or(0);
        let room = || vec![T::default(); widest];
        Workspace { max_batch, input: Vec::new(), outputs, kept, running, delta: room(), next_delta: room() }
    }
}

impl<T> Workspace<T> {
    /// The most rows that a batch may have.
    pub fn max_batch(&self) -> usize {
        self.max_batch
    }

    /// How many values it holds.
    pub fn n_values(&self) -> usize {
        let layers = self.outputs.iter().chain(&self.kept).map(Vec::len).sum::<usize>();
        layers + self.input.len() + self.running.len() + self.delta.len() + self.next_delta.len()
    }

    /// The running statistics that evaluation reads: all that a model has beside its parameters.
    pub fn running(&self) -> &[T] {
        &self.running
    }

    /// The same, to put those of a loaded model.
    pub fn running_mut(&mut self) -> &mut [T] {
        &mut self.running
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
