//! The elementary functions against `f64` (for `f32`), the C library and 50 digits (for `f64`), in units in the last place;
//! and their bits against those of other builds.

#[path = "common/every_input.rs"]
mod every_input;

use every_input::{FUNCTIONS, error, hash, worst};
use thalweg_math::elementary::{double, single};
use thalweg_math::real::Real;

/// Distance between adjacent `f64` around `exact`.
fn ulp64(exact: f64) -> f64 {
    let v = exact.abs().max(f64::MIN_POSITIVE);
    f64::from_bits(v.to_bits() + 1) - v
}

/// What the example `elementary_bits` printed; its first lines say how.
const RECORD: &str = include_str!("oracle/elementary.txt");

/// The words of the record's line for a function and a stride: name, stride, hash, error, …
fn recorded(name: &str, stride: u32) -> Vec<&'static str> {
    let mut lines = RECORD.lines().filter(|line| !line.starts_with('#')).map(|line| line.split_whitespace().collect::<Vec<_>>());
    lines.find(|words| words[..2] == [name, &stride.to_string()]).expect("the record has every function")
}

#[test]
fn single_precision_is_within_two_ulp_everywhere() {
    for function in FUNCTIONS {
        let (error, at) = worst(function, 257);
        assert!(error <= 2.0, "{}({at:e}) is off by {error} ulp", function.name);
        let of_all: f64 = recorded(function.name, 1)[3].parse().expect("the fourth word is an error in ulp");
        assert!(error <= of_all + 1e-4 && of_all <= 2.0, "{}: {error} ulp here, {of_all} ulp in the record", function.name);
    }
}

/// The same bits on every CPU and for every compiler flag, and as on the day when every input was tried.
#[test]
fn single_precision_has_the_recorded_bits() {
    for function in FUNCTIONS {
        assert_eq!(hash(function, 257), recorded(function.name, 257)[2], "{}", function.name);
    }
}

/// The measure itself, by hand: adjacent numbers are 1 ulp apart, and what is no number is no small error.
#[test]
fn errors_are_in_units_in_the_last_place() {
    assert_eq!(error(1.0 + f32::EPSILON, 1.0), 1.0);
    assert_eq!(error(f32::from_bits(3), 2.0 * f64::from(f32::from_bits(1))), 1.0);
    assert_eq!((error(f32::INFINITY, 1e300), error(f32::INFINITY, f64::from(f32::MAX))), (0.0, 1.0));
    assert_eq!((error(f32::NAN, f64::NAN), error(f32::NAN, 1.0), error(1.0, f64::NAN)), (0.0, f64::INFINITY, f64::INFINITY));
    assert_eq!((error(-0.0, -0.0), error(0.0, -0.0)), (0.0, f64::INFINITY));
}

