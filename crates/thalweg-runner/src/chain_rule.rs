//! The study kind `graph`: the chain rule on an expression, one row per node: its value, and the derivative of the whole by it.

use std::collections::BTreeSet;

use thalweg_math::graph::{Graph, Var};
use thalweg_report::{At, Column, Table};

use crate::cost::Cost;
use crate::experiment::Experiment;
use crate::expr::{Expr, Kind as Part, Type, parse};
use crate::kind::{Checked, Kind, Outcomes, Quantity, Resolved};
use crate::library::Library;
use crate::plan::{Plan, Planned, Refusal, blame};
use crate::record::{EpochRow, Record, Status, Timing};
use crate::stream::Seeds;
use crate::train::Trained;
use crate::trial::{GraphSettings, Trial};

/// The kind's row.
pub static KIND: Kind = Kind {
    name: "graph",
    question: "how the chain rule carries a derivative through an expression",
    settings: &[&["graph."]],
    record: &[],
    quantities: || {
        let quantity = |name, formula| Quantity { name, formula, every_epoch: true };
        vec![quantity("value", "the node's value"), quantity("gradient", "the derivative of the whole expression by the node")]
    },
    progress: "node",
    metric: ("value", At::Final),
    headline: Some("Each node with its value and the derivative of the whole by it; nodes.csv has the same as a table."),
    vary: &[],
    plots: Some(&["graph"]),
    resolve,
    resolved: &["graph."],
    applies: |_, _| true,
    depends_on_seed: |_| false,
    refuse: |_| Ok(()),
    run,
    resume: None,
    thresholds: &[],
    outcomes: |_, _| Outcomes::default(),
    backdrop: |_| None,
    nodes,
    gradcheck,
};

/// A node of the graph, parents before children.
struct Node<'g> {
    var: Var<'g>,
    /// The expression as one would read it.
    label: String,
    operation: String,
    parents: Vec<usize>,
}

/// Every subexpression once per place, and each name and number once.
fn build<'g>(graph: &'g Graph, settings: &GraphSettings) -> Vec<Node<'g>> {
    let expr = parse(&settings.expression).expect("the setting was parsed before");
    let mut nodes = Vec::new();
    place(graph, settings, &expr, &mut nodes);
    nodes
}

fn place<'g>(graph: &'g Graph, settings: &GraphSettings, expr: &Expr, nodes: &mut Vec<Node<'g>>) -> usize {
    let leaf = |label: String, value: f64, nodes: &mut Vec<Node<'g>>| {
        nodes.iter().position(|n| n.parents.is_empty() && n.label == label).unwrap_or_else(|| {
            nodes.push(Node { var: graph.var(value), label, operation: String::new(), parents: Vec::new() });
            nodes.len() - 1
        })
    };
    let node = match &expr.kind {
        Part::Number(n) => return leaf(n.to_string(), *n, nodes),
        Part::Name(name) => {
            let value = settings.at.iter().find(|(n, _)| n == name).map_or(f64::NAN, |(_, v)| *v);
            return leaf(name.clone(), value, nodes);
        }
        Part::Negate(e) => {
            let i = place(graph, settings, e, nodes);
            Node { var: -nodes[i].var, label: format!("−{}", nodes[i].label), operation: "−".into(), parents: vec![i] }
        }
        Part::Power(e, n) => {
            let i = place(graph, settings, e, nodes);
            Node { var: nodes[i].var.powi(*n), label: format!("{}^{n}", nodes[i].label), operation: format!("^{n}"), parents: vec![i] }
        }
        Part::Call(f, e) => {
            let i = place(graph, settings, e, nodes);
            Node {
                var: (f.apply)(nodes[i].var),
                label: format!("{}({})", f.name, nodes[i].label),
                operation: f.name.into(),
                parents: vec![i],
            }
        }
        Part::Binary(o, a, b) => {
            let (i, j) = (place(graph, settings, a, nodes), place(graph, settings, b, nodes));
            let label = format!("({} {} {})", nodes[i].label, o.symbol(), nodes[j].label);
            Node { var: o.apply(nodes[i].var, nodes[j].var), label, operation: o.symbol().into(), parents: vec![i, j] }
        }
        other => unreachable!("the plan lets numbers pass, not {other:?}"),
    };
    nodes.push(node);
    nodes.len() - 1
}

