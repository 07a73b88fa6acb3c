//! Layers: the norm of each layer's gradient by epoch, a panel for each value of an axis; below, its dead and saturated units. Or
//! another quantity of layers alone.

use std::collections::BTreeMap;

use crate::canvas::{failed, figure, px};
use crate::error::ReportError;
use crate::groups::Group;
use crate::look::Look;
use crate::plot::axis::Scale;
use crate::plot::convergence::{axis_of, best_by_value, chosen};
use crate::plot::curves::all_seeds;
use crate::plot::panel::{Line, Panel, Stroke, legend_entry, panel, shared_ends};
use crate::plot::words::{heading, over_seeds};
use crate::plot::{Drawn, Subject, few_of, stem};
use crate::stats::{Estimate, estimate};
use crate::table::Table;

/// The most panels in a row, and the most layers in one.
const MAX_PANELS: usize = 4;
const MAX_LAYERS: usize = 7;
/// What is drawn where nothing else is asked for.
const NORM: &str = "grad_norm";

/// Draws it.
pub fn draw(subject: &Subject<'_>, arguments: &[String]) -> Result<Drawn, ReportError> {
    let (sheet, look) = (subject.sheet, &subject.sheet.look);
    let table = subject.tables.layers.as_ref().ok_or_else(|| failed("no layers were recorded: `record.layers` is off"))?;
    let axis = axis_of(subject, arguments);
    let layers = Layers::of(table, subject)?;
    // Models without layers have no panel.
    let with_layers = chosen(subject, axis).into_iter().filter(|(_, g)| layers.rows.contains_key(&subject.groups[*g].config));
    let shown = few_of(with_layers.collect(), MAX_PANELS);
    let n_values = axis.map_or(shown.len(), |axis| best_by_value(subject, axis).len());
    let names = layers.names(subject, &shown);
    let more = names.len().saturating_sub(MAX_LAYERS);
    let names = few_of(names, MAX_LAYERS);
    let named = arguments.get(1).map(String::as_str);
    let of = |quantities: &[(&str, Stroke)]| -> Vec<Vec<Line>> {
        shown.iter().map(|(_, g)| lines(look, &layers, &subject.groups[*g], &names, quantities)).collect()
    };
    let norms = of(&[(named.unwrap_or(NORM), Stroke::Solid)]);
    let units = if named.is_some() { Vec::new() } else { of(&[("dead_fraction", Stroke::Solid), ("saturated_fraction", Stroke::Dashed)]) };
    let has_units = units.iter().flatten().any(|l| !l.points.is_empty());
    let n = norms.iter().flatten().flat_map(|l| &l.points).map(|p| p.1.n).max().unwrap_or(0);
    let below = if has_units { " Below: the share of dead units, solid, and of saturated ones, dashed." } else { "" };
    let left_out = if more > 0 { format!(" {more} layers between them are left out.") } else { String::new() };
    let some = if n_values > shown.len() { format!(" {} of {n_values} values are shown.", shown.len()) } else { String::new() };
    let what = named.map_or("Norm of each layer's gradient".into(), |name| format!("{name} of each layer"));
    let caption = format!("{what} by {}, {}.{below}{left_out}{some}", sheet.progress, over_seeds(n));
    let title = axis.map_or(format!("Layers of {}", sheet.name), |a| format!("Layers by {}", sheet.axes[a]));
    let columns = shown.len().max(1);
    let size = ((270 * columns as u32 + 190).max(560), if has_units { 570 } else { 350 });
    let figure = figure(look, size, &caption, |root| {
        heading(look, root, &title, &over_seeds(n))?;
        let (_, body) = root.split_vertically(px(56.0));
        let (panels, legend) = body.split_horizontally(px(f64::from(size.0) - 170.0));
        for (i, name) in names.iter().enumerate() {
            legend_entry(look, &legend, 22.0 + 20.0 * i as f64, name, look.pen(i), Stroke::Solid)?;
        }
        let (upper, lower) = if has_units { panels.split_vertically(px(270.0)) } else { panels.split_vertically(px(290.0)) };
        // Norms are of several sizes; a share or a mean is read on a plain scale.
        let ends = shared_ends(norms.iter().flatten()).filter(|ends| named.is_some() || ends.0 > 0.0);
        let scale = if ends.is_some() && named.is_none() { Scale::Log } else { Scale::Linear };
        let word = named.map_or("gradient norm".into(), |name| name.replace('_', " "));
        let y = if scale == Scale::Log { format!("{word} (log)") } else { word };
        let y = y.as_str();
        for (i, (area, lines)) in upper.split_evenly((1, columns)).iter().zip(&norms).enumerate() {
            let p = Panel {
                title: &shown[i].0,
                y: if i == 0 { y } else { "" },
                x: if has_units { "" } else { sheet.progress },
                lines,
                scale,
                ends,
                ..Panel::default()
            };
            panel(look, area, &p)?;
        }
        if norms.is_empty() {
            panel(look, &upper, &Panel { y, ..Panel::default() })?;
        }
        if !has_units {
            return Ok(());
        }
        for (i, (area, lines)) in lower.split_evenly((1, columns)).iter().zip(&units).enumerate() {
            let p = Panel {
                y: if i == 0 { "share of units" } else { "" },
                x: sheet.progress,
                lines,
                ends: Some((0.0, 1.0)),
                ..Panel::default()
            };
            panel(look, area, &p)?;
        }
        let top = 22.0 + 20.0 * names.len() as f64 + 16.0;
        legend_entry(look, &legend, top.max(290.0), "dead", look.plain(), Stroke::Solid)?;
        legend_entry(look, &legend, top.max(290.0) + 20.0, "saturated", look.plain(), Stroke::Dashed)
    })?;
    Ok(Drawn { stem: stem("layers", arguments), figure, caption })
}

