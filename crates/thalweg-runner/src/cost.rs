//! What a trial takes: a model of its time and memory, good enough to order trials, to say when a sweep will end, and to say so before
//! it begins. Where the store has measured times of a plan's trials, they correct it.

use std::collections::HashMap;

use crate::library::Facts;
use crate::plan::Plan;
use crate::record::Record;
use crate::store::Store;
use crate::trial::{Batch, Trial};
use thalweg_math::svm::Scheme;

/// Multiplications and additions in a second, products and loops over elements together: what one core of a machine with AVX-512 did
/// on the digits (64-32-10, batch 32: 3.7 µs a step) and on pictures (784-128-10, batch 64: 215 µs).
const PER_SECOND: f64 = 85e9;
/// Seconds of a step that do not depend on its size.
const STEP: f64 = 1e-6;
/// Seconds around a trial and around each look at it.
const LOOK: f64 = 5e-5;

/// What a trial takes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// On one core.
    pub seconds: f64,
    /// Beside the data.
    pub bytes: f64,
}

impl Cost {
    /// Of what is no training: some steps of next to nothing.
    pub fn of_steps(steps: usize) -> Cost {
        Cost { seconds: LOOK + 0.3e-6 * steps as f64, bytes: 0.0 }
    }

    /// Of training a network of `n_params` parameters, each used once for a sample: forward, and twice backward; with a look after
    /// each epoch.
    pub fn of_training(trial: &Trial, facts: &Facts, n_params: usize) -> Cost {
        let Batch::Size(batch) = trial.train.batch else { return Cost::default() };
        let (epochs, params) = (trial.train.epochs as f64, n_params as f64);
        let steps = facts.n_train.div_ceil(batch) as f64;
        let epoch = steps * STEP + 3.0 * facts.n_train as f64 * params / PER_SECOND;
        let look = LOOK + (facts.n_train + facts.n_valid) as f64 * params / PER_SECOND;
        let sample = if trial.train.gradient_sample > 0.0 { epoch } else { 0.0 };
        let seconds = epochs * (epoch + look + sample);
        let units: usize = trial.model.hidden.iter().sum::<usize>() + facts.n_inputs;
        // Parameters, gradient, two moments, the best and the final ones; a batch with what each layer keeps.
        let bytes = 4.0 * (6.0 * params + 3.0 * (batch.max(256) * units) as f64);
        Cost { seconds, bytes }
    }
}

impl Cost {
    /// Of a kernel machine: as if a third of all rows of the kernel were computed, once for each scheme, and each sample were compared
    /// with as many; a step passes over the rows of its problem.
    pub fn of_machine(trial: &Trial, facts: &Facts, n_classes: usize) -> Cost {
        let (n, kernel) = (facts.n_train as f64, facts.n_inputs as f64 + 20.0);
        let scheme = trial.model.machine.scheme;
        let problems = scheme.n_problems(n_classes) as f64;
        let rows = if scheme == Scheme::OneVersusOne { 2.0 / n_classes as f64 * n } else { n };
        let solving = problems * rows * (rows * kernel / 3.0 + 8.0 * rows) / (0.5 * PER_SECOND);
        let looking = (n + facts.n_valid as f64) * n * kernel / 3.0 / (0.5 * PER_SECOND);
        let bytes = (8.0 * rows * rows).min(1e6 * trial.train.cache as f64) + 8.0 * n * (facts.n_inputs as f64 + 4.0 * problems);
        Cost { seconds: LOOK + solving + looking, bytes }
    }
}

/// Measured over modelled seconds of the plan's trials that are in the store, and how many those are.
pub fn measured(plan: &Plan, records: &HashMap<String, Record>, store: &Store) -> Option<(f64, usize)> {
    let n_looked_at = if records.is_empty() { 0 } else { plan.len() };
    let trials = (0..n_looked_at).map(|i| (plan.key(i), plan.cost(i))).filter(|(key, _)| records.contains_key(key));
    let (mut seconds, mut modelled, mut n) = (0.0, 0.0, 0);
    for (key, cost) in trials {
        let timing = store.timing(&key);
        if timing.steps > 0 {
            (seconds, modelled, n) = (seconds + timing.train_seconds + timing.eval_seconds, modelled + cost.seconds, n + 1);
        }
    }
    (modelled > 0.0 && seconds > 0.0).then(|| (seconds / modelled, n))
}
