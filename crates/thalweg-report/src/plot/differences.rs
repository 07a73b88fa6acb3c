//! The differences of a comparison with their intervals, one below the other: the whole, then what is least likely to be chance.

use plotters::element::{Circle, PathElement};
use plotters::prelude::Color;
use plotters::style::text_anchor::HPos;

use crate::canvas::{Area, failed, figure, px, width};
use crate::compare::{Comparison, Drawn, Row, Verdict, interval};
use crate::error::ReportError;
use crate::groups::short;
use crate::look::Look;
use crate::plot::axis::{Axis, Scale, tick};
use crate::plot::words::{cut, heading, squeezed, write};
use crate::summary::ALPHA;

/// The most configurations of the figure.
const MAX_ROWS: usize = 30;
/// Heights and ends in logical pixels.
const ROW: f64 = 22.0;
const TOP: f64 = 76.0;
const LEFT: f64 = 250.0;
const RIGHT: f64 = 640.0;

impl Comparison {
    /// Draws it; `None` where no configuration is in both runs.
    pub(crate) fn differences(&self, look: &Look) -> Result<Option<Drawn>, ReportError> {
        let known: Vec<&Row> = self.by_evidence().into_iter().filter(|row| row.difference.is_some()).collect();
        let Some(overall) = self.overall.as_ref().filter(|o| o.difference.is_some()) else { return Ok(None) };
        let shown = &known[..known.len().min(MAX_ROWS)];
        let ends = shown.iter().copied().chain([overall]).filter_map(|row| row.difference);
        let axis = Axis::fit(ends.flat_map(|d| [d.low, d.high, d.mean]).chain([0.0]), Scale::Linear);
        let more = if known.len() > shown.len() {
            format!(" The {} of {} that are least likely to be chance.", shown.len(), known.len())
        } else {
            String::new()
        };
        let [a, b] = &self.names;
        let caption = format!(
            "{}: {b} (B) minus {a} (A) with 95 % intervals. Filled: told apart (Holm over configurations, α = {ALPHA}); hollow: not.{more}",
            self.metric
        );
        let bottom = TOP + ROW * (shown.len() + 1) as f64 + 8.0;
        let figure = figure(look, (860, (bottom + 58.0) as u32), &caption, |root| {
            heading(look, root, &format!("{}: B − A", self.metric), "mean difference with 95 % interval; filled: told apart, hollow: not")?;
            let names = self.axes.iter().map(|axis| short(axis)).collect::<Vec<_>>().join(", ");
            write(root, &squeezed(&names, 11.5, LEFT - 36.0), (LEFT - 14.0, TOP - 4.0), 11.5, &look.theme.grey, HPos::Right)?;
            self.scale(look, root, &axis, bottom)?;
            self.row(look, root, &axis, TOP, "over all, by seed", overall)?;
            for (i, row) in shown.iter().enumerate() {
                self.row(look, root, &axis, TOP + 8.0 + ROW * (i + 1) as f64, &values(row), row)?;
            }
            Ok(())
        })?;
        Ok(Some(Drawn { stem: "differences", figure, question: "How large are the differences, and how sure?", caption }))
    }

    /// The axis below, its lines behind everything, and where nothing differs.
    fn scale(&self, look: &Look, root: &Area<'_>, axis: &Axis, bottom: f64) -> Result<(), ReportError> {
        for v in axis.ticks().into_iter().chain([0.0]) {
            let pen = if v == 0.0 { look.theme.axis.stroke_width(width(1.5)) } else { look.theme.mesh.stroke_width(width(1.0)) };
            let line = vec![(px(at(axis, v)), px(TOP - 6.0)), (px(at(axis, v)), px(bottom + 4.0))];
            root.draw(&PathElement::new(line, pen)).map_err(failed)?;
        }
        for v in axis.ticks() {
            write(root, &tick(v), (at(axis, v), bottom + 15.0), 11.0, &look.theme.ink, HPos::Center)?;
        }
        let (better, worse) = ("B is better", "B is worse");
        let ends = if crate::sheet::is_larger_better(&self.metric) { (worse, better) } else { (better, worse) };
        write(root, &format!("← {}", ends.0), (LEFT, bottom + 36.0), 11.5, &look.theme.grey, HPos::Left)?;
        write(root, &format!("{} →", ends.1), (RIGHT, bottom + 36.0), 11.5, &look.theme.grey, HPos::Right)
    }

    fn row(&self, look: &Look, root: &Area<'_>, axis: &Axis, top: f64, label: &str, row: &Row) -> Result<(), ReportError> {
        let (theme, middle) = (look.theme, top + ROW / 2.0);
        write(root, &squeezed(label, 11.5, LEFT - 36.0), (LEFT - 14.0, middle), 11.5, &theme.ink, HPos::Right)?;
        let Some(d) = row.difference else { return Ok(()) };
        let color = match row.verdict {
            Verdict::Better => look.pen(0).color,
            Verdict::Worse => look.pen(1).color,
            _ => theme.grey,
        };
        if d.low.is_finite() {
            let line = vec![(px(at(axis, d.low)), px(middle)), (px(at(axis, d.high)), px(middle))];
            root.draw(&PathElement::new(line, color.stroke_width(width(1.8)))).map_err(failed)?;
        }
        let place = (px(at(axis, d.mean)), px(middle));
        root.draw(&Circle::new(place, px(4.0), color.filled())).map_err(failed)?;
        if !matches!(row.verdict, Verdict::Better | Verdict::Worse) {
            root.draw(&Circle::new(place, px(2.4), theme.paper.filled())).map_err(failed)?;
        }
        write(root, &cut(&interval(row), 11.0, 200.0), (RIGHT + 14.0, middle), 11.0, &theme.ink, HPos::Left)
    }
}

/// A configuration's values alone: their names stand above.
fn values(row: &Row) -> String {
    if row.cells.is_empty() { "the only configuration".into() } else { row.cells.join(", ") }
}

/// The place of a difference, in logical pixels.
fn at(axis: &Axis, v: f64) -> f64 {
    LEFT + (RIGHT - LEFT) * axis.share(v)
}
