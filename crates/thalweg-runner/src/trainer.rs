//! How a sweep runs a trial: from the start, or on from the state of a shorter one.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::experiment::Experiment;
use crate::library::Library;
use crate::plan::Planned;
use crate::progress::Progress;
use crate::store::Store;
use crate::train::Trained;

/// Whether stored states are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum States {
    /// They are.
    Used,
    /// They are passed over: who asks for everything again asks for no state of before.
    Passed,
}

/// Runs trials of one experiment.
pub struct Trainer<'a> {
    experiment: &'a Experiment,
    library: &'a Library,
    store: &'a Store,
    states: States,
    progress: &'a Progress,
    n_continued: AtomicUsize,
}

impl<'a> Trainer<'a> {
    /// A trainer that has run nothing yet.
    pub fn new(experiment: &'a Experiment, library: &'a Library, store: &'a Store, states: States, progress: &'a Progress) -> Trainer<'a> {
        Trainer { experiment, library, store, states, progress, n_continued: AtomicUsize::new(0) }
    }

    /// Runs one trial; `None` if `stop` said to stop.
    pub fn train(&self, planned: &Planned, stop: &dyn Fn() -> bool) -> Result<Option<Trained>, String> {
        let resume = self.experiment.kind.resume.filter(|_| self.states == States::Used);
        let found = resume.and_then(|resume| Some((resume, self.store.state(planned, &|m| self.progress.warn(m))?)));
        let Some((resume, state)) = found else {
            return (self.experiment.kind.run)(planned, self.experiment, self.library, stop);
        };
        let trained = resume(planned, self.experiment, self.library, &state, stop)?;
        self.n_continued.fetch_add(usize::from(trained.is_some()), Ordering::Relaxed);
        Ok(trained)
    }

    /// How many went on from a state.
    pub fn n_continued(&self) -> usize {
        self.n_continued.load(Ordering::Relaxed)
    }
}
