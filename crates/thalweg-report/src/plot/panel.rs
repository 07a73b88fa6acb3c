//! A panel of lines with what is known of their spread, and the entries of its legend.

use plotters::chart::ChartBuilder;
use plotters::coord::ranged1d::Ranged;
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::prelude::{Color, DashedLineSeries, LineSeries, RGBColor};
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::canvas::{Area, failed, px, text, width};
use crate::error::ReportError;
use crate::look::{Cue, Look, Pen};
use crate::plot::axis::{Axis, Scale};
use crate::plot::marker::{mark, marked};
use crate::plot::words::{cut, room, side_by_side, squeezed, tall, width_of, write};
use crate::stats::Estimate;

/// A line of a panel.
pub struct Line {
    /// By epoch.
    pub points: Vec<(f64, Estimate)>,
    /// Its colour and marker.
    pub pen: Pen,
    /// Solid or dashed.
    pub stroke: Stroke,
}

/// How a line is drawn: colour is never the only cue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stroke {
    /// Validation.
    Solid,
    /// Training.
    Dashed,
    /// Solid, with a dot at each point and a bar for its interval: points that stand for themselves.
    Marked,
}

/// A panel of lines.
pub struct Panel<'a> {
    /// Above the panel.
    pub title: &'a str,
    /// Left of it.
    pub y: &'a str,
    /// Below it.
    pub x: &'a str,
    /// The lines.
    pub lines: &'a [Line],
    /// Epochs to mark, with their labels.
    pub marks: &'a [(f64, String)],
    /// The value axis.
    pub scale: Scale,
    /// The axis below.
    pub along: Scale,
    /// Words that stand for 0, 1, … on that axis.
    pub names: Option<&'a [String]>,
    /// The ends of the value axis, where panels share them.
    pub ends: Option<(f64, f64)>,
}

impl Default for Panel<'_> {
    fn default() -> Self {
        let (scale, along) = (Scale::Linear, Scale::Linear);
        Panel { title: "", y: "", x: "", lines: &[], marks: &[], scale, along, names: None, ends: None }
    }
}

/// The scale that shows all lines best: logarithmic where means span more than a factor of 8 above 0.
pub fn scale(lines: &[Line]) -> Scale {
    let means = || lines.iter().flat_map(|l| &l.points).map(|p| p.1.mean);
    let (lo, hi) = means().fold((f64::INFINITY, 0.0f64), |(lo, hi), v| (lo.min(v), hi.max(v)));
    if lo > 0.0 && hi / lo > 8.0 { Scale::Log } else { Scale::Linear }
}

/// The smallest and the largest mean of several panels' lines.
pub fn shared_ends<'a>(lines: impl Iterator<Item = &'a Line>) -> Option<(f64, f64)> {
    let means = lines.flat_map(|l| &l.points).map(|p| p.1.mean).filter(|v| v.is_finite());
    means.fold(None, |ends: Option<(f64, f64)>, v| Some(ends.map_or((v, v), |(lo, hi)| (lo.min(v), hi.max(v)))))
}

/// The value axis. A band may reach far below a small mean on a log axis, or far above all means: it is cut at the axis then; bars are not.
fn value_axis(p: &Panel<'_>) -> Axis {
    let points = || p.lines.iter().flat_map(|l| &l.points);
    let ends = || p.ends.into_iter().flat_map(|(lo, hi)| [lo, hi]);
    let range = Ranged::range(&Axis::fit(points().map(|q| q.1.mean).chain(ends()), p.scale));
    let bars = p.lines.iter().filter(|l| l.stroke == Stroke::Marked).flat_map(|l| &l.points).flat_map(|q| [q.1.low, q.1.high]);
    let bands = points().flat_map(|q| [q.1.low, q.1.high]).filter(|v| v.is_finite()).map(|v| match p.scale {
        Scale::Log => v.clamp(range.start / 2.0, range.end * 2.0),
        Scale::Linear => v.clamp(range.start - 0.5 * (range.end - range.start), range.end + 0.5 * (range.end - range.start)),
    });
    if p.ends.is_some() { Axis::fit(ends(), p.scale) } else { Axis::fit(bands.chain(bars).chain(points().map(|q| q.1.mean)), p.scale) }
}

