//! `report DIR`, and the writing of a run's folder that `sweep` shares.
//!
//! A report that is up to date is not redrawn: a stamp holds the hash of what it was made from and of what was made.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use thalweg_report::{Claim, ReportError, Sheet, Table, Tables, files};

use crate::cli::{Common, Ended, Exit};
use crate::command::{Loaded, load_run_as};
use crate::diagnose::Problems;
use crate::examine::examine;
use crate::experiment::Experiment;
use crate::halving::{self, Undecided};
use crate::judge::{judge, n_missing};
use crate::launch::Manifest;
use crate::library::Library;
use crate::plan::{ENGINE, Plan, Planned};
use crate::progress::Progress;
use crate::record::Record;
use crate::resolved;
use crate::store::Store;
use crate::sweep::{Needs, stored};
use crate::tabulate::tabulate;

/// Redraws a run from its records. With the manifest of a launch it is its last step: the plan must be the launched one, and what is
/// missing is told.
pub fn report(dir: &Path, manifest: Option<&Path>, common: &Common) -> Ended {
    let manifest = manifest.map(Manifest::read).transpose().map_err(Problems::one)?;
    let (Loaded { experiment, plan, library }, out) = load_run_as(dir, manifest.as_ref().map(|m| m.cpu.as_str()))?;
    if let Some(manifest) = &manifest {
        manifest.check(&plan).map_err(Problems::one)?;
    }
    let (out, store) = (out.as_path(), Store::new(&out));
    let progress = Progress::new(common.verbosity());
    let records = stored(&plan, &experiment, &store, common.workers(), Needs::Record, &|m| progress.warn(m)).map_err(Problems::one)?;
    if records.is_empty() {
        return Err(Problems::one(format!("no records of this experiment lie under {}: run `sweep` first", out.display())));
    }
    // Who asks for a report wants it drawn, fresh or not.
    let run = Run { experiment: &experiment, plan: &plan, records: &records, store: &store, library: &library, notes: library.notes() };
    let claims = write(out, &run, &repeat_from_out(&experiment), Redraw::Always, &|m| progress.warn(m))?;
    list_runs(out, &progress);
    progress.say(&format!(
        "wrote {} from {} records ({} missing)",
        out.join(&experiment.name).join(files::REPORT).display(),
        records.len(),
        n_asked(&plan, &experiment, &records) - records.len()
    ));
    say_verdicts(&claims.unwrap_or_default(), &progress);
    if manifest.is_some() && n_asked(&plan, &experiment, &records) > records.len() {
        progress.warn("not all trials are there: the command that launched them launches what is missing");
        return Ok(Exit::Failed);
    }
    Ok(Exit::Fine)
}

/// Trials that ran on another kind of CPU than the plan's may have other bytes than here.
fn warn_of_cpus(timings: &Table, plan: &str, warn: &dyn Fn(&str)) -> Result<(), ReportError> {
    let mut others = BTreeMap::<String, usize>::new();
    for cpu in timings.text("cpu")?.into_iter().flatten().filter(|cpu| cpu != plan) {
        *others.entry(cpu).or_default() += 1;
    }
    for (cpu, n) in others {
        warn(&format!("{n} trials ran on {cpu}, the plan is for {plan}: their last digits may be others than here"));
    }
    Ok(())
}

/// Says how to repeat one trial, as the user would, with what was laid over the file.
pub fn repeat_command(file: &Path, out: &Path, sets: &[String]) -> impl Fn(&Planned) -> String + Sync + use<> {
    let sets: String = sets.iter().map(|set| format!(" --set {}", quoted(set))).collect();
    let words = format!("{} --out {}{sets}", quoted(&file.to_string_lossy()), quoted(&out.to_string_lossy()));
    move |planned| format!("cargo xtask sweep {words} --only 'key == \"{}\"' --fresh", &planned.key[..12])
}

/// A word that a shell reads as it is.
pub fn quoted(word: &str) -> String {
    let plain = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "-_./=:,+".contains(c));
    if plain { word.into() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// The same for tables, which may hold no path of this machine: from inside the `--out` folder, with the resolved experiment.
pub fn repeat_from_out(experiment: &Experiment) -> impl Fn(&Planned) -> String + Sync + use<> {
    let file = format!("{}/{}", experiment.name, files::EXPERIMENT);
    move |planned| format!("cargo xtask sweep {file} --out . --only 'key == \"{}\"' --fresh", &planned.key[..12])
}

/// Makes the run's folder and writes the resolved experiment: what cannot be written is found before training.
pub fn prepare(out: &Path, experiment: &Experiment) -> Result<(), Problems> {
    let dir = out.join(&experiment.name);
    fs::create_dir_all(&dir).map_err(|e| Problems::one(format!("cannot make {}: {e}", dir.display())))?;
    place(&dir, files::EXPERIMENT, resolved::to_text(experiment, &dir).as_bytes())?;
    // A probe in the store's folder: it may belong to someone else.
    let store = out.join(files::STORE);
    fs::create_dir_all(&store).map_err(|e| Problems::one(format!("cannot make {}: {e}", store.display())))
}

/// When a report is drawn that is up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redraw {
    /// It is not.
    WhenStale,
    /// It is.
    Always,
}

