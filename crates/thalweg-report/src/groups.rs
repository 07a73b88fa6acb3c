//! Trials by configuration: the rows of `trials.csv`, grouped in the order of the table.

use std::collections::HashMap;

use crate::error::ReportError;
use crate::sheet::{Sheet, is_larger_better};
use crate::stats::{Estimate, estimate};
use crate::table::Table;

/// One configuration.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its hash.
    pub config: String,
    /// The axes' values as written.
    pub cells: Vec<String>,
    /// Rows of `trials.csv`.
    pub rows: Vec<usize>,
    /// (seed, metric) of its `ok` trials that have a finite one.
    pub values: Vec<(i64, f64)>,
    /// Trials that diverged.
    pub n_diverged: usize,
    /// Of the metric.
    pub estimate: Option<Estimate>,
}

impl Group {
    /// `train.lr = 0.1, train.batch = 32`
    pub fn label(&self, axes: &[String]) -> String {
        label(axes, &self.cells)
    }
}

/// The same of cells that belong to the axes.
pub fn label(axes: &[String], cells: &[String]) -> String {
    if axes.is_empty() {
        return "the only configuration".into();
    }
    let there = axes.iter().zip(cells).filter(|(_, cell)| !cell.is_empty());
    there.map(|(a, c)| format!("{} = {c}", short(a))).collect::<Vec<_>>().join(", ")
}

/// The same of one axis; all others where the axis does not exist.
pub fn value_label(axes: &[String], cells: &[String], axis: usize) -> String {
    if cells[axis].is_empty() { label(axes, cells) } else { format!("{} = {}", short(&axes[axis]), cells[axis]) }
}

/// The last part of a path: `lr` of `train.lr`.
pub fn short(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// Groups the trials.
pub fn groups(trials: &Table, sheet: &Sheet) -> Result<Vec<Group>, ReportError> {
    let configs = trials.text("config")?;
    let axes = sheet.axes.iter().map(|a| trials.text(a)).collect::<Result<Vec<_>, _>>()?;
    let (seeds, status, metric) = (trials.int("seed")?, trials.text("status")?, trials.float(&sheet.column())?);
    let (mut found, mut index) = (Vec::<Group>::new(), HashMap::new());
    for row in 0..trials.n_rows() {
        let config = configs[row].clone().unwrap_or_default();
        let at = *index.entry(config.clone()).or_insert_with(|| {
            let cells = axes.iter().map(|a| a[row].clone().unwrap_or_default()).collect();
            found.push(Group { config, cells, rows: Vec::new(), values: Vec::new(), n_diverged: 0, estimate: None });
            found.len() - 1
        });
        let group = &mut found[at];
        group.rows.push(row);
        match (status[row].as_deref(), metric[row], seeds[row]) {
            (Some("ok"), Some(value), Some(seed)) if value.is_finite() => group.values.push((seed, value)),
            (Some("diverged"), _, _) => group.n_diverged += 1,
            _ => {}
        }
    }
    for group in &mut found {
        group.estimate = estimate(&group.values.iter().map(|v| v.1).collect::<Vec<_>>());
    }
    Ok(found)
}

/// Groups from best to worst: complete ones first, then those with diverged trials, then those without a value.
pub fn ranked(groups: &[Group], sheet: &Sheet) -> Vec<usize> {
    let sign = if is_larger_better(&sheet.metric) { -1.0 } else { 1.0 };
    let mut order: Vec<usize> = (0..groups.len()).collect();
    let place = |i: &usize| (groups[*i].estimate.is_none(), groups[*i].n_diverged > 0, sign * groups[*i].estimate.map_or(0.0, |e| e.mean));
    order.sort_by(|a, b| {
        let (x, y) = (place(a), place(b));
        x.0.cmp(&y.0).then(x.1.cmp(&y.1)).then(x.2.total_cmp(&y.2)).then(a.cmp(b))
    });
    order
}
