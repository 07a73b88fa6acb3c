//! Generated sets: made from a formula, a size and noise.

use std::f64::consts::PI;

use ndarray::Array2;
use ndarray_rand::rand_distr::Distribution;
use rand::{Rng, RngCore};
use thalweg_math::normal::Normal;

use crate::dataset::{Dataset, Labels, Task};
use crate::error::DataError;
use crate::source::SourceSpec;

fn plane(
    name: &str,
    points: Vec<[f64; 2]>,
    labels: Vec<u32>,
    n_classes: usize,
    noise: f64,
    rng: &mut dyn RngCore,
) -> Result<Dataset, DataError> {
    let spread = Normal { sd: noise };
    let values: Vec<f64> = points.iter().flatten().map(|v| v + spread.sample(&mut *rng)).collect();
    let x = Array2::from_shape_vec((points.len(), 2), values).map_err(|e| DataError::Damaged(e.to_string()))?;
    let class_names = (0..n_classes).map(|c| c.to_string()).collect();
    Ok(Dataset {
        name: name.into(),
        x,
        y: Labels::Classes(labels),
        task: Task::Classes { n_classes },
        feature_names: vec!["x".into(), "y".into()],
        class_names,
    })
}

/// Two half circles that hold each other: (cos t, sin t) and (1 − cos t, ½ − sin t), t evenly in [0, π].
/// Defaults: 200 samples, noise 0.1. Source: `sklearn.datasets.make_moons`.
pub fn moons(spec: &SourceSpec, rng: &mut dyn RngCore) -> Result<Dataset, DataError> {
    let n = spec.n.unwrap_or(200);
    let sizes = [n / 2, n - n / 2];
    let (mut points, mut labels) = (Vec::with_capacity(n), Vec::with_capacity(n));
    for (class, size) in sizes.into_iter().enumerate() {
        for i in 0..size {
            let t = PI * i as f64 / (size.max(2) - 1) as f64;
            points.push(if class == 0 { [libm::cos(t), libm::sin(t)] } else { [1.0 - libm::cos(t), 0.5 - libm::sin(t)] });
            labels.push(class as u32);
        }
    }
    plane("moons", points, labels, 2, spec.noise.unwrap_or(0.1), rng)
}

/// Three round clouds with centres (0, 0), (4, 0), (2, 3.5). Defaults: 300 samples, noise 1 (the clouds' standard deviation).
pub fn blobs(spec: &SourceSpec, rng: &mut dyn RngCore) -> Result<Dataset, DataError> {
    let n = spec.n.unwrap_or(300);
    let labels: Vec<u32> = (0..n).map(|i| (i * 3 / n) as u32).collect();
    let points = labels.iter().map(|l| [[0.0, 0.0], [4.0, 0.0], [2.0, 3.5]][*l as usize]).collect();
    plane("blobs", points, labels, 3, spec.noise.unwrap_or(1.0), rng)
}

/// A wave: y = sin(2πx) + noise, x uniform in [−1, 1). Defaults: 200 samples, noise 0.1. A task of one number.
/// The usual toy regression, as in C. M. Bishop, Pattern Recognition and Machine Learning (2006), figure 1.2.
pub fn sine(spec: &SourceSpec, rng: &mut dyn RngCore) -> Result<Dataset, DataError> {
    let (n, noise) = (spec.n.unwrap_or(200), Normal { sd: spec.noise.unwrap_or(0.1) });
    let x = Array2::from_shape_simple_fn((n, 1), || rng.random_range(-1.0..1.0));
    let y = x.mapv(|x: f64| libm::sin(2.0 * PI * x) + noise.sample(&mut *rng));
    Ok(Dataset {
        name: "sine".into(),
        x,
        y: Labels::Values(y),
        task: Task::Regression { n_outputs: 1 },
        feature_names: vec!["x".into()],
        class_names: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn without_noise_the_moons_lie_on_their_circles() {
        let set = moons(&SourceSpec { n: Some(101), noise: Some(0.0) }, &mut ChaCha8Rng::seed_from_u64(1)).expect("made");
        let Labels::Classes(labels) = &set.y else { panic!("moons have classes") };
        assert_eq!((set.x.nrows(), labels.iter().sum::<u32>()), (101, 51));
        for (row, label) in set.x.rows().into_iter().zip(labels) {
            let centre = if *label == 0 { [0.0, 0.0] } else { [1.0, 0.5] };
            assert!(((row[0] - centre[0]).hypot(row[1] - centre[1]) - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn without_noise_the_sine_is_one() {
        let set = sine(&SourceSpec { n: Some(50), noise: Some(0.0) }, &mut ChaCha8Rng::seed_from_u64(1)).expect("made");
        let Labels::Values(y) = &set.y else { panic!("a sine has numbers") };
        assert!(set.x.iter().zip(y).all(|(x, y)| (y - (2.0 * PI * x).sin()).abs() < 1e-14 && (-1.0..1.0).contains(x)));
        assert_eq!((set.x.dim(), y.dim(), set.task), ((50, 1), (50, 1), Task::Regression { n_outputs: 1 }));
    }

    #[test]
    fn the_same_seed_makes_the_same_set_and_another_does_not() {
        let made = |seed| blobs(&SourceSpec { n: None, noise: None }, &mut ChaCha8Rng::seed_from_u64(seed)).expect("made");
        assert_eq!(made(3), made(3));
        assert_ne!(made(3), made(4));
    }
}
