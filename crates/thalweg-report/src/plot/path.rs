//! Paths of descents: on a curve with its jumps, or on the contours of a surface; one panel for each value of the axis that
//! matters most.

use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::types::RangedCoordf64;
use plotters::element::{Circle, PathElement, Text};
use plotters::prelude::{Cartesian2d, Color, LineSeries, SVGBackend};

use crate::canvas::{Area, failed, figure, px, text, width};
use crate::error::ReportError;
use crate::groups::short;
use crate::look::Look;
use crate::plot::axis::tick;
use crate::plot::contour::{Grid, levels};
use crate::plot::convergence::{chosen, others, strongest_axis};
use crate::plot::words::{cut, room};
use crate::plot::{Drawn, Subject};

/// The most panels in one figure.
const MAX_PANELS: usize = 6;
/// A panel's size, and that of a panel that stands alone, in logical pixels.
const PANEL: (u32, u32) = (300, 290);
const ALONE: (u32, u32) = (520, 480);
/// Steps drawn of one path: what follows would not be seen.
const MAX_STEPS: usize = 400;

/// One trial's way.
struct Way {
    label: String,
    surface: String,
    /// How it ended, and the other axes' values.
    note: String,
    points: Vec<(f64, f64)>,
}

/// Draws it.
pub fn draw(subject: &Subject<'_>, _arguments: &[String]) -> Result<Drawn, ReportError> {
    let look = &subject.sheet.look;
    let axis = strongest_axis(subject);
    let ways = chosen(subject, axis)
        .into_iter()
        .take(MAX_PANELS)
        .map(|(label, group)| way(subject, label, group, others(subject, group, axis)))
        .collect::<Result<Vec<_>, _>>()?;
    let caption = "The first seed's path of the best configuration for each value, start ringed, end filled; the word is how the descent ended. Steps that leave the picture are cut at its edge.".to_string();
    let columns = match ways.len() {
        0 | 1 => 1,
        2 | 4 => 2,
        _ => 3,
    };
    let rows = ways.len().div_ceil(columns).max(1);
    let (w, h) = if ways.len() == 1 { ALONE } else { PANEL };
    let figure = figure(look, (w * columns as u32, 52 + h * rows as u32), &caption, |root| {
        let title = axis.map_or(format!("Path of {}", subject.sheet.name), |a| format!("Paths by {}", subject.sheet.axes[a]));
        root.draw(&Text::new(cut(&title, 17.0, room(root) - 28.0), (px(14.0), px(12.0)), text(17.0, &look.theme.ink))).map_err(failed)?;
        let (_, body) = root.split_vertically(px(44.0));
        for (area, way) in body.split_evenly((rows, columns)).iter().zip(&ways) {
            panel(subject, area, way)?;
        }
        Ok(())
    })?;
    Ok(Drawn { stem: "path".into(), figure, caption })
}

fn way(subject: &Subject<'_>, label: String, group: usize, others: Vec<String>) -> Result<Way, ReportError> {
    let (group, trials, epochs) = (&subject.groups[group], &subject.tables.trials, &subject.tables.epochs);
    let row = *group.rows.first().ok_or_else(|| failed("a configuration without trials"))?;
    let key = trials.text("key")?[row].clone().unwrap_or_default();
    let outcome = trials.text("convergence")?[row].clone().unwrap_or_default();
    let swept = subject.sheet.axes.iter().position(|a| short(a) == "name").map(|i| group.cells[i].clone());
    let only = || -> Result<Option<String>, ReportError> {
        let names = subject.tables.backdrop.as_ref().map(|b| b.text("surface")).transpose()?;
        Ok(names.and_then(|n| n.first().cloned().flatten()))
    };
    let surface = swept.map_or_else(only, |s| Ok(Some(s)))?.unwrap_or_default();
    let (keys, x, y, value) = (epochs.text("key")?, epochs.float("x")?, epochs.float("y")?, epochs.float("value")?);
    let rows = (0..epochs.n_rows()).filter(|r| keys[*r].as_deref() == Some(&key)).take(MAX_STEPS);
    let points = rows.filter_map(|r| Some((x[r]?, y[r].or(value[r])?))).collect();
    let note = std::iter::once(outcome).chain(others).collect::<Vec<_>>().join(", ");
    Ok(Way { label, surface, note, points })
}

