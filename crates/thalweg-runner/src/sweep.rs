//! `Plan -> Vec<Record>`: runs what the store does not have, places each record as soon as it is whole.
//!
//! What is done is read from the store, never from a counter: running again is resuming.
//! A panic costs one trial. Nothing here decides a number; order and number of workers cannot be seen in a record.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::clock::{Stopwatch, milliseconds};
use crate::experiment::{Experiment, Policy};
use crate::guard::guarded;
use crate::halving::{self, Undecided};
use crate::plan::{Key, Plan, Planned};
use crate::pool;
use crate::progress::{Piece, Progress};
use crate::record::{Record, Span, Status};
use crate::shard::Which;
use crate::store::{Found, MANY, Store};
use crate::train::Trained;

/// Set by Ctrl-C; workers look at it between epochs.
pub static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Which stored trials are computed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// None but timed-out ones.
    Nothing,
    /// Those that failed.
    Failed,
    /// Those that diverged.
    Diverged,
    /// Everything.
    Everything,
}

/// How to run a plan.
pub struct Options<'a> {
    /// Number of workers, at least 1.
    pub jobs: usize,
    /// What to compute again.
    pub retry: Retry,
    /// Which trials may run.
    pub which: Which<'a>,
    /// Says how to repeat one trial.
    pub repeat: &'a (dyn Fn(&Planned) -> String + Sync),
}

/// What a sweep did.
#[derive(Debug, Default)]
pub struct Done {
    /// The records of the plan that exist, by key.
    pub records: HashMap<String, Record>,
    /// Taken from the store.
    pub n_cached: usize,
    /// Computed now.
    pub n_trained: usize,
    /// Trials of the plan without a record: because of Ctrl-C, a stop policy, or because they were not to run here.
    pub n_missing: usize,
    /// A disk error that stopped the sweep.
    pub disk_error: Option<String>,
    /// Whether Ctrl-C stopped it.
    pub interrupted: bool,
}

/// The signature of a study kind's trial: `Ok(None)` if it was interrupted.
pub type Train<'a> = dyn Fn(&Planned, &dyn Fn() -> bool) -> Result<Option<Trained>, String> + Sync + 'a;

/// What makes a stored trial one that need not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Its record.
    Record,
    /// Its record, and its weights where the experiment keeps them.
    KeptWeights,
}

/// What the store already holds of a plan; damaged records are reported and counted as missing.
pub fn stored(
    plan: &Plan,
    experiment: &Experiment,
    store: &Store,
    jobs: usize,
    needs: Needs,
    say: &(dyn Fn(&str) + Sync),
) -> Result<HashMap<String, Record>, String> {
    let all: Vec<usize> = (0..plan.len()).collect();
    let mut records = stored_of(plan, &all, experiment, store, jobs, needs, say)?;
    halving::forget_others(plan, experiment, &mut records);
    Ok(records)
}

/// The same of some trials.
fn stored_of(
    plan: &Plan,
    indices: &[usize],
    experiment: &Experiment,
    store: &Store,
    jobs: usize,
    needs: Needs,
    say: &(dyn Fn(&str) + Sync),
) -> Result<HashMap<String, Record>, String> {
    let listed = store.listed(indices.len());
    let is_listed = |index: &usize| listed.as_ref().is_none_or(|keys| !keys.is_empty() && keys.contains(&plan.key(*index)));
    let (mut there, others): (Vec<usize>, Vec<usize>) = indices.iter().copied().partition(is_listed);
    // A network's file system may list a folder as it was a minute ago; the last few are looked for one by one.
    if !there.is_empty() && others.len() <= MANY {
        there.extend(others);
    }
    let found = pool::map(jobs, &there, |index| match store.find(&plan.key(*index)) {
        Found::Whole(record) if needs == Needs::KeptWeights && lacks_weights(&record, experiment, store) => {
            say(&format!("the weights of trial {} are lost or damaged: computed again", &plan.key(*index)[..12]));
            None
        }
        Found::Whole(record) => Some(*record),
        Found::Missing => None,
        Found::Damaged(reason) => {
            say(&format!("damaged record, computed again: {reason}"));
            None
        }
    })?;
    Ok(found.into_iter().flatten().map(|r| (r.key.clone(), r)).collect())
}

