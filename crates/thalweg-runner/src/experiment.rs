//! `Experiment`: a file after checking. Names have become table rows, so from here on none can be wrong.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use thalweg_report::PlotRequest;

use crate::diagnose::Span;
use crate::kind::Kind;
use crate::settings::Setting;
use crate::stream::Stream;
use crate::threshold::Thresholds;
use crate::trial::Trial;
use crate::value::Value;

/// A checked experiment.
#[derive(Clone)]
pub struct Experiment {
    /// The folder of its file: paths in it are relative to this.
    pub dir: PathBuf,
    /// The folder's name under `--out`: `[a-z0-9-]+`.
    pub name: String,
    /// What is studied.
    pub kind: &'static Kind,
    /// What the experiment asks.
    pub question: String,
    /// Every trial begins here.
    pub base: Trial,
    /// Where each setting of `[base]` stood.
    pub places: BTreeMap<&'static str, Span>,
    /// Swept settings, sorted by path.
    pub axes: Vec<Axis>,
    /// Seeds and the streams that follow them.
    pub replicates: Replicates,
    /// What happens when a trial goes wrong.
    pub failure: Failure,
    /// What is recorded.
    pub record: RecordSettings,
    /// What is reported.
    pub report: ReportSettings,
}

/// A swept setting with its values, in the file's order.
#[derive(Clone)]
pub struct Axis {
    /// The setting's row.
    pub setting: &'static Setting,
    /// Distinct values, each accepted by the row.
    pub values: Vec<Value>,
    /// Where each of them stood.
    pub spans: Vec<Span>,
}

/// Repetitions of every configuration.
#[derive(Clone, Debug)]
pub struct Replicates {
    /// One trial each.
    pub seeds: Vec<u64>,
    /// The streams that follow the seed.
    pub vary: Vec<Stream>,
}

/// What to do after a trial that failed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Policy {
    /// Go on.
    Continue,
    /// Start no more trials once this many have failed or timed out.
    StopAfter(usize),
}

/// Limits on a trial.
#[derive(Clone, Debug)]
pub struct Failure {
    /// After a failed trial.
    pub policy: Policy,
    /// A loss above this, or one that is not finite, is divergence.
    pub loss_above: f64,
    /// Longest time for one trial.
    pub timeout: Option<Duration>,
}

/// What is measured while training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TrainLoss {
    /// Over the whole training part, after the epoch.
    Full,
    /// The mean of the epoch's batches as they passed: free, and a little behind.
    Running,
}

/// Whether something is measured that costs time or room.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Extra {
    /// It is not.
    Skip,
    /// It is, in every recorded epoch.
    Record,
}

/// Which parameters are kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KeptWeights {
    /// None.
    None,
    /// Those of the best epoch.
    Best,
    /// Those of the final epoch.
    Final,
    /// All that a longer trial needs to go on.
    State,
}

impl KeptWeights {
    /// Whether a trial's parameters become a file of its run.
    pub fn is_file(self) -> bool {
        matches!(self, KeptWeights::Best | KeptWeights::Final)
    }
}

/// What a record holds.
#[derive(Clone, Debug)]
pub struct RecordSettings {
    /// Epochs between evaluations; the last epoch is always evaluated.
    pub every: usize,
    /// How the training loss is measured.
    pub train: TrainLoss,
    /// Whether groups of layers are measured: `layers.csv`.
    pub layers: Extra,
    /// Which parameters are kept.
    pub weights: KeptWeights,
}

/// What the report is about.
#[derive(Clone)]
pub struct ReportSettings {
    /// A column of `trials.csv` without `_final`.
    pub metric: String,
    /// At the best or at the final epoch.
    pub at: thalweg_report::At,
    /// `None`: sensible ones.
    pub plots: Option<Vec<PlotRequest>>,
    /// What decides the outcomes' words.
    pub thresholds: Thresholds,
}
