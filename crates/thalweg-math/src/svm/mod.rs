//! Support vector machines with kernels: a binary dual for each pair of classes or for each class against the rest.

mod cache;
mod smo;

use std::fmt;

pub use smo::{Limits, Outcome, Solution};

use crate::kernel::{Gamma, Kernel, Parameters, squared_norms};

/// How many classes become binary problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// A machine for each pair a < b, positive for a; most votes win, of equals the first class.
    OneVersusOne,
    /// A machine for each class, positive for it; the largest value wins, of equals the first class.
    OneVersusRest,
}

/// What is trained.
#[derive(Clone, Copy)]
pub struct Settings<'a> {
    /// K
    pub kernel: &'static Kernel,
    /// γ
    pub gamma: Gamma,
    /// d
    pub degree: u32,
    /// c₀
    pub coef0: f64,
    /// C > 0
    pub c: f64,
    /// A factor > 0 on C for each class, or empty for 1.
    pub class_weights: &'a [f64],
    /// Pairs, or each against the rest.
    pub scheme: Scheme,
    /// The solver's limits.
    pub limits: Limits,
}

/// What cannot be trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Invalid {
    /// C that is not a number > 0.
    C(f64),
    /// γ that is not a number > 0.
    Gamma(f64),
    /// Degree 0.
    Degree,
    /// c₀ that is not finite.
    Coef0(f64),
    /// A class weight that is not a number > 0.
    Weight(f64),
    /// A tolerance that is not a number > 0.
    Tolerance(f64),
    /// Fewer than two classes have rows.
    OneClass,
    /// A feature that is not finite.
    Feature {
        /// From 0.
        row: usize,
        /// From 0.
        column: usize,
    },
    /// Rows, labels, classes and weights do not fit together.
    Shape,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Invalid::C(v) => write!(f, "C must be a number above 0, not {v}"),
            Invalid::Gamma(v) => write!(f, "gamma must be a number above 0, not {v}"),
            Invalid::Degree => write!(f, "the degree must be at least 1"),
            Invalid::Coef0(v) => write!(f, "coef0 must be a finite number, not {v}"),
            Invalid::Weight(v) => write!(f, "class weights must be numbers above 0, not {v}"),
            Invalid::Tolerance(v) => write!(f, "the tolerance must be a number above 0, not {v}"),
            Invalid::OneClass => write!(f, "a support vector machine needs rows of at least two classes"),
            Invalid::Feature { row, column } => write!(f, "feature {column} of row {row} is not a finite number"),
            Invalid::Shape => write!(f, "features, labels and class weights do not fit together"),
        }
    }
}

impl std::error::Error for Invalid {}

/// One binary problem, solved.
#[derive(Clone, Debug)]
pub struct Machine {
    /// The class on its positive side.
    pub positive: usize,
    /// The class on its negative side; `None` is all the others.
    pub negative: Option<usize>,
    /// The training rows that it saw, ascending; `solution.beta` is theirs.
    pub rows: Vec<usize>,
    /// What the solver found.
    pub solution: Solution,
}

/// A trained model; it holds its support vectors.
pub struct Model {
    kernel: &'static Kernel,
    parameters: Parameters,
    n_features: usize,
    n_classes: usize,
    /// One for each pair or class.
    pub machines: Vec<Machine>,
    /// Training rows with a non-zero coefficient in any machine, ascending.
    pub support: Vec<usize>,
    vectors: Vec<f64>,
    squares: Vec<f64>,
    /// `[n_machines, n_support]`
    coefficients: Vec<f64>,
}

/// Trains on x `[n, n_features]` with labels < n_classes; `observe` gets a machine's number and its objective after each step.
pub fn train(
    settings: &Settings<'_>,
    x: &[f64],
    labels: &[usize],
    n_features: usize,
    n_classes: usize,
    observe: &mut dyn FnMut(usize, f64),
) -> Result<Model, Invalid> {
    let present = check(settings, x, labels, n_features, n_classes)?;
    let gamma = settings.gamma.of(x, n_features);
    if !(gamma > 0.0 && gamma.is_finite()) {
        return Err(Invalid::Gamma(gamma));
    }
    let parameters = Parameters { gamma, degree: settings.degree, coef0: settings.coef0 };
    let mut machines = Vec::new();
    for (positive, negative) in problems(settings.scheme, &present) {
        let takes = |label: usize| label == positive || negative.is_none_or(|b| label == b);
        let rows: Vec<usize> = (0..labels.len()).filter(|&i| takes(labels[i])).collect();
        let part: Vec<f64> = rows.iter().flat_map(|&i| &x[i * n_features..(i + 1) * n_features]).copied().collect();
        let y: Vec<f64> = rows.iter().map(|&i| if labels[i] == positive { 1.0 } else { -1.0 }).collect();
        let c: Vec<f64> = rows.iter().map(|&i| settings.c * settings.class_weights.get(labels[i]).unwrap_or(&1.0)).collect();
        let number = machines.len();
        let solution = smo::solve(settings.kernel, parameters, &part, &y, &c, settings.limits, &mut |v| observe(number, v));
        machines.push(Machine { positive, negative, rows, solution });
    }
    Ok(Model::new(settings.kernel, parameters, machines, x, n_features, n_classes))
}

