//! The gradient check of a trial's own model on its own data: for the `gradcheck` command, and once for each combination
//! before a sweep trains it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock};

use ndarray::s;
use rand::seq::index::sample;
use thalweg_data::prepare::{PartLabels, Prepared};
use thalweg_math::gradcheck::{Oracle, Report, Worst, gradcheck};
use thalweg_math::loss::Targets;
use thalweg_math::real::Real;

use crate::clock::Stopwatch;
use crate::kind::Checked;
use crate::library::Library;
use crate::plan::{Plan, Planned};
use crate::stream::{Stream, rng};
use crate::train::model::Model;
use crate::trial::Trial;
use crate::weights::Weights;

/// How thorough a check is.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// The most coordinates in one parameter block.
    pub coordinates: usize,
    /// Training samples in the batch.
    pub samples: usize,
    /// About how many multiplications it may cost; fewer coordinates are checked where they would cost more.
    pub multiplications: usize,
}

/// What the command does.
const THOROUGH: Effort = Effort { coordinates: 200, samples: 16, multiplications: usize::MAX };
/// What a sweep does before it trains a combination.
const QUICK: Effort = Effort { coordinates: 6, samples: 8, multiplications: 300_000_000 };

/// The most multiplications that a graph may hold, about 100 bytes each.
const MAX_OPERATIONS: usize = 8_000_000;

/// A larger network is not checked: its graph would not fit into memory.
const MAX_PARAMS: usize = 4_000_000;

/// What a gradient depends on: two trials with the same combination share a check.
pub fn combination(t: &Trial) -> String {
    let norm = t.model.norm.map_or("", |n| n.name);
    format!(
        "{} {:?}{}{} {} ({:?}){}{} {} of {} ({:?}) + {} on {:?} {}{} init {}",
        t.data.source.name,
        t.model.hidden,
        t.model.pretrained.as_ref().map_or(String::new(), |p| format!(" from {:.12} {:?}", p.content, p.training)),
        t.model.neck.map_or(String::new(), |n| format!(" neck {n}")),
        t.model.activation.name,
        t.activation_parameter(),
        if norm.is_empty() { String::new() } else { format!(" {norm}") },
        if t.model.dropout > 0.0 { format!(" dropout {:?}", t.model.dropout) } else { String::new() },
        t.model.loss.map_or("auto", |l| l.name),
        t.model.head.map_or("auto", |h| h.name),
        t.loss_parameter(),
        t.train.penalty.name,
        t.train.penalised,
        t.train.c.map_or_else(|| format!("λ={:?}", t.train.lambda), |c| format!("C={c:?}")),
        if t.train.penalty.name == "elastic-net" { format!(" l1-ratio {:?}", t.train.l1_ratio) } else { String::new() },
        t.init().name
    )
}

/// Checks the model of a trial at its first parameters, moved a little, with drawn masks.
pub fn check<T: Real>(planned: &Planned, model: &Model, data: &Prepared<T>, weights: Option<&Weights>, effort: Effort) -> Report {
    let network = &model.network;
    // The graph, where it must judge, holds every sample's operations at once.
    let room = (MAX_OPERATIONS / network.n_params()).max(1);
    let n = data.train.x.nrows().min(effort.samples).min(room).max(network.min_batch());
    let mut draws = rng(planned.seeds.seed, Stream::Check, 0);
    let mut workspace = network.workspace(n);
    let mut params: Vec<f64> = model.initial(planned, weights, workspace.running_mut());
    // Biases begin at zero, where a wrong bias gradient can hide: move every parameter a little.
    for p in &mut params {
        *p += rand::Rng::random_range(&mut draws, -0.05..0.05);
    }
    network.draw(&mut draws, n, &mut workspace);
    // Differences take two passes at each of nine steps.
    let each = 18 * n * network.n_params() * network.blocks().len();
    let per_block = (effort.multiplications / each).clamp(1, effort.coordinates);
    let coordinates: Vec<usize> = network
        .blocks()
        .iter()
        .flat_map(|b| {
            let mut chosen = sample(&mut draws, b.range.len(), b.range.len().min(per_block)).into_vec();
            chosen.sort_unstable();
            chosen.into_iter().map(|i| b.range.start + i).collect::<Vec<_>>()
        })
        .collect();
    let x = data.train.x.slice(s![..n, ..]).mapv(Real::to_f64);
    let values = match &data.train.y {
        PartLabels::Values(values) => values.slice(s![..n, ..]).mapv(Real::to_f64),
        PartLabels::Classes(_) => ndarray::Array2::zeros((0, 0)),
    };
    let targets = match &data.train.y {
        PartLabels::Classes(labels) => Targets::Classes(&labels[..n]),
        PartLabels::Values(_) => Targets::Values(values.view()),
    };
    gradcheck(&model.objective(), &params, x.view(), targets, workspace, &coordinates)
}

