//! Overfitting: training and validation loss and their gap, for the best configuration and for the one with the widest final gap.

use crate::canvas::{COLORS, GREY, INK, failed, figure, px, text};
use crate::error::ReportError;
use crate::plot::axis::Scale;
use crate::plot::curves::{Line, Panel, Stroke, legend_entry, panel, scale};
use crate::plot::{Drawn, Subject};

/// Draws it.
pub fn draw(subject: &Subject<'_>, _arguments: &[String]) -> Result<Drawn, ReportError> {
    let best = subject.order.first().copied();
    let widest = widest_gap(subject)?.filter(|w| Some(*w) != best);
    let columns: Vec<(&str, usize)> = best.map(|b| ("Best", b)).into_iter().chain(widest.map(|w| ("Widest final gap", w))).collect();
    let n = columns.iter().map(|c| subject.groups[c.1].values.len()).max().unwrap_or(0);
    let labels: Vec<String> =
        columns.iter().map(|(what, g)| format!("{what}: {}", subject.groups[*g].label(&subject.sheet.axes))).collect();
    let caption = format!(
        "{}. Mean and 95 % t interval over n = {n} seeds, as far as all go; the gap is validation minus training loss; the mark is the epoch of the smallest mean validation loss.",
        labels.join("; ")
    );
    let figure = figure((900, 560), &caption, |root| {
        let title = "Overfitting: training and validation loss";
        root.draw(&plotters::element::Text::new(title, (px(14.0), px(12.0)), text(17.0, &INK))).map_err(failed)?;
        root.draw(&plotters::element::Text::new(
            format!("mean and 95 % t interval, n = {n} seeds"),
            (px(14.0), px(36.0)),
            text(11.5, &GREY),
        ))
        .map_err(failed)?;
        let (_, body) = root.split_vertically(px(58.0));
        let (legend, body) = body.split_vertically(px(26.0));
        let (a, rest) = legend.split_horizontally(px(150.0));
        let (b, c) = rest.split_horizontally(px(150.0));
        legend_entry(&a.margin(0, 0, px(10.0), 0), 10.0, "validation", COLORS[0], Stroke::Solid)?;
        legend_entry(&b, 10.0, "training", COLORS[1], Stroke::Dashed)?;
        legend_entry(&c, 10.0, "gap", COLORS[2], Stroke::Solid)?;
        if columns.is_empty() {
            return root
                .draw(&plotters::element::Text::new("no trial was measured", (px(70.0), px(200.0)), text(13.0, &GREY)))
                .map_err(failed);
        }
        for (area, (what, group)) in body.split_evenly((1, columns.len())).iter().zip(&columns) {
            column(subject, area, what, *group)?;
        }
        Ok(())
    })?;
    Ok(Drawn { stem: "overfitting".into(), figure, caption })
}

fn column(subject: &Subject<'_>, area: &crate::canvas::Area<'_>, what: &str, group: usize) -> Result<(), ReportError> {
    let group = &subject.groups[group];
    let (head, body) = area.split_vertically(px(38.0));
    head.draw(&plotters::element::Text::new(what.to_string(), (px(14.0), px(2.0)), text(13.0, &INK))).map_err(failed)?;
    head.draw(&plotters::element::Text::new(group.label(&subject.sheet.axes), (px(14.0), px(20.0)), text(10.5, &GREY))).map_err(failed)?;
    let (upper, lower) = body.split_vertically(px(250.0));
    let valid = subject.curves.of(group, "valid_loss");
    let lowest = valid.iter().min_by(|a, b| a.1.mean.total_cmp(&b.1.mean)).map(|p| (p.0, format!("best epoch {}", p.0)));
    let lines = [
        Line { points: valid, color: COLORS[0], stroke: Stroke::Solid },
        Line { points: subject.curves.of(group, "train_loss"), color: COLORS[1], stroke: Stroke::Dashed },
    ];
    let shown = scale(&lines);
    let y = if shown == Scale::Log { "loss, nats (log)" } else { "loss, nats" };
    panel(&upper, &Panel { title: "", y, x: "", lines: &lines, mark: lowest, scale: shown, along: Scale::Linear, names: None })?;
    let gap = [Line { points: subject.curves.gap(group), color: COLORS[2], stroke: Stroke::Solid }];
    panel(
        &lower,
        &Panel {
            title: "",
            y: "gap, nats",
            x: subject.sheet.progress,
            lines: &gap,
            mark: None,
            scale: Scale::Linear,
            along: Scale::Linear,
            names: None,
        },
    )
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
