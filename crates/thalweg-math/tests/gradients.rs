//! Every activation × loss × penalty × initialisation: the gradient agrees with both oracles. The loops run over the
//! tables, so a new row is tested before anyone remembers to.

mod common;

use common::{Problem, Shape, problem, shapes};
use ndarray::Array2;
use proptest::prelude::*;
use thalweg_math::activation::{ACTIVATIONS, Activation, Backward, find};
use thalweg_math::gradcheck::{Oracle, Report, gradcheck, graph_gradient};
use thalweg_math::init::{self, INITS};
use thalweg_math::loss::{LOSSES, Loss};
use thalweg_math::objective::Supervised;
use thalweg_math::penalty::{self, PENALTIES, Penalty};

fn check(problem: &mut Problem, loss: &'static Loss, penalty: &'static Penalty, lambda: f64, k: usize) -> Report {
    let coordinates = problem.coordinates(k);
    let objective = Supervised { network: &problem.network, loss, penalty, lambda };
    let targets = problem.targets(loss, &problem.values);
    gradcheck(&objective, &problem.params, problem.x.view(), targets, &coordinates)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_row_agrees_with_differences_and_graph(shape in shapes()) {
        for activation in ACTIVATIONS {
            for start in INITS {
                for (loss, penalty) in LOSSES.iter().flat_map(|l| PENALTIES.iter().map(move |p| (l, p))) {
                    let mut problem = problem(&shape, activation, start);
                    let report = check(&mut problem, loss, penalty, shape.lambda, 3);
                    let names = (activation.name, start.name, loss.name, penalty.name);
                    prop_assert!(report.passed(), "{names:?}: {report:#?}");
                    for block in &report.blocks {
                        prop_assert!(block.n_checked > 0 && block.n_checked == block.by_difference + block.by_graph, "{names:?}: {block:?}");
                    }
                }
            }
        }
    }

    /// All coordinates at once, against the scalar graph.
    #[test]
    fn every_row_agrees_with_the_graph_everywhere(shape in shapes()) {
        for activation in ACTIVATIONS {
            for (loss, penalty) in LOSSES.iter().flat_map(|l| PENALTIES.iter().map(move |p| (l, p))) {
                let problem = problem(&shape, activation, init::find(activation.init).expect("a row"));
                let objective = Supervised { network: &problem.network, loss, penalty, lambda: shape.lambda };
                let (analytic, _) = gradients(&problem, &objective);
                let oracle = graph_gradient(&objective, &problem.params, problem.x.view(), problem.targets(loss, &problem.values));
                for (i, (a, g)) in analytic.iter().zip(&oracle).enumerate() {
                    prop_assert!((a - g).abs() <= 1e-10 * a.abs().max(1.0), "{} {i}: {a}, graph {g}", activation.name);
                }
            }
        }
    }

    /// The same formulas in single precision: |g₃₂ − g₆₄| ≤ 1e-3·max + 1e-5·max(1, ‖g₆₄‖∞).
    #[test]
    fn single_precision_is_the_same_gradient(shape in shapes()) {
        for activation in ACTIVATIONS {
            for (loss, penalty) in LOSSES.iter().flat_map(|l| PENALTIES.iter().map(move |p| (l, p))) {
                let problem = problem(&shape, activation, init::find(activation.init).expect("a row"));
                if nearest_kink(&problem, activation) < 1e-4 {
                    // Rounding alone may put such a unit on the other side of its kink.
                    continue;
                }
                let objective = Supervised { network: &problem.network, loss, penalty, lambda: shape.lambda };
                let (double, single) = gradients(&problem, &objective);
                let norm = double.iter().fold(0.0_f64, |m, g| m.max(g.abs()));
                for (i, (d, s)) in double.iter().zip(&single).enumerate() {
                    let tolerance = 1e-3 * d.abs().max(s.abs()) + 1e-5 * norm.max(1.0);
                    prop_assert!((d - s).abs() <= tolerance, "{} {i}: f64 {d}, f32 {s}", activation.name);
                }
            }
        }
    }
}

/// The gradient in double and in single precision.
fn gradients(problem: &Problem, objective: &Supervised<'_>) -> (Vec<f64>, Vec<f64>) {
    let n = problem.x.nrows();
    let mut double = vec![f64::NAN; problem.params.len()];
    let targets = problem.targets(objective.loss, &problem.values);
    objective.loss_and_gradient(&problem.params, problem.x.view(), targets, &mut problem.network.workspace(n), &mut double);
    let (x, values): (Array2<f32>, Array2<f32>) = (problem.x.mapv(|v| v as f32), problem.values.mapv(|v| v as f32));
    let params: Vec<f32> = problem.params.iter().map(|&v| v as f32).collect();
    let mut single = vec![f32::NAN; params.len()];
    let targets = problem.targets(objective.loss, &values);
    objective.loss_and_gradient(&params, x.view(), targets, &mut problem.network.workspace(n), &mut single);
    (double, single.into_iter().map(f64::from).collect())
}

/// The least distance of any pre-activation from a kink.
fn nearest_kink(problem: &Problem, activation: &Activation) -> f64 {
    let (network, n) = (&problem.network, problem.x.nrows());
    let mut workspace = network.workspace(n);
    network.forward(&problem.params, problem.x.view(), &mut workspace);
    // Layers alternate: dense, activation, dense, …
    let inputs = (1..network.layers().count()).step_by(2).filter_map(|i| network.layer_input(&workspace, i, n));
    inputs.flatten().flat_map(|z| activation.kinks.iter().map(move |k| (z - k).abs())).fold(f64::INFINITY, f64::min)
}

