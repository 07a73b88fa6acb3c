//! The page of a run.

use minijinja::{Value, context};

use crate::claim::Nature;
use crate::error::ReportError;
use crate::files;
use crate::html::card::{Card, tiles};
use crate::html::data::{Data, NONE};
use crate::html::{Layout, claims, json, render};
use crate::plot::{Drawn, Plot, Subject};

/// The page's parts.
const LAYOUT: Layout = Layout {
    template: include_str!("page.html"),
    script: concat!(include_str!("dom.js"), include_str!("parallel.js"), include_str!("curves.js"), include_str!("app.js")),
};
/// Rows of the configurations without a script; all are in the CSV.
const SHOWN: usize = 100;
/// Rows of failures on the page; all are in the CSV.
const MAX_FAILURES: usize = 200;

/// Renders the page.
pub fn page(subject: &Subject<'_>, drawn: &[(&'static Plot, Drawn)]) -> Result<String, ReportError> {
    let sheet = subject.sheet;
    let figures: Vec<_> = drawn
        .iter()
        .map(|(plot, d)| context! { question => plot.question, svg => &d.figure.svg, caption => &d.caption, stem => &d.stem })
        .collect();
    let data = Data::new(subject)?;
    let (columns, rows) = (&data.configs.columns, data.configs.rows[..data.configs.rows.len().min(SHOWN)].to_vec());
    let card = Card::new(subject, drawn)?;
    let failures = &subject.tables.failures;
    // The page is the same for two runs that took different times.
    let (judged, timed): (Vec<_>, Vec<_>) = subject.tables.claims.iter().partition(|c| c.nature == Nature::Reproducible);
    render(
        &LAYOUT,
        context! {
            title => &sheet.name, question => &sheet.question, answer => &card.answer, more => &card.more, tiles => tiles(subject)?,
            notes => &sheet.notes, n_trials => card.n_trials, n_planned => card.n_planned, card => card.block()?, figures,
            claims => claims::shown(judged), n_timed => timed.len(),
            is_ranked => sheet.headline.is_none(), metric => sheet.column(), columns => headers(columns, &rows), rows, n_configs => data.configs.n,
            n_failures => failures.n_rows(), by_status => by_status(subject)?, failed_rows => failed_rows(subject)?,
            settings => &sheet.settings_toml, environment => &sheet.environment, data => json(&data)?,
            names => context! { summary => files::SUMMARY, trials => files::TRIALS, failures => files::FAILURES, claims => files::CLAIMS, index => files::INDEX },
        },
    )
}

/// Headers in parts between which a line may end, and whether their columns are text.
fn headers(names: &[String], rows: &[Vec<String>]) -> Vec<Value> {
    let is_text = |c: usize| rows.iter().any(|row| row[c] != NONE) && rows.iter().all(|row| row[c].parse::<f64>().is_err());
    let parts = |name: &String| name.split_inclusive(['.', '_']).map(String::from).collect::<Vec<_>>();
    names.iter().enumerate().map(|(c, name)| context! { parts => parts(name), is_text => is_text(c) }).collect()
}

/// `3 diverged, 1 failed`, in the order of the table.
fn by_status(subject: &Subject<'_>) -> Result<String, ReportError> {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for status in subject.tables.failures.text("status")?.into_iter().flatten() {
        match counts.iter_mut().find(|(s, _)| *s == status) {
            Some((_, n)) => *n += 1,
            None => counts.push((status, 1)),
        }
    }
    Ok(counts.iter().map(|(status, n)| format!("{n} {status}")).collect::<Vec<_>>().join(", "))
}

fn failed_rows(subject: &Subject<'_>) -> Result<Vec<Vec<String>>, ReportError> {
    let failures = &subject.tables.failures;
    let columns = ["key", "seed", "status", "reason", "repeat"].map(|n| failures.text(n)).into_iter().collect::<Result<Vec<_>, _>>()?;
    let cell = |column: usize, row: usize| {
        let text = columns[column][row].as_deref().unwrap_or_default();
        // As much of a key as the repeat commands hold.
        if column == 0 { text.chars().take(12).collect() } else { text.to_string() }
    };
    Ok((0..failures.n_rows().min(MAX_FAILURES)).map(|r| (0..columns.len()).map(|c| cell(c, r)).collect()).collect())
}
