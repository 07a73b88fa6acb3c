//! The settings under `train` that single optimizers and schedules read; their rows say which.

use thalweg_optim::{BiasCorrection, Every};

use super::ColumnType::Text;
use super::Setting;
use super::parse::{Bound, below_one, named, number};
use super::row::{number_or_word_row, number_row};
use crate::value::Value;

pub(super) static ROWS: &[Setting] = &[
    number_row!("train.beta1", "how slowly adam, its kin and lion forget gradients (0 to below 1)", below_one, train.hyper.beta1),
    number_or_word_row!(
        "train.beta2",
        "how slowly they forget squares, lion its velocity (0 to below 1); auto: the optimizer's own",
        "auto",
        below_one,
        train.hyper.beta2
    ),
    Setting {
        path: "train.bias-correction",
        doc: "off, or on: momentum-ema divides its average by the weight that it has given away, 1 − βᵗ",
        column: Text,
        get: |t| Value::Text(if t.train.hyper.bias_correction == BiasCorrection::On { "on" } else { "off" }.into()),
        set: |t, v| {
            let rows = [("off", BiasCorrection::Off), ("on", BiasCorrection::On)];
            t.train.hyper.bias_correction = named(v, "bias correction", &rows, |r| r.0)?.1;
            Ok(())
        },
    },
    number_or_word_row!(
        "train.clip-norm",
        "largest norm of a gradient (above 0), a longer one is shortened; none: any",
        "none",
        |v| number(v, 0.0, Bound::Open, 1e12),
        train.hyper.clip_norm
    ),
    number_or_word_row!(
        "train.clip-value",
        "largest absolute value in a gradient (above 0), before clip-norm; none: any",
        "none",
        |v| number(v, 0.0, Bound::Open, 1e12),
        train.hyper.clip_value
    ),
    number_row!(
        "train.coupled-decay",
        "λ that adds λθ to the gradient before the optimizer sees it (0 or more)",
        |v| number(v, 0.0, Bound::Closed, 1e12),
        train.hyper.coupled_decay
    ),
    number_or_word_row!(
        "train.decay",
        "λ of decoupled weight decay: ηλθ is taken from θ beside the update (0 or more); auto: the optimizer's own",
        "auto",
        |v| number(v, 0.0, Bound::Closed, 1e12),
        train.hyper.decay
    ),
    number_row!(
        "train.div-factor",
        "one-cycle begins at the rate over this (1 or more)",
        |v| number(v, 1.0, Bound::Closed, 1e12),
        train.pace.div_factor
    ),
    number_or_word_row!(
        "train.epsilon",
        "what adaptive optimizers add to the root (above 0); auto: the optimizer's own",
        "auto",
        |v| number(v, 0.0, Bound::Open, 1e12),
        train.hyper.epsilon
    ),
    number_row!(
        "train.final-div-factor",
        "one-cycle ends at its first rate over this (1 or more)",
        |v| number(v, 1.0, Bound::Closed, 1e12),
        train.pace.final_div_factor
    ),
    number_row!("train.momentum", "the velocity's decay (0 to below 1), for optimizers that have one", below_one, train.hyper.momentum),
    number_row!(
        "train.pct-start",
        "share of the run in which one-cycle rises (0 to 1)",
        |v| number(v, 0.0, Bound::Closed, 1.0),
        train.pace.pct_start
    ),
    number_row!("train.rho", "how slowly rmsprop forgets squares (0 to below 1)", below_one, train.hyper.rho),
    Setting {
        path: "train.schedule-every",
        doc: "time of step, exponential and inverse-sqrt: epochs (above 0), or { steps = n }",
        column: Text,
        get: |t| match t.train.pace.every {
            Every::Epochs(epochs) => Value::Number(epochs),
            Every::Steps(steps) => Value::table([("steps", Value::Int(steps as i64))]),
        },
        set: |t, v| {
            t.train.pace.every = match v {
                Value::Table(entries) => match entries.as_slice() {
                    [(key, _, node)] if key == "steps" => Every::Steps(super::parse::integer(&node.value, 1, 1_000_000_000)? as u64),
                    _ => return Err("must be a number of epochs or { steps = n }".into()),
                },
                _ => Every::Epochs(number(v, 0.0, Bound::Open, 1e6).map_err(|e| format!("{e}, or {{ steps = n }}"))?),
            };
            Ok(())
        },
    },
    number_or_word_row!(
        "train.schedule-factor",
        "what step and exponential multiply the rate by once per schedule-every (above 0, at most 1); auto: the schedule's own",
        "auto",
        |v| number(v, 0.0, Bound::Open, 1.0),
        train.pace.factor
    ),
    number_row!(
        "train.schedule-floor",
        "share of the rate at which linear, cosine and polynomial end (0 to 1)",
        |v| number(v, 0.0, Bound::Closed, 1.0),
        train.pace.floor
    ),
    number_row!(
        "train.schedule-high",
        "the last step of range-test has this many times the rate (above 0)",
        |v| number(v, 0.0, Bound::Open, 1e12),
        train.pace.high
    ),
    number_row!("train.schedule-power", "exponent of polynomial (above 0)", |v| number(v, 0.0, Bound::Open, 100.0), train.pace.power),
    number_row!(
        "train.warmup",
        "epochs in which the rate rises to train.lr, before any schedule (0 or more)",
        |v| number(v, 0.0, Bound::Closed, 1e6),
        train.pace.warmup
    ),
];

/// All settings of a descent, for the kinds that are one without being training: how long, how fast, and everything here.
pub(crate) const DESCENDING: &[&str] = &[
    "train.beta1",
    "train.beta2",
    "train.bias-correction",
    "train.clip-norm",
    "train.clip-value",
    "train.coupled-decay",
    "train.decay",
    "train.div-factor",
    "train.epochs",
    "train.epsilon",
    "train.final-div-factor",
    "train.lr",
    "train.momentum",
    "train.optimizer",
    "train.pct-start",
    "train.rho",
    "train.schedule",
    "train.schedule-every",
    "train.schedule-factor",
    "train.schedule-floor",
    "train.schedule-high",
    "train.schedule-power",
    "train.warmup",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_recipe_or_schedule_reads_is_a_setting() {
        let recipes = thalweg_optim::recipe::RECIPES.iter().flat_map(|r| r.hyper);
        let schedules = thalweg_optim::schedule::SCHEDULES.iter().flat_map(|s| s.settings);
        for name in recipes.chain(schedules).chain(thalweg_optim::Hyper::SHARED) {
            assert!(ROWS.iter().any(|r| r.path.strip_prefix("train.") == Some(name)), "{name}");
        }
        assert!(ROWS.iter().all(|r| DESCENDING.contains(&r.path)));
    }
}