fn resolve(trial: Trial, _: &Seeds, _: &Library) -> Result<Resolved, Refusal> {
    let settings = &trial.graph;
    let wrong = blame("graph.expression");
    let expr = parse(&settings.expression).map_err(|e| wrong(e.to_string()))?;
    let names: Vec<(&str, Type)> = expr.names().into_iter().map(|name| (name, Type::Number)).collect();
    match expr.type_of(&names) {
        Ok(Type::Number) => {}
        Ok(_) => return Err(wrong("must be a number, not a comparison, text or list".into())),
        Err(e) => return Err(wrong(e.to_string())),
    }
    let (used, given): (BTreeSet<&str>, BTreeSet<&str>) = (expr.names(), settings.at.iter().map(|(n, _)| n.as_str()).collect());
    if let Some(missing) = used.difference(&given).next() {
        return Err(blame("graph.at")(format!("`{missing}` has no value: the expression has {}", list(&used))));
    }
    if let Some(extra) = given.difference(&used).next() {
        return Err(blame("graph.at")(format!("`{extra}` is not in the expression, which has {}", list(&used))));
    }
    let graph = Graph::new();
    let nodes = build(&graph, settings);
    if let Some(bad) = nodes.iter().find(|n| !n.var.value().is_finite()) {
        let of: Vec<String> = bad.parents.iter().map(|p| format!("{} = {}", nodes[*p].label, nodes[*p].var.value())).collect();
        return Err(blame("graph.expression")(format!("{} has no finite value there: {}", bad.label, of.join(", "))));
    }
    Ok(Resolved { trial, data_hash: String::new(), cost: Cost::of_steps(1000) })
}

fn list(names: &BTreeSet<&str>) -> String {
    if names.is_empty() { "no names".into() } else { names.iter().copied().collect::<Vec<_>>().join(", ") }
}

fn run(planned: &Planned, _: &Experiment, _: &Library, _: &dyn Fn() -> bool) -> Result<Option<Trained>, String> {
    let graph = Graph::new();
    let nodes = build(&graph, &planned.trial.graph);
    let slopes = graph.gradient(nodes[nodes.len() - 1].var);
    let mut record = Record::empty(&planned.key, Status::Ok, String::new());
    for (i, node) in nodes.iter().enumerate() {
        let row = vec![node.var.value(), slopes.of(node.var)];
        record.epochs.push(EpochRow { epoch: i as u32, lr: f64::NAN, probes: row.clone(), layers: Vec::new() });
        (record.epochs_run, record.best_epoch, record.best, record.last) = (i as u32, Some(i as u32), row.clone(), row);
    }
    Ok(Some(Trained { record, timing: Timing::default(), weights: None }))
}

/// `config, node, expression, operation, left, right, value, gradient`, parents before children.
fn nodes(plan: &Plan) -> Option<Table> {
    let (mut config, mut label, mut operation) = (Vec::new(), Vec::new(), Vec::new());
    let (mut place, mut left, mut right) = (Vec::new(), Vec::new(), Vec::new());
    let (mut value, mut gradient) = (Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
    for planned in plan.trials().filter(|p| seen.insert(p.config.clone())) {
        let graph = Graph::new();
        let nodes = build(&graph, &planned.trial.graph);
        let slopes = graph.gradient(nodes[nodes.len() - 1].var);
        for (i, node) in nodes.iter().enumerate() {
            config.push(Some(planned.config.clone()));
            place.push(Some(i as i64));
            label.push(Some(node.label.clone()));
            operation.push(Some(node.operation.clone()));
            left.push(node.parents.first().map(|p| *p as i64));
            right.push(node.parents.get(1).map(|p| *p as i64));
            value.push(Some(node.var.value()));
            gradient.push(Some(slopes.of(node.var)));
        }
    }
    Table::new(vec![
        Column::text("config", config),
        Column::int("node", place),
        Column::text("expression", label),
        Column::text("operation", operation),
        Column::int("left", left),
        Column::int("right", right),
        Column::float("value", value),
        Column::float("gradient", gradient),
    ])
    .ok()
}

/// The derivative by each name against differences of the value.
fn gradcheck(plan: &Plan, _: &Library) -> Result<Checked, String> {
    let (mut failures, mut lines) = (0, Vec::new());
    for planned in plan.trials() {
        let settings = &planned.trial.graph;
        let value = |name: &str, h: f64| {
            let mut moved = settings.clone();
            moved.at.iter_mut().filter(|(n, _)| n == name).for_each(|(_, v)| *v += h);
            let graph = Graph::new();
            let nodes = build(&graph, &moved);
            nodes[nodes.len() - 1].var.value()
        };
        let graph = Graph::new();
        let nodes = build(&graph, settings);
        let slopes = graph.gradient(nodes[nodes.len() - 1].var);
        let mut worst = 0.0_f64;
        for (name, at) in &settings.at {
            let slope = nodes.iter().find(|n| n.label == *name).map_or(0.0, |n| slopes.of(n.var));
            let h = 1e-5 * at.abs().max(1.0);
            let numeric = (value(name, h) - value(name, -h)) / (2.0 * h);
            worst = worst.max((slope - numeric).abs() / slope.abs().max(1.0));
        }
        let fits = worst <= 1e-6;
        failures += usize::from(!fits);
        lines.push(format!("{}: largest relative error {worst:.1e}  {}", settings.expression, if fits { "ok" } else { "FAIL" }));
    }
    lines.push(format!("{} combinations, {failures} failed", plan.len()));
    Ok(Checked { lines, failures })
}
