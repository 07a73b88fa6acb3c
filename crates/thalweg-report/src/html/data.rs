//! What the script draws from: configurations, trials and curves, as many as a page can carry.
//!
//! Cells are the text that the tables of the page show. What is left out is counted, so that the page can say so.

use std::collections::HashMap;

use serde::Serialize;

use crate::error::ReportError;
use crate::groups::Group;
use crate::headline::measured;
use crate::number::rounded;
use crate::plot::Subject;
use crate::sheet::is_larger_better;
use crate::stats::Estimate;

/// The most configurations on a page, trials, points of a line, and points of all lines.
const MAX_CONFIGS: usize = 2_000;
const MAX_TRIALS: usize = 10_000;
const MAX_POINTS: usize = 500;
const MAX_ALL_POINTS: usize = 60_000;
/// The fewest and the most configurations with curves.
const CURVES: (usize, usize) = (7, 100);
/// An empty cell.
pub const NONE: &str = "–";

/// Everything, as the script reads it.
#[derive(Serialize)]
pub struct Data {
    metric: String,
    larger_is_better: bool,
    progress: &'static str,
    /// Where the axes, the mean and the word on the best set stand in a row; the last is missing where nothing is ranked.
    axes: Vec<usize>,
    mean: usize,
    best_set: Option<usize>,
    /// Configurations from best to worst.
    pub configs: Sheet,
    trials: Sheet,
    quantities: Vec<String>,
    curves: Vec<Curve>,
}

/// A table, or a part of one.
#[derive(Serialize)]
pub struct Sheet {
    /// Headers.
    pub columns: Vec<String>,
    /// Cells. Trials begin with the number of their configuration's row.
    pub rows: Vec<Vec<String>>,
    /// Rows of the whole table.
    pub n: usize,
}

/// The curves of a configuration.
#[derive(Serialize)]
struct Curve {
    /// Its row.
    config: usize,
    label: String,
    /// Points that were recorded; as many are drawn, or fewer.
    n_points: usize,
    /// By quantity.
    lines: Vec<Points>,
}

/// A mean with its interval, by epoch; an end is null where one seed says nothing of it.
#[derive(Default, Serialize)]
struct Points {
    n: usize,
    x: Vec<f64>,
    mean: Vec<f64>,
    low: Vec<Option<f64>>,
    high: Vec<Option<f64>>,
}

impl Data {
    /// Of a run.
    pub fn new(subject: &Subject<'_>) -> Result<Data, ReportError> {
        let (sheet, summary) = (subject.sheet, &subject.tables.summary);
        let chosen = chosen(summary.n_rows());
        let is_ranked = sheet.headline.is_none();
        let first: &[&str] = if is_ranked { &["rank", "best_set"] } else { &[] };
        let axes: Vec<usize> = (first.len()..first.len() + sheet.axes.len()).collect();
        let mean = first.len() + axes.len() + 2;
        let names: Vec<String> = first
            .iter()
            .map(|name| (*name).to_string())
            .chain(sheet.axes.iter().cloned())
            .chain(["n", "n_diverged", "mean", "sd", "ci_low", "ci_high"].map(String::from))
            .chain(measured(&["test_accuracy_mean", "test_r2_mean", "test_loss_mean"], summary)?)
            .collect();
        let configs = Sheet { rows: cells(summary, &names, &chosen)?, columns: names, n: summary.n_rows() };
        let ids = summary.text("config")?;
        let row_of: HashMap<&str, usize> = chosen.iter().enumerate().filter_map(|(row, at)| Some((ids[*at].as_deref()?, row))).collect();
        // Studies without a ranking draw their own curves.
        let (quantities, curves) = if is_ranked { curves(subject, &row_of) } else { Default::default() };
        Ok(Data {
            metric: sheet.column(),
            larger_is_better: is_larger_better(&sheet.metric),
            progress: sheet.progress,
            axes,
            mean,
            best_set: is_ranked.then_some(1),
            configs,
            trials: trials(subject, &row_of)?,
            quantities,
            curves,
        })
    }
}

/// The rows of a ranked table that a page carries: all, or the better half of what fits and evenly chosen ones of the rest.
fn chosen(n: usize) -> Vec<usize> {
    if n <= MAX_CONFIGS {
        return (0..n).collect();
    }
    let first = MAX_CONFIGS / 2;
    (0..first).chain(evenly(n - first, MAX_CONFIGS - first).map(|i| first + i)).collect()
}

/// At most `most` of `n` positions, the first and the last among them.
fn evenly(n: usize, most: usize) -> impl Iterator<Item = usize> {
    let taken = n.min(most);
    (0..taken).map(move |i| if taken < 2 { 0 } else { i * (n - 1) / (taken - 1) })
}

