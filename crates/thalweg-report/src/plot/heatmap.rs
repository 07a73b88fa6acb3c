//! Heat map: the best mean of the metric for each pair of two axes' values, the others chosen at their best.

use plotters::element::{PathElement, Rectangle, Text};
use plotters::prelude::{Color, RGBColor};
use plotters::style::TextStyle;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::canvas::{Area, GREY, INK, failed, figure, px, text, width};
use crate::error::ReportError;
use crate::groups::Group;
use crate::plot::{Drawn, Subject};
use crate::sheet::is_larger_better;

/// The most values of an axis that a figure can show.
const MAX_VALUES: usize = 24;

/// Draws it. Without arguments: the two axes with the most values.
pub fn draw(subject: &Subject<'_>, arguments: &[String]) -> Result<Drawn, ReportError> {
    let (x, y, note) = chosen(subject, arguments);
    let stem = if arguments.is_empty() {
        "heatmap".to_string()
    } else {
        format!("heatmap-{}", arguments.join("-").replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', "_"))
    };
    let (Some(x), Some(y)) = (x, y) else {
        let caption = note.unwrap_or_else(|| "a heat map needs two axes".into());
        let figure = figure((640, 120), &caption, |root| {
            root.draw(&Text::new(caption.clone(), (px(20.0), px(50.0)), text(13.0, &GREY))).map_err(failed)
        })?;
        return Ok(Drawn { stem, figure, caption });
    };
    let (xs, ys) = (values(subject.groups, x), values(subject.groups, y));
    let metric = subject.sheet.column();
    let rest =
        subject.sheet.axes.iter().enumerate().filter(|(i, _)| *i != x && *i != y).map(|(_, a)| a.as_str()).collect::<Vec<_>>().join(", ");
    let n = subject.groups.iter().map(|g| g.values.len()).max().unwrap_or(0);
    let chosen = if rest.is_empty() { String::new() } else { format!(", {rest} at their best") };
    let caption = format!("Mean {metric} over n ≤ {n} seeds for each pair{chosen}; ✕: no configuration without a diverged trial.");
    let size = (((xs.len() as u32 * 78).max(330) + 200).min(2000), (ys.len() as u32 * 44).max(120) + 150);
    let figure = figure(size, &caption, |root| {
        let title = format!("{} by {} and {}", metric.replace('_', " "), subject.sheet.axes[x], subject.sheet.axes[y]);
        root.draw(&Text::new(title, (px(14.0), px(12.0)), text(16.0, &INK))).map_err(failed)?;
        root.draw(&Text::new(format!("mean over n ≤ {n} seeds{chosen}"), (px(14.0), px(36.0)), text(11.0, &GREY))).map_err(failed)?;
        cells(subject, root, size, (x, &xs), (y, &ys))
    })?;
    Ok(Drawn { stem, figure, caption })
}

fn cells(
    subject: &Subject<'_>,
    root: &Area<'_>,
    size: (u32, u32),
    (x, xs): (usize, &[String]),
    (y, ys): (usize, &[String]),
) -> Result<(), ReportError> {
    let (left, top) = (110.0, 66.0);
    let (w, h) = ((f64::from(size.0) - left - 40.0) / xs.len() as f64, (f64::from(size.1) - top - 66.0) / ys.len() as f64);
    let best = |cx: &str, cy: &str| {
        subject
            .order
            .iter()
            .map(|i| &subject.groups[*i])
            .find(|g| g.cells[x] == cx && g.cells[y] == cy && g.n_diverged == 0)
            .and_then(|g| g.estimate)
    };
    let means: Vec<f64> = xs.iter().flat_map(|cx| ys.iter().filter_map(move |cy| best(cx, cy))).map(|e| e.mean).collect();
    let (lo, hi) = means.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(*v), hi.max(*v)));
    // Losses span decades: colours follow their logarithm, numbers stay as they are.
    let log = lo > 0.0 && hi / lo > 8.0;
    let place = |v: f64| if log { v.ln() } else { v };
    for (i, cx) in xs.iter().enumerate() {
        for (j, cy) in ys.iter().enumerate() {
            let (x0, y0) = (left + w * i as f64, top + h * (ys.len() - 1 - j) as f64);
            let corners = [(px(x0), px(y0)), (px(x0 + w) + 1, px(y0 + h) + 1)];
            let middle = (px(x0 + w / 2.0), px(y0 + h / 2.0));
            match best(cx, cy) {
                Some(e) => {
                    let share = if hi > lo { (place(e.mean) - place(lo)) / (place(hi) - place(lo)) } else { 0.5 };
                    let good = if is_larger_better(&subject.sheet.metric) { share } else { 1.0 - share };
                    let color = cividis(good);
                    root.draw(&Rectangle::new(corners, color.filled())).map_err(failed)?;
                    let luminance = 0.299 * f64::from(color.0) + 0.587 * f64::from(color.1) + 0.114 * f64::from(color.2);
                    let ink = if luminance > 140.0 { RGBColor(20, 20, 20) } else { RGBColor(255, 255, 255) };
                    root.draw(&Text::new(number(e.mean), middle, center(12.0, &ink))).map_err(failed)?;
                }
                None => {
                    root.draw(&Rectangle::new(corners, RGBColor(238, 238, 238).filled())).map_err(failed)?;
                    for diagonal in [(-6.0, 6.0), (6.0, -6.0)] {
                        let ends = vec![(middle.0 - px(6.0), middle.1 + px(diagonal.0)), (middle.0 + px(6.0), middle.1 + px(diagonal.1))];
                        root.draw(&PathElement::new(ends, GREY.stroke_width(width(1.4)))).map_err(failed)?;
                    }
                }
            }
        }
    }
    for (i, cx) in xs.iter().enumerate() {
        root.draw(&Text::new(cx.clone(), (px(left + w * (i as f64 + 0.5)), px(f64::from(size.1) - 54.0)), center(11.5, &INK)))
            .map_err(failed)?;
    }
    for (j, cy) in ys.iter().enumerate() {
        let style = text(11.5, &INK).pos(Pos::new(HPos::Right, VPos::Center));
        root.draw(&Text::new(cy.clone(), (px(left - 10.0), px(top + h * ((ys.len() - 1 - j) as f64 + 0.5))), style)).map_err(failed)?;
    }
    root.draw(&Text::new(
        subject.sheet.axes[x].clone(),
        (px(left + w * xs.len() as f64 / 2.0), px(f64::from(size.1) - 28.0)),
        center(12.0, &INK),
    ))
    .map_err(failed)?;
    let sideways = center(12.0, &INK).transform(plotters::style::FontTransform::Rotate270);
    root.draw(&Text::new(subject.sheet.axes[y].clone(), (px(22.0), px(top + h * ys.len() as f64 / 2.0)), sideways)).map_err(failed)
}

