//! `Record`: what one trial left, as plain data. Everything in a report is derived from records alone.

use serde::{Deserialize, Serialize};

/// How a trial ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// It ran to its last epoch, or to the end of its patience.
    Ok,
    /// Its loss left the finite world or rose above the limit: a result.
    Diverged,
    /// It panicked: a bug that costs one trial.
    Failed,
    /// It took longer than allowed; never taken as a result.
    TimedOut,
}

impl Status {
    /// As written in tables.
    pub fn name(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Diverged => "diverged",
            Status::Failed => "failed",
            Status::TimedOut => "timed-out",
        }
    }
}

/// What was measured after one epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRow {
    /// From 1.
    pub epoch: u32,
    /// The learning rate of the epoch's last step.
    pub lr: f64,
    /// In the order of the probe table; NaN is an empty cell.
    pub probes: Vec<f64>,
    /// For each group of layers, in the order of the layer probes; empty unless asked for.
    pub layers: Vec<Vec<f64>>,
}

/// What one trial left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The trial's key.
    pub key: String,
    /// How it ended.
    pub status: Status,
    /// Why, where it is not `Ok`.
    pub reason: String,
    /// Epochs completed.
    pub epochs_run: u32,
    /// The epoch of the smallest validation loss (the earliest wins); the final one without validation.
    pub best_epoch: Option<u32>,
    /// Names of the groups of layers, where they were recorded.
    pub groups: Vec<String>,
    /// Recorded epochs.
    pub epochs: Vec<EpochRow>,
    /// Every probe at the best epoch.
    pub best: Vec<f64>,
    /// Every probe at the final epoch.
    pub last: Vec<f64>,
}

impl Record {
    /// A record of a trial that left no measurement.
    pub fn empty(key: &str, status: Status, reason: String) -> Record {
        let (epochs, groups) = (Vec::new(), Vec::new());
        Record { key: key.into(), status, reason, epochs_run: 0, best_epoch: None, groups, epochs, best: Vec::new(), last: Vec::new() }
    }

    /// The quantity at a place of each recorded row; NaN where it was not measured.
    pub fn curve(&self, i: Option<usize>) -> Vec<f64> {
        self.epochs.iter().map(|row| i.and_then(|i| row.probes.get(i)).copied().unwrap_or(f64::NAN)).collect()
    }
}

/// Measured time of one trial; kept apart from the record, which must not depend on the clock.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Which worker ran it.
    pub worker: u32,
    /// Seconds in the optimizer's steps only.
    pub train_seconds: f64,
    /// Seconds in evaluation.
    pub eval_seconds: f64,
    /// Optimizer steps.
    pub steps: u64,
    /// Bytes that a training trial holds beside the data: parameters, gradients, optimizer, batch, workspace.
    pub memory_bytes: u64,
    /// When it ran; `None` of trials that an older program ran.
    pub span: Option<Span>,
    /// The CPU features of the machine that ran it; empty of trials that an older program ran.
    pub cpu: String,
}

/// When a trial ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// The sweep that ran it, by its begin: milliseconds since 1970.
    pub session: u64,
    /// Seconds from the sweep's begin to its own.
    pub start_seconds: f64,
    /// Seconds from its begin to its end.
    pub wall_seconds: f64,
}

/// As it was stored before trials knew on which CPU they ran.
#[derive(Deserialize)]
pub struct TimingWithoutCpu {
    worker: u32,
    train_seconds: f64,
    eval_seconds: f64,
    steps: u64,
    memory_bytes: u64,
    span: Option<Span>,
}

impl From<TimingWithoutCpu> for Timing {
    fn from(t: TimingWithoutCpu) -> Timing {
        let TimingWithoutCpu { worker, train_seconds, eval_seconds, steps, memory_bytes, span } = t;
        Timing { worker, train_seconds, eval_seconds, steps, memory_bytes, span, cpu: String::new() }
    }
}

/// As it was stored before trials knew when they ran.
#[derive(Deserialize)]
pub struct TimingWithoutSpan {
    worker: u32,
    train_seconds: f64,
    eval_seconds: f64,
    steps: u64,
    memory_bytes: u64,
}

impl From<TimingWithoutSpan> for Timing {
    fn from(t: TimingWithoutSpan) -> Timing {
        let TimingWithoutSpan { worker, train_seconds, eval_seconds, steps, memory_bytes } = t;
        Timing { worker, train_seconds, eval_seconds, steps, memory_bytes, span: None, cpu: String::new() }
    }
}
