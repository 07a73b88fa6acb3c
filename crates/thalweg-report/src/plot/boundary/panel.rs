//! A panel of a boundary figure: the shaded plane with its lines and its samples, or a fitted curve.

use plotters::chart::ChartBuilder;
use plotters::element::{Circle, PathElement, Rectangle};
use plotters::prelude::{Color, DashedLineSeries, LineSeries};
use plotters::style::text_anchor::HPos;

use crate::canvas::{Area, failed, px, text, width};
use crate::error::ReportError;
use crate::look::{Look, Marker, Pen, mixed};
use crate::plot::axis::{Axis, Scale};
use crate::plot::boundary::plane::{Cell, Part, Plane, Point, Role, Sample, Verdict};
use crate::plot::marker::mark;
use crate::plot::panel::{Stroke, legend_note};
use crate::plot::words::{cut, room, squeezed, width_of, write};

/// Shades of a class.
const SHADES: f64 = 6.0;
/// A class's shape.
const SHAPES: [Marker; 5] = [Marker::Disc, Marker::Up, Marker::Square, Marker::Diamond, Marker::Down];
/// Where the axis of values ends and the picture begins.
const LEFT: f64 = 40.0;
/// Widths of H and of the margins, dashes and what is between them.
const BOUNDARY: f64 = 1.7;
const MARGIN: f64 = 1.2;
const DASHES: (f64, f64) = (5.0, 3.5);
/// A ring's radius: a cross fits in.
const RING: f64 = 5.8;

/// What stands above a panel.
pub struct Head {
    /// The axis's value.
    pub label: String,
    /// What there is to say of it, behind a colon.
    pub says: String,
    /// What stands below, maybe nothing, in figures whose panels have two lines.
    pub below: Option<String>,
}

impl Head {
    /// Its height.
    pub fn height(&self) -> f64 {
        if self.below.is_some() { 36.0 } else { 21.0 }
    }
}

/// A class's marker.
pub fn pen(look: &Look, class: usize) -> Pen {
    Pen { marker: Some(SHAPES[class % SHAPES.len()]), ..look.pen(class) }
}

/// Draws it; curves share the ends of their value axis.
pub fn panel(look: &Look, area: &Area<'_>, head: &Head, plane: &Plane, ends: Option<Point>) -> Result<(), ReportError> {
    let theme = look.theme;
    let (above, area) = area.split_vertically(px(head.height()));
    let free = room(&above) - LEFT - 12.0;
    // What is said of the panel stays; a long value gives way.
    let says = cut(&head.says, 12.5, free);
    let title = squeezed(&head.label, 12.5, free - width_of(&says, 12.5)) + &says;
    write(&above, &title, (LEFT, 12.0), 12.5, &theme.ink, HPos::Left)?;
    if let Some(below) = &head.below {
        write(&above, &cut(below, 11.0, free), (LEFT, 27.0), 11.0, &theme.grey, HPos::Left)?;
    }
    if plane.cells.is_empty() && plane.curve.is_empty() {
        return legend_note(look, &area, 60.0, "no weights were kept of it");
    }
    let (x, y) = axes(plane, ends);
    let mut chart = ChartBuilder::on(&area)
        .margin_right(px(12.0))
        .margin_bottom(px(4.0))
        .x_label_area_size(px(24.0))
        .y_label_area_size(px(LEFT))
        .build_cartesian_2d(x, y.clone())
        .map_err(failed)?;
    chart
        .configure_mesh()
        .disable_mesh()
        .axis_style(theme.axis.stroke_width(width(1.0)))
        .set_all_tick_mark_size(px(4.0))
        .label_style(text(10.0, &theme.ink))
        .draw()
        .map_err(failed)?;
    let shaded = |run: Run| Rectangle::new(run.corners, mixed(theme.paper, look.pen(run.class).color, 0.06 + 0.34 * run.shade).filled());
    chart.draw_series(runs(&plane.cells).into_iter().map(shaded)).map_err(failed)?;
    let line = |wide: f64| theme.ink.stroke_width(width(wide));
    for margin in &plane.margins {
        let (dash, gap) = DASHES;
        chart.draw_series(DashedLineSeries::new(margin.iter().copied(), width(dash), width(gap), line(MARGIN))).map_err(failed)?;
    }
    chart.draw_series(plane.boundary.iter().map(|h| PathElement::new(h.as_slice(), line(BOUNDARY)))).map_err(failed)?;
    for piece in within(&plane.curve, &y) {
        chart.draw_series(LineSeries::new(piece, look.pen(1).color.stroke_width(width(2.0)))).map_err(failed)?;
    }
    let base = area.get_base_pixel();
    let shown: Vec<((i32, i32), &Sample)> = plane
        .shown()
        .into_iter()
        .map(|sample| {
            let at = chart.backend_coord(&sample.at);
            ((at.0 - base.0, at.1 - base.1), sample)
        })
        .collect();
    // What is said of samples lies above all of them.
    for (at, sample) in &shown {
        let stroke = if sample.part == Part::Training { Stroke::Solid } else { Stroke::Dashed };
        mark(theme, &area, *at, &pen(look, sample.class), stroke)?;
    }
    for (at, _) in shown.iter().filter(|(_, sample)| sample.role == Role::Support) {
        ring(look, &area, *at)?;
    }
    for (at, _) in shown.iter().filter(|(_, sample)| sample.verdict == Verdict::Wrong) {
        cross(look, &area, *at)?;
    }
    Ok(())
}

