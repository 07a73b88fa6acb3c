//! Launched sweeps without a cluster: processes of this machine, manifests, and what is refused.

use std::fs;
use std::path::{Path, PathBuf};

use thalweg_tests::{Refused, assert_refused, results, run, scratch, thalweg, word};

const SWEEP: &str = r#"
name = "small"
[base]
data = { source = "csv", path = "t.csv", split = [0.6, 0.4, 0.0] }
train = { epochs = 4, batch = 8 }
[axes]
train.lr = [0.01, 0.1, 1.0]
model.hidden = [[4], [32]]
[replicates]
n = 5
[report]
plots = ["slice:train.lr"]
"#;

/// A table of one's own, so that it can change.
fn table(dir: &Path, first: &str) {
    let rows: String = (0..40).map(|i| format!("{},{},{}\n", i * 7 % 40, i * 3 % 17, if i * 7 % 40 > 20 { "a" } else { "b" })).collect();
    fs::write(dir.join("t.csv"), format!("x,y,kind\n{first}{rows}")).expect("written");
}

fn written(dir: &Path, text: &str) -> PathBuf {
    table(dir, "");
    let file = dir.join("small.toml");
    fs::write(&file, text).expect("written");
    file
}

fn manifest(out: &Path) -> PathBuf {
    let folder = fs::read_dir(out.join(".launch/small")).expect("a folder");
    let mut found = folder.map(|e| e.expect("an entry").path()).filter(|p| word(p).contains("manifest-"));
    found.next().expect("a manifest")
}

#[test]
fn processes_leave_what_one_process_leaves() {
    for (name, more) in [
        ("plain", ""),
        ("halving", "[search]\nmethod = \"halving\"\nmin-epochs = 1\neta = 2\n"),
        ("states", "[record]\nweights = \"state\"\n[[include]]\ntrain.epochs = 9\n[[include]]\ntrain.epochs = 20\n"),
    ] {
        let dir = scratch(&format!("launch-{name}"));
        let file = written(&dir, &format!("{SWEEP}{more}"));
        let (here, there) = (dir.join("here"), dir.join("there"));
        let (code, _, log) = run(&["sweep", word(&file), "--out", word(&here)]);
        assert_eq!(code, 0, "{log}");
        let launch = ["sweep", word(&file), "--out", word(&there), "--launcher", "local", "--shards", "4"];
        let (code, _, log) = run(&launch);
        assert_eq!(code, 0, "{log}");
        let (a, b) = (results(&here), results(&there));
        assert_eq!(a.iter().map(|f| &f.0).collect::<Vec<_>>(), b.iter().map(|f| &f.0).collect::<Vec<_>>(), "{name}");
        assert!(a.iter().zip(&b).all(|(x, y)| x.1 == y.1), "{name}");
        // Again: nothing is launched.
        let (code, _, log) = run(&launch);
        assert!(code == 0 && log.contains("up to date"), "{log}");
        let (code, told, _) = run(&["status", word(&there.join("small"))]);
        assert!(code == 0 && told.contains("done, 0 missing"), "{told}");
        fs::remove_dir_all(&dir).expect("removed");
    }
}

/// A shard is for the plan that was launched: another engine, other data or another experiment is refused, and nothing is written.
#[test]
fn a_worker_refuses_another_plan() {
    let dir = scratch("launch-refuses");
    let file = written(&dir, SWEEP);
    let out = dir.join("out");
    let (code, _, log) = run(&["sweep", word(&file), "--out", word(&out), "--launcher", "local", "--shards", "3"]);
    assert_eq!(code, 0, "{log}");
    fs::remove_dir_all(out.join(".store")).expect("removed");
    let (manifest, plan) = (manifest(&out), out.join("small/experiment.toml"));
    let worker = |manifest: &Path, shard: &str| {
        run(&["worker", "--plan", word(&plan), "--out", word(&out), "--manifest", word(manifest), "--shard", shard])
    };
    let whole = fs::read_to_string(&manifest).expect("readable");
    let changed = |from: &str, to: &str| {
        let path = dir.join("changed");
        fs::write(&path, whole.replacen(from, to, 1)).expect("written");
        path
    };
    let refused = |(code, _, log): (i32, String, String), says: &str| {
        assert!(code == 2 && log.contains(says), "`{says}` is not in {log}");
        assert!(
            !out.join(".store").exists() || fs::read_dir(out.join(".store")).expect("readable").count() == 0,
            "{says}: something was run"
        );
    };
    refused(worker(&changed("engine thalweg engine", "engine thalweg engine 0"), "1/3"), "launch again with one program");
    refused(worker(&changed("plan ", "plan 0"), "1/3"), "the plan is another one than was launched");
    refused(worker(&changed("shards 3", "shards 2"), "1/3"), "not a whole manifest");
    refused(worker(&manifest, "1/4"), "the manifest has 3 shards, not 4");
    refused(worker(&dir.join("none"), "1/3"), "manifest");
    table(&dir, "1,2,a\n");
    refused(worker(&manifest, "1/3"), "the experiment or its data has changed");
    table(&dir, "");
    let (code, _, log) = worker(&manifest, "2/3");
    assert!(code == 0 && log.contains("slice 2/3: 10 trials, 10 trained"), "{log}");
    let (code, _, log) = run(&["report", word(&out.join("small")), "--manifest", word(&manifest)]);
    assert!(code == 1 && log.contains("not all trials are there"), "{log}");
    fs::remove_dir_all(&dir).expect("removed");
}

