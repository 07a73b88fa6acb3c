//! `sweep --launcher`: the same plan, run elsewhere: as an array of a cluster's jobs, or as processes of this machine.
//!
//! What is missing is shared among shards by the cost model and written into a manifest; each shard is a `worker` that reads its line.
//! Results are the truth: what is done is told by the records alone, so launching again launches what is missing.

mod follow;
mod local;
mod manifest;
mod process;
pub mod settings;
mod share;
pub mod slurm;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};
use thalweg_report::files;

pub use manifest::{Manifest, hash};

use crate::cli::{Ended, Exit, SweepArgs, counted};
use crate::command::report::{self, place_at, quoted};
use crate::command::{Loaded, sweep};
use crate::cost;
use crate::diagnose::Problems;
use crate::halving::{self, Undecided};
use crate::plan::Plan;
use crate::progress::Progress;
use crate::record::{Record, Status};
use crate::store::Store;
use crate::sweep::{INTERRUPTED, Needs, stored};
use settings::Launcher;

/// Where shards run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Where {
    /// As an array of Slurm's, with a merge behind it.
    Slurm,
    /// As processes of this machine.
    Local,
}

/// The least work of an element, in seconds: a cluster takes about one to begin it.
const LEAST_SECONDS: f64 = 30.0;

/// The most elements, where nobody asks for more: Slurm's usual limit of an array is 1001.
const MOST_SHARDS: usize = 1000;

/// What is remembered of a launch, to be asked about.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Launched {
    /// The name by which the jobs are looked up.
    pub name: String,
    /// The array's number.
    pub array: String,
    /// The merge's.
    pub merge: String,
    /// The manifest's file in the same folder.
    pub manifest: String,
}

/// The file of that.
const LAUNCHED: &str = "launched.json";

/// The folder of a run's launches.
pub fn folder(out: &Path, name: &str) -> PathBuf {
    out.join(files::LAUNCH).join(name)
}

/// The last launch of a run to a cluster, if there was one, with the folder of its launches.
pub fn last_of(run: &Path) -> Option<(PathBuf, Launched)> {
    let whole = fs::canonicalize(run).ok()?;
    let (out, name) = (whole.parent()?, whole.file_name()?.to_str()?);
    let folder = folder(out, name);
    let launched = serde_json::from_slice(&fs::read(folder.join(LAUNCHED)).ok()?).ok()?;
    Some((folder, launched))
}

/// Launches what is missing of an experiment.
pub fn launch(loaded: &Loaded, args: &SweepArgs, place: Where) -> Ended {
    let Loaded { experiment, plan, .. } = loaded;
    let one = |message: String| Problems::one(message);
    if args.fresh || args.retry.is_some() || args.only.is_some() {
        return Err(one("a launched sweep runs what is missing: `--fresh`, `--retry` and `--only` are for a sweep here".into()));
    }
    let launcher = experiment.launcher.clone().or(Launcher::of_user()?);
    if place == Where::Slurm {
        slurm::is_there().map_err(one)?;
    }
    report::prepare(&args.out, experiment)?;
    let out = fs::canonicalize(&args.out).map_err(|e| one(format!("cannot open {}: {e}", args.out.display())))?;
    let (store, progress) = (Store::new(&out), Progress::new(args.verbosity()));
    // A rung of successive halving needs the results of the one before: each is a round.
    for round in 0.. {
        let records = stored(plan, experiment, &store, args.common.workers(), Needs::KeptWeights, &|m| progress.warn(m)).map_err(one)?;
        let missing = missing(plan, loaded, &records);
        if missing.is_empty() || round == plan.n_rungs() {
            return finish(loaded, args, &records, missing.len());
        }
        let work = Work { loaded, args, launcher: &launcher, out: &out, missing, records: &records, store: &store, progress: &progress };
        match place {
            Where::Local => work.locally()?,
            Where::Slurm if work.on_slurm()? == Seen::Submitted => return Ok(Exit::Fine),
            Where::Slurm => {}
        }
        if INTERRUPTED.load(Ordering::Relaxed) {
            let goes_on = if place == Where::Slurm { "the jobs go on" } else { "what is finished is kept" };
            progress.warn(&format!("interrupted; {goes_on}, and the same command launches what is missing then"));
            return Ok(Exit::Interrupted);
        }
    }
    unreachable!("the rounds end with the rungs")
}

