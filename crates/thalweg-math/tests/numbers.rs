//! Numbers worked out by hand or printed in the literature.

use ndarray::{Array2, array, s};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use thalweg_math::head::SOFTMAX;
use thalweg_math::loss::{self, LOSSES, Outputs, Targets, Task, n_correct};
use thalweg_math::network::{Architecture, Network};
use thalweg_math::objective::{Objective, OnBatch, Supervised};
use thalweg_math::penalty::{Coefficients, Penalised, PenaltyTerm, Strength};
use thalweg_math::real::Real;
use thalweg_math::{activation, head, penalty};

fn close(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance, "{a} is not {b} ± {tolerance}");
}

/// The loss of one row of scores and its gradient.
fn one<T: Real>(name: &str, scores: &[f64], class: u32) -> (f64, Vec<f64>) {
    let z: Vec<T> = scores.iter().map(|&v| T::from_f64(v)).collect();
    let mut d = vec![T::default(); z.len()];
    let (form, n) = loss::find(name).expect("a row").form(Task::Classes(z.len().max(2)), None).expect("fits");
    // A two-class form with two scores is asked for by its head.
    let (form, _) = if n == z.len() {
        (form, n)
    } else {
        loss::find(name).expect("a row").form(Task::Classes(2), head::find("softmax")).expect("fits")
    };
    let value = form.kernel::<T>()(&z, z.len(), Targets::Classes(&[class]), T::from_f64(1.0), T::from_f64(1.0), &mut d);
    (value, d.into_iter().map(Real::to_f64).collect())
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
    SOFTMAX.apply(&scores, &mut p);
    close(p[0], 0.13, 0.005);
    close(p.iter().sum(), 1.0, 1e-15);
    let (value, d) = one::<f64>("cross-entropy", &scores, 0);
    close(value, 2.0403, 1e-4);
    close(value / 10.0_f64.ln(), 0.886, 5e-4);
    close(value, -p[0].ln(), 1e-14);
    for (j, onehot) in [1.0, 0.0, 0.0].into_iter().enumerate() {
        close(d[j], p[j] - onehot, 1e-15);
    }
}

/// MISSION B2 and B8, by hand. Weston–Watkins: (5.1 − 3.2 + 1) + max(0, −1.7 − 3.2 + 1) = 2.9; 0;
/// (2.2 + 3.1 + 1) + (2.5 + 3.1 + 1) = 6.3 + 6.6 = 12.9; their mean 5.2667. Crammer–Singer: 2.9, 0, 6.6.
/// One-vs-rest on the first: |1 − 3.2|₊ + (1 + 5.1) + |1 − 1.7|₊ = 6.1, squared 37.21.
#[test]
fn hinge_losses_by_hand() {
    let rows = [([3.2, 5.1, -1.7], 0), ([1.3, 4.9, 2.0], 1), ([2.2, 2.5, -3.1], 2)];
    for (name, want) in [
        ("weston-watkins", [2.9, 0.0, 12.9]),
        ("hinge", [2.9, 0.0, 12.9]),
        ("crammer-singer", [2.9, 0.0, 6.6]),
        ("perceptron", [1.9, 0.0, 5.6]),
    ] {
        for ((scores, class), want) in rows.iter().zip(want) {
            close(one::<f64>(name, scores, *class).0, want, 1e-14);
            close(one::<f32>(name, scores, *class).0, want, 1e-6);
        }
    }
    let mean = rows.iter().map(|(scores, class)| one::<f64>("weston-watkins", scores, *class).0).sum::<f64>() / 3.0;
    close(mean, 5.2667, 5e-5);
    close(one::<f64>("one-vs-rest", &rows[0].0, 0).0, 6.1, 1e-14);
    close(one::<f64>("squared-hinge", &rows[0].0, 0).0, 37.21, 1e-13);
    // Gradients, by hand: each violated margin pushes its score up by 1 and the class's down by 1.
    assert_eq!(one::<f64>("weston-watkins", &rows[2].0, 2).1, [1.0, 1.0, -2.0]);
    assert_eq!(one::<f64>("crammer-singer", &rows[2].0, 2).1, [0.0, 1.0, -1.0]);
    assert_eq!(one::<f64>("one-vs-rest", &rows[0].0, 0).1, [0.0, 1.0, 0.0]);
    assert_eq!(one::<f64>("weston-watkins", &rows[1].0, 1).1, [0.0; 3]);
}

