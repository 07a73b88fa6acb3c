//! `explain DIR KEY`: why a trial exists, or which rule dropped it.

use std::path::Path;

use thalweg_report::files;

use crate::cli::{Ended, Exit, print};
use crate::diagnose::Problems;
use crate::experiment::Demand;
use crate::library::Library;
use crate::plan::{Fate, Planned, planned, walk};
use crate::points::{Origin, Point};
use crate::store::{Found, Store};
use crate::{check, file};

/// The most trials that are told.
const MAX_TOLD: usize = 20;

/// Tells every trial whose key, or whose configuration's hash, begins with `prefix`.
pub fn explain(dir: &Path, prefix: &str) -> Ended {
    if prefix.is_empty() || !prefix.chars().all(|c| c.is_ascii_hexdigit()) {
        return Err(Problems::one(format!("`{}` is no beginning of a key: digits and a to f", prefix.escape_debug())));
    }
    let path = if dir.is_dir() { dir.join(files::EXPERIMENT) } else { dir.to_path_buf() };
    let experiment = check::check(&file::read(&path)?)?;
    let library = Library::new(&experiment.dir);
    // A run lies in its folder under the one that has the store; what a file of one's own plans, in the usual one.
    let whole = std::fs::canonicalize(dir).map_err(|e| Problems::one(format!("cannot open {}: {e}", dir.display())))?;
    let store = Store::new(if dir.is_dir() { whole.parent().unwrap_or(&whole) } else { Path::new("reports") });
    let mut n_told = 0;
    walk(&experiment, &library, &mut |point, fate| {
        let (trials, why) = match fate {
            Fate::Kept(trials) => (trials, None),
            Fate::Duplicate(config) => {
                (planned(&experiment, &library, point).unwrap_or_default(), Some(format!("equal to the earlier configuration {config}")))
            }
            Fate::Dropped(rule) => {
                let rule = &experiment.rules[rule];
                let demand = if rule.demand == Demand::Require { "requires" } else { "excludes" };
                let why = format!("dropped: rule `{}` {demand} {}", rule.name, rule.condition.text);
                (planned(&experiment, &library, point).unwrap_or_default(), Some(why))
            }
            Fate::Refused(_) => (Vec::new(), None),
        };
        for trial in trials.iter().filter(|t| t.key.starts_with(prefix) || t.config.starts_with(prefix)) {
            if n_told < MAX_TOLD {
                tell(point, trial, why.as_deref(), &store);
            }
            n_told += 1;
        }
        true
    });
    if n_told == 0 {
        return Err(Problems::one(format!(
            "no trial of {}, planned or dropped, has a key or configuration that begins with {prefix}",
            experiment.name
        )));
    }
    if n_told > MAX_TOLD {
        print(&format!("… and {} more", n_told - MAX_TOLD));
    }
    Ok(Exit::Fine)
}

fn tell(point: &Point<'_>, trial: &Planned, why: Option<&str>, store: &Store) {
    print(&format!("{} (configuration {}, seed {})", trial.key, trial.config, trial.seeds.seed));
    match &point.origin {
        Origin::Include(i) => print(&format!("  include number {}", i + 1)),
        Origin::Axes(places) if places.is_empty() => print("  [base] as it is"),
        Origin::Axes(places) => {
            for (axis, position) in places {
                let values: Vec<String> = axis.settings.iter().map(|s| format!("{} = {}", s.path, (s.get)(&point.trial).plain())).collect();
                let from = position.map_or("drawn".into(), |p| format!("value {} of {}", p + 1, axis.points.n_values().unwrap_or(0)));
                let condition = axis.condition.as_ref().map_or(String::new(), |c| format!(", where {}", c.text));
                print(&format!("  {}: {from}{condition}", values.join(", ")));
            }
        }
    }
    let state = why.map(String::from).unwrap_or_else(|| match store.find(&trial.key) {
        Found::Whole(record) => {
            let reason = if record.reason.is_empty() { String::new() } else { format!(" ({})", record.reason) };
            format!("in the store: {}{reason}, {} epochs", record.status.name(), record.epochs_run)
        }
        Found::Missing => "not yet run".into(),
        Found::Damaged(reason) => format!("its record is damaged: {reason}"),
    });
    print(&format!("  {state}"));
}
