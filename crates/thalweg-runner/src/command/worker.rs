//! `worker --plan FILE --shard i/n`: runs one slice of a plan into the store and writes neither tables nor a report.
//!
//! Workers share nothing but the store, so they may run at once or in turn, here or on other machines that see the folder.
//! `sweep` or `report` then finds every record and leaves what one process would have left.

use std::fs;
use std::path::{Path, PathBuf};

use thalweg_report::files;

use crate::cli::{Ended, Exit, WorkerArgs};
use crate::clock::Stopwatch;
use crate::command::{Loaded, load_as, load_run_as, report};
use crate::diagnose::{Problem, Problems};
use crate::halving::{self, Fate, Undecided};
use crate::launch::Manifest;
use crate::plan::{Plan, cpu};
use crate::progress::Progress;
use crate::record::Status;
use crate::shard::{Shard, Which};
use crate::store::Store;
use crate::sweep::{Options, Retry, sweep};
use crate::trainer::{States, Trainer};

/// Runs what is missing of a slice.
pub fn worker(args: &WorkerArgs) -> Ended {
    let manifest = args.manifest.as_deref().map(Manifest::read).transpose().map_err(Problems::one)?;
    let (Loaded { experiment, plan, library }, out) = loaded(args, manifest.as_ref().map(|m| m.cpu.as_str()))?;
    let store = Store::new(&out);
    let progress = Progress::new(args.common.verbosity());
    // As a sweep does; a plan that is the run's own is left alone, since somebody may have written a newer one meanwhile.
    let own = fs::canonicalize(out.join(&experiment.name).join(files::EXPERIMENT)).ok();
    if own.is_none() || own != fs::canonicalize(&args.plan).ok() {
        report::prepare(&out, &experiment)?;
    }
    let repeat = report::repeat_command(&args.plan, &out, &[]);
    let which = match &manifest {
        None => Which::Shard(args.shard),
        Some(manifest) => Which::Listed(of_manifest(manifest, &plan, args.shard)?),
    };
    if manifest.as_ref().is_some_and(|m| m.cpu != cpu()) {
        progress.warn(&format!("this CPU has {}, the plan is for {}: last digits may be others than there", cpu(), experiment.cpu));
    }
    let options = Options { jobs: args.common.workers(), retry: Retry::Nothing, which, repeat: &repeat };
    let watch = Stopwatch::start();
    let trainer = Trainer::new(&experiment, &library, &store, States::Used, &progress);
    let done = sweep(&plan, &experiment, &store, &options, &|p, stop| trainer.train(p, stop), &progress).map_err(Problems::one)?;
    let asked = halving::asked(&plan, &experiment, &done.records, Undecided::Wait);
    let slice: Vec<String> = (0..plan.len()).filter(|i| asked[*i] && which.has(*i, &plan)).map(|i| plan.key(i)).collect();
    let n_missing = slice.iter().filter(|key| !done.records.contains_key(*key)).count();
    progress.say(&format!(
        "{}, slice {}: {} trials, {} trained, {} from the store, {n_missing} missing, {:.1} s; {} of the plan's {} are not done yet",
        experiment.name,
        args.shard,
        slice.len(),
        done.n_trained,
        slice.len() - n_missing - done.n_trained,
        watch.seconds(),
        done.n_missing,
        asked.iter().filter(|asked| **asked).count()
    ));
    if halving::decide(&plan, &experiment, &done.records, Undecided::Wait).iter().any(|d| d.fate == Fate::Waiting) {
        progress.say("the next rung waits for the other slices: run this again when they have ended, or `sweep` to do the rest");
    }
    if let Some(message) = done.disk_error {
        return Err(Problems::one(format!("{message}; what was finished is kept, run the same command again to go on")));
    }
    if done.interrupted {
        return Ok(Exit::Interrupted);
    }
    let bad = |key: &String| done.records.get(key).is_some_and(|r| matches!(r.status, Status::Failed | Status::TimedOut));
    Ok(if slice.iter().any(bad) { Exit::Failed } else { Exit::Fine })
}

/// The trials of a shard that was launched; refuses another plan than that.
fn of_manifest<'m>(manifest: &'m Manifest, plan: &Plan, shard: Shard) -> Result<&'m [usize], Problems> {
    manifest.check(plan).map_err(Problems::one)?;
    let (place, n) = shard.place();
    if n != manifest.shards.len() {
        return Err(Problems::one(format!("the manifest has {} shards, not {n}", manifest.shards.len())));
    }
    Ok(&manifest.shards[place])
}

/// The experiment, and the folder that was named or that the plan's run lies in.
fn loaded(args: &WorkerArgs, cpu: Option<&str>) -> Result<(Loaded, PathBuf), Problems> {
    if let Some(out) = &args.out {
        return Ok((load_as(&args.plan, &[], cpu)?, out.clone()));
    }
    // The file's name alone is in this folder.
    let here = |folder: &Path| if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_path_buf() };
    let folder = args.plan.parent().map(here).filter(|_| args.plan.file_name().is_some_and(|n| n == files::EXPERIMENT));
    match folder {
        Some(folder) => load_run_as(&folder, cpu),
        None => {
            let message =
                format!("{} is not the {} of a run, so the folder of the store is not known", args.plan.display(), files::EXPERIMENT);
            let problem = Problem::plain(message).help("say it with --out");
            Err(Problems { list: vec![problem], ..Problems::default() })
        }
    }
}
