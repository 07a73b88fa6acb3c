//! What the rows' `set` functions share: a value as a number in a range, an integer, a list, or the name of a row.

use thalweg_data::source::Column;

use crate::diagnose::suggestion;
use crate::value::{Node, Value};

/// Whether the lower end of a range belongs to it.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Bound {
    Open,
    Closed,
}

/// A number in a range.
pub(crate) fn number(v: &Value, low: f64, bound: Bound, high: f64) -> Result<f64, String> {
    let x = match v {
        Value::Number(x) => *x,
        Value::Int(i) => *i as f64,
        other => return Err(format!("must be a number, not {}", other.kind())),
    };
    if x.is_nan() {
        return Err("must be a number, not NaN".into());
    }
    if x < low || x > high || (bound == Bound::Open && x == low) {
        let lower = if bound == Bound::Open { format!("above {low:?}") } else { format!("{low:?} or more") };
        return Err(format!("{x:?} is out of range: {lower}, at most {high:?}"));
    }
    Ok(x + 0.0)
}

pub(super) fn flag(v: &Value) -> Result<bool, String> {
    match v {
        Value::Bool(flag) => Ok(*flag),
        other => Err(format!("must be true or false, not {}", other.kind())),
    }
}

/// A file or folder.
pub(super) fn path(v: &Value) -> Result<String, String> {
    match v {
        Value::Text(text) if !text.is_empty() && !text.contains('\0') => Ok(text.clone()),
        Value::Text(_) => Err("must name a file or folder".into()),
        other => Err(format!("must be text, not {}", other.kind())),
    }
}

/// A column of a table.
pub(super) fn column(v: &Value) -> Result<Column, String> {
    match v {
        Value::Text(name) if !name.is_empty() => Ok(Column::Name(name.clone())),
        Value::Int(place) => Ok(Column::Place(*place)),
        other => Err(format!("must be a column's name or place, not {}", if other.plain().is_empty() { "nothing" } else { other.kind() })),
    }
}

/// A share that something keeps at each step.
pub(super) fn below_one(v: &Value) -> Result<f64, String> {
    match number(v, 0.0, Bound::Closed, 1.0)? {
        1.0 => Err("must be below 1: what never decays".into()),
        share => Ok(share),
    }
}

pub(super) fn integer(v: &Value, low: usize, high: usize) -> Result<usize, String> {
    let Value::Int(i) = v else {
        return Err(format!("must be an integer, not {}", v.kind()));
    };
    match usize::try_from(*i) {
        Ok(n) if (low..=high).contains(&n) => Ok(n),
        _ => Err(format!("{i} is out of range: {low} to {high}")),
    }
}

pub(super) fn items(v: &Value) -> Result<&[Node], String> {
    match v {
        Value::List(items) => Ok(items),
        other => Err(format!("must be a list, not {}", other.kind())),
    }
}

/// The row that a text names; otherwise what was possible.
pub fn named<'r, R>(v: &Value, what: &str, rows: &'r [R], name: fn(&R) -> &'static str) -> Result<&'r R, String> {
    let Value::Text(text) = v else {
        return Err(format!("must be the name of a {what}, not {}", v.kind()));
    };
    rows.iter()
        .find(|r| name(r) == text)
        .ok_or_else(|| format!("unknown {what} `{}`; {}", text.escape_debug(), suggestion(text, rows.iter().map(name).collect::<Vec<_>>())))
}

/// `None` for the given word, else what `read` makes of the value.
pub(super) fn or_word<R>(v: &Value, word: &str, read: impl FnOnce(&Value) -> Result<R, String>) -> Result<Option<R>, String> {
    match v {
        Value::Text(text) if text == word => Ok(None),
        _ => read(v).map(Some).map_err(|e| format!("{e}, or \"{word}\"")),
    }
}
