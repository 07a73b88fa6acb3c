//! The whole language of an experiment file: what is planned from it, in which order, and what is refused.

use std::fs;

use thalweg_tests::{Refused, assert_refused, run, scratch};

/// The rows of `trials.csv` of a swept text: (settings by column, seed).
fn swept(name: &str, text: &str, columns: &[&str]) -> Vec<Vec<String>> {
    let dir = scratch(name);
    let (file, out) = (dir.join("x.toml"), dir.join("out"));
    let head = format!("name = \"{name}\"\n[base]\ndata.source = \"moons\"\nmodel.hidden = [4]\ntrain.epochs = 1\n");
    fs::write(&file, format!("{head}{text}[report]\nplots = []\n")).expect("written");
    let (code, _, log) = run(&["sweep", file.to_str().expect("UTF-8"), "--out", out.to_str().expect("UTF-8")]);
    assert_eq!(code, 0, "{text}\n{log}");
    // What is resolved plans the same trials: nothing is new.
    let resolved = out.join(name).join("experiment.toml");
    let (code, told, log) = run(&["plan", resolved.to_str().expect("UTF-8"), "--out", out.to_str().expect("UTF-8")]);
    assert!(code == 0 && told.contains(": 0 new"), "{told}{log}");
    let table = fs::read_to_string(out.join(name).join("trials.csv")).expect("a table");
    let rows: Vec<Vec<&str>> = table.lines().map(|l| l.split(',').collect()).collect();
    let place = |c: &&str| rows[0].iter().position(|h| h == c).unwrap_or_else(|| panic!("no column {c}"));
    let places: Vec<usize> = columns.iter().map(place).collect();
    let picked = rows[1..].iter().map(|row| places.iter().map(|p| row[*p].to_string()).collect()).collect();
    fs::remove_dir_all(&dir).expect("removed");
    picked
}

fn words(rows: &[&[&str]]) -> Vec<Vec<String>> {
    rows.iter().map(|row| row.iter().map(|w| w.to_string()).collect()).collect()
}

/// By hand. Axes are ordered by name, values as written; the zip is one axis; the leak is one only where there is a leaky ReLU.
#[test]
fn axes_zips_and_conditions_multiply_in_order() {
    let text = "[axes]\nmodel.activation = [\"relu\", \"leaky-relu\"]\n[[zip]]\nname = \"pace\"\ntrain.lr = [0.1, 0.2]\ntrain.batch = [8, 16]\n\
                [[when]]\nif = 'model.activation == \"leaky-relu\"'\nmodel.leak = [0.02, 0.3]\n";
    let rows = swept("order", text, &["model.activation", "train.batch", "train.lr", "model.leak"]);
    let wanted: &[&[&str]] = &[
        &["relu", "8", "0.1", ""],
        &["relu", "16", "0.2", ""],
        &["leaky-relu", "8", "0.1", "0.02"],
        &["leaky-relu", "8", "0.1", "0.3"],
        &["leaky-relu", "16", "0.2", "0.02"],
        &["leaky-relu", "16", "0.2", "0.3"],
    ];
    assert_eq!(rows, words(wanted));
}

/// By hand. `all` is the 120 training samples of 200 by the time rules are tried; includes come last and are ruled, too; one that is
/// already there is no second one.
#[test]
fn rules_see_resolved_settings_and_includes_come_last() {
    let text = "[axes]\ntrain.batch = [10, \"all\"]\ntrain.lr = [0.1, 1.0]\n\
                [rules]\nrequire = { \"small\" = 'train.lr / train.batch <= 0.05' }\nexclude = { \"whole\" = 'train.batch == 120 && train.lr < 0.5' }\n\
                [[include]]\ntrain.lr = 0.3\ntrain.batch = 20\n[[include]]\ntrain.lr = 0.1\ntrain.batch = 10\n[[include]]\ntrain.lr = 9\n";
    let rows = swept("rules", text, &["train.batch", "train.lr"]);
    assert_eq!(rows, words(&[&["10", "0.1"], &["all", "1.0"], &["20", "0.3"]]));
}

