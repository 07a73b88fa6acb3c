//! The study kind `likelihood`: how likely k heads in n tosses are under each bias θ of a coin, and the θ that makes what was
//! seen most likely: on the grid of θ, and by descent.
//!
//! One row per θ. The best row is the one with the largest likelihood; the final one is where an optimizer arrives that
//! descends −ln L/n, the cross-entropy of what was seen under θ, on the logit of θ, from θ = ½.

use thalweg_optim::{Optimizer, Progress, lr_at};
use thalweg_report::At;

use crate::cost::Cost;
use crate::experiment::Experiment;
use crate::kind::{Checked, Kind, Outcomes, Quantity, Resolved};
use crate::library::Library;
use crate::plan::{Plan, Planned, Refusal, blame};
use crate::record::{EpochRow, Record, Status, Timing};
use crate::settings::DESCENDING;
use crate::stream::Seeds;
use crate::threshold::{Threshold, Thresholds};
use crate::train::{Trained, pace_fits};
use crate::trial::Trial;

/// The kind's row.
pub static KIND: Kind = Kind {
    name: "likelihood",
    question: "which bias of a coin makes what was seen most likely",
    settings: &[&["coin."], DESCENDING],
    record: &[],
    quantities: || {
        let quantity = |name, formula| Quantity { name, formula, every_epoch: true };
        vec![
            quantity("theta", "θ, the probability of heads"),
            quantity("likelihood", "P(k heads of n | θ) = C(n, k)·θ^k·(1 − θ)^(n − k)"),
            quantity("log_likelihood", "its natural logarithm"),
            quantity("slope", "k/θ − (n − k)/(1 − θ), the derivative of that"),
        ]
    },
    progress: "point",
    metric: ("theta", At::BestEpoch),
    headline: Some("The likelihood of what was seen under each θ; `theta` is the best of the grid, `theta_final` what descent finds."),
    vary: &[],
    plots: Some(&["likelihood"]),
    resolve,
    resolved: &["coin.", "train.epochs", "train.schedule", "train.schedule-every", "train.warmup"],
    applies: |_, _| true,
    depends_on_seed: |_| false,
    refuse: |_| Ok(()),
    run,
    resume: None,
    thresholds: &[&FOUND],
    outcomes: |record, thresholds| Outcomes { convergence: convergence(record, thresholds), ..Outcomes::default() },
    backdrop: |_| None,
    nodes: |_| None,
    gradcheck,
};

/// θ is i/POINTS for 0 < i < POINTS.
const POINTS: u32 = 100;

fn resolve(trial: Trial, _: &Seeds, _: &Library) -> Result<Resolved, Refusal> {
    let coin = &trial.coin;
    if coin.heads > coin.tosses {
        return Err(blame("coin.heads")(format!("{} heads in {} tosses", coin.heads, coin.tosses)));
    }
    pace_fits(&trial, 1)?;
    let cost = Cost::of_steps(trial.train.epochs);
    Ok(Resolved { trial, data_hash: String::new(), cost })
}

/// θ, likelihood, log-likelihood and its slope.
fn row(trial: &Trial, theta: f64) -> Vec<f64> {
    let (n, k) = (trial.coin.tosses as f64, trial.coin.heads as f64);
    // ln C(n, k) as a sum of logarithms: the coefficient itself overflows from 1030 tosses on.
    let ways: f64 = (1..=trial.coin.heads).map(|i| libm::log((n - k + i as f64) / i as f64)).sum();
    let of = |count: f64, p: f64| if count == 0.0 { 0.0 } else { count * libm::log(p) };
    let log = ways + of(k, theta) + of(n - k, 1.0 - theta);
    vec![theta, libm::exp(log), log, slope(trial, theta)]
}

fn slope(trial: &Trial, theta: f64) -> f64 {
    let (n, k) = (trial.coin.tosses as f64, trial.coin.heads as f64);
    k / theta - (n - k) / (1.0 - theta)
}

fn run(planned: &Planned, _: &Experiment, _: &Library, interrupted: &dyn Fn() -> bool) -> Result<Option<Trained>, String> {
    let trial = &planned.trial;
    let mut record = Record::empty(&planned.key, Status::Ok, String::new());
    for i in 1..POINTS {
        let row = row(trial, f64::from(i) / f64::from(POINTS));
        if record.best.is_empty() || row[2] > record.best[2] {
            (record.best, record.best_epoch) = (row.clone(), Some(i));
        }
        record.epochs.push(EpochRow { epoch: i, lr: f64::NAN, probes: row, layers: Vec::new() });
    }
    // On the logit s, θ = σ(s): −ln L/n has the slope θ − k/n there and a curvature of at most ¼, whatever k.
    let sigmoid = |s: f64| 1.0 / (1.0 + libm::exp(-s));
    let (mut logit, share) = ([0.0], trial.coin.heads as f64 / trial.coin.tosses as f64);
    let mut optimizer = Optimizer::<f64>::new(trial.train.optimizer, &trial.train.hyper, 1);
    for step in 0..trial.train.epochs {
        if step % 4096 == 4095 && interrupted() {
            return Ok(None);
        }
        let progress = Progress { step: step as u64, total_steps: trial.train.epochs as u64, steps_per_epoch: 1 };
        let mut gradient = [sigmoid(logit[0]) - share];
        optimizer.step(lr_at(trial.train.schedule, &trial.train.pace, trial.train.lr, &progress), &mut gradient, &mut logit);
    }
    let theta = sigmoid(logit[0]);
    record.epochs_run = POINTS - 1;
    record.last = row(trial, theta);
    Ok(Some(Trained { record, timing: Timing { steps: trial.train.epochs as u64, ..Timing::default() }, weights: None }))
}

static FOUND: Threshold = Threshold {
    name: "found",
    doc: "descent that ends this share of the best log-likelihood of the grid below it, or less, is `converged`",
    default: 1e-6,
    range: (0.0, 1.0),
};

/// `converged` where descent found the maximum likelihood, to [`FOUND`] of its logarithm; else `slow`.
fn convergence(record: &Record, thresholds: &Thresholds) -> Option<&'static str> {
    let (best, last) = (record.best.get(2)?, record.last.get(2)?);
    // The grid's best is at most as good as the maximum, which lies between its points.
    Some(if *last >= *best - thresholds.of(&FOUND) * best.abs().max(1.0) { "converged" } else { "slow" })
}

/// The slope against differences of the log-likelihood.
fn gradcheck(plan: &Plan, _: &Library) -> Result<Checked, String> {
    let (mut failures, mut lines, h) = (0, Vec::new(), 1e-5);
    for planned in plan.trials() {
        let at = |theta: f64| row(&planned.trial, theta)[2];
        let (n, k) = (planned.trial.coin.tosses as f64, planned.trial.coin.heads as f64);
        // The slope is a difference of two terms: its error is judged by their size.
        let size = |theta: f64| k / theta + (n - k) / (1.0 - theta);
        let error = |theta: f64| {
            let slope = slope(&planned.trial, theta);
            (slope - (at(theta + h) - at(theta - h)) / (2.0 * h)).abs() / size(theta)
        };
        let worst = (5..95).map(|i| error(f64::from(i) / 100.0)).fold(0.0, f64::max);
        let fits = worst <= 1e-6;
        failures += usize::from(!fits);
        let coin = &planned.trial.coin;
        lines.push(format!(
            "{} heads of {}: largest relative error {worst:.1e}  {}",
            coin.heads,
            coin.tosses,
            if fits { "ok" } else { "FAIL" }
        ));
    }
    lines.push(format!("{} combinations, {failures} failed", plan.len()));
    Ok(Checked { lines, failures })
}
