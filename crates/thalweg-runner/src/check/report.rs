//! `[report]`: the metric, and plots that the study can have.

use std::collections::BTreeSet;

use thalweg_report::plot::Argument;
use thalweg_report::{At, PlotRequest};

use super::Checker;
use crate::diagnose::{Problem, Span, suggestion};
use crate::experiment::ReportSettings;
use crate::settings::Setting;
use crate::threshold::Thresholds;
use crate::value::{Node, Value};

/// The keys of `[report]`; a kind without outcomes has no thresholds.
const KEYS: &[&str] = &["metric", "at", "plots"];
const KEYS_AND_THRESHOLDS: &[&str] = &["metric", "at", "plots", "thresholds"];

impl Checker {
    pub(super) fn report(&mut self, node: Option<&Node>, swept: &[&Setting]) -> ReportSettings {
        let node = self.table(node, "report", if self.kind.thresholds.is_empty() { KEYS } else { KEYS_AND_THRESHOLDS });
        let metric = self.choice(node, "metric", "metric", &(self.kind.quantities)(), |p| p.name).map_or(self.kind.metric.0, |p| p.name);
        let at = self
            .choice(node, "at", "place", &[("best-epoch", At::BestEpoch), ("final", At::Final)], |a| a.0)
            .map_or(self.kind.metric.1, |a| a.1);
        let plots = node.and_then(|n| n.value.get("plots")).map(|list| self.plots(list, swept));
        let thresholds = self.thresholds(node);
        ReportSettings { metric: metric.into(), at, plots, thresholds }
    }

    fn thresholds(&mut self, node: Option<&Node>) -> Thresholds {
        let (rows, mut thresholds) = (self.kind.thresholds, Thresholds::default());
        let names: Vec<&str> = rows.iter().map(|t| t.name).collect();
        let given = self.table(node.and_then(|n| n.value.get("thresholds")), "report.thresholds", &names);
        for row in rows {
            if let Some(node) = given.and_then(|n| n.value.get(row.name))
                && let Err(message) = thresholds.set(row, &node.value)
            {
                self.say(&node.span, format!("report.thresholds.{}: {message}", row.name));
            }
        }
        thresholds
    }

    fn plots(&mut self, list: &Node, swept: &[&Setting]) -> Vec<PlotRequest> {
        let Value::List(items) = &list.value else {
            self.say(&list.span, format!("`plots` must be a list of plots, not {}", list.value.kind()));
            return Vec::new();
        };
        let (mut plots, mut seen) = (Vec::new(), BTreeSet::new());
        for item in items {
            match &item.value {
                Value::Text(text) if !seen.insert(text.as_str()) => {
                    self.say(&item.span, format!("plot `{}` is asked for twice", text.escape_debug()))
                }
                Value::Text(text) => match thalweg_report::parse_plot_request(text) {
                    Ok(request) => {
                        self.needs(&request, &item.span);
                        self.arguments(&request, swept, &item.span);
                        plots.push(request);
                    }
                    Err(message) => self.say(&item.span, message),
                },
                other => self.say(&item.span, format!("a plot is text, not {}", other.kind())),
            }
        }
        plots
    }

    /// What a plot draws must be recorded.
    fn needs(&mut self, request: &PlotRequest, span: &Span) {
        let has = |name: &str| self.kind.index(name).is_some();
        if let Some(missing) = request.plot.needs.iter().find(|name| !has(name)) {
            let fits = thalweg_report::PLOTS.iter().filter(|p| p.needs.iter().all(|n| has(n))).map(|p| p.name);
            let possible = fits.collect::<Vec<_>>().join(", ");
            let message = format!("plot `{}` draws `{missing}`, which kind `{}` does not record", request.plot.name, self.kind.name);
            self.problems.push(Problem::at(span, message).help(format!("possible: {possible}")));
        }
    }

    /// What stands behind its colon must be swept, or recorded.
    fn arguments(&mut self, request: &PlotRequest, swept: &[&Setting], span: &Span) {
        let quantities: Vec<String> = (self.kind.quantities)().iter().flat_map(|q| [q.name.into(), format!("{}_final", q.name)]).collect();
        for (kind, word) in request.plot.arguments.iter().zip(&request.arguments) {
            let (what, possible): (_, Vec<&str>) = match kind {
                Argument::Axis => ("is not swept", swept.iter().map(|s| s.path).collect()),
                Argument::Quantity => ("is not recorded", quantities.iter().map(String::as_str).collect()),
            };
            if !possible.contains(&word.as_str()) {
                let message = format!("plot `{}`: `{}` {what}", request.plot.name, word.escape_debug());
                let help = if possible.is_empty() { "this file has no axes".into() } else { suggestion(word, possible) };
                self.problems.push(Problem::at(span, message).help(help));
            }
        }
    }
}
