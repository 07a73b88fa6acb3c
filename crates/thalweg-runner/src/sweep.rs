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
use crate::plan::{Plan, Planned};
use crate::pool;
use crate::progress::{Piece, Progress};
use crate::record::{Record, Span, Status};
use crate::shard::Which;
use crate::store::{Found, Store};
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
    let found = pool::map(jobs, &plan.trials, |planned| match store.find(&planned.key) {
        Found::Whole(record) if needs == Needs::KeptWeights && lacks_weights(&record, experiment, store) => {
            say(&format!("the weights of trial {} are lost or damaged: computed again", &planned.key[..12]));
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
fn placed_meanwhile(planned: &Planned, experiment: &Experiment, store: &Store) -> Option<Record> {
    match store.find(&planned.key) {
        Found::Whole(record) if record.status != Status::TimedOut && !lacks_weights(&record, experiment, store) => Some(*record),
        Found::Whole(_) | Found::Missing | Found::Damaged(_) => None,
    }
}

/// Runs a plan.
pub fn sweep(
    plan: &Plan,
    experiment: &Experiment,
    store: &Store,
    options: &Options<'_>,
    train: &Train<'_>,
    progress: &Progress,
) -> Result<Done, String> {
    let mut done =
        Done { records: stored(plan, experiment, store, options.jobs, Needs::KeptWeights, &|m| progress.warn(m))?, ..Done::default() };
    let again = |record: &Record| match options.retry {
        _ if record.status == Status::TimedOut => true,
        Retry::Nothing => false,
        Retry::Failed => record.status == Status::Failed,
        Retry::Diverged => record.status == Status::Diverged,
        Retry::Everything => true,
    };
    let allowed: Vec<&Planned> = plan.trials.iter().enumerate().filter(|(i, p)| options.which.has(*i, p)).map(|(_, p)| p).collect();
    let todo: Vec<&Planned> = allowed.iter().copied().filter(|p| done.records.get(&p.key).is_none_or(again)).collect();
    progress.begin(&experiment.name, allowed.len(), allowed.len() - todo.len(), todo.iter().map(|p| p.cost.seconds).sum());
    let mut chains = if options.retry == Retry::Everything { todo.into_iter().map(|p| vec![p]).collect() } else { chained(todo) };
    // Longest first, so that no worker is left alone with a long trial at the end.
    let seconds = |chain: &Vec<&Planned>| chain.last().map_or(0.0, |p| p.cost.seconds);
    chains.sort_by(|a, b| seconds(b).total_cmp(&seconds(a)));

    let (new, taken, disk_error) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()), Mutex::new(None::<String>));
    let (n_bad, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let stopping = || INTERRUPTED.load(Ordering::Relaxed) || stop.load(Ordering::Relaxed);
    let (session, watch) = (milliseconds(), Stopwatch::start());
    let one = |worker: usize, planned: &Planned| {
        if stopping() {
            return;
        }
        let piece = piece(planned);
        // What was in the store at the start and is to be computed again is computed again.
        let meanwhile = || placed_meanwhile(planned, experiment, store).filter(|_| !done.records.contains_key(&planned.key));
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
    pool::run(options.jobs, chains.len(), |worker, index| chains[index].iter().for_each(|planned| one(worker, planned)))?;
    progress.end();
    store.clear();

    let (new, taken) = (new.into_inner().expect("no panic while held"), taken.into_inner().expect("no panic while held"));
    done.n_trained = new.len();
    done.records.extend(new.into_iter().chain(taken).map(|r| (r.key.clone(), r)));
    // What did not run here may be done elsewhere by now.
    let missing: Vec<&Planned> = plan.trials.iter().filter(|p| !done.records.contains_key(&p.key)).collect();
    let elsewhere: Vec<Record> = missing.iter().filter_map(|p| placed_meanwhile(p, experiment, store)).collect();
    done.n_missing = missing.len() - elsewhere.len();
    done.records.extend(elsewhere.into_iter().map(|r| (r.key.clone(), r)));
    done.n_cached = done.records.len() - done.n_trained;
    done.disk_error = disk_error.into_inner().expect("no panic while held");
    done.interrupted = INTERRUPTED.load(Ordering::Relaxed);
    Ok(done)
}

fn piece(planned: &Planned) -> Piece<'_> {
    let label = format!("config {}  seed {}", planned.config, planned.seeds.seed);
    Piece { key: &planned.key, cost: planned.cost.seconds, label }
}

/// Trials that differ in their number of epochs alone, the shortest first, where each can go on from the one before: together they
/// take as long as the last alone.
fn chained(todo: Vec<&Planned>) -> Vec<Vec<&Planned>> {
    let (mut chains, mut places): (Vec<Vec<&Planned>>, HashMap<&str, usize>) = (Vec::new(), HashMap::new());
    for planned in todo {
        match planned.prefix.as_deref().map(|prefix| *places.entry(prefix).or_insert(chains.len())) {
            Some(place) if place < chains.len() => chains[place].push(planned),
            _ => chains.push(vec![planned]),
        }
    }
    chains.iter_mut().for_each(|chain| chain.sort_by_key(|p| p.trial.train.epochs));
    chains
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::Library;
    use crate::only::Only;
    use crate::progress::Verbosity;

    const FILE: &str = "name = \"p\"\n[axes]\ntrain.lr = [0.1, 0.2, 0.3, 0.4]\n";

    /// A plan of four trials, a store of its own, and what a sweep of it did when the trial with lr = 0.2 misbehaves as told.
    fn swept(name: &str, more: &str, misbehave: impl Fn() -> Result<Option<Trained>, String> + Sync) -> (Done, Vec<String>) {
        let file = crate::file::parse(std::path::Path::new("p.toml"), format!("{FILE}{more}")).expect("valid");
        let experiment = crate::check::check(&file).expect("valid");
        let plan = crate::plan::expand(&experiment, &Library::default()).expect("a plan");
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
        (done, plan.trials.iter().map(|p| p.key.clone()).collect())
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
        let experiment = crate::check::check(&file).expect("valid");
        let plan = crate::plan::expand(&experiment, &Library::default()).expect("a plan");
        let out = std::env::temp_dir().join(format!("thalweg-sweep-{}-meanwhile", std::process::id()));
        let _ = std::fs::remove_dir_all(&out);
        let fine =
            |p: &Planned| Trained { record: Record::empty(&p.key, Status::Ok, String::new()), timing: Default::default(), weights: None };
        let train = |p: &Planned, _: &dyn Fn() -> bool| {
            plan.trials.iter().filter(|other| other.key != p.key).for_each(|other| Store::new(&out).place(&fine(other)).expect("placed"));
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
        let only = Only::new(&format!("key == \"{}\"", plan.trials[2].key), &experiment).expect("a rule");
        let one = Options { jobs: 1, retry: Retry::Nothing, which: Which::Only(&only), repeat: &|p| p.key.clone() };
        assert_eq!(swept(&one), (1, 3, 0));
        std::fs::remove_dir_all(&out).expect("removed");
    }
}
