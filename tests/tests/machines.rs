//! Linear and kernel machines as experiments: against scikit-learn on whole sets, C and λ, what is read and what is not, limits, weights.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use thalweg_tests::{Refused, assert_refused, assert_same_trees, rows, run, scratch};

/// Sweeps a file; its run's folder.
fn swept(dir: &Path, name: &str, body: &str, words: &[&str]) -> PathBuf {
    let (file, out) = (dir.join(format!("{name}.toml")), dir.join("out"));
    fs::write(&file, format!("name = \"{name}\"\n{body}")).expect("written");
    let (code, _, log) = run(&[&["sweep", file.to_str().expect("UTF-8"), "--out", out.to_str().expect("UTF-8")], words].concat());
    assert_eq!(code, 0, "{log}");
    out.join(name)
}

fn trials(run: &Path) -> Vec<HashMap<String, String>> {
    rows(&run.join("trials.csv"))
}

fn number(row: &HashMap<String, String>, name: &str) -> f64 {
    row[name].parse().unwrap_or_else(|_| panic!("{name} is `{}`", row[name]))
}

/// Support vectors, dual objective and accuracy of 15 settings on three whole sets (`oracle/machines.py`).
#[test]
fn agrees_with_libsvm_from_file_to_table() {
    let dir = scratch("machines-oracle");
    let head = "[record]\nevery = 1000000\n[report]\nplots = []\n";
    let mut n = 0;
    for line in include_str!("../oracle/machines.csv").lines().skip(2) {
        let cells: Vec<&str> = line.split(',').collect();
        let [data, kernel, c, gamma, weights] = cells[..5] else { panic!("{line}") };
        let gamma = if gamma == "scale" { "\"scale\"".into() } else { gamma.to_string() };
        let weights = if weights.contains(' ') { format!("[{}]", weights.replace(' ', ", ")) } else { format!("\"{weights}\"") };
        let model = format!("kind = \"kernel-svm\", kernel = \"{kernel}\", gamma = {gamma}, coef0 = 1.0, class-weights = {weights}");
        let set = format!("source = \"{data}\", split = [1.0, 0.0, 0.0], transform = [\"standardise\"]");
        let body =
            format!("{head}[base]\ndata = {{ {set} }}\nmodel = {{ {model} }}\ntrain = {{ C = {c}, tolerance = 1e-6, epochs = 100000 }}\n");
        let found = trials(&swept(&dir, &format!("m{n}"), &body, &[]));
        let [row] = &found[..] else { panic!("one trial") };
        let [n_support, dual, accuracy] = [5, 6, 7].map(|i| cells[i].parse::<f64>().expect("a number"));
        assert!((number(row, "dual_objective") / dual - 1.0).abs() < 1e-6, "{line}: {}", row["dual_objective"]);
        // A sample that lies on the margin may be a support vector there and none here.
        assert!((number(row, "n_support") - n_support).abs() <= 2.0, "{line}: {}", row["n_support"]);
        assert_eq!(number(row, "train_accuracy"), accuracy, "{line}");
        assert!(number(row, "duality_gap").abs() < 1e-3 * dual.abs() && row["convergence"] == "converged", "{line}");
        n += 1;
    }
    assert_eq!(n, 15);
    fs::remove_dir_all(&dir).expect("removed");
}

/// MISSION B3 with n = 64 training samples and C = ½: the λ of each convention trains the same machine, to the last bit.
#[test]
fn c_and_lambda_are_two_names_of_one_thing() {
    let dir = scratch("machines-names");
    for (kind, more) in [("linear", "loss = \"one-vs-rest\""), ("kernel-svm", "kernel = \"rbf\"")] {
        for (penalty, lambda) in [("l2", 1.0 / 32.0), ("l2-sum", 1.0 / 64.0), ("l2-mean", 2.0)] {
            let run_with = |name: &str, strength: &str| {
                let body = format!(
                    "[report]\nplots = []\n[base]\ndata = {{ source = \"blobs\", n = 128, split = [0.5, 0.0, 0.5] }}\n\
                     model = {{ kind = \"{kind}\", {more} }}\ntrain = {{ penalty = \"{penalty}\", {strength}, epochs = 20 }}\n"
                );
                let mut rows = trials(&swept(&dir, &format!("{name}-{kind}-{penalty}"), &body, &[]));
                let mut row = rows.remove(0);
                row.remove("key");
                row.remove("config");
                assert_eq!(rows.len(), 0);
                row
            };
            let [by_c, by_lambda, without] =
                [("c", "C = 0.5".to_string()), ("l", format!("lambda = {lambda:?}")), ("n", "lambda = 0.0".into())]
                    .map(|(name, strength)| run_with(name, &strength));
            assert_eq!(by_c, by_lambda, "{kind} {penalty}");
            assert_ne!(by_c["weight_norm"], without["weight_norm"], "{kind} {penalty}");
        }
    }
    fs::remove_dir_all(&dir).expect("removed");
}

