//! `Plan -> Vec<Record>`: runs what the store does not have, places each record as soon as it is whole.
//!
//! What is done is read from the store, never from a counter: running again is resuming.
//! A panic costs one trial. Nothing here decides a number; order and number of workers cannot be seen in a record.

use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::experiment::{Experiment, Policy};
use crate::plan::{Plan, Planned};
use crate::pool;
use crate::progress::Progress;
use crate::record::{Record, Status};
use crate::store::{Found, Store};
use crate::train::Trained;
use crate::trial::Batch;

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
    /// Keys that may run; `None`: all.
    pub only: Option<&'a str>,
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
    /// Not run, because of Ctrl-C, a stop policy or `--only`.
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
    let keeps = needs == Needs::KeptWeights && experiment.record.weights.is_file();
    let found = pool::map(jobs, &plan.trials, |planned| match store.find(&planned.key) {
        Found::Whole(record) if keeps && record.status == Status::Ok && store.weights(&planned.key).is_none() => {
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
    let allowed = |p: &Planned| options.only.is_none_or(|prefix| p.key.starts_with(prefix));
    let todo: Vec<&Planned> = plan.trials.iter().filter(|p| allowed(p) && done.records.get(&p.key).is_none_or(again)).collect();
    done.n_cached = plan.trials.len() - todo.len();
    let mut chains = if options.retry == Retry::Everything { todo.into_iter().map(|p| vec![p]).collect() } else { chained(todo) };
    // Longest first, so that no worker is left alone with a long trial at the end.
    chains.sort_by_key(|chain| std::cmp::Reverse(chain.last().map(|p| cost(p))));
    progress.begin(plan.trials.len(), plan.trials.iter().filter(|p| done.records.get(&p.key).is_some_and(|r| !again(r))).count());

    let (new, disk_error) = (Mutex::new(Vec::new()), Mutex::new(None::<String>));
    let (n_bad, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let stopping = || INTERRUPTED.load(Ordering::Relaxed) || stop.load(Ordering::Relaxed);
    let one = |worker: usize, planned: &Planned| {
        if stopping() {
            return;
        }
        let Some(mut trained) = guarded(planned, train, &stopping) else {
            return;
        };
        trained.timing.worker = worker as u32;
        let record = &trained.record;
        if matches!(record.status, Status::Failed | Status::TimedOut) {
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
        progress.one_more(record.status);
        new.lock().expect("no panic while held").push(trained.record);
    };
    pool::run(options.jobs, chains.len(), |worker, index| chains[index].iter().for_each(|planned| one(worker, planned)))?;
    progress.end();

    let new = new.into_inner().expect("no panic while held");
    done.n_trained = new.len();
    done.records.extend(new.into_iter().map(|r| (r.key.clone(), r)));
    done.n_missing = plan.trials.iter().filter(|p| !done.records.contains_key(&p.key)).count();
    done.disk_error = disk_error.into_inner().expect("no panic while held");
    done.interrupted = INTERRUPTED.load(Ordering::Relaxed);
    Ok(done)
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

/// Runs one trial; a panic or an error becomes a `Failed` record.
fn guarded(planned: &Planned, train: &Train<'_>, stopping: &dyn Fn() -> bool) -> Option<Trained> {
    let failed = |reason: String| Some(empty(&planned.key, Status::Failed, reason));
    quiet_panics();
    match catch_unwind(AssertUnwindSafe(|| train(planned, stopping))) {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(reason)) => failed(reason),
        Err(payload) => failed(format!("panic: {}{}", message(&*payload), PANIC_PLACE.take().unwrap_or_default())),
    }
}

fn empty(key: &str, status: Status, reason: String) -> Trained {
    Trained { record: Record::empty(key, status, reason), timing: Default::default(), weights: None }
}

thread_local! {
    static PANIC_PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps a worker's panic off the terminal: its message and place go into the record.
fn quiet_panics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if pool_thread() {
                PANIC_PLACE.set(info.location().map(|l| format!(" ({}:{})", file_name(l.file()), l.line())));
            } else {
                before(info);
            }
        }));
    });
}

/// Workers have no name; the main thread and test threads do.
fn pool_thread() -> bool {
    std::thread::current().name().is_none()
}

/// Without its folder: a record must not hold a path of the machine that built the program.
fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|s| s.to_string()).or_else(|| payload.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "no message".into())
}

/// A trial's expected cost, in units that only order trials: multiplications plus a fee per step.
pub fn cost(planned: &Planned) -> u64 {
    let t = &planned.trial;
    let Batch::Size(batch) = t.train.batch else {
        return u64::MAX;
    };
    let widths: u64 = t.model.hidden.iter().fold(0, |sum, w| sum + (*w as u64) * 64);
    t.train.epochs as u64 * (1000 * widths.max(64) + 2_000_000 / batch as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::Library;
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
            Ok(Some(empty(&p.key, Status::Ok, String::new())))
        };
        let options = Options { jobs: 1, retry: Retry::Nothing, only: None, repeat: &|p| p.key.clone() };
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
}
