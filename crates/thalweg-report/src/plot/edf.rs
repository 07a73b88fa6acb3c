//! The empirical distribution of the metric: which share of trials is at least this good, one line per value of an axis.
//!
//! Trials without a value count as never getting there, so their line ends below 100 %.

use plotters::chart::ChartBuilder;
use plotters::element::Text;
use plotters::prelude::{Color, LineSeries, RGBColor};

use crate::canvas::{Area, COLORS, GREY, INK, failed, figure, px, text, width};
use crate::error::ReportError;
use crate::groups::short;
use crate::plot::axis::{Axis, Scale};
use crate::plot::convergence::{best_by_value, strongest_axis};
use crate::plot::curves::{Stroke, legend_entry};
use crate::plot::{Drawn, Subject};
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
    let axis = arguments.first().map_or_else(|| strongest_axis(subject), |name| sheet.axes.iter().position(|a| a == name));
    let stem = ["edf"].into_iter().chain(arguments.iter().map(String::as_str)).collect::<Vec<_>>().join("-").replace('.', "_");
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
    let figure = figure((900, 440), &caption, |root| {
        root.draw(&Text::new(title, (px(14.0), px(12.0)), text(17.0, &INK))).map_err(failed)?;
        let n: usize = lines.iter().map(|l| l.n).sum();
        let note = format!("share of trials with {metric} {at_least} x, n = {n} trials");
        root.draw(&Text::new(note, (px(14.0), px(36.0)), text(11.5, &GREY))).map_err(failed)?;
        let (_, body) = root.split_vertically(px(56.0));
        let (left, right) = body.split_horizontally(px(640.0));
        panel(&left, &lines, &metric, rising)?;
        for (i, line) in lines.iter().enumerate() {
            let top = 22.0 + 38.0 * i as f64;
            legend_entry(&right, top, &line.label, COLORS[i % COLORS.len()], Stroke::Solid)?;
            right.draw(&Text::new(format!("n = {}", line.n), (px(34.0), px(top + 9.0)), text(10.0, &GREY))).map_err(failed)?;
        }
        Ok(())
    })?;
    Ok(Drawn { stem, figure, caption })
}

fn panel(area: &Area<'_>, lines: &[Line], metric: &str, rising: bool) -> Result<(), ReportError> {
    let values = || lines.iter().flat_map(|l| &l.steps).map(|s| s.0);
    if values().next().is_none() {
        return area.draw(&Text::new("no trial has a value", (px(70.0), px(180.0)), text(13.0, &GREY))).map_err(failed);
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
        .bold_line_style(RGBColor(226, 226, 226).stroke_width(width(1.0)))
        .axis_style(RGBColor(120, 120, 120).stroke_width(width(1.0)))
        .set_all_tick_mark_size(px(4.0))
        .x_desc(under)
        .y_desc("share of trials at least as good")
        .label_style(text(11.0, &INK))
        .axis_desc_style(text(12.0, &INK))
        .draw()
        .map_err(failed)?;
    for (i, line) in lines.iter().enumerate() {
        let mut points = vec![(start, 0.0)];
        for (at, share) in &line.steps {
            let before = points[points.len() - 1].1;
            points.extend([(*at, before), (*at, *share)]);
        }
        points.push((end, points[points.len() - 1].1));
        let style = COLORS[i % COLORS.len()].stroke_width(width(1.8));
        chart.draw_series(LineSeries::new(points, style)).map_err(failed)?;
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
    let all = best_by_value(subject, axis);
    let n = all.len().min(MAX_LINES);
    let chosen = (0..n).map(|i| if n < 2 { 0 } else { i * (all.len() - 1) / (n - 1) });
    chosen
        .map(|i| all[i].0.as_str())
        .map(|cell| {
            let name = short(&subject.sheet.axes[axis]);
            let label = if cell.is_empty() { format!("without {name}") } else { format!("{name} = {cell}") };
            line(label, Some(cell))
        })
        .collect()
}
