//! A network: layers in a row, over one flat slice of parameters.
//!
//! It is a description and holds no numbers; [`Workspace`] holds those of a batch in flight. So one network serves all
//! trials that share its shape, and a step allocates nothing. Absent: branches, convolutions, recurrence.

use std::ops::Range;

use ndarray::ArrayView2;
use rand::{Rng, RngCore};

pub use crate::architecture::{Architecture, Training};
use crate::init::Init;
use crate::layer::{AnyLayer, Pass, Role, of_type};
use crate::real::Real;
pub use crate::workspace::Workspace;
use crate::workspace::contiguous;

/// A contiguous part of the parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Group of layers and part: `"backbone.1.weight"`.
    pub name: String,
    /// Its place in the parameters.
    pub range: Range<usize>,
    /// Rows and columns, row-major.
    pub shape: (usize, usize),
    /// What an initialisation and a penalty take it for.
    pub role: Role,
    /// Whether it is never trained.
    pub is_frozen: bool,
}

/// An immutable multi-layer perceptron (or linear model).
pub struct Network {
    layers: Vec<Placed>,
    blocks: Vec<Block>,
    n_params: usize,
    n_inputs: usize,
    n_outputs: usize,
    /// The first layers, which do not learn, and their parameters.
    n_frozen_layers: usize,
    n_frozen: usize,
    running: Vec<f64>,
    /// Whether a layer that learns draws masks, or has running statistics: most networks skip both at every step.
    has_masks: bool,
    has_statistics: bool,
}

/// A layer in its place.
pub struct Placed {
    /// The group that it belongs to: `"backbone.1"`.
    pub group: String,
    /// What it does.
    pub layer: Box<dyn AnyLayer>,
    /// Its parameters.
    pub params: Range<usize>,
    /// Its running statistics in those of the network.
    pub running: Range<usize>,
}

impl Network {
    /// Builds it. Panics if a width is 0 or the dropout rate is not in [0, 1).
    pub fn new(architecture: &Architecture<'_>) -> Network {
        let a = architecture;
        assert!(a.n_inputs > 0 && a.n_outputs > 0 && !a.backbone.contains(&0) && a.neck != Some(0), "every width is at least 1");
        assert!((0.0..1.0).contains(&a.dropout), "a dropout rate is in [0, 1)");
        let mut network = Network {
            layers: Vec::new(),
            blocks: Vec::new(),
            n_params: 0,
            n_inputs: a.n_inputs,
            n_outputs: a.n_outputs,
            n_frozen_layers: 0,
            n_frozen: 0,
            running: Vec::new(),
            has_masks: a.dropout > 0.0 && !a.backbone.is_empty() && a.training == Training::Whole,
            has_statistics: false,
        };
        for (group, layers) in a.groups() {
            let is_frozen = a.training == Training::FrozenBackbone && group.starts_with("backbone");
            for layer in layers {
                network.push(&group, layer, is_frozen);
            }
            if is_frozen {
                (network.n_frozen_layers, network.n_frozen) = (network.layers.len(), network.n_params);
            }
        }
        network.has_statistics = network.layers[network.n_frozen_layers..].iter().any(|placed| !placed.running.is_empty());
        network
    }

    fn push(&mut self, group: &str, layer: Box<dyn AnyLayer>, is_frozen: bool) {
        let (start, running) = (self.n_params, self.running.len());
        for spec in layer.blocks() {
            let range = self.n_params..self.n_params + spec.shape.0 * spec.shape.1;
            self.n_params = range.end;
            let name = format!("{group}.{}", spec.name);
            self.blocks.push(Block { name, range, shape: spec.shape, role: spec.role, is_frozen });
        }
        self.running.extend(layer.running());
        self.layers.push(Placed { group: group.into(), layer, params: start..self.n_params, running: running..self.running.len() });
    }

    /// How many parameters.
    pub fn n_params(&self) -> usize {
        self.n_params
    }

