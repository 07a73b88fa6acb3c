//! What only the whole workspace can show; the tests are in `tests/`. Here: how they run the program.

use std::collections::HashMap;
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

/// Two folders hold the same files with the same bytes, measured times apart.
pub fn assert_same_trees(a: &Path, b: &Path) {
    let (a, b) = (tree(a), tree(b));
    assert_eq!(a.iter().map(|f| &f.0).collect::<Vec<_>>(), b.iter().map(|f| &f.0).collect::<Vec<_>>());
    for (x, y) in a.iter().zip(&b) {
        assert!(x.1 == y.1, "{} differs", x.0);
    }
}

/// A path as a word of a command.
pub fn word(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// The files of an output folder but for measured times and for what was launched.
pub fn results(out: &Path) -> Vec<(String, Vec<u8>)> {
    tree(out).into_iter().filter(|(name, _)| !name.contains(".launch")).collect()
}

/// The rows of a table whose cells hold no line ends, as maps from header to cell.
pub fn rows(path: &Path) -> Vec<HashMap<String, String>> {
    let text = fs::read_to_string(path).expect("a table");
    let header = cells(text.lines().next().expect("a header"));
    text.lines().skip(1).map(|line| header.iter().cloned().zip(cells(line)).collect()).collect()
}

/// The cells of a line of CSV, by RFC 4180.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut is_quoted) = (vec![String::new()], false);
    let mut signs = line.chars().peekable();
    while let Some(c) = signs.next() {
        let last = cells.last_mut().expect("never empty");
        match c {
            '"' if is_quoted && signs.next_if_eq(&'"').is_some() => last.push('"'),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => cells.push(String::new()),
            c => last.push(c),
        }
    }
    cells
}

/// Files that must be refused: what is wrong in each text, and what the message must say.
pub type Refused = &'static [(&'static str, &'static [&'static str])];

/// Each text, behind the same head, ends a sweep with exit status 2 and a message that says all it must, and leaves nothing.
pub fn assert_refused(name: &str, head: &str, bad: Refused) {
    let dir = scratch(name);
    let (file, out) = (dir.join("x.toml"), dir.join("out"));
    for (text, says) in bad {
        fs::write(&file, format!("{head}{text}")).expect("written");
        let (code, _, log) = run(&["sweep", file.to_str().expect("UTF-8"), "--out", out.to_str().expect("UTF-8")]);
        assert_eq!(code, 2, "{text}\n{log}");
        for say in *says {
            assert!(log.contains(say), "`{say}` is not in the message for\n{text}\n{log}");
        }
        assert!(!out.exists(), "{text} left something");
    }
    fs::remove_dir_all(&dir).expect("removed");
}

/// The shipped experiments: those of the top, and one folder below them.
pub fn experiments() -> Vec<String> {
    let top = root().join("experiments");
    let inside = |dir: &Path| -> Vec<PathBuf> { fs::read_dir(dir).expect("a folder").map(|e| e.expect("an entry").path()).collect() };
    let mut files = inside(&top);
    files.extend(inside(&top).iter().filter(|p| p.is_dir()).flat_map(|p| inside(p)));
    files.retain(|p| p.extension().is_some_and(|e| e == "toml"));
    files.sort();
    files.iter().map(|p| p.to_str().expect("UTF-8").to_string()).collect()
}

/// The shipped experiment of this name.
pub fn experiment(name: &str) -> PathBuf {
    let file = format!("{name}.toml");
    let found = experiments().into_iter().map(PathBuf::from).find(|p| p.file_name().is_some_and(|n| n == file.as_str()));
    found.unwrap_or_else(|| panic!("no experiment is called {name}"))
}

/// What the first Python that can says of a script's run: `$THALWEG_PYTHON`, the usual one, the system's; `None` if `read` takes none.
pub fn by_python<R>(script: &Path, words: &[&str], read: impl Fn(Output) -> Option<R>) -> Option<R> {
    let named = std::env::var("THALWEG_PYTHON").ok();
    let pythons = named.iter().map(String::as_str).chain(["python3", "/usr/bin/python3"]);
    pythons.filter_map(|python| Command::new(python).arg(script).args(words).output().ok()).find_map(read)
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

/// A small run whose names are hostile, in `dir/out`, which is returned: two tables with such names, three rates of which the largest diverges,
/// and three batch sizes: 18 configurations.
pub fn hostile_run(dir: &Path, name: &str, n_seeds: usize) -> PathBuf {
    let tables = ["<img src=x onerror=bad()>.csv", "=1+1.csv"];
    // Two tables of the same content would be one configuration.
    for (table, seed) in tables.into_iter().zip(7..) {
        let mut draws = Draws(seed);
        let mut point = || {
            let class = draws.below(2);
            let near = |draws: &mut Draws| (draws.below(1000) as f64 / 500.0 - 1.0) + class as f64;
            format!("{},{},{}\n", near(&mut draws), near(&mut draws), ["no", "yes"][class])
        };
        let rows: String = (0..100).map(|_| point()).collect();
        fs::write(dir.join(table), format!("a,b,class\n{rows}")).expect("written");
    }
    let file = dir.join(format!("{name}.toml"));
    let text = format!(
        "name = \"{name}\"\nquestion = 'Is <img src=x onerror=\"window.bad = 1\"> \"text\" & nothing else?'\n\
         [base]\ndata = {{ source = \"csv\", path = \"{1}\", target = \"class\" }}\nmodel = {{ hidden = [] }}\ntrain = {{ epochs = 20 }}\n\
         [axes]\ndata.path = [\"{0}\", \"{1}\"]\ntrain.lr = [0.03, 0.3, 1e12]\ntrain.batch = [8, 16, 32]\n[replicates]\nn = {n_seeds}\n\
         [report]\nplots = [\"convergence\", \"overfitting\", \"heatmap\", \"parallel\"]\n",
        tables[0], tables[1]
    );
    fs::write(&file, text).expect("written");
    let out = dir.join("out");
    let (code, _, log) = run(&["sweep", file.to_str().expect("UTF-8"), "--out", out.to_str().expect("UTF-8"), "--jobs", "1"]);
    assert_eq!(code, 0, "{log}");
    out
}
