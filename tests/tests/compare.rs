//! `compare`: the right verdict on runs that differ in one setting or in seeds alone, and clear words where there is nothing to compare.

use std::fs;
use std::path::{Path, PathBuf};

use thalweg_tests::{run, scratch};

const SWEEP: &str = r#"
name = "NAME"
[base]
data = { source = "digits", transform = ["unit-scale"] }
train = { optimizer = "momentum", momentum = MOMENTUM, epochs = 6 }
[axes]
train.lr = [0.01, 0.03]
model.activation = ["relu", "sigmoid"]
[replicates]
seeds = SEEDS
[report]
plots = []
"#;

/// Sweeps into `dir` and returns the run's folder.
fn swept(dir: &Path, name: &str, momentum: &str, seeds: &str) -> PathBuf {
    let file = dir.join(format!("{name}.toml"));
    fs::write(&file, SWEEP.replace("NAME", name).replace("MOMENTUM", momentum).replace("SEEDS", seeds)).expect("written");
    let (code, _, log) = run(&["sweep", file.to_str().expect("UTF-8"), "--out", dir.to_str().expect("UTF-8")]);
    assert_eq!(code, 0, "{log}");
    dir.join(name)
}

fn compared(a: &Path, b: &Path, more: &[&str]) -> (i32, String, String) {
    run(&[&["compare", a.to_str().expect("UTF-8"), b.to_str().expect("UTF-8")], more].concat())
}

#[test]
fn one_setting_is_judged_and_seeds_alone_are_not() {
    let dir = scratch("compare");
    let a = swept(&dir, "base", "0.9", "[0, 1, 2, 3, 4]");
    let worse = swept(&dir, "slow", "0.0", "[0, 1, 2, 3, 4]");
    let seeds = swept(&dir, "seeds", "0.9", "[10, 11, 12, 13, 14]");

    let (code, told, log) = compared(&a, &worse, &[]);
    assert_eq!(code, 0, "{log}");
    assert!(told.starts_with("slow is worse than base: valid_loss differs by +") && told.contains("paired t over 5 seeds"), "{told}");
    assert!(told.contains("base.train.momentum") && told.contains(" 0.9 ") && told.contains(" 4 worse"), "{told}");
    for ending in [".csv", ".html", "-differences.png", "-differences.svg", "-curves.png", "-curves.svg"] {
        assert!(fs::metadata(worse.join(format!("compare-base{ending}"))).is_ok_and(|m| m.len() > 100), "compare-base{ending}");
    }
    let table = fs::read_to_string(worse.join("compare-base.csv")).expect("a table");
    assert_eq!(table.lines().count(), 1 + 1 + 4, "{table}");
    assert!(table.lines().nth(1).is_some_and(|l| l.starts_with("overall,,,5,5,0,0,") && l.ends_with("paired t,worse")), "{table}");

    // The gate stops what is worse, and only beyond the noise that was named.
    assert_eq!(compared(&a, &worse, &["--gate"]).0, 1);
    assert_eq!(compared(&worse, &a, &["--gate"]).0, 0);
    assert_eq!(compared(&a, &worse, &["--gate", "--noise", "5"]).0, 0);

    let (code, told, _) = compared(&a, &seeds, &["--gate", "--noise", "0.5%"]);
    assert!(code == 0 && told.starts_with("seeds is not told apart from base") && told.contains(" 4 no difference"), "{told}");
    assert!(told.contains("Welch's t, no shared seed") && told.contains("replicates.seeds"), "{told}");

    // More than one run: each against the first. Another metric, where larger is better, and one that there is not.
    let (code, told, _) = run(&["compare", a.to_str().expect("UTF-8"), worse.to_str().expect("UTF-8"), seeds.to_str().expect("UTF-8")]);
    assert!(code == 0 && told.contains("slow is worse than base") && told.contains("seeds is not told apart from base"), "{told}");
    let (_, told, _) = compared(&a, &worse, &["--metric", "test_accuracy"]);
    assert!(told.starts_with("slow is worse than base: test_accuracy differs by -"), "{told}");
    let (code, _, log) = compared(&a, &worse, &["--metric", "test_acuracy"]);
    assert!(
        code == 2 && log.contains("no trial of base has a number in the column `test_acuracy`") && log.contains("test_accuracy"),
        "{log}"
    );
    let (code, _, log) = compared(&a, &a, &[]);
    assert!(code == 2 && log.contains("a run does not differ from itself"), "{log}");

    // The same bytes again, and a report that is up to date leaves them alone.
    compared(&a, &worse, &[]);
    let before = fs::read(worse.join("compare-base.html")).expect("a page");
    compared(&a, &worse, &["--metric", "valid_loss"]);
    assert!(before == fs::read(worse.join("compare-base.html")).expect("a page"), "the page differs");
    fs::remove_dir_all(&dir).expect("removed");
}

