//! Is a gradient right? Two oracles that share no line with it answer, in `f64`.
//!
//! **Differences.** n = (f(θ+h) − f(θ−h)) / 2h over a ladder of steps h, improved by Richardson's extrapolation between
//! neighbouring steps. The estimate kept is the one that changes least from its neighbour; the choice never looks at the
//! gradient under test. A step counts only if no unit changes the side of a kink between θ−h, θ and θ+h.
//! Passes if |a − n| ≤ 1e-6·max(|a|, |n|) + 1e-9·max(1, F), F the objective's value.
//!
//! **Graph.** Where too few steps count, or where normalising layers divide by variances so small that they bend the function
//! within the steps, the scalar graph with the same conventions at kinks ([`crate::graph`]) decides,
//! within 1e-10·max(1, ‖a‖∞), and more only where layers without variance magnify rounding by more than 10⁴.
//!
//! Absent: skipping. Each coordinate is judged by one of the two, and both counts are reported.

use std::cmp::Ordering;

use ndarray::ArrayView2;

use crate::graph::{Graph, Var};
use crate::layer::Mode;
use crate::loss::Targets;
use crate::network::{Block, Network, Workspace};
use crate::objective::{Objective, OnBatch, Supervised};

/// The steps h, relative to max(1, |θ|).
pub const STEPS: [f64; 9] = [1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6];

/// With fewer steps than these that cross no kink, only steps drowned in rounding are left, and the graph decides.
const MIN_STEPS: usize = 5;

/// What judged a coordinate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oracle {
    /// Central differences.
    Difference,
    /// The scalar graph.
    Graph,
}

/// The coordinate of a block with the largest error relative to its tolerance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worst {
    /// Place in the flat parameters.
    pub index: usize,
    /// The gradient under test.
    pub analytic: f64,
    /// The oracle's answer.
    pub numeric: f64,
    /// |analytic − numeric|
    pub error: f64,
    /// What the error may be.
    pub tolerance: f64,
    /// Who answered.
    pub oracle: Oracle,
}

/// The verdict on a parameter block.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockCheck {
    /// The block's name: `"backbone.1.weight"`.
    pub block: String,
    /// Coordinates judged: `by_difference + by_graph`.
    pub n_checked: usize,
    /// Judged by differences.
    pub by_difference: usize,
    /// Judged by the graph.
    pub by_graph: usize,
    /// The worst of them; `None` if none was asked for.
    pub worst: Option<Worst>,
    /// Whether every one was within its tolerance.
    pub passed: bool,
}

/// The verdict on a gradient.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Mean data loss + penalty at the parameters.
    pub value: f64,
    /// One entry for each block of the network.
    pub blocks: Vec<BlockCheck>,
}

impl Report {
    /// Whether every block passed.
    pub fn passed(&self) -> bool {
        self.blocks.iter().all(|b| b.passed)
    }
}

/// Checks the gradient of `obj` on the batch `x` `[batch, n_inputs]`, `y` at the given `coordinates` (places in the flat
/// parameters; duplicates are judged twice, frozen ones are 0 by definition and skipped). `workspace` has room for the batch
/// and holds drawn masks. Panics if a coordinate is out of range or shapes do not fit.
pub fn gradcheck(
    obj: &Supervised<'_>,
    params: &[f64],
    x: ArrayView2<'_, f64>,
    y: Targets<'_, f64>,
    workspace: Workspace<f64>,
    coordinates: &[usize],
) -> Report {
    let x = x.as_standard_layout();
    let batch = OnBatch::new(*obj, x.view(), y.view(), workspace);
    let mut probe = Probe { obj, x: x.view(), y: y.view(), batch, params: params.to_vec() };
    let mut gradient = vec![0.0; params.len()];
    let value = probe.batch.value_and_gradient(params, &mut gradient);
    let left = variance_left(obj.network, probe.x.view(), probe.batch.workspace());
    let of_graph = graph_tolerance(&gradient, left);
    let mut by_graph = None;
    let mut blocks: Vec<BlockCheck> = obj.network.blocks().iter().map(BlockCheck::new).collect();
    for &index in coordinates.iter().filter(|i| **i >= obj.network.n_frozen()) {
        let place = obj.network.blocks().iter().position(|b| b.range.contains(&index)).expect("coordinates are below n_params");
        let difference = if left < FLAT { None } else { probe.difference(index) };
        let (numeric, oracle) = match difference {
            Some(numeric) => (numeric, Oracle::Difference),
            None => {
                let graph = || graph_gradient(obj, params, x.view(), y.view(), probe.batch.workspace());
                (by_graph.get_or_insert_with(graph)[index], Oracle::Graph)
            }
        };
        let tolerance = match oracle {
            Oracle::Difference => 1e-6 * gradient[index].abs().max(numeric.abs()) + 1e-9 * value.abs().max(1.0),
            Oracle::Graph => of_graph,
        };
        blocks[place].judge(Worst {
            index,
            analytic: gradient[index],
            numeric,
            error: (gradient[index] - numeric).abs(),
            tolerance,
            oracle,
        });
    }
    Report { value, blocks }
}

