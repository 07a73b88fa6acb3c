//! Learning curves of both runs over each other, for the best of the configurations that both have.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use crate::canvas::{figure, px};
use crate::compare::{Comparison, Drawn, Row, plain};
use crate::error::ReportError;
use crate::groups::label;
use crate::look::Look;
use crate::plot::curves::all_seeds;
use crate::plot::panel::{Line, Panel, Stroke, legend_entry, panel, scale, shared_ends};
use crate::plot::words::heading;
use crate::sheet::is_larger_better;
use crate::stats::{Estimate, estimate};
use crate::table::Table;

/// The most panels, and how many stand side by side.
const MAX_PANELS: usize = 6;
const ACROSS: usize = 3;

/// By epoch, a mean over seeds with its interval.
type Curve = Vec<(f64, Estimate)>;

impl Comparison {
    /// Draws it; `None` where the metric has no curve or no configuration is in both runs.
    pub(crate) fn overlay(&self, look: &Look, trials: [&Table; 2], epochs: [&Path; 2]) -> Result<Option<Drawn>, ReportError> {
        let quantity = self.metric.strip_suffix("_final").unwrap_or(&self.metric).replacen("test", "valid", 1);
        let chosen = self.best();
        let mut curves: Vec<HashMap<&[String], Curve>> = Vec::new();
        for (trials, path) in trials.into_iter().zip(epochs) {
            let Some(found) = curves_of(trials, path, &self.axes, &chosen, &quantity)? else { return Ok(None) };
            curves.push(found);
        }
        let pairs: Vec<(&Row, Vec<Line>)> = chosen
            .iter()
            .map(|row| {
                let line = |run: usize, stroke| {
                    curves[run].get(row.cells.as_slice()).map(|points| Line { points: points.clone(), pen: look.pen(1 - run), stroke })
                };
                (*row, [line(0, Stroke::Dashed), line(1, Stroke::Solid)].into_iter().flatten().collect())
            })
            .filter(|(_, lines): &(&Row, Vec<Line>)| lines.iter().any(|l| !l.points.is_empty()))
            .collect();
        if pairs.is_empty() {
            return Ok(None);
        }
        let lines = || pairs.iter().flat_map(|p| &p.1);
        let n = lines().flat_map(|l| &l.points).map(|p| p.1.n).max().unwrap_or(0);
        let [a, b] = &self.names;
        let which = if self.rows.len() > pairs.len() {
            format!(" of the best {} of {} configurations", pairs.len(), self.rows.len())
        } else {
            String::new()
        };
        let caption = format!(
            "{quantity} by epoch{which}: {a} (A) dashed, {b} (B) solid; mean and 95 % t interval over n ≤ {n} seeds that ended well."
        );
        let ends = shared_ends(lines());
        let scale = pairs.iter().map(|p| scale(&p.1)).find(|s| *s == crate::plot::axis::Scale::Log && !is_larger_better(&quantity));
        let scale = scale.filter(|_| ends.is_some_and(|e| e.0 > 0.0)).unwrap_or(crate::plot::axis::Scale::Linear);
        let n_down = pairs.len().div_ceil(ACROSS);
        let across = pairs.len().min(ACROSS);
        let figure = figure(look, (900, 92 + 250 * n_down as u32), &caption, |root| {
            heading(look, root, &format!("{} by epoch", quantity.replace('_', " ")), &format!("mean and 95 % t interval, n ≤ {n} seeds"))?;
            let (_, below) = root.split_vertically(px(58.0));
            let (legend, body) = below.split_vertically(px(30.0));
            let (left, right) = legend.split_horizontally(px(440.0));
            legend_entry(look, &left.margin(0, 0, px(14.0), 0), 12.0, &format!("A: {a}"), look.pen(1), Stroke::Dashed)?;
            legend_entry(look, &right, 12.0, &format!("B: {b}"), look.pen(0), Stroke::Solid)?;
            for (area, (row, lines)) in body.split_evenly((n_down, across)).iter().zip(&pairs) {
                let title = label(&self.axes, &row.cells);
                panel(look, area, &Panel { title: &title, y: &quantity, x: "epoch", lines, scale, ends, ..Panel::default() })?;
            }
            Ok(())
        })?;
        Ok(Some(Drawn { stem: "curves", figure, question: "How do they learn?", caption }))
    }

    /// The configurations that both runs have, best first by the better of the two means.
    fn best(&self) -> Vec<&Row> {
        let sign = if is_larger_better(&self.metric) { -1.0 } else { 1.0 };
        let mut both: Vec<&Row> = self.rows.iter().filter(|row| row.difference.is_some()).collect();
        let place = |row: &Row| (sign * row.a.mean).min(sign * row.b.mean);
        both.sort_by(|x, y| place(x).total_cmp(&place(y)));
        both.truncate(MAX_PANELS);
        both
    }
}

/// The curves of some configurations; `None` where the quantity is not recorded by epoch.
fn curves_of<'a>(
    trials: &Table,
    epochs: &Path,
    axes: &[String],
    chosen: &[&'a Row],
    quantity: &str,
) -> Result<Option<HashMap<&'a [String], Curve>>, ReportError> {
    let columns = axes.iter().map(|axis| trials.text(axis)).collect::<Result<Vec<_>, _>>()?;
    let (configs, status) = (trials.text("config")?, trials.text("status")?);
    let (keys, seeds) = (trials.text("key")?, trials.int("seed")?);
    // A trial's key, its place among the chosen, its seed. Several configurations of a run may fall on one.
    let (mut wanted, mut of_key) = (std::collections::HashSet::new(), HashMap::new());
    for row in (0..trials.n_rows()).filter(|row| status[*row].as_deref() == Some("ok")) {
        let cells: Vec<String> = columns.iter().map(|c| c[row].as_deref().map_or(String::new(), plain)).collect();
        if let (Some(place), Some(key), Some(seed)) = (chosen.iter().position(|r| r.cells == cells), &keys[row], seeds[row]) {
            wanted.extend(configs[row].clone());
            of_key.insert(key.clone(), (place, seed));
        }
    }
    let Some(table) = Table::read_csv_where(epochs, &["key", "config", "epoch", quantity], "config", &wanted)? else { return Ok(None) };
    let (keys, epoch, values) = (table.text("key")?, table.int("epoch")?, table.float(quantity)?);
    let mut sums = vec![BTreeMap::<i64, BTreeMap<i64, (f64, f64)>>::new(); chosen.len()];
    for row in 0..table.n_rows() {
        let Some((place, seed)) = keys[row].as_ref().and_then(|key| of_key.get(key)) else { continue };
        if let (Some(epoch), Some(v)) = (epoch[row], values[row].filter(|v| v.is_finite())) {
            let entry = sums[*place].entry(epoch).or_default().entry(*seed).or_default();
            *entry = (entry.0 + v, entry.1 + 1.0);
        }
    }
    let curve = |by_epoch: BTreeMap<i64, BTreeMap<i64, (f64, f64)>>| {
        let mean = |seeds: BTreeMap<i64, (f64, f64)>| estimate(&seeds.into_values().map(|(sum, n)| sum / n).collect::<Vec<_>>());
        all_seeds(by_epoch.into_iter().filter_map(|(epoch, seeds)| Some((epoch as f64, mean(seeds)?))).collect())
    };
    Ok(Some(chosen.iter().map(|row| row.cells.as_slice()).zip(sums.into_iter().map(curve)).collect()))
}
