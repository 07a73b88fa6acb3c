//! `cargo xtask …`: the chores of the workspace, and the front door to the `thalweg` program.
//!
//! A chore's name is handled here; everything else is passed on. The program is built in release first and then takes
//! this process's place, so that signals reach it. No dependencies: this builds in two seconds.

mod peers;

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const CHORES: &str = "chores:
  cargo xtask test [ARGS]   the workspace's tests, in the profile and with the features of the program
  cargo xtask bench [ARGS]  the benchmarks
  cargo xtask gallery       every claim of experiments/ again: docs/gallery.md and reports/gallery/; --quick into reports/quick
  cargo xtask peers [ARGS]  our training against scikit-learn, PyTorch and JAX, where Python has them
  cargo xtask ci            what continuous integration runs
";

fn main() -> ExitCode {
    let words: Vec<OsString> = env::args_os().skip(1).collect();
    let rest = words.get(1..).unwrap_or_default();
    match words.first().and_then(|w| w.to_str()) {
        // The tests run the program, which `cargo test` alone would leave as it was.
        Some("test") => build().map_or_else(|failed| failed, |()| cargo(&["test", "--release", "--workspace"], rest)),
        Some("bench") => cargo(&["bench", "--workspace"], rest),
        Some("peers") => peers::run(rest, &root(), &cargo_program()),
        Some("gallery") => gallery(&words),
        Some("ci") => status(Command::new("bash").arg(root().join(".ci/run")).current_dir(root())),
        first => {
            if matches!(first, None | Some("help" | "--help" | "-h")) {
                eprintln!("{CHORES}");
            }
            thalweg(&words)
        }
    }
}

/// The workspace's folder. Commands of the program keep the user's own folder, so that paths mean what was typed.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

fn cargo(words: &[&str], rest: &[OsString]) -> ExitCode {
    status(Command::new(cargo_program()).args(words).args(rest).current_dir(root()))
}

fn cargo_program() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn status(command: &mut Command) -> ExitCode {
    match command.status() {
        Ok(status) => ExitCode::from(status.code().and_then(|c| u8::try_from(c).ok()).unwrap_or(1)),
        Err(e) => {
            eprintln!("cannot start {}: {e}", command.get_program().to_string_lossy());
            ExitCode::from(2)
        }
    }
}

/// Builds the whole workspace, so that program and tests find every dependency with the same features.
fn build() -> Result<(), ExitCode> {
    let mut command = Command::new(cargo_program());
    command.args(["build", "--release", "--workspace", "--manifest-path"]).arg(root().join("Cargo.toml")).args(quiet());
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(ExitCode::from(2)),
        Err(e) => {
            eprintln!("cannot start cargo: {e}");
            Err(ExitCode::from(2))
        }
    }
}

/// Builds the program and becomes it.
fn thalweg(words: &[OsString]) -> ExitCode {
    if let Err(failed) = build() {
        return failed;
    }
    let name = format!("thalweg{}", env::consts::EXE_SUFFIX);
    // This program lies in the same profile folder: the target folder need not be guessed.
    let program = env::current_exe().ok().and_then(|me| me.parent().map(|dir| dir.join(&name)));
    let Some(program) = program.filter(|p| p.is_file()) else {
        eprintln!("cannot find {name} beside this program");
        return ExitCode::from(2);
    };
    // What the program prints to be typed begins as this command did.
    become_program(Command::new(program).args(words).env("THALWEG_CALLED_AS", "cargo xtask"))
}

/// Our own gallery, unless a folder or a document is named: the document that lies in the repository is not made of two seeds.
fn gallery(words: &[OsString]) -> ExitCode {
    let begins = |word: &OsString, name: &str| word.to_string_lossy().starts_with(name);
    let names_a_folder = words.get(1).is_some_and(|word| !begins(word, "-"));
    let is_ours = !names_a_folder && !words.iter().any(|w| begins(w, "--document") || w == "--quick");
    let mut words = words.to_vec();
    if is_ours && env::set_current_dir(root()).is_ok() {
        words.extend(["--document".into(), "docs/gallery.md".into()]);
    }
    thalweg(&words)
}

/// A first build takes minutes and shows what it does; a finished one says nothing.
fn quiet() -> &'static [&'static str] {
    let built = env::current_exe().ok().and_then(|me| me.parent().map(|dir| dir.join("thalweg").is_file())).unwrap_or(false);
    if built { &["--quiet"] } else { &[] }
}

#[cfg(unix)]
fn become_program(command: &mut Command) -> ExitCode {
    use std::os::unix::process::CommandExt;
    eprintln!("cannot start thalweg: {}", command.exec());
    ExitCode::from(2)
}

#[cfg(not(unix))]
fn become_program(command: &mut Command) -> ExitCode {
    status(command)
}
