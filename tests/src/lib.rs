//! What only the whole workspace can show; the tests are in `tests/`. Here: how they run the program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The `thalweg` program that the same cargo command built: it lies two folders above a test's own program.
pub fn thalweg() -> Command {
    let test = std::env::current_exe().expect("a test knows its own path");
    let profile = test.parent().and_then(Path::parent).expect("tests lie in PROFILE/deps");
    let program = profile.join(format!("thalweg{}", std::env::consts::EXE_SUFFIX));
    assert!(program.is_file(), "{} is missing: run `cargo xtask test`, which builds the workspace", program.display());
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// The workspace's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the workspace").to_path_buf()
}

/// A folder of its own for each test, empty at the start, kept for a look after a failure.
pub fn scratch(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("thalweg-tests-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).expect("the temporary folder is writable");
    dir
}

/// Runs the program to its end: exit status, standard output, standard error.
pub fn run(words: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = thalweg().args(words).output().expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (status.code().unwrap_or(-1), text(&stdout), text(&stderr))
}

/// Every file under a folder with its bytes, sorted by name, without the measured times.
pub fn tree(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a readable folder") {
            let path = entry.expect("a readable entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if !name.starts_with("timings.") {
                found.push((path.strip_prefix(dir).expect("below").display().to_string(), fs::read(&path).expect("a readable file")));
            }
        }
    }
    found.sort();
    found
}

/// Reproducible draws: SplitMix64 (Steele, Lea and Flood 2014).
pub struct Draws(pub u64);

impl Draws {
    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`, which is at least 1.
    pub fn below(&mut self, n: usize) -> usize {
        (self.bits() % n as u64) as usize
    }

    /// One of some things.
    pub fn one_of<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        &things[self.below(things.len())]
    }
}

/// How large a test is: the number in an environment variable, or the default of a run that takes seconds.
pub fn size(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{variable} is a number, not {text}")))
}
