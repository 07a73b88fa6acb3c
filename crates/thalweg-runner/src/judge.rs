//! `Vec<Record> -> Vec<Claim>`: what the trials say of what a file's author expected. Beside `tabulate`; nothing after this sees a record.
//!
//! One pass over the plan collects each check's values; what they amount to is the report's own statistics.

use std::collections::{BTreeMap, HashMap};

use thalweg_report::stats::{estimate, newcombe, paired, welch, wilson};
use thalweg_report::{At, Claim, Finding, Measured, Nature, is_larger_better};

use crate::claim::{self, Check, Contrast, Measure, Pick, Place, TIMED};
use crate::experiment::{Condition, Experiment};
use crate::kind::Quantity;
use crate::plan::{Plan, Planned};
use crate::probe::LAYER_PROBES;
use crate::record::{Record, Status, Timing};
use crate::settings::{self, ColumnType};
use crate::store::Store;
use crate::value::Value;

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

/// Judges the claims of an experiment.
pub fn judge(plan: &Plan, experiment: &Experiment, records: &HashMap<String, Record>, store: &Store) -> Vec<Claim> {
    let checks = || experiment.claims.iter().flat_map(|c| &c.checks);
    let mut collected: Vec<Groups> = checks().map(|_| Groups::default()).collect();
    let (quantities, is_timed) = ((experiment.kind.quantities)(), checks().any(Check::is_timed));
    // A plan without claims is not gone through.
    let n_trials = if collected.is_empty() { 0 } else { plan.len() };
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

    fn sample(&self, check: &Check) -> Sample {
        let report = &self.experiment.report;
        let at = if report.at == At::Final { &self.record.last } else { &self.record.best };
        let metric = self.experiment.kind.index(&report.metric).and_then(|i| at.get(i)).copied();
        Sample {
            config: self.planned.config.clone(),
            seed: self.planned.seeds.seed,
            value: if self.is_known(check) { number(&check.of.expr.value(&|name| self.get(name, &check.place))) } else { f64::NAN },
            metric: metric.unwrap_or(f64::NAN),
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

    /// What a name is worth; nothing recorded is NaN, or an empty text.
    fn get(&self, name: &str, place: &Place) -> Value {
        if name.contains('.') {
            // A cell that is empty in the tables is no default here.
            let read = settings::find(name).filter(|_| (self.experiment.kind.applies)(&self.planned.trial, name));
            let Some(setting) = read else { return Value::Text(String::new()) };
            return match (setting.get)(&self.planned.trial) {
                // The way to a file is another one from a run's folder, where the same claims are read again.
                Value::Text(path) if setting.column == ColumnType::Path => Value::Text(path.rsplit('/').next().unwrap_or_default().into()),
                value => value,
            };
        }
        let text = |word: Option<&str>| Value::Text(word.unwrap_or_default().into());
        match name {
            "seed" => return Value::Number(self.planned.seeds.seed as f64),
            "status" => return text(Some(self.record.status.name())),
            _ => {}
        }
        let found = match place {
            Place::Trial if TIMED.contains(&name) => self.times.map(|times| timed(times, name)),
            Place::Trial => {
                let outcomes = || (self.experiment.kind.outcomes)(self.record, &self.experiment.report.thresholds);
                match name {
                    "convergence" => return text(outcomes().convergence),
                    "fit" => return text(outcomes().fit),
                    "gap_final" => outcomes().gap_final,
                    "overfit_onset" => outcomes().overfit_onset.map(f64::from),
                    "epochs_run" => Some(f64::from(self.record.epochs_run)),
                    "best_epoch" => self.record.best_epoch.map(f64::from),
                    _ => match name.strip_suffix("_final").and_then(|name| self.quantity(name)) {
                        Some(i) => self.record.last.get(i).copied(),
                        None => self.quantity(name).and_then(|i| self.record.best.get(i).copied()),
                    },
                }
            }
            Place::Epoch(epoch) => self.record.epochs.iter().find(|row| row.epoch == *epoch).and_then(|row| match name {
                "epoch" => Some(f64::from(row.epoch)),
                "lr" => Some(row.lr),
                _ => row.probes.get(self.quantity(name)?).copied(),
            }),
            Place::Layer(layer, epoch) => {
                let last = self.record.epochs.last().map(|row| row.epoch);
                let row = self.record.epochs.iter().find(|row| Some(row.epoch) == epoch.or(last));
                let group = self.record.groups.iter().position(|g| g == layer);
                row.zip(group).and_then(|(row, group)| match name {
                    "epoch" => Some(f64::from(row.epoch)),
                    _ => row.layers.get(group)?.get(LAYER_PROBES.iter().position(|p| p.name == name)?).copied(),
                })
            }
        };
        Value::Number(found.unwrap_or(f64::NAN))
    }

    fn quantity(&self, name: &str) -> Option<usize> {
        self.quantities.iter().position(|q| q.name == name)
    }
}

fn timed(times: &Timing, name: &str) -> f64 {
    match name {
        "train_seconds" => times.train_seconds,
        "eval_seconds" => times.eval_seconds,
        "steps" => times.steps as f64,
        _ => times.memory_bytes as f64,
    }
}

fn number(value: &Value) -> f64 {
    match value {
        Value::Number(x) => *x,
        Value::Int(i) => *i as f64,
        Value::Bool(truth) => f64::from(u8::from(*truth)),
        _ => f64::NAN,
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
            Some(setting) => format!("{} ({} = {level})", check.what, setting.path.rsplit('.').next().unwrap_or(setting.path)),
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

/// The trials of the configuration with the best mean of the metric, among those whose trials all ended well.
fn best(samples: Vec<Sample>, larger: bool) -> Vec<Sample> {
    let mut by_config = BTreeMap::<&str, Vec<&Sample>>::new();
    samples.iter().for_each(|s| by_config.entry(&s.config).or_default().push(s));
    let sign = if larger { -1.0 } else { 1.0 };
    let score = |of: &[&Sample]| sign * of.iter().map(|s| s.metric).sum::<f64>() / of.len() as f64;
    let scored = by_config.iter().filter(|(_, of)| of.iter().all(|s| s.is_ok)).map(|(config, of)| (score(of), *config));
    let best = scored.filter(|(score, _)| !score.is_nan()).min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, config)| config.to_string());
    samples.into_iter().filter(|s| Some(&s.config) == best.as_ref()).collect()
}

/// What the trials amount to; `None` where there are none.
fn measured(check: &Check, chosen: &[Sample], against: Option<&[Sample]>) -> Option<Measured> {
    let n_looked_at = chosen.len() + against.map_or(0, <[_]>::len);
    let is_used = |s: &&Sample| s.value.is_finite() && (check.measure == Measure::Share || s.is_ok);
    let used = |samples: &[Sample]| samples.iter().filter(is_used).map(|s| (s.seed, s.value)).collect::<Vec<(u64, f64)>>();
    let (of, other) = (used(chosen), against.map(used));
    let n_used = of.len() + other.as_ref().map_or(0, Vec::len);
    let (n, value, low, high) = match (check.measure, other) {
        (_, Some(other)) if of.is_empty() || other.is_empty() => return None,
        (_, None) if of.is_empty() => return None,
        (Measure::Share, None) => {
            let (k, n) = count(&of);
            let (low, high) = wilson(k, n);
            (n, k as f64 / n as f64, low, high)
        }
        (Measure::Share, Some(other)) => {
            let (a, b) = (count(&of), count(&other));
            let (low, high) = newcombe(a, b);
            (a.1.min(b.1), a.0 as f64 / a.1 as f64 - b.0 as f64 / b.1 as f64, low, high)
        }
        (Measure::Number, None) => {
            let e = estimate(&by_seed(&of).into_values().collect::<Vec<_>>())?;
            (e.n, e.mean, e.low, e.high)
        }
        (Measure::Number, Some(other)) => compared(&by_seed(&of), &by_seed(&other), check.contrast)?,
    };
    let is_exact = chosen.iter().chain(against.unwrap_or_default()).all(|s| s.is_exact);
    let (low, high) = if is_exact { (value, value) } else { (low, high) };
    Some(Measured { n, n_left_out: n_looked_at - n_used, value, low, high })
}

/// (how many hold, of how many)
fn count(samples: &[(u64, f64)]) -> (usize, usize) {
    (samples.iter().filter(|s| s.1 == 1.0).count(), samples.len())
}

/// A seed's mean over its trials.
fn by_seed(samples: &[(u64, f64)]) -> BTreeMap<u64, f64> {
    let mut sums = BTreeMap::<u64, (f64, f64)>::new();
    for (seed, value) in samples {
        let sum = sums.entry(*seed).or_default();
        *sum = (sum.0 + value, sum.1 + 1.0);
    }
    sums.into_iter().map(|(seed, (sum, n))| (seed, sum / n)).collect()
}

/// n, value and interval of the first against the second: paired by seed, by Welch's test where they share none. A ratio is that of
/// logarithms, of positive numbers alone.
fn compared(of: &BTreeMap<u64, f64>, other: &BTreeMap<u64, f64>, contrast: Contrast) -> Option<(usize, f64, f64, f64)> {
    let scale = |v: &f64| if contrast == Contrast::Ratio { libm::log(*v) } else { *v };
    let back = |v: f64| if contrast == Contrast::Ratio { libm::exp(v) } else { v };
    if contrast == Contrast::Ratio && of.values().chain(other.values()).any(|v| *v <= 0.0) {
        return None;
    }
    let pairs: Vec<(f64, f64)> = of.iter().filter_map(|(seed, v)| Some((scale(other.get(seed)?), scale(v)))).collect();
    let all = |side: &BTreeMap<u64, f64>| side.values().map(scale).collect::<Vec<f64>>();
    let d = if pairs.is_empty() { welch(&all(other), &all(of))? } else { paired(&pairs)? };
    Some((d.n, back(d.mean), back(d.low), back(d.high)))
}