    /// How many of them, the first ones, are never trained; their gradient is 0.
    pub fn n_frozen(&self) -> usize {
        self.n_frozen
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

    /// The layers, in order.
    pub fn layers(&self) -> &[Placed] {
        &self.layers
    }

    /// Whether layer `i` learns.
    pub fn learns(&self, i: usize) -> bool {
        i >= self.n_frozen_layers
    }

    /// The fewest rows that a training batch may have: 2 where a layer needs the variance of a batch.
    pub fn min_batch(&self) -> usize {
        self.layers[self.n_frozen_layers..].iter().map(|placed| placed.layer.min_batch()).max().unwrap_or(1)
    }

    /// Draws weights block by block, zeroes biases and sets scales to 1. `params` has [`Network::n_params`] values.
    pub fn init<T: Real>(&self, init: &'static Init, rng: &mut impl Rng, params: &mut [T]) {
        assert_eq!(params.len(), self.n_params, "as many values as the network has parameters");
        for block in &self.blocks {
            let values = &mut params[block.range.clone()];
            match block.role {
                Role::Weight => init.fill(block.shape.0, block.shape.1, rng, values),
                Role::Bias => values.fill(T::default()),
                Role::Scale => values.fill(T::one()),
            }
        }
    }

    /// Room for batches of up to `max_batch` rows, with running statistics as at the start.
    pub fn workspace<T: Real>(&self, max_batch: usize) -> Workspace<T> {
        let sizes = self.layers.iter().map(|placed| (max_batch * placed.layer.n_out(), placed.layer.n_kept(max_batch)));
        Workspace::new(max_batch, sizes, self.running.iter().map(|&v| T::from_f64(v)).collect())
    }

    /// Draws what is random in the next training passes of `batch` rows: the masks of dropout.
    pub fn draw<T: Real>(&self, rng: &mut dyn RngCore, batch: usize, workspace: &mut Workspace<T>) {
        if !self.has_masks {
            return;
        }
        for (placed, kept) in self.layers.iter().zip(&mut workspace.kept).skip(self.n_frozen_layers) {
            of_type::<T>(&*placed.layer).draw(rng, &mut kept[..placed.layer.n_kept(batch)]);
        }
    }

    /// Moves the running statistics towards those of the last training pass, which had `batch` rows.
    pub fn absorb<T: Real>(&self, batch: usize, workspace: &mut Workspace<T>) {
        if !self.has_statistics {
            return;
        }
        let Workspace { kept, running, .. } = workspace;
        for (placed, kept) in self.layers.iter().zip(kept).skip(self.n_frozen_layers) {
            of_type::<T>(&*placed.layer).absorb(batch, kept, &mut running[placed.running.clone()]);
        }
    }

    /// The scores `[batch, n_outputs]` of `x` `[batch, n_inputs]` at evaluation. Panics if the batch is larger than the workspace.
    pub fn forward<'w, T: Real>(&self, params: &[T], x: ArrayView2<'_, T>, workspace: &'w mut Workspace<T>) -> ArrayView2<'w, T> {
        let batch = x.nrows();
        self.run(params, &x, workspace, Learning::None);
        ArrayView2::from_shape((batch, self.n_outputs), self.scores(workspace, batch)).expect("the slice has this length")
    }

    fn run<T: Real>(&self, params: &[T], x: &ArrayView2<'_, T>, workspace: &mut Workspace<T>, learning: Learning) {
        let batch = x.nrows();
        assert!(batch <= workspace.max_batch, "a batch of {batch} rows in a workspace for {}", workspace.max_batch);
        assert_eq!(x.ncols(), self.n_inputs, "as many columns as the network has inputs");
        assert_eq!(params.len(), self.n_params, "as many values as the network has parameters");
        let Workspace { input: copy, outputs, kept, running, .. } = workspace;
        let mut input = contiguous(x, copy);
        for (i, ((placed, output), kept)) in self.layers.iter().zip(outputs).zip(kept).enumerate() {
            let output = &mut output[..batch * placed.layer.n_out()];
            let (layer, params) = (of_type::<T>(&*placed.layer), &params[placed.params.clone()]);
            if learning == Learning::Layers && self.learns(i) {
                layer.train(params, input, output, &mut kept[..placed.layer.n_kept(batch)]);
            } else {
                layer.evaluate(params, &running[placed.running.clone()], input, output);
            }
            input = output;
        }
    }

    /// A training pass and its backward pass: writes (not adds) the gradient by all parameters, that by weights w with
    /// `decay`·w added, and returns what `from_scores` returns. That gets the scores and writes the gradient by them, both
    /// `[batch, n_outputs]`.
    pub fn forward_backward<T: Real, R>(
        &self,
        params: &[T],
        decay: T,
        x: ArrayView2<'_, T>,
        workspace: &mut Workspace<T>,
        grad: &mut [T],
        from_scores: impl FnOnce(&[T], &mut [T]) -> R,
    ) -> R {
        assert_eq!(grad.len(), self.n_params, "as many values as the network has parameters");
        let batch = x.nrows();
        let result = self.train(params, x.view(), workspace, from_scores);
        let Workspace { input: copy, outputs, kept, delta, next_delta, .. } = workspace;
        let x = x.as_slice().unwrap_or(copy);
        grad[..self.n_frozen].fill(T::default());
        for (i, placed) in self.layers.iter().enumerate().skip(self.n_frozen_layers).rev() {
            let (n_in, n_out) = (batch * placed.layer.n_in(), batch * placed.layer.n_out());
            let pass = Pass {
                params: &params[placed.params.clone()],
                input: if i == 0 { x } else { &outputs[i - 1][..n_in] },
                output: &outputs[i][..n_out],
                kept: &kept[i][..placed.layer.n_kept(batch)],
                d_output: &delta[..n_out],
                decay,
            };
            // Nobody asks for the gradient by the data or by what does not learn.
            let d_input = (i > self.n_frozen_layers).then(|| &mut next_delta[..n_in]);
            of_type::<T>(&*placed.layer).backward(pass, &mut grad[placed.params.clone()], d_input);
            std::mem::swap(delta, next_delta);
        }
        result
    }

    /// A training pass: calls `read` with the scores of a batch, and scratch of the same shape.
    pub fn train<T: Real, R>(
        &self,
        params: &[T],
        x: ArrayView2<'_, T>,
        workspace: &mut Workspace<T>,
        read: impl FnOnce(&[T], &mut [T]) -> R,
    ) -> R {
        self.run(params, &x, workspace, Learning::Layers);
        self.read_scores(x.nrows(), workspace, read)
    }

    /// An evaluation pass: calls `read` with the scores of a batch, and scratch of the same shape.
    pub fn evaluate<T: Real, R>(
        &self,
        params: &[T],
        x: ArrayView2<'_, T>,
        workspace: &mut Workspace<T>,
        read: impl FnOnce(&[T], &mut [T]) -> R,
    ) -> R {
        self.run(params, &x, workspace, Learning::None);
        self.read_scores(x.nrows(), workspace, read)
    }

    fn read_scores<T, R>(&self, batch: usize, workspace: &mut Workspace<T>, read: impl FnOnce(&[T], &mut [T]) -> R) -> R {
        let n_scores = batch * self.n_outputs;
        let Workspace { outputs, delta, .. } = workspace;
        read(&outputs.last().expect("there is a layer")[..n_scores], &mut delta[..n_scores])
    }

    /// The scores of the last pass of `batch` rows, `[batch, n_outputs]`.
    pub fn scores<'w, T>(&self, workspace: &'w Workspace<T>, batch: usize) -> &'w [T] {
        &workspace.outputs.last().expect("there is a layer")[..batch * self.n_outputs]
    }

    /// The input of layer `i` (from 0) in the last pass of `batch` rows; `None` for the first, whose input is the data.
    pub fn layer_input<'w, T>(&self, workspace: &'w Workspace<T>, i: usize, batch: usize) -> Option<&'w [T]> {
        let before = i.checked_sub(1)?;
        Some(&workspace.outputs[before][..batch * self.layers[before].layer.n_out()])
    }

    /// What layer `i` kept of the last training pass of `batch` rows.
    pub fn kept<'w, T>(&self, workspace: &'w Workspace<T>, i: usize, batch: usize) -> &'w [T] {
        &workspace.kept[i][..self.layers[i].layer.n_kept(batch)]
    }
}

/// Whether a pass trains.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Learning {
    /// Evaluation throughout.
    None,
    /// Training in every layer that is not frozen.
    Layers,
}
