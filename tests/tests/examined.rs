//! What trained models say of their data: the confusion of classes and the boundary, from kept parameters, without training.

use std::fs;
use std::path::Path;

use thalweg_tests::{assert_refused, assert_same_trees, rows, run, scratch};

const SWEEP: &str = r#"
name = "examined"
[base]
data = { source = "SOURCE", transform = ["standardise"] }
model = { hidden = [8] }
train = { optimizer = "momentum", lr = 0.05, epochs = 6 }
[axes]
train.lambda = [0.0, 0.1]
[replicates]
n = 3
vary = ["init", "split"]
[record]
weights = "best"
[report]
plots = ["confusion", "boundary"]
"#;

fn swept(dir: &Path, out: &str, source: &str, more: &[&str]) -> String {
    let file = dir.join("x.toml");
    fs::write(&file, SWEEP.replace("SOURCE", source)).expect("written");
    let out = dir.join(out);
    let (code, _, log) = run(&[&["sweep", file.to_str().expect("UTF-8"), "--out", out.to_str().expect("UTF-8")], more].concat());
    assert_eq!(code, 0, "{log}");
    fs::read_to_string(out.join("examined/report.html")).expect("a page")
}

/// Predictions are those of the recorded accuracy; the report is the same for any number of workers and when it is drawn again.
#[test]
fn predictions_have_the_recorded_accuracy() {
    let dir = scratch("examined");
    swept(&dir, "one", "digits", &["--jobs", "1"]);
    swept(&dir, "two", "digits", &["--jobs", "2"]);
    assert_same_trees(&dir.join("one"), &dir.join("two"));
    let folder = dir.join("one/examined");
    let (predictions, trials) = (rows(&folder.join("predictions.csv")), rows(&folder.join("trials.csv")));
    let mut n = 0;
    for trial in &trials {
        let of: Vec<_> = predictions.iter().filter(|p| p["key"] == trial["key"]).collect();
        if of.is_empty() {
            continue;
        }
        let right = of.iter().filter(|p| p["truth"] == p["predicted"]).count();
        let recorded: f64 = trial["test_accuracy"].parse().expect("a number");
        assert_eq!(right as f64 / of.len() as f64, recorded, "{}", trial["key"]);
        for p in &of {
            let (first, second): (f64, f64) = (p["p_first"].parse().expect("a number"), p["p_second"].parse().expect("a number"));
            assert!(first >= second && first + second <= 1.0 + 1e-6 && p["predicted"] != p["second"], "{p:?}");
        }
        n += 1;
    }
    assert_eq!(n, 3, "the best configuration under three seeds");
    let before = fs::read(folder.join("confusion.png")).expect("a figure");
    let (code, _, log) = run(&["report", folder.to_str().expect("UTF-8")]);
    assert!(code == 0 && fs::read(folder.join("confusion.png")).expect("a figure") == before, "{log}");
    fs::remove_dir_all(&dir).expect("removed");
}

/// Two features have a boundary, one and a number a curve, pictures neither; numbers have no classes to confuse.
#[test]
fn what_cannot_be_drawn_is_said() {
    let dir = scratch("examined-other");
    let page = swept(&dir, "moons", "moons", &[]);
    assert!(page.contains("Decision regions") && page.contains("Confusion of classes"));
    let page = swept(&dir, "sine", "sine", &[]);
    assert!(page.contains("Fitted curves") && page.contains("it predicts numbers"));
    let page = swept(&dir, "digits", "digits", &[]);
    assert!(page.contains("Confusion of classes") && page.contains("it takes two features and classes"));
    fs::remove_dir_all(&dir).expect("removed");
}

/// A kernel machine's panel counts what `trials.csv` records: the right ones of the test part and the support vectors, also those of
/// which there is no room to draw all. Margins are drawn of margins, not of probabilities.
#[test]
fn a_boundary_counts_what_is_recorded() {
    let dir = scratch("examined-counts");
    let page = |name: &str, model: &str| {
        let file = dir.join("x.toml");
        let text = "[base]\ndata = { source = \"moons\", n = 1500, noise = 0.4, split = [0.6, 0.0, 0.4] }\n";
        let end = "[replicates]\nn = 1\n[record]\nweights = \"final\"\n[report]\nat = \"final\"\nplots = [\"boundary\"]\n";
        fs::write(&file, format!("name = \"{name}\"\n{text}model = {model}\n{end}")).expect("written");
        let (code, _, log) = run(&["sweep", file.to_str().expect("UTF-8"), "--out", dir.to_str().expect("UTF-8")]);
        assert_eq!(code, 0, "{log}");
        (fs::read_to_string(dir.join(name).join("report.html")).expect("a page"), rows(&dir.join(name).join("trials.csv")))
    };
    let (machine, trials) = page("machine", "{ kind = \"kernel-svm\" }");
    let number = |name: &str| trials[0][name].parse::<f64>().expect("a number");
    let (accuracy, n_support) = (number("test_accuracy_final"), number("n_support_final"));
    assert!(n_support > 250.0, "{n_support}");
    let counted = format!("{} of 600 right, {n_support} support vectors.", (accuracy * 600.0).round());
    assert!(machine.contains(&counted) && machine.contains("margins H1 and H2"), "{counted}");
    let (network, _) = page("network", "{ hidden = [8] }");
    assert!(network.contains("the boundary H") && !network.contains("margins H1") && !network.contains("support vector"));
    fs::remove_dir_all(&dir).expect("removed");
}

#[test]
fn networks_that_are_not_kept_cannot_be_asked() {
    const BAD: thalweg_tests::Refused = &[
        (
            "[report]\nplots = [\"confusion\"]\n",
            &["plot `confusion` asks trained models, whose weights are not kept", "weights = \"best\"", "x.toml:3:10"],
        ),
        ("[record]\nweights = \"state\"\n[report]\nplots = [\"boundary\"]\n", &["plot `boundary` asks trained models"]),
        (
            "kind = \"descent\"\n[report]\nplots = [\"boundary\"]\n",
            &["plot `boundary` draws `weights`, which kind `descent` does not record"],
        ),
    ];
    assert_refused("examined-refused", "name = \"x\"\n", BAD);
}

/// MISSION B1: a linear model's weights as pictures, one for each class; a table is no picture, and the figure says so.
#[test]
fn weights_are_drawn_where_inputs_are_a_picture() {
    let dir = scratch("templates");
    let drawn = |source: &str| {
        let file = dir.join("t.toml");
        let text =
            SWEEP.replace("SOURCE", source).replace("hidden = [8]", "hidden = []").replace("\"confusion\", \"boundary\"", "\"templates\"");
        fs::write(&file, text).expect("written");
        let out = dir.join(source);
        let (code, _, log) = run(&["sweep", file.to_str().expect("UTF-8"), "--out", out.to_str().expect("UTF-8")]);
        assert_eq!(code, 0, "{log}");
        fs::read_to_string(out.join("examined/templates.svg")).expect("a figure")
    };
    let digits = drawn("digits");
    assert_eq!(digits.matches("<image").count(), 11, "ten digits and the bar of colours");
    assert!(digits.contains("What each class looks for") && digits.contains("behind standardise"));
    let iris = drawn("iris");
    assert!(!iris.contains("<image") && iris.contains("whose inputs are a picture"), "{iris}");
    fs::remove_dir_all(&dir).expect("removed");
}
