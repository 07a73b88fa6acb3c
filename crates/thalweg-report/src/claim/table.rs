//! Claims as tables: of a run, and the columns that every table of checks has.

use super::{Claim, Finding, Measured, Nature};
use crate::error::ReportError;
use crate::table::{Column, Table};

/// `claims.csv`: one row per check of the claims that come out the same on every run; `None` where there are none.
pub fn table(claims: &[Claim]) -> Result<Option<Table>, ReportError> {
    let judged: Vec<(i64, &Claim)> = (1..).zip(claims).filter(|(_, claim)| claim.nature == Nature::Reproducible).collect();
    let each =
        |of: &(i64, &Claim)| vec![*of; of.1.findings.len()].into_iter().map(|(i, claim)| (Some(i), claim.row.clone())).collect::<Vec<_>>();
    let (places, names): (Vec<_>, Vec<_>) = judged.iter().flat_map(each).unzip();
    if places.is_empty() {
        return Ok(None);
    }
    let mut columns = vec![Column::int("claim", places), Column::text("row", names)];
    columns.extend(checks(&judged.into_iter().map(|(_, claim)| claim).collect::<Vec<_>>()));
    Table::new(columns).map(Some)
}

/// What every table of checks says of each check, claim by claim.
pub fn checks(claims: &[&Claim]) -> Vec<Column> {
    // A verdict asks all findings of its claim, of which there may be thousands: once is enough.
    let verdicts = claims.iter().flat_map(|c| vec![Some(c.verdict().name().to_string()); c.findings.len()]).collect();
    let rows: Vec<(&Claim, &Finding)> = claims.iter().flat_map(|c| c.findings.iter().map(|f| (*c, f))).collect();
    let text =
        |name: &str, of: &dyn Fn(&Claim, &Finding) -> Option<String>| Column::text(name, rows.iter().map(|(c, f)| of(c, f)).collect());
    let measured = |of: fn(&Measured) -> f64| rows.iter().map(|(_, f)| f.measured.as_ref().map(of).filter(|v| !v.is_nan())).collect();
    let counted = |of: fn(&Measured) -> usize| rows.iter().map(|(_, f)| f.measured.as_ref().map(|m| of(m) as i64)).collect();
    vec![
        text("says", &|c, _| Some(c.says.clone())),
        Column::text("verdict", verdicts),
        text("erratum", &|c, _| c.erratum.clone()),
        text("check", &|_, f| Some(f.what.clone())),
        text("expected", &|_, f| Some(f.expected.text())),
        Column::float("value", measured(|m| m.value)),
        Column::float("ci_low", measured(|m| m.low)),
        Column::float("ci_high", measured(|m| m.high)),
        Column::int("n", counted(|m| m.n)),
        Column::int("n_left_out", counted(|m| m.n_left_out)),
        text("evidence", &|_, f| Some(f.evidence().name().into())),
    ]
}
