//! What networks must do as a whole: laws of the source text, and inputs at the edge of sense.

use ndarray::{Array2, array};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use thalweg_math::activation::{ACTIVATIONS, find};
use thalweg_math::diagnose::{Zigzag, units, zigzag};
use thalweg_math::init::{self, INITS};
use thalweg_math::layer::LAYERS;
use thalweg_math::loss::{self, LOSSES, Outputs, Targets, Task};
use thalweg_math::network::{Architecture, Network, Training};
use thalweg_math::objective::Supervised;
use thalweg_math::penalty::PenaltyTerm;

fn mse(network: &Network) -> Supervised<'_> {
    let (loss, _) = loss::find("mse").expect("a row").form(Task::Values(network.n_outputs()), None).expect("fits");
    Supervised { network, loss, loss_parameter: 0.0, penalty: PenaltyTerm::NONE }
}

/// MISSION D4: h(x) = cx + t three times is c³x + c²t + ct + t. By hand for c = 2, t = 3, x = 5: 13, 29, 61 = 40 + 12 + 6 + 3.
/// And a deep linear network of any widths is the shallow one whose matrix is the product of its own.
#[test]
fn a_deep_linear_network_is_a_shallow_one() {
    let identity = find("identity").expect("a row");
    let network = Network::new(&Architecture::plain(1, &[1, 1], 1, identity, 0.0));
    let scores = network.forward(&[2.0, 3.0, 2.0, 3.0, 2.0, 3.0], array![[5.0]].view(), &mut network.workspace(1)).to_owned();
    assert_eq!(scores, array![[61.0]]);

    let deep = Network::new(&Architecture::plain(4, &[6, 5], 3, identity, 0.0));
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut params = vec![0.0; deep.n_params()];
    deep.init(init::find("xavier").expect("a row"), &mut rng, &mut params);
    let matrix = |i: usize| {
        let block = &deep.blocks()[i];
        Array2::from_shape_vec(block.shape, params[block.range.clone()].to_vec()).expect("fits")
    };
    let whole = matrix(0).dot(&matrix(2)).dot(&matrix(4));
    let shallow = Network::new(&Architecture::plain(4, &[], 3, identity, 0.0));
    let flat: Vec<f64> = whole.iter().copied().chain([0.0; 3]).collect();
    let x = Array2::from_shape_simple_fn((7, 4), || rng.random_range(-1.0..1.0));
    let difference =
        &deep.forward(&params, x.view(), &mut deep.workspace(7)) - &shallow.forward(&flat, x.view(), &mut shallow.workspace(7));
    assert!(difference.iter().all(|d| d.abs() < 1e-14));
}

/// MISSION D1: from zeros all hidden units of a layer get one gradient and stay equal for ever; from a draw they do not.
#[test]
fn zeros_do_not_break_the_symmetry() {
    for (start, same) in INITS.iter().map(|i| (i, i.name == "zeros")) {
        let network = Network::new(&Architecture::plain(3, &[4], 1, find("sigmoid").expect("a row"), 0.0));
        let mut params = vec![0.0; network.n_params()];
        network.init(start, &mut ChaCha8Rng::seed_from_u64(1), &mut params);
        let (x, y) = (array![[0.1, 0.5, -0.3], [1.0, -0.2, 0.4]], array![[1.0], [-2.0]]);
        let (mut workspace, mut grad) = (network.workspace(2), vec![0.0; params.len()]);
        for _ in 0..50 {
            mse(&network).loss_and_gradient(&params, x.view(), Targets::Values(y.view()), &mut workspace, &mut grad);
            params.iter_mut().zip(&grad).for_each(|(p, g)| *p -= 0.1 * g);
        }
        let weights = &params[network.blocks()[0].range.clone()];
        let equal = weights.chunks_exact(4).all(|of_input| of_input.iter().all(|w| *w == of_input[0]));
        assert!(equal == same && weights.iter().any(|w| *w != 0.0), "{}: {weights:?}", start.name);
    }
}