fn panel(subject: &Subject<'_>, area: &Area<'_>, way: &Way) -> Result<(), ReportError> {
    let backdrop = subject.tables.backdrop.as_ref().ok_or_else(|| failed("paths are for descents on surfaces"))?;
    let look = &subject.sheet.look;
    let theme = look.theme;
    let grid = Grid::of(backdrop, &way.surface)?;
    let (head, body) = area.split_vertically(px(34.0));
    head.draw(&Text::new(cut(&way.label, 12.5, room(area) - 28.0), (px(14.0), px(2.0)), text(12.5, &theme.ink))).map_err(failed)?;
    head.draw(&Text::new(cut(&way.note, 11.0, room(area) - 28.0), (px(14.0), px(18.0)), text(11.0, &theme.grey))).map_err(failed)?;
    let (xs, ys) = grid.ranges();
    let mut chart = ChartBuilder::on(&body)
        .margin_right(px(14.0))
        .margin_bottom(px(6.0))
        .x_label_area_size(px(24.0))
        .y_label_area_size(px(48.0))
        .build_cartesian_2d(xs.clone(), ys.clone())
        .map_err(failed)?;
    chart
        .configure_mesh()
        .disable_mesh()
        .axis_style(theme.axis.stroke_width(width(1.0)))
        .set_all_tick_mark_size(px(4.0))
        .x_labels(5)
        .y_labels(5)
        .x_label_formatter(&|v| short_number(*v))
        .y_label_formatter(&|v| short_number(*v))
        .label_style(text(10.0, &theme.ink))
        .draw()
        .map_err(failed)?;
    background(look, &mut chart, &grid)?;
    let inside = |p: &(f64, f64)| (p.0.clamp(xs.start, xs.end), p.1.clamp(ys.start, ys.end));
    let line: Vec<(f64, f64)> = way.points.iter().map(inside).collect();
    chart.draw_series(LineSeries::new(line.iter().copied(), look.pen(1).color.stroke_width(width(1.4)))).map_err(failed)?;
    let dots = line.iter().map(|p| Circle::new(*p, px(1.8), look.pen(1).color.filled()));
    chart.draw_series(dots).map_err(failed)?;
    let ends = line.first().into_iter().map(|p| Circle::new(*p, px(4.0), theme.ink.stroke_width(width(1.4))));
    chart.draw_series(ends).map_err(failed)?;
    chart.draw_series(line.last().into_iter().map(|p| Circle::new(*p, px(3.4), theme.ink.filled()))).map_err(failed)?;
    Ok(())
}

/// Without digits that say nothing.
pub fn short_number(v: f64) -> String {
    if !v.is_finite() {
        return "–".into();
    }
    if v.abs() >= 1e7 {
        return tick(v);
    }
    ((v * 1e6).round() / 1e6 + 0.0).to_string()
}

type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// The curve itself, or its contours: the darker, the lower.
fn background(look: &Look, chart: &mut Chart<'_, '_>, grid: &Grid) -> Result<(), ReportError> {
    if let Some(curve) = grid.curve() {
        chart.draw_series(LineSeries::new(curve, look.pen(0).color.stroke_width(width(1.6)))).map_err(failed)?;
        return Ok(());
    }
    let levels = levels(grid);
    for (i, level) in levels.iter().enumerate() {
        let pale = 0.25 + 0.5 * (1.0 - i as f64 / levels.len() as f64);
        let style = look.pen(0).color.mix(pale).stroke_width(width(0.9));
        let lines = grid.contour(*level).into_iter().map(|line| PathElement::new(line, style));
        chart.draw_series(lines).map_err(failed)?;
    }
    Ok(())
}
