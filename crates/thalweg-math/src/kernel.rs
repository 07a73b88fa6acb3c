//! Kernels K(x, y) of a support vector machine, one row each.
//!
//! A kernel is made from inner products and squared norms, so that the expensive part is a matrix product of the crate's.
//! Absent: precomputed kernels and kernels on anything but vectors.

use std::fmt;

use crate::matmul::{Matrix, Onto, product};
use crate::real::Real;

/// What kernels read; each reads a part of it ([`Kernel::reads`]).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameters {
    /// γ > 0
    pub gamma: f64,
    /// d ≥ 1
    pub degree: u32,
    /// c₀
    pub coef0: f64,
}

/// How γ is given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gamma {
    /// 1/(n_features · Var(X)), the variance over all entries of X; 1 where X is constant. As scikit-learn's `gamma="scale"`.
    Scale,
    /// A number > 0.
    Value(f64),
}

impl Gamma {
    /// γ for x `[n, n_features]`.
    pub fn of(self, x: &[f64], n_features: usize) -> f64 {
        match self {
            Gamma::Value(gamma) => gamma,
            Gamma::Scale => {
                let n = x.len() as f64;
                let mean = x.iter().sum::<f64>() / n;
                let variance = x.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
                if variance > 0.0 { 1.0 / (n_features as f64 * variance) } else { 1.0 }
            }
        }
    }
}

/// A kernel.
pub struct Kernel {
    /// Name in experiment files.
    pub name: &'static str,
    /// K as a formula.
    pub formula: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// The settings that it reads, among `gamma`, `degree` and `coef0`.
    pub reads: &'static [&'static str],
    /// Whether every Gram matrix is positive semidefinite, given γ > 0 and c₀ ≥ 0.
    pub is_positive: bool,
    /// `(row, p, ‖x‖², ‖y_j‖²)`: the row holds x·y_j and then K(x, y_j).
    pub fill: fn(&mut [f64], &Parameters, f64, &[f64]),
}

impl fmt::Debug for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kernel({})", self.name)
    }
}

const LIBSVM: &str = "Chang & Lin 2011, LIBSVM: a library for support vector machines";

/// All kernels.
pub static KERNELS: &[Kernel] = &[
    Kernel { name: "linear", formula: "x·y", source: LIBSVM, reads: &[], is_positive: true, fill: |_, _, _, _| {} },
    Kernel {
        name: "polynomial",
        formula: "(γ x·y + c₀)^d",
        source: LIBSVM,
        reads: &["gamma", "degree", "coef0"],
        is_positive: true,
        fill: |row, p, _, _| {
            let degree = p.degree.min(i32::MAX as u32) as i32;
            row.iter_mut().for_each(|k| *k = (p.gamma * *k + p.coef0).powi(degree));
        },
    },
    Kernel {
        name: "rbf",
        formula: "exp(−γ ‖x − y‖²)",
        source: LIBSVM,
        reads: &["gamma"],
        is_positive: true,
        fill: |row, p, square, squares| {
            for (k, &other) in row.iter_mut().zip(squares) {
                *k = (-p.gamma * (square + other - 2.0 * *k).max(0.0)).fast_exp();
            }
        },
    },
    Kernel {
        name: "sigmoid",
        formula: "tanh(γ x·y + c₀)",
        source: LIBSVM,
        reads: &["gamma", "coef0"],
        is_positive: false,
        fill: |row, p, _, _| row.iter_mut().for_each(|k| *k = (p.gamma * *k + p.coef0).fast_tanh()),
    },
];

/// The kernel of that name.
pub fn named(name: &str) -> Option<&'static Kernel> {
    KERNELS.iter().find(|k| k.name == name)
}

/// ‖x_i‖² for each row of x `[n, n_features]`.
pub fn squared_norms(x: &[f64], n_features: usize) -> Vec<f64> {
    x.chunks_exact(n_features).map(|row| row.iter().map(|v| v * v).sum()).collect()
}

impl Kernel {
    /// K(x, x), given ‖x‖².
    pub fn of_itself(&self, p: &Parameters, square: f64) -> f64 {
        let mut k = [square];
        (self.fill)(&mut k, p, square, &[square]);
        k[0]
    }

    /// K(x_i, y_j) into k `[m, n]`; x `[m, n_features]`, y `[n, n_features]`, `squares` = ‖y_j‖².
    pub fn rows(&self, k: &mut [f64], p: &Parameters, x: &[f64], y: &[f64], squares: &[f64], n_features: usize) {
        let (m, n) = (x.len() / n_features, squares.len());
        if m == 0 || n == 0 {
            return;
        }
        product(k, Onto::Replace, Matrix::new(x, m, n_features), Matrix::new(y, n, n_features).t());
        for (row, square) in k.chunks_exact_mut(n).zip(squared_norms(x, n_features)) {
            (self.fill)(row, p, square, squares);
        }
    }
}

/// φ(x) with φ(x)·φ(y) = (γ x·y + c₀)², for γ > 0 and c₀ ≥ 0: γx_i², √2 γ x_i x_j (i < j), √(2γc₀) x_i, c₀.
pub fn degree_two_map(x: &[f64], gamma: f64, coef0: f64) -> Vec<f64> {
    let mut phi: Vec<f64> = x.iter().map(|v| gamma * v * v).collect();
    for (i, a) in x.iter().enumerate() {
        phi.extend(x[i + 1..].iter().map(|b| std::f64::consts::SQRT_2 * gamma * a * b));
    }
    phi.extend(x.iter().map(|v| (2.0 * gamma * coef0).sqrt() * v));
    phi.push(coef0);
    phi
}
