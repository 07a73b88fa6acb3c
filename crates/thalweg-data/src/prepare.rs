//! A set, split and transformed, in the precision of training.

use ndarray::{Array2, Axis};
use thalweg_math::real::Real;

use crate::dataset::{Dataset, Labels, Task};
use crate::error::DataError;
use crate::split::Split;
use crate::transform::TransformRow;

/// Labels of a part.
#[derive(Clone, Debug, PartialEq)]
pub enum PartLabels<T> {
    /// [n]
    Classes(Vec<u32>),
    /// [n, n_outputs]
    Values(Array2<T>),
}

/// Samples and labels of one part, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Part<T> {
    /// [n, n_features]
    pub x: Array2<T>,
    /// [n]
    pub y: PartLabels<T>,
}

impl<T: Real> Part<T> {
    /// Room for `n` rows of the same kind.
    pub fn zeros_like(other: &Part<T>, n: usize) -> Part<T> {
        let zeros = |columns| Array2::from_elem((n, columns), T::from_f64(0.0));
        let y = match &other.y {
            PartLabels::Classes(_) => PartLabels::Classes(vec![0; n]),
            PartLabels::Values(values) => PartLabels::Values(zeros(values.ncols())),
        };
        Part { x: zeros(other.x.ncols()), y }
    }
}

/// The three parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared<T> {
    /// For fitting.
    pub train: Part<T>,
    /// For choosing; may be empty.
    pub valid: Part<T>,
    /// For judging; may be empty.
    pub test: Part<T>,
    /// What is to be learned.
    pub task: Task,
}

/// Splits, fits each transform on the training part as it then stands, applies it to all parts in f64, and rounds once.
pub fn prepare<T: Real>(set: &Dataset, split: &Split, transforms: &[&'static TransformRow]) -> Result<Prepared<T>, DataError> {
    let n = set.x.nrows();
    if split.train.is_empty() || [&split.train, &split.valid, &split.test].into_iter().flatten().any(|r| *r >= n) {
        return Err(DataError::Split { n, reason: "the training part is empty or a row does not exist".into() });
    }
    let mut parts = [&split.train, &split.valid, &split.test].map(|rows| set.x.select(Axis(0), rows));
    for transform in transforms {
        let fitted = (transform.fit)(parts[0].view());
        parts.iter_mut().for_each(|x| fitted.apply(x));
    }
    let round = |x: &Array2<f64>| x.mapv(T::from_f64);
    let part = |x: &Array2<f64>, rows: &[usize]| Part {
        x: round(x),
        y: match &set.y {
            Labels::Classes(labels) => PartLabels::Classes(rows.iter().map(|r| labels[*r]).collect()),
            Labels::Values(values) => PartLabels::Values(round(&values.select(Axis(0), rows))),
        },
    };
    let [train, valid, test] = &parts;
    Ok(Prepared { train: part(train, &split.train), valid: part(valid, &split.valid), test: part(test, &split.test), task: set.task })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::{TRANSFORMS, find};
    use proptest::prelude::*;

    fn set(values: Vec<f64>) -> Dataset {
        let n = values.len() / 2;
        let y = Labels::Classes(vec![0; n]);
        let x = Array2::from_shape_vec((n, 2), values[..2 * n].to_vec()).expect("two columns");
        Dataset { name: "t".into(), x, y, task: Task::Classes { n_classes: 1 }, feature_names: vec![], class_names: vec![] }
    }

    proptest! {
        /// What is in the test part must not leak into the training part.
        #[test]
        fn transforms_see_the_training_part_alone(values in prop::collection::vec(-9.0..9.0f64, 20..40), other in -1e3..1e3f64) {
            let mut data = set(values);
            let n = data.x.nrows();
            let split = Split { train: (0..n - 2).collect(), valid: vec![n - 2], test: vec![n - 1] };
            for row in TRANSFORMS {
                let before = prepare::<f64>(&data, &split, &[row]).expect("fits");
                data.x[(n - 1, 0)] = other;
                let after = prepare::<f64>(&data, &split, &[row]).expect("fits");
                prop_assert_eq!(&before.train, &after.train);
                prop_assert_eq!(&before.valid, &after.valid);
            }
        }

        #[test]
        fn standardised_training_features_have_mean_0_and_sd_1(values in prop::collection::vec(-9.0..9.0f64, 20..60)) {
            let data = set(values);
            let split = Split { train: (0..data.x.nrows()).collect(), valid: vec![], test: vec![] };
            let x = prepare::<f64>(&data, &split, &[find("standardise").expect("a row")]).expect("fits").train.x;
            for c in x.columns() {
                prop_assert!(c.mean().expect("rows").abs() < 1e-12 && (c.std(0.0) - 1.0).abs() < 1e-12);
            }
        }
    }
}
