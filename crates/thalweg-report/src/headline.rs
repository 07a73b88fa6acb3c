//! What a report says first: what is best, how sure that is, and what comes next.

use crate::error::ReportError;
use crate::groups::Group;
use crate::number::{rounded, shown};
use crate::plot::Subject;
use crate::table::Table;

/// What is best, how sure that is, and what comes next: sentences.
pub fn headline(subject: &Subject<'_>) -> Result<Vec<String>, ReportError> {
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
pub fn measured(names: &[&str], table: &Table) -> Result<Vec<String>, ReportError> {
    let known = table.names();
    let mut found = Vec::new();
    for name in names.iter().filter(|name| known.iter().any(|k| k == *name)) {
        if table.float(name)?.iter().any(Option::is_some) {
            found.push(name.to_string());
        }
    }
    Ok(found)
}
