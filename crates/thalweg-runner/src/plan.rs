//! `Experiment -> Plan`: the product of the axes, deduplicated, resolved, keyed, times the replicates.
//!
//! Everything is decided here, before the first step: a later edit of the file or of a data set cannot change a running sweep.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use thalweg_data::DataError;

use crate::diagnose::Problem;
use crate::experiment::{Experiment, KeptWeights, RecordSettings};
use crate::kind::{Kind, Resolved};
use crate::library::Library;
use crate::settings::{self, ColumnType};
use crate::stream::Seeds;
use crate::trial::Trial;
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
    /// Hash of all that decides the trial's numbers.
    pub key: String,
    /// The same without `train.epochs`, where states are kept and a longer trial can go on from a shorter one's.
    pub prefix: Option<String>,
}

/// Everything that will run, in the order of the tables.
pub struct Plan {
    /// Configurations in the order of the axes (by name, then value position), seeds innermost.
    pub trials: Vec<Planned>,
    /// Distinct configurations.
    pub n_configs: usize,
    /// Configurations that were equal to an earlier one.
    pub n_duplicates: usize,
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

/// Expands an experiment. Fails with one problem per reason, each at the setting, and naming the first configuration, that has it.
pub fn expand(experiment: &Experiment, library: &Library) -> Result<Plan, Vec<Problem>> {
    let n_product = experiment.axes.iter().try_fold(1usize, |n, axis| n.checked_mul(axis.values.len()));
    let n_seeds = experiment.replicates.seeds.len();
    let total = n_product.and_then(|n| n.checked_mul(n_seeds)).filter(|n| *n <= MAX_TRIALS);
    let Some(n_product) = total.and(n_product) else {
        return Err(vec![Problem::plain(format!("the plan has more than {MAX_TRIALS} trials"))]);
    };
    let mut plan = Plan { trials: Vec::with_capacity(n_product * n_seeds), n_configs: 0, n_duplicates: 0 };
    let (mut seen, mut refused) = (HashSet::new(), BTreeMap::<String, Problem>::new());
    for index in 0..n_product {
        let (trial, cells) = configuration(experiment, index);
        let mut first = true;
        for &seed in &experiment.replicates.seeds {
            let seeds = Seeds { seed, vary: experiment.replicates.vary.clone() };
            let Resolved { trial, data_hash } = match (experiment.kind.resolve)(trial.clone(), &seeds, library) {
                Ok(resolved) => resolved,
                Err(refusal) => {
                    refused.entry(refusal.message.clone()).or_insert_with(|| problem(experiment, index, &cells, refusal));
                    break;
                }
            };
            let config = config_hash(&trial, experiment.kind);
            if first && !seen.insert(config.clone()) {
                plan.n_duplicates += 1;
                break;
            }
            plan.n_configs += usize::from(first);
            first = false;
            let key = key(&trial, experiment, &seeds, &data_hash);
            let prefix = prefix(&trial, experiment, &seeds, &data_hash);
            plan.trials.push(Planned { trial, cells: cells.clone(), config, seeds, key, prefix });
        }
    }
    if refused.is_empty() { Ok(plan) } else { Err(refused.into_values().collect()) }
}

/// A refusal with its place in the file: the value on an axis, or the setting in `[base]`.
fn problem(experiment: &Experiment, index: usize, cells: &[Value], refusal: Refusal) -> Problem {
    let at: Vec<String> = experiment.axes.iter().zip(cells).map(|(a, c)| format!("{} = {}", a.setting.path, c.plain())).collect();
    let on_axis = experiment.axes.iter().zip(positions(experiment, index)).find(|(axis, _)| axis.setting.path == refusal.path);
    let span = match on_axis {
        Some((axis, position)) => axis.spans[position].clone(),
        None => experiment.places.get(refusal.path).cloned().flatten(),
    };
    let problem = Problem::at(&span, format!("{}: {}", refusal.path, refusal.message));
    if at.is_empty() { problem } else { problem.help(format!("first at {}", at.join(", "))) }
}

/// The place of each axis's value at a position of the product: the last axis runs fastest.
fn positions(experiment: &Experiment, index: usize) -> Vec<usize> {
    let mut rest = index;
    let mut places: Vec<usize> = Vec::new();
    for axis in experiment.axes.iter().rev() {
        places.push(rest % axis.values.len());
        rest /= axis.values.len();
    }
    places.reverse();
    places
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

/// The configuration at a position of the product.
fn configuration(experiment: &Experiment, index: usize) -> (Trial, Vec<Value>) {
    let (mut trial, mut cells) = (experiment.base.clone(), Vec::new());
    for (axis, position) in experiment.axes.iter().zip(positions(experiment, index)) {
        let value = &axis.values[position];
        (axis.setting.set)(&mut trial, value).expect("each value was accepted by the checker");
        cells.push(without_folders(value.clone(), axis.setting.column));
    }
    (trial, cells)
}

/// The canonical text of a resolved setting: files by what is in them, since the same file has other paths elsewhere.
fn canonical(trial: &Trial, kind: &Kind) -> String {
    let mut trial = trial.clone();
    if let Some(pretrained) = &mut trial.model.pretrained {
        pretrained.path = std::mem::take(&mut pretrained.content);
    }
    if !trial.image.content.is_empty() {
        trial.image.path = std::mem::take(&mut trial.image.content);
    }
    if let Some(path) = &mut trial.data.path {
        *path = std::mem::take(&mut trial.data.content);
    }
    kind.settings().map(|s| format!("{}={};", s.path, (s.get)(&trial).canonical())).collect()
}

fn config_hash(trial: &Trial, kind: &Kind) -> String {
    blake3::hash(canonical(trial, kind).as_bytes()).to_hex()[..12].to_string()
}

/// BLAKE3 of all that decides a trial's numbers, 32 hexadecimal digits.
fn key(trial: &Trial, experiment: &Experiment, seeds: &Seeds, data_hash: &str) -> String {
    let kind = experiment.kind;
    let mut text = format!("{ENGINE};{};{};{}", cpu(), kind.name, canonical(trial, kind));
    let layers = crate::probe::LAYER_PROBES.iter().map(|p| (p.name, p.formula));
    for (name, formula) in (kind.quantities)().iter().map(|p| (p.name, p.formula)).chain(layers) {
        text += &format!("{name}:{formula};");
    }
    let RecordSettings { every, train, layers, weights } = &experiment.record;
    text += &format!("every={every};train={train:?};layers={layers:?};weights={weights:?};");
    text +=
        &format!("loss-above={:016x};data={data_hash};seed={};vary={:?}", experiment.failure.loss_above.to_bits(), seeds.seed, seeds.vary);
    blake3::hash(text.as_bytes()).to_hex()[..32].to_string()
}

/// The key with no number of epochs, which no trial has. A schedule that depends on the total is another one in a longer trial.
fn prefix(trial: &Trial, experiment: &Experiment, seeds: &Seeds, data_hash: &str) -> Option<String> {
    let can_go_on = experiment.record.weights == KeptWeights::State && !trial.train.schedule.needs_total;
    can_go_on.then(|| {
        let mut endless = trial.clone();
        endless.train.epochs = 0;
        key(&endless, experiment, seeds, data_hash)
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
