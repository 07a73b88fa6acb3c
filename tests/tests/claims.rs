//! `[[claim]]`: what a file expects of its trials, and what its report says of it.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use thalweg_tests::{Refused, assert_refused, rows, run, scratch, word};

/// Four rates from 10 on x², where every step multiplies x by 1 − 2η: numbers by hand.
const DESCENT: &str = r#"
name = "hand"
kind = "descent"
[base]
surface = { name = "parabola", start = [10.0] }
train   = { optimizer = "sgd", epochs = 20 }
[axes]
train.lr = [0.2, 1.0, 1.1]
[[claim]]
row   = "C1 By hand"
says  = "Three steps at 0.2 lead to 2.16."
check = [{ what = "x", of = 'x', epoch = 3, where = 'train.lr == 0.2', is = 2.16, within = 1e-12 }]
[[claim]]
says    = "Each rate swings."
erratum = "Only 1 does."
check   = [{ what = "swings", of = 'convergence == "oscillating"', each = "train.lr", above = 0.5 }]
[[claim]]
says  = "After two steps at 1.1 it is 4.4 farther away than at 1, which is 1.44 times as far."
check = [
  { of = 'abs(x)', epoch = 2, where = 'train.lr == 1.1', against = 'train.lr == 1.0', is = 4.4, within = 1e-9 },
  { of = 'abs(x)', epoch = 2, where = 'train.lr == 1.1', against = 'train.lr == 1.0', ratio = true, is = 1.44, within = 1e-9 },
]
[[claim]]
says  = "It is nearer."
check = [{ of = 'abs(x)', epoch = 2, where = 'train.lr == 1.1', against = 'train.lr == 1.0', below = 0 }]
[[claim]]
says  = "There is a thousandth step."
check = [{ of = 'x', epoch = 1000, above = 0.0 }]
"#;

fn swept(dir: &Path, text: &str, name: &str) -> Vec<HashMap<String, String>> {
    let (file, out) = (dir.join("x.toml"), dir.join("out"));
    fs::write(&file, text).expect("written");
    let (code, _, log) = run(&["sweep", word(&file), "--out", word(&out), "--jobs", "1"]);
    assert_eq!(code, 0, "{log}");
    rows(&out.join(name).join("claims.csv"))
}

fn number(row: &HashMap<String, String>, name: &str) -> f64 {
    row[name].parse().unwrap_or_else(|_| panic!("{name} is no number in {row:?}"))
}

#[test]
fn claims_on_a_descent_by_hand() {
    let dir = scratch("claims-hand");
    let found = swept(&dir, DESCENT, "hand");
    let said: Vec<(&str, &str, &str)> =
        found.iter().map(|r| (r["check"].as_str(), r["evidence"].as_str(), r["verdict"].as_str())).collect();
    assert_eq!(
        said,
        [
            ("x", "supported", "holds"),
            ("swings (lr = 0.2)", "contradicted", "holds with limits"),
            ("swings (lr = 1.0)", "supported", "holds with limits"),
            ("swings (lr = 1.1)", "contradicted", "holds with limits"),
            ("abs(x)", "supported", "holds"),
            ("abs(x)", "supported", "holds"),
            ("abs(x)", "contradicted", "does not hold here"),
            ("x", "not measured", "not judged"),
        ]
    );
    assert_eq!((found[0]["row"].as_str(), found[0]["n"].as_str()), ("C1 By hand", "1"));
    let page = fs::read_to_string(dir.join("out/hand/report.html")).expect("a page");
    for text in ["Each rate swings.", "Only 1 does.", "does not hold here", "not judged"] {
        assert!(page.contains(text), "{text}");
    }
    fs::remove_dir_all(&dir).expect("removed");
}

