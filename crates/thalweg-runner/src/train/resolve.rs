//! What a training trial's settings become once its data and files are known.

use std::sync::Arc;

use thalweg_data::dataset;
use thalweg_data::transform::Action;
use thalweg_optim::{Beginning, Every};

use super::model::{Model, task};
use crate::cost::Cost;
use crate::kind::Resolved;
use crate::library::{Facts, Library};
use crate::plan::{Refusal, blame, blame_data};
use crate::stream::{Seeds, Stream};
use crate::trial::{Batch, ClassWeights, ModelSettings, StopSettings, Trial, Watch};

/// The most parameters of a network, and coefficients of a kernel machine: a trial holds about five copies.
const MAX_PARAMS: usize = 50_000_000;

/// A network: replaces what depends on data and files, and refuses what cannot run.
pub(super) fn network(mut trial: Trial, seeds: &Seeds, library: &Library) -> Result<Resolved, Refusal> {
    let facts = of_data(&mut trial, seeds, library)?;
    let (n_train, n_inputs) = (facts.n_train, facts.n_inputs);
    match trial.train.batch {
        Batch::All => trial.train.batch = Batch::Size(n_train),
        Batch::Size(b) if b > n_train => {
            return Err(blame("train.batch")(format!("{b} is more than the {n_train} training samples")));
        }
        Batch::Size(_) => {}
    }
    if trial.train.stop.patience > 0 {
        can_watch(&trial.train.stop, facts.n_valid, &facts.task)?;
    }
    trial.model.init = Some(trial.init());
    let weights = trial.model.pretrained.as_ref().map(|p| library.weights(&p.path)).transpose().map_err(blame("model.backbone"))?;
    if let (Some(pretrained), Some(weights)) = (&mut trial.model.pretrained, &weights) {
        trial.model.hidden = weights.saved.backbone.clone();
        pretrained.content = weights.hash.clone();
    }
    let task = task(&facts.task);
    let loss = *trial.model.loss.get_or_insert_with(|| thalweg_math::loss::usual(task));
    let to_blame = if trial.model.head.is_some() && loss.form(task, None).is_ok() { "model.head" } else { "model.loss" };
    let (form, _) = loss.form(task, trial.model.head).map_err(blame(to_blame))?;
    trial.model.head = Some(form.head);
    let model = Model::new(&trial, n_inputs, n_train, task).map_err(blame("model.loss"))?;
    let n_params = model.network.n_params();
    if n_params > MAX_PARAMS {
        return Err(blame("model.hidden")(format!("the network has {n_params} parameters, more than {MAX_PARAMS}")));
    }
    if let Some(weights) = &weights {
        weights.check(&trial, &model.network).map_err(blame("model.backbone"))?;
    }
    if let Batch::Size(batch) = trial.train.batch {
        batch_fits(batch, n_train, model.network.min_batch()).map_err(blame("train.batch"))?;
        pace_fits(&trial, n_train.div_ceil(batch))?;
    }
    let cost = Cost::of_training(&trial, &facts, n_params);
    Ok(Resolved { trial, data_hash: facts.hash.clone(), cost })
}

/// A network without hidden layers.
pub(super) fn linear(mut trial: Trial, seeds: &Seeds, library: &Library) -> Result<Resolved, Refusal> {
    let none = ModelSettings {
        hidden: Vec::new(),
        pretrained: None,
        neck: None,
        norm: None,
        dropout: 0.0,
        activation: thalweg_math::activation::find("identity").expect("identity is a row"),
        ..trial.model
    };
    trial.model = none;
    network(trial, seeds, library)
}

