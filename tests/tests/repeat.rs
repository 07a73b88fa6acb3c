//! The commands that repeat one trial work as they are printed: in `failures.csv` from inside the `--out` folder, on the
//! terminal from where the sweep was started.

use std::fs;
use std::path::Path;

use thalweg_tests::{scratch, thalweg, tree};

/// Runs the program through a shell, as a reader who copies the command would: exit status, both outputs.
fn shell(dir: &Path, command: &str) -> (i32, String, String) {
    let program = thalweg();
    let program = program.get_program().to_str().expect("UTF-8");
    let words = command.strip_prefix("cargo xtask ").unwrap_or_else(|| panic!("not a command of ours: {command}"));
    let output = std::process::Command::new("sh").current_dir(dir).args(["-c", &format!("'{program}' {words}")]).output().expect("a shell");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

/// The keys of the trials that a sweep with `--json` trained.
fn trained(told: &str) -> Vec<String> {
    let events = told.lines().map(|l| serde_json::from_str::<serde_json::Value>(l).expect("JSON"));
    events.filter(|e| e["event"] == "trial").map(|e| e["key"].as_str().expect("a key").to_string()).collect()
}

/// The experiment lies beside its data, in a folder whose name needs quotes; what is laid over it makes two trials diverge.
fn swept(dir: &Path, more: &str) -> (i32, String) {
    let folder = dir.join("my work");
    fs::create_dir_all(&folder).expect("made");
    let rows: String = (0..20).map(|i| format!("{i},{}\n", if i % 2 == 0 { "even" } else { "odd" })).collect();
    fs::write(folder.join("own.csv"), format!("number,kind\n{rows}")).expect("written");
    let text = "name = \"small\"\n[base]\ndata = { source = \"csv\", path = \"own.csv\" }\ntrain = { epochs = 3, batch = 4 }\n[axes]\ntrain.lr = [0.01, 0.02]\n[replicates]\nn = 2\n";
    fs::write(folder.join("small.toml"), text).expect("written");
    let (code, _, log) =
        shell(dir, &format!("cargo xtask sweep 'my work/small.toml' --out 'my out' --set 'axes.train.lr=[0.01, 1e12]' {more}"));
    (code, log)
}

#[test]
fn the_command_in_failures_repeats_exactly_that_trial() {
    let dir = scratch("repeat");
    let (code, log) = swept(&dir, "");
    assert_eq!(code, 0, "a diverged trial is no failure: {log}");
    let out = dir.join("my out");
    let before = tree(&out);
    let failures = fs::read_to_string(out.join("small/failures.csv")).expect("written");
    // The last cell of a row is the command, with its quotes doubled as CSV has it.
    let rows: Vec<(&str, String)> = failures
        .lines()
        .skip(1)
        .map(|row| {
            let (_, command) = row.split_once("\"cargo ").expect("a command in quotes");
            (row.split(',').next().expect("a key"), format!("cargo {}", command.trim_end_matches('"').replace("\"\"", "\"")))
        })
        .collect();
    assert_eq!(rows.len(), 2, "{failures}");
    for (key, command) in rows {
        // The cell ends with `--fresh`, so nothing of a quote was trimmed that belongs to it.
        assert!(command.ends_with("--fresh"), "{command}");
        let (code, told, log) = shell(&out, &format!("{command} --json"));
        assert_eq!((code, trained(&told)), (0, vec![key.to_string()]), "{command}\n{log}");
        assert!(before == tree(&out), "the run is not what it was");
    }
    fs::remove_dir_all(&dir).expect("removed");
}

#[test]
fn the_command_on_the_terminal_holds_what_was_laid_over_the_file() {
    let dir = scratch("repeat-told");
    let (code, log) = swept(&dir, "--set failure.timeout=1ms --set train.epochs=100000 --set axes.train.lr=[0.01] --set replicates.n=1");
    let command = log.lines().find_map(|l| l.trim().strip_prefix("repeat: ")).unwrap_or_else(|| panic!("{log}"));
    assert!(code == 1 && command.contains("--out 'my out'") && command.contains("--set failure.timeout=1ms"), "{log}");
    let (code, told, log) = shell(&dir, &format!("{command} --json"));
    assert_eq!((code, trained(&told).len()), (1, 1), "{command}\n{log}");
    fs::remove_dir_all(&dir).expect("removed");
}