/// How far a cluster's jobs were followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    /// They were submitted, or were queued already.
    Submitted,
    /// To their end, or to Ctrl-C.
    Followed,
}

/// The trials that are asked for and have no result.
fn missing(plan: &Plan, loaded: &Loaded, records: &HashMap<String, Record>) -> Vec<usize> {
    let asked = halving::asked(plan, &loaded.experiment, records, Undecided::Wait);
    let is_missing = |index: &usize| records.get(&plan.key(*index)).is_none_or(|r| r.status == Status::TimedOut);
    (0..plan.len()).filter(|index| asked[*index]).filter(is_missing).collect()
}

fn finish(loaded: &Loaded, args: &SweepArgs, records: &HashMap<String, Record>, n_missing: usize) -> Ended {
    let ended = sweep::finish(loaded, args, records)?;
    if n_missing == 0 {
        return Ok(ended);
    }
    let progress = Progress::new(args.verbosity());
    progress.warn(&format!("{} missing; the same command launches what is missing", counted(n_missing, "trial")));
    Ok(ended.max(Exit::Failed))
}

/// One round of a launch.
struct Work<'a> {
    loaded: &'a Loaded,
    args: &'a SweepArgs,
    launcher: &'a Launcher,
    out: &'a Path,
    missing: Vec<usize>,
    records: &'a HashMap<String, Record>,
    store: &'a Store,
    progress: &'a Progress,
}

