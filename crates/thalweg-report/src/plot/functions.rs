//! Functions of one variable from their points: activations with their slopes, and the likelihood of a coin's bias.

use std::ops::Range;

use plotters::chart::ChartBuilder;
use plotters::element::{Circle, Text};
use plotters::prelude::{Color, DashedLineSeries, LineSeries};
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::canvas::{Area, failed, figure, px, text, width};
use crate::error::ReportError;
use crate::look::{Look, Pen};
use crate::plot::marker::{mark, marked};
use crate::plot::panel::{Stroke, legend_entry};
use crate::plot::path::short_number;
use crate::plot::words;
use crate::plot::{Drawn, Subject};

/// Panels in a row.
const PER_ROW: usize = 4;
/// A panel's height and width in logical pixels.
const PANEL: (u32, u32) = (225, 210);

type Points = Vec<(f64, f64)>;

/// One function in a panel.
struct Line<'a> {
    points: &'a [(f64, f64)],
    pen: Pen,
    stroke: Stroke,
}

/// Each configuration's label, and two quantities over a third.
fn functions(subject: &Subject<'_>, x: &str, of: [&str; 2]) -> Result<Vec<(String, [Points; 2])>, ReportError> {
    let epochs = &subject.tables.epochs;
    let (keys, x) = (epochs.text("key")?, epochs.float(x)?);
    let trials = subject.tables.trials.text("key")?;
    let columns = [epochs.float(of[0])?, epochs.float(of[1])?];
    let labelled = subject.groups.iter().map(|group| {
        // Functions do not depend on the seed: those of the first one.
        let key = group.rows.first().and_then(|r| trials[*r].as_deref());
        let rows = || (0..epochs.n_rows()).filter(|r| keys[*r].as_deref() == key);
        let points = |column: &Vec<Option<f64>>| rows().filter_map(|r| Some((x[r]?, column[r]?))).collect();
        (group.label(&subject.sheet.axes), [points(&columns[0]), points(&columns[1])])
    });
    Ok(labelled.collect())
}

/// A panel for each activation: value solid, slope dashed.
pub fn activations(subject: &Subject<'_>, _arguments: &[String]) -> Result<Drawn, ReportError> {
    let look = &subject.sheet.look;
    let mut found = functions(subject, "z", ["value", "slope"])?;
    let caption = format!("Each activation φ(z), solid, and its slope φ'(z), dashed.{}", cut(&mut found, MAX_CURVES));
    let columns = found.len().clamp(1, PER_ROW);
    let rows = found.len().div_ceil(columns).max(1);
    let figure = figure(look, (PANEL.0 * columns as u32, 70 + PANEL.1 * rows as u32), &caption, |root| {
        root.draw(&Text::new("Activations", (px(14.0), px(12.0)), text(17.0, &look.theme.ink))).map_err(failed)?;
        let (head, body) = root.split_vertically(px(66.0));
        let (a, b) = head.margin(px(36.0), 0, 0, 0).split_horizontally(px(110.0));
        legend_entry(look, &a.margin(0, 0, px(10.0), 0), 10.0, "value", look.pen(0), Stroke::Solid)?;
        legend_entry(look, &b, 10.0, "slope", look.pen(1), Stroke::Dashed)?;
        for (area, (label, [value, slope])) in body.split_evenly((rows, columns)).iter().zip(&found) {
            let lines = [
                Line { points: value, pen: look.pen(0), stroke: Stroke::Solid },
                Line { points: slope, pen: look.pen(1), stroke: Stroke::Dashed },
            ];
            panel(look, area, label, "", &lines, Some(-1.5..2.5), None)?;
        }
        Ok(())
    })?;
    Ok(Drawn { stem: "curves".into(), figure, caption })
}

