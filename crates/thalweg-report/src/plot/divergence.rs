//! Divergence strip: the share of diverged trials for each value of an axis, as counts with an interval.

use std::collections::HashMap;

use plotters::element::{PathElement, Rectangle};
use plotters::prelude::Color;
use plotters::style::text_anchor::HPos;

use crate::canvas::{Area, failed, figure, px, width};
use crate::error::ReportError;
use crate::look::Look;
use crate::number::rounded;
use crate::plot::values::{called, numbers, values};
use crate::plot::words::{cut, heading, squeezed, write};
use crate::plot::{Drawn, Subject, stem};
use crate::stats::wilson;

/// The most rows of a figure; numbers are put together beyond that.
const MAX_ROWS: usize = 48;
/// Rows that many numbers are put into.
const BINS: usize = 12;
/// Where bars begin and end, and a row's height, in logical pixels.
const LEFT: f64 = 210.0;
const RIGHT: f64 = 620.0;
const ROW: f64 = 26.0;

/// A value, or several, with its trials.
struct Row {
    label: String,
    n_diverged: usize,
    n: usize,
}

impl Row {
    fn share(&self) -> f64 {
        self.n_diverged as f64 / self.n.max(1) as f64
    }
}

/// Draws it. Without an argument: the axis whose shares differ most.
pub fn draw(subject: &Subject<'_>, arguments: &[String]) -> Result<Drawn, ReportError> {
    let (sheet, look) = (subject.sheet, &subject.sheet.look);
    let counted = counts(subject)?;
    let named = arguments.first().and_then(|name| sheet.axes.iter().position(|a| a == name));
    let of = |axis: usize| rows(subject, axis, &counted);
    let spread = |axis: &usize| {
        let shares = of(*axis).iter().map(Row::share).fold((1.0f64, 0.0f64), |(lo, hi), s| (lo.min(s), hi.max(s)));
        shares.1 - shares.0
    };
    // Among equals the first axis.
    let axis = named.or_else(|| (0..sheet.axes.len()).rev().max_by(|a, b| spread(a).total_cmp(&spread(b))));
    let mut found = axis.map_or_else(|| all(&counted), of);
    let n_rows = found.len();
    found.truncate(MAX_ROWS);
    let more = if n_rows > MAX_ROWS { format!(" The first {MAX_ROWS} of {n_rows} values.") } else { String::new() };
    let (n_diverged, n) = (counted.iter().map(|c| c.0).sum::<usize>(), counted.iter().map(|c| c.1).sum::<usize>());
    let by = axis.map_or(String::new(), |a| format!(" by {}", sheet.axes[a]));
    let caption = format!(
        "Share of diverged trials{by}; {n_diverged} of {n} in all. Bars: Wilson's 95 % interval, as if trials were independent; failed trials are left out.{more}"
    );
    let size = (760, (118.0 + ROW * found.len().max(1) as f64) as u32);
    let figure = figure(look, size, &caption, |root| {
        let note = format!("diverged/trials at each value with Wilson's 95 % interval; {n_diverged} of {n} in all");
        heading(look, root, &format!("Diverged trials{by}"), &note)?;
        scale(look, root, 66.0 + ROW * found.len().max(1) as f64)?;
        if found.is_empty() {
            return write(root, "no trial", (LEFT + 8.0, 66.0 + ROW / 2.0), 12.0, &look.theme.grey, HPos::Left);
        }
        found.iter().enumerate().try_for_each(|(i, row)| bar(look, root, 66.0 + ROW * i as f64, row))
    })?;
    Ok(Drawn { stem: stem("divergence", arguments), figure, caption })
}

/// Diverged trials and all that ran, of each configuration.
fn counts(subject: &Subject<'_>) -> Result<Vec<(usize, usize)>, ReportError> {
    let status = subject.tables.trials.text("status")?;
    let ran = |row: &&usize| matches!(status[**row].as_deref(), Some("ok" | "diverged"));
    Ok(subject.groups.iter().map(|g| (g.n_diverged, g.rows.iter().filter(ran).count())).collect())
}

