//! Overfitting: training and validation loss and their gap, for the best configuration and for the one with the widest final gap.

use plotters::style::text_anchor::HPos;

use crate::canvas::{Area, figure, px};
use crate::error::ReportError;
use crate::groups::Group;
use crate::look::Look;
use crate::plot::axis::Scale;
use crate::plot::panel::{Line, Panel, Stroke, legend_entry, panel, scale};
use crate::plot::words::{heading, over_seeds, room, squeezed, write};
use crate::plot::{Drawn, Subject};

/// Draws it.
pub fn draw(subject: &Subject<'_>, _arguments: &[String]) -> Result<Drawn, ReportError> {
    let look = &subject.sheet.look;
    let best = subject.order.first().copied();
    let widest = widest_gap(subject)?.filter(|w| Some(*w) != best);
    let columns: Vec<(&str, usize)> = best.map(|b| ("Best", b)).into_iter().chain(widest.map(|w| ("Widest final gap", w))).collect();
    let n = columns.iter().map(|c| subject.groups[c.1].values.len()).max().unwrap_or(0);
    let labels: Vec<String> =
        columns.iter().map(|(what, g)| format!("{what}: {}", subject.groups[*g].label(&subject.sheet.axes))).collect();
    let onsets = subject.tables.trials.int("overfit_onset")?;
    let caption = format!(
        "{}. {}, as far as all go; the gap is validation minus training loss. Marked: the epoch of the smallest mean validation loss, and the median first epoch of overfitting over the seeds that have one.",
        labels.join("; "),
        over_seeds(n)
    );
    let figure = figure(look, (900, 560), &caption, |root| {
        heading(look, root, "Overfitting: training and validation loss", &over_seeds(n))?;
        let (_, body) = root.split_vertically(px(58.0));
        let (legend, body) = body.split_vertically(px(26.0));
        let (a, rest) = legend.split_horizontally(px(150.0));
        let (b, c) = rest.split_horizontally(px(150.0));
        legend_entry(look, &a.margin(0, 0, px(10.0), 0), 10.0, "validation", look.pen(0), Stroke::Solid)?;
        legend_entry(look, &b, 10.0, "training", look.pen(1), Stroke::Dashed)?;
        legend_entry(look, &c, 10.0, "gap", look.pen(2), Stroke::Solid)?;
        if columns.is_empty() {
            return write(root, "no trial was measured", (450.0, 280.0), 13.0, &look.theme.grey, HPos::Center);
        }
        for (area, (what, group)) in body.split_evenly((1, columns.len())).iter().zip(&columns) {
            column(look, subject, area, (what, *group), &onsets)?;
        }
        Ok(())
    })?;
    Ok(Drawn { stem: "overfitting".into(), figure, caption })
}

fn column(
    look: &Look,
    subject: &Subject<'_>,
    area: &Area<'_>,
    (what, group): (&str, usize),
    onsets: &[Option<i64>],
) -> Result<(), ReportError> {
    let group = &subject.groups[group];
    let (head, body) = area.split_vertically(px(38.0));
    write(&head, what, (14.0, 9.0), 13.0, &look.theme.ink, HPos::Left)?;
    let label = squeezed(&group.label(&subject.sheet.axes), 10.5, room(&head) - 28.0);
    write(&head, &label, (14.0, 27.0), 10.5, &look.theme.grey, HPos::Left)?;
    let (upper, lower) = body.split_vertically(px(250.0));
    let valid = subject.curves.of(group, "valid_loss");
    let lowest =
        valid.iter().min_by(|a, b| a.1.mean.total_cmp(&b.1.mean)).map(|p| (p.0, format!("best {} {}", subject.sheet.progress, p.0)));
    let lines = [
        Line { points: valid, pen: look.pen(0), stroke: Stroke::Solid },
        Line { points: subject.curves.of(group, "train_loss"), pen: look.pen(1), stroke: Stroke::Dashed },
    ];
    let marks: Vec<(f64, String)> = lowest.into_iter().chain(onset(group, onsets)).collect();
    let shown = scale(&lines);
    let y = if shown == Scale::Log { "loss (log)" } else { "loss" };
    panel(look, &upper, &Panel { y, lines: &lines, marks: &marks, scale: shown, ..Panel::default() })?;
    let gap = [Line { points: subject.curves.gap(group), pen: look.pen(2), stroke: Stroke::Solid }];
    let marks: Vec<(f64, String)> = marks.into_iter().map(|(epoch, _)| (epoch, String::new())).collect();
    panel(look, &lower, &Panel { y: "gap", x: subject.sheet.progress, lines: &gap, marks: &marks, ..Panel::default() })
}

/// The median first epoch of overfitting over the seeds that have one, and how many have.
fn onset(group: &Group, onsets: &[Option<i64>]) -> Option<(f64, String)> {
    let mut found: Vec<i64> = group.rows.iter().filter_map(|row| onsets[*row]).collect();
    found.sort_unstable();
    let middle = *found.get((found.len().max(1) - 1) / 2)?;
    Some((middle as f64, format!("overfits from {middle} ({} of {})", found.len(), group.rows.len())))
}

/// The group without diverged trials that has the largest mean final gap.
fn widest_gap(subject: &Subject<'_>) -> Result<Option<usize>, ReportError> {
    let gaps = subject.tables.trials.float("gap_final")?;
    let mean = |g: &usize| {
        let values: Vec<f64> = subject.groups[*g].rows.iter().filter_map(|r| gaps[*r]).collect();
        if values.is_empty() { f64::NEG_INFINITY } else { values.iter().sum::<f64>() / values.len() as f64 }
    };
    let candidates = (0..subject.groups.len()).filter(|g| subject.groups[*g].n_diverged == 0 && mean(g).is_finite());
    Ok(candidates.max_by(|a, b| mean(a).total_cmp(&mean(b))))
}
