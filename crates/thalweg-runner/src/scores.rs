//! The study kind `scores`: what a loss says of given scores, through the head and the loss that networks are trained with.
//!
//! One row per score: the score, the head's output and the slope of the loss. `trials.csv` has the loss, and of those the truth's.
//! `scores.target` says that numbers are true; without it a class is, `scores.truth`. Nothing is learned here.

use std::collections::BTreeSet;

use ndarray::ArrayView2;
use thalweg_math::loss::{Form, LOSSES, Loss, Outputs, Target, Targets, Task, usual};
use thalweg_report::{At, Column, Table};

use crate::cli::counted;
use crate::cost::Cost;
use crate::experiment::Experiment;
use crate::kind::{Checked, Kind, Outcomes, Quantity, Resolved};
use crate::library::Library;
use crate::plan::{Plan, Planned, Refusal, blame};
use crate::record::{EpochRow, Record, Status, Timing};
use crate::stream::Seeds;
use crate::train::Trained;
use crate::trial::{ScoresSettings, Trial};

/// The kind's row.
pub static KIND: Kind = Kind {
    name: "scores",
    question: "what a loss says of given scores: its value, the outputs of its head, and its slope by each score",
    settings: &[&["scores."], &["model.delta", "model.head", "model.loss"]],
    record: &[],
    quantities: || {
        let each = |name, formula| Quantity { name, formula, every_epoch: true };
        let whole = |name, formula| Quantity { name, formula, every_epoch: false };
        vec![
            each("score", "z_j, the shift included; of a whole trial that of the true class or of the only number, as for the next two"),
            each("output", "what the head makes of it: a probability after softmax or sigmoid, else the score, or 0 and 1 after a step"),
            each("gradient", "∂loss/∂z_j, at a kink as the training takes it"),
            whole("loss", "the loss of these scores, in nats where the outputs are probabilities"),
            whole("loss_base10", "the loss over ln 10, where the outputs are probabilities: −log₁₀ of the next"),
            whole("probability", "the probability of the true class, where the outputs are probabilities"),
        ]
    },
    progress: "class",
    metric: ("loss", At::Final),
    headline: Some("What each loss says of given scores; losses have different units, and nothing is ranked."),
    vary: &[],
    plots: Some(&["scores"]),
    resolve,
    resolved: &["scores.", "model."],
    applies,
    depends_on_seed: |_| false,
    refuse: |_| Ok(()),
    run,
    resume: None,
    thresholds: &[],
    outcomes: |_, _| Outcomes::default(),
    backdrop,
    nodes: |_| None,
    gradcheck,
};

fn applies(trial: &Trial, path: &str) -> bool {
    match path {
        "scores.truth" => trial.scores.target.is_empty(),
        "model.delta" => trial.model.loss.is_none_or(|loss| loss.parameter == Some("delta")),
        _ => true,
    }
}

/// What is true of the scores, and how many there are, asks for these outputs.
fn outputs(scores: &ScoresSettings) -> Outputs {
    match scores.values.len() {
        _ if !scores.target.is_empty() => Outputs::PerValue,
        1 => Outputs::One,
        _ => Outputs::PerClass,
    }
}

