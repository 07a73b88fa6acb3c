//! Early stopping through the whole program: a trial that stops is the beginning of the one that does not.

use std::fs;
use std::path::Path;

use thalweg_tests::{run, scratch};

/// Sweeps a text; its trials and epochs as rows of cells, headers first.
fn swept(dir: &Path, text: &str) -> [Vec<Vec<String>>; 2] {
    let (file, out) = (dir.join("x.toml"), dir.join("out"));
    fs::write(&file, format!("name = \"x\"\n{text}")).expect("written");
    let (code, _, log) = run(&["sweep", file.to_str().expect("UTF-8"), "--out", out.to_str().expect("UTF-8")]);
    assert_eq!(code, 0, "{log}");
    let table = |name: &str| {
        let text = fs::read_to_string(out.join("x").join(name)).expect("a table");
        text.lines().map(|l| l.split(',').map(String::from).collect()).collect()
    };
    [table("trials.csv"), table("epochs.csv")]
}

fn column<'a>(table: &'a [Vec<String>], name: &str) -> Vec<&'a str> {
    let place = table[0].iter().position(|h| h == name).unwrap_or_else(|| panic!("no column {name}"));
    table[1..].iter().map(|row| row[place].as_str()).collect()
}

fn numbers(table: &[Vec<String>], name: &str) -> Vec<f64> {
    column(table, name).iter().map(|c| c.parse().expect("a number")).collect()
}

const OVERFITTING: &str = "[base]\ndata = { source = \"moons\", n = 80, noise = 0.4 }\nmodel.hidden = [32]\n\
                           train = { optimizer = \"adam\", lr = 0.02, epochs = 60, schedule = \"cosine\" }\n";

/// The epoch is computed here from the curve of the trial that never stops; up to it both have the same rows, rates
/// included, and what is said of the best epoch is the same where it lies before the end.
#[test]
fn a_trial_stops_where_its_curve_says() {
    let dir = scratch("patience");
    let [trials, epochs] = swept(&dir, &format!("{OVERFITTING}[axes]\ntrain.patience = [0, 5]\n"));
    assert_eq!((column(&trials, "status"), column(&trials, "epochs_run")[0]), (vec!["ok", "ok"], "60"));
    let loss = &numbers(&epochs, "valid_loss")[..60];
    let stops = (1..=60).find(|epoch| {
        let lowest = loss[..*epoch].iter().copied().fold(f64::INFINITY, f64::min);
        let at = loss.iter().position(|l| *l == lowest).expect("it is one of them") + 1;
        epoch - at >= 5
    });
    let stops = stops.expect("this network overfits: its validation loss rises before the end");
    assert!((6..60).contains(&stops), "{stops}");
    assert_eq!(column(&trials, "epochs_run")[1], stops.to_string());
    for name in ["valid_loss", "train_loss", "lr"] {
        let all = column(&epochs, name);
        assert_eq!((all.len(), &all[60..]), (60 + stops, &all[..stops]), "{name}");
    }
    // Five epochs before the end, by definition; the test part is judged with the parameters of that epoch.
    assert_eq!(column(&trials, "best_epoch")[1], (stops - 5).to_string());
    let [short, _] = swept(&dir, &OVERFITTING.replace("cosine", "constant").replace("epochs = 60", "epochs = 60, patience = 5"));
    let n: usize = column(&short, "best_epoch")[0].parse().expect("a number");
    let [ended, _] = swept(&dir, &OVERFITTING.replace("cosine", "constant").replace("epochs = 60", &format!("epochs = {n}")));
    for name in ["valid_loss", "test_loss", "test_accuracy"] {
        assert_eq!(column(&short, name), column(&ended, name), "{name}");
    }
    fs::remove_dir_all(&dir).expect("removed");
}

/// With a rate next to 0 nothing improves by 1: epoch 1 is the best, and the looks are at 4, 8, 12.
#[test]
fn patience_counts_epochs_and_looks_at_recorded_ones() {
    let dir = scratch("looks");
    let base = "[base]\ntrain = { lr = 1e-9, epochs = 20, min-delta = 1.0, batch = \"all\" }\n[record]\nevery = 4\n";
    let [trials, epochs] = swept(&dir, &format!("{base}[axes]\ntrain.patience = [0, 4, 5, 100]\n"));
    assert_eq!(column(&trials, "epochs_run"), ["20", "8", "12", "20"]);
    assert_eq!(column(&epochs, "epoch")[5..10], ["4", "8", "4", "8", "12"]);
    // Without a validation part the final epoch is the best, and the training loss can be watched.
    let without = base.replace("epochs = 20", "epochs = 20, patience = 4, watch = \"train_loss\"");
    let [trials, _] = swept(&dir, &format!("{without}[base.data]\nsplit = [0.8, 0.0, 0.2]\n"));
    assert_eq!((column(&trials, "epochs_run"), column(&trials, "best_epoch")), (vec!["8"], vec!["8"]));
    fs::remove_dir_all(&dir).expect("removed");
}
