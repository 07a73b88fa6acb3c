//! Tables through polars: the only file that knows it.
//!
//! Columns go in and come out as plain vectors; a table is written whole or not at all.

mod parquet;

use std::borrow::Cow;
use std::collections::HashSet;
use std::fs;
use std::io::{BufRead, BufReader, Cursor};
use std::path::Path;
use std::sync::Arc;

use polars::prelude::{BooleanChunked, DataFrame, DataType, Field, IntoColumn, NamedFrom, PlSmallStr, SchemaRef, Series};
use polars_io::prelude::{CsvReadOptions, CsvWriter, SerReader, SerWriter};

use ::parquet::errors::ParquetError;
use parquet::Kind;

use crate::cell::{guarded, plain};
use crate::claim::Claim;
use crate::error::ReportError;
use crate::examined::Examined;
use crate::place::place;

/// The cells of a column; `None` is an empty cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cells {
    /// Text.
    Text(Vec<Option<String>>),
    /// Integers.
    Int(Vec<Option<i64>>),
    /// Floats, written as the shortest text that round-trips.
    Float(Vec<Option<f64>>),
}

/// A named column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its header.
    pub name: String,
    /// Its cells.
    pub cells: Cells,
}

impl Column {
    /// A column of text.
    pub fn text(name: &str, cells: Vec<Option<String>>) -> Column {
        Column { name: name.into(), cells: Cells::Text(cells) }
    }

    /// A column of integers.
    pub fn int(name: &str, cells: Vec<Option<i64>>) -> Column {
        Column { name: name.into(), cells: Cells::Int(cells) }
    }

    /// A column of floats.
    pub fn float(name: &str, cells: Vec<Option<f64>>) -> Column {
        Column { name: name.into(), cells: Cells::Float(cells) }
    }
}

/// A table.
#[derive(Clone, Debug)]
pub struct Table(DataFrame);

/// All tables of a run.
#[derive(Clone, Debug)]
pub struct Tables {
    /// One row per trial.
    pub trials: Table,
    /// One row per trial and recorded epoch.
    pub epochs: Table,
    /// One row per trial, recorded epoch and group of layers, where they were recorded.
    pub layers: Option<Table>,
    /// What figures draw behind the trials: a surface on a grid. Not written.
    pub backdrop: Option<Table>,
    /// The nodes of expressions.
    pub nodes: Option<Table>,
    /// What trained networks say of their data, where plots ask for it.
    pub examined: Option<Examined>,
    /// One row per decision of successive halving, where there is one.
    pub halving: Option<Table>,
    /// What was expected, and what came of it.
    pub claims: Vec<Claim>,
    /// One row per configuration.
    pub summary: Table,
    /// One row per trial that is not `ok`.
    pub failures: Table,
    /// Measured time.
    pub timings: Table,
}

fn wrong(e: polars::error::PolarsError) -> ReportError {
    ReportError::Table(e.to_string())
}

impl Table {
    /// A table of columns of one length with distinct names.
    pub fn new(columns: Vec<Column>) -> Result<Table, ReportError> {
        let columns = columns.into_iter().map(|c| {
            let name = c.name.as_str().into();
            match c.cells {
                Cells::Text(v) => Series::new(name, v).into_column(),
                Cells::Int(v) => Series::new(name, v).into_column(),
                Cells::Float(v) => Series::new(name, v).into_column(),
            }
        });
        Ok(Table(DataFrame::new_infer_height(columns.collect()).map_err(wrong)?))
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.0.height()
    }

    /// The headers in order.
    pub fn names(&self) -> Vec<String> {
        self.0.get_column_names().into_iter().map(|n| n.to_string()).collect()
    }

    /// A column as text: numbers as they are written in a file.
    pub fn text(&self, name: &str) -> Result<Vec<Option<String>>, ReportError> {
        let column = self.0.column(name).map_err(wrong)?;
        let column = column.cast(&DataType::String).map_err(wrong)?;
        Ok(column.str().map_err(wrong)?.iter().map(|v| v.map(String::from)).collect())
    }

    /// A column as floats.
    pub fn float(&self, name: &str) -> Result<Vec<Option<f64>>, ReportError> {
        let column = self.0.column(name).map_err(wrong)?.cast(&DataType::Float64).map_err(wrong)?;
        Ok(column.f64().map_err(wrong)?.iter().collect())
    }

    /// A column as integers.
    pub fn int(&self, name: &str) -> Result<Vec<Option<i64>>, ReportError> {
        let column = self.0.column(name).map_err(wrong)?.cast(&DataType::Int64).map_err(wrong)?;
        Ok(column.i64().map_err(wrong)?.iter().collect())
    }

    /// As CSV: header, LF, empty cells for `None`, no text that a spreadsheet takes for a formula.
    pub fn to_csv(&self) -> Result<Vec<u8>, ReportError> {
        let mut bytes = Vec::new();
        let mut table = self.texts(|text| Some(guarded(text)).filter(|g| g != text))?;
        CsvWriter::new(&mut bytes).include_header(true).finish(&mut table).map_err(wrong)?;
        Ok(bytes)
    }

    /// Writes CSV. Whole or not at all.
    pub fn write_csv(&self, path: &Path) -> Result<(), ReportError> {
        Ok(place(path, &self.to_csv()?)?)
    }