/// Draws fill their ranges, the same ones each time; another axis leaves random ones as they were.
#[test]
fn drawn_points_are_the_same_each_time() {
    let search = |method: &str, more: &str| {
        format!("[axes]\ntrain.lr = {{ log-uniform = [1e-3, 1.0] }}\n{more}[search]\nmethod = \"{method}\"\npoints = 32\nseed = 7\n")
    };
    for method in ["random", "sobol"] {
        let once = swept("draws", &search(method, ""), &["train.lr"]);
        assert_eq!(once, swept("draws", &search(method, ""), &["train.lr"]));
        let mut rates: Vec<f64> = once.iter().map(|r| r[0].parse().expect("a number")).collect();
        assert_eq!(rates.len(), 32);
        rates.sort_by(f64::total_cmp);
        assert!(rates[0] >= 1e-3 && rates[31] <= 1.0);
        if method == "sobol" {
            // One in each eighth of the range, by the logarithm: 32 points of a Sobol sequence have four.
            for eighth in 0..8 {
                let (low, high) = (10f64.powf(-3.0 + 3.0 * eighth as f64 / 8.0), 10f64.powf(-3.0 + 3.0 * (eighth + 1) as f64 / 8.0));
                let inside = rates.iter().filter(|r| **r >= low * 0.99999 && **r < high * 0.99999).count();
                assert!((3..=5).contains(&inside), "{eighth}: {inside}");
            }
        } else {
            let more = swept("draws", &search(method, "train.lambda = { uniform = [0.0, 0.1] }\n"), &["train.lr"]);
            assert_eq!(more, once);
        }
    }
}

/// A condition is about what exists everywhere, in a grid and in a draw; rules see settings that no file sets by default.
#[test]
fn conditions_mean_one_thing() {
    let axes = "[axes]\nmodel.activation = [\"relu\", \"leaky-relu\"]\n[[when]]\nif = 'model.activation == \"leaky-relu\"'\nmodel.leak = [0.02, 0.3]\n\
                [[when]]\nif = 'model.leak > 0.1'\ntrain.lr = [0.1, 0.2]\n[rules]\nexclude = { whole = 'data.split == [1.0, 0.0, 0.0]' }\n";
    let grid = swept("grid", axes, &["model.activation", "model.leak", "train.lr"]);
    assert_eq!(grid, words(&[&["relu", "", ""], &["leaky-relu", "0.02", ""], &["leaky-relu", "0.3", ""]]));
    let drawn =
        swept("drawn", &format!("{axes}[search]\nmethod = \"random\"\npoints = 40\n"), &["model.activation", "model.leak", "train.lr"]);
    assert!(drawn.iter().all(|row| grid.contains(row)), "{drawn:?}");
}

/// What is wrong in each text, and what the message must say. Three lines stand before it.
const BAD: Refused = &[
    ("[[zip]]\ntrain.lr = [0.1, 0.2]\ntrain.batch = [8]\n", &["has 1 values, but train.lr has 2", "x.toml:6:15"]),
    ("[[zip]]\ntrain.lr = [0.1]\n", &["a zip has two settings"]),
    ("[axes]\ntrain.lr = [0.1]\n[[zip]]\ntrain.lr = [0.2]\ntrain.batch = [8]\n", &["train.lr is swept twice"]),
    ("[[when]]\nmodel.leak = [0.1]\n", &["`if` is missing"]),
    ("[[when]]\nif = 'model.activation = \"relu\"'\nmodel.leak = [0.1]\n", &["`=` cannot stand here; `==` compares", "x.toml:5:24"]),
    ("[rules]\nrequire = { a = 'train.lrr < 1' }\n", &["unknown name `train.lrr`; did you mean `train.lr`", "x.toml:5:18"]),
    ("[rules]\nrequire = { a = 'train.lr + 1' }\n", &["must be true or false", "x.toml:5:27"]),
    ("[rules]\nexclude = { a = 'train.lr == \"x' }\n", &["this text has no end", "x.toml:5:30"]),
    ("[rules]\nexclude = { a = 3 }\n", &["an expression is text"]),
    ("[rules]\nexclude = { all = 'train.lr > 0' }\n", &["the rules drop every point", "`all` 1", "x.toml:5:19"]),
    ("[axes]\ntrain.lr = { uniform = [0.1, 1.0] }\n", &["a grid has no end of such values", "method = \"random\"", "x.toml:5:12"]),
    ("[axes]\ntrain.lr = { log-uniform = [0.0, 1.0] }\n", &["begins above 0"]),
    ("[axes]\ntrain.batch = { uniform = [1, 100] }\n", &["takes whole numbers", "pow2", "x.toml:5:15"]),
    ("[record]\nweights = \"state\"\n[failure]\ntimeout = \"3s\"\n", &["has its time anew", "x.toml:7:11"]),
    ("[search]\nmethod = \"random\"\n", &["`points` is missing"]),
    ("[search]\nmethod = \"bayes\"\n", &["unknown search method `bayes`", "possible: grid, random, sobol"]),
    ("[include]\ntrain.lr = 0.1\n", &["is written [[include]]"]),
    ("[[include]]\ntrain.lr = -1\n", &["out of range", "x.toml:5:12"]),
    (
        "[axes]\ntrain.lr = { lin = [0.1, 1.0], points = 10000 }\ntrain.lambda = { lin = [0.1, 1.0], points = 10000 }\ntrain.momentum = { lin = [0.1, 0.9], points = 10000 }\n",
        &["multiply to 1000000000000 points, more than 10000000"],
    ),
];

