//! What users of other tools for sweeps complained of, each shown to be answered in a few lines.
//!
//! The numbers are those of the table of pains that the design began with; details of an answer are in the tests of its part.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use thalweg_tests::{run, scratch, thalweg, tree};

/// Trials of a few milliseconds: two-dimensional data, a small network.
const HEAD: &str = "name = \"x\"\n[base]\ndata.source = \"moons\"\nmodel.hidden = [4]\ntrain.epochs = 2\n";
const TAIL: &str = "[report]\nplots = []\n";

/// An experiment in a folder of its own.
struct Case {
    dir: PathBuf,
}

impl Case {
    fn new(name: &str) -> Case {
        Case { dir: scratch(name) }
    }

    /// Writes the file; what stands between the head and the tail is given.
    fn file(&self, text: &str) {
        fs::write(self.dir.join("x.toml"), format!("{HEAD}{text}{TAIL}")).expect("written");
    }

    fn words(&self, command: &str) -> Vec<String> {
        [command.into(), self.dir.join("x.toml").display().to_string(), "--out".into(), self.dir.join("out").display().to_string()].to_vec()
    }

    /// Runs a command on the file: exit status, and what it says on both outputs.
    fn does(&self, command: &str, more: &[&str]) -> (i32, String) {
        let words = self.words(command);
        let (code, told, log) = run(&words.iter().map(String::as_str).chain(more.iter().copied()).collect::<Vec<_>>());
        (code, told + &log)
    }

    /// Sweeps a text, which must end well, and returns what was said.
    fn swept(&self, text: &str) -> String {
        self.file(text);
        let (code, log) = self.does("sweep", &[]);
        assert_eq!(code, 0, "{log}");
        log
    }

    /// How many records are stored.
    fn n_records(&self) -> usize {
        let store = self.dir.join("out/.store");
        if store.is_dir() { tree(&store).iter().filter(|f| !f.0.ends_with(".tmp")).count() } else { 0 }
    }

    /// Waits until a sweep that runs meanwhile has stored so many.
    fn waits_for(&self, n: usize) {
        for _ in 0..10_000 {
            if self.n_records() >= n {
                return;
            }
            sleep(Duration::from_millis(1));
        }
        panic!("no {n} records after ten seconds");
    }

    /// The rows of a table of the run, by the columns asked for.
    fn table(&self, name: &str, columns: &[&str]) -> Vec<Vec<String>> {
        let text = fs::read_to_string(self.dir.join("out/x").join(name)).expect("a table");
        let rows: Vec<Vec<&str>> = text.lines().map(|l| l.split(',').collect()).collect();
        let place = |c: &&str| rows[0].iter().position(|h| h == c).unwrap_or_else(|| panic!("no column {c} in {text}"));
        let places: Vec<usize> = columns.iter().map(place).collect();
        rows[1..].iter().map(|row| places.iter().map(|p| row[*p].to_string()).collect()).collect()
    }
}

impl Drop for Case {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.dir);
        }
    }
}

/// A trial that takes too long and one that leaves the finite world; the third ends well, and each is a row with its reason.
#[test]
fn pain_01_one_bad_trial_harms_the_sweep() {
    let case = Case::new("pain-01");
    let text = "[[zip]]\ntrain.lr = [0.1, 1e12, 0.2]\ntrain.epochs = [1000000, 2, 2]\n[failure]\ntimeout = \"20ms\"\n";
    case.file(text);
    let (code, log) = case.does("sweep", &[]);
    assert!(code == 1 && log.contains("timed-out: ") && log.contains("repeat: cargo xtask sweep ") && log.contains("3 trained"), "{log}");
    let statuses: Vec<String> = case.table("trials.csv", &["status"]).concat();
    assert_eq!(statuses, ["timed-out", "diverged", "ok"]);
    let failures = case.table("failures.csv", &["status"]).concat();
    assert_eq!(failures, ["timed-out", "diverged"]);
    // Who wants to stop at the first says so: the longest trial begins first, and no other is begun.
    let other = Case::new("pain-01-stop");
    other.file(&format!("{text}policy = \"stop\"\n"));
    let (code, log) = other.does("sweep", &["--jobs", "1"]);
    assert!(code == 1 && log.contains("1 trained, 0 from the store, 2 missing"), "{log}");
}

