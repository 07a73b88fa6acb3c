//! Curves over epochs with their spread over seeds; `panel` shows them.

use std::collections::HashMap;

use crate::error::ReportError;
use crate::groups::Group;
use crate::stats::{Estimate, estimate};
use crate::table::Table;

/// The epochs of every trial, by configuration.
pub struct Curves {
    /// The rows of all trials.
    rows: HashMap<String, Vec<usize>>,
    /// By row, whether the trial did not diverge.
    is_ok: Vec<bool>,
    epoch: Vec<Option<i64>>,
    columns: HashMap<String, Vec<Option<f64>>>,
}

/// The columns of `epochs.csv` that are no quantity.
const IDENTITY: [&str; 4] = ["key", "config", "seed", "epoch"];

impl Curves {
    /// Indexes `epochs.csv`; trials that diverged are left out of every mean but those by rate.
    pub fn new(epochs: &Table, trials: &Table) -> Result<Curves, ReportError> {
        let status = trials.text("status")?;
        let fine: HashMap<String, bool> =
            trials.text("key")?.into_iter().zip(status).map(|(k, s)| (k.unwrap_or_default(), s.as_deref() == Some("ok"))).collect();
        let mut rows = HashMap::<String, Vec<usize>>::new();
        for (row, config) in epochs.text("config")?.into_iter().enumerate() {
            rows.entry(config.unwrap_or_default()).or_default().push(row);
        }
        let is_ok = epochs.text("key")?.into_iter().map(|key| fine.get(&key.unwrap_or_default()) == Some(&true)).collect();
        let quantities = epochs.names().into_iter().filter(|name| !IDENTITY.contains(&name.as_str()));
        let columns = quantities.map(|name| Ok((name.clone(), epochs.float(&name)?))).collect::<Result<_, ReportError>>()?;
        Ok(Curves { rows, is_ok, epoch: epochs.int("epoch")?, columns })
    }

    /// A quantity by epoch, with its spread over seeds, as far as all of them go: the mean of those that stopped later would be another
    /// quantity. Empty where nothing was measured.
    pub fn of(&self, group: &Group, column: &str) -> Vec<(f64, Estimate)> {
        all_seeds(self.by_epoch(group, |row| self.ok(row, self.columns.get(column)?[row]?)))
    }

    /// A quantity by the learning rate that was reached, which is the same for all seeds. Trials that diverge count until they do:
    /// where that happens is what a range test is for.
    pub fn by_rate(&self, group: &Group, column: &str) -> Vec<(f64, Estimate)> {
        self.by_epoch(group, |row| {
            let rate = self.columns.get("lr")?[row].filter(|rate| *rate > 0.0)?;
            Some((rate, self.columns.get(column)?[row]?))
        })
    }

    /// Validation loss minus training loss by epoch.
    pub fn gap(&self, group: &Group) -> Vec<(f64, Estimate)> {
        all_seeds(self.by_epoch(group, |row| self.ok(row, self.columns["valid_loss"][row]? - self.columns["train_loss"][row]?)))
    }

    /// A value at its epoch, unless its trial diverged.
    fn ok(&self, row: usize, value: f64) -> Option<(f64, f64)> {
        Some((self.epoch[row]? as f64, value)).filter(|_| self.is_ok[row])
    }

    /// Means over the rows of an epoch, in the order of epochs; `point` is a row's place along the axis and its value.
    fn by_epoch(&self, group: &Group, point: impl Fn(usize) -> Option<(f64, f64)>) -> Vec<(f64, Estimate)> {
        let mut found = std::collections::BTreeMap::<i64, (f64, Vec<f64>)>::new();
        for &row in self.rows.get(&group.config).into_iter().flatten() {
            if let (Some(epoch), Some((at, v))) = (self.epoch[row], point(row).filter(|p| p.1.is_finite())) {
                found.entry(epoch).or_insert((at, Vec::new())).1.push(v);
            }
        }
        found.into_values().filter_map(|(at, values)| Some((at, estimate(&values)?))).collect()
    }
}

/// The epochs that as many seeds have as any.
pub fn all_seeds(points: Vec<(f64, Estimate)>) -> Vec<(f64, Estimate)> {
    let most = points.iter().map(|p| p.1.n).max().unwrap_or(0);
    points.into_iter().filter(|p| p.1.n == most).collect()
}
