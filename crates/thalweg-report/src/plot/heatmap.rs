//! Heat map: the best mean of the metric for each pair of two axes' values, the others chosen at their best, with its n.

use std::collections::HashMap;

use plotters::element::{PathElement, Rectangle, Text};
use plotters::prelude::Color;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::canvas::{Area, failed, figure, px, text, width};
use crate::error::ReportError;
use crate::groups::Group;
use crate::look::Look;
use crate::plot::values::{called, three_digits, values};
use crate::plot::words::{cut, heading, side_by_side, squeezed, width_of, write};
use crate::plot::{Drawn, Subject, stem};
use crate::sheet::is_larger_better;

/// The most values of an axis that a figure can show.
const MAX_VALUES: usize = 24;

/// What is known of a pair of values.
enum Cell<'a> {
    /// Its best configuration without a diverged trial.
    Measured(&'a Group, f64),
    /// In every configuration a trial diverged: how many of all.
    Diverged(usize, usize),
    /// Trials, but none with a value.
    NoValue,
    /// No trial.
    Missing,
}

/// Draws it. Without arguments: the rate, and the axes with the most values.
pub fn draw(subject: &Subject<'_>, arguments: &[String]) -> Result<Drawn, ReportError> {
    let (look, axes) = (&subject.sheet.look, &subject.sheet.axes);
    let stem = stem("heatmap", arguments);
    let (x, y) = match chosen(subject, arguments) {
        Ok(pair) => pair,
        Err(caption) => {
            let figure = figure(look, (640, 120), &caption, |root| {
                write(root, &cut(&caption, 13.0, 600.0), (20.0, 60.0), 13.0, &look.theme.grey, HPos::Left)
            })?;
            return Ok(Drawn { stem, figure, caption });
        }
    };
    let (xs, ys) = (values(subject.groups, x), values(subject.groups, y));
    let metric = subject.sheet.column();
    let rest = axes.iter().enumerate().filter(|(i, _)| *i != x && *i != y).map(|(_, a)| a.as_str()).collect::<Vec<_>>().join(", ");
    let chosen = if rest.is_empty() { String::new() } else { format!(", {rest} at their best") };
    let caption = format!(
        "Mean {metric} over the n seeds written below it, for each pair{chosen}. Hatched: every configuration has a diverged trial, d/n of them in all. Crossed out: no value. Empty: no trial."
    );
    let left = ys.iter().map(|v| width_of(called(v), 11.5)).fold(40.0, f64::max).min(150.0) + 52.0;
    let size = (((xs.len() as f64 * 72.0).max(380.0) + left + 40.0) as u32, (ys.len() as u32 * 44).max(120) + 150);
    let figure = figure(look, size, &caption, |root| {
        let title = format!("{} by {} and {}", metric.replace('_', " "), axes[x], axes[y]);
        heading(look, root, &title, &format!("mean{chosen}"))?;
        Grid { subject, look, root, size, left, x: (x, &xs), y: (y, &ys) }.draw()
    })?;
    Ok(Drawn { stem, figure, caption })
}