/// One score for two classes, by hand: z = ln 3 has σ = ¾, so the loss is ln(4/3) or ln 4, the gradient σ − y.
#[test]
fn binary_cross_entropy_by_hand() {
    let z = 3.0_f64.ln();
    for (class, loss, slope) in [(1, (4.0_f64 / 3.0).ln(), -0.25), (0, 4.0_f64.ln(), 0.75)] {
        let (value, d) = one::<f64>("cross-entropy", &[z], class);
        close(value, loss, 1e-15);
        close(d[0], slope, 1e-15);
    }
    assert_eq!((n_correct(&[z, -z, 0.0], 1, &[1, 0, 0]), n_correct(&[z, -z, 0.0], 1, &[0, 1, 1])), (3, 0));
}

/// Scores of ±1e4: by hand, every loss is finite, a right and sure score costs nothing, and a wrong one its distance.
fn extreme_scores<T: Real>() {
    for loss in LOSSES {
        for n_classes in [2, 3] {
            let Ok((form, n)) = loss.form(Task::Classes(n_classes), None) else { continue };
            let sure: Vec<T> = (0..n).map(|j| T::from_f64(if j + 1 == n { 1e4 } else { -1e4 })).collect();
            let class = n_classes as u32 - 1;
            let mut d = vec![T::default(); n];
            let right = form.kernel::<T>()(&sure, n, Targets::Classes(&[class]), T::from_f64(1.0), T::from_f64(1.0), &mut d);
            assert!(right == 0.0 && d.iter().all(|d| *d == T::default()), "{} {}: {right}, {d:?}", T::NAME, loss.name);
            let wrong = form.kernel::<T>()(&sure, n, Targets::Classes(&[0]), T::from_f64(1.0), T::from_f64(1.0), &mut d);
            assert!(wrong.is_finite() && wrong >= 1e4 && d.iter().all(|d| d.is_finite()), "{} {}: {wrong}", T::NAME, loss.name);
        }
    }
    let (sum, d) = one::<T>("cross-entropy", &[-1e4, 1e4], 0);
    assert_eq!((sum, d), (20000.0, vec![-1.0, 1.0]), "{}", T::NAME);
    assert_eq!(one::<T>("cross-entropy", &[-1e4], 1), (10000.0, vec![-1.0]), "{}", T::NAME);
}

#[test]
fn extreme_scores_stay_finite() {
    extreme_scores::<f32>();
    extreme_scores::<f64>();
}

/// MISSION D7, by hand: residuals (3, −½): ½Σr² = 4.625, Σr² = 9.25, Σ|r| = 3.5; Huber with δ = 1: 2.5 + 0.125.
#[test]
fn losses_of_residuals_by_hand() {
    let (z, y) = ([4.0, 0.5], array![[1.0, 1.0]]);
    for (name, want, slope) in
        [("half-squared", 4.625, [3.0, -0.5]), ("mse", 9.25, [6.0, -1.0]), ("mae", 3.5, [1.0, -1.0]), ("huber", 2.625, [1.0, -0.5])]
    {
        let (form, n) = loss::find(name).expect("a row").form(Task::Values(2), None).expect("fits");
        let mut d = [0.0; 2];
        assert_eq!(form.kernel::<f64>()(&z, n, Targets::Values(y.view()), 1.0, 1.0, &mut d), want, "{name}");
        assert_eq!(d, slope, "{name}");
    }
}

/// MISSION D6: two classes a sigmoid, several a softmax, numbers the identity; what does not fit is refused with a reason.
#[test]
fn the_task_chooses_the_head() {
    let head_of = |name: &str, task, head: Option<&str>| {
        let head = head.map(|h| head::find(h).expect("a row"));
        loss::find(name).expect("a row").form(task, head).map(|(form, n)| (form.head.name, n))
    };
    assert_eq!(head_of("cross-entropy", Task::Classes(2), None), Ok(("sigmoid", 1)));
    assert_eq!(head_of("cross-entropy", Task::Classes(3), None), Ok(("softmax", 3)));
    assert_eq!(head_of("cross-entropy", Task::Classes(2), Some("softmax")), Ok(("softmax", 2)));
    assert_eq!(head_of("weston-watkins", Task::Classes(2), None), Ok(("identity", 2)));
    assert_eq!(head_of("one-vs-rest", Task::Classes(2), None), Ok(("identity", 1)));
    assert_eq!(head_of("perceptron", Task::Classes(2), None), Ok(("step", 1)));
    assert_eq!(head_of("perceptron", Task::Classes(3), None), Ok(("identity", 3)));
    assert_eq!(head_of("mse", Task::Values(3), None), Ok(("identity", 3)));
    assert_eq!((loss::usual(Task::Classes(9)).name, loss::usual(Task::Values(1)).name), ("cross-entropy", "mse"));
    let refused = |name: &str, task, head: Option<&str>, says: &[&str]| {
        let reason = head_of(name, task, head).expect_err(name);
        assert!(says.iter().all(|say| reason.contains(say)), "{reason}");
    };
    refused("cross-entropy", Task::Values(1), None, &["predicts classes", "mse", "huber"]);
    refused("mse", Task::Classes(3), None, &["predicts numbers", "cross-entropy", "weston-watkins"]);
    refused("mse", Task::Values(1), Some("softmax"), &["head `softmax`", "possible: identity"]);
    refused("cross-entropy", Task::Classes(3), Some("sigmoid"), &["head `sigmoid`", "possible: softmax"]);
    refused("cross-entropy", Task::Classes(1), None, &["fewer than two classes"]);
}

