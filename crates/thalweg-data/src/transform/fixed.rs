//! Fitted transforms as plain values: what a file keeps of them, so that new samples pass through the same numbers.

use super::affine::Affine;
use super::colour::Pixels;
use super::impute::Impute;
use super::one_hot::OneHot;
use super::whiten::Whiten;
use super::{Layout, Map};
use crate::read::MAX_FEATURES;

/// A fitted transform.
#[derive(Clone, Debug, PartialEq)]
pub enum Fixed {
    /// x ← (x − shift)·scale, both [n_features].
    Affine {
        /// What is taken away.
        shift: Vec<f64>,
        /// What the rest is multiplied by.
        scale: Vec<f64>,
    },
    /// A missing value becomes that of its feature, [n_features]; NaN: it stays missing.
    Fill {
        /// One for each feature.
        values: Vec<f64>,
    },
    /// A feature stays, or becomes a column for each of its values.
    OneHot {
        /// One for each feature.
        values: Vec<Option<Vec<f64>>>,
    },
    /// x ← D(x − mean).
    Whiten {
        /// [n_features]
        mean: Vec<f64>,
        /// D: [n_features, n_features], row-major.
        directions: Vec<f64>,
    },
    /// Each pixel's channels become others: the name of the transform's row.
    Pixels {
        /// As written in a file.
        name: String,
    },
}

impl Fixed {
    /// The map, for columns as they stand before it; says what does not fit them.
    pub fn map(&self, before: &Layout) -> Result<Box<dyn Map>, String> {
        let n = before.features.len();
        let fits = |what: &str, length: usize, wanted: usize| match length == wanted {
            true => Ok(()),
            false => Err(format!("a transform has {length} {what}, but {wanted} are needed for {n} features")),
        };
        Ok(match self.clone() {
            Fixed::Affine { shift, scale } => {
                fits("shifts", shift.len(), n)?;
                fits("scales", scale.len(), n)?;
                Box::new(Affine { shift, scale })
            }
            Fixed::Fill { values } => {
                fits("values", values.len(), n)?;
                Box::new(Impute { values })
            }
            Fixed::OneHot { values } => {
                fits("features", values.len(), n)?;
                let n_after: usize = values.iter().map(|v| v.as_ref().map_or(1, Vec::len)).sum();
                if n_after > MAX_FEATURES {
                    return Err(format!("a transform makes {n_after} columns, more than {MAX_FEATURES}"));
                }
                Box::new(OneHot { values, n_after })
            }
            Fixed::Whiten { mean, directions } => {
                fits("means", mean.len(), n)?;
                fits("entries of directions", directions.len(), n.saturating_mul(n))?;
                Box::new(Whiten { mean, directions })
            }
            Fixed::Pixels { name } => {
                if before.image.is_none_or(|image| image.channels != 3) {
                    return Err(format!("transform `{name}` needs pictures of three channels"));
                }
                Box::new(Pixels::of(&name).ok_or_else(|| format!("there is no transform of pixels `{name}`"))?)
            }
        })
    }
}
