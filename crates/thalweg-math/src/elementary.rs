//! e^x, e^x − 1, ln x, ln(1 + x), tanh x and erfc x without branches or tables: loops over them vectorise, and the bits are
//! the same on every platform (fused multiply-adds, `mul_add`, are exactly rounded whether the CPU has them or not).
//! The exception is erfc in `f64`: the `libm` crate's, the same bits everywhere, but a call for each element.
//!
//! Accuracy: within 2 ulp of the exact value over the whole range, subnormal arguments and results included. For `f32`
//! every argument was tried (`tests/oracle/elementary.txt`); `f64` is tested against the C library and against 50 digits,
//! and erfc there is within 3 ulp.
//! The C library's `expf` was 40 % of a training step when called per element.
//!
//! Source: the usual argument reduction (W. J. Cody and W. Waite, Software Manual for the Elementary Functions, 1980);
//! ln as in fdlibm's `e_log.c`. Differs: plain Taylor coefficients with enough terms in the place of minimax ones.
//! Absent: directed rounding, errno, and anything that no formula of this crate needs.

pub(crate) mod complementary;

macro_rules! elementary {
    ($(#[$doc:meta])* $module:ident, $t:ident, $bits:ident, $int:ident, mantissa: $mantissa:literal, bias: $bias:literal,
     exp_terms: $exp_terms:literal, ln_terms: $ln_terms:literal, exp_low: $exp_low:literal, exp_high: $exp_high:literal,
     exp_m1_low: $exp_m1_low:literal, tanh_high: $tanh_high:literal, ln2_low: $ln2_low:literal) => {
        $(#[$doc])*
        pub mod $module {
            use std::$t::consts::{FRAC_1_SQRT_2, LN_2, LOG2_E};

            pub use super::complementary::$module as erfc;

            /// Added to a number below 2^(mantissa − 1), it rounds that number to an integer and keeps it in the low bits.
            const ROUND: $t = 1.5 * ((1 as $bits) << $mantissa) as $t;

            /// ln 2 − `LN_2`.
            const LN_2_LOW: $t = $ln2_low;

            /// 1/2!, 1/3!, …
            const INVERSE_FACTORIALS: [$t; $exp_terms] = {
                let mut out = [0.0; $exp_terms];
                let (mut k, mut factorial) = (0, 1.0_f64);
                while k < $exp_terms {
                    factorial *= (k + 2) as f64;
                    out[k] = (1.0 / factorial) as $t;
                    k += 1;
                }
                out
            };

            /// 2/3, 2/5, 2/7, …: ln((1+s)/(1−s)) = 2s + s(2s²/3 + 2s⁴/5 + …).
            const ATANH: [$t; $ln_terms] = {
                let mut out = [0.0; $ln_terms];
                let mut k = 0;
                while k < $ln_terms {
                    out[k] = (2.0 / (2 * k + 3) as f64) as $t;
                    k += 1;
                }
                out
            };

            /// c₀ + c₁x + c₂x² + … by Horner's rule.
            #[inline(always)]
            fn polynomial(coefficients: &[$t], x: $t) -> $t {
                coefficients.iter().rev().fold(0.0, |sum: $t, c| sum.mul_add(x, *c))
            }

            /// (k, r) with x = k·ln 2 + r and |r| ≤ ln 2 / 2; |x| must be far below 2^mantissa.
            #[inline(always)]
            fn reduce(x: $t) -> ($int, $t) {
                let rounded = x.mul_add(LOG2_E, ROUND);
                let k = rounded - ROUND;
                let r = (-k).mul_add(LN_2_LOW, (-k).mul_add(LN_2, x));
                (rounded.to_bits().wrapping_sub(ROUND.to_bits()) as $int, r)
            }

            /// 2^k for a normal result.
            #[inline(always)]
            fn power_of_two(k: $int) -> $t {
                $t::from_bits((k.wrapping_add($bias) << $mantissa) as $bits)
            }

            /// e^r − 1 for |r| ≤ ln 2 / 2.
            #[inline(always)]
            fn exp_m1_reduced(r: $t) -> $t {
                (r * r).mul_add(polynomial(&INVERSE_FACTORIALS, r), r)
            }

            /// e^x; 0 and ∞ outside the range of the type, NaN for NaN.
            #[inline(always)]
            pub fn exp(x: $t) -> $t {
                // Comparisons this way round keep a NaN.
                let x = if x > $exp_high { $exp_high } else { x };
                let x = if x < $exp_low { $exp_low } else { x };
                let (k, r) = reduce(x);
                // Two factors, since 2^k alone may be beyond the range where the product is not.
                let half = k >> 1;
                (exp_m1_reduced(r) + 1.0) * power_of_two(half) * power_of_two(k.wrapping_sub(half))
            }

            /// e^x − 1, also where e^x is close to 1; ∞ above the range of the type, −0 for −0, NaN for NaN.
            #[inline(always)]
            pub fn exp_m1(x: $t) -> $t {
                // Comparisons this way round keep a NaN.
                let clamped = if x > $exp_high { $exp_high } else { x };
                // Below this limit the result rounds to −1.
                let clamped = if clamped < $exp_m1_low { $exp_m1_low } else { clamped };
                let (k, r) = reduce(clamped);
                // Half of 2^k, since 2^k alone may be beyond the range where the product is not.
                let half = power_of_two(k.wrapping_sub(1));
                // Smallest terms first: near k = ±1 the sum is smaller than its terms, and e^r − 1 rounded would cost 1 ulp.
                let tail = r * r * polynomial(&INVERSE_FACTORIALS, r);
                let y = 2.0 * half.mul_add(tail, half.mul_add(r, half - 0.5));
                // e^x − 1 rounds to x; halves of subnormal numbers are not exact.
                if x.abs() < 0.25 * $t::EPSILON { x } else { y }
            }

            /// tanh x = t / (t + 2) with t = e^2x − 1, odd; exact sign, NaN for NaN.
            #[inline(always)]
            pub fn tanh(x: $t) -> $t {
                let magnitude = x.abs();
                // Beyond this limit the result rounds to 1.
                let magnitude = if magnitude > $tanh_high { $tanh_high } else { magnitude };
                let (k, r) = reduce(2.0 * magnitude);
                let scale = power_of_two(k);
                let t = scale.mul_add(exp_m1_reduced(r), scale - 1.0);
                // t / (t + 2) with the rounding errors of the sum (Knuth's two-sum) and of the quotient put right.
                let sum = t + 2.0;
                let part = sum - t;
                let lost = (t - (sum - part)) + (2.0 - part);
                let inverse = 1.0 / sum;
                let quotient = t * inverse;
                let rest = (-quotient).mul_add(lost, (-quotient).mul_add(sum, t));
                rest.mul_add(inverse, quotient).copysign(x)
            }

            /// (m, e) with x = m·2^e and √½ ≤ m < √2; x must be positive and normal.
            #[inline(always)]
            fn split(x: $t) -> ($t, $int) {
                let bits = x.to_bits() as $int;
                let exponent = bits.wrapping_sub(FRAC_1_SQRT_2.to_bits() as $int) >> $mantissa;
                ($t::from_bits(bits.wrapping_sub(exponent << $mantissa) as $bits), exponent)
            }

            /// e·ln 2 + ln(1 + f) + low − e·`LN_2_LOW`, where √½ ≤ 1 + f < √2 and `low` holds what is too small for the other two.
            #[inline(always)]
            fn logarithm(e: $t, f: $t, low: $t) -> $t {
                let s = f / (f + 2.0);
                let s2 = s * s;
                let series = s2 * polynomial(&ATANH, s2);
                let half_square = 0.5 * f * f;
                let tail = s.mul_add(half_square + series, low);
                e.mul_add(LN_2, f - (half_square - tail))
            }

            /// ln x; −∞ at 0, NaN below, ∞ at ∞.
            #[inline(always)]
            pub fn ln(x: $t) -> $t {
                const LIFT: $int = $mantissa + 2;
                let subnormal = x < $t::MIN_POSITIVE;
                let normal = if subnormal { x * ((1 as $bits) << LIFT) as $t } else { x };
                let (m, exponent) = split(normal);
                let e = exponent.wrapping_sub(if subnormal { LIFT } else { 0 }) as $t;
                let y = logarithm(e, m - 1.0, e * LN_2_LOW);
                let y = if x > 0.0 { y } else { $t::NAN };
                let y = if x == 0.0 { $t::NEG_INFINITY } else { y };
                if x < $t::INFINITY { y } else { x }
            }

            /// ln(1 + x), also where x is close to 0; −∞ at −1, NaN below, ∞ at ∞, −0 for −0.
            #[inline(always)]
            pub fn ln_1p(x: $t) -> $t {
                // 1 + x = sum + lost (Knuth's two-sum), and both by 2^−e.
                let sum = 1.0 + x;
                let part = sum - x;
                let lost = (x - (sum - part)) + (1.0 - part);
                let (m, exponent) = split(sum);
                // What is lost of a sum above 2^mantissa is nothing; 2^−e must stay normal.
                let scaled_lost = lost * power_of_two(exponent.min($bias - 1).wrapping_neg());
                let f = (m - 1.0) + scaled_lost;
                let f_low = scaled_lost - (f - (m - 1.0));
                let e = exponent as $t;
                let y = logarithm(e, f, e.mul_add(LN_2_LOW, f_low)).copysign(x);
                let y = if x > -1.0 { y } else { $t::NAN };
                let y = if x == -1.0 { $t::NEG_INFINITY } else { y };
                if x < $t::INFINITY { y } else { x }
            }
        }
    };
}

elementary!(
    /// For `f32`.
    single, f32, u32, i32, mantissa: 23, bias: 127, exp_terms: 6, ln_terms: 4, exp_low: -104.5, exp_high: 89.0,
    exp_m1_low: -20.0, tanh_high: 10.0, ln2_low: -1.904_654_3e-9
);
elementary!(
    /// For `f64`.
    double, f64, u64, i64, mantissa: 52, bias: 1023, exp_terms: 13, ln_terms: 11, exp_low: -746.0, exp_high: 710.0,
    exp_m1_low: -40.0, tanh_high: 20.0, ln2_low: 2.319_046_813_846_299_6e-17
);