/// Draws a panel; an empty one says so.
pub fn panel(look: &Look, area: &Area<'_>, p: &Panel<'_>) -> Result<(), ReportError> {
    let theme = look.theme;
    if p.lines.iter().all(|l| l.points.is_empty()) {
        let words = cut(&format!("{}: nothing was measured", p.y), 12.0, room(area) - 40.0);
        return write(area, &words, (room(area) / 2.0, tall(area) / 2.0), 12.0, &theme.grey, HPos::Center);
    }
    let points = || p.lines.iter().flat_map(|l| &l.points);
    let last = points().map(|q| q.0).fold(f64::NEG_INFINITY, f64::max);
    let first = points().map(|q| q.0).fold(f64::INFINITY, f64::min);
    let y = value_axis(p);
    let names = p.names.map(|names| side_by_side(names, 11.0, room(area) - 92.0));
    let x = match p.along {
        _ if names.is_some() => Axis::named(names.as_deref().unwrap_or_default()),
        Scale::Linear if p.lines.iter().any(|l| l.stroke == Stroke::Marked) => Axis::fit([first, last].into_iter(), Scale::Linear),
        Scale::Linear => Axis::exact(first.min(1.0), last),
        Scale::Log => Axis::fit([first, last].into_iter(), Scale::Log),
    };
    let mut chart = ChartBuilder::on(area)
        .caption(cut(p.title, 13.0, room(area) - 20.0), text(13.0, &theme.ink))
        .margin_left(px(8.0))
        .margin_right(px(22.0))
        .margin_top(px(6.0))
        .margin_bottom(px(6.0))
        .x_label_area_size(px(42.0))
        .y_label_area_size(px(62.0))
        .build_cartesian_2d(x.clone(), y.clone())
        .map_err(failed)?;
    chart
        .configure_mesh()
        .bold_line_style(theme.mesh.stroke_width(width(1.0)))
        .axis_style(theme.axis.stroke_width(width(1.0)))
        .set_all_tick_mark_size(px(4.0))
        .x_desc(cut(p.x, 12.0, room(area) - 92.0))
        .y_desc(cut(p.y, 12.0, tall(area) - 54.0))
        .label_style(text(11.0, &theme.ink))
        .axis_desc_style(text(12.0, &theme.ink))
        .draw()
        .map_err(failed)?;
    for line in p.lines {
        let upper = line.points.iter().filter(|q| q.1.high.is_finite()).map(|q| (x.clamp(q.0), y.clamp(q.1.high)));
        let lower = line.points.iter().rev().filter(|q| q.1.low.is_finite()).map(|q| (x.clamp(q.0), y.clamp(q.1.low)));
        let band: Vec<(f64, f64)> = upper.chain(lower).collect();
        // Between words there is nothing.
        if theme.cue == Cue::Colour && line.stroke != Stroke::Marked && p.names.is_none() && band.len() > 3 {
            chart.draw_series(std::iter::once(Polygon::new(band, line.pen.color.mix(0.16)))).map_err(failed)?;
        }
    }
    let base = area.get_base_pixel();
    for line in p.lines {
        let mean = line.points.iter().map(|q| (x.clamp(q.0), y.clamp(q.1.mean)));
        let style = line.pen.color.stroke_width(width(1.8));
        match line.stroke {
            Stroke::Solid | Stroke::Marked => chart.draw_series(LineSeries::new(mean, style)).map_err(failed)?,
            Stroke::Dashed => chart.draw_series(DashedLineSeries::new(mean, width(6.0), width(4.0), style)).map_err(failed)?,
        };
        let all_have_bars = line.stroke == Stroke::Marked || p.names.is_some();
        let at: Vec<usize> = if all_have_bars { (0..line.points.len()).collect() } else { marked(line.points.len(), &line.pen).collect() };
        if all_have_bars || theme.cue == Cue::Shape {
            let thin = line.pen.color.stroke_width(width(if all_have_bars { 1.8 } else { 1.0 }));
            let known = at.iter().map(|i| &line.points[*i]).filter(|q| q.1.low.is_finite());
            let bars = known.map(|q| PathElement::new(vec![(x.clamp(q.0), y.clamp(q.1.low)), (x.clamp(q.0), y.clamp(q.1.high))], thin));
            chart.draw_series(bars).map_err(failed)?;
        }
        let spot = |q: &(f64, Estimate)| {
            let spot = chart.backend_coord(&(x.clamp(q.0), y.clamp(q.1.mean)));
            (spot.0 - base.0, spot.1 - base.1)
        };
        for i in at {
            mark(theme, area, spot(&line.points[i]), &line.pen, line.stroke)?;
        }
        if line.pen.marker.is_none() && (all_have_bars || line.points.len() == 1) {
            for q in &line.points {
                area.draw(&Circle::new(spot(q), px(3.0), line.pen.color.filled())).map_err(failed)?;
            }
        }
    }
    let ends = Ranged::range(&y);
    for (epoch, _) in p.marks {
        let dashes =
            DashedLineSeries::new([(*epoch, ends.start), (*epoch, ends.end)], width(2.0), width(3.0), theme.grey.stroke_width(width(1.2)));
        chart.draw_series(dashes).map_err(failed)?;
    }
    for (i, (epoch, label)) in p.marks.iter().enumerate().filter(|(_, mark)| !mark.1.is_empty()) {
        let (at, top) = chart.backend_coord(&(*epoch, ends.end));
        let right_half = *epoch > (first + last) / 2.0;
        let (side, shift) = if right_half { (HPos::Right, -px(5.0)) } else { (HPos::Left, px(5.0)) };
        let place = (at - base.0 + shift, top - base.1 + px(3.0 + 14.0 * i as f64));
        // A plate of paper, so that no line strikes the words out.
        let (wide, tall) = (px(width_of(label, 11.0)), px(13.0));
        let left = if right_half { place.0 - wide } else { place.0 };
        let plate = [(left - px(2.0), place.1 - px(1.0)), (left + wide + px(2.0), place.1 + tall)];
        area.draw(&Rectangle::new(plate, theme.paper.mix(0.85).filled())).map_err(failed)?;
        let style = text(11.0, &theme.grey).pos(Pos::new(side, VPos::Top));
        area.draw(&plotters::element::Text::new(label.clone(), place, style)).map_err(failed)?;
    }
    Ok(())
}

/// One entry of a legend, at a height in logical pixels.
pub fn legend_entry(look: &Look, area: &Area<'_>, top: f64, label: &str, pen: Pen, stroke: Stroke) -> Result<(), ReportError> {
    let y = px(top);
    let dashes: &[(f64, f64)] = if stroke != Stroke::Dashed { &[(4.0, 28.0)] } else { &[(4.0, 10.0), (14.0, 20.0), (24.0, 28.0)] };
    for (from, to) in dashes {
        let style = pen.color.stroke_width(width(1.8));
        area.draw(&PathElement::new(vec![(px(*from), y), (px(*to), y)], style)).map_err(failed)?;
    }
    mark(look.theme, area, (px(16.0), y), &pen, stroke)?;
    write(area, &squeezed(label, 11.5, room(area) - 40.0), (34.0, top), 11.5, &look.theme.ink, HPos::Left)
}

/// A line of a legend that explains the entry above it.
pub fn legend_note(look: &Look, area: &Area<'_>, top: f64, words: &str) -> Result<(), ReportError> {
    let color: &RGBColor = &look.theme.grey;
    write(area, &squeezed(words, 10.0, room(area) - 40.0), (34.0, top), 10.0, color, HPos::Left)
}