/// The plane from edge to edge, or a curve with room around it.
fn axes(plane: &Plane, ends: Option<Point>) -> (Axis, Axis) {
    let points = || plane.cells.iter().map(|c| c.at).chain(plane.curve.iter().copied()).chain(plane.samples.iter().map(|s| s.at));
    let axis = |of: fn(Point) -> f64| {
        let values = || points().map(of).filter(|v| v.is_finite());
        let (lo, hi) = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(v), hi.max(v)));
        if lo < hi && plane.curve.is_empty() { Axis::exact(lo, hi) } else { Axis::fit(values(), Scale::Linear) }
    };
    let y = ends.map_or_else(|| axis(|p| p.1), |(lo, hi)| Axis::fit([lo, hi].into_iter(), Scale::Linear));
    (axis(|p| p.0), y)
}

/// The pieces of a curve that are inside, up to the edge where it leaves.
fn within(curve: &[Point], y: &Axis) -> Vec<Vec<Point>> {
    let is_inside = |i: usize| curve.get(i).is_some_and(|p| p.1 == y.clamp(p.1));
    let is_drawn = |i: usize| curve[i].1.is_finite() && (is_inside(i) || is_inside(i + 1) || (i > 0 && is_inside(i - 1)));
    let mut pieces = vec![Vec::new()];
    for (i, p) in curve.iter().enumerate() {
        match pieces.last_mut() {
            Some(piece) if is_drawn(i) => piece.push((p.0, y.clamp(p.1))),
            _ => pieces.push(Vec::new()),
        }
    }
    pieces.retain(|piece| piece.len() > 1);
    pieces
}

/// A ring around a support vector.
pub fn ring(look: &Look, area: &Area<'_>, at: (i32, i32)) -> Result<(), ReportError> {
    area.draw(&Circle::new(at, px(RING), look.theme.ink.stroke_width(width(1.1)))).map_err(failed)
}

/// A cross over a sample that is wrong, on a little paper: it is seen on marks of any colour, and the mark's class beside it.
pub fn cross(look: &Look, area: &Area<'_>, at: (i32, i32)) -> Result<(), ReportError> {
    for (color, wide, long) in [(look.theme.paper, 2.3, 4.1), (look.theme.ink, 1.2, 3.8)] {
        for side in [-1, 1] {
            let ends = vec![(at.0 - px(long), at.1 - side * px(long)), (at.0 + px(long), at.1 + side * px(long))];
            area.draw(&PathElement::new(ends, color.stroke_width(width(wide)))).map_err(failed)?;
        }
    }
    Ok(())
}

