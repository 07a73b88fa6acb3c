//! Every activation × loss × penalty × layer mix × task: the gradient agrees with both oracles, in both precisions. The
//! loops run over the tables, so a new row is tested before anyone remembers to.
//!
//! 12,320 cases, always the same; `THALWEG_CASES=160 THALWEG_SEED=7` runs twice as many other ones.

mod common;

use std::cell::Cell;

use common::{Problem, Shape, problem, shapes};
use ndarray::Array2;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestCaseResult, TestRng, TestRunner};
use thalweg_math::activation::{ACTIVATIONS, Activation, Backward, find};
use thalweg_math::gradcheck::{Oracle, Report, edges, gradcheck, graph_gradient, graph_tolerance, magnification, variance_left};
use thalweg_math::init::INITS;
use thalweg_math::loss::{self, Form, LOSSES, Loss};
use thalweg_math::network::Training;
use thalweg_math::penalty::Penalised;
use thalweg_math::real::Real;

fn check(problem: &mut Problem, k: usize) -> Report {
    let coordinates = problem.coordinates(k);
    gradcheck(&problem.objective(), &problem.params, problem.x.view(), problem.targets(&problem.values), problem.workspace(), &coordinates)
}

/// Random shapes for each activation and each form of each loss.
fn over_the_tables(each: impl Fn(&mut Problem) -> TestCaseResult) -> u32 {
    let set = |name: &str, default: u32| std::env::var(name).map_or(default, |n| n.parse().expect("a number"));
    let (cases, seed) = (set("THALWEG_CASES", 80), set("THALWEG_SEED", 0));
    let mut n = 0;
    for activation in ACTIVATIONS {
        for (loss, form) in LOSSES.iter().flat_map(|loss| loss.forms.iter().map(move |form| (loss, form))) {
            let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) };
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&(u64::from(seed) << 32 | u64::from(n)).to_le_bytes());
            let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
            let outcome = runner.run(&shapes(), |shape| each(&mut problem(&shape, activation, loss, form)));
            outcome.unwrap_or_else(|e| panic!("{}, {} with {}: {e}", activation.name, loss.name, form.head.name));
            n += cases;
        }
    }
    n
}

#[test]
fn every_row_agrees_with_differences_and_graph() {
    let n = over_the_tables(|problem| {
        let report = check(problem, 3);
        prop_assert!(report.passed(), "{report:#?}");
        for (block, check) in problem.network.blocks().iter().zip(&report.blocks) {
            prop_assert_eq!(check.n_checked, check.by_difference + check.by_graph);
            prop_assert_eq!(check.n_checked > 0, !block.is_frozen, "{:?}", check);
        }
        Ok(())
    });
    println!("{n} cases against differences");
}

/// All coordinates at once, against the scalar graph.
#[test]
fn every_row_agrees_with_the_graph_everywhere() {
    over_the_tables(|problem| {
        let (analytic, _) = gradients(problem);
        let mut workspace = problem.workspace();
        let objective = problem.objective();
        objective.training_loss(&problem.params, problem.x.view(), problem.targets(&problem.values), &mut workspace);
        let oracle = graph_gradient(&objective, &problem.params, problem.x.view(), problem.targets(&problem.values), &workspace);
        let allowed = graph_tolerance(&analytic, variance_left(&problem.network, problem.x.view(), &workspace));
        for (i, (a, g)) in analytic.iter().zip(&oracle).enumerate() {
            prop_assert!((a - g).abs() <= allowed, "{i}: {a}, graph {g}");
        }
        Ok(())
    });
}