#[test]
fn what_cannot_be_meant_is_told_with_its_place() {
    assert_refused("bad-language", "name = \"x\"\n[base]\ndata.source = \"moons\"\n", BAD);
}

/// Why a trial exists, or which rule dropped it: by a key, or by a configuration's hash.
#[test]
fn each_point_can_be_explained() {
    let dir = scratch("explain");
    let (file, out) = (dir.join("x.toml"), dir.join("out"));
    let text = "name = \"x\"\n[base]\ndata.source = \"moons\"\ntrain.epochs = 1\n[axes]\ntrain.lr = [0.1, 1.0]\n";
    let rules = "[rules]\nexclude = { \"hot\" = 'train.lr > 0.5' }\n";
    let sweep = |text: &str| {
        fs::write(&file, text).expect("written");
        run(&["sweep", file.to_str().expect("UTF-8"), "--out", out.to_str().expect("UTF-8")])
    };
    assert_eq!(sweep(text).0, 0);
    let table = fs::read_to_string(out.join("x/trials.csv")).expect("a table");
    let keys: Vec<&str> = table.lines().skip(1).filter_map(|l| l.split(',').next()).collect();
    assert_eq!(sweep(&format!("{text}{rules}")).0, 0);
    let folder = out.join("x");
    let explain = |key: &str| run(&["explain", folder.to_str().expect("UTF-8"), key]);
    let (code, told, _) = explain(&keys[0][..10]);
    assert!(code == 0 && told.contains("train.lr = 0.1: value 1 of 2") && told.contains("in the store: ok"), "{told}");
    let (code, told, _) = explain(keys[1]);
    assert!(code == 0 && told.contains("dropped: rule `hot` excludes train.lr > 0.5"), "{told}");
    let (code, _, log) = explain("0123456789abcdef");
    assert!(code == 2 && log.contains("no trial of x"), "{log}");
    let (code, _, log) = explain("../x");
    assert!(code == 2 && log.contains("is no beginning of a key"), "{log}");
    fs::remove_dir_all(&dir).expect("removed");
}

/// `--only` takes a rule over settings, keys and seeds.
#[test]
fn some_trials_of_a_plan() {
    let dir = scratch("only");
    let (file, out) = (dir.join("x.toml"), dir.join("out"));
    let text = "name = \"x\"\n[base]\ndata.source = \"moons\"\ntrain.epochs = 1\n[axes]\ntrain.lr = [0.1, 0.2, 1.0]\n[replicates]\nn = 2\n";
    fs::write(&file, text).expect("written");
    let sweep = |only: &str| run(&["sweep", file.to_str().expect("UTF-8"), "--out", out.to_str().expect("UTF-8"), "--only", only]);
    for (only, says) in [
        ("train.lr < 0.15 && seed == 1", "1 trained, 0 from the store, 5 missing"),
        ("train.lr in [0.1, 0.2]", "3 trained, 1 from the store, 2 missing"),
        ("!(train.lr < 0.5)", "2 trained, 4 from the store, 0 missing"),
    ] {
        let (code, _, log) = sweep(only);
        assert!(code == 0 && log.contains(says), "{only}: {log}");
    }
    let table = fs::read_to_string(out.join("x/trials.csv")).expect("a table");
    let key = table.lines().nth(1).and_then(|l| l.split(',').next()).expect("a key");
    // Each comparison is one of its own.
    let none = format!("key == \"{}\" && key != \"{}\"", &key[..6], &key[..9]);
    assert_eq!(sweep(&none).0, 2);
    let (code, _, log) = run(&[
        "sweep",
        file.to_str().expect("UTF-8"),
        "--out",
        out.to_str().expect("UTF-8"),
        "--fresh",
        "--only",
        &format!("key == \"{}\"", &key[..6]),
    ]);
    assert!(code == 0 && log.contains("1 trained, 5 from the store"), "{log}");
    fs::remove_dir_all(&dir).expect("removed");
}
