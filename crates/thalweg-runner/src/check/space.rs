//! `[base]`, `[axes]`, `[[zip]]`, `[[when]]`, `[[include]]`, `[rules]` and `[search]`: which trials there are.

use std::collections::{BTreeMap, BTreeSet};

use super::{Checker, SEARCHES, place};
use crate::axes::{self, Made};
use crate::diagnose::{Problem, Span};
use crate::experiment::{Axis, Demand, Halving, Include, Points, Rule, Search};
use crate::halving::rungs;
use crate::settings::{self, ColumnType, Setting};
use crate::train::kinds::{self, MODELS};
use crate::trial::Trial;
use crate::value::{Node, Value};

/// The most points that a search draws.
const MAX_POINTS: i64 = 65_536;

/// What decides which trials there are.
pub(super) struct Space {
    pub axes: Vec<Axis>,
    pub includes: Vec<Include>,
    pub rules: Vec<Rule>,
    pub search: Search,
    pub halving: Option<Halving>,
    pub swept: Vec<&'static Setting>,
}

/// A setting and what was written for it.
type Leaf<'a> = (&'static Setting, &'a Node);

impl Checker {
    /// `[base]`, and where each of its settings stood.
    pub(super) fn base(&mut self, node: Option<&Node>) -> (Trial, BTreeMap<&'static str, Span>) {
        let (mut trial, mut places) = (Trial::default(), BTreeMap::new());
        for (setting, node) in self.leaves(node, "base", &[]) {
            places.insert(setting.path, node.span.clone());
            if let Err(message) = (setting.set)(&mut trial, &node.value) {
                self.say(&place(node, &message), format!("{}: {message}", setting.path));
            }
        }
        (trial, places)
    }

    /// Everything that makes points.
    pub(super) fn space(&mut self, root: &Node, base: &Trial, places: &BTreeMap<&'static str, Span>) -> Space {
        let mut axes: Vec<Axis> = Vec::new();
        for leaf in self.leaves(root.value.get("axes"), "axes", &[]) {
            axes.extend(self.axis(leaf, base));
        }
        for node in self.tables(root, "zip") {
            axes.extend(self.zip(node, base));
        }
        let search = self.search(root.value.get("search"), &axes);
        for node in self.tables(root, "when") {
            let condition = match node.value.get("if") {
                Some(test) => self.condition(test),
                None => {
                    self.problems.push(Problem::at(&node.span, "`if` is missing").help("if = 'model.activation == \"leaky-relu\"'"));
                    None
                }
            };
            for leaf in self.leaves(Some(node), "when", &["if"]) {
                let axis = self.axis(leaf, base);
                axes.extend(axis.map(|axis| Axis { condition: condition.clone(), ..axis }));
            }
        }
        self.once_each(&axes);
        axes.sort_by(|a, b| a.name.cmp(&b.name));
        let includes: Vec<Include> = self.tables(root, "include").into_iter().map(|node| self.include(node, base)).collect();
        self.all_read(places, base, &axes, &includes);
        let rules = self.rules(root.value.get("rules"));
        let of_axes = axes.iter().flat_map(|a| a.settings.iter().copied());
        let all = of_axes.chain(includes.iter().flat_map(|i| i.settings.iter().map(|s| s.0)));
        let mut swept: BTreeMap<&str, &'static Setting> = all.map(|s| (s.path, s)).collect();
        let halving = self.halving(root.value.get("search"), base, swept.contains_key(EPOCHS));
        if halving.is_some() {
            swept.extend(settings::find(EPOCHS).map(|s| (s.path, s)));
        }
        Space { axes, includes, rules, search, halving, swept: swept.into_values().collect() }
    }

