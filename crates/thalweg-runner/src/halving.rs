//! Successive halving (Karnin, Koren and Somekh 2013; Jamieson and Talwalkar 2016): which configurations are trained for longer.
//!
//! Every rung of every configuration is in the plan, with its key; what has been recorded decides how much of it runs. Those of a cohort
//! compete when all of them are recorded, by (metric, key), so the order of arrival and the number of workers cannot be seen.

use std::collections::HashMap;

use thalweg_report::{Column, Table, is_larger_better};

use crate::experiment::{Experiment, Halving};
use crate::plan::Plan;
use crate::record::{Record, Status};

/// What became of a configuration on a rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is trained for longer.
    Promoted,
    /// Others of its cohort were better.
    GivenUp,
    /// There is no further rung.
    Finished,
    /// Some of its cohort have no record yet.
    Waiting,
}

/// A decision of the log.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The number of the rung, from 0.
    pub rung: usize,
    /// The number of the cohort, from 0.
    pub cohort: usize,
    /// The number of the configuration among those of one rung.
    pub config: usize,
    /// Of its seeds that ended well; NaN if none did.
    pub mean: f64,
    /// Seeds with a value.
    pub n: usize,
    /// Its place in the cohort, from 1; 0 while it waits.
    pub rank: usize,
    /// How many were ranked.
    pub of: usize,
    /// What followed.
    pub fate: Fate,
}

/// Who comes from a cohort that has not been decided to the next rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undecided {
    /// Nobody, yet.
    Wait,
    /// As many as will, the first ones standing for all: for counts and times before anything has run.
    Guess,
}

/// What the records decide so far: of each rung, those that came to it. Empty where nothing is halved.
pub fn decide(plan: &Plan, experiment: &Experiment, records: &HashMap<String, Record>, undecided: Undecided) -> Vec<Decision> {
    let Some(halving) = &experiment.halving else { return Vec::new() };
    let n_configs = plan.n_configs() / halving.rungs.len();
    let size = halving.cohort.unwrap_or(n_configs);
    let mut log = Vec::new();
    let mut cohorts: Vec<Vec<usize>> = (0..n_configs).collect::<Vec<_>>().chunks(size).map(<[usize]>::to_vec).collect();
    for rung in 0..halving.rungs.len() {
        for (cohort, members) in cohorts.iter_mut().enumerate() {
            let decisions = compete(plan, experiment, halving, records, (rung, cohort), members);
            let guessed = if undecided == Undecided::Guess { n_promoted(members.len(), halving) } else { 0 };
            let comes = |(i, d): &(usize, &Decision)| d.fate == Fate::Promoted || (d.fate == Fate::Waiting && *i < guessed);
            *members = decisions.iter().enumerate().filter(comes).map(|(_, d)| d.config).collect();
            log.extend(decisions);
        }
    }
    log
}

/// The decisions of one cohort on one rung, best first.
fn compete(
    plan: &Plan,
    experiment: &Experiment,
    halving: &Halving,
    records: &HashMap<String, Record>,
    (rung, cohort): (usize, usize),
    members: &[usize],
) -> Vec<Decision> {
    let is_last = rung + 1 == halving.rungs.len();
    let sign = if is_larger_better(&experiment.report.metric) { -1.0 } else { 1.0 };
    let mut is_whole = true;
    let mut found: Vec<(String, Decision)> = Vec::new();
    for config in members.iter().copied() {
        let keys: Vec<String> = trials_of(plan, rung, config).map(|index| plan.key(index)).collect();
        is_whole &= keys.iter().all(|key| records.contains_key(key));
        let values: Vec<f64> = keys.iter().filter_map(|key| value(experiment, records.get(key)?)).collect();
        let mean = if values.is_empty() { f64::NAN } else { values.iter().sum::<f64>() / values.len() as f64 };
        let decision = Decision { rung, cohort, config, mean, n: values.len(), rank: 0, of: members.len(), fate: Fate::Waiting };
        found.push((keys[0].clone(), decision));
    }
    if is_whole {
        // As in the tables: those that ended well under all seeds come first.
        found.sort_by(|(a_key, a), (b_key, b)| {
            let is_short = |d: &Decision| (d.n == 0, d.n < plan.n_seeds());
            is_short(a).cmp(&is_short(b)).then((sign * a.mean).total_cmp(&(sign * b.mean))).then(a_key.cmp(b_key))
        });
        let n_promoted = n_promoted(found.len(), halving);
        for (place, (_, decision)) in found.iter_mut().enumerate() {
            decision.rank = place + 1;
            decision.fate = match () {
                () if is_last => Fate::Finished,
                () if place < n_promoted && decision.n > 0 => Fate::Promoted,
                () => Fate::GivenUp,
            };
        }
    }
    found.into_iter().map(|(_, decision)| decision).collect()
}

