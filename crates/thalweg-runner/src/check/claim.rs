//! `[[claim]]`: expectations, typed against the columns that the study will have.

use thalweg_report::{Expected, PlotRequest};

use super::Checker;
use super::expression::Wants;
use crate::claim::{CHECK_KEYS, Check, Claim, Contrast, KEYS, Measure, Pick, Place, names};
use crate::diagnose::{Problem, Span, suggestion};
use crate::experiment::{Extra, RecordSettings};
use crate::expr::Type;
use crate::settings::Setting;
use crate::value::{Node, Value};

impl Checker {
    pub(super) fn claims(
        &mut self,
        root: &Node,
        swept: &[&'static Setting],
        record: &RecordSettings,
        plots: Option<&[PlotRequest]>,
    ) -> Vec<Claim> {
        self.tables(root, "claim").into_iter().filter_map(|node| self.claim(node, swept, record, plots)).collect()
    }

    fn claim(&mut self, node: &Node, swept: &[&'static Setting], record: &RecordSettings, plots: Option<&[PlotRequest]>) -> Option<Claim> {
        let before = self.problems.len();
        let node = self.table(Some(node), "claim", KEYS)?;
        let says = self.text(node, "says").unwrap_or_default();
        if before == self.problems.len() && says.trim().is_empty() {
            self.problems.push(Problem::at(&node.span, "`says` is missing: what is claimed").help("says = \"The larger rate is faster.\""));
        }
        let (row, erratum, figure) = (self.words(node, "row"), self.words(node, "erratum"), self.words(node, "figure"));
        if let Some(stem) = &figure {
            self.is_drawn(stem, node.value.get("figure").and_then(|n| n.span.clone()), plots);
        }
        let listed = self.tables(node, "check");
        let checks: Vec<Check> = listed.into_iter().filter_map(|node| self.check_of(node, swept, record)).collect();
        if before == self.problems.len() && checks.is_empty() {
            let problem = Problem::at(&node.span, "`check` is missing: what would show it");
            self.problems.push(problem.help("check = [{ what = \"final loss\", of = 'train_loss_final', below = 0.1 }]"));
        }
        Some(Claim { row, says, erratum, figure, checks })
    }

    /// Text that says something.
    fn words(&mut self, node: &Node, key: &str) -> Option<String> {
        let text = self.text(node, key)?;
        if text.trim().is_empty() {
            self.say(&node.value.get(key)?.span, format!("`{key}` is empty"));
        }
        Some(text)
    }

    /// A figure is one that the report draws, where the file says which.
    fn is_drawn(&mut self, stem: &str, span: Span, plots: Option<&[PlotRequest]>) {
        let Some(plots) = plots else { return };
        let stems: Vec<String> = plots.iter().map(|p| thalweg_report::plot::stem(p.plot.name, &p.arguments)).collect();
        if !stems.iter().any(|s| s == stem) {
            let problem = Problem::at(&span, format!("figure `{}` is not drawn", stem.escape_debug()));
            self.problems.push(problem.help(suggestion(stem, stems.iter().map(String::as_str))));
        }
    }

    fn check_of(&mut self, node: &Node, swept: &[&'static Setting], record: &RecordSettings) -> Option<Check> {
        let keys: Vec<&str> = CHECK_KEYS.iter().map(|k| k.0).collect();
        let node = self.table(Some(node), "check", &keys)?;
        let place = self.place(node, record);
        let names = names(self.kind, &place);
        let types: Vec<(&str, Type)> = names.iter().map(|(n, t)| (n.as_str(), *t)).collect();
        let Some(of) = node.value.get("of") else {
            self.problems.push(Problem::at(&node.span, "`of` is missing: the quantity").help("of = 'test_accuracy'"));
            return None;
        };
        let (of, of_type) = self.expression(of, &types, Wants::Quantity)?;
        let measure = if of_type == Type::Bool { Measure::Share } else { Measure::Number };
        if let (Some(against), None) = (node.value.get("against"), node.value.get("where")) {
            self.say(&against.span, "`against` needs `where`: which trials are compared with these");
            return None;
        }
        let chosen = node.value.get("where").map(|n| self.expression(n, &types, Wants::Truth));
        let against = node.value.get("against").map(|n| self.expression(n, &types, Wants::Truth));
        let contrast = match self.truth(node, "ratio") {
            true if against.is_none() || measure == Measure::Share => {
                self.say(&node.value.get("ratio")?.span, "a ratio is of two numbers: it needs `against`, and a quantity that is a number");
                return None;
            }
            true => Contrast::Ratio,
            false => Contrast::Difference,
        };
        let pick =
            self.choice(Some(node), "pick", "choice", &[("mean", Pick::Mean), ("best", Pick::Best)], |p| p.0).map_or(Pick::Mean, |p| p.1);
        if pick == Pick::Best && of.expr.names().contains("status") {
            self.say(
                &node.value.get("pick")?.span,
                "the best configuration is one whose trials all ended well, so its `status` says nothing",
            );
            return None;
        }
        let each = node.value.get("each").and_then(|n| self.swept(n, swept));
        let expected = self.expected(node)?;
        let what = self.words(node, "what").unwrap_or_else(|| of.text.clone());
        let (chosen, against) = (chosen.map(|c| Some(c?.0)), against.map(|c| Some(c?.0)));
        if chosen.as_ref().is_some_and(Option::is_none) || against.as_ref().is_some_and(Option::is_none) {
            return None;
        }
        Some(Check { what, of, measure, place, chosen: chosen.flatten(), against: against.flatten(), contrast, pick, each, expected })
    }

    fn place(&mut self, node: &Node, record: &RecordSettings) -> Place {
        let epoch = self.count(Some(node), "epoch", 0, i64::from(u32::MAX)).map(|e| e as u32);
        match (self.text(node, "layer"), epoch) {
            (Some(layer), epoch) => {
                if record.layers == Extra::Skip {
                    let span = node.value.get("layer").and_then(|n| n.span.clone());
                    let problem = Problem::at(&span, "layers are not recorded");
                    self.problems.push(problem.help("add to the file: [record] layers = true"));
                }
                Place::Layer(layer, epoch)
            }
            (None, Some(epoch)) => Place::Epoch(epoch),
            (None, None) => Place::Trial,
        }
    }

    fn truth(&mut self, node: &Node, key: &str) -> bool {
        match node.value.get(key).map(|n| (&n.value, &n.span)) {
            None => false,
            Some((Value::Bool(truth), _)) => *truth,
            Some((other, span)) => {
                self.say(span, format!("`{key}` must be true or false, not {}", other.kind()));
                false
            }
        }
    }

    fn swept(&mut self, node: &Node, swept: &[&'static Setting]) -> Option<&'static Setting> {
        let found = match &node.value {
            Value::Text(path) => swept.iter().find(|s| s.path == path),
            _ => None,
        };
        if found.is_none() {
            let word = node.value.plain();
            let problem = Problem::at(&node.span, format!("`each` is a setting that is swept, not {}", word.escape_debug()));
            self.problems.push(problem.help(suggestion(&word, swept.iter().map(|s| s.path))));
        }
        found.copied()
    }

    /// Exactly one of `above`, `below` and `is`, which has a `within`.
    fn expected(&mut self, node: &Node) -> Option<Expected> {
        let given: Vec<&str> = ["above", "below", "is"].into_iter().filter(|key| node.value.get(key).is_some()).collect();
        let [key] = given[..] else {
            let problem = Problem::at(&node.span, "a check has one of `above`, `below` and `is`");
            self.problems.push(problem.help("above = 0.0, or is = 2.9, within = 1e-9"));
            return None;
        };
        let value = self.number(node, key)?;
        let within = node.value.get("within").map(|_| self.number(node, "within"));
        match (key, within) {
            ("above", None) => Some(Expected::Above(value)),
            ("below", None) => Some(Expected::Below(value)),
            ("is", Some(within)) => within.filter(|w| *w >= 0.0).map(|within| Expected::Is { value, within }).or_else(|| {
                self.say(&node.value.get("within")?.span, "`within` must be 0 or more");
                None
            }),
            ("is", None) => {
                self.problems.push(Problem::at(&node.span, "`is` needs `within`: how far off it may be").help("within = 1e-9"));
                None
            }
            _ => {
                self.say(&node.value.get("within")?.span, "`within` goes with `is`");
                None
            }
        }
    }

    fn number(&mut self, node: &Node, key: &str) -> Option<f64> {
        let node = node.value.get(key)?;
        match node.value {
            Value::Int(i) => Some(i as f64),
            Value::Number(x) if x.is_finite() => Some(x),
            _ => {
                self.say(&node.span, format!("`{key}` must be a finite number"));
                None
            }
        }
    }
}
