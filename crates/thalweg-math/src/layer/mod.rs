//! Layers: what maps a batch of rows to a batch of rows, with its parameters in a sub-slice of one flat vector.
//!
//! A layer is immutable and knows its shape; its numbers are arguments. One struct per file. Training and evaluation are
//! two methods with different arguments: what evaluation reads (running statistics) training cannot touch, and what
//! training keeps for its backward pass (masks, statistics of the batch) evaluation never sees.
//! Absent: the output head, which belongs to the loss ([`crate::loss`]).

pub mod activate;
pub mod batch_norm;
pub mod dense;
pub mod dropout;
pub mod layer_norm;

pub use activate::Activate;
pub use batch_norm::BatchNorm;
pub use dense::Dense;
pub use dropout::Dropout;
pub use layer_norm::LayerNorm;

use rand::RngCore;

use crate::graph::Var;
use crate::real::{Family, Real};

/// The passes in one precision. Batches are row-major; the batch size follows from the lengths.
pub trait Layer<T: Real>: Send + Sync {
    /// Training: `output` `[batch, n_out]` from `input` `[batch, n_in]`. `kept` `[n_kept(batch)]` is what the backward pass
    /// and [`Layer::absorb`] read; a drawn mask is in it already.
    fn train(&self, params: &[T], input: &[T], output: &mut [T], kept: &mut [T]);

    /// Evaluation: the same map with the statistics of all training, and nothing random.
    fn evaluate(&self, params: &[T], running: &[T], input: &[T], output: &mut [T]);

    /// Writes (not adds) the gradients by parameters and, unless it is not wanted, by input, of a training pass.
    fn backward(&self, pass: Pass<'_, T>, d_params: &mut [T], d_input: Option<&mut [T]>);

    /// Draws what is random in the next training pass of `kept.len()` values.
    fn draw(&self, _rng: &mut dyn RngCore, _kept: &mut [T]) {}

    /// Moves the running statistics towards those of the last training pass.
    fn absorb(&self, _batch: usize, _kept: &[T], _running: &mut [T]) {}
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
    /// From the forward pass.
    pub kept: &'a [T],
    /// `[batch, n_out]`: the gradient by the output.
    pub d_output: &'a [T],
    /// The gradient of weights w starts from decay·w: there an L2 penalty costs nothing.
    pub decay: T,
}

/// What a layer is, whatever the precision.
pub trait Describe {
    /// Values per sample that come in.
    fn n_in(&self) -> usize;

    /// Values per sample that go out.
    fn n_out(&self) -> usize;

    /// Parameter blocks, in the order of the layer's slice.
    fn blocks(&self) -> Vec<BlockSpec> {
        Vec::new()
    }

    /// Running statistics at the start; empty for most.
    fn running(&self) -> Vec<f64> {
        Vec::new()
    }

    /// How many values a training pass of `batch` rows keeps.
    fn n_kept(&self, _batch: usize) -> usize {
        0
    }

    /// The fewest rows that a training batch must have.
    fn min_batch(&self) -> usize {
        1
    }

    /// Whether it is an activation, and which.
    fn activation(&self) -> Option<&Activate> {
        None
    }

    /// A batch of rows on a scalar graph.
    fn graph<'g>(&self, params: &[Var<'g>], mode: Mode<'_>, input: &[Vec<Var<'g>>]) -> Vec<Vec<Var<'g>>>;

    /// Pushes the signed distance of a batch's values from each place where the slope or the curvature jumps (nothing for a
    /// smooth layer). `input` `[batch, n_in]`.
    fn edges(&self, _input: &[f64], _edges: &mut Vec<f64>) {}

    /// The least variance that the layer divides by, if it does.
    fn least_variance(&self, _input: &[f64]) -> Option<f64> {
        None
    }
}

/// Which of the two passes a graph is of.
#[derive(Clone, Copy)]
pub enum Mode<'a> {
    /// Training, with what the layer kept.
    Train(&'a [f64]),
    /// Evaluation, with the running statistics.
    Evaluate(&'a [f64]),
}

/// A block of a layer's parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockSpec {
    /// `"weight"`
    pub name: &'static str,
    /// Rows and columns, row-major.
    pub shape: (usize, usize),
    /// What a penalty and an initialisation take it for.
    pub role: Role,
}

/// The blocks of a normalising layer: γ and β.
fn scale_and_shift(n_units: usize) -> Vec<BlockSpec> {
    let block = |name, role| BlockSpec { name, shape: (1, n_units), role };
    vec![block("scale", Role::Scale), block("shift", Role::Bias)]
}

/// What a block of parameters is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Drawn at the start, penalised.
    Weight,
    /// 0 at the start; penalised on request.
    Bias,
    /// Factor of a normalised value: 1 at the start; penalised on request.
    Scale,
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

/// A kind of layer, for the catalogue and for names in files.
pub struct LayerRow {
    /// Name.
    pub name: &'static str,
    /// Its map from x to y.
    pub formula: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// Makes it for a number of units, if it stands between a dense layer and its activation.
    pub normalise: Option<fn(usize) -> Box<dyn AnyLayer>>,
}

/// The row of a normalising layer.
pub fn find_norm(name: &str) -> Option<&'static LayerRow> {
    LAYERS.iter().find(|row| row.name == name && row.normalise.is_some())
}

/// Every kind of layer.
pub static LAYERS: &[LayerRow] = &[
    LayerRow { name: "dense", formula: "y = x·W + b", source: "Rosenblatt 1958", normalise: None },
    LayerRow {
        name: "dropout",
        formula: "y = x·m/(1 − p), m = 0 with probability p, else 1; off at evaluation",
        source: "Srivastava et al. 2014, scaled in training as torch.nn.Dropout",
        normalise: None,
    },
    LayerRow {
        name: "batch-norm",
        formula: "y = γ(x − μ)/√(σ² + 1e-5) + β per unit, μ and σ² of the batch; at evaluation running ones, moved by 0.1 a step",
        source: "Ioffe and Szegedy 2015; as torch.nn.BatchNorm1d: σ² is biased in training and unbiased in the running one",
        normalise: Some(|n_units| Box::new(BatchNorm { n_units })),
    },
    LayerRow {
        name: "layer-norm",
        formula: "y = γ(x − μ)/√(σ² + 1e-5) + β per sample, μ and biased σ² over its units",
        source: "Ba, Kiros and Hinton 2016; as torch.nn.LayerNorm",
        normalise: Some(|n_units| Box::new(LayerNorm { n_units })),
    },
];
