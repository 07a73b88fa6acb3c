//! What a sweep tells to programs: one JSON object per line on standard output, documented in `docs/experiments.md`.
//!
//! No line holds a measured time. A reader that went away is no error.

use std::io::Write;

use serde::Serialize;

/// One line.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum Event<'a> {
    /// An experiment begins.
    Plan {
        /// Its name.
        name: &'a str,
        /// Trials of its plan.
        trials: usize,
        /// Those of them that the store has.
        cached: usize,
    },
    /// A trial is done.
    Trial {
        /// Its key.
        key: &'a str,
        /// As in `trials.csv`.
        status: &'a str,
        /// Trials that are done now, cached ones included.
        done: usize,
        /// Trials of the plan.
        total: usize,
    },
    /// A report is written, or was up to date.
    Report {
        /// Its page.
        path: String,
    },
    /// The last line.
    End {
        /// The exit status of the program.
        exit: u8,
        /// Trials that were trained, over all experiments.
        trained: usize,
        /// Trials without a record.
        missing: usize,
    },
}

impl Event<'_> {
    /// Writes the line.
    pub fn print(&self) {
        let line = serde_json::to_string(self).expect("plain values are always writable");
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    }
}
