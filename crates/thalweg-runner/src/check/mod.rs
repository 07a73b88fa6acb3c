//! `File -> Experiment`: every key, type, range and name, all problems at once.
//!
//! The keys of `[base]` and `[axes]` come from the settings table; the few others are listed here, once each.

mod claim;
mod expression;
mod report;
mod space;

use std::path::Path;
use std::time::Duration;

use crate::diagnose::{MAX_SHOWN, Problem, Problems, Span, suggestion};
use crate::experiment::{Experiment, Extra, Failure, KeptWeights, Policy, RecordSettings, Replicates, TrainLoss};
use crate::file::File;
use crate::kind::{KINDS, Kind};
use crate::launch::{self, settings::Launcher};
use crate::settings::named;
use crate::stream::STREAMS;
use crate::value::{Node, Value};
use space::Space;

/// What `[record] weights` may say.
pub(crate) const WEIGHTS: &[(&str, KeptWeights)] =
    &[("none", KeptWeights::None), ("best", KeptWeights::Best), ("final", KeptWeights::Final), ("state", KeptWeights::State)];

/// The keys of a file.
pub(crate) const SECTIONS: &[&str] = &[
    "schema",
    "name",
    "question",
    "kind",
    "base",
    "axes",
    "zip",
    "when",
    "rules",
    "include",
    "replicates",
    "search",
    "failure",
    "record",
    "report",
    "claim",
    launch::settings::SECTION,
];

/// The methods of a search.
pub(crate) const SEARCHES: &[&str] = &["grid", "random", "sobol", "halving"];

/// The most replicates of a configuration.
const MAX_SEEDS: usize = 10_000;

/// Checks a file.
pub fn check(file: &File) -> Result<Experiment, Problems> {
    let mut c = Checker { problems: Vec::new(), kind: KINDS[0] };
    let root = &file.root;
    c.keys(root, "", SECTIONS);
    c.count(Some(root), "schema", 1, 1);
    c.kind = c.choice(Some(root), "kind", "kind of study", KINDS, |k| k.name).copied().unwrap_or(KINDS[0]);
    let name = c.name(root);
    let (base, places) = c.base(root.value.get("base"));
    let Space { axes, includes, rules, search, halving, swept } = c.space(root, &base, &places);
    let record = c.record(root.value.get("record"));
    let report = c.report(root.value.get("report"), &swept, &record);
    let claims = c.claims(root, &swept, &record, report.plots.as_deref());
    let launcher = root.value.get(launch::settings::SECTION).map(|node| Launcher::read(node, "launcher.", &mut c.problems));
    let launcher = launcher.unwrap_or_default();
    let experiment = Experiment {
        dir: file.path.parent().map(Path::to_path_buf).unwrap_or_default(),
        name,
        kind: c.kind,
        question: c.text(root, "question").unwrap_or_default(),
        launcher,
        cpu: crate::plan::cpu(),
        axes,
        includes,
        rules,
        search,
        halving,
        swept,
        base,
        places,
        replicates: c.replicates(root.value.get("replicates")),
        failure: c.failure(root.value.get("failure")),
        record,
        report,
        claims,
    };
    if experiment.record.weights == KeptWeights::State && experiment.failure.timeout.is_some() {
        let span = root.value.get("failure").and_then(|f| f.value.get("timeout")?.span.clone());
        let problem = Problem::at(
            &span,
            "a trial that goes on from a state has its time anew, so `timeout` and weights = \"state\" do not go together",
        );
        c.problems.push(problem.help("leave one of them out"));
    }
    if c.problems.is_empty() {
        return Ok(experiment);
    }
    c.problems.sort_by_key(|p| p.span.as_ref().map_or(0, |s| s.start));
    Err(Problems { file: file.path.display().to_string(), text: file.text.clone(), list: c.problems })
}

struct Checker {
    problems: Vec<Problem>,
    kind: &'static Kind,
}

impl Checker {
    fn say(&mut self, span: &Span, message: impl Into<String>) {
        self.problems.push(Problem::at(span, message));
    }

