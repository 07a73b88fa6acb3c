//! The table of settings: everything `[base]` may hold and `[axes]` may sweep, one row each.
//!
//! From these rows come the accepted keys and their "did you mean", types and ranges, the canonical text behind a
//! trial's key, the CSV columns and the resolved file. A row's `set` says what is wrong in words; the caller knows where.

use crate::diagnose::suggestion;
use crate::trial::{Batch, Precision, Trial};
use crate::value::{Node, Value};

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

/// How a setting is written in a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ColumnType {
    /// Shortest float that round-trips.
    Float,
    /// Integer.
    Int,
    /// Anything else.
    Text,
}

use ColumnType::{Float, Int, Text};

/// Every setting, by path.
pub static SETTINGS: &[Setting] = &[
    Setting {
        path: "data.n",
        doc: "samples to generate, for generators (4 to 1000000)",
        column: Int,
        get: |t| t.data.n.map_or(Value::Text(String::new()), |n| Value::Int(n as i64)),
        set: |t, v| {
            t.data.n = Some(integer(v, 4, 1_000_000)?);
            Ok(())
        },
    },
    Setting {
        path: "data.noise",
        doc: "standard deviation of a generator's noise (0 or more)",
        column: Float,
        get: |t| t.data.noise.map_or(Value::Text(String::new()), Value::Number),
        set: |t, v| {
            t.data.noise = Some(number(v, 0.0, Bound::Closed, 1e6)?);
            Ok(())
        },
    },
    Setting {
        path: "data.source",
        doc: "data set or generator",
        column: Text,
        get: |t| Value::Text(t.data.source.name.into()),
        set: |t, v| {
            t.data.source = named(v, "data source", thalweg_data::source::SOURCES, |r| r.name)?;
            Ok(())
        },
    },
    Setting {
        path: "data.split",
        doc: "fractions for training, validation and test, summing to 1",
        column: Text,
        get: |t| Value::list(t.data.split.map(Value::Number)),
        set: |t, v| {
            t.data.split = split(v)?;
            Ok(())
        },
    },
    Setting {
        path: "data.transform",
        doc: "transforms in order, fitted on the training part",
        column: Text,
        get: |t| Value::list(t.data.transform.iter().map(|r| Value::Text(r.name.into()))),
        set: |t, v| {
            t.data.transform = items(v)?
                .iter()
                .map(|n| named(&n.value, "transform", thalweg_data::transform::TRANSFORMS, |r| r.name))
                .collect::<Result<_, _>>()?;
            Ok(())
        },
    },
    Setting {
        path: "model.activation",
        doc: "activation of the hidden layers",
        column: Text,
        get: |t| Value::Text(t.model.activation.name.into()),
        set: |t, v| {
            t.model.activation = named(v, "activation", thalweg_math::activation::ACTIVATIONS, |r| r.name)?;
            Ok(())
        },
    },
    Setting {
        path: "model.hidden",
        doc: "widths of the hidden layers, input side first (1 to 65536 each, at most 64); [] is a linear model",
        column: Text,
        get: |t| Value::list(t.model.hidden.iter().map(|w| Value::Int(*w as i64))),
        set: |t, v| {
            let widths = items(v)?;
            if widths.len() > 64 {
                return Err(format!("{} hidden layers are more than 64", widths.len()));
            }
            t.model.hidden = widths.iter().map(|n| integer(&n.value, 1, 65_536)).collect::<Result<_, _>>()?;
            Ok(())
        },
    },
    Setting {
        path: "model.init",
        doc: "initialisation of the weights; auto: the activation's usual one",
        column: Text,
        get: |t| Value::Text(t.init().name.into()),
        set: |t, v| {
            t.model.init = match v {
                Value::Text(s) if s == "auto" => None,
                _ => Some(named(v, "initialisation", thalweg_math::init::INITS, |r| r.name)?),
            };
            Ok(())
        },
    },
    Setting {
        path: "model.leak",
        doc: "slope of leaky ReLU for negative inputs (0 to 1)",
        column: Float,
        get: |t| Value::Number(t.model.leak),
        set: |t, v| {
            t.model.leak = number(v, 0.0, Bound::Closed, 1.0)?;
            Ok(())
        },
    },
    Setting {
        path: "model.loss",
        doc: "data loss",
        column: Text,
        get: |t| Value::Text(t.model.loss.name.into()),
        set: |t, v| {
            t.model.loss = named(v, "loss", thalweg_math::loss::LOSSES, |r| r.name)?;
            Ok(())
        },
    },
    Setting {
        path: "train.batch",
        doc: "samples per step (1 or more), or \"all\"",
        column: Int,
        get: |t| match t.train.batch {
            Batch::All => Value::Text("all".into()),
            Batch::Size(n) => Value::Int(n as i64),
        },
        set: |t, v| {
            t.train.batch = match v {
                Value::Text(s) if s == "all" => Batch::All,
                Value::Text(_) => return Err("must be an integer or \"all\"".into()),
                _ => Batch::Size(integer(v, 1, 10_000_000)?),
            };
            Ok(())
        },
    },
    Setting {
        path: "train.epochs",
        doc: "passes over the training part (1 to 1000000)",
        column: Int,
        get: |t| Value::Int(t.train.epochs as i64),
        set: |t, v| {
            t.train.epochs = integer(v, 1, 1_000_000)?;
            Ok(())
        },
    },
    Setting {
        path: "train.lambda",
        doc: "strength of the penalty (0 or more)",
        column: Float,
        get: |t| Value::Number(t.train.lambda),
        set: |t, v| {
            t.train.lambda = number(v, 0.0, Bound::Closed, 1e12)?;
            Ok(())
        },
    },
    Setting {
        path: "train.lr",
        doc: "learning rate (above 0)",
        column: Float,
        get: |t| Value::Number(t.train.lr),
        set: |t, v| {
            t.train.lr = number(v, 0.0, Bound::Open, 1e12)?;
            Ok(())
        },
    },
    Setting {
        path: "train.momentum",
        doc: "the velocity's decay (0 to below 1), for optimizers that have one",
        column: Float,
        get: |t| Value::Number(t.train.momentum),
        set: |t, v| {
            let beta = number(v, 0.0, Bound::Closed, 1.0)?;
            if beta == 1.0 {
                return Err("must be below 1: a velocity that never decays".into());
            }
            t.train.momentum = beta;
            Ok(())
        },
    },
    Setting {
        path: "train.optimizer",
        doc: "optimizer",
        column: Text,
        get: |t| Value::Text(t.train.optimizer.name.into()),
        set: |t, v| {
            t.train.optimizer = named(v, "optimizer", thalweg_optim::recipe::RECIPES, |r| r.name)?;
            Ok(())
        },
    },
    Setting {
        path: "train.penalty",
        doc: "what lambda multiplies",
        column: Text,
        get: |t| Value::Text(t.train.penalty.name.into()),
        set: |t, v| {
            t.train.penalty = named(v, "penalty", thalweg_math::penalty::PENALTIES, |r| r.name)?;
            Ok(())
        },
    },
    Setting {
        path: "train.precision",
        doc: "floating-point type of training: f32 or f64",
        column: Text,
        get: |t| Value::Text(if t.train.precision == Precision::F32 { "f32" } else { "f64" }.into()),
        set: |t, v| {
            t.train.precision = *named(v, "precision", &[("f32", Precision::F32), ("f64", Precision::F64)], |r| r.0).map(|r| &r.1)?;
            Ok(())
        },
    },
    Setting {
        path: "train.schedule",
        doc: "schedule of the learning rate",
        column: Text,
        get: |t| Value::Text(t.train.schedule.name.into()),
        set: |t, v| {
            t.train.schedule = named(v, "schedule", thalweg_optim::schedule::SCHEDULES, |r| r.name)?;
            Ok(())
        },
    },
];

