//! Which classes are taken for which, and the samples that the model is most wrong and most in doubt about.

use std::collections::BTreeMap;

use plotters::element::Rectangle;
use plotters::prelude::Color;
use plotters::style::text_anchor::HPos;

use crate::canvas::{Area, Raster, failed, figure_with, px};
use crate::error::ReportError;
use crate::look::mixed;
use crate::plot::words::{cut, heading, squeezed, write};
use crate::plot::{Drawn, Subject};
use crate::table::Table;

/// As written in `plots`.
pub const NAME: &str = "confusion";
/// The most classes with a row of their own.
const MAX_CLASSES: usize = 20;
/// Pictures of each kind.
const N_PICTURES: usize = 8;
/// The matrix's place and edge, in logical pixels.
const LEFT: f64 = 110.0;
const TOP: f64 = 96.0;
const EDGE: f64 = 420.0;
/// The place, distance and edge of the pictures.
const PICTURES: f64 = 640.0;
const STEP: f64 = 54.0;
const PICTURE: f64 = 48.0;

/// A sample that one seed's network judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// Its row in the data set.
    pub sample: i64,
    /// Its class.
    pub truth: String,
    /// What the network takes it for, and how sure it is.
    pub predicted: String,
    /// NaN where scores are no probabilities.
    pub p_first: f64,
    /// What it might be, too.
    pub second: String,
    /// How likely that is.
    pub p_second: f64,
}

/// The rows of `predictions.csv`.
fn judged(table: &Table) -> Result<Vec<Judged>, ReportError> {
    let (sample, truth, predicted) = (table.int("sample")?, table.text("truth")?, table.text("predicted")?);
    let (p_first, second, p_second) = (table.float("p_first")?, table.text("second")?, table.float("p_second")?);
    let one = |i: usize| Judged {
        sample: sample[i].unwrap_or(0),
        truth: truth[i].clone().unwrap_or_default(),
        predicted: predicted[i].clone().unwrap_or_default(),
        p_first: p_first[i].unwrap_or(f64::NAN),
        second: second[i].clone().unwrap_or_default(),
        p_second: p_second[i].unwrap_or(f64::NAN),
    };
    Ok((0..table.n_rows()).map(one).collect())
}

/// The samples that are shown: most surely wrong, and most in doubt; each once, whatever the number of seeds.
pub fn shown(table: &Table) -> Result<[Vec<Judged>; 2], ReportError> {
    let all = judged(table)?;
    let first = |mut of: Vec<&Judged>, by: &dyn Fn(&Judged) -> f64| {
        of.sort_by(|a, b| by(a).total_cmp(&by(b)).then(a.sample.cmp(&b.sample)));
        let mut seen = std::collections::BTreeSet::new();
        of.into_iter().filter(|j| seen.insert(j.sample)).take(N_PICTURES).cloned().collect::<Vec<_>>()
    };
    let wrong = first(all.iter().filter(|j| j.truth != j.predicted).collect(), &|j| -j.p_first);
    let is_known = |j: &&Judged| j.p_first.is_finite() && j.p_second.is_finite();
    let doubtful = first(all.iter().filter(is_known).collect(), &|j| j.p_first - j.p_second);
    Ok([wrong, doubtful])
}