/// What a report is made from.
pub struct Run<'a> {
    /// What was asked.
    pub experiment: &'a Experiment,
    /// What was to run.
    pub plan: &'a Plan,
    /// What ran, by key.
    pub records: &'a HashMap<String, Record>,
    /// Where times and weights lie.
    pub store: &'a Store,
    /// The data, for plots that ask trained models.
    pub library: &'a Library,
    /// What a reader should know of the data.
    pub notes: Vec<String>,
}

/// Writes tables, plots and page, and says what claims came to; `None` if all was up to date.
pub fn write(
    out: &Path,
    run: &Run<'_>,
    repeat: &dyn Fn(&Planned) -> String,
    redraw: Redraw,
    warn: &dyn Fn(&str),
) -> Result<Option<Vec<Claim>>, Problems> {
    let Run { experiment, plan, records, store, library, notes } = run;
    let dir = out.join(&experiment.name);
    let settings = resolved::to_text(experiment, &dir);
    let inputs = inputs_hash(&settings, plan, records, repeat);
    if redraw == Redraw::WhenStale && stamp_holds(&dir, &inputs) {
        // The stamp comes last but one: who was killed behind it has left unfinished files that nobody would look for again.
        thalweg_report::place::clear(&dir);
        return Ok(None);
    }
    let sheet = Sheet {
        name: experiment.name.clone(),
        question: experiment.question.clone(),
        axes: experiment.swept.iter().map(|s| s.path.to_string()).collect(),
        progress: experiment.kind.progress,
        headline: experiment.kind.headline,
        metric: experiment.report.metric.clone(),
        at: experiment.report.at,
        plots: experiment.kind.plots(&experiment.report.plots),
        look: experiment.report.look,
        notes: notes.clone(),
        n_planned: n_asked(plan, experiment, records),
        settings_toml: settings,
        environment: environment(experiment),
    };
    let raw = tabulate(plan, experiment, records, store, repeat).map_err(Problems::one)?;
    let failed = |e: ReportError| Problems::one(format!("cannot write the report in {}: {e}", dir.display()));
    warn_of_cpus(&raw.timings, &experiment.cpu, warn).map_err(failed)?;
    let summary = thalweg_report::summarise(&raw.trials, &sheet).map_err(failed)?;
    let examined = examine(plan, library, store, &raw.trials, &sheet).map_err(Problems::one)?;
    let claims = judge(plan, experiment, records, store);
    // Without claims nobody asks.
    let is_whole = claims.is_empty() || n_missing(plan, experiment, records) == 0;
    if !is_whole {
        warn("claims are judged when no trial is missing");
    }
    for finding in claims.iter().flat_map(|c| &c.findings).filter(|f| is_whole && f.measured.is_none()) {
        warn(&format!("a claim's check has nothing to measure: {}", finding.what));
    }
    let tables = Tables {
        trials: raw.trials,
        epochs: raw.epochs,
        layers: raw.layers,
        backdrop: (experiment.kind.backdrop)(plan),
        nodes: (experiment.kind.nodes)(plan),
        examined,
        halving: halving::log(plan, experiment, records),
        claims,
        summary,
        failures: raw.failures,
        timings: raw.timings,
    };
    let mut written = thalweg_report::draw(&dir, &tables, &sheet).map_err(failed)?;
    written.extend(write_weights(&dir, plan, records, store, experiment)?);
    written.sort();
    remove_stale(&dir, &written);
    let mut stamp = format!("{inputs}\n");
    for name in &written {
        // Times differ between two runs, so the stamp, like everything else, does not depend on them.
        if files::is_measured(name) {
            stamp += &format!("{MEASURED} {name}\n");
            continue;
        }
        let bytes = fs::read(dir.join(name)).map_err(|e| Problems::one(format!("cannot read {name} back: {e}")))?;
        stamp += &format!("{} {name}\n", blake3::hash(&bytes).to_hex());
    }
    place(&dir, files::STAMP, stamp.as_bytes())?;
    thalweg_report::place::clear(&dir);
    Ok(Some(tables.claims))
}

/// Says what claims came to, a line for each.
pub fn say_verdicts(claims: &[Claim], progress: &Progress) {
    for claim in claims {
        progress.say(&format!("{}: {}", claim.verdict().name(), claim.says));
    }
}