/// The row of a path.
pub fn find(path: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|s| s.path == path)
}

/// Whether the lower end of a range belongs to it.
#[derive(Clone, Copy, PartialEq)]
enum Bound {
    Open,
    Closed,
}

fn number(v: &Value, low: f64, bound: Bound, high: f64) -> Result<f64, String> {
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

fn integer(v: &Value, low: usize, high: usize) -> Result<usize, String> {
    let Value::Int(i) = v else {
        return Err(format!("must be an integer, not {}", v.kind()));
    };
    match usize::try_from(*i) {
        Ok(n) if (low..=high).contains(&n) => Ok(n),
        _ => Err(format!("{i} is out of range: {low} to {high}")),
    }
}

fn items(v: &Value) -> Result<&[Node], String> {
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

fn split(v: &Value) -> Result<[f64; 3], String> {
    let parts = items(v)?;
    if parts.len() != 3 {
        return Err(format!("must be three fractions (training, validation, test), not {}", parts.len()));
    }
    let mut out = [0.0; 3];
    for (place, node) in out.iter_mut().zip(parts) {
        *place = number(&node.value, 0.0, Bound::Closed, 1.0)?;
    }
    let sum: f64 = out.iter().sum();
    if (sum - 1.0).abs() > 1e-9 {
        return Err(format!("fractions sum to {sum}, not to 1"));
    }
    if out[0] == 0.0 {
        return Err("the training part must not be empty".into());
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_accepts_what_it_reads() {
        let mut trial = Trial::default();
        for row in SETTINGS {
            let before = (row.get)(&trial);
            if before != Value::Text(String::new()) {
                (row.set)(&mut trial, &before).unwrap_or_else(|e| panic!("{}: {e}", row.path));
                assert_eq!((row.get)(&trial), before, "{}", row.path);
            }
            assert!((row.set)(&mut trial, &Value::Bool(true)).is_err(), "{} takes a boolean", row.path);
            assert!((row.set)(&mut trial, &Value::Number(f64::NAN)).is_err(), "{} takes NaN", row.path);
        }
    }

    #[test]
    fn rows_are_sorted_by_path() {
        assert!(SETTINGS.windows(2).all(|w| w[0].path < w[1].path));
    }
}