/// Draws it.
pub fn draw(subject: &Subject<'_>, _arguments: &[String]) -> Result<Drawn, ReportError> {
    let look = &subject.sheet.look;
    let examined = subject.tables.examined.as_ref();
    let Some((table, part)) = examined.and_then(|e| Some((e.predictions.as_ref()?, e.part.as_str()))) else {
        return nothing(subject, "no model with classes was kept: the best configuration has no weights, or it predicts numbers");
    };
    let all = judged(table)?;
    let classes = classes(&all);
    let counts = counts(&all, &classes);
    let n: usize = counts.iter().flatten().sum();
    let right: usize = (0..classes.len()).map(|i| counts[i][i]).sum();
    let n_seeds = table.int("seed")?.into_iter().flatten().collect::<std::collections::BTreeSet<_>>().len();
    let seeds = if n_seeds == 1 { "one seed".to_string() } else { format!("{n_seeds} seeds") };
    let of = subject.order.first().map_or(String::new(), |g| subject.groups[*g].label(&subject.sheet.axes));
    let [wrong, doubtful] = shown(table)?;
    let pixels = examined.and_then(|e| e.pixels.as_ref()).map(pictures).transpose()?.unwrap_or_default();
    let caption = format!(
        "{part} samples of the best configuration ({of}) over {seeds}, by their class (rows) and what they are taken for (columns): \
         {right} of {n} are right. Shaded by the share of the row; recall on the right.{}",
        if pixels.is_empty() {
            ""
        } else {
            " Below each picture: class, what it is taken for and, where it has one, with which probability."
        }
    );
    let mut rasters = Vec::new();
    for (column, samples) in [&wrong, &doubtful].into_iter().enumerate() {
        for (i, j) in samples.iter().enumerate() {
            rasters.extend(pixels.get(&j.sample).map(|p| p.raster(place(column, i))));
        }
    }
    let width = if pixels.is_empty() { 640 } else { 960 };
    let figure = figure_with(look, (width, (TOP + EDGE + 40.0) as u32), &caption, &rasters, |root| {
        let note = format!("{part} part, {seeds}, {right} of {n} right; rows are classes, columns what they are taken for");
        heading(look, root, "Confusion of classes", &note)?;
        matrix(subject, root, &classes, &counts)?;
        if pixels.is_empty() {
            return Ok(());
        }
        // Margins are no probabilities: nothing says how sure a network is.
        let surely = if wrong.iter().any(|j| j.p_first.is_finite()) { "most surely wrong" } else { "wrong" };
        for (column, (title, samples)) in [(surely, &wrong), ("most in doubt", &doubtful)].into_iter().enumerate() {
            if samples.is_empty() {
                continue;
            }
            let left = PICTURES + 160.0 * column as f64;
            write(root, title, (left, TOP - 22.0), 11.5, &look.theme.ink, HPos::Left)?;
            for (i, j) in samples.iter().enumerate() {
                let (left, top) = place(column, i);
                let lines = if column == 0 {
                    [format!("is {}", j.truth), format!("taken for {}", j.predicted), share(j.p_first)]
                } else {
                    [
                        format!("is {}", j.truth),
                        format!("{} {}", j.predicted, share(j.p_first)),
                        format!("{} {}", j.second, share(j.p_second)),
                    ]
                };
                for (k, line) in lines.iter().enumerate() {
                    let at = (left + PICTURE + 8.0, top + 11.0 + 16.0 * k as f64);
                    write(root, &cut(line, 10.5, 84.0), at, 10.5, &look.theme.ink, HPos::Left)?;
                }
            }
        }
        Ok(())
    })?;
    Ok(Drawn { stem: NAME.into(), figure, caption })
}

/// A figure that says why there is none.
pub(super) fn nothing(subject: &Subject<'_>, why: &str) -> Result<Drawn, ReportError> {
    let look = &subject.sheet.look;
    let figure = crate::canvas::figure(look, (900, 110), why, |root| {
        heading(look, root, "What the networks say of their data", "")?;
        write(root, &cut(why, 12.5, 860.0), (14.0, 64.0), 12.5, &look.theme.grey, HPos::Left)
    })?;
    Ok(Drawn { stem: NAME.into(), figure, caption: format!("Nothing to draw: {why}.") })
}

fn share(p: f64) -> String {
    if p.is_finite() { format!("{p:.2}") } else { String::new() }
}

/// The place of a picture.
fn place(column: usize, i: usize) -> (f64, f64) {
    (PICTURES + 160.0 * column as f64, TOP - 8.0 + STEP * i as f64)
}

/// In the order of numbers where all are, else of words.
fn classes(all: &[Judged]) -> Vec<String> {
    let mut found: Vec<String> = all.iter().flat_map(|j| [j.truth.clone(), j.predicted.clone()]).collect();
    found.sort_by(|a, b| match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(x), Ok(y)) => x.total_cmp(&y),
        _ => a.cmp(b),
    });
    found.dedup();
    found
}

