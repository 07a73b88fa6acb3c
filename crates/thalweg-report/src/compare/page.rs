//! `compare.html`: one file, no network, readable without JavaScript.

use minijinja::context;

use super::terminal::{interval, side};
use super::{Change, Comparison};
use crate::canvas::Figure;
use crate::error::ReportError;
use crate::html::{Layout, render};
use crate::number::rounded;

/// The most rows of the page; all are in the CSV.
const MAX_ROWS: usize = 1000;

/// A figure with what it shows.
pub struct Drawn {
    /// Stem of its files' names.
    pub stem: &'static str,
    /// The picture.
    pub figure: Figure,
    /// What it answers.
    pub question: &'static str,
    /// What is seen, with n and the band's name.
    pub caption: String,
}

impl Comparison {
    /// Renders the page.
    pub fn page(&self, drawn: &[Drawn]) -> Result<String, ReportError> {
        let rows: Vec<Vec<String>> = self
            .by_evidence()
            .iter()
            .take(MAX_ROWS)
            .map(|row| {
                let p = if row.p_holm.is_nan() { "–".into() } else { rounded(&row.p_holm.to_string()) };
                row.cells
                    .iter()
                    .cloned()
                    .chain([side(&row.a), side(&row.b), interval(row), p, row.test.into(), row.verdict.name().into()])
                    .collect()
            })
            .collect();
        let cell = |of: &Option<String>| of.clone().unwrap_or_else(|| "–".into());
        let changes: Vec<Vec<String>> = self.changes.iter().map(|Change { path, a, b }| vec![path.clone(), cell(a), cell(b)]).collect();
        let figure = |d: &Drawn| context! { stem => d.stem, svg => &d.figure.svg, question => d.question, caption => &d.caption };
        let figures: Vec<_> = drawn.iter().map(figure).collect();
        let values = context! {
            title => format!("{} against {}", self.names[1], self.names[0]), names => &self.names, sentence => self.sentence(),
            counts => self.counts(), noise => self.noise_text(), metric => &self.metric, axes => &self.axes, rows, changes, figures,
            n_rows => self.rows.len(), n_more => self.rows.len().saturating_sub(MAX_ROWS),
        };
        render(&Layout { template: include_str!("compare.html"), script: "" }, values)
    }
}
