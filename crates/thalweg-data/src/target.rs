//! Labels from values, and samples without missing ones: what readers of tables and arrays share.

use ndarray::Array2;

use crate::dataset::{Dataset, Labels, Samples};

/// The most classes that values may stand for.
pub const MAX_CLASSES: usize = 10_000;

/// The different values, from small to large; says why they cannot be classes.
pub fn classes_of(values: &[f64]) -> Result<Vec<f64>, String> {
    if values.iter().any(|v| !v.is_finite()) {
        return Err("has a value that is missing or infinite".into());
    }
    let mut classes: Vec<f64> = Vec::new();
    for value in values {
        // 0 and −0 are one class.
        let value = value + 0.0;
        if let Err(place) = classes.binary_search_by(|c| c.total_cmp(&value)) {
            classes.insert(place, value);
        }
        if classes.len() > MAX_CLASSES {
            return Err(format!("has more than {MAX_CLASSES} different values: for numbers, say task = \"regression\""));
        }
    }
    Ok(classes)
}

/// The place of each value among the classes.
pub fn labels_of(values: &[f64], classes: &[f64]) -> Vec<u32> {
    let label = |v: &f64| classes.binary_search_by(|c| c.total_cmp(&(v + 0.0))).expect("each value is a class") as u32;
    values.iter().map(label).collect()
}

/// The set without the samples that lack a feature.
pub fn without_missing(set: Dataset) -> Dataset {
    let Samples::Numbers(x) = &set.x else {
        return set;
    };
    let kept: Vec<usize> = (0..x.nrows()).filter(|r| x.row(*r).iter().all(|v| !v.is_nan())).collect();
    if kept.len() == x.nrows() {
        return set;
    }
    let n_before_test = x.nrows() - set.n_test;
    let rows = |of: &Array2<f64>| of.select(ndarray::Axis(0), &kept);
    let y = match &set.y {
        Labels::Classes(labels) => Labels::Classes(kept.iter().map(|r| labels[*r]).collect()),
        Labels::Values(values) => Labels::Values(rows(values)),
    };
    let n_test = kept.iter().filter(|r| **r >= n_before_test).count();
    let groups = set.groups.as_ref().map(|groups| kept.iter().map(|r| groups[*r]).collect());
    Dataset { x: Samples::Numbers(rows(x)), y, n_test, groups, ..set }
}
