//! A picture as numbers: its channels, its grey, its hue, saturation and lightness, and how often each level occurs.

use plotters::element::Text;

use crate::canvas::{Raster, failed, figure_with, px, text};
use crate::error::ReportError;
use crate::groups::Group;
use crate::plot::panel::{Line, Panel, Stroke, legend_entry, panel};
use crate::plot::words::{cut, room};
use crate::plot::{Drawn, Subject};

/// Pictures in one figure, at most.
const MAX_PICTURES: usize = 4;
/// Width and height of a small picture's place.
const CELL: (f64, f64) = (168.0, 150.0);
/// Height of one picture's strip.
const STRIP: u32 = 390;

/// The columns that make a small picture's red, green and blue; an empty name is 0.
const SMALL: [(&str, [&str; 3]); 8] = [
    ("picture", ["red", "green", "blue"]),
    ("red", ["red", "", ""]),
    ("green", ["", "green", ""]),
    ("blue", ["", "", "blue"]),
    ("grey", ["gray", "gray", "gray"]),
    ("hue", ["hue_red", "hue_green", "hue_blue"]),
    ("saturation", ["saturation", "saturation", "saturation"]),
    ("lightness", ["lightness", "lightness", "lightness"]),
];

/// Draws it.
pub fn draw(subject: &Subject<'_>, _arguments: &[String]) -> Result<Drawn, ReportError> {
    let look = &subject.sheet.look;
    let shown = &subject.groups[..subject.groups.len().min(MAX_PICTURES)];
    let shapes = shown.iter().map(|group| shape(subject, group)).collect::<Result<Vec<_>, _>>()?;
    let labels: Vec<String> = shown
        .iter()
        .zip(&shapes)
        .map(
            |(group, shape)| {
                if subject.sheet.axes.is_empty() { shape.clone() } else { format!("{}: {shape}", group.label(&subject.sheet.axes)) }
            },
        )
        .collect();
    let more = subject.groups.len().saturating_sub(shown.len());
    let more = if more > 0 { format!("; {more} more are in the tables") } else { String::new() };
    let caption = format!("{}{more}. Right: pixels of each level.", labels.join("; "));
    let mut rasters = Vec::new();
    for (i, group) in shown.iter().enumerate() {
        rasters.extend(small(subject, group, f64::from(STRIP) * i as f64)?);
    }
    let figure = figure_with(look, (1080, STRIP * shown.len().max(1) as u32), &caption, &rasters, |root| {
        if shown.is_empty() {
            root.draw(&Text::new("no picture was measured", (px(14.0), px(12.0)), text(15.0, &look.theme.grey))).map_err(failed)?;
        }
        for (i, (group, label)) in shown.iter().zip(&labels).enumerate() {
            let top = f64::from(STRIP) * i as f64;
            root.draw(&Text::new(cut(label, 15.0, room(root) - 28.0), (px(14.0), px(top + 12.0)), text(15.0, &look.theme.ink)))
                .map_err(failed)?;
            for (j, (name, _)) in SMALL.iter().enumerate() {
                let (left, top) = place(j, top);
                root.draw(&Text::new(name.to_string(), (px(left), px(top)), text(11.0, &look.theme.grey))).map_err(failed)?;
            }
            let line = |j: usize, name: &str| Line { points: subject.curves.of(group, name), pen: look.pen(j), stroke: Stroke::Solid };
            // Vermilion, green, blue and the colour of text, each the nearest of its channel.
            let lines = [line(1, "red"), line(2, "green"), line(0, "blue"), line(6, "gray")];
            let (_, right) = root.split_horizontally(px(700.0));
            let (_, below) = right.split_vertically(px(top + 30.0));
            let (body, _) = below.split_vertically(px(f64::from(STRIP) - 60.0));
            let (legend, body) = body.split_vertically(px(22.0));
            for (area, (name, color)) in legend.split_evenly((1, 4)).iter().zip([("red", 1), ("green", 2), ("blue", 0), ("grey", 6)]) {
                legend_entry(look, area, 10.0, name, look.pen(color), Stroke::Solid)?;
            }
            panel(look, &body, &Panel { y: "pixels", x: "level", lines: &lines, ..Panel::default() })?;
        }
        Ok(())
    })?;
    Ok(Drawn { stem: "picture".into(), figure, caption })
}

/// Height × width × channels, and their product.
fn shape(subject: &Subject<'_>, group: &Group) -> Result<String, ReportError> {
    let number = |name: &str| -> Result<i64, ReportError> {
        let column = subject.tables.trials.float(name)?;
        Ok(group.rows.first().and_then(|row| column[*row]).unwrap_or(f64::NAN) as i64)
    };
    let [h, w, c, n] = [number("height")?, number("width")?, number("channels")?, number("n_elements")?];
    Ok(format!("{h} × {w} × {c} = {n} numbers of 0 to 255 (height × width × channels)"))
}

fn place(j: usize, top: f64) -> (f64, f64) {
    (16.0 + CELL.0 * (j % 4) as f64, top + 42.0 + (CELL.1 + 20.0) * (j / 4) as f64)
}

/// A picture's small pictures.
fn small(subject: &Subject<'_>, group: &Group, top: f64) -> Result<Vec<Raster>, ReportError> {
    let Some(backdrop) = &subject.tables.backdrop else { return Ok(Vec::new()) };
    let config = backdrop.text("config")?;
    let rows: Vec<usize> = (0..backdrop.n_rows()).filter(|r| config[*r].as_deref() == Some(&group.config)).collect();
    let xs = backdrop.int("x")?;
    let n_columns = rows.iter().filter_map(|r| xs[*r]).max().map_or(0, |x| x as usize + 1);
    if n_columns == 0 {
        return Ok(Vec::new());
    }
    let n_rows = rows.len() / n_columns;
    let fit = ((CELL.0 - 12.0) / n_columns as f64).min((CELL.1 - 8.0) / n_rows as f64);
    let one = |(j, (_, planes)): (usize, &(&str, [&str; 3]))| {
        let columns = planes.map(|name| if name.is_empty() { Ok(None) } else { backdrop.int(name).map(Some) });
        let columns = columns.into_iter().collect::<Result<Vec<_>, _>>()?;
        let level = |column: &Option<Vec<Option<i64>>>, row: usize| column.as_ref().and_then(|c| c[row]).unwrap_or(0) as u8;
        let rgb = rows.iter().flat_map(|row| columns.iter().map(move |c| level(c, *row)).collect::<Vec<_>>()).collect();
        let (left, top) = place(j, top);
        Ok(Raster { left, top: top + 17.0, width: fit * n_columns as f64, height: fit * n_rows as f64, n_columns, rgb })
    };
    SMALL.iter().enumerate().map(one).collect()
}
