//! What a model makes of the plane: regions shaded by how sure it is, the boundary H and its margins, the samples, those that carry the
//! boundary and those that it gets wrong. For one feature and a numeric target, the fitted curve with its steepest slope. A panel for
//! each value of an axis, the others where the metric is best.

mod legend;
mod panel;
mod plane;

use crate::canvas::{figure, px};
use crate::error::ReportError;
use crate::groups::{Group, value_label};
use crate::plot::axis::tick;
use crate::plot::boundary::legend::{Legend, Sign};
use crate::plot::boundary::panel::{Head, panel};
use crate::plot::boundary::plane::{MAX_SAMPLES, Plane, Point, Verdict, planes};
use crate::plot::confusion::nothing;
use crate::plot::convergence::{best_of_values, strongest_of};
use crate::plot::words::heading;
use crate::plot::{Drawn, Subject, few_of, stem};

/// As written in `plots`.
pub const NAME: &str = "boundary";
/// The most panels.
const MAX_PANELS: usize = 6;

/// The panels: a label and a group for each.
pub fn panels(groups: &[Group], order: &[usize], axes: &[String], arguments: &[String]) -> Vec<(String, usize)> {
    let axis = match arguments.first() {
        Some(name) => axes.iter().position(|a| a == name),
        None => strongest_of(groups, order, axes.len()),
    };
    let Some(axis) = axis else {
        return order.first().map(|g| ("the only configuration".to_string(), *g)).into_iter().collect();
    };
    let chosen = few_of(best_of_values(groups, order, axis), MAX_PANELS).into_iter();
    chosen.map(|(_, g)| (value_label(axes, &groups[g].cells, axis), g)).collect()
}

/// Draws it.
pub fn draw(subject: &Subject<'_>, arguments: &[String]) -> Result<Drawn, ReportError> {
    let (sheet, look) = (subject.sheet, &subject.sheet.look);
    let regions = subject.tables.examined.as_ref().and_then(|e| Some((e.regions.as_ref()?, e.part.as_str())));
    let Some((table, part)) = regions.filter(|(table, _)| table.n_rows() > 0) else {
        let why = "it takes two features and classes, or one feature and a number, and weights that were kept";
        return Ok(Drawn { stem: stem(NAME, arguments), ..nothing(subject, why)? });
    };
    let wanted = panels(subject.groups, subject.order, &sheet.axes, arguments);
    let configs: Vec<&str> = wanted.iter().map(|(_, g)| subject.groups[*g].config.as_str()).collect();
    let (classes, planes) = planes(table, &configs)?;
    let heads = heads(wanted.into_iter().map(|w| w.0), &planes);
    let ends = shared_ends(&planes);
    let is_curve = ends.is_some();
    let signs = signs(&planes);
    let (across, down) = (across(planes.len()), planes.len().div_ceil(across(planes.len())).max(1));
    let wide = (300 * across as u32 + 30).max(420);
    let legend = Legend::new(&classes, &signs, f64::from(wide));
    let tall = 68.0 + legend.height + down as f64 * (269.0 + heads.first().map_or(0.0, Head::height));
    let caption =
        caption(&signs, &heads, is_curve, part, if sheet.axes.is_empty() { "" } else { "; the other settings where the metric is best" });
    let figure = figure(look, (wide, tall.ceil() as u32), &caption, |root| {
        let title = if is_curve { "Fitted curves" } else { "Decision regions" };
        let is_thinned = planes.iter().any(|p| p.shown().len() < p.samples.len());
        let few = if is_thinned { format!("; {MAX_SAMPLES} of each part drawn, all counted") } else { String::new() };
        heading(look, root, title, &format!("one seed; filled: training, hollow: {part}{few}"))?;
        let (_, below) = root.split_vertically(px(58.0));
        let (above, body) = below.split_vertically(px(legend.height));
        legend.draw(look, &above)?;
        for ((area, head), plane) in body.split_evenly((down, across)).iter().zip(&heads).zip(&planes) {
            panel(look, area, head, plane, ends)?;
        }
        Ok(())
    })?;
    Ok(Drawn { stem: stem(NAME, arguments), figure, caption })
}

