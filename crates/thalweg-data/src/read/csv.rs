//! Tables as text: one pass, row by row, into numbers; words get numbers of their own on the way.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, Read, Take};
use std::path::Path;

use csv::{ByteRecord, ErrorKind, ReaderBuilder};
use ndarray::Array2;

use super::{MAX_BYTES, MAX_FEATURES, is_packed, open, unread};
use crate::dataset::{Dataset, Feature, Labels, Samples, Task};
use crate::error::DataError;
use crate::source::{Column, Header, Missing, SourceSpec, TaskKind};
use crate::target::{MAX_CLASSES, classes_of, labels_of};

/// What stands for a missing value, beside nothing at all.
const MISSING: [&[u8]; 8] = [b"NA", b"N/A", b"NaN", b"nan", b"?", b"null", b"NULL", b"None"];
/// The most different words of a column.
const MAX_WORDS: usize = 10_000;
/// The most bytes of one row, so that neither an open quote nor a packed file without line ends fills the memory.
pub(super) const MAX_ROW: u64 = 1 << 27;
/// Rows after which the size of the whole is guessed.
const GUESS_AFTER: usize = 1024;

/// What a column has turned out to hold: the first value that is not missing decides.
enum Kind {
    Unknown,
    /// With the byte at which the row began that showed it, and whether all are written without point and exponent.
    Numbers {
        at: u64,
        is_whole: bool,
    },
    /// Numbered in the order of their first row.
    Words(HashMap<Vec<u8>, u32>),
}

/// What a column is for.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Feature,
    Target,
    Group,
    Dropped,
}

struct Reader<'a> {
    path: &'a Path,
    names: Vec<String>,
    roles: Vec<Role>,
    kinds: Vec<Kind>,
    missing: Missing,
}

/// `source = "csv"`.
pub fn read(spec: &SourceSpec) -> Result<Dataset, DataError> {
    let path = super::path(spec, "file")?;
    let mut rows = ReaderBuilder::new()
        .has_headers(false)
        .delimiter(spec.delimiter.unwrap_or(b','))
        .buffer_capacity(1 << 17)
        .from_reader(open(path)?.take(MAX_ROW));
    let mut record = ByteRecord::new();
    if !next(&mut rows, &mut record, path)? {
        return Err(DataError::file(path, "is empty"));
    }
    let n_columns = record.len();
    if n_columns > MAX_FEATURES {
        return Err(DataError::line(path, line_of(path, 0), format!("has {n_columns} cells, more than {MAX_FEATURES}")));
    }
    let names = names(&record, spec.header, path)?;
    let mut reader =
        Reader { path, roles: roles(&names, spec)?, names, kinds: (0..n_columns).map(|_| Kind::Unknown).collect(), missing: spec.missing };
    let n_features = reader.roles.iter().filter(|r| **r == Role::Feature).count();
    if n_features == 0 {
        return Err(DataError::file(path, "has no column but the target and those that are left out"));
    }
    let size = std::fs::metadata(path).map_or(0, |m| m.len());
    let (mut x, mut y, mut groups, mut n) = (Vec::<f64>::new(), Vec::new(), Vec::new(), 0usize);
    let mut has_row = spec.header == Header::Absent || next(&mut rows, &mut record, path)?;
    while has_row {
        n += usize::from(reader.row(&record, &mut x, &mut y, &mut groups)?);
        if (x.len() * 8) as u64 > MAX_BYTES {
            return Err(DataError::file(path, format!("holds more than {MAX_BYTES} bytes of values")));
        }
        if n == GUESS_AFTER && !is_packed(path) {
            let rest = size.saturating_sub(rows.position().byte()) as f64 / rows.position().byte().max(1) as f64;
            let more = (x.len() as f64 * rest * 1.02) as usize;
            x.try_reserve_exact(more.min((MAX_BYTES / 8) as usize)).map_err(|e| DataError::file(path, e))?;
        }
        has_row = next(&mut rows, &mut record, path)?;
    }
    if n == 0 {
        return Err(DataError::file(path, "has no rows that can be used"));
    }
    reader.set(spec, x, y, groups, n)
}

