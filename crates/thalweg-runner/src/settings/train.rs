//! The settings under `train`: how the parameters are found.

use thalweg_math::penalty::Penalised;

use super::ColumnType::{Int, Text};
use super::Setting;
use super::parse::{Bound, integer, named, number};
use super::row::{integer_row, number_row};
use crate::trial::{Batch, Precision, Watch};
use crate::value::Value;

pub(super) static ROWS: &[Setting] = &[
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
    integer_row!(
        "train.epochs",
        "passes over the training part (1 to 1000000); of a kernel machine the most: a pass is as many steps of its solver as it has rows",
        1,
        1_000_000,
        train.epochs
    ),
    number_row!(
        "train.gradient-sample",
        "share of the training samples whose gradient is compared with that of all after each recorded epoch (0 to 1; 0: none; takes an epoch's time)",
        |v| number(v, 0.0, Bound::Closed, 1.0),
        train.gradient_sample
    ),
    number_row!(
        "train.l1-ratio",
        "share of the absolute values in the elastic net (0 to 1)",
        |v| number(v, 0.0, Bound::Closed, 1.0),
        train.l1_ratio
    ),
    number_row!("train.lambda", "strength of the penalty (0 or more)", |v| number(v, 0.0, Bound::Closed, 1e12), train.lambda),
    number_row!("train.lr", "learning rate (above 0)", |v| number(v, 0.0, Bound::Open, 1e12), train.lr),
    number_row!(
        "train.min-delta",
        "what `train.watch` must improve by for `train.patience`: by more than this (0 or more)",
        |v| number(v, 0.0, Bound::Closed, 1e12),
        train.stop.min_delta
    ),
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
    integer_row!(
        "train.patience",
        "epochs without improvement of `train.watch` after which a trial ends (0 to 1000000; 0: never); it is looked at in recorded epochs",
        0,
        1_000_000,
        train.stop.patience
    ),
    Setting {
        path: "train.penalised",
        doc: "what the penalty is on: weights, or all: biases, scales and shifts, too",
        column: Text,
        get: |t| Value::Text(if t.train.penalised == Penalised::Weights { "weights" } else { "all" }.into()),
        set: |t, v| {
            let rows = [("weights", Penalised::Weights), ("all", Penalised::All)];
            t.train.penalised = named(v, "set of parameters", &rows, |r| r.0)?.1;
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
    Setting {
        path: "train.watch",
        doc: "what `train.patience` waits for: valid_loss, valid_accuracy or train_loss",
        column: Text,
        get: |t| Value::Text(WATCHES.iter().find(|w| w.1 == t.train.stop.watch).expect("each is a row").0.into()),
        set: |t, v| {
            t.train.stop.watch = named(v, "watched quantity", WATCHES, |w| w.0)?.1;
            Ok(())
        },
    },
];

/// What may be watched, by its name among the recorded quantities.
const WATCHES: &[(&str, Watch)] =
    &[("valid_loss", Watch::ValidLoss), ("valid_accuracy", Watch::ValidAccuracy), ("train_loss", Watch::TrainLoss)];