/// [truth][predicted]
fn counts(all: &[Judged], classes: &[String]) -> Vec<Vec<usize>> {
    let places: BTreeMap<&str, usize> = classes.iter().enumerate().map(|(i, c)| (c.as_str(), i)).collect();
    let mut counts = vec![vec![0; classes.len()]; classes.len()];
    for j in all {
        counts[places[j.truth.as_str()]][places[j.predicted.as_str()]] += 1;
    }
    counts
}

fn matrix(subject: &Subject<'_>, root: &Area<'_>, classes: &[String], counts: &[Vec<usize>]) -> Result<(), ReportError> {
    let look = &subject.sheet.look;
    let shown = classes.len().min(MAX_CLASSES);
    let cell = EDGE / shown.max(1) as f64;
    let size = (cell * 0.34).clamp(7.5, 12.0);
    for i in 0..shown {
        let total: usize = counts[i].iter().sum();
        let middle = TOP + cell * (i as f64 + 0.5);
        write(root, &squeezed(&classes[i], 11.0, LEFT - 22.0), (LEFT - 8.0, middle), 11.0, &look.theme.ink, HPos::Right)?;
        let above = LEFT + cell * (i as f64 + 0.5);
        write(root, &squeezed(&classes[i], 11.0, cell - 2.0), (above, TOP - 10.0), 11.0, &look.theme.ink, HPos::Center)?;
        for (j, count) in counts[i].iter().enumerate().take(shown) {
            let left = LEFT + cell * j as f64;
            let of_row = if total > 0 { *count as f64 / total as f64 } else { 0.0 };
            let color = mixed(look.theme.paper, if i == j { look.pen(0).color } else { look.pen(1).color }, shade(of_row));
            let corners = [(px(left), px(middle - cell / 2.0)), (px(left + cell) + 1, px(middle + cell / 2.0) + 1)];
            root.draw(&Rectangle::new(corners, color.filled())).map_err(failed)?;
            if *count > 0 {
                write(root, &count.to_string(), (left + cell / 2.0, middle), size, &look.ink_on(color), HPos::Center)?;
            }
        }
        let recall = if total > 0 { format!("{:.1} %", 100.0 * counts[i][i] as f64 / total as f64) } else { "–".into() };
        write(root, &recall, (LEFT + EDGE + 10.0, middle), 10.5, &look.theme.grey, HPos::Left)?;
    }
    write(root, "recall", (LEFT + EDGE + 10.0, TOP - 10.0), 10.5, &look.theme.grey, HPos::Left)?;
    if classes.len() > shown {
        let more = format!("the first {shown} of {} classes", classes.len());
        write(root, &more, (LEFT, TOP + EDGE + 16.0), 11.0, &look.theme.grey, HPos::Left)?;
    }
    Ok(())
}

/// Rare mistakes are seen, too: they are what the figure is about.
fn shade(share: f64) -> f64 {
    if share > 0.0 { 0.12 + 0.83 * share.sqrt() } else { 0.04 }
}

/// A picture of a sample.
#[derive(Default)]
struct Picture {
    n_columns: usize,
    rgb: Vec<u8>,
}

impl Picture {
    fn raster(&self, (left, top): (f64, f64)) -> Raster {
        let n_rows = self.rgb.len() / 3 / self.n_columns.max(1);
        let longest = self.n_columns.max(n_rows).max(1) as f64;
        let edge = PICTURE;
        let (width, height) = (edge * self.n_columns as f64 / longest, edge * n_rows as f64 / longest);
        Raster { left, top, width, height, n_columns: self.n_columns, rgb: self.rgb.clone() }
    }
}

/// By sample; rows and columns of a table are in the order of the pixels.
fn pictures(table: &Table) -> Result<BTreeMap<i64, Picture>, ReportError> {
    let (sample, x) = (table.int("sample")?, table.int("x")?);
    let channels = [table.int("red")?, table.int("green")?, table.int("blue")?];
    let mut found = BTreeMap::<i64, Picture>::new();
    for row in 0..table.n_rows() {
        let picture = found.entry(sample[row].unwrap_or(0)).or_default();
        picture.n_columns = picture.n_columns.max(x[row].unwrap_or(0) as usize + 1);
        picture.rgb.extend(channels.iter().map(|c| c[row].unwrap_or(0).clamp(0, 255) as u8));
    }
    Ok(found)
}
