//! What a network makes of the plane: regions shaded by its probability, the samples, and those that it gets wrong. For one feature and a
//! numeric target, the fitted curve. A panel for each value of an axis, the others where the metric is best.

use plotters::chart::ChartBuilder;
use plotters::element::{Circle, Rectangle};
use plotters::prelude::{Color, LineSeries, RGBColor};
use plotters::style::text_anchor::HPos;

use crate::canvas::{Area, failed, figure, px, text, width};
use crate::error::ReportError;
use crate::groups::{Group, short};
use crate::look::{Look, Marker, Pen};
use crate::plot::axis::{Axis, Scale};
use crate::plot::confusion::{mixed, nothing};
use crate::plot::convergence::{best_of_values, strongest_of};
use crate::plot::marker::mark;
use crate::plot::panel::{Stroke, legend_note};
use crate::plot::words::{cut, heading, write};
use crate::plot::{Drawn, Subject, stem};
use crate::table::Table;

/// As written in `plots`.
pub const NAME: &str = "boundary";
/// The most panels, and how many stand side by side.
const MAX_PANELS: usize = 6;
const ACROSS: usize = 3;
/// Shades of a class.
const SHADES: f64 = 6.0;
/// A class's shape.
const SHAPES: [Marker; 5] = [Marker::Disc, Marker::Up, Marker::Square, Marker::Diamond, Marker::Down];

/// The panels: a label and a group for each.
pub fn panels(groups: &[Group], order: &[usize], axes: &[String], arguments: &[String]) -> Vec<(String, usize)> {
    let axis = match arguments.first() {
        Some(name) => axes.iter().position(|a| a == name),
        None => strongest_of(groups, order, axes.len()),
    };
    let Some(axis) = axis else {
        return order.first().map(|g| ("the only configuration".to_string(), *g)).into_iter().collect();
    };
    let all = best_of_values(groups, order, axis);
    let n = all.len().min(MAX_PANELS);
    let chosen = (0..n).map(|i| if n < 2 { 0 } else { i * (all.len() - 1) / (n - 1) });
    chosen.map(|i| (format!("{} = {}", short(&axes[axis]), all[i].0), all[i].1)).collect()
}

/// What is drawn in one panel.
struct Plane {
    /// The grid: x, y, class, probability.
    grid: Vec<(f64, f64, usize, f64)>,
    /// The fitted curve.
    curve: Vec<(f64, f64)>,
    /// x, y, class, whether it is right, whether it is of the training part.
    samples: Vec<Sample>,
}

struct Sample {
    at: (f64, f64),
    class: usize,
    is_right: bool,
    is_training: bool,
}

/// Draws it.
pub fn draw(subject: &Subject<'_>, arguments: &[String]) -> Result<Drawn, ReportError> {
    let (sheet, look) = (subject.sheet, &subject.sheet.look);
    let regions = subject.tables.examined.as_ref().and_then(|e| Some((e.regions.as_ref()?, e.part.as_str())));
    let Some((table, part)) = regions.filter(|(table, _)| table.n_rows() > 0) else {
        let why = "it takes two features and classes, or one feature and a number, and weights that were kept";
        return Ok(Drawn { stem: stem(NAME, arguments), ..nothing(subject, why)? });
    };
    let wanted = panels(subject.groups, subject.order, &sheet.axes, arguments);
    let (classes, planes) = planes(table, &wanted.iter().map(|(_, g)| subject.groups[*g].config.as_str()).collect::<Vec<_>>())?;
    let is_curve = planes.iter().any(|p| !p.curve.is_empty());
    let axis = if sheet.axes.is_empty() { "" } else { "; the other settings where the metric is best" };
    let caption = if is_curve {
        format!("The fitted curve of one seed; training samples filled, {part} samples hollow{axis}.")
    } else {
        format!("Regions of one seed's network, the darker the surer; training samples filled, {part} samples hollow; a ring: wrong{axis}.")
    };
    let (across, down) = (wanted.len().clamp(1, ACROSS), wanted.len().div_ceil(ACROSS).max(1));
    let size = ((300 * across as u32 + 30).max(420), 96 + 290 * down as u32);
    let figure = figure(look, size, &caption, |root| {
        let (title, ring) = if is_curve { ("Fitted curves", "") } else { ("Decision regions", "; in a ring: wrong") };
        heading(look, root, title, &format!("one seed; filled: training, hollow: {part}{ring}"))?;
        let (_, below) = root.split_vertically(px(58.0));
        let (legend, body) = below.split_vertically(px(28.0));
        let mut left = 14.0;
        for (i, class) in classes.iter().enumerate().take(SHAPES.len() + 2) {
            mark(look.theme, &legend, (px(left + 6.0), px(12.0)), &pen(look, i), Stroke::Solid)?;
            let name = cut(class, 11.5, 110.0);
            write(&legend, &name, (left + 16.0, 12.0), 11.5, &look.theme.ink, HPos::Left)?;
            left += 32.0 + crate::plot::words::width_of(&name, 11.5) * 1.1;
        }
        for ((area, (label, _)), plane) in body.split_evenly((down, across)).iter().zip(&wanted).zip(&planes) {
            panel(look, area, label, plane)?;
        }
        Ok(())
    })?;
    Ok(Drawn { stem: stem(NAME, arguments), figure, caption })
}

fn pen(look: &Look, class: usize) -> Pen {
    Pen { marker: Some(SHAPES[class % SHAPES.len()]), ..look.pen(class) }
}

