//! The settings under `scores`: the scores of one sample and what is true of it.

use super::ColumnType::Text;
use super::Setting;
use super::parse::{Bound, items, number};
use super::row::{integer_row, number_row};
use crate::value::Value;

/// The most scores.
const MAX_SCORES: usize = 1000;
/// The largest score and shift: its square is still a number with room to sum.
const LARGEST: f64 = 1e12;

pub(super) static ROWS: &[Setting] = &[
    number_row!(
        "scores.shift",
        "added to every score (-1e12 to 1e12): softmax and the hinges of several classes do not see it",
        |v| number(v, -LARGEST, Bound::Closed, LARGEST),
        scores.shift
    ),
    Setting {
        path: "scores.target",
        doc: "the numbers that are true, one for each score, where the loss predicts numbers; []: a class is true",
        column: Text,
        get: |t| Value::list(t.scores.target.iter().map(|v| Value::Number(*v))),
        set: |t, v| {
            t.scores.target = numbers(v)?;
            Ok(())
        },
    },
    integer_row!("scores.truth", "the class that is true, from 0; one score alone stands for class 1 of two", 0, 999, scores.truth),
    Setting {
        path: "scores.values",
        doc: "the scores of one sample, one for each class or number (1 to 1000 of them, -1e12 to 1e12 each)",
        column: Text,
        get: |t| Value::list(t.scores.values.iter().map(|v| Value::Number(*v))),
        set: |t, v| {
            t.scores.values = numbers(v)?;
            if t.scores.values.is_empty() { Err("must have a score".into()) } else { Ok(()) }
        },
    },
];

fn numbers(v: &Value) -> Result<Vec<f64>, String> {
    let items = items(v)?;
    if items.len() > MAX_SCORES {
        return Err(format!("{} numbers are more than {MAX_SCORES}", items.len()));
    }
    items.iter().map(|item| number(&item.value, -LARGEST, Bound::Closed, LARGEST)).collect()
}
