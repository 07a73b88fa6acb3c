//! An experiment as a file again: every setting written out, every axis as a list. Reading it back gives the same plan.

use std::path::{Component, Path, PathBuf};

use thalweg_report::Expected;

use crate::check::WEIGHTS;
use crate::claim::{Check, Claim, Contrast, Pick, Place};
use crate::experiment::{Axis, Demand, Experiment, Extra, Halving, Include, Points, Policy, Search, TrainLoss};
use crate::settings::{self, ColumnType};
use crate::stream::STREAMS;
use crate::threshold::Threshold;
use crate::train::kinds;
use crate::value::{Node, Value};

/// The text of the resolved experiment, as a file in `folder`: paths in it are relative to that.
pub fn to_text(experiment: &Experiment, folder: &Path) -> String {
    crate::file::to_text(&to_value(experiment, folder))
}

/// A value with its paths made relative to `folder`, where they were relative to `dir`.
fn moved(value: Value, column: ColumnType, dir: &Path, folder: &Path) -> Value {
    match value {
        Value::Text(path) if column == ColumnType::Path => Value::Text(relative(&dir.join(path), folder)),
        Value::List(items) => Value::list(items.into_iter().map(|n| moved(n.value, column, dir, folder))),
        Value::Table(entries) => {
            let moved = |(key, span, node): (String, _, Node)| match node.value {
                Value::Text(path) if key == "from" => (key, span, Node::new(Value::Text(relative(&dir.join(path), folder)))),
                other => (key, span, Node::new(other)),
            };
            Value::Table(entries.into_iter().map(moved).collect())
        }
        other => other,
    }
}

