//! Bad input is an error with file, line and caret, exit status 2, and nothing is written.

use std::fs;

use thalweg_tests::{Refused, assert_refused, run, scratch};

/// What is wrong in each text, and what the message must say.
const BAD: Refused = &[
    ("name = \"x\"\n[base]\ntrain.rate = 0.1\n", &["unknown key `base.train.rate`", "x.toml:3:7", "^"]),
    ("name = \"x\"\n[axes]\nmodel.activation = [\"rleu\"]\n", &["unknown activation `rleu`", "did you mean `relu`?", "x.toml:3:"]),
    ("name = \"x\"\n[base]\ntrain.lr = \"fast\"\n", &["must be a number, not text", "x.toml:3:12"]),
    ("name = \"x\"\n[base]\ntrain.lr = -0.1\n", &["out of range", "above 0.0"]),
    ("name = \"x\"\n[axes]\ntrain.lr = []\n", &["no values", "x.toml:3:12"]),
    ("name = \"x\"\n[axes]\ntrain.lr = [0.1, 0.2, 1e-1]\n", &["0.1 appears twice", "x.toml:3:23"]),
    ("name = \"x\"\n[axes]\ntrain.lr = [0.1, nan]\n", &["NaN", "x.toml:3:18"]),
    ("name = \"../x\"\n", &["is not a name", "x.toml:1:8"]),
    ("name = \"..\"\n", &["is not a name"]),
    ("name = \"a/b\"\n", &["is not a name"]),
    ("question = \"?\"\n", &["`name` is missing"]),
    ("name = \"x\n", &["x.toml:1:"]),
    ("name = \"x\"\n[base]\ntrain.batch = 100000\n", &["more than the 1078 training samples", "x.toml:3:15"]),
    ("name = \"x\"\n[base]\nmodel.dropout = 1\n", &["must be below 1", "x.toml:3:17"]),
    ("name = \"x\"\n[base]\nmodel.alpha = -0.1\n", &["out of range: 0.0 or more", "x.toml:3:15"]),
    ("name = \"x\"\n[base]\nmodel.neck = 0\n", &["0 is out of range: 1 to 65536", "x.toml:3:14"]),
    ("name = \"x\"\n[base]\nmodel = { hidden = [8], backbone = [8] }\n", &["not both", "x.toml:3:25"]),
    ("name = \"x\"\n[base]\nmodel.norm = \"batchnorm\"\n", &["did you mean `batch-norm`?", "x.toml:3:14"]),
    ("name = \"x\"\n[base]\nmodel.norm = \"batch-norm\"\n[axes]\ntrain.batch = [8, 1]\n", &["too few for batch-norm", "x.toml:5:19"]),
    ("name = \"x\"\n[base]\nmodel.norm = \"batch-norm\"\ntrain.batch = 359\n", &["a last batch of 1 of the 1078", "x.toml:4:15"]),
    ("name = \"x\"\n[axes]\nmodel.loss = [\"hinge\", \"mse\"]\n", &["predicts numbers", "possible: cross-entropy", "x.toml:3:24"]),
    (
        "name = \"x\"\n[base]\nmodel = { loss = \"hinge\", head = \"softmax\" }\n",
        &["head `softmax` does not go with loss `weston-watkins`", "x.toml:3:34"],
    ),
    ("name = \"x\"\n[base]\ndata.source = \"sine\"\nmodel.head = \"sigmoid\"\n", &["possible: identity", "x.toml:4:14"]),
    ("name = \"x\"\n[base]\nmodel.backbone = { from = \"none.safetensors\" }\n", &["weights file none.safetensors", "x.toml:3:18"]),
    ("name = \"x\"\n[base]\nmodel.backbone = { from = \"x.toml\", frozen = true }\n", &["not a whole safetensors file", "x.toml:3:18"]),
    ("name = \"x\"\n[base]\nmodel.backbone = { form = \"a\" }\n", &["did you mean `from`?", "x.toml:3:18"]),
    (
        "name = \"x\"\nkind = \"descent\"\n[report]\nplots = [\"overfitting\"]\n",
        &["kind `descent` does not record", "possible: ", "path", "x.toml:4:10"],
    ),
    ("name = \"x\"\n[report]\nplots = [\"path\"]\n", &["draws `x`, which kind `train` does not record", "x.toml:3:10"]),
    ("name = \"x\"\nkind = \"curves\"\n[record]\nweights = \"best\"\n", &["unknown key `record.weights`"]),
    ("name = \"x\"\nkind = \"descent\"\n[axes]\nsurface.start = [[], [1.0, 1.0]]\n", &["must hold a coordinate", "x.toml:4:18"]),
    ("name = \"x\"\n[base]\nmodel.hidden = [65536, 65536]\n", &["parameters, more than 50000000", "x.toml:3:16"]),
    ("name = \"x\"\n[base]\nmodel.init = \"xavjer\"\n", &["did you mean `xavier`?", "or \"auto\"", "x.toml:3:14"]),
    ("name = \"x\"\nkind = \"decent\"\n", &["unknown kind of study `decent`; did you mean `descent`?", "x.toml:2:8"]),
    ("name = \"x\"\nkind = \"descent\"\n[base]\ntrain.batch = 8\n", &["unknown key `base.train.batch`", "possible: beta1"]),
    ("name = \"x\"\nkind = \"descent\"\n[base]\nsurface.start = [1.0]\n", &["1 coordinates, but surface `bowl` has 2", "x.toml:4:17"]),
    ("name = \"x\"\nkind = \"descent\"\n[base]\nsurface.start = [1e9, 0]\n", &["out of range", "x.toml:4:18"]),
    ("name = \"x\"\n[base]\ntrain.momentum = 1\n", &["must be below 1", "x.toml:3:18"]),
    ("name = \"x\"\n[base]\ntrain = { warmup = 5, epochs = 5 }\n", &["leave nothing of a run of 5", "x.toml:3:20"]),
    ("name = \"x\"\n[base]\ntrain = { warmup = 1, schedule = \"one-cycle\" }\n", &["takes no warm-up", "x.toml:3:20"]),
    (
        "name = \"x\"\nkind = \"descent\"\n[base]\ntrain = { schedule = \"step\", schedule-every = 9, epochs = 9 }\n",
        &["never comes in a run of 9", "x.toml:4:47"],
    ),
    ("name = \"x\"\n[base]\ntrain = { schedule = \"step\", epochs = 2 }\n", &["a step every 5.0 epochs never comes"]),
    (
        "name = \"x\"\n[base]\ntrain.patience = 3\ndata.split = [0.8, 0.0, 0.2]\n",
        &["train.patience: it waits for a quantity of the validation part, which is empty", "x.toml:3:18"],
    ),
    (
        "name = \"x\"\n[base]\ntrain.watch = \"train_loss\"\ndata.split = [0.8, 0.0, 0.2]\n[axes]\ntrain.patience = [0, -1]\n",
        &["-1 is out of range: 0 to 1000000", "x.toml:6:22"],
    ),
    (
        "name = \"x\"\n[base]\ndata.source = \"sine\"\ntrain = { patience = 1, watch = \"valid_accuracy\" }\n",
        &["train.watch: numbers have no accuracy", "x.toml:4:33"],
    ),
    (
        "name = \"x\"\n[base]\ntrain.watch = \"test_loss\"\n",
        &["unknown watched quantity `test_loss`", "possible: valid_loss", "x.toml:3:15"],
    ),
    ("name = \"x\"\n[base]\ntrain.schedule-every = { epochs = 3 }\n", &["{ steps = n }", "x.toml:3:24"]),
    ("name = \"x\"\n[base]\ntrain.clip-norm = 0\n", &["above 0.0", "or \"none\"", "x.toml:3:19"]),
    ("name = \"x\"\n[base]\ntrain.beta2 = 1.0\n", &["must be below 1", "or \"auto\"", "x.toml:3:15"]),
    ("name = \"x\"\n[record]\nlayers = 1\nweights = \"all\"\n", &["must be true or false", "possible: none, best, final"]),
    ("name = \"x\"\n[base]\ndata.split = [0.5, 0.1, 0.1]\n", &["not to 1"]),
    (
        "name = \"x\"\n[report]\nthresholds = { setled = 0.1, gap-share = 1.5 }\n",
        &[
            "unknown key `report.thresholds.setled`",
            "did you mean `settled`?",
            "x.toml:3:16",
            "gap-share: 1.5 is out of range",
            "x.toml:3:42",
        ],
    ),
    ("name = \"x\"\nkind = \"descent\"\n[report]\nthresholds.settled = 0.1\n", &["unknown key", "possible: grown, arrived", "x.toml:4:12"]),
    ("name = \"x\"\nkind = \"curves\"\n[report]\nthresholds = {}\n", &["unknown key `report.thresholds`", "x.toml:4:1"]),
    ("name = \"x\"\n[report]\ntheme = \"drak\"\n", &["possible: light, dark, print", "x.toml:3:9"]),
    (
        "name = \"x\"\n[report]\ndpi = 30\nwidth = 100000\n",
        &["`dpi`: 30 is out of range: 72 to 600", "`width`: 100000 is out of range: 600 to 2400"],
    ),
    ("name = \"x\"\n[report]\nplots = [\"layers\"]\n", &["draws layers, which are not recorded", "layers = true", "x.toml:3:10"]),
    ("name = \"x\"\nkind = \"descent\"\n[report]\nplots = [\"layers\"]\n", &["which kind `descent` does not record", "x.toml:4:10"]),
    ("name = \"x\"\n[report]\nplots = [\"convergense\"]\n", &["convergence", "x.toml:3:10"]),
    ("name = \"x\"\n[report]\nplots = [\"slice:train.lr\"]\n", &["`train.lr` is not swept", "no axes", "x.toml:3:10"]),
    (
        "name = \"x\"\n[axes]\ntrain.lr = [0.1, 1]\n[report]\nplots = [\"slice:train.lr*test_acuracy\"]\n",
        &["is not recorded", "did you mean `test_accuracy`?", "x.toml:5:10"],
    ),
    ("name = \"x\"\n[report]\nplots = [\"heatmap:a\"]\n", &["is written heatmap or heatmap:axis*axis", "x.toml:3:10"]),
    ("name = \"x\"\n[axes]\ntrain.lr = { log = [1e-9, 1.0], points = 100001 }\n", &["`points` must be"]),
];

