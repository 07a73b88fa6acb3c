//! A random problem for the gradient tests: a network of any small shape and layer mix, its parameters and a batch.

use ndarray::Array2;
use proptest::prelude::*;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use thalweg_math::activation::Activation;
use thalweg_math::init::{INITS, Init};
use thalweg_math::layer::{LAYERS, LayerRow, Role};
use thalweg_math::loss::{Form, Loss, Outputs, Targets};
use thalweg_math::network::{Architecture, Network, Training, Workspace};
use thalweg_math::objective::Supervised;
use thalweg_math::penalty::{PENALTIES, Penalised, Penalty, PenaltyTerm, Strength};
use thalweg_math::real::Real;

/// Everything but the activation and the loss.
#[derive(Clone, Debug)]
pub struct Shape {
    pub n_inputs: usize,
    pub backbone: Vec<usize>,
    pub neck: Option<usize>,
    /// Classes or predicted numbers.
    pub n_targets: usize,
    pub batch: usize,
    /// Place among the normalising layers; beyond them: none.
    pub norm: usize,
    pub dropout: f64,
    /// Place in the table of penalties.
    pub penalty: usize,
    pub lambda: f64,
    pub on: Penalised,
    pub init: usize,
    /// The activation's and the loss's parameter.
    pub parameter: f64,
    /// Scale of inputs and biases.
    pub scale: f64,
    pub frozen: Training,
    pub seed: u64,
}

pub fn norms() -> Vec<&'static LayerRow> {
    LAYERS.iter().filter(|row| row.normalise.is_some()).collect()
}

/// Widths 1–17, depths 0–4, batches of 1–33, every penalty, layer mix and initialisation.
pub fn shapes() -> impl Strategy<Value = Shape> {
    let sizes =
        (1_usize..=17, prop::collection::vec(1_usize..=17, 0..=4), prop::option::weighted(0.3, 1_usize..=17), 2_usize..=17, 1_usize..=33);
    let rows = (0..norms().len() * 2, prop::sample::select(vec![0.0, 0.0, 0.3, 0.7]), 0..PENALTIES.len(), 0..INITS.len());
    let numbers = (
        prop::sample::select(vec![0.0, 1e-3, 0.5]),
        prop::sample::select(vec![Penalised::Weights, Penalised::All]),
        prop::sample::select(vec![0.01, 0.2, 0.0, 1.0]),
        prop::sample::select(vec![0.1, 1.0, 3.0]),
        prop::sample::select(vec![Training::Whole, Training::Whole, Training::FrozenBackbone]),
        any::<u64>(),
    );
    (sizes, rows, numbers).prop_map(|((n_inputs, backbone, neck, n_targets, batch), (norm, dropout, penalty, init), numbers)| {
        let (lambda, on, parameter, scale, frozen, seed) = numbers;
        Shape { n_inputs, backbone, neck, n_targets, batch, norm, dropout, penalty, lambda, on, init, parameter, scale, frozen, seed }
    })
}

/// Everything but the objective's rows.
pub struct Problem {
    pub network: Network,
    pub loss: &'static Form,
    pub loss_parameter: f64,
    pub penalty: PenaltyTerm,
    pub params: Vec<f64>,
    pub x: Array2<f64>,
    pub classes: Vec<u32>,
    pub values: Array2<f64>,
    pub rng: ChaCha8Rng,
    seed: u64,
}

/// Draws it. All numbers are exact in `f32`.
pub fn problem(shape: &Shape, activation: &'static Activation, loss: &'static Loss, form: &'static Form) -> Problem {
    let mut rng = ChaCha8Rng::seed_from_u64(shape.seed);
    let n_outputs = if form.outputs == Outputs::One { 1 } else { shape.n_targets };
    let norm = norms().get(shape.norm).copied();
    let network = Network::new(&Architecture {
        n_inputs: shape.n_inputs,
        backbone: &shape.backbone,
        neck: shape.neck,
        n_outputs,
        activation,
        parameter: if activation.parameter.is_some() { shape.parameter } else { f64::NAN },
        norm,
        dropout: shape.dropout,
        training: shape.frozen,
    });
    let batch = shape.batch.max(network.min_batch());
    let mut params = vec![0.0; network.n_params()];
    let init: &'static Init = &INITS[shape.init];
    network.init(init, &mut rng, &mut params);
    // Zeros stay zeros, biases included: then hidden units sit exactly on their kinks.
    if init.name != "zeros" {
        for block in network.blocks().iter().filter(|b| b.role != Role::Weight) {
            params[block.range.clone()].iter_mut().for_each(|p| *p += rng.random_range(-1.0..1.0) * shape.scale);
        }
    }
    params.iter_mut().for_each(|p| *p = f64::from(*p as f32));
    let x = Array2::from_shape_simple_fn((batch, shape.n_inputs), || f64::from((rng.random_range(-1.0..1.0) * shape.scale) as f32));
    let n_classes = if n_outputs == 1 { 2 } else { n_outputs as u32 };
    let classes = (0..batch).map(|_| rng.random_range(0..n_classes)).collect();
    let values = Array2::from_shape_simple_fn((batch, n_outputs), || f64::from(rng.random_range(-1.0..1.0_f32)));
    let penalty = term(&PENALTIES[shape.penalty], shape.lambda, batch, shape.on);
    let loss_parameter = if loss.parameter.is_some() { shape.parameter.max(0.01) } else { f64::NAN };
    Problem { network, loss: form, loss_parameter, penalty, params, x, classes, values, rng, seed: shape.seed }
}

pub fn term(penalty: &Penalty, lambda: f64, n_train: usize, on: Penalised) -> PenaltyTerm {
    PenaltyTerm { coefficients: (penalty.coefficients)(&Strength { lambda, l1_ratio: 0.3, n_train }), on }
}

impl Problem {
    pub fn objective(&self) -> Supervised<'_> {
        Supervised { network: &self.network, loss: self.loss, loss_parameter: self.loss_parameter, penalty: self.penalty }
    }

    /// The targets that the loss reads; `values` in the wanted precision.
    pub fn targets<'a, T: Real>(&'a self, values: &'a Array2<T>) -> Targets<'a, T> {
        if self.loss.outputs == Outputs::PerValue { Targets::Values(values.view()) } else { Targets::Classes(&self.classes) }
    }

    /// A workspace with its masks drawn: the same ones in both precisions.
    pub fn workspace<T: Real>(&self) -> Workspace<T> {
        let mut workspace = self.network.workspace(self.x.nrows());
        self.network.draw(&mut ChaCha8Rng::seed_from_u64(self.seed ^ 1), self.x.nrows(), &mut workspace);
        workspace
    }

    /// At most `k` coordinates of each block.
    pub fn coordinates(&mut self, k: usize) -> Vec<usize> {
        let ranges: Vec<_> = self.network.blocks().iter().map(|b| b.range.clone()).collect();
        ranges.into_iter().flat_map(|r| (0..k.min(r.len())).map(|_| self.rng.random_range(r.clone())).collect::<Vec<_>>()).collect()
    }
}
