//! The settings under `model`: the network, its parts and its loss.

use thalweg_math::layer::{LAYERS, LayerRow};
use thalweg_math::loss;
use thalweg_math::network::Training;

use super::ColumnType::{Float, Int, Text};
use super::Setting;
use super::parse::{Bound, integer, items, named, number, or_word};
use super::row::number_row;
use crate::diagnose::{Span, suggestion};
use crate::trial::Pretrained;
use crate::value::{Node, Value};

pub(super) static ROWS: &[Setting] = &[
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
    number_row!(
        "model.alpha",
        "ELU tends to minus this for negative inputs (0 to 100)",
        |v| number(v, 0.0, Bound::Closed, 100.0),
        model.alpha
    ),
    Setting {
        path: "model.backbone",
        doc: "hidden widths like model.hidden, or { from = \"….safetensors\", frozen = true }: a trained backbone, whose file gives the widths",
        column: Text,
        get: |t| match &t.model.pretrained {
            Some(pretrained) => Value::table([
                ("from", Value::Text(pretrained.path.clone())),
                ("frozen", Value::Bool(pretrained.training == Training::FrozenBackbone)),
            ]),
            None => widths(&t.model.hidden),
        },
        set: |t, v| match v {
            Value::Table(entries) => {
                t.model.pretrained = Some(pretrained(entries)?);
                Ok(())
            }
            Value::Text(_) => Err("must be a list of widths or { from = \"….safetensors\", frozen = true }, not text".into()),
            _ => {
                (t.model.hidden, t.model.pretrained) = (hidden(v)?, None);
                Ok(())
            }
        },
    },
    number_row!(
        "model.delta",
        "residual at which the Huber loss turns from square to straight (1e-6 or more)",
        |v| number(v, 1e-6, Bound::Closed, 1e12),
        model.delta
    ),
    Setting {
        path: "model.dropout",
        doc: "probability that an output of a hidden layer is dropped in training (0 to below 1); 0: no such layer",
        column: Float,
        get: |t| Value::Number(t.model.dropout),
        set: |t, v| {
            let rate = number(v, 0.0, Bound::Closed, 1.0)?;
            if rate == 1.0 {
                return Err("must be below 1: nothing would be left".into());
            }
            t.model.dropout = rate;
            Ok(())
        },
    },
    Setting {
        path: "model.head",
        doc: "what the scores mean; auto: by the data's task and the loss",
        column: Text,
        get: |t| Value::Text(t.model.head.map_or("auto", |h| h.name).into()),
        set: |t, v| {
            t.model.head = or_word(v, "auto", |v| named(v, "head", thalweg_math::head::HEADS, |h| h.name).copied())?;
            Ok(())
        },
    },
    Setting {
        path: "model.hidden",
        doc: "widths of the hidden layers, input side first (1 to 65536 each, at most 64); [] is a linear model",
        column: Text,
        get: |t| widths(&t.model.hidden),
        set: |t, v| {
            (t.model.hidden, t.model.pretrained) = (hidden(v)?, None);
            Ok(())
        },
    },
    Setting {
        path: "model.init",
        doc: "initialisation of the weights; auto: the activation's usual one",
        column: Text,
        get: |t| Value::Text(t.model.init.map_or("auto", |i| i.name).into()),
        set: |t, v| {
            t.model.init = or_word(v, "auto", |v| named(v, "initialisation", thalweg_math::init::INITS, |r| r.name))?;
            Ok(())
        },
    },
    number_row!("model.leak", "slope of leaky ReLU for negative inputs (0 to 1)", |v| number(v, 0.0, Bound::Closed, 1.0), model.leak),
    Setting {
        path: "model.loss",
        doc: "data loss; auto: cross-entropy for classes, mse for numbers",
        column: Text,
        get: |t| Value::Text(t.model.loss.map_or("auto", |l| l.name).into()),
        set: |t, v| {
            t.model.loss = or_word(v, "auto", |v| match v {
                Value::Text(alias) if loss::find(alias).is_some() => Ok(loss::find(alias).expect("just found")),
                _ => named(v, "loss", loss::LOSSES, |r| r.name),
            })?;
            Ok(())
        },
    },
    Setting {
        path: "model.neck",
        doc: "units between backbone and head (1 to 65536), a bottleneck where that is few; none: no such layer",
        column: Int,
        get: |t| t.model.neck.map_or(Value::Text("none".into()), |n| Value::Int(n as i64)),
        set: |t, v| {
            t.model.neck = or_word(v, "none", |v| integer(v, 1, 65_536))?;
            Ok(())
        },
    },
    Setting {
        path: "model.norm",
        doc: "layer between each dense layer and its activation: none, batch-norm, layer-norm",
        column: Text,
        get: |t| Value::Text(t.model.norm.map_or("none", |n| n.name).into()),
        set: |t, v| {
            let rows: Vec<&LayerRow> = LAYERS.iter().filter(|row| row.normalise.is_some()).collect();
            t.model.norm = or_word(v, "none", |v| named(v, "normalising layer", &rows, |r| r.name).copied())?;
            Ok(())
        },
    },
];

/// The most hidden layers.
pub(crate) const MAX_LAYERS: usize = 64;
/// The most units of a layer.
pub(crate) const MAX_UNITS: usize = 65_536;

fn widths(hidden: &[usize]) -> Value {
    Value::list(hidden.iter().map(|w| Value::Int(*w as i64)))
}

fn hidden(v: &Value) -> Result<Vec<usize>, String> {
    let widths = items(v)?;
    if widths.len() > MAX_LAYERS {
        return Err(format!("{} hidden layers are more than {MAX_LAYERS}", widths.len()));
    }
    widths.iter().map(|n| integer(&n.value, 1, MAX_UNITS)).collect()
}

fn pretrained(entries: &[(String, Span, Node)]) -> Result<Pretrained, String> {
    let (mut path, mut training) = (None, Training::Whole);
    for (key, _, node) in entries {
        match (key.as_str(), &node.value) {
            ("from", Value::Text(text)) if !text.is_empty() => path = Some(text.clone()),
            ("from", other) => return Err(format!("`from` must be the path of a safetensors file, not {}", other.kind())),
            ("frozen", Value::Bool(true)) => training = Training::FrozenBackbone,
            ("frozen", Value::Bool(false)) => training = Training::Whole,
            ("frozen", other) => return Err(format!("`frozen` must be true or false, not {}", other.kind())),
            (key, _) => return Err(format!("unknown key `{}`; {}", key.escape_debug(), suggestion(key, ["from", "frozen"]))),
        }
    }
    let path = path.ok_or("`from` is missing: the path of a safetensors file")?;
    Ok(Pretrained { path, content: String::new(), training })
}
