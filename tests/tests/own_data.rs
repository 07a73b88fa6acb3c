//! The user's own files through the whole program: a table, arrays, pictures and records that other programs wrote.

use std::fs;
use std::path::{Path, PathBuf};

use thalweg_tests::{Refused, assert_refused, by_python, experiment, root, run, scratch, word};

/// The sets, written anew by numpy and Pillow where a Python has them, else the committed ones that the same script made.
fn own_files(dir: &Path) -> PathBuf {
    let folder = dir.join("own");
    let oracle = root().join("crates/thalweg-data/tests/oracle");
    let made = by_python(&oracle.join("own_files.py"), &[folder.to_str().expect("UTF-8")], |done| done.status.success().then_some(()));
    match made {
        Some(()) => folder,
        None => {
            eprintln!("no Python with numpy and Pillow: the committed files are used");
            oracle.join("own")
        }
    }
}

const SETS: &[(&str, &str)] = &[
    ("csv", "source = \"csv\", path = \"OWN/birds.csv\", transform = [\"standardise\"]"),
    ("csv-by-group", "source = \"csv\", path = \"OWN/birds.csv\", group = \"eggs\", transform = [\"min-max\"]"),
    (
        "csv-holes",
        "source = \"csv\", path = \"OWN/holes.csv\", header = false, delimiter = \";\", missing = \"median\", transform = [\"standardise\"]",
    ),
    ("npz", "source = \"npz\", path = \"OWN/bars.npz\", transform = [\"unit-scale\", \"shift\"], split = [0.75, 0.25]"),
    ("npz-numbers", "source = \"npz\", path = \"OWN/plane.npz\", transform = [\"whiten\"]"),
    ("images", "source = \"images\", path = \"OWN/shapes\", size = [16, 16], transform = [\"grayscale\", \"unit-scale\", \"flip\"]"),
    ("cifar", "source = \"cifar\", path = \"OWN/cifar\", transform = [\"unit-scale\"]"),
];

fn write(file: &Path, name: &str, data: &str, own: &Path) {
    let text = format!(
        "name = \"{name}\"\n[base]\ndata = {{ {} }}\nmodel.hidden = [8]\ntrain = {{ epochs = 30, batch = 8, optimizer = \"momentum\" }}\n\
         [axes]\ntrain.lr = [0.02, 0.05]\n[replicates]\nn = 2\n[report]\nplots = [\"convergence\"]\n",
        data.replace("OWN", own.to_str().expect("UTF-8"))
    );
    fs::write(file, text).expect("written");
}

/// The best mean of a column of `summary.csv`.
fn best(summary: &str, column: &str) -> f64 {
    let rows: Vec<Vec<&str>> = summary.lines().map(|l| l.split(',').collect()).collect();
    let place = rows[0].iter().position(|h| *h == column).unwrap_or_else(|| panic!("no {column}"));
    rows[1][place].parse().expect("a number")
}

/// Each set is learned: what is in it was put there to be found.
#[test]
fn sweeps_on_files_that_others_wrote() {
    let dir = scratch("own-data");
    let (own, out) = (own_files(&dir), dir.join("out"));
    let (file, out_text) = (dir.join("x.toml"), out.to_str().expect("UTF-8").to_string());
    for (name, data) in SETS {
        write(&file, name, data, &own);
        let (code, _, log) = run(&["sweep", file.to_str().expect("UTF-8"), "--out", &out_text]);
        assert_eq!(code, 0, "{name}: {log}");
        let summary = fs::read_to_string(out.join(name).join("summary.csv")).expect("a summary");
        let (metric, least) = if *name == "npz-numbers" { ("test_r2_mean", 0.95) } else { ("test_accuracy_mean", 0.75) };
        let found = best(&summary, metric);
        assert!(found >= least, "{name}: {metric} {found}");
        let (code, _, log) = run(&["gradcheck", file.to_str().expect("UTF-8")]);
        assert_eq!(code, 0, "{name}: {log}");
    }
    // The same bytes elsewhere are the same data: nothing is trained again, under a relative path, too.
    fs::create_dir(dir.join("moved")).expect("made");
    fs::copy(own.join("birds.csv"), dir.join("moved/renamed.csv")).expect("copied");
    write(&file, "csv", &SETS[0].1.replace("OWN/birds.csv", "moved/renamed.csv"), &own);
    let (code, _, log) = run(&["sweep", file.to_str().expect("UTF-8"), "--out", &out_text]);
    assert!(code == 0 && log.contains(" 0 trained"), "{log}");
    // Another byte is other data.
    let text = fs::read_to_string(dir.join("moved/renamed.csv")).expect("copied");
    fs::write(dir.join("moved/renamed.csv"), text.replacen('1', "2", 1)).expect("written");
    let (code, _, log) = run(&["sweep", file.to_str().expect("UTF-8"), "--out", &out_text]);
    assert!(code == 0 && log.contains(" 4 trained"), "{log}");
    fs::remove_dir_all(&dir).expect("removed");
}