/// Every combination of a plan, thoroughly: lines to print, and how many failed.
pub fn check_all(plan: &Plan, library: &Library) -> Result<Checked, String> {
    let (mut seen, mut failures, mut lines) = (HashSet::new(), 0, Vec::new());
    for planned in plan.trials().filter(|planned| planned.trial.model.kind.has_gradient) {
        let combination = combination(&planned.trial);
        if !seen.insert(combination.clone()) {
            continue;
        }
        let data = library.prepared_f32(&planned.trial, &planned.seeds).map_err(|e| e.to_string())?;
        let weights = planned.trial.model.pretrained.as_ref().map(|p| library.weights(&p.path)).transpose()?;
        let model = Model::of(&planned.trial, &data);
        lines.push(combination);
        if model.network.n_params() > MAX_PARAMS {
            lines.push(format!("  not checked: {} parameters are too many for the scalar graph", model.network.n_params()));
            continue;
        }
        let report = check(&planned, &model, &data, weights.as_deref(), THOROUGH);
        lines.extend(report.blocks.iter().map(|block| {
            format!(
                "  {:<18} {:>4} by differences, {:>3} by the graph  {}  {}",
                block.block,
                block.by_difference,
                block.by_graph,
                if block.passed { "ok  " } else { "FAIL" },
                block.worst.as_ref().map_or("not checked: frozen".to_string(), describe)
            )
        }));
        failures += usize::from(!report.passed());
    }
    lines.push(format!("{} combinations, {failures} failed", seen.len()));
    Ok(Checked { lines, failures })
}

/// What is wrong, in one line; `None` if all is well.
pub fn verdict(combination: &str, report: &Report) -> Option<String> {
    let block = report.blocks.iter().find(|b| !b.passed)?;
    let worst = block.worst.as_ref().map_or_else(String::new, describe);
    Some(format!("the gradient check failed for {combination}: block {}, {worst}", block.block))
}

/// A coordinate with its error.
pub fn describe(w: &Worst) -> String {
    let oracle = match w.oracle {
        Oracle::Difference => "differences",
        Oracle::Graph => "graph",
    };
    format!(
        "worst at {}: analytic {:+.9e}, {oracle} {:+.9e}, error {:.1e} of {:.1e} allowed",
        w.index, w.analytic, w.numeric, w.error, w.tolerance
    )
}

/// The checks of a sweep so far.
#[derive(Default)]
pub struct Checks {
    verdicts: Mutex<HashMap<String, Arc<OnceLock<Option<String>>>>>,
    seconds: Mutex<f64>,
}

impl Checks {
    /// Refuses a trial whose combination fails. The first trial of a combination pays for the check, the others wait for it.
    pub fn pass<T: Real>(&self, planned: &Planned, model: &Model, data: &Prepared<T>, weights: Option<&Weights>) -> Result<(), String> {
        if model.network.n_params() > MAX_PARAMS {
            return Ok(());
        }
        let combination = combination(&planned.trial);
        let slot = self.verdicts.lock().expect("no panic while held").entry(combination.clone()).or_default().clone();
        let outcome = slot.get_or_init(|| {
            let watch = Stopwatch::start();
            let report = check(planned, model, data, weights, QUICK);
            *self.seconds.lock().expect("no panic while held") += watch.seconds();
            verdict(&combination, &report)
        });
        outcome.clone().map_or(Ok(()), Err)
    }

    /// How many combinations were checked, and the time that it took, in seconds.
    pub fn done(&self) -> (usize, f64) {
        let n = self.verdicts.lock().expect("no panic while held").len();
        (n, *self.seconds.lock().expect("no panic while held"))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::library::Library;
    use crate::plan::Planned;
    use crate::train::train;
    use thalweg_math::activation::{Activation, find};

    /// tanh with a slope that is wrong by one part in 10⁵.
    fn wrong() -> &'static Activation {
        let mut copy = Activation { ..*find("tanh").expect("a row") };
        copy.double.backward = |_, a, da, dz, _| {
            for ((dz, da), a) in dz.iter_mut().zip(da).zip(a) {
                *dz = da * (1.00001 - a * a);
            }
        };
        Box::leak(Box::new(copy))
    }

    #[test]
    fn a_model_with_a_wrong_gradient_is_not_trained() {
        let text = "name = \"w\"\n[base]\nmodel.activation = \"tanh\"\ntrain.epochs = 1\n[replicates]\nn = 2\n";
        let file = crate::file::parse(std::path::Path::new("w.toml"), text.into()).expect("valid");
        let experiment = Arc::new(crate::check::check(&file).expect("valid"));
        let library = Arc::new(Library::default());
        let mut trials: Vec<Planned> = crate::plan::expand(&experiment, &library).expect("a plan").trials().collect();
        assert!(train(&trials[0], &experiment, &library, &|| false).expect("trained").is_some());
        // The combination tells functions apart by name: this one is new.
        for planned in &mut trials {
            planned.trial.model.activation = wrong();
            planned.trial.model.hidden = vec![7];
        }
        for planned in &trials {
            let reason = train(planned, &experiment, &library, &|| false).expect_err("refused");
            assert!(reason.contains("gradient check failed") && reason.contains("backbone.1.") && reason.contains("analytic"), "{reason}");
        }
        assert_eq!(library.checks.done().0, 2, "each combination is checked once");
    }
}
