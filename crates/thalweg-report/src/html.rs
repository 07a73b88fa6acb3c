//! The page: one file, no network, readable without JavaScript.

use minijinja::{Environment, context};

use crate::canvas::failed;
use crate::error::ReportError;
use crate::groups::Group;
use crate::plot::{Drawn, Plot, Subject};
use crate::stats::Estimate;
use crate::table::Table;

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

/// What is best, how sure that is, and what comes next: sentences.
fn headline(subject: &Subject<'_>) -> Result<Vec<String>, ReportError> {
    let (sheet, metric) = (subject.sheet, subject.sheet.column());
    if let Some(headline) = sheet.headline {
        return Ok(vec![headline.into()]);
    }
    let usable: Vec<&Group> = subject.order.iter().map(|i| &subject.groups[*i]).filter(|g| g.estimate.is_some()).collect();
    let Some((best, estimate)) = usable.first().and_then(|g| Some((g, g.estimate?))) else {
        return Ok(vec!["No trial ended well: there is nothing to compare.".into()]);
    };
    let mut lines = vec![format!("Best: {} with mean {metric} {}.", best.label(&sheet.axes), shown(&estimate))];
    let trials = &subject.tables.trials;
    for (name, words) in [("test_accuracy", "test accuracy"), ("test_r2", "test R²")] {
        for column in measured(&[&sheet.at_same_place(name)], trials)? {
            let test = trials.float(&column)?;
            let values: Vec<f64> = best.rows.iter().filter_map(|r| test[*r]).collect();
            lines.extend(crate::stats::estimate(&values).map(|e| format!("Its mean {words} is {}.", shown(&e))));
        }
    }
    let n_set = subject.tables.summary.text("best_set")?.iter().filter(|v| v.as_deref() == Some("yes")).count();
    if n_set > 1 {
        let weak = if estimate.n <= 3 { "; with so few seeds this test is weak" } else { "" };
        lines.push(format!(
            "{n_set} of {} configurations cannot be told apart from it (paired t over seeds, Holm, α = 0.05{weak}).",
            subject.groups.len()
        ));
    } else if subject.groups.len() > 1 {
        lines.push("It is told apart from all others (paired t over seeds, Holm, α = 0.05).".into());
    }
    if let Some((second, e)) = usable.get(1).and_then(|g| Some((g, g.estimate?))) {
        let noise = estimate.sd.max(e.sd);
        let gap = (e.mean - estimate.mean).abs();
        let size = if !noise.is_finite() {
            "; one seed says nothing of noise"
        } else if gap > noise {
            ", more than one seed's noise"
        } else {
            ", less than one seed's noise"
        };
        lines.push(format!(
            "Runner-up: {} with {}; the gap is {}{size}.",
            second.label(&sheet.axes),
            shown(&e),
            rounded(&format!("{gap:e}"))
        ));
    }
    let n_diverged: usize = subject.groups.iter().map(|g| g.n_diverged).sum();
    if n_diverged > 0 {
        lines.push(format!("{n_diverged} trials diverged; they are counted, never averaged."));
    }
    Ok(lines)
}

/// Those of the columns that a table has with a number in them.
fn measured(names: &[&str], table: &Table) -> Result<Vec<String>, ReportError> {
    let known = table.names();
    let mut found = Vec::new();
    for name in names.iter().filter(|name| known.iter().any(|k| k == *name)) {
        if table.float(name)?.iter().any(Option::is_some) {
            found.push(name.to_string());
        }
    }
    Ok(found)
}

fn shown(e: &Estimate) -> String {
    let interval =
        if e.low.is_finite() { format!(" [{}, {}]", rounded(&e.low.to_string()), rounded(&e.high.to_string())) } else { String::new() };
    format!("{}{interval} (n = {})", rounded(&e.mean.to_string()), e.n)
}

/// Long numbers to four significant digits; everything else as it is.
fn rounded(cell: &str) -> String {
    match cell.parse::<f64>() {
        Ok(v) if cell.len() > 6 && v.is_finite() && v != 0.0 => {
            let digits = 3 - v.abs().log10().floor() as i32;
            if (0..=8).contains(&digits) { format!("{v:.*}", digits as usize) } else { format!("{v:.3e}") }
        }
        _ => cell.to_string(),
    }
}
