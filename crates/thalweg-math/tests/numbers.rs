//! Numbers worked out by hand or printed in the literature.

use ndarray::{Array2, array, s};
use thalweg_math::loss::{self, Targets, n_correct, softmax};
use thalweg_math::network::{Network, NetworkSpec};
use thalweg_math::objective::{Objective, OnBatch, Supervised};
use thalweg_math::real::Real;
use thalweg_math::{activation, penalty};

fn close(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance, "{a} is not {b} ± {tolerance}");
}

/// Stanford CS231n, "Linear classification": scores (3.2, 5.1, −1.7), class 0; exp = 24.5, 164.0, 0.18; p₀ = 0.13.
/// −ln p₀ = 2.0403 nats (cut off, not rounded: 2.04036), 0.886 in base 10.
#[test]
fn softmax_and_cross_entropy_of_the_textbook() {
    let scores = [3.2, 5.1, -1.7];
    close(scores[0].fast_exp(), 24.5, 0.05);
    close(scores[1].fast_exp(), 164.0, 0.05);
    close(scores[2].fast_exp(), 0.18, 0.005);
    let mut p = [0.0; 3];
    softmax(&scores, &mut p);
    close(p[0], 0.13, 0.005);
    close(p.iter().sum(), 1.0, 1e-15);
    let mut d = [0.0; 3];
    let kernel = loss::find("cross-entropy").expect("a row").kernel::<f64>();
    let value = kernel(&scores, 3, Targets::Classes(&[0]), 1.0, &mut d);
    close(value, 2.0403, 1e-4);
    close(value / 10.0_f64.ln(), 0.886, 5e-4);
    close(value, -p[0].ln(), 1e-14);
    for (j, onehot) in [1.0, 0.0, 0.0].into_iter().enumerate() {
        close(d[j], p[j] - onehot, 1e-15);
    }
}

/// Scores of ±1e4: by hand, the loss is their distance (20000) or 0, and the gradient ∓1.
fn extreme_scores<T: Real>() {
    let (low, high) = (T::from_f64(-1e4), T::from_f64(1e4));
    let kernel = loss::find("cross-entropy").expect("a row").kernel::<T>();
    let mut d = [T::default(); 4];
    let sum = kernel(&[low, high, high, low], 2, Targets::Classes(&[0, 0]), T::from_f64(1.0), &mut d);
    assert_eq!(sum, 20000.0, "{}", T::NAME);
    assert_eq!(d.map(Real::to_f64), [-1.0, 1.0, 0.0, 0.0], "{}", T::NAME);
}

#[test]
fn extreme_scores_stay_finite() {
    extreme_scores::<f32>();
    extreme_scores::<f64>();
}

/// Many rows and outputs: the product of sums that stands for a sum of logarithms neither overflows nor loses digits.
/// Equal scores: the loss of each sample is ln n_outputs.
#[test]
fn equal_scores_cost_the_logarithm_of_their_number() {
    for (n_outputs, batch) in [(2, 1), (10, 33), (100_000, 17)] {
        let scores = vec![0.5; n_outputs * batch];
        let kernel = loss::find("cross-entropy").expect("a row").kernel::<f64>();
        let sum = kernel(&scores, n_outputs, Targets::Classes(&vec![1; batch]), 1.0, &mut vec![0.0; scores.len()]);
        close(sum / batch as f64, (n_outputs as f64).ln(), 1e-13);
    }
}

#[test]
fn a_nan_score_is_a_nan_loss_and_no_hit() {
    let scores = [1.0, f64::NAN, 0.0];
    let kernel = loss::find("cross-entropy").expect("a row").kernel::<f64>();
    assert!(kernel(&scores, 3, Targets::Classes(&[0]), 1.0, &mut [0.0; 3]).is_nan());
    assert_eq!(n_correct(&scores, 3, &[0]), 0);
    assert_eq!(n_correct(&[f64::NAN; 3], 3, &[0]), 0);
}

#[test]
fn the_first_highest_score_is_the_prediction() {
    assert_eq!(n_correct(&[1.0, 1.0, 0.0], 3, &[0]), 1);
    assert_eq!(n_correct(&[1.0, 1.0, 0.0], 3, &[1]), 0);
    assert_eq!(n_correct(&[0.0, 1.0, 0.5, 3.0, 2.0, 1.0], 3, &[1, 0]), 2);
}

