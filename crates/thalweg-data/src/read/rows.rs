//! Rows of a table for a model that is already trained: columns are found by name, words get the numbers that training gave them,
//! and the target may be there or not.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder};
use ndarray::Array2;

use super::csv::{MAX_ROW, is_missing, line_of, names, next, shown};
use super::{MAX_BYTES, open};
use crate::dataset::{Feature, Samples};
use crate::error::DataError;
use crate::intake::Intake;
use crate::source::{Header, Missing};

/// How a table is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// Whether its first line names the columns.
    pub header: Header,
    /// What separates cells.
    pub delimiter: u8,
    /// What becomes of missing values.
    pub missing: Missing,
}

/// What a table holds for a trained model.
#[derive(Debug)]
pub struct Rows {
    /// [n, n_features], as training read them; NaN is a missing value or a word that training did not have.
    pub x: Samples,
    /// The cells of the target's column, if it is there.
    pub truth: Option<Vec<String>>,
    /// What a reader of the results should know.
    pub notes: Vec<String>,
}

/// What a column of the file is.
enum Use<'a> {
    Feature(usize, &'a Feature, HashMap<&'a [u8], f64>),
    Truth,
    Ignored,
}

/// Reads a table.
pub fn read(path: &Path, form: &Form, intake: &Intake) -> Result<Rows, DataError> {
    let builder = &mut ReaderBuilder::new();
    let mut lines = builder.has_headers(false).delimiter(form.delimiter).from_reader(open(path)?.take(MAX_ROW));
    let mut record = ByteRecord::new();
    if !next(&mut lines, &mut record, path)? {
        return Err(DataError::file(path, "is empty"));
    }
    let uses = uses(&names(&record, form.header, path)?, form.header, intake).map_err(|reason| DataError::file(path, reason))?;
    let has_truth = uses.iter().any(|u| matches!(u, Use::Truth));
    let n_features = intake.features.len();
    let (mut x, mut truth, mut unknown) = (Vec::<f64>::new(), Vec::new(), BTreeMap::<&str, usize>::new());
    let mut has_row = form.header == Header::Absent || next(&mut lines, &mut record, path)?;
    while has_row {
        let at = record.position().map_or(0, csv::Position::byte);
        let start = x.len();
        x.resize(start + n_features, f64::NAN);
        for (cell, usage) in record.iter().zip(&uses) {
            let cell = cell.trim_ascii();
            match usage {
                Use::Ignored => {}
                Use::Truth => truth.push(String::from_utf8_lossy(cell).into_owned()),
                Use::Feature(place, feature, words) => {
                    let found = value(cell, feature, words, form.missing);
                    let found = found.map_err(|reason| DataError::line(path, line_of(path, at), reason))?;
                    if found == Cell::Unknown {
                        *unknown.entry(feature.name.as_str()).or_default() += 1;
                    }
                    x[start + place] = if let Cell::Number(v) = found { v } else { f64::NAN };
                }
            }
        }
        if (x.len() * 8) as u64 > MAX_BYTES {
            return Err(DataError::file(path, format!("holds more than {MAX_BYTES} bytes of values")));
        }
        has_row = next(&mut lines, &mut record, path)?;
    }
    if x.is_empty() {
        return Err(DataError::file(path, "has no rows"));
    }
    let notes = unknown.iter().map(|(name, n)| {
        let rows = if *n == 1 { "1 row has a word".into() } else { format!("{n} rows have words") };
        format!("column `{}`: {rows} that training did not see; they count as none of the known ones", name.escape_debug())
    });
    let notes = notes.collect();
    let x = Array2::from_shape_vec((x.len() / n_features, n_features), x).map_err(|e| DataError::file(path, e))?;
    Ok(Rows { x: Samples::Numbers(x), truth: has_truth.then_some(truth), notes })
}

#[derive(Clone, Copy, PartialEq)]
enum Cell {
    Number(f64),
    Missing,
    Unknown,
}

fn value(cell: &[u8], feature: &Feature, words: &HashMap<&[u8], f64>, missing: Missing) -> Result<Cell, String> {
    let name = feature.name.escape_debug();
    if is_missing(cell) {
        return match missing {
            Missing::Mean | Missing::Median => Ok(Cell::Missing),
            Missing::Refuse | Missing::Drop => {
                Err(format!("column `{name}` has no value, and the model was trained without a stand-in for missing ones"))
            }
        };
    }
    if !feature.categories.is_empty() {
        return Ok(words.get(cell).map_or(Cell::Unknown, |v| Cell::Number(*v)));
    }
    match lexical_core::parse::<f64>(cell) {
        Ok(v) if v.is_finite() => Ok(Cell::Number(v)),
        _ => Err(format!("column `{name}`: `{}` is not a finite number, as it was in training", shown(cell))),
    }
}

/// What each column of the file is, or which are missing and which are too many.
fn uses<'a>(names: &[String], header: Header, intake: &'a Intake) -> Result<Vec<Use<'a>>, String> {
    let feature = |place: usize| {
        let feature = &intake.features[place];
        let words = feature.categories.iter().zip(0u32..).map(|(word, number)| (word.as_bytes(), f64::from(number)));
        Use::Feature(place, feature, words.collect())
    };
    if header == Header::Absent && names.len() == intake.features.len() {
        return Ok((0..names.len()).map(feature).collect());
    }
    if header == Header::Absent && names.len() != intake.features.len() + intake.others.len() {
        let (n, others) = (intake.features.len(), intake.others.len());
        return Err(format!("has {} columns, but the model was trained on {n} features and {others} other columns", names.len()));
    }
    let places: HashMap<&str, usize> = intake.features.iter().enumerate().map(|(place, f)| (f.name.as_str(), place)).collect();
    let listed = |names: &mut dyn Iterator<Item = &str>| {
        let all: Vec<String> = names.map(|name| format!("`{}`", name.escape_debug())).collect();
        format!("{}{}", all[..all.len().min(10)].join(", "), if all.len() > 10 { ", …" } else { "" })
    };
    let is_there = |feature: &&Feature| names.contains(&feature.name);
    if !intake.features.iter().all(|f| is_there(&f)) {
        let missing = listed(&mut intake.features.iter().filter(|f| !is_there(f)).map(|f| f.name.as_str()));
        return Err(format!(
            "lacks columns that the model was trained on: {missing}; it has {}",
            listed(&mut names.iter().map(String::as_str))
        ));
    }
    let is_known = |name: &&String| places.contains_key(name.as_str()) || intake.others.contains(name);
    if !names.iter().all(|name| is_known(&name)) {
        let more = listed(&mut names.iter().filter(|name| !is_known(name)).map(String::as_str));
        return Err(format!("has columns that the model was not trained on: {more}"));
    }
    let usage = |name: &String| match places.get(name.as_str()) {
        Some(place) => feature(*place),
        None if intake.others.first() == Some(name) => Use::Truth,
        None => Use::Ignored,
    };
    Ok(names.iter().map(usage).collect())
}