/// How many panels stand side by side.
fn across(n: usize) -> usize {
    if n == 4 { 2 } else { n.clamp(1, 3) }
}

/// What stands above each panel; all have as many lines.
fn heads(labels: impl Iterator<Item = String>, planes: &[Plane]) -> Vec<Head> {
    let has_supports = planes.iter().any(|p| p.n_supports() > 0);
    let head = |(label, plane): (String, &Plane)| {
        let (n, n_right) = plane.tested();
        let says = match (plane.curve.is_empty(), n) {
            (false, _) => plane.steepest().map_or(": nothing finite".into(), |slope| format!(": steepest slope {}", significant(slope))),
            (true, 0) => String::new(),
            (true, _) => format!(": {n_right} of {n} right"),
        };
        // A model of another kind has none.
        let supports = |n: usize| match n {
            0 => String::new(),
            1 => "1 support vector".into(),
            _ => format!("{n} support vectors"),
        };
        Head { label, says, below: has_supports.then(|| supports(plane.n_supports())) }
    };
    labels.zip(planes).map(head).collect()
}

/// Three significant digits.
fn significant(v: f64) -> String {
    tick(format!("{v:.2e}").parse().unwrap_or(v))
}

/// The value axis that fitted curves share, so that slopes can be seen side by side; `None` where there are none. A curve that runs far
/// away from all samples does not flatten the others.
fn shared_ends(planes: &[Plane]) -> Option<Point> {
    let range = |values: &mut dyn Iterator<Item = f64>| {
        let (lo, hi) = values.filter(|v| v.is_finite()).fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(v), hi.max(v)));
        (lo <= hi).then_some((lo, hi))
    };
    let curves = planes.iter().flat_map(|p| &p.curve).map(|p| p.1);
    planes.iter().find(|p| !p.curve.is_empty())?;
    let samples = range(&mut planes.iter().flat_map(|p| &p.samples).map(|s| s.at.1));
    let all = range(&mut curves.clone()).or(samples).unwrap_or((0.0, 1.0));
    let Some((lo, hi)) = samples.filter(|(lo, hi)| lo < hi) else { return Some(all) };
    let room = hi - lo;
    Some((lo.min(all.0.max(lo - room)), hi.max(all.1.min(hi + room))))
}

/// The signs that some panel has.
fn signs(planes: &[Plane]) -> Vec<Sign> {
    let all = [
        (Sign::Support, planes.iter().any(|p| p.n_supports() > 0)),
        (Sign::Wrong, planes.iter().flat_map(|p| &p.samples).any(|s| s.verdict == Verdict::Wrong)),
        (Sign::Boundary, planes.iter().any(|p| !p.boundary.is_empty())),
        (Sign::Margins, planes.iter().any(|p| !p.margins.is_empty())),
    ];
    all.into_iter().filter(|(_, is_there)| *is_there).map(|(sign, _)| sign).collect()
}

/// The same in words.
fn caption(signs: &[Sign], heads: &[Head], is_curve: bool, part: &str, others: &str) -> String {
    let told = |sign: &Sign| match sign {
        Sign::Support => "; a ring: support vector",
        Sign::Wrong => "; a cross: wrong",
        Sign::Boundary => "; a solid line: the boundary H, where the decision value f is 0",
        Sign::Margins => "; dashed: the margins H1 and H2, where f is ±1",
        Sign::Class(_) | Sign::More => "",
    };
    let signs: String = signs.iter().map(told).collect();
    let what = if is_curve { "The fitted curve of one seed" } else { "Regions of one seed's model, the stronger the colour the surer" };
    let below = |h: &Head| h.below.as_ref().filter(|b| !b.is_empty()).map_or(String::new(), |b| format!(", {b}"));
    let told = |h: &&Head| !h.says.is_empty() || !below(h).is_empty();
    let found = heads.iter().filter(told).map(|h| format!("{}{}{}", h.label, h.says, below(h)));
    let found = found.collect::<Vec<_>>().join("; ");
    let found = if found.is_empty() { found } else { format!(" {found}.") };
    format!("{what}; training samples filled, {part} samples hollow{signs}{others}.{found}")
}
