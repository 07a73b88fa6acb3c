//! `compare A B`: paired differences between two runs, on the terminal and as CSV beside B.

use std::fs;
use std::path::Path;

use thalweg_report::{Table, files};

use crate::check;
use crate::cli::{Ended, Exit, print};
use crate::diagnose::Problems;
use crate::file;

/// A is the baseline; the verdict is about B.
pub fn compare(a: &Path, b: &Path, gate: bool) -> Ended {
    let experiment = check::check(&file::read(&b.join(files::EXPERIMENT))?)?;
    let read = |dir: &Path| {
        let path = dir.join(files::TRIALS);
        Table::read_csv(&path).map_err(|e| Problems::one(format!("cannot read {}: {e}", path.display())))
    };
    let metric = match experiment.report.at {
        thalweg_report::At::BestEpoch => experiment.report.metric.clone(),
        thalweg_report::At::Final => format!("{}_final", experiment.report.metric),
    };
    let comparison = thalweg_report::compare(&read(a)?, &read(b)?, &metric).map_err(|e| Problems::one(e.to_string()))?;
    print(&comparison.to_terminal());
    let name = fs::canonicalize(a).ok().and_then(|p| Some(p.file_name()?.to_string_lossy().into_owned())).unwrap_or_else(|| "a".into());
    let path = b.join(files::comparison(&name));
    comparison.table().and_then(|t| t.write_csv(&path)).map_err(|e| Problems::one(format!("cannot write {}: {e}", path.display())))?;
    print(&format!("wrote {}", path.display()));
    Ok(if gate && comparison.has_regression() { Exit::Failed } else { Exit::Fine })
}
