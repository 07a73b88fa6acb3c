//! `summary.csv`: one row per configuration, best first; the set of best configurations that cannot be told apart.

use crate::error::ReportError;
use crate::groups::{Group, groups, ranked};
use crate::sheet::Sheet;
use crate::stats::{estimate, holm, paired};
use crate::table::{Column, Table};

/// Below this adjusted p two configurations are told apart.
pub const ALPHA: f64 = 0.05;

/// Summarises the trials, in the order of rank.
pub fn summarise(trials: &Table, sheet: &Sheet) -> Result<Table, ReportError> {
    let found = groups(trials, sheet)?;
    let order = ranked(&found, sheet);
    let in_set = best_set(&found, &order);
    let rows: Vec<&Group> = order.iter().map(|i| &found[*i]).collect();
    let float =
        |name: &str, f: &dyn Fn(&Group) -> Option<f64>| Column::float(name, rows.iter().map(|g| f(g).filter(|v| v.is_finite())).collect());
    let int = |name: &str, f: &dyn Fn(&Group) -> i64| Column::int(name, rows.iter().map(|g| Some(f(g))).collect());
    let mut columns = vec![Column::text("config", rows.iter().map(|g| Some(g.config.clone())).collect())];
    for (i, axis) in sheet.axes.iter().enumerate() {
        columns.push(axis_column(axis, rows.iter().map(|g| g.cells[i].as_str()).collect()));
    }
    columns.push(int("n", &|g| g.values.len() as i64));
    columns.push(int("n_diverged", &|g| g.n_diverged as i64));
    columns.push(float("mean", &|g| Some(g.estimate?.mean)));
    columns.push(float("sd", &|g| Some(g.estimate?.sd)));
    columns.push(float("ci_low", &|g| Some(g.estimate?.low)));
    columns.push(float("ci_high", &|g| Some(g.estimate?.high)));
    columns.push(float("min", &|g| g.values.iter().map(|v| v.1).reduce(f64::min)));
    columns.push(float("max", &|g| g.values.iter().map(|v| v.1).reduce(f64::max)));
    columns.push(Column::int("rank", (1..=rows.len() as i64).map(Some).collect()));
    columns.push(Column::text("best_set", order.iter().map(|i| Some(if in_set[*i] { "yes" } else { "no" }.into())).collect()));
    let status = trials.text("status")?;
    let recorded = trials.names();
    for name in ["test_loss", "test_accuracy", "test_r2"].into_iter().filter(|name| recorded.iter().any(|r| r == name)) {
        let values = trials.float(&sheet.at_same_place(name))?;
        let of = |g: &Group| {
            estimate(&g.rows.iter().filter(|r| status[**r].as_deref() == Some("ok")).filter_map(|r| values[*r]).collect::<Vec<_>>())
        };
        columns.push(float(&format!("{name}_mean"), &|g| Some(of(g)?.mean)));
        columns.push(float(&format!("{name}_ci_low"), &|g| Some(of(g)?.low)));
        columns.push(float(&format!("{name}_ci_high"), &|g| Some(of(g)?.high)));
    }
    Table::new(columns)
}

/// Numbers as numbers where all cells are.
fn axis_column(name: &str, cells: Vec<&str>) -> Column {
    if let Some(ints) = cells.iter().map(|c| c.parse().ok()).collect::<Option<Vec<i64>>>() {
        return Column::int(name, ints.into_iter().map(Some).collect());
    }
    if let Some(floats) = cells.iter().map(|c| c.parse().ok()).collect::<Option<Vec<f64>>>() {
        return Column::float(name, floats.into_iter().map(Some).collect());
    }
    Column::text(name, cells.iter().map(|c| Some(c.to_string())).collect())
}

/// Which groups cannot be told apart from the best: paired t over shared seeds against the best, Holm over all, α = 0.05.
/// A group with diverged trials is not in the set; one that cannot be tested (n < 2) is: nothing speaks against it.
pub fn best_set(groups: &[Group], order: &[usize]) -> Vec<bool> {
    let mut set = vec![false; groups.len()];
    let Some(&best) = order.first().filter(|i| groups[**i].estimate.is_some()) else {
        return set;
    };
    let rivals: Vec<usize> = order[1..].iter().copied().filter(|i| groups[*i].estimate.is_some() && groups[*i].n_diverged == 0).collect();
    let p = |rival: &usize| {
        let pairs: Vec<(f64, f64)> = groups[best]
            .values
            .iter()
            .filter_map(|(seed, a)| groups[*rival].values.iter().find(|v| v.0 == *seed).map(|v| (*a, v.1)))
            .collect();
        paired(&pairs).map_or(f64::NAN, |d| d.p)
    };
    let adjusted = holm(&rivals.iter().map(p).collect::<Vec<_>>());
    set[best] = true;
    for (rival, p) in rivals.iter().zip(adjusted) {
        set[*rival] = p.is_nan() || p >= ALPHA;
    }
    set
}
