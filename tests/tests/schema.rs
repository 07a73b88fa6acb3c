//! The JSON schema: fresh, named by every shipped experiment, and agreed to by a validator that nobody here wrote.

use std::fs;
use std::path::Path;

use thalweg_tests::{by_python, experiments, root, run, scratch};

#[test]
fn the_schema_is_fresh_and_named_by_every_experiment() {
    let (code, text, _) = run(&["schema"]);
    let committed = fs::read_to_string(root().join("schema/experiment.schema.json")).expect("a schema");
    assert!(code == 0 && text == committed, "the schema is stale: cargo xtask schema > schema/experiment.schema.json");
    for path in experiments() {
        let text = fs::read_to_string(&path).expect("an experiment");
        let named = text.lines().next().and_then(|line| line.strip_prefix("#:schema ")).unwrap_or_else(|| panic!("{path} names no schema"));
        let schema = Path::new(&path).parent().expect("in a folder").join(named);
        assert!(schema.ends_with("schema/experiment.schema.json") && schema.is_file(), "{path} names {named}");
    }
}

/// Runs Python's jsonschema over some files: its exit status and what it found; `None` where it is not installed.
fn validate(files: &[String]) -> Option<(i32, String)> {
    let schema = root().join("schema/experiment.schema.json");
    let words: Vec<&str> = schema.to_str().into_iter().chain(files.iter().map(String::as_str)).collect();
    by_python(&root().join("tests/oracle/validate.py"), &words, |done| {
        let code = done.status.code().filter(|code| *code == 0 || *code == 1)?;
        Some((code, String::from_utf8_lossy(&done.stdout).into_owned()))
    })
}

/// What the checker accepts, the schema does, too: shipped experiments, and the same ones resolved. What it should catch, it does.
#[test]
fn an_independent_validator_agrees() {
    let dir = scratch("schema");
    let mut files = experiments();
    for path in experiments() {
        let (code, resolved, _) = run(&["plan", &path, "--resolved"]);
        if code == 0 {
            let file = dir.join(Path::new(&path).file_name().expect("a name"));
            fs::write(&file, resolved).expect("written");
            files.push(file.to_str().expect("UTF-8").into());
        }
    }
    let Some((code, told)) = validate(&files) else {
        eprintln!("SKIPPED: no Python with jsonschema and tomllib");
        return;
    };
    assert_eq!(code, 0, "{told}");
    for (i, (text, says)) in [
        ("name = \"X\"\n", "name"),
        ("name = \"x\"\n[base]\ntrain.optimiser = \"sgd\"\n", "optimiser"),
        ("name = \"x\"\n[axes]\nmodel.activation = [\"rleu\"]\n", "rleu"),
        ("name = \"x\"\n[axes]\ntrain.lr = { log = [0.1, 1.0] }\n", "train.lr"),
        ("name = \"x\"\n[base]\ntrain.epochs = 1.5\n", "1.5"),
        ("name = \"x\"\n[replicates]\nvary = [\"weather\"]\n", "weather"),
        ("name = \"x\"\n[search]\nmethod = \"bayes\"\n", "bayes"),
        ("name = \"x\"\n[report]\nmetric = \"valid_los\"\n", "valid_los"),
        ("name = \"x\"\n[failure]\ntimeout = \"soon\"\n", "soon"),
        ("question = \"?\"\n", "name"),
        ("name = \"x\"\n[[claim]]\nsays = \"it is\"\n", "check"),
        ("name = \"x\"\n[[claim]]\nsays = \"it is\"\ncheck = [{ of = \"seed\", abov = 1 }]\n", "abov"),
    ]
    .into_iter()
    .enumerate()
    {
        let file = dir.join(format!("bad-{i}.toml"));
        fs::write(&file, text).expect("written");
        let (code, told) = validate(&[file.to_str().expect("UTF-8").into()]).expect("as before");
        assert!(code == 1 && told.contains(says), "{text}: {told}");
    }
    fs::remove_dir_all(&dir).expect("removed");
}
