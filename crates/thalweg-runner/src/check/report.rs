//! `[report]`: the metric, and plots that the study can have.

use std::collections::BTreeSet;

use thalweg_report::look::{DPIS, WIDTHS};
use thalweg_report::plot::Argument;
use thalweg_report::{At, Look, PlotRequest, THEMES};

use super::Checker;
use crate::diagnose::{Problem, Span, suggestion};
use crate::experiment::{Extra, RecordSettings, ReportSettings};
use crate::probe::LAYER_PROBES;
use crate::settings::Setting;
use crate::threshold::Thresholds;
use crate::value::{Node, Value};

/// The keys of `[report]`; a kind without outcomes has no thresholds.
const KEYS: &[&str] = &["metric", "at", "plots", "theme", "dpi", "width"];
const KEYS_AND_THRESHOLDS: &[&str] = &["metric", "at", "plots", "theme", "dpi", "width", "thresholds"];

/// What a plot that asks trained models needs.
const WEIGHTS: &str = "weights";

impl Checker {
    pub(super) fn report(&mut self, node: Option<&Node>, swept: &[&Setting], record: &RecordSettings) -> ReportSettings {
        let node = self.table(node, "report", if self.kind.thresholds.is_empty() { KEYS } else { KEYS_AND_THRESHOLDS });
        let metric = self.choice(node, "metric", "metric", &(self.kind.quantities)(), |p| p.name).map_or(self.kind.metric.0, |p| p.name);
        let at = self
            .choice(node, "at", "place", &[("best-epoch", At::BestEpoch), ("final", At::Final)], |a| a.0)
            .map_or(self.kind.metric.1, |a| a.1);
        let plots = node.and_then(|n| n.value.get("plots")).map(|list| self.plots(list, swept, record));
        let look = self.look(node);
        let thresholds = self.thresholds(node);
        ReportSettings { metric: metric.into(), at, plots, look, thresholds }
    }

    fn look(&mut self, node: Option<&Node>) -> Look {
        let plain = Look::default();
        let theme = self.choice(node, "theme", "theme", THEMES, |t| t.name).unwrap_or(plain.theme);
        let dpi = self.count(node, "dpi", i64::from(*DPIS.start()), i64::from(*DPIS.end())).map_or(plain.dpi, |v| v as u32);
        let width = self.count(node, "width", i64::from(*WIDTHS.start()), i64::from(*WIDTHS.end())).map_or(plain.width, |v| v as u32);
        Look { theme, dpi, width }
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

    fn plots(&mut self, list: &Node, swept: &[&Setting], record: &RecordSettings) -> Vec<PlotRequest> {
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
                        self.needs(&request, record, &item.span);
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
    fn needs(&mut self, request: &PlotRequest, record: &RecordSettings, span: &Span) {
        let layers = record.layers;
        let of_layers = |name: &str| name.strip_prefix("layers.").is_some_and(|name| LAYER_PROBES.iter().any(|p| p.name == name));
        let can_layers = self.kind.record.contains(&"layers");
        if layers == Extra::Skip && can_layers && request.plot.needs.iter().any(|name| of_layers(name)) {
            let message = format!("plot `{}` draws layers, which are not recorded", request.plot.name);
            self.problems.push(Problem::at(span, message).help("add to the file: [record] layers = true"));
            return;
        }
        let needs_weights = request.plot.needs.contains(&WEIGHTS);
        if needs_weights && self.kind.record.contains(&WEIGHTS) && !record.weights.is_file() {
            let message = format!("plot `{}` asks trained models, whose weights are not kept", request.plot.name);
            self.problems.push(Problem::at(span, message).help("add to the file: [record] weights = \"best\""));
            return;
        }
        let can_keep = self.kind.record.contains(&WEIGHTS);
        let has = |name: &str| {
            (name == WEIGHTS && can_keep) || self.kind.index(name).is_some() || (can_layers && layers == Extra::Record && of_layers(name))
        };
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
                Argument::LayerQuantity => ("is not recorded of layers", LAYER_PROBES.iter().map(|p| p.name).collect()),
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
