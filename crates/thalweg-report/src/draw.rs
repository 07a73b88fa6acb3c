//! `Tables -> files`: all tables, all figures, the page.

use std::path::Path;

use crate::claim;
use crate::error::ReportError;
use crate::files;
use crate::groups::{groups, ranked};
use crate::html;
use crate::place::place;
use crate::plot::{Subject, curves::Curves, draw_all};
use crate::sheet::Sheet;
use crate::table::Tables;

/// Writes everything into a run's folder; each file whole or not at all. Returns the files' names.
pub fn draw(dir: &Path, tables: &Tables, sheet: &Sheet) -> Result<Vec<String>, ReportError> {
    let mut written = Vec::new();
    let claims = claim::table(&tables.claims)?;
    let sheets = [
        (files::TRIALS, Some(&tables.trials)),
        (files::EPOCHS, Some(&tables.epochs)),
        (files::LAYERS, tables.layers.as_ref()),
        (files::NODES, tables.nodes.as_ref()),
        (files::HALVING, tables.halving.as_ref()),
        (files::PREDICTIONS, tables.examined.as_ref().and_then(|e| e.predictions.as_ref())),
        (files::CLAIMS, claims.as_ref()),
        (files::SUMMARY, Some(&tables.summary)),
        (files::FAILURES, Some(&tables.failures)),
        (files::TIMINGS, Some(&tables.timings)),
    ];
    for (name, table) in sheets.into_iter().filter_map(|(name, table)| Some((name, table?))) {
        table.write_csv(&dir.join(name))?;
        written.push(name.to_string());
    }
    for (name, table) in [(files::TRIALS_PARQUET, &tables.trials), (files::EPOCHS_PARQUET, &tables.epochs)] {
        table.write_parquet(&dir.join(name))?;
        written.push(name.to_string());
    }
    let found = groups(&tables.trials, sheet)?;
    let order = ranked(&found, sheet);
    let curves = Curves::new(&tables.epochs, &tables.trials)?;
    let subject = Subject { tables, sheet, groups: &found, order: &order, curves: &curves };
    let drawn = draw_all(&subject)?;
    for (_, plot) in &drawn {
        for (ending, bytes) in [("svg", plot.figure.svg.as_bytes()), ("png", &plot.figure.png)] {
            let name = format!("{}.{ending}", plot.stem);
            place(&dir.join(&name), bytes)?;
            written.push(name);
        }
    }
    // The page is the same for two runs that took different times.
    let (_, drawn): (Vec<_>, Vec<_>) = drawn.into_iter().partition(|(_, plot)| plot.stem == files::TIMELINE);
    place(&dir.join(files::REPORT), html::page(&subject, &drawn)?.as_bytes())?;
    written.push(files::REPORT.to_string());
    Ok(written)
}
