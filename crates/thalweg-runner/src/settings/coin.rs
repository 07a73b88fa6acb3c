//! The settings under `coin`: what was seen of a coin.

use super::ColumnType::Int;
use super::Setting;
use super::parse::integer;
use crate::value::Value;

pub(super) static ROWS: &[Setting] = &[
    Setting {
        path: "coin.heads",
        doc: "tosses that showed heads (0 to coin.tosses)",
        column: Int,
        get: |t| Value::Int(t.coin.heads as i64),
        set: |t, v| {
            t.coin.heads = integer(v, 0, 1_000_000)?;
            Ok(())
        },
    },
    Setting {
        path: "coin.tosses",
        doc: "tosses of the coin (1 to 1000000)",
        column: Int,
        get: |t| Value::Int(t.coin.tosses as i64),
        set: |t, v| {
            t.coin.tosses = integer(v, 1, 1_000_000)?;
            Ok(())
        },
    },
];
