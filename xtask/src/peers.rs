//! `cargo xtask peers`: races our training against what a user would pick instead of us, in the same minutes on one core.
//!
//! Contenders run in turn, a process each, for several rounds, so that a busy minute hits all of them; what is shown is the
//! median over all runs. Ours is `crates/thalweg-runner/examples/peer.rs`, theirs `xtask/peers/train_peers.py`; both print
//! a JSON line per run. Absent: a verdict in the exit code, which a busy machine would decide.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, thread};

/// A work, and what we aim at.
struct Work {
    name: &'static str,
    /// Runs in one process: many of a short one.
    repeat: &'static str,
    /// Our median, in µs per step.
    at_most: f64,
    /// (contender, its median over ours).
    at_least: &'static [(&'static str, f64)],
}

const WORKS: &[Work] = &[
    Work { name: "digits", repeat: "10", at_most: 3.5, at_least: &[("jax, 16 fused", 2.5), ("sklearn", 35.0)] },
    Work { name: "random", repeat: "2", at_most: 210.0, at_least: &[("jax", 1.7), ("sklearn", 3.3)] },
];

/// Somebody else's training.
struct Peer {
    name: &'static str,
    module: &'static str,
    fuse: &'static str,
    works: &'static [&'static str],
}

const PEERS: &[Peer] = &[
    Peer { name: "jax", module: "jax", fuse: "1", works: &["digits", "random"] },
    Peer { name: "jax, 16 fused", module: "jax", fuse: "16", works: &["digits"] },
    Peer { name: "torch", module: "torch", fuse: "1", works: &["digits", "random"] },
    Peer { name: "sklearn", module: "sklearn", fuse: "1", works: &["digits", "random"] },
];

const USAGE: &str = "cargo xtask peers [--python PATH] [--rounds N] [--work digits|random] [--only sklearn|torch|jax]";

struct Options {
    python: OsString,
    rounds: usize,
    work: Option<String>,
    only: Option<String>,
}

/// A contender's command and what it measured.
struct Contender {
    name: &'static str,
    command: Vec<OsString>,
    /// µs per step.
    times: Vec<f64>,
    accuracies: Vec<f64>,
}

/// Builds our side in release, races, prints a table for each work.
pub fn run(words: &[OsString], root: &Path, cargo: &OsString) -> ExitCode {
    let Some(options) = options(words) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let mut build = Command::new(cargo);
    // With the whole workspace's features, or cargo would compile the dependencies once more.
    build.args(["build", "--quiet", "--release", "--workspace", "--example", "peer"]).current_dir(root);
    let built = build.status().is_ok_and(|status| status.success());
    let ours = env::current_exe().ok().and_then(|me| Some(me.parent()?.join("examples").join(format!("peer{}", env::consts::EXE_SUFFIX))));
    let Some(ours) = ours.filter(|program| built && program.is_file()) else {
        eprintln!("cannot build the example `peer`");
        return ExitCode::from(2);
    };
    let modules = modules(&options);
    let pin = pin();
    println!("{}", if pin.is_empty() { "not pinned: there is no taskset" } else { "one core, pinned" });
    for work in WORKS.iter().filter(|w| options.work.as_ref().is_none_or(|name| name == w.name)) {
        let mut contenders = contenders(work, &options, &modules, &ours, root);
        for round in 1..=options.rounds {
            for contender in &mut contenders {
                eprintln!("{}, round {round} of {}: {}", work.name, options.rounds, contender.name);
                contender.run(&pin);
            }
        }
        show(work, &contenders);
    }
    ExitCode::SUCCESS
}

fn options(words: &[OsString]) -> Option<Options> {
    let python = env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    let mut options = Options { python, rounds: 3, work: None, only: None };
    for pair in words.chunks(2) {
        let [option, value] = pair else { return None };
        match (option.to_str()?, value.to_str()) {
            ("--python", _) => options.python = value.clone(),
            ("--rounds", Some(n)) => options.rounds = n.parse().ok().filter(|n| *n > 0)?,
            ("--work", Some(name)) if WORKS.iter().any(|w| w.name == name) => options.work = Some(name.into()),
            ("--only", Some(name)) if PEERS.iter().any(|p| p.module == name) => options.only = Some(name.into()),
            _ => return None,
        }
    }
    Some(options)
}

/// The peers' modules that this Python can import; says which are missing.
fn modules(options: &Options) -> Vec<&'static str> {
    const ASK: &str = "
import importlib, sys
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
        print(name)
    except ImportError:
        pass
";
    let wanted = ["numpy", "sklearn", "torch", "jax"];
    let answer = Command::new(&options.python).args(["-c", ASK]).args(wanted).output();
    let answer = answer.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default();
    let (found, missing): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|name| answer.lines().any(|line| line == *name));
    if !missing.is_empty() {
        println!("{} cannot import {}", options.python.to_string_lossy(), missing.join(", "));
    }
    // Nothing runs without numpy.
    if missing.contains(&"numpy") { Vec::new() } else { found }
}