/// Points that differ in nothing that their model reads are one; tables are empty where a setting is not read.
#[test]
fn what_a_model_does_not_read_makes_no_second_trial() {
    let dir = scratch("machines-reads");
    let body = "[report]\nplots = []\nmetric = \"valid_accuracy\"\n[base]\ndata.source = \"iris\"\ntrain.epochs = 3\n\
                [axes]\nmodel.kind = [\"linear\", \"kernel-svm\", \"mlp\"]\nmodel.kernel = [\"linear\", \"rbf\"]\nmodel.gamma = [0.1, 1.0]\n\
                model.hidden = [[4], [8]]\ntrain.lr = [0.1, 0.2]\n";
    let run_dir = swept(&dir, "reads", body, &[]);
    let rows = trials(&run_dir);
    let of = |kind: &str| rows.iter().filter(|r| r["model.kind"] == kind).collect::<Vec<_>>();
    // Rates; a linear kernel, and an RBF of each γ; rates and widths.
    assert_eq!((of("linear").len(), of("kernel-svm").len(), of("mlp").len(), rows.len()), (2, 3, 4, 9));
    assert!(of("kernel-svm").iter().all(|r| r["train.lr"].is_empty() && r["model.hidden"].is_empty()));
    assert!(of("mlp").iter().all(|r| r["model.kernel"].is_empty() && r["model.gamma"].is_empty() && !r["train.lr"].is_empty()));
    let gammas: Vec<&str> = of("kernel-svm").iter().map(|r| r["model.gamma"].as_str()).collect();
    assert_eq!(gammas.iter().filter(|g| g.is_empty()).count(), 1, "{gammas:?}");
    // The resolved file says the same plan.
    let again = run_dir.join("experiment.toml");
    let (code, said, log) = run(&["plan", again.to_str().expect("UTF-8"), "--out", dir.join("out").to_str().expect("UTF-8")]);
    assert!(code == 0 && said.contains("0 new, 9 cached"), "{said}{log}");
    fs::remove_dir_all(&dir).expect("removed");
}

/// A solver that comes to its limit is a row that says so; the curve's last row is the machine that is kept.
#[test]
fn a_limit_of_passes_is_an_outcome() {
    let dir = scratch("machines-limit");
    let body = "[report]\nplots = []\n[base]\ndata = { source = \"moons\", noise = 0.4 }\nmodel.kind = \"kernel-svm\"\n\
                train = { C = 1000.0, tolerance = 1e-6 }\n[axes]\ntrain.epochs = [2, 10000]\n";
    let run_dir = swept(&dir, "limit", body, &[]);
    let rows = trials(&run_dir);
    let of = |epochs: &str| rows.iter().find(|r| r["train.epochs"] == epochs).expect("a row");
    assert_eq!((of("2")["convergence"].as_str(), number(of("2"), "n_unsolved"), number(of("2"), "epochs_run")), ("slow", 1.0, 2.0));
    let whole = of("10000");
    assert_eq!((whole["convergence"].as_str(), number(whole, "n_unsolved"), whole["status"].as_str()), ("converged", 0.0, "ok"));
    assert!(number(whole, "epochs_run") > 2.0 && number(whole, "dual_objective") < number(of("2"), "dual_objective"));
    assert!(number(of("2"), "duality_gap") > 10.0 * number(whole, "duality_gap"));
    // The dual objective falls from pass to pass.
    let epochs = fs::read_to_string(run_dir.join("epochs.csv")).expect("a table");
    let place = epochs.lines().next().expect("a header").split(',').position(|h| h == "dual_objective").expect("a column");
    let of_whole = epochs.lines().filter(|line| line.starts_with(&whole["key"]));
    let curve: Vec<f64> = of_whole.map(|line| line.split(',').nth(place).and_then(|v| v.parse().ok()).expect("a number")).collect();
    assert!(curve.len() as f64 == number(whole, "epochs_run") && curve.windows(2).all(|w| w[1] <= w[0]), "{curve:?}");
    fs::remove_dir_all(&dir).expect("removed");
}

