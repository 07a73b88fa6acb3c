//! The study kind `descent`: an optimizer on an analytic surface, one row per step, the start first.
//!
//! Steps are counted by `train.epochs`; only divergence ends a descent early. Noise is normal, added to the gradient, and
//! drawn from the seed's stream `noise`.

use std::collections::BTreeSet;

use ndarray_rand::rand_distr::Distribution;
use thalweg_math::graph::{Graph, Var};
use thalweg_math::normal::Normal;
use thalweg_math::surface::{BOUND, Surface};
use thalweg_optim::{Optimizer, Progress, lr_at};
use thalweg_report::{At, Column, Table};

use crate::clock::Stopwatch;
use crate::cost::Cost;
use crate::experiment::Experiment;
use crate::kind::{Checked, Kind, Outcomes, Quantity, Resolved};
use crate::library::Library;
use crate::plan::{Plan, Planned, Refusal, blame};
use crate::record::{EpochRow, Record, Status, Timing};
use crate::settings::DESCENDING;
use crate::stream::{Seeds, Stream};
use crate::threshold::{Threshold, Thresholds};
use crate::train::{Trained, pace_fits};
use crate::trial::Trial;

/// The kind's row.
pub static KIND: Kind = Kind {
    name: "descent",
    question: "how an optimizer moves on a surface",
    settings: &[&["surface."], DESCENDING],
    record: &[],
    quantities,
    progress: "step",
    metric: ("value", At::Final),
    headline: None,
    vary: &[Stream::Noise],
    plots: Some(&["path", "convergence"]),
    resolve,
    resolved: &["surface.name", "surface.start", "train.epochs", "train.schedule", "train.schedule-every", "train.warmup"],
    applies: |_, _| true,
    depends_on_seed: |trial| trial.surface.noise > 0.0,
    refuse: |_| Ok(()),
    run,
    resume: None,
    thresholds: &[&GROWN, &ARRIVED, &TURNS, &MOVED],
    outcomes: |record, thresholds| Outcomes { convergence: convergence(record, thresholds), ..Outcomes::default() },
    backdrop,
    nodes: |_| None,
    gradcheck,
};

fn quantities() -> Vec<Quantity> {
    let quantity = |name, formula| Quantity { name, formula, every_epoch: true };
    vec![
        quantity("x", "first coordinate after the step; row 0 is the start"),
        quantity("y", "second coordinate, on surfaces that have one"),
        quantity("value", "f at the position"),
        quantity("grad_norm", "‖∇f‖₂ at the position, without noise"),
    ]
}

/// Places in a row.
const X: usize = 0;
const Y: usize = 1;
const VALUE: usize = 2;
const GRAD_NORM: usize = 3;

fn resolve(mut trial: Trial, _: &Seeds, _: &Library) -> Result<Resolved, Refusal> {
    let surface = trial.surface.surface;
    if trial.surface.start.is_empty() {
        trial.surface.start = surface.start.to_vec();
    }
    if trial.surface.start.len() != surface.n_dims {
        let (got, want) = (trial.surface.start.len(), surface.n_dims);
        return Err(blame("surface.start")(format!("{got} coordinates, but surface `{}` has {want}", surface.name)));
    }
    pace_fits(&trial, 1)?;
    let cost = Cost::of_steps(trial.train.epochs);
    Ok(Resolved { trial, data_hash: surface.formula.into(), cost })
}

fn run(planned: &Planned, experiment: &Experiment, _: &Library, interrupted: &dyn Fn() -> bool) -> Result<Option<Trained>, String> {
    let (trial, watch) = (&planned.trial, Stopwatch::start());
    let surface = trial.surface.surface;
    let (noise, mut rng) = (Normal { sd: trial.surface.noise }, planned.seeds.rng(Stream::Noise, 0));
    let mut position = trial.surface.start.clone();
    let mut optimizer = Optimizer::<f64>::new(trial.train.optimizer, &trial.train.hyper, position.len());
    let mut gradient = vec![0.0; position.len()];
    let mut record = Record::empty(&planned.key, Status::Ok, String::new());
    let steps = trial.train.epochs;
    let mut lowest = f64::INFINITY;
    let mut rate = f64::NAN;
    for step in 0..=steps {
        (surface.gradient)(&position, &mut gradient);
        let row = row(surface, &position, &gradient);
        let value = row[VALUE];
        // A NaN coordinate has a NaN value.
        let is_off = !value.is_finite() || value.abs() > experiment.failure.loss_above || position.iter().any(|x| x.abs() > BOUND);
        record.epochs.push(EpochRow { epoch: step as u32, lr: rate, probes: row.clone(), layers: Vec::new() });
        if value < lowest {
            (lowest, record.best_epoch, record.best) = (value, Some(step as u32), row.clone());
        }
        (record.epochs_run, record.last) = (step as u32, row);
        if is_off {
            (record.status, record.reason) = (Status::Diverged, format!("value {value:?} at {position:?} after step {step}"));
            break;
        }
        if step == steps {
            break;
        }
        if step % 4096 == 4095 && interrupted() {
            return Ok(None);
        }
        if trial.surface.noise > 0.0 {
            gradient.iter_mut().for_each(|g| *g += noise.sample(&mut rng));
        }
        let progress = Progress { step: step as u64, total_steps: steps as u64, steps_per_epoch: 1 };
        rate = lr_at(trial.train.schedule, &trial.train.pace, trial.train.lr, &progress);
        optimizer.step(rate, &mut gradient, &mut position);
    }
    let timing = Timing { train_seconds: watch.seconds(), steps: u64::from(record.epochs_run), ..Timing::default() };
    Ok(Some(Trained { record, timing, weights: None }))
}