fn all(counted: &[(usize, usize)]) -> Vec<Row> {
    let (n_diverged, n) = counted.iter().fold((0, 0), |(d, n), c| (d + c.0, n + c.1));
    if n == 0 { Vec::new() } else { vec![Row { label: "all trials".into(), n_diverged, n }] }
}

/// The values of an axis; too many numbers are put into rows of about as many values each.
fn rows(subject: &Subject<'_>, axis: usize, counted: &[(usize, usize)]) -> Vec<Row> {
    let mut of = HashMap::<&str, (usize, usize)>::new();
    for (group, (n_diverged, n)) in subject.groups.iter().zip(counted) {
        let sum = of.entry(&group.cells[axis]).or_default();
        *sum = (sum.0 + n_diverged, sum.1 + n);
    }
    let all = values(subject.groups, axis);
    let row = |part: &[String], label: String| {
        let sums = part.iter().filter_map(|v| of.get(v.as_str())).fold((0, 0), |(d, n), c| (d + c.0, n + c.1));
        Row { label, n_diverged: sums.0, n: sums.1 }
    };
    if all.len() > MAX_ROWS && numbers(&all).is_some() {
        let parts = all.chunks(all.len().div_ceil(BINS));
        return parts.map(|part| row(part, format!("{} to {}", rounded(&part[0]), rounded(&part[part.len() - 1])))).collect();
    }
    all.chunks(1).map(|part| row(part, called(&part[0]).to_string())).collect()
}

fn at(share: f64) -> f64 {
    LEFT + (RIGHT - LEFT) * share
}

/// The axis of shares below the bars, and its lines behind them.
fn scale(look: &Look, root: &Area<'_>, bottom: f64) -> Result<(), ReportError> {
    for quarter in 0..=4 {
        let share = f64::from(quarter) / 4.0;
        let line = vec![(px(at(share)), px(62.0)), (px(at(share)), px(bottom + 4.0))];
        root.draw(&PathElement::new(line, look.theme.mesh.stroke_width(width(1.0)))).map_err(failed)?;
        write(root, &format!("{} %", 25 * quarter), (at(share), bottom + 16.0), 11.0, &look.theme.ink, HPos::Center)?;
    }
    write(root, "share of diverged trials", (at(0.5), bottom + 36.0), 12.0, &look.theme.ink, HPos::Center)
}

fn bar(look: &Look, root: &Area<'_>, top: f64, row: &Row) -> Result<(), ReportError> {
    let (theme, middle) = (look.theme, top + ROW / 2.0);
    write(root, &squeezed(&row.label, 11.5, LEFT - 36.0), (LEFT - 12.0, middle), 11.5, &theme.ink, HPos::Right)?;
    let lane = [(px(LEFT), px(top + 5.0)), (px(RIGHT), px(top + ROW - 5.0))];
    let style = if theme.empty == theme.paper { theme.mesh.stroke_width(width(1.0)) } else { theme.empty.filled() };
    root.draw(&Rectangle::new(lane, style)).map_err(failed)?;
    if row.n > 0 {
        let color = look.pen(1).color;
        let filled = [(px(LEFT), px(top + 5.0)), (px(at(row.share())), px(top + ROW - 5.0))];
        root.draw(&Rectangle::new(filled, color.mix(0.75).filled())).map_err(failed)?;
        let (low, high) = wilson(row.n_diverged as f64, row.n);
        let ends = [(low, high, middle, middle), (low, low, middle - 4.0, middle + 4.0), (high, high, middle - 4.0, middle + 4.0)];
        for (from, to, upper, lower) in ends {
            let line = vec![(px(at(from)), px(upper)), (px(at(to)), px(lower))];
            root.draw(&PathElement::new(line, theme.ink.stroke_width(width(1.2)))).map_err(failed)?;
        }
    }
    let count = cut(&format!("{}/{}", row.n_diverged, row.n), 11.5, 110.0);
    write(root, &count, (RIGHT + 16.0, middle), 11.5, &theme.ink, HPos::Left)
}
