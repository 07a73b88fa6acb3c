//! The study kind `curves`: the activation functions themselves, value and slope over a range of inputs, one row per point.

use thalweg_math::activation::ACTIVATIONS;
use thalweg_report::At;

use crate::cost::Cost;
use crate::experiment::Experiment;
use crate::kind::{Checked, Kind, Outcomes, Quantity, Resolved};
use crate::library::Library;
use crate::plan::{Plan, Planned};
use crate::record::{EpochRow, Record, Status, Timing};
use crate::train::Trained;

/// The kind's row.
pub static KIND: Kind = Kind {
    name: "curves",
    question: "what an activation function looks like: value and slope",
    settings: &[&["model.activation", "model.alpha", "model.leak"]],
    record: &[],
    quantities: || {
        let quantity = |name, formula| Quantity { name, formula, every_epoch: true };
        vec![
            quantity("z", "input, from −6 to 6"),
            quantity("value", "φ(z)"),
            quantity("slope", "φ'(z), at a kink as the training takes it"),
        ]
    },
    progress: "point",
    metric: ("value", At::Final),
    headline: Some("Value and slope of each activation; nothing is ranked."),
    vary: &[],
    plots: Some(&["curves", "curves-together"]),
    resolve: |trial, _, _| Ok(Resolved { trial, data_hash: String::new(), cost: Cost::of_steps(1000) }),
    resolved: &["model."],
    applies: |_, _| true,
    depends_on_seed: |_| false,
    refuse: |_| Ok(()),
    run,
    resume: None,
    thresholds: &[],
    outcomes: |_, _| Outcomes::default(),
    backdrop: |_| None,
    nodes: |_| None,
    gradcheck,
};

/// Inputs are i/STEP for −LIMIT ≤ i ≤ LIMIT.
const STEP: f64 = 20.0;
const LIMIT: i32 = 120;

fn run(planned: &Planned, _: &Experiment, _: &Library, _: &dyn Fn() -> bool) -> Result<Option<Trained>, String> {
    let (activation, parameter) = (planned.trial.model.activation, planned.trial.activation_parameter());
    let kernel = activation.kernel::<f64>();
    let mut record = Record::empty(&planned.key, Status::Ok, String::new());
    for (point, i) in (-LIMIT..=LIMIT).enumerate() {
        let (z, mut a, mut slope) = ([f64::from(i) / STEP], [0.0], [0.0]);
        (kernel.value)(&z, &mut a, parameter);
        (kernel.backward)(&z, &a, &[1.0], &mut slope, parameter);
        let row = vec![z[0], a[0], slope[0]];
        record.epochs.push(EpochRow { epoch: point as u32, lr: f64::NAN, probes: row.clone(), layers: Vec::new() });
        (record.epochs_run, record.best_epoch) = (point as u32, Some(point as u32));
        (record.best, record.last) = (row.clone(), row);
    }
    Ok(Some(Trained { record, timing: Timing::default(), weights: None }))
}

/// The slopes are checked with every model that is trained; here it is said which rows there are.
fn gradcheck(plan: &Plan, _: &Library) -> Result<Checked, String> {
    let (mut failures, mut lines) = (0, Vec::new());
    for planned in plan.trials() {
        let (activation, p) = (planned.trial.model.activation, planned.trial.activation_parameter());
        let kernel = activation.kernel::<f64>();
        let value = |z: f64| {
            let mut a = [0.0];
            (kernel.value)(&[z], &mut a, p);
            a[0]
        };
        let (mut worst, h) = (0.0_f64, 1e-5);
        for z in (-LIMIT..=LIMIT).map(|i| f64::from(i) / STEP).filter(|z| activation.kinks.iter().all(|k| (z - k).abs() > h)) {
            let mut slope = [0.0];
            (kernel.backward)(&[z], &[value(z)], &[1.0], &mut slope, p);
            worst = worst.max((slope[0] - (value(z + h) - value(z - h)) / (2.0 * h)).abs());
        }
        // A NaN is no pass.
        let fits = worst <= 1e-8;
        failures += usize::from(!fits);
        lines.push(format!("{} ({p:?}): largest error of a slope {worst:.1e}  {}", activation.name, if fits { "ok" } else { "FAIL" }));
    }
    lines.push(format!("{} of {} activations, {failures} failed", plan.len(), ACTIVATIONS.len()));
    Ok(Checked { lines, failures })
}
