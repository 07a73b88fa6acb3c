//! The penalties on weights, one row each. Biases are never penalised.
//!
//! The data loss is reported without its penalty; the gradient has both.

use crate::graph::Var;
use crate::real::{Family, Real};

/// A penalty P(w; λ) added to the mean data loss.
pub struct Penalty {
    /// Name in experiment files.
    pub name: &'static str,
    /// P as a formula.
    pub formula: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// Values of a weight where the slope jumps, in ascending order.
    pub kinks: &'static [f64],
    /// Loops in single precision.
    pub single: Kernel<f32>,
    /// Loops in double precision.
    pub double: Kernel<f64>,
    /// The share of one weight, on a scalar graph.
    pub graph: for<'g> fn(Var<'g>, f64) -> Var<'g>,
}

/// Loops over the weights of one block; the last argument is λ ≥ 0.
#[derive(Clone, Copy)]
pub struct Kernel<T> {
    /// P of the block.
    pub value: fn(&[T], T) -> f64,
    /// `(w, grad, λ)`: grad += ∂P/∂w.
    pub add_gradient: fn(&[T], &mut [T], T),
}

struct Kernels;

impl Family for Kernels {
    type Of<T: Real> = Kernel<T>;
}

impl Penalty {
    /// The loops for `T`.
    pub fn kernel<T: Real>(&self) -> Kernel<T> {
        T::choose::<Kernels>(self.single, self.double)
    }
}

/// The row named `name`.
pub fn find(name: &str) -> Option<&'static Penalty> {
    PENALTIES.iter().find(|row| row.name == name)
}

/// Writes a row: `value` and `slope` are expressions of one weight, generic over [`Real`].
macro_rules! penalty {
    (name: $name:literal, formula: $formula:literal, source: $source:literal, kinks: $kinks:expr,
     value: |$w:ident, $l:ident| $value:expr, slope: |$sw:ident, $sl:ident| $slope:expr, graph: $graph:expr $(,)?) => {{
        fn value<T: $crate::real::Real>(weights: &[T], $l: T) -> f64 {
            weights.iter().map(|&$w| ($value).to_f64()).sum()
        }
        fn add_gradient<T: $crate::real::Real>(weights: &[T], grad: &mut [T], $sl: T) {
            for (g, &$sw) in grad.iter_mut().zip(weights) {
                *g += $slope;
            }
        }
        $crate::penalty::Penalty {
            name: $name,
            formula: $formula,
            source: $source,
            kinks: $kinks,
            single: $crate::penalty::Kernel { value: value::<f32>, add_gradient: add_gradient::<f32> },
            double: $crate::penalty::Kernel { value: value::<f64>, add_gradient: add_gradient::<f64> },
            graph: $graph,
        }
    }};
}

/// Every penalty.
pub static PENALTIES: &[Penalty] = &[penalty! {
    name: "l2",
    formula: "(λ/2)·Σw², gradient λw",
    source: "Hoerl and Kennard 1970; Krogh and Hertz 1991 (weight decay)",
    kinks: &[],
    value: |w, lambda| T::from_f64(0.5) * lambda * w * w,
    slope: |w, lambda| lambda * w,
    graph: |w, lambda| w * w * (0.5 * lambda),
}];
