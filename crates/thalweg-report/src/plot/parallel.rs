//! Parallel coordinates: each configuration a line through its settings to its metric; the worst is drawn first, the best last.
//!
//! On a grid many lines share a value: there they are spread around it in the order of their metric, always in the same way.

use std::collections::HashSet;

use plotters::element::PathElement;
use plotters::prelude::Color;
use plotters::style::text_anchor::HPos;

use crate::canvas::{Area, failed, figure, px, width};
use crate::error::ReportError;
use crate::look::Look;
use crate::plot::axis::{Axis, Scale, tick};
use crate::plot::values::{called, numbers, values};
use crate::plot::words::{cut, heading, squeezed, write};
use crate::plot::{Drawn, Subject};
use crate::sheet::is_larger_better;

/// Values that get a place each; more of them are numbers on a scale.
const MAX_PLACES: usize = 48;
/// Lines in one figure.
const MAX_LINES: usize = 2000;
/// The upper and the lower end of the axes, in logical pixels.
const TOP: f64 = 92.0;
const BOTTOM: f64 = 420.0;
/// Where lines without a metric end.
const NOWHERE: f64 = 448.0;

/// Draws it.
pub fn draw(subject: &Subject<'_>, _arguments: &[String]) -> Result<Drawn, ReportError> {
    let (sheet, look) = (subject.sheet, &subject.sheet.look);
    let metric = metric(subject);
    let shown = shown(subject.order);
    let best = best_set(subject)?;
    let is_best = |group: usize| best.contains(&subject.groups[group].config);
    let columns: Vec<Column> = (0..sheet.axes.len()).map(|axis| column(subject, axis, &shown)).collect();
    let n_best = shown.iter().filter(|g| is_best(**g)).count();
    let n_lost = shown.iter().filter(|g| value(subject, **g).is_none()).count();
    let mut caption = format!(
        "Each line is a configuration, the mean over its seeds on the right; the best stands out, and the {n_best} that cannot be told apart from it are thick."
    );
    if n_lost > 0 {
        caption += &format!(" {n_lost} with a diverged trial, or without a value, end below the axis.");
    }
    if shown.len() < subject.order.len() {
        caption +=
            &format!(" {} of {} configurations are drawn: the best, and every so many of the others.", shown.len(), subject.order.len());
    }
    let step = (1000.0 / columns.len().max(1) as f64).clamp(110.0, 170.0);
    let size = ((step * columns.len() as f64 + 210.0).clamp(460.0, 2000.0) as u32, 478);
    let step = if columns.is_empty() { step } else { (f64::from(size.0) - 210.0) / columns.len() as f64 };
    let figure = figure(look, size, &caption, |root| {
        let note =
            if n_best > 0 { format!("thick: {n_best} of {} not told apart from the best", subject.order.len()) } else { String::new() };
        heading(look, root, &format!("{} by all settings", sheet.column().replace('_', " ")), &note)?;
        let lines: Vec<(usize, Vec<(f64, f64)>)> =
            shown.iter().enumerate().map(|(i, group)| (*group, line(subject, &columns, &metric, (i, *group), step))).collect();
        for (group, points) in lines.iter().rev() {
            let good = value(subject, *group).map(|v| metric.good(v));
            let rank = match subject.order.first() == Some(group) {
                true if good.is_some() => Rank::Best,
                _ if is_best(*group) => Rank::NotToldApart,
                _ => Rank::Other,
            };
            thread(look, root, points, good, rank)?;
        }
        for (i, column) in columns.iter().enumerate() {
            frame(look, root, left(i, step), step, (&sheet.axes[i], &column.labels()))?;
        }
        let ticks: Vec<(f64, String)> = metric.ticks();
        frame(look, root, left(columns.len(), step), step, (&sheet.column(), &ticks))?;
        if n_lost > 0 {
            write(root, "no value", (left(columns.len(), step) + 8.0, NOWHERE), 11.0, &look.theme.grey, HPos::Left)?;
        }
        Ok(())
    })?;
    Ok(Drawn { stem: "parallel".into(), figure, caption })
}

