//! Several processes over one plan: slices in any order and sweeps at the same time leave what one process leaves.

use std::fs;
use std::process::Stdio;

use thalweg_tests::{assert_same_trees, run, scratch, thalweg};

const SWEEP: &str = r#"
name = "small"
[base]
data = { source = "digits", transform = ["unit-scale"] }
train = { optimizer = "momentum", epochs = 6 }
[axes]
train.lr = [0.01, 0.1, 1000.0]
model.activation = ["relu", "sigmoid"]
[replicates]
n = 3
[record]
weights = "best"
"#;

#[test]
fn slices_in_any_order_leave_what_one_process_leaves() {
    let dir = scratch("shards");
    let file = dir.join("small.toml");
    fs::write(&file, SWEEP).expect("written");
    let (file, one) = (file.to_str().expect("UTF-8"), dir.join("one"));
    let (code, _, log) = run(&["sweep", file, "--out", one.to_str().expect("UTF-8")]);
    assert_eq!(code, 0, "{log}");
    // 18 trials: slices of 18, of 6, and of 3 or 2. Shuffled by hand.
    for order in [vec![1], vec![2, 3, 1], vec![5, 2, 7, 1, 4, 6, 3]] {
        let n = order.len();
        let out = dir.join(format!("{n}"));
        let out_word = out.to_str().expect("UTF-8");
        let plan = out.join("small/experiment.toml");
        let plan = plan.to_str().expect("UTF-8");
        for (turn, i) in order.iter().enumerate() {
            // The first makes the run's folder from the file; the others know the folder from the plan.
            let shard = format!("{i}/{n}");
            let words = if turn == 0 {
                vec!["worker", "--plan", file, "--out", out_word, "--shard", &shard]
            } else {
                vec!["worker", "--plan", plan, "--shard", &shard]
            };
            let (code, told, log) = run(&words);
            let n_trials = (18 + n - i) / n;
            let says = format!("slice {shard}: {n_trials} trials, {n_trials} trained, 0 from the store, 0 missing");
            assert!(code == 0 && told.is_empty() && log.contains(&says), "{says} is not in\n{log}");
            assert_eq!(fs::read_dir(out.join("small")).expect("readable").count(), 1, "a worker writes no tables");
        }
        let (code, _, log) =
            if n == 3 { run(&["report", out.join("small").to_str().expect("UTF-8")]) } else { run(&["sweep", file, "--out", out_word]) };
        assert!(code == 0 && (n == 3 || log.contains(" 0 trained, 18 from the store, 0 missing")), "{log}");
        assert_same_trees(&one, &out);
        let (_, _, log) = run(&["worker", "--plan", plan, "--shard", &format!("1/{n}")]);
        assert!(log.contains(" 0 trained"), "{log}");
    }
    fs::remove_dir_all(&dir).expect("removed");
}

#[test]
fn sweeps_of_one_plan_at_the_same_time_all_finish_and_tear_nothing() {
    let dir = scratch("at-once");
    let file = dir.join("small.toml");
    fs::write(&file, SWEEP).expect("written");
    let (file, one, out) = (file.to_str().expect("UTF-8"), dir.join("one"), dir.join("out"));
    assert_eq!(run(&["sweep", file, "--out", one.to_str().expect("UTF-8")]).0, 0);
    for round in 0..3 {
        let _ = fs::remove_dir_all(&out);
        let words = ["sweep", file, "--jobs", "2", "--out", out.to_str().expect("UTF-8")];
        let start = || thalweg().args(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let children: Vec<_> = (0..3).map(|_| start()).collect();
        for child in children {
            let output = child.wait_with_output().expect("reaped");
            let log = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && !log.contains("damaged") && log.contains("0 missing"), "round {round}: {log}");
        }
        assert_same_trees(&one, &out);
    }
    fs::remove_dir_all(&dir).expect("removed");
}

#[test]
fn slices_that_are_none_and_folders_that_are_not_known_are_refused() {
    let dir = scratch("shards-bad");
    let file = dir.join("small.toml");
    fs::write(&file, SWEEP).expect("written");
    let (file, out) = (file.to_str().expect("UTF-8"), dir.join("out"));
    for (shard, say) in
        [("0/3", "there is no slice 0 of 3"), ("4/3", "there is no slice 4 of 3"), ("1/0", "at least one slice"), ("x", "must be i/n")]
    {
        let (code, _, log) = run(&["worker", "--plan", file, "--out", out.to_str().expect("UTF-8"), "--shard", shard]);
        assert!(code == 2 && log.contains(say), "{shard}: {log}");
    }
    let (code, _, log) = run(&["worker", "--plan", file, "--shard", "1/2"]);
    assert!(code == 2 && log.contains("say it with --out"), "{log}");
    assert!(!out.exists(), "something was written");
    fs::remove_dir_all(&dir).expect("removed");
}