/// The same formulas in single precision: |g₃₂ − g₆₄| ≤ 1e-3·max + 1e-5·max(1, ‖g₆₄‖∞). Left out, and counted: batches where
/// rounding alone may put a unit on the other side of a kink, those with a variance so small that normalising by it
/// magnifies rounding more than the tolerance allows, and two rows under batch normalisation, which become ±1 whatever they
/// were: their gradient is what is left of numbers that cancel.
#[test]
fn single_precision_is_the_same_gradient() {
    let left_out = Cell::new(0);
    let n = over_the_tables(|problem| {
        let (double, single) = gradients(problem);
        let (kink, magnified) = conditions(problem);
        if kink < 1e-4 || magnified > 3.0 || (problem.network.min_batch() == 2 && problem.x.nrows() == 2) {
            left_out.set(left_out.get() + 1);
            return Ok(());
        }
        let norm = double.iter().fold(0.0_f64, |m, g| m.max(g.abs()));
        for (i, (d, s)) in double.iter().zip(&single).enumerate() {
            let tolerance = 1e-3 * d.abs().max(s.abs()) + 1e-5 * norm.max(1.0);
            prop_assert!((d - s).abs() <= tolerance, "{i}: f64 {d}, f32 {s}");
        }
        Ok(())
    });
    println!("{n} cases in single precision, {} left out", left_out.get());
    assert!(3 * left_out.get() < 2 * n, "{} of {n} cases were left out", left_out.get());
}

/// The least distance from any kink, and how much the normalising layers magnify a gradient, and its rounding, on its way
/// down.
fn conditions(problem: &Problem) -> (f64, f64) {
    let mut workspace = problem.workspace();
    let objective = problem.objective();
    let targets = problem.targets(&problem.values);
    objective.training_loss(&problem.params, problem.x.view(), targets, &mut workspace);
    let edges = edges(&objective, &problem.params, problem.x.view(), &targets, &workspace);
    let kink = edges.into_iter().fold(f64::INFINITY, |m, e| m.min(e.abs()));
    let left = variance_left(&problem.network, problem.x.view(), &workspace);
    (kink, magnification(left))
}

/// The gradient in double and in single precision.
fn gradients(problem: &Problem) -> (Vec<f64>, Vec<f64>) {
    let objective = problem.objective();
    let mut double = vec![f64::NAN; problem.params.len()];
    let targets = problem.targets(&problem.values);
    objective.loss_and_gradient(&problem.params, problem.x.view(), targets, &mut problem.workspace(), &mut double);
    let (x, values): (Array2<f32>, Array2<f32>) = (problem.x.mapv(|v| v as f32), problem.values.mapv(|v| v as f32));
    let params: Vec<f32> = problem.params.iter().map(|&v| v as f32).collect();
    let mut single = vec![f32::NAN; params.len()];
    let targets = problem.targets(&values);
    objective.loss_and_gradient(&params, x.view(), targets, &mut problem.workspace(), &mut single);
    (double, single.into_iter().map(f64::from).collect())
}

fn shape(backbone: &[usize], init: &str) -> Shape {
    Shape {
        n_inputs: 5,
        backbone: backbone.to_vec(),
        neck: None,
        n_targets: 4,
        batch: 9,
        norm: usize::MAX,
        dropout: 0.0,
        penalty: 0,
        lambda: 1e-2,
        on: Penalised::Weights,
        init: INITS.iter().position(|i| i.name == init).expect("a row"),
        parameter: 0.01,
        scale: 1.0,
        frozen: Training::Whole,
        seed: 11,
    }
}

/// Cross-entropy over four classes.
fn usual() -> (&'static Loss, &'static Form) {
    let loss = loss::find("cross-entropy").expect("a row");
    (loss, loss.form(loss::Task::Classes(4), None).expect("fits").0)
}

fn classified(shape: &Shape, activation: &'static Activation) -> Problem {
    let (loss, form) = usual();
    problem(shape, activation, loss, form)
}

