//! A network: layers in a row, over one flat slice of parameters.
//!
//! It is a description and holds no numbers; [`Workspace`] holds those of a batch in flight. So one network serves all
//! trials that share its shape, and a step allocates nothing. Absent: branches, convolutions, recurrence.

use std::ops::Range;

use ndarray::ArrayView2;
use rand::Rng;

use crate::activation::Activation;
use crate::init::Init;
use crate::layer::{Activate, AnyLayer, Dense, Pass, Role, of_type};
use crate::real::Real;
pub use crate::workspace::Workspace;
use crate::workspace::contiguous;

/// What a network is made of.
#[derive(Clone, Copy)]
pub struct NetworkSpec<'a> {
    /// Features per sample, ≥ 1.
    pub n_inputs: usize,
    /// Units of each hidden layer, each ≥ 1; empty for a linear model.
    pub hidden: &'a [usize],
    /// Scores per sample, ≥ 1.
    pub n_outputs: usize,
    /// The activation of the hidden units.
    pub activation: &'static Activation,
    /// The activation's parameter, where it has one.
    pub leak: f64,
}

/// A contiguous part of the parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Dense layer, counted from 1, and part: `"1.weight"`.
    pub name: String,
    /// Its place in the parameters.
    pub range: Range<usize>,
    /// Rows and columns, row-major.
    pub shape: (usize, usize),
    /// Whether it is drawn at the start and penalised; otherwise a bias.
    pub is_weight: bool,
}

/// An immutable multi-layer perceptron (or linear model).
pub struct Network {
    layers: Vec<Placed>,
    blocks: Vec<Block>,
    n_params: usize,
    n_inputs: usize,
    n_outputs: usize,
}

struct Placed {
    layer: Box<dyn AnyLayer>,
    params: Range<usize>,
}

impl Network {
    /// Builds it. Panics if a width is 0.
    pub fn new(spec: &NetworkSpec<'_>) -> Network {
        assert!(spec.n_inputs > 0 && spec.n_outputs > 0 && !spec.hidden.contains(&0), "every width is at least 1");
        let mut network =
            Network { layers: Vec::new(), blocks: Vec::new(), n_params: 0, n_inputs: spec.n_inputs, n_outputs: spec.n_outputs };
        let mut n_in = spec.n_inputs;
        for (i, &n_units) in spec.hidden.iter().enumerate() {
            network.push(i + 1, Box::new(Dense { n_in, n_out: n_units }));
            network.push(i + 1, Box::new(Activate { activation: spec.activation, parameter: spec.leak, n_units }));
            n_in = n_units;
        }
        network.push(spec.hidden.len() + 1, Box::new(Dense { n_in, n_out: spec.n_outputs }));
        network
    }

    fn push(&mut self, number: usize, layer: Box<dyn AnyLayer>) {
        let start = self.n_params;
        for (part, shape, role) in layer.blocks() {
            let range = self.n_params..self.n_params + shape.0 * shape.1;
            self.n_params = range.end;
            self.blocks.push(Block { name: format!("{number}.{part}"), range, shape, is_weight: role == Role::Weight });
        }
        self.layers.push(Placed { layer, params: start..self.n_params });
    }

    /// How many parameters.
    pub fn n_params(&self) -> usize {
        self.n_params
    }

    /// Features per sample.
    pub fn n_inputs(&self) -> usize {
        self.n_inputs
    }

    /// Scores per sample.
    pub fn n_outputs(&self) -> usize {
        self.n_outputs
    }

    /// The parameters' blocks, in order and without gaps.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The layers, in order, with the place of their parameters.
    pub fn layers(&self) -> impl Iterator<Item = (&dyn AnyLayer, Range<usize>)> {
        self.layers.iter().map(|placed| (&*placed.layer, placed.params.clone()))
    }

    /// Draws weights block by block and zeroes biases. `params` has [`Network::n_params`] values.
    pub fn init<T: Real>(&self, init: &'static Init, rng: &mut impl Rng, params: &mut [T]) {
        assert_eq!(params.len(), self.n_params, "as many values as the network has parameters");
        for block in &self.blocks {
            let values = &mut params[block.range.clone()];
            if block.is_weight {
                init.fill(block.shape.0, block.shape.1, rng, values);
            } else {
                values.fill(T::default());
            }
        }
    }

