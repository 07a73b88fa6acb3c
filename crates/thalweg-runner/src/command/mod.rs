//! The commands, one file each, and what they share.

pub mod catalog;
pub mod compare;
pub mod data;
pub mod gradcheck;
pub mod new;
pub mod plan;
pub mod report;
pub mod sweep;

use std::path::Path;

use crate::diagnose::Problems;
use crate::experiment::Experiment;
use crate::library::Library;
use crate::plan::{Plan, expand};
use crate::{check, file, overlay};

/// An experiment that can run: checked, expanded, its data loaded.
pub struct Loaded {
    /// What was asked.
    pub experiment: Experiment,
    /// What will run.
    pub plan: Plan,
    /// Its data.
    pub library: Library,
}

/// Reads, checks and expands a file with `--set` laid over it.
pub fn load(path: &Path, sets: &[String]) -> Result<Loaded, Problems> {
    let mut file = file::read(path)?;
    overlay::overlay(&mut file, sets)?;
    let experiment = check::check(&file)?;
    let library = Library::new(&experiment.dir);
    let plan = expand(&experiment, &library).map_err(|mut list| {
        list.sort_by_key(|p| p.span.as_ref().map_or(0, |s| s.start));
        Problems { file: path.display().to_string(), text: file.text, list }
    })?;
    Ok(Loaded { experiment, plan, library })
}
