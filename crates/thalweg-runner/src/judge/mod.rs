//! `Vec<Record> -> Vec<Claim>`: what the trials say of what a file's author expected. Beside `tabulate`; nothing after this sees a record.
//!
//! One pass over the plan collects each check's values; what they amount to is the report's own statistics.

mod measure;
mod name;

use std::collections::HashMap;

use thalweg_report::groups::short;
use thalweg_report::{Claim, Finding, Nature, is_larger_better};

use crate::claim::{self, Check, Measure, Pick};
use crate::experiment::{Condition, Experiment};
use crate::halving::{self, Undecided};
use crate::kind::Quantity;
use crate::plan::{Plan, Planned};
use crate::record::{Record, Status, Timing};
use crate::store::Store;
use crate::value::Value;
use measure::{best, measured};
use name::number;

/// What one trial says to a check.
struct Sample {
    config: String,
    seed: u64,
    /// Of the quantity: a truth is 1, nothing is NaN.
    value: f64,
    /// Of the report's metric.
    metric: f64,
    is_ok: bool,
    /// Nothing of it is left to chance.
    is_exact: bool,
}

/// The trials of a check for one value of its `each`.
#[derive(Default)]
struct Sides {
    chosen: Vec<Sample>,
    /// Those that they are compared with.
    against: Vec<Sample>,
}

/// For each value of a check's `each`, in the order of the plan; and the place of each value.
#[derive(Default)]
struct Groups {
    sides: Vec<(String, Sides)>,
    places: HashMap<String, usize>,
}

/// Judges the claims of an experiment. While a trial that was asked for is missing, nothing is measured: what is there may be the
/// easier part.
pub fn judge(plan: &Plan, experiment: &Experiment, records: &HashMap<String, Record>, store: &Store) -> Vec<Claim> {
    let checks = || experiment.claims.iter().flat_map(|c| &c.checks);
    let mut collected: Vec<Groups> = checks().map(|_| Groups::default()).collect();
    let (quantities, is_timed) = ((experiment.kind.quantities)(), checks().any(Check::is_timed));
    // A plan without claims is not gone through.
    let n_trials = if collected.is_empty() || n_missing(plan, experiment, records) > 0 { 0 } else { plan.len() };
    for planned in plan.trials().take(n_trials) {
        let Some(record) = records.get(&planned.key) else { continue };
        let times = if is_timed { store.found_timing(&planned.key) } else { None };
        let row = Row { experiment, quantities: &quantities, planned: &planned, record, times: times.as_ref() };
        for (check, groups) in checks().zip(&mut collected) {
            row.collect(check, groups);
        }
    }
    let mut collected = collected.into_iter();
    let judged = experiment.claims.iter().map(|claim| {
        let findings = claim.checks.iter().zip(&mut collected).flat_map(|(check, groups)| findings(check, groups, experiment)).collect();
        let nature = if claim.checks.iter().any(Check::is_timed) { Nature::Timed } else { Nature::Reproducible };
        let claim::Claim { row, says, erratum, figure, .. } = claim.clone();
        Claim { row, says, erratum, figure, findings, nature }
    });
    judged.collect()
}

/// How many trials were asked for and have no record.
pub fn n_missing(plan: &Plan, experiment: &Experiment, records: &HashMap<String, Record>) -> usize {
    let asked = halving::asked(plan, experiment, records, Undecided::Wait);
    asked.into_iter().enumerate().filter(|(i, is_asked)| *is_asked && !records.contains_key(&plan.key(*i))).count()
}

/// A trial and all that an expression can ask of it.
struct Row<'a> {
    experiment: &'a Experiment,
    quantities: &'a [Quantity],
    planned: &'a Planned,
    record: &'a Record,
    /// `None`: not looked for, or lost.
    times: Option<&'a Timing>,
}

impl Row<'_> {
    fn collect(&self, check: &Check, groups: &mut Groups) {
        if !self.is_final(check) {
            return;
        }
        let holds = |condition: &Condition| condition.expr.holds(&|name| self.get(name, &check.place));
        let is_chosen = check.chosen.as_ref().is_none_or(holds);
        let is_against = check.against.as_ref().is_some_and(holds);
        let level = check.each.and_then(|s| self.experiment.swept.iter().position(|other| other.path == s.path));
        let level = level.map_or(String::new(), |i| self.planned.cells[i].plain());
        if !(is_chosen || is_against) {
            return;
        }
        let place = *groups.places.entry(level).or_insert_with_key(|level| {
            groups.sides.push((level.clone(), Sides::default()));
            groups.sides.len() - 1
        });
        let sides = &mut groups.sides[place].1;
        sides.chosen.extend(is_chosen.then(|| self.sample(check)));
        sides.against.extend(is_against.then(|| self.sample(check)));
    }

    /// Of successive halving only the last rung counts, unless a check itself says for how long its trials ran.
    fn is_final(&self, check: &Check) -> bool {
        let names_epochs = |c: &Condition| c.expr.names().contains("train.epochs");
        let last = self.experiment.halving.as_ref().and_then(|halving| halving.rungs.last().copied());
        last.is_none_or(|last| self.planned.trial.train.epochs == last) || check.chosen.iter().chain(&check.against).any(names_epochs)
    }

    fn sample(&self, check: &Check) -> Sample {
        Sample {
            config: self.planned.config.clone(),
            seed: self.planned.seeds.seed,
            value: if self.is_known(check) { number(&check.of.expr.value(&|name| self.get(name, &check.place))) } else { f64::NAN },
            metric: self.experiment.metric(self.record).unwrap_or(f64::NAN),
            is_ok: self.record.status == Status::Ok,
            // Measured time is left to chance where nothing else is.
            is_exact: !(check.is_timed() || (self.experiment.kind.depends_on_seed)(&self.planned.trial)),
        }
    }

    /// Whether all that a truth value asks of this trial was recorded: a comparison with nothing is false, and its opposite true. How a
    /// trial ended that did not end well is known, and that a trial has no onset is what was recorded of it.
    fn is_known(&self, check: &Check) -> bool {
        let is_nothing = |value: Value| match value {
            Value::Number(x) => x.is_nan(),
            Value::Text(text) => text.is_empty(),
            _ => false,
        };
        let is_unknown = |name: &&str| !name.contains('.') && *name != "overfit_onset" && is_nothing(self.get(name, &check.place));
        check.measure == Measure::Number || self.record.status != Status::Ok || !check.of.expr.names().iter().any(is_unknown)
    }
}

/// One finding for each value of `each`; one that says nothing was measured where there are none.
fn findings(check: &Check, mut groups: Groups, experiment: &Experiment) -> Vec<Finding> {
    if groups.sides.is_empty() {
        groups.sides.push((String::new(), Sides::default()));
    }
    let larger = is_larger_better(&experiment.report.metric);
    let of_one = |(level, sides): (String, Sides)| {
        let what = match check.each.filter(|_| !level.is_empty()) {
            Some(setting) => format!("{} ({} = {level})", check.what, short(setting.path)),
            None => check.what.clone(),
        };
        let picked = |samples| if check.pick == Pick::Best { best(samples, larger) } else { samples };
        let (chosen, against) = (picked(sides.chosen), picked(sides.against));
        Finding {
            what,
            expected: check.expected,
            measured: measured(check, &chosen, check.against.is_some().then_some(against.as_slice())),
        }
    };
    groups.sides.into_iter().map(of_one).collect()
}