/// With less than this, the least variances below 1 that the layers divide by, multiplied, the graph decides.
const FLAT: f64 = 1e-4;

/// How much room the normalising layers of a training pass leave: the least variance, below 1, that each divides by,
/// multiplied, since each magnifies what the one before has magnified. `workspace` holds the pass of the batch `x`.
pub fn variance_left(network: &Network, x: ArrayView2<'_, f64>, workspace: &Workspace<f64>) -> f64 {
    let input = |i: usize| network.layer_input(workspace, i, x.nrows()).or_else(|| x.to_slice()).expect("the batch is contiguous");
    let learning = network.layers().iter().enumerate().filter(|(i, _)| network.learns(*i));
    learning.filter_map(|(i, placed)| placed.layer.least_variance(input(i))).map(|v| v.min(1.0)).product()
}

/// How far a gradient may be from the graph's, with [`variance_left`] in the normalising layers.
pub fn graph_tolerance(gradient: &[f64], variance_left: f64) -> f64 {
    let largest = gradient.iter().fold(1.0_f64, |m, g| m.max(g.abs()));
    1e-10 * largest * (1e-4 * magnification(variance_left)).max(1.0)
}

/// How much the normalising layers magnify a gradient, and its rounding, on its way down, with [`variance_left`] in them.
pub fn magnification(variance_left: f64) -> f64 {
    variance_left.max(1e-20).sqrt().recip()
}

/// How near a training pass is to the places where its slope or curvature jumps: signed distances of units, samples and
/// penalised weights. `workspace` holds the pass of the batch `x`, `y`.
pub fn edges(obj: &Supervised<'_>, params: &[f64], x: ArrayView2<'_, f64>, y: &Targets<'_, f64>, workspace: &Workspace<f64>) -> Vec<f64> {
    let mut edges = Vec::new();
    let (network, n) = (obj.network, x.nrows());
    for (i, placed) in network.layers().iter().enumerate().filter(|(i, _)| network.learns(*i)) {
        let input = network.layer_input(workspace, i, n).or_else(|| x.to_slice());
        placed.layer.edges(input.expect("the batch is contiguous"), &mut edges);
    }
    for (i, scores) in network.scores(workspace, n).chunks_exact(network.n_outputs()).enumerate() {
        (obj.loss.edges)(scores, &y.get(i), obj.loss_parameter, &mut edges);
    }
    for block in network.blocks().iter().filter(|b| obj.penalty.covers(b)) {
        edges.extend(params[block.range.clone()].iter().filter_map(|w| obj.penalty.edge(*w)));
    }
    edges
}

impl BlockCheck {
    fn new(block: &Block) -> BlockCheck {
        BlockCheck { block: block.name.clone(), n_checked: 0, by_difference: 0, by_graph: 0, worst: None, passed: true }
    }

    fn judge(&mut self, found: Worst) {
        self.n_checked += 1;
        match found.oracle {
            Oracle::Difference => self.by_difference += 1,
            Oracle::Graph => self.by_graph += 1,
        }
        // Written so that a NaN fails.
        let within = found.error <= found.tolerance;
        self.passed &= within;
        let excess = |w: &Worst| {
            if w.error.is_nan() { f64::INFINITY } else { w.error / w.tolerance }
        };
        if self.worst.as_ref().is_none_or(|w| excess(&found) > excess(w)) {
            self.worst = Some(found);
        }
    }
}