/// How many of a cohort go on.
fn n_promoted(of: usize, halving: &Halving) -> usize {
    (of / halving.eta).max(1)
}

/// A trial's metric, if it ended well.
fn value(experiment: &Experiment, record: &Record) -> Option<f64> {
    experiment.metric(record).filter(|value| record.status == Status::Ok && value.is_finite())
}

/// The places in the plan of a configuration's trials on a rung.
pub fn trials_of(plan: &Plan, rung: usize, config: usize) -> impl Iterator<Item = usize> {
    let n_configs = plan.n_configs() / plan.n_rungs();
    let first = (rung * n_configs + config) * plan.n_seeds();
    first..first + plan.n_seeds()
}

/// Which trials of the plan the records ask for: those of the first rung, and of every promoted configuration.
pub fn asked(plan: &Plan, experiment: &Experiment, records: &HashMap<String, Record>, undecided: Undecided) -> Vec<bool> {
    if experiment.halving.is_none() {
        return vec![true; plan.len()];
    }
    let mut asked = vec![false; plan.len()];
    for decision in decide(plan, experiment, records, undecided) {
        trials_of(plan, decision.rung, decision.config).for_each(|index| asked[index] = true);
    }
    asked
}

/// Forgets the records of trials that nobody asked for: another sweep may have left them in the store.
pub fn forget_others(plan: &Plan, experiment: &Experiment, records: &mut HashMap<String, Record>) {
    let asked = asked(plan, experiment, records, Undecided::Wait);
    (0..plan.len()).filter(|index| !asked[*index]).for_each(|index| {
        records.remove(&plan.key(index));
    });
}

/// The log as a table, `None` where nothing is halved.
pub fn log(plan: &Plan, experiment: &Experiment, records: &HashMap<String, Record>) -> Option<Table> {
    let halving = experiment.halving.as_ref()?;
    let decisions = decide(plan, experiment, records, Undecided::Wait);
    let int = |name: &str, of: &dyn Fn(&Decision) -> usize| Column::int(name, decisions.iter().map(|d| Some(of(d) as i64)).collect());
    let config = |d: &Decision| trials_of(plan, d.rung, d.config).next().map(|index| plan.config(index));
    let word = |d: &Decision| match d.fate {
        Fate::Promoted => "promoted",
        Fate::GivenUp => "given up",
        Fate::Finished => "finished",
        Fate::Waiting => "waiting",
    };
    let columns = vec![
        int("rung", &|d| d.rung + 1),
        int("epochs", &|d| halving.rungs[d.rung]),
        int("cohort", &|d| d.cohort + 1),
        Column::text("config", decisions.iter().map(config).collect()),
        int("n", &|d| d.n),
        Column::float("mean", decisions.iter().map(|d| Some(d.mean).filter(|m| m.is_finite())).collect()),
        Column::int("rank", decisions.iter().map(|d| Some(d.rank as i64).filter(|rank| *rank > 0)).collect()),
        Column::text("decision", decisions.iter().map(|d| Some(word(d).into())).collect()),
    ];
    Some(Table::new(columns).expect("columns of one length"))
}

