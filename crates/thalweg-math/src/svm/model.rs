//! What decides new samples: support vectors, a coefficient for each in each machine, and what the values say of classes.
//!
//! It comes from training or from the numbers of a file; it knows nothing of how it was found.

use super::{Scheme, problems};
use crate::kernel::{Kernel, Parameters, squared_norms};
use crate::matmul::{Matrix, product_bias};

/// Rows whose kernel values stand in memory at once.
const BLOCK: usize = 64;

/// A model; f_k(x) = Σ_s `coefficients`_ks K(`vectors`_s, x) + `biases`_k for machine k.
#[derive(Clone, Debug)]
pub struct Model {
    /// K
    pub kernel: &'static Kernel,
    /// What K reads; γ is a number here.
    pub parameters: Parameters,
    /// Columns of x.
    pub n_features: usize,
    /// Classes, some of which may have no machine.
    pub n_classes: usize,
    /// The positive and the negative class of each machine; `None`: all others.
    pub sides: Vec<(usize, Option<usize>)>,
    /// `[n_support, n_features]`
    pub vectors: Vec<f64>,
    /// `[n_machines, n_support]`
    pub coefficients: Vec<f64>,
    /// `[n_machines]`
    pub biases: Vec<f64>,
    squares: Vec<f64>,
}

/// What one machine gives to a model.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// Its positive and its negative class; `None`: all others.
    pub sides: (usize, Option<usize>),
    /// Its training rows.
    pub rows: &'a [usize],
    /// The coefficient of each of them.
    pub beta: &'a [f64],
    /// Its bias.
    pub bias: f64,
}

impl Model {
    /// From the numbers of a file; the error says what does not fit.
    #[expect(clippy::too_many_arguments, reason = "the public fields, in their order")]
    pub fn new(
        kernel: &'static Kernel,
        parameters: Parameters,
        n_features: usize,
        n_classes: usize,
        sides: Vec<(usize, Option<usize>)>,
        vectors: Vec<f64>,
        coefficients: Vec<f64>,
        biases: Vec<f64>,
    ) -> Result<Model, String> {
        check_parameters(&parameters)?;
        check_sides(&sides, n_classes)?;
        if n_features == 0 || !vectors.len().is_multiple_of(n_features) {
            return Err(format!("{} numbers are not rows of {n_features} features", vectors.len()));
        }
        let (n_support, n_machines) = (vectors.len() / n_features, sides.len());
        if n_support.checked_mul(n_machines) != Some(coefficients.len()) {
            let found = coefficients.len();
            return Err(format!("{found} coefficients are not {n_machines} machines times {n_support} support vectors"));
        }
        if biases.len() != n_machines {
            return Err(format!("{} biases are not {n_machines} machines", biases.len()));
        }
        for (what, values) in [("a support vector", &vectors), ("a coefficient", &coefficients), ("a bias", &biases)] {
            if values.iter().any(|v| !v.is_finite()) {
                return Err(format!("{what} is not a finite number"));
            }
        }
        let squares = squared_norms(&vectors, n_features);
        Ok(Model { kernel, parameters, n_features, n_classes, sides, vectors, coefficients, biases, squares })
    }

