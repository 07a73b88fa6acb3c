//! Timeline: when each worker trained what, by the clock. Its files are `timings.*`: two runs differ in them, and in nothing else.

use std::collections::{BTreeMap, HashMap};

use plotters::element::Rectangle;
use plotters::prelude::Color;
use plotters::style::text_anchor::HPos;

use crate::canvas::{Area, failed, figure, px, width};
use crate::error::ReportError;
use crate::files;
use crate::look::{Look, Pen};
use crate::plot::axis::{Axis, tick};
use crate::plot::words::{heading, write};
use crate::plot::{Drawn, Subject};

/// Lanes in one figure.
const MAX_LANES: usize = 48;
/// Where bars begin and end, and a lane's height, in logical pixels.
const LEFT: f64 = 110.0;
const RIGHT: f64 = 850.0;
const LANE: f64 = 22.0;
const TOP: f64 = 92.0;

/// A trial on its worker.
struct Bar {
    start: f64,
    end: f64,
    status: String,
}

/// What a bar's colour says: the status, and its pen.
const STATUSES: [(&str, usize); 4] = [("ok", 0), ("diverged", 1), ("failed", 6), ("timed-out", 3)];

/// Draws it: the sessions of a sweep that was resumed one below the other, each from its own begin.
pub fn draw(subject: &Subject<'_>, _arguments: &[String]) -> Result<Drawn, ReportError> {
    let look = &subject.sheet.look;
    let (lanes, n_unknown) = lanes(subject)?;
    let n_bars: usize = lanes.values().map(Vec::len).sum();
    let last = lanes.values().flatten().map(|b| b.end).fold(0.0, f64::max);
    let sessions: Vec<i64> = lanes.keys().map(|k| k.0).collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    // Each session's workers were there as long as it took.
    let length = |session: i64| lanes.iter().filter(|l| l.0.0 == session).flat_map(|l| l.1).map(|b| b.end).fold(0.0, f64::max);
    let there: f64 = lanes.keys().map(|k| length(k.0)).sum();
    let busy: f64 = lanes.values().flatten().map(|b| b.end - b.start).sum();
    let share = if there > 0.0 { format!(", busy {:.0} % of the time", 100.0 * (busy / there).min(1.0)) } else { String::new() };
    let hidden = lanes.len().saturating_sub(MAX_LANES);
    let mut note = format!("{n_bars} trials on {} lanes{share}", lanes.len());
    if hidden > 0 {
        note += &format!("; {hidden} lanes are not shown");
    }
    if n_unknown > 0 {
        note += &format!("; {n_unknown} trials without a start are not shown");
    }
    let caption = format!("When each worker trained what, in seconds since its session began: {note}.");
    let n_shown = lanes.len().min(MAX_LANES);
    let bottom = TOP + LANE * n_shown.max(1) as f64 + 8.0 * sessions.len() as f64;
    let figure = figure(look, (900, (bottom + 52.0) as u32), &caption, |root| {
        heading(look, root, &format!("Workers of {}", subject.sheet.name), &note)?;
        let mut at = LEFT;
        for (status, pen) in STATUSES.iter().filter(|(s, _)| lanes.values().flatten().any(|b| b.status == *s)) {
            let swatch = [(px(at), px(66.0)), (px(at + 14.0), px(76.0))];
            draw_bar(look, root, swatch, look.pen(*pen))?;
            write(root, status, (at + 20.0, 71.0), 11.0, &look.theme.ink, HPos::Left)?;
            at += 110.0;
        }
        if lanes.is_empty() {
            return write(root, "no times were measured", (450.0, TOP + 12.0), 12.0, &look.theme.grey, HPos::Center);
        }
        let axis = Axis::exact(0.0, last);
        scale(look, root, &axis, bottom)?;
        let mut top = TOP;
        for (i, ((session, worker), bars)) in lanes.iter().take(MAX_LANES).enumerate() {
            let is_first = i == 0 || lanes.keys().nth(i - 1).is_some_and(|before| before.0 != *session);
            top += if is_first { 8.0 } else { 0.0 };
            let label = if sessions.len() > 1 { format!("session {session}, {worker}") } else { format!("worker {worker}") };
            write(root, &label, (LEFT - 8.0, top + LANE / 2.0), 11.0, &look.theme.ink, HPos::Right)?;
            lane(look, root, top, bars, &axis)?;
            top += LANE;
        }
        Ok(())
    })?;
    Ok(Drawn { stem: files::TIMELINE.into(), figure, caption })
}

