//! The table of settings: everything `[base]` may hold and `[axes]` may sweep, one row each, a file for each group.
//!
//! From these rows come the accepted keys and their "did you mean", types and ranges, the canonical text behind a
//! trial's key, the CSV columns and the resolved file. A row's `set` says what is wrong in words; the caller knows where.

mod coin;
mod data;
mod graph;
mod image;
mod machine;
mod model;
mod optim;
mod parse;
mod row;
mod scores;
mod surface;
mod train;

use std::sync::LazyLock;

pub(crate) use model::{MAX_LAYERS, MAX_UNITS};
pub(crate) use optim::DESCENDING;
pub use parse::named;
pub(crate) use parse::{Bound, number};

use crate::expr::Type;
use crate::trial::Trial;
use crate::value::Value;

/// One quantity of a trial.
pub struct Setting {
    /// `group.field`, as written in a file and in CSV headers.
    pub path: &'static str,
    /// What it means, with its range or unit.
    pub doc: &'static str,
    /// The type of its CSV column.
    pub column: ColumnType,
    /// Reads it.
    pub get: fn(&Trial) -> Value,
    /// Checks and stores it.
    pub set: fn(&mut Trial, &Value) -> Result<(), String>,
}

impl Setting {
    /// Whether it takes a value of this type, in range or not: a refusal of the type begins with "must be".
    pub fn takes(&self, value: &Value) -> bool {
        (self.set)(&mut Trial::default(), value).err().is_none_or(|message| !message.starts_with("must be"))
    }

    /// The type of its values in a rule; a setting that takes numbers may hold a word, such as `auto`.
    fn value_type(&self) -> Type {
        let number = self.takes(&Value::Number(0.37)) || self.takes(&Value::Int(7));
        let list =
            || [Value::Int(7), Value::Number(0.5), Value::Text("x".into())].into_iter().any(|v| self.takes(&Value::list([v.clone(), v])));
        match () {
            () if self.takes(&Value::Bool(true)) => Type::Bool,
            () if number => Type::NumberOrWord,
            () if list() => Type::List,
            () => Type::Text,
        }
    }
}

/// How a setting is written in a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ColumnType {
    /// Shortest float that round-trips.
    Float,
    /// Integer.
    Int,
    /// Anything else.
    Text,
    /// A file or folder, relative to the experiment's.
    Path,
}

/// Every setting, by path.
pub static SETTINGS: LazyLock<Vec<&'static Setting>> = LazyLock::new(|| {
    let of_data = [coin::ROWS, data::ROWS, graph::ROWS, image::ROWS, scores::ROWS, surface::ROWS];
    let groups = of_data.into_iter().chain([machine::ROWS, model::ROWS, optim::ROWS, train::ROWS]);
    let mut rows: Vec<&Setting> = groups.flatten().collect();
    rows.sort_by_key(|row| row.path);
    rows
});

/// The type of each setting's values in a rule, by path; found when a first rule asks.
pub static TYPES: LazyLock<Vec<(&'static str, Type)>> = LazyLock::new(|| SETTINGS.iter().map(|s| (s.path, s.value_type())).collect());

/// The row of a path.
pub fn find(path: &str) -> Option<&'static Setting> {
    SETTINGS.iter().copied().find(|s| s.path == path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_accepts_what_it_reads() {
        let mut trial = Trial::default();
        for row in SETTINGS.iter() {
            let before = (row.get)(&trial);
            if before != Value::Text(String::new()) {
                (row.set)(&mut trial, &before).unwrap_or_else(|e| panic!("{}: {e}", row.path));
                assert_eq!((row.get)(&trial), before, "{}", row.path);
            }
            let is_flag = matches!(before, Value::Bool(_));
            assert_eq!((row.set)(&mut trial, &Value::Bool(true)).is_err(), !is_flag, "{} takes a boolean", row.path);
            assert!((row.set)(&mut trial, &Value::Number(f64::NAN)).is_err(), "{} takes NaN", row.path);
        }
    }

    #[test]
    fn paths_are_unique() {
        assert!(SETTINGS.windows(2).all(|w| w[0].path < w[1].path));
    }
}
