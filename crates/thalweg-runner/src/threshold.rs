//! The thresholds of the outcomes' words, as a file may set them in `[report]`.
//!
//! A kind's rows stand beside the functions that read them. They decide words in tables and no number of a trial, so they are
//! not in its key: another threshold draws the report again and trains nothing.

use crate::settings::{Bound, number};
use crate::value::Value;

/// One threshold.
pub struct Threshold {
    /// As written in `thresholds = { … }`.
    pub name: &'static str,
    /// What it decides.
    pub doc: &'static str,
    /// Where a file has none.
    pub default: f64,
    /// Smallest and largest value, both allowed.
    pub range: (f64, f64),
}

/// A kind's thresholds as an experiment has them: those that it sets, and everybody else's default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Thresholds {
    set: Vec<(&'static str, f64)>,
}

impl Thresholds {
    /// The value of a row.
    pub fn of(&self, row: &Threshold) -> f64 {
        self.set.iter().find(|(name, _)| *name == row.name).map_or(row.default, |(_, value)| *value)
    }

    /// Checks and stores a value.
    pub fn set(&mut self, row: &'static Threshold, value: &Value) -> Result<(), String> {
        let value = number(value, row.range.0, Bound::Closed, row.range.1)?;
        self.set.retain(|(name, _)| *name != row.name);
        self.set.push((row.name, value));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::KINDS;

    #[test]
    fn each_row_takes_its_default_and_its_range_alone() {
        for row in KINDS.iter().flat_map(|k| k.thresholds.iter().copied()) {
            let mut thresholds = Thresholds::default();
            assert_eq!(thresholds.of(row), row.default, "{}", row.name);
            for fits in [row.default, row.range.0, row.range.1] {
                thresholds.set(row, &Value::Number(fits)).unwrap_or_else(|e| panic!("{}: {e}", row.name));
                assert_eq!(thresholds.of(row), fits, "{}", row.name);
            }
            for wrong in [row.range.0 - 1.0, row.range.1 * 2.0, f64::NAN] {
                assert!(thresholds.set(row, &Value::Number(wrong)).is_err(), "{} takes {wrong}", row.name);
            }
            assert_eq!(thresholds.of(row), row.range.1, "{}: what is refused changes nothing", row.name);
        }
    }

    #[test]
    fn names_of_a_kind_are_unique() {
        for kind in KINDS {
            let names: std::collections::BTreeSet<&str> = kind.thresholds.iter().map(|t| t.name).collect();
            assert_eq!(names.len(), kind.thresholds.len(), "{}", kind.name);
        }
    }
}