/// A kernel machine, likewise.
pub(super) fn machine(mut trial: Trial, seeds: &Seeds, library: &Library) -> Result<Resolved, Refusal> {
    let facts = of_data(&mut trial, seeds, library)?;
    let kind = trial.model.kind.name;
    let n_classes = match facts.task {
        dataset::Task::Classes { n_classes } if n_classes >= 2 => n_classes,
        dataset::Task::Classes { .. } => {
            return Err(blame("model.kind")("the data has fewer than two classes: there is nothing to tell apart".into()));
        }
        dataset::Task::Regression { .. } => {
            return Err(blame("model.kind")(format!("the data has numbers, and a {kind} tells classes apart; possible: mlp, linear")));
        }
    };
    if let ClassWeights::Given(weights) = &trial.model.machine.class_weights
        && weights.len() != n_classes
    {
        return Err(blame("model.class-weights")(format!("{} factors do not fit the data's {n_classes} classes", weights.len())));
    }
    if let Some(moving) = trial.data.transform.iter().find(|t| matches!(t.action, Action::Move(_))) {
        let message = format!("`{}` moves pictures anew in each epoch, and a {kind} sees each sample once", moving.name);
        return Err(blame("data.transform")(message));
    }
    let n_problems = trial.model.machine.scheme.n_problems(n_classes);
    if n_problems * facts.n_train > MAX_PARAMS {
        let so_many = format!("{n_problems} problems of {n_classes} classes and {} training samples", facts.n_train);
        return Err(blame("model.scheme")(format!("{so_many} may have more than {MAX_PARAMS} coefficients")));
    }
    let cost = Cost::of_machine(&trial, &facts, n_classes);
    Ok(Resolved { trial, data_hash: facts.hash.clone(), cost })
}

/// What the data decides of every kind of model.
fn of_data(trial: &mut Trial, seeds: &Seeds, library: &Library) -> Result<Arc<Facts>, Refusal> {
    if trial.data.folds > 0 && !seeds.vary.contains(&Stream::Fold) {
        return Err(blame("data.folds")("name \"fold\" in [replicates] vary: each replicate validates on the fold of its seed".into()));
    }
    let facts = library.facts(trial, seeds).map_err(blame_data(trial))?;
    trial.data.split.get_or_insert_with(|| facts.fractions.clone());
    if trial.data.path.is_some() {
        trial.data.content = facts.hash.clone();
    }
    Ok(facts)
}

/// Refuses a schedule that the run is too short for: its rates would never be reached.
pub(crate) fn pace_fits(trial: &Trial, steps_per_epoch: usize) -> Result<(), Refusal> {
    let (schedule, pace, epochs) = (trial.train.schedule, &trial.train.pace, trial.train.epochs as f64);
    if pace.warmup > 0.0 && schedule.beginning == Beginning::Rising {
        return Err(blame("train.warmup")(format!("{} rises by itself; it takes no warm-up", schedule.name)));
    }
    if pace.warmup >= epochs && pace.warmup > 0.0 {
        let message = format!("{:?} epochs of warm-up leave nothing of a run of {epochs}", pace.warmup);
        return Err(blame("train.warmup")(message));
    }
    let every = match pace.every {
        Every::Epochs(epochs) => epochs,
        Every::Steps(steps) => steps as f64 / steps_per_epoch as f64,
    };
    if schedule.beginning == Beginning::Waiting && every >= epochs - pace.warmup {
        let message = format!("a step every {every:?} epochs never comes in a run of {epochs} with {:?} of warm-up", pace.warmup);
        return Err(blame("train.schedule-every")(message));
    }
    Ok(())
}

/// Refuses to wait for what is never measured.
fn can_watch(stop: &StopSettings, n_valid: usize, task: &dataset::Task) -> Result<(), Refusal> {
    if n_valid == 0 && stop.watch != Watch::TrainLoss {
        let message = "it waits for a quantity of the validation part, which is empty: give `data.split` one, or `train.watch` train_loss";
        return Err(blame("train.patience")(message.into()));
    }
    if matches!(task, dataset::Task::Regression { .. }) && stop.watch == Watch::ValidAccuracy {
        return Err(blame("train.watch")("numbers have no accuracy: valid_loss or train_loss".into()));
    }
    Ok(())
}

/// Batch normalisation needs two rows, in the last, partial batch, too.
fn batch_fits(batch: usize, n_train: usize, least: usize) -> Result<(), String> {
    let last = (n_train - 1) % batch + 1;
    if batch < least {
        return Err(format!("{batch} is too few for batch-norm, which needs the variance of at least {least} samples"));
    }
    if last < least {
        return Err(format!(
            "{batch} leaves a last batch of {last} of the {n_train} training samples, too few for batch-norm, which needs at least {least}"
        ));
    }
    Ok(())
}
