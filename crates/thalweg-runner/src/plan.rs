//! `Experiment -> Plan`: the product of the axes, deduplicated, resolved, keyed, times the replicates.
//!
//! Everything is decided here, before the first step: a later edit of the file or of a data set cannot change a running sweep.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use thalweg_data::DataError;

use crate::cost::Cost;
use crate::diagnose::Problem;
use crate::experiment::{Axis, Demand, Experiment, KeptWeights, RecordSettings};
use crate::kind::Resolved;
use crate::library::Library;
use crate::points::{self, Origin, Point};
use crate::settings::{self, ColumnType, Setting};
use crate::stream::Seeds;
use crate::trial::{ModelSettings, Pretrained, Trial};
use crate::value::{Node, Value};

/// Changes whenever the numbers of a trial may change: old records are then recomputed.
pub const ENGINE: &str = "thalweg engine 4";

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

/// Everything that will run, in the order of the tables.
pub struct Plan {
    /// Configurations in the order of the points, seeds innermost.
    pub trials: Vec<Planned>,
    /// Distinct configurations.
    pub n_configs: usize,
    /// Configurations that were equal to an earlier one.
    pub n_duplicates: usize,
    /// How many points each rule dropped, in the order of the rules.
    pub n_dropped: Vec<usize>,
}

/// Why a configuration cannot run: the setting that is to blame, and what is wrong.
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
    /// It is a configuration, with a trial for each seed.
    Kept(Vec<Planned>),
    /// It is equal to an earlier configuration.
    Duplicate(String),
    /// The rule with this number dropped it.
    Dropped(usize),
    /// It cannot run.
    Refused(Refusal),
}

/// Expands an experiment. Fails with one problem per reason, each at the setting, and naming the first configuration, that has it.
pub fn expand(experiment: &Experiment, library: &Library) -> Result<Plan, Vec<Problem>> {
    let total = points::count(experiment).map_err(|message| vec![Problem::plain(message)])?;
    let n_seeds = experiment.replicates.seeds.len();
    let mut plan = Plan { trials: Vec::new(), n_configs: 0, n_duplicates: 0, n_dropped: vec![0; experiment.rules.len()] };
    if experiment.rules.is_empty() && total.saturating_mul(n_seeds) > MAX_TRIALS {
        return Err(vec![Problem::plain(format!("the plan has {} trials, more than {MAX_TRIALS}", total.saturating_mul(n_seeds)))]);
    }
    let mut refused = BTreeMap::<String, Problem>::new();
    let mut too_many = false;
    walk(experiment, library, &mut |point, fate| {
        match fate {
            Fate::Kept(trials) => {
                plan.n_configs += 1;
                plan.trials.extend(trials);
            }
            Fate::Duplicate(_) => plan.n_duplicates += 1,
            Fate::Dropped(rule) => plan.n_dropped[rule] += 1,
            Fate::Refused(refusal) => {
                refused.entry(refusal.message.clone()).or_insert_with(|| problem(experiment, point, refusal));
            }
        }
        too_many = plan.trials.len() > MAX_TRIALS;
        !too_many
    });
    if too_many {
        return Err(vec![Problem::plain(format!("the plan has more than {MAX_TRIALS} trials"))]);
    }
    if refused.is_empty() && plan.trials.is_empty() {
        let rules = experiment.rules.iter().zip(&plan.n_dropped).filter(|(_, n)| **n > 0);
        let told: Vec<String> = rules.map(|(rule, n)| format!("`{}` {n}", rule.name)).collect();
        let span = experiment.rules.first().and_then(|r| r.span.clone());
        return Err(vec![Problem::at(&span, "the rules drop every point").help(format!("dropped by: {}", told.join(", ")))]);
    }
    if refused.is_empty() { Ok(plan) } else { Err(refused.into_values().collect()) }
}

