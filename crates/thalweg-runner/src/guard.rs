//! A bug costs one trial: a panic inside one becomes a record with its reason and place, off the terminal.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::plan::Planned;
use crate::record::{Record, Status};
use crate::sweep::Train;
use crate::train::Trained;

/// Runs one trial; a panic or an error becomes a `Failed` record.
pub fn guarded(planned: &Planned, train: &Train<'_>, stopping: &dyn Fn() -> bool) -> Option<Trained> {
    let failed = |reason: String| {
        Some(Trained { record: Record::empty(&planned.key, Status::Failed, reason), timing: Default::default(), weights: None })
    };
    quiet_panics();
    match catch_unwind(AssertUnwindSafe(|| train(planned, stopping))) {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(reason)) => failed(reason),
        Err(payload) => failed(format!("panic: {}{}", message(&*payload), PANIC_PLACE.take().unwrap_or_default())),
    }
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
