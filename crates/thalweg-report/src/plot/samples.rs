//! What a data set looks like: a contact sheet of pictures, points in the plane, or the spread of each feature.
//!
//! Drawn from values alone; nothing here knows where they came from.

use plotters::chart::ChartBuilder;
use plotters::element::{Circle, Rectangle, Text};
use plotters::prelude::Color;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::canvas::{Area, Figure, Raster, failed, figure, figure_with, px, text, width};
use crate::error::ReportError;
use crate::look::Look;
use crate::plot::axis::{Axis, Scale};
use crate::plot::words::{cut, heading, squeezed};

/// A picture of the sheet.
pub struct Thumbnail {
    /// Above it.
    pub label: String,
    /// Pixels in a row.
    pub n_columns: usize,
    /// [rows, n_columns, 3]
    pub rgb: Vec<u8>,
}

/// Pictures in a row of the sheet.
const PER_ROW: usize = 10;

/// A sheet of pictures with their labels.
pub fn contact_sheet(look: &Look, title: &str, note: &str, pictures: &[Thumbnail]) -> Result<Figure, ReportError> {
    let (cell, edge) = ((84.0, 100.0), 76.0);
    let rows = pictures.len().div_ceil(PER_ROW).max(1);
    let at = |i: usize| (16.0 + cell.0 * (i % PER_ROW) as f64, 66.0 + cell.1 * (i / PER_ROW) as f64);
    let raster = |(i, picture): (usize, &Thumbnail)| {
        let (left, top) = at(i);
        let n_rows = picture.rgb.len() / 3 / picture.n_columns.max(1);
        let longest = picture.n_columns.max(n_rows) as f64;
        let (w, h) = (edge * picture.n_columns as f64 / longest, edge * n_rows as f64 / longest);
        let (n_columns, rgb) = (picture.n_columns, picture.rgb.clone());
        Raster { left: left + (edge - w) / 2.0, top: top + 18.0 + (edge - h) / 2.0, width: w, height: h, n_columns, rgb }
    };
    let rasters: Vec<Raster> = pictures.iter().enumerate().map(raster).collect();
    let size = (32 + (cell.0 * PER_ROW as f64) as u32, 78 + (cell.1 * rows as f64) as u32);
    figure_with(look, size, title, &rasters, |root| {
        heading(look, root, title, note)?;
        for (i, picture) in pictures.iter().enumerate() {
            let (left, top) = at(i);
            let label = cut(&picture.label, 10.5, cell.0 - 4.0);
            let style = text(10.5, &look.theme.grey).pos(Pos::new(HPos::Center, VPos::Top));
            root.draw(&Text::new(label, (px(left + edge / 2.0), px(top + 2.0)), style)).map_err(failed)?;
        }
        Ok(())
    })
}

/// Points of one colour.
pub struct Cloud {
    /// What they are.
    pub label: String,
    /// Where they are.
    pub points: Vec<(f64, f64)>,
}

