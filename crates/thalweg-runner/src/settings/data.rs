//! The settings under `data`: where samples come from and how they are prepared.

use super::ColumnType::{Float, Int, Text};
use super::Setting;
use super::parse::{Bound, integer, items, named, number};
use crate::value::Value;

pub(super) static ROWS: &[Setting] = &[
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
];

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
