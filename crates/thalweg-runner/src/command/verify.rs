//! `verify DIR`: runs some trials of a run again, in memory, and compares what they leave with what the store has, byte for byte.
//!
//! Records of another kind of CPU have other keys, so they are missing here, not different. A time-out does not apply:
//! what took longer this time is still to be the same.

use rand::seq::index::sample;

use crate::cli::{Ended, Exit, VerifyArgs, print};
use crate::command::{Loaded, load_run};
use crate::diagnose::Problems;
use crate::experiment::Experiment;
use crate::guard::guarded;
use crate::plan::Planned;
use crate::pool;
use crate::progress::Verbosity;
use crate::record::{EpochRow, Record, Status};
use crate::store::{Found, Store, encode};
use crate::stream::{Stream, rng};
use crate::sweep::INTERRUPTED;
use crate::train::{Kept, Trained};

/// Prints a line for each trial; fails if one differs.
pub fn verify(args: &VerifyArgs) -> Ended {
    let (Loaded { experiment, plan, library }, out) = load_run(&args.dir)?;
    let mut experiment = (*experiment).clone();
    experiment.failure.timeout = None;
    let store = Store::new(&out);
    let (mut candidates, mut n_missing, mut n_damaged, mut n_other) = (Vec::new(), 0, 0, 0);
    for planned in plan.trials() {
        match store.find(&planned.key) {
            Found::Whole(record) if matches!(record.status, Status::Ok | Status::Diverged) => candidates.push((planned, *record)),
            Found::Whole(_) => n_other += 1,
            Found::Missing => n_missing += 1,
            Found::Damaged(reason) => {
                n_damaged += 1;
                anstream::eprintln!("damaged record: {reason}");
            }
        }
    }
    if n_missing + n_damaged > 0 {
        let all = candidates.len() + n_missing + n_damaged + n_other;
        print(&format!("of {all} records {n_missing} are missing, {n_damaged} damaged"));
    }
    if candidates.is_empty() {
        return Err(Problems::one(format!("no record of this experiment under {} can be verified: run `sweep` first", out.display())));
    }
    let n_chosen = candidates.len().min(args.trials as usize);
    let mut chosen = sample(&mut rng(args.seed, Stream::Check, 0), candidates.len(), n_chosen).into_vec();
    chosen.sort_unstable();
    let stop = || INTERRUPTED.load(std::sync::atomic::Ordering::Relaxed);
    let differences = pool::map(args.common.workers(), &chosen, |i| {
        let (planned, stored) = &candidates[*i];
        let trained = guarded(planned, &|p, stop| (experiment.kind.run)(p, &experiment, &library, stop), &stop)?;
        Some(difference(&trained, stored, &store, &experiment))
    })
    .map_err(Problems::one)?;
    let mut n_different = 0;
    for (i, found) in chosen.iter().zip(&differences) {
        let Some(found) = found else { return Ok(Exit::Interrupted) };
        n_different += usize::from(found.is_some());
        if found.is_some() || args.common.verbosity() == Verbosity::Normal {
            print(&format!("{}: {}", named(&candidates[*i].0), found.as_deref().unwrap_or("the same bytes")));
        }
    }
    print(&format!("{n_chosen} of {} trials were run again, {n_different} differ", candidates.len()));
    Ok(if n_different + n_damaged == 0 { Exit::Fine } else { Exit::Failed })
}

fn named(planned: &Planned) -> String {
    format!("{}  config {}  seed {}", &planned.key[..12], planned.config, planned.seeds.seed)
}

/// What differs first; `None` if nothing does.
fn difference(trained: &Trained, stored: &Record, store: &Store, experiment: &Experiment) -> Option<String> {
    let (new, key) = (&trained.record, &stored.key);
    if encode(new).ok() != store.bytes(key) {
        return Some(format!("DIFFERS {}", place(new, stored, experiment)));
    }
    // A state is no result: it is looked at by the trial that goes on from it.
    let Some(Kept::Weights(new)) = &trained.weights else { return None };
    match store.weights(key) {
        None => Some("DIFFERS: the kept weights are missing or damaged".into()),
        Some(stored) => (*new != stored).then(|| "DIFFERS in the kept weights".into()),
    }
}

/// The first place where two records differ, with both values.
fn place(new: &Record, stored: &Record, experiment: &Experiment) -> String {
    let names = columns(experiment);
    for (a, b) in new.epochs.iter().zip(&stored.epochs) {
        if let Some(cell) = first_cell(&numbers(a), &numbers(b)) {
            let (name, new, stored) = (name(&names, new, cell.0), cell.1, cell.2);
            return format!("from epoch {} on: {name} is {new}, stored is {stored}", b.epoch);
        }
    }
    let status = (new.status.name(), stored.status.name());
    if status.0 != status.1 {
        return format!("in status: {} ({}), stored is {} ({})", status.0, new.reason, status.1, stored.reason);
    }
    if new.epochs.len() != stored.epochs.len() {
        return format!("in recorded epochs: {}, stored are {}", new.epochs.len(), stored.epochs.len());
    }
    for (at, a, b) in [("the best epoch", &new.best, &stored.best), ("the final epoch", &new.last, &stored.last)] {
        if let Some((i, new, stored)) = first_cell(a, b) {
            let name = names.get(i + FIXED).map_or("a quantity", String::as_str);
            return format!("at {at}: {name} is {new}, stored is {stored}");
        }
    }
    "in what is told of the trial as a whole: reason, epochs run, best epoch or names of groups".into()
}

/// Numbers of a row that stand before its quantities.
const FIXED: usize = 2;

/// A row as one list: epoch, rate, quantities, then the groups of layers.
fn numbers(row: &EpochRow) -> Vec<f64> {
    let fixed = [f64::from(row.epoch), row.lr];
    fixed.into_iter().chain(row.probes.iter().copied()).chain(row.layers.iter().flatten().copied()).collect()
}

/// The names of a row's numbers, as in `epochs.csv`.
fn columns(experiment: &Experiment) -> Vec<String> {
    let quantities = (experiment.kind.quantities)().into_iter().map(|q| q.name.to_string());
    ["epoch", "lr"].map(String::from).into_iter().chain(quantities).collect()
}

/// The name of a row's number; one of a group of layers has the group's name before it.
fn name(columns: &[String], record: &Record, i: usize) -> String {
    let probes = crate::probe::LAYER_PROBES;
    let in_group = |j: usize| Some(format!("{} of {}", probes[j % probes.len()].name, record.groups.get(j / probes.len())?));
    let found = columns.get(i).cloned().or_else(|| in_group(i.checked_sub(columns.len())?));
    found.unwrap_or_else(|| "a quantity".into())
}

/// The first number that differs in a bit, and both.
fn first_cell(new: &[f64], stored: &[f64]) -> Option<(usize, f64, f64)> {
    let pairs = || new.iter().copied().zip(stored.iter().copied());
    let at = pairs().position(|(a, b)| a.to_bits() != b.to_bits())?;
    pairs().nth(at).map(|(a, b)| (at, a, b))
}
