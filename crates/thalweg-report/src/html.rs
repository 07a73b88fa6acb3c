//! The page: one file, no network, readable without JavaScript.

use minijinja::{Environment, context};

use crate::canvas::failed;
use crate::error::ReportError;
use crate::headline::{headline, measured};
use crate::number::rounded;
use crate::plot::{Drawn, Plot, Subject};

/// Rows of the summary shown before the rest is folded.
const SHOWN: usize = 20;
/// Rows of failures on the page; all are in the CSV.
const MAX_FAILURES: usize = 200;

/// Renders the page.
pub fn page(subject: &Subject<'_>, drawn: &[(&'static Plot, Drawn)]) -> Result<String, ReportError> {
    let (sheet, summary) = (subject.sheet, &subject.tables.summary);
    let mut environment = Environment::new();
    environment.add_template("page", include_str!("page.html")).map_err(failed)?;
    let figures: Vec<_> = drawn
        .iter()
        .map(|(plot, d)| context! { question => plot.question, svg => &d.figure.svg, caption => &d.caption, stem => &d.stem })
        .collect();
    let wanted = ["rank", "best_set"].into_iter().map(String::from).chain(sheet.axes.iter().cloned());
    let names: Vec<String> = wanted
        .chain(["n", "n_diverged", "mean", "sd", "ci_low", "ci_high"].map(String::from))
        .chain(measured(&["test_accuracy_mean", "test_r2_mean", "test_loss_mean"], summary)?)
        .collect();
    let columns = names.iter().map(|n| summary.text(n)).collect::<Result<Vec<_>, _>>()?;
    let rows: Vec<Vec<String>> =
        (0..summary.n_rows()).map(|r| columns.iter().map(|c| rounded(c[r].as_deref().unwrap_or("–"))).collect()).collect();
    let failures = &subject.tables.failures;
    let failed_columns = ["key", "seed", "status", "reason", "repeat"].map(|n| failures.text(n));
    let failed_columns = failed_columns.into_iter().collect::<Result<Vec<_>, _>>()?;
    let failed_rows: Vec<Vec<String>> = (0..failures.n_rows().min(MAX_FAILURES))
        .map(|r| failed_columns.iter().map(|c| c[r].clone().unwrap_or_default()).collect())
        .collect();
    let template = environment.get_template("page").map_err(failed)?;
    template
        .render(context! {
            name => &sheet.name, question => &sheet.question, headline => headline(subject)?, notes => &sheet.notes, figures, names, is_ranked => sheet.headline.is_none(),
            top => rows[..rows.len().min(SHOWN)].to_vec(), rest => rows[rows.len().min(SHOWN)..].to_vec(), n_rest => rows.len().saturating_sub(SHOWN),
            failed_rows, n_failures => failures.n_rows(), settings => &sheet.settings_toml,
            n_trials => subject.tables.trials.n_rows(), n_planned => sheet.n_planned, metric => sheet.column(),
        })
        .map_err(failed)
}
