//! How far a run is, and the times that schedules count in.

use crate::schedule::Every;

/// How far a training run is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Steps already taken: 0 at the first step.
    pub step: u64,
    /// Steps that the whole run takes.
    pub total_steps: u64,
    /// Steps in one epoch, > 0.
    pub steps_per_epoch: u64,
}

impl Progress {
    /// Epochs already taken, with their fraction: 2.5 is the middle of the third epoch.
    pub fn epoch(&self) -> f64 {
        self.step as f64 / self.steps_per_epoch as f64
    }

    /// t/T in [0, 1], 0 at the first step; past the end it stays 1.
    pub fn share(&self) -> f64 {
        if self.step >= self.total_steps { 1.0 } else { self.step as f64 / self.total_steps as f64 }
    }

    /// How many times `every` has passed, with the fraction.
    pub fn periods(&self, every: Every) -> f64 {
        match every {
            Every::Epochs(epochs) => self.step as f64 / (epochs * self.steps_per_epoch as f64),
            Every::Steps(steps) => self.step as f64 / steps as f64,
        }
    }

    /// How many times `every` has passed, whole times only.
    pub fn whole_periods(&self, every: Every) -> f64 {
        let n = self.periods(every);
        let nearest = n.round();
        // 0.07 epochs of 100 steps are 7 steps, although in binary 0.07 · 100 is above 7.
        if (n - nearest).abs() <= 1e-12 * n { nearest } else { n.floor() }
    }

    /// The progress of what is left once the first `n_steps` are over.
    pub fn after(&self, n_steps: u64) -> Progress {
        Progress {
            step: self.step.saturating_sub(n_steps),
            total_steps: self.total_steps.saturating_sub(n_steps),
            steps_per_epoch: self.steps_per_epoch,
        }
    }
}