    /// Reports each key of a table that is not one of `allowed`.
    fn keys(&mut self, node: &Node, prefix: &str, allowed: &[&str]) {
        let Value::Table(entries) = &node.value else {
            return;
        };
        for (key, span, _) in entries {
            if !allowed.contains(&key.as_str()) {
                let problem = Problem::at(span, format!("unknown key `{prefix}{}`", key.escape_debug()));
                // A hundred thousand unknown keys need no hundred thousand searches for the nearest name.
                let is_shown = self.problems.len() < MAX_SHOWN;
                self.problems.push(if is_shown { problem.help(suggestion(key, allowed.iter().copied())) } else { problem });
            }
        }
    }

    /// The entries of a table that may be absent; anything else is a problem.
    fn table<'a>(&mut self, node: Option<&'a Node>, name: &str, allowed: &[&str]) -> Option<&'a Node> {
        let node = node?;
        if !matches!(node.value, Value::Table(_)) {
            self.say(&node.span, format!("`{name}` must be a table, not {}", node.value.kind()));
            return None;
        }
        self.keys(node, &format!("{name}."), allowed);
        Some(node)
    }

    fn text(&mut self, table: &Node, key: &str) -> Option<String> {
        let node = table.value.get(key)?;
        match &node.value {
            Value::Text(s) => Some(s.clone()),
            other => {
                self.say(&node.span, format!("`{key}` must be text, not {}", other.kind()));
                None
            }
        }
    }

    fn choice<'r, R>(&mut self, table: Option<&Node>, key: &str, what: &str, rows: &'r [R], name: fn(&R) -> &'static str) -> Option<&'r R> {
        let node = table?.value.get(key)?;
        named(&node.value, what, rows, name).map_err(|e| self.say(&node.span, e)).ok()
    }

    fn count(&mut self, table: Option<&Node>, key: &str, low: i64, high: i64) -> Option<u64> {
        let node = table?.value.get(key)?;
        match node.value {
            Value::Int(i) if (low..=high).contains(&i) => Some(i as u64),
            Value::Int(i) => {
                self.say(&node.span, format!("`{key}`: {i} is out of range: {low} to {high}"));
                None
            }
            _ => {
                self.say(&node.span, format!("`{key}` must be an integer, not {}", node.value.kind()));
                None
            }
        }
    }

    fn name(&mut self, root: &Node) -> String {
        let Some(node) = root.value.get("name") else {
            self.problems.push(Problem::at(&Some(0..0), "`name` is missing").help("name = \"my-experiment\": the folder under reports/"));
            return String::new();
        };
        let name = self.text(root, "name").unwrap_or_default();
        let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if matches!(node.value, Value::Text(_)) && (name.is_empty() || name.len() > 100 || !name.chars().all(letters)) {
            let problem = Problem::at(&node.span, format!("`{}` is not a name", name.escape_debug()));
            self.problems.push(problem.help("1 to 100 of a-z, 0-9 and -: it becomes a folder's name"));
        }
        name
    }

    fn replicates(&mut self, node: Option<&Node>) -> Replicates {
        let node = self.table(node, "replicates", &["n", "seeds", "vary"]);
        let n = self.count(node, "n", 1, MAX_SEEDS as i64);
        let mut seeds: Vec<u64> = (0..n.unwrap_or(1)).collect();
        let at = |key: &str| node.and_then(|n| n.value.get(key));
        if let Some(list) = at("seeds") {
            if at("n").is_some() {
                self.say(&list.span, "give `n` or `seeds`, not both");
            }
            seeds = self.seeds(list);
        }
        let mut vary = self.kind.vary.to_vec();
        if let Some(list) = at("vary") {
            let Value::List(items) = &list.value else {
                self.say(&list.span, format!("`vary` must be a list of streams, not {}", list.value.kind()));
                return Replicates { seeds, vary };
            };
            vary.clear();
            for item in items {
                match named(&item.value, "stream", STREAMS, |s| s.0) {
                    Ok((_, stream)) => vary.push(*stream),
                    Err(message) => self.say(&item.span, message),
                }
            }
            vary.sort();
            vary.dedup();
        }
        Replicates { seeds, vary }
    }

    fn seeds(&mut self, list: &Node) -> Vec<u64> {
        let Value::List(items) = &list.value else {
            self.say(&list.span, format!("`seeds` must be a list of integers, not {}", list.value.kind()));
            return Vec::new();
        };
        let mut seeds = Vec::new();
        for item in items {
            match item.value {
                Value::Int(i) if i >= 0 && !seeds.contains(&(i as u64)) => seeds.push(i as u64),
                Value::Int(i) if i >= 0 => self.say(&item.span, format!("seed {i} appears twice")),
                _ => self.say(&item.span, "a seed is an integer, 0 or more"),
            }
        }
        if items.is_empty() || items.len() > MAX_SEEDS {
            self.say(&list.span, format!("1 to {MAX_SEEDS} seeds are needed"));
        }
        seeds
    }

    fn failure(&mut self, node: Option<&Node>) -> Failure {
        let node = self.table(node, "failure", &["policy", "diverged", "timeout"]);
        let mut failure = Failure { policy: Policy::Continue, loss_above: 1e6, timeout: None };
        match node.and_then(|n| n.value.get("policy")) {
            Some(policy @ Node { value: Value::Table(_), .. }) => {
                self.table(Some(policy), "failure.policy", &["stop-after"]);
                match self.count(Some(policy), "stop-after", 1, i64::MAX) {
                    Some(n) => failure.policy = Policy::StopAfter(n as usize),
                    None => self.say(&policy.span, "a policy is \"continue\", \"stop\" or { stop-after = 3 }"),
                }
            }
            Some(_) => {
                if let Some((_, policy)) =
                    self.choice(node, "policy", "failure policy", &[("continue", Policy::Continue), ("stop", Policy::StopAfter(1))], |p| {
                        p.0
                    })
                {
                    failure.policy = *policy;
                }
            }
            None => {}
        }
        if let Some(limit) = self
            .table(node.and_then(|n| n.value.get("diverged")), "failure.diverged", &["loss-above"])
            .and_then(|n| n.value.get("loss-above"))
        {
            match limit.value {
                Value::Int(i) if i > 0 => failure.loss_above = i as f64,
                Value::Number(x) if x > 0.0 => failure.loss_above = x,
                _ => self.say(&limit.span, "`loss-above` must be a number above 0"),
            }
        }
        if let Some(text) = node.and_then(|n| self.text(n, "timeout")) {
            match duration(&text) {
                Some(d) => failure.timeout = Some(d),
                None => self.say(
                    &node.and_then(|n| n.value.get("timeout")).and_then(|n| n.span.clone()),
                    "`timeout` must be like \"500ms\", \"30s\", \"10m\" or \"2h\"",
                ),
            }
        }
        failure
    }

    fn record(&mut self, node: Option<&Node>) -> RecordSettings {
        let node = self.table(node, "record", self.kind.record);
        let train = self.choice(
            node,
            "train",
            "measure of the training loss",
            &[("full", TrainLoss::Full), ("running", TrainLoss::Running)],
            |t| t.0,
        );
        let weights = self.choice(node, "weights", "choice of weights", WEIGHTS, |w| w.0);
        RecordSettings {
            every: self.count(node, "every", 1, 1_000_000).unwrap_or(1) as usize,
            train: train.map_or(TrainLoss::Full, |t| t.1),
            layers: self.extra(node, "layers"),
            weights: weights.map_or(KeptWeights::None, |w| w.1),
        }
    }

    fn extra(&mut self, node: Option<&Node>, name: &str) -> Extra {
        match node.and_then(|n| n.value.get(name)).map(|n| (&n.value, &n.span)) {
            None | Some((Value::Bool(false), _)) => Extra::Skip,
            Some((Value::Bool(true), _)) => Extra::Record,
            Some((other, span)) => {
                self.say(span, format!("`{name}` must be true or false, not {}", other.kind()));
                Extra::Skip
            }
        }
    }
}

/// The place inside a list that a message is about, where exactly one element is of the wrong kind; else the whole.
fn place(node: &Node, message: &str) -> Span {
    let Value::List(items) = &node.value else {
        return node.span.clone();
    };
    let quoted = |n: &&Node| message.contains(&format!("`{}`", n.value.plain())) || message.starts_with(&format!("{} ", n.value.plain()));
    items.iter().find(quoted).map_or(node.span.clone(), |n| n.span.clone())
}

fn duration(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let n: u64 = text[..digits].parse().ok().filter(|n| (1..=1_000_000_000).contains(n))?;
    match &text[digits..] {
        "ms" => Some(Duration::from_millis(n)),
        "s" => Some(Duration::from_secs(n)),
        "m" => Some(Duration::from_secs(60 * n)),
        "h" => Some(Duration::from_secs(3600 * n)),
        _ => None,
    }
}