/// The best lines and every so many of the others, in the order of rank.
fn shown(order: &[usize]) -> Vec<usize> {
    let n_best = order.len().min(MAX_LINES / 2);
    let rest = &order[n_best..];
    let step = rest.len().div_ceil(MAX_LINES - n_best).max(1);
    order[..n_best].iter().chain(rest.iter().step_by(step)).copied().collect()
}

/// The configurations that the summary counts among the best.
fn best_set(subject: &Subject<'_>) -> Result<HashSet<String>, ReportError> {
    let summary = &subject.tables.summary;
    let (configs, marks) = (summary.text("config")?, summary.text("best_set")?);
    Ok(configs.into_iter().zip(marks).filter(|(_, mark)| mark.as_deref() == Some("yes")).filter_map(|(config, _)| config).collect())
}

/// A configuration's mean, if no trial of it diverged.
fn value(subject: &Subject<'_>, group: usize) -> Option<f64> {
    let group = &subject.groups[group];
    group.estimate.map(|e| e.mean).filter(|mean| mean.is_finite() && group.n_diverged == 0)
}

/// The axis of the metric.
struct Metric {
    axis: Axis,
    ends: (f64, f64),
    scale: Scale,
    is_rising: bool,
}

fn metric(subject: &Subject<'_>) -> Metric {
    let found: Vec<f64> = (0..subject.groups.len()).filter_map(|g| value(subject, g)).collect();
    let (lo, hi) = found.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(*v), hi.max(*v)));
    let is_rising = is_larger_better(&subject.sheet.metric);
    let scale = if lo > 0.0 && hi / lo > 8.0 && !is_rising { Scale::Log } else { Scale::Linear };
    Metric { axis: Axis::fit(found.into_iter(), scale), ends: (lo, hi), scale, is_rising }
}

impl Metric {
    fn place(&self, v: f64) -> f64 {
        if self.scale == Scale::Log { v.ln() } else { v }
    }

    /// How good a value is among all, 0 to 1.
    fn good(&self, v: f64) -> f64 {
        let (lo, hi) = (self.place(self.ends.0), self.place(self.ends.1));
        let share = if hi > lo { (self.place(v) - lo) / (hi - lo) } else { 0.5 };
        if self.is_rising { share } else { 1.0 - share }
    }

    /// The height of a value: the better, the higher.
    fn height(&self, v: f64) -> f64 {
        let share = self.axis.share(v);
        BOTTOM - (BOTTOM - TOP) * if self.is_rising { share } else { 1.0 - share }
    }

    fn ticks(&self) -> Vec<(f64, String)> {
        self.axis.ticks().into_iter().map(|v| (self.height(v), tick(v))).collect()
    }
}

/// One axis: places for its values, or a scale; and the height of each line on it.
struct Column {
    places: Vec<(f64, String)>,
    heights: Vec<f64>,
}

impl Column {
    /// Labels that do not lie on each other.
    fn labels(&self) -> Vec<(f64, String)> {
        let step = (14.0 * self.places.len() as f64 / (BOTTOM - TOP)).ceil().max(1.0) as usize;
        self.places.iter().step_by(step).cloned().collect()
    }
}

