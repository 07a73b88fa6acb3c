//! Whitening by principal components.

use thalweg_math::eigen::symmetric;
use thalweg_math::matmul::{Matrix, Onto, product};

use super::{Block, Fitted, Fixed, Layout, Map, Passes};
use crate::dataset::Feature;

/// A direction with less than this share of the largest variance is rounding.
const NO_VARIANCE: f64 = 1e-12;

/// The most features: the covariance is a matrix.
const MAX_FEATURES: usize = 4096;

pub(super) struct Whiten {
    /// [n]
    pub(super) mean: Vec<f64>,
    /// Rows are the scaled eigenvectors, [n, n].
    pub(super) directions: Vec<f64>,
}

impl Map for Whiten {
    fn apply(&self, block: &mut Block) {
        let n = self.mean.len();
        let n_rows = block.values.len() / n.max(1);
        centre(&mut block.values, &self.mean);
        let mut out = vec![0.0; block.values.len()];
        product(&mut out, Onto::Replace, Matrix::new(&block.values, n_rows, n), Matrix::new(&self.directions, n, n).t());
        block.values = out;
    }

    fn layout(&self, before: Layout) -> Layout {
        Layout { features: (0..before.features.len()).map(|i| Feature::number(format!("component_{i}"))).collect(), image: None }
    }

    fn fixed(&self) -> Fixed {
        Fixed::Whiten { mean: self.mean.clone(), directions: self.directions.clone() }
    }
}

fn centre(values: &mut [f64], mean: &[f64]) {
    for row in values.chunks_exact_mut(mean.len().max(1)) {
        row.iter_mut().zip(mean).for_each(|(v, m)| *v -= m);
    }
}

pub(super) fn whiten(rows: &dyn Passes) -> Fitted {
    let features = &rows.layout().features;
    let n = features.len();
    if let Some(word) = features.iter().find(|f| !f.categories.is_empty()) {
        return Err(format!("feature `{}` holds words: name `one-hot` first", word.name));
    }
    if n > MAX_FEATURES || rows.n_rows() < 2 {
        return Err(format!("takes at most {MAX_FEATURES} features and at least two samples, not {n} and {}", rows.n_rows()));
    }
    let mut mean = vec![0.0; n];
    rows.pass(&mut |block| block.values.chunks_exact(n).for_each(|row| mean.iter_mut().zip(row).for_each(|(m, v)| *m += v)));
    mean.iter_mut().for_each(|m| *m /= rows.n_rows() as f64);
    let mut covariance = vec![0.0; n * n];
    rows.pass(&mut |block| {
        let mut values = block.values.clone();
        centre(&mut values, &mean);
        let x = Matrix::new(&values, values.len() / n, n);
        product(&mut covariance, Onto::Add, x.t(), x);
    });
    covariance.iter_mut().for_each(|v| *v /= rows.n_rows() as f64 - 1.0);
    let (variances, mut directions) = symmetric(&covariance, n)?;
    let largest = variances.first().copied().unwrap_or(0.0);
    for (direction, variance) in directions.chunks_exact_mut(n).zip(&variances) {
        let scale = if *variance > NO_VARIANCE * largest { 1.0 / variance.sqrt() } else { 0.0 };
        direction.iter_mut().for_each(|v| *v *= scale);
    }
    Ok(Box::new(Whiten { mean, directions }))
}