fn row(surface: &Surface, position: &[f64], gradient: &[f64]) -> Vec<f64> {
    let norm = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
    vec![position[0], position.get(1).copied().unwrap_or(f64::NAN), (surface.value)(position), norm]
}

static GROWN: Threshold = Threshold {
    name: "grown",
    doc: "a value that ends above this many times the highest of the first half, and rose in most steps, is `diverged`",
    default: 2.0,
    range: (1.0, 1e12),
};
static ARRIVED: Threshold = Threshold {
    name: "arrived",
    doc: "a gradient that fell to this share of its first, or below, is `converged`",
    default: 0.01,
    range: (0.0, 1.0),
};
static TURNS: Threshold = Threshold {
    name: "turns",
    doc: "more than this share of steps that turn back on the one before is `oscillating`",
    default: 0.5,
    range: (0.0, 1.0),
};
static MOVED: Threshold = Threshold {
    name: "moved",
    doc: "a fall of less than this share of the first value over the last half is `stalled`",
    default: 0.01,
    range: (0.0, 1.0),
};

/// `diverged`: ended by divergence, or the value ends above [`GROWN`] times the highest of the first half and rose in most steps. `converged`: the
/// gradient fell to [`ARRIVED`] of its first. `oscillating`: more than [`TURNS`] of the steps turn back on the one before.
/// `stalled`: the value fell by less than [`MOVED`] of its first over the last half. Else `slow`.
fn convergence(record: &Record, thresholds: &Thresholds) -> Option<&'static str> {
    let rows: Vec<&Vec<f64>> = record.epochs.iter().map(|e| &e.probes).collect();
    let (first, last) = (*rows.first()?, *rows.last()?);
    let rises = rows.windows(2).filter(|w| w[1][VALUE] > w[0][VALUE]).count();
    let moves: Vec<[f64; 2]> =
        rows.windows(2).map(|w| [w[1][X] - w[0][X], if w[0][Y].is_nan() { 0.0 } else { w[1][Y] - w[0][Y] }]).collect();
    let turns = moves.windows(2).filter(|m| m[0][0] * m[1][0] + m[0][1] * m[1][1] < 0.0).count();
    let half = rows[rows.len() / 2];
    let highest = rows[..=rows.len() / 2].iter().map(|r| r[VALUE].abs()).fold(0.0, f64::max);
    Some(if record.status == Status::Diverged || (last[VALUE] > thresholds.of(&GROWN) * highest && 2 * rises > moves.len()) {
        "diverged"
    } else if last[GRAD_NORM] <= thresholds.of(&ARRIVED) * first[GRAD_NORM] {
        "converged"
    } else if turns as f64 > thresholds.of(&TURNS) * moves.len().saturating_sub(1) as f64 {
        "oscillating"
    } else if half[VALUE] - last[VALUE] < thresholds.of(&MOVED) * first[VALUE].abs() {
        "stalled"
    } else {
        "slow"
    })
}

/// Points of a picture's grid in each direction.
const GRID: usize = 81;

/// The surfaces of a plan on the grid of their views: `surface, x, y, value`, y empty in one dimension.
fn backdrop(plan: &Plan) -> Option<Table> {
    let surfaces: BTreeSet<&str> = plan.trials().map(|p| p.trial.surface.surface.name).collect();
    let (mut names, mut xs, mut ys, mut values) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for surface in surfaces.into_iter().filter_map(thalweg_math::surface::find) {
        let at = |axis: usize, i: usize| {
            let (low, high) = surface.view[axis];
            low + (high - low) * i as f64 / (GRID - 1) as f64
        };
        for i in 0..GRID {
            for j in 0..if surface.n_dims == 2 { GRID } else { 1 } {
                let point: Vec<f64> = [i, j].into_iter().enumerate().take(surface.n_dims).map(|(axis, i)| at(axis, i)).collect();
                names.push(Some(surface.name.to_string()));
                xs.push(Some(point[0]));
                ys.push(point.get(1).copied());
                values.push(Some((surface.value)(&point)));
            }
        }
    }
    Table::new(vec![Column::text("surface", names), Column::float("x", xs), Column::float("y", ys), Column::float("value", values)]).ok()
}

/// The gradient at each trial's start against the scalar graph.
fn gradcheck(plan: &Plan, _: &Library) -> Result<Checked, String> {
    let (mut lines, mut failures, mut seen) = (Vec::new(), 0, BTreeSet::new());
    for planned in plan.trials() {
        let (surface, start) = (planned.trial.surface.surface, &planned.trial.surface.start);
        if !seen.insert(format!("{} {start:?}", surface.name)) {
            continue;
        }
        let mut gradient = vec![0.0; start.len()];
        (surface.gradient)(start, &mut gradient);
        let graph = Graph::new();
        let vars: Vec<Var<'_>> = start.iter().map(|x| graph.var(*x)).collect();
        let slopes = graph.gradient((surface.graph)(&vars));
        let error = gradient.iter().zip(&vars).map(|(g, v)| (g - slopes.of(*v)).abs()).fold(0.0, f64::max);
        let fits = error <= 1e-10 * gradient.iter().fold(1.0, |m: f64, g| m.max(g.abs()));
        failures += usize::from(!fits);
        lines.push(format!(
            "{} at {start:?}: gradient {gradient:?}, error {error:.1e}  {}",
            surface.name,
            if fits { "ok" } else { "FAIL" }
        ));
    }
    lines.push(format!("{} combinations, {failures} failed", seen.len()));
    Ok(Checked { lines, failures })
}