/// The C library's tanh is itself off by up to 2.2 ulp (glibc 2.36 against 50 digits), hence the wider limit there.
#[test]
fn double_precision_is_near_the_c_library() {
    type Function = fn(f64) -> f64;
    let functions: [(&str, Function, Function, f64, f64, f64); 10] = [
        ("exp", double::exp, f64::exp, -745.0, 709.7, 2.0),
        ("exp", double::exp, f64::exp, -1.0, 1.0, 2.0),
        ("exp_m1", double::exp_m1, f64::exp_m1, -40.0, 709.7, 2.0),
        ("exp_m1", double::exp_m1, f64::exp_m1, -1.2, 1.2, 2.0),
        ("ln", double::ln, f64::ln, 1e-300, 1e300, 2.0),
        ("ln", double::ln, f64::ln, 0.5, 2.0, 2.0),
        ("ln_1p", double::ln_1p, f64::ln_1p, -1.0, 1e6, 2.0),
        ("ln_1p", double::ln_1p, f64::ln_1p, -0.9, 3.0, 2.0),
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

/// By mpmath 1.4.1 with 50 digits. The first three of exp_m1 and two of ln_1p are among the hardest of 12,000,000 random
/// arguments each, for us or for the C library; the last but one of erfc is the worst of 40,000.
#[test]
fn double_precision_is_near_fifty_digits() {
    type Row = (&'static str, fn(f64) -> f64, f64, &'static [(f64, f64)]);
    let rows: [Row; 3] = [
        (
            "exp_m1",
            double::exp_m1,
            2.0,
            &[
                (0.3628075831187212, 0.4373592604447521),
                (-0.37048818254208515, -0.3096027915088129),
                (356.6621035121227, 7.877410168577455e154),
                (1e-10, 1.00000000005e-10),
                (-1e-300, -1e-300),
                (-37.5, -1.0),
                (5e-324, 5e-324),
            ],
        ),
        (
            "ln_1p",
            double::ln_1p,
            2.0,
            &[
                (0.3965218258970369, 0.3339847352799152),
                (-0.36625282339533677, -0.4561051791483433),
                (-0.9999999999999999, -36.7368005696771),
                (1e-10, 9.999999999500001e-11),
                (-1e-300, -1e-300),
                (1e300, 690.7755278982137),
                (5e-324, 5e-324),
            ],
        ),
        (
            "erfc",
            double::erfc,
            3.0,
            &[
                (-5.5, 1.9999999999999927),
                (-1.25, 1.9229001282564582),
                (-0.001, 1.0011283787909693),
                (0.3, 0.6713732405408726),
                (0.84375, 0.23277433876765838),
                (1.0, 0.15729920705028513),
                (2.75, 0.00010062192211963683),
                (5.5, 7.357847917974398e-15),
                (13.0, 1.7395573154667246e-75),
                (18.297300625000002, 1.2314496969669891e-147),
                (26.5, 2.2109076642637343e-307),
            ],
        ),
    ];
    for (name, f, limit, values) in rows {
        for (x, want) in values {
            let error = (f(*x) - want).abs() / ulp64(*want);
            assert!(error <= limit, "{name}({x:e}) = {:e}, not {want:e}: off by {error} ulp", f(*x));
        }
    }
}

/// Function by function: argument and result, bit by bit, so that the sign of a zero counts.
#[test]
fn ends_of_the_range() {
    const INF: f64 = f64::INFINITY;
    type Row = (&'static str, fn(f32) -> f32, fn(f64) -> f64, &'static [(f64, f64)]);
    let rows: [Row; 6] = [
        ("exp", single::exp, double::exp, &[(-INF, 0.0), (-0.0, 1.0), (0.0, 1.0), (INF, INF)]),
        ("exp_m1", single::exp_m1, double::exp_m1, &[(-INF, -1.0), (-100.0, -1.0), (-0.0, -0.0), (0.0, 0.0), (710.0, INF), (INF, INF)]),
        ("ln", single::ln, double::ln, &[(-1.0, f64::NAN), (-0.0, -INF), (0.0, -INF), (1.0, 0.0), (INF, INF)]),
        ("ln_1p", single::ln_1p, double::ln_1p, &[(-INF, f64::NAN), (-1.5, f64::NAN), (-1.0, -INF), (-0.0, -0.0), (0.0, 0.0), (INF, INF)]),
        ("tanh", single::tanh, double::tanh, &[(-INF, -1.0), (-0.0, -0.0), (0.0, 0.0), (INF, 1.0)]),
        ("erfc", single::erfc, double::erfc, &[(-INF, 2.0), (-30.0, 2.0), (-0.0, 1.0), (0.0, 1.0), (30.0, 0.0), (INF, 0.0)]),
    ];
    for (name, single, double, values) in rows {
        for (x, want) in values.iter().chain(&[(f64::NAN, f64::NAN)]) {
            let (got32, got64) = (f64::from(single(*x as f32)), double(*x));
            for got in [got32, got64] {
                let same = got.to_bits() == want.to_bits() || got.is_nan() && want.is_nan();
                assert!(same, "{name}({x}) = {got}, not {want}");
            }
        }
    }
}

/// e^x − 1, ln(1 + x) and tanh x round to x.
#[test]
fn smallest_arguments_come_back() {
    for x in [1_u32, 3, 0x0000_ffff, 0x007f_ffff, 0x0080_0000, 0x3000_0000].map(f32::from_bits) {
        for x in [x, -x] {
            assert_eq!((single::exp_m1(x), single::ln_1p(x), single::tanh(x)), (x, x, x), "{x:e}");
        }
    }
    for x in [1_u64, 3, 0x000f_ffff_ffff_ffff, 0x0010_0000_0000_0000, 0x3000_0000_0000_0000].map(f64::from_bits) {
        for x in [x, -x] {
            assert_eq!((double::exp_m1(x), double::ln_1p(x), double::tanh(x)), (x, x, x), "{x:e}");
        }
    }
}

/// The smallest results: e^−104 rounds to no less than the smallest subnormal, e^−103.97 is 2⁻¹⁵⁰ rounded.
#[test]
fn subnormal_results_are_not_flushed() {
    assert!(single::exp(-103.0) > 0.0 && single::exp(-105.0) == 0.0);
    assert!(double::exp(-745.0) > 0.0 && double::exp(-747.0) == 0.0);
    // By mpmath: erfc(10.05) = 2^−149.88, erfc(10.06) = 2^−150.17.
    assert_eq!((single::erfc(10.05), single::erfc(10.06)), (f32::from_bits(1), 0.0));
    assert_eq!(single::ln(f32::from_bits(1)), f64::from(f32::from_bits(1)).ln() as f32);
}

/// e^(−x²), which erfc gives away: within 4 ulp where it is a normal number, and 0 far out.
#[test]
fn the_bell_beside_erfc() {
    for i in -9_300..=9_300 {
        let x = i as f32 / 1000.0;
        let (erfc, bell) = x.fast_erfc_and_bell();
        let want = (-f64::from(x) * f64::from(x)).exp();
        assert!((f64::from(bell) - want).abs() <= 4.0 * f64::from(f32::EPSILON) * want, "{x}: {bell}, not {want}");
        assert_eq!(erfc.to_bits(), single::erfc(x).to_bits());
    }
    assert_eq!((1e4_f32.fast_erfc_and_bell(), (-1e4_f32).fast_erfc_and_bell()), ((0.0, 0.0), (2.0, 0.0)));
    assert!(f32::NAN.fast_erfc_and_bell().1.is_nan());
}
