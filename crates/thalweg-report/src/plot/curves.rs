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
    /// The last rows of machines that were solved, by configuration: what they say holds for every later pass.
    solved: HashMap<String, Vec<usize>>,
    columns: Columns,
}

/// By name.
type Columns = HashMap<String, Vec<Option<f64>>>;

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
        let keys = epochs.text("key")?;
        let is_ok = keys.iter().map(|key| fine.get(key.as_deref().unwrap_or_default()) == Some(&true)).collect();
        let quantities = epochs.names().into_iter().filter(|name| !IDENTITY.contains(&name.as_str()));
        let columns = quantities.map(|name| Ok((name.clone(), epochs.float(&name)?))).collect::<Result<Columns, ReportError>>()?;
        let (epoch, keys) = (epochs.int("epoch")?, &keys);
        let solved = rows.iter().map(|(config, rows)| (config.clone(), solved(rows, &columns, keys, &epoch))).collect();
        Ok(Curves { rows, is_ok, epoch, solved, columns })
    }

    /// A quantity by epoch, with its spread over seeds, as far as all of them go: the mean of those that stopped later would be another
    /// quantity. A machine that is solved stays as it is. Empty where nothing was measured.
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
        for &row in self.solved.get(&group.config).into_iter().flatten() {
            if let (Some(last), Some((_, v))) = (self.epoch[row], point(row).filter(|p| p.1.is_finite())) {
                found.range_mut(last + 1..).for_each(|(_, (_, values))| values.push(v));
            }
        }
        found.into_values().filter_map(|(at, values)| Some((at, estimate(&values)?))).collect()
    }
}

/// The last rows of the trials that are kernel machines without an unsolved problem, in the order of the table.
fn solved(rows: &[usize], columns: &Columns, keys: &[Option<String>], epoch: &[Option<i64>]) -> Vec<usize> {
    let Some(n_unsolved) = columns.get("n_unsolved") else { return Vec::new() };
    let mut last = HashMap::<&str, usize>::new();
    for &row in rows {
        let of_trial = last.entry(keys[row].as_deref().unwrap_or_default()).or_insert(row);
        *of_trial = if epoch[row] > epoch[*of_trial] { row } else { *of_trial };
    }
    let mut found: Vec<usize> = last.into_values().filter(|row| n_unsolved[*row] == Some(0.0)).collect();
    found.sort_unstable();
    found
}

/// The epochs that as many seeds have as any.
pub fn all_seeds(points: Vec<(f64, Estimate)>) -> Vec<(f64, Estimate)> {
    let most = points.iter().map(|p| p.1.n).max().unwrap_or(0);
    points.into_iter().filter(|p| p.1.n == most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Column;

    /// Two seeds that end after passes 2 and 4, of which every third is recorded beside the last.
    fn curve(n_unsolved: Option<f64>) -> Vec<(f64, f64, usize)> {
        let text = |name: &str, cells: &[&str]| Column::text(name, cells.iter().map(|c| Some(c.to_string())).collect());
        let [keys, configs, fine] = [["a", "b", "b"], ["c", "c", "c"], ["ok", "ok", "ok"]];
        let values = Column::float("valid_loss", vec![Some(1.0), Some(5.0), Some(3.0)]);
        let epochs = vec![text("key", &keys), text("config", &configs), Column::int("epoch", vec![Some(2), Some(3), Some(4)])];
        let epochs = epochs.into_iter().chain([values, Column::float("n_unsolved", vec![n_unsolved, Some(1.0), n_unsolved])]).collect();
        let trials = Table::new(vec![text("key", &keys[..2]), text("status", &fine[..2])]).expect("a table");
        let curves = Curves::new(&Table::new(epochs).expect("a table"), &trials).expect("curves");
        let group = Group { config: "c".into(), cells: Vec::new(), rows: Vec::new(), values: Vec::new(), n_diverged: 0, estimate: None };
        curves.of(&group, "valid_loss").into_iter().map(|(at, e)| (at, e.mean, e.n)).collect()
    }

    /// Passes of different seeds are no line: a solved machine stays where it is, so that all are there at the others' passes.
    #[test]
    fn a_solved_machine_stays_as_it_is() {
        assert_eq!(curve(Some(0.0)), [(3.0, 3.0, 2), (4.0, 2.0, 2)]);
        // A network, or a machine at its limit, does not.
        assert_eq!(curve(None).len(), 3);
        assert_eq!(curve(Some(1.0)).len(), 3);
    }
}
