//! Machines, models and errors that are known without another program.

use std::ops::ControlFlow;

use thalweg_math::kernel::{Gamma, KERNELS, Parameters, named};
use thalweg_math::svm::{Invalid, Limits, Model, Outcome, Scheme, Settings, Solution, Stage, train};

use crate::{EXACT, fit, settings};

/// By hand: points ±1 on a line; w = 1, b = 0, α = ½ each, dual objective −½.
#[test]
fn two_points_by_hand() {
    let trained = fit(&settings("linear", Gamma::Value(1.0), 10.0), &[1.0, -1.0], &[0, 1], 1);
    let solution = &trained.machines[0].solution;
    assert_eq!(solution.beta, [0.5, -0.5]);
    assert_eq!((solution.bias, solution.dual_objective, solution.duality_gap), (0.0, -0.5, 0.0));
    assert_eq!(trained.model.classes(&trained.model.decision(&[3.0, -3.0])), [0, 1]);
}

#[test]
fn bad_input_is_an_error() {
    let run = |s: &Settings<'_>, x: &[f64], labels: &[usize]| train(s, x, labels, 1, 2, &mut |_| ControlFlow::Continue(())).err();
    let good = settings("rbf", Gamma::Value(1.0), 1.0);
    let with = |s: Settings<'_>| run(&s, &[0.0, 1.0], &[0, 1]);
    assert_eq!(with(good), None);
    for bad in [0.0, -1.0, f64::INFINITY] {
        assert_eq!(with(Settings { c: bad, ..good }), Some(Invalid::C(bad)));
        assert_eq!(with(Settings { gamma: Gamma::Value(bad), ..good }), Some(Invalid::Gamma(bad)));
        assert_eq!(with(Settings { class_weights: &[1.0, bad], ..good }), Some(Invalid::Weight(bad)));
        let limits = Limits { tolerance: bad, ..EXACT };
        assert_eq!(with(Settings { limits, ..good }), Some(Invalid::Tolerance(bad)));
    }
    let limits = Limits { tolerance: f64::NAN, ..EXACT };
    for s in [
        Settings { c: f64::NAN, ..good },
        Settings { gamma: Gamma::Value(f64::NAN), ..good },
        Settings { class_weights: &[f64::NAN, 1.0], ..good },
        Settings { limits, ..good },
    ] {
        let said = with(s).expect("an error").to_string();
        assert!(said.ends_with("not NaN"), "{said}");
    }
    assert_eq!(with(Settings { degree: 0, ..good }), Some(Invalid::Degree));
    assert_eq!(with(Settings { coef0: f64::INFINITY, ..good }), Some(Invalid::Coef0(f64::INFINITY)));
    assert_eq!(with(Settings { class_weights: &[1.0], ..good }), Some(Invalid::Shape));
    assert_eq!(run(&good, &[0.0, 1.0], &[1, 1]), Some(Invalid::OneClass));
    assert_eq!(run(&good, &[], &[]), Some(Invalid::OneClass));
    for bad in [f64::NAN, f64::INFINITY] {
        assert_eq!(run(&good, &[0.0, bad], &[0, 1]), Some(Invalid::Feature { row: 1, column: 0 }));
    }
    assert_eq!(run(&good, &[0.0], &[0, 1]), Some(Invalid::Shape));
    assert_eq!(run(&good, &[0.0, 1.0], &[0, 2]), Some(Invalid::Shape));
    assert_eq!(train(&good, &[], &[], 0, 2, &mut |_| ControlFlow::Continue(())).err(), Some(Invalid::Shape));
    // γ · (1e100)² to the 10th power is more than a number can be; the same features are no trouble where they are only compared.
    let huge = [1e100, -1e100];
    let polynomial = Settings { degree: 10, ..settings("polynomial", Gamma::Value(1.0), 1.0) };
    assert_eq!(run(&polynomial, &huge, &[0, 1]), Some(Invalid::Overflow));
    assert_eq!(run(&good, &huge, &[0, 1]), None);
    assert_eq!(run(&good, &[1e200, 0.0], &[0, 1]), Some(Invalid::Overflow));
}

