//! Classes of points in the plane.

use std::f64::consts::PI;

use ndarray::Array2;
use ndarray_rand::rand_distr::Distribution;
use rand::RngCore;
use thalweg_math::normal::Normal;

use crate::dataset::{Dataset, Feature, Labels, Samples, Task};
use crate::error::DataError;
use crate::source::SourceSpec;

/// Points of one class after the other, as even in number as `n` allows; `point` has the class, and the point's place among the n of
/// its class.
fn classes(n: usize, n_classes: usize, point: impl Fn(usize, usize, usize) -> [f64; 2]) -> (Vec<[f64; 2]>, Vec<u32>) {
    let bounds = |class: usize| class * n / n_classes..(class + 1) * n / n_classes;
    let all = (0..n_classes).flat_map(|class| bounds(class).enumerate().map(move |(i, _)| (class, i)));
    all.map(|(class, i)| (point(class, i, bounds(class).len()), class as u32)).unzip()
}

/// Adds noise to each coordinate.
fn noisy(
    name: &str,
    (points, labels): (Vec<[f64; 2]>, Vec<u32>),
    n_classes: usize,
    sd: f64,
    rng: &mut dyn RngCore,
) -> Result<Dataset, DataError> {
    let spread = Normal { sd };
    let values: Vec<f64> = points.iter().flatten().map(|v| v + spread.sample(&mut *rng)).collect();
    Ok(Dataset {
        name: name.into(),
        x: Samples::Numbers(Array2::from_shape_vec((points.len(), 2), values).expect("two coordinates each")),
        y: Labels::Classes(labels),
        task: Task::Classes { n_classes },
        features: ["x", "y"].map(Feature::number).to_vec(),
        class_names: (0..n_classes).map(|c| c.to_string()).collect(),
        image: None,
        n_test: 0,
        groups: None,
        others: Vec::new(),
    })
}

/// Two half circles that hold each other: (cos t, sin t) and (1 − cos t, ½ − sin t), t evenly in [0, π].
/// Defaults: 200 samples, noise 0.1. Source: `sklearn.datasets.make_moons`.
pub fn moons(spec: &SourceSpec, rng: &mut dyn RngCore) -> Result<Dataset, DataError> {
    let points = classes(spec.n.unwrap_or(200), 2, |class, i, n| {
        let t = PI * i as f64 / (n.max(2) - 1) as f64;
        if class == 0 { [libm::cos(t), libm::sin(t)] } else { [1.0 - libm::cos(t), 0.5 - libm::sin(t)] }
    });
    noisy("moons", points, 2, spec.noise.unwrap_or(0.1), rng)
}

/// Two rings: (cos t, sin t) and half of it, t evenly in [0, 2π). Defaults: 200 samples, noise 0.1.
/// Source: `sklearn.datasets.make_circles` with factor 0.5.
pub fn circles(spec: &SourceSpec, rng: &mut dyn RngCore) -> Result<Dataset, DataError> {
    let points = classes(spec.n.unwrap_or(200), 2, |class, i, n| {
        let (t, radius) = (2.0 * PI * i as f64 / n as f64, [1.0, 0.5][class]);
        [radius * libm::cos(t), radius * libm::sin(t)]
    });
    noisy("circles", points, 2, spec.noise.unwrap_or(0.1), rng)
}

/// Three round clouds with centres (0, 0), (4, 0), (2, 3.5). Defaults: 300 samples, noise 1 (the clouds' standard deviation).
pub fn blobs(spec: &SourceSpec, rng: &mut dyn RngCore) -> Result<Dataset, DataError> {
    let points = classes(spec.n.unwrap_or(300), 3, |class, _, _| [[0.0, 0.0], [4.0, 0.0], [2.0, 3.5]][class]);
    noisy("blobs", points, 3, spec.noise.unwrap_or(1.0), rng)
}

/// Four clouds at the corners of the unit square: class 1 where the coordinates differ. Defaults: 200 samples, noise 0.1.
pub fn xor(spec: &SourceSpec, rng: &mut dyn RngCore) -> Result<Dataset, DataError> {
    let points = classes(spec.n.unwrap_or(200), 2, |class, i, _| {
        let first = (i % 2) as f64;
        [first, if class == 0 { first } else { 1.0 - first }]
    });
    noisy("xor", points, 2, spec.noise.unwrap_or(0.1), rng)
}

/// Three arms: radius r evenly in [0, 1], angle 4·class + 4r + noise, point (r sin, r cos). Defaults: 300 samples, noise 0.2 radians.
/// Source: CS231n, "Putting it together: minimal neural network case study".
pub fn spirals(spec: &SourceSpec, rng: &mut dyn RngCore) -> Result<Dataset, DataError> {
    let turn = Normal { sd: spec.noise.unwrap_or(0.2) };
    let n = spec.n.unwrap_or(300);
    let turns: Vec<f64> = (0..n).map(|_| turn.sample(&mut *rng)).collect();
    let points = classes(n, 3, |class, i, n_class| {
        let radius = i as f64 / (n_class.max(2) - 1) as f64;
        let angle = 4.0 * class as f64 + 4.0 * radius + turns[class * n / 3 + i];
        [radius * libm::sin(angle), radius * libm::cos(angle)]
    });
    noisy("spirals", points, 3, 0.0, rng)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    type Make = fn(&SourceSpec, &mut dyn RngCore) -> Result<Dataset, DataError>;

    fn made(make: Make, n: usize, noise: f64, seed: u64) -> (Array2<f64>, Vec<u32>) {
        let spec = SourceSpec { n: Some(n), noise: Some(noise), ..SourceSpec::default() };
        let set = make(&spec, &mut ChaCha8Rng::seed_from_u64(seed)).expect("made");
        let (Samples::Numbers(x), Labels::Classes(labels)) = (set.x, set.y) else { panic!("points with classes") };
        (x, labels)
    }

    #[test]
    fn without_noise_the_moons_lie_on_their_circles() {
        let (x, labels) = made(moons, 101, 0.0, 1);
        assert_eq!((x.nrows(), labels.iter().sum::<u32>()), (101, 51));
        for (row, label) in x.rows().into_iter().zip(&labels) {
            let centre = if *label == 0 { [0.0, 0.0] } else { [1.0, 0.5] };
            assert!(((row[0] - centre[0]).hypot(row[1] - centre[1]) - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn without_noise_the_rings_are_round_and_xor_has_corners() {
        let (x, labels) = made(circles, 60, 0.0, 1);
        assert!(x.rows().into_iter().zip(&labels).all(|(p, l)| (p[0].hypot(p[1]) - [1.0, 0.5][*l as usize]).abs() < 1e-12));
        let (x, labels) = made(xor, 40, 0.0, 1);
        assert!(x.rows().into_iter().zip(&labels).all(|(p, l)| (u32::from(p[0] != p[1])) == *l));
        let corners: std::collections::BTreeSet<_> = x.rows().into_iter().map(|p| (p[0] as u32, p[1] as u32)).collect();
        assert_eq!(corners.len(), 4);
    }

    #[test]
    fn the_same_seed_makes_the_same_set_and_another_does_not() {
        for make in [moons as Make, circles, blobs, xor, spirals] {
            assert_eq!(made(make, 90, 0.1, 3), made(make, 90, 0.1, 3));
            assert_ne!(made(make, 90, 0.1, 3), made(make, 90, 0.1, 4));
            let (x, labels) = made(make, 100, 0.1, 3);
            assert_eq!((x.nrows(), labels.len()), (100, 100));
        }
    }
}
