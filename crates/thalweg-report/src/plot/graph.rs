//! The graph of an expression: leaves on the left, the whole on the right; values above the nodes, derivatives below.

use plotters::element::{Circle, PathElement, Text};
use plotters::prelude::Color;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::canvas::{Area, failed, figure, px, text, width};
use crate::error::ReportError;
use crate::look::Look;
use crate::plot::functions::figures;
use crate::plot::{Drawn, Subject};

/// The most graphs in one figure.
const MAX_GRAPHS: usize = 3;
/// Room for a node in logical pixels: across and down.
const CELL: (f64, f64) = (150.0, 92.0);

struct Node {
    label: String,
    operation: String,
    parents: Vec<usize>,
    value: f64,
    gradient: f64,
}

/// Draws it.
pub fn draw(subject: &Subject<'_>, _arguments: &[String]) -> Result<Drawn, ReportError> {
    let graphs = subject.groups.iter().take(MAX_GRAPHS).map(|g| nodes(subject, &g.config)).collect::<Result<Vec<_>, _>>()?;
    let caption =
        "Each node of the expression: its value above; the derivative of the whole by it below. Derivatives flow from right to left."
            .to_string();
    let placed: Vec<Vec<(f64, f64)>> = graphs.iter().map(|g| places(g)).collect();
    let extent = |of: fn(&(f64, f64)) -> f64| placed.iter().map(move |p| p.iter().map(of).fold(0.0, f64::max) + 1.0);
    let columns = extent(|p| p.0).fold(1.0, f64::max);
    let rows: Vec<f64> = extent(|p| p.1).collect();
    let size = ((columns * CELL.0 + 60.0).max(360.0) as u32, (60.0 + rows.iter().map(|r| r * CELL.1 + 20.0).sum::<f64>()) as u32);
    let figure = figure(&subject.sheet.look, size, &caption, |root| {
        root.draw(&Text::new("Chain rule", (px(14.0), px(12.0)), text(17.0, &subject.sheet.look.theme.ink))).map_err(failed)?;
        let mut top = 52.0;
        for ((graph, places), rows) in graphs.iter().zip(&placed).zip(&rows) {
            one(&subject.sheet.look, root, graph, places, top)?;
            top += rows * CELL.1 + 20.0;
        }
        Ok(())
    })?;
    Ok(Drawn { stem: "graph".into(), figure, caption })
}

fn nodes(subject: &Subject<'_>, config: &str) -> Result<Vec<Node>, ReportError> {
    let table = subject.tables.nodes.as_ref().ok_or_else(|| failed("a graph is for expressions: kind = \"graph\""))?;
    let (configs, labels, operations) = (table.text("config")?, table.text("expression")?, table.text("operation")?);
    let (left, right) = (table.int("left")?, table.int("right")?);
    let (values, gradients) = (table.float("value")?, table.float("gradient")?);
    let rows = (0..table.n_rows()).filter(|r| configs[*r].as_deref() == Some(config));
    let node = |r: usize| Node {
        label: labels[r].clone().unwrap_or_default(),
        operation: operations[r].clone().unwrap_or_default(),
        parents: [left[r], right[r]].into_iter().flatten().map(|p| p as usize).collect(),
        value: values[r].unwrap_or(f64::NAN),
        gradient: gradients[r].unwrap_or(f64::NAN),
    };
    Ok(rows.map(node).collect())
}

/// Column (distance from the leaves) and row of each node.
fn places(nodes: &[Node]) -> Vec<(f64, f64)> {
    let mut columns: Vec<usize> = Vec::new();
    for node in nodes {
        columns.push(node.parents.iter().map(|p| columns[*p] + 1).max().unwrap_or(0));
    }
    let tallest = (0..=columns.iter().copied().max().unwrap_or(0)).map(|c| columns.iter().filter(|k| **k == c).count()).max().unwrap_or(1);
    let place = |i: usize| {
        let column = columns[i];
        let before = columns[..i].iter().filter(|c| **c == column).count() as f64;
        let n = columns.iter().filter(|c| **c == column).count() as f64;
        (column as f64, before + (tallest as f64 - n) / 2.0)
    };
    (0..nodes.len()).map(place).collect()
}

fn one(look: &Look, root: &Area<'_>, nodes: &[Node], places: &[(f64, f64)], top: f64) -> Result<(), ReportError> {
    let at = |i: usize| (px(60.0 + places[i].0 * CELL.0), px(top + 44.0 + places[i].1 * CELL.1));
    let radius = 17.0;
    let theme = look.theme;
    for (i, node) in nodes.iter().enumerate() {
        for parent in &node.parents {
            root.draw(&PathElement::new(vec![at(*parent), at(i)], theme.grey.stroke_width(width(1.2)))).map_err(failed)?;
        }
    }
    for (i, node) in nodes.iter().enumerate() {
        let (x, y) = at(i);
        let centred = |size: f64, v: VPos| (size, Pos::new(HPos::Center, v));
        root.draw(&Circle::new((x, y), px(radius), theme.paper.filled())).map_err(failed)?;
        root.draw(&Circle::new((x, y), px(radius), theme.ink.stroke_width(width(1.3)))).map_err(failed)?;
        let write = |words: &str, dy: f64, color: &plotters::prelude::RGBColor, (size, pos): (f64, Pos)| {
            root.draw(&Text::new(words.to_string(), (x, y + px(dy)), text(size, color).pos(pos))).map_err(failed)
        };
        let inside = if node.operation.is_empty() { &node.label } else { &node.operation };
        write(inside, 0.0, &theme.ink, centred(if inside.chars().count() > 3 { 10.0 } else { 13.0 }, VPos::Center))?;
        write(&figures(node.value), -radius - 3.0, &look.pen(0).color, centred(12.0, VPos::Bottom))?;
        write(&figures(node.gradient), radius + 3.0, &look.pen(1).color, centred(12.0, VPos::Top))?;
    }
    Ok(())
}
