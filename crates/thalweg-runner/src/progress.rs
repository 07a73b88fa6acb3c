//! What the user sees while a sweep runs: one bar on a terminal, plain lines elsewhere. All of it goes to stderr.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

use crate::clock::Stopwatch;
use crate::record::Status;

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verbosity {
    /// Errors and warnings only.
    Quiet,
    /// A bar or lines.
    Normal,
}

/// The progress of one sweep.
pub struct Progress {
    verbosity: Verbosity,
    bar: Option<ProgressBar>,
    state: Mutex<State>,
    n_diverged: AtomicUsize,
    n_failed: AtomicUsize,
}

struct State {
    total: usize,
    cached: usize,
    done: usize,
    watch: Stopwatch,
    last_line: f64,
}

impl Progress {
    /// Chooses between a bar and lines.
    pub fn new(verbosity: Verbosity) -> Progress {
        let bar = (verbosity == Verbosity::Normal && std::io::stderr().is_terminal()).then(|| {
            let style = ProgressStyle::with_template("{bar:32} {pos}/{len} trials  {elapsed} elapsed, {eta} to go  {msg}")
                .expect("a constant template");
            ProgressBar::new(0).with_style(style)
        });
        let state = State { total: 0, cached: 0, done: 0, watch: Stopwatch::start(), last_line: 0.0 };
        Progress { verbosity, bar, state: Mutex::new(state), n_diverged: AtomicUsize::new(0), n_failed: AtomicUsize::new(0) }
    }

    /// A sweep of `total` trials begins, `cached` of which are done.
    pub fn begin(&self, total: usize, cached: usize) {
        let mut state = self.state.lock().expect("no panic while held");
        (state.total, state.cached, state.done) = (total, cached, cached);
        if let Some(bar) = &self.bar {
            bar.set_length(total as u64);
            bar.set_position(cached as u64);
            bar.reset_eta();
        } else if self.verbosity == Verbosity::Normal {
            eprintln!("{total} trials, {cached} of them already done");
        }
    }

    /// One trial is done.
    pub fn one_more(&self, status: Status) {
        match status {
            Status::Diverged => self.n_diverged.fetch_add(1, Ordering::Relaxed),
            Status::Failed | Status::TimedOut => self.n_failed.fetch_add(1, Ordering::Relaxed),
            Status::Ok => 0,
        };
        let mut state = self.state.lock().expect("no panic while held");
        state.done += 1;
        let counts = format!("{} diverged, {} failed", self.n_diverged.load(Ordering::Relaxed), self.n_failed.load(Ordering::Relaxed));
        if let Some(bar) = &self.bar {
            bar.inc(1);
            bar.set_message(counts);
            return;
        }
        let (fresh, todo) = (state.done - state.cached, state.total - state.cached);
        let now = state.watch.seconds();
        let tenth = fresh * 10 / todo.max(1) != (fresh - 1) * 10 / todo.max(1);
        if self.verbosity == Verbosity::Normal && (tenth || now - state.last_line > 30.0) {
            state.last_line = now;
            eprintln!("{}/{} trials, {now:.1} s, {counts}", state.done, state.total);
        }
    }

    /// A line that must not be lost, above the bar.
    pub fn warn(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| anstream::eprintln!("{text}")),
            None => anstream::eprintln!("{text}"),
        }
    }

    /// A line that `--quiet` drops.
    pub fn say(&self, text: &str) {
        if self.verbosity == Verbosity::Normal {
            self.warn(text);
        }
    }

    /// The sweep is over.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
