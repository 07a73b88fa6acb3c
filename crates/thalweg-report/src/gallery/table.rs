//! All checks of a gallery in one table.

use super::Gallery;
use crate::claim::{Claim, Finding, Measured, Nature};
use crate::error::ReportError;
use crate::table::{Column, Table};

/// A check with its row, its experiment's file and its claim.
type Row<'a> = (String, &'a str, &'a Claim, &'a Finding);

/// One row per check, in the order of the gallery.
pub fn table(gallery: &Gallery) -> Result<Table, ReportError> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut verdicts: Vec<Option<String>> = Vec::new();
    for section in gallery.sections() {
        for row in section.rows {
            for (entry, claims) in &row.runs {
                // A verdict asks all findings of its claim: once is enough.
                verdicts.extend(claims.iter().flat_map(|c| vec![Some(c.verdict().name().to_string()); c.findings.len()]));
                let each = claims.iter().flat_map(|c| c.findings.iter().map(move |f| (*c, f)));
                rows.extend(each.map(|(c, f)| (row.title.clone(), entry.file.as_str(), c, f)));
            }
        }
    }
    let text = |name: &str, of: &dyn Fn(&Row<'_>) -> String| {
        Column::text(name, rows.iter().map(|row| Some(of(row)).filter(|t| !t.is_empty())).collect())
    };
    let number = |name: &str, of: &dyn Fn(&Measured) -> f64| {
        Column::float(name, rows.iter().map(|row| row.3.measured.as_ref().map(of).filter(|v| !v.is_nan())).collect())
    };
    Table::new(vec![
        text("row", &|r| r.0.clone()),
        text("experiment", &|r| r.1.into()),
        text("says", &|r| r.2.says.clone()),
        Column::text("verdict", verdicts),
        text("erratum", &|r| r.2.erratum.clone().unwrap_or_default()),
        text("check", &|r| r.3.what.clone()),
        text("expected", &|r| r.3.expected.text()),
        number("value", &|m| m.value),
        number("ci_low", &|m| m.low),
        number("ci_high", &|m| m.high),
        Column::int("n", rows.iter().map(|row| row.3.measured.as_ref().map(|m| m.n as i64)).collect()),
        Column::int("n_left_out", rows.iter().map(|row| row.3.measured.as_ref().map(|m| m.n_left_out as i64)).collect()),
        text("evidence", &|r| r.3.evidence().name().into()),
        text("nature", &|r| match r.2.nature {
            Nature::Reproducible => "reproducible".into(),
            Nature::Timed => "timed".into(),
        }),
    ])
}