    /// Room for batches of up to `max_batch` rows.
    pub fn workspace<T: Real>(&self, max_batch: usize) -> Workspace<T> {
        Workspace::new(max_batch, self.layers.iter().map(|placed| placed.layer.n_out()))
    }

    /// The scores `[batch, n_outputs]` of `x` `[batch, n_inputs]`. Panics if the batch is larger than the workspace.
    pub fn forward<'w, T: Real>(&self, params: &[T], x: ArrayView2<'_, T>, workspace: &'w mut Workspace<T>) -> ArrayView2<'w, T> {
        let batch = x.nrows();
        self.run_forward(params, x, workspace);
        ArrayView2::from_shape((batch, self.n_outputs), self.scores(workspace, batch)).expect("the slice has this length")
    }

    fn run_forward<T: Real>(&self, params: &[T], x: ArrayView2<'_, T>, workspace: &mut Workspace<T>) {
        let batch = x.nrows();
        assert!(batch <= workspace.max_batch, "a batch of {batch} rows in a workspace for {}", workspace.max_batch);
        assert_eq!(x.ncols(), self.n_inputs, "as many columns as the network has inputs");
        assert_eq!(params.len(), self.n_params, "as many values as the network has parameters");
        let Workspace { input: copy, outputs, .. } = workspace;
        let mut input = contiguous(&x, copy);
        for (placed, output) in self.layers.iter().zip(outputs) {
            let output = &mut output[..batch * placed.layer.n_out()];
            of_type::<T>(&*placed.layer).forward(&params[placed.params.clone()], input, output);
            input = output;
        }
    }

    /// A forward and a backward pass: writes (not adds) the gradient by all parameters and returns what `from_scores`
    /// returns. That gets the scores and writes the gradient by them, both `[batch, n_outputs]`.
    pub fn forward_backward<T: Real, R>(
        &self,
        params: &[T],
        x: ArrayView2<'_, T>,
        workspace: &mut Workspace<T>,
        grad: &mut [T],
        from_scores: impl FnOnce(&[T], &mut [T]) -> R,
    ) -> R {
        self.run_forward(params, x.view(), workspace);
        assert_eq!(grad.len(), self.n_params, "as many values as the network has parameters");
        let batch = x.nrows();
        let Workspace { input: copy, outputs, delta, next_delta, .. } = workspace;
        let last = outputs.last().expect("there is a layer");
        let n_scores = batch * self.n_outputs;
        let result = from_scores(&last[..n_scores], &mut delta[..n_scores]);
        let x = x.as_slice().unwrap_or(copy);
        for (i, placed) in self.layers.iter().enumerate().rev() {
            let (n_in, n_out) = (batch * placed.layer.n_in(), batch * placed.layer.n_out());
            let input = if i == 0 { x } else { &outputs[i - 1][..n_in] };
            let pass = Pass { params: &params[placed.params.clone()], input, output: &outputs[i][..n_out], d_output: &delta[..n_out] };
            // Nobody asks for the gradient by the data.
            let d_input = (i > 0).then(|| &mut next_delta[..n_in]);
            of_type::<T>(&*placed.layer).backward(pass, &mut grad[placed.params.clone()], d_input);
            std::mem::swap(delta, next_delta);
        }
        result
    }

    /// Calls `read` with the scores of a batch, and scratch of the same shape.
    pub fn forward_read<T: Real, R>(
        &self,
        params: &[T],
        x: ArrayView2<'_, T>,
        workspace: &mut Workspace<T>,
        read: impl FnOnce(&[T], &mut [T]) -> R,
    ) -> R {
        let n_scores = x.nrows() * self.n_outputs;
        self.run_forward(params, x, workspace);
        let Workspace { outputs, delta, .. } = workspace;
        read(&outputs.last().expect("there is a layer")[..n_scores], &mut delta[..n_scores])
    }

    /// The scores of the last forward pass of `batch` rows, `[batch, n_outputs]`.
    pub fn scores<'w, T>(&self, workspace: &'w Workspace<T>, batch: usize) -> &'w [T] {
        &workspace.outputs.last().expect("there is a layer")[..batch * self.n_outputs]
    }

    /// The input of layer `i` (from 0) in the last forward pass of `batch` rows; `None` for the first, whose input is the data.
    pub fn layer_input<'w, T>(&self, workspace: &'w Workspace<T>, i: usize, batch: usize) -> Option<&'w [T]> {
        let before = i.checked_sub(1)?;
        Some(&workspace.outputs[before][..batch * self.layers[before].layer.n_out()])
    }
}
