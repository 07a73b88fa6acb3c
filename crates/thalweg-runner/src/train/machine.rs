//! How a kernel machine is trained: its dual is solved for each pair of classes, or each class against the rest, one problem after the
//! other.
//!
//! An epoch is a pass: as many steps of the solver as its problem has rows. What the record says of an epoch is what all problems
//! together would have said then, had they been solved side by side. The best epoch is the last: the optimum is one, and the way to it
//! is no choice of models.

use std::ops::ControlFlow;

use thalweg_data::prepare::{Part, PartLabels, Prepared};
use thalweg_math::kernel::Gamma;
use thalweg_math::objective::Evaluation;
use thalweg_math::svm::{self, Invalid, Limits, Model, Outcome, Pass, Settings, Stage, Trained as Solved};

use super::{Kept, Trained};
use crate::clock::Stopwatch;
use crate::experiment::{Experiment, KeptWeights, TrainLoss};
use crate::library::Library;
use crate::plan::Planned;
use crate::probe::{MachineMoment, Moment, StepMeans, with_test};
use crate::record::{EpochRow, Record, Status, Timing};
use crate::state::State;
use crate::trial::{ClassWeights, Trial};
use crate::weights;

/// Epochs whose coefficients are held at once while they are evaluated, since they share the kernel's rows; and coefficients above which
/// there are fewer.
const EPOCHS_AT_ONCE: usize = 16;
const COEFFICIENTS_AT_ONCE: usize = 16_000_000;

/// Trains one kernel machine; it has no states to go on from.
pub(super) fn train(
    planned: &Planned,
    experiment: &Experiment,
    library: &Library,
    _: Option<&State>,
    interrupted: &dyn Fn() -> bool,
) -> Result<Option<Trained>, String> {
    let trial = &planned.trial;
    let data = library.prepared_f64(trial, &planned.seeds).map_err(|e| e.to_string())?;
    let (x, labels, n_features) = (features(&data.train), classes(&data.train)?, data.train.x.ncols());
    let n_classes = data.intake.class_names.len();
    let factors = class_factors(trial, &labels, n_classes);
    let machine = &trial.model.machine;
    let settings = Settings {
        kernel: machine.kernel,
        gamma: machine.gamma.map_or(Gamma::Scale, Gamma::Value),
        degree: machine.degree as u32,
        coef0: machine.coef0,
        c: trial.soft_margin(labels.len()),
        class_weights: &factors,
        scheme: machine.scheme,
        limits: Limits { tolerance: trial.train.tolerance, max_passes: trial.train.epochs as u64, cache_bytes: trial.train.cache << 20 },
    };
    let (clock, mut ended) = (Stopwatch::start(), None);
    let mut way: Vec<Vec<Snapshot>> = Vec::new();
    let solved = svm::train(&settings, x, &labels, n_features, n_classes, &mut |pass| {
        way.resize_with(pass.machine + 1, Vec::new);
        match pass.stage {
            Stage::End => way[pass.machine].push(Snapshot::of(pass)),
            Stage::Pass if pass.pass % experiment.record.every as u64 == 0 => way[pass.machine].push(Snapshot::of(pass)),
            Stage::Pass | Stage::Underway => {}
        }
        ended = match experiment.failure.timeout {
            _ if interrupted() => Some(Ended::Interrupted),
            Some(limit) if clock.elapsed() > limit => Some(Ended::TimedOut(format!("longer than {limit:?}"))),
            _ => return ControlFlow::Continue(()),
        };
        ControlFlow::Break(())
    });
    let mut timing = Timing { train_seconds: clock.seconds(), ..Timing::default() };
    let solved = match (solved.map_err(|e| told(e, &data))?, ended) {
        (Some(solved), _) => solved,
        (None, Some(Ended::TimedOut(reason))) => {
            return Ok(Some(Trained { record: Record::empty(&planned.key, Status::TimedOut, reason), timing, weights: None }));
        }
        (None, _) => return Ok(None),
    };
    timing.steps = solved.machines.iter().map(|m| m.solution.n_iterations).sum();
    timing.memory_bytes = memory_bytes(&settings, &solved, x.len());
    let watch = Stopwatch::start();
    let record = record(planned, experiment, &data, &solved, &way)?;
    timing.eval_seconds = watch.seconds();
    let weights = match experiment.record.weights {
        KeptWeights::None | KeptWeights::State => None,
        KeptWeights::Best | KeptWeights::Final => {
            let rows: Vec<usize> = library.parts(trial, &planned.seeds).map_err(|e| e.to_string())?.train;
            let rows: Vec<usize> = solved.support.iter().map(|i| rows[*i]).collect();
            Some(Kept::Weights(weights::of_machine((&planned.key, trial, &planned.seeds), &data.intake, &solved.model, &rows)?))
        }
    };
    Ok(Some(Trained { record, timing, weights }))
}

