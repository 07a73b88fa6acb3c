//! `Experiment -> Plan`: the product of the axes, deduplicated, resolved, keyed, times the replicates.
//!
//! Everything is decided here, before the first step: a later edit of the file or of a data set cannot change a running sweep.

use std::collections::HashSet;

use crate::experiment::Experiment;
use crate::library::Library;
use crate::settings::SETTINGS;
use crate::stream::Seeds;
use crate::train::model::{Model, task};
use crate::trial::{Batch, Trial};
use crate::value::Value;

/// Changes whenever the numbers of a trial may change: old records are then recomputed.
pub const ENGINE: &str = "thalweg engine 3";

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

/// Expands an experiment. Fails with one message per reason, each naming the first configuration that has it.
pub fn expand(experiment: &Experiment, library: &Library) -> Result<Plan, Vec<String>> {
    let n_product = experiment.axes.iter().try_fold(1usize, |n, axis| n.checked_mul(axis.values.len()));
    let n_seeds = experiment.replicates.seeds.len();
    let total = n_product.and_then(|n| n.checked_mul(n_seeds)).filter(|n| *n <= MAX_TRIALS);
    let Some(n_product) = total.and(n_product) else {
        return Err(vec![format!("the plan has more than {MAX_TRIALS} trials")]);
    };
    let mut plan = Plan { trials: Vec::with_capacity(n_product * n_seeds), n_configs: 0, n_duplicates: 0 };
    let (mut seen, mut problems) = (HashSet::new(), Vec::<String>::new());
    for index in 0..n_product {
        let (trial, cells) = configuration(experiment, index);
        let name = |message: String| {
            let at: Vec<String> = experiment.axes.iter().zip(&cells).map(|(a, c)| format!("{} = {}", a.setting.path, c.plain())).collect();
            (message.clone(), if at.is_empty() { message } else { format!("{message} (first at {})", at.join(", ")) })
        };
        let mut first = true;
        for &seed in &experiment.replicates.seeds {
            let seeds = Seeds { seed, vary: experiment.replicates.vary.clone() };
            let (trial, data_hash) = match resolve(trial.clone(), &seeds, library) {
                Ok(resolved) => resolved,
                Err(message) => {
                    let (reason, shown) = name(message);
                    if !problems.iter().any(|p| p.starts_with(&reason)) {
                        problems.push(shown);
                    }
                    break;
                }
            };
            let config = config_hash(&trial);
            if first && !seen.insert(config.clone()) {
                plan.n_duplicates += 1;
                break;
            }
            plan.n_configs += usize::from(first);
            first = false;
            let key = key(&trial, experiment, &seeds, &data_hash);
            plan.trials.push(Planned { trial, cells: cells.clone(), config, seeds, key });
        }
    }
    if problems.is_empty() { Ok(plan) } else { Err(problems) }
}

/// The configuration at a position of the product: the last axis runs fastest.
fn configuration(experiment: &Experiment, index: usize) -> (Trial, Vec<Value>) {
    let (mut trial, mut cells, mut rest) = (experiment.base.clone(), Vec::new(), index);
    for axis in experiment.axes.iter().rev() {
        let value = &axis.values[rest % axis.values.len()];
        rest /= axis.values.len();
        (axis.setting.set)(&mut trial, value).expect("each value was accepted by the checker");
        cells.push(value.clone());
    }
    cells.reverse();
    (trial, cells)
}

/// Replaces what depends on the data, and refuses what cannot run. Beside the trial: the hash of its data and weights.
fn resolve(mut trial: Trial, seeds: &Seeds, library: &Library) -> Result<(Trial, String), String> {
    let loaded = library.dataset(&trial, seeds)?;
    let mut hash = loaded.hash.clone();
    let train = &library.prepared_f32(&trial, seeds)?.train;
    let (n_train, n_inputs) = train.x.dim();
    match trial.train.batch {
        Batch::All => trial.train.batch = Batch::Size(n_train),
        Batch::Size(b) if b > n_train => {
            return Err(format!("train.batch = {b} is more than the {n_train} training samples"));
        }
        Batch::Size(_) => {}
    }
    let weights = trial.model.pretrained.as_ref().map(|p| library.weights(&p.path)).transpose()?;
    if let Some(weights) = &weights {
        trial.model.hidden = weights.saved.backbone.clone();
        hash += &weights.hash;
    }
    let task = task(&loaded.dataset.task);
    let loss = *trial.model.loss.get_or_insert_with(|| thalweg_math::loss::usual(task));
    let (form, _) = loss.form(task, trial.model.head)?;
    trial.model.head = Some(form.head);
    let model = Model::new(&trial, n_inputs, n_train, task)?;
    if let Some(weights) = &weights {
        weights.check(&trial, &model.network)?;
    }
    if let Batch::Size(batch) = trial.train.batch {
        batch_fits(batch, n_train, model.network.min_batch())?;
    }
    Ok((trial, hash))
}

/// Batch normalisation needs two rows, in the last, partial batch, too.
fn batch_fits(batch: usize, n_train: usize, least: usize) -> Result<(), String> {
    let last = (n_train - 1) % batch + 1;
    if batch < least {
        return Err(format!("train.batch = {batch} is too few for batch-norm, which needs the variance of at least {least} samples"));
    }
    if last < least {
        return Err(format!(
            "train.batch = {batch} leaves a last batch of {last} of the {n_train} training samples, too few for batch-norm, which needs at least {least}"
        ));
    }
    Ok(())
}

/// The canonical text of a resolved setting.
fn canonical(trial: &Trial) -> String {
    SETTINGS.iter().map(|s| format!("{}={};", s.path, (s.get)(trial).canonical())).collect()
}

fn config_hash(trial: &Trial) -> String {
    blake3::hash(canonical(trial).as_bytes()).to_hex()[..12].to_string()
}

/// BLAKE3 of all that decides a trial's numbers, 32 hexadecimal digits.
fn key(trial: &Trial, experiment: &Experiment, seeds: &Seeds, data_hash: &str) -> String {
    let mut text = format!("{ENGINE};{};{}", cpu(), canonical(trial));
    let layers = crate::probe::LAYER_PROBES.iter().map(|p| (p.name, p.formula));
    for (name, formula) in crate::probe::PROBES.iter().map(|p| (p.name, p.formula)).chain(layers) {
        text += &format!("{name}:{formula};");
    }
    let record = &experiment.record;
    text += &format!("every={};train={:?};layers={:?};weights={:?};", record.every, record.train, record.layers, record.weights);
    text +=
        &format!("loss-above={:016x};data={data_hash};seed={};vary={:?}", experiment.failure.loss_above.to_bits(), seeds.seed, seeds.vary);
    blake3::hash(text.as_bytes()).to_hex()[..32].to_string()
}

/// The CPU features that choose kernels: results are the same bytes only where these are the same.
pub fn cpu() -> String {
    let mut features = vec![std::env::consts::ARCH];
    #[cfg(target_arch = "x86_64")]
    for (name, present) in [
        ("avx2", std::is_x86_feature_detected!("avx2")),
        ("fma", std::is_x86_feature_detected!("fma")),
        ("avx512f", std::is_x86_feature_detected!("avx512f")),
    ] {
        if present {
            features.push(name);
        }
    }
    features.join("+")
}
