//! Convergence: the best configuration for each value of the axis that matters most, by epoch or by the rate of that epoch.

use crate::canvas::{COLORS, GREY, INK, failed, figure, px, text};
use crate::error::ReportError;
use crate::groups::{Group, short};
use crate::plot::axis::Scale;
use crate::plot::curves::{Curves, Line, Panel, Stroke, legend_entry, panel, scale};
use crate::plot::{Drawn, Subject};
use crate::sheet::is_larger_better;
use crate::stats::Estimate;

/// The most lines in one figure.
const MAX_LINES: usize = 7;

/// By epoch.
pub fn draw(subject: &Subject<'_>, _arguments: &[String]) -> Result<Drawn, ReportError> {
    drawn(
        subject,
        &Along { stem: "convergence", title: "Convergence", x: subject.sheet.progress, scale: Scale::Linear, points: Curves::of, note: "" },
    )
}

/// By learning rate, for a range test.
pub fn by_rate(subject: &Subject<'_>, _arguments: &[String]) -> Result<Drawn, ReportError> {
    let x = "learning rate (log)";
    drawn(
        subject,
        &Along {
            stem: "rate",
            title: "Loss against rate",
            x,
            scale: Scale::Log,
            points: Curves::by_rate,
            note: " Seeds that diverge count until they do.",
        },
    )
}

/// What the lines go along.
struct Along<'a> {
    stem: &'a str,
    title: &'a str,
    x: &'a str,
    scale: Scale,
    points: fn(&Curves, &Group, &str) -> Vec<(f64, Estimate)>,
    note: &'a str,
}

fn drawn(subject: &Subject<'_>, along: &Along<'_>) -> Result<Drawn, ReportError> {
    let (sheet, metric) = (subject.sheet, curve_of(&subject.sheet.metric));
    let axis = strongest_axis(subject);
    let chosen = chosen(subject, axis);
    let of_train = metric.replacen("valid", "train", 1);
    let mut lines = Vec::new();
    for (i, (_, group)) in chosen.iter().enumerate() {
        let (color, group) = (COLORS[i % COLORS.len()], &subject.groups[*group]);
        if of_train != metric {
            lines.push(Line { points: (along.points)(subject.curves, group, &of_train), color, stroke: Stroke::Dashed });
        }
        lines.push(Line { points: (along.points)(subject.curves, group, &metric), color, stroke: Stroke::Solid });
    }
    let n = lines.iter().flat_map(|l| &l.points).map(|p| p.1.n).max().unwrap_or(0);
    let by = axis.map(|a| sheet.axes[a].clone());
    let what = by.as_ref().map_or("the only configuration".to_string(), |a| format!("the best configuration for each {a}"));
    let caption = format!(
        "{metric} of {what}: mean and 95 % t interval over n = {n} seeds{}.{}",
        if of_train == metric { "" } else { "; training dashed, validation solid" },
        along.note
    );
    let title = by.as_ref().map_or(format!("{} of {}", along.title, sheet.name), |a| format!("{} by {a}", along.title));
    // Shares read on a linear axis, losses on whatever shows them.
    let shown = if is_larger_better(&metric) { Scale::Linear } else { scale(&lines) };
    let figure = figure((900, 440), &caption, |root| {
        root.draw(&plotters::element::Text::new(title.clone(), (px(14.0), px(12.0)), text(17.0, &INK))).map_err(failed)?;
        root.draw(&plotters::element::Text::new(
            format!("mean and 95 % t interval, n = {n} seeds"),
            (px(14.0), px(36.0)),
            text(11.5, &GREY),
        ))
        .map_err(failed)?;
        let (_, body) = root.split_vertically(px(56.0));
        let (left, right) = body.split_horizontally(px(640.0));
        let y = format!("{}{}", metric.replace('_', " "), if shown == Scale::Log { " (log)" } else { "" });
        panel(&left, &Panel { title: "", y: &y, x: along.x, lines: &lines, mark: None, scale: shown, along: along.scale, names: None })?;
        let mut top = 22.0;
        for (i, (label, group)) in chosen.iter().enumerate() {
            legend_entry(&right, top, label, COLORS[i % COLORS.len()], Stroke::Solid)?;
            let others = others(subject, *group, axis);
            for other in &others {
                top += 15.0;
                right.draw(&plotters::element::Text::new(other.clone(), (px(34.0), px(top - 6.0)), text(10.0, &GREY))).map_err(failed)?;
            }
            top += 24.0;
        }
        if of_train != metric {
            legend_entry(&right, top + 4.0, "validation", INK, Stroke::Solid)?;
            legend_entry(&right, top + 24.0, "training", INK, Stroke::Dashed)?;
        }
        Ok(())
    })?;
    Ok(Drawn { stem: along.stem.into(), figure, caption })
}

/// The quantity drawn by epoch: test metrics are measured at two epochs only.
fn curve_of(metric: &str) -> String {
    metric.replacen("test", "valid", 1)
}

/// The other axes' values, two to a line.
pub fn others(subject: &Subject<'_>, group: usize, axis: Option<usize>) -> Vec<String> {
    let cells = &subject.groups[group].cells;
    let parts: Vec<String> = (0..cells.len())
        .filter(|i| Some(*i) != axis && !cells[*i].is_empty())
        .map(|i| format!("{} {}", short(&subject.sheet.axes[i]), cells[i]))
        .collect();
    parts.chunks(2).map(|c| c.join(", ")).collect()
}

/// The axis whose best-by-value means spread most.
pub fn strongest_axis(subject: &Subject<'_>) -> Option<usize> {
    let spread = |axis: &usize| {
        let means: Vec<f64> =
            best_by_value(subject, *axis).iter().filter_map(|(_, g)| subject.groups[*g].estimate).map(|e| e.mean).collect();
        let (lo, hi) = means.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(*v), hi.max(*v)));
        if means.len() > 1 { hi - lo } else { -1.0 }
    };
    // Among equals the first axis.
    (0..subject.sheet.axes.len()).rev().max_by(|a, b| spread(a).total_cmp(&spread(b)))
}

/// For each value of an axis, in the order of the table, its best group.
pub fn best_by_value(subject: &Subject<'_>, axis: usize) -> Vec<(String, usize)> {
    let mut found: Vec<(String, usize)> = Vec::new();
    for group in subject.groups {
        let cell = &group.cells[axis];
        if !found.iter().any(|(c, _)| c == cell) {
            let best = subject.order.iter().find(|i| subject.groups[**i].cells[axis] == *cell);
            found.extend(best.map(|b| (cell.clone(), *b)));
        }
    }
    found
}

/// The best configuration for each value of an axis, at most seven, with a label.
pub fn chosen(subject: &Subject<'_>, axis: Option<usize>) -> Vec<(String, usize)> {
    let Some(axis) = axis else {
        return subject.order.first().map(|g| (subject.sheet.name.clone(), *g)).into_iter().collect();
    };
    let all = best_by_value(subject, axis);
    // Too many values: evenly chosen ones, ends included.
    let n = all.len().min(MAX_LINES);
    let at = |i: usize| {
        if n < 2 { 0 } else { i * (all.len() - 1) / (n - 1) }
    };
    (0..n).map(|i| all[at(i)].clone()).map(|(cell, g)| (format!("{} = {cell}", short(&subject.sheet.axes[axis])), g)).collect()
}
