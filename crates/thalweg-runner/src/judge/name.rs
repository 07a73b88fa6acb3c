//! What a name in a claim's expression is worth for one trial.

use super::Row;
use crate::claim::{Place, TIMED};
use crate::probe::LAYER_PROBES;
use crate::record::Timing;
use crate::settings::{self, ColumnType};
use crate::value::Value;

impl Row<'_> {
    /// What a name is worth; nothing recorded is NaN, or an empty text.
    pub(super) fn get(&self, name: &str, place: &Place) -> Value {
        if name.contains('.') {
            // A cell that is empty in the tables is no default here.
            let read = settings::find(name).filter(|_| (self.experiment.kind.applies)(&self.planned.trial, name));
            let Some(setting) = read else { return Value::Text(String::new()) };
            return match (setting.get)(&self.planned.trial) {
                // The way to a file is another one from a run's folder, where the same claims are read again.
                Value::Text(path) if setting.column == ColumnType::Path => Value::Text(path.rsplit('/').next().unwrap_or_default().into()),
                value => value,
            };
        }
        let text = |word: Option<&str>| Value::Text(word.unwrap_or_default().into());
        match name {
            "seed" => return Value::Number(self.planned.seeds.seed as f64),
            "status" => return text(Some(self.record.status.name())),
            _ => {}
        }
        let found = match place {
            Place::Trial if TIMED.contains(&name) => self.times.map(|times| timed(times, name)),
            Place::Trial => {
                let outcomes = || (self.experiment.kind.outcomes)(self.record, &self.experiment.report.thresholds);
                match name {
                    "convergence" => return text(outcomes().convergence),
                    "fit" => return text(outcomes().fit),
                    "gap_final" => outcomes().gap_final,
                    "overfit_onset" => outcomes().overfit_onset.map(f64::from),
                    "epochs_run" => Some(f64::from(self.record.epochs_run)),
                    "best_epoch" => self.record.best_epoch.map(f64::from),
                    _ => match name.strip_suffix("_final").and_then(|name| self.quantity(name)) {
                        Some(i) => self.record.last.get(i).copied(),
                        None => self.quantity(name).and_then(|i| self.record.best.get(i).copied()),
                    },
                }
            }
            Place::Epoch(epoch) => self.record.epochs.iter().find(|row| row.epoch == *epoch).and_then(|row| match name {
                "epoch" => Some(f64::from(row.epoch)),
                "lr" => Some(row.lr),
                _ => row.probes.get(self.quantity(name)?).copied(),
            }),
            Place::Layer(layer, epoch) => {
                let last = self.record.epochs.last().map(|row| row.epoch);
                let row = self.record.epochs.iter().find(|row| Some(row.epoch) == epoch.or(last));
                let group = self.record.groups.iter().position(|g| g == layer);
                row.zip(group).and_then(|(row, group)| match name {
                    "epoch" => Some(f64::from(row.epoch)),
                    _ => row.layers.get(group)?.get(LAYER_PROBES.iter().position(|p| p.name == name)?).copied(),
                })
            }
        };
        Value::Number(found.unwrap_or(f64::NAN))
    }

    fn quantity(&self, name: &str) -> Option<usize> {
        self.quantities.iter().position(|q| q.name == name)
    }
}

fn timed(times: &Timing, name: &str) -> f64 {
    match name {
        "train_seconds" => times.train_seconds,
        "eval_seconds" => times.eval_seconds,
        "steps" => times.steps as f64,
        _ => times.memory_bytes as f64,
    }
}

/// A number, or 1 for what is true; NaN for all else.
pub(super) fn number(value: &Value) -> f64 {
    match value {
        Value::Number(x) => *x,
        Value::Int(i) => *i as f64,
        Value::Bool(truth) => f64::from(u8::from(*truth)),
        _ => f64::NAN,
    }
}
