//! Transforms of the features, one row each: fitted on the training part, applied to every part.

use ndarray::{Array2, ArrayView2, Axis};

/// An affine map per feature: x ← (x − shift)·scale.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// [n_features]
    pub shift: Vec<f64>,
    /// [n_features]
    pub scale: Vec<f64>,
}

/// A transform.
pub struct TransformRow {
    /// As written in a file.
    pub name: &'static str,
    /// What it does to a feature x; μ, σ, m are taken from the training part.
    pub formula: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// Learns its numbers from the training part, [n_train, n_features].
    pub fit: fn(ArrayView2<'_, f64>) -> Fitted,
}

/// Every transform.
pub static TRANSFORMS: &[TransformRow] = &[
    TransformRow {
        name: "standardise",
        formula: "(x − μ)/σ per feature, σ the population standard deviation; a constant feature becomes 0",
        source: "sklearn.preprocessing.StandardScaler",
        fit: |x| {
            let sd = columns(&x, |c| (c.iter().map(|v| (v - mean(c)).powi(2)).sum::<f64>() / c.len() as f64).sqrt());
            Fitted { shift: columns(&x, mean), scale: sd.into_iter().map(|s| if s > 0.0 { 1.0 / s } else { 0.0 }).collect() }
        },
    },
    TransformRow {
        name: "unit-scale",
        formula: "x/m, m the largest |x| of the whole training part: digits and images land in [0, 1]",
        source: "the usual division of pixels by 16 or 255",
        fit: |x| {
            let largest = x.iter().fold(0.0f64, |m, v| m.max(v.abs()));
            Fitted { shift: vec![0.0; x.ncols()], scale: vec![if largest > 0.0 { 1.0 / largest } else { 1.0 }; x.ncols()] }
        },
    },
    TransformRow {
        name: "zero-mean",
        formula: "x − μ per feature",
        source: "the source text's preprocessing: [1, 2, 3, 4, 5] becomes [−2, −1, 0, 1, 2]",
        fit: |x| Fitted { shift: columns(&x, mean), scale: vec![1.0; x.ncols()] },
    },
];

/// The row of a name.
pub fn find(name: &str) -> Option<&'static TransformRow> {
    TRANSFORMS.iter().find(|t| t.name == name)
}

fn columns(x: &ArrayView2<'_, f64>, f: fn(&[f64]) -> f64) -> Vec<f64> {
    x.axis_iter(Axis(1)).map(|c| f(&c.to_vec())).collect()
}

/// The mean; a constant column has exactly its value, so that it becomes exactly 0.
fn mean(column: &[f64]) -> f64 {
    match column {
        [first, rest @ ..] if rest.iter().all(|v| v == first) => *first,
        _ => column.iter().sum::<f64>() / column.len() as f64,
    }
}

impl Fitted {
    /// Applies the map, [n, n_features] in place.
    pub fn apply(&self, x: &mut Array2<f64>) {
        for mut row in x.rows_mut() {
            for ((v, shift), scale) in row.iter_mut().zip(&self.shift).zip(&self.scale) {
                *v = (*v - shift) * scale;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    /// The source text's example.
    #[test]
    fn zero_mean_of_one_to_five() {
        let mut x = array![[1.0], [2.0], [3.0], [4.0], [5.0]];
        (find("zero-mean").expect("a row").fit)(x.view()).apply(&mut x);
        assert_eq!(x, array![[-2.0], [-1.0], [0.0], [1.0], [2.0]]);
    }

    #[test]
    fn a_constant_feature_stays_finite_in_each_transform() {
        for row in TRANSFORMS {
            let mut x = array![[0.1, 0.0], [0.1, 0.0], [0.1, 0.0]];
            (row.fit)(x.view()).apply(&mut x);
            assert!(x.iter().all(|v| v.is_finite()), "{}", row.name);
        }
    }
}