/// A 2-2-2 ReLU network by hand. x = (1, 2), z = (1 − 2 + 0.5, 0.5 + 2) = (−0.5, 2.5), a = (0, 2.5),
/// scores = (2·2.5, 1.6·2.5 + 1) = (5, 5): p = (½, ½), loss ln 2, d = (−½, ½);
/// dW₂ = aᵀd, da = dW₂ᵀ = (·, −2/2 + 1.6/2 = −0.2), dz = (0, −0.2), dW₁ = xᵀdz.
#[test]
fn two_layer_gradient_by_hand() {
    let network = Network::new(&NetworkSpec {
        n_inputs: 2,
        hidden: &[2],
        n_outputs: 2,
        activation: activation::find("relu").expect("a row"),
        leak: 0.01,
    });
    let params = [1.0, 0.5, -1.0, 1.0, 0.5, 0.0, 1.0, 1.0, 2.0, 1.6, 0.0, 1.0];
    let data = [0.0, -0.2, 0.0, -0.4, 0.0, -0.2, 0.0, 0.0, -1.25, 1.25, -0.5, 0.5];
    let is_weight = [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0];
    let x = array![[1.0, 2.0]];
    for lambda in [0.0, 0.1] {
        let objective = Supervised {
            network: &network,
            loss: loss::find("cross-entropy").expect("a row"),
            penalty: penalty::find("l2").expect("a row"),
            lambda,
        };
        let mut grad = [f64::NAN; 12];
        let mut workspace = network.workspace(1);
        let value = objective.loss_and_gradient(&params, x.view(), Targets::Classes(&[0]), &mut workspace, &mut grad);
        close(value, 2.0_f64.ln(), 1e-15);
        for i in 0..12 {
            close(grad[i], data[i] + lambda * params[i] * is_weight[i], 1e-15);
        }
        // Σw² over weights: 1 + 0.25 + 1 + 1 + 1 + 1 + 4 + 2.56 = 11.81
        close(objective.penalty_value(&params), lambda / 2.0 * 11.81, 1e-14);
        let mut on_batch = OnBatch::new(objective, x.view(), Targets::Classes(&[0]));
        close(on_batch.value(&params), 2.0_f64.ln() + lambda / 2.0 * 11.81, 1e-14);
        close(on_batch.value_and_gradient(&params, &mut grad), on_batch.value(&params), 1e-15);
    }
}

fn linear(n_inputs: usize, n_outputs: usize) -> Network {
    let activation = activation::find("relu").expect("a row");
    Network::new(&NetworkSpec { n_inputs, hidden: &[], n_outputs, activation, leak: 0.01 })
}

#[test]
fn blocks_are_named_and_without_gaps() {
    let activation = activation::find("tanh").expect("a row");
    let network = Network::new(&NetworkSpec { n_inputs: 5, hidden: &[4, 3], n_outputs: 2, activation, leak: 0.01 });
    let names: Vec<&str> = network.blocks().iter().map(|b| b.name.as_str()).collect();
    assert_eq!(names, ["1.weight", "1.bias", "2.weight", "2.bias", "3.weight", "3.bias"]);
    let ends: Vec<usize> = network.blocks().iter().map(|b| b.range.end).collect();
    assert_eq!(ends, [20, 24, 36, 39, 45, 47]);
    assert_eq!((network.n_params(), linear(3, 2).n_params()), (47, 8));
}

/// x·W + b by hand, and the same through a transposed (not contiguous) view and through chunks of any size.
#[test]
fn a_linear_model_whatever_the_memory_layout_and_chunk() {
    let network = linear(2, 3);
    let params = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 0.5, 0.0, -0.5];
    let x = array![[1.0, 1.0], [2.0, -1.0], [0.0, 3.0]];
    let want = array![[5.5, 7.0, 8.5], [-1.5, -1.0, -0.5], [12.5, 15.0, 17.5]];
    let columns: Array2<f64> = x.t().as_standard_layout().to_owned();
    let mut workspace = network.workspace(3);
    assert_eq!(network.forward(&params, x.view(), &mut workspace), want);
    assert_eq!(network.forward(&params, columns.t(), &mut workspace), want);
    assert_eq!(network.forward(&params, x.slice(s![1.., ..]), &mut workspace), want.slice(s![1.., ..]));
    let objective = Supervised {
        network: &network,
        loss: loss::find("cross-entropy").expect("a row"),
        penalty: penalty::find("l2").expect("a row"),
        lambda: 7.0,
    };
    // Highest score: class 2, 2 and 2; so two of these three labels are hit.
    let y = Targets::Classes(&[2, 0, 2]);
    let (mut straight, mut through) = ([0.0; 9], [0.0; 9]);
    objective.loss_and_gradient(&params, x.view(), y, &mut workspace, &mut straight);
    objective.loss_and_gradient(&params, columns.t(), y, &mut workspace, &mut through);
    assert_eq!(straight, through);
    for chunk in 1..=4 {
        let evaluation = objective.evaluate(&params, x.view(), y, &mut network.workspace(chunk));
        assert_eq!((evaluation.accuracy, evaluation.n), (Some(2.0 / 3.0), 3));
        let rows = want.rows().into_iter().zip([2, 0, 2]);
        let by_row: f64 = rows.map(|(z, y)| z.iter().map(|v| (v - z[y]).exp()).sum::<f64>().ln()).sum();
        close(evaluation.loss, by_row / 3.0, 1e-14);
    }
}
