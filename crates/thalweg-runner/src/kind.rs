//! The study kinds, one row each: what is trained or descended, which settings it reads, what it records.
//!
//! All kinds share the language, the store, the tables and the report. Nothing outside a kind's own module knows it by name.

use thalweg_report::{At, PlotRequest, Table};

use crate::cost::Cost;
use crate::experiment::Experiment;
use crate::expr::Type;
use crate::library::Library;
use crate::plan::{Plan, Planned, Refusal};
use crate::record::Record;
use crate::settings::{SETTINGS, Setting, TYPES};
use crate::state::State;
use crate::stream::{Seeds, Stream};
use crate::threshold::{Threshold, Thresholds};
use crate::train::Trained;
use crate::trial::Trial;
use crate::{chain_rule, curves, descent, likelihood, picture, scores, train};

/// A study kind.
pub struct Kind {
    /// As written in a file.
    pub name: &'static str,
    /// What it studies.
    pub question: &'static str,
    /// The settings that it reads: groups (`"model."`) and single paths.
    pub settings: &'static [&'static [&'static str]],
    /// The keys of `[record]` that it reads.
    pub record: &'static [&'static str],
    /// What it records of a trial, in the order of a record's numbers.
    pub quantities: fn() -> Vec<Quantity>,
    /// What a row of `epochs.csv` counts.
    pub progress: &'static str,
    /// The metric of a report that names none, and where it is read.
    pub metric: (&'static str, At),
    /// What a report says first where configurations are not ranked; `None`: which is best.
    pub headline: Option<&'static str>,
    /// The streams that follow a replicate's seed unless told otherwise.
    pub vary: &'static [Stream],
    /// The plots of a report that names none; `None`: the report's own choice.
    pub plots: Option<&'static [&'static str]>,
    /// Replaces what depends on data and files, and refuses what cannot run.
    pub resolve: fn(Trial, &Seeds, &Library) -> Result<Resolved, Refusal>,
    /// The settings that `resolve` reads or changes, written likewise: points that differ in others alone are resolved once.
    pub resolved: &'static [&'static str],
    /// Whether a trial's numbers depend on a setting that the kind reads.
    pub applies: fn(&Trial, &str) -> bool,
    /// Whether a trial's numbers depend on its seed.
    pub depends_on_seed: fn(&Trial) -> bool,
    /// Refuses a point by what it says alone; it costs next to nothing.
    pub refuse: fn(&Trial) -> Result<(), Refusal>,
    /// Runs one trial; `None` if the last argument said to stop.
    pub run: Run,
    /// Runs what a shorter trial has not, where a kind keeps states.
    pub resume: Option<Resume>,
    /// What decides the words of its outcomes.
    pub thresholds: &'static [&'static Threshold],
    /// What the curves of a record amount to.
    pub outcomes: fn(&Record, &Thresholds) -> Outcomes,
    /// What figures draw behind the trials, if anything.
    pub backdrop: fn(&Plan) -> Option<Table>,
    /// The nodes of expressions, if that is what is studied.
    pub nodes: fn(&Plan) -> Option<Table>,
    /// Checks the gradients of a plan.
    pub gradcheck: fn(&Plan, &Library) -> Result<Checked, String>,
}

/// How a kind runs a trial.
pub type Run = fn(&Planned, &Experiment, &Library, &dyn Fn() -> bool) -> Result<Option<Trained>, String>;

/// How a kind goes on from a shorter trial's state; likewise.
pub type Resume = fn(&Planned, &Experiment, &Library, &State, &dyn Fn() -> bool) -> Result<Option<Trained>, String>;

/// A trial whose every setting is known.
pub struct Resolved {
    /// The trial.
    pub trial: Trial,
    /// What stands for its data in the key.
    pub data_hash: String,
    /// What it takes, by the model; of training, with a look after each epoch.
    pub cost: Cost,
}

/// What a gradient check found.
pub struct Checked {
    /// To be printed.
    pub lines: Vec<String>,
    /// Combinations that failed.
    pub failures: usize,
}

/// A recorded quantity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantity {
    /// Column name; `_final` is added for the final epoch.
    pub name: &'static str,
    /// Definition and unit.
    pub formula: &'static str,
    /// Whether `epochs.csv` has it for every recorded epoch.
    pub every_epoch: bool,
}

/// Typed outcomes; `None` where a kind has no such thing or nothing was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outcomes {
    /// Validation minus training loss at the end.
    pub gap_final: Option<f64>,
    /// First epoch of overfitting.
    pub overfit_onset: Option<u32>,
    /// `converged, slow, oscillating, stalled, diverged`
    pub convergence: Option<&'static str>,
    /// `underfit, good, overfit`
    pub fit: Option<&'static str>,
}

/// Every kind; the first is the default.
pub static KINDS: &[&Kind] =
    &[&train::KIND, &descent::KIND, &chain_rule::KIND, &curves::KIND, &likelihood::KIND, &picture::KIND, &scores::KIND];

impl Kind {
    /// The settings that it reads, by path.
    pub fn settings(&self) -> impl Iterator<Item = &'static Setting> {
        SETTINGS.iter().copied().filter(|s| self.reads(s.path))
    }

    /// Whether it reads a setting.
    pub fn reads(&self, path: &str) -> bool {
        self.settings.iter().copied().flatten().any(|s| matches(s, path))
    }

    /// Whether what is resolved depends on a setting.
    pub fn resolves(&self, path: &str) -> bool {
        self.resolved.iter().any(|s| matches(s, path))
    }

    /// The type of each setting in an expression.
    pub fn types(&self) -> Vec<(&'static str, Type)> {
        TYPES.iter().filter(|(path, _)| self.reads(path)).copied().collect()
    }

    /// The place of a quantity in a record.
    pub fn index(&self, quantity: &str) -> Option<usize> {
        (self.quantities)().iter().position(|q| q.name == quantity)
    }

    /// The plots to draw: those asked for, or the kind's own.
    pub fn plots(&self, asked: &Option<Vec<PlotRequest>>) -> Option<Vec<PlotRequest>> {
        let own =
            || self.plots.map(|names| names.iter().map(|n| thalweg_report::parse_plot_request(n).expect("a kind names plots")).collect());
        asked.clone().or_else(own)
    }
}

/// Whether a path is a single one that was written, or in a group that was.
pub(crate) fn matches(written: &str, path: &str) -> bool {
    path == written || (written.ends_with('.') && path.starts_with(written))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_reads_settings_that_exist_and_has_its_metric() {
        for kind in KINDS {
            for prefix in kind.settings.iter().copied().flatten() {
                assert!(SETTINGS.iter().any(|s| s.path == *prefix || (prefix.ends_with('.') && s.path.starts_with(prefix))), "{prefix}");
            }
            assert!(kind.index(kind.metric.0).is_some(), "{}", kind.name);
            kind.plots(&None);
        }
    }

    /// A setting that no kind reads is a promise that nobody keeps.
    #[test]
    fn each_setting_is_read_by_a_kind() {
        for setting in SETTINGS.iter() {
            assert!(KINDS.iter().any(|k| k.reads(setting.path)), "{}", setting.path);
        }
    }
}