fn planes(table: &Table, configs: &[&str]) -> Result<(Vec<String>, Vec<Plane>), ReportError> {
    let (config, what) = (table.text("config")?, table.text("what")?);
    let (x, y, p) = (table.float("x")?, table.float("y")?, table.float("p")?);
    let (class, predicted) = (table.text("class")?, table.text("predicted")?);
    let mut classes: Vec<String> = class.iter().chain(&predicted).flatten().cloned().collect();
    classes.sort();
    classes.dedup();
    let index = |name: &Option<String>| name.as_ref().and_then(|n| classes.binary_search(n).ok()).unwrap_or(0);
    let mut planes: Vec<Plane> = configs.iter().map(|_| Plane { grid: Vec::new(), curve: Vec::new(), samples: Vec::new() }).collect();
    for row in 0..table.n_rows() {
        let Some(place) = configs.iter().position(|c| config[row].as_deref() == Some(c)) else { continue };
        let (Some(x), Some(y)) = (x[row], y[row]) else { continue };
        let plane = &mut planes[place];
        match what[row].as_deref() {
            Some("grid") => plane.grid.push((x, y, index(&predicted[row]), p[row].unwrap_or(1.0))),
            Some("curve") => plane.curve.push((x, y)),
            of => plane.samples.push(Sample {
                at: (x, y),
                class: index(&class[row]),
                is_right: class[row].is_none() || class[row] == predicted[row],
                is_training: of == Some("train"),
            }),
        }
    }
    Ok((classes, planes))
}

fn panel(look: &Look, area: &Area<'_>, label: &str, plane: &Plane) -> Result<(), ReportError> {
    let theme = look.theme;
    let xs = || plane.grid.iter().map(|g| g.0).chain(plane.curve.iter().map(|c| c.0)).chain(plane.samples.iter().map(|s| s.at.0));
    let ys = || plane.grid.iter().map(|g| g.1).chain(plane.curve.iter().map(|c| c.1)).chain(plane.samples.iter().map(|s| s.at.1));
    let tested: Vec<&Sample> = plane.samples.iter().filter(|s| !s.is_training).collect();
    let is_curve = !plane.curve.is_empty();
    let right = tested.iter().filter(|s| s.is_right).count();
    let share = if is_curve || tested.is_empty() { String::new() } else { format!(": {right} of {} right", tested.len()) };
    let exact = |of: &mut dyn Iterator<Item = f64>| {
        let (lo, hi) = of.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(v), hi.max(v)));
        if lo < hi && !is_curve { Axis::exact(lo, hi) } else { Axis::fit([lo, hi].into_iter(), Scale::Linear) }
    };
    let mut chart = ChartBuilder::on(area)
        .caption(cut(&format!("{label}{share}"), 12.5, 250.0), text(12.5, &theme.ink))
        .margin_right(px(12.0))
        .margin_bottom(px(4.0))
        .x_label_area_size(px(24.0))
        .y_label_area_size(px(40.0))
        .build_cartesian_2d(exact(&mut xs()), exact(&mut ys()))
        .map_err(failed)?;
    chart
        .configure_mesh()
        .disable_mesh()
        .axis_style(theme.axis.stroke_width(width(1.0)))
        .set_all_tick_mark_size(px(4.0))
        .label_style(text(10.0, &theme.ink))
        .draw()
        .map_err(failed)?;
    chart
        .draw_series(runs(&plane.grid).into_iter().map(|(corners, class, shade)| {
            Rectangle::new(corners, mixed(theme.paper, look.pen(class).color, 0.06 + 0.34 * shade).filled())
        }))
        .map_err(failed)?;
    chart.draw_series(LineSeries::new(plane.curve.iter().copied(), look.pen(1).color.stroke_width(width(2.0)))).map_err(failed)?;
    let base = area.get_base_pixel();
    for sample in &plane.samples {
        let at = chart.backend_coord(&sample.at);
        let at = (at.0 - base.0, at.1 - base.1);
        if !sample.is_right {
            let ring: RGBColor = theme.ink;
            area.draw(&Circle::new(at, px(6.0), ring.stroke_width(width(1.3)))).map_err(failed)?;
        }
        mark(theme, area, at, &pen(look, sample.class), if sample.is_training { Stroke::Solid } else { Stroke::Dashed })?;
    }
    if plane.grid.is_empty() && !is_curve {
        legend_note(look, area, 60.0, "no weights were kept of it")?;
    }
    Ok(())
}

/// A part of a row of the grid: its corners, its class, its shade.
type Run = ([(f64, f64); 2], usize, f64);

/// Cells of one row, class and shade as one rectangle: a picture of some hundred parts in place of ten thousand.
fn runs(grid: &[(f64, f64, usize, f64)]) -> Vec<Run> {
    let shade = |p: f64| (p.clamp(0.0, 1.0) * SHADES).round() / SHADES;
    let first = |of: &mut dyn Iterator<Item = f64>, after: f64| of.filter(|v| *v > after).fold(f64::INFINITY, f64::min);
    let Some(start) = grid.first() else { return Vec::new() };
    let (dx, dy) = (first(&mut grid.iter().map(|g| g.0), start.0) - start.0, first(&mut grid.iter().map(|g| g.1), start.1) - start.1);
    let mut found: Vec<Run> = Vec::new();
    let mut row = f64::NAN;
    for (x, y, class, p) in grid.iter().copied() {
        // Overlapping a little: no seams.
        let (left, right, low, high) = (x - dx / 2.0, x + dx * 0.55, y - dy / 2.0, y + dy * 0.55);
        match found.last_mut().filter(|run| y == row && run.1 == class && run.2 == shade(p)) {
            Some(run) => run.0[1].0 = right,
            None => found.push(([(left, low), (right, high)], class, shade(p))),
        }
        row = y;
    }
    found
}
