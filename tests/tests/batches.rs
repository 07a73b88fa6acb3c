//! Batch, stochastic and mini-batch: how many steps an epoch has, what they cost, and what a part of the data knows of the gradient.

use std::fs;

use thalweg_tests::{experiment, run, scratch};

/// Runs an experiment's text and returns two columns' rows of one of its tables.
fn columns(name: &str, text: &str, table: &str, wanted: [&str; 2]) -> Vec<[f64; 2]> {
    let dir = scratch(name);
    let (file, out) = (dir.join("x.toml"), dir.join("out"));
    fs::write(&file, text).expect("written");
    let (code, _, log) = run(&["sweep", file.to_str().expect("UTF-8"), "--out", out.to_str().expect("UTF-8")]);
    assert_eq!(code, 0, "{log}");
    let text = fs::read_to_string(out.join(name).join(table)).expect("a table");
    let rows: Vec<Vec<&str>> = text.lines().map(|l| l.split(',').collect()).collect();
    let places = wanted.map(|w| rows[0].iter().position(|h| *h == w).unwrap_or_else(|| panic!("no column {w}")));
    let cells = rows[1..].iter().map(|row| places.map(|p| row[p].parse().unwrap_or(f64::NAN))).collect();
    fs::remove_dir_all(&dir).expect("removed");
    cells
}

/// MISSION C5: 50,000 samples in batches of 256 are ⌈50000/256⌉ = 196 steps an epoch; D12: an epoch is all the batches. The larger the
/// batch, the fewer steps and the more memory.
#[test]
fn an_epoch_is_all_the_batches() {
    let text =
        "name = \"steps\"\n[base]\ndata = { source = \"blobs\", n = 50000, split = [1.0, 0.0, 0.0] }\nmodel.hidden = [4]\ntrain.epochs = 2
[axes]\ntrain.batch = [256, 50000]\n[report]\nplots = []\n";
    let rows = columns("steps", text, "timings.csv", ["steps", "memory_bytes"]);
    assert_eq!([rows[0][0], rows[1][0]], [2.0 * 196.0, 2.0]);
    // The larger batch holds the samples (2 numbers), a hidden layer twice and three scores, at least, in 4 bytes each.
    assert!(rows[1][1] - rows[0][1] > 49_000.0 * 4.0 * (2.0 + 2.0 * 4.0 + 3.0), "{rows:?}");
}

/// MISSION C5: the gradient of half the data is almost the same: the more samples, the smaller the angle, and with all of them there is
/// none. For a mean of independent draws 1/cos² − 1 shrinks as (1 − share)/share, which is 99 times smaller at one half than at 1 %.
#[test]
fn half_the_data_has_almost_the_same_gradient() {
    let text = fs::read_to_string(experiment("half-the-data")).expect("a shipped experiment");
    let rows = columns("half-the-data", &text, "summary.csv", ["train.gradient-sample", "mean"]);
    assert!(rows.windows(2).all(|w| w[0][0] < w[1][0] || w[0][1] >= w[1][1]), "{rows:?}");
    let of = |share: f64| rows.iter().find(|r| r[0] == share).expect("swept")[1];
    assert!((of(1.0) - 1.0).abs() < 1e-12 && of(0.01) < 0.4 && (0.8..0.98).contains(&of(0.5)), "{rows:?}");
}
