//! `Experiment`: a file after checking. Names have become table rows, so from here on none can be wrong.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use thalweg_report::{Look, PlotRequest};

use crate::claim::Claim;
use crate::diagnose::Span;
use crate::expr::Expr;
use crate::kind::Kind;
use crate::launch::settings::Launcher;
use crate::record::Record;
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
    /// Where and how it runs on a cluster; no part of the plan.
    pub launcher: Launcher,
    /// The CPU features that choose kernels, which are in the keys: this machine's, or those of the one that planned.
    pub cpu: String,
    /// What is swept, sorted by name.
    pub axes: Vec<Axis>,
    /// Single extra points, outside the product.
    pub includes: Vec<Include>,
    /// What points must be, or must not be.
    pub rules: Vec<Rule>,
    /// Which points of the axes are taken.
    pub search: Search,
    /// Whether most of them are given up early.
    pub halving: Option<Halving>,
    /// Every setting that differs between trials, sorted by path: the columns of the tables.
    pub swept: Vec<&'static Setting>,
    /// Seeds and the streams that follow them.
    pub replicates: Replicates,
    /// What happens when a trial goes wrong.
    pub failure: Failure,
    /// What is recorded.
    pub record: RecordSettings,
    /// What is reported.
    pub report: ReportSettings,
    /// What its author expects.
    pub claims: Vec<Claim>,
}

impl Experiment {
    /// How often a configuration may be trained, each time for longer: once, but for successive halving.
    pub fn n_rungs(&self) -> usize {
        self.halving.as_ref().map_or(1, |halving| halving.rungs.len())
    }

    /// The report's metric of a trial, at the report's place; `None` where it was not recorded.
    pub fn metric(&self, record: &Record) -> Option<f64> {
        let row = if self.report.at == thalweg_report::At::Final { &record.last } else { &record.best };
        row.get(self.kind.index(&self.report.metric)?).copied()
    }
}

/// One axis: a setting with its values, or several that move together.
#[derive(Clone)]
pub struct Axis {
    /// The setting's path, or a zip's own name.
    pub name: String,
    /// The settings' rows: one, or those of a zip.
    pub settings: Vec<&'static Setting>,
    /// Its values.
    pub points: Points,
    /// Where each value stood.
    pub spans: Vec<Span>,
    /// An axis that exists only where this holds.
    pub condition: Option<Condition>,
}

/// The values of an axis.
#[derive(Clone)]
pub enum Points {
    /// Distinct ones, in the file's order; one value for each setting of the axis.
    Listed(Vec<Vec<Value>>),
    /// Any number between two ends; for searches that draw.
    Uniform([f64; 2]),
    /// Any number between two ends above 0, evenly by its logarithm.
    LogUniform([f64; 2]),
}

impl Points {
    /// How many there are; `None`: as many as one likes.
    pub fn n_values(&self) -> Option<usize> {
        match self {
            Points::Listed(values) => Some(values.len()),
            _ => None,
        }
    }
}

/// An expression with its text.
#[derive(Clone)]
pub struct Condition {
    /// As written.
    pub text: String,
    /// As parsed and typed.
    pub expr: Expr,
}

/// One extra point: the settings that differ from `[base]`.
#[derive(Clone)]
pub struct Include {
    /// In the file's order.
    pub settings: Vec<(&'static Setting, Value)>,
    /// Where it stood.
    pub span: Span,
}

/// Whether a rule's expression must hold or must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// Points for which it does not hold are dropped.
    Require,
    /// Points for which it holds are dropped.
    Exclude,
}

/// A rule.
#[derive(Clone)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// What is asked.
    pub demand: Demand,
    /// The expression.
    pub condition: Condition,
    /// Where it stood.
    pub span: Span,
}

/// Which points of the axes are taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Search {
    /// All.
    Grid,
    /// This many, drawn independently.
    Random {
        /// How many.
        points: usize,
        /// Of the draw.
        seed: u64,
    },
    /// This many of a scrambled Sobol sequence, which fills the space more evenly.
    Sobol {
        /// How many.
        points: usize,
        /// Of the scrambling.
        seed: u64,
    },
}

/// Successive halving: all configurations train for a few epochs, the best of them for more, and so on.
#[derive(Clone, Debug, PartialEq)]
pub struct Halving {
    /// One of so many is promoted.
    pub eta: usize,
    /// Epochs of each rung, rising; those of the last are `train.epochs`.
    pub rungs: Vec<usize>,
    /// How many configurations compete, in the order of the plan; `None`: all.
    pub cohort: Option<usize>,
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
    /// How its figures look.
    pub look: Look,
    /// What decides the outcomes' words.
    pub thresholds: Thresholds,
}
