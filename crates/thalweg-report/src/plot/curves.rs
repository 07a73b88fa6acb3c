//! Curves over epochs with bands over seeds, and the panel that shows them.

use std::collections::HashMap;

use plotters::chart::ChartBuilder;
use plotters::element::{PathElement, Polygon};
use plotters::prelude::{Color, DashedLineSeries, LineSeries, RGBColor};

use crate::canvas::{Area, GREY, INK, failed, px, text, width};
use crate::error::ReportError;
use crate::groups::Group;
use crate::plot::axis::{Axis, Scale};
use crate::stats::{Estimate, estimate};
use crate::table::Table;

/// The epochs of every trial, by configuration.
pub struct Curves {
    /// The rows of all trials.
    rows: HashMap<String, Vec<usize>>,
    /// By row, whether the trial did not diverge.
    is_ok: Vec<bool>,
    epoch: Vec<Option<i64>>,
    columns: HashMap<String, Vec<Option<f64>>>,
}

/// The columns of `epochs.csv` that are no quantity.
const IDENTITY: [&str; 4] = ["key", "config", "seed", "epoch"];

impl Curves {
    /// Indexes `epochs.csv`; trials that diverged are left out of every mean but those by rate.
    pub fn new(epochs: &Table, trials: &Table) -> Result<Curves, ReportError> {
        let status = trials.text("status")?;
        let fine: HashMap<String, bool> =
            trials.text("key")?.into_iter().zip(status).map(|(k, s)| (k.unwrap_or_default(), s.as_deref() == Some("ok"))).collect();
        let mut rows = HashMap::<String, Vec<usize>>::new();
        for (row, config) in epochs.text("config")?.into_iter().enumerate() {
            rows.entry(config.unwrap_or_default()).or_default().push(row);
        }
        let is_ok = epochs.text("key")?.into_iter().map(|key| fine.get(&key.unwrap_or_default()) == Some(&true)).collect();
        let quantities = epochs.names().into_iter().filter(|name| !IDENTITY.contains(&name.as_str()));
        let columns = quantities.map(|name| Ok((name.clone(), epochs.float(&name)?))).collect::<Result<_, ReportError>>()?;
        Ok(Curves { rows, is_ok, epoch: epochs.int("epoch")?, columns })
    }

    /// A quantity by epoch, with its spread over seeds, as far as all of them go: the mean of those that stopped later would be another
    /// quantity. Empty where nothing was measured.
    pub fn of(&self, group: &Group, column: &str) -> Vec<(f64, Estimate)> {
        all_seeds(self.by_epoch(group, |row| self.ok(row, self.columns.get(column)?[row]?)))
    }

    /// A quantity by the learning rate that was reached, which is the same for all seeds. Trials that diverge count until they do:
    /// where that happens is what a range test is for.
    pub fn by_rate(&self, group: &Group, column: &str) -> Vec<(f64, Estimate)> {
        self.by_epoch(group, |row| {
            let rate = self.columns.get("lr")?[row].filter(|rate| *rate > 0.0)?;
            Some((rate, self.columns.get(column)?[row]?))
        })
    }

    /// Validation loss minus training loss by epoch.
    pub fn gap(&self, group: &Group) -> Vec<(f64, Estimate)> {
        all_seeds(self.by_epoch(group, |row| self.ok(row, self.columns["valid_loss"][row]? - self.columns["train_loss"][row]?)))
    }

    /// A value at its epoch, unless its trial diverged.
    fn ok(&self, row: usize, value: f64) -> Option<(f64, f64)> {
        Some((self.epoch[row]? as f64, value)).filter(|_| self.is_ok[row])
    }

    /// Means over the rows of an epoch, in the order of epochs; `point` is a row's place along the axis and its value.
    fn by_epoch(&self, group: &Group, point: impl Fn(usize) -> Option<(f64, f64)>) -> Vec<(f64, Estimate)> {
        let mut found = std::collections::BTreeMap::<i64, (f64, Vec<f64>)>::new();
        for &row in self.rows.get(&group.config).into_iter().flatten() {
            if let (Some(epoch), Some((at, v))) = (self.epoch[row], point(row).filter(|p| p.1.is_finite())) {
                found.entry(epoch).or_insert((at, Vec::new())).1.push(v);
            }
        }
        found.into_values().filter_map(|(at, values)| Some((at, estimate(&values)?))).collect()
    }
}