/// A kernel that is not positive ends with a typed outcome, too, and within the box.
#[test]
fn a_sigmoid_ends() {
    let mut n_negative = 0;
    for (gamma, coef0, c) in [(1.0, -2.0, 1.0), (5.0, 0.0, 10.0), (0.1, 1.0, 1000.0), (2.0, 3.0, 1e6)] {
        let x: Vec<f64> = (0..120).map(|i| f64::from(i * i % 61) / 15.0 - 2.0).collect();
        let labels: Vec<usize> = (0..60).map(|i| i * 5 % 7 % 2).collect();
        let limits = Limits { max_passes: 2_000, ..EXACT };
        let trained = fit(&Settings { coef0, limits, ..settings("sigmoid", Gamma::Value(gamma), c) }, &x, &labels, 2);
        let Solution { beta, bias, dual_objective, duality_gap, n_iterations, outcome } = &trained.machines[0].solution;
        assert!(beta.iter().all(|b| b.abs() <= c) && beta.iter().sum::<f64>().abs() <= 1e-9 * c);
        assert!(bias.is_finite() && dual_objective.is_finite() && duality_gap.is_finite());
        assert!(*dual_objective < 0.0);
        assert_eq!(*outcome == Outcome::PassLimit, *n_iterations == 2_000 * 60);
        let norm: f64 = 2.0 * (dual_objective + beta.iter().map(|b| b.abs()).sum::<f64>());
        n_negative += u32::from(norm < -1e-9 * dual_objective.abs());
    }
    assert!(n_negative > 0, "some kernel here is not positive: ‖w‖² < 0");
}

#[test]
fn equal_points_of_different_labels_end_at_the_box() {
    for kernel in KERNELS {
        let trained = fit(&settings(kernel.name, Gamma::Value(1.0), 2.0), &[0.5; 8], &[0, 1, 0, 1], 2);
        let solution = &trained.machines[0].solution;
        assert_eq!(solution.outcome, Outcome::Converged, "{}", kernel.name);
        assert!(solution.beta.iter().all(|b| b.abs() == 2.0), "{}", kernel.name);
    }
}

#[test]
fn the_pass_limit_is_an_outcome() {
    let limited = Limits { max_passes: 2, ..EXACT };
    let x: Vec<f64> = (0..40).map(|i| f64::from(i * 7 % 40) / 10.0).collect();
    let labels: Vec<usize> = (0..40).map(|i| i / 3 % 2).collect();
    let trained = fit(&Settings { limits: limited, ..settings("rbf", Gamma::Value(1.0), 1e4) }, &x, &labels, 1);
    assert_eq!((trained.machines[0].solution.outcome, trained.machines[0].solution.n_iterations), (Outcome::PassLimit, 80));
}