#[test]
fn each_bad_file_is_explained_and_leaves_nothing() {
    assert_refused("bad", "", BAD);
}

#[test]
fn all_problems_are_told_at_once() {
    let dir = scratch("all");
    let file = dir.join("x.toml");
    fs::write(&file, "name = \"X\"\nkind = \"tarin\"\n[base]\ntrain = { lr = 0, epochs = 1.5 }\n[axes]\nmodel.leak = [2]\n[oops]\n")
        .expect("written");
    let (code, _, log) = run(&["plan", file.to_str().expect("UTF-8")]);
    assert_eq!((code, log.matches("error:").count()), (2, 6), "{log}");
    fs::remove_dir_all(&dir).expect("removed");
}

/// Ten mistakes of ten sorts; line and column of each, counted by hand, in the order of the file.
const TEN: &str = r#"name  = "Ten Mistakes"
kind  = "tarin"
[base]
data  = { source = "digitss", split = [0.5, 0.2, 0.2] }
model = { hidden = [32, 0], activation = "rleu" }
train = { lr = "fast" }
[axes]
train.batch = { pow2 = [16, 100] }
[rules]
require = { "small" = 'train.lrr < 1' }
[report]
metric = "valid_los"
"#;
const TEN_PLACES: &[&str] = &["1:9", "2:9", "4:20", "4:39", "5:25", "5:42", "6:16", "8:15", "10:24", "12:10"];

