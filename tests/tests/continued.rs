//! `[record] weights = "state"`: a trial that goes on from a shorter one leaves what one from zero leaves, byte for byte.

use std::fs;
use std::path::{Path, PathBuf};

use thalweg_tests::{root, run, scratch, thalweg, tree};

/// A file with two replicates that keeps states, and its sweeps.
struct Case {
    dir: PathBuf,
    text: String,
}

impl Case {
    fn new(name: &str, base: &str, more: &str) -> Case {
        let dir = scratch(&format!("continued-{name}"));
        let text = format!("name = \"x\"\n[base]\n{base}\n[replicates]\nn = 2\n[record]\nweights = \"state\"\n{more}\n");
        Case { dir, text }
    }

    fn words(&self, command: &str, out: &str, epochs: usize) -> Vec<String> {
        let file = self.dir.join("x.toml");
        fs::write(&file, &self.text).expect("written");
        let path = |p: &Path| p.to_str().expect("UTF-8").to_string();
        [command.into(), path(&file), "--out".into(), path(&self.dir.join(out)), "--set".into(), format!("train.epochs={epochs}")].to_vec()
    }

    /// What a command says on both outputs.
    fn does(&self, command: &str, out: &str, epochs: usize) -> String {
        let words = self.words(command, out, epochs);
        let (code, told, log) = run(&words.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(code, 0, "{}: {log}", self.text);
        told + &log
    }

    /// The files of a store whose names begin like this.
    fn stored(&self, out: &str, begin: &str) -> Vec<PathBuf> {
        let names = tree(&self.dir.join(out)).into_iter().map(|f| PathBuf::from(f.0));
        let is_one = |p: &PathBuf| p.starts_with(".store") && p.file_name().is_some_and(|n| n.to_string_lossy().starts_with(begin));
        names.filter(is_one).map(|p| self.dir.join(out).join(p)).collect()
    }

    /// Whether everything that lies in one folder lies in the other: the longer trials' records and states, tables and page.
    fn holds(&self, out: &str, of: &str) {
        let there = tree(&self.dir.join(out));
        for (name, bytes) in tree(&self.dir.join(of)) {
            let same = there.iter().find(|f| f.0 == name).unwrap_or_else(|| panic!("{}: {name} is missing", self.text));
            assert!(same.1 == bytes, "{}: {name} differs", self.text);
        }
    }

    fn trials(&self, out: &str) -> String {
        fs::read_to_string(self.dir.join(out).join("x/trials.csv")).expect("a table")
    }

    fn over(self) {
        fs::remove_dir_all(&self.dir).expect("removed");
    }
}

/// Noisy moons that a wide network soon knows by heart.
const OVERFITTING: &str = "data = { source = \"moons\", n = 80, noise = 0.4 }\nmodel.hidden = [32]\ntrain.lr = 0.02";

#[test]
fn a_continued_trial_has_the_bytes_of_one_from_zero() {
    let frozen = root().join("experiments/d-networks/weights/digits-backbone.safetensors");
    let frozen = format!("model.backbone = {{ from = {:?}, frozen = true }}", frozen.to_str().expect("UTF-8"));
    for (name, base, more, short, long) in [
        ("sgd", "train.schedule = \"inverse-sqrt\"", "", 3, 6),
        ("momentum", "train = { optimizer = \"momentum\", warmup = 2, gradient-sample = 0.5 }", "train = \"running\"", 3, 6),
        ("adam", "train = { optimizer = \"adam\", lr = 0.01, lambda = 1e-3, penalty = \"elastic-net\" }", "", 1, 6),
        ("amsgrad", "train = { optimizer = \"amsgrad\", lr = 0.01, batch = \"all\" }", "", 5, 6),
        ("layers", "model = { norm = \"batch-norm\", dropout = 0.3 }\ntrain.optimizer = \"momentum\"", "layers = true", 3, 6),
        ("f64", "train = { precision = \"f64\", optimizer = \"nesterov\" }\ndata.split = [0.8, 0.0, 0.2]", "", 3, 6),
        // The shorter trial looks at epoch 3, the longer one does not.
        ("every", "model.norm = \"batch-norm\"\ntrain = { optimizer = \"momentum\" }", "every = 2\nlayers = true", 3, 6),
        ("even", "train = { optimizer = \"momentum\" }", "every = 2", 4, 7),
        // Nothing was looked at, so there is no best epoch yet.
        ("late", "train = { optimizer = \"momentum\" }", "every = 5", 3, 7),
        ("augment", "data.transform = [\"unit-scale\", \"shift\"]\nmodel.dropout = 0.2", "", 3, 6),
        ("numbers", "data.source = \"sine\"\ntrain.lr = 0.01", "", 3, 6),
        ("frozen", frozen.as_str(), "", 2, 4),
    ] {
        let case = Case::new(name, base, more);
        case.does("sweep", "zero", long);
        assert!(case.does("sweep", "on", short).contains("2 trained,"));
        let plan = case.does("plan", "on", long);
        assert!(plan.contains("2 trials: 0 new, 2 extended, 0 cached"), "{name}: {plan}");
        let log = case.does("sweep", "on", long);
        assert!(log.contains("2 trained (2 of them continued)"), "{name}: {log}");
        case.holds("on", "zero");
        assert_eq!((case.stored("zero", "state.").len(), case.stored("on", "state.").len()), (2, 4), "{name}");
        assert!(case.does("sweep", "on", short).contains("0 trained"), "the shorter trials are still there");
        case.over();
    }
}

/// Patience that ends before the shorter trial does, after it, and just at its last epoch, which is no look of the longer one.
#[test]
fn patience_is_part_of_a_state() {
    for (name, more, short, long) in [("before", "", 40, 60), ("after", "", 5, 60), ("odd", "every = 3", 8, 60)] {
        let case = Case::new(name, &format!("{OVERFITTING}\ntrain.optimizer = \"adam\"\ntrain.patience = 5"), more);
        case.does("sweep", "zero", long);
        let ran: Vec<usize> =
            case.trials("zero").lines().skip(1).map(|l| l.split(',').nth(4).expect("a cell").parse().expect("epochs")).collect();
        assert!(ran.iter().all(|n| *n < long && (*n > short) == (name != "before")), "{name}: {ran:?}");
        case.does("sweep", "on", short);
        assert!(case.does("sweep", "on", long).contains("(2 of them continued)"));
        case.holds("on", "zero");
        case.over();
    }
}

/// A loss limit that the validation loss passes after the shorter trial's end.
#[test]
fn a_trial_that_diverges_after_a_state_is_the_same_and_leaves_none() {
    let case = Case::new("diverged", &format!("{OVERFITTING}\ntrain.optimizer = \"adam\""), "[failure]\ndiverged.loss-above = 1.0");
    case.does("sweep", "zero", 150);
    assert_eq!(case.trials("zero").matches(",diverged,").count(), 2 * 2, "status and word of both: {}", case.trials("zero"));
    assert!(case.stored("zero", "state.").is_empty());
    case.does("sweep", "on", 6);
    assert!(case.does("sweep", "on", 150).contains("(2 of them continued)"));
    case.holds("on", "zero");
    assert_eq!(case.stored("on", "state.").len(), 2);
    case.over();
}

#[test]
fn a_state_that_cannot_be_trusted_is_told_and_not_used() {
    let case = Case::new("damage", "train.optimizer = \"momentum\"", "");
    case.does("sweep", "zero", 4);
    for epochs in [1, 2] {
        case.does("sweep", "on", epochs);
    }
    let mut states = case.stored("on", "state.");
    states.sort_by_key(|p| p.extension().expect("epochs").to_owned());
    let [first, second, later, other] = states.as_slice() else { panic!("two trials of each length: {states:?}") };
    // One whose later state is cut goes on from its earlier one, the other has but a stranger's and begins at zero.
    let (cut, stranger, copied) = if later.with_extension("") == first.with_extension("") {
        (later, (second, other), first)
    } else {
        (other, (first, later), second)
    };
    let bytes = fs::read(cut).expect("a state");
    fs::write(cut, &bytes[..bytes.len() - 1]).expect("cut");
    fs::copy(copied, stranger.0).expect("copied");
    fs::remove_file(stranger.1).expect("removed");
    let plan = case.does("plan", "on", 4);
    assert!(plan.contains("1 new, 1 extended, 0 cached"), "{plan}");
    let log = case.does("sweep", "on", 4);
    assert!(log.contains("damaged state, not used") && log.contains("belongs to another trial"), "{log}");
    assert!(log.contains("2 trained (1 of them continued)"), "{log}");
    case.holds("on", "zero");
    case.over();
}

/// Numbers of epochs on an axis: each goes on from the one before, in one sweep, and leaves what it leaves alone.
#[test]
fn an_axis_of_epochs_costs_its_longest() {
    let mut case = Case::new("axis", "train.optimizer = \"adam\"", "");
    let alone = case.text.clone();
    case.text = format!("{alone}[axes]\ntrain.epochs = [5, 2, 7]\n");
    let does = |case: &Case, command: &str, more: &[&str]| {
        let words = case.words(command, "axis", 1);
        let words: Vec<&str> = words[..4].iter().map(String::as_str).chain(more.iter().copied()).collect();
        let (code, told, log) = run(&words);
        assert_eq!(code, 0, "{log}");
        told + &log
    };
    let plan = does(&case, "plan", &[]);
    assert!(plan.contains("6 trials: 2 new, 4 extended, 0 cached"), "{plan}");
    let log = does(&case, "sweep", &["--jobs", "2"]);
    assert!(log.contains("6 trained (4 of them continued)"), "{log}");
    // Seven epochs for each seed, not fourteen: the steps that were taken are told among the times. 1078 samples are 34 batches.
    let text = fs::read_to_string(case.dir.join("axis/x/timings.csv")).expect("a table");
    let place = text.lines().next().and_then(|header| header.split(',').position(|name| name == "steps")).expect("a column");
    let steps: Vec<u64> = text.lines().skip(1).map(|l| l.split(',').nth(place).expect("a cell").parse().expect("steps")).collect();
    // By configuration: 5 of which 2 are there, 2, and 7 of which 5 are.
    assert_eq!(steps, [3, 3, 2, 2, 2, 2].map(|epochs| 34 * epochs), "{text}");
    let log = does(&case, "sweep", &["--fresh"]);
    assert!(log.contains("6 trained,"), "{log}");
    case.text = alone;
    for epochs in [2, 5, 7] {
        case.does("sweep", "zero", epochs);
    }
    for begin in ["state.", ""] {
        let bytes = |out: &str| {
            case.stored(out, begin)
                .into_iter()
                .map(|p| (p.file_name().map(std::ffi::OsStr::to_owned), fs::read(&p).expect("readable")))
                .collect::<Vec<_>>()
        };
        assert!(bytes("axis") == bytes("zero"), "{begin}");
    }
    case.over();
}

/// A rate that depends on the number of epochs makes a longer trial another one from its first step. `--fresh` asks for no
/// state of before, and a setting that is not the same has one of its own.
#[test]
fn what_is_not_the_same_trial_is_not_continued() {
    let case = Case::new("total", "train = { schedule = \"cosine\" }", "");
    case.does("sweep", "on", 2);
    assert!(case.stored("on", "state.").is_empty());
    assert!(case.does("plan", "on", 3).contains("2 new, 0 cached"));
    case.over();
    let mut case = Case::new("fresh", "train.lr = 0.1", "");
    case.does("sweep", "on", 2);
    let mut words = case.words("sweep", "on", 3);
    words.push("--fresh".into());
    let (code, _, log) = run(&words.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(code == 0 && log.contains("2 trained,"), "{log}");
    for (from, to) in [("lr = 0.1", "lr = 0.2"), ("n = 2", "n = 2\nvary = [\"init\"]"), ("\"state\"", "\"state\"\nevery = 2")] {
        let text = std::mem::take(&mut case.text);
        case.text = text.replace(from, to);
        assert!(case.does("plan", "on", 4).contains("2 new, 0 cached"), "{}", case.text);
        case.text = text;
    }
    case.over();
}

/// Several programs at once on one store: each ends well, and what they leave is what one leaves.
#[test]
fn writers_at_the_same_time_do_not_disturb_each_other() {
    let case = Case::new("writers", &format!("{OVERFITTING}\ntrain.patience = 2"), "");
    for epochs in [40, 60] {
        case.does("sweep", "one", epochs);
    }
    // Each draws a run of its own; trials have no name, so they share all of the store.
    let children = ["a", "b", "c", "d"].map(|name| {
        let mut words = case.words("sweep", "many", if name < "c" { 40 } else { 60 });
        let file = case.dir.join(format!("{name}.toml"));
        fs::write(&file, case.text.replace("\"x\"", &format!("{name:?}"))).expect("written");
        words[1] = file.to_str().expect("UTF-8").into();
        thalweg().args(words).arg("--quiet").spawn().expect("the program starts")
    });
    for mut child in children {
        assert!(child.wait().expect("reaped").success());
    }
    for begin in ["state.", ""] {
        let names = |out: &str| {
            let files = case.stored(out, begin);
            files.into_iter().map(|p| (p.file_name().map(std::ffi::OsStr::to_owned), fs::read(&p).expect("readable"))).collect::<Vec<_>>()
        };
        assert!(names("one") == names("many"), "{begin}");
    }
    case.over();
}
