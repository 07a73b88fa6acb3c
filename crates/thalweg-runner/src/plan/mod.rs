//! `Experiment -> Plan`: the points of the axes, deduplicated, resolved, keyed, times the replicates.
//!
//! Everything is decided here, before the first step: a later edit of the file or of a data set cannot change a running sweep. What is
//! held of a trial is its key and its place among the points; the trial itself is made when it is asked for, so that a plan of a million
//! takes no room to speak of.

mod key;

use std::collections::BTreeMap;
use std::sync::Arc;

use thalweg_data::DataError;

pub use key::{ConfigHash, ENGINE, Key, Keyed, cpu};
use key::{Keys, Namer, resolve};

use crate::cost::Cost;
use crate::diagnose::Problem;
use crate::experiment::{Axis, Demand, Experiment, Points};
use crate::kind::Resolved;
use crate::library::Library;
use crate::points::{self, Origin, Place, Point};
use crate::settings::{self, ColumnType, Setting};
use crate::stream::Seeds;
use crate::trial::Trial;
use crate::value::{Node, Value};

#[cfg(test)]
mod tests;

/// The most trials of one plan.
pub const MAX_TRIALS: usize = 1_000_000;

/// One trial with its identity.
#[derive(Clone)]
pub struct Planned {
    /// The resolved setting.
    pub trial: Trial,
    /// The axes' values as written, in the order of the axes.
    pub cells: Vec<Value>,
    /// Hash of the resolved setting, without the seed.
    pub config: String,
    /// The replicate's seeds.
    pub seeds: Seeds,
    /// What it takes, by the model.
    pub cost: Cost,
    /// Hash of all that decides the trial's numbers.
    pub key: String,
    /// The same without `train.epochs`, where states are kept and a longer trial can go on from a shorter one's.
    pub prefix: Option<String>,
}

/// Everything that will run, in the order of the tables: rungs, where there are some, then configurations in the order of the points,
/// seeds innermost.
pub struct Plan {
    experiment: Arc<Experiment>,
    library: Arc<Library>,
    configs: Vec<Config>,
    /// One for each configuration and seed.
    keys: Vec<Key>,
    /// As many; or fewer, where the last ones, or all, have none.
    prefixes: Vec<Option<Key>>,
    /// Configurations that were equal to an earlier one.
    pub n_duplicates: usize,
    /// How many points each rule dropped, in the order of the rules.
    pub n_dropped: Vec<usize>,
}

/// What is held of a configuration.
struct Config {
    place: Place,
    rung: usize,
    hash: ConfigHash,
    cost: Cost,
}

/// What is found of one rung.
#[derive(Default)]
struct Rung {
    configs: Vec<Config>,
    keys: Vec<Key>,
    prefixes: Vec<Option<Key>>,
}

impl Plan {
    /// How many trials there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Distinct configurations.
    pub fn n_configs(&self) -> usize {
        self.configs.len()
    }

    /// The key of a trial.
    pub fn key(&self, index: usize) -> String {
        self.keys[index].to_string()
    }

    /// The keys of all trials.
    pub fn keys(&self) -> impl Iterator<Item = String> {
        self.keys.iter().map(Key::to_string)
    }

    /// What a longer trial goes on from.
    pub fn prefix(&self, index: usize) -> Option<Key> {
        self.prefixes.get(index).copied().flatten()
    }

    /// What a trial takes, by the model.
    pub fn cost(&self, index: usize) -> Cost {
        self.configs[index / self.n_seeds()].cost
    }

    /// The number of the rung of successive halving that a trial is on; 0 where nothing is halved.
    pub fn rung(&self, index: usize) -> usize {
        self.configs[index / self.n_seeds()].rung
    }

    /// The configuration of a trial.
    pub fn config(&self, index: usize) -> String {
        self.configs[index / self.n_seeds()].hash.to_string()
    }

    /// Rungs of successive halving; 1 where nothing is halved.
    pub fn n_rungs(&self) -> usize {
        self.experiment.n_rungs()
    }

    /// Replicates of each configuration.
    pub fn n_seeds(&self) -> usize {
        self.experiment.replicates.seeds.len()
    }