    /// The row of a setting that the kind reads.
    fn setting(&self, group: &str, field: &str) -> Option<&'static Setting> {
        let path = format!("{group}.{field}");
        settings::find(&path).filter(|s| self.kind.reads(s.path))
    }

    /// The settings in a table; `others` are keys that it may hold beside them.
    fn leaves<'a>(&mut self, node: Option<&'a Node>, name: &str, others: &[&str]) -> Vec<Leaf<'a>> {
        let groups: BTreeSet<&str> = self.kind.settings().filter_map(|s| s.path.split('.').next()).collect();
        let allowed: Vec<&str> = groups.iter().chain(others).copied().collect();
        let mut found = Vec::new();
        let Some(Node { value: Value::Table(entries), .. }) = self.table(node, name, &allowed) else {
            return found;
        };
        for (group, _, node) in entries.iter().filter(|(g, _, _)| groups.contains(g.as_str())) {
            let fields: Vec<&str> = self.kind.settings().filter_map(|s| s.path.strip_prefix(group.as_str())?.strip_prefix('.')).collect();
            let Some(Node { value: Value::Table(entries), .. }) = self.table(Some(node), &format!("{name}.{group}"), &fields) else {
                continue;
            };
            if let (Some(_), Some((_, span, _))) =
                (entries.iter().find(|e| e.0 == "hidden"), entries.iter().find(|e| group == "model" && e.0 == "backbone"))
            {
                self.say(span, "give `hidden` or `backbone`, not both: they are two names of one thing");
            }
            found.extend(entries.iter().filter_map(|(field, _, node)| Some((self.setting(group, field)?, node))));
        }
        found
    }

    /// The tables of `[[name]]`.
    pub(super) fn tables<'a>(&mut self, root: &'a Node, name: &str) -> Vec<&'a Node> {
        let Some(node) = root.value.get(name) else { return Vec::new() };
        match &node.value {
            Value::List(items) if items.iter().all(|n| matches!(n.value, Value::Table(_))) => items.iter().collect(),
            _ => {
                self.say(&node.span, format!("`{name}` is written [[{name}]], once for each"));
                Vec::new()
            }
        }
    }

    /// Values that the setting accepts, as it reads them, with their places.
    fn accepted(&mut self, (setting, node): Leaf<'_>, base: &Trial) -> Option<(Points, Vec<Span>)> {
        let mut trial = base.clone();
        // What a setting reads as nothing, such as an empty list, stays as it was written: it must be set again, for each point.
        let is_nothing = |read: &Value| *read == Value::Text(String::new());
        let mut set = |value: &Value| {
            (setting.set)(&mut trial, value).map(|()| Some((setting.get)(&trial)).filter(|read| !is_nothing(read)).unwrap_or(value.clone()))
        };
        let values = match axes::values(node) {
            Ok(Made::Listed(values)) => values,
            Ok(Made::Between(points)) => {
                if setting.column == ColumnType::Int {
                    let problem = Problem::at(&node.span, format!("{} takes whole numbers, which are listed", setting.path));
                    self.problems
                        .push(problem.help("a search draws from a list, too: { pow2 = [16, 128] } or { range = [2, 10], step = 2 }"));
                    return None;
                }
                let (Points::Uniform(ends) | Points::LogUniform(ends)) = points else { unreachable!("lists are listed") };
                if let Some(message) = ends.into_iter().find_map(|end| set(&Value::Number(end)).err()) {
                    self.say(&node.span, format!("{}: {message}", setting.path));
                    return None;
                }
                return Some((points, vec![node.span.clone()]));
            }
            Err(problems) => {
                self.problems.extend(problems);
                return None;
            }
        };
        let (mut kept, mut spans): (Vec<Vec<Value>>, Vec<Span>) = (Vec::new(), Vec::new());
        for (value, span) in values {
            match set(&value) {
                Err(message) => self.say(&span, format!("{}: {message}", setting.path)),
                Ok(value) => {
                    kept.push(vec![value]);
                    spans.push(span);
                }
            }
        }
        Some((Points::Listed(kept), spans))
    }

    /// An axis of one setting; a value that is there twice is an error.
    fn axis(&mut self, leaf: Leaf<'_>, base: &Trial) -> Option<Axis> {
        let setting = leaf.0;
        let (points, spans) = self.accepted(leaf, base)?;
        if let Points::Listed(values) = &points {
            let mut seen = BTreeSet::new();
            for (value, span) in values.iter().zip(&spans) {
                if !seen.insert(value[0].canonical()) {
                    self.say(span, format!("{} appears twice on this axis", value[0].plain()));
                }
            }
        }
        Some(Axis { name: setting.path.into(), settings: vec![setting], points, spans, condition: None })
    }

    /// Lists of one length that move together.
    fn zip(&mut self, node: &Node, base: &Trial) -> Option<Axis> {
        let leaves = self.leaves(Some(node), "zip", &["name"]);
        let name = self.text(node, "name").unwrap_or_else(|| leaves.first().map_or(String::new(), |l| l.0.path.into()));
        if leaves.len() < 2 {
            self.problems.push(Problem::at(&node.span, "a zip has two settings or more").help("a single one is an axis"));
            return None;
        }
        let mut columns = Vec::new();
        for (setting, node) in leaves {
            match self.accepted((setting, node), base)? {
                (Points::Listed(values), spans) => columns.push((setting, values, spans, node)),
                _ => {
                    self.say(&node.span, "what moves together is listed; a draw cannot be zipped");
                    return None;
                }
            }
        }
        let n = columns[0].1.len();
        if let Some((setting, values, _, node)) = columns.iter().find(|c| c.1.len() != n) {
            let message =
                format!("{} has {} values, but {} has {n}: a zip's lists are of one length", setting.path, values.len(), columns[0].0.path);
            self.say(&node.span, message);
            return None;
        }
        let rows: Vec<Vec<Value>> = (0..n).map(|i| columns.iter().map(|c| c.1[i][0].clone()).collect()).collect();
        let spans = columns[0].2.clone();
        Some(Axis { name, settings: columns.iter().map(|c| c.0).collect(), points: Points::Listed(rows), spans, condition: None })
    }

    fn include(&mut self, node: &Node, base: &Trial) -> Include {
        let mut trial = base.clone();
        let mut settings = Vec::new();
        for (setting, node) in self.leaves(Some(node), "include", &[]) {
            match (setting.set)(&mut trial, &node.value) {
                Ok(()) => settings.push((setting, (setting.get)(&trial))),
                Err(message) => self.say(&place(node, &message), format!("{}: {message}", setting.path)),
            }
        }
        Include { settings, span: node.span.clone() }
    }

    /// Each setting that is given is read by a kind of model that is in play, and C and λ are not both given.
    fn all_read(&mut self, places: &BTreeMap<&'static str, Span>, base: &Trial, axes: &[Axis], includes: &[Include]) {
        if !self.kind.reads("model.kind") {
            return;
        }
        let in_play = kinds::in_play(base, axes, includes);
        let on_axes = axes.iter().flat_map(|a| a.settings.iter().map(|s| (s.path, a.spans.first().cloned().flatten())));
        let included = includes.iter().flat_map(|i| i.settings.iter().map(|(s, _)| (s.path, i.span.clone())));
        let given = places.iter().map(|(path, span)| (*path, span.clone())).chain(on_axes).chain(included);
        let names = || in_play.iter().map(|kind| format!("`{}`", kind.name)).collect::<Vec<_>>().join(", ");
        for (path, span) in given.filter(|(path, _)| !in_play.is_empty() && !in_play.iter().any(|kind| kind.reads(path))) {
            let by = MODELS.iter().filter(|kind| kind.reads(path)).map(|kind| format!("`{}`", kind.name)).collect::<Vec<_>>();
            let problem = Problem::at(&span, format!("{path} is not read by model.kind {}", names()));
            self.problems.push(problem.help(format!("it is read by {}", by.join(", "))));
        }
        if let (Some(_), Some(span), Some(_)) = (places.get("train.lambda"), places.get("train.C"), base.train.c) {
            self.say(span, "give `C` or `lambda`, not both: they are two names of one thing");
        }
    }

    /// No setting is swept by two axes; no two axes have one name.
    fn once_each(&mut self, axes: &[Axis]) {
        let mut seen = BTreeMap::<&str, &Axis>::new();
        for axis in axes {
            for setting in &axis.settings {
                if let Some(other) = seen.insert(setting.path, axis) {
                    let message = format!("{} is swept twice: by `{}`, too", setting.path, other.name);
                    self.say(axis.spans.first().unwrap_or(&None), message);
                }
            }
        }
        let mut names = BTreeSet::new();
        for axis in axes.iter().filter(|a| !names.insert(a.name.as_str()) && a.settings.len() > 1) {
            self.say(axis.spans.first().unwrap_or(&None), format!("two axes have the name `{}`", axis.name.escape_debug()));
        }
    }

    fn rules(&mut self, node: Option<&Node>) -> Vec<Rule> {
        let node = self.table(node, "rules", &["require", "exclude"]);
        let mut rules = Vec::new();
        for (key, demand) in [("require", Demand::Require), ("exclude", Demand::Exclude)] {
            let Some(table) = node.and_then(|n| n.value.get(key)) else { continue };
            let Value::Table(entries) = &table.value else {
                self.say(&table.span, format!("`{key}` is a table of named rules: {{ \"stable-step\" = 'train.lr <= 0.1' }}"));
                continue;
            };
            for (name, _, node) in entries {
                if let Some(condition) = self.condition(node) {
                    rules.push(Rule { name: name.clone(), demand, condition, span: node.span.clone() });
                }
            }
        }
        rules
    }

    fn search(&mut self, node: Option<&Node>, axes: &[Axis]) -> Search {
        let at = self.table(node, "search", &["method", "points", "seed", "eta", "min-epochs", "cohort"]);
        let method = self.choice(at, "method", "search method", SEARCHES, |m| m).copied().unwrap_or("grid");
        let points = self.count(at, "points", 1, MAX_POINTS);
        let seed = self.count(at, "seed", 0, i64::MAX).unwrap_or(0);
        let halves = method == HALVING;
        for key in ["eta", "min-epochs", "cohort"].into_iter().filter(|_| !halves) {
            if let Some(node) = at.and_then(|n| n.value.get(key)) {
                self.say(&node.span, format!("`{key}` is for method = \"{HALVING}\""));
            }
        }
        if method == "grid" || (halves && at.is_some_and(|n| n.value.get("points").is_none())) {
            let is_drawn = |axis: &&Axis| axis.points.n_values().is_none();
            if let Some(axis) = axes.iter().find(is_drawn) {
                let problem = Problem::at(&axis.spans[0], format!("{}: a grid has no end of such values", axis.name));
                let draws = if halves { "`points` in [search]" } else { "[search] method = \"random\" or \"sobol\"" };
                self.problems.push(problem.help(format!("{draws} draws them; lin and log list some")));
            }
            if points.is_some() {
                self.say(
                    &at.and_then(|n| n.value.get("points")?.span.clone()),
                    "a grid takes all points; `points` is for random and sobol",
                );
            }
            return Search::Grid;
        }
        let Some(points) = points else {
            if at.is_some_and(|n| n.value.get("points").is_none()) {
                self.problems
                    .push(Problem::at(&at.and_then(|n| n.span.clone()), "`points` is missing").help("points = 64: how many are drawn"));
            }
            return Search::Grid;
        };
        let points = points as usize;
        if method == "sobol" { Search::Sobol { points, seed } } else { Search::Random { points, seed } }
    }
}

