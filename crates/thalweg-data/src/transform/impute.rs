//! Missing values, filled with what is usual in the training part.

use super::{Block, Fitted, Fixed, Map, Passes};
use crate::source::Missing;

/// NaN becomes the feature's own value; a missing word stays missing, which `one-hot` makes all 0.
pub(super) struct Impute {
    /// [n_features]; NaN for words.
    pub(super) values: Vec<f64>,
}

impl Map for Impute {
    fn apply(&self, block: &mut Block) {
        for row in block.values.chunks_exact_mut(self.values.len().max(1)) {
            row.iter_mut().zip(&self.values).filter(|(v, _)| v.is_nan()).for_each(|(v, usual)| *v = *usual);
        }
    }

    fn fixed(&self) -> Fixed {
        Fixed::Fill { values: self.values.clone() }
    }
}

/// Learns what is usual: the mean or median of the values that are there.
pub(crate) fn impute(rows: &dyn Passes, how: Missing) -> Fitted {
    let features = &rows.layout().features;
    let mut found = vec![Vec::new(); features.len()];
    rows.pass(&mut |block| {
        for row in block.values.chunks_exact(features.len().max(1)) {
            found.iter_mut().zip(row).filter(|(_, v)| !v.is_nan()).for_each(|(found, v)| found.push(*v));
        }
    });
    let usual = |values: &mut Vec<f64>| match how {
        Missing::Median => {
            values.sort_unstable_by(f64::total_cmp);
            (values[(values.len() - 1) / 2] + values[values.len() / 2]) / 2.0
        }
        _ => values.iter().sum::<f64>() / values.len() as f64,
    };
    let values = features.iter().zip(&mut found).map(|(feature, values)| match (feature.categories.is_empty(), values.is_empty()) {
        (false, _) => Ok(f64::NAN),
        (true, true) => Err(format!("feature `{}` has no value in the training part to impute from", feature.name)),
        (true, false) => Ok(usual(values)),
    });
    Ok(Box::new(Impute { values: values.collect::<Result<_, _>>()? }))
}
