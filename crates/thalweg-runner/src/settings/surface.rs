//! The settings under `surface`: what a descent goes down.

use thalweg_math::surface::{BOUND, SURFACES};

use super::ColumnType::Text;
use super::Setting;
use super::parse::{Bound, items, named, number};
use super::row::number_row;
use crate::value::Value;

pub(super) static ROWS: &[Setting] = &[
    Setting {
        path: "surface.name",
        doc: "function to descend",
        column: Text,
        get: |t| Value::Text(t.surface.surface.name.into()),
        set: |t, v| {
            t.surface.surface = named(v, "surface", SURFACES, |r| r.name)?;
            Ok(())
        },
    },
    number_row!(
        "surface.noise",
        "standard deviation of the normal noise on each coordinate of the gradient (0 or more)",
        |v| number(v, 0.0, Bound::Closed, 1e6),
        surface.noise
    ),
    Setting {
        path: "surface.start",
        doc: "coordinates to begin at (within ±1e6); each surface has its own",
        column: Text,
        get: |t| {
            if t.surface.start.is_empty() {
                Value::Text(String::new())
            } else {
                Value::list(t.surface.start.iter().copied().map(Value::Number))
            }
        },
        set: |t, v| {
            if items(v)?.is_empty() {
                return Err("must hold a coordinate for each direction of the surface".into());
            }
            t.surface.start = items(v)?.iter().map(|n| number(&n.value, -BOUND, Bound::Closed, BOUND)).collect::<Result<_, _>>()?;
            Ok(())
        },
    },
];