fn chosen(subject: &Subject<'_>, arguments: &[String]) -> (Option<usize>, Option<usize>, Option<String>) {
    let axes = &subject.sheet.axes;
    let usable = |i: usize| values(subject.groups, i).len() <= MAX_VALUES;
    if let [x, y] = arguments {
        let find = |name: &String| axes.iter().position(|a| a == name);
        let missing: Vec<&str> = [x, y].into_iter().filter(|a| find(a).is_none()).map(String::as_str).collect();
        if !missing.is_empty() {
            return (None, None, Some(format!("no heat map: {} is not swept", missing.join(" and "))));
        }
        if [x, y].into_iter().filter_map(find).any(|i| !usable(i)) {
            return (None, None, Some(format!("no heat map: an axis has more than {MAX_VALUES} values")));
        }
        return (find(x), find(y), None);
    }
    let mut order: Vec<usize> = (0..axes.len()).filter(|i| usable(*i)).collect();
    order.sort_by_key(|i| (axes[*i] != "train.lr", std::cmp::Reverse(values(subject.groups, *i).len()), *i));
    (order.first().copied(), order.get(1).copied(), None)
}

/// Text around a point.
fn center(size: f64, color: &RGBColor) -> TextStyle<'_> {
    text(size, color).pos(Pos::new(HPos::Center, VPos::Center))
}

/// An axis's values: numbers by size, since extra points come last in the table; others in its order.
fn values(groups: &[Group], axis: usize) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for group in groups {
        if !found.contains(&group.cells[axis]) {
            found.push(group.cells[axis].clone());
        }
    }
    let numbers: Option<Vec<f64>> = found.iter().map(|cell| cell.parse().ok()).collect();
    if let Some(numbers) = numbers {
        let mut order: Vec<usize> = (0..found.len()).collect();
        order.sort_by(|a, b| numbers[*a].total_cmp(&numbers[*b]));
        found = order.into_iter().map(|i| found[i].clone()).collect();
    }
    found
}

/// Three significant digits.
fn number(v: f64) -> String {
    if v != 0.0 && !(1e-3..1e4).contains(&v.abs()) {
        return format!("{v:.1e}");
    }
    let digits = 2 - v.abs().max(1e-3).log10().floor() as i32;
    format!("{v:.*}", digits.max(0) as usize)
}

/// Cividis (Nuñez, Anderton, Renslow 2018) at nine points, linear between: readable with any colour vision.
fn cividis(share: f64) -> RGBColor {
    const POINTS: [(u8, u8, u8); 9] = [
        (0, 34, 78),
        (18, 53, 112),
        (59, 73, 108),
        (87, 93, 109),
        (112, 113, 115),
        (138, 134, 120),
        (165, 156, 116),
        (195, 179, 105),
        (254, 232, 56),
    ];
    let at = share.clamp(0.0, 1.0) * (POINTS.len() - 1) as f64;
    let (i, f) = ((at as usize).min(POINTS.len() - 2), at - (at as usize).min(POINTS.len() - 2) as f64);
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * f).round() as u8;
    let (a, b) = (POINTS[i], POINTS[i + 1]);
    RGBColor(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}