#[test]
fn ten_different_mistakes_are_told_at_once_each_with_line_and_caret() {
    let dir = scratch("ten");
    let file = dir.join("x.toml");
    fs::write(&file, TEN).expect("written");
    let (code, _, log) = run(&["plan", file.to_str().expect("UTF-8")]);
    let places: Vec<&str> =
        log.lines().filter_map(|l| l.trim_start().strip_prefix("--> ")?.split_once("x.toml:")).map(|(_, at)| at).collect();
    assert_eq!((code, places.as_slice()), (2, TEN_PLACES), "{log}");
    assert_eq!(log.lines().filter(|l| l.trim_start_matches(['|', ' ']).starts_with('^')).count(), TEN_PLACES.len(), "{log}");
    fs::remove_dir_all(&dir).expect("removed");
}

#[test]
fn a_missing_file_an_unusable_folder_and_a_bad_option_exit_with_2() {
    let dir = scratch("io");
    let (file, blocked) = (dir.join("x.toml"), dir.join("blocked"));
    fs::write(&file, "name = \"x\"\n[base]\ntrain.epochs = 1\n").expect("written");
    // A file where the folder should be: refused for root, too, unlike permission bits.
    fs::write(&blocked, "").expect("written");
    let fine = dir.join("fine");
    let (file, blocked, fine) = (file.to_str().expect("UTF-8"), blocked.to_str().expect("UTF-8"), fine.to_str().expect("UTF-8"));
    for (words, say) in [
        (vec!["sweep", "no-such-file.toml"], "cannot read no-such-file.toml"),
        (vec!["sweep", file, "--out", blocked], "cannot make"),
        (vec!["sweep", file, "--jobs", "0"], "--jobs"),
        (vec!["sweep", file, "--set", "train.lrr=1"], "unknown"),
        (vec!["sweep", file, "--set", "train.lr"], "path=value"),
        (vec!["sweep", file, "--only", "lr > 3"], "at character 1: unknown name `lr`"),
        (vec!["sweep", file, "--only", "train.lr"], "must be true or false"),
        (vec!["sweep", file, "--only", "train.lr >", "--out", fine], "at character 11: the expression ends too early"),
        (vec!["sweep", file, "--only", "key == \"ffffffffff\"", "--out", fine], "no trial of x is like that"),
        (vec!["report", blocked], "cannot read"),
        (vec!["compare", blocked, blocked], "is not the folder of a run"),
        (vec!["sweeep"], "sweep"),
    ] {
        let (code, _, log) = run(&words);
        assert!(code == 2 && log.contains(say), "{words:?} ended with {code}:\n{log}");
    }
    fs::remove_dir_all(&dir).expect("removed");
}