/// The next row, or what is wrong with it.
pub(super) fn next(rows: &mut csv::Reader<Take<Box<dyn BufRead>>>, record: &mut ByteRecord, path: &Path) -> Result<bool, DataError> {
    let at = rows.position().byte();
    rows.get_mut().set_limit(MAX_ROW);
    let is_row = rows.read_byte_record(record);
    if rows.get_ref().limit() == 0 {
        return Err(DataError::line(path, line_of(path, at), format!("is a row of more than {MAX_ROW} bytes: a quote may be open")));
    }
    is_row.map_err(|e| match e.kind() {
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            DataError::line(path, line_of(path, at), format!("has {len} cells, but the first line has {expected_len}"))
        }
        ErrorKind::Io(e) => DataError::line(path, line_of(path, at), unread(e)),
        _ => DataError::line(path, line_of(path, at), &e),
    })
}

/// The line of the row that was read from this byte on. The parser's own count is that of the place where it began to look: before
/// blank lines, and before the second half of a line end of Windows.
pub(super) fn line_of(path: &Path, at: u64) -> u64 {
    let Ok(reader) = open(path) else { return 1 };
    let (mut line, mut before) = (1, reader.take(at));
    while let Ok(bytes @ [_, ..]) = before.fill_buf() {
        line += bytes.iter().filter(|b| **b == b'\n').count() as u64;
        let n = bytes.len();
        before.consume(n);
    }
    let blank = before.into_inner().bytes().map_while(|b| b.ok().filter(|b| matches!(b, b'\r' | b'\n')));
    line + blank.filter(|b| *b == b'\n').count() as u64
}

pub(super) fn names(record: &ByteRecord, header: Header, path: &Path) -> Result<Vec<String>, DataError> {
    if header == Header::Absent {
        return Ok((0..record.len()).map(|i| format!("column_{i}")).collect());
    }
    if record.iter().all(|cell| lexical_core::parse::<f64>(cell.trim_ascii()).is_ok()) {
        return Err(DataError::line(path, line_of(path, 0), "holds numbers only, so it names no columns: say header = false"));
    }
    let text =
        |cell: &[u8]| String::from_utf8(cell.trim_ascii().to_vec()).map_err(|_| DataError::line(path, line_of(path, 0), "is no UTF-8"));
    let mut names = record.iter().map(text).collect::<Result<Vec<_>, _>>()?;
    if let Some(first) = names[0].strip_prefix('\u{feff}') {
        names[0] = first.trim().to_string();
    }
    let mut seen = HashSet::new();
    match names.iter().find(|name| !seen.insert(*name)) {
        Some(twice) => Err(DataError::line(path, line_of(path, 0), format!("names two columns `{}`", twice.escape_debug()))),
        None => Ok(names),
    }
}

fn roles(names: &[String], spec: &SourceSpec) -> Result<Vec<Role>, DataError> {
    let place = |column: &Column, option: &'static str| {
        let n = names.len() as i64;
        let found = match column {
            Column::Name(name) => names.iter().position(|n| n == name),
            Column::Place(i) => usize::try_from(if *i < 0 { i + n } else { *i }).ok().filter(|i| *i < names.len()),
        };
        found.ok_or_else(|| {
            let asked = match column {
                Column::Name(name) => format!("`{}`", name.escape_debug()),
                Column::Place(i) => format!("{i}"),
            };
            let shown: Vec<String> = names.iter().take(20).map(|n| n.escape_debug().to_string()).collect();
            let more = if names.len() > 20 { ", …" } else { "" };
            DataError::option(option, format!("there is no column {asked}; the table has {}: {}{more}", names.len(), shown.join(", ")))
        })
    };
    let mut roles = vec![Role::Feature; names.len()];
    for column in &spec.drop {
        roles[place(column, "drop")?] = Role::Dropped;
    }
    // A column that is left out cannot be what everything is about.
    let taken = |roles: &[Role], column: usize, option: &'static str, what: &str| match roles[column] {
        Role::Dropped => Err(DataError::option("drop", format!("`{}` is left out, but it is {what}", names[column].escape_debug()))),
        Role::Target => Err(DataError::option(option, "is the target, too")),
        _ => Ok(column),
    };
    let target = place(spec.target.as_ref().unwrap_or(&Column::Place(-1)), "target")?;
    let what = if spec.target.is_some() { "the target" } else { "the last column, and so the target: name another with `target`" };
    let target = taken(&roles, target, "target", what)?;
    roles[target] = Role::Target;
    if let Some(group) = &spec.group {
        let group = place(group, "group")?;
        let group = taken(&roles, group, "group", "the group")?;
        roles[group] = Role::Group;
    }
    Ok(roles)
}

