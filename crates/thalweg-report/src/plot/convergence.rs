//! Convergence: the best configuration for each value of the axis that matters most, by epoch or by the rate of that epoch; the weights'
//! norm likewise.

use std::collections::HashMap;

use crate::canvas::{figure, px};
use crate::error::ReportError;
use crate::groups::{Group, short, value_label};
use crate::plot::axis::Scale;
use crate::plot::curves::Curves;
use crate::plot::panel::{Line, Panel, Stroke, legend_entry, legend_note, panel, scale};
use crate::plot::words::{heading, over_seeds};
use crate::plot::{Drawn, Subject, few_of, stem};
use crate::sheet::is_larger_better;
use crate::stats::Estimate;

/// The most lines in one figure.
const MAX_LINES: usize = 7;

/// By epoch.
pub fn draw(subject: &Subject<'_>, arguments: &[String]) -> Result<Drawn, ReportError> {
    let (quantity, axis) = (curve_of(&subject.sheet.metric), axis_of(subject, arguments));
    let along = Along { x: subject.sheet.progress, scale: Scale::Linear, points: Curves::of, note: "" };
    drawn(subject, &Figure { stem: stem("convergence", arguments), title: "Convergence", quantity, axis }, &along)
}

/// By learning rate, for a range test.
pub fn by_rate(subject: &Subject<'_>, _arguments: &[String]) -> Result<Drawn, ReportError> {
    let quantity = curve_of(&subject.sheet.metric);
    let note = " Seeds that diverge count until they do.";
    let along = Along { x: "learning rate (log)", scale: Scale::Log, points: Curves::by_rate, note };
    drawn(subject, &Figure { stem: "rate".into(), title: "Loss against rate", quantity, axis: strongest_axis(subject) }, &along)
}

/// The weights' norm by epoch, for each value of an axis.
pub fn norm(subject: &Subject<'_>, arguments: &[String]) -> Result<Drawn, ReportError> {
    let axis = axis_of(subject, arguments);
    let along =
        Along { x: subject.sheet.progress, scale: Scale::Linear, points: Curves::of, note: " ‖w‖₂ is over weights, not biases." };
    drawn(subject, &Figure { stem: stem("norm", arguments), title: "Weight norm", quantity: "weight_norm".into(), axis }, &along)
}

/// What a figure is called and of.
struct Figure<'a> {
    stem: String,
    title: &'a str,
    quantity: String,
    axis: Option<usize>,
}

/// What the lines go along.
struct Along<'a> {
    x: &'a str,
    scale: Scale,
    points: fn(&Curves, &Group, &str) -> Vec<(f64, Estimate)>,
    note: &'a str,
}

fn drawn(subject: &Subject<'_>, of: &Figure<'_>, along: &Along<'_>) -> Result<Drawn, ReportError> {
    let (sheet, look, quantity, axis) = (subject.sheet, &subject.sheet.look, &of.quantity, of.axis);
    let chosen = chosen(subject, axis);
    let of_train = Some(quantity.replacen("valid", "train", 1)).filter(|train| train != quantity);
    let mut lines = Vec::new();
    for (i, (_, group)) in chosen.iter().enumerate() {
        let (pen, group) = (look.pen(i), &subject.groups[*group]);
        if let Some(train) = &of_train {
            lines.push(Line { points: (along.points)(subject.curves, group, train), pen, stroke: Stroke::Dashed });
        }
        lines.push(Line { points: (along.points)(subject.curves, group, quantity), pen, stroke: Stroke::Solid });
    }
    let n = lines.iter().flat_map(|l| &l.points).map(|p| p.1.n).max().unwrap_or(0);
    let by = axis.map(|a| sheet.axes[a].clone());
    let what = by.as_ref().map_or("the only configuration".to_string(), |a| format!("the best configuration for each {a}"));
    let n_values = axis.map_or(0, |axis| best_by_value(subject, axis).len());
    let some = if n_values > chosen.len() { format!(" {} of {n_values} values are shown.", chosen.len()) } else { String::new() };
    let caption = format!(
        "{quantity} of {what}: {}, as far as all of a line go{}.{}{some}",
        over_seeds(n),
        if of_train.is_none() { "" } else { "; training dashed, validation solid" },
        along.note
    );
    let title = by.as_ref().map_or(format!("{} of {}", of.title, sheet.name), |a| format!("{} by {a}", of.title));
    // Shares read on a linear axis, losses on whatever shows them.
    let shown = if is_larger_better(quantity) { Scale::Linear } else { scale(&lines) };
    let notes: Vec<Vec<String>> = chosen.iter().map(|(_, group)| others(subject, *group, axis)).collect();
    let legend = 110.0 + notes.iter().map(|n| 24.0 + 15.0 * n.len() as f64).sum::<f64>();
    let figure = figure(look, (900, 440.max(legend as u32)), &caption, |root| {
        heading(look, root, &title, &over_seeds(n))?;
        let (_, body) = root.split_vertically(px(56.0));
        let (left, right) = body.split_horizontally(px(640.0));
        let y = format!("{}{}", quantity.replace('_', " "), if shown == Scale::Log { " (log)" } else { "" });
        panel(look, &left, &Panel { y: &y, x: along.x, lines: &lines, scale: shown, along: along.scale, ..Panel::default() })?;
        let mut top = 22.0;
        for (i, ((label, _), others)) in chosen.iter().zip(&notes).enumerate() {
            legend_entry(look, &right, top, label, look.pen(i), Stroke::Solid)?;
            for other in others {
                top += 15.0;
                legend_note(look, &right, top, other)?;
            }
            top += 24.0;
        }
        if of_train.is_some() {
            legend_entry(look, &right, top + 4.0, "validation", look.plain(), Stroke::Solid)?;
            legend_entry(look, &right, top + 24.0, "training", look.plain(), Stroke::Dashed)?;
        }
        Ok(())
    })?;
    Ok(Drawn { stem: of.stem.clone(), figure, caption })
}

