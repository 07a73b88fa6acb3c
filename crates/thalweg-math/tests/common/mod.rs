//! A random problem for the gradient tests: a network of any small shape, its parameters and a batch.

use ndarray::Array2;
use proptest::prelude::*;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use thalweg_math::activation::Activation;
use thalweg_math::init::Init;
use thalweg_math::loss::{Loss, Targets, Task};
use thalweg_math::network::{Network, NetworkSpec};
use thalweg_math::real::Real;

/// The shape of a problem.
#[derive(Clone, Debug)]
pub struct Shape {
    pub n_inputs: usize,
    pub hidden: Vec<usize>,
    pub n_outputs: usize,
    pub batch: usize,
    pub lambda: f64,
    pub leak: f64,
    /// Scale of inputs and biases.
    pub scale: f64,
    pub seed: u64,
}

/// Widths 1–17, depths 0–3, batches of 1–33.
pub fn shapes() -> impl Strategy<Value = Shape> {
    let lambdas = prop::sample::select(vec![0.0, 1e-3, 0.5]);
    let leaks = prop::sample::select(vec![0.01, 0.2, 0.0]);
    let scales = prop::sample::select(vec![0.1, 1.0, 3.0]);
    (1_usize..=17, prop::collection::vec(1_usize..=17, 0..=3), 2_usize..=17, 1_usize..=33, lambdas, leaks, scales, any::<u64>()).prop_map(
        |(n_inputs, hidden, n_outputs, batch, lambda, leak, scale, seed)| Shape {
            n_inputs,
            hidden,
            n_outputs,
            batch,
            lambda,
            leak,
            scale,
            seed,
        },
    )
}

/// Everything but the objective's rows.
pub struct Problem {
    pub network: Network,
    pub params: Vec<f64>,
    pub x: Array2<f64>,
    pub classes: Vec<u32>,
    pub values: Array2<f64>,
    pub rng: ChaCha8Rng,
}

/// Draws it. All numbers are exact in `f32`.
pub fn problem(shape: &Shape, activation: &'static Activation, init: &'static Init) -> Problem {
    let mut rng = ChaCha8Rng::seed_from_u64(shape.seed);
    let network = Network::new(&NetworkSpec {
        n_inputs: shape.n_inputs,
        hidden: &shape.hidden,
        n_outputs: shape.n_outputs,
        activation,
        leak: shape.leak,
    });
    let mut params = vec![0.0; network.n_params()];
    network.init(init, &mut rng, &mut params);
    // Zeros stay zeros, biases included: then hidden units sit exactly on their kinks.
    if init.name != "zeros" {
        for block in network.blocks().iter().filter(|b| !b.is_weight) {
            params[block.range.clone()].fill_with(|| rng.random_range(-1.0..1.0) * shape.scale);
        }
    }
    params.iter_mut().for_each(|p| *p = f64::from(*p as f32));
    let x = Array2::from_shape_simple_fn((shape.batch, shape.n_inputs), || f64::from((rng.random_range(-1.0..1.0) * shape.scale) as f32));
    let classes = (0..shape.batch).map(|_| rng.random_range(0..shape.n_outputs as u32)).collect();
    let values = Array2::from_shape_simple_fn((shape.batch, shape.n_outputs), || f64::from(rng.random_range(-1.0..1.0_f32)));
    Problem { network, params, x, classes, values, rng }
}

impl Problem {
    /// The targets that `loss` reads; `values` in the wanted precision.
    pub fn targets<'a, T: Real>(&'a self, loss: &Loss, values: &'a Array2<T>) -> Targets<'a, T> {
        if loss.tasks.contains(&Task::Classification) { Targets::Classes(&self.classes) } else { Targets::Values(values.view()) }
    }

    /// At most `k` coordinates of each block.
    pub fn coordinates(&mut self, k: usize) -> Vec<usize> {
        let ranges: Vec<_> = self.network.blocks().iter().map(|b| b.range.clone()).collect();
        ranges.into_iter().flat_map(|r| (0..k.min(r.len())).map(|_| self.rng.random_range(r.clone())).collect::<Vec<_>>()).collect()
    }
}