/// MISSION D9: scores are linear in the last mask, so their mean over masks is the evaluation pass. 40,000 masks: within five
/// standard errors.
#[test]
fn the_mean_over_masks_is_the_evaluation_pass() {
    for rate in [0.1, 0.5, 0.9] {
        let plain = Architecture::plain(3, &[8], 2, find("tanh").expect("a row"), 0.0);
        let network = Network::new(&Architecture { dropout: rate, ..plain });
        let mut params = vec![0.0; network.n_params()];
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        network.init(init::find("he").expect("a row"), &mut rng, &mut params);
        let x = array![[0.3, -1.0, 0.8]];
        let mut workspace = network.workspace(1);
        let (mut sums, mut squares, n) = ([0.0; 2], [0.0; 2], 40_000);
        for _ in 0..n {
            network.draw(&mut rng, 1, &mut workspace);
            network.train(&params, x.view(), &mut workspace, |scores, _| {
                for j in 0..2 {
                    sums[j] += scores[j];
                    squares[j] += scores[j] * scores[j];
                }
            });
        }
        let evaluated = network.forward(&params, x.view(), &mut workspace);
        for j in 0..2 {
            let mean = sums[j] / f64::from(n);
            let error = ((squares[j] / f64::from(n) - mean * mean) / f64::from(n)).sqrt();
            assert!(error > 0.0 && (mean - evaluated[(0, j)]).abs() < 5.0 * error, "{rate}: {mean} ± {error}, not {}", evaluated[(0, j)]);
        }
    }
}

/// A mask that was never drawn shows in the loss.
#[test]
fn a_forgotten_mask_is_a_nan() {
    let network = Network::new(&Architecture { dropout: 0.5, ..Architecture::plain(2, &[3], 1, find("relu").expect("a row"), 0.0) });
    let params = vec![0.5; network.n_params()];
    let y = array![[0.0]];
    let loss = mse(&network).training_loss(&params, array![[1.0, 1.0]].view(), Targets::Values(y.view()), &mut network.workspace(1));
    assert!(loss.is_nan());
}

/// Constant features, equal scores, classes without samples, one sample: every loss and gradient is finite, with every layer.
#[test]
fn inputs_at_the_edge_of_sense_stay_finite() {
    for norm in LAYERS.iter().filter(|row| row.normalise.is_some()).map(Some).chain([None]) {
        for activation in ACTIVATIONS {
            for form in LOSSES.iter().flat_map(|l| l.forms) {
                let n_outputs = if form.outputs == Outputs::One { 1 } else { 3 };
                let plain = Architecture::plain(4, &[5, 5], n_outputs, activation, 1.0);
                let network = Network::new(&Architecture { norm, ..plain });
                for (batch, start) in [(1, "he"), (2, "he"), (9, "he"), (9, "zeros")] {
                    let batch = batch.max(network.min_batch());
                    let (x, values, classes) =
                        (Array2::from_elem((batch, 4), 1.0), Array2::from_elem((batch, n_outputs), 2.0), vec![0; batch]);
                    let targets =
                        if form.outputs == Outputs::PerValue { Targets::Values(values.view()) } else { Targets::Classes(&classes) };
                    let (mut params, mut grad) = (vec![0.0; network.n_params()], vec![f64::NAN; network.n_params()]);
                    network.init(init::find(start).expect("a row"), &mut ChaCha8Rng::seed_from_u64(1), &mut params);
                    let objective = Supervised { network: &network, loss: form, loss_parameter: 1.0, penalty: PenaltyTerm::NONE };
                    let mut workspace = network.workspace(batch);
                    let loss = objective.loss_and_gradient(&params, x.view(), targets, &mut workspace, &mut grad);
                    network.absorb(batch, &mut workspace);
                    let evaluation = objective.evaluate(&params, x.view(), targets, &mut workspace);
                    let finite = loss.is_finite() && evaluation.loss.is_finite() && grad.iter().all(|g| g.is_finite());
                    assert!(finite, "{} {}: {loss} {evaluation:?}", activation.name, form.head.name);
                }
            }
        }
    }
}

/// R² by hand. First output: y = 1, 2, 3 and z = 1, 2, 5: 1 − 4/2 = −1. Second, constant and met: 1; third, constant and missed: 0.
#[test]
fn the_share_of_the_variance_explained() {
    let network = Network::new(&Architecture::plain(3, &[], 3, find("identity").expect("a row"), 0.0));
    let params = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0];
    let (z, y) = (array![[1.0, 7.0, 4.0], [2.0, 7.0, 4.0], [5.0, 7.0, 4.0]], array![[1.0, 7.0, 5.0], [2.0, 7.0, 5.0], [3.0, 7.0, 5.0]]);
    let found = mse(&network).evaluate(&params, z.view(), Targets::Values(y.view()), &mut network.workspace(2));
    assert_eq!((found.r2, found.accuracy, found.n), (Some(0.0), None, 3));
}

