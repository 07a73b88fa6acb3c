//! The settings under `data`: where samples come from and how they are prepared.

use thalweg_data::source::{Column, Header, Missing, TaskKind, Verify};
use thalweg_data::split::Strata;

use super::ColumnType::{Float, Int, Path, Text};
use super::Setting;
use super::parse::{Bound, column, flag, integer, items, named, number, or_word, path};
use crate::value::Value;

/// The most transforms of a chain: each passes over the whole set.
const MAX_TRANSFORMS: usize = 64;

/// What is left out of a resolved file.
const UNSET: Value = Value::Text(String::new());

const MISSING: &[(&str, Missing)] =
    &[("refuse", Missing::Refuse), ("drop", Missing::Drop), ("mean", Missing::Mean), ("median", Missing::Median)];
const TASKS: &[(&str, TaskKind)] = &[("classes", TaskKind::Classes), ("regression", TaskKind::Regression)];

pub(super) static ROWS: &[Setting] = &[
    Setting {
        path: "data.classes",
        doc: "how many of the classes are taken, the first ones (2 or more); all: all",
        column: Int,
        get: |t| t.data.spec.classes.map_or(Value::Text("all".into()), |n| Value::Int(n as i64)),
        set: |t, v| {
            t.data.spec.classes = or_word(v, "all", |v| integer(v, 2, 1_000_000))?;
            Ok(())
        },
    },
    Setting {
        path: "data.delimiter",
        doc: "what separates the cells of a CSV's lines: one ASCII character (\",\")",
        column: Text,
        get: |t| t.data.spec.delimiter.map_or(UNSET, |d| Value::Text(char::from(d).to_string())),
        set: |t, v| match v {
            Value::Text(text) if text.len() == 1 && !text.contains(['"', '\n', '\r']) => {
                t.data.spec.delimiter = text.bytes().next();
                Ok(())
            }
            other => Err(format!("must be one ASCII character, not {}", other.plain())),
        },
    },
    Setting {
        path: "data.drop",
        doc: "columns of a CSV that are not read: names, or places from 0 (or, negative, from the end)",
        column: Text,
        get: |t| if t.data.spec.drop.is_empty() { UNSET } else { Value::list(t.data.spec.drop.iter().map(shown)) },
        set: |t, v| {
            t.data.spec.drop = items(v)?.iter().map(|n| column(&n.value)).collect::<Result<_, _>>()?;
            Ok(())
        },
    },
    Setting {
        path: "data.folds",
        doc: "cuts training and validation into this many folds, of which the replicate's seed chooses one to validate (2 to 1000; 0: no folds); needs \"fold\" in [replicates] vary",
        column: Int,
        get: |t| Value::Int(t.data.folds as i64),
        set: |t, v| match integer(v, 0, 1000)? {
            1 => Err("1 fold would leave nothing to train on: 2 or more, or 0 for none".into()),
            n => {
                t.data.folds = n;
                Ok(())
            }
        },
    },
    Setting {
        path: "data.group",
        doc: "the column of a CSV that says which samples belong together: they stay in one part, and it is no feature",
        column: Text,
        get: |t| t.data.spec.group.as_ref().map_or(UNSET, shown),
        set: |t, v| {
            t.data.spec.group = Some(column(v)?);
            Ok(())
        },
    },
    Setting {
        path: "data.header",
        doc: "whether a CSV's first line names its columns",
        column: Text,
        get: |t| Value::Bool(t.data.spec.header == Header::Present),
        set: |t, v| {
            t.data.spec.header = if flag(v)? { Header::Present } else { Header::Absent };
            Ok(())
        },
    },
    Setting {
        path: "data.missing",
        doc: "what becomes of missing values: refuse, drop (the sample), mean or median (of the training part)",
        column: Text,
        get: |t| Value::Text(MISSING.iter().find(|m| m.1 == t.data.spec.missing).map_or("refuse", |m| m.0).into()),
        set: |t, v| {
            t.data.spec.missing = named(v, "treatment of missing values", MISSING, |m| m.0)?.1;
            Ok(())
        },
    },
    Setting {
        path: "data.n",
        doc: "samples to generate, for generators (4 to 1000000)",
        column: Int,
        get: |t| t.data.spec.n.map_or(UNSET, |n| Value::Int(n as i64)),
        set: |t, v| {
            t.data.spec.n = Some(integer(v, 4, 1_000_000)?);
            Ok(())
        },
    },
    Setting {
        path: "data.noise",
        doc: "standard deviation of a generator's noise (0 or more)",
        column: Float,
        get: |t| t.data.spec.noise.map_or(UNSET, Value::Number),
        set: |t, v| {
            t.data.spec.noise = Some(number(v, 0.0, Bound::Closed, 1e6)?);
            Ok(())
        },
    },
    Setting {
        path: "data.path",
        doc: "the file or folder of the user's own data, relative to the experiment's folder",
        column: Path,
        get: |t| t.data.path.clone().map_or(UNSET, Value::Text),
        set: |t, v| {
            t.data.path = Some(path(v)?);
            Ok(())
        },
    },
    Setting {
        path: "data.size",
        doc: "[height, width] that pictures are made to have (1 to 4096 each)",
        column: Text,
        get: |t| t.data.spec.size.map_or(UNSET, |(h, w)| Value::list([h, w].map(|n| Value::Int(n as i64)))),
        set: |t, v| match items(v)? {
            [height, width] => {
                t.data.spec.size = Some((integer(&height.value, 1, 4096)?, integer(&width.value, 1, 4096)?));
                Ok(())
            }
            other => Err(format!("must be [height, width], not {} numbers", other.len())),
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
        doc: "fractions for training, validation and test, summing to 1; two for a source with a test part of its own ([0.6, 0.2, 0.2] or [0.8, 0.2])",
        column: Text,
        get: |t| t.data.split.as_ref().map_or(UNSET, |split| Value::list(split.iter().map(|f| Value::Number(*f)))),
        set: |t, v| {
            t.data.split = Some(split(v)?);
            Ok(())
        },
    },
    Setting {
        path: "data.stratify",
        doc: "whether each class is spread evenly over the parts",
        column: Text,
        get: |t| Value::Bool(t.data.strata == Strata::Classes),
        set: |t, v| {
            t.data.strata = if flag(v)? { Strata::Classes } else { Strata::Ignored };
            Ok(())
        },
    },
    Setting {
        path: "data.target",
        doc: "the column of a CSV that is to be learned: its name, or its place from 0 (or, negative, from the end); the last one",
        column: Text,
        get: |t| t.data.spec.target.as_ref().map_or(UNSET, shown),
        set: |t, v| {
            t.data.spec.target = Some(column(v)?);
            Ok(())
        },
    },
    Setting {
        path: "data.task",
        doc: "classes or regression, where the target's own form does not decide: words and whole numbers are classes",
        column: Text,
        get: |t| TASKS.iter().find(|row| Some(row.1) == t.data.spec.task).map_or(UNSET, |row| Value::Text(row.0.into())),
        set: |t, v| {
            t.data.spec.task = Some(named(v, "task", TASKS, |row| row.0)?.1);
            Ok(())
        },
    },
    Setting {
        path: "data.transform",
        doc: "transforms in order, fitted on the training part",
        column: Text,
        get: |t| Value::list(t.data.transform.iter().map(|r| Value::Text(r.name.into()))),
        set: |t, v| {
            let items = items(v)?;
            if items.len() > MAX_TRANSFORMS {
                return Err(format!("{} transforms are more than {MAX_TRANSFORMS}", items.len()));
            }
            t.data.transform = items
                .iter()
                .map(|n| named(&n.value, "transform", thalweg_data::transform::TRANSFORMS, |r| r.name))
                .collect::<Result<_, _>>()?;
            Ok(())
        },
    },
    Setting {
        path: "data.verify",
        doc: "whether an installed set must be the known one, byte for byte",
        column: Text,
        get: |t| Value::Bool(t.data.spec.verify == Verify::Known),
        set: |t, v| {
            t.data.spec.verify = if flag(v)? { Verify::Known } else { Verify::Anything };
            Ok(())
        },
    },
];

/// A column as it is written.
fn shown(column: &Column) -> Value {
    match column {
        Column::Name(name) => Value::Text(name.clone()),
        Column::Place(place) => Value::Int(*place),
    }
}

fn split(v: &Value) -> Result<Vec<f64>, String> {
    let parts = items(v)?;
    if !(2..=3).contains(&parts.len()) {
        return Err(format!(
            "must be three fractions (training, validation, test), or two for a source with a test part of its own, not {}",
            parts.len()
        ));
    }
    let out = parts.iter().map(|node| number(&node.value, 0.0, Bound::Closed, 1.0)).collect::<Result<Vec<_>, _>>()?;
    let sum: f64 = out.iter().sum();
    if (sum - 1.0).abs() > 1e-9 {
        // The sum as one would write it, not as binary fractions add up.
        let shown = (sum * 1e12).round() / 1e12;
        return Err(format!("fractions sum to {shown}, not to 1"));
    }
    if out[0] == 0.0 {
        return Err("the training part must not be empty".into());
    }
    Ok(out)
}