/// The heights of all lines on an axis, in the order of rank.
fn column(subject: &Subject<'_>, axis: usize, shown: &[usize]) -> Column {
    let cells: Vec<&String> = shown.iter().map(|g| &subject.groups[*g].cells[axis]).collect();
    let all = values(subject.groups, axis);
    if let Some(range) = numbers(&all).filter(|_| all.len() > MAX_PLACES) {
        let (lo, hi) = range.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(*v), hi.max(*v)));
        let scale = if lo > 0.0 && hi / lo > 20.0 { Scale::Log } else { Scale::Linear };
        let axis = Axis::fit(range.into_iter(), scale);
        let height = |v: f64| BOTTOM - (BOTTOM - TOP) * axis.share(v);
        let heights = cells.iter().map(|cell| height(cell.parse().unwrap_or(f64::NAN))).collect();
        return Column { places: axis.ticks().into_iter().map(|v| (height(v), tick(v))).collect(), heights };
    }
    let room = (BOTTOM - TOP) / all.len().max(1) as f64;
    let middle = |i: usize| BOTTOM - room * (i as f64 + 0.5);
    let mut heights = vec![f64::NAN; cells.len()];
    for (i, value) in all.iter().enumerate() {
        let here: Vec<usize> = (0..cells.len()).filter(|line| cells[*line] == value).collect();
        // The best uppermost; no wider than two thirds of the room, so that values stay apart.
        let spread = (0.66 * room).min(3.0 * here.len() as f64).min(44.0);
        for (rank, line) in here.iter().enumerate() {
            let share = if here.len() > 1 { rank as f64 / (here.len() - 1) as f64 - 0.5 } else { 0.0 };
            heights[*line] = middle(i) + spread * share;
        }
    }
    Column { places: all.iter().enumerate().map(|(i, v)| (middle(i), called(v).to_string())).collect(), heights }
}

fn left(i: usize, step: f64) -> f64 {
    104.0 + step * i as f64
}

/// A line's points: through all axes to the metric.
fn line(subject: &Subject<'_>, columns: &[Column], metric: &Metric, (rank, group): (usize, usize), step: f64) -> Vec<(f64, f64)> {
    let end = value(subject, group).map_or(NOWHERE, |v| metric.height(v));
    let heights = columns.iter().map(|c| c.heights[rank]).chain([end]);
    heights.enumerate().map(|(i, height)| (left(i, step), height)).collect()
}

/// How much a line stands out.
enum Rank {
    Best,
    NotToldApart,
    Other,
}

fn thread(look: &Look, root: &Area<'_>, points: &[(f64, f64)], good: Option<f64>, rank: Rank) -> Result<(), ReportError> {
    let theme = look.theme;
    let style = match (good, rank) {
        (Some(_), Rank::Best) => theme.accent.stroke_width(width(3.0)),
        (Some(good), Rank::NotToldApart) => (theme.thread)(good).stroke_width(width(2.0)),
        (Some(good), Rank::Other) => (theme.thread)(good).mix(0.8).stroke_width(width(0.8)),
        (None, _) => theme.grey.mix(0.45).stroke_width(width(0.8)),
    };
    let path: Vec<(i32, i32)> = points.iter().map(|p| (px(p.0), px(p.1))).collect();
    root.draw(&PathElement::new(path, style)).map_err(failed)
}

/// An axis with its name above and its labels on the left, on a plate of paper so that lines do not hide them.
fn frame(look: &Look, root: &Area<'_>, x: f64, step: f64, (name, labels): (&str, &[(f64, String)])) -> Result<(), ReportError> {
    let theme = look.theme;
    root.draw(&PathElement::new(vec![(px(x), px(TOP)), (px(x), px(BOTTOM))], theme.axis.stroke_width(width(1.4)))).map_err(failed)?;
    write(root, &squeezed(name, 12.0, step - 12.0), (x, TOP - 16.0), 12.0, &theme.ink, HPos::Center)?;
    for (height, label) in labels {
        let label = squeezed(label, 10.5, (step - 60.0).clamp(48.0, 86.0));
        let wide = crate::plot::words::width_of(&label, 10.5);
        let plate = [(px(x - 10.0 - wide), px(height - 7.0)), (px(x - 5.0), px(height + 7.0))];
        root.draw(&plotters::element::Rectangle::new(plate, theme.paper.mix(0.8).filled())).map_err(failed)?;
        root.draw(&PathElement::new(vec![(px(x - 3.0), px(*height)), (px(x + 3.0), px(*height))], theme.axis.stroke_width(width(1.2))))
            .map_err(failed)?;
        write(root, &cut(&label, 10.5, 90.0), (x - 7.0, *height), 10.5, &theme.ink, HPos::Right)?;
    }
    Ok(())
}
