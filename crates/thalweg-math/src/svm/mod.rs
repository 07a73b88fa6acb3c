//! Support vector machines with kernels: a binary dual for each pair of classes or for each class against the rest.

mod cache;
mod model;
mod smo;
mod state;

use std::fmt;
use std::ops::ControlFlow;

use cache::Cache;
pub use model::{Model, Part};
pub use smo::{Limits, Outcome, Solution, Stage};

use crate::kernel::{Gamma, Kernel, Parameters, squared_norms};

/// How many classes become binary problems. Two make one, whichever scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// A machine for each pair a < b, positive for a; most votes win, of equals the first class.
    OneVersusOne,
    /// A machine for each class, positive for it; the largest value wins, of equals the first class.
    OneVersusRest,
}

impl Scheme {
    /// How many problems so many classes become, where all of them have rows.
    pub fn n_problems(self, n_classes: usize) -> usize {
        match self {
            Scheme::OneVersusRest if n_classes > 2 => n_classes,
            _ => n_classes * n_classes.saturating_sub(1) / 2,
        }
    }
}

/// What is trained.
#[derive(Clone, Copy, Debug)]
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
    /// Features and C with which sums of kernel values may be larger than numbers are.
    Overflow,
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
            Invalid::Overflow => write!(f, "features or C are so large that sums of kernel values may overflow"),
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

/// What training gives.
#[derive(Clone, Debug)]
pub struct Trained {
    /// Decides new samples.
    pub model: Model,
    /// One for each pair or class.
    pub machines: Vec<Machine>,
    /// Training rows with a non-zero coefficient in any machine, ascending; the model's vectors.
    pub support: Vec<usize>,
}

/// Where a machine stands after a pass, which is as many steps as it has rows, or at its end.
#[derive(Clone, Copy, Debug)]
pub struct Pass<'a> {
    /// Its number, in the order of the pairs or classes.
    pub machine: usize,
    /// Its positive and its negative class; `None` is all the others.
    pub sides: Sides,
    /// The training rows that it sees, ascending.
    pub rows: &'a [usize],
    /// Passes until now; the last one may have fewer steps.
    pub pass: u64,
    /// The solution so far: what a limit of so many passes gives.
    pub solution: &'a Solution,
    /// Within a pass, after it, or at the machine's end.
    pub stage: Stage,
}

/// The positive and the negative class of a machine; `None` is all the others.
pub type Sides = (usize, Option<usize>);

/// Whether a machine of these sides sees rows of that class.
fn sees((positive, negative): Sides, label: usize) -> bool {
    label == positive || negative.is_none_or(|b| label == b)
}

/// Trains on x `[n, n_features]` with labels < n_classes; `on_pass` is called within and after each pass of a machine and at its end, and
/// a `Break` of it ends everything with `None`.
pub fn train(
    settings: &Settings<'_>,
    x: &[f64],
    labels: &[usize],
    n_features: usize,
    n_classes: usize,
    on_pass: &mut dyn FnMut(&Pass<'_>) -> ControlFlow<()>,
) -> Result<Option<Trained>, Invalid> {
    let present = check(settings, x, labels, n_features, n_classes)?;
    let gamma = settings.gamma.of(x, n_features);
    if !(gamma > 0.0 && gamma.is_finite()) {
        return Err(Invalid::Gamma(gamma));
    }
    let parameters = Parameters { gamma, degree: settings.degree, coef0: settings.coef0 };
    if overflows(settings, &parameters, x, n_features) {
        return Err(Invalid::Overflow);
    }
    let problems = problems(settings.scheme, &present);
    let n_seen = |&sides: &Sides| labels.iter().filter(|&&label| sees(sides, label)).count();
    let most_rows = problems.iter().map(n_seen).max().unwrap_or(0);
    let mut cache = Cache::new(settings.kernel, parameters, x, n_features, settings.limits.cache_bytes, most_rows);
    let mut machines = Vec::new();
    for sides in problems {
        let rows: Vec<usize> = (0..labels.len()).filter(|&i| sees(sides, labels[i])).collect();
        let y: Vec<f64> = rows.iter().map(|&i| if labels[i] == sides.0 { 1.0 } else { -1.0 }).collect();
        let c: Vec<f64> = rows.iter().map(|&i| settings.c * settings.class_weights.get(labels[i]).unwrap_or(&1.0)).collect();
        cache.take(&rows);
        let machine = machines.len();
        let mut observe = |pass, solution: &Solution, stage| on_pass(&Pass { machine, sides, rows: &rows, pass, solution, stage });
        let solved = smo::solve(&mut cache, &y, &c, settings.limits, &mut observe);
        let ControlFlow::Continue(solution) = solved else { return Ok(None) };
        machines.push(Machine { positive: sides.0, negative: sides.1, rows, solution });
    }
    let parts: Vec<Part<'_>> = machines.iter().map(Machine::part).collect();
    let (support, model) = Model::assemble(settings.kernel, parameters, x, n_features, n_classes, &parts);
    Ok(Some(Trained { model, machines, support }))
}

impl Machine {
    fn part(&self) -> Part<'_> {
        let Solution { beta, bias, .. } = &self.solution;
        Part { sides: (self.positive, self.negative), rows: &self.rows, beta, bias: *bias }
    }
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

/// Whether a bound of all that is summed is not finite: |x·y| ≤ max ‖x‖², which no kernel turns into more than for c₀ ≥ 0.
fn overflows(s: &Settings<'_>, p: &Parameters, x: &[f64], n_features: usize) -> bool {
    let square = squared_norms(x, n_features).into_iter().fold(0.0, f64::max);
    let largest = s.kernel.of_itself(&Parameters { coef0: p.coef0.abs(), ..*p }, square);
    let weight = s.class_weights.iter().copied().fold(1.0, f64::max);
    let all = (x.len() / n_features) as f64 * s.c * weight * largest;
    // The decrease by a step has squares of these.
    !(4.0 * square).is_finite() || !(16.0 * all * all).is_finite()
}

fn problems(scheme: Scheme, present: &[usize]) -> Vec<Sides> {
    match scheme {
        Scheme::OneVersusRest if present.len() > 2 => present.iter().map(|&a| (a, None)).collect(),
        _ => present.iter().enumerate().flat_map(|(k, &a)| present[k + 1..].iter().map(move |&b| (a, Some(b)))).collect(),
    }
}
