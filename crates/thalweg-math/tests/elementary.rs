//! The elementary functions against `f64` (for `f32`) and the C library (for `f64`), in units in the last place.

use thalweg_math::elementary::{double, single};

/// Distance between adjacent `f32` around `exact`.
fn ulp32(exact: f64) -> f64 {
    let exponent = exact.abs().log2().floor().clamp(-126.0, 127.0);
    (exponent - 23.0).exp2()
}

fn ulp64(exact: f64) -> f64 {
    let v = exact.abs().max(f64::MIN_POSITIVE);
    f64::from_bits(v.to_bits() + 1) - v
}

/// Largest error in ulp over every `stride`-th finite `f32`.
fn worst32(f: fn(f32) -> f32, exact: fn(f64) -> f64, stride: usize) -> (f64, f32) {
    let mut worst = (0.0, 0.0);
    for bits in (0..=u32::MAX).step_by(stride) {
        let x = f32::from_bits(bits);
        let want = exact(f64::from(x));
        if !x.is_finite() || !want.is_finite() || want.abs() > f64::from(f32::MAX) {
            continue;
        }
        let error = (f64::from(f(x)) - want).abs() / ulp32(want);
        // A NaN counts as the worst.
        if error.is_nan() || error > worst.0 {
            worst = (error, x);
        }
    }
    worst
}

#[test]
fn single_precision_is_within_two_ulp_everywhere() {
    for (name, f, exact) in
        [("exp", single::exp as fn(f32) -> f32, f64::exp as fn(f64) -> f64), ("ln", single::ln, f64::ln), ("tanh", single::tanh, f64::tanh)]
    {
        let (error, at) = worst32(f, exact, 101);
        assert!(error <= 2.0, "{name}({at:e}) is off by {error} ulp");
    }
}

/// The C library's tanh is itself off by up to 2.2 ulp (glibc 2.36 against 50 digits), hence the wider limit there.
#[test]
fn double_precision_is_near_the_c_library() {
    type Function = fn(f64) -> f64;
    let functions: [(&str, Function, Function, f64, f64, f64); 6] = [
        ("exp", double::exp, f64::exp, -745.0, 709.7, 2.0),
        ("exp", double::exp, f64::exp, -1.0, 1.0, 2.0),
        ("ln", double::ln, f64::ln, 1e-300, 1e300, 2.0),
        ("ln", double::ln, f64::ln, 0.5, 2.0, 2.0),
        ("tanh", double::tanh, f64::tanh, -1.0, 1.0, 4.5),
        ("tanh", double::tanh, f64::tanh, -25.0, 25.0, 4.5),
    ];
    for (name, f, exact, low, high, limit) in functions {
        for i in 0..=1_000_000 {
            let x = low + (high - low) * f64::from(i) / 1e6;
            let (got, want) = (f(x), exact(x));
            let error = (got - want).abs() / ulp64(want);
            assert!(error <= limit || got == want, "{name}({x:e}) = {got:e}, not {want:e}: off by {error} ulp");
        }
    }
}

/// The worst of 40,000 random arguments in [0, 10], by Python's `decimal` with 50 digits (off by up to 1.8 ulp),
/// and two where the C library is off by more.
#[test]
fn hardest_arguments_of_tanh() {
    for (x, want) in [
        (0.21017269340560957, 0.2071317898808332),
        (0.21699240827811228, 0.21364960660154167),
        (0.21008779426213714, 0.20705053178566338),
        (-0.25500999999999996, -0.24962232584720948),
    ] {
        let error = (double::tanh(x) - want).abs() / ulp64(want);
        assert!(error <= 2.0, "tanh({x}) is off by {error} ulp");
    }
}

#[test]
fn ends_of_the_range() {
    assert_eq!((single::exp(f32::NEG_INFINITY), single::exp(f32::INFINITY)), (0.0, f32::INFINITY));
    assert_eq!((double::exp(f64::NEG_INFINITY), double::exp(f64::INFINITY)), (0.0, f64::INFINITY));
    assert_eq!((single::exp(0.0), double::exp(0.0), single::exp(-0.0)), (1.0, 1.0, 1.0));
    assert_eq!((single::ln(0.0), single::ln(f32::INFINITY), single::ln(1.0)), (f32::NEG_INFINITY, f32::INFINITY, 0.0));
    assert_eq!((double::ln(0.0), double::ln(f64::INFINITY), double::ln(1.0)), (f64::NEG_INFINITY, f64::INFINITY, 0.0));
    assert!(single::ln(-1.0).is_nan() && double::ln(-1.0).is_nan());
    assert_eq!((single::tanh(f32::INFINITY), single::tanh(f32::NEG_INFINITY)), (1.0, -1.0));
    assert_eq!((double::tanh(f64::INFINITY), double::tanh(f64::NEG_INFINITY)), (1.0, -1.0));
    assert!(single::tanh(-0.0).is_sign_negative());
    for nan in [single::exp(f32::NAN), single::ln(f32::NAN), single::tanh(f32::NAN)] {
        assert!(nan.is_nan());
    }
    for nan in [double::exp(f64::NAN), double::ln(f64::NAN), double::tanh(f64::NAN)] {
        assert!(nan.is_nan());
    }
}

/// The smallest results: e^−104 rounds to no less than the smallest subnormal, e^−103.97 is 2⁻¹⁵⁰ rounded.
#[test]
fn subnormal_results_are_not_flushed() {
    assert!(single::exp(-103.0) > 0.0 && single::exp(-105.0) == 0.0);
    assert!(double::exp(-745.0) > 0.0 && double::exp(-747.0) == 0.0);
    assert_eq!(single::ln(f32::from_bits(1)), f64::from(f32::from_bits(1)).ln() as f32);
}