/// Why the solver was stopped.
enum Ended {
    Interrupted,
    TimedOut(String),
}

/// A binary problem after a pass.
struct Snapshot {
    pass: u64,
    beta: Vec<f64>,
    bias: f64,
    dual_objective: f64,
    duality_gap: f64,
    is_unsolved: bool,
}

impl Snapshot {
    fn of(pass: &Pass<'_>) -> Snapshot {
        let s = pass.solution;
        Snapshot {
            pass: pass.pass,
            beta: s.beta.clone(),
            bias: s.bias,
            dual_objective: s.dual_objective,
            duality_gap: s.duality_gap,
            is_unsolved: !(pass.stage == Stage::End && s.outcome == Outcome::Converged),
        }
    }

    /// ‖w‖²: twice what the dual objective has beside −eᵀα. Below 0 by more than rounding there is no such w: the kernel is not positive.
    fn square(&self) -> f64 {
        let sum: f64 = self.beta.iter().map(|b| b.abs()).sum();
        let square = 2.0 * (self.dual_objective + sum);
        if square < -1e-9 * sum { f64::NAN } else { square.max(0.0) }
    }
}

fn features(part: &Part<f64>) -> &[f64] {
    part.x.as_slice().expect("parts are row-major")
}

fn classes(part: &Part<f64>) -> Result<Vec<usize>, String> {
    match &part.y {
        PartLabels::Classes(labels) => Ok(labels.iter().map(|label| *label as usize).collect()),
        PartLabels::Values(_) => Err("the data has numbers, and a kernel machine tells classes apart".into()),
    }
}

/// A factor on C for each class; none where all are equal.
fn class_factors(trial: &Trial, labels: &[usize], n_classes: usize) -> Vec<f64> {
    match &trial.model.machine.class_weights {
        ClassWeights::Equal => Vec::new(),
        ClassWeights::Given(weights) => weights.clone(),
        ClassWeights::Balanced => {
            let counts: Vec<usize> = (0..n_classes).map(|class| labels.iter().filter(|l| **l == class).count()).collect();
            let n_present = counts.iter().filter(|n| **n > 0).count();
            let weight = |n: &usize| if *n == 0 { 1.0 } else { labels.len() as f64 / (n_present * n) as f64 };
            counts.iter().map(weight).collect()
        }
    }
}

/// What cannot be trained, by the names of the data.
fn told(invalid: Invalid, data: &Prepared<f64>) -> String {
    match invalid {
        Invalid::Feature { row, column } => {
            let name = data.intake.features.get(column).map_or(String::new(), |f| format!(" (`{}`)", f.name.escape_debug()));
            format!("feature {}{name} of training sample {} is no finite number after the transforms", column + 1, row + 1)
        }
        Invalid::OneClass => "the training part has samples of one class only: there is nothing to tell apart".into(),
        other => other.to_string(),
    }
}

/// Kernel rows, features, and the solver's numbers for each sample.
fn memory_bytes(settings: &Settings<'_>, solved: &Solved, n_numbers: usize) -> u64 {
    let rows = solved.machines.iter().map(|m| m.rows.len()).max().unwrap_or(0);
    let coefficients: usize = solved.machines.iter().map(|m| m.rows.len()).sum();
    ((8 * rows * rows).min(settings.limits.cache_bytes) + 8 * (n_numbers + coefficients + 6 * rows)) as u64
}

