//! All statistics of 10,000 trials over five axes: well below a second on a quiet core; the limit here leaves room for a busy machine.

use std::time::{Duration, Instant};

use thalweg_report::groups::{groups, ranked};
use thalweg_report::summary::best;
use thalweg_report::variation::{importance, rank_stability};
use thalweg_report::{At, Column, Look, Sheet, Table, summarise};

const AXES: [&str; 5] = ["train.lr", "train.batch", "train.lambda", "model.activation", "model.hidden"];

fn sheet() -> Sheet {
    Sheet {
        name: "x".into(),
        question: String::new(),
        axes: AXES.map(String::from).into(),
        headline: None,
        progress: "epoch",
        metric: "valid_loss".into(),
        at: At::BestEpoch,
        plots: None,
        look: Look::default(),
        notes: Vec::new(),
        n_planned: 0,
        settings_toml: String::new(),
        environment: Vec::new(),
    }
}

/// A grid of five axes; of every `hole` trials one is missing.
fn trials(sizes: [usize; 5], n_seeds: usize, hole: usize) -> Table {
    let n = sizes.iter().product::<usize>() * n_seeds;
    let rows: Vec<usize> = (0..n).filter(|i| i % hole != hole - 1).collect();
    let level = |row: usize, axis: usize| row / n_seeds / sizes[..axis].iter().product::<usize>() % sizes[axis];
    let value = |row: usize| {
        let noise = (row as f64 * 12.9898).sin() * 43_758.545;
        (0..5).map(|a| (a + 1) as f64 * level(row, a) as f64).sum::<f64>() + noise.fract()
    };
    let mut columns = vec![Column::text("config", rows.iter().map(|row| Some(format!("{:05}", row / n_seeds))).collect())];
    for (axis, name) in AXES.iter().enumerate() {
        columns.push(Column::text(name, rows.iter().map(|row| Some(format!("v{}", level(*row, axis)))).collect()));
    }
    columns.push(Column::int("seed", rows.iter().map(|row| Some((row % n_seeds) as i64)).collect()));
    columns.push(Column::text("status", rows.iter().map(|_| Some("ok".into())).collect()));
    columns.push(Column::float("valid_loss", rows.iter().map(|row| Some(value(*row))).collect()));
    Table::new(columns).expect("a table")
}

#[test]
fn ten_thousand_trials_take_no_time() {
    // Complete; with holes; many seeds, so that there is a bootstrap; one configuration with ten thousand.
    for (sizes, n_seeds, hole) in [
        ([5, 5, 4, 5, 4], 5, usize::MAX),
        ([5, 5, 4, 5, 4], 5, 10),
        ([5, 5, 4, 5, 2], 10, usize::MAX),
        ([1, 1, 1, 1, 1], 10_000, usize::MAX),
    ] {
        let (trials, sheet) = (trials(sizes, n_seeds, hole), sheet());
        let started = Instant::now();
        let summary = summarise(&trials, &sheet).expect("a summary");
        let found = groups(&trials, &sheet).expect("groups");
        let order = ranked(&found, &sheet);
        let best = best(&found, &order);
        let shares = importance(&found, &sheet.axes);
        let stability = rank_stability(&found, &best.of, &sheet.metric);
        let took = started.elapsed();
        println!("{sizes:?} × {n_seeds} seeds: {took:?}");
        assert_eq!(summary.n_rows(), sizes.iter().product::<usize>());
        assert_eq!((shares.is_ok(), stability.is_some()), (sizes[0] > 1, sizes[0] > 1));
        assert!(took < Duration::from_secs(4), "{sizes:?}: {took:?}");
    }
}
