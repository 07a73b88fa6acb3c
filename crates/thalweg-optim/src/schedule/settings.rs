//! The plain numbers that schedules read. Absent: the base rate, and any check: whoever reads settings refuses what is outside
//! the ranges told here.

/// A time: how often `step` and `exponential` multiply, and the time scale of `inverse-sqrt`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Every {
    /// In epochs, > 0; 0.5 is half an epoch.
    Epochs(f64),
    /// In optimizer steps, ≥ 1.
    Steps(u64),
}

/// Settings of all schedules; a schedule's row says which of them it reads. Rates are shares of the base rate η₀.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScheduleSettings {
    /// The time of `step`, `exponential` and `inverse-sqrt`. Default 5 epochs.
    pub every: Every,
    /// What `step` and `exponential` multiply by once per `every`, in (0, 1]. `None`: 0.5 for `step`, 0.9998 for `exponential`.
    pub factor: Option<f64>,
    /// The share at which `linear`, `cosine` and `polynomial` end, in [0, 1]. Default 0.
    pub floor: f64,
    /// The exponent of `polynomial`, > 0. Default 2: with PyTorch's default of 1 it is `linear`.
    pub power: f64,
    /// The share of the run in which `one-cycle` rises, in [0, 1]. Default 0.3 (PyTorch).
    pub pct_start: f64,
    /// `one-cycle` begins at η₀ / `div_factor`, ≥ 1. Default 25 (PyTorch).
    pub div_factor: f64,
    /// `one-cycle` ends at η₀ / (`div_factor` · `final_div_factor`), ≥ 1. Default 1e4 (PyTorch).
    pub final_div_factor: f64,
    /// The share that the last step of `range-test` takes, > 0, mostly far above 1. Default 1e4.
    pub high: f64,
    /// Epochs of warm-up before any schedule, ≥ 0, rounded to whole steps. Default 0.
    pub warmup: f64,
}

impl ScheduleSettings {
    /// The defaults, for constants.
    pub const DEFAULT: ScheduleSettings = ScheduleSettings {
        every: Every::Epochs(5.0),
        factor: None,
        floor: 0.0,
        power: 2.0,
        pct_start: 0.3,
        div_factor: 25.0,
        final_div_factor: 1e4,
        high: 1e4,
        warmup: 0.0,
    };
}

impl Default for ScheduleSettings {
    fn default() -> ScheduleSettings {
        ScheduleSettings::DEFAULT
    }
}