/// No path of this machine is in a run's folder but in the resolved experiment, which needs it, and there relative.
#[test]
fn tables_hold_no_path_of_this_machine() {
    let dir = scratch("own-paths");
    let own = own_files(&dir);
    let (file, out) = (dir.join("x.toml"), dir.join("out"));
    let text = format!(
        "name = \"x\"\n[base]\ndata.source = \"csv\"\ntrain.epochs = 2\nmodel.hidden = [4]\n[axes]\ndata.path = [\"{0}/birds.csv\"]\n",
        own.to_str().expect("UTF-8")
    );
    fs::write(&file, text).expect("written");
    let (code, _, log) = run(&["sweep", file.to_str().expect("UTF-8"), "--out", out.to_str().expect("UTF-8")]);
    assert_eq!(code, 0, "{log}");
    for (name, bytes) in thalweg_tests::tree(&out) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(own.to_str().expect("UTF-8")), "{name} names the folder");
    }
    // The resolved experiment still finds its data.
    let (code, _, log) = run(&["report", out.join("x").to_str().expect("UTF-8")]);
    assert_eq!(code, 0, "{log}");
    fs::remove_dir_all(&dir).expect("removed");
}

/// An empty list is a value of an axis like any other.
#[test]
fn nothing_is_dropped_at_one_point_of_an_axis() {
    let dir = scratch("drop-axis");
    let (file, out) = (dir.join("x.toml"), dir.join("out"));
    fs::copy(root().join("crates/thalweg-data/tests/oracle/own/birds.csv"), dir.join("birds.csv")).expect("copied");
    let text = "name = \"x\"\n[base]\ndata = { source = \"csv\", path = \"birds.csv\", target = \"kind\", missing = \"drop\" }\ntrain.epochs = 2\n\
                [axes]\ndata.drop = [[], [\"eggs\"]]\n[report]\nplots = []\n";
    fs::write(&file, text).expect("written");
    let (code, _, log) = run(&["sweep", word(&file), "--out", word(&out)]);
    assert!(code == 0 && log.contains("2 trained"), "{log}");
    // The resolved file has it, too.
    assert_eq!(run(&["report", word(&out.join("x"))]).0, 0);
    fs::remove_dir_all(&dir).expect("removed");
}

/// Five folds as replicates: each seed validates on its own fold, and without the stream there is an error that says so.
#[test]
fn folds_are_replicates() {
    let dir = scratch("folds");
    let (file, out) = (dir.join("x.toml"), dir.join("out"));
    let text = |vary: &str| {
        format!(
            "name = \"x\"\n[base]\ndata = {{ source = \"iris\", folds = 5, split = [0.5, 0.3, 0.2] }}\ntrain.epochs = 2\n[replicates]\nn = 5\nvary = [{vary}]\n[report]\nplots = []\n"
        )
    };
    let sweep = |vary: &str| {
        fs::write(&file, text(vary)).expect("written");
        run(&["sweep", file.to_str().expect("UTF-8"), "--out", out.to_str().expect("UTF-8")])
    };
    let (code, _, log) = sweep("\"init\"");
    assert!(code == 2 && log.contains("name \"fold\" in [replicates] vary") && log.contains("x.toml:3:"), "{log}");
    let (code, _, log) = sweep("\"fold\"");
    assert_eq!(code, 0, "{log}");
    let trials = fs::read_to_string(out.join("x/trials.csv")).expect("a table");
    let losses: std::collections::BTreeSet<&str> = trials.lines().skip(1).filter_map(|l| l.split(',').nth(6)).collect();
    assert_eq!(losses.len(), 5, "each fold has a loss of its own: {trials}");
    fs::remove_dir_all(&dir).expect("removed");
}