struct Grid<'a, 'b> {
    subject: &'a Subject<'a>,
    look: &'a Look,
    root: &'a Area<'b>,
    size: (u32, u32),
    left: f64,
    x: (usize, &'a [String]),
    y: (usize, &'a [String]),
}

/// Above the cells, in logical pixels.
const TOP: f64 = 66.0;

impl Grid<'_, '_> {
    fn draw(&self) -> Result<(), ReportError> {
        let ((x, xs), (y, ys)) = (self.x, self.y);
        let (w, h) =
            ((f64::from(self.size.0) - self.left - 40.0) / xs.len() as f64, (f64::from(self.size.1) - TOP - 66.0) / ys.len() as f64);
        let mut by_pair = HashMap::<(&str, &str), Vec<&Group>>::new();
        for group in self.subject.order.iter().map(|i| &self.subject.groups[*i]) {
            by_pair.entry((&group.cells[x], &group.cells[y])).or_default().push(group);
        }
        let cells: Vec<Vec<Cell<'_>>> =
            xs.iter().map(|cx| ys.iter().map(|cy| cell(by_pair.get(&(cx.as_str(), cy.as_str())))).collect()).collect();
        let means: Vec<f64> =
            cells.iter().flatten().filter_map(|c| if let Cell::Measured(_, mean) = c { Some(*mean) } else { None }).collect();
        let rising = share(&means);
        let is_rising = is_larger_better(&self.subject.sheet.metric);
        let share = |v: f64| if is_rising { rising(v) } else { 1.0 - rising(v) };
        for (i, column) in cells.iter().enumerate() {
            for (j, cell) in column.iter().enumerate() {
                let (x0, y0) = (self.left + w * i as f64, TOP + h * (ys.len() - 1 - j) as f64);
                self.cell(cell, (x0, y0), (w, h), &share)?;
            }
        }
        let ink = &self.look.theme.ink;
        let below = |v: f64| f64::from(self.size.1) - v;
        let across = w * xs.len() as f64;
        let labels: Vec<String> = xs.iter().map(|v| called(v).to_string()).collect();
        for (i, label) in side_by_side(&labels, 11.5, across).iter().enumerate() {
            write(self.root, label, (self.left + w * (i as f64 + 0.5), below(52.0)), 11.5, ink, HPos::Center)?;
        }
        for (j, label) in ys.iter().enumerate() {
            let label = squeezed(called(label), 11.5, self.left - 50.0);
            write(self.root, &label, (self.left - 8.0, TOP + h * ((ys.len() - 1 - j) as f64 + 0.5)), 11.5, ink, HPos::Right)?;
        }
        let axes = &self.subject.sheet.axes;
        write(self.root, &cut(&axes[x], 12.0, across), (self.left + across / 2.0, below(26.0)), 12.0, ink, HPos::Center)?;
        let upwards = text(12.0, ink).pos(Pos::new(HPos::Center, VPos::Center)).transform(plotters::style::FontTransform::Rotate270);
        let name = cut(&axes[y], 12.0, h * ys.len() as f64 + 40.0);
        self.root.draw(&Text::new(name, (px(22.0), px(TOP + h * ys.len() as f64 / 2.0)), upwards)).map_err(failed)
    }

    fn cell(&self, cell: &Cell<'_>, at: (f64, f64), (w, h): (f64, f64), share: &dyn Fn(f64) -> f64) -> Result<(), ReportError> {
        let theme = self.look.theme;
        let corners = [(px(at.0), px(at.1)), (px(at.0 + w) + 1, px(at.1 + h) + 1)];
        let inner = [(px(at.0 + 1.0), px(at.1 + 1.0)), (px(at.0 + w - 1.0), px(at.1 + h - 1.0))];
        let (middle, height) = (at.0 + w / 2.0, at.1 + h / 2.0);
        match cell {
            Cell::Measured(group, mean) => {
                let color = (theme.fill)(share(*mean));
                let ink = self.look.ink_on(color);
                self.root.draw(&Rectangle::new(corners, color.filled())).map_err(failed)?;
                write(self.root, &three_digits(*mean), (middle, height - 6.0), 12.0, &ink, HPos::Center)?;
                write(self.root, &format!("n = {}", group.values.len()), (middle, height + 10.0), 9.5, &ink, HPos::Center)
            }
            Cell::Diverged(n_diverged, n) => {
                self.root.draw(&Rectangle::new(inner, theme.empty.filled())).map_err(failed)?;
                self.hatch(at, (w, h))?;
                let words = format!("{n_diverged}/{n}");
                let half = width_of(&words, 11.0) / 2.0 + 3.0;
                let plate = [(px(middle - half), px(height - 8.0)), (px(middle + half), px(height + 8.0))];
                self.root.draw(&Rectangle::new(plate, theme.paper.filled())).map_err(failed)?;
                write(self.root, &words, (middle, height), 11.0, &theme.ink, HPos::Center)
            }
            Cell::NoValue => {
                self.root.draw(&Rectangle::new(inner, theme.mesh.stroke_width(width(1.0)))).map_err(failed)?;
                for down in [-6.0, 6.0] {
                    let ends = vec![(px(middle - 6.0), px(height - down)), (px(middle + 6.0), px(height + down))];
                    self.root.draw(&PathElement::new(ends, theme.grey.stroke_width(width(1.4)))).map_err(failed)?;
                }
                Ok(())
            }
            Cell::Missing => self.root.draw(&Rectangle::new(inner, theme.mesh.stroke_width(width(1.0)))).map_err(failed),
        }
    }

    /// Diagonals inside a cell, each cut at its sides.
    fn hatch(&self, at: (f64, f64), (w, h): (f64, f64)) -> Result<(), ReportError> {
        let (w, h, left, bottom) = (w - 2.0, h - 2.0, at.0 + 1.0, at.1 + h - 1.0);
        let style = self.look.theme.grey.mix(0.7).stroke_width(width(0.8));
        let mut offset = 7.0;
        while offset < w + h {
            // The points where x + y is the offset, measured from the lower left corner.
            let (a, b) = (f64::max(0.0, offset - h), f64::min(w, offset));
            let point = |x: f64| (px(left + x), px(bottom - (offset - x)));
            self.root.draw(&PathElement::new(vec![point(a), point(b)], style)).map_err(failed)?;
            offset += 7.0;
        }
        Ok(())
    }
}

/// What a pair's configurations amount to, which come from best to worst.
fn cell<'a>(groups: Option<&Vec<&'a Group>>) -> Cell<'a> {
    let Some(groups) = groups else { return Cell::Missing };
    let best = groups.iter().filter(|g| g.n_diverged == 0).find_map(|g| Some((*g, g.estimate?.mean)));
    let n_diverged: usize = groups.iter().map(|g| g.n_diverged).sum();
    match best {
        Some((group, mean)) => Cell::Measured(group, mean),
        None if n_diverged > 0 => Cell::Diverged(n_diverged, groups.iter().map(|g| g.rows.len()).sum()),
        None => Cell::NoValue,
    }
}

