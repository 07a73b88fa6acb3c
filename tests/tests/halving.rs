//! Successive halving: what is promoted depends on records alone, so the bytes are those of any order, number of workers and slices.

use std::fs;
use std::path::Path;

use thalweg_tests::{assert_refused, assert_same_trees, run, scratch};

const SWEEP: &str = r#"
name = "halved"
[base]
data = { source = "digits", transform = ["unit-scale"] }
train = { optimizer = "momentum", epochs = 9 }
[axes]
train.lr = [0.001, 0.01, 0.03, 0.1, 0.3, 1000.0]
model.activation = ["relu", "sigmoid"]
[replicates]
n = 2
[search]
method = "halving"
min-epochs = 1
"#;

/// A file, and a folder of its own beside it.
fn swept(dir: &Path, name: &str, text: &str, more: &[&str]) -> String {
    let (file, out) = (dir.join(format!("{name}.toml")), dir.join(name));
    fs::write(&file, text).expect("written");
    let words = ["sweep", file.to_str().expect("UTF-8"), "--out", out.to_str().expect("UTF-8")];
    let (code, _, log) = run(&[&words, more].concat());
    assert_eq!(code, 0, "{log}");
    log
}

/// The rows of a run's log: rung, epochs, cohort, config, n, mean, rank, decision.
fn log_of(out: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(out.join("halved/halving.csv")).expect("a log");
    text.lines().skip(1).map(|line| line.split(',').map(String::from).collect()).collect()
}

#[test]
fn workers_slices_and_a_full_store_leave_the_same_bytes() {
    let dir = scratch("halving");
    // 12 configurations on rungs of 1, 3 and 9 epochs: 12, 4 and 1, times two seeds.
    let log = swept(&dir, "one", SWEEP, &["--jobs", "1"]);
    assert!(log.contains("34 trained, 0 from the store, 0 missing"), "{log}");
    swept(&dir, "two", SWEEP, &["--jobs", "2"]);
    assert_same_trees(&dir.join("one"), &dir.join("two"));

    let (file, out) = (dir.join("one.toml"), dir.join("slices"));
    let (file, out_word) = (file.to_str().expect("UTF-8"), out.to_str().expect("UTF-8"));
    for (turn, shard) in ["2/3", "3/3", "1/3", "3/3", "1/3", "2/3"].into_iter().enumerate() {
        let (code, _, log) = run(&["worker", "--plan", file, "--out", out_word, "--shard", shard]);
        assert_eq!(code, 0, "{log}");
        // The first two cannot know how the first rung ends.
        assert!(turn > 1 || log.contains("waits for the other slices"), "{log}");
    }
    let (code, _, log) = run(&["sweep", file, "--out", out_word]);
    assert!(code == 0 && log.contains("0 missing"), "{log}");
    assert_same_trees(&dir.join("one"), &out);

    // Somebody else has trained every configuration for 3 and 9 epochs: no row more, and nothing but the first rung is trained.
    let grid = SWEEP.replace("halved", "grid").replace("[search]\nmethod = \"halving\"\nmin-epochs = 1\n", "");
    let grid = grid.replace("epochs = 9", "patience = 0").replace("[axes]", "[axes]\ntrain.epochs = [3, 9]");
    swept(&dir, "full", &grid, &[]);
    let log = swept(&dir, "full", SWEEP, &[]);
    assert!(log.contains("24 trained, 10 from the store, 0 missing"), "{log}");
    let table = |name: &str| fs::read(dir.join(name).join("halved/trials.csv")).expect("a table");
    assert!(table("one") == table("full"), "another sweep's records show");
    fs::remove_dir_all(&dir).expect("removed");
}

/// Of 12, 4 and 1 go on; what diverged is last; the trials of the table are those of the log.
#[test]
fn the_log_says_who_went_on_and_why() {
    let dir = scratch("halving-log");
    swept(&dir, "one", SWEEP, &[]);
    let log = log_of(&dir.join("one"));
    let of = |rung: &str, decision: &str| log.iter().filter(|r| r[0] == rung && r[7] == decision).count();
    assert_eq!([of("1", "promoted"), of("1", "given up"), of("2", "promoted"), of("2", "given up"), of("3", "finished")], [4, 8, 1, 3, 1]);
    for rung in ["1", "2"] {
        let means: Vec<f64> = log.iter().filter(|r| r[0] == rung && !r[5].is_empty()).map(|r| r[5].parse().expect("a mean")).collect();
        assert!(means.windows(2).all(|w| w[0] <= w[1]), "{means:?}");
    }
    let trials = fs::read_to_string(dir.join("one/halved/trials.csv")).expect("a table");
    assert_eq!(trials.lines().count() - 1, 2 * log.len());
    let run_dir = dir.join("one/halved");
    let explained = |config: &str| run(&["explain", run_dir.to_str().expect("UTF-8"), config]).1;
    let first = |rung: &str, decision: &str| log.iter().find(|r| r[0] == rung && r[7] == decision).expect("a row")[3].clone();
    assert!(explained(&first("1", "promoted")).contains("rung 1 of 3, 1 epoch: promoted, place 1 of 12"));
    assert!(explained(&first("2", "given up")).contains("rung 2 of 3, 3 epochs: given up, place 2 of 4"));
    fs::remove_dir_all(&dir).expect("removed");
}

#[test]
fn what_cannot_be_halved_is_refused() {
    let head = "name = \"h\"\n[axes]\ntrain.lr = [0.1, 0.2]\n";
    let method = "[search]\nmethod = \"halving\"\n";
    let with = |more: &str| -> &'static str { Box::leak(format!("{method}{more}").into_boxed_str()) };
    let bad: Vec<(&'static str, &'static [&'static str])> = vec![
        ("train.epochs = [2, 4]\n[search]\nmethod = \"halving\"\n", &["train.epochs is swept", "^"]),
        ("train.lambda = { uniform = [0.0, 1.0] }\n[search]\nmethod = \"halving\"\n", &["no end of such values", "`points`"]),
        (with("min-epochs = 40\n"), &["one of 3 of 50 epochs is less than 40"]),
        (with("eta = 1\n"), &["`eta`: 1 is out of range: 2 to 100"]),
        (with("cohort = 1\n"), &["`cohort`: 1 is out of range"]),
        ("[search]\nmethod = \"random\"\npoints = 4\neta = 2\n", &["`eta` is for method = \"halving\""]),
    ];
    assert_refused("halving-refused", head, Box::leak(bad.into_boxed_slice()));
    assert_refused(
        "halving-graph",
        "name = \"h\"\nkind = \"graph\"\n",
        &[("[search]\nmethod = \"halving\"\n", &["has no epochs to halve"])],
    );
}
