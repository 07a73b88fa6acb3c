//! What a report says first, for the page and for the list of runs.
//!
//! The page carries it as a block of data near its beginning, from which the list reads it back: a report is one file, and a folder that
//! was copied alone keeps its headline.

use serde::{Deserialize, Serialize};

use crate::answer::answer;
use crate::error::ReportError;
use crate::headline::headline;
use crate::html::json;
use crate::number::{rounded, shown_mean};
use crate::plot::{Drawn, Plot, Subject};
use crate::sheet::is_larger_better;

/// How the block begins and ends.
const OPEN: &str = "<script type=\"application/json\" id=\"card\">";
const CLOSE: &str = "</script>";

/// A run in a few words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// What it asks.
    pub question: String,
    /// The answer in one sentence.
    pub answer: String,
    /// What else is said in the headline.
    pub more: Vec<String>,
    /// Trials in the report.
    pub n_trials: usize,
    /// Trials in the plan.
    pub n_planned: usize,
    /// Trials that are not `ok`.
    pub n_failures: usize,
    /// Its figures, in the order of the page.
    #[serde(default)]
    pub figures: Vec<Figure>,
}

/// A figure in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Its file's name without ending.
    pub stem: String,
    /// What it asks.
    pub question: String,
    /// What it shows.
    pub caption: String,
}

impl Card {
    /// Of a run and its figures.
    pub fn new(subject: &Subject<'_>, drawn: &[(&'static Plot, Drawn)]) -> Result<Card, ReportError> {
        let figure = |(plot, d): &(&'static Plot, Drawn)| Figure {
            stem: d.stem.clone(),
            question: plot.question.into(),
            caption: d.caption.clone(),
        };
        Ok(Card {
            question: subject.sheet.question.clone(),
            answer: answer(subject)?,
            // What the headline says first is in the answer.
            more: headline(subject)?.into_iter().skip(1).collect(),
            n_trials: subject.tables.trials.n_rows(),
            n_planned: subject.sheet.n_planned,
            n_failures: subject.tables.failures.n_rows(),
            figures: drawn.iter().map(figure).collect(),
        })
    }

    /// As the page carries it.
    pub fn block(&self) -> Result<String, ReportError> {
        Ok(format!("{OPEN}{}{CLOSE}\n", json(self)?))
    }

    /// From a page's beginning; `None` where there is none, as in the reports of earlier versions.
    pub fn read(page: &str) -> Option<Card> {
        let (_, rest) = page.split_once(OPEN)?;
        serde_json::from_str(rest.split_once(CLOSE)?.0).ok()
    }
}

/// The numbers of the headline, each with its words; empty where configurations are not ranked or none ended well.
pub fn tiles(subject: &Subject<'_>) -> Result<Vec<(&'static str, String)>, ReportError> {
    let sheet = subject.sheet;
    let best = subject.order.first().map(|i| &subject.groups[*i]).and_then(|g| Some((g, g.estimate?)));
    let Some((best, e)) = best.filter(|_| sheet.headline.is_none()) else {
        return Ok(Vec::new());
    };
    let n_set = subject.tables.summary.text("best_set")?.iter().filter(|v| v.as_deref() == Some("yes")).count();
    let direction = if is_larger_better(&sheet.metric) { "best mean, higher is better" } else { "best mean, lower is better" };
    let interval = if e.low.is_finite() {
        format!("{} to {}", rounded(&e.low.to_string()), rounded(&e.high.to_string()))
    } else {
        "none from one seed".into()
    };
    let set = match (subject.groups.len(), e.n) {
        (1, _) => "the only one".into(),
        (all, 1) => format!("unknown of {all}: one seed"),
        (all, _) => format!("{n_set} of {all}"),
    };
    Ok(vec![
        (direction, shown_mean(&e)),
        ("95 % interval over seeds", interval),
        ("seeds of the best", if best.n_diverged > 0 { format!("{}, {} diverged", e.n, best.n_diverged) } else { e.n.to_string() }),
        ("cannot be told apart from the best, itself included", set),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_read_back_from_a_page_and_nothing_else_is() {
        let card = Card {
            question: "Is </script> \"safe\" & sound?".into(),
            answer: "Yes".into(),
            more: vec!["<b>".into()],
            n_trials: 3,
            n_planned: 4,
            n_failures: 1,
            figures: vec![Figure { stem: "path".into(), question: "Where?".into(), caption: "</script>".into() }],
        };
        let page = format!("<!doctype html><title>x</title>{}<style></style>", card.block().expect("text"));
        assert_eq!(Card::read(&page), Some(card));
        let bad = ["", "<html>", OPEN, &format!("{OPEN}{CLOSE}"), &format!("{OPEN}{{\"question\":1}}{CLOSE}"), &page[..page.len() / 2]];
        assert!(bad.iter().all(|text| Card::read(text).is_none()));
    }
}
