//! `new NAME` gives a file that plans and sweeps as it is, and never takes another file's place.

use std::fs;

use thalweg_tests::{scratch, thalweg};

/// Runs the program in a folder: exit status and both outputs.
fn run_in(dir: &std::path::Path, words: &[&str]) -> (i32, String) {
    let output = thalweg().current_dir(dir).args(words).output().expect("the program starts");
    let both = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&both).into_owned())
}

#[test]
fn a_new_experiment_is_planned_and_swept_by_the_commands_that_are_printed() {
    let dir = scratch("new");
    fs::create_dir(dir.join("experiments")).expect("made");
    let (code, told) = run_in(&dir, &["new", "my-question"]);
    assert_eq!(code, 0, "{told}");
    let text = fs::read_to_string(dir.join("experiments/my-question.toml")).expect("written where experiments lie");
    for part in ["\n[base]", "\n[axes]", "\n[replicates]", "\n[report]", "docs/experiments.md", "name     = \"my-question\""] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let next: Vec<Vec<&str>> = told
        .lines()
        .filter_map(|l| l.trim().strip_prefix("thalweg "))
        .map(|l| l.split('#').next().expect("a command").split_whitespace().collect())
        .collect();
    assert_eq!(next.iter().map(|words| words[0]).collect::<Vec<_>>(), ["plan", "sweep"]);
    for words in next {
        let (code, log) = run_in(&dir, &words);
        // 4 rates × 2 momenta × 3 seeds.
        assert!(code == 0 && log.contains("24"), "{log}");
    }
    assert!(dir.join("reports/my-question/report.html").is_file());
    fs::remove_dir_all(&dir).expect("removed");
}

#[test]
fn the_folder_is_the_one_asked_for_or_this_one() {
    let dir = scratch("new-folder");
    fs::create_dir(dir.join("mine")).expect("made");
    assert_eq!(run_in(&dir, &["new", "a"]).0, 0);
    assert_eq!(run_in(&dir, &["new", "a", "--in", "mine"]).0, 0);
    assert!(dir.join("a.toml").is_file() && dir.join("mine/a.toml").is_file());
    fs::remove_dir_all(&dir).expect("removed");
}

#[test]
fn bad_names_and_files_that_exist_are_refused() {
    let dir = scratch("new-bad");
    fs::write(dir.join("taken.toml"), "mine").expect("written");
    for (words, say) in [
        (vec!["new", "../x"], "is not a name"),
        (vec!["new", "My"], "is not a name"),
        (vec!["new", ""], "is not a name"),
        (vec!["new", "a\"b"], "is not a name"),
        (vec!["new", "a\nb"], "is not a name"),
        (vec!["new", "taken"], "taken.toml is there already"),
        (vec!["new", "x", "--in", "nowhere"], "cannot write"),
    ] {
        let (code, told) = run_in(&dir, &words);
        assert!(code == 2 && told.contains(say), "{words:?} ended with {code}: {told}");
    }
    assert_eq!(fs::read_to_string(dir.join("taken.toml")).expect("still there"), "mine");
    assert_eq!(fs::read_dir(&dir).expect("readable").count(), 1, "something was left");
    fs::remove_dir_all(&dir).expect("removed");
}
