//! What the documents say is what the program does.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use thalweg_tests::{experiments, root, run, scratch};

#[test]
fn the_catalog_is_fresh() {
    let (code, text, _) = run(&["catalog"]);
    let committed = fs::read_to_string(root().join("docs/catalog.md")).expect("docs/catalog.md");
    assert!(code == 0 && text == committed, "docs/catalog.md is stale: cargo xtask catalog > docs/catalog.md");
}

/// Whether an experiment asks for a set that the user installs, and that is not here: said, not passed over in silence.
fn lacks_data(path: &str, code: i32, log: &str) -> bool {
    let lacks = code == 2 && log.contains("is not installed");
    if lacks {
        eprintln!("SKIPPED {path}: its data set is not installed");
    }
    lacks
}

/// Every gradient of every shipped experiment, on its own data.
#[test]
fn each_shipped_experiment_passes_its_gradient_check() {
    let (all, next) = (experiments(), AtomicUsize::new(0));
    let check = || {
        while let Some(path) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (code, told, log) = run(&["gradcheck", path]);
            assert!(lacks_data(path, code, &log) || (code == 0 && told.contains(", 0 failed")), "{path}: {told}{log}");
        }
    };
    // One core is enough for one check.
    std::thread::scope(|scope| (0..2).for_each(|_| drop(scope.spawn(check))));
}

#[test]
fn each_example_and_each_shipped_experiment_can_be_planned() {
    let dir = scratch("examples");
    // The examples are files of `experiments/`, beside weights, pictures and a table of one's own.
    for (from, to) in [
        ("experiments/d-networks/weights/digits-backbone.safetensors", "weights/digits-backbone.safetensors"),
        ("experiments/a-pictures/pictures/chelsea.png", "pictures/chelsea.png"),
        ("crates/thalweg-data/tests/oracle/own/birds.csv", "mine/birds.csv"),
    ] {
        let to = dir.join(to);
        fs::create_dir_all(to.parent().expect("in a folder")).expect("made");
        fs::copy(root().join(from), to).expect("copied");
    }
    // The tutorial's blocks build on one another; `tutorial.rs` runs them all.
    let mut n = 0;
    for document in ["README.md", "docs/experiments.md", "docs/reports.md", "docs/cluster.md"] {
        let text = fs::read_to_string(root().join(document)).expect("a document");
        for block in text.split("```toml").skip(1).filter_map(|rest| rest.split("```").next()) {
            let file = dir.join("example.toml");
            fs::write(&file, block).expect("written");
            let (code, _, log) = run(&["plan", file.to_str().expect("UTF-8"), "--out", dir.to_str().expect("UTF-8")]);
            assert_eq!(code, 0, "{document}: {block}\n{log}");
            n += 1;
        }
    }
    for path in experiments() {
        let (code, _, log) = run(&["plan", &path, "--out", dir.to_str().expect("UTF-8")]);
        if lacks_data(&path, code, &log) {
            continue;
        }
        assert_eq!(code, 0, "{path}: {log}");
        n += 1;
    }
    assert!(n >= 3, "only {n} examples were found");
    fs::remove_dir_all(&dir).expect("removed");
}

/// A resolved experiment is a fixed point: reading it gives the same plan.
#[test]
fn resolving_twice_changes_nothing() {
    let dir = scratch("resolved");
    let (code, once, log) = run(&["plan", "experiments/quickstart.toml", "--resolved"]);
    assert_eq!(code, 0, "{log}");
    let file = dir.join("once.toml");
    fs::write(&file, &once).expect("written");
    assert_eq!(run(&["plan", file.to_str().expect("UTF-8"), "--resolved"]).1, once);
    fs::remove_dir_all(&dir).expect("removed");
}
