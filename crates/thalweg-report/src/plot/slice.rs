//! Slice: a quantity against one axis. `slice`: the other axes where the report's metric is best; `slice-mean`: the mean over all of them.

use std::collections::BTreeMap;

use crate::canvas::{figure, px};
use crate::error::ReportError;
use crate::groups::short;
use crate::plot::axis::Scale;
use crate::plot::convergence::{axis_of, best_by_value};
use crate::plot::panel::{Line, Panel, Stroke, legend_entry, panel, scale};
use crate::plot::values::{numbers, values};
use crate::plot::words::{heading, over_seeds};
use crate::plot::{Drawn, Subject, stem};
use crate::sheet::is_larger_better;
use crate::stats::{Estimate, estimate};

/// What becomes of the other axes.
#[derive(Clone, Copy, PartialEq)]
enum Others {
    /// They stand where the metric is best.
    Best,
    /// The mean over all configurations without a diverged trial, seed by seed.
    Mean,
}

/// The others at their best. Without arguments: the report's metric against the axis that matters most.
pub fn draw(subject: &Subject<'_>, arguments: &[String]) -> Result<Drawn, ReportError> {
    drawn(subject, arguments, "slice", Others::Best)
}

/// The mean over the others.
pub fn mean(subject: &Subject<'_>, arguments: &[String]) -> Result<Drawn, ReportError> {
    drawn(subject, arguments, "slice-mean", Others::Mean)
}

fn drawn(subject: &Subject<'_>, arguments: &[String], name: &str, others: Others) -> Result<Drawn, ReportError> {
    let (sheet, look) = (subject.sheet, &subject.sheet.look);
    let axis = axis_of(subject, arguments);
    let quantity = arguments.get(1).cloned().unwrap_or_else(|| sheet.column());
    let mut found = axis.map_or(Vec::new(), |axis| values(subject.groups, axis));
    // Where the axis does not exist there is nothing to put on it.
    found.retain(|cell| !cell.is_empty());
    // Words have no place on a scale: all values then stand side by side.
    let places = numbers(&found);
    let names = places.is_none().then(|| found.clone());
    let places = places.unwrap_or_else(|| (0..found.len()).map(|i| i as f64).collect());
    let points = |column: &str| -> Result<Vec<(f64, Estimate)>, ReportError> {
        let of = axis.map_or(Ok(BTreeMap::new()), |axis| by_value(subject, axis, column, others))?;
        Ok(places.iter().zip(&found).filter_map(|(place, cell)| Some((*place, of.get(cell).copied()?))).collect())
    };
    let recorded = subject.tables.trials.names();
    let of_train = Some(quantity.replacen("valid", "train", 1)).filter(|train| *train != quantity && recorded.contains(train));
    let mut lines = Vec::new();
    if let Some(train) = &of_train {
        lines.push(Line { points: points(train)?, pen: look.pen(1), stroke: Stroke::Dashed });
    }
    lines.push(Line { points: points(&quantity)?, pen: look.pen(0), stroke: Stroke::Marked });
    let n = lines.iter().flat_map(|l| &l.points).map(|p| p.1.n).max().unwrap_or(0);
    let title = axis.map_or("no axis is swept".to_string(), |a| format!("{} by {}", quantity.replace('_', " "), sheet.axes[a]));
    let rest: Vec<&str> = sheet.axes.iter().enumerate().filter(|(i, _)| Some(*i) != axis).map(|(_, a)| short(a)).collect();
    let rest = match others {
        _ if rest.is_empty() => String::new(),
        Others::Best => format!("; {} where {} is best", rest.join(", "), sheet.column()),
        Others::Mean => format!("; mean over {}", rest.join(", ")),
    };
    let left_out = if others == Others::Best { "diverged ones left out" } else { "configurations with a diverged trial left out" };
    let caption = format!("{title}: {}, {left_out}{rest}.", over_seeds(n));
    // Shares and cosines read on a linear axis.
    let shown = if is_larger_better(&quantity) { Scale::Linear } else { scale(&lines) };
    let (lo, hi) = places.iter().fold((f64::INFINITY, 0.0f64), |(lo, hi), v| (lo.min(*v), hi.max(*v)));
    let along = if names.is_none() && lo > 0.0 && hi / lo > 8.0 { Scale::Log } else { Scale::Linear };
    let figure = figure(look, (720, 420), &caption, |root| {
        heading(look, root, &title, &format!("{}{rest}", over_seeds(n)))?;
        let (_, body) = root.split_vertically(px(56.0));
        let (left, right) = body.split_horizontally(px(if of_train.is_some() { 590.0 } else { 710.0 }));
        let log = |scale| if scale == Scale::Log { " (log)" } else { "" };
        let y = format!("{}{}", quantity.replace('_', " "), log(shown));
        let x = axis.map_or(String::new(), |a| format!("{}{}", sheet.axes[a], log(along)));
        panel(look, &left, &Panel { y: &y, x: &x, lines: &lines, scale: shown, along, names: names.as_deref(), ..Panel::default() })?;
        if of_train.is_some() {
            legend_entry(look, &right, 22.0, "validation", look.pen(0), Stroke::Solid)?;
            legend_entry(look, &right, 42.0, "training", look.pen(1), Stroke::Dashed)?;
        }
        Ok(())
    })?;
    Ok(Drawn { stem: stem(name, arguments), figure, caption })
}

/// A column of `trials.csv` for each value of an axis, over the seeds that did not diverge.
fn by_value(subject: &Subject<'_>, axis: usize, column: &str, others: Others) -> Result<BTreeMap<String, Estimate>, ReportError> {
    let trials = &subject.tables.trials;
    let (cells, status, seeds) = (trials.float(column)?, trials.text("status")?, trials.int("seed")?);
    let value = |row: usize| cells[row].filter(|v| v.is_finite() && status[row].as_deref() == Some("ok"));
    if others == Others::Best {
        let of = |group: usize| estimate(&subject.groups[group].rows.iter().filter_map(|row| value(*row)).collect::<Vec<_>>());
        return Ok(best_by_value(subject, axis).into_iter().filter_map(|(cell, group)| Some((cell, of(group)?))).collect());
    }
    // One mean for each seed, over the same configurations: seeds are what varies by chance.
    let mut by_seed = BTreeMap::<&String, BTreeMap<i64, Vec<f64>>>::new();
    for group in subject.groups.iter().filter(|g| g.rows.iter().all(|row| value(*row).is_some())) {
        for (seed, v) in group.rows.iter().filter_map(|row| Some((seeds[*row]?, value(*row)?))) {
            by_seed.entry(&group.cells[axis]).or_default().entry(seed).or_default().push(v);
        }
    }
    let mean = |values: &Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
    let of = |seeds: BTreeMap<i64, Vec<f64>>| estimate(&seeds.values().map(mean).collect::<Vec<_>>());
    Ok(by_seed.into_iter().filter_map(|(cell, seeds)| Some((cell.clone(), of(seeds)?))).collect())
}