/// The epochs that as many seeds have as any.
fn all_seeds(points: Vec<(f64, Estimate)>) -> Vec<(f64, Estimate)> {
    let most = points.iter().map(|p| p.1.n).max().unwrap_or(0);
    points.into_iter().filter(|p| p.1.n == most).collect()
}

/// A line of a panel.
pub struct Line {
    /// By epoch.
    pub points: Vec<(f64, Estimate)>,
    /// Its colour.
    pub color: RGBColor,
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
    /// An epoch to mark, with its label.
    pub mark: Option<(f64, String)>,
    /// The value axis.
    pub scale: Scale,
    /// The axis below.
    pub along: Scale,
    /// Words that stand for 0, 1, … on that axis.
    pub names: Option<&'a [String]>,
}

/// The scale that shows all lines best: logarithmic where means span more than a factor of 8 above 0.
pub fn scale(lines: &[Line]) -> Scale {
    let means = || lines.iter().flat_map(|l| &l.points).map(|p| p.1.mean);
    let (lo, hi) = means().fold((f64::INFINITY, 0.0f64), |(lo, hi), v| (lo.min(v), hi.max(v)));
    if lo > 0.0 && hi / lo > 8.0 { Scale::Log } else { Scale::Linear }
}

/// Draws a panel; an empty one says so.
pub fn panel(area: &Area<'_>, p: &Panel<'_>) -> Result<(), ReportError> {
    if p.lines.iter().all(|l| l.points.is_empty()) {
        let (_, h) = area.dim_in_pixel();
        let note = plotters::element::Text::new(format!("{}: nothing was measured", p.y), (px(70.0), h as i32 / 2), text(13.0, &GREY));
        return area.draw(&note).map_err(failed);
    }
    let points = || p.lines.iter().flat_map(|l| &l.points);
    let last = points().map(|q| q.0).fold(0.0, f64::max);
    let first = points().map(|q| q.0).fold(f64::INFINITY, f64::min);
    let means = Axis::fit(points().map(|q| q.1.mean), p.scale);
    // The band may reach far below a small mean on a log axis, or far above all means: cut it at the axis then.
    let range = plotters::coord::ranged1d::Ranged::range(&means);
    let is_marked = |l: &&Line| l.stroke == Stroke::Marked;
    let bars = p.lines.iter().filter(is_marked).flat_map(|l| &l.points).flat_map(|q| [q.1.low, q.1.high]);
    let bands = points().flat_map(|q| [q.1.low, q.1.high]).filter(|v| v.is_finite()).map(|v| match p.scale {
        Scale::Log => v.clamp(range.start / 2.0, range.end * 2.0),
        Scale::Linear => v.clamp(range.start - 0.5 * (range.end - range.start), range.end + 0.5 * (range.end - range.start)),
    });
    let y = Axis::fit(bands.chain(bars).chain(points().map(|q| q.1.mean)), p.scale);
    let x = match p.along {
        _ if p.names.is_some() => Axis::named(p.names.unwrap_or_default()),
        Scale::Linear if p.lines.iter().any(|l| l.stroke == Stroke::Marked) => Axis::fit([first, last].into_iter(), Scale::Linear),
        Scale::Linear => Axis::exact(first.min(1.0), last),
        Scale::Log => Axis::fit([first, last].into_iter(), Scale::Log),
    };
    let mut chart = ChartBuilder::on(area)
        .caption(p.title, text(13.0, &INK))
        .margin_left(px(8.0))
        .margin_right(px(14.0))
        .margin_top(px(6.0))
        .margin_bottom(px(6.0))
        .x_label_area_size(px(42.0))
        .y_label_area_size(px(62.0))
        .build_cartesian_2d(x, y.clone())
        .map_err(failed)?;
    chart
        .configure_mesh()
        .bold_line_style(RGBColor(226, 226, 226).stroke_width(width(1.0)))
        .axis_style(RGBColor(120, 120, 120).stroke_width(width(1.0)))
        .set_all_tick_mark_size(px(4.0))
        .x_desc(p.x)
        .y_desc(p.y)
        .label_style(text(11.0, &INK))
        .axis_desc_style(text(12.0, &INK))
        .draw()
        .map_err(failed)?;
    for line in p.lines {
        let upper = line.points.iter().filter(|q| q.1.high.is_finite()).map(|q| (q.0, y.clamp(q.1.high)));
        let lower = line.points.iter().rev().filter(|q| q.1.low.is_finite()).map(|q| (q.0, y.clamp(q.1.low)));
        let band: Vec<(f64, f64)> = upper.chain(lower).collect();
        // Between words there is nothing.
        if line.stroke != Stroke::Marked && p.names.is_none() && band.len() > 3 {
            chart.draw_series(std::iter::once(Polygon::new(band, line.color.mix(0.15)))).map_err(failed)?;
        }
    }
    for line in p.lines {
        let mean = line.points.iter().map(|q| (q.0, q.1.mean));
        let style = line.color.stroke_width(width(1.8));
        match line.stroke {
            Stroke::Solid | Stroke::Marked => chart.draw_series(LineSeries::new(mean, style)).map_err(failed)?,
            Stroke::Dashed => chart.draw_series(DashedLineSeries::new(mean, width(6.0), width(4.0), style)).map_err(failed)?,
        };
        if line.stroke == Stroke::Marked {
            let known = line.points.iter().filter(|q| q.1.low.is_finite());
            let bars = known.map(|q| PathElement::new(vec![(q.0, y.clamp(q.1.low)), (q.0, y.clamp(q.1.high))], style));
            chart.draw_series(bars).map_err(failed)?;
        }
        if line.stroke == Stroke::Marked || line.points.len() == 1 {
            let dot = |q: &(f64, Estimate)| plotters::element::Circle::new((q.0, q.1.mean), px(3.0), line.color.filled());
            chart.draw_series(line.points.iter().map(dot)).map_err(failed)?;
        }
    }
    if let Some((epoch, label)) = &p.mark {
        let ends = plotters::coord::ranged1d::Ranged::range(&y);
        chart
            .draw_series(DashedLineSeries::new(
                [(*epoch, ends.start), (*epoch, ends.end)],
                width(2.0),
                width(3.0),
                GREY.stroke_width(width(1.2)),
            ))
            .map_err(failed)?;
        let (x, top) = chart.backend_coord(&(*epoch, ends.end));
        let (base_x, base_y) = area.get_base_pixel();
        let right_half = *epoch > (first + last) / 2.0;
        let anchor = plotters::style::text_anchor::Pos::new(
            if right_half { plotters::style::text_anchor::HPos::Right } else { plotters::style::text_anchor::HPos::Left },
            plotters::style::text_anchor::VPos::Top,
        );
        let shift = if right_half { -px(5.0) } else { px(5.0) };
        let note = plotters::element::Text::new(label.clone(), (x - base_x + shift, top - base_y + px(3.0)), text(11.0, &GREY).pos(anchor));
        area.draw(&note).map_err(failed)?;
    }
    Ok(())
}

