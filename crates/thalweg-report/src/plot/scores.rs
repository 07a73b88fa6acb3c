//! What losses say of given scores: a strip for each configuration, a row for each score, bars for the score, what it means, and the
//! slope of the loss.
//!
//! Bars of one kind have one scale in the whole figure, so that configurations may be compared; the numbers stand beside them.

use std::collections::BTreeSet;

use plotters::element::{PathElement, Rectangle};
use plotters::prelude::Color;
use plotters::style::text_anchor::HPos;

use crate::canvas::{Area, failed, figure, px, width};
use crate::error::ReportError;
use crate::files;
use crate::groups::Group;
use crate::plot::words::{cut, heading, squeezed, write};
use crate::plot::{Drawn, Subject, few_of};

/// Strips in one figure, and rows in a strip, at most.
const MAX_STRIPS: usize = 9;
const MAX_ROWS: usize = 12;
/// Where the columns of bars begin, how wide they are, and what of it the numbers take on each side.
const LEFT: f64 = 136.0;
const COLUMN: f64 = 250.0;
const NUMBER: f64 = 58.0;
/// What a number that is true is called in the table.
const TARGET: &str = "target";
/// How the label of the true class ends.
const TRUTH: &str = "the truth";
/// Heights of the figure's heading, a strip's head and foot, and a row.
const TOP: f64 = 86.0;
const HEAD: f64 = 22.0;
const FOOT: f64 = 16.0;
const ROW: f64 = 20.0;

/// A score with what belongs to it: the score, what it means, the slope.
struct Row {
    label: String,
    numbers: [Option<f64>; 3],
}

/// What is drawn of a configuration.
struct Strip {
    title: String,
    label: String,
    /// What the second number is; empty: there is none.
    beside: String,
    rows: Vec<Row>,
    n_hidden: usize,
}

/// Draws it.
pub fn draw(subject: &Subject<'_>, _arguments: &[String]) -> Result<Drawn, ReportError> {
    let look = &subject.sheet.look;
    let shown = few_of((0..subject.groups.len()).collect(), MAX_STRIPS);
    let strips = shown.iter().map(|g| strip(subject, &subject.groups[*g])).collect::<Result<Vec<_>, _>>()?;
    let more = subject.groups.len() - shown.len();
    let more = if more > 0 { format!(" {more} more configurations are in the tables.") } else { String::new() };
    let caption = format!(
        "Each score, what it means, and the slope of the loss by it: descent pushes a score against its slope. {}.{more}",
        strips.iter().map(|s| format!("{}: {}", s.label, s.title)).collect::<Vec<_>>().join("; ")
    );
    let kinds: BTreeSet<&str> = strips.iter().map(|s| s.beside.as_str()).filter(|kind| !kind.is_empty()).collect();
    let names = ["score".to_string(), kinds.iter().copied().collect::<Vec<_>>().join(" or "), "slope of the loss".to_string()];
    let ends = |columns: &[usize]| {
        let all = strips.iter().flat_map(|s| &s.rows).flat_map(|r| columns.iter().filter_map(|i| r.numbers[*i]));
        all.fold((0.0, 0.0), |(lo, hi): (f64, f64), v| (lo.min(v), hi.max(v)))
    };
    // A score is compared with its target.
    let scales = if kinds.contains(TARGET) { [ends(&[0, 1]), ends(&[0, 1]), ends(&[2])] } else { [ends(&[0]), ends(&[1]), ends(&[2])] };
    let tall = |s: &Strip| HEAD + ROW * (s.rows.len() + usize::from(s.n_hidden > 0)) as f64 + FOOT;
    let height = TOP + strips.iter().map(tall).sum::<f64>().max(30.0);
    figure(look, (900, height as u32), &caption, |root| {
        let note = format!("bars of a column have one scale; the slope is that of the loss by the score.{more}");
        heading(look, root, "What a loss says of given scores", &note)?;
        for (i, name) in names.iter().enumerate() {
            write(root, name, (zero(scales[i], i).0, TOP - 16.0), 10.5, &look.theme.grey, HPos::Center)?;
        }
        let mut top = TOP;
        for one in &strips {
            draw_strip(subject, root, one, &scales, top)?;
            top += tall(one);
        }
        Ok(())
    })
    .map(|figure| Drawn { stem: "scores".into(), figure, caption })
}