/// What `predict` says of the test part with the kept machine is the recorded accuracy, and two workers write the same bytes as one.
#[test]
fn kept_machines_say_again_what_was_recorded() {
    let dir = scratch("machines-kept");
    let body = "[record]\nweights = \"final\"\n[report]\nat = \"final\"\nmetric = \"test_accuracy\"\nplots = [\"confusion\"]\n\
                [base]\ndata = { source = \"digits\", classes = 4, transform = [\"unit-scale\"] }\nmodel.kind = \"kernel-svm\"\n\
                [axes]\nmodel.scheme = [\"one-versus-one\", \"one-versus-rest\"]\nmodel.kernel = [\"linear\", \"polynomial\", \"rbf\", \"sigmoid\"]\n\
                [replicates]\nn = 2\nvary = [\"split\"]\n";
    let run_dir = swept(&dir, "kept", body, &["--jobs", "1"]);
    for row in trials(&run_dir) {
        let file = run_dir.join(format!("weights/{}-seed{}.safetensors", row["config"], row["seed"]));
        let experiment = run_dir.join("experiment.toml");
        let (code, _, log) = run(&["predict", file.to_str().expect("UTF-8"), experiment.to_str().expect("UTF-8")]);
        let exact: f64 = number(&row, "test_accuracy");
        assert!(code == 0 && log.contains(&format!("accuracy (test) {exact:?}:")), "{log} {row:?}");
        let (code, _, log) = run(&["predict", file.to_str().expect("UTF-8"), "digits"]);
        assert!(code == 0 && log.contains(&format!("accuracy {exact:?}:")), "{log} {row:?}");
    }
    let other = scratch("machines-kept-2");
    let again = swept(&other, "kept", body, &["--jobs", "2"]);
    for file in ["timings.csv", "timings.svg"] {
        for run in [&run_dir, &again] {
            fs::remove_file(run.join(file)).ok();
        }
    }
    assert_same_trees(&run_dir, &again);
    for dir in [dir, other] {
        fs::remove_dir_all(dir).expect("removed");
    }
}

/// Of two classes, each against the rest is the same problem as the pair: counted once, with a margin. A sigmoid far from any positive
/// kernel has no ‖w‖ at all, which is not 0.
#[test]
fn two_classes_make_one_problem_under_each_scheme() {
    let dir = scratch("machines-two");
    let body = "[record]\nweights = \"final\"\n[report]\nmetric = \"valid_accuracy\"\n\
                plots = [\"boundary:model.scheme\", \"boundary:model.kernel\", \"boundary:train.C\"]\n\
                [base]\ndata = { source = \"blobs\", classes = 2, n = 200, noise = 1.2 }\nmodel = { kind = \"kernel-svm\", gamma = 3.0 }\n\
                [axes]\nmodel.scheme = [\"one-versus-one\", \"one-versus-rest\"]\nmodel.kernel = [\"linear\", \"sigmoid\"]\ntrain.C = [1.0, 1e6]\n";
    let run_dir = swept(&dir, "two", body, &[]);
    let mut rows = trials(&run_dir);
    for row in &mut rows {
        row.retain(|name, _| name != "key" && name != "config");
    }
    let (one, rest): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row["model.scheme"] == "one-versus-one");
    assert_eq!((one.len(), rest.len()), (4, 4));
    for (mut a, mut b) in one.into_iter().zip(rest) {
        [&mut a, &mut b].into_iter().for_each(|row| row.retain(|name, _| name != "model.scheme"));
        assert_eq!(a, b);
        if a["model.kernel"] == "linear" {
            assert_eq!(number(&a, "margin_width"), 2.0 / number(&a, "weight_norm"));
        } else if a["train.C"] == "1000000.0" {
            assert!(a["weight_norm"].is_empty() && a["margin_width"].is_empty() && a["status"] == "ok", "{a:?}");
        }
    }
    // Each of several boundary figures has its regions.
    for axis in ["model_scheme", "model_kernel", "train_C"] {
        let figure = fs::read_to_string(run_dir.join(format!("boundary-{axis}.svg"))).expect("a figure");
        assert!(!figure.contains("no weights were kept"), "{axis}");
    }
    fs::remove_dir_all(&dir).expect("removed");
}

