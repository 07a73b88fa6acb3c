//! What the units of a first layer look for: their weights as pictures, in one colour where a bright pixel speaks for the unit and in
//! another where it speaks against it. All pictures have one scale.

use plotters::element::Rectangle;
use plotters::prelude::Color;
use plotters::style::text_anchor::HPos;

use crate::canvas::{Raster, failed, figure_with, px, width};
use crate::error::ReportError;
use crate::examined::Templates;
use crate::look::Look;
use crate::plot::confusion::nothing;
use crate::plot::values::three_digits;
use crate::plot::words::{cut, heading, write};
use crate::plot::{Drawn, Subject};

/// As written in `plots`.
pub const NAME: &str = "templates";
/// A picture's place and its edge, in logical pixels.
const CELL: (f64, f64) = (152.0, 166.0);
const EDGE: f64 = 136.0;
/// Where the first picture's name stands.
const LEFT: f64 = 16.0;
const TOP: f64 = 66.0;
/// The colour bar's height, and what it takes on the right with its numbers.
const BAR: f64 = 136.0;
const BAR_ROOM: f64 = 96.0;

/// Draws it.
pub fn draw(subject: &Subject<'_>, _arguments: &[String]) -> Result<Drawn, ReportError> {
    let look = &subject.sheet.look;
    let Some(found) = subject.tables.examined.as_ref().and_then(|e| e.templates.as_ref()).filter(|t| !t.shown.is_empty()) else {
        let why = "it takes a network whose inputs are a picture when they reach its first layer, and weights that were kept";
        return Ok(Drawn { stem: NAME.into(), ..nothing(subject, why)? });
    };
    let of = subject.order.first().map_or(String::new(), |g| subject.groups[*g].label(&subject.sheet.axes));
    let weights = || found.shown.iter().flat_map(|t| &t.weights).filter(|w| w.is_finite());
    let largest = weights().fold(0.0f64, |most, w| most.max(w.abs()));
    let color = |weight: f64| look.diverging(if largest > 0.0 && weight.is_finite() { weight / largest } else { 0.0 });
    // Ten classes are two rows, sixteen units four.
    let per_row = if found.shown.len() > 10 { 4 } else { 5 };
    let (across, down) = (found.shown.len().min(per_row), found.shown.len().div_ceil(per_row));
    let place = |i: usize| (LEFT + CELL.0 * (i % per_row) as f64, TOP + 20.0 + CELL.1 * (i / per_row) as f64);
    let mut rasters: Vec<Raster> = Vec::new();
    for (i, template) in found.shown.iter().enumerate() {
        let (left, top) = place(i);
        let n_rows = template.weights.len() / found.n_columns.max(1);
        let pixel = EDGE / found.n_columns.max(n_rows).max(1) as f64;
        let rgb = template.weights.iter().map(|w| color(*w)).flat_map(|c| [c.0, c.1, c.2]).collect();
        let (width, height) = (pixel * found.n_columns as f64, pixel * n_rows as f64);
        rasters.push(Raster { left, top, width, height, n_columns: found.n_columns, rgb });
    }
    let frames: Vec<[f64; 4]> = rasters.iter().map(|r| [r.left, r.top, r.left + r.width, r.top + r.height]).collect();
    let bar_left = (LEFT + CELL.0 * across as f64).max(560.0 - BAR_ROOM);
    rasters.push(bar(look, bar_left));
    let what = if found.are_outputs { "What each class looks for" } else { "What the first layer looks for" };
    let caption = caption(found, &of);
    let size = ((bar_left + BAR_ROOM) as u32, (TOP + CELL.1 * down as f64 + 14.0) as u32);
    let figure = figure_with(look, size, &caption, &rasters, |root| {
        let transforms = if found.transforms.is_empty() { String::new() } else { format!(", behind {}", found.transforms) };
        heading(
            look,
            root,
            what,
            &format!("weights of the first layer by pixel{transforms}; seed {} of the best configuration", found.seed),
        )?;
        for (i, (template, [left, top, right, bottom])) in found.shown.iter().zip(&frames).enumerate() {
            let corners = [(px(left - 1.0), px(top - 1.0)), (px(right + 1.0), px(bottom + 1.0))];
            root.draw(&Rectangle::new(corners, look.theme.axis.stroke_width(width(1.0)))).map_err(failed)?;
            let name = cut(&template.name, 12.0, EDGE);
            write(root, &name, (place(i).0, top - 12.0), 12.0, &look.theme.ink, HPos::Left)?;
        }
        for (share, word) in [(1.0, three_digits(largest)), (0.0, "0".into()), (-1.0, format!("−{}", three_digits(largest)))] {
            let at = (bar_left + 20.0, TOP + 20.0 + BAR * (1.0 - share) / 2.0);
            write(root, &word, at, 11.0, &look.theme.ink, HPos::Left)?;
        }
        Ok(())
    })?;
    Ok(Drawn { stem: NAME.into(), figure, caption })
}

/// The largest weight above, its negative below.
fn bar(look: &Look, left: f64) -> Raster {
    const STEPS: usize = 65;
    let share = |i: usize| 1.0 - 2.0 * i as f64 / (STEPS - 1) as f64;
    let rgb = (0..STEPS).map(|i| look.diverging(share(i))).flat_map(|c| [c.0, c.1, c.2]).collect();
    Raster { left, top: TOP + 20.0, width: 14.0, height: BAR, n_columns: 1, rgb }
}

fn caption(found: &Templates, of: &str) -> String {
    let which = match (found.are_outputs, found.shown.len() == found.n_units) {
        (true, true) => "each output".to_string(),
        (false, true) => "each unit".to_string(),
        _ => format!("the first {} of {} units", found.shown.len(), found.n_units),
    };
    let channels =
        if found.n_channels > 1 { format!(", the mean over the {} channels of a pixel", found.n_channels) } else { String::new() };
    let transforms = match found.transforms.as_str() {
        "" => "The weights act on the pixels as they are".to_string(),
        transforms => format!("The weights act on what {transforms} makes of the pixels, not on their levels"),
    };
    format!(
        "Weights of {which}{channels}, of seed {} of the best configuration ({of}). Where a picture has the upper colours of the bar, a large \
         input speaks for it, where it has the lower ones against it. {transforms}; all pictures have one scale.",
        found.seed
    )
}