/// By hand, two ReLU units on two samples: z = (1, −1), (2, −2). The second is dead, and half of all pairs are saturated.
#[test]
fn dead_units_are_counted() {
    let network = Network::new(&Architecture::plain(1, &[2], 1, find("relu").expect("a row"), 0.0));
    let mut workspace = network.workspace(2);
    network.forward(&[1.0, -1.0, 0.0, 0.0, 1.0, 1.0, 0.0], array![[1.0], [2.0]].view(), &mut workspace);
    let found = &units(&network, &mut workspace, 2)[0];
    assert_eq!((found.n_units, found.n_dead, found.saturated), (2, 1, 0.5));
    assert_eq!((found.group.as_str(), found.input_mean, found.input_sd), ("backbone.1", 0.0, 2.5_f64.sqrt()));
}

/// MISSION C8: with positive inputs and one sample, the gradient by a unit's weights is its delta times the inputs, so all of
/// one sign; with inputs of both signs it is not. More units than are looked at together.
#[test]
fn positive_inputs_zigzag() {
    let network = Network::new(&Architecture::plain(6, &[70], 2, find("tanh").expect("a row"), 0.0));
    let mut params = vec![0.0; network.n_params()];
    network.init(init::find("xavier").expect("a row"), &mut ChaCha8Rng::seed_from_u64(1), &mut params);
    let y = array![[1.0, -1.0]];
    let count = |x: Array2<f64>| {
        let (mut grad, mut counts) = (vec![0.0; network.n_params()], [Zigzag::default(); 2]);
        mse(&network).loss_and_gradient(&params, x.view(), Targets::Values(y.view()), &mut network.workspace(1), &mut grad);
        zigzag(&network, &grad, &mut counts);
        counts
    };
    let positive = count(array![[0.5, 1.0, 0.0, 2.0, 0.1, 0.3]]);
    assert_eq!(positive[0], Zigzag { one_sign: 70, moving: 70 });
    // What comes out of tanh has both signs.
    assert_eq!(positive[1], Zigzag { one_sign: 0, moving: 2 });
    assert_eq!(count(array![[0.5, -1.0, 0.0, 2.0, 0.1, 0.3]])[0], Zigzag { one_sign: 0, moving: 70 });
    assert_eq!(count(array![[0.0; 6]])[0], Zigzag::default());
}

/// A frozen backbone has no gradient, no penalty and no statistics that move; the rest of the gradient is that of the whole network.
#[test]
fn a_frozen_backbone_stays() {
    let norm = LAYERS.iter().find(|row| row.name == "batch-norm");
    let plain = Architecture::plain(3, &[4], 2, find("tanh").expect("a row"), 0.0);
    let frozen = Network::new(&Architecture { norm, dropout: 0.5, neck: Some(3), training: Training::FrozenBackbone, ..plain });
    let mut params = vec![0.0; frozen.n_params()];
    frozen.init(init::find("he").expect("a row"), &mut ChaCha8Rng::seed_from_u64(1), &mut params);
    let x = Array2::from_shape_fn((5, 3), |(i, j)| (i as f64 - 2.0) * 0.3 + j as f64 * 0.1);
    let y = Array2::from_shape_fn((5, 2), |(i, j)| (i + j) as f64);
    let (mut workspace, mut grad) = (frozen.workspace(5), vec![f64::NAN; params.len()]);
    let before = workspace.running().to_vec();
    let loss = mse(&frozen).loss_and_gradient(&params, x.view(), Targets::Values(y.view()), &mut workspace, &mut grad);
    frozen.absorb(5, &mut workspace);
    // No mask was drawn: the backbone's dropout is off, and the neck has none.
    assert!(loss.is_finite());
    let n = frozen.n_frozen();
    assert_eq!(n, 3 * 4 + 4 + 4 + 4);
    assert!(grad[..n].iter().all(|g| *g == 0.0) && grad[n..].iter().any(|g| *g != 0.0));
    assert_eq!(workspace.running()[..8], before[..8]);
    assert_ne!(workspace.running()[8..], before[8..]);
}
