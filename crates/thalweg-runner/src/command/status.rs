//! `status DIR`: how far a run is, by its records, and what a cluster says of it.

use std::path::Path;

use crate::cli::{Common, Ended, Exit, counted, print};
use crate::command::report::n_asked;
use crate::command::{Loaded, load_run_as};
use crate::diagnose::Problems;
use crate::launch::{self, Manifest, slurm};
use crate::record::Status;
use crate::store::Store;
use crate::sweep::{Needs, stored};

/// Counts what is done, and asks the queue where something was launched.
pub fn status(dir: &Path, common: &Common) -> Ended {
    let launched = launch::last_of(dir);
    let manifest = launched.as_ref().and_then(|(folder, launched)| Manifest::read(&folder.join(&launched.manifest)).ok());
    let (Loaded { experiment, plan, .. }, out) = load_run_as(dir, manifest.as_ref().map(|m| m.cpu.as_str()))?;
    let store = Store::new(&out);
    let warn = |m: &str| anstream::eprintln!("{m}");
    let records = stored(&plan, &experiment, &store, common.workers(), Needs::Record, &warn).map_err(Problems::one)?;
    let asked = n_asked(&plan, &experiment, &records);
    let of = |status: Status| records.values().filter(|r| r.status == status).count();
    let kinds = [(Status::Diverged, "diverged"), (Status::Failed, "failed"), (Status::TimedOut, "timed out")];
    let told: Vec<String> = kinds.iter().filter(|(s, _)| of(*s) > 0).map(|(s, word)| format!("{} {word}", of(*s))).collect();
    let told = if told.is_empty() { String::new() } else { format!(" ({})", told.join(", ")) };
    print(&format!(
        "{}: {} of {} done{told}, {} missing",
        experiment.name,
        records.len(),
        counted(asked, "trial"),
        asked.saturating_sub(records.len())
    ));
    let Some((folder, launched)) = launched else { return Ok(Exit::Fine) };
    for (name, number, what) in
        [(launched.name.clone(), &launched.array, "array"), (slurm::merge_of(&launched.name), &launched.merge, "merge")]
    {
        let line = match slurm::queued(&name) {
            Ok(None) => format!("  {what}, job {number}: not in the queue any more"),
            Ok(Some(found)) => format!("  {what}, job {}: {found}", found.job),
            Err(reason) => format!("  {what}, job {number}: {reason}"),
        };
        print(&line);
    }
    if asked > records.len() {
        print(&format!("  logs of the elements: {}", folder.display()));
    }
    Ok(Exit::Fine)
}