/// Differences judge nearly everything away from kinks, and the graph judges units that sit on one.
#[test]
fn who_judges_what() {
    for activation in ACTIVATIONS {
        let report = check(&mut classified(&shape(&[7, 6], "he"), activation), 20);
        let by_graph: usize = report.blocks.iter().map(|b| b.by_graph).sum();
        let n: usize = report.blocks.iter().map(|b| b.n_checked).sum();
        let expected = if activation.kinks.is_empty() { by_graph == 0 } else { 2 * by_graph < n };
        assert!(report.passed() && expected, "{}: {report:#?}", activation.name);
        // With zeros everywhere, a hidden bias moves its units off the kink at 0.
        let report = check(&mut classified(&shape(&[7], "zeros"), activation), 20);
        let bias = report.blocks.iter().find(|b| b.block == "backbone.1.bias").expect("there is a hidden layer");
        let oracle = bias.worst.expect("some were checked").oracle;
        assert_eq!(oracle == Oracle::Graph, activation.kinks.contains(&0.0), "{}: {bias:?}", activation.name);
    }
}

/// A unit that gives the same for every sample has no variance: batch normalisation there is the graph's to judge.
#[test]
fn a_unit_without_variance_is_judged_by_the_graph() {
    let mut shape = shape(&[3], "zeros");
    shape.norm = common::norms().iter().position(|n| n.name == "batch-norm").expect("a row");
    let mut problem = classified(&shape, find("tanh").expect("a row"));
    let report = check(&mut problem, 20);
    let weights = &report.blocks[0];
    assert!(report.passed() && weights.by_graph == weights.n_checked, "{report:#?}");
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
    fn backward<T: Real>(_: &[T], a: &[T], da: &[T], dz: &mut [T], _: T) {
        for ((dz, &da), &a) in dz.iter_mut().zip(da).zip(a) {
            *dz = da * (T::from_f64(1.00001) - a * a);
        }
    }
    let wrong = planted("tanh", backward::<f32>, backward::<f64>);
    let report = check(&mut classified(&shape(&[7], "xavier"), wrong), 20);
    assert!(!report.passed(), "{report:#?}");
    // What lies above the activation is right all the same.
    let passed: Vec<(&str, bool)> = report.blocks.iter().map(|b| (b.block.as_str(), b.passed)).collect();
    assert_eq!(passed, [("backbone.1.weight", false), ("backbone.1.bias", false), ("head.weight", true), ("head.bias", true)]);
}

/// A wrong convention at a kink is invisible to differences and found by the graph.
#[test]
fn a_planted_slope_at_the_kink_is_caught() {
    fn backward<T: Real>(z: &[T], _: &[T], da: &[T], dz: &mut [T], _: T) {
        for ((dz, &da), &z) in dz.iter_mut().zip(da).zip(z) {
            *dz = if z >= T::from_f64(0.0) { da } else { T::from_f64(0.0) };
        }
    }
    let wrong = planted("relu", backward::<f32>, backward::<f64>);
    let mut problem = classified(&shape(&[7], "zeros"), wrong);
    // Hidden units sit on the kink; the layer above must hear them.
    let above = problem.network.blocks()[2].range.clone();
    problem.params[above].iter_mut().enumerate().for_each(|(i, w)| *w = 0.1 * i as f64);
    let report = check(&mut problem, 20);
    let bias = &report.blocks[1];
    assert!(!bias.passed && bias.by_graph == bias.n_checked, "{report:#?}");
}

/// A loss whose gradient forgets the class itself, under every activation: the loop over the tables finds it each time.
#[test]
fn a_planted_wrong_loss_is_caught_by_the_same_loop() {
    let (loss, right) = usual();
    let wrong: &'static Form = Box::leak(Box::new(Form {
        double: |z, n_outputs, y, p, scale, d| {
            let value = (usual().1.double)(z, n_outputs, y, p, scale, d);
            d.iter_mut().step_by(n_outputs).for_each(|d| *d *= 1.0001);
            value
        },
        ..*right
    }));
    for activation in ACTIVATIONS {
        assert!(!check(&mut problem(&shape(&[7], "xavier"), activation, loss, wrong), 20).passed(), "{}", activation.name);
    }
}

/// NaN is never within a tolerance.
#[test]
fn a_nan_fails() {
    let mut problem = classified(&shape(&[3], "xavier"), find("identity").expect("a row"));
    problem.params[0] = f64::NAN;
    assert!(!check(&mut problem, 20).passed());
}
