//! `File`: an experiment's text as a tree of values that remember where they stood.
//!
//! The only file that knows `toml`. It checks syntax alone; what a key means is decided in `check`.
//! Writing the resolved experiment is here too, so that reading and writing stay together.

use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use crate::diagnose::{Problem, Problems, Span};
use crate::value::{Node, Value};

/// The longest experiment file that is read, in bytes.
const MAX_BYTES: u64 = 4 << 20;

/// An experiment file after parsing.
#[derive(Clone, Debug)]
pub struct File {
    /// The path as the user wrote it.
    pub path: PathBuf,
    /// The text, for carets.
    pub text: String,
    /// The top-level table.
    pub root: Node,
}

/// Reads and parses a file. A missing file, bad UTF-8 and every syntax error are problems.
pub fn read(path: &Path) -> Result<File, Problems> {
    let shown = path.display().to_string();
    let size = std::fs::metadata(path).map_err(|e| Problems::one(format!("cannot read {shown}: {e}")))?;
    if size.is_dir() || size.len() > MAX_BYTES {
        return Err(Problems::one(format!("cannot read {shown}: not a file of at most {MAX_BYTES} bytes")));
    }
    let bytes = std::fs::read(path).map_err(|e| Problems::one(format!("cannot read {shown}: {e}")))?;
    let text = String::from_utf8(bytes).map_err(|e| {
        Problems::one(format!("{shown} is not UTF-8 text: the first bad byte is number {}", e.utf8_error().valid_up_to() + 1))
    })?;
    parse(path, text)
}

/// Parses text that was already read; `path` is only shown.
pub fn parse(path: &Path, text: String) -> Result<File, Problems> {
    let (table, errors) = DeTable::parse_recoverable(&text);
    let problems: Vec<Problem> =
        errors.iter().map(|e| Problem::at(&e.span().or(Some(0..0)), e.message().trim_end_matches('.').replace('\n', "; "))).collect();
    let mut list = problems;
    let span = table.span();
    let root = Node { value: table_value(table.get_ref(), &mut list), span: Some(span) };
    if list.is_empty() {
        return Ok(File { path: path.to_path_buf(), text, root });
    }
    Err(Problems { file: path.display().to_string(), text, list })
}

fn table_value(table: &DeTable<'_>, problems: &mut Vec<Problem>) -> Value {
    let mut entries: Vec<(String, Span, Node)> = Vec::new();
    for (key, value) in table.iter() {
        let node = Node { span: Some(value.span()), value: value_of(value.get_ref(), &Some(value.span()), problems) };
        entries.push((key.get_ref().to_string(), Some(key.span()), node));
    }
    entries.sort_by_key(|(_, span, _)| span.as_ref().map_or(0, |s| s.start));
    Value::Table(entries)
}

fn value_of(value: &DeValue<'_>, span: &Span, problems: &mut Vec<Problem>) -> Value {
    match value {
        DeValue::String(s) => Value::Text(s.to_string()),
        DeValue::Boolean(b) => Value::Bool(*b),
        DeValue::Integer(i) => match i64::from_str_radix(i.as_str(), i.radix()) {
            Ok(i) => Value::Int(i),
            Err(_) => {
                problems.push(Problem::at(span, "this integer does not fit 64 bits"));
                Value::Int(0)
            }
        },
        DeValue::Float(f) => Value::Number(f.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Array(items) => Value::List(
            items
                .iter()
                .map(|item| Node { span: Some(item.span()), value: value_of(item.get_ref(), &Some(item.span()), problems) })
                .collect(),
        ),
        DeValue::Table(table) => table_value(table, problems),
        DeValue::Datetime(_) => {
            problems.push(Problem::at(span, "a date has no meaning here"));
            Value::Bool(false)
        }
    }
}

/// Parses one value as it would stand in a file: `0.1`, `"relu"`, `relu`, `[1, 2]`, `{ lin = [0.0, 1.0], points = 3 }`.
/// A bare word or path is text, so that a shell needs no nested quotes.
pub fn parse_value(text: &str) -> Result<Value, String> {
    let parsed = parse(Path::new("--set"), format!("value = {text}"));
    let file = match parsed {
        Ok(file) => file,
        Err(_) if text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./~".contains(c)) => {
            return Ok(Value::Text(text.into()));
        }
        Err(problems) => {
            return Err(problems.list.first().map_or_else(String::new, |p| p.message.clone()));
        }
    };
    let Value::Table(mut entries) = file.root.value else {
        return Err("not a value".into());
    };
    match (entries.pop(), entries.is_empty()) {
        (Some((_, _, node)), true) => Ok(node.without_spans().value),
        _ => Err("more than one value".into()),
    }
}

/// The text of a tree, tables as sections where they are nested once.
pub fn to_text(root: &Value) -> String {
    toml::to_string(&to_toml(root)).expect("plain values are always writable")
}

fn to_toml(value: &Value) -> toml::Value {
    match value {
        Value::Bool(b) => toml::Value::Boolean(*b),
        Value::Int(i) => toml::Value::Integer(*i),
        Value::Number(x) => toml::Value::Float(*x),
        Value::Text(s) => toml::Value::String(s.clone()),
        Value::List(items) => toml::Value::Array(items.iter().map(|n| to_toml(&n.value)).collect()),
        Value::Table(entries) => toml::Value::Table(entries.iter().map(|(k, _, n)| (k.clone(), to_toml(&n.value))).collect()),
    }
}