/// Whether the parameters that belong to a record are lost.
fn lacks_weights(record: &Record, experiment: &Experiment, store: &Store) -> bool {
    experiment.record.weights.is_file() && record.status == Status::Ok && store.weights(&record.key).is_none()
}

/// What another process placed meanwhile, if it is a result. Where there is nothing, this costs one failed `open`.
fn placed_meanwhile(key: &str, experiment: &Experiment, store: &Store) -> Option<Record> {
    match store.find(key) {
        Found::Whole(record) if record.status != Status::TimedOut && !lacks_weights(&record, experiment, store) => Some(*record),
        Found::Whole(_) | Found::Missing | Found::Damaged(_) => None,
    }
}

/// Runs a plan: all at once, or rung by rung where successive halving decides what goes on.
pub fn sweep(
    plan: &Plan,
    experiment: &Experiment,
    store: &Store,
    options: &Options<'_>,
    train: &Train<'_>,
    progress: &Progress,
) -> Result<Done, String> {
    let mut done = Done::default();
    for rung in 0..plan.n_rungs() {
        let asked = halving::asked(plan, experiment, &done.records, Undecided::Wait);
        let asked: Vec<usize> = (0..plan.len()).filter(|index| asked[*index] && plan.rung(*index) == rung).collect();
        let one = sweep_some(plan, &asked, experiment, store, options, train, progress)?;
        done.n_trained += one.n_trained;
        done.records.extend(one.records);
        done.n_missing += one.n_missing;
        (done.disk_error, done.interrupted) = (one.disk_error, one.interrupted);
        if done.disk_error.is_some() || done.interrupted {
            break;
        }
    }
    done.n_cached = done.records.len() - done.n_trained;
    Ok(done)
}

