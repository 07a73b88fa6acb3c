//! Slurm: the only file that knows `sbatch`, `squeue` and `scancel`.
//!
//! What is queued is looked up by name, since an acknowledged job may be lost and its number given out again; what is done is told by
//! the records alone, since no exit code of Slurm's says it (`docs/cluster.md`).

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::process::{Said, ask};
use super::settings::Launcher;
use crate::command::report::{place_at, quoted};

/// A controller that is down is asked for nine seconds by the commands themselves.
const PATIENCE: Duration = Duration::from_secs(30);

/// The exit status by which an element asks to be queued again, where the cluster has `RequeueExit=75`: EX_TEMPFAIL.
const TEMPORARY_FAILURE: u8 = 75;

/// Seconds before an element's limit of time at which it is told, so that it ends between two epochs.
const NOTICE: u32 = 60;

/// What is submitted.
pub struct Job<'a> {
    /// The name of the array; the merge has that of [`merge_of`].
    pub name: &'a str,
    /// Elements.
    pub n_shards: usize,
    /// The folder of scripts and logs.
    pub folder: &'a Path,
    /// The program that runs, and its words for an element and for the merge.
    pub commands: Commands,
    /// Where and how.
    pub launcher: &'a Launcher,
}

/// The words of the two commands, as a shell reads them; the element's number from 1 is `$element`.
pub struct Commands {
    /// Of an element.
    pub element: String,
    /// Of the merge.
    pub merge: String,
}

/// The numbers of the two jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// Of the array.
    pub array: String,
    /// Of the merge.
    pub merge: String,
}

/// A job in the queue, by state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queued {
    /// The array's number.
    pub job: String,
    /// Elements that run.
    pub running: usize,
    /// Elements that wait, or that are about to begin or end.
    pub waiting: usize,
    /// Why they wait, where Slurm says so.
    pub reason: String,
}

/// `2 running, 1 waiting (Resources)`
impl fmt::Display for Queued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} running, {} waiting", self.running, self.waiting)?;
        if self.reason.is_empty() { Ok(()) } else { write!(f, " ({})", self.reason) }
    }
}

impl Queued {
    /// What is to be done where it will not go on by itself: Slurm holds what a controller lost while it began.
    pub fn help(&self) -> Option<String> {
        let Queued { job, running, reason, .. } = self;
        let is_stuck = *running == 0 && (reason.contains("held") || reason.contains("Held") || reason == "DependencyNeverSatisfied");
        is_stuck.then(|| format!("job {job} waits ({reason}): `scontrol release {job}` lets it go on, `scancel {job}` takes it back"))
    }
}

/// The name of the merge behind an array.
pub fn merge_of(name: &str) -> String {
    format!("{name}-merge")
}

/// Looks for a cluster, so that nothing is written for one that is not there.
pub fn is_there() -> Result<(), String> {
    if let Some(path) = std::env::var_os("SLURM_CONF").map(PathBuf::from)
        && !path.is_file()
    {
        return Err(format!("SLURM_CONF names {}, which is no file", path.display()));
    }
    let said = ask(Command::new("sinfo").args(["--noheader", "--format=%P"]), PATIENCE)?;
    if said.is_fine { Ok(()) } else { Err(format!("Slurm does not answer: {}", reason(&said.log))) }
}

/// The partitions, for messages.
fn partitions() -> String {
    let said = ask(Command::new("sinfo").args(["--noheader", "--format=%R"]), PATIENCE);
    let mut names: Vec<String> = said.map_or(Vec::new(), |s| s.out.lines().map(|l| l.trim().to_string()).collect());
    names.sort();
    names.dedup();
    names.join(", ")
}

/// What of a name is queued or runs, for this user; `None` if nothing is.
pub fn queued(name: &str) -> Result<Option<Queued>, String> {
    let mut command = Command::new("squeue");
    command.args(["--noheader", "--me", "--array", "--states=all", "--format=%F|%T|%r", "--name", name]);
    let said = ask(&mut command, PATIENCE)?;
    if !said.is_fine {
        return Err(format!("squeue: {}", reason(&said.log)));
    }
    Ok(of_lines(&said.out))
}