#[test]
fn each_pass_is_seen_and_a_break_ends_it() {
    let x: Vec<f64> = (0..60).map(|i| f64::from(i * 7 % 60) / 10.0).collect();
    let labels: Vec<usize> = (0..60).map(|i| i / 4 % 3).collect();
    let s = settings("rbf", Gamma::Value(1.0), 1e4);
    let mut seen = Vec::new();
    let watched = |s: &Settings<'_>, most: usize, seen: &mut Vec<(usize, u64, Stage, u64)>| {
        train(s, &x, &labels, 1, 3, &mut |p| {
            assert_eq!(p.rows.len(), 40);
            seen.push((p.machine, p.pass, p.stage, p.solution.n_iterations));
            if seen.len() == most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .expect("valid settings")
    };
    let trained = watched(&s, usize::MAX, &mut seen).expect("not stopped");
    let ends: Vec<_> = seen.iter().filter(|at| at.2 == Stage::End).map(|at| (at.0, at.3)).collect();
    let expected: Vec<_> = trained.machines.iter().map(|m| m.solution.n_iterations).enumerate().collect();
    assert_eq!(ends, expected);
    assert!(seen.iter().filter(|at| at.2 == Stage::Pass).all(|at| at.3 == at.1 * 40));
    assert!(seen.iter().filter(|at| at.2 == Stage::End).all(|at| at.1 == at.3.div_ceil(40)));
    assert!(seen.len() > 6, "more than the ends");
    let mut fewer = Vec::new();
    assert!(watched(&s, 2, &mut fewer).is_none());
    assert_eq!(fewer, seen[..2]);
    // The solution so far is what a limit of so many passes gives.
    let limited = Settings { limits: Limits { max_passes: 1, ..EXACT }, ..s };
    let mut first = None;
    train(&s, &x, &labels, 1, 3, &mut |p| {
        first.get_or_insert_with(|| p.solution.clone());
        ControlFlow::Continue(())
    })
    .expect("valid settings");
    assert_eq!(
        first.map(|f| (f.beta, f.bias, f.outcome)),
        Some(fit(&limited, &x, &labels, 1).machines[0].solution.clone()).map(|f| (f.beta, f.bias, f.outcome))
    );
}

/// By hand: three classes of four, the last without rows.
#[test]
fn scores_and_hinge_by_hand() {
    let linear = named("linear").expect("a row");
    let p = Parameters { gamma: 1.0, degree: 1, coef0: 0.0 };
    let new = |sides: &[(usize, Option<usize>)], coefficients: &[f64], biases: &[f64]| {
        Model::new(linear, p, 1, 4, sides.to_vec(), vec![2.0], coefficients.to_vec(), biases.to_vec())
    };
    let pairs = [(0, Some(1)), (0, Some(2)), (1, Some(2))];
    let model = new(&pairs, &[1.0, 0.5, 0.0], &[0.0, -1.0, 0.5]).expect("it fits");
    assert_eq!(model.decision(&[1.0, 0.0]), [2.0, 0.0, 0.5, 0.0, -1.0, 0.5]);
    // f = 0 is a vote for the negative class; in the first row each class has one vote, and the first wins.
    let values = [2.0, 0.0, 0.5, 0.0, -1.0, 0.5];
    assert_eq!(model.scores(&values), [1.0, 1.0, 1.0, 0.0, 0.0, 2.0, 1.0, -1.0]);
    assert_eq!(model.classes(&values), [0, 1]);
    // Class 0: (1 − 2)₊ + (1 − 0)₊ = 1; class 1: (1 + 0)₊ + (1 − 0.5)₊ = 1.5.
    assert_eq!(model.hinge(&values, &[0, 1]), 1.25);
    let rest = new(&[(0, None), (1, None), (3, None)], &[1.0, 0.5, 0.0], &[0.0, -1.0, 0.5]).expect("it fits");
    assert_eq!(rest.scores(&values), [2.0, 0.0, -1.0, 0.5, 0.0, -1.0, -2.0, 0.5]);
    assert_eq!(rest.classes(&values), [0, 3]);
    // Class 1: (1 + 2)₊ + (1 − 0)₊ + (1 + 0.5)₊; class 2: (1 + 0)₊ + (1 − 1)₊ + (1 + 0.5)₊.
    assert_eq!(rest.hinge(&values, &[1, 2]), 0.5 * (5.5 + 2.5));
    let empty = Model::new(linear, p, 3, 2, vec![(0, Some(1))], vec![], vec![], vec![0.5]).expect("it fits");
    assert_eq!(empty.decision(&[0.0; 6]), [0.5, 0.5]);
}

#[test]
fn numbers_that_do_not_fit_are_an_error() {
    let rbf = named("rbf").expect("a row");
    let good = Parameters { gamma: 1.0, degree: 1, coef0: 0.0 };
    let error =
        |p: Parameters, n_features: usize, sides: &[(usize, Option<usize>)], vectors: &[f64], coefficients: &[f64], biases: &[f64]| {
            Model::new(rbf, p, n_features, 3, sides.to_vec(), vectors.to_vec(), coefficients.to_vec(), biases.to_vec())
                .err()
                .unwrap_or_default()
        };
    let pair = [(0, Some(1))];
    assert_eq!(error(good, 2, &pair, &[0.0; 4], &[0.0; 2], &[0.0]), "");
    let cases = [
        (error(Parameters { gamma: 0.0, ..good }, 2, &pair, &[0.0; 4], &[0.0; 2], &[0.0]), "gamma 0, degree 1 or coef0 0 is out of range"),
        (error(good, 3, &pair, &[0.0; 4], &[0.0; 2], &[0.0]), "4 numbers are not rows of 3 features"),
        (error(good, 0, &pair, &[0.0; 4], &[0.0; 2], &[0.0]), "4 numbers are not rows of 0 features"),
        (error(good, 2, &pair, &[0.0; 4], &[0.0; 3], &[0.0]), "3 coefficients are not 1 machines times 2 support vectors"),
        (error(good, 2, &pair, &[0.0; 4], &[0.0; 2], &[0.0; 2]), "2 biases are not 1 machines"),
        (error(good, 2, &[(0, Some(3))], &[0.0; 4], &[0.0; 2], &[0.0]), "a machine is for class 3 of 3"),
        (error(good, 2, &pair, &[f64::NAN; 4], &[0.0; 2], &[0.0]), "a support vector is not a finite number"),
        (error(good, 2, &pair, &[0.0; 4], &[f64::INFINITY; 2], &[0.0]), "a coefficient is not a finite number"),
        (error(good, 2, &pair, &[0.0; 4], &[0.0; 2], &[f64::NAN]), "a bias is not a finite number"),
    ];
    for (found, expected) in cases {
        assert_eq!(found, expected);
    }
    let scheme = "the machines are neither the pairs of classes in order nor each class against the rest";
    for sides in [&[][..], &[(0, None)], &[(1, Some(0))], &[(0, Some(0))], &[(0, Some(1)), (2, None)], &[(0, Some(1)), (0, Some(2))]] {
        let n = sides.len();
        assert_eq!(error(good, 2, sides, &[0.0; 4], &vec![0.0; 2 * n], &vec![0.0; n]), scheme, "{sides:?}");
    }
}

/// A pass of many rows takes long: it can be stopped within.
#[test]
fn a_pass_is_stopped_underway() {
    let x: Vec<f64> = (0..2000).map(|i| f64::from(i * 7 % 2000) / 10.0).collect();
    let labels: Vec<usize> = (0..2000).map(|i| i / 4 % 2).collect();
    let mut at = Vec::new();
    let stopped = train(&settings("rbf", Gamma::Value(1.0), 1e4), &x, &labels, 1, 2, &mut |p| {
        at.push((p.stage, p.pass, p.solution.n_iterations));
        ControlFlow::Break(())
    });
    assert!(stopped.expect("valid settings").is_none());
    assert_eq!(at, [(Stage::Underway, 0, 256)]);
}

/// By hand: XOR is separated by a product of the features, by no line; the scheme and a cache of two rows change nothing.
#[test]
fn xor_with_each_scheme_and_a_tiny_cache() {
    let x = [1.0, 1.0, -1.0, -1.0, 1.0, -1.0, -1.0, 1.0];
    for scheme in [Scheme::OneVersusOne, Scheme::OneVersusRest] {
        let limits = Limits { cache_bytes: 0, ..EXACT };
        let s = Settings { scheme, limits, ..settings("polynomial", Gamma::Value(1.0), 100.0) };
        let trained = fit(&s, &x, &[0, 0, 1, 1], 2);
        assert_eq!(trained.model.classes(&trained.model.decision(&x)), [0, 0, 1, 1]);
        assert_eq!(trained.model.sides, [(0, Some(1))], "two classes make one problem");
    }
}