/// Epochs of each rung, rising: the last has them all, each before it one of `eta`, down to `least`.
pub fn rungs(epochs: usize, eta: usize, least: usize) -> Vec<usize> {
    let mut rungs = vec![epochs];
    while let Some(below) = rungs.last().map(|e| e.div_ceil(eta)).filter(|below| *below >= least && *below < rungs[rungs.len() - 1]) {
        rungs.push(below);
    }
    rungs.reverse();
    rungs
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// By hand: 50, ⌈50/3⌉ = 17, ⌈17/3⌉ = 6, 2, 1.
    #[test]
    fn rungs_by_hand() {
        assert_eq!(rungs(50, 3, 2), [2, 6, 17, 50]);
        assert_eq!(rungs(50, 3, 1), [1, 2, 6, 17, 50]);
        assert_eq!(rungs(8, 2, 1), [1, 2, 4, 8]);
        assert_eq!(rungs(1, 2, 1), [1]);
    }

    fn made(more: &str) -> (Arc<Experiment>, Plan) {
        let text = format!(
            "name = \"h\"\n[base]\ntrain.epochs = 4\n[axes]\ntrain.lr = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]\n[search]\nmethod = \"halving\"\neta = 2\nmin-epochs = 1\n{more}"
        );
        let file = crate::file::parse(std::path::Path::new("h.toml"), text).expect("valid");
        let experiment = Arc::new(crate::check::check(&file).expect("valid"));
        let plan = crate::plan::expand(&experiment, &Arc::default()).expect("a plan");
        (experiment, plan)
    }

    /// A record with this validation loss; none: it diverged.
    fn record(key: &str, experiment: &Experiment, loss: Option<f64>) -> Record {
        let status = if loss.is_some() { Status::Ok } else { Status::Diverged };
        let mut record = Record::empty(key, status, String::new());
        record.best = vec![0.0; (experiment.kind.quantities)().len()];
        record.best[experiment.kind.index("valid_loss").expect("recorded")] = loss.unwrap_or(0.0);
        record
    }

    /// The configurations that came to each rung, for losses by configuration that do not change.
    fn ladder(experiment: &Experiment, plan: &Plan, losses: [Option<f64>; 6]) -> Vec<Vec<usize>> {
        let mut records = HashMap::new();
        for index in 0..plan.len() {
            let key = plan.key(index);
            records.insert(key.clone(), record(&key, experiment, losses[index % 6]));
        }
        let log = decide(plan, experiment, &records, Undecided::Wait);
        (0..plan.n_rungs())
            .map(|rung| {
                let mut on: Vec<usize> = log.iter().filter(|d| d.rung == rung).map(|d| d.config).collect();
                on.sort_unstable();
                on
            })
            .collect()
    }

    #[test]
    fn the_best_are_promoted_and_what_diverged_is_not() {
        let (experiment, plan) = made("");
        assert_eq!((plan.n_rungs(), plan.len()), (3, 18));
        let losses = [Some(0.6), Some(0.5), None, Some(0.3), Some(0.2), Some(0.1)];
        assert_eq!(ladder(&experiment, &plan, losses), [vec![0, 1, 2, 3, 4, 5], vec![3, 4, 5], vec![5]]);
        assert_eq!(ladder(&experiment, &plan, [None; 6]), [vec![0, 1, 2, 3, 4, 5], vec![], vec![]]);
    }

    #[test]
    fn cohorts_compete_among_themselves() {
        let (experiment, plan) = made("cohort = 3\n");
        let losses = [Some(0.6), Some(0.5), Some(0.4), Some(0.3), Some(0.2), Some(0.1)];
        assert_eq!(ladder(&experiment, &plan, losses), [vec![0, 1, 2, 3, 4, 5], vec![2, 5], vec![2, 5]]);
    }

    /// Equal losses are told apart by key, so that no order of arrival decides.
    #[test]
    fn ties_are_decided_by_key_and_nothing_is_decided_early() {
        let (experiment, plan) = made("");
        let by_key = {
            let mut order: Vec<usize> = (0..6).collect();
            order.sort_by_key(|i| plan.key(*i));
            let mut first = order[..3].to_vec();
            first.sort_unstable();
            first
        };
        assert_eq!(ladder(&experiment, &plan, [Some(0.5); 6])[1], by_key);
        let mut records: HashMap<String, Record> =
            (0..5).map(|i| (plan.key(i), record(&plan.key(i), &experiment, Some(i as f64)))).collect();
        assert!(decide(&plan, &experiment, &records, Undecided::Wait).iter().all(|d| d.fate == Fate::Waiting && d.rung == 0));
        assert_eq!(asked(&plan, &experiment, &records, Undecided::Wait).iter().filter(|a| **a).count(), 6);
        records.insert(plan.key(5), record(&plan.key(5), &experiment, Some(9.0)));
        let asked = asked(&plan, &experiment, &records, Undecided::Wait);
        assert_eq!((6..12).filter(|i| asked[*i]).collect::<Vec<_>>(), [6, 7, 8]);
    }
}