/// The loss's form for these scores, under the head that is asked for.
fn form(trial: &Trial, loss: &'static Loss) -> Result<&'static Form, Refusal> {
    let outputs = outputs(&trial.scores);
    let fitting = || loss.forms.iter().filter(|form| form.outputs == outputs);
    if let Some(form) = fitting().find(|form| trial.model.head.is_none_or(|head| head.name == form.head.name)) {
        return Ok(form);
    }
    let n_scores = counted(trial.scores.values.len(), "score");
    if let (Some(head), Some(_)) = (trial.model.head, fitting().next()) {
        let possible: Vec<&str> = fitting().map(|form| form.head.name).collect();
        let message = format!("`{}` does not go with loss `{}` on {n_scores}; possible: {}", head.name, loss.name, possible.join(", "));
        return Err(blame("model.head")(message));
    }
    let of_numbers = loss.forms.iter().any(|form| form.outputs == Outputs::PerValue);
    if of_numbers {
        let message = format!("loss `{}` compares each score with a number, and scores.target has none", loss.name);
        return Err(blame("model.loss")(message));
    }
    let reason = match outputs {
        Outputs::One => "there is one score, and this loss needs one for each class",
        _ => "scores.target has numbers, and this loss predicts classes",
    };
    let possible: Vec<&str> = LOSSES.iter().filter(|l| l.forms.iter().any(|f| f.outputs == outputs)).map(|l| l.name).collect();
    Err(blame("model.loss")(format!("loss `{}` does not fit: {reason}; possible: {}", loss.name, possible.join(", "))))
}

fn resolve(mut trial: Trial, _: &Seeds, _: &Library) -> Result<Resolved, Refusal> {
    let n_scores = trial.scores.values.len();
    let task = if trial.scores.target.is_empty() { Task::Classes(n_scores.max(2)) } else { Task::Values(n_scores) };
    let loss = *trial.model.loss.get_or_insert_with(|| usual(task));
    trial.model.head = Some(form(&trial, loss)?.head);
    let ScoresSettings { truth, target, .. } = &trial.scores;
    match task {
        Task::Values(n) if target.len() != n => {
            return Err(blame("scores.target")(format!("{} for {}", counted(target.len(), "number"), counted(n, "score"))));
        }
        Task::Classes(n) if *truth >= n => {
            let of = if n_scores == 1 {
                "one score tells the classes 0 and 1 apart".into()
            } else {
                format!("{n} scores are those of 0 to {}", n - 1)
            };
            return Err(blame("scores.truth")(format!("{truth} is no class: {of}")));
        }
        _ => {}
    }
    Ok(Resolved { trial, data_hash: String::new(), cost: Cost::of_steps(n_scores) })
}

/// What is computed of a trial's scores.
struct Scored {
    scores: Vec<f64>,
    outputs: Vec<f64>,
    /// ∂loss/∂scores
    gradient: Vec<f64>,
    loss: f64,
    /// Of the truth, where outputs are probabilities.
    probability: Option<f64>,
    /// The loss with its head.
    form: &'static Form,
}

impl Scored {
    /// Through the loss and the head of training, in double precision, the score at a place moved by some amount.
    fn of(trial: &Trial, moved: Option<(usize, f64)>) -> Scored {
        let settings = &trial.scores;
        let form = form(trial, trial.model.loss.expect("resolved")).unwrap_or_else(|_| unreachable!("the plan refuses what does not fit"));
        let mut scores: Vec<f64> = settings.values.iter().map(|z| z + settings.shift).collect();
        if let Some((j, by)) = moved {
            scores[j] += by;
        }
        let (n, classes) = (scores.len(), [settings.truth as u32]);
        let targets = match form.outputs {
            Outputs::PerValue => Targets::Values(ArrayView2::from_shape((1, n), &settings.target).expect("a number for each score")),
            _ => Targets::Classes(&classes),
        };
        let (mut gradient, mut outputs) = (vec![0.0; n], vec![0.0; n]);
        let loss = (form.double)(&scores, n, targets, trial.loss_parameter(), 1.0, &mut gradient);
        form.head.apply::<f64>(&scores, &mut outputs);
        let probability = form.head.probability.map(|of| of(&outputs, settings.truth));
        Scored { scores, outputs, gradient, loss, probability, form }
    }

    /// The row that stands for the whole trial, by its place: the true class's, or the only one.
    fn of_truth(&self, settings: &ScoresSettings) -> Option<usize> {
        match self.form.outputs {
            Outputs::PerClass => Some(settings.truth),
            _ => (self.scores.len() == 1).then_some(0),
        }
    }
}

fn run(planned: &Planned, _: &Experiment, _: &Library, _: &dyn Fn() -> bool) -> Result<Option<Trained>, String> {
    let scored = Scored::of(&planned.trial, None);
    let row = |j: usize| vec![scored.scores[j], scored.outputs[j], scored.gradient[j]];
    let mut record = Record::empty(&planned.key, Status::Ok, String::new());
    for j in 0..scored.scores.len() {
        let mut probes = row(j);
        probes.resize(6, f64::NAN);
        record.epochs.push(EpochRow { epoch: j as u32, lr: f64::NAN, probes, layers: Vec::new() });
        record.epochs_run = j as u32;
    }
    let truth = scored.of_truth(&planned.trial.scores);
    let mut whole = truth.map_or(vec![f64::NAN; 3], row);
    let base10 = scored.probability.map_or(f64::NAN, |_| scored.loss / std::f64::consts::LN_10);
    whole.extend([scored.loss, base10, scored.probability.unwrap_or(f64::NAN)]);
    (record.best_epoch, record.best, record.last) = (truth.map(|j| j as u32), whole.clone(), whole);
    Ok(Some(Trained { record, timing: Timing::default(), weights: None }))
}

/// `config, loss, unit, label, beside, score, value, gradient`: a row per score of each configuration. `beside` says what `value` is: the
/// probability, or the number that is true; both are empty where a loss asks for margins.
fn backdrop(plan: &Plan) -> Option<Table> {
    let (mut words, mut numbers) = (vec![Vec::new(); 5], vec![Vec::new(); 3]);
    let mut seen = BTreeSet::new();
    for planned in plan.trials().filter(|p| seen.insert(p.config.clone())) {
        let (trial, scored) = (&planned.trial, Scored::of(&planned.trial, None));
        let settings = &trial.scores;
        for j in 0..scored.scores.len() {
            let label = match scored.form.outputs {
                Outputs::PerValue => format!("number {j}"),
                Outputs::PerClass if j == settings.truth => format!("class {j}, the truth"),
                Outputs::PerClass => format!("class {j}"),
                Outputs::One => format!("for class 1; {} is true", settings.truth),
            };
            let (beside, value) = match (scored.form.head.probability, settings.target.get(j)) {
                (Some(_), _) => ("probability", Some(scored.outputs[j])),
                (_, Some(target)) => ("target", Some(*target)),
                _ => ("", None),
            };
            let unit = if scored.probability.is_some() { "nats" } else { "" };
            let loss = trial.model.loss.map_or("", |l| l.name);
            words.iter_mut().zip([&planned.config, loss, unit, &label, beside]).for_each(|(column, w)| column.push(Some(w.to_string())));
            numbers.iter_mut().zip([Some(scored.scores[j]), value, Some(scored.gradient[j])]).for_each(|(column, v)| column.push(v));
        }
    }
    let words = ["config", "loss", "unit", "label", "beside"].into_iter().zip(words).map(|(name, cells)| Column::text(name, cells));
    let numbers = ["score", "value", "gradient"].into_iter().zip(numbers).map(|(name, cells)| Column::float(name, cells));
    Table::new(words.chain(numbers).collect()).ok()
}

/// The slope by each score against differences of the loss, where no kink is near.
fn gradcheck(plan: &Plan, _: &Library) -> Result<Checked, String> {
    let (mut failures, mut lines, h) = (0, Vec::new(), 1e-5);
    for planned in plan.trials() {
        let (trial, scored) = (&planned.trial, Scored::of(&planned.trial, None));
        let target = match scored.form.outputs {
            Outputs::PerValue => Target::Values(trial.scores.target.clone()),
            _ => Target::Class(trial.scores.truth),
        };
        let mut edges = Vec::new();
        (scored.form.edges)(&scored.scores, &target, trial.loss_parameter(), &mut edges);
        let name = trial.model.loss.map_or("", |l| l.name);
        if edges.iter().any(|distance| distance.abs() <= 2.0 * h) {
            lines.push(format!("{name} of {:?}: at a kink, where differences are no slope  ok", scored.scores));
            continue;
        }
        let error = |j: usize| {
            let at = |by: f64| Scored::of(trial, Some((j, by))).loss;
            let slope = scored.gradient[j];
            (slope - (at(h) - at(-h)) / (2.0 * h)).abs() / slope.abs().max(1.0)
        };
        let worst = (0..scored.scores.len()).map(error).fold(0.0, f64::max);
        // Differences of large numbers are rounded: what that may cost is no error.
        let size = scored.scores.iter().fold(scored.loss, |most, z| most.max(z.abs()));
        let fits = worst <= 1e-6 + 4.0 * f64::EPSILON * size / h;
        failures += usize::from(!fits);
        let verdict = if fits { "ok" } else { "FAIL" };
        lines.push(format!("{name} of {:?}: largest relative error {worst:.1e}  {verdict}", scored.scores));
    }
    lines.push(format!("{} combinations, {failures} failed", plan.len()));
    Ok(Checked { lines, failures })
}