/// All of them in two panels: values, slopes.
pub fn together(subject: &Subject<'_>, _arguments: &[String]) -> Result<Drawn, ReportError> {
    let look = &subject.sheet.look;
    let mut found = functions(subject, "z", ["value", "slope"])?;
    let more = cut(&mut found, 2 * look.theme.series.len());
    let caption = format!("Activations over the same inputs: values on the left, slopes on the right. The second seven are dashed.{more}");
    let height = 420.max(70 + 20 * found.len() as u32);
    let figure = figure(look, (960, height), &caption, |root| {
        root.draw(&Text::new("Activations together", (px(14.0), px(12.0)), text(17.0, &look.theme.ink))).map_err(failed)?;
        let (_, body) = root.split_vertically(px(40.0));
        let (panels, legend) = body.split_horizontally(px(760.0));
        let stroke = |i: usize| if i < look.theme.series.len() { Stroke::Solid } else { Stroke::Dashed };
        for (which, (area, title)) in panels.split_evenly((1, 2)).iter().zip(["value", "slope"]).enumerate() {
            let line = |(i, f): (usize, &'_ (String, [Points; 2]))| (i, f.1[which].clone());
            let points: Vec<(usize, Points)> = found.iter().enumerate().map(line).collect();
            let lines: Vec<Line<'_>> = points.iter().map(|(i, points)| Line { points, pen: look.pen(*i), stroke: stroke(*i) }).collect();
            let view = if which == 0 { -1.5..4.0 } else { -0.2..1.2 };
            panel(look, area, title, "z", &lines, Some(view), None)?;
        }
        for (i, (label, _)) in found.iter().enumerate() {
            legend_entry(look, &legend, 24.0 + 20.0 * i as f64, label, look.pen(i), stroke(i))?;
        }
        Ok(())
    })?;
    Ok(Drawn { stem: "curves-together".into(), figure, caption })
}

/// The most panels of activations.
const MAX_CURVES: usize = 24;

/// Leaves the first `most`, and says so if there were more.
fn cut<T>(found: &mut Vec<T>, most: usize) -> String {
    let all = found.len();
    found.truncate(most);
    if all > most { format!(" The first {most} of {all} configurations.") } else { String::new() }
}

/// The most configurations in the figure of likelihoods.
const MAX_COINS: usize = 4;

/// Likelihood and log-likelihood over θ for up to four configurations, each maximum marked.
pub fn likelihood(subject: &Subject<'_>, _arguments: &[String]) -> Result<Drawn, ReportError> {
    let look = &subject.sheet.look;
    let mut found = functions(subject, "theta", ["likelihood", "log_likelihood"])?;
    let more = cut(&mut found, MAX_COINS);
    let caption = format!("Likelihood and log-likelihood of what was seen under each bias θ; the mark is the maximum.{more}");
    let rows = found.len().max(1);
    let figure = figure(look, (860, 52 + 300 * rows as u32), &caption, |root| {
        root.draw(&Text::new("Likelihood", (px(14.0), px(12.0)), text(17.0, &look.theme.ink))).map_err(failed)?;
        let (_, body) = root.split_vertically(px(44.0));
        for (pair, (label, functions)) in body.split_evenly((rows, 2)).chunks(2).zip(&found) {
            for ((area, points), what) in pair.iter().zip(functions).zip(["likelihood", "log-likelihood"]) {
                let highest = points.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1));
                let lines = [Line { points, pen: look.pen(0), stroke: Stroke::Solid }];
                // A logarithm falls without end: what lies far below the maximum is not shown.
                let view = highest.filter(|_| what != "likelihood").map(|h| h.1 - 12.0..h.1 + 1.5);
                panel(look, area, &format!("{label}: {what}"), "θ", &lines, view, highest)?;
            }
        }
        Ok(())
    })?;
    Ok(Drawn { stem: "likelihood".into(), figure, caption })
}