/// H or a margin as in a panel, in a legend.
pub fn sample_line(look: &Look, area: &Area<'_>, at: (i32, i32), long: f64, stroke: Stroke) -> Result<(), ReportError> {
    let (dash, gap) = DASHES;
    let line = look.theme.ink;
    let ends = [at, (at.0 + px(long), at.1)];
    if stroke != Stroke::Dashed {
        return area.draw(&PathElement::new(ends, line.stroke_width(width(BOUNDARY)))).map_err(failed);
    }
    let dashes = plotters::element::DashedPathElement::new(ends, px(dash), px(gap), line.stroke_width(width(MARGIN)));
    area.draw(&dashes).map_err(failed)
}

/// A part of a row of the grid.
struct Run {
    corners: [Point; 2],
    class: usize,
    shade: f64,
}

/// Cells of one row, class and shade as one rectangle: a picture of some hundred parts in place of ten thousand.
fn runs(cells: &[Cell]) -> Vec<Run> {
    let quantised = |sure: f64| (sure * SHADES).round() / SHADES;
    // Of a single row or column, any width shows it.
    let step = |of: fn(Point) -> f64| {
        let start = cells.first().map_or(0.0, |c| of(c.at));
        let next = cells.iter().map(|c| of(c.at)).filter(|v| *v > start).fold(f64::INFINITY, f64::min);
        if next.is_finite() { next - start } else { 1.0 }
    };
    let (dx, dy) = (step(|p| p.0), step(|p| p.1));
    let mut found: Vec<Run> = Vec::new();
    let mut row = f64::NAN;
    for cell in cells {
        let ((x, y), Some(class), Some(shade)) = (cell.at, cell.class, cell.sure.map(quantised)) else { continue };
        // Nearly a cell too long: what comes next lies above it, and no seam shows between them.
        let (left, right, low, high) = (x - dx / 2.0, x + dx * 0.95, y - dy / 2.0, y + dy * 0.95);
        let runs_on = |run: &&mut Run| y == row && run.class == class && run.shade == shade && run.corners[1].0 >= left;
        match found.last_mut().filter(runs_on) {
            Some(run) => run.corners[1].0 = right,
            None => found.push(Run { corners: [(left, low), (right, high)], class, shade }),
        }
        row = y;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: the curve is outside at 2 to 4, and has no value at 8.
    #[test]
    fn a_curve_is_cut_where_it_leaves_the_picture() {
        let curve: Vec<Point> =
            [0.2, 0.9, 5.0, 6.0, 7.0, 0.5, 0.4, 0.3, f64::NAN, 0.2].into_iter().zip(0..).map(|(y, x)| (f64::from(x), y)).collect();
        let pieces = within(&curve, &Axis::exact(0.0, 1.0));
        assert_eq!(pieces, [vec![(0.0, 0.2), (1.0, 0.9), (2.0, 1.0)], vec![(4.0, 1.0), (5.0, 0.5), (6.0, 0.4), (7.0, 0.3)]]);
    }

    #[test]
    fn runs_end_at_holes_and_classes() {
        let cell = |i: usize, class, sure| Cell { at: (i as f64, 0.0), class, sure };
        let cells = [
            cell(0, Some(0), Some(1.0)),
            cell(1, Some(0), Some(0.99)),
            cell(2, Some(0), None),
            cell(3, Some(0), Some(1.0)),
            cell(4, Some(1), Some(1.0)),
            cell(5, None, Some(1.0)),
        ];
        let found: Vec<(f64, usize)> = runs(&cells).iter().map(|run| (run.corners[0].0, run.class)).collect();
        assert_eq!(found, [(-0.5, 0), (2.5, 0), (3.5, 1)]);
    }
}