/// The classes that have rows, ascending.
fn check(s: &Settings<'_>, x: &[f64], labels: &[usize], n_features: usize, n_classes: usize) -> Result<Vec<usize>, Invalid> {
    let is_positive = |v: f64| v > 0.0 && v.is_finite();
    let weights_fit = s.class_weights.is_empty() || s.class_weights.len() == n_classes;
    let fits = n_features > 0 && labels.len().checked_mul(n_features) == Some(x.len());
    if !fits || !weights_fit || labels.iter().any(|&l| l >= n_classes) {
        return Err(Invalid::Shape);
    }
    if !is_positive(s.c) {
        return Err(Invalid::C(s.c));
    }
    if let Gamma::Value(gamma) = s.gamma
        && !is_positive(gamma)
    {
        return Err(Invalid::Gamma(gamma));
    }
    if s.degree == 0 {
        return Err(Invalid::Degree);
    }
    if !s.coef0.is_finite() {
        return Err(Invalid::Coef0(s.coef0));
    }
    if let Some(&weight) = s.class_weights.iter().find(|&&w| !is_positive(w)) {
        return Err(Invalid::Weight(weight));
    }
    if !is_positive(s.limits.tolerance) {
        return Err(Invalid::Tolerance(s.limits.tolerance));
    }
    if let Some(at) = x.iter().position(|v| !v.is_finite()) {
        return Err(Invalid::Feature { row: at / n_features, column: at % n_features });
    }
    let present: Vec<usize> = (0..n_classes).filter(|class| labels.contains(class)).collect();
    if present.len() < 2 { Err(Invalid::OneClass) } else { Ok(present) }
}

fn problems(scheme: Scheme, present: &[usize]) -> Vec<(usize, Option<usize>)> {
    match scheme {
        Scheme::OneVersusRest => present.iter().map(|&a| (a, None)).collect(),
        Scheme::OneVersusOne => {
            present.iter().enumerate().flat_map(|(k, &a)| present[k + 1..].iter().map(move |&b| (a, Some(b)))).collect()
        }
    }
}

impl Model {
    fn new(
        kernel: &'static Kernel,
        parameters: Parameters,
        machines: Vec<Machine>,
        x: &[f64],
        n_features: usize,
        n_classes: usize,
    ) -> Model {
        let n = x.len() / n_features;
        let mut dense = vec![0.0; machines.len() * n];
        for (machine, row) in machines.iter().zip(dense.chunks_exact_mut(n)) {
            for (&i, &beta) in machine.rows.iter().zip(&machine.solution.beta) {
                row[i] = beta;
            }
        }
        let support: Vec<usize> = (0..n).filter(|&i| dense.iter().skip(i).step_by(n).any(|&b| b != 0.0)).collect();
        let coefficients = dense.chunks_exact(n).flat_map(|row| support.iter().map(|&i| row[i])).collect();
        let vectors: Vec<f64> = support.iter().flat_map(|&i| &x[i * n_features..(i + 1) * n_features]).copied().collect();
        let squares = squared_norms(&vectors, n_features);
        Model { kernel, parameters, n_features, n_classes, machines, support, vectors, squares, coefficients }
    }

    /// f of each machine for each row of x `[m, n_features]`: `[m, n_machines]`.
    pub fn decision(&self, x: &[f64]) -> Vec<f64> {
        let n = self.support.len();
        let mut k = vec![0.0; n];
        let mut values = Vec::with_capacity(x.len() / self.n_features * self.machines.len());
        for row in x.chunks_exact(self.n_features) {
            self.kernel.rows(&mut k, &self.parameters, row, &self.vectors, &self.squares, self.n_features);
            for (number, machine) in self.machines.iter().enumerate() {
                let beta = &self.coefficients[number * n..(number + 1) * n];
                values.push(beta.iter().zip(&k).map(|(b, k)| b * k).sum::<f64>() + machine.solution.bias);
            }
        }
        values
    }

    /// The class of each row of `decision` values.
    pub fn classes(&self, decision: &[f64]) -> Vec<usize> {
        decision.chunks_exact(self.machines.len()).map(|values| self.class(values)).collect()
    }

    fn class(&self, values: &[f64]) -> usize {
        let mut scores = vec![f64::NEG_INFINITY; self.n_classes];
        for (machine, &value) in self.machines.iter().zip(values) {
            match machine.negative {
                None => scores[machine.positive] = value,
                Some(negative) => {
                    let winner = if value > 0.0 { machine.positive } else { negative };
                    // Both have taken part, so both have at least no vote.
                    for class in [machine.positive, negative] {
                        scores[class] = scores[class].max(0.0) + f64::from(u8::from(class == winner));
                    }
                }
            }
        }
        let mut best = 0;
        for (class, &score) in scores.iter().enumerate() {
            if score > scores[best] {
                best = class;
            }
        }
        best
    }
}