/// MISSION B3, by hand: one plain step w ← w − η·∂P/∂w multiplies a weight with the row's shrink factor, and C = 1/(n·b)
/// makes ½Σw² + CΣε the same problem as mean ε + (b/2)Σw².
#[test]
fn three_conventions_of_the_same_penalty() {
    let (eta, lambda, n) = (0.1, 0.5, 20);
    for (name, shrink, c) in
        [("l2-sum", 1.0 - 2.0 * eta * lambda, 0.05), ("l2", 1.0 - eta * lambda, 0.1), ("l2-mean", 1.0 - eta * lambda / 20.0, 2.0)]
    {
        let row = penalty::find(name).expect("a row");
        let coefficients = (row.coefficients)(&Strength { lambda, l1_ratio: 0.5, n_train: n });
        let term = PenaltyTerm { coefficients, on: Penalised::Weights };
        let mut grad = [0.0];
        term.add_gradient(&[3.0], &mut grad);
        close(3.0 - eta * grad[0], 3.0 * shrink, 1e-15);
        close(1.0 / (n as f64 * coefficients.l2), c, 1e-15);
        assert!(!row.shrink.is_empty() && !row.soft_margin.is_empty());
        close(row.of_soft_margin.expect("it has one")(c, n), lambda, 1e-15);
    }
    for row in penalty::PENALTIES {
        assert_eq!(row.of_soft_margin.is_some(), !row.soft_margin.is_empty(), "{}", row.name);
    }
    // λ(ρΣ|w| + (1 − ρ)/2·Σw²) with λ = ½, ρ = ½ at w = (3, −1): ½(½·4 + ¼·10) = 2.25; gradient ½(½·(1, −1) + ½·(3, −1)).
    let coefficients = (penalty::find("elastic-net").expect("a row").coefficients)(&Strength { lambda, l1_ratio: 0.5, n_train: n });
    let term = PenaltyTerm { coefficients, on: Penalised::Weights };
    let mut grad = [0.0; 2];
    term.add_gradient(&[3.0, -1.0], &mut grad);
    assert_eq!((term.value(&[3.0, -1.0]), grad), (2.25, [1.0, -0.5]));
}

/// Many rows and outputs: the product of sums that stands for a sum of logarithms neither overflows nor loses digits.
/// Equal scores: the loss of each sample is ln n_outputs.
#[test]
fn equal_scores_cost_the_logarithm_of_their_number() {
    for (n_outputs, batch) in [(3, 1), (10, 33), (100_000, 17)] {
        let scores = vec![0.5; n_outputs * batch];
        let (form, _) = loss::find("cross-entropy").expect("a row").form(Task::Classes(n_outputs), None).expect("fits");
        let targets = vec![1; batch];
        let sum = form.kernel::<f64>()(&scores, n_outputs, Targets::Classes(&targets), 0.0, 1.0, &mut vec![0.0; scores.len()]);
        close(sum / batch as f64, (n_outputs as f64).ln(), 1e-13);
    }
}

/// Single precision takes another way where there are few classes; for every number of classes and of samples in a block.
#[test]
fn cross_entropy_in_single_precision() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    for (n, batch, spread) in (2..=18).flat_map(|n| (1..=35).map(move |batch| (n, batch, 4.0)).chain([(n, 32, 200.0)])) {
        let scores: Vec<f32> = (0..n * batch).map(|_| rng.random_range(-spread..=spread)).collect();
        let classes: Vec<u32> = (0..batch).map(|_| rng.random_range(0..n as u32)).collect();
        let (form, _) = loss::find("cross-entropy").expect("a row").form(Task::Classes(n), head::find("softmax")).expect("fits");
        let scale = 1.0 / batch as f32;
        let (mut got, mut want) = (vec![f32::NAN; n * batch], vec![0.0; n * batch]);
        let loss = (form.single)(&scores, n, Targets::Classes(&classes), 0.0, scale, &mut got);
        let wide: Vec<f64> = scores.iter().map(|z| f64::from(*z)).collect();
        let want_loss = (form.double)(&wide, n, Targets::Classes(&classes), 0.0, f64::from(scale), &mut want);
        close(loss, want_loss, 2e-6 * want_loss.abs().max(1.0));
        for (got, want) in got.iter().zip(&want) {
            close(f64::from(*got), *want, 4e-7 * f64::from(scale));
        }
    }
}

