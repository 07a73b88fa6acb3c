//! What leaves the program is read by others: trained models by safetensors, NumPy and onnxruntime, and `predict` by a forward pass
//! that was written from the formulas. The heads, norms and activations come from the schema, so a new row is exported here, too.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use thalweg_tests::{Draws, by_python, root, run, scratch};

/// Exit status of a script that lacks a package.
const LACKS: i32 = 77;

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// The names that the schema offers for a setting, in quotes.
fn names(setting: &str) -> String {
    let (code, schema, log) = run(&["schema"]);
    assert_eq!(code, 0, "{log}");
    let schema: serde_json::Value = serde_json::from_str(&schema).expect("JSON");
    let listed = schema["definitions"][setting]["enum"].as_array();
    let found = listed.unwrap_or_else(|| panic!("the schema lists no names for {setting}")).iter().filter_map(|v| v.as_str());
    found.map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

/// A table with numbers, holes and words; its targets are learned from them.
fn table(path: &Path, target: &str, targets: &[&str]) {
    let mut draws = Draws(7);
    let mut text = format!("length,colour,width,depth,{target}\n");
    for _ in 0..120 {
        let (a, b) = (draws.below(1000), draws.below(1000));
        let colour = *draws.one_of(&["red", "green", "blue"]);
        let class = (a * targets.len() / 1000 + usize::from(colour == "red")) % targets.len();
        let value = if targets[class].is_empty() { format!("{}.25", a / 10) } else { targets[class].to_string() };
        let hole = if draws.below(10) == 0 { String::new() } else { format!("{}", b as f64 / 8.0) };
        writeln!(text, "{}.5,{colour},{hole},{},{value}", a, 3 * b).expect("a string");
    }
    fs::write(path, text).expect("written");
}

/// Sweeps a text that keeps weights; the folder of its run.
fn swept(dir: &Path, name: &str, body: &str) -> PathBuf {
    let (file, out) = (dir.join(format!("{name}.toml")), dir.join("out"));
    fs::write(&file, format!("name = \"{name}\"\n{body}")).expect("written");
    let (code, _, log) = run(&["sweep", text(&file), "--out", text(&out)]);
    assert_eq!(code, 0, "{log}");
    out.join(name)
}

/// The weights files of a run, by configuration and seed.
fn weights(run: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(run.join("weights")).expect("weights").map(|e| e.expect("an entry").path());
    let mut found: Vec<PathBuf> = entries.filter(|p| p.file_stem().is_some_and(|s| s != "best")).collect();
    found.sort();
    found
}

const HEAD: &str = "[record]\nweights = \"best\"\n[report]\nplots = []\n[base]\n";

#[test]
fn other_programs_read_what_is_exported() {
    let dir = scratch("exports");
    let csv = dir.join("classes.csv");
    table(&csv, "kind", &["x", "y", "z"]);
    table(&dir.join("two.csv"), "kind", &["no", "yes"]);
    table(&dir.join("numbers.csv"), "size", &["", "", ""]);
    let train = "train = { epochs = 3, batch = 16, lr = 0.05 }";
    let machines = format!("model.kernel = [{}]\nmodel.scheme = [{}]\n", names("model.kernel"), names("model.scheme"));
    let base = |file: &str, transform: &str| {
        format!("{HEAD}data = {{ source = \"csv\", path = \"{file}\", missing = \"median\", transform = [{transform}] }}\n")
    };
    let runs = [
        (
            "classes.csv",
            format!(
                "{}{train}\nmodel.hidden = [7, 5]\n[axes]\nmodel.activation = [{}]\nmodel.norm = [{}]\n",
                base("classes.csv", "\"standardise\""),
                names("model.activation"),
                names("model.norm")
            ),
        ),
        (
            "two.csv",
            format!(
                "{}{train}\nmodel = {{ hidden = [6], neck = 1, activation = \"tanh\" }}\n[axes]\nmodel.head = [\"sigmoid\", \"softmax\"]\n",
                base("two.csv", "\"min-max\"")
            ),
        ),
        (
            "two.csv",
            format!(
                "{}{train}\nmodel.hidden = []\n[axes]\nmodel.loss = [\"weston-watkins\", \"one-vs-rest\", \"perceptron\"]\n",
                base("two.csv", "\"one-hot\", \"whiten\"")
            ),
        ),
        ("two.csv", format!("{}model.kind = \"kernel-svm\"\n[axes]\n{machines}", base("two.csv", "\"standardise\""))),
        ("classes.csv", format!("{}model.kind = \"kernel-svm\"\n[axes]\n{machines}", base("classes.csv", "\"standardise\""))),
        (
            "numbers.csv",
            format!(
                "{}train = {{ epochs = 3, batch = 16, lr = 1e-5, precision = \"f64\" }}\nmodel.hidden = [6]\n[replicates]\nn = 2\n",
                base("numbers.csv", "\"whiten\"")
            ),
        ),
    ];
    let folder = dir.join("exports");
    fs::create_dir_all(&folder).expect("made");
    let mut heads = BTreeMap::<String, usize>::new();
    for (i, (data, body)) in runs.iter().enumerate() {
        let run_dir = swept(&dir, &format!("exports-{i}"), body);
        for file in weights(&run_dir) {
            let stem = folder.join(format!("{i}-{}", file.file_stem().expect("a name").to_str().expect("UTF-8")));
            let with = |ending: &str| PathBuf::from(format!("{}.{ending}", text(&stem)));
            fs::copy(&file, with("safetensors")).expect("copied");
            fs::copy(dir.join(data), with("data.csv")).expect("copied");
            for ending in ["onnx", "npz"] {
                let (code, said, log) = run(&["export", text(&file), text(&with(ending))]);
                assert_eq!((code, said.starts_with("wrote ")), (0, true), "{log}");
            }
            let (code, _, log) = run(&["predict", text(&file), text(&with("data.csv")), "--out-file", text(&with("csv"))]);
            assert_eq!(code, 0, "{log}");
            *heads.entry(i.to_string()).or_default() += 1;
        }
    }
    assert!(heads["0"] >= 33 && heads["1"] == 2 && heads["2"] == 3 && heads["3"] == 8 && heads["4"] == 8 && heads["5"] == 2, "{heads:?}");
    let script = root().join("tests/oracle/exports.py");
    let said = by_python(&script, &[text(&folder)], |done| {
        (done.status.code() != Some(LACKS) && !done.stdout.is_empty())
            .then(|| (done.status.code(), String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned()))
    });
    match said {
        Some((code, said)) => assert_eq!(code, Some(0), "{said}"),
        None => eprintln!("skipped: no Python with numpy, safetensors, onnx and onnxruntime"),
    }
    fs::remove_dir_all(&dir).expect("removed");
}

/// Text axes, empty cells, a diverged trial, a run of a single epoch: pyarrow reads what the CSV says.
#[test]
fn pyarrow_reads_the_tables() {
    let dir = scratch("parquet");
    let report = "[report]\nplots = []\n[base]\ntrain.epochs = 6\n";
    let many = "[axes]\ntrain.lr = [0.01, 0.1, 1e6]\nmodel.activation = [\"relu\", \"tanh\"]\n[replicates]\nn = 3\n";
    let runs = [
        swept(&dir, "many", &format!("{report}{many}")),
        swept(&dir, "one", &format!("{report}train.batch = \"all\"\ndata = {{ source = \"iris\", split = [1.0, 0.0, 0.0] }}\n")),
    ];
    let before = runs.each_ref().map(|run| fs::read(run.join("epochs.parquet")).expect("written"));
    let words: Vec<&str> = runs.iter().map(|run| text(run)).collect();
    let said = by_python(&root().join("tests/oracle/parquet.py"), &words, |done| {
        let told = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
        (done.status.code() != Some(LACKS) && !told.is_empty()).then_some((done.status.code(), told))
    });
    match said {
        Some((code, told)) => assert_eq!(code, Some(0), "{told}"),
        None => eprintln!("skipped: no Python with pyarrow and pandas"),
    }
    for (run_dir, bytes) in runs.iter().zip(before) {
        assert_eq!(run(&["report", text(run_dir)]).0, 0);
        assert!(fs::read(run_dir.join("epochs.parquet")).expect("written") == bytes, "not the same bytes");
    }
    fs::remove_dir_all(&dir).expect("removed");
}

/// A column of a CSV without quotes.
fn column(csv: &str, name: &str) -> Vec<String> {
    let mut lines = csv.lines();
    let place = lines.next().and_then(|h| h.split(',').position(|c| c == name)).unwrap_or_else(|| panic!("no column {name}"));
    lines.map(|l| l.split(',').nth(place).expect("a cell").to_string()).collect()
}

/// The classes that are said of the test part make the recorded accuracy, to the last bit.
#[test]
fn a_prediction_of_the_test_part_has_the_recorded_accuracy() {
    let dir = scratch("predict-recorded");
    let body = "data.transform = [\"unit-scale\", \"zero-mean\"]\ntrain.epochs = 4\nmodel.norm = \"batch-norm\"\nmodel.dropout = 0.2\n\
                [axes]\ntrain.precision = [\"f32\", \"f64\"]\n[replicates]\nn = 2\nvary = [\"init\", \"split\"]\n";
    let folder = swept(&dir, "predict-recorded", &format!("{HEAD}{body}"));
    let trials = fs::read_to_string(folder.join("trials.csv")).expect("trials");
    let (configs, seeds, accuracies) = (column(&trials, "config"), column(&trials, "seed"), column(&trials, "test_accuracy"));
    for ((config, seed), recorded) in configs.iter().zip(&seeds).zip(&accuracies) {
        let file = folder.join(format!("weights/{config}-seed{seed}.safetensors"));
        let words = ["predict", text(&file), text(&folder.join("experiment.toml"))].map(String::from);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (code, said, log) = run(&words);
        assert_eq!(code, 0, "{log}");
        assert_eq!(run(&words).1, said, "the same twice");
        let (parts, truth, class) = (column(&said, "part"), column(&said, "truth"), column(&said, "class"));
        let test: Vec<usize> = (0..parts.len()).filter(|i| parts[*i] == "test").collect();
        let right = test.iter().filter(|i| truth[**i] == class[**i]).count();
        assert_eq!((right as f64 / test.len() as f64).to_string(), recorded.parse::<f64>().expect("a number").to_string());
        assert!(test.len() > 300 && right > 200);
        // By the set's name: the same samples in the order of the split, and the accuracy in words.
        let (code, named, told) = run(&["predict", text(&file), "digits"]);
        assert_eq!(code, 0, "{told}");
        let rows: Vec<usize> = column(&named, "row").iter().map(|row| row.parse().expect("a place")).collect();
        assert_eq!(rows.iter().collect::<BTreeSet<_>>(), test.iter().collect::<BTreeSet<_>>());
        assert!(rows.iter().zip(column(&named, "class")).all(|(row, said)| class[*row] == said));
        let exact: f64 = recorded.parse().expect("a number");
        assert!(told.contains(&format!("accuracy {exact:?}: {right} of {} samples", test.len())), "{told}");
        assert!(log.contains(&format!("accuracy (test) {exact:?}: {right} of")), "{log}");
    }
    fs::remove_dir_all(&dir).expect("removed");
}

/// Headers that change places are another set, though no number has changed: a network that was kept for the old ones would take each
/// column for the other.
#[test]
fn other_names_are_trained_anew() {
    let dir = scratch("predict-names");
    let rows: String = (0..60).map(|i| format!("{},{},{}\n", i, 7 * i % 60, if i < 30 { "no" } else { "yes" })).collect();
    let body = format!("{HEAD}data = {{ source = \"csv\", path = \"own.csv\", transform = [\"standardise\"] }}\ntrain.epochs = 20\n");
    let mut said = Vec::new();
    for header in ["a,b,kind", "b,a,kind"] {
        fs::write(dir.join("own.csv"), format!("{header}\n{rows}")).expect("written");
        let folder = swept(&dir, "predict-names", &body);
        let (code, out, log) = run(&["predict", text(&folder.join("weights/best.safetensors")), text(&dir.join("own.csv"))]);
        assert_eq!(code, 0, "{log}");
        assert!(log.contains("accuracy ") && log.contains(" of 60 samples"), "{log}");
        said.push(out);
    }
    assert_eq!(said[0], said[1], "the same columns under other names");
    // The other order of columns is found by the names.
    let turned: String = (0..60).map(|i| format!("{},{},{}\n", 7 * i % 60, i, if i < 30 { "no" } else { "yes" })).collect();
    fs::write(dir.join("turned.csv"), format!("a,b,kind\n{turned}")).expect("written");
    let best = dir.join("out/predict-names/weights/best.safetensors");
    assert_eq!(run(&["predict", text(&best), text(&dir.join("turned.csv"))]).1, said[1]);
    for (name, says) in [("moons", "experiment.toml"), ("digits", "64 features"), ("nothing.csv", "cannot be found")] {
        let (code, _, log) = run(&["predict", text(&best), name]);
        assert!(code == 2 && log.contains(says), "{name}: {log}");
    }
    fs::remove_dir_all(&dir).expect("removed");
}

/// A grey PNG of 2×2 pixels, by the specification: one stored block of deflate.
fn png(pixels: [u8; 4]) -> Vec<u8> {
    let crc = |bytes: &[u8]| {
        let step = |c: u32, _| if c & 1 == 1 { 0xedb8_8320 ^ (c >> 1) } else { c >> 1 };
        !bytes.iter().fold(u32::MAX, |c, b| (0..8).fold(c ^ u32::from(*b), step))
    };
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        let body = [kind.as_slice(), data].concat();
        [&(data.len() as u32).to_be_bytes(), body.as_slice(), &crc(&body).to_be_bytes()].concat()
    };
    let rows = [0, pixels[0], pixels[1], 0, pixels[2], pixels[3]];
    let (a, b) = rows.iter().fold((1u32, 0u32), |(a, b), v| ((a + u32::from(*v)) % 65521, (b + a + u32::from(*v)) % 65521));
    let stored = [&[0x78, 1, 1, 6, 0, 0xf9, 0xff], rows.as_slice(), &(b << 16 | a).to_be_bytes()].concat();
    let header = chunk(b"IHDR", &[0, 0, 0, 2, 0, 0, 0, 2, 8, 0, 0, 0, 0]);
    [b"\x89PNG\r\n\x1a\n".to_vec(), header, chunk(b"IDAT", &stored), chunk(b"IEND", &[])].concat()
}

