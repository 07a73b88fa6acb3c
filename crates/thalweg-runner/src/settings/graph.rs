//! The settings under `graph`: an expression and the point where its chain rule is followed.

use super::ColumnType::Text;
use super::Setting;
use super::parse::{Bound, number};
use crate::expr;
use crate::value::Value;

pub(super) static ROWS: &[Setting] = &[
    Setting {
        path: "graph.at",
        doc: "the value of each name: { x = -2.0, y = 5.0, z = -4.0 }",
        column: Text,
        get: |t| Value::table(t.graph.at.iter().map(|(name, value)| (name.as_str(), Value::Number(*value)))),
        set: |t, v| {
            let Value::Table(entries) = v else {
                return Err(format!("must be a table of numbers, not {}", v.kind()));
            };
            let read = |(name, _, node): &(String, _, crate::value::Node)| {
                number(&node.value, -1e300, Bound::Closed, 1e300).map(|x| (name.clone(), x)).map_err(|e| format!("`{name}` {e}"))
            };
            let mut at = entries.iter().map(read).collect::<Result<Vec<_>, _>>()?;
            at.sort_by(|a, b| a.0.cmp(&b.0));
            t.graph.at = at;
            Ok(())
        },
    },
    Setting {
        path: "graph.expression",
        doc: "+ - * / ^ and abs, cos, exp, ln, sqrt, tanh of numbers and names: (x + y) * z",
        column: Text,
        get: |t| Value::Text(t.graph.expression.clone()),
        set: |t, v| {
            let Value::Text(text) = v else {
                return Err(format!("must be text, not {}", v.kind()));
            };
            expr::parse(text).map_err(|e| e.to_string())?;
            t.graph.expression = text.clone();
            Ok(())
        },
    },
];
