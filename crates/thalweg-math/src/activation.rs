//! The activation functions, one row each: value, slope and graph version on adjacent lines.
//!
//! Everything that depends on an activation (its loops in both precisions, its tests, names in files, the catalogue)
//! derives from its row. Absent: softmax, which is an output head ([`crate::head`]).

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
    /// Where its slope or its curvature jumps, in ascending order.
    pub kinks: &'static [f64],
    /// Name of the initialisation that suits it ([`crate::init::INITS`]).
    pub init: &'static str,
    /// The setting that is its parameter p (`"leak"`), if it has one.
    pub parameter: Option<&'static str>,
    /// Its largest slope, for p ≤ 1. A unit is called saturated where its slope is below 1 % of this.
    pub steepest: f64,
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
    /// For a function whose value and slope cost less together than apart: a training pass then keeps the slope.
    pub both: Option<Both<T>>,
}

/// `(z, a, slope, p)`: a = φ(z) and slope = φ'(z).
pub type Both<T> = fn(&[T], &mut [T], &mut [T], T);

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
/// Or `both` is an expression for the pair of them.
macro_rules! activation {
    ($($field:ident: $known:expr),+; value: |$z:ident, $p:ident| $value:expr, slope: |$sz:ident, $sa:ident, $sp:ident| $slope:expr $(,)?) => {{
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
            $($field: $known,)+
            single: $crate::activation::Kernel { value: value::<f32>, backward: backward::<f32>, both: None },
            double: $crate::activation::Kernel { value: value::<f64>, backward: backward::<f64>, both: None },
        }
    }};
    ($($field:ident: $known:expr),+; both: |$z:ident, $p:ident| $both:expr $(,)?) => {{
        // What a caller does not use of the pair is not computed.
        #[inline(always)]
        fn pair<T: $crate::real::Real>($z: T, $p: T) -> (T, T) {
            $both
        }
        fn value<T: $crate::real::Real>(z: &[T], a: &mut [T], p: T) {
            for (a, &z) in a.iter_mut().zip(z) {
                *a = pair(z, p).0;
            }
        }
        fn backward<T: $crate::real::Real>(z: &[T], _: &[T], da: &[T], dz: &mut [T], p: T) {
            for ((dz, &da), &z) in dz.iter_mut().zip(da).zip(z) {
                *dz = da * pair(z, p).1;
            }
        }
        fn both<T: $crate::real::Real>(z: &[T], a: &mut [T], slope: &mut [T], p: T) {
            for ((a, slope), &z) in a.iter_mut().zip(slope).zip(z) {
                (*a, *slope) = pair(z, p);
            }
        }
        $crate::activation::Activation {
            $($field: $known,)+
            single: $crate::activation::Kernel { value: value::<f32>, backward: backward::<f32>, both: Some(both::<f32>) },
            double: $crate::activation::Kernel { value: value::<f64>, backward: backward::<f64>, both: Some(both::<f64>) },
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

#[inline(always)]
fn c<T: Real>(constant: f64) -> T {
    T::from_f64(constant)
}

/// σ(z) = 1 / (1 + e^−z)
#[inline(always)]
fn logistic<T: Real>(z: T) -> T {
    (one::<T>() + (-z).fast_exp()).recip()
}

/// √½
const SQRT_HALF: f64 = std::f64::consts::FRAC_1_SQRT_2;
/// 1/√(2π): the normal density at 0.
const NORMAL_AT_0: f64 = 0.398_942_280_401_432_7;
/// √(2/π) and the cubic's coefficient of GELU's tanh form.
const GELU_SLOPE: f64 = 0.797_884_560_802_865_4;
const GELU_CUBIC: f64 = 0.044_715;

/// Every activation.
pub static ACTIVATIONS: &[Activation] = &[
    activation! {
        name: "identity",
        formula: "φ(z) = z",
        source: "definition",
        kinks: &[],
        init: "xavier",
        parameter: None,
        steepest: 1.0,
        graph: |z, _| z;
        value: |z, _p| z,
        slope: |_z, _a, _p| one(),
    },
    activation! {
        // A NaN stays one and shows in the loss.
        name: "step",
        formula: "φ(z) = 1 where z ≥ 0, else 0; φ' = 0 everywhere: nothing below it learns",
        source: "McCulloch and Pitts 1943; Rosenblatt 1958",
        kinks: &[0.0],
        init: "xavier",
        parameter: None,
        steepest: 0.0,
        graph: |z, _| z.constant(if z.value() >= 0.0 { 1.0 } else { 0.0 });
        value: |z, _p| if z >= zero() { one() } else if z < zero() { zero() } else { z },
        slope: |_z, _a, _p| zero(),
    },
    activation! {
        name: "sigmoid",
        formula: "φ(z) = 1 / (1 + e^−z), φ' = a(1 − a)",
        source: "Verhulst 1838",
        kinks: &[],
        init: "xavier",
        parameter: None,
        steepest: 0.25,
        graph: |z, _| 1.0 / (1.0 + (-z).exp());
        value: |z, _p| logistic(z),
        slope: |_z, a, _p| a * (one::<T>() - a),
    },
    activation! {
        name: "tanh",
        formula: "φ(z) = tanh z, φ' = 1 − a²",
        source: "LeCun et al. 1998, Efficient BackProp",
        kinks: &[],
        init: "xavier",
        parameter: None,
        steepest: 1.0,
        graph: |z, _| z.tanh();
        value: |z, _p| z.fast_tanh(),
        slope: |_z, a, _p| (one::<T>() - a) * (one::<T>() + a),
    },
    activation! {
        // Written so that a NaN stays one and shows in the loss.
        name: "relu",
        formula: "φ(z) = max(0, z), φ'(0) = 0",
        source: "Nair and Hinton 2010; slope at 0 as PyTorch",
        kinks: &[0.0],
        init: "he",
        parameter: None,
        steepest: 1.0,
        graph: |z, _| z.select_positive(z, z * 0.0);
        value: |z, _p| if z < zero() { zero() } else { z },
        slope: |z, _a, _p| if z > zero() { one::<T>() } else { zero() },
    },
    activation! {
        name: "leaky-relu",
        formula: "φ(z) = z where z > 0, else leak·z; φ'(0) = leak",
        source: "Maas et al. 2013; slope at 0 as PyTorch",
        kinks: &[0.0],
        init: "he",
        parameter: Some("leak"),
        steepest: 1.0,
        graph: |z, leak| z.select_positive(z, z * leak);
        value: |z, leak| if z > zero() { z } else { leak * z },
        slope: |z, _a, leak| if z > zero() { one() } else { leak },
    },
    activation! {
        // e^z − 1 loses all digits near 0, hence its own function.
        name: "elu",
        formula: "φ(z) = z where z > 0, else alpha·(e^z − 1), which tends to −alpha; φ'(0) = alpha",
        source: "Clevert, Unterthiner and Hochreiter 2016; slope at 0 as PyTorch",
        kinks: &[0.0],
        init: "he",
        parameter: Some("alpha"),
        steepest: 1.0,
        graph: |z, alpha| z.select_positive(z, (z.exp() + -1.0) * alpha);
        value: |z, alpha| if z > zero() { z } else { alpha * z.fast_exp_m1() },
        slope: |z, _a, alpha| if z > zero() { one() } else { alpha * z.fast_exp() },
    },
    activation! {
        // ln(1 + e^z), shifted so that nothing overflows and small values keep their digits.
        name: "softplus",
        formula: "φ(z) = ln(1 + e^z), φ' = 1 / (1 + e^−z)",
        source: "Dugas et al. 2001",
        kinks: &[],
        init: "he",
        parameter: None,
        steepest: 1.0,
        graph: |z, _| z.softplus();
        both: |z, _p| {
            // e^−|z| serves both: σ(z) is 1/(1 + e^−|z|), or one minus it.
            let tail = (-z.abs()).fast_exp();
            let near = (one::<T>() + tail).recip();
            let above = if z > zero() { z } else { zero() };
            (above + tail.fast_ln_1p(), if z > zero() { near } else { tail * near })
        },
    },
    activation! {
        name: "silu",
        formula: "φ(z) = z·σ(z) with σ(z) = 1 / (1 + e^−z), φ' = σ + z·σ(1 − σ)",
        source: "Elfwing, Uchibe and Doya 2018; swish of Ramachandran et al. 2017",
        kinks: &[],
        init: "he",
        parameter: None,
        steepest: 1.1,
        graph: |z, _| z / (1.0 + (-z).exp());
        both: |z, _p| {
            let s = logistic(z);
            (z * s, s * (one::<T>() + z * (one::<T>() - s)))
        },
    },
    activation! {
        name: "gelu",
        formula: "φ(z) = z·Φ(z), Φ(z) = erfc(−z/√2)/2 the normal distribution; φ' = Φ + z·e^(−z²/2)/√(2π)",
        source: "Hendrycks and Gimpel 2016; exact form, PyTorch's default",
        kinks: &[],
        init: "he",
        parameter: None,
        steepest: 1.13,
        graph: |z, _| z * ((z * SQRT_HALF).erf() + 1.0) * 0.5;
        both: |z, _p| {
            let (twice, bell) = (z * c(-SQRT_HALF)).fast_erfc_and_bell();
            let distribution = c::<T>(0.5) * twice;
            (z * distribution, (z * c(NORMAL_AT_0)).mul_add(bell, distribution))
        },
    },
    activation! {
        name: "gelu-tanh",
        formula: "φ(z) = z·(1 + tanh u)/2, u = √(2/π)·(z + 0.044715 z³)",
        source: "Hendrycks and Gimpel 2016; tanh form, as in GPT-2 and torch.nn.GELU(approximate=\"tanh\")",
        kinks: &[],
        init: "he",
        parameter: None,
        steepest: 1.13,
        graph: |z, _| {
            let u = (z + z * z * z * GELU_CUBIC) * GELU_SLOPE;
            z * (u.tanh() + 1.0) * 0.5
        };
        both: |z, _p| {
            // (1 + tanh u)/2 = σ(2u), which keeps its digits where it is small.
            let cubic = c::<T>(GELU_CUBIC) * z * z;
            let twice_u = c::<T>(2.0 * GELU_SLOPE) * z * (cubic + one());
            let twice_du = c::<T>(2.0 * GELU_SLOPE) * (c::<T>(3.0) * cubic + one());
            let s = logistic(twice_u);
            (z * s, s * (one::<T>() + z * (one::<T>() - s) * twice_du))
        },
    },
];