/// Draws functions; what leaves the `view` is cut off, and without one all is shown.
fn panel(
    look: &Look,
    area: &Area<'_>,
    title: &str,
    x: &str,
    lines: &[Line<'_>],
    view: Option<Range<f64>>,
    highest: Option<(f64, f64)>,
) -> Result<(), ReportError> {
    let theme = look.theme;
    let all = || lines.iter().flat_map(|l| l.points.iter().copied());
    let ends = |of: &dyn Fn((f64, f64)) -> f64| all().map(of).fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    let ((x_low, x_high), (y_low, y_high)) = (ends(&|p| p.0), ends(&|p| p.1));
    if x_low >= x_high {
        let note = words::cut(&format!("{title}: nothing was measured"), 12.0, words::room(area) - 28.0);
        return area.draw(&Text::new(note, (px(14.0), px(40.0)), text(12.0, &theme.grey))).map_err(failed);
    }
    let room = 0.05 * (y_high - y_low).max(1e-12);
    // Above a mark stands its label.
    let view = view.unwrap_or(y_low - room..y_high + if highest.is_some() { 3.0 * room } else { room });
    let mut chart = ChartBuilder::on(area)
        .caption(words::cut(title, 12.5, words::room(area) - 56.0), text(12.5, &theme.ink))
        .margin_right(px(26.0))
        .margin_bottom(px(6.0))
        .x_label_area_size(px(if x.is_empty() { 24.0 } else { 40.0 }))
        .y_label_area_size(px(48.0))
        .build_cartesian_2d(x_low..x_high, view.clone())
        .map_err(failed)?;
    chart
        .configure_mesh()
        .bold_line_style(theme.mesh.stroke_width(width(1.0)))
        .light_line_style(theme.paper.stroke_width(width(1.0)))
        .axis_style(theme.axis.stroke_width(width(1.0)))
        .set_all_tick_mark_size(px(4.0))
        .x_labels(5)
        .y_labels(5)
        .x_label_formatter(&|v| short_number(*v))
        .y_label_formatter(&|v| short_number(*v))
        .x_desc(x)
        .label_style(text(10.0, &theme.ink))
        .axis_desc_style(text(11.5, &theme.ink))
        .draw()
        .map_err(failed)?;
    let base = area.get_base_pixel();
    for line in lines {
        let style = line.pen.color.stroke_width(width(1.7));
        // In pieces: nothing is drawn across what leaves the view.
        for piece in line.points.split(|p| !view.contains(&p.1)).filter(|piece| !piece.is_empty()) {
            let piece = piece.iter().copied();
            match line.stroke {
                Stroke::Solid | Stroke::Marked => chart.draw_series(LineSeries::new(piece, style)).map_err(failed)?,
                Stroke::Dashed => chart.draw_series(DashedLineSeries::new(piece, width(5.0), width(4.0), style)).map_err(failed)?,
            };
        }
        for point in marked(line.points.len(), &line.pen).map(|i| line.points[i]).filter(|p| view.contains(&p.1)) {
            let at = chart.backend_coord(&point);
            mark(theme, area, (at.0 - base.0, at.1 - base.1), &line.pen, line.stroke)?;
        }
    }
    if let Some(highest) = highest {
        chart.draw_series(std::iter::once(Circle::new(highest, px(4.0), theme.accent.filled()))).map_err(failed)?;
        let (at_x, at_y) = chart.backend_coord(&highest);
        // At the sides the label turns inwards.
        let share = (highest.0 - x_low) / (x_high - x_low);
        let side = if share > 0.75 {
            HPos::Right
        } else if share < 0.25 {
            HPos::Left
        } else {
            HPos::Center
        };
        let note = format!("θ = {}", short_number(highest.0));
        area.draw(&Text::new(note, (at_x - base.0, at_y - base.1 - px(7.0)), text(11.0, &theme.grey).pos(Pos::new(side, VPos::Bottom))))
            .map_err(failed)?;
    }
    Ok(())
}

/// A number in at most five figures.
pub fn figures(v: f64) -> String {
    let plain = short_number(v);
    if plain.chars().count() <= 6 || v.abs() >= 1e7 { plain } else { format!("{v:.4}") }
}