fn cells(table: &crate::table::Table, names: &[String], rows: &[usize]) -> Result<Vec<Vec<String>>, ReportError> {
    let columns = names.iter().map(|name| table.text(name)).collect::<Result<Vec<_>, _>>()?;
    Ok(rows.iter().map(|row| columns.iter().map(|c| rounded(c[*row].as_deref().unwrap_or(NONE))).collect()).collect())
}

/// The trials of the configurations on the page.
fn trials(subject: &Subject<'_>, row_of: &HashMap<&str, usize>) -> Result<Sheet, ReportError> {
    let (table, sheet) = (&subject.tables.trials, subject.sheet);
    let known = table.names();
    let recorded = ["best_epoch", "epochs_run", "convergence", "fit"].into_iter().filter(|name| known.iter().any(|k| k == name));
    let names: Vec<String> =
        ["seed", "status"].into_iter().map(String::from).chain([sheet.column()]).chain(recorded.map(String::from)).collect();
    let (keys, ids) = (table.text("key")?, table.text("config")?);
    let there: Vec<(usize, usize)> = (0..table.n_rows()).filter_map(|row| Some((row, *row_of.get(ids[row].as_deref()?)?))).collect();
    let picked: Vec<(usize, usize)> = evenly(there.len(), MAX_TRIALS).map(|i| there[i]).collect();
    let mut rows = cells(table, &names, &picked.iter().map(|p| p.0).collect::<Vec<_>>())?;
    for (cells, (row, config)) in rows.iter_mut().zip(&picked) {
        cells.insert(0, config.to_string());
        cells.push(keys[*row].as_deref().unwrap_or_default().chars().take(12).collect());
    }
    let columns = [String::new()].into_iter().chain(names).chain(["key".to_string()]).collect();
    Ok(Sheet { columns, rows, n: table.n_rows() })
}

/// The curves of the best configurations, as many as fit: of the metric, of its training counterpart, and of loss and accuracy.
fn curves(subject: &Subject<'_>, row_of: &HashMap<&str, usize>) -> (Vec<String>, Vec<Curve>) {
    let metric = subject.sheet.metric.replacen("test", "valid", 1);
    let of_train = metric.replacen("valid", "train", 1);
    let known = subject.tables.epochs.names();
    let mut quantities: Vec<String> = Vec::new();
    for name in [metric.as_str(), &of_train, "valid_loss", "train_loss", "valid_accuracy", "train_accuracy"] {
        if known.iter().any(|k| k == name) && !quantities.iter().any(|q| q == name) {
            quantities.push(name.into());
        }
    }
    let ranked: Vec<&Group> = subject.order.iter().map(|i| &subject.groups[*i]).collect();
    // What the first has, all may have.
    let first = ranked.first().map(|group| quantities.iter().map(|q| subject.curves.of(group, q).len()).collect::<Vec<_>>());
    let first = first.unwrap_or_default();
    let n_points: usize = first.iter().map(|n| n.min(&MAX_POINTS)).sum();
    let n_configs = (MAX_ALL_POINTS / n_points.max(1)).clamp(CURVES.0, CURVES.1);
    let curve = |group: &&Group| {
        let config = *row_of.get(group.config.as_str())?;
        let all: Vec<Vec<(f64, Estimate)>> = quantities.iter().map(|q| subject.curves.of(group, q)).collect();
        let n_points = all.iter().map(Vec::len).max().filter(|n| *n > 1)?;
        let label = if subject.sheet.axes.is_empty() { subject.sheet.name.clone() } else { group.label(&subject.sheet.axes) };
        Some(Curve { config, label, n_points, lines: all.iter().map(|line| points(line)).collect() })
    };
    let curves: Vec<Curve> = ranked.iter().take(n_configs).filter_map(curve).collect();
    (quantities, curves)
}

fn points(line: &[(f64, Estimate)]) -> Points {
    let mut points = Points { n: line.first().map_or(0, |p| p.1.n), ..Points::default() };
    for (x, e) in evenly(line.len(), MAX_POINTS).map(|i| line[i]) {
        points.x.push(x);
        points.mean.push(four_digits(e.mean));
        points.low.push(Some(e.low).filter(|v| v.is_finite()).map(four_digits));
        points.high.push(Some(e.high).filter(|v| v.is_finite()).map(four_digits));
    }
    points
}

/// A number to four significant digits: more cannot be seen.
fn four_digits(v: f64) -> f64 {
    format!("{v:.3e}").parse().expect("a float is written as a float is read")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_spread_over_the_worse_and_both_ends_stay() {
        assert_eq!(chosen(5), [0, 1, 2, 3, 4]);
        let many = chosen(10_000);
        assert_eq!(many.len(), MAX_CONFIGS);
        assert!(many[..1000].iter().copied().eq(0..1000), "the best thousand");
        assert!(many.windows(2).all(|w| w[0] < w[1]) && many.last() == Some(&9_999));
        assert_eq!(evenly(7, 3).collect::<Vec<_>>(), [0, 3, 6]);
        assert_eq!(evenly(0, 3).count() + evenly(3, 1).count(), 1);
    }
}