fn shape(hidden: &[usize]) -> Shape {
    Shape { n_inputs: 5, hidden: hidden.to_vec(), n_outputs: 4, batch: 9, lambda: 1e-2, leak: 0.01, scale: 1.0, seed: 11 }
}

/// Differences judge nearly everything away from kinks, and the graph judges units that sit on one.
#[test]
fn who_judges_what() {
    for activation in ACTIVATIONS {
        let (he, zeros) = (init::find("he").expect("a row"), init::find("zeros").expect("a row"));
        let report = check(&mut problem(&shape(&[7, 6]), activation, he), &LOSSES[0], &PENALTIES[0], 1e-2, 20);
        let by_graph: usize = report.blocks.iter().map(|b| b.by_graph).sum();
        let n: usize = report.blocks.iter().map(|b| b.n_checked).sum();
        assert!(
            report.passed() && if activation.kinks.is_empty() { by_graph == 0 } else { 2 * by_graph < n },
            "{}: {report:#?}",
            activation.name
        );
        // With zeros everywhere, a hidden bias moves its units off the kink at 0.
        let report = check(&mut problem(&shape(&[7]), activation, zeros), &LOSSES[0], &PENALTIES[0], 1e-2, 20);
        let bias = report.blocks.iter().find(|b| b.block == "1.bias").expect("there is a hidden layer");
        let oracle = bias.worst.expect("some were checked").oracle;
        assert_eq!(oracle == Oracle::Graph, activation.kinks.contains(&0.0), "{}: {bias:?}", activation.name);
    }
}

/// A copy of a row with another backward pass.
fn planted(name: &str, single: Backward<f32>, double: Backward<f64>) -> &'static Activation {
    let mut copy = Activation { ..*find(name).expect("a row") };
    (copy.single.backward, copy.double.backward) = (single, double);
    Box::leak(Box::new(copy))
}

/// A derivative that is wrong by one part in 10⁵ is found, by differences.
#[test]
fn a_planted_wrong_slope_is_caught() {
    fn backward<T: thalweg_math::real::Real>(_: &[T], a: &[T], da: &[T], dz: &mut [T], _: T) {
        for ((dz, &da), &a) in dz.iter_mut().zip(da).zip(a) {
            *dz = da * (T::from_f64(1.00001) - a * a);
        }
    }
    let wrong = planted("tanh", backward::<f32>, backward::<f64>);
    let report = check(&mut problem(&shape(&[7]), wrong, &INITS[3]), &LOSSES[0], &PENALTIES[0], 0.0, 20);
    assert!(!report.passed(), "{report:#?}");
    // What lies above the activation is right all the same.
    let passed: Vec<(&str, bool)> = report.blocks.iter().map(|b| (b.block.as_str(), b.passed)).collect();
    assert_eq!(passed, [("1.weight", false), ("1.bias", false), ("2.weight", true), ("2.bias", true)]);
}

/// A wrong convention at a kink is invisible to differences and found by the graph.
#[test]
fn a_planted_slope_at_the_kink_is_caught() {
    fn backward<T: thalweg_math::real::Real>(z: &[T], _: &[T], da: &[T], dz: &mut [T], _: T) {
        for ((dz, &da), &z) in dz.iter_mut().zip(da).zip(z) {
            *dz = if z >= T::from_f64(0.0) { da } else { T::from_f64(0.0) };
        }
    }
    let wrong = planted("relu", backward::<f32>, backward::<f64>);
    let mut problem = problem(&shape(&[7]), wrong, init::find("zeros").expect("a row"));
    // Hidden units sit on the kink; the layer above must hear them.
    let above = problem.network.blocks()[2].range.clone();
    problem.params[above].iter_mut().enumerate().for_each(|(i, w)| *w = 0.1 * i as f64);
    let report = check(&mut problem, &LOSSES[0], &PENALTIES[0], 0.0, 20);
    let bias = &report.blocks[1];
    assert!(!bias.passed && bias.by_graph == bias.n_checked, "{report:#?}");
}

/// A penalty whose slope is 2λw instead of λw.
#[test]
fn a_planted_wrong_penalty_is_caught() {
    fn add<T: thalweg_math::real::Real>(w: &[T], grad: &mut [T], lambda: T) {
        for (g, &w) in grad.iter_mut().zip(w) {
            *g += lambda * w * T::from_f64(2.0);
        }
    }
    let mut copy = Penalty { ..*penalty::find("l2").expect("a row") };
    (copy.single.add_gradient, copy.double.add_gradient) = (add::<f32>, add::<f64>);
    let wrong: &'static Penalty = Box::leak(Box::new(copy));
    let mut problem = problem(&shape(&[]), &ACTIVATIONS[0], &INITS[3]);
    assert!(!check(&mut problem, &LOSSES[0], wrong, 1e-2, 20).passed());
    assert!(check(&mut problem, &LOSSES[0], wrong, 0.0, 20).passed());
}

/// NaN is never within a tolerance.
#[test]
fn a_nan_fails() {
    let mut problem = problem(&shape(&[3]), &ACTIVATIONS[0], &INITS[3]);
    problem.params[0] = f64::NAN;
    assert!(!check(&mut problem, &LOSSES[0], &PENALTIES[0], 0.0, 20).passed());
}