#[test]
fn pain_02_no_resume() {
    let case = Case::new("pain-02");
    case.file("[axes]\ntrain.lr = { lin = [0.01, 0.5], points = 40 }\n");
    let child = thalweg().args(case.words("sweep")).args(["--jobs", "1", "--set", "train.epochs=200"]).stderr(Stdio::null()).spawn();
    let mut child = child.expect("the program starts");
    case.waits_for(3);
    child.kill().expect("killed or already over");
    child.wait().expect("reaped");
    let n_stored = case.n_records();
    // The same command again is resuming.
    let (code, log) = case.does("sweep", &["--set", "train.epochs=200"]);
    assert!(code == 0 && log.contains(&format!("{} trained, {n_stored} from the store, 0 missing", 40 - n_stored)), "{log}");
}

/// Every torn length of a record's file.
#[test]
fn pain_03_resume_breaks_on_a_half_written_file() {
    let case = Case::new("pain-03");
    case.swept("");
    let out = case.dir.join("out");
    let before = tree(&out);
    let (name, bytes) = before.iter().find(|f| f.0.starts_with(".store")).expect("a record");
    for n in (0..bytes.len()).step_by(bytes.len() / 16 + 1) {
        fs::write(out.join(name), &bytes[..n]).expect("torn");
        let (code, log) = case.does("sweep", &[]);
        assert!(code == 0 && log.contains("damaged record, computed again") && log.contains("1 trained"), "{n}: {log}");
        assert!(before == tree(&out), "torn at {n}, the repaired run differs");
    }
}

#[test]
fn pain_04_failed_points_cannot_be_run_alone() {
    let case = Case::new("pain-04");
    case.swept("[axes]\ntrain.lr = [0.1, 1e12, 0.2]\n");
    assert!(case.does("sweep", &["--retry", "diverged"]).1.contains("1 trained, 2 from the store"));
    let key = &case.table("trials.csv", &["key"])[2][0];
    assert!(case.does("sweep", &["--only", &format!("key == \"{}\"", &key[..12]), "--fresh"]).1.contains("1 trained, 2 from the store"));
    // A trial that timed out is never a result: it runs again by itself.
    let again = |timeout: &str| {
        case.file(&format!("[axes]\ntrain.lr = [0.1, 1e12, 0.2]\n[failure]\ntimeout = \"{timeout}\"\n"));
        case.does("sweep", &["--set", "train.epochs=5000", "--only", "train.lr == 0.1"])
    };
    let (code, log) = again("1ms");
    assert!(code == 1 && log.contains("timed-out: "), "{log}");
    let (code, log) = again("1h");
    assert!(code == 0 && log.contains("1 trained, 0 from the store"), "{log}");
}