fn of_lines(out: &str) -> Option<Queued> {
    let mut found = Queued::default();
    for line in out.lines() {
        let mut cells = line.trim().splitn(3, '|');
        let (Some(job), Some(state), reason) = (cells.next(), cells.next(), cells.next().unwrap_or_default()) else { continue };
        match state {
            "RUNNING" => found.running += 1,
            "PENDING" | "CONFIGURING" | "COMPLETING" | "REQUEUED" | "REQUEUE_HOLD" | "REQUEUE_FED" | "SUSPENDED" | "STOPPED"
            | "SIGNALING" | "STAGE_OUT" | "RESIZING" | "SPECIAL_EXIT" => {
                found.waiting += 1;
                if !reason.is_empty() && reason != "None" {
                    found.reason = reason.into();
                }
            }
            // It has ended, and is only remembered.
            _ => continue,
        }
        found.job = job.into();
    }
    (found.running + found.waiting > 0).then_some(found)
}

/// Submits the array, and behind it the merge. Both or nothing: an array whose merge is refused is cancelled.
pub fn submit(job: &Job<'_>) -> Result<Submitted, String> {
    let (element, merge) = (job.folder.join("element.sh"), job.folder.join("merge.sh"));
    place_at(&element, element_script(job).as_bytes())?;
    place_at(&merge, merge_script(job).as_bytes())?;
    let throttle = job.launcher.throttle.map_or(String::new(), |n| format!("%{n}"));
    let mut array = common(job, job.name, "%A_%a.log");
    array.arg(format!("--array=0-{}{throttle}", job.n_shards - 1)).arg("--dependency=singleton");
    array.arg("--requeue").arg(format!("--signal=B:USR1@{NOTICE}")).arg(&element);
    let array = match number(ask(&mut array, PATIENCE)) {
        Ok(number) => number,
        // Whether it was taken is not known before it is looked up.
        Err(reason) => match queued(job.name) {
            Ok(Some(found)) => found.job,
            _ => return Err(told(&reason, job.launcher)),
        },
    };
    let mut command = common(job, &merge_of(job.name), "merge.log");
    command.arg(format!("--dependency=afterany:{array}")).arg(&merge);
    match number(ask(&mut command, PATIENCE)) {
        Ok(merge) => Ok(Submitted { array, merge }),
        Err(reason) => {
            let cancelled = ask(Command::new("scancel").arg(&array), PATIENCE).is_ok_and(|said| said.is_fine);
            let left = if cancelled { "the array was cancelled again".into() } else { format!("`scancel {array}` takes the array back") };
            Err(format!("the merge was refused ({}); {left}", told(&reason, job.launcher)))
        }
    }
}

/// Takes back what of a name is queued; what cannot be taken back does no harm.
pub fn cancel(name: &str) {
    let _ = ask(Command::new("scancel").args(["--me", "--name", name]), PATIENCE);
}

/// A refused partition is told with those that there are.
fn told(reason: &str, launcher: &Launcher) -> String {
    match &launcher.partition {
        Some(partition) if reason.contains("partition") => format!("{reason}; partition `{partition}`, possible: {}", partitions()),
        _ => reason.into(),
    }
}

fn common(job: &Job<'_>, name: &str, log: &str) -> Command {
    let l = job.launcher;
    let mut command = Command::new("sbatch");
    command.args(["--parsable", "--open-mode=append", "--job-name", name]);
    command.arg(format!("--chdir={}", job.folder.display()));
    command.arg(format!("--output={}", job.folder.join(log).display()));
    command.arg(format!("--cpus-per-task={}", l.cpus_per_task.unwrap_or(1)));
    let words = [("partition", &l.partition), ("account", &l.account), ("time", &l.time), ("mem", &l.memory)];
    command.args(words.iter().filter_map(|(name, value)| Some(format!("--{name}={}", value.as_ref()?))));
    command.args(l.flags.iter().flatten());
    command
}

