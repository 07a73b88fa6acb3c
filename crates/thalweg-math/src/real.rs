//! The floating-point types that training runs in: `f32` and `f64`, and what a formula may ask of them.
//!
//! A row of a table is written once, generic over [`Real`], and instantiated for both types. Absent: half precision,
//! complex numbers, and any type of which a user could make more.

use std::fmt::{Debug, Display};
use std::iter::Sum;

use num_traits::{Float, NumAssign};

use crate::elementary;
use crate::matmul::Multiply;

/// `f32` or `f64`.
///
/// `fast_exp` and its kin are this crate's own ([`elementary`]): without branches, so that loops vectorise (all but
/// `fast_erfc` for `f64`), and with the same bits on every platform. `Float::exp` and its kin call the C library; no row
/// uses them.
pub trait Real: Float + NumAssign + Multiply + Sum + Default + Debug + Display + Send + Sync + 'static {
    /// The type's name: `"f32"` or `"f64"`.
    const NAME: &'static str;

    /// The nearest value of this type.
    fn from_f64(v: f64) -> Self;

    /// The same value as `f64` (exact).
    ///
    /// Taken by value: on a `&T`, method lookup finds `num_traits::ToPrimitive::to_f64` (an `Option`) first, so write `(*v).to_f64()`.
    fn to_f64(self) -> f64;

    /// e^self, within 2 ulp.
    fn fast_exp(self) -> Self;

    /// e^self − 1, within 2 ulp, also of a small result.
    fn fast_exp_m1(self) -> Self;

    /// ln self, within 2 ulp; −∞ at 0, NaN below.
    fn fast_ln(self) -> Self;

    /// ln(1 + self), within 2 ulp, also of a small result; −∞ at −1, NaN below.
    fn fast_ln_1p(self) -> Self;

    /// tanh self, within 2 ulp.
    fn fast_tanh(self) -> Self;

    /// erfc self = 1 − erf self, in [0, 2], also of a small result: within 2 ulp for `f32`, 3 ulp for `f64` (the `libm` crate's).
    fn fast_erfc(self) -> Self;

    /// erfc self, and e^(−self²) within 4 ulp, which it is made of.
    fn fast_erfc_and_bell(self) -> (Self, Self);

    /// The member of a pair that belongs to this type.
    fn choose<F: Family>(single: F::Of<f32>, double: F::Of<f64>) -> F::Of<Self>;
}

/// Something that exists once for each [`Real`] type: for example a kernel as a function pointer.
pub trait Family {
    /// The member for `T`.
    type Of<T: Real>;
}

impl Real for f32 {
    const NAME: &'static str = "f32";

    #[inline(always)]
    fn from_f64(v: f64) -> f32 {
        v as f32
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }

    #[inline(always)]
    fn fast_exp(self) -> f32 {
        elementary::single::exp(self)
    }

    #[inline(always)]
    fn fast_exp_m1(self) -> f32 {
        elementary::single::exp_m1(self)
    }

    #[inline(always)]
    fn fast_ln(self) -> f32 {
        elementary::single::ln(self)
    }

    #[inline(always)]
    fn fast_ln_1p(self) -> f32 {
        elementary::single::ln_1p(self)
    }

    #[inline(always)]
    fn fast_tanh(self) -> f32 {
        elementary::single::tanh(self)
    }

    #[inline(always)]
    fn fast_erfc(self) -> f32 {
        elementary::single::erfc(self)
    }

    #[inline(always)]
    fn fast_erfc_and_bell(self) -> (f32, f32) {
        elementary::complementary::single_and_bell(self)
    }

    #[inline(always)]
    fn choose<F: Family>(single: F::Of<f32>, _: F::Of<f64>) -> F::Of<f32> {
        single
    }
}

impl Real for f64 {
    const NAME: &'static str = "f64";

    #[inline(always)]
    fn from_f64(v: f64) -> f64 {
        v
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }

    #[inline(always)]
    fn fast_exp(self) -> f64 {
        elementary::double::exp(self)
    }

    #[inline(always)]
    fn fast_exp_m1(self) -> f64 {
        elementary::double::exp_m1(self)
    }

    #[inline(always)]
    fn fast_ln(self) -> f64 {
        elementary::double::ln(self)
    }

    #[inline(always)]
    fn fast_ln_1p(self) -> f64 {
        elementary::double::ln_1p(self)
    }

    #[inline(always)]
    fn fast_tanh(self) -> f64 {
        elementary::double::tanh(self)
    }

    #[inline(always)]
    fn fast_erfc(self) -> f64 {
        elementary::double::erfc(self)
    }

    #[inline(always)]
    fn fast_erfc_and_bell(self) -> (f64, f64) {
        elementary::complementary::double_and_bell(self)
    }

    #[inline(always)]
    fn choose<F: Family>(_: F::Of<f32>, double: F::Of<f64>) -> F::Of<f64> {
        double
    }
}