/// The quantity drawn by epoch: test metrics are measured at two epochs only.
fn curve_of(metric: &str) -> String {
    metric.replacen("test", "valid", 1)
}

/// The axis behind a plot's colon; without one, that which matters most.
pub fn axis_of(subject: &Subject<'_>, arguments: &[String]) -> Option<usize> {
    match arguments.first() {
        Some(name) => subject.sheet.axes.iter().position(|a| a == name),
        None => strongest_axis(subject),
    }
}

/// The other axes' values, two to a line; none where they are the label.
pub fn others(subject: &Subject<'_>, group: usize, axis: Option<usize>) -> Vec<String> {
    let cells = &subject.groups[group].cells;
    if axis.is_some_and(|axis| cells[axis].is_empty()) {
        return Vec::new();
    }
    let parts: Vec<String> = (0..cells.len())
        .filter(|i| Some(*i) != axis && !cells[*i].is_empty())
        .map(|i| format!("{} {}", short(&subject.sheet.axes[i]), cells[i]))
        .collect();
    parts.chunks(2).map(|c| c.join(", ")).collect()
}

/// The axis whose best-by-value means spread most.
pub fn strongest_axis(subject: &Subject<'_>) -> Option<usize> {
    strongest_of(subject.groups, subject.order, subject.sheet.axes.len())
}

/// The same of groups and their order.
pub fn strongest_of(groups: &[Group], order: &[usize], n_axes: usize) -> Option<usize> {
    let spread = |axis: &usize| {
        let means: Vec<f64> =
            best_of_values(groups, order, *axis).iter().filter_map(|(_, g)| groups[*g].estimate).map(|e| e.mean).collect();
        let (lo, hi) = means.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(*v), hi.max(*v)));
        if means.len() > 1 { hi - lo } else { -1.0 }
    };
    // Among equals the first axis.
    (0..n_axes).rev().max_by(|a, b| spread(a).total_cmp(&spread(b)))
}

/// For each value of an axis, in the order of the table, its best group.
pub fn best_by_value(subject: &Subject<'_>, axis: usize) -> Vec<(String, usize)> {
    best_of_values(subject.groups, subject.order, axis)
}

/// The same of groups and their order.
pub fn best_of_values(groups: &[Group], order: &[usize], axis: usize) -> Vec<(String, usize)> {
    let mut best = HashMap::<&str, usize>::new();
    for group in order {
        best.entry(&groups[*group].cells[axis]).or_insert(*group);
    }
    let in_order = groups.iter().map(|group| &group.cells[axis]);
    in_order.filter_map(|cell| Some((cell.clone(), best.remove(cell.as_str())?))).collect()
}

/// The best configuration for each value of an axis, at most seven, with a label.
pub fn chosen(subject: &Subject<'_>, axis: Option<usize>) -> Vec<(String, usize)> {
    let Some(axis) = axis else {
        return subject.order.first().map(|g| (subject.sheet.name.clone(), *g)).into_iter().collect();
    };
    let chosen = few_of(best_by_value(subject, axis), MAX_LINES).into_iter();
    chosen.map(|(_, g)| (value_label(&subject.sheet.axes, &subject.groups[g].cells, axis), g)).collect()
}
