//! Each activation row alone: value and slope against the graph, differences, and one-sided slopes at its kinks.

use thalweg_math::activation::{ACTIVATIONS, Activation};
use thalweg_math::graph::Graph;
use thalweg_math::init;
use thalweg_math::real::Real;

fn value<T: Real>(row: &Activation, z: T, leak: f64) -> T {
    let mut a = [T::default()];
    (row.kernel::<T>().value)(&[z], &mut a, T::from_f64(leak));
    a[0]
}

fn slope<T: Real>(row: &Activation, z: T, leak: f64) -> T {
    let (a, mut dz) = (value(row, z, leak), [T::default()]);
    (row.kernel::<T>().backward)(&[z], &[a], &[T::from_f64(1.0)], &mut dz, T::from_f64(leak));
    dz[0]
}

/// −12 to 12, kinks included.
fn grid() -> impl Iterator<Item = f64> {
    (-192..=192).map(|i| f64::from(i) / 16.0)
}

#[test]
fn value_and_slope_are_those_of_the_graph() {
    for row in ACTIVATIONS {
        for (z, leak) in grid().flat_map(|z| [0.01, 0.3].map(|leak| (z, leak))) {
            let graph = Graph::new();
            let input = graph.var(z);
            let output = (row.graph)(input, leak);
            let (a, d) = (output.value(), graph.gradient(output).of(input));
            let at = (row.name, z);
            assert!((value(row, z, leak) - a).abs() <= 1e-14 * a.abs().max(1.0), "{at:?}: value {}, graph {a}", value(row, z, leak));
            assert!((slope(row, z, leak) - d).abs() <= 1e-14 * d.abs().max(1.0), "{at:?}: slope {}, graph {d}", slope(row, z, leak));
            let single = value(row, z as f32, leak).to_f64();
            assert!((single - a).abs() <= 1e-6 * a.abs().max(1e-3), "{at:?}: f32 value {single}, graph {a}");
            let single = slope(row, z as f32, leak).to_f64();
            assert!((single - d).abs() <= 2e-6, "{at:?}: f32 slope {single}, graph {d}");
        }
    }
}

#[test]
fn the_slope_at_a_kink_lies_between_the_one_sided_slopes() {
    let h = 1e-6;
    for row in ACTIVATIONS {
        assert!(row.kinks.is_sorted(), "{}", row.name);
        for &kink in row.kinks {
            let (at, leak) = (value(row, kink, 0.1), 0.1);
            let left = (at - value(row, kink - h, leak)) / h;
            let right = (value(row, kink + h, leak) - at) / h;
            let here = slope(row, kink, leak);
            assert!(left.min(right) - 1e-6 <= here && here <= left.max(right) + 1e-6, "{}: {here}, not in {left}..{right}", row.name);
            assert!((left - right).abs() > 1e-3, "{} has no kink at {kink}", row.name);
        }
    }
}

#[test]
fn the_slope_elsewhere_is_the_difference_quotient() {
    let h = 1e-5;
    for row in ACTIVATIONS {
        for z in grid().filter(|z| row.kinks.iter().all(|k| (z - k).abs() > h)) {
            let numeric = (value(row, z + h, 0.01) - value(row, z - h, 0.01)) / (2.0 * h);
            assert!((slope(row, z, 0.01) - numeric).abs() <= 1e-9, "{} at {z}", row.name);
        }
    }
}

#[test]
fn a_nan_stays_a_nan() {
    for row in ACTIVATIONS {
        assert!(value(row, f32::NAN, 0.01).is_nan() && value(row, f64::NAN, 0.01).is_nan(), "{}", row.name);
    }
}

/// By hand: σ(0) = ½ with slope ¼, σ(ln 3) = ¾; tanh'(0) = 1; PyTorch's slopes at 0 for the two with a kink.
#[test]
fn known_values() {
    let row = |name: &str| ACTIVATIONS.iter().find(|r| r.name == name).expect("a row");
    assert_eq!((value(row("sigmoid"), 0.0, 0.0), slope(row("sigmoid"), 0.0, 0.0)), (0.5, 0.25));
    assert!((value(row("sigmoid"), 3.0_f64.ln(), 0.0) - 0.75).abs() < 1e-15);
    assert_eq!((value(row("sigmoid"), -1e4, 0.0), value(row("sigmoid"), 1e4_f32, 0.0)), (0.0, 1.0));
    assert_eq!((value(row("tanh"), 0.0, 0.0), slope(row("tanh"), 0.0, 0.0)), (0.0, 1.0));
    assert_eq!((value(row("relu"), -2.0, 0.0), value(row("relu"), 3.0, 0.0), slope(row("relu"), 0.0, 0.0)), (0.0, 3.0, 0.0));
    assert_eq!((value(row("leaky-relu"), -2.0, 0.25), slope(row("leaky-relu"), 0.0, 0.25)), (-0.5, 0.25));
    assert_eq!((value(row("identity"), -2.0, 0.0), slope(row("identity"), 5.0, 0.0)), (-2.0, 1.0));
    assert_eq!((value(row("step"), -1e-9, 0.0), value(row("step"), 0.0, 0.0), slope(row("step"), 3.0, 0.0)), (0.0, 1.0, 0.0));
    // An erratum of the source text: ELU tends to −α, not to 0.
    assert_eq!((value(row("elu"), -1e3, 0.7), slope(row("elu"), -1e3, 0.7)), (-0.7, 0.0));
    // e^z − 1 and ln(1 + e^z) keep their digits where they are small.
    assert_eq!((value(row("elu"), -1e-30_f32, 1.0), value(row("softplus"), -40.0_f64, 0.0)), (-1e-30, (-40.0_f64).exp()));
    assert_eq!((value(row("softplus"), 0.0, 0.0), value(row("softplus"), 1e4_f32, 0.0)), (2.0_f64.ln(), 1e4));
    assert_eq!((slope(row("gelu"), 0.0, 0.0), slope(row("silu"), 0.0, 0.0), slope(row("gelu-tanh"), 0.0, 0.0)), (0.5, 0.5, 0.5));
    // ±1e4: no overflow on the way.
    for name in ["gelu", "gelu-tanh", "silu"] {
        assert_eq!((value(row(name), 1e4_f32, 0.0), value(row(name), -1e4_f32, 0.0).abs()), (1e4, 0.0), "{name}");
        assert_eq!((slope(row(name), 1e4_f32, 0.0), slope(row(name), -1e4_f32, 0.0).abs()), (1.0, 0.0), "{name}");
    }
}

#[test]
fn each_row_is_complete() {
    for (i, row) in ACTIVATIONS.iter().enumerate() {
        assert!(init::find(row.init).is_some(), "{} names no initialisation", row.name);
        assert!(!row.formula.is_empty() && !row.source.is_empty(), "{}", row.name);
        let steepest = grid().map(|z| slope(row, z, 0.01)).fold(0.0, f64::max);
        assert!((steepest - row.steepest).abs() <= 0.01 * row.steepest, "{}: {steepest}", row.name);
        assert!(ACTIVATIONS[..i].iter().all(|other| other.name != row.name), "{} twice", row.name);
    }
}
