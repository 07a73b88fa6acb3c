//! The empirical distribution of the metric: which share of trials is at least this good, one line per value of an axis.
//!
//! Trials without a value count as never getting there, so their line ends below 100 %.

use plotters::chart::ChartBuilder;
use plotters::prelude::{Color, LineSeries};
use plotters::style::text_anchor::HPos;

use crate::canvas::{Area, failed, figure, px, text, width};
use crate::error::ReportError;
use crate::groups::short;
use crate::look::Look;
use crate::plot::axis::{Axis, Scale};
use crate::plot::convergence::{axis_of, best_by_value};
use crate::plot::marker::{mark, marked};
use crate::plot::panel::{Stroke, legend_entry, legend_note};
use crate::plot::words::{heading, write};
use crate::plot::{Drawn, Subject, few_of, stem};
use crate::sheet::is_larger_better;
use crate::stats::edf;

/// The most lines in one figure.
const MAX_LINES: usize = 7;

/// A line: its label, its trials, its steps.
struct Line {
    label: String,
    n: usize,
    steps: Vec<(f64, f64)>,
}

/// Draws it. Without arguments: by the axis that matters most.
pub fn draw(subject: &Subject<'_>, arguments: &[String]) -> Result<Drawn, ReportError> {
    let (sheet, metric) = (subject.sheet, subject.sheet.column());
    let (axis, look) = (axis_of(subject, arguments), &sheet.look);
    let lines = lines(subject, axis);
    let rising = is_larger_better(&sheet.metric);
    let at_least = if rising { "≥" } else { "≤" };
    let by = axis.map_or("all trials".to_string(), |a| format!("by {}", sheet.axes[a]));
    let counts = lines.iter().map(|l| format!("{} (n = {})", l.label, l.n)).collect::<Vec<_>>().join(", ");
    let left_out = axis.map_or(0, |a| best_by_value(subject, a).len() - lines.len());
    let some = if left_out > 0 { format!(" Evenly chosen ones; {left_out} values have no line.") } else { String::new() };
    let caption = format!(
        "Share of trials with {metric} at least as good as the value below, {by}, over all other settings and seeds: the higher a line, the \
         better; {counts}. Trials without a value never get there.{some}"
    );
    let title = format!("Distribution of {} {by}", metric.replace('_', " "));
    let figure = figure(look, (900, 440), &caption, |root| {
        let n: usize = lines.iter().map(|l| l.n).sum();
        let note = format!("share of trials with {metric} {at_least} x, n = {n} trials");
        heading(look, root, &title, &note)?;
        let (_, body) = root.split_vertically(px(56.0));
        let (left, right) = body.split_horizontally(px(640.0));
        panel(look, &left, &lines, &metric, rising)?;
        for (i, line) in lines.iter().enumerate() {
            let top = 22.0 + 38.0 * i as f64;
            legend_entry(look, &right, top, &line.label, look.pen(i), Stroke::Solid)?;
            legend_note(look, &right, top + 15.0, &format!("n = {}", line.n))?;
        }
        Ok(())
    })?;
    Ok(Drawn { stem: stem("edf", arguments), figure, caption })
}

fn panel(look: &Look, area: &Area<'_>, lines: &[Line], metric: &str, rising: bool) -> Result<(), ReportError> {
    let values = || lines.iter().flat_map(|l| &l.steps).map(|s| s.0);
    if values().next().is_none() {
        return write(area, "no trial has a value", (320.0, 180.0), 12.0, &look.theme.grey, HPos::Center);
    }
    let (lo, hi) = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(v), hi.max(v)));
    // Shares read on a linear axis, losses on whatever shows them.
    let scale = if !rising && lo > 0.0 && hi / lo > 8.0 { Scale::Log } else { Scale::Linear };
    let x = Axis::fit([lo, hi].into_iter(), scale);
    let ends = plotters::coord::ranged1d::Ranged::range(&x);
    let (start, end) = if rising { (ends.end, ends.start) } else { (ends.start, ends.end) };
    let mut chart = ChartBuilder::on(area)
        .margin_left(px(8.0))
        .margin_right(px(14.0))
        .margin_top(px(6.0))
        .margin_bottom(px(6.0))
        .x_label_area_size(px(42.0))
        .y_label_area_size(px(62.0))
        .build_cartesian_2d(x, Axis::exact(0.0, 1.02))
        .map_err(failed)?;
    let under = format!("{}{}", metric.replace('_', " "), if scale == Scale::Log { " (log)" } else { "" });
    chart
        .configure_mesh()
        .bold_line_style(look.theme.mesh.stroke_width(width(1.0)))
        .axis_style(look.theme.axis.stroke_width(width(1.0)))
        .set_all_tick_mark_size(px(4.0))
        .x_desc(under)
        .y_desc("share of trials at least as good")
        .label_style(text(11.0, &look.theme.ink))
        .axis_desc_style(text(12.0, &look.theme.ink))
        .draw()
        .map_err(failed)?;
    for (i, line) in lines.iter().enumerate() {
        let mut points = vec![(start, 0.0)];
        for (at, share) in &line.steps {
            let before = points[points.len() - 1].1;
            points.extend([(*at, before), (*at, *share)]);
        }
        points.push((end, points[points.len() - 1].1));
        let pen = look.pen(i);
        chart.draw_series(LineSeries::new(points.iter().copied(), pen.color.stroke_width(width(1.8)))).map_err(failed)?;
        let (base_x, base_y) = area.get_base_pixel();
        for at in marked(points.len(), &pen).map(|at| chart.backend_coord(&points[at])) {
            mark(look.theme, area, (at.0 - base_x, at.1 - base_y), &pen, Stroke::Solid)?;
        }
    }
    Ok(())
}

/// One line for each value of the axis, at most seven; without an axis one of all trials.
fn lines(subject: &Subject<'_>, axis: Option<usize>) -> Vec<Line> {
    let sign = if is_larger_better(&subject.sheet.metric) { -1.0 } else { 1.0 };
    let line = |label: String, cell: Option<&str>| {
        let of = subject.groups.iter().filter(|g| axis.is_none_or(|a| cell.is_none_or(|cell| g.cells[a] == cell)));
        let (mut values, mut n) = (Vec::new(), 0);
        for group in of {
            values.extend(group.values.iter().map(|v| sign * v.1));
            n += group.rows.len();
        }
        Line { label, n, steps: edf(&values, n).into_iter().map(|(v, share)| (sign * v, share)).collect() }
    };
    let Some(axis) = axis else { return vec![line("all trials".into(), None)] };
    few_of(best_by_value(subject, axis), MAX_LINES)
        .iter()
        .map(|(cell, _)| cell.as_str())
        .map(|cell| {
            let name = short(&subject.sheet.axes[axis]);
            let label = if cell.is_empty() { format!("without {name}") } else { format!("{name} = {cell}") };
            line(label, Some(cell))
        })
        .collect()
}