    /// A trial.
    pub fn trial(&self, index: usize) -> Planned {
        let (config, seed) = (&self.configs[index / self.n_seeds()], self.experiment.replicates.seeds[index % self.n_seeds()]);
        points::at(&self.experiment, config.place, |point| {
            let made = resolve(&self.experiment, &self.library, &on_rung(&self.experiment, &point, config.rung), seed);
            let Ok((resolved, seeds)) = made else { unreachable!("what was resolved once is resolved again") };
            planned(&self.experiment, &point, resolved, seeds, config.hash, (self.keys[index], self.prefix(index)))
        })
    }

    /// All trials, one after the other.
    pub fn trials(&self) -> impl Iterator<Item = Planned> {
        (0..self.len()).map(|index| self.trial(index))
    }
}

/// Why a configuration cannot run: the setting that is to blame, and what is wrong.
#[derive(Clone)]
pub struct Refusal {
    pub(crate) path: &'static str,
    pub(crate) message: String,
}

/// A refusal of data, at the setting that is to blame.
pub(crate) fn blame_data(trial: &Trial) -> impl Fn(DataError) -> Refusal {
    let of_files = if trial.data.path.is_some() { "data.path" } else { "data.source" };
    move |error| {
        let path = match &error {
            DataError::Option { option, .. } => settings::find(&format!("data.{option}")).map_or("data.source", |s| s.path),
            DataError::File { .. } => of_files,
            DataError::Split { .. } => "data.split",
        };
        Refusal { path, message: error.to_string() }
    }
}

pub(crate) fn blame(path: &'static str) -> impl Fn(String) -> Refusal {
    move |message| Refusal { path, message }
}

/// What became of a point.
pub enum Fate {
    /// It is a configuration, or one on each rung, with a trial for each seed.
    Kept(Vec<Keyed>),
    /// It is equal to an earlier configuration.
    Duplicate(Keyed),
    /// The rule with this number dropped it.
    Dropped(usize),
    /// It cannot run.
    Refused(Refusal),
}

/// Expands an experiment. Fails with one problem per reason, each at the setting, and naming the first configuration, that has it.
pub fn expand(experiment: &Arc<Experiment>, library: &Arc<Library>) -> Result<Plan, Vec<Problem>> {
    let total = points::count(experiment).map_err(|message| vec![Problem::plain(message)])?;
    let n_each = experiment.replicates.seeds.len() * experiment.n_rungs();
    if experiment.rules.is_empty() && total.saturating_mul(n_each) > MAX_TRIALS {
        return Err(vec![Problem::plain(format!("the plan has {} trials, more than {MAX_TRIALS}", total.saturating_mul(n_each)))]);
    }
    let mut rungs: Vec<Rung> = (0..experiment.n_rungs()).map(|_| Rung::default()).collect();
    let (mut n_duplicates, mut n_dropped) = (0, vec![0; experiment.rules.len()]);
    let mut refused = BTreeMap::<String, Problem>::new();
    let mut too_many = false;
    walk(experiment, library, &mut |point, fate| {
        match fate {
            Fate::Kept(on_rungs) => {
                for (rung, keyed) in on_rungs.into_iter().enumerate() {
                    let on = &mut rungs[rung];
                    on.configs.push(Config { place: point.place, rung, hash: keyed.config, cost: keyed.cost });
                    on.keys.extend(keyed.keys);
                    // Most experiments keep no states.
                    if keyed.prefixes.iter().any(Option::is_some) || !on.prefixes.is_empty() {
                        on.prefixes.resize(on.keys.len() - keyed.prefixes.len(), None);
                        on.prefixes.extend(keyed.prefixes);
                    }
                }
            }
            Fate::Duplicate(_) => n_duplicates += 1,
            Fate::Dropped(rule) => n_dropped[rule] += 1,
            Fate::Refused(refusal) => {
                refused.entry(refusal.message.clone()).or_insert_with(|| problem(experiment, point, refusal));
            }
        }
        too_many = rungs[0].keys.len() * rungs.len() > MAX_TRIALS;
        !too_many
    });
    if too_many {
        return Err(vec![Problem::plain(format!("the plan has more than {MAX_TRIALS} trials"))]);
    }
    if refused.is_empty() && rungs[0].configs.is_empty() {
        let rules = experiment.rules.iter().zip(&n_dropped).filter(|(_, n)| **n > 0);
        let told: Vec<String> = rules.map(|(rule, n)| format!("`{}` {n}", rule.name)).collect();
        let span = experiment.rules.first().and_then(|r| r.span.clone());
        return Err(vec![Problem::at(&span, "the rules drop every point").help(format!("dropped by: {}", told.join(", ")))]);
    }
    if !refused.is_empty() {
        return Err(refused.into_values().collect());
    }
    let (mut configs, mut keys, mut prefixes) = (Vec::new(), Vec::new(), Vec::new());
    for rung in rungs {
        configs.extend(rung.configs);
        keys.extend(rung.keys);
        prefixes.resize(keys.len() - rung.prefixes.len(), None);
        prefixes.extend(rung.prefixes);
    }
    Ok(Plan { experiment: experiment.clone(), library: library.clone(), configs, keys, prefixes, n_duplicates, n_dropped })
}