/// Where folds differ in size, `all` is another number for each seed, and still one configuration.
#[test]
fn one_point_is_one_configuration_whatever_its_seeds_make_of_it() {
    let dir = scratch("one-point");
    let (file, out) = (dir.join("x.toml"), dir.join("out"));
    let text = "name = \"x\"\n[base]\ndata.folds = 5\nmodel.hidden = [4]\ntrain = { epochs = 1, batch = \"all\" }\n[replicates]\nn = 5\nvary = [\"fold\"]\n[report]\nplots = []\n";
    fs::write(&file, text).expect("written");
    let (code, _, log) = run(&["sweep", file.to_str().expect("UTF-8"), "--out", out.to_str().expect("UTF-8")]);
    assert_eq!(code, 0, "{log}");
    let summary = fs::read_to_string(out.join("x/summary.csv")).expect("a table");
    assert_eq!(summary.lines().count(), 2, "{summary}");
    assert!(summary.lines().nth(1).is_some_and(|row| row.split(',').nth(1) == Some("5")), "{summary}");
    fs::remove_dir_all(&dir).expect("removed");
}

/// MISSION A1: a picture is an array of height × width × channels; one of 32×32 in colour has 3072 elements, not 5120.
#[test]
fn pictures_are_arrays() {
    let dir = scratch("pictures");
    let (own, out) = (own_files(&dir), dir.join("out"));
    let (code, told, log) = run(&[
        "data",
        "show",
        "cifar",
        "--set",
        &format!("data.path={}", own.join("cifar").display()),
        "--out",
        out.to_str().expect("UTF-8"),
    ]);
    assert!(code == 0 && told.contains("32×32×3 (height × width × channels) = 3072 elements"), "{told}{log}");
    assert!(out.join("data/cifar.png").is_file());
    let (code, _, log) = run(&["sweep", word(&experiment("pictures")), "--out", out.to_str().expect("UTF-8")]);
    assert_eq!(code, 0, "{log}");
    let read = |name: &str| fs::read_to_string(out.join("pictures").join(name)).expect("a table");
    let trials = read("trials.csv");
    for shape in [",300.0,300.0,451.0,451.0,3.0,3.0,405900.0,", ",427.0,427.0,640.0,640.0,3.0,3.0,819840.0,"] {
        assert!(trials.contains(shape), "{trials}");
    }
    // Each plane's levels count every pixel once.
    let epochs: Vec<Vec<String>> = read("epochs.csv").lines().map(|l| l.split(',').map(String::from).collect()).collect();
    for plane in ["red", "green", "blue", "gray", "hue", "saturation", "lightness"] {
        let place = epochs[0].iter().position(|h| h == plane).expect("a plane");
        let total: f64 = epochs[1..].iter().map(|row| row[place].parse::<f64>().expect("a count")).sum();
        assert_eq!(total, (300 * 451 + 427 * 640) as f64, "{plane}");
    }
    fs::remove_dir_all(&dir).expect("removed");
}

/// What is wrong in each text, and what the message must say.
const BAD: Refused = &[
    ("data.source = \"csv\"\n", &["the file to read", "data.path"]),
    ("data = { source = \"csv\", path = \"none.csv\" }\n", &["none.csv", "No such file", "x.toml:3:33"]),
    ("data = { source = \"csv\", path = \"x.toml\", target = 9 }\n", &["there is no column 9", "x.toml:3:52"]),
    ("data = { source = \"digits\", path = \"x.toml\" }\n", &["takes no `path`", "x.toml:3:36"]),
    ("data = { source = \"digits\", transform = [\"grayscale\"] }\n", &["needs pictures of three channels", "x.toml:3:41"]),
    ("data = { source = \"iris\", transform = [\"flip\"] }\n", &["needs pictures", "x.toml:3:39"]),
    ("data = { source = \"digits\", split = [0.8, 0.2] }\n", &["three fractions", "x.toml:3:37"]),
    ("data = { source = \"iris\", folds = 1 }\n", &["1 fold would leave nothing"]),
    ("data = { source = \"blobs\", missing = \"guess\" }\n", &["unknown treatment", "possible: refuse"]),
    ("data = { source = \"images\", size = [0, 3] }\n", &["out of range"]),
    ("data = { source = \"coin\", noise = 2.0 }\n", &["share of tails", "x.toml:3:35"]),
];

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    assert_refused("bad-data", "name = \"x\"\n[base]\n", BAD);
}

/// Who names a file where a source is asked for is told how files are shown.
#[test]
fn a_file_in_the_place_of_a_source_is_answered_with_the_way() {
    let birds = root().join("crates/thalweg-data/tests/oracle/own/birds.csv");
    let (code, _, log) = run(&["data", "show", word(&birds)]);
    assert!(code == 2 && log.contains(&format!("of a file: data show csv --set data.path={}", word(&birds))), "{log}");
    let (code, _, log) = run(&["data", "show", "none.csv"]);
    assert!(code == 2 && !log.contains("of a file"), "{log}");
}