/// From a mean to its place among all, 0 to 1. Losses span decades: colours follow their logarithm, numbers stay as they are.
fn share(means: &[f64]) -> impl Fn(f64) -> f64 + use<> {
    let (lo, hi) = means.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(*v), hi.max(*v)));
    let place = move |v: f64| if lo > 0.0 && hi / lo > 8.0 { v.ln() } else { v };
    move |v| if hi > lo { (place(v) - place(lo)) / (place(hi) - place(lo)) } else { 0.5 }
}

/// The axes to draw, or why there is nothing to draw.
/// Whether there are two axes whose values have room.
pub(super) fn fits(subject: &Subject<'_>) -> bool {
    chosen(subject, &[]).is_ok()
}

fn chosen(subject: &Subject<'_>, arguments: &[String]) -> Result<(usize, usize), String> {
    let axes = &subject.sheet.axes;
    let usable = |i: usize| values(subject.groups, i).len() <= MAX_VALUES;
    let many = || format!("no heat map: an axis has more than {MAX_VALUES} values");
    if let [x, y] = arguments {
        let find = |name: &String| axes.iter().position(|a| a == name).ok_or_else(|| format!("no heat map: {name} is not swept"));
        let (x, y) = (find(x)?, find(y)?);
        return if usable(x) && usable(y) { Ok((x, y)) } else { Err(many()) };
    }
    let mut order: Vec<usize> = (0..axes.len()).filter(|i| usable(*i)).collect();
    order.sort_by_key(|i| (axes[*i] != "train.lr", std::cmp::Reverse(values(subject.groups, *i).len()), *i));
    match order[..] {
        [x, y, ..] => Ok((x, y)),
        _ if axes.len() > 1 => Err(many()),
        _ => Err("a heat map needs two axes".into()),
    }
}