fn lines(look: &Look, layers: &Layers, group: &Group, names: &[String], of: &[(&str, Stroke)]) -> Vec<Line> {
    let one = |(i, name): (usize, &String)| {
        let line =
            move |(column, stroke): &(&str, Stroke)| Line { points: layers.curve(group, name, column), pen: look.pen(i), stroke: *stroke };
        of.iter().map(line).collect::<Vec<_>>()
    };
    names.iter().enumerate().flat_map(one).collect()
}

/// The rows of `layers.csv` of the trials that did not diverge.
struct Layers {
    /// By configuration, the rows.
    rows: BTreeMap<String, Vec<usize>>,
    layer: Vec<Option<String>>,
    epoch: Vec<Option<i64>>,
    columns: BTreeMap<String, Vec<Option<f64>>>,
}

impl Layers {
    fn of(table: &Table, subject: &Subject<'_>) -> Result<Layers, ReportError> {
        let trials = &subject.tables.trials;
        let status = trials.text("status")?;
        let fine = trials.text("key")?.into_iter().zip(status).filter(|(_, s)| s.as_deref() == Some("ok")).filter_map(|(k, _)| k);
        let fine: std::collections::HashSet<String> = fine.collect();
        let mut rows = BTreeMap::<String, Vec<usize>>::new();
        for (row, (key, config)) in table.text("key")?.into_iter().zip(table.text("config")?).enumerate() {
            if key.is_some_and(|key| fine.contains(&key)) {
                rows.entry(config.unwrap_or_default()).or_default().push(row);
            }
        }
        let quantities = table.names().into_iter().filter(|name| !["key", "config", "seed", "epoch", "layer"].contains(&name.as_str()));
        let columns = quantities.map(|name| table.float(&name).map(|cells| (name, cells)));
        let columns = columns.collect::<Result<_, ReportError>>()?;
        Ok(Layers { rows, layer: table.text("layer")?, epoch: table.int("epoch")?, columns })
    }

    /// The layers of some configurations, in the order of the table.
    fn names(&self, subject: &Subject<'_>, shown: &[(String, usize)]) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for row in shown.iter().filter_map(|(_, g)| self.rows.get(&subject.groups[*g].config)).flatten() {
            if let Some(name) = self.layer[*row].as_ref().filter(|name| !found.contains(name)) {
                found.push(name.clone());
            }
        }
        found
    }

    /// A quantity of a layer by epoch, as far as all seeds go.
    fn curve(&self, group: &Group, layer: &str, column: &str) -> Vec<(f64, Estimate)> {
        let mut by_epoch = BTreeMap::<i64, Vec<f64>>::new();
        for row in self.rows.get(&group.config).into_iter().flatten().filter(|row| self.layer[**row].as_deref() == Some(layer)) {
            if let (Some(epoch), Some(v)) = (self.epoch[*row], self.columns[column][*row].filter(|v| v.is_finite())) {
                by_epoch.entry(epoch).or_default().push(v);
            }
        }
        all_seeds(by_epoch.into_iter().filter_map(|(epoch, values)| Some((epoch as f64, estimate(&values)?))).collect())
    }
}
