//! Markers: what tells lines apart where colours cannot.

use plotters::element::{Circle, PathElement, Polygon};
use plotters::prelude::Color;

use crate::canvas::{Area, failed, px, width};
use crate::error::ReportError;
use crate::look::{Marker, Pen, Theme};
use crate::plot::panel::Stroke;

/// Markers on one line, about.
const PER_LINE: usize = 7;

/// Which of a line's points get a marker: few, and others than the next line's.
pub fn marked(n_points: usize, pen: &Pen) -> impl Iterator<Item = usize> + use<> {
    let step = (n_points / PER_LINE).max(1);
    let first = pen.index * step.div_ceil(3) % step;
    (first..n_points).step_by(step)
}

/// Draws a pen's marker around a point of the canvas: filled on a solid line, hollow on a dashed one.
pub fn mark(theme: &Theme, area: &Area<'_>, at: (i32, i32), pen: &Pen, stroke: Stroke) -> Result<(), ReportError> {
    let Some(marker) = pen.marker else { return Ok(()) };
    let r = 3.2;
    let place = |x: f64, y: f64| (at.0 + px(x * r), at.1 + px(y * r));
    let line = pen.color.stroke_width(width(1.2));
    let corners: Vec<(i32, i32)> = match marker {
        Marker::Disc => {
            let fill = if stroke == Stroke::Dashed { theme.paper } else { pen.color };
            area.draw(&Circle::new(at, px(r), fill.filled())).map_err(failed)?;
            return area.draw(&Circle::new(at, px(r), line)).map_err(failed);
        }
        Marker::Cross | Marker::Plus => {
            let ends = if marker == Marker::Cross {
                [(-1.0, -1.0), (1.0, 1.0), (-1.0, 1.0), (1.0, -1.0)]
            } else {
                [(-1.2, 0.0), (1.2, 0.0), (0.0, -1.2), (0.0, 1.2)]
            };
            for pair in ends.chunks(2) {
                let path = pair.iter().map(|p| place(p.0, p.1)).collect::<Vec<_>>();
                area.draw(&PathElement::new(path, pen.color.stroke_width(width(1.6)))).map_err(failed)?;
            }
            return Ok(());
        }
        Marker::Square => vec![place(-0.9, -0.9), place(0.9, -0.9), place(0.9, 0.9), place(-0.9, 0.9)],
        Marker::Diamond => vec![place(0.0, -1.3), place(1.3, 0.0), place(0.0, 1.3), place(-1.3, 0.0)],
        Marker::Up => vec![place(0.0, -1.25), place(1.15, 0.9), place(-1.15, 0.9)],
        Marker::Down => vec![place(0.0, 1.25), place(1.15, -0.9), place(-1.15, -0.9)],
    };
    let fill = if stroke == Stroke::Dashed { theme.paper } else { pen.color };
    area.draw(&Polygon::new(corners.clone(), fill.filled())).map_err(failed)?;
    let ring: Vec<(i32, i32)> = corners.iter().chain(&corners[..1]).copied().collect();
    area.draw(&PathElement::new(ring, line)).map_err(failed)
}
