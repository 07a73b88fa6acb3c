//! `gc` lists what no run needs, deletes only that and only if told to, and nothing at all where it cannot know.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use thalweg_tests::{run, scratch, tree};

fn sweep(dir: &Path, rates: &str) -> String {
    let file = dir.join("small.toml");
    let text = format!(
        "name = \"small\"\n[base]\ndata = {{ source = \"iris\" }}\ntrain.epochs = 3\n[axes]\ntrain.lr = {rates}\n[record]\nweights = \"final\"\n"
    );
    fs::write(&file, text).expect("written");
    let (code, _, log) = run(&["sweep", file.to_str().expect("UTF-8"), "--out", dir.join("out").to_str().expect("UTF-8")]);
    assert_eq!(code, 0, "{log}");
    log
}

fn gc(dir: &Path, more: &[&str]) -> (i32, String) {
    let (code, told, log) = run(&[&["gc", "--out", dir.join("out").to_str().expect("UTF-8")], more].concat());
    (code, told + &log)
}

#[test]
fn records_of_a_value_that_was_taken_off_an_axis_are_listed_then_deleted() {
    let dir = scratch("gc");
    sweep(&dir, "[0.01, 0.1, 0.2]");
    let (code, told) = gc(&dir, &[]);
    assert!(code == 0 && told.contains("nothing to delete") && told.contains("0 of       3 unused"), "{told}");

    sweep(&dir, "[0.01, 0.1]");
    let before = tree(&dir);
    let (code, told) = gc(&dir, &[]);
    // One record with its weights and its time.
    assert!(code == 0 && told.matches("1 of       3 unused").count() == 3 && told.contains("a dry run"), "{told}");
    assert_eq!(told.lines().filter(|l| l.contains(".store")).count(), 3, "{told}");
    assert!(before == tree(&dir), "a dry run deleted something");

    let (code, told) = gc(&dir, &["--delete"]);
    assert!(code == 0 && told.contains("deleted 3 files"), "{told}");
    let log = sweep(&dir, "[0.01, 0.1]");
    assert!(log.contains(" 0 trained") && log.contains("up to date"), "{log}");
    let run_dir = dir.join("out/small");
    let (code, _, log) = run(&["report", run_dir.to_str().expect("UTF-8")]);
    assert!(code == 0 && log.contains("from 2 records (0 missing)"), "{log}");
    fs::remove_dir_all(&dir).expect("removed");
}

#[test]
fn unfinished_files_are_left_while_they_are_young_and_strangers_for_good() {
    let dir = scratch("gc-tmp");
    sweep(&dir, "[0.1]");
    let folder = fs::read_dir(dir.join("out/.store")).expect("a store").next().expect("a folder").expect("readable").path();
    let (young, old, stranger) = (folder.join("aa.0123456789abcdef.tmp"), folder.join("weights.bb.tmp"), folder.join("notes.txt"));
    for path in [&young, &old, &stranger] {
        fs::write(path, "half").expect("written");
    }
    let two_hours_ago = SystemTime::now() - Duration::from_secs(7200);
    for path in [&old, &stranger] {
        File::options().write(true).open(path).expect("there").set_modified(two_hours_ago).expect("dated");
    }
    let (code, told) = gc(&dir, &["--delete"]);
    assert!(code == 0 && told.contains("deleted 1 files, 4 bytes"), "{told}");
    assert!(young.is_file() && stranger.is_file() && !old.exists());
    fs::remove_dir_all(&dir).expect("removed");
}

#[test]
fn a_run_that_cannot_be_planned_keeps_everything() {
    let dir = scratch("gc-gone");
    fs::write(dir.join("own.csv"), "a,b\n1,x\n2,y\n3,x\n4,y\n5,x\n6,y\n7,x\n8,y\n9,x\n10,y\n").expect("written");
    let file = dir.join("own.toml");
    fs::write(&file, "name = \"own\"\n[base]\ndata = { source = \"csv\", path = \"own.csv\" }\ntrain = { epochs = 2, batch = 2 }\n")
        .expect("written");
    let (code, _, log) = run(&["sweep", file.to_str().expect("UTF-8"), "--out", dir.join("out").to_str().expect("UTF-8")]);
    assert_eq!(code, 0, "{log}");
    sweep(&dir, "[0.01, 0.1]");
    sweep(&dir, "[0.01]");
    fs::remove_file(dir.join("own.csv")).expect("removed");
    let before = tree(&dir);
    let (code, told) = gc(&dir, &["--delete"]);
    assert!(code == 2 && told.contains("out/own cannot be planned") && told.contains("own.csv"), "{told}");
    assert!(before == tree(&dir), "something was deleted");
    let (code, told) = gc(&dir.join("nowhere"), &[]);
    assert!(code == 2 && told.contains("cannot read"), "{told}");
    fs::remove_dir_all(&dir).expect("removed");
}