/// A shard on another kind of CPU keeps the plan's keys, warns, and is told again when all is tabulated.
#[test]
fn another_kind_of_cpu_is_recorded_and_warned_of() {
    let dir = scratch("launch-cpu");
    let file = written(&dir, SWEEP);
    let out = dir.join("out");
    let (code, _, log) = run(&["sweep", word(&file), "--out", word(&out), "--launcher", "local", "--shards", "1"]);
    assert_eq!(code, 0, "{log}");
    let (first, plan) = (manifest(&out), out.join("small/experiment.toml"));
    // As a machine of another kind would have written it: its features are in the keys, so the plan's hash is another one, too.
    let text = fs::read_to_string(&first).expect("readable");
    let (_, explained, log) = run(&["worker", "--plan", word(&plan), "--out", word(&out), "--manifest", word(&first), "--shard", "1/1"]);
    assert!(explained.is_empty() && !log.contains("this CPU has"), "{log}");
    let other = dir.join("other");
    let cpu = text.lines().find_map(|l| l.strip_prefix("cpu ")).expect("a line").to_string();
    fs::write(&other, text.replacen(&cpu, "vax", 1)).expect("written");
    let (code, _, log) = run(&["worker", "--plan", word(&plan), "--out", word(&out), "--manifest", word(&other), "--shard", "1/1"]);
    assert!(code == 2 && log.contains("the plan is another one"), "{log}");
    let hash = log_of_plan_hash(&plan, "vax");
    let plan_line = text.lines().find(|l| l.starts_with("plan ")).expect("a line");
    fs::write(&other, text.replacen(&cpu, "vax", 1).replacen(plan_line, &format!("plan {hash}"), 1)).expect("written");
    let (code, _, log) = run(&["worker", "--plan", word(&plan), "--out", word(&out), "--manifest", word(&other), "--shard", "1/1"]);
    assert!(code == 0 && log.contains("the plan is for vax") && log.contains("30 trained"), "{log}");
    let (code, _, log) = run(&["report", word(&out.join("small")), "--manifest", word(&other)]);
    assert!(code == 0 && log.contains("30 trials ran on") && log.contains("(0 missing)"), "{log}");
    let timings = fs::read_to_string(out.join("small/timings.csv")).expect("a table");
    assert!(timings.lines().next().expect("a header").contains(",cpu,") && timings.contains(&cpu), "{timings}");
    fs::remove_dir_all(&dir).expect("removed");
}

/// The hash of a plan for a CPU, by the library.
fn log_of_plan_hash(plan: &Path, cpu: &str) -> String {
    let loaded = thalweg_runner::command::load_as(plan, &[], Some(cpu)).unwrap_or_else(|_| panic!("it can be loaded"));
    thalweg_runner::launch::hash(&loaded.plan)
}

const BAD: Refused = &[
    ("[launcher]\npartitoin = \"x\"\n", &["unknown key `launcher.partitoin`", "did you mean `partition`?", "x.toml:3:1"]),
    ("[launcher]\ntime = 30\n", &["launcher.time: must be text, not an integer", "x.toml:3:8"]),
    ("[launcher]\nthrottle = 0\n", &["launcher.throttle: must be a whole number from 1 to 100000", "x.toml:3:12"]),
    ("[launcher]\nflags = \"--qos=x\"\n", &["launcher.flags: must be a list of words", "x.toml:3:9"]),
    ("[launcher]\nflags = [\"a\", \"\"]\n", &["launcher.flags: must not be empty", "x.toml:3:15"]),
    ("[launcher]\nprologue = \"a\\nb\"\n", &["launcher.prologue: must be one line", "x.toml:3:12"]),
    ("launcher = 3\n", &["`launcher` must be a table", "x.toml:2:12"]),
];

#[test]
fn a_bad_launchers_table_is_told_with_its_place() {
    assert_refused("launch-bad", "name = \"x\"\n", BAD);
}

/// Words that do not go together, a cluster that is not there, and a folder that is none: exit 2, and nothing is left.
#[test]
fn what_cannot_be_launched_leaves_nothing() {
    let dir = scratch("launch-nowhere");
    let file = written(&dir, SWEEP);
    let out = dir.join("out");
    let sweep = |more: &[&str], environment: &[(&str, &str)]| {
        let mut command = thalweg();
        command.args(["sweep", word(&file), "--out", word(&out)]).args(more);
        environment.iter().for_each(|(name, value)| {
            command.env(name, value);
        });
        let done = command.output().expect("it runs");
        (done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned())
    };
    let user = dir.join("launcher.toml");
    fs::write(&user, "partition = \"x\"\nthrotle = 3\n").expect("written");
    let empty = dir.join("empty");
    fs::create_dir(&empty).expect("made");
    for (more, environment, says) in [
        (&["--launcher", "slurm"][..], &[("PATH", word(&empty))][..], "`sinfo` is not installed"),
        (&["--launcher", "slurm"], &[("SLURM_CONF", "nowhere/slurm.conf")], "SLURM_CONF names nowhere/slurm.conf, which is no file"),
        (&["--launcher", "local", "--fresh"], &[], "for a sweep here"),
        (&["--launcher", "local", "--only", "seed == 0"], &[], "for a sweep here"),
        (&["--launcher", "local"], &[("THALWEG_LAUNCHER", word(&user))], "did you mean `throttle`?"),
        (&["--launcher", "pbs"], &[], "possible values: slurm, local"),
        (&["--launcher", "local", "--shards", "0"], &[], "must be a number from 1"),
        (&["--shards", "2"], &[], "--launcher"),
    ] {
        let (code, log) = sweep(more, environment);
        assert!(code == Some(2) && log.contains(says), "`{says}` is not in {log}");
        assert!(!out.exists(), "{says}: something was left");
    }
    fs::write(&out, "a file").expect("written");
    let (code, log) = sweep(&["--launcher", "local"], &[]);
    assert!(code == Some(2) && log.contains("cannot make"), "{log}");
    fs::remove_dir_all(&dir).expect("removed");
}
