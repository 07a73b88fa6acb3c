//! A comparison's files, in the folder of the run that the verdict is about.

use std::path::{Path, PathBuf};

use super::Comparison;
use crate::error::ReportError;
use crate::files;
use crate::look::Look;
use crate::place::place;
use crate::table::Table;

/// What the figures draw from, beside the comparison: A's first.
pub struct Sources<'a> {
    /// The runs' `trials.csv`.
    pub trials: [&'a Table; 2],
    /// Where their `epochs.csv` lie; only what the curves need of them is kept.
    pub epochs: [&'a Path; 2],
    /// How figures look.
    pub look: &'a Look,
}

impl Comparison {
    /// Writes table, figures and page beside B's report; each file whole or not at all. Returns the page's path.
    pub fn write(&self, dir: &Path, sources: &Sources<'_>) -> Result<PathBuf, ReportError> {
        let path = |ending: &str| dir.join(files::comparison(&self.names[0], ending));
        self.table()?.write_csv(&path(".csv"))?;
        let drawn = [self.differences(sources.look)?, self.overlay(sources.look, sources.trials, sources.epochs)?];
        let drawn: Vec<_> = drawn.into_iter().flatten().collect();
        for d in &drawn {
            place(&path(&format!("-{}.svg", d.stem)), d.figure.svg.as_bytes())?;
            place(&path(&format!("-{}.png", d.stem)), &d.figure.png)?;
        }
        let page = path(".html");
        place(&page, self.page(&drawn)?.as_bytes())?;
        Ok(page)
    }
}
