//! The first two promises: the same bytes for any number of workers, after kills, and running again is resuming.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use thalweg_tests::{Draws, assert_same_trees, run, scratch, thalweg, tree};

const SWEEP: &str = r#"
name = "small"
question = "Which rate?"
[base]
data = { source = "digits", transform = ["unit-scale"] }
train = { optimizer = "momentum", epochs = 8 }
[axes]
train.lr = [0.01, 0.1, 1000.0]
model.activation = ["relu", "sigmoid"]
train.batch = [16, "all"]
[replicates]
n = 2
"#;

#[test]
fn workers_kills_and_resumes_leave_the_same_bytes() {
    let dir = scratch("bytes");
    let file = dir.join("small.toml");
    fs::write(&file, SWEEP).expect("written");
    let file = file.to_str().expect("UTF-8");
    let out = |name: &str| dir.join(name).to_str().expect("UTF-8").to_string();
    let (a, b, c) = (out("a"), out("b"), out("c"));

    let (code, _, log) = run(&["sweep", file, "--jobs", "1", "--out", &a]);
    assert_eq!(code, 0, "{log}");
    let (code, _, log) = run(&["sweep", file, "--jobs", "2", "--out", &b]);
    assert_eq!(code, 0, "{log}");
    assert_same_trees(Path::new(&a), Path::new(&b));

    // Killed at several moments, then run to the end.
    for milliseconds in [15, 40, 90, 160] {
        let mut child = thalweg().args(["sweep", file, "--jobs", "2", "--out", &c, "--quiet"]).spawn().expect("the program starts");
        sleep(Duration::from_millis(milliseconds));
        child.kill().expect("killed or already over");
        child.wait().expect("reaped");
    }
    let (code, _, log) = run(&["sweep", file, "--jobs", "2", "--out", &c]);
    assert_eq!(code, 0, "{log}");
    assert_same_trees(Path::new(&a), Path::new(&c));

    let (code, _, log) = run(&["sweep", file, "--out", &c]);
    assert!(code == 0 && log.contains(" 0 trained") && log.contains("up to date"), "{log}");

    // `report` draws the same again from the records alone.
    let page = Path::new(&c).join("small/report.html");
    let before = fs::read(&page).expect("written");
    fs::remove_file(&page).expect("removed");
    let (code, _, log) = run(&["report", Path::new(&c).join("small").to_str().expect("UTF-8")]);
    assert!(code == 0, "{log}");
    assert!(before == fs::read(&page).expect("drawn again"), "the page was drawn differently");
    fs::remove_dir_all(&dir).expect("removed");
}

#[test]
fn a_damaged_record_is_reported_and_computed_again() {
    let dir = scratch("damage");
    let file = dir.join("small.toml");
    fs::write(&file, SWEEP.replace("epochs = 8", "epochs = 2")).expect("written");
    let (file, out) = (file.to_str().expect("UTF-8"), dir.join("out"));
    let words = ["sweep", file, "--out", out.to_str().expect("UTF-8")];
    assert_eq!(run(&words).0, 0);
    let before = tree(&out);
    let records: Vec<&String> = before.iter().map(|f| &f.0).filter(|n| n.starts_with(".store")).collect();
    for (i, damage) in [0usize, 3, 60].into_iter().enumerate() {
        let path = out.join(records[i]);
        let mut bytes = fs::read(&path).expect("a record");
        bytes.truncate(damage.max(1));
        bytes[0] ^= (damage == 0) as u8;
        fs::write(&path, bytes).expect("damaged");
    }
    // One record under another's name.
    fs::copy(out.join(records[4]), out.join(records[5])).expect("copied");
    let (code, _, log) = run(&words);
    assert!(code == 0 && log.matches("damaged record").count() == 4 && log.contains(" 4 trained"), "{log}");
    assert!(before == tree(&out), "the repaired run differs");
    fs::remove_dir_all(&dir).expect("removed");
}

#[test]
fn a_diverged_trial_is_a_row_and_no_failure() {
    let dir = scratch("diverged");
    let file = dir.join("small.toml");
    fs::write(&file, SWEEP.replace("1000.0", "1e12")).expect("written");
    let out = dir.join("out");
    let (code, _, log) = run(&["sweep", file.to_str().expect("UTF-8"), "--out", out.to_str().expect("UTF-8")]);
    assert_eq!(code, 0, "{log}");
    let trials = fs::read_to_string(out.join("small/trials.csv")).expect("written");
    assert!(trials.lines().filter(|l| l.contains(",diverged,")).count() >= 4, "{trials}");
    let failures = fs::read_to_string(out.join("small/failures.csv")).expect("written");
    assert!(failures.contains("cargo xtask sweep") && !failures.contains(dir.to_str().expect("UTF-8")), "{failures}");
    fs::remove_dir_all(&dir).expect("removed");
}

/// Trials asked for one by one, in a random order, in both directions of the plan: what is left does not tell.
#[test]
fn trials_in_a_random_order_leave_the_same_bytes() {
    let dir = scratch("order");
    let file = dir.join("small.toml");
    fs::write(&file, SWEEP).expect("written");
    let (file, a, b) = (file.to_str().expect("UTF-8"), dir.join("a"), dir.join("b"));
    let (a_word, b_word) = (a.to_str().expect("UTF-8"), b.to_str().expect("UTF-8"));
    let (code, _, log) = run(&["sweep", file, "--out", a_word]);
    assert_eq!(code, 0, "{log}");
    let trials = fs::read_to_string(a.join("small/trials.csv")).expect("a table");
    let mut keys: Vec<&str> = trials.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    assert_eq!(keys.len(), 24);
    let mut draws = Draws(11);
    while !keys.is_empty() {
        let key = keys.swap_remove(draws.below(keys.len()));
        let (code, _, log) = run(&["sweep", file, "--out", b_word, "--only", &format!("key == \"{key}\"")]);
        assert!(code == 0 && log.contains("1 trained"), "{log}");
    }
    let (code, _, log) = run(&["sweep", file, "--out", b_word]);
    assert!(code == 0 && log.contains(" 0 trained"), "{log}");
    assert_same_trees(&a, &b);
    fs::remove_dir_all(&dir).expect("removed");
}
