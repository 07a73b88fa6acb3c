//! Words and whole numbers as columns of 0 and 1.

use std::collections::BTreeSet;

use super::{Block, Fitted, Fixed, Layout, Map, Passes};
use crate::dataset::Feature;

/// The most values of a feature of whole numbers that become columns.
const MAX_VALUES: usize = 64;
/// The most of a feature of words.
const MAX_WORDS: usize = 10_000;

/// What becomes of each feature: `None` stays, `Some` becomes a column for each value.
pub(super) struct OneHot {
    pub(super) values: Vec<Option<Vec<f64>>>,
    pub(super) n_after: usize,
}

impl Map for OneHot {
    fn apply(&self, block: &mut Block) {
        let mut out = Vec::with_capacity(block.values.len() / self.values.len().max(1) * self.n_after);
        for row in block.values.chunks_exact(self.values.len().max(1)) {
            for (v, values) in row.iter().zip(&self.values) {
                match values {
                    None => out.push(*v),
                    Some(values) => out.extend(values.iter().map(|one| f64::from(u8::from(one == v)))),
                }
            }
        }
        *block = Block { values: out, n_columns: self.n_after };
    }

    fn layout(&self, before: Layout) -> Layout {
        let columns = |(feature, values): (&Feature, &Option<Vec<f64>>)| match values {
            None => vec![feature.clone()],
            Some(values) => {
                let word = |v: &f64| feature.categories.get(*v as usize).cloned().unwrap_or_else(|| format!("{v}"));
                values.iter().map(|v| Feature::number(format!("{}={}", feature.name, word(v)))).collect()
            }
        };
        Layout { features: before.features.iter().zip(&self.values).flat_map(columns).collect(), image: None }
    }

    fn fixed(&self) -> Fixed {
        Fixed::OneHot { values: self.values.clone() }
    }
}

/// Words and whole numbers.
pub(super) fn one_hot(rows: &dyn Passes) -> Fitted {
    fit(rows, MAX_VALUES)
}

/// Words alone: what a chain begins with that does not name `one-hot`.
pub(crate) fn words_to_columns(rows: &dyn Passes) -> Fitted {
    fit(rows, 0)
}

fn fit(rows: &dyn Passes, max_numbers: usize) -> Fitted {
    let features = &rows.layout().features;
    let limit = |feature: &Feature| if feature.categories.is_empty() { max_numbers } else { MAX_WORDS };
    // `None` once a feature has shown that it is no list of few whole numbers.
    let mut seen: Vec<Option<BTreeSet<i64>>> = features.iter().map(|f| (limit(f) > 0).then(BTreeSet::new)).collect();
    rows.pass(&mut |block| {
        for row in block.values.chunks_exact(features.len().max(1)) {
            for ((v, seen), feature) in row.iter().zip(&mut seen).zip(features).filter(|((v, _), _)| !v.is_nan()) {
                let Some(values) = seen else { continue };
                let is_whole = v.fract() == 0.0 && v.abs() < 1e15;
                if is_whole {
                    values.insert(*v as i64);
                }
                if !is_whole || values.len() > limit(feature) {
                    *seen = None;
                }
            }
        }
    });
    if let Some(feature) = features.iter().zip(&seen).find(|(f, s)| !f.categories.is_empty() && s.is_none()) {
        return Err(format!("feature `{}` has more than {MAX_WORDS} different words", feature.0.name));
    }
    let values: Vec<Option<Vec<f64>>> = seen.into_iter().map(|s| Some(s?.into_iter().map(|v| v as f64).collect())).collect();
    let n_after = values.iter().map(|v| v.as_ref().map_or(1, Vec::len)).sum();
    Ok(Box::new(OneHot { values, n_after }))
}
