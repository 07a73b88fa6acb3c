//! The penalties on weights, one row each. All of them are P = a·Σ|w| + (b/2)·Σw²; a row says what a and b are.
//!
//! The data loss is reported without its penalty; the gradient has both. Biases, and the scales and shifts of normalising
//! layers, are left out unless [`Penalised::All`] asks for them.

use crate::graph::Var;
use crate::layer::Role;
use crate::network::Block;
use crate::real::Real;

/// A penalty P(w; λ) added to the mean data loss.
pub struct Penalty {
    /// Name in experiment files.
    pub name: &'static str,
    /// P as a formula.
    pub formula: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// What one plain step with learning rate η multiplies a weight with, before the data gradient.
    pub shrink: &'static str,
    /// The C of a soft margin, ½Σw² + CΣε over n samples, that means the same; empty where none does.
    pub soft_margin: &'static str,
    /// The λ that means the same as that soft margin: `(C, n)`; `None` where none does. The formula of C is its own inverse.
    pub of_soft_margin: Option<fn(f64, usize) -> f64>,
    /// Its two coefficients.
    pub coefficients: fn(&Strength) -> Coefficients,
}

/// What a penalty's coefficients are made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Strength {
    /// λ ≥ 0.
    pub lambda: f64,
    /// The share of the absolute values in `elastic-net`, 0 to 1.
    pub l1_ratio: f64,
    /// Training samples n ≥ 1.
    pub n_train: usize,
}

/// P = l1·Σ|w| + (l2/2)·Σw².
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Coefficients {
    /// a ≥ 0.
    pub l1: f64,
    /// b ≥ 0.
    pub l2: f64,
}

/// The row named `name`.
pub fn find(name: &str) -> Option<&'static Penalty> {
    PENALTIES.iter().find(|row| row.name == name)
}

/// Every penalty.
pub static PENALTIES: &[Penalty] = &[
    Penalty {
        name: "l2",
        formula: "(λ/2)·Σw², gradient λw",
        source: "Hoerl and Kennard 1970; Krogh and Hertz 1991 (weight decay)",
        shrink: "1 − ηλ",
        soft_margin: "1/(nλ)",
        of_soft_margin: Some(|c, n| 1.0 / (n as f64 * c)),
        coefficients: |s| Coefficients { l1: 0.0, l2: s.lambda },
    },
    Penalty {
        name: "l2-sum",
        formula: "λ·Σw², gradient 2λw",
        source: "the source text's R(W); CS231n",
        shrink: "1 − 2ηλ",
        soft_margin: "1/(2nλ)",
        of_soft_margin: Some(|c, n| 1.0 / (2.0 * n as f64 * c)),
        coefficients: |s| Coefficients { l1: 0.0, l2: 2.0 * s.lambda },
    },
    Penalty {
        name: "l2-mean",
        formula: "(λ/2n)·Σw², gradient λw/n, n training samples",
        source: "Nielsen 2015, Neural Networks and Deep Learning, chapter 3; the source text's weight decay; alpha of scikit-learn's MLPClassifier",
        shrink: "1 − ηλ/n",
        soft_margin: "1/λ",
        of_soft_margin: Some(|c, _| 1.0 / c),
        coefficients: |s| Coefficients { l1: 0.0, l2: s.lambda / s.n_train as f64 },
    },
    Penalty {
        name: "l1",
        formula: "λ·Σ|w|, gradient λ·sign w, 0 at 0",
        source: "Tibshirani 1996",
        shrink: "",
        soft_margin: "",
        of_soft_margin: None,
        coefficients: |s| Coefficients { l1: s.lambda, l2: 0.0 },
    },
    Penalty {
        name: "elastic-net",
        formula: "λ·(ρ·Σ|w| + (1 − ρ)/2·Σw²), ρ = l1-ratio",
        source: "Zou and Hastie 2005, in the form of scikit-learn",
        shrink: "",
        soft_margin: "",
        of_soft_margin: None,
        coefficients: |s| Coefficients { l1: s.lambda * s.l1_ratio, l2: s.lambda * (1.0 - s.l1_ratio) },
    },
];

/// Which parameters are penalised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Penalised {
    /// Weights of dense layers.
    #[default]
    Weights,
    /// Every parameter that is trained.
    All,
}

/// A penalty as it is applied.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PenaltyTerm {
    /// How strong.
    pub coefficients: Coefficients,
    /// On what.
    pub on: Penalised,
}

impl PenaltyTerm {
    /// No penalty.
    pub const NONE: PenaltyTerm = PenaltyTerm { coefficients: Coefficients { l1: 0.0, l2: 0.0 }, on: Penalised::Weights };

    /// Whether a block is penalised.
    pub fn covers(&self, block: &Block) -> bool {
        self.coefficients != Coefficients::default() && !block.is_frozen && (self.on == Penalised::All || block.role == Role::Weight)
    }

    /// What the gradient of weights w may start from, times w: all of the penalty where it has no absolute values, else 0.
    pub fn decay(&self) -> f64 {
        if self.coefficients.l1 == 0.0 { self.coefficients.l2 } else { 0.0 }
    }

    /// Whether [`PenaltyTerm::decay`] is all that is to be done for a block.
    pub fn is_decay(&self, block: &Block) -> bool {
        block.role == Role::Weight && self.coefficients.l1 == 0.0
    }

    /// P of one block's values, summed in `f64`.
    pub fn value<T: Real>(&self, values: &[T]) -> f64 {
        let Coefficients { l1, l2 } = self.coefficients;
        values.iter().map(|w| (*w).to_f64()).map(|w| l1 * w.abs() + 0.5 * l2 * w * w).sum()
    }

    /// grad += ∂P/∂w over one block.
    pub fn add_gradient<T: Real>(&self, values: &[T], grad: &mut [T]) {
        let (l1, l2) = (T::from_f64(self.coefficients.l1), T::from_f64(self.coefficients.l2));
        for (g, &w) in grad.iter_mut().zip(values) {
            let sign = if w == T::default() { T::default() } else { l1.copysign(w) };
            *g += l2.mul_add(w, sign);
        }
    }

    /// The share of one weight, on a scalar graph.
    pub fn graph<'g>(&self, w: Var<'g>) -> Var<'g> {
        w.abs() * self.coefficients.l1 + w * w * (0.5 * self.coefficients.l2)
    }

    /// The signed distance of a weight from the place where the slope jumps, if it does.
    pub fn edge(&self, w: f64) -> Option<f64> {
        (self.coefficients.l1 != 0.0).then_some(w)
    }
}