impl Work<'_> {
    /// As processes of this machine, as many at once as there are workers.
    fn locally(&self) -> Result<(), Problems> {
        let at_once = self.args.common.workers();
        let n = self.args.shards.or(self.launcher.shards).unwrap_or(at_once);
        let (program, path, manifest) = self.prepared(n)?;
        self.begin();
        local::run(&program, &self.words(&path), manifest.shards.len(), at_once, &mut self.look()).map_err(Problems::one)?;
        self.progress.end();
        Ok(())
    }

    /// As an array.
    fn on_slurm(&self) -> Result<Seen, Problems> {
        let name = self.name();
        let experiment = &self.loaded.experiment;
        // What is queued already is not submitted a second time.
        match slurm::queued(&name).map_err(Problems::one)? {
            Some(found) => {
                self.progress.say(&format!("{}: job {} is in the queue already: {found}", experiment.name, found.job));
            }
            None => self.submit(&name)?,
        }
        if !self.args.wait {
            let run = self.out.join(&experiment.name);
            self.progress.say(&format!("`cargo xtask status {}` says how far it is; `--wait` follows it", quoted(&run.to_string_lossy())));
            return Ok(Seen::Submitted);
        }
        self.begin();
        let merge = slurm::merge_of(&name);
        let queue = || {
            let found = match slurm::queued(&name)? {
                None => slurm::queued(&merge)?,
                found => found,
            };
            Ok(match found {
                None => follow::Queue::Empty,
                Some(found) => found.help().map_or(follow::Queue::Busy, follow::Queue::Held),
            })
        };
        if follow::to_the_end(&mut self.look(), &queue, &|m| self.progress.warn(m)) == 0 {
            // Who waited tabulates.
            slurm::cancel(&merge);
        }
        self.progress.end();
        Ok(Seen::Followed)
    }

    /// Submits what is missing, and says so.
    fn submit(&self, name: &str) -> Result<(), Problems> {
        let name_of_run = &self.loaded.experiment.name;
        let seconds = self.seconds();
        let each = self.launcher.cpus_per_task.unwrap_or(1) as f64;
        let usual = share::n_shards(seconds / each, LEAST_SECONDS, MOST_SHARDS);
        let (program, path, manifest) = self.prepared(self.args.shards.or(self.launcher.shards).unwrap_or(usual))?;
        let (n, folder) = (manifest.shards.len(), folder(self.out, name_of_run));
        let shell = |words: &[String]| words.iter().map(|w| quoted(w)).collect::<Vec<_>>().join(" ");
        let shown = |path: &Path| path.to_string_lossy().into_owned();
        let element = format!("{} {} --shard \"$element/{n}\"", quoted(&shown(&program)), shell(&self.words(&path)));
        let run = shown(&self.out.join(name_of_run));
        let merge = shell(&[shown(&program), "report".into(), run, "--manifest".into(), shown(&path), "--quiet".into()]);
        let commands = slurm::Commands { element, merge };
        let job = slurm::Job { name, n_shards: n, folder: &folder, commands, launcher: self.launcher };
        let submitted = slurm::submit(&job).map_err(Problems::one)?;
        let manifest = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let launched = Launched { name: name.into(), array: submitted.array, merge: submitted.merge, manifest };
        let text = serde_json::to_vec(&launched).map_err(|e| Problems::one(e.to_string()))?;
        place_at(&folder.join(LAUNCHED), &text).map_err(Problems::one)?;
        self.progress.say(&format!(
            "{name_of_run}: {} in {} submitted as job {}, about {:.0} s of work each; job {} tabulates them",
            counted(self.missing.len(), "trial"),
            counted(n, "element"),
            launched.array,
            seconds / n as f64,
            launched.merge
        ));
        Ok(())
    }

    /// By plan and folder: the same plan under another folder is another sweep.
    fn name(&self) -> String {
        let both = format!("{} {}", hash(&self.loaded.plan), self.out.display());
        format!("thalweg-{:.12}", blake3::hash(both.as_bytes()).to_hex())
    }

    fn begin(&self) {
        let cost = self.missing.iter().map(|index| self.loaded.plan.cost(*index).seconds).sum();
        let n_done = self.records.len();
        self.progress.begin(&self.loaded.experiment.name, n_done + self.missing.len(), n_done, cost);
    }

    /// A look at the store: tells the progress what is new; how many are still missing.
    fn look(&self) -> impl FnMut() -> usize + '_ {
        follow::looker(&self.loaded.plan, self.store, self.missing.clone(), self.progress)
    }

    /// Seconds that what is missing takes on one worker, by the model and by what was measured.
    fn seconds(&self) -> f64 {
        let (plan, records) = (&self.loaded.plan, self.records);
        let modelled: f64 = self.missing.iter().map(|index| plan.cost(*index).seconds).sum();
        modelled * cost::measured(plan, records, self.store).map_or(1.0, |(factor, _)| factor)
    }

    /// The words of a worker, but for its shard.
    fn words(&self, manifest: &Path) -> Vec<String> {
        let plan = self.out.join(&self.loaded.experiment.name).join(files::EXPERIMENT);
        let shown = |path: &Path| path.to_string_lossy().into_owned();
        let jobs = self.launcher.cpus_per_task.unwrap_or(1).to_string();
        ["worker", "--plan", &shown(&plan), "--out", &shown(self.out), "--manifest", &shown(manifest), "--jobs", &jobs, "--quiet"]
            .map(String::from)
            .to_vec()
    }

    /// The pinned program, and the manifest with its file.
    fn prepared(&self, n_shards: usize) -> Result<(PathBuf, PathBuf, Manifest), Problems> {
        let Loaded { experiment, plan, .. } = self.loaded;
        let folder = folder(self.out, &experiment.name);
        fs::create_dir_all(&folder).map_err(|e| Problems::one(format!("cannot make {}: {e}", folder.display())))?;
        let manifest = Manifest::new(plan, experiment, share::share(self.pieces(), n_shards));
        let text = manifest.to_text();
        // By its content: an element that begins late reads the manifest that it was launched with.
        let path = folder.join(format!("manifest-{:.12}", blake3::hash(text.as_bytes()).to_hex()));
        place_at(&path, text.as_bytes()).map_err(Problems::one)?;
        Ok((pinned(&self.out.join(files::LAUNCH))?, path, manifest))
    }

    /// What is missing, with its seconds; trials that go on from each other's states are one piece.
    fn pieces(&self) -> Vec<(Vec<usize>, f64)> {
        let plan = &self.loaded.plan;
        let chains = crate::sweep::chained(self.missing.clone(), plan);
        // The last of a chain is the longest, and goes on from the others.
        chains.into_iter().map(|chain| (chain.clone(), chain.last().map_or(0.0, |index| plan.cost(*index).seconds))).collect()
    }
}

/// A copy of this program under a name with its hash, so that building another one meanwhile changes nothing.
fn pinned(folder: &Path) -> Result<PathBuf, Problems> {
    let failed = |e: std::io::Error| Problems::one(format!("cannot copy the program to {}: {e}", folder.display()));
    let bytes = std::env::current_exe().and_then(fs::read).map_err(failed)?;
    let path = folder.join(format!("thalweg-{:.12}", blake3::hash(&bytes).to_hex()));
    if !path.is_file() {
        thalweg_report::place::place_program(&path, &bytes).map_err(failed)?;
    }
    Ok(path)
}
