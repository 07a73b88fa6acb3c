//! Slice: a quantity against one axis, the other axes where the report's metric is best.

use crate::canvas::{COLORS, GREY, INK, failed, figure, px, text};
use crate::error::ReportError;
use crate::groups::short;
use crate::plot::axis::Scale;
use crate::plot::convergence::{best_by_value, strongest_axis};
use crate::plot::curves::{Line, Panel, Stroke, legend_entry, panel, scale};
use crate::plot::{Drawn, Subject};
use crate::sheet::is_larger_better;
use crate::stats::{Estimate, estimate};

/// Draws it. Without arguments: the report's metric against the axis that matters most.
pub fn draw(subject: &Subject<'_>, arguments: &[String]) -> Result<Drawn, ReportError> {
    let sheet = subject.sheet;
    let axis = arguments.first().map_or_else(|| strongest_axis(subject), |name| sheet.axes.iter().position(|a| a == name));
    let quantity = arguments.get(1).cloned().unwrap_or_else(|| sheet.column());
    let stem = ["slice"].into_iter().chain(arguments.iter().map(String::as_str)).collect::<Vec<_>>().join("-").replace('.', "_");
    let mut values = axis.map_or(Vec::new(), |axis| best_by_value(subject, axis));
    // Where the axis does not exist there is nothing to put on it.
    values.retain(|(cell, _)| !cell.is_empty());
    // Words have no place on a scale: all values then stand side by side.
    let numbers: Option<Vec<f64>> = values.iter().map(|(cell, _)| cell.parse().ok().filter(|v: &f64| v.is_finite())).collect();
    let names: Option<Vec<String>> = numbers.is_none().then(|| values.iter().map(|v| v.0.clone()).collect());
    let places = numbers.unwrap_or_else(|| (0..values.len()).map(|i| i as f64).collect());
    let points = |column: &str| -> Result<Vec<(f64, Estimate)>, ReportError> {
        let at = |group: usize| measured(subject, group, column);
        let all =
            places.iter().zip(&values).map(|(place, (_, group))| Ok((*place, at(*group)?))).collect::<Result<Vec<_>, ReportError>>()?;
        let mut found: Vec<(f64, Estimate)> = all.into_iter().filter_map(|(place, e)| Some((place, e?))).collect();
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        Ok(found)
    };
    let of_train = Some(quantity.replacen("valid", "train", 1)).filter(|train| *train != quantity);
    let mut lines = Vec::new();
    if let Some(train) = &of_train {
        lines.push(Line { points: points(train)?, color: COLORS[1], stroke: Stroke::Dashed });
    }
    lines.push(Line { points: points(&quantity)?, color: COLORS[0], stroke: Stroke::Marked });
    let n = lines.iter().flat_map(|l| &l.points).map(|p| p.1.n).max().unwrap_or(0);
    let title = axis.map_or("no axis is swept".to_string(), |a| format!("{} by {}", quantity.replace('_', " "), sheet.axes[a]));
    let rest: Vec<&str> = sheet.axes.iter().enumerate().filter(|(i, _)| Some(*i) != axis).map(|(_, a)| short(a)).collect();
    let rest = if rest.is_empty() { String::new() } else { format!("; {} where {} is best", rest.join(", "), sheet.column()) };
    let caption = format!("{title}: mean and 95 % t interval over n ≤ {n} seeds, diverged ones left out{rest}.");
    // Shares and cosines read on a linear axis.
    let shown = if is_larger_better(&quantity) { Scale::Linear } else { scale(&lines) };
    let positive = places.iter().copied().fold(f64::INFINITY, f64::min) > 0.0;
    let spread = places.iter().copied().fold(0.0, f64::max) / places.iter().copied().fold(f64::INFINITY, f64::min);
    let along = if names.is_none() && positive && spread > 8.0 { Scale::Log } else { Scale::Linear };
    let figure = figure((720, 420), &caption, |root| {
        root.draw(&plotters::element::Text::new(title.clone(), (px(14.0), px(12.0)), text(17.0, &INK))).map_err(failed)?;
        let note = format!("mean and 95 % t interval, n ≤ {n} seeds{rest}");
        root.draw(&plotters::element::Text::new(note, (px(14.0), px(36.0)), text(11.5, &GREY))).map_err(failed)?;
        let (_, body) = root.split_vertically(px(56.0));
        let (left, right) = body.split_horizontally(px(if of_train.is_some() { 590.0 } else { 710.0 }));
        let log = |scale| if scale == Scale::Log { " (log)" } else { "" };
        let y = format!("{}{}", quantity.replace('_', " "), log(shown));
        let x = axis.map_or(String::new(), |a| format!("{}{}", sheet.axes[a], log(along)));
        panel(&left, &Panel { title: "", y: &y, x: &x, lines: &lines, mark: None, scale: shown, along, names: names.as_deref() })?;
        if of_train.is_some() {
            legend_entry(&right, 22.0, "validation", COLORS[0], Stroke::Solid)?;
            legend_entry(&right, 42.0, "training", COLORS[1], Stroke::Dashed)?;
        }
        Ok(())
    })?;
    Ok(Drawn { stem, figure, caption })
}

/// A column of `trials.csv` over the seeds of a configuration that did not diverge.
fn measured(subject: &Subject<'_>, group: usize, column: &str) -> Result<Option<Estimate>, ReportError> {
    let trials = &subject.tables.trials;
    let (cells, status) = (trials.float(column)?, trials.text("status")?);
    let rows = subject.groups[group].rows.iter().filter(|row| status[**row].as_deref() == Some("ok"));
    Ok(estimate(&rows.filter_map(|row| cells[*row]).collect::<Vec<_>>()))
}