/// Calls `each` with every point and what becomes of it, until it returns `false`. Rules are tried on the resolved setting, so that
/// `batch = "all"` is a number by then; a point that cannot run is still dropped by a rule that its own values break.
pub fn walk(experiment: &Experiment, library: &Library, each: &mut dyn FnMut(&Point<'_>, Fate) -> bool) {
    let (mut seen, common) = (HashSet::new(), Common::of(experiment));
    points::visit(experiment, &mut |point| {
        let first = resolved(experiment, library, &point, experiment.replicates.seeds[0]);
        let fate = match dropping(experiment, first.as_ref().map_or(&point.trial, |first| &first.0.trial)) {
            Some(rule) => Fate::Dropped(rule),
            None => match first.and_then(|first| trials(experiment, library, &point, &common, first)) {
                Err(refusal) => Fate::Refused(refusal),
                Ok(trials) if !seen.insert(trials[0].config.clone()) => Fate::Duplicate(trials[0].config.clone()),
                Ok(trials) => Fate::Kept(trials),
            },
        };
        each(&point, fate)
    });
}

/// The trials of a point, one for each seed, whatever the rules say.
pub fn planned(experiment: &Experiment, library: &Library, point: &Point<'_>) -> Result<Vec<Planned>, Refusal> {
    let first = resolved(experiment, library, point, experiment.replicates.seeds[0])?;
    trials(experiment, library, point, &Common::of(experiment), first)
}

fn resolved(experiment: &Experiment, library: &Library, point: &Point<'_>, seed: u64) -> Result<(Resolved, Seeds), Refusal> {
    let seeds = Seeds { seed, vary: experiment.replicates.vary.clone() };
    Ok(((experiment.kind.resolve)(point.trial.clone(), &seeds, library)?, seeds))
}

fn trials(
    experiment: &Experiment,
    library: &Library,
    point: &Point<'_>,
    common: &Common,
    first: (Resolved, Seeds),
) -> Result<Vec<Planned>, Refusal> {
    let cells: Vec<Value> = experiment.swept.iter().map(|setting| cell(setting, point)).collect();
    let made = |(Resolved { trial, data_hash, cost }, seeds): (Resolved, Seeds)| {
        let setting = fingerprint(&trial, &common.settings, &mut common.text.borrow_mut());
        let key = common.key(setting, seeds.seed, &data_hash);
        let prefix = prefix(&trial, experiment, common, seeds.seed, &data_hash);
        Planned { trial, cells: cells.clone(), config: setting.to_hex()[..12].to_string(), seeds, cost, key, prefix }
    };
    let others = experiment.replicates.seeds[1..].iter().map(|seed| Ok(made(resolved(experiment, library, point, *seed)?)));
    let first = made(first);
    std::iter::once(Ok(first)).chain(others).collect()
}

/// The first rule that drops a setting.
fn dropping(experiment: &Experiment, trial: &Trial) -> Option<usize> {
    let get = |name: &str| settings::find(name).map_or(Value::Text(String::new()), |s| (s.get)(trial));
    experiment.rules.iter().position(|rule| rule.condition.expr.holds(&get) == (rule.demand == Demand::Exclude))
}

/// What a table shows of a swept setting: nothing where an axis that exists only somewhere does not.
fn cell(setting: &'static Setting, point: &Point<'_>) -> Value {
    let is_conditional = |e: &&Axis| e.condition.is_some() && e.settings.iter().any(|s| s.path == setting.path);
    let is_set = point.set.iter().any(|s| s.path == setting.path);
    if !is_set && point.conditional.iter().any(is_conditional) {
        return Value::Text(String::new());
    }
    without_folders((setting.get)(&point.trial), setting.column)
}

/// A refusal with its place in the file: the value on an axis, an include, or the setting in `[base]`.
fn problem(experiment: &Experiment, point: &Point<'_>, refusal: Refusal) -> Problem {
    let at: Vec<String> = experiment.swept.iter().map(|s| format!("{} = {}", s.path, cell(s, point).plain())).collect();
    let span = match &point.origin {
        Origin::Include(i) => experiment.includes[*i].span.clone(),
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
fn without_folders(value: Value, column: ColumnType) -> Value {
    let last = |path: &str| path.rsplit(['/', '\\']).next().unwrap_or(path).to_string();
    let entries = match value {
        Value::Table(entries) => entries,
        // What is relative says nothing of this machine.
        Value::Text(path) if column == ColumnType::Path && Path::new(&path).is_absolute() => return Value::Text(last(&path)),
        other => return other,
    };
    let short = |(key, span, node): (String, _, Node)| match node.value {
        Value::Text(path) if key == "from" => (key, span, Node::new(Value::Text(last(&path)))),
        other => (key, span, Node::new(other)),
    };
    Value::Table(entries.into_iter().map(short).collect())
}

/// Hash of a resolved setting's canonical text: files by what is in them, since the same file has other paths elsewhere.
fn fingerprint(trial: &Trial, settings: &[&'static Setting], text: &mut String) -> blake3::Hash {
    text.clear();
    for setting in settings {
        text.push_str(setting.path);
        text.push('=');
        match (setting.path, &trial.model.pretrained) {
            ("data.path", _) if trial.data.path.is_some() => Value::Text(trial.data.content.clone()).write_canonical(text),
            ("image.path", _) if !trial.image.content.is_empty() => Value::Text(trial.image.content.clone()).write_canonical(text),
            ("model.backbone", Some(pretrained)) => {
                let by_content = Pretrained { path: pretrained.content.clone(), ..pretrained.clone() };
                let trial = Trial { model: ModelSettings { pretrained: Some(by_content), ..trial.model.clone() }, ..trial.clone() };
                (setting.get)(&trial).write_canonical(text);
            }
            _ => (setting.get)(trial).write_canonical(text),
        }
        text.push(';');
    }
    blake3::hash(text.as_bytes())
}

/// What all trials of an experiment share, and what decides a trial's numbers beside its settings.
struct Common {
    settings: Vec<&'static Setting>,
    hash: blake3::Hash,
    /// Room for a canonical text, made once: holes between a million plans would be larger than the plan.
    text: RefCell<String>,
}

impl Common {
    fn of(experiment: &Experiment) -> Common {
        let kind = experiment.kind;
        let mut text = format!("{ENGINE};{};{};", cpu(), kind.name);
        let layers = crate::probe::LAYER_PROBES.iter().map(|p| (p.name, p.formula));
        for (name, formula) in (kind.quantities)().iter().map(|p| (p.name, p.formula)).chain(layers) {
            text += &format!("{name}:{formula};");
        }
        let RecordSettings { every, train, layers, weights } = &experiment.record;
        text += &format!("every={every};train={train:?};layers={layers:?};weights={weights:?};");
        text += &format!("loss-above={:016x};vary={:?}", experiment.failure.loss_above.to_bits(), experiment.replicates.vary);
        Common { settings: kind.settings().collect(), hash: blake3::hash(text.as_bytes()), text: RefCell::default() }
    }

    /// BLAKE3 of all that decides a trial's numbers, 32 hexadecimal digits.
    fn key(&self, setting: blake3::Hash, seed: u64, data_hash: &str) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.hash.as_bytes());
        hasher.update(setting.as_bytes());
        hasher.update(&seed.to_le_bytes());
        hasher.update(data_hash.as_bytes());
        hasher.finalize().to_hex()[..32].to_string()
    }
}

/// The key with no number of epochs, which no trial has. A schedule that depends on the total is another one in a longer trial.
fn prefix(trial: &Trial, experiment: &Experiment, common: &Common, seed: u64, data_hash: &str) -> Option<String> {
    let can_go_on = experiment.record.weights == KeptWeights::State && !trial.train.schedule.needs_total;
    can_go_on.then(|| {
        let mut endless = trial.clone();
        endless.train.epochs = 0;
        common.key(fingerprint(&endless, &common.settings, &mut common.text.borrow_mut()), seed, data_hash)
    })
}

/// The CPU features that choose kernels: results are the same bytes only where these are the same.
pub fn cpu() -> String {
    let mut features = vec![std::env::consts::ARCH];
    #[cfg(target_arch = "x86_64")]
    for (name, present) in [
        ("avx2", std::is_x86_feature_detected!("avx2")),
        ("fma", std::is_x86_feature_detected!("fma")),
        ("avx512f", std::is_x86_feature_detected!("avx512f")),
        ("avx512vl", std::is_x86_feature_detected!("avx512vl")),
    ] {
        if present {
            features.push(name);
        }
    }
    features.join("+")
}