#[test]
fn there_is_no_gradient_to_check() {
    let dir = scratch("machines-gradcheck");
    let file = dir.join("x.toml");
    fs::write(&file, "name = \"x\"\n[base]\ndata.source = \"iris\"\nmodel.kind = \"kernel-svm\"\n").expect("written");
    let (code, said, log) = run(&["gradcheck", file.to_str().expect("UTF-8")]);
    assert!(code == 0 && said.contains("no gradient is descended") && said.contains("0 failed"), "{said}{log}");
    fs::write(&file, "name = \"x\"\n[base]\ndata.source = \"iris\"\n[axes]\nmodel.kind = [\"linear\", \"kernel-svm\"]\n\
                      model.loss = [\"cross-entropy\", \"perceptron\", \"weston-watkins\", \"crammer-singer\", \"one-vs-rest\", \"squared-hinge\"]\n")
        .expect("written");
    let (code, said, log) = run(&["gradcheck", file.to_str().expect("UTF-8")]);
    assert!(code == 0 && said.contains("6 combinations, 0 failed") && said.contains("no gradient is descended"), "{said}{log}");
    fs::remove_dir_all(&dir).expect("removed");
}

/// Tens of thousands of problems with as many coefficients each as there are samples are refused before any is made.
#[test]
fn too_many_pairs_are_refused() {
    let dir = scratch("machines-pairs");
    let rows: String = (0..2000).map(|i| format!("{i},k{}\n", i % 400)).collect();
    fs::write(dir.join("t.csv"), format!("v,k\n{rows}")).expect("written");
    let body = "name = \"x\"\n[base]\ndata = { source = \"csv\", path = \"t.csv\", target = \"k\" }\nmodel.kind = \"kernel-svm\"\n";
    for (scheme, code) in [("one-versus-one", 2), ("one-versus-rest", 0)] {
        fs::write(dir.join("x.toml"), format!("{body}model.scheme = \"{scheme}\"\n")).expect("written");
        let (found, _, log) =
            run(&["plan", dir.join("x.toml").to_str().expect("UTF-8"), "--out", dir.join("out").to_str().expect("UTF-8")]);
        assert_eq!(found, code, "{log}");
        assert_eq!(log.contains("model.scheme: 79800 problems of 400 classes"), code == 2, "{log}");
    }
    fs::remove_dir_all(&dir).expect("removed");
}