/// Calls `each` with every point and what becomes of it, until it returns `false`. Rules are tried on the resolved setting, so that
/// `batch = "all"` is a number by then; a point that cannot run is still dropped by a rule that its own values break. With rungs, rules
/// and equality are about the last.
pub fn walk(experiment: &Experiment, library: &Library, each: &mut dyn FnMut(&Point<'_>, Fate) -> bool) {
    let n_points = points::count(experiment).unwrap_or(0).min(MAX_TRIALS);
    let (mut seen, mut namer) = (Keys::with_capacity_and_hasher(n_points, Default::default()), Namer::new(experiment, library));
    points::visit(experiment, &mut |point| {
        let fate = fate(experiment, &point, &mut namer, &mut seen);
        each(&point, fate)
    });
}

fn fate(experiment: &Experiment, point: &Point<'_>, namer: &mut Namer<'_>, seen: &mut Keys) -> Fate {
    if !experiment.rules.is_empty() {
        let resolved = namer.resolved(point.trial);
        if let Some(rule) = dropping(experiment, resolved.as_ref().unwrap_or(point.trial)) {
            return Fate::Dropped(rule);
        }
    }
    let last = match namer.name(point.trial) {
        Err(refusal) => return Fate::Refused(refusal),
        Ok(keyed) if !seen.insert(Key::of_all(&keyed.keys)) => return Fate::Duplicate(keyed),
        Ok(keyed) => keyed,
    };
    let before = (0..experiment.n_rungs() - 1).map(|rung| namer.name(&on_rung(experiment, point, rung)));
    match before.chain([Ok(last)]).collect() {
        Ok(on_rungs) => Fate::Kept(on_rungs),
        Err(refusal) => Fate::Refused(refusal),
    }
}

/// What a point is on a rung of successive halving.
fn on_rung(experiment: &Experiment, point: &Point<'_>, rung: usize) -> Trial {
    let mut trial = point.trial.clone();
    if let Some(halving) = &experiment.halving {
        trial.train.epochs = halving.rungs[rung];
    }
    trial
}

/// The trials that a point was named, or would have been, one for each rung and seed.
pub fn of_point(experiment: &Experiment, library: &Library, point: &Point<'_>) -> Result<Vec<Planned>, Refusal> {
    let (mut namer, mut all) = (Namer::new(experiment, library), Vec::new());
    for rung in 0..experiment.n_rungs() {
        let trial = on_rung(experiment, point, rung);
        let keyed = namer.name(&trial)?;
        for (i, seed) in experiment.replicates.seeds.iter().enumerate() {
            let (resolved, seeds) = resolve(experiment, library, &trial, *seed)?;
            all.push(planned(experiment, point, resolved, seeds, keyed.config, (keyed.keys[i], keyed.prefixes[i])));
        }
    }
    Ok(all)
}

fn planned(
    experiment: &Experiment,
    point: &Point<'_>,
    resolved: Resolved,
    seeds: Seeds,
    config: ConfigHash,
    (key, prefix): (Key, Option<Key>),
) -> Planned {
    let Resolved { trial, cost, .. } = resolved;
    let mut as_written = point.trial.clone();
    as_written.train.epochs = trial.train.epochs;
    let cells = experiment.swept.iter().map(|setting| cell(experiment, setting, point, &as_written)).collect();
    Planned { trial, cells, config: config.to_string(), seeds, cost, key: key.to_string(), prefix: prefix.map(|p| p.to_string()) }
}

/// The first rule that drops a setting.
fn dropping(experiment: &Experiment, trial: &Trial) -> Option<usize> {
    let get = |name: &str| settings::find(name).map_or(Value::Text(String::new()), |s| (s.get)(trial));
    experiment.rules.iter().position(|rule| rule.condition.expr.holds(&get) == (rule.demand == Demand::Exclude))
}

/// What a table shows of a swept setting: nothing where an axis that exists only somewhere does not, or the trial does not read it.
fn cell(experiment: &Experiment, setting: &'static Setting, point: &Point<'_>, trial: &Trial) -> Value {
    let is_conditional = |e: &&Axis| e.condition.is_some() && e.settings.iter().any(|s| s.path == setting.path);
    let exists = !point.conditional.iter().any(is_conditional) || point.has(setting.path);
    if !exists || !(experiment.kind.applies)(trial, setting.path) {
        return Value::Text(String::new());
    }
    match (setting.get)(trial) {
        Value::Text(path) if setting.column == ColumnType::Path => Value::Text(tail(&path, &paths(experiment, setting))),
        other => without_folders(other),
    }
}

/// A refusal with its place in the file: the value on an axis, an include, or the setting in `[base]`.
fn problem(experiment: &Experiment, point: &Point<'_>, refusal: Refusal) -> Problem {
    let value = |s: &&'static Setting| cell(experiment, s, point, point.trial).plain();
    // What is not read at this point is not told.
    let told = experiment.swept.iter().map(|s| (s.path, value(s))).filter(|(_, value)| !value.is_empty());
    let at: Vec<String> = told.map(|(path, value)| format!("{path} = {value}")).collect();
    let span = match &point.origin {
        Origin::Include(_, include) => include.span.clone(),
        Origin::Axes(places) => {
            let on_axis = places.iter().find(|(axis, _)| axis.settings.iter().any(|s| s.path == refusal.path));
            match on_axis {
                Some((axis, position)) => axis.spans[position.unwrap_or(0)].clone(),
                None => experiment.places.get(refusal.path).cloned().flatten(),
            }
        }
    };
    let problem = Problem::at(&span, format!("{}: {}", refusal.path, refusal.message));
    if at.is_empty() { problem } else { problem.help(format!("first at {}", at.join(", "))) }
}

/// A value with its files named without their folders, as tables show it: the way to a file differs from place to place.
fn without_folders(value: Value) -> Value {
    let entries = match value {
        Value::Table(entries) => entries,
        other => return other,
    };
    let short = |(key, span, node): (String, _, Node)| match node.value {
        Value::Text(path) if key == "from" => (key, span, Node::new(Value::Text(tail(&path, &[])))),
        other => (key, span, Node::new(other)),
    };
    Value::Table(entries.into_iter().map(short).collect())
}

/// Every path that a setting is swept over.
fn paths(experiment: &Experiment, setting: &Setting) -> Vec<String> {
    let on_axes = experiment.axes.iter().filter_map(|axis| {
        let place = axis.settings.iter().position(|s| s.path == setting.path)?;
        let Points::Listed(values) = &axis.points else { return None };
        Some(values.iter().map(move |row| row[place].clone()))
    });
    let included = experiment.includes.iter().flat_map(|i| &i.settings).filter(|(s, _)| s.path == setting.path).map(|(_, v)| v.clone());
    let all = on_axes.flatten().chain(included).chain([(setting.get)(&experiment.base)]);
    all.filter_map(|value| if let Value::Text(path) = value { Some(path) } else { None }).collect()
}

/// The last parts of a path, as many as tell all paths apart: the way to a file is another one from a run's folder than from the
/// experiment's.
fn tail(path: &str, all: &[String]) -> String {
    let last = |path: &str, n: usize| {
        let parts: Vec<&str> = path.split(['/', '\\']).filter(|part| !part.is_empty()).collect();
        parts[parts.len().saturating_sub(n)..].join("/")
    };
    let distinct = |of: &dyn Fn(&String) -> String| all.iter().map(of).collect::<std::collections::BTreeSet<_>>().len();
    let n_paths = distinct(&|path| path.clone());
    let n_parts = (1..16).find(|n| distinct(&|path| last(path, *n)) == n_paths).unwrap_or(16);
    last(path, n_parts)
}