#[test]
fn one_seed_and_no_common_configuration_are_said() {
    let dir = scratch("compare-few");
    let (a, b) = (swept(&dir, "one", "0.9", "[0]"), swept(&dir, "two", "0.0", "[0]"));
    let (code, told, _) = compared(&a, &b, &["--gate"]);
    assert!(code == 0 && told.contains("under one seed: that says nothing of noise") && told.contains(" 4 cannot be tested"), "{told}");
    assert!(!told.contains("NaN") && !told.contains("±"), "{told}");

    let file = dir.join("other.toml");
    fs::write(&file, SWEEP.replace("NAME", "other").replace("MOMENTUM", "0.9").replace("SEEDS", "[0]").replace("[0.01, 0.03]", "[0.05]"))
        .expect("written");
    assert_eq!(run(&["sweep", file.to_str().expect("UTF-8"), "--out", dir.to_str().expect("UTF-8")]).0, 0);
    let other = dir.join("other");
    let (code, told, _) = compared(&a, &other, &[]);
    assert!(code == 0 && told.starts_with("No configuration is in both runs: one has 4, other 2."), "{told}");
    let (code, _, log) = compared(&a, &other, &["--gate"]);
    assert!(code == 2 && log.contains("a gate needs a configuration that both runs have"), "{log}");
    fs::remove_dir_all(&dir).expect("removed");
}

/// A table with words in a column of numbers.
fn with_words(table: &str, column: &str) -> String {
    let at = table.lines().next().and_then(|header| header.split(',').position(|name| name == column)).expect("a column");
    let line = |(row, line): (usize, &str)| {
        let cells = line.split(',').enumerate().map(|(i, cell)| if row > 0 && i == at { "much" } else { cell });
        cells.collect::<Vec<_>>().join(",") + "\n"
    };
    table.lines().enumerate().map(line).collect()
}

/// Folders that are incomplete, old, or were edited by hand.
#[test]
fn damaged_folders_are_refused_with_the_file() {
    let dir = scratch("compare-bad");
    let a = swept(&dir, "good", "0.9", "[0, 1]");
    let bad = swept(&dir, "bad", "0.8", "[0, 1]");
    let (trials, experiment) = (bad.join("trials.csv"), bad.join("experiment.toml"));
    let (text, toml) = (fs::read_to_string(&trials).expect("a table"), fs::read_to_string(&experiment).expect("an experiment"));
    let without = |column: &str| text.replacen(column, "elsewhere", 1);
    let damages: Vec<(&str, Option<String>, &str)> = vec![
        ("no table", None, "trials.csv"),
        ("no seed", Some(without(",seed,")), "trials.csv"),
        ("no status", Some(text.replacen(",status,", ",state,", 1)), "the column `status` is missing"),
        ("no metric", Some(text.replacen(",valid_loss,", ",loss,", 1)), "no trial of bad has a number in the column `valid_loss`"),
        ("words for numbers", Some(with_words(&text, "valid_loss")), "no trial of bad has a number in the column `valid_loss`"),
        ("no rows", Some(format!("{}\n", text.lines().next().expect("a header"))), "it has no rows"),
        ("empty", Some(String::new()), "trials.csv"),
        ("binary", Some("\u{0}\u{1}\u{2},\n\u{3}".into()), "trials.csv"),
        ("a row with too many cells", Some(format!("{text}a,b,c{}\n", ",1".repeat(200))), "trials.csv"),
    ];
    for (what, damaged, says) in damages {
        match damaged {
            Some(text) => fs::write(&trials, text).expect("written"),
            None => fs::remove_file(&trials).expect("removed"),
        }
        let (code, told, log) = compared(&a, &bad, &[]);
        assert!(code == 2 && log.contains(says) && !log.contains("panicked"), "{what}: {code}\n{told}\n{log}");
    }
    fs::write(&trials, &text).expect("written");
    fs::write(&experiment, "name = ").expect("written");
    let (code, _, log) = compared(&a, &bad, &[]);
    assert!(code == 2 && log.contains("experiment.toml"), "{log}");
    fs::write(&experiment, toml).expect("written");
    assert_eq!(compared(&a, &bad, &[]).0, 0);
    let (code, _, log) = compared(&a, &dir.join("nowhere"), &[]);
    assert!(code == 2 && log.contains("is not the folder of a run"), "{log}");
    for noise in ["-1", "many", "%", "NaN"] {
        assert_eq!(compared(&a, &bad, &["--noise", noise]).0, 2, "{noise}");
    }
    fs::remove_dir_all(&dir).expect("removed");
}
