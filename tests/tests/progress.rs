//! What a sweep tells while it runs: events to programs, few lines to a log.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use thalweg_tests::{run, scratch};

const SWEEP: &str = r#"
name = "NAME"
[base]
data = { source = "digits", transform = ["unit-scale"] }
train = { epochs = 3 }
[axes]
train.lr = [0.01, 0.1, 1e12]
[replicates]
n = 4
"#;

fn file(dir: &Path, name: &str) -> String {
    let path = dir.join(format!("{name}.toml"));
    fs::write(&path, SWEEP.replace("NAME", name)).expect("written");
    path.to_str().expect("UTF-8").into()
}

/// Each line of an output as JSON.
fn events(told: &str) -> Vec<Value> {
    told.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}"))).collect()
}

fn of<'a>(events: &'a [Value], name: &str) -> Vec<&'a Value> {
    events.iter().filter(|e| e["event"] == name).collect()
}

#[test]
fn events_are_json_and_their_counts_add_up() {
    let dir = scratch("json");
    let (a, b, out) = (file(&dir, "a"), file(&dir, "b"), dir.join("out"));
    let out = out.to_str().expect("UTF-8");
    let (code, told, log) = run(&["sweep", &a, "--out", out, "--json", "--only", "key == \"0\""]);
    // Whether a key begins so is chance; either way the last line tells how it ended.
    let first = events(&told);
    assert_eq!(first.last().expect("a line")["exit"], code, "{log}");
    let n_before = of(&first, "trial").len();

    let (code, told, log) = run(&["sweep", &a, "--out", out, "--json"]);
    assert!(code == 0 && log.is_empty(), "{log}");
    let all = events(&told);
    assert_eq!(all[0], serde_json::json!({"event": "plan", "name": "a", "trials": 12, "cached": n_before}));
    let trials = of(&all, "trial");
    assert_eq!(trials.len(), 12 - n_before);
    assert!(trials.iter().enumerate().all(|(i, t)| t["done"] == i + 1 + n_before && t["total"] == 12));
    assert_eq!(trials.iter().map(|t| t["key"].as_str().expect("a key")).collect::<HashSet<_>>().len(), trials.len());
    assert!(trials.iter().all(|t| t["key"].as_str().map(str::len) == Some(32)));
    if n_before == 0 {
        assert_eq!(trials.iter().filter(|t| t["status"] == "diverged").count(), 4);
    }
    let page = of(&all, "report")[0]["path"].as_str().expect("a path").to_string();
    assert!(Path::new(&page).is_file(), "{page}");
    assert_eq!(all.last(), Some(&serde_json::json!({"event": "end", "exit": 0, "trained": 12 - n_before, "missing": 0})));

    // Two files: a plan and a report each, one end. Records are shared, so the second trains nothing.
    let (code, told, _) = run(&["sweep", &a, &b, "--out", out, "--json"]);
    let all = events(&told);
    assert_eq!((code, of(&all, "plan").len(), of(&all, "report").len(), of(&all, "trial").len(), of(&all, "end").len()), (0, 2, 2, 0, 1));
    let (code, told, log) = run(&["sweep", "no-such.toml", "--json"]);
    assert!(code == 2 && log.contains("cannot read"), "{log}");
    assert_eq!(events(&told), [serde_json::json!({"event": "end", "exit": 2, "trained": 0, "missing": 0})]);
    fs::remove_dir_all(&dir).expect("removed");
}

#[test]
fn a_short_sweep_has_few_lines() {
    let dir = scratch("lines");
    let (file, out) = (file(&dir, "a"), dir.join("out"));
    let (code, told, log) = run(&["sweep", &file, "--out", out.to_str().expect("UTF-8")]);
    // Trials, what was trained, gradients, the report: a second of training needs no lines between them.
    assert!(code == 0 && told.is_empty() && log.lines().count() <= 6, "{log}");
    let (code, _, log) = run(&["sweep", &file, "--out", out.to_str().expect("UTF-8"), "--fresh", "--quiet"]);
    assert!(code == 0 && log.is_empty(), "{log}");
    fs::remove_dir_all(&dir).expect("removed");
}