/// Runs what is missing of some trials of a plan.
fn sweep_some(
    plan: &Plan,
    asked: &[usize],
    experiment: &Experiment,
    store: &Store,
    options: &Options<'_>,
    train: &Train<'_>,
    progress: &Progress,
) -> Result<Done, String> {
    let records = stored_of(plan, asked, experiment, store, options.jobs, Needs::KeptWeights, &|m| progress.warn(m))?;
    let mut done = Done { records, ..Done::default() };
    let again = |record: &Record| match options.retry {
        _ if record.status == Status::TimedOut => true,
        Retry::Nothing => false,
        Retry::Failed => record.status == Status::Failed,
        Retry::Diverged => record.status == Status::Diverged,
        Retry::Everything => true,
    };
    let allowed: Vec<usize> = asked.iter().copied().filter(|index| options.which.has(*index, plan)).collect();
    let todo: Vec<usize> = allowed.iter().copied().filter(|index| done.records.get(&plan.key(*index)).is_none_or(again)).collect();
    progress.begin(&experiment.name, allowed.len(), allowed.len() - todo.len(), todo.iter().map(|index| plan.cost(*index).seconds).sum());
    let mut chains =
        if options.retry == Retry::Everything { todo.into_iter().map(|index| vec![index]).collect() } else { chained(todo, plan) };
    // Longest first, so that no worker is left alone with a long trial at the end.
    let seconds = |chain: &Vec<usize>| chain.last().map_or(0.0, |index| plan.cost(*index).seconds);
    chains.sort_by(|a, b| seconds(b).total_cmp(&seconds(a)));

    let (new, taken, disk_error) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()), Mutex::new(None::<String>));
    let (n_bad, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let stopping = || INTERRUPTED.load(Ordering::Relaxed) || stop.load(Ordering::Relaxed);
    let (session, watch) = (milliseconds(), Stopwatch::start());
    let one = |worker: usize, index: usize| {
        if stopping() {
            return;
        }
        let planned = &plan.trial(index);
        let piece = piece(planned);
        // What was in the store at the start and is to be computed again is computed again.
        let meanwhile = || placed_meanwhile(&planned.key, experiment, store).filter(|_| !done.records.contains_key(&planned.key));
        let take = |record: Record| {
            progress.one_more(worker, &piece, record.status);
            taken.lock().expect("no panic while held").push(record);
        };
        if let Some(record) = meanwhile() {
            return take(record);
        }
        progress.start(worker, &piece);
        let start_seconds = watch.seconds();
        let Some(mut trained) = guarded(planned, train, &stopping) else {
            return;
        };
        trained.timing.worker = worker as u32;
        trained.timing.cpu = crate::plan::cpu();
        trained.timing.span = Some(Span { session, start_seconds, wall_seconds: watch.seconds() - start_seconds });
        let record = &trained.record;
        if matches!(record.status, Status::Failed | Status::TimedOut) {
            // Another process may have had more luck, and a result is not written over.
            if let Some(better) = meanwhile().filter(|r| r.status != Status::Failed) {
                return take(better);
            }
            progress.warn(&format!(
                "trial {} {}: {}\n  repeat: {}",
                &planned.key[..12],
                record.status.name(),
                record.reason,
                (options.repeat)(planned)
            ));
            let n = n_bad.fetch_add(1, Ordering::Relaxed) + 1;
            if matches!(experiment.failure.policy, Policy::StopAfter(limit) if n >= limit) {
                stop.store(true, Ordering::Relaxed);
            }
        }
        if let Err(e) = store.place(&trained) {
            disk_error.lock().expect("no panic while held").get_or_insert(format!("cannot write a trial's record: {e}"));
            stop.store(true, Ordering::Relaxed);
            return;
        }
        progress.one_more(worker, &piece, record.status);
        new.lock().expect("no panic while held").push(trained.record);
    };
    pool::run(options.jobs, chains.len(), |worker, index| chains[index].iter().for_each(|index| one(worker, *index)))?;
    progress.end();
    store.clear();

    let (new, taken) = (new.into_inner().expect("no panic while held"), taken.into_inner().expect("no panic while held"));
    done.n_trained = new.len();
    done.records.extend(new.into_iter().chain(taken).map(|r| (r.key.clone(), r)));
    // What did not run here may be done elsewhere by now.
    let missing: Vec<String> = asked.iter().map(|index| plan.key(*index)).filter(|key| !done.records.contains_key(key)).collect();
    let elsewhere: Vec<Record> = missing.iter().filter_map(|key| placed_meanwhile(key, experiment, store)).collect();
    done.n_missing = missing.len() - elsewhere.len();
    done.records.extend(elsewhere.into_iter().map(|r| (r.key.clone(), r)));
    done.disk_error = disk_error.into_inner().expect("no panic while held");
    done.interrupted = INTERRUPTED.load(Ordering::Relaxed);
    Ok(done)
}

/// A trial as progress sees it.
pub(crate) fn piece(planned: &Planned) -> Piece<'_> {
    let label = format!("config {}  seed {}", planned.config, planned.seeds.seed);
    Piece { key: &planned.key, cost: planned.cost.seconds, label }
}