/// The objective as a function of one coordinate, with the branch pattern it is in.
struct Probe<'a> {
    obj: &'a Supervised<'a>,
    x: ArrayView2<'a, f64>,
    y: Targets<'a, f64>,
    batch: OnBatch<'a, f64>,
    params: Vec<f64>,
}

impl Probe<'_> {
    /// The value with coordinate `index` at `at`, and the side of each edge that each unit, sample and weight is on.
    fn at(&mut self, index: usize, at: f64) -> (f64, Vec<Option<Ordering>>) {
        let kept = std::mem::replace(&mut self.params[index], at);
        let value = self.batch.value(&self.params);
        let edges = edges(self.obj, &self.params, self.x.view(), &self.y, self.batch.workspace());
        self.params[index] = kept;
        // A NaN is on no side; its value fails the check anyway.
        (value, edges.into_iter().map(|e| e.partial_cmp(&0.0)).collect())
    }

    /// The slope along `index`, if enough steps stay on the same branches.
    fn difference(&mut self, index: usize) -> Option<f64> {
        let centre = self.params[index];
        let (_, here) = self.at(index, centre);
        let mut central: Vec<(f64, f64)> = Vec::with_capacity(STEPS.len());
        for step in STEPS {
            let h = step * centre.abs().max(1.0);
            let (above, below) = (centre + h, centre - h);
            let (high, sides_above) = self.at(index, above);
            let (low, sides_below) = self.at(index, below);
            if sides_above == here && sides_below == here {
                // Divided by the distance that the rounded points have.
                central.push((h, (high - low) / (above - below)));
            }
        }
        (central.len() >= MIN_STEPS).then(|| steadiest(&central))
    }
}

/// From central differences (h, n) at falling h: Richardson's (n₂ − r²n₁)/(1 − r²), r = h₂/h₁, which cancels the error in h²;
/// of these the one that differs least from the one before.
fn steadiest(central: &[(f64, f64)]) -> f64 {
    let extrapolated: Vec<f64> = central
        .windows(2)
        .map(|w| {
            let r2 = (w[1].0 / w[0].0).powi(2);
            (w[1].1 - r2 * w[0].1) / (1.0 - r2)
        })
        .collect();
    let change = |w: &&[f64]| (w[1] - w[0]).abs();
    let best = extrapolated.windows(2).min_by(|a, b| change(a).total_cmp(&change(b))).expect("there are at least two estimates");
    best[1]
}

/// The gradient of mean data loss + penalty by the scalar graph of a whole batch, with the masks and running statistics of
/// `workspace`. Slow: one node for each operation.
pub fn graph_gradient(
    obj: &Supervised<'_>,
    params: &[f64],
    x: ArrayView2<'_, f64>,
    y: Targets<'_, f64>,
    workspace: &Workspace<f64>,
) -> Vec<f64> {
    let (network, n) = (obj.network, x.nrows());
    let graph = Graph::new();
    let vars: Vec<Var<'_>> = params.iter().map(|&p| graph.var(p)).collect();
    let mut values: Vec<Vec<Var<'_>>> = x.rows().into_iter().map(|row| row.iter().map(|&v| graph.var(v)).collect()).collect();
    for (i, placed) in network.layers().iter().enumerate() {
        let mode = if network.learns(i) {
            Mode::Train(network.kept(workspace, i, n))
        } else {
            Mode::Evaluate(&workspace.running()[placed.running.clone()])
        };
        values = placed.layer.graph(&vars[placed.params.clone()], mode, &values);
    }
    let data =
        values.iter().enumerate().map(|(i, z)| (obj.loss.graph)(z, &y.get(i), obj.loss_parameter)).sum::<Var<'_>>() * (1.0 / n as f64);
    let covered = network.blocks().iter().filter(|b| obj.penalty.covers(b)).flat_map(|b| b.range.clone());
    let total = covered.fold(data, |sum, i| sum + obj.penalty.graph(vars[i]));
    let slopes = graph.gradient(total);
    let of = |(i, var): (usize, &Var<'_>)| if i < network.n_frozen() { 0.0 } else { slopes.of(*var) };
    vars.iter().enumerate().map(of).collect()
}