impl Reader<'_> {
    fn wrong(&self, at: u64, reason: String) -> DataError {
        DataError::line(self.path, line_of(self.path, at), reason)
    }

    /// Appends one row; `false` if it lacks a value and such rows are left out, before their words are counted.
    fn row(&mut self, record: &ByteRecord, x: &mut Vec<f64>, y: &mut Vec<f64>, groups: &mut Vec<f64>) -> Result<bool, DataError> {
        let at = record.position().map_or(0, csv::Position::byte);
        let mut used = record.iter().zip(&self.roles).filter(|(_, role)| **role != Role::Dropped);
        if self.missing == Missing::Drop && used.any(|(cell, _)| is_missing(cell.trim_ascii())) {
            return Ok(false);
        }
        for (i, cell) in record.iter().enumerate() {
            let role = self.roles[i];
            if role == Role::Dropped {
                continue;
            }
            let value = self.cell(i, cell.trim_ascii(), at)?;
            if value.is_nan() && (self.missing == Missing::Refuse || role != Role::Feature) {
                let help = match role {
                    Role::Feature => ": `missing = \"mean\"`, `\"median\"` or `\"drop\"` says what to do",
                    _ => ": only `missing = \"drop\"` helps here",
                };
                return Err(self.wrong(at, format!("column `{}` has no value{help}", self.names[i].escape_debug())));
            }
            match role {
                Role::Feature => x.push(value),
                Role::Target => y.push(value),
                _ => groups.push(value),
            }
        }
        Ok(true)
    }

    /// A cell's number, or that of its word; NaN if it is missing.
    fn cell(&mut self, i: usize, cell: &[u8], at: u64) -> Result<f64, DataError> {
        if let Kind::Numbers { at: first, is_whole } = &mut self.kinds[i] {
            if let Ok(v) = lexical_core::parse::<f64>(cell)
                && v.is_finite()
            {
                *is_whole = *is_whole && cell.iter().all(|b| !matches!(b, b'.' | b'e' | b'E'));
                return Ok(v);
            }
            if is_missing(cell) {
                return Ok(f64::NAN);
            }
            let (name, text) = (self.names[i].escape_debug(), shown(cell));
            let first = line_of(self.path, *first);
            let reason = format!("column `{name}`: `{text}` is not a finite number, but the column's first value, on line {first}, is one");
            return Err(self.wrong(at, reason));
        }
        if is_missing(cell) {
            return Ok(f64::NAN);
        }
        if let Kind::Unknown = self.kinds[i] {
            if lexical_core::parse::<f64>(cell).is_ok_and(f64::is_finite) {
                self.kinds[i] = Kind::Numbers { at, is_whole: true };
                return self.cell(i, cell, at);
            }
            self.kinds[i] = Kind::Words(HashMap::new());
        }
        let Kind::Words(words) = &mut self.kinds[i] else { unreachable!("neither unknown nor numbers") };
        if let Some(number) = words.get(cell) {
            return Ok(f64::from(*number));
        }
        let number = words.len() as u32;
        if words.len() == MAX_WORDS {
            let reason =
                format!("column `{}` has more than {MAX_WORDS} different words: `drop` leaves it out", self.names[i].escape_debug());
            return Err(self.wrong(at, reason));
        }
        if std::str::from_utf8(cell).is_err() {
            return Err(self.wrong(at, format!("column `{}` is no UTF-8", self.names[i].escape_debug())));
        }
        words.insert(cell.to_vec(), number);
        Ok(f64::from(number))
    }

    /// A column's words in alphabetical order, and the place in it of each number that they had: the order of rows must not matter.
    fn sorted(&self, i: usize) -> Option<(Vec<String>, Vec<f64>)> {
        let Kind::Words(words) = &self.kinds[i] else { return None };
        let mut sorted: Vec<(&Vec<u8>, &u32)> = words.iter().collect();
        sorted.sort();
        let mut places = vec![0.0; sorted.len()];
        sorted.iter().enumerate().for_each(|(place, (_, number))| places[**number as usize] = place as f64);
        Some((sorted.iter().map(|(word, _)| String::from_utf8_lossy(word).into_owned()).collect(), places))
    }

    fn set(self, spec: &SourceSpec, mut x: Vec<f64>, y: Vec<f64>, groups: Vec<f64>, n: usize) -> Result<Dataset, DataError> {
        let columns: Vec<usize> = (0..self.roles.len()).filter(|i| self.roles[*i] == Role::Feature).collect();
        let mut features = Vec::with_capacity(columns.len());
        for (place, column) in columns.iter().enumerate() {
            let mut feature = Feature::number(&self.names[*column]);
            if let Some((words, places)) = self.sorted(*column) {
                x.iter_mut().skip(place).step_by(columns.len()).filter(|v| !v.is_nan()).for_each(|v| *v = places[*v as usize]);
                feature.categories = words;
            }
            features.push(feature);
        }
        let target = self.roles.iter().position(|r| *r == Role::Target).expect("a column is the target");
        let (y, class_names, task) = self.labels(target, spec, y)?;
        let rest = (0..self.roles.len()).filter(|i| *i != target && self.roles[*i] != Role::Feature);
        let others = std::iter::once(target).chain(rest).map(|i| self.names[i].clone()).collect();
        let x = Array2::from_shape_vec((n, columns.len()), x).expect("a value for each column and row");
        Ok(Dataset {
            name: "csv".into(),
            x: Samples::Numbers(x),
            y,
            task,
            features,
            class_names,
            image: None,
            n_test: 0,
            groups: spec.group.as_ref().map(|_| numbered(&groups)),
            others,
        })
    }

    fn labels(&self, target: usize, spec: &SourceSpec, y: Vec<f64>) -> Result<(Labels, Vec<String>, Task), DataError> {
        let name = self.names[target].escape_debug();
        if let Some((words, places)) = self.sorted(target) {
            if spec.task == Some(TaskKind::Regression) {
                return Err(DataError::option("task", format!("regression needs numbers, but column `{name}` holds words")));
            }
            if words.len() > MAX_CLASSES {
                return Err(DataError::option("target", format!("column `{name}` has more than {MAX_CLASSES} classes")));
            }
            let labels = y.iter().map(|v| places[*v as usize] as u32).collect();
            let task = Task::Classes { n_classes: words.len() };
            return Ok((Labels::Classes(labels), words, task));
        }
        let is_whole = matches!(self.kinds[target], Kind::Numbers { is_whole: true, .. });
        if spec.task.map_or(is_whole, |task| task == TaskKind::Classes) {
            let classes = classes_of(&y).map_err(|reason| DataError::option("target", format!("column `{name}` {reason}")))?;
            let names = classes.iter().map(f64::to_string).collect();
            return Ok((Labels::Classes(labels_of(&y, &classes)), names, Task::Classes { n_classes: classes.len() }));
        }
        let n = y.len();
        Ok((Labels::Values(Array2::from_shape_vec((n, 1), y).expect("a column")), Vec::new(), Task::Regression { n_outputs: 1 }))
    }
}

pub(super) fn is_missing(cell: &[u8]) -> bool {
    cell.is_empty() || MISSING.contains(&cell)
}

/// Values numbered in the order of their first row.
fn numbered(values: &[f64]) -> Vec<u32> {
    let mut numbers = HashMap::new();
    let number = |v: &f64| {
        let next = numbers.len() as u32;
        *numbers.entry(v.to_bits()).or_insert(next)
    };
    values.iter().map(number).collect()
}

/// The start of a cell, for a message.
pub(super) fn shown(cell: &[u8]) -> String {
    let text = String::from_utf8_lossy(cell);
    let short: String = text.chars().take(40).collect();
    short.escape_debug().to_string()
}
