//! `summary.csv`: one row per configuration, best first; the set of best configurations that cannot be told apart.

use crate::error::ReportError;
use crate::groups::{Group, groups, ranked};
use crate::sheet::Sheet;
use crate::stats::{BestSet, bca, best_set, estimate};
use crate::table::{Column, Table};

pub use crate::stats::ALPHA;

/// Summarises the trials, in the order of rank.
pub fn summarise(trials: &Table, sheet: &Sheet) -> Result<Table, ReportError> {
    let found = groups(trials, sheet)?;
    let order = ranked(&found, sheet);
    let best = best(&found, &order);
    let mut in_set = vec![false; found.len()];
    best.of.iter().zip(&best.set.is_in).for_each(|(group, is_in)| in_set[*group] = *is_in);
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
    let bootstrap: Vec<Option<(f64, f64)>> = rows.iter().map(|g| bca(&g.values.iter().map(|v| v.1).collect::<Vec<_>>())).collect();
    columns.push(Column::float("bca_low", bootstrap.iter().map(|b| b.map(|b| b.0)).collect()));
    columns.push(Column::float("bca_high", bootstrap.iter().map(|b| b.map(|b| b.1)).collect()));
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

/// Which groups cannot be told apart from the best; `set.is_in` goes along `of`, indices of groups from best to worst.
pub struct Best {
    /// Groups with a value and without diverged trials: only they can be in the set.
    pub of: Vec<usize>,
    /// The set.
    pub set: BestSet,
}

/// The set of the best among groups in the order of rank.
pub fn best(groups: &[Group], order: &[usize]) -> Best {
    let of: Vec<usize> = order.iter().copied().filter(|i| groups[*i].estimate.is_some() && groups[*i].n_diverged == 0).collect();
    let values: Vec<&[(i64, f64)]> = of.iter().map(|i| groups[*i].values.as_slice()).collect();
    Best { set: best_set(&values), of }
}
