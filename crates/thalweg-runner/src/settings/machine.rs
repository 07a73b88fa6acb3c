//! The settings of linear and kernel machines: what kind a model is, kernels, the soft margin.

use thalweg_math::kernel::KERNELS;
use thalweg_math::svm::Scheme;

use super::ColumnType::Text;
use super::Setting;
use super::parse::{Bound, items, named, number};
use super::row::{integer_row, number_or_word_row, number_row};
use crate::train::kinds::MODELS;
use crate::trial::ClassWeights;
use crate::value::Value;

pub(super) static ROWS: &[Setting] = &[
    Setting {
        path: "model.class-weights",
        doc: "how much the classes of a kernel machine count: equal, balanced (n/(k n_c)), or a factor on C for each class",
        column: Text,
        get: |t| match &t.model.machine.class_weights {
            ClassWeights::Equal => Value::Text("equal".into()),
            ClassWeights::Balanced => Value::Text("balanced".into()),
            ClassWeights::Given(weights) => Value::list(weights.iter().map(|w| Value::Number(*w))),
        },
        set: |t, v| {
            t.model.machine.class_weights = class_weights(v)?;
            Ok(())
        },
    },
    number_row!(
        "model.coef0",
        "c₀ of the polynomial and the sigmoid kernel (-1e6 to 1e6)",
        |v| number(v, -1e6, Bound::Closed, 1e6),
        model.machine.coef0
    ),
    integer_row!("model.degree", "degree d of the polynomial kernel (1 to 100)", 1, 100, model.machine.degree),
    number_or_word_row!(
        "model.gamma",
        "γ of the kernels but the linear one (above 0); scale: 1/(n_features · variance of all training features)",
        "scale",
        |v| number(v, 0.0, Bound::Open, 1e12),
        model.machine.gamma
    ),
    Setting {
        path: "model.kernel",
        doc: "kernel of a kernel machine",
        column: Text,
        get: |t| Value::Text(t.model.machine.kernel.name.into()),
        set: |t, v| {
            t.model.machine.kernel = named(v, "kernel", KERNELS, |k| k.name)?;
            Ok(())
        },
    },
    Setting {
        path: "model.kind",
        doc: "what is trained: mlp, a network; linear, one without hidden layers; kernel-svm, a support vector machine by its dual",
        column: Text,
        get: |t| Value::Text(t.model.kind.name.into()),
        set: |t, v| {
            t.model.kind = named(v, "kind of model", MODELS, |k| k.name).copied()?;
            Ok(())
        },
    },
    Setting {
        path: "model.scheme",
        doc: "how a kernel machine tells several classes apart: one-versus-one, a machine for each pair, or one-versus-rest",
        column: Text,
        get: |t| Value::Text(SCHEMES.iter().find(|s| s.1 == t.model.machine.scheme).expect("each is a row").0.into()),
        set: |t, v| {
            t.model.machine.scheme = named(v, "scheme", SCHEMES, |s| s.0)?.1;
            Ok(())
        },
    },
    number_or_word_row!(
        "train.C",
        "C of a soft margin (above 0), the other name of lambda: see `train.penalty` in the catalog; auto: what lambda says, for a kernel machine without it 1",
        "auto",
        |v| number(v, 0.0, Bound::Open, 1e12),
        train.c
    ),
    integer_row!(
        "train.cache",
        "megabytes of kernel rows that the solver of a kernel machine keeps (1 to 1000000)",
        1,
        1_000_000,
        train.cache
    ),
    number_row!(
        "train.tolerance",
        "the solver of a kernel machine stops where no pair violates its condition by more (above 0, at most 1)",
        |v| number(v, 0.0, Bound::Open, 1.0),
        train.tolerance
    ),
];

const SCHEMES: &[(&str, Scheme)] = &[("one-versus-one", Scheme::OneVersusOne), ("one-versus-rest", Scheme::OneVersusRest)];

fn class_weights(v: &Value) -> Result<ClassWeights, String> {
    match v {
        Value::List(_) => {
            let weights = items(v)?.iter().map(|n| number(&n.value, 0.0, Bound::Open, 1e12)).collect::<Result<Vec<f64>, String>>()?;
            if weights.is_empty() { Err("a factor for each class is needed".into()) } else { Ok(ClassWeights::Given(weights)) }
        }
        Value::Text(_) => {
            let words = [("equal", ClassWeights::Equal), ("balanced", ClassWeights::Balanced)];
            named(v, "choice of class weights", &words, |w| w.0).map(|w| w.1.clone())
        }
        other => Err(format!("must be a list of numbers, \"equal\" or \"balanced\", not {}", other.kind())),
    }
}
