//! `[[claim]]`: what the author of a file expects of its trials, as checked; `judge` says what came of it.
//!
//! A check is an expression over the columns of the tables, for some trials or for some against others. It is typed before anything runs.

use thalweg_report::Expected;

use crate::experiment::Condition;
use crate::expr::Type;
use crate::kind::Kind;
use crate::probe::LAYER_PROBES;
use crate::settings::Setting;

/// The keys of a claim.
pub const KEYS: &[&str] = &["row", "says", "erratum", "figure", "check"];
/// The keys of a check, each with what it means.
pub const CHECK_KEYS: &[(&str, &str)] = &[
    ("what", "what is measured, in words"),
    ("of", "an expression over the columns of the trials: a number, or a truth value, of which the share is taken"),
    ("epoch", "takes the columns of the epochs, at this one, in their place"),
    ("layer", "takes the columns of this group of layers, at `epoch` or at the last one recorded"),
    ("where", "which trials; all without it"),
    ("against", "other trials: what is judged is the difference to them, seed by seed"),
    ("ratio", "true: the ratio to them"),
    ("pick", "mean: a seed is its mean over its trials; best: the configuration that is best by the report's metric"),
    ("each", "a swept setting: one check for each of its values"),
    ("above", "the quantity is above this"),
    ("below", "the quantity is below this"),
    ("is", "the quantity is this, within `within`"),
    ("within", "how far from `is` it may be"),
];

/// A claim.
#[derive(Clone)]
pub struct Claim {
    /// What it belongs to, as a gallery groups it.
    pub row: Option<String>,
    /// What is claimed.
    pub says: String,
    /// What is right, where the claim is known to be wrong.
    pub erratum: Option<String>,
    /// The stem of its figure; `None`: the first.
    pub figure: Option<String>,
    /// Its checks, one or more.
    pub checks: Vec<Check>,
}

/// One check.
#[derive(Clone)]
pub struct Check {
    /// What is measured, in words.
    pub what: String,
    /// The quantity of a trial.
    pub of: Condition,
    /// Whether that is a number.
    pub measure: Measure,
    /// Where its columns are read.
    pub place: Place,
    /// Which trials.
    pub chosen: Option<Condition>,
    /// The trials that they are compared with.
    pub against: Option<Condition>,
    /// How they are compared.
    pub contrast: Contrast,
    /// What stands for a seed with several trials.
    pub pick: Pick,
    /// A setting for each of whose values the check is made.
    pub each: Option<&'static Setting>,
    /// What is expected.
    pub expected: Expected,
}

/// What a quantity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// A number, whose mean is taken.
    Number,
    /// A truth value, whose share is taken.
    Share,
}

/// How two groups of trials are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contrast {
    /// By their difference.
    Difference,
    /// By their ratio.
    Ratio,
}

/// What stands for a seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// The mean over its trials.
    Mean,
    /// The configuration with the best mean of the report's metric.
    Best,
}

/// Where a quantity is read.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// In the row of a trial.
    Trial,
    /// In the row of an epoch.
    Epoch(u32),
    /// In the row of a group of layers at an epoch, or the last one.
    Layer(String, Option<u32>),
}

/// Columns of `timings.csv`: two runs differ in them.
pub const TIMED: &[&str] = &["train_seconds", "eval_seconds", "steps", "memory_bytes"];

/// The names that an expression may use at a place, with their types.
pub fn names(kind: &Kind, place: &Place) -> Vec<(String, Type)> {
    let mut names: Vec<(String, Type)> = kind.types().into_iter().map(|(path, t)| (path.to_string(), t)).collect();
    names.extend([("seed", Type::Number), ("status", Type::Text)].map(|(n, t)| (n.to_string(), t)));
    let quantities = (kind.quantities)();
    match place {
        Place::Trial => {
            names.extend(quantities.iter().flat_map(|q| [q.name.to_string(), format!("{}_final", q.name)]).map(|n| (n, Type::Number)));
            names.extend(["epochs_run", "best_epoch", "gap_final", "overfit_onset"].into_iter().chain(TIMED.iter().copied()).map(number));
            names.extend(["convergence", "fit"].map(|n| (n.to_string(), Type::Text)));
        }
        Place::Epoch(_) => {
            names.extend(quantities.iter().filter(|q| q.every_epoch).map(|q| number(q.name)));
            names.extend(["epoch", "lr"].map(number));
        }
        Place::Layer(..) => {
            names.extend(LAYER_PROBES.iter().map(|p| number(p.name)));
            names.push(number("epoch"));
        }
    }
    names
}

fn number(name: &str) -> (String, Type) {
    (name.into(), Type::Number)
}

impl Check {
    /// Whether it reads measured time or memory.
    pub fn is_timed(&self) -> bool {
        let reads = |c: &Condition| c.expr.names().iter().any(|name| TIMED.contains(name));
        self.place == Place::Trial && (reads(&self.of) || self.chosen.iter().chain(&self.against).any(reads))
    }
}
