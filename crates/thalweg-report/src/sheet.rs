//! `Sheet`: what a report is about, beside its tables.

use crate::look::Look;
use crate::plot::PlotRequest;

/// Where a trial's metric is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// At the epoch of the smallest validation loss.
    BestEpoch,
    /// At the last epoch.
    Final,
}

/// What a report is about.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The experiment's name.
    pub name: String,
    /// What it asks.
    pub question: String,
    /// Swept settings, as columns of `trials.csv`.
    pub axes: Vec<String>,
    /// What the page says first where configurations are not ranked.
    pub headline: Option<&'static str>,
    /// What the rows of `epochs.csv` count: `epoch` or `step`.
    pub progress: &'static str,
    /// The metric without `_final`.
    pub metric: String,
    /// Where it is read.
    pub at: At,
    /// The plots asked for; `None`: those that the axes and outcomes give something to see of.
    pub plots: Option<Vec<PlotRequest>>,
    /// How figures look.
    pub look: Look,
    /// What a reader should know of the data.
    pub notes: Vec<String>,
    /// Trials in the plan, recorded or not.
    pub n_planned: usize,
    /// The resolved experiment, shown on the page.
    pub settings_toml: String,
    /// What the numbers depend on beside the settings, by name: the same on every machine that gives the same bytes.
    pub environment: Vec<(&'static str, String)>,
}

impl Sheet {
    /// The metric's column in `trials.csv`.
    pub fn column(&self) -> String {
        match self.at {
            At::BestEpoch => self.metric.clone(),
            At::Final => format!("{}_final", self.metric),
        }
    }

    /// The column of another quantity at the same place.
    pub fn at_same_place(&self, name: &str) -> String {
        match self.at {
            At::BestEpoch => name.to_string(),
            At::Final => format!("{name}_final"),
        }
    }
}

/// The better of two values of a metric comes first: accuracies, R² and cosines rise, all else falls.
pub fn is_larger_better(metric: &str) -> bool {
    ["accuracy", "_r2", "cosine"].iter().any(|part| metric.contains(part))
}