/// A folder for each class, a folder of pictures, and one of them: the same samples, the same words.
#[test]
fn pictures_are_samples_wherever_they_lie() {
    let dir = scratch("predict-pictures");
    let flat = dir.join("flat");
    fs::create_dir_all(&flat).expect("made");
    for (class, first) in [("dark", 10), ("light", 200)] {
        fs::create_dir_all(dir.join("own").join(class)).expect("made");
        for i in 0..20 {
            let bytes = png([first, first + i, first + 2 * i, 3]);
            fs::write(dir.join(format!("own/{class}/{i:02}.png")), &bytes).expect("written");
            fs::write(flat.join(format!("{class}-{i:02}.png")), &bytes).expect("written");
        }
    }
    let settings = "data = { source = \"images\", path = \"own\", transform = [\"unit-scale\"] }\ntrain = { epochs = 30, batch = 8 }\n";
    let best = swept(&dir, "predict-pictures", &format!("{HEAD}{settings}")).join("weights/best.safetensors");
    let said = |data: &Path| {
        let (code, said, log) = run(&["predict", text(&best), text(data)]);
        assert_eq!(code, 0, "{log}");
        said
    };
    let (by_class, by_name) = (said(&dir.join("own")), said(&flat));
    assert_eq!(column(&by_name, "p_light"), column(&by_class, "p_light"));
    assert_eq!(column(&by_name, "file")[20], "light-00.png");
    assert_eq!(column(&by_class, "truth"), column(&by_class, "class"));
    assert_eq!(column(&said(&flat.join("light-07.png")), "p_light")[0], column(&by_name, "p_light")[27]);
    let large = root().join("experiments/a-pictures/pictures/chelsea.png");
    fs::copy(large, flat.join("large.png")).expect("copied");
    let (code, _, log) = run(&["predict", text(&best), text(&flat)]);
    assert!(code == 2 && log.contains("large.png is ") && log.contains("the model takes 2×2×1"), "{log}");
    fs::remove_dir_all(&dir).expect("removed");
}