fn strip(subject: &Subject<'_>, group: &Group) -> Result<Strip, ReportError> {
    let backdrop = subject.tables.backdrop.as_ref().ok_or_else(|| failed("scores are for kind = \"scores\""))?;
    let config = backdrop.text("config")?;
    let places: Vec<usize> = (0..backdrop.n_rows()).filter(|r| config[*r].as_deref() == Some(&group.config)).collect();
    let columns = [backdrop.float("score")?, backdrop.float("value")?, backdrop.float("gradient")?];
    let (labels, beside) = (backdrop.text("label")?, backdrop.text("beside")?);
    let is_truth = |row: &&usize| labels[**row].as_deref().is_some_and(|l| l.ends_with(TRUTH));
    let mut shown: Vec<usize> = places.iter().copied().take(MAX_ROWS).collect();
    // The truth is never left out.
    if let (Some(truth), Some(last)) = (places.iter().skip(MAX_ROWS).find(is_truth), shown.last_mut()) {
        *last = *truth;
    }
    let rows = shown.iter().map(|r| Row {
        label: labels[*r].clone().unwrap_or_default(),
        numbers: std::array::from_fn(|i| columns[i][*r].filter(|v| v.is_finite())),
    });
    let first = |column: Vec<Option<String>>| places.first().and_then(|r| column[*r].clone()).unwrap_or_default();
    let number = |name: &str| -> Result<Option<f64>, ReportError> {
        let column = subject.tables.trials.float(name)?;
        Ok(group.rows.first().and_then(|r| column[*r]).filter(|v| v.is_finite()))
    };
    let loss = number("loss_final")?.map_or("nothing was measured".into(), figures);
    let base10 = number("loss_base10_final")?.map_or(String::new(), |v| format!(", {} in base 10", figures(v)));
    Ok(Strip {
        title: format!("{}: {loss} {}", first(backdrop.text("loss")?), first(backdrop.text("unit")?)).trim_end().to_string() + &base10,
        label: group.label(&subject.sheet.axes),
        beside: first(beside),
        rows: rows.collect(),
        n_hidden: places.len().saturating_sub(MAX_ROWS),
    })
}

fn draw_strip(subject: &Subject<'_>, root: &Area<'_>, strip: &Strip, scales: &[(f64, f64); 3], top: f64) -> Result<(), ReportError> {
    let theme = subject.sheet.look.theme;
    write(root, &cut(&strip.title, 13.0, 370.0), (14.0, top + 8.0), 13.0, &theme.ink, HPos::Left)?;
    if !subject.sheet.axes.is_empty() {
        write(root, &squeezed(&strip.label, 11.0, 490.0), (886.0, top + 8.0), 11.0, &theme.grey, HPos::Right)?;
    }
    for (i, scale) in scales.iter().enumerate().filter(|(i, _)| *i != 1 || !strip.beside.is_empty()) {
        let (zero, unit) = zero(*scale, i);
        for (j, row) in strip.rows.iter().enumerate() {
            let Some(value) = row.numbers[i] else { continue };
            let middle = top + HEAD + ROW * (j as f64 + 0.5);
            let end = zero + unit * value;
            let pen = subject.sheet.look.pen(if row.label.ends_with(TRUTH) { 1 } else { 0 });
            let corners = [(px(zero.min(end)), px(middle - 6.0)), (px(zero.max(end)), px(middle + 6.0))];
            root.draw(&Rectangle::new(corners, pen.color.mix(0.8).filled())).map_err(failed)?;
            let (at, side) = if value < 0.0 { (end - 5.0, HPos::Right) } else { (end + 5.0, HPos::Left) };
            write(root, &figures(value), (at, middle), 10.5, &theme.ink, side)?;
        }
        let bottom = top + HEAD + ROW * strip.rows.len() as f64;
        let line = vec![(px(zero), px(top + HEAD)), (px(zero), px(bottom))];
        root.draw(&PathElement::new(line, theme.axis.stroke_width(width(1.0)))).map_err(failed)?;
    }
    for (j, row) in strip.rows.iter().enumerate() {
        let middle = top + HEAD + ROW * (j as f64 + 0.5);
        write(root, &squeezed(&row.label, 11.0, LEFT - 22.0), (14.0, middle), 11.0, &theme.ink, HPos::Left)?;
    }
    if strip.n_hidden > 0 {
        let middle = top + HEAD + ROW * (strip.rows.len() as f64 + 0.5);
        write(root, &format!("{} more scores are in {}", strip.n_hidden, files::EPOCHS), (14.0, middle), 10.5, &theme.grey, HPos::Left)?;
    }
    Ok(())
}

/// Where a column's zero stands, and the logical pixels of its unit.
fn zero((lo, hi): (f64, f64), column: usize) -> (f64, f64) {
    let room = COLUMN - 2.0 * NUMBER;
    // Halved before the difference, which may leave the finite world.
    let span = (hi / 2.0 - lo / 2.0).max(f64::MIN_POSITIVE) * 2.0;
    (LEFT + COLUMN * column as f64 + NUMBER - room * (lo / span), room / span)
}

/// At most four decimals; powers of ten for what is very large or small.
fn figures(v: f64) -> String {
    if v != 0.0 && !(5e-4..1e6).contains(&v.abs()) {
        return format!("{v:.2e}");
    }
    let text = format!("{v:.4}");
    text.trim_end_matches('0').trim_end_matches('.').replace('-', "−")
}
