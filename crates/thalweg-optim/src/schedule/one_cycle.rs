//! One cycle: up to a high rate for part of a run, then down to almost nothing. Absent: the cycle of momentum.

use std::f64::consts::PI;

use crate::schedule::{Progress, ScheduleSettings};

/// As torch.optim.lr_scheduler.OneCycleLR (two phases, cosine annealing), whose `max_lr` is our base rate: from 1/div to 1 at
/// step pct·T − 1, then down to 1/(div·final) at step T − 1. A run without room for a phase is at its end at once.
pub(super) fn factor(settings: &ScheduleSettings, progress: &Progress) -> f64 {
    let low = 1.0 / settings.div_factor;
    let end = low / settings.final_div_factor;
    let last = progress.total_steps.saturating_sub(1) as f64;
    let (step, peak) = ((progress.step as f64).min(last), settings.pct_start * progress.total_steps as f64 - 1.0);
    if step <= peak { anneal(low, 1.0, passed(step, 0.0, peak)) } else { anneal(1.0, end, passed(step, peak, last)) }
}

/// From `a` at 0 to `b` at 1 along half a cosine.
fn anneal(a: f64, b: f64, share: f64) -> f64 {
    b + (a - b) / 2.0 * (1.0 + libm::cos(PI * share))
}

/// How much of the way from `a` to `b` is behind `x`.
fn passed(x: f64, a: f64, b: f64) -> f64 {
    if b > a { (x - a) / (b - a) } else { 1.0 }
}