/// Tables that cannot be predicted from, and what must be said.
const REFUSED: &[(&str, &[&str])] = &[
    ("", &["is empty"]),
    ("a,b\n", &["has no rows"]),
    ("a,kind\n1,x\n", &["lacks columns", "`b`", "it has `a`, `kind`"]),
    ("a,b,extra\n1,2,3\n", &["not trained on: `extra`"]),
    ("a,b\n1,\n", &["t.csv:2", "column `b` has no value"]),
    ("a,b\n1,NaN\n", &["column `b` has no value"]),
    ("a,b\n1,2\n1,inf\n", &["t.csv:3", "`inf` is not a finite number"]),
    ("a,b\n1,2,3\n", &["t.csv:2", "has 3 cells"]),
    ("a,a\n1,2\n", &["names two columns `a`"]),
    ("1,2\n3,4\n", &["say header"]),
];

#[test]
fn tables_are_matched_by_name_and_refused_with_words() {
    let dir = scratch("predict-tables");
    fs::write(
        dir.join("own.csv"),
        (0..60)
            .map(|i| format!("{},{},{}\n", i, 7 * i % 60, if i < 30 { "x" } else { "=1+1" }))
            .fold("a,b,kind\n".to_string(), |all, line| all + &line),
    )
    .expect("written");
    let folder = swept(
        &dir,
        "predict-tables",
        &format!("{HEAD}data = {{ source = \"csv\", path = \"own.csv\", transform = [\"standardise\"] }}\ntrain.epochs = 5\n"),
    );
    let best = folder.join("weights/best.safetensors");
    let table = dir.join("t.csv");
    let predicted = |content: &str| {
        fs::write(&table, content).expect("written");
        run(&["predict", text(&best), text(&table)])
    };
    let (code, plain, log) = predicted("a,b\n1,2\n50,3\n");
    assert_eq!((code, plain.lines().next()), (0, Some("row,class,p_=1+1,p_x")), "{log}");
    let (_, turned, _) = predicted("b,kind,a\n2,x,1\n3,?,50\n");
    assert_eq!(column(&turned, "p_x"), column(&plain, "p_x"));
    assert_eq!(column(&turned, "truth"), ["x", "?"]);
    for (content, says) in REFUSED {
        let (code, said, log) = predicted(content);
        assert_eq!((code, said.as_str()), (2, ""), "{content:?}: {log}");
        says.iter().for_each(|say| assert!(log.contains(say), "`{say}` is not in the message for {content:?}:\n{log}"));
    }
    // Files that are no weights, of an earlier version, or cut short.
    let old = root().join("experiments/d-networks/weights");
    let old = fs::read_dir(old)
        .expect("weights")
        .map(|e| e.expect("an entry").path())
        .find(|p| p.extension().is_some_and(|e| e == "safetensors"));
    let bytes = fs::read(&best).expect("weights");
    let cut = dir.join("cut.safetensors");
    fs::write(&cut, &bytes[..bytes.len() - 1]).expect("written");
    for (file, say) in [
        (old.expect("a committed file"), "written by an earlier version"),
        (cut, "not a whole safetensors file"),
        (table.clone(), "not a whole safetensors file"),
    ] {
        for words in [vec!["predict", text(&file), text(&table)], vec!["export", text(&file), "x.onnx"]] {
            let (code, _, log) = run(&words);
            assert!(code == 2 && log.contains(say), "{words:?}: {log}");
        }
    }
    let (code, _, log) = run(&["export", text(&best), "x.bin"]);
    assert!(code == 2 && log.contains(".onnx (") && log.contains(".npz ("), "{log}");
    fs::remove_dir_all(&dir).expect("removed");
}