#[test]
fn a_nan_score_is_a_nan_loss_and_no_hit() {
    for loss in LOSSES {
        for form in loss.forms {
            let n = if form.outputs == Outputs::One { 1 } else { 3 };
            for place in 0..n {
                let mut scores = [1.0, 0.0, 0.5][..n].to_vec();
                scores[place] = f64::NAN;
                let values = Array2::zeros((1, n));
                let targets = if form.outputs == Outputs::PerValue { Targets::Values(values.view()) } else { Targets::Classes(&[0]) };
                assert!(form.kernel::<f64>()(&scores, n, targets, 1.0, 1.0, &mut vec![0.0; n]).is_nan(), "{}", loss.name);
                let (scores, values): (Vec<f32>, Array2<f32>) = (scores.iter().map(|z| *z as f32).collect(), Array2::zeros((1, n)));
                let targets = if form.outputs == Outputs::PerValue { Targets::Values(values.view()) } else { Targets::Classes(&[0]) };
                assert!(form.kernel::<f32>()(&scores, n, targets, 1.0, 1.0, &mut vec![0.0; n]).is_nan(), "{}", loss.name);
            }
        }
    }
    assert_eq!(n_correct(&[1.0, f64::NAN, 0.0], 3, &[0]), 0);
    assert_eq!(n_correct(&[f64::NAN; 3], 3, &[0]), 0);
    assert_eq!(n_correct(&[f64::NAN; 2], 1, &[0, 1]), 0);
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
    let network = Network::new(&Architecture::plain(2, &[2], 2, activation::find("relu").expect("a row"), 0.0));
    let params = [1.0, 0.5, -1.0, 1.0, 0.5, 0.0, 1.0, 1.0, 2.0, 1.6, 0.0, 1.0];
    let data = [0.0, -0.2, 0.0, -0.4, 0.0, -0.2, 0.0, 0.0, -1.25, 1.25, -0.5, 0.5];
    let is_weight = [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0];
    let x = array![[1.0, 2.0]];
    for lambda in [0.0, 0.1] {
        let objective = classifier(&network, lambda);
        let mut grad = [f64::NAN; 12];
        let mut workspace = network.workspace(1);
        let value = objective.loss_and_gradient(&params, x.view(), Targets::Classes(&[0]), &mut workspace, &mut grad);
        close(value, 2.0_f64.ln(), 1e-15);
        for i in 0..12 {
            close(grad[i], data[i] + lambda * params[i] * is_weight[i], 1e-15);
        }
        // Σw² over weights: 1 + 0.25 + 1 + 1 + 1 + 1 + 4 + 2.56 = 11.81
        close(objective.penalty_value(&params), lambda / 2.0 * 11.81, 1e-14);
        let mut on_batch = OnBatch::new(objective, x.view(), Targets::Classes(&[0]), network.workspace(1));
        close(on_batch.value(&params), 2.0_f64.ln() + lambda / 2.0 * 11.81, 1e-14);
        close(on_batch.value_and_gradient(&params, &mut grad), on_batch.value(&params), 1e-15);
    }
}

fn linear(n_inputs: usize, n_outputs: usize) -> Network {
    Network::new(&Architecture::plain(n_inputs, &[], n_outputs, activation::find("relu").expect("a row"), 0.0))
}

/// Softmax and cross-entropy with (λ/2)Σw².
fn classifier(network: &Network, lambda: f64) -> Supervised<'_> {
    let cross_entropy = loss::find("cross-entropy").expect("a row");
    let (loss, _) = cross_entropy.form(Task::Classes(network.n_outputs()), head::find("softmax")).expect("fits");
    let penalty = PenaltyTerm { coefficients: Coefficients { l1: 0.0, l2: lambda }, on: Penalised::Weights };
    Supervised { network, loss, loss_parameter: 0.0, penalty }
}

#[test]
fn blocks_are_named_and_without_gaps() {
    let activation = activation::find("tanh").expect("a row");
    let network = Network::new(&Architecture::plain(5, &[4, 3], 2, activation, 0.0));
    let names: Vec<&str> = network.blocks().iter().map(|b| b.name.as_str()).collect();
    assert_eq!(names, ["backbone.1.weight", "backbone.1.bias", "backbone.2.weight", "backbone.2.bias", "head.weight", "head.bias"]);
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
    let objective = classifier(&network, 7.0);
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