/// Points in the plane; colours and shapes tell up to seven clouds apart.
pub fn scatter(look: &Look, title: &str, note: &str, axes: [&str; 2], clouds: &[Cloud]) -> Result<Figure, ReportError> {
    let is_labelled = clouds.len() > 1;
    figure(look, (if is_labelled { 700 } else { 560 }, 480), title, |root| {
        heading(look, root, title, note)?;
        let (_, body) = root.split_vertically(px(56.0));
        let (left, right) = body.split_horizontally(px(550.0));
        let all = || clouds.iter().flat_map(|c| &c.points);
        let (x, y) = (Axis::fit(all().map(|p| p.0), Scale::Linear), Axis::fit(all().map(|p| p.1), Scale::Linear));
        let mut chart = ChartBuilder::on(&left)
            .margin(px(10.0))
            .x_label_area_size(px(42.0))
            .y_label_area_size(px(62.0))
            .build_cartesian_2d(x, y)
            .map_err(failed)?;
        chart
            .configure_mesh()
            .bold_line_style(look.theme.mesh.stroke_width(width(1.0)))
            .axis_style(look.theme.axis.stroke_width(width(1.0)))
            .set_all_tick_mark_size(px(4.0))
            .x_desc(axes[0])
            .y_desc(axes[1])
            .label_style(text(11.0, &look.theme.ink))
            .axis_desc_style(text(12.0, &look.theme.ink))
            .draw()
            .map_err(failed)?;
        for (i, cloud) in clouds.iter().enumerate() {
            let color = look.pen(i).color;
            // Filled, then ringed: colour is never the only cue.
            let style = if i % 2 == 0 { color.mix(0.8).filled() } else { color.stroke_width(width(1.3)) };
            chart.draw_series(cloud.points.iter().map(|p| Circle::new(*p, px(2.6), style))).map_err(failed)?;
            if is_labelled && i < 18 {
                let at = (px(14.0), px(22.0 + 20.0 * i as f64));
                right.draw(&Circle::new(at, px(3.4), style)).map_err(failed)?;
                let label = squeezed(&cloud.label, 11.5, 110.0);
                let beside = text(11.5, &look.theme.ink).pos(Pos::new(HPos::Left, VPos::Center));
                right.draw(&Text::new(label, (at.0 + px(12.0), at.1), beside)).map_err(failed)?;
            }
        }
        Ok(())
    })
}

/// Bars of a histogram.
const BINS: usize = 24;
/// Histograms in a row.
const HISTOGRAMS_PER_ROW: usize = 5;

/// The spread of each feature, at most 30 of them.
pub fn histograms(look: &Look, title: &str, note: &str, features: &[(String, Vec<f64>)]) -> Result<Figure, ReportError> {
    let features = &features[..features.len().min(30)];
    let columns = features.len().clamp(1, HISTOGRAMS_PER_ROW);
    let rows = features.len().div_ceil(columns).max(1);
    figure(look, ((190 * columns as u32 + 20).max(420), 66 + 160 * rows as u32), title, |root| {
        heading(look, root, title, note)?;
        let (_, body) = root.split_vertically(px(60.0));
        for (area, (name, values)) in body.split_evenly((rows, columns)).iter().zip(features) {
            histogram(look, area, name, values)?;
        }
        Ok(())
    })
}

fn histogram(look: &Look, area: &Area<'_>, name: &str, values: &[f64]) -> Result<(), ReportError> {
    let fine = || values.iter().copied().filter(|v| v.is_finite());
    let (lo, hi) = fine().fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(v), hi.max(v)));
    let hi = if hi > lo { hi } else { lo + 1.0 };
    let mut counts = [0usize; BINS];
    fine().for_each(|v| counts[(((v - lo) / (hi - lo) * BINS as f64) as usize).min(BINS - 1)] += 1);
    let most = counts.iter().copied().max().unwrap_or(1).max(1) as f64;
    let name = squeezed(name, 11.5, 150.0);
    let mut chart = ChartBuilder::on(area)
        .caption(name, text(11.5, &look.theme.ink))
        .margin_left(px(10.0))
        .margin_right(px(12.0))
        .margin_top(px(4.0))
        .x_label_area_size(px(26.0))
        .y_label_area_size(px(40.0))
        .build_cartesian_2d(Axis::exact(lo, hi), Axis::exact(0.0, 1.08 * most))
        .map_err(failed)?;
    chart
        .configure_mesh()
        .disable_mesh()
        .axis_style(look.theme.axis.stroke_width(width(1.0)))
        .set_all_tick_mark_size(px(3.0))
        .x_labels(3)
        .y_labels(3)
        .label_style(text(9.5, &look.theme.ink))
        .draw()
        .map_err(failed)?;
    let step = (hi - lo) / BINS as f64;
    let bars = counts.iter().enumerate().filter(|(_, n)| **n > 0);
    let bar = |(i, n): (usize, &usize)| {
        Rectangle::new([(lo + step * i as f64, 0.0), (lo + step * (i + 1) as f64, *n as f64)], look.pen(0).color.mix(0.75).filled())
    };
    chart.draw_series(bars.map(bar)).map_err(failed)?;
    Ok(())
}
