//! Learning-rate schedules: the table of factors that multiply the base rate, and the warm-up before any of them.
//!
//! A schedule is a pure function of progress; it has no state, so resuming needs nothing and a plot of it needs no training.
//! In the formulas t counts steps from 0, T is their total number, and E the setting `every` in steps.
//! Absent: schedules that look at the loss (a plateau is not progress), and restarts.

mod one_cycle;
mod progress;
mod settings;

use std::f64::consts::PI;

pub use progress::Progress;
pub use settings::{Every, ScheduleSettings};

/// One schedule.
pub struct Schedule {
    /// As written in an experiment.
    pub name: &'static str,
    /// The learning rate η(t) from the base rate η₀.
    pub formula: &'static str,
    /// Where the formula comes from, and where we differ.
    pub source: &'static str,
    /// The settings that it reads, as written in an experiment, beside `warmup`.
    pub settings: &'static [&'static str],
    /// How it begins: whether a warm-up before it makes sense, and whether it can come too late for a run.
    pub beginning: Beginning,
    /// Whether it depends on T: such a run cannot be made longer and be the same run.
    pub needs_total: bool,
    /// η(t) / η₀ without warm-up, a finite number ≥ 0.
    pub factor: fn(&ScheduleSettings, &Progress) -> f64,
}

/// The first steps of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// At η₀, and the rate changes at once or never.
    Full,
    /// At η₀, and nothing happens before `schedule-every` is over.
    Waiting,
    /// With a rise of its own.
    Rising,
}

/// Every schedule.
pub static SCHEDULES: &[Schedule] = &[
    Schedule {
        name: "constant",
        formula: "η(t) = η₀",
        source: "Robbins and Monro 1951 discuss why it does not converge under noise",
        settings: &[],
        beginning: Beginning::Full,
        needs_total: false,
        factor: |_, _| 1.0,
    },
    Schedule {
        name: "step",
        formula: "η(t) = η₀ · factor^⌊t/E⌋, factor = 0.5",
        source: "torch.optim.lr_scheduler.StepLR with step_size = E",
        settings: &["schedule-every", "schedule-factor"],
        beginning: Beginning::Waiting,
        needs_total: false,
        factor: |s, p| libm::pow(s.factor.unwrap_or(0.5), p.whole_periods(s.every)),
    },
    Schedule {
        name: "exponential",
        formula: "η(t) = η₀ · factor^(t/E), factor = 0.9998: a little at every step",
        source: "optax.exponential_decay with transition_steps = E; torch.optim.lr_scheduler.ExponentialLR where E = 1 step",
        settings: &["schedule-every", "schedule-factor"],
        beginning: Beginning::Full,
        needs_total: false,
        factor: |s, p| libm::pow(s.factor.unwrap_or(0.9998), p.periods(s.every)),
    },
    Schedule {
        name: "linear",
        formula: "η(t) = η₀ · (1 − (1 − floor) · t/T)",
        source: "torch.optim.lr_scheduler.LinearLR from 1 to floor in T steps",
        settings: &["schedule-floor"],
        beginning: Beginning::Full,
        needs_total: true,
        factor: |s, p| 1.0 - (1.0 - s.floor) * p.share(),
    },
    Schedule {
        name: "cosine",
        formula: "η(t) = η₀ · (floor + (1 − floor) · (1 + cos(π · t/T))/2)",
        source: "Loshchilov and Hutter 2017, without restarts; torch.optim.lr_scheduler.CosineAnnealingLR",
        settings: &["schedule-floor"],
        beginning: Beginning::Full,
        needs_total: true,
        factor: |s, p| s.floor + (1.0 - s.floor) * (1.0 + libm::cos(PI * p.share())) / 2.0,
    },
    Schedule {
        name: "polynomial",
        formula: "η(t) = η₀ · (floor + (1 − floor) · (1 − t/T)^power), power = 2",
        source: "optax.polynomial_schedule; torch.optim.lr_scheduler.PolynomialLR where floor is 0, whose default power of 1 is `linear`",
        settings: &["schedule-floor", "schedule-power"],
        beginning: Beginning::Full,
        needs_total: true,
        factor: |s, p| s.floor + (1.0 - s.floor) * libm::pow(1.0 - p.share(), s.power),
    },
    Schedule {
        name: "one-cycle",
        formula: "η(t) rises from η₀/div-factor to η₀ at t = pct-start·T − 1, then falls to η₀/(div-factor·final-div-factor) at T − 1, along cosines",
        source: "Smith and Topin 2019; torch.optim.lr_scheduler.OneCycleLR with max_lr = η₀, without its cycle of momentum",
        settings: &["div-factor", "final-div-factor", "pct-start"],
        beginning: Beginning::Rising,
        needs_total: true,
        factor: one_cycle::factor,
    },
    Schedule {
        name: "inverse-sqrt",
        formula: "η(t) = η₀ · √(E/(E + t))",
        source: "Vaswani et al. 2017 after their warm-up, where E is as long as it; from t + 1 there, from t here",
        settings: &["schedule-every"],
        beginning: Beginning::Full,
        needs_total: false,
        factor: |s, p| 1.0 / (1.0 + p.periods(s.every)).sqrt(),
    },
    Schedule {
        name: "range-test",
        formula: "η(t) = η₀ · high^(t/(T − 1)): the last step has the rate η₀ · high",
        source: "Smith 2017, with rates that grow geometrically as in fastai's finder",
        settings: &["schedule-high"],
        beginning: Beginning::Rising,
        needs_total: true,
        factor: |s, p| {
            let last = p.total_steps.saturating_sub(1).max(1);
            libm::pow(s.high, p.step.min(last) as f64 / last as f64)
        },
    },
];

/// The row of a name.
pub fn find(name: &str) -> Option<&'static Schedule> {
    SCHEDULES.iter().find(|r| r.name == name)
}

/// η(t) / η₀ with warm-up, a finite number ≥ 0.
///
/// The first w = `warmup` · steps per epoch steps (rounded) have the factors 1/w, 2/w, …, 1 (Goyal et al. 2017). The schedule then begins at its
/// own step 0 and has T − w steps: SequentialLR of LinearLR(start_factor=1/w, total_iters=w − 1) and the schedule with
/// milestones=[w] in torch.optim.lr_scheduler, or optax.join_schedules with boundaries=[w].
/// It is meant for schedules that begin at 1: `one-cycle` has its own, and `range-test` would begin high.
pub fn factor_at(schedule: &Schedule, settings: &ScheduleSettings, progress: &Progress) -> f64 {
    let n_warm = (settings.warmup * progress.steps_per_epoch as f64).round() as u64;
    if progress.step < n_warm {
        return (progress.step + 1) as f64 / n_warm as f64;
    }
    (schedule.factor)(settings, &progress.after(n_warm))
}

/// The learning rate of the step at `progress`; `base_lr` is η₀ > 0.
pub fn lr_at(schedule: &Schedule, settings: &ScheduleSettings, base_lr: f64, progress: &Progress) -> f64 {
    base_lr * factor_at(schedule, settings, progress)
}