#[test]
fn pain_05_parallel_workers_repeat_each_other() {
    let case = Case::new("pain-05");
    case.file("[axes]\ntrain.lr = { lin = [0.01, 0.5], points = 40 }\n");
    let (code, told, log) = run(&[case.words("sweep"), vec!["--jobs".into(), "8".into(), "--json".into()]]
        .concat()
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>());
    assert_eq!(code, 0, "{log}");
    let events: Vec<serde_json::Value> = told.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    let mut keys: Vec<&str> = events.iter().filter(|e| e["event"] == "trial").filter_map(|e| e["key"].as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    assert!(keys.len() == 40 && events.last().is_some_and(|e| e["trained"] == 40), "{told}");
}

#[test]
fn pain_06_equal_trials_are_computed_again() {
    let case = Case::new("pain-06");
    // Inside a sweep: an include that the axes have already.
    assert!(case.swept("[axes]\ntrain.lr = [0.1, 0.2]\n[[include]]\ntrain.lr = 0.2\n").contains("2 trained"));
    // Across sweeps, under another name.
    let text =
        fs::read_to_string(case.dir.join("x.toml")).expect("there").replace("name = \"x\"", "name = \"y\"").replace("[0.1,", "[0.3,");
    fs::write(case.dir.join("x.toml"), text).expect("written");
    assert!(case.does("sweep", &[]).1.contains("y: 1 trained, 1 from the store"));
}

#[test]
fn pain_07_no_zipped_axes() {
    let case = Case::new("pain-07");
    case.swept("[[zip]]\nname = \"pace\"\ntrain.lr = [0.1, 0.2]\ntrain.batch = [8, 16]\n");
    assert_eq!(case.table("trials.csv", &["train.lr", "train.batch"]), [["0.1", "8"], ["0.2", "16"]]);
    case.file("[[zip]]\ntrain.lr = [0.1, 0.2]\ntrain.batch = [8]\n");
    let (code, log) = case.does("plan", &[]);
    assert!(code == 2 && log.contains("has 1 values, but train.lr has 2"), "{log}");
}

#[test]
fn pain_08_no_conditions_and_no_constraints() {
    let case = Case::new("pain-08");
    let when = "[[when]]\nif = 'model.activation == \"leaky-relu\"'\nmodel.leak = [0.01, 0.2]\n";
    let rules = "[rules]\nexclude = { \"hot\" = 'model.activation == \"relu\" && train.lr > 0.5' }\n";
    case.file(&format!("[axes]\nmodel.activation = [\"relu\", \"leaky-relu\"]\ntrain.lr = [0.1, 1.0]\n{when}{rules}"));
    let (code, log) = case.does("plan", &[]);
    assert!(code == 0 && log.contains("5 trials") && log.contains("rule `hot` drops 1 points"), "{log}");
}

#[test]
fn pain_09_no_logarithmic_list_or_a_wrong_one() {
    let case = Case::new("pain-09");
    // By hand: 10^(-6.5) = 3.162e-7, to three digits, which a rounding to eight decimals made 3.2e-7.
    case.file("[axes]\ntrain.lr = { log = [1e-7, 1e-6], points = 3, sig = 3 }\n");
    let (_, log) = case.does("plan", &[]);
    assert!(log.contains("1e-7  3.16e-7  1e-6"), "{log}");
}

#[test]
fn pain_13_another_result_when_parallel() {
    let case = Case::new("pain-13");
    let text = "[axes]\ntrain.lr = [0.1, 0.2, 0.3]\nmodel.dropout = [0.0, 0.2]\n[replicates]\nn = 3\n";
    case.file(text);
    let left = |jobs: &str| {
        let (code, log) = case.does("sweep", &["--jobs", jobs, "--fresh"]);
        assert!(code == 0 && log.contains("18 trained"), "{log}");
        tree(&case.dir.join("out"))
    };
    assert!(left("1") == left("8"), "the number of workers can be seen in the results");
}

/// The file is another one as soon as the first trial is done; the sweep goes on with what it read.
#[test]
fn pain_18_an_edit_changes_later_trials() {
    let case = Case::new("pain-18");
    let axes = "[axes]\ntrain.lr = { lin = [0.01, 0.5], points = 30 }\n[replicates]\nn = 2\n";
    case.file(axes);
    let child = thalweg().args(case.words("sweep")).args(["--jobs", "1", "--set", "train.epochs=50"]).stderr(Stdio::piped()).spawn();
    case.waits_for(1);
    fs::write(case.dir.join("x.toml"), "nonsense").expect("edited");
    let output = child.expect("the program starts").wait_with_output().expect("reaped");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && log.contains("60 trained, 0 from the store, 0 missing"), "{log}");
    // What ran is written down beside the results, and is still what runs there.
    let resolved = case.dir.join("out/x/experiment.toml");
    let (code, told, _) = run(&["plan", resolved.to_str().expect("UTF-8"), "--out", case.dir.join("out").to_str().expect("UTF-8")]);
    assert!(code == 0 && told.contains("60 trials: 0 new"), "{told}");
}

#[test]
fn pain_19_a_started_sweep_cannot_grow_or_shrink() {
    let case = Case::new("pain-19");
    assert!(case.swept("[axes]\ntrain.lr = [0.1, 0.2]\n").contains("2 trained, 0 from the store"));
    assert!(case.swept("[axes]\ntrain.lr = [0.1, 0.2, 0.3]\n").contains("1 trained, 2 from the store"));
    assert!(case.swept("[axes]\ntrain.lr = [0.3]\n").contains("0 trained, 1 from the store"));
    assert_eq!(case.table("trials.csv", &["train.lr"]), [["0.3"]]);
    // What was taken out is kept for the day it comes back.
    assert!(case.swept("[axes]\ntrain.lr = [0.1, 0.2]\n").contains("0 trained, 2 from the store"));
}

#[test]
fn pain_24_divergence_has_no_agreed_meaning() {
    let case = Case::new("pain-24");
    // Diverged trials are results: exit status 0, a row with the epoch, counted, and in no mean.
    case.swept("[axes]\ntrain.lr = [0.1, 1e12]\n[replicates]\nn = 3\n");
    let rows = case.table("trials.csv", &["train.lr", "status", "convergence"]);
    assert_eq!(rows.iter().filter(|r| r[1] == "diverged" && r[2] == "diverged" && r[0] != "0.1").count(), 3, "{rows:?}");
    let summary = case.table("summary.csv", &["train.lr", "n", "n_diverged", "mean"]);
    let (fine, hot) = (&summary.iter().find(|r| r[0] == "0.1"), &summary.iter().find(|r| r[0] != "0.1"));
    assert!(fine.is_some_and(|r| r[2] == "0" && r[3].parse::<f64>().is_ok_and(f64::is_finite)), "{summary:?}");
    assert!(hot.is_some_and(|r| r[2] == "3" && r[3].is_empty()), "{summary:?}");
}
