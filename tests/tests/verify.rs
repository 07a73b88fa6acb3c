//! `verify DIR` finds a record that says something else than the trial does, however well it was placed.

use std::fs;
use std::path::Path;

use thalweg_runner::record::{Record, Status};
use thalweg_runner::store::{Found, Store};
use thalweg_runner::train::Trained;
use thalweg_tests::{run, scratch, tree};

const SWEEP: &str = r#"
name = "small"
[base]
data = { source = "digits", transform = ["unit-scale"] }
train = { epochs = 4 }
[axes]
train.lr = [0.01, 0.1, 1e12]
[replicates]
n = 2
[record]
layers = true
weights = "final"
[report]
plots = []
"#;

/// A swept run: its folder, and its keys as `trials.csv` has them.
fn swept(dir: &Path) -> (String, Vec<String>) {
    let file = dir.join("small.toml");
    fs::write(&file, SWEEP).expect("written");
    let out = dir.join("out");
    let (code, _, log) = run(&["sweep", file.to_str().expect("UTF-8"), "--out", out.to_str().expect("UTF-8")]);
    assert_eq!(code, 0, "{log}");
    let trials = fs::read_to_string(out.join("small/trials.csv")).expect("written");
    let keys = trials.lines().skip(1).map(|l| l.split(',').next().expect("a key").to_string()).collect();
    (out.join("small").to_str().expect("UTF-8").into(), keys)
}

/// Changes a record and places it as the program would, checksum and all.
fn tamper(dir: &Path, key: &str, change: impl FnOnce(&mut Record)) {
    let store = Store::new(&dir.join("out"));
    let Found::Whole(mut record) = store.find(key) else { panic!("a record was there") };
    change(&mut record);
    let timing = store.timing(key);
    store.place(&Trained { record: *record, timing, weights: None }).expect("placed");
}

#[test]
fn a_run_as_it_was_left_is_verified_and_not_touched() {
    let dir = scratch("verify-fine");
    let (run_dir, keys) = swept(&dir);
    let before = tree(&dir);
    let (code, told, log) = run(&["verify", &run_dir, "--trials", "100"]);
    assert!(code == 0 && told.contains("6 of 6 trials were run again, 0 differ"), "{told}{log}");
    // The order is the plan's, and diverged trials are verified, too.
    let told: Vec<&str> = told.lines().filter(|l| l.ends_with(": the same bytes")).map(|l| &l[..12]).collect();
    assert_eq!(told, keys.iter().map(|k| &k[..12]).collect::<Vec<_>>());
    assert!(before == tree(&dir), "the run was touched");
    fs::remove_dir_all(&dir).expect("removed");
}

#[test]
fn the_choice_follows_the_seed() {
    let dir = scratch("verify-choice");
    let (run_dir, _) = swept(&dir);
    let told = |seed: &str| run(&["verify", &run_dir, "--trials", "2", "--seed", seed]).1;
    let first = told("1");
    assert!(first.contains("2 of 6 trials") && first == told("1"), "{first}");
    assert!(["2", "3", "4", "5", "6"].iter().any(|seed| told(seed) != first), "the seed chooses nothing");
    fs::remove_dir_all(&dir).expect("removed");
}

#[test]
fn a_record_that_was_changed_consistently_is_found_at_its_place() {
    let dir = scratch("verify-tampered");
    let (run_dir, keys) = swept(&dir);
    let verify = || run(&["verify", &run_dir, "--trials", "6"]);
    // `valid_loss` is the second quantity in the order of the probes; the change begins at epoch 2.
    tamper(&dir, &keys[0], |r| r.epochs[1..].iter_mut().for_each(|e| e.probes[1] = 0.125));
    let (code, told, _) = verify();
    let line = told.lines().find(|l| l.starts_with(&keys[0][..12])).expect("a line for each trial");
    assert!(code == 1 && line.contains("from epoch 2 on: valid_loss is ") && line.contains("stored is 0.125"), "{told}");
    assert!(told.contains("1 differ") && told.matches("the same bytes").count() == 5, "{told}");

    tamper(&dir, &keys[1], |r| r.epochs[2].layers[0][0] += 1.0);
    tamper(&dir, &keys[2], |r| r.last[1] += 1e-9);
    tamper(&dir, &keys[3], |r| r.status = Status::Diverged);
    tamper(&dir, &keys[4], |r| r.reason += "!");
    let weights = dir.join("out/.store").join(&keys[5][..2]).join(format!("weights.{}", &keys[5][2..]));
    // lr = 1e12 diverges, so the last trial kept no parameters.
    assert!(!weights.exists());
    let (code, told, _) = verify();
    for say in ["from epoch 3 on: ", "at the final epoch: valid_loss is ", "in status: ok ", "in what is told of the trial", "5 differ"] {
        assert!(code == 1 && told.contains(say), "{say} is not in\n{told}");
    }
    fs::remove_dir_all(&dir).expect("removed");
}

#[test]
fn missing_records_are_counted_and_a_run_without_any_is_an_error() {
    let dir = scratch("verify-missing");
    let (run_dir, keys) = swept(&dir);
    let store = dir.join("out/.store");
    fs::remove_file(store.join(&keys[0][..2]).join(&keys[0][2..])).expect("removed");
    let (code, told, _) = run(&["verify", &run_dir]);
    assert!(code == 0 && told.contains("1 of 6 records are missing") && told.contains("5 of 5 trials"), "{told}");
    fs::remove_dir_all(&store).expect("removed");
    let (code, _, log) = run(&["verify", &run_dir]);
    assert!(code == 2 && log.contains("run `sweep` first"), "{log}");
    fs::remove_dir_all(&dir).expect("removed");
}

#[test]
fn kept_parameters_are_compared_too() {
    let dir = scratch("verify-weights");
    let (run_dir, keys) = swept(&dir);
    let of = |key: &str| dir.join("out/.store").join(&key[..2]).join(format!("weights.{}", &key[2..]));
    // Whole, but another trial's.
    fs::copy(of(&keys[0]), of(&keys[1])).expect("copied");
    fs::remove_file(of(&keys[2])).expect("removed");
    let (code, told, _) = run(&["verify", &run_dir, "--trials", "6", "--quiet"]);
    let lines: Vec<&str> = told.lines().collect();
    assert!(code == 1 && lines.len() == 3, "{told}");
    assert!(lines[0].starts_with(&keys[1][..12]) && lines[0].ends_with("DIFFERS in the kept weights"), "{told}");
    assert!(lines[1].starts_with(&keys[2][..12]) && lines[1].contains("missing or damaged"), "{told}");
    fs::remove_dir_all(&dir).expect("removed");
}
