//! Importance: bars of how much of the metric's variance each setting explains, alone and in pairs, beside seeds and noise.

use plotters::element::{PathElement, Rectangle};
use plotters::prelude::{Color, RGBColor};
use plotters::style::text_anchor::HPos;

use crate::canvas::{failed, figure, px, width};
use crate::error::ReportError;
use crate::groups::short;
use crate::look::Look;
use crate::number::{capitalised, percent};
use crate::plot::words::{cut, heading, squeezed, write};
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

/// A bar.
struct Bar {
    label: String,
    share: f64,
    kind: Kind,
}

/// Draws it.
pub fn draw(subject: &Subject<'_>, _arguments: &[String]) -> Result<Drawn, ReportError> {
    let (stem, metric, look) = ("importance".to_string(), subject.sheet.column(), &subject.sheet.look);
    let found = match importance(subject.groups, &subject.sheet.axes) {
        Ok(found) => found,
        Err(why) => {
            let caption = format!("No importance of settings: {why}.");
            let figure = figure(look, (900, 90), &caption, |root| {
                write(root, &cut(&caption, 12.5, 860.0), (20.0, 44.0), 12.5, &look.theme.grey, HPos::Left)
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
    let figure = figure(look, (900, (bottom + 56.0) as u32), &caption, |root| {
        heading(look, root, &title, &note)?;
        let place = |share: f64| LEFT + LENGTH * share / end;
        for i in 0..=4 {
            let share = end * f64::from(i) / 4.0;
            let ends = vec![(px(place(share)), px(64.0)), (px(place(share)), px(bottom))];
            root.draw(&PathElement::new(ends, look.theme.mesh.stroke_width(width(1.0)))).map_err(failed)?;
            write(root, &percent(share), (place(share), bottom + 14.0), 11.0, &look.theme.ink, HPos::Center)?;
        }
        write(root, "share of the variance", (place(end / 2.0), bottom + 36.0), 12.0, &look.theme.ink, HPos::Center)?;
        for (i, bar) in bars.iter().enumerate() {
            let middle = 70.0 + STEP * (i as f64 + 0.5);
            let corners = [(px(LEFT), px(middle - 8.0)), (px(place(bar.share.min(1.0))), px(middle + 8.0))];
            root.draw(&Rectangle::new(corners, color(look, bar.kind).filled())).map_err(failed)?;
            write(root, &squeezed(&bar.label, 11.5, LEFT - 24.0), (LEFT - 8.0, middle), 11.5, &look.theme.ink, HPos::Right)?;
            write(root, &percent(bar.share), (place(bar.share.min(1.0)) + 6.0, middle), 11.5, &look.theme.ink, HPos::Left)?;
        }
        Ok(())
    })?;
    Ok(Drawn { stem, figure, caption })
}

fn color(look: &Look, kind: Kind) -> RGBColor {
    match kind {
        Kind::Main => look.pen(0).color,
        Kind::Pair => look.pen(5).color,
        Kind::Higher => look.pen(2).color,
        Kind::Seeds => look.pen(4).color,
        Kind::Residual => look.theme.axis,
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
    match share.kind {
        Kind::Main | Kind::Pair => share.factors.iter().map(name).collect::<Vec<_>>().join(" × "),
        Kind::Higher => "three and more settings together".into(),
        Kind::Seeds => "seeds".into(),
        Kind::Residual => "residual: noise".into(),
    }
}