/// The most characters of a legend's entry that its column has room for.
const MAX_LABEL: usize = 34;

/// A long label without its middle: values differ at their ends.
fn elided(label: &str) -> String {
    let letters: Vec<char> = label.chars().collect();
    if letters.len() <= MAX_LABEL {
        return label.to_string();
    }
    let (head, tail) = (&letters[..MAX_LABEL / 3], &letters[letters.len() - (MAX_LABEL - MAX_LABEL / 3 - 1)..]);
    head.iter().chain(&['…']).chain(tail).collect()
}

/// One entry of a legend, at a height in logical pixels.
pub fn legend_entry(area: &Area<'_>, top: f64, label: &str, color: RGBColor, stroke: Stroke) -> Result<(), ReportError> {
    let y = px(top);
    let dashes: &[(f64, f64)] = if stroke != Stroke::Dashed { &[(4.0, 28.0)] } else { &[(4.0, 10.0), (14.0, 20.0), (24.0, 28.0)] };
    for (from, to) in dashes {
        area.draw(&PathElement::new(vec![(px(*from), y), (px(*to), y)], color.stroke_width(width(1.8)))).map_err(failed)?;
    }
    let centre =
        plotters::style::text_anchor::Pos::new(plotters::style::text_anchor::HPos::Left, plotters::style::text_anchor::VPos::Center);
    area.draw(&plotters::element::Text::new(elided(label), (px(34.0), y), text(11.5, &INK).pos(centre))).map_err(failed)
}