/// What to put before a command so that it stays on the last core; empty where nothing can do that.
fn pin() -> Vec<OsString> {
    let last = thread::available_parallelism().map_or(0, |n| n.get() - 1);
    let pin = vec!["taskset".into(), "-c".into(), last.to_string().into()];
    let works = command(&pin, &["true".into()]).output().is_ok_and(|o| o.status.success());
    if works { pin } else { Vec::new() }
}

fn command(pin: &[OsString], words: &[OsString]) -> Command {
    let mut words = pin.iter().chain(words);
    let mut command = Command::new(words.next().expect("a command has a program"));
    command.args(words);
    command
}

fn contenders(work: &Work, options: &Options, modules: &[&str], ours: &Path, root: &Path) -> Vec<Contender> {
    let contender = |name, command: Vec<OsString>| Contender { name, command, times: Vec::new(), accuracies: Vec::new() };
    let mut all = vec![contender("thalweg", vec![ours.into(), work.name.into(), "--repeat".into(), work.repeat.into()])];
    let script: PathBuf = root.join("xtask/peers/train_peers.py");
    let data = root.join("crates/thalweg-data/assets/digits.csv.gz");
    for peer in PEERS.iter().filter(|p| modules.contains(&p.module) && p.works.contains(&work.name)) {
        if options.only.as_ref().is_none_or(|only| only == peer.module) {
            let mut words: Vec<OsString> = vec![options.python.clone(), script.clone().into()];
            words.extend([work.name, peer.module, "--fuse", peer.fuse, "--repeat", work.repeat, "--data"].map(OsString::from));
            words.push(data.clone().into());
            all.push(contender(peer.name, words));
        }
    }
    all
}

impl Contender {
    fn run(&mut self, pin: &[OsString]) {
        match command(pin, &self.command).output() {
            Ok(output) => {
                for line in String::from_utf8_lossy(&output.stdout).lines() {
                    self.times.extend(number(line, "us_per_step"));
                    self.accuracies.extend(number(line, "accuracy"));
                }
                if !output.status.success() {
                    eprintln!("{} failed: {}", self.name, String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default());
                }
            }
            Err(e) => eprintln!("cannot start {}: {e}", self.name),
        }
    }
}

fn show(work: &Work, contenders: &[Contender]) {
    let time_of = |name: &str| contenders.iter().find(|c| c.name == name).and_then(|c| median(&c.times));
    let ours = time_of("thalweg");
    println!("\n{:<14} {:>12} {:>22} {:>10} {:>9}", work.name, "µs per step", "min..max", "over ours", "accuracy");
    for contender in contenders {
        let (Some(time), Some(ours)) = (median(&contender.times), ours) else {
            println!("{:<14} no figure", contender.name);
            continue;
        };
        let least = contender.times.iter().copied().fold(f64::INFINITY, f64::min);
        let most = contender.times.iter().copied().fold(0.0, f64::max);
        let accuracy = median(&contender.accuracies).unwrap_or(f64::NAN);
        let spread = format!("{least:.2}..{most:.2}");
        println!("{:<14} {time:>12.2} {spread:>22} {:>10.2} {accuracy:>9.3}", contender.name, time / ours);
    }
    let Some(ours) = ours else { return };
    let verdict = |reached: bool| if reached { "reached" } else { "short" };
    println!("target: at most {} µs per step: {}", work.at_most, verdict(ours <= work.at_most));
    for (name, factor) in work.at_least {
        if let Some(time) = time_of(name) {
            println!("target: {factor} × as fast as {name}: {}", verdict(time / ours >= *factor));
        }
    }
}

/// The number of a key in a JSON object on one line.
fn number(line: &str, key: &str) -> Option<f64> {
    let (_, rest) = line.split_once(&format!("\"{key}\":"))?;
    rest.split([',', '}']).next()?.trim().parse().ok()
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    Some(if sorted.len().is_multiple_of(2) { (sorted[sorted.len() / 2 - 1] + upper) / 2.0 } else { upper })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_by_its_key() {
        let line = r#"{"work": "digits", "us_per_step": 3.25, "accuracy":0.97}"#;
        assert_eq!((number(line, "us_per_step"), number(line, "accuracy")), (Some(3.25), Some(0.97)));
        assert_eq!((number(line, "work"), number(line, "step"), number("warning: slow", "accuracy")), (None, None, None));
    }

    #[test]
    fn the_median_is_the_middle_or_the_mean_of_two() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[5.0]), Some(5.0));
        assert_eq!(median(&[9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[9.0, 1.0, 2.0, 4.0]), Some(3.0));
    }

    #[test]
    fn targets_name_peers() {
        let of_work = |work: &Work, name: &str| PEERS.iter().any(|p| p.name == name && p.works.contains(&work.name));
        assert!(WORKS.iter().all(|w| w.at_least.iter().all(|(name, _)| of_work(w, name))));
    }
}