/// Every recorded epoch, and what the test part says of the last.
fn record(
    planned: &Planned,
    experiment: &Experiment,
    data: &Prepared<f64>,
    solved: &Solved,
    way: &[Vec<Snapshot>],
) -> Result<Record, String> {
    let last = way.iter().filter_map(|of| of.last()).map(|s| s.pass).max().unwrap_or(0).max(1);
    let every = experiment.record.every as u64;
    let epochs: Vec<u64> = (every..last).step_by(every as usize).chain([last]).collect();
    let at = |epoch: u64| -> Vec<&Snapshot> {
        let of = |snapshots: &'_ [Snapshot]| snapshots.partition_point(|s| s.pass <= epoch).saturating_sub(1);
        way.iter().map(|snapshots| &snapshots[of(snapshots)]).collect()
    };
    let mut record = Record::empty(&planned.key, Status::Ok, String::new());
    let n_coefficients = solved.machines.len() * data.train.x.nrows();
    for some in epochs.chunks((COEFFICIENTS_AT_ONCE / n_coefficients).clamp(1, EPOCHS_AT_ONCE)) {
        let moments: Vec<Vec<&Snapshot>> = some.iter().map(|epoch| at(*epoch)).collect();
        let train = match experiment.record.train {
            TrainLoss::Full => evaluations(solved, data, &moments, &data.train)?,
            TrainLoss::Running => vec![None; some.len()],
        };
        let valid = evaluations(solved, data, &moments, &data.valid)?;
        for (((epoch, snapshots), train), valid) in some.iter().zip(&moments).zip(train).zip(valid) {
            let moment = moment(solved, snapshots, train, valid);
            record.epochs.push(EpochRow { epoch: *epoch as u32, lr: f64::NAN, probes: moment.values(), layers: Vec::new() });
        }
    }
    let test = evaluations(solved, data, &[at(last)], &data.test)?.pop().flatten();
    let row = record.epochs.last().expect("there is a last epoch");
    (record.epochs_run, record.best_epoch) = (last as u32, Some(last as u32));
    record.last = with_test(&row.probes, test);
    record.best = record.last.clone();
    Ok(record)
}

fn moment(solved: &Solved, snapshots: &[&Snapshot], train: Option<Evaluation>, valid: Option<Evaluation>) -> Moment {
    let mut is_support = vec![false; solved.machines.iter().flat_map(|m| &m.rows).max().map_or(0, |row| row + 1)];
    for (machine, snapshot) in solved.machines.iter().zip(snapshots) {
        machine.rows.iter().zip(&snapshot.beta).filter(|(_, beta)| **beta != 0.0).for_each(|(row, _)| is_support[*row] = true);
    }
    let square: f64 = snapshots.iter().map(|s| s.square()).sum();
    let machine = MachineMoment {
        n_support: is_support.iter().filter(|is| **is).count(),
        n_unsolved: snapshots.iter().filter(|s| s.is_unsolved).count(),
        dual_objective: snapshots.iter().map(|s| s.dual_objective).sum(),
        duality_gap: snapshots.iter().map(|s| s.duality_gap).sum(),
        margin_width: (snapshots.len() == 1 && square > 0.0).then(|| 2.0 / square.sqrt()),
    };
    Moment { train, valid, steps: StepMeans::default(), weight_norm: square.sqrt(), machine: Some(machine), ..Moment::default() }
}

/// What several epochs' machines say of a part; `None` where it is empty.
fn evaluations(
    solved: &Solved,
    data: &Prepared<f64>,
    moments: &[Vec<&Snapshot>],
    part: &Part<f64>,
) -> Result<Vec<Option<Evaluation>>, String> {
    let n = part.x.nrows();
    if n == 0 {
        return Ok(vec![None; moments.len()]);
    }
    let labels = classes(part)?;
    let parts: Vec<svm::Part<'_>> = moments
        .iter()
        .flat_map(|snapshots| {
            solved.machines.iter().zip(snapshots).map(|(machine, snapshot)| svm::Part {
                sides: (machine.positive, machine.negative),
                rows: &machine.rows,
                beta: &snapshot.beta,
                bias: snapshot.bias,
            })
        })
        .collect();
    let of = &solved.model;
    let (_, all) = Model::assemble(of.kernel, of.parameters, features(&data.train), of.n_features, of.n_classes, &parts);
    let (values, n_machines) = (all.decision(features(part)), solved.machines.len());
    let evaluation = |epoch: usize| {
        let of_row = |row: &[f64]| row[epoch * n_machines..][..n_machines].to_vec();
        let decision: Vec<f64> = values.chunks_exact(n_machines * moments.len()).flat_map(of_row).collect();
        let n_right = of.classes(&decision).iter().zip(&labels).filter(|(found, label)| found == label).count();
        Some(Evaluation { loss: of.hinge(&decision, &labels), accuracy: Some(n_right as f64 / n as f64), r2: None, n })
    };
    Ok((0..moments.len()).map(evaluation).collect())
}
