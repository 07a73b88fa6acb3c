//! How far a launched sweep is, by its records, until nothing of it is queued any more.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use crate::plan::Plan;
use crate::progress::Progress;
use crate::store::{Found, Store};
use crate::sweep::{INTERRUPTED, piece};

/// Between two looks at the store, and between two questions to the queue.
const LOOK: Duration = Duration::from_millis(500);
const LOOKS_PER_QUESTION: usize = 6;

/// How often nothing must be queued before it is believed: a controller that was started again may have forgotten for a moment.
const EMPTY: usize = 2;

/// What is new in the store, told to the progress; the function says how many are still missing.
pub(super) fn looker<'a>(plan: &'a Plan, store: &'a Store, mut missing: Vec<usize>, progress: &'a Progress) -> impl FnMut() -> usize + 'a {
    move || {
        let listed = store.listed(missing.len());
        missing.retain(|index| {
            let key = plan.key(*index);
            if listed.as_ref().is_some_and(|keys| !keys.contains(&key)) {
                return true;
            }
            let Found::Whole(record) = store.find(&key) else { return true };
            progress.one_more(0, &piece(&plan.trial(*index)), record.status);
            false
        });
        missing.len()
    }
}

/// What a queue says.
pub(super) enum Queue {
    /// Nothing of it is there.
    Empty,
    /// Something is.
    Busy,
    /// Something is that will not go on by itself, and what is to be done.
    Held(String),
}

/// Looks until nothing is missing or nothing is queued, or Ctrl-C; how many are missing. A queue that does not answer is asked again: the jobs do not need it.
pub(super) fn to_the_end(look: &mut dyn FnMut() -> usize, queue: &dyn Fn() -> Result<Queue, String>, warn: &dyn Fn(&str)) -> usize {
    let (mut n_empty, mut told) = (0, false);
    let once = |told: &mut bool, message: String| {
        if !*told {
            warn(&message);
            *told = true;
        }
    };
    for i in 1_usize.. {
        let n_missing = look();
        if n_missing == 0 {
            return 0;
        }
        if i.is_multiple_of(LOOKS_PER_QUESTION) || n_empty > 0 {
            match queue() {
                Ok(Queue::Empty) => n_empty += 1,
                Ok(Queue::Busy) => (n_empty, told) = (0, false),
                Ok(Queue::Held(help)) => once(&mut told, help),
                Err(reason) => once(&mut told, format!("{reason}; asked again until it answers, Ctrl-C stops asking")),
            }
        }
        if n_empty >= EMPTY || INTERRUPTED.load(Ordering::Relaxed) {
            return look();
        }
        thread::sleep(LOOK);
    }
    unreachable!("looks are counted for ever")
}