    /// The rows of x `[n, n_features]` with a non-zero coefficient in any part, ascending, and the model that they make.
    pub fn assemble(
        kernel: &'static Kernel,
        parameters: Parameters,
        x: &[f64],
        n_features: usize,
        n_classes: usize,
        parts: &[Part<'_>],
    ) -> (Vec<usize>, Model) {
        let mut place = vec![None; x.len() / n_features];
        for part in parts {
            for (&i, _) in part.rows.iter().zip(part.beta).filter(|(_, beta)| **beta != 0.0) {
                place[i] = Some(0);
            }
        }
        let support: Vec<usize> = (0..place.len()).filter(|&i| place[i].is_some()).collect();
        for (s, &i) in support.iter().enumerate() {
            place[i] = Some(s);
        }
        let mut coefficients = vec![0.0; parts.len() * support.len()];
        for (part, of_part) in parts.iter().zip(coefficients.chunks_exact_mut(support.len().max(1))) {
            for (&i, &beta) in part.rows.iter().zip(part.beta) {
                if let Some(s) = place[i] {
                    of_part[s] = beta;
                }
            }
        }
        let vectors: Vec<f64> = support.iter().flat_map(|&i| &x[i * n_features..(i + 1) * n_features]).copied().collect();
        let squares = squared_norms(&vectors, n_features);
        let sides = parts.iter().map(|part| part.sides).collect();
        let biases = parts.iter().map(|part| part.bias).collect();
        (support, Model { kernel, parameters, n_features, n_classes, sides, vectors, coefficients, biases, squares })
    }

    /// f of each machine for each row of x `[m, n_features]`: `[m, n_machines]`.
    pub fn decision(&self, x: &[f64]) -> Vec<f64> {
        let (n_support, n_machines) = (self.squares.len(), self.sides.len());
        let mut values = vec![0.0; x.len() / self.n_features * n_machines];
        let mut k = vec![0.0; BLOCK * n_support];
        for (rows, values) in x.chunks(BLOCK * self.n_features).zip(values.chunks_mut(BLOCK * n_machines)) {
            let m = rows.len() / self.n_features;
            let k = &mut k[..m * n_support];
            self.kernel.rows(k, &self.parameters, rows, &self.vectors, &self.squares, self.n_features);
            let coefficients = Matrix::new(&self.coefficients, n_machines, n_support);
            product_bias(values, &self.biases, Matrix::new(k, m, n_support), coefficients.t());
        }
        values
    }

    /// Scores per class of each row of `decision` values: `[m, n_classes]`.
    ///
    /// Of one against one they are numbers of votes, where f = 0 is one for the negative class; of one against the rest the
    /// values. A class without a machine gets 1 less than the least of the others, so that it is never chosen.
    pub fn scores(&self, decision: &[f64]) -> Vec<f64> {
        let mut takes_part = vec![false; self.n_classes];
        for &(positive, negative) in &self.sides {
            takes_part[positive] = true;
            negative.iter().for_each(|&b| takes_part[b] = true);
        }
        let mut scores = vec![0.0; decision.len() / self.sides.len() * self.n_classes];
        for (values, scores) in decision.chunks_exact(self.sides.len()).zip(scores.chunks_exact_mut(self.n_classes)) {
            for (&(positive, negative), &value) in self.sides.iter().zip(values) {
                match negative {
                    None => scores[positive] = value,
                    Some(negative) => scores[if value > 0.0 { positive } else { negative }] += 1.0,
                }
            }
            let least = (0..self.n_classes).filter(|&k| takes_part[k]).map(|k| scores[k]).fold(f64::INFINITY, f64::min);
            for (score, _) in scores.iter_mut().zip(&takes_part).filter(|(_, takes_part)| !**takes_part) {
                *score = least - 1.0;
            }
        }
        scores
    }

    /// The class of each row of `decision` values: the one with the largest score, of equals the first.
    pub fn classes(&self, decision: &[f64]) -> Vec<usize> {
        let first_of_largest = |scores: &[f64]| (0..scores.len()).rev().max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
        self.scores(decision).chunks_exact(self.n_classes).map(|row| first_of_largest(row).expect("a class")).collect()
    }

    /// Mean over the rows of Σ max(0, 1 − y f) over the machines that see the row's class, from `decision` values `[m, n_machines]`.
    pub fn hinge(&self, decision: &[f64], labels: &[usize]) -> f64 {
        let mut sum = 0.0;
        for (values, &label) in decision.chunks_exact(self.sides.len()).zip(labels) {
            for (&(positive, negative), &value) in self.sides.iter().zip(values) {
                if label == positive {
                    sum += (1.0 - value).max(0.0);
                } else if negative.is_none_or(|b| label == b) {
                    sum += (1.0 + value).max(0.0);
                }
            }
        }
        sum / labels.len() as f64
    }
}

fn check_parameters(p: &Parameters) -> Result<(), String> {
    let is_good = p.gamma > 0.0 && p.gamma.is_finite() && p.coef0.is_finite() && p.degree > 0;
    if is_good { Ok(()) } else { Err(format!("gamma {}, degree {} or coef0 {} is out of range", p.gamma, p.degree, p.coef0)) }
}

fn check_sides(sides: &[(usize, Option<usize>)], n_classes: usize) -> Result<(), String> {
    let classes = sides.iter().flat_map(|&(positive, negative)| std::iter::once(positive).chain(negative));
    if let Some(class) = classes.clone().find(|&class| class >= n_classes) {
        return Err(format!("a machine is for class {class} of {n_classes}"));
    }
    let mut present: Vec<usize> = classes.collect();
    present.sort_unstable();
    present.dedup();
    let fits = |scheme| problems(scheme, &present) == sides;
    if present.len() < 2 || !(fits(Scheme::OneVersusOne) || fits(Scheme::OneVersusRest)) {
        return Err("the machines are neither the pairs of classes in order nor each class against the rest".to_owned());
    }
    Ok(())
}
