//! Numbers of one feature, and a coin.

use std::f64::consts::PI;

use ndarray::Array2;
use ndarray_rand::rand_distr::Distribution;
use rand::{Rng, RngCore};
use thalweg_math::normal::Normal;

use crate::dataset::{Dataset, Feature, Labels, Samples, Task};
use crate::error::DataError;
use crate::source::SourceSpec;

/// y = f(x) + noise, x uniform in [−1, 1): a task of one number.
fn curve(name: &str, f: fn(f64) -> f64, n: usize, sd: f64, rng: &mut dyn RngCore) -> Dataset {
    let x = Array2::from_shape_simple_fn((n, 1), || rng.random_range(-1.0..1.0));
    let noise = Normal { sd };
    let y = x.mapv(|x: f64| f(x) + noise.sample(&mut *rng));
    Dataset {
        name: name.into(),
        x: Samples::Numbers(x),
        y: Labels::Values(y),
        task: Task::Regression { n_outputs: 1 },
        features: vec![Feature::number("x")],
        class_names: Vec::new(),
        image: None,
        n_test: 0,
        groups: None,
        others: Vec::new(),
    }
}

/// A wave: y = sin(2πx) + noise. Defaults: 200 samples, noise 0.1.
/// The usual toy regression, as in C. M. Bishop, Pattern Recognition and Machine Learning (2006), figure 1.2.
pub fn sine(spec: &SourceSpec, rng: &mut dyn RngCore) -> Result<Dataset, DataError> {
    Ok(curve("sine", |x| libm::sin(2.0 * PI * x), spec.n.unwrap_or(200), spec.noise.unwrap_or(0.1), rng))
}

/// A cubic: y = 2x³ − x + noise. Defaults: 50 samples, noise 0.2.
pub fn polynomial(spec: &SourceSpec, rng: &mut dyn RngCore) -> Result<Dataset, DataError> {
    Ok(curve("polynomial", |x| 2.0 * x * x * x - x, spec.n.unwrap_or(50), spec.noise.unwrap_or(0.2), rng))
}

/// Tosses of a coin that shows heads, but for a share `noise`; the one feature is always 1, so that a linear model learns the bias
/// alone. Defaults: 100 tosses, noise 0.3.
pub fn coin(spec: &SourceSpec, rng: &mut dyn RngCore) -> Result<Dataset, DataError> {
    let (n, noise) = (spec.n.unwrap_or(100), spec.noise.unwrap_or(0.3));
    if noise > 1.0 {
        return Err(DataError::option("noise", format!("a coin's noise is the share of tails, at most 1, not {noise:?}")));
    }
    let labels = (0..n).map(|_| u32::from(!rng.random_bool(noise))).collect();
    Ok(Dataset {
        name: "coin".into(),
        x: Samples::Numbers(Array2::from_elem((n, 1), 1.0)),
        y: Labels::Classes(labels),
        task: Task::Classes { n_classes: 2 },
        features: vec![Feature::number("one")],
        class_names: vec!["tails".into(), "heads".into()],
        image: None,
        n_test: 0,
        groups: None,
        others: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    type Make = fn(&SourceSpec, &mut dyn RngCore) -> Result<Dataset, DataError>;

    fn wave(x: f64) -> f64 {
        (2.0 * PI * x).sin()
    }

    fn cubic(x: f64) -> f64 {
        2.0 * x.powi(3) - x
    }

    #[test]
    fn without_noise_a_curve_is_its_formula() {
        let spec = SourceSpec { n: Some(50), noise: Some(0.0), ..SourceSpec::default() };
        for (make, f) in [(sine as Make, wave as fn(f64) -> f64), (polynomial, cubic)] {
            let set = make(&spec, &mut ChaCha8Rng::seed_from_u64(1)).expect("made");
            let (Samples::Numbers(x), Labels::Values(y)) = (&set.x, &set.y) else { panic!("numbers") };
            assert!(x.iter().zip(y).all(|(x, y)| (y - f(*x)).abs() < 1e-14 && (-1.0..1.0).contains(x)));
            assert_eq!((x.dim(), y.dim(), set.task), ((50, 1), (50, 1), Task::Regression { n_outputs: 1 }));
        }
    }

    #[test]
    fn a_coin_shows_tails_as_often_as_asked() {
        let spec = SourceSpec { n: Some(20_000), noise: Some(0.3), ..SourceSpec::default() };
        let Labels::Classes(labels) = coin(&spec, &mut ChaCha8Rng::seed_from_u64(1)).expect("made").y else { panic!("classes") };
        let heads = labels.iter().sum::<u32>() as f64 / 20_000.0;
        // Five standard errors of 0.0032.
        assert!((heads - 0.7).abs() < 0.0165, "{heads}");
    }
}
