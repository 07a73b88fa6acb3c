//! The activation functions, one row each: value, slope and graph version on adjacent lines.
//!
//! Everything that depends on an activation (its loops in both precisions, its tests, names in files, the catalogue)
//! derives from its row. Absent: softmax, which belongs to the loss ([`crate::loss`]).

use crate::graph::Var;
use crate::real::{Family, Real};

/// An activation function a = φ(z; p), applied to each unit alone.
pub struct Activation {
    /// Name in experiment files.
    pub name: &'static str,
    /// φ as a formula.
    pub formula: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// Where its slope jumps, in ascending order.
    pub kinks: &'static [f64],
    /// Name of the initialisation that suits it ([`crate::init::INITS`]).
    pub init: &'static str,
    /// The setting that is its parameter p (`"leak"`), if it has one.
    pub parameter: Option<&'static str>,
    /// Loops in single precision.
    pub single: Kernel<f32>,
    /// Loops in double precision.
    pub double: Kernel<f64>,
    /// The same function on a scalar graph.
    pub graph: for<'g> fn(Var<'g>, f64) -> Var<'g>,
}

/// Loops over units; all slices have the same length; the last argument is the parameter p.
#[derive(Clone, Copy)]
pub struct Kernel<T> {
    /// `(z, a, p)`: a = φ(z).
    pub value: fn(&[T], &mut [T], T),
    /// `(z, a, da, dz, p)`: dz = da·φ'(z), with a = φ(z) from the forward pass.
    pub backward: Backward<T>,
}

/// `(z, a, da, dz, p)`
pub type Backward<T> = fn(&[T], &[T], &[T], &mut [T], T);

struct Kernels;

impl Family for Kernels {
    type Of<T: Real> = Kernel<T>;
}

impl Activation {
    /// The loops for `T`.
    pub fn kernel<T: Real>(&self) -> Kernel<T> {
        T::choose::<Kernels>(self.single, self.double)
    }
}

/// The row named `name`.
pub fn find(name: &str) -> Option<&'static Activation> {
    ACTIVATIONS.iter().find(|row| row.name == name)
}

/// Writes a row: `value` and `slope` are expressions generic over [`Real`]; `slope` may use the value `a` as well as `z`.
macro_rules! activation {
    ($(#[$expect:meta])* name: $name:literal, formula: $formula:literal, source: $source:literal, kinks: $kinks:expr, init: $init:literal, parameter: $parameter:expr,
     value: |$z:ident, $p:ident| $value:expr, slope: |$sz:ident, $sa:ident, $sp:ident| $slope:expr, graph: $graph:expr $(,)?) => {{
        fn value<T: $crate::real::Real>(z: &[T], a: &mut [T], $p: T) {
            for (a, &$z) in a.iter_mut().zip(z) {
                *a = $value;
            }
        }
        fn backward<T: $crate::real::Real>(z: &[T], a: &[T], da: &[T], dz: &mut [T], $sp: T) {
            for (((dz, &da), &$sz), &$sa) in dz.iter_mut().zip(da).zip(z).zip(a) {
                let slope: T = $slope;
                *dz = da * slope;
            }
        }
        $crate::activation::Activation {
            name: $name,
            formula: $formula,
            source: $source,
            kinks: $kinks,
            init: $init,
            parameter: $parameter,
            single: $crate::activation::Kernel { value: value::<f32>, backward: backward::<f32> },
            double: $crate::activation::Kernel { value: value::<f64>, backward: backward::<f64> },
            graph: $graph,
        }
    }};
}

#[inline(always)]
fn zero<T: Real>() -> T {
    <T as num_traits::Zero>::zero()
}

#[inline(always)]
fn one<T: Real>() -> T {
    <T as num_traits::One>::one()
}

/// Every activation.
pub static ACTIVATIONS: &[Activation] = &[
    activation! {
        name: "identity",
        formula: "φ(z) = z",
        source: "definition",
        kinks: &[],
        init: "xavier",
        parameter: None,
        value: |z, _p| z,
        slope: |_z, _a, _p| one(),
        graph: |z, _| z,
    },
    activation! {
        name: "sigmoid",
        formula: "φ(z) = 1 / (1 + e^−z), φ' = a(1 − a)",
        source: "Verhulst 1838",
        kinks: &[],
        init: "xavier",
        parameter: None,
        value: |z, _p| (one::<T>() + (-z).fast_exp()).recip(),
        slope: |_z, a, _p| a * (one::<T>() - a),
        graph: |z, _| 1.0 / (1.0 + (-z).exp()),
    },
    activation! {
        name: "tanh",
        formula: "φ(z) = tanh z, φ' = 1 − a²",
        source: "LeCun et al. 1998, Efficient BackProp",
        kinks: &[],
        init: "xavier",
        parameter: None,
        value: |z, _p| z.fast_tanh(),
        slope: |_z, a, _p| (one::<T>() - a) * (one::<T>() + a),
        graph: |z, _| z.tanh(),
    },
    activation! {
        // Written so that a NaN stays one and shows in the loss.
        name: "relu",
        formula: "φ(z) = max(0, z), φ'(0) = 0",
        source: "Nair and Hinton 2010; slope at 0 as PyTorch",
        kinks: &[0.0],
        init: "he",
        parameter: None,
        value: |z, _p| if z < zero() { zero() } else { z },
        slope: |z, _a, _p| if z > zero() { one::<T>() } else { zero() },
        graph: |z, _| z.select_positive(z, z * 0.0),
    },
    activation! {
        name: "leaky-relu",
        formula: "φ(z) = z where z > 0, else leak·z; φ'(0) = leak",
        source: "Maas et al. 2013; slope at 0 as PyTorch",
        kinks: &[0.0],
        init: "he",
        parameter: Some("leak"),
        value: |z, leak| if z > zero() { z } else { leak * z },
        slope: |z, _a, leak| if z > zero() { one() } else { leak },
        graph: |z, leak| z.select_positive(z, z * leak),
    },
];