/// The job's number, which `--parsable` prints first, before a cluster's name.
fn number(said: Result<Said, String>) -> Result<String, String> {
    let said = said?;
    let number = said.out.lines().next().unwrap_or_default().split(';').next().unwrap_or_default().trim().to_string();
    let is_number = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
    if said.is_fine && is_number { Ok(number) } else { Err(reason(&said.log)) }
}

/// Why it was refused: what was tried and what came of it, a line each.
fn reason(log: &str) -> String {
    let lines = log.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with("Try "));
    let told: Vec<&str> = lines.map(|l| l.trim_start_matches("sbatch: ").trim_start_matches("error: ")).collect();
    // The last says why; the one before it, what was tried.
    if told.is_empty() { "no reason was given".into() } else { told[told.len().saturating_sub(2)..].join("; ") }
}

fn prologue(l: &Launcher) -> String {
    let modules = l.modules.iter().flatten().map(|m| format!("module load {}\n", quoted(m)));
    modules.chain(l.prologue.iter().map(|line| format!("{line}\n"))).collect()
}

/// A shell waits only until a signal comes, so it waits again until the program has ended.
fn element_script(job: &Job<'_>) -> String {
    format!(
        "#!/bin/sh\n# Element i of the array runs line i + 1 of the manifest. Written by thalweg; not read again.\n{}\
         element=$((SLURM_ARRAY_TASK_ID + 1))\n{} &\nworker=$!\ntrap 'kill -TERM \"$worker\" 2> /dev/null' USR1 TERM\n\
         wait \"$worker\"; status=$?\nwhile kill -0 \"$worker\" 2> /dev/null; do wait \"$worker\"; status=$?; done\n\
         # Stopped before its end: what is finished is kept, and the rest is for another time.\n\
         [ \"$status\" = 130 ] && exit {TEMPORARY_FAILURE}\nexit \"$status\"\n",
        prologue(job.launcher),
        job.commands.element
    )
}

fn merge_script(job: &Job<'_>) -> String {
    format!("#!/bin/sh\n# Tabulates what there is. Written by thalweg.\n{}exec {}\n", prologue(job.launcher), job.commands.merge)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines as Slurm 22.05 prints them.
    #[test]
    fn what_has_ended_is_not_queued() {
        assert_eq!(of_lines(""), None);
        assert_eq!(of_lines("7|COMPLETED|None\n7|CANCELLED|None\n7|FAILED|NonZeroExitCode\n"), None);
        let found = of_lines("9|COMPLETED|None\n9|RUNNING|None\n9|RUNNING|None\n9|PENDING|Resources\n").expect("queued");
        assert_eq!(found, Queued { job: "9".into(), running: 2, waiting: 1, reason: "Resources".into() });
        assert_eq!(found.help(), None);
        let held = of_lines("24|PENDING|launch failed requeued held\n").expect("queued");
        assert!(held.help().expect("it is stuck").contains("`scontrol release 24`"));
    }

    #[test]
    fn a_number_is_read_before_a_clusters_name() {
        let said = |out: &str, log: &str, is_fine| Ok(Said { is_fine, out: out.into(), log: log.into() });
        assert_eq!(number(said("12;north\n", "", true)), Ok("12".into()));
        assert_eq!(number(said("12\n", "", true)), Ok("12".into()));
        let log =
            "sbatch: error: invalid partition specified: x\nsbatch: error: Batch job submission failed: Invalid partition name specified\n";
        assert_eq!(
            number(said("", log, false)),
            Err("invalid partition specified: x; Batch job submission failed: Invalid partition name specified".into())
        );
        assert!(number(said("", "", true)).is_err());
    }
}