    /// A copy in which some texts are others: where `other` has something to say.
    fn texts<'a>(&'a self, other: impl Fn(&'a str) -> Option<Cow<'a, str>>) -> Result<DataFrame, ReportError> {
        let mut copy = self.0.clone();
        for column in self.0.columns().iter().filter(|c| c.dtype() == &DataType::String) {
            let cells = column.str().map_err(wrong)?;
            if cells.iter().flatten().any(|text| other(text).is_some()) {
                let changed: Vec<Option<Cow<'_, str>>> = cells.iter().map(|c| c.map(|text| other(text).unwrap_or(text.into()))).collect();
                copy.replace(column.name(), Series::new(column.name().clone(), changed).into_column()).map_err(wrong)?;
            }
        }
        Ok(copy)
    }

    /// Writes Parquet with the same values, texts, integers and floats as what they are. Whole or not at all.
    pub fn write_parquet(&self, path: &Path) -> Result<(), ReportError> {
        let kind = |dtype: &DataType| match dtype {
            DataType::Int64 => Kind::Int,
            DataType::Float64 => Kind::Float,
            _ => Kind::Text,
        };
        let columns: Vec<(String, Kind)> = self.0.columns().iter().map(|c| (c.name().to_string(), kind(c.dtype()))).collect();
        let cells = |place: usize| {
            let (name, kind) = &columns[place];
            let cells = match kind {
                Kind::Int => self.int(name).map(Cells::Int),
                Kind::Float => self.float(name).map(Cells::Float),
                Kind::Text => self.text(name).map(Cells::Text),
            };
            cells.map_err(|e| ParquetError::General(e.to_string()))
        };
        let bytes = parquet::bytes(&columns, cells).map_err(|e| ReportError::Table(e.to_string()))?;
        Ok(place(path, &bytes)?)
    }

    /// Reads a CSV that was written by [`Table::write_csv`].
    pub fn read_csv(path: &Path) -> Result<Table, ReportError> {
        let bytes = fs::read(path)?;
        let options = CsvReadOptions::default().with_has_header(true).with_infer_schema_length(None).with_schema_overwrite(Some(hashes()));
        let table = Table(options.into_reader_with_file_handle(Cursor::new(bytes)).finish().map_err(wrong)?);
        Ok(Table(table.texts(|text| Some(plain(text).into()).filter(|p| p != text))?))
    }
}

impl Table {
    /// Some columns of a CSV, and of the rows only those whose text in `column` is one of `wanted`; `None` if it lacks a column. What is
    /// large is never held whole.
    pub fn read_csv_where(path: &Path, columns: &[&str], column: &str, wanted: &HashSet<String>) -> Result<Option<Table>, ReportError> {
        let header = BufReader::new(fs::File::open(path)?).lines().next().transpose()?.unwrap_or_default();
        let names: Vec<&str> = header.split(',').map(|name| name.trim_matches('"')).collect();
        if columns.iter().any(|c| !names.contains(c)) {
            return Ok(None);
        }
        let chosen: Arc<[PlSmallStr]> = columns.iter().map(|c| (*c).into()).collect();
        let options = CsvReadOptions::default().with_has_header(true).with_infer_schema_length(None).with_columns(Some(chosen));
        let options = options.with_schema_overwrite(Some(hashes()));
        let frame = options.into_reader_with_file_handle(Cursor::new(fs::read(path)?)).finish().map_err(wrong)?;
        let texts = frame.column(column).map_err(wrong)?.cast(&DataType::String).map_err(wrong)?;
        let mask: BooleanChunked = texts.str().map_err(wrong)?.iter().map(|v| v.is_some_and(|v| wanted.contains(v))).collect();
        Ok(Some(Table(frame.filter(&mask).map_err(wrong)?)))
    }
}

/// Hashes are texts, though all of their digits may be decimal, or read as `12e34`.
fn hashes() -> SchemaRef {
    Arc::new(["key", "config"].into_iter().map(|name| Field::new(name.into(), DataType::String)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// What is written is read back, floats bit for bit.
        #[test]
        fn csv_round_trips(floats in prop::collection::vec(prop::option::of(-1e300..1e300f64), 1..20), word in "[-=+@',\" a-z]{1,8}x") {
            let n = floats.len();
            let texts = (0..n).map(|i| Some(format!("{word}{i}"))).collect::<Vec<_>>();
            let table = Table::new(vec![Column::text("t", texts.clone()), Column::float("x", floats.clone())]).expect("made");
            let path = std::env::temp_dir().join(format!("thalweg-csv-{}.csv", std::process::id()));
            table.write_csv(&path).expect("written");
            let back = Table::read_csv(&path).expect("read");
            prop_assert_eq!(back.text("t").expect("text"), texts);
            prop_assert_eq!(back.float("x").expect("floats"), floats);
        }
    }

    /// A hash of decimal digits alone, or with a single `e`, stays what it is.
    #[test]
    fn hashes_are_no_numbers() {
        let path = std::env::temp_dir().join(format!("thalweg-hashes-{}.csv", std::process::id()));
        for hash in ["012345678901", "12e456789012", "413078521904"] {
            let table =
                Table::new(vec![Column::text("config", vec![Some(hash.into())]), Column::float("x", vec![Some(1.0)])]).expect("made");
            table.write_csv(&path).expect("written");
            assert_eq!(Table::read_csv(&path).expect("read").text("config").expect("text"), [Some(hash.to_string())]);
            let wanted = HashSet::from([hash.to_string()]);
            let some = Table::read_csv_where(&path, &["config", "x"], "config", &wanted).expect("read").expect("columns that are there");
            assert_eq!(some.n_rows(), 1, "{hash}");
        }
        fs::remove_file(&path).expect("removed");
    }
}
