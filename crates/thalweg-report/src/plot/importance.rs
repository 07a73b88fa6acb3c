//! Importance: bars of how much of the metric's variance each setting explains, alone and in pairs, beside seeds and noise.

use plotters::element::{PathElement, Rectangle, Text};
use plotters::prelude::{Color, RGBColor};
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::canvas::{COLORS, GREY, INK, failed, figure, px, text, width};
use crate::error::ReportError;
use crate::groups::short;
use crate::number::{capitalised, percent};
use crate::plot::{Drawn, Subject};
use crate::stats::{Importance, Kind, Share};
use crate::variation::importance;

/// The most bars of one kind; the rest is one bar together.
const MAX_BARS: usize = 10;
/// The right end of the labels, and the left end of the bars.
const LEFT: f64 = 290.0;
/// The length of a bar of 100 %.
const LENGTH: f64 = 520.0;
/// From bar to bar.
const STEP: f64 = 26.0;
/// The most letters of a label.
const MAX_LABEL: usize = 44;

/// A bar.
struct Bar {
    label: String,
    share: f64,
    kind: Kind,
}

/// Draws it.
pub fn draw(subject: &Subject<'_>, _arguments: &[String]) -> Result<Drawn, ReportError> {
    let (stem, metric) = ("importance".to_string(), subject.sheet.column());
    let found = match importance(subject.groups, &subject.sheet.axes) {
        Ok(found) => found,
        Err(why) => {
            let caption = format!("No importance of settings: {why}.");
            let figure = figure((900, 90), &caption, |root| {
                root.draw(&Text::new(caption.clone(), (px(20.0), px(36.0)), text(13.0, &GREY))).map_err(failed)
            })?;
            return Ok(Drawn { stem, figure, caption });
        }
    };
    let bars = bars(&found, &subject.sheet.axes);
    let sum = if found.adds_up { "the shares add up to 100 %" } else { "the shares do not add up" };
    let title = format!("Importance: share of the variance of {}", metric.replace('_', " "));
    let note = format!("analysis of variance of n = {} trials; {sum}", found.n);
    let notes: String = found.notes.iter().map(|n| format!(" {}.", capitalised(n))).collect();
    let caption = format!(
        "Share of the variance of {metric} over n = {} trials that each setting explains on its own, and two of them together beyond that; {sum}.{notes}",
        found.n
    );
    // A scale that ends soon after the longest bar.
    let longest = bars.iter().map(|b| b.share).fold(0.0, f64::max);
    let end = [0.1, 0.2, 0.4, 0.6, 0.8, 1.0].into_iter().find(|end| *end >= longest).unwrap_or(1.0);
    let bottom = 70.0 + STEP * bars.len() as f64;
    let figure = figure((900, (bottom + 56.0) as u32), &caption, |root| {
        root.draw(&Text::new(title, (px(14.0), px(12.0)), text(17.0, &INK))).map_err(failed)?;
        root.draw(&Text::new(note, (px(14.0), px(36.0)), text(11.5, &GREY))).map_err(failed)?;
        let place = |share: f64| LEFT + LENGTH * share / end;
        for i in 0..=4 {
            let share = end * f64::from(i) / 4.0;
            let ends = vec![(px(place(share)), px(64.0)), (px(place(share)), px(bottom))];
            root.draw(&PathElement::new(ends, RGBColor(226, 226, 226).stroke_width(width(1.0)))).map_err(failed)?;
            let style = text(11.0, &INK).pos(Pos::new(HPos::Center, VPos::Top));
            root.draw(&Text::new(percent(share), (px(place(share)), px(bottom + 8.0)), style)).map_err(failed)?;
        }
        let under = text(12.0, &INK).pos(Pos::new(HPos::Center, VPos::Top));
        root.draw(&Text::new("share of the variance", (px(place(end / 2.0)), px(bottom + 28.0)), under)).map_err(failed)?;
        for (i, bar) in bars.iter().enumerate() {
            let middle = 70.0 + STEP * (i as f64 + 0.5);
            let corners = [(px(LEFT), px(middle - 8.0)), (px(place(bar.share.min(1.0))), px(middle + 8.0))];
            root.draw(&Rectangle::new(corners, color(bar.kind).filled())).map_err(failed)?;
            let label = text(11.5, &INK).pos(Pos::new(HPos::Right, VPos::Center));
            root.draw(&Text::new(bar.label.clone(), (px(LEFT - 8.0), px(middle)), label)).map_err(failed)?;
            let value = text(11.5, &INK).pos(Pos::new(HPos::Left, VPos::Center));
            root.draw(&Text::new(percent(bar.share), (px(place(bar.share.min(1.0)) + 6.0), px(middle)), value)).map_err(failed)?;
        }
        Ok(())
    })?;
    Ok(Drawn { stem, figure, caption })
}

fn color(kind: Kind) -> RGBColor {
    match kind {
        Kind::Main => COLORS[0],
        Kind::Pair => COLORS[5],
        Kind::Higher => COLORS[2],
        Kind::Seeds => COLORS[4],
        Kind::Residual => RGBColor(160, 160, 160),
    }
}

/// Main effects and pairs from large to small, then what is left.
fn bars(found: &Importance, axes: &[String]) -> Vec<Bar> {
    let mut bars = Vec::new();
    for kind in [Kind::Main, Kind::Pair, Kind::Higher, Kind::Seeds, Kind::Residual] {
        let mut of_kind: Vec<&Share> = found.shares.iter().filter(|s| s.kind == kind).collect();
        // A sort that keeps the order of equals.
        of_kind.sort_by(|a, b| b.share.total_cmp(&a.share));
        let n_shown = if of_kind.len() > MAX_BARS { MAX_BARS - 1 } else { of_kind.len() };
        bars.extend(of_kind[..n_shown].iter().map(|s| Bar { label: label(s, axes), share: s.share, kind }));
        let rest = &of_kind[n_shown..];
        if !rest.is_empty() {
            let what = if kind == Kind::Main { "settings" } else { "pairs" };
            bars.push(Bar { label: format!("{} other {what} together", rest.len()), share: rest.iter().map(|s| s.share).sum(), kind });
        }
    }
    bars
}

fn label(share: &Share, axes: &[String]) -> String {
    // The last part of a path, unless another axis ends in the same.
    let name = |path: &String| {
        let is_alone = axes.iter().filter(|a| short(a) == short(path)).count() < 2;
        if share.factors.len() > 1 && is_alone { short(path).to_string() } else { path.clone() }
    };
    let whole = match share.kind {
        Kind::Main | Kind::Pair => share.factors.iter().map(name).collect::<Vec<_>>().join(" × "),
        Kind::Higher => "three and more settings together".into(),
        Kind::Seeds => "seeds".into(),
        Kind::Residual => "residual: noise".into(),
    };
    let letters: Vec<char> = whole.chars().collect();
    if letters.len() <= MAX_LABEL { whole } else { letters[..MAX_LABEL - 1].iter().chain(&['…']).collect() }
}
