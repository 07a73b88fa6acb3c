//! erfc x = 1 − erf x = 2/√π · ∫ₓ^∞ e^(−t²) dt: the inner loop of GELU, hence in `f32` without branches and with one division.
//!
//! With a = |x| and q = 843/1024 − 4/(a + 2), R(q) = (a + 2)·e^(a²)·erfc(a) is smooth from 2 at a = 0 to 1/√π at ∞, and
//! erfc(a) = R(q) / (a + 2) · e^(−a²). Each factor is carried as a rounded value and what the rounding lost.
//!
//! Source: the map of [0, ∞) to an interval is M. M. Shepherd and J. G. Laframboise's (Math. Comp. 36, 1981, 249–253);
//! the polynomials are our own fit, `tests/oracle/erfc_fit.py`. Differs: 843/1024 in the place of 1, which moves the point q = 0
//! to where R rounds well to `f32`. Absent: erf, which has no row that needs it.

use std::f32::consts::{LN_2, LOG2_E};

/// R(q) by rising powers of q, for 0 ≤ a ≤ 10.1.
const SCALED: [f32; 11] = [
    0.908_632_3,
    -0.592_219_23,
    0.256_515_12,
    -0.049_319_457,
    -0.014_546_507,
    0.009_003_838,
    0.001_549_208,
    -0.001_572_777_4,
    -0.000_418_939_28,
    0.000_172_076_21,
    7.030_14e-5,
];

/// What moves the point q = 0 to where R rounds well to `f32`.
const SHIFT: f32 = 843.0 / 1024.0;

/// (e^r − 1 − r)/r² by rising powers of r, for |r| ≤ ln 2 / 2.
const EXP_TAIL: [f32; 5] = [0.499_999_94, 0.166_665_21, 0.041_668_274, 0.008_368_686, 0.001_382_013_6];

/// Beyond this |x| the result rounds to 0, or to 2.
const HIGH: f32 = 10.1;

/// Added to a number, it rounds that number to an integer and keeps it in the low bits.
const ROUND: f32 = 1.5 * (1_u32 << 23) as f32;

/// ln 2 − `LN_2`.
const LN_2_LOW: f32 = -1.904_654_3e-9;

/// c₀ + c₁x + c₂x² + … as even + x·odd, each by Horner's rule: half the latency, which is what the loop waits for.
#[inline(always)]
fn polynomial(coefficients: &[f32], x: f32) -> f32 {
    let x2 = x * x;
    let horner = |first| coefficients.iter().skip(first).step_by(2).rev().fold(0.0, |sum: f32, c| sum.mul_add(x2, *c));
    x.mul_add(horner(1), horner(0))
}

/// erfc x for `f32`, within 2 ulp; 0 at ∞, 2 at −∞, NaN for NaN.
#[inline(always)]
pub fn single(x: f32) -> f32 {
    single_and_bell(x).0
}

/// erfc x and, nearly for free, e^(−x²), within 4 ulp (0 where |x| > 10.1): GELU's slope has both.
#[inline(always)]
pub fn single_and_bell(x: f32) -> (f32, f32) {
    let a = x.abs();
    // The comparison this way round keeps a NaN.
    let a = if a > HIGH { HIGH } else { a };

    // inverse + inverse_low = 1/(a + 2); the sum's own error is exact here, since `sum − 2` is.
    let sum = a + 2.0;
    let lost = a - (sum - 2.0);
    let inverse = 1.0 / sum;
    let inverse_low = inverse * (-inverse).mul_add(lost, (-inverse).mul_add(sum, 1.0));

    // scaled + scaled_low = R(q); the first multiply-add is exact, since no bit of the difference is below those of 4·inverse.
    let q = (-4.0_f32).mul_add(inverse, SHIFT);
    let slope = polynomial(&SCALED[1..], q);
    let scaled = q.mul_add(slope, SCALED[0]);
    let scaled_low = q.mul_add(slope, SCALED[0] - scaled);

    // y + y_low = R(q)/(a + 2), where `inverse_low` moves q, too: by R + (a + 2)⁻¹·(−4R′), and −4R′ is about 0.9 + 8.2/(a + 2).
    let y = scaled * inverse;
    let sensitivity = inverse.mul_add(inverse.mul_add(8.2, 0.9), scaled);
    let y_low = scaled.mul_add(inverse, -y) + sensitivity.mul_add(inverse_low, scaled_low * inverse);

    // −a² = k·ln 2 + r with the low part of the square in r; the first multiply-add of r is exact.
    let square = a * a;
    let square_low = a.mul_add(a, -square);
    let rounded = (-square).mul_add(LOG2_E, ROUND);
    let k = rounded - ROUND;
    let r_high = (-k).mul_add(LN_2, -square);
    let r_rest = (-k).mul_add(LN_2_LOW, -square_low);
    let r = r_high + r_rest;
    let r_low = r_rest - (r - r_high);

    // (y + y_low)·e^r with e^r = 1 + r + tail
    let tail = (r * r).mul_add(polynomial(&EXP_TAIL, r), r_low);
    let y = y + y.mul_add(r, y.mul_add(tail, y_low.mul_add(r, y_low)));

    // 2^(k + 24) is normal for every k ≥ −148; the second factor rounds a subnormal result, once.
    let scale = f32::from_bits(rounded.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127 + 24) << 23);
    let scaled_back = |v: f32| v * scale * (1.0 / (1 << 24) as f32);
    let y = scaled_back(y);
    let bell = if x.abs() > HIGH { 0.0 } else { scaled_back(1.0 + (r + tail)) };
    (if x < 0.0 { 2.0 - y } else { y }, bell)
}

/// erfc x for `f64`: the `libm` crate's (FreeBSD's `s_erf.c`), within 3 ulp (2.33 is the worst of 40,000 arguments in
/// [−6, 26.5] against 40 digits); 0 at ∞, 2 at −∞, NaN for NaN.
#[inline(always)]
pub fn double(x: f64) -> f64 {
    libm::erfc(x)
}

/// erfc x and e^(−x²) for `f64`.
#[inline(always)]
pub fn double_and_bell(x: f64) -> (f64, f64) {
    (double(x), super::double::exp(-x * x))
}