/// The way from a folder to a file, with `/` on every system; the path itself where there is none.
pub fn relative(file: &Path, folder: &Path) -> String {
    let whole = |path: &Path| std::fs::canonicalize(if path.as_os_str().is_empty() { Path::new(".") } else { path });
    let shown = |path: &Path| path.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
    let (Ok(to), Ok(from)) = (whole(file), whole(folder)) else {
        return shown(file);
    };
    let common = to.components().zip(from.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(common).map(|_| Component::ParentDir);
    shown(&up.chain(to.components().skip(common)).collect::<PathBuf>())
}

fn to_value(e: &Experiment, folder: &Path) -> Value {
    // An include, and an axis that exists only somewhere, begin with what the base says.
    let always = |a: &Axis| a.condition.is_none() && e.includes.is_empty();
    let swept = |path: &str| e.axes.iter().any(|a| always(a) && a.settings.iter().any(|s| s.path == path));
    let in_play = kinds::in_play(&e.base, &e.axes, &e.includes);
    let is_read = |path: &str| !e.kind.reads("model.kind") || in_play.iter().any(|kind| kind.reads(path));
    let base = e.kind.settings().filter(|s| !swept(s.path) && is_read(s.path)).map(|s| (s.path, (s.get)(&e.base)));
    // `hidden` and `backbone` are one thing, and so are `C` and `lambda`: the one that says more is written.
    let twins = [
        if e.base.model.pretrained.is_some() { "model.hidden" } else { "model.backbone" },
        if e.base.train.c.is_some() { "train.lambda" } else { "train.C" },
    ];
    let base = base.filter(|(path, v)| *v != Value::Text(String::new()) && !twins.contains(path));
    let moved = |path: &str, v: Value| moved(v, settings::find(path).map_or(ColumnType::Text, |s| s.column), &e.dir, folder);
    let base = base.map(|(path, v)| (path, moved(path, v)));
    let values = |axis: &Axis, i: usize| match &axis.points {
        Points::Listed(rows) => moved(axis.settings[i].path, Value::list(rows.iter().map(|row| row[i].clone()))),
        Points::Uniform(ends) => Value::table([("uniform", Value::list(ends.map(Value::Number)))]),
        Points::LogUniform(ends) => Value::table([("log-uniform", Value::list(ends.map(Value::Number)))]),
    };
    let plain = e.axes.iter().filter(|a| a.condition.is_none() && a.settings.len() == 1);
    let axes = grouped(plain.map(|a| (a.settings[0].path, values(a, 0))));
    let leaves = |axis: &Axis| grouped(axis.settings.iter().enumerate().map(|(i, s)| (s.path, values(axis, i))));
    let zips = e.axes.iter().filter(|a| a.settings.len() > 1).map(|a| with("name", &a.name, leaves(a)));
    let whens = e.axes.iter().filter_map(|a| Some(with("if", &a.condition.as_ref()?.text, leaves(a))));
    let include = |i: &Include| grouped(i.settings.iter().map(|(s, v)| (s.path, moved(s.path, v.clone()))));
    let replicates = Value::table([
        ("seeds", Value::list(e.replicates.seeds.iter().map(|s| Value::Int(*s as i64)))),
        ("vary", Value::list(e.replicates.vary.iter().filter_map(|v| STREAMS.iter().find(|s| s.1 == *v)).map(|s| Value::Text(s.0.into())))),
    ]);
    let policy = match e.failure.policy {
        Policy::Continue => Value::Text("continue".into()),
        Policy::StopAfter(1) => Value::Text("stop".into()),
        Policy::StopAfter(n) => Value::table([("stop-after", Value::Int(n as i64))]),
    };
    let mut failure = vec![("policy", policy), ("diverged", Value::table([("loss-above", Value::Number(e.failure.loss_above))]))];
    failure.extend(e.failure.timeout.map(|t| ("timeout", Value::Text(format!("{}ms", t.as_millis())))));
    let train = if e.record.train == TrainLoss::Full { "full" } else { "running" };
    let weights = WEIGHTS.iter().find(|w| w.1 == e.record.weights).map_or("none", |w| w.0);
    let record = Value::table([
        ("every", Value::Int(e.record.every as i64)),
        ("train", Value::Text(train.into())),
        ("layers", Value::Bool(e.record.layers == Extra::Record)),
        ("weights", Value::Text(weights.into())),
    ]);
    let at = if e.report.at == thalweg_report::At::Final { "final" } else { "best-epoch" };
    let mut report = vec![("metric", Value::Text(e.report.metric.clone())), ("at", Value::Text(at.into()))];
    report.extend(e.report.plots.as_ref().map(|plots| ("plots", Value::list(plots.iter().map(|p| Value::Text(p.to_string()))))));
    report.push(("theme", Value::Text(e.report.look.theme.name.into())));
    report.push(("dpi", Value::Int(e.report.look.dpi.into())));
    report.push(("width", Value::Int(e.report.look.width.into())));
    if !e.kind.thresholds.is_empty() {
        let value = |row: &&Threshold| (row.name, Value::Number(e.report.thresholds.of(row)));
        report.push(("thresholds", Value::table(e.kind.thresholds.iter().map(value))));
    }
    let mut sections = vec![
        ("schema", Value::Int(1)),
        ("name", Value::Text(e.name.clone())),
        ("question", Value::Text(e.question.clone())),
        ("kind", Value::Text(e.kind.name.into())),
        ("base", grouped(base)),
        ("axes", axes),
        ("replicates", replicates),
        ("failure", Value::table(failure)),
        ("report", Value::table(report)),
    ];
    sections.extend(lists("zip", zips.collect()));
    sections.extend(lists("when", whens.collect()));
    sections.extend(lists("include", e.includes.iter().map(include).collect()));
    if !e.rules.is_empty() {
        let of = |demand: Demand| {
            let rules = e.rules.iter().filter(move |r| r.demand == demand);
            Value::table(rules.map(|r| (r.name.as_str(), Value::Text(r.condition.text.clone()))))
        };
        sections.push(("rules", Value::table([("require", of(Demand::Require)), ("exclude", of(Demand::Exclude))])));
    }
    sections.extend(lists("claim", e.claims.iter().map(claim).collect()));
    sections.extend(search(e).map(|search| ("search", search)));
    if !e.kind.record.is_empty() {
        sections.push(("record", record));
    }
    Value::table(sections)
}

/// A claim as it was written.
fn claim(claim: &Claim) -> Value {
    let text = |name: &'static str, text: &str| (name, Value::Text(text.into()));
    let mut entries = vec![text("says", &claim.says)];
    let words = [("row", &claim.row), ("erratum", &claim.erratum), ("figure", &claim.figure)];
    entries.extend(words.into_iter().filter_map(|(name, word)| Some(text(name, word.as_deref()?))));
    entries.push(("check", Value::list(claim.checks.iter().map(check))));
    Value::table(entries)
}

fn check(check: &Check) -> Value {
    let text = |name: &'static str, text: &str| (name, Value::Text(text.into()));
    let number = |name: &'static str, value: f64| (name, Value::Number(value));
    let mut entries = vec![text("what", &check.what), text("of", &check.of.text)];
    let (layer, epoch) = match &check.place {
        Place::Trial => (None, None),
        Place::Epoch(epoch) => (None, Some(*epoch)),
        Place::Layer(layer, epoch) => (Some(layer), *epoch),
    };
    entries.extend(layer.map(|layer| text("layer", layer)));
    entries.extend(epoch.map(|epoch| ("epoch", Value::Int(epoch.into()))));
    entries.extend(check.chosen.as_ref().map(|c| text("where", &c.text)));
    entries.extend(check.against.as_ref().map(|c| text("against", &c.text)));
    entries.extend((check.contrast == Contrast::Ratio).then_some(("ratio", Value::Bool(true))));
    entries.extend((check.pick == Pick::Best).then(|| text("pick", "best")));
    entries.extend(check.each.map(|s| text("each", s.path)));
    entries.extend(match check.expected {
        Expected::Above(bound) => vec![number("above", bound)],
        Expected::Below(bound) => vec![number("below", bound)],
        Expected::Is { value, within } => vec![number("is", value), number("within", within)],
    });
    Value::table(entries)
}

/// How points are taken from the axes, where that is not all of them.
fn search(e: &Experiment) -> Option<Value> {
    let int = |name: &'static str, value: usize| (name, Value::Int(value as i64));
    let (method, mut entries) = match e.search {
        Search::Grid => ("grid", Vec::new()),
        Search::Random { points, seed } => ("random", vec![int("points", points), int("seed", seed as usize)]),
        Search::Sobol { points, seed } => ("sobol", vec![int("points", points), int("seed", seed as usize)]),
    };
    if let Some(Halving { eta, rungs, cohort }) = &e.halving {
        entries.extend([int("eta", *eta), int("min-epochs", rungs[0])]);
        entries.extend(cohort.map(|cohort| int("cohort", cohort)));
    }
    let method = if e.halving.is_some() { "halving" } else { method };
    let is_usual = method == "grid";
    (!is_usual).then(|| Value::table([("method", Value::Text(method.into()))].into_iter().chain(entries)))
}

/// A table with one more entry in front.
fn with(key: &str, text: &str, table: Value) -> Value {
    let Value::Table(mut entries) = table else { unreachable!("leaves are grouped in a table") };
    entries.insert(0, (key.into(), None, Node::new(Value::Text(text.into()))));
    Value::Table(entries)
}

/// An array of tables, where there are any.
fn lists(name: &'static str, tables: Vec<Value>) -> Option<(&'static str, Value)> {
    (!tables.is_empty()).then(|| (name, Value::list(tables)))
}

/// `group.field` pairs as nested tables, sorted by path.
fn grouped<'a>(leaves: impl Iterator<Item = (&'a str, Value)>) -> Value {
    let mut leaves: Vec<(&str, Value)> = leaves.collect();
    leaves.sort_by_key(|leaf| leaf.0);
    let mut groups: Vec<(String, crate::diagnose::Span, Node)> = Vec::new();
    for (path, value) in leaves {
        let (group, field) = path.split_once('.').expect("paths are group.field");
        if groups.last().is_none_or(|g| g.0 != group) {
            groups.push((group.to_string(), None, Node::new(Value::Table(Vec::new()))));
        }
        if let Some((_, _, Node { value: Value::Table(entries), .. })) = groups.last_mut() {
            entries.push((field.to_string(), None, Node::new(value)));
        }
    }
    Value::Table(groups)
}