/// By session and worker.
type Lanes = BTreeMap<(i64, i64), Vec<Bar>>;

/// By session and worker the trials in the order of their start, and how many have none.
fn lanes(subject: &Subject<'_>) -> Result<(Lanes, usize), ReportError> {
    let (timings, trials) = (&subject.tables.timings, &subject.tables.trials);
    let status: HashMap<String, String> =
        trials.text("key")?.into_iter().zip(trials.text("status")?).filter_map(|(k, s)| Some((k?, s?))).collect();
    let (keys, sessions, workers) = (timings.text("key")?, timings.int("session")?, timings.int("worker")?);
    let (starts, lengths) = (timings.float("start_seconds")?, timings.float("wall_seconds")?);
    let mut lanes = Lanes::new();
    let mut n_unknown = 0;
    for row in 0..timings.n_rows() {
        let (Some(key), Some(session), Some(worker), Some(start), Some(length)) =
            (&keys[row], sessions[row], workers[row], starts[row], lengths[row])
        else {
            n_unknown += 1;
            continue;
        };
        let status = status.get(key).cloned().unwrap_or_default();
        lanes.entry((session, worker)).or_default().push(Bar { start, end: start + length, status });
    }
    lanes.values_mut().for_each(|bars| bars.sort_by(|a, b| a.start.total_cmp(&b.start)));
    Ok((lanes, n_unknown))
}

fn place(axis: &Axis, seconds: f64) -> f64 {
    LEFT + (RIGHT - LEFT) * axis.share(seconds)
}

fn scale(look: &Look, root: &Area<'_>, axis: &Axis, bottom: f64) -> Result<(), ReportError> {
    for seconds in axis.ticks() {
        let x = place(axis, seconds);
        let line = vec![(px(x), px(TOP)), (px(x), px(bottom + 4.0))];
        root.draw(&plotters::element::PathElement::new(line, look.theme.mesh.stroke_width(width(1.0)))).map_err(failed)?;
        write(root, &tick(seconds), (x, bottom + 14.0), 11.0, &look.theme.ink, HPos::Center)?;
    }
    write(root, "seconds since the session began", ((LEFT + RIGHT) / 2.0, bottom + 36.0), 12.0, &look.theme.ink, HPos::Center)
}

/// Bars narrower than a quarter of a pixel are drawn together with what follows, so that a lane of 100,000 trials stays small.
fn lane(look: &Look, root: &Area<'_>, top: f64, bars: &[Bar], axis: &Axis) -> Result<(), ReportError> {
    let mut drawn_to = f64::NEG_INFINITY;
    let is_ok = |bar: &&Bar| bar.status == STATUSES[0].0;
    // What went wrong lies on top, and is wide enough to be seen.
    for bar in bars.iter().filter(is_ok).chain(bars.iter().filter(|bar| !is_ok(bar))) {
        let (from, to) = (place(axis, bar.start), place(axis, bar.end));
        let (_, pen) = STATUSES.iter().find(|(s, _)| *s == bar.status).unwrap_or(&STATUSES[0]);
        if to - drawn_to < 0.25 && *pen == 0 {
            continue;
        }
        let least = if *pen == 0 { 0.25 } else { 1.5 };
        let corners = [(px(from), px(top + 3.0)), (px(to.max(from + least)), px(top + LANE - 3.0))];
        draw_bar(look, root, corners, look.pen(*pen))?;
        drawn_to = to;
    }
    Ok(())
}

/// Filled, with a rim of paper where there is room: neighbours stay apart.
fn draw_bar(look: &Look, root: &Area<'_>, corners: [(i32, i32); 2], pen: Pen) -> Result<(), ReportError> {
    root.draw(&Rectangle::new(corners, pen.color.filled())).map_err(failed)?;
    if corners[1].0 - corners[0].0 > px(3.0) {
        root.draw(&Rectangle::new(corners, look.theme.paper.stroke_width(width(0.6)))).map_err(failed)?;
    }
    Ok(())
}