/// Trials that differ in their number of epochs alone, the shortest first, where each can go on from the one before: together they
/// take as long as the last alone.
pub(crate) fn chained(todo: Vec<usize>, plan: &Plan) -> Vec<Vec<usize>> {
    let (mut chains, mut places): (Vec<Vec<usize>>, HashMap<Key, usize>) = (Vec::new(), HashMap::new());
    for index in todo {
        match plan.prefix(index).map(|prefix| *places.entry(prefix).or_insert(chains.len())) {
            Some(place) if place < chains.len() => chains[place].push(index),
            _ => chains.push(vec![index]),
        }
    }
    // More epochs cost more.
    chains.iter_mut().for_each(|chain| chain.sort_by(|a, b| plan.cost(*a).seconds.total_cmp(&plan.cost(*b).seconds)));
    chains
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::only::Only;
    use crate::progress::Verbosity;

    const FILE: &str = "name = \"p\"\n[axes]\ntrain.lr = [0.1, 0.2, 0.3, 0.4]\n";

    /// A plan of four trials, a store of its own, and what a sweep of it did when the trial with lr = 0.2 misbehaves as told.
    fn swept(name: &str, more: &str, misbehave: impl Fn() -> Result<Option<Trained>, String> + Sync) -> (Done, Vec<String>) {
        let file = crate::file::parse(std::path::Path::new("p.toml"), format!("{FILE}{more}")).expect("valid");
        let experiment = Arc::new(crate::check::check(&file).expect("valid"));
        let plan = crate::plan::expand(&experiment, &Arc::default()).expect("a plan");
        let out = std::env::temp_dir().join(format!("thalweg-sweep-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&out);
        let store = Store::new(&out);
        let train = |p: &Planned, _: &dyn Fn() -> bool| {
            if p.trial.train.lr == 0.2 {
                return misbehave();
            }
            Ok(Some(Trained { record: Record::empty(&p.key, Status::Ok, String::new()), timing: Default::default(), weights: None }))
        };
        let options = Options { jobs: 1, retry: Retry::Nothing, which: Which::All, repeat: &|p| p.key.clone() };
        let done = sweep(&plan, &experiment, &store, &options, &train, &Progress::new(Verbosity::Quiet)).expect("workers");
        let again = sweep(&plan, &experiment, &store, &options, &train, &Progress::new(Verbosity::Quiet)).expect("workers");
        assert_eq!(again.n_trained, done.n_missing.min(again.n_trained), "a stored trial was trained again");
        std::fs::remove_dir_all(&out).expect("removed");
        (done, plan.keys().collect())
    }

    #[test]
    fn a_panic_costs_one_trial_and_is_told_with_its_place() {
        let (done, keys) = swept("panic", "", || panic!("planted"));
        assert_eq!((done.records.len(), done.n_missing), (4, 0));
        let record = &done.records[&keys[1]];
        assert_eq!(record.status, Status::Failed);
        assert!(record.reason.contains("planted") && record.reason.contains("(sweep.rs:"), "{}", record.reason);
        assert!(keys.iter().filter(|k| done.records[*k].status == Status::Ok).count() == 3);
    }

    #[test]
    fn an_error_is_a_failed_row_and_a_stop_policy_starts_no_more() {
        let (done, keys) = swept("stop", "[failure]\npolicy = \"stop\"\n", || Err("no data".into()));
        assert_eq!(done.records[&keys[1]].reason, "no data");
        assert_eq!((done.records.len(), done.n_missing), (2, 2));
    }

    /// The first trial is trained here; while it is, another process finishes the others.
    #[test]
    fn what_another_process_finished_meanwhile_is_not_trained_again() {
        let file = crate::file::parse(std::path::Path::new("p.toml"), FILE.into()).expect("valid");
        let experiment = Arc::new(crate::check::check(&file).expect("valid"));
        let plan = crate::plan::expand(&experiment, &Arc::default()).expect("a plan");
        let out = std::env::temp_dir().join(format!("thalweg-sweep-{}-meanwhile", std::process::id()));
        let _ = std::fs::remove_dir_all(&out);
        let fine =
            |p: &Planned| Trained { record: Record::empty(&p.key, Status::Ok, String::new()), timing: Default::default(), weights: None };
        let train = |p: &Planned, _: &dyn Fn() -> bool| {
            plan.trials().filter(|other| other.key != p.key).for_each(|other| Store::new(&out).place(&fine(&other)).expect("placed"));
            Ok(Some(fine(p)))
        };
        let options = Options { jobs: 1, retry: Retry::Nothing, which: Which::All, repeat: &|p| p.key.clone() };
        let store = Store::new(&out);
        let swept = |options: &Options<'_>| {
            let done = sweep(&plan, &experiment, &store, options, &train, &Progress::new(Verbosity::Quiet)).expect("workers");
            (done.n_trained, done.n_cached, done.n_missing)
        };
        assert_eq!(swept(&options), (1, 3, 0));
        // What is asked for anew is trained, whatever lies there.
        assert_eq!(swept(&Options { retry: Retry::Everything, ..options }), (4, 0, 0));
        // One trial alone: the end finds what the others placed.
        std::fs::remove_dir_all(&out).expect("removed");
        let only = Only::new(&format!("key == \"{}\"", plan.key(2)), &experiment).expect("a rule");
        let one = Options { jobs: 1, retry: Retry::Nothing, which: Which::Only(&only), repeat: &|p| p.key.clone() };
        assert_eq!(swept(&one), (1, 3, 0));
        std::fs::remove_dir_all(&out).expect("removed");
    }
}
