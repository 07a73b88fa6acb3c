//! The commands, one file each, and what they share.

pub mod catalog;
pub mod compare;
pub mod data;
pub mod explain;
pub mod export;
pub mod gallery;
pub mod gc;
pub mod gradcheck;
pub mod new;
pub mod plan;
pub mod predict;
pub mod report;
pub mod status;
pub mod sweep;
pub mod verify;
pub mod worker;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thalweg_report::files;

use crate::diagnose::Problems;
use crate::experiment::Experiment;
use crate::library::Library;
use crate::plan::{Plan, expand};
use crate::{check, file, overlay};

/// An experiment that can run: checked, expanded, its data loaded.
pub struct Loaded {
    /// What was asked.
    pub experiment: Arc<Experiment>,
    /// What will run.
    pub plan: Plan,
    /// Its data.
    pub library: Arc<Library>,
}

/// Reads, checks and expands a file with `--set` laid over it.
pub fn load(path: &Path, sets: &[String]) -> Result<Loaded, Problems> {
    load_with(path, sets, |_| {})
}

/// The same with a last change before it is expanded.
pub fn load_with(path: &Path, sets: &[String], change: impl FnOnce(&mut Experiment)) -> Result<Loaded, Problems> {
    let mut file = file::read(path)?;
    overlay::overlay(&mut file, sets)?;
    let mut experiment = check::check(&file)?;
    change(&mut experiment);
    let experiment = Arc::new(experiment);
    let library = Arc::new(Library::new(&experiment.dir));
    let plan = expand(&experiment, &library).map_err(|mut list| {
        list.sort_by_key(|p| p.span.as_ref().map_or(0, |s| s.start));
        Problems { file: path.display().to_string(), text: file.text, list }
    })?;
    Ok(Loaded { experiment, plan, library })
}

/// The experiment of a run's folder, and the `--out` that the folder lies in.
pub fn load_run(dir: &Path) -> Result<(Loaded, PathBuf), Problems> {
    load_run_as(dir, None)
}

/// The same for another machine's CPU, which is in the keys of what it planned.
pub fn load_as(path: &Path, sets: &[String], cpu: Option<&str>) -> Result<Loaded, Problems> {
    load_with(path, sets, |experiment| experiment.cpu = cpu.map_or_else(|| experiment.cpu.clone(), String::from))
}

/// A run, likewise.
pub fn load_run_as(dir: &Path, cpu: Option<&str>) -> Result<(Loaded, PathBuf), Problems> {
    let loaded = load_as(&dir.join(files::EXPERIMENT), &[], cpu)?;
    let whole = fs::canonicalize(dir).map_err(|e| Problems::one(format!("cannot open {}: {e}", dir.display())))?;
    match whole.parent().filter(|_| whole.file_name().is_some_and(|n| n == loaded.experiment.name.as_str())) {
        Some(out) => Ok((loaded, out.to_path_buf())),
        None => Err(Problems::one(format!("{} is not the folder of the run `{}`", dir.display(), loaded.experiment.name))),
    }
}