impl Checker {
    /// What halving adds to a search: the rungs.
    fn halving(&mut self, node: Option<&Node>, base: &Trial, is_swept: bool) -> Option<Halving> {
        let at = node.filter(|n| matches!(n.value.get("method"), Some(Node { value: Value::Text(m), .. }) if m == HALVING))?;
        let span = |key: &str| at.value.get(key).map_or(at.span.clone(), |n| n.span.clone());
        if !self.kind.reads(EPOCHS) {
            self.say(&span("method"), format!("kind `{}` has no epochs to halve", self.kind.name));
            return None;
        }
        if is_swept {
            self.say(&span("method"), format!("{EPOCHS} is swept; halving chooses it: give the most in [base]"));
            return None;
        }
        let epochs = base.train.epochs;
        let eta = self.count(Some(at), "eta", 2, 100).unwrap_or(3) as usize;
        let usual = epochs.div_ceil(eta.pow(3)) as u64;
        let least = self.count(Some(at), "min-epochs", 1, 1_000_000).unwrap_or(usual) as usize;
        let cohort = self.count(Some(at), "cohort", 2, 1_000_000).map(|c| c as usize);
        let rungs = rungs(epochs, eta, least);
        if rungs.len() < 2 {
            self.say(&span("min-epochs"), format!("one of {eta} of {epochs} epochs is less than {least}: there is nothing to halve"));
            return None;
        }
        Some(Halving { eta, rungs, cohort })
    }
}

/// The search that trains the best for longer, and what it chooses.
const HALVING: &str = "halving";
const EPOCHS: &str = "train.epochs";
