//! `explain DIR KEY`: why a trial exists, or which rule dropped it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use thalweg_report::files;

use crate::cli::{Ended, Exit, counted, print};
use crate::diagnose::Problems;
use crate::experiment::{Demand, Experiment};
use crate::halving::{Fate, Undecided, decide, trials_of};
use crate::library::Library;
use crate::plan::{self, Keyed, Planned, expand, of_point, walk};
use crate::points::{Origin, Point};
use crate::store::{Found, Store};
use crate::sweep::{Needs, stored};
use crate::{check, file};

/// The most trials that are told.
const MAX_TOLD: usize = 20;

/// Tells every trial whose key, or whose configuration's hash, begins with `prefix`.
pub fn explain(dir: &Path, prefix: &str) -> Ended {
    if prefix.is_empty() || !prefix.chars().all(|c| c.is_ascii_hexdigit()) {
        return Err(Problems::one(format!("`{}` is no beginning of a key: digits and a to f", prefix.escape_debug())));
    }
    let path = if dir.is_dir() { dir.join(files::EXPERIMENT) } else { dir.to_path_buf() };
    let experiment = Arc::new(check::check(&file::read(&path)?)?);
    let library = Arc::new(Library::new(&experiment.dir));
    // A run lies in its folder under the one that has the store; what a file of one's own plans, in the usual one.
    let whole = std::fs::canonicalize(dir).map_err(|e| Problems::one(format!("cannot open {}: {e}", dir.display())))?;
    let store = Store::new(if dir.is_dir() { whole.parent().unwrap_or(&whole) } else { Path::new("reports") });
    let decisions = decisions(&experiment, &library, &store)?;
    let mut n_told = 0;
    walk(&experiment, &library, &mut |point, fate| {
        let is_one = |key: String| key.starts_with(prefix);
        let is_named = |keyed: &Keyed| is_one(keyed.config.to_string()) || keyed.keys.iter().any(|key| is_one(key.to_string()));
        let why = match fate {
            plan::Fate::Kept(on_rungs) if on_rungs.iter().any(is_named) => None,
            plan::Fate::Duplicate(keyed) if is_named(&keyed) => Some(format!("equal to the earlier configuration {}", keyed.config)),
            plan::Fate::Dropped(rule) => {
                let rule = &experiment.rules[rule];
                let demand = if rule.demand == Demand::Require { "requires" } else { "excludes" };
                Some(format!("dropped: rule `{}` {demand} {}", rule.name, rule.condition.text))
            }
            plan::Fate::Kept(_) | plan::Fate::Duplicate(_) | plan::Fate::Refused(_) => return true,
        };
        let trials = of_point(&experiment, &library, point).unwrap_or_default();
        for trial in trials.iter().filter(|t| t.key.starts_with(prefix) || t.config.starts_with(prefix)) {
            if n_told < MAX_TOLD {
                tell(point, trial, why.as_deref().or(decisions.get(&trial.key).map(String::as_str)), &store);
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

/// What successive halving decided of each trial that has run: where there is nothing to say, its record says it.
fn decisions(experiment: &Arc<Experiment>, library: &Arc<Library>, store: &Store) -> Result<HashMap<String, String>, Problems> {
    let Some(halving) = &experiment.halving else { return Ok(HashMap::new()) };
    let plan = expand(experiment, library).map_err(|list| Problems { list, ..Problems::default() })?;
    let records = stored(&plan, experiment, store, 1, Needs::Record, &|m| anstream::eprintln!("{m}")).map_err(Problems::one)?;
    let mut told: HashMap<String, String> =
        plan.keys().map(|key| (key, "not run: its configuration has not come to this rung".into())).collect();
    for d in decide(&plan, experiment, &records, Undecided::Wait) {
        let place = format!("rung {} of {}, {}", d.rung + 1, halving.rungs.len(), counted(halving.rungs[d.rung], "epoch"));
        let rank = format!("place {} of {} with mean {} {}", d.rank, d.of, experiment.report.metric, d.mean);
        let what = match d.fate {
            Fate::Promoted => format!("{place}: promoted, {rank}"),
            Fate::GivenUp => format!("{place}: given up, {rank}"),
            Fate::Finished => format!("{place}: finished, {rank}"),
            Fate::Waiting => format!("{place}: waits until all of its cohort are recorded"),
        };
        told.extend(trials_of(&plan, d.rung, d.config).map(|index| (plan.key(index), what.clone())));
    }
    Ok(told)
}

fn tell(point: &Point<'_>, trial: &Planned, why: Option<&str>, store: &Store) {
    print(&format!("{} (configuration {}, seed {})", trial.key, trial.config, trial.seeds.seed));
    match &point.origin {
        Origin::Include(i, _) => print(&format!("  include number {}", i + 1)),
        Origin::Axes([]) => print("  [base] as it is"),
        Origin::Axes(places) => {
            for (axis, position) in places.iter() {
                let values: Vec<String> = axis.settings.iter().map(|s| format!("{} = {}", s.path, (s.get)(point.trial).plain())).collect();
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