/// How many trials the report is about: what successive halving gave up is not missing.
pub fn n_asked(plan: &Plan, experiment: &Experiment, records: &HashMap<String, Record>) -> usize {
    halving::asked(plan, experiment, records, Undecided::Wait).into_iter().filter(|asked| *asked).count()
}

/// What numbers depend on beside settings and data: no host, no path, no date, no count of cores.
fn environment(experiment: &Experiment) -> Vec<(&'static str, String)> {
    vec![
        ("Program", concat!("thalweg ", env!("CARGO_PKG_VERSION")).into()),
        ("Numerics", ENGINE.into()),
        ("CPU features that choose kernels", experiment.cpu.clone()),
    ]
}

/// Brings the list of the runs under `out` up to date. It is a convenience: what stands in its way is told and costs no run.
pub fn list_runs(out: &Path, progress: &Progress) {
    if let Err(e) = thalweg_report::write_index(out) {
        progress.warn(&format!("cannot write {}: {e}", out.join(files::INDEX).display()));
    }
}

/// Copies the kept parameters out of the store: one file for each trial, and `best` for the one with the best metric.
fn write_weights(
    dir: &Path,
    plan: &Plan,
    records: &HashMap<String, Record>,
    store: &Store,
    experiment: &Experiment,
) -> Result<Vec<String>, Problems> {
    if !experiment.record.weights.is_file() {
        return Ok(Vec::new());
    }
    let folder = dir.join(files::WEIGHTS);
    fs::create_dir_all(&folder).map_err(|e| Problems::one(format!("cannot make {}: {e}", folder.display())))?;
    let sign = if thalweg_report::is_larger_better(&experiment.report.metric) { -1.0 } else { 1.0 };
    let (mut written, mut best) = (Vec::new(), None::<(f64, String)>);
    for planned in plan.trials() {
        let Some((record, bytes)) = records.get(&planned.key).zip(store.weights(&planned.key)) else {
            continue;
        };
        written.push(files::weights(&format!("{}-seed{}", planned.config, planned.seeds.seed)));
        place(dir, &written[written.len() - 1], &bytes)?;
        let score = experiment.metric(record).map_or(f64::NAN, |v| sign * v);
        if best.as_ref().is_none_or(|(other, _)| score < *other) && !score.is_nan() {
            best = Some((score, planned.key));
        }
    }
    if let Some(bytes) = best.and_then(|(_, key)| store.weights(&key)) {
        written.push(files::weights("best"));
        place(dir, &written[written.len() - 1], &bytes)?;
    }
    thalweg_report::place::clear(&folder);
    Ok(written)
}

/// Plots of an earlier version of the file must not stay beside the new ones.
fn remove_stale(dir: &Path, written: &[String]) {
    let Ok(before) = fs::read_to_string(dir.join(files::STAMP)) else {
        return;
    };
    for name in before.lines().skip(1).filter_map(|l| l.split_once(' ')).map(|(_, name)| name) {
        if !written.iter().any(|w| w == name) && files::may_be_removed(name) {
            let _ = fs::remove_file(dir.join(name));
        }
    }
}

/// Stands in the stamp for the hash of a file of measured time.
const MEASURED: &str = "measured";

fn inputs_hash(settings: &str, plan: &Plan, records: &HashMap<String, Record>, repeat: &dyn Fn(&Planned) -> String) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(concat!(env!("CARGO_PKG_VERSION"), "\n").as_bytes());
    hasher.update(files::LAYOUT.as_bytes());
    hasher.update(settings.as_bytes());
    for key in plan.keys() {
        if let Some(record) = records.get(&key) {
            hasher.update(format!("{key} {:?} {} {}\n", record.status, record.epochs_run, record.reason).as_bytes());
        }
    }
    hasher.update(repeat(&plan.trial(0)).as_bytes());
    hasher.finalize().to_hex().to_string()
}

fn stamp_holds(dir: &Path, inputs: &str) -> bool {
    let Ok(stamp) = fs::read_to_string(dir.join(files::STAMP)) else {
        return false;
    };
    let mut lines = stamp.lines();
    let holds = |(hash, name): (&str, &str)| match hash {
        MEASURED => dir.join(name).is_file(),
        _ => fs::read(dir.join(name)).is_ok_and(|bytes| blake3::hash(&bytes).to_hex().as_str() == hash),
    };
    lines.next() == Some(inputs) && lines.all(|line| line.split_once(' ').is_some_and(holds))
}

/// Writes a file whole or not at all.
fn place(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), Problems> {
    place_at(&dir.join(name), bytes).map_err(Problems::one)
}

/// The same by its whole path; says what stood in its way.
pub fn place_at(path: &Path, bytes: &[u8]) -> Result<(), String> {
    thalweg_report::place::place(path, bytes).map_err(|e| format!("cannot write {}: {e}", path.display()))
}