/// What was never recorded supports nothing; measured time is not exact, and none that was lost is zero; an empty cell is no default.
const NOTHING: &str = r#"
name = "nothing"
[base]
data  = { source = "iris" }
train = { epochs = 2 }
[axes]
model.kind = ["linear", "kernel-svm"]
[replicates]
n = 2
[record]
layers = true
[[claim]]
says  = "nothing"
check = [
  { of = 'weight_norm > 1', layer = "nowhere", below = 0.9 },
  { of = '!(weight_norm > 1)', layer = "nowhere", above = 0.1 },
  { of = 'train_loss != 3', epoch = 77, above = 0.1 },
  { of = 'train_accuracy', where = 'model.kind == "kernel-svm" && train.lr > 0', above = 0 },
  { of = 'status == "ok"', where = 'model.kind == "kernel-svm"', above = 0.1 },
]
"#;

const TIMED: &str = r#"
name = "timed"
kind = "descent"
[base]
train.epochs = 2
[[claim]]
says  = "time"
check = [{ of = 'train_seconds', above = -1 }, { of = 'x_final', above = -1000 }]
"#;

#[test]
fn nothing_supports_no_claim() {
    let dir = scratch("claims-nothing");
    let said: Vec<String> = swept(&dir, NOTHING, "nothing").iter().map(|row| row["evidence"].clone()).collect();
    assert_eq!(said, ["not measured", "not measured", "not measured", "not measured", "supported"]);
    let (from, out, table) = (dir.join("from"), dir.join("out"), dir.join("out/gallery/claims.csv"));
    fs::create_dir_all(&from).expect("made");
    fs::write(from.join("timed.toml"), TIMED).expect("written");
    let judged = || {
        let (code, _, log) = run(&["gallery", word(&from), "--out", word(&out)]);
        assert_eq!(code, 0, "{log}");
        rows(&table).iter().map(|row| row["evidence"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(judged(), ["not told apart", "supported"]);
    let inside = |dir: &Path| fs::read_dir(dir).expect("a folder").map(|e| e.expect("an entry").path()).collect::<Vec<_>>();
    let stored = inside(&out.join(".store")).into_iter().filter(|p| p.is_dir()).flat_map(|p| inside(&p));
    let times: Vec<_> = stored.filter(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with("timings."))).collect();
    assert!(!times.is_empty());
    times.iter().for_each(|path| fs::remove_file(path).expect("removed"));
    assert_eq!(judged(), ["not measured", "supported"]);
    fs::remove_dir_all(&dir).expect("removed");
}

/// The 97.5 % point of Student's t with 4 degrees of freedom, from any table.
const T4: f64 = 2.776_445_105_197_793;

/// Mean and 95 % interval of five numbers.
fn interval(values: &[f64]) -> (f64, f64, f64) {
    assert_eq!(values.len(), 5);
    let mean = values.iter().sum::<f64>() / 5.0;
    let sd = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 4.0).sqrt();
    (mean, mean - T4 * sd / 5.0_f64.sqrt(), mean + T4 * sd / 5.0_f64.sqrt())
}

const TRAINED: &str = r#"
name = "trained"
[base]
data  = { source = "iris" }
model = { hidden = [8] }
train = { optimizer = "sgd", epochs = 6 }
[axes]
train.lr    = [0.01, 0.1, 1e9]
train.batch = [8, 32]
[replicates]
n = 5
[record]
layers = true
[[claim]]
says  = "mean"
check = [{ of = 'valid_loss', where = 'train.lr == 0.1 && train.batch == 8', above = 0 }]
[[claim]]
says  = "difference and ratio"
check = [
  { of = 'train_loss_final', where = 'train.lr == 0.1', against = 'train.lr == 0.01', below = 0 },
  { of = 'train_loss_final', where = 'train.lr == 0.1', against = 'train.lr == 0.01', ratio = true, below = 1 },
]
[[claim]]
says  = "best"
check = [{ of = 'test_loss', where = 'train.lr < 1', pick = "best", above = 0 }]
[[claim]]
says  = "shares"
check = [
  { of = 'status == "diverged"', where = 'train.lr > 1 && train.batch == 8', above = 0.5 },
  { of = 'status == "ok"', each = "train.batch", where = 'train.lr < 1', against = 'train.lr > 1', above = 0 },
]
[[claim]]
says  = "nothing ended well"
check = [{ of = 'valid_loss', where = 'train.lr > 1', above = 0 }]
[[claim]]
says  = "layers and epochs"
check = [
  { of = 'weight_norm', layer = "backbone.1", where = 'train.lr == 0.1 && train.batch == 8', above = 0 },
  { of = 'epoch * lr', epoch = 3, where = 'train.lr == 0.1', is = 0.3, within = 1e-12 },
]
[[claim]]
says  = "steps, which are counted where times are"
check = [{ of = 'steps', where = 'train.lr == 0.1', above = 0 }]
"#;

/// Each number of `claims.csv` again from the tables, by a calculation of its own.
#[test]
fn claims_on_training_from_its_tables() {
    let dir = scratch("claims-trained");
    let found = swept(&dir, TRAINED, "trained");
    let trials = rows(&dir.join("out/trained/trials.csv"));
    let of = |name: &str, lr: &str, batch: &str| -> Vec<f64> {
        let chosen = trials.iter().filter(|t| t["train.lr"] == lr && t["train.batch"] == batch);
        chosen.map(|t| number(t, name)).collect()
    };
    let seen = |i: usize| (number(&found[i], "value"), number(&found[i], "ci_low"), number(&found[i], "ci_high"));
    let same = |a: (f64, f64, f64), b: (f64, f64, f64)| [a.0 - b.0, a.1 - b.1, a.2 - b.2].iter().all(|d| d.abs() < 1e-9);
    assert!(same(seen(0), interval(&of("valid_loss", "0.1", "8"))), "{found:?}");
    // A seed is its mean over both batch sizes.
    let mean = |lr: &str| -> Vec<f64> {
        of("train_loss_final", lr, "8").iter().zip(of("train_loss_final", lr, "32")).map(|(a, b)| (a + b) / 2.0).collect()
    };
    let (high, low) = (mean("0.1"), mean("0.01"));
    let differences: Vec<f64> = high.iter().zip(&low).map(|(a, b)| a - b).collect();
    assert!(same(seen(1), interval(&differences)), "{found:?}");
    let logs = interval(&high.iter().zip(&low).map(|(a, b)| (a / b).ln()).collect::<Vec<_>>());
    assert!(same(seen(2), (logs.0.exp(), logs.1.exp(), logs.2.exp())), "{found:?}");
    // The best by the report's metric is judged by another column.
    let configs = [("0.01", "8"), ("0.01", "32"), ("0.1", "8"), ("0.1", "32")];
    let score = |(lr, batch): &(&str, &str)| of("valid_loss", lr, batch).iter().sum::<f64>();
    let best = configs.iter().min_by(|a, b| score(a).total_cmp(&score(b))).expect("four");
    assert!(same(seen(3), interval(&of("test_loss", best.0, best.1))), "{found:?}");
    // Five of five, by statsmodels (crates/thalweg-report/tests/oracle/wilson.py).
    assert!(same(seen(4), (1.0, 0.5655175352168252, 1.0)), "{found:?}");
    let checks: Vec<&str> = found.iter().map(|f| f["check"].as_str()).collect();
    assert_eq!(checks[5..7], [r#"status == "ok" (batch = 8)"#, r#"status == "ok" (batch = 32)"#]);
    assert_eq!((found[7]["evidence"].as_str(), found[7]["value"].as_str()), ("not measured", ""));
    let layers = rows(&dir.join("out/trained/layers.csv"));
    let keys: Vec<&str> = trials.iter().filter(|t| t["train.lr"] == "0.1" && t["train.batch"] == "8").map(|t| t["key"].as_str()).collect();
    let norms = layers.iter().filter(|l| keys.contains(&l["key"].as_str()) && l["epoch"] == "6" && l["layer"] == "backbone.1");
    assert!(same(seen(8), interval(&norms.map(|l| number(l, "weight_norm")).collect::<Vec<_>>())), "{found:?}");
    assert_eq!((found[9]["evidence"].as_str(), found[9]["n"].as_str()), ("supported", "5"));
    // What two runs differ in is in none of their files.
    assert_eq!(found.len(), 10);
    let page = fs::read_to_string(dir.join("out/trained/report.html")).expect("a page");
    assert!(page.contains("layers and epochs") && !page.contains("<b>steps") && page.contains("Claims on measured time (1)"));
    fs::remove_dir_all(&dir).expect("removed");
}

/// A resolved file has its claims, and is a fixed point; claims are in no trial's key.
#[test]
fn claims_are_kept_and_train_nothing_again() {
    let dir = scratch("claims-kept");
    let file = dir.join("x.toml");
    fs::write(&file, TRAINED).expect("written");
    let (code, once, log) = run(&["plan", word(&file), "--resolved"]);
    assert_eq!(code, 0, "{log}");
    fs::write(&file, &once).expect("written");
    assert_eq!(run(&["plan", word(&file), "--resolved"]).1, once);
    assert_eq!(once.matches("[[claim]]").count(), 7);
    swept(&dir, TRAINED, "trained");
    let other = TRAINED.replace("above = 0 }]\n[[claim]]\nsays  = \"difference", "above = 100 }]\n[[claim]]\nsays  = \"difference");
    assert_ne!(other, TRAINED);
    fs::write(&file, &other).expect("written");
    let (code, _, log) = run(&["sweep", word(&file), "--out", word(&dir.join("out"))]);
    assert!(code == 0 && log.contains(" 0 trained") && log.contains("wrote "), "{log}");
    assert_eq!(rows(&dir.join("out/trained/claims.csv"))[0]["evidence"], "contradicted");
    fs::remove_dir_all(&dir).expect("removed");
}

/// What is there may be the easier part: with a trial missing nothing is judged. Of successive halving the last rung counts, unless a
/// check says for how long its trials ran; a seed counts once, however many trials it has.
#[test]
fn what_is_missing_or_was_given_up_is_no_evidence() {
    let dir = scratch("claims-partial");
    let (file, out) = (dir.join("x.toml"), dir.join("out"));
    fs::write(&file, TRAINED).expect("written");
    let sweep = |words: &[&str]| {
        let (code, _, log) = run(&[&["sweep", word(&file), "--out", word(&out)], words].concat());
        assert_eq!(code, 0, "{log}");
        log
    };
    let log = sweep(&["--only", "seed < 4"]);
    assert!(log.contains("claims are judged when no trial is missing") && !log.contains("holds:"), "{log}");
    assert!(rows(&out.join("trained/claims.csv")).iter().all(|r| r["evidence"] == "not measured" && r["verdict"] == "not judged"));
    assert!(sweep(&[]).contains("holds: mean"));
    let halved = "name = \"halved\"\n[base]\ndata.source = \"iris\"\ntrain.epochs = 9\n[axes]\ntrain.lr = [0.01, 0.03, 0.1, 0.3]\n\
                  [replicates]\nn = 3\n[search]\nmethod = \"halving\"\nmin-epochs = 1\n[record]\nweights = \"state\"\n[[claim]]\nsays = \"x\"\n\
                  check = [{ of = 'epochs_run', is = 9, within = 0 }, { of = 'epochs_run', where = 'train.epochs == 1', is = 1, within = 0 },\n\
                  { of = 'train.lr > 0.02', where = 'train.epochs == 1', above = 0.1 }]\n";
    fs::write(&file, halved).expect("written");
    let log = sweep(&[]);
    let found = rows(&out.join("halved/claims.csv"));
    assert!(found.iter().all(|r| r["evidence"] == "supported" && r["n"] == "3"), "{log}{found:?}");
    // Three of the four rates, whatever the seed: 0.75 of 3 seeds, not 9 of 12 trials.
    assert!((number(&found[2], "value") - 0.75).abs() < 1e-12 && number(&found[2], "ci_low") < 0.3, "{found:?}");
    fs::remove_dir_all(&dir).expect("removed");
}

const HEAD: &str = "name = \"bad\"\n[axes]\ntrain.lr = [0.1, 0.2]\n[[claim]]\n";

const BAD: Refused = &[
    ("says = \"x\"\n", &["`check` is missing", "check = [{ what"]),
    ("check = [{ of = 'train_loss', above = 0 }]\n", &["`says` is missing"]),
    ("says = \"x\"\ncheck = [{ above = 0 }]\n", &["`of` is missing", "of = 'test_accuracy'"]),
    (
        "says = \"x\"\ncheck = [{ of = 'train_los', above = 0 }]\n",
        &["unknown name `train_los`", "did you mean `train_loss`", "x.toml:6:18"],
    ),
    ("says = \"x\"\ncheck = [{ of = 'convergence', above = 0 }]\n", &["must be a number, or true or false"]),
    ("says = \"x\"\ncheck = [{ of = 'train_loss', where = 'train_loss', above = 0 }]\n", &["must be true or false"]),
    ("says = \"x\"\ncheck = [{ of = 'train_loss_final', epoch = 3, above = 0 }]\n", &["unknown name `train_loss_final`"]),
    ("says = \"x\"\ncheck = [{ of = 'train_loss' }]\n", &["one of `above`, `below` and `is`"]),
    ("says = \"x\"\ncheck = [{ of = 'train_loss', above = 0, below = 1 }]\n", &["one of `above`, `below` and `is`"]),
    ("says = \"x\"\ncheck = [{ of = 'train_loss', is = 0 }]\n", &["`is` needs `within`"]),
    ("says = \"x\"\ncheck = [{ of = 'train_loss', above = 0, within = 1 }]\n", &["`within` goes with `is`"]),
    ("says = \"x\"\ncheck = [{ of = 'train_loss', is = 0, within = -1 }]\n", &["`within` must be 0 or more"]),
    ("says = \"x\"\ncheck = [{ of = 'train_loss', above = nan }]\n", &["`above` must be a finite number"]),
    ("says = \"x\"\ncheck = [{ of = 'train_loss', ratio = true, above = 0 }]\n", &["it needs `against`"]),
    (
        "says = \"x\"\ncheck = [{ of = 'status == \"ok\"', where = 'seed == 1', against = 'seed == 0', ratio = true, above = 0 }]\n",
        &["a quantity that is a number"],
    ),
    (
        "says = \"x\"\ncheck = [{ of = 'train_loss', each = \"train.batch\", above = 0 }]\n",
        &["`each` is a setting that is swept", "train.lr"],
    ),
    ("says = \"x\"\ncheck = [{ of = 'grad_norm', layer = \"hidden1\", above = 0 }]\n", &["layers are not recorded", "layers = true"]),
    ("says = \"x\"\ncheck = [{ of = 'train_loss', pick = \"worst\", above = 0 }]\n", &["unknown choice", "mean, best"]),
    ("says = \"x\"\ncheck = [{ of = 'train_loss', abov = 0 }]\n", &["unknown key `check.abov`", "did you mean `above`"]),
    ("sais = \"x\"\ncheck = [{ of = 'train_loss', above = 0 }]\n", &["unknown key `claim.sais`"]),
    ("says = \"x\"\ncheck = { of = 'train_loss', above = 0 }\n", &["`check` is written [[check]]"]),
    ("says = \"x\"\ncheck = [{ of = 'train_loss', against = 'seed == 0', above = 0 }]\n", &["`against` needs `where`"]),
    ("says = \"x\"\ncheck = [{ of = 'status == \"ok\"', pick = \"best\", above = 0 }]\n", &["`status` says nothing"]),
    ("says = \"x\"\nrow = \" \"\ncheck = [{ of = 'seed', above = 0 }]\n", &["`row` is empty"]),
    (
        "says = \"x\"\nfigure = \"slise-train_lr\"\ncheck = [{ of = 'seed', above = 0 }]\n[report]\nplots = [\"slice:train.lr\"]\n",
        &["figure `slise-train_lr` is not drawn", "did you mean `slice-train_lr`"],
    ),
    ("says = 3\ncheck = [{ of = 3, above = 0 }]\n", &["`says` must be text", "an expression is text"]),
];

#[test]
fn what_is_no_claim_is_told_with_its_place() {
    assert_refused("claims-bad", HEAD, BAD);
}
