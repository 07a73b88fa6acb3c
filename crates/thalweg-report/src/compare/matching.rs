//! Which configurations of two runs are one, and what each run measured of it under each seed.

use std::collections::{BTreeMap, HashMap};

use super::{Side, Verdict};
use crate::error::ReportError;
use crate::stats::estimate;
use crate::table::Table;

/// The shared axes' values of a configuration.
pub(super) type Cells = Vec<String>;

/// What both runs have of a configuration.
#[derive(Clone, Debug, Default)]
pub(super) struct Matched {
    /// By seed. Where a run sweeps axes that the other does not, several trials of a seed fall on one: their mean.
    pub values: [BTreeMap<i64, f64>; 2],
    /// Trials without a value.
    pub n_bad: [usize; 2],
    /// Whether one run alone has it.
    pub only: Option<Verdict>,
}

impl Matched {
    pub(super) fn side(&self, of: usize) -> Side {
        let values: Vec<f64> = self.values[of].values().copied().collect();
        Side { n: values.len(), n_bad: self.n_bad[of], mean: estimate(&values).map_or(f64::NAN, |e| e.mean) }
    }
}

/// The columns between `config` and `seed` that both tables have, in A's order.
pub(super) fn shared_axes(a: &Table, b: &Table) -> Vec<String> {
    let axes = |of: &Table| of.names().into_iter().skip_while(|n| n != "config").skip(1).take_while(|n| n != "seed").collect::<Vec<_>>();
    let in_b = axes(b);
    axes(a).into_iter().filter(|axis| in_b.contains(axis)).collect()
}

/// Sum and number of a seed's values.
type Sums = BTreeMap<i64, (f64, f64)>;

/// What is found of a configuration, A's first.
#[derive(Default)]
struct Found {
    cells: Cells,
    sums: [Sums; 2],
    n_bad: [usize; 2],
    is_there: [bool; 2],
}

/// All configurations, in the order of A's table, then those of B alone.
pub(super) fn matched(trials: [&Table; 2], axes: &[String], metric: &str) -> Result<Vec<(Cells, Matched)>, ReportError> {
    let mut places = HashMap::<Cells, usize>::new();
    let mut all: Vec<Found> = Vec::new();
    for (side, table) in trials.into_iter().enumerate() {
        let columns = axes.iter().map(|axis| table.text(axis)).collect::<Result<Vec<_>, _>>()?;
        let (seeds, status, values) = (table.int("seed")?, table.text("status")?, table.float(metric)?);
        for row in 0..table.n_rows() {
            let cells: Cells = columns.iter().map(|column| column[row].as_deref().map_or(String::new(), plain)).collect();
            let place = *places.entry(cells.clone()).or_insert_with(|| {
                all.push(Found { cells, ..Found::default() });
                all.len() - 1
            });
            let found = &mut all[place];
            found.is_there[side] = true;
            match (status[row].as_deref(), seeds[row], values[row].filter(|v| v.is_finite())) {
                (Some("ok"), Some(seed), Some(value)) => {
                    let entry = found.sums[side].entry(seed).or_default();
                    *entry = (entry.0 + value, entry.1 + 1.0);
                }
                _ => found.n_bad[side] += 1,
            }
        }
    }
    let mean = |sums: Sums| sums.into_iter().map(|(seed, (sum, n))| (seed, sum / n)).collect();
    let each = all.into_iter().map(|Found { cells, sums, n_bad, is_there }| {
        let only = match is_there {
            [true, false] => Some(Verdict::OnlyA),
            [false, true] => Some(Verdict::OnlyB),
            _ => None,
        };
        (cells, Matched { values: sums.map(mean), n_bad, only })
    });
    Ok(each.collect())
}

/// Numbers as one writes them: a column of whole numbers in one run may be one of decimals in the other, or hold a word.
pub(crate) fn plain(cell: &str) -> String {
    match cell.parse::<f64>() {
        Ok(number) if number.is_finite() => number.to_string(),
        _ => cell.to_string(),
    }
}