const BAD: Refused = &[
    ("model.kind = \"svm\"\n", &["unknown kind of model `svm`", "possible: mlp, linear, kernel-svm", "x.toml:3:14"]),
    ("model.kind = \"kernel-svm\"\ntrain.C = 0.0\n", &["0.0 is out of range: above 0.0", "x.toml:4:11"]),
    ("model.kind = \"kernel-svm\"\ntrain.C = -1\n", &["-1.0 is out of range", "x.toml:4:11"]),
    ("model = { kind = \"kernel-svm\", gamma = 0.0 }\n", &["out of range: above 0.0", "or \"scale\"", "x.toml:3:40"]),
    ("model = { kind = \"kernel-svm\", gamma = nan }\n", &["NaN", "x.toml:3:40"]),
    ("model = { kind = \"kernel-svm\", degree = 0 }\n", &["0 is out of range: 1 to 100", "x.toml:3:41"]),
    ("model = { kind = \"kernel-svm\", kernel = \"polinomial\" }\n", &["did you mean `polynomial`?", "x.toml:3:41"]),
    ("model = { kind = \"kernel-svm\", scheme = \"ovo\" }\n", &["unknown scheme `ovo`", "one-versus-one", "x.toml:3:41"]),
    ("model = { kind = \"kernel-svm\", class-weights = [1.0, 2.0] }\n", &["2 factors do not fit the data's 10 classes", "x.toml:3:48"]),
    ("model = { kind = \"kernel-svm\", class-weights = [1.0, 0.0] }\n", &["out of range: above 0.0"]),
    ("model.kind = \"kernel-svm\"\ntrain.tolerance = 0\n", &["above 0.0", "x.toml:4:19"]),
    (
        "model.kind = \"kernel-svm\"\ntrain.lr = 0.1\n",
        &["train.lr is not read by model.kind `kernel-svm`", "`mlp`, `linear`", "x.toml:4:12"],
    ),
    ("model.kind = \"linear\"\n[axes]\nmodel.hidden = [[4], [8]]\n", &["model.hidden is not read by model.kind `linear`", "x.toml:5:17"]),
    ("train.tolerance = 0.1\n", &["not read by model.kind `mlp`", "`kernel-svm`", "x.toml:3:19"]),
    ("model.kind = \"linear\"\ntrain = { C = 1.0, lambda = 0.0 }\n", &["give `C` or `lambda`, not both", "x.toml:4:15"]),
    (
        "model.kind = \"linear\"\ntrain.lambda = 0.1\n[axes]\ntrain.C = [0.1, 1.0]\n",
        &["not both: they are two names of one thing: C = 1/(nλ)", "x.toml:6:12"],
    ),
    (
        "model.kind = \"linear\"\ntrain = { C = 1.0, penalty = \"l1\" }\n",
        &["`l1` is no soft margin; possible: l2, l2-sum, l2-mean", "x.toml:4:15"],
    ),
    (
        "model.kind = \"kernel-svm\"\ntrain = { lambda = 0.1, penalty = \"elastic-net\" }\n",
        &["`elastic-net` is no soft margin", "give `train.C`", "x.toml:4:35"],
    ),
    ("data.source = \"sine\"\nmodel.kind = \"kernel-svm\"\n", &["the data has numbers", "possible: mlp, linear", "x.toml:4:14"]),
    (
        "data = { source = \"digits\", transform = [\"flip\"] }\nmodel.kind = \"kernel-svm\"\n",
        &["`flip` moves pictures anew", "x.toml:3:41"],
    ),
    ("data = { source = \"iris\", classes = 4 }\n", &["4 of the 3 classes of iris cannot be taken", "x.toml:3:37"]),
    ("data = { source = \"sine\", classes = 2 }\n", &["sine has numbers and no classes", "x.toml:3:37"]),
];

#[test]
fn bad_settings_are_told_with_their_place() {
    assert_refused("machines-bad", "name = \"x\"\n[base]\n", BAD);
}

/// One class in the training part, or a feature that is no number, costs the trial and is told in its row.
#[test]
fn a_training_part_of_one_class_is_a_failed_row() {
    let dir = scratch("machines-one-class");
    let rows: String = (0..20).map(|i| format!("{i},{},{}\n", if i < 10 { "a" } else { "b" }, if i < 10 { "x" } else { "y" })).collect();
    fs::write(dir.join("t.csv"), format!("v,g,kind\n{rows}")).expect("written");
    // Groups are never split, so one of the two classes is in the training part alone.
    let body = "[report]\nplots = []\n[base]\n\
                data = { source = \"csv\", path = \"t.csv\", target = \"kind\", group = \"g\", split = [0.5, 0.0, 0.5] }\nmodel.kind = \"kernel-svm\"\n";
    fs::write(dir.join("one.toml"), format!("name = \"one\"\n{body}")).expect("written");
    let out = dir.join("out");
    let (code, _, log) = run(&["sweep", dir.join("one.toml").to_str().expect("UTF-8"), "--out", out.to_str().expect("UTF-8")]);
    assert_eq!(code, 1, "{log}");
    let failures = fs::read_to_string(out.join("one/failures.csv")).expect("a table");
    assert!(failures.contains("samples of one class only"), "{failures}");
    fs::remove_dir_all(&dir).expect("removed");
}
