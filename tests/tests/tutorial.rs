//! `docs/tutorial.md` is run as a reader would: in an empty folder, each file written and each command typed as it stands there,
//! and what is printed compared with what is shown.
//!
//! The page itself is the test's only source, and a block of a kind that this file does not know fails. The kinds:
//!
//! - `sh`: commands, one on each line. `cd` and `export` hold for all that follow.
//! - `text`, directly behind them: their output, standard error included. Without such a block they must print nothing.
//!   Where it has an `error:` the last command ends with status 2, otherwise all end with 0.
//! - `toml NAME`, `csv NAME`: a file; `toml >> NAME`: more at the end of one.
//!
//! The signs in outputs are in `tutorial/pattern.rs`. Absent on purpose: systems without a Unix shell, for which the page is not written.

#![cfg(unix)]

#[path = "tutorial/pattern.rs"]
mod pattern;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use thalweg_tests::{root, scratch, thalweg, word};

/// A fenced block of a document.
struct Block<'a> {
    /// What stands behind the opening fence.
    kind: &'a str,
    body: String,
    /// The number of its first line, for messages.
    line: usize,
}

/// The fenced blocks of a document in their order.
fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for (line, number) in text.lines().zip(1..) {
        match (line.trim_start().strip_prefix("```"), &mut open) {
            (Some(kind), None) => open = Some(Block { kind, body: String::new(), line: number + 1 }),
            (Some(""), Some(_)) => found.extend(open.take()),
            (Some(_), Some(block)) => panic!("line {number}: a block begins inside the one of line {}", block.line),
            (None, Some(block)) => block.body += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "the last block has no end");
    found
}

/// A shell that forgets: what must be remembered is said again before each command.
struct Shell<'a> {
    start: &'a Path,
    remembered: String,
}

impl Shell<'_> {
    /// Runs one line: whether it ended well, its exit status, and what it printed on both outputs, in order.
    fn run(&mut self, line: &str) -> (i32, String) {
        let script = format!("exec 2>&1\nset -e\n{}{line}\n", self.remembered);
        let done = Command::new("sh").arg("-c").arg(script).current_dir(self.start).output().expect("a shell starts");
        if ["cd ", "export "].iter().any(|begin| line.starts_with(begin)) {
            self.remembered += &format!("{line}\n");
        }
        (done.status.code().unwrap_or(-1), String::from_utf8(done.stdout).expect("UTF-8"))
    }

    /// The folder in which the next command would run.
    fn folder(&mut self) -> String {
        self.run("pwd").1.trim_end().to_string()
    }
}

/// What the reader has before the first line: a clone with a built program.
fn clone(dir: &Path) {
    let program = thalweg().get_program().to_owned();
    fs::create_dir_all(dir.join("target/release")).expect("made");
    std::os::unix::fs::symlink(program, dir.join("target/release/thalweg")).expect("linked");
    std::os::unix::fs::symlink(root().join("docs"), dir.join("docs")).expect("linked");
}

/// Follows a page from its first line to its last in a folder; what went otherwise than it says, if anything.
fn follow(page: &str, dir: &Path) -> Result<(), String> {
    let start = dir.join("thalweg");
    clone(&start);
    let mut shell = Shell { start: &start, remembered: String::new() };
    let blocks = blocks(page);
    let mut rest = blocks.iter().peekable();
    while let Some(block) = rest.next() {
        let at = block.line;
        match block.kind.split_whitespace().collect::<Vec<_>>()[..] {
            ["sh"] => {
                let shown = rest.next_if(|next| next.kind == "text").map_or("", |next| next.body.as_str());
                let fails = shown.lines().any(|line| line.starts_with("error:"));
                let mut told = String::new();
                let mut lines = block.body.lines().peekable();
                while let Some(line) = lines.next() {
                    let (code, text) = shell.run(line);
                    told += &text;
                    let due = if fails && lines.peek().is_none() { 2 } else { 0 };
                    if code != due {
                        return Err(format!("line {at}: `{line}` ended with {code}, not {due}:\n{told}"));
                    }
                }
                pattern::agree(shown, &told).map_err(|why| format!("line {at}: {why}\n--- shown\n{shown}--- printed\n{told}"))?;
            }
            ["toml" | "csv", name] => {
                fs::write(Path::new(&shell.folder()).join(name), &block.body).map_err(|e| format!("line {at}: {name}: {e}"))?;
            }
            ["toml" | "csv", ">>", name] => {
                let file = fs::OpenOptions::new().append(true).open(Path::new(&shell.folder()).join(name));
                file.and_then(|mut file| file.write_all(block.body.as_bytes())).map_err(|e| format!("line {at}: {name}: {e}"))?;
            }
            _ => return Err(format!("line {at}: a block of the kind `{}` here means nothing", block.kind)),
        }
    }
    Ok(())
}

#[test]
fn the_tutorial_does_what_it_shows() {
    let page = fs::read_to_string(root().join("docs/tutorial.md")).expect("the tutorial");
    let dir = scratch("tutorial");
    if let Err(why) = follow(&page, &dir) {
        panic!("docs/tutorial.md, {why}");
    }
    // The page is not empty, and what it calls a report is there.
    assert!(dir.join("my-study/reports/penguins/report.html").is_file());
    for picture in page.split("](").skip(1).filter_map(|rest| rest.split(')').next()).filter(|path| path.starts_with("tutorial/")) {
        assert!(root().join("docs").join(picture).is_file(), "docs/{picture} is not there");
    }
    fs::remove_dir_all(&dir).expect("removed");
}

/// What a page may not do without being noticed; each is short, and only its last block is wrong.
#[test]
fn a_page_that_shows_something_else_is_noticed() {
    let sh = |command: &str, shown: &str| format!("```sh\n{command}\n```\n\n```text\n{shown}\n```\n");
    let file = "```csv a.csv\nx,y\n1,2\n```\n";
    for (page, why) in [
        (sh("echo 1", "2"), "shown"),
        (sh("echo 1; echo 2", "1"), "shown"),
        (sh("echo 1", "1\n2"), "shown"),
        ("```sh\necho 1\n```\n".into(), "shown"),
        (sh("false", "1"), "ended with 1, not 0"),
        (sh("echo error: no", "error: no"), "ended with 0, not 2"),
        ("```text\n1\n```\n".into(), "means nothing"),
        ("```python\n1\n```\n".into(), "means nothing"),
        ("```toml\nname = \"x\"\n```\n".into(), "means nothing"),
        ("```toml >> none.toml\n[axes]\n```\n".into(), "none.toml"),
        (format!("{file}{}", sh("cat a.csv", "x,y\n1,3")), "shown"),
    ] {
        let dir = scratch("tutorial-wrong");
        let said = follow(&page, &dir).err().unwrap_or_else(|| panic!("nobody noticed:\n{page}"));
        assert!(said.contains(why), "{said}");
        fs::remove_dir_all(&dir).expect("removed");
    }
    let right = format!("{file}```csv >> a.csv\n3,4\n```\n```sh\nmkdir b\ncd b\n```\n{}", sh("cat ../a.csv", "x,y\n…\n3,≈4.2"));
    let dir = scratch("tutorial-right");
    assert_eq!(follow(&right, &dir), Ok(()));
    assert!(word(&dir).contains("tutorial-right"));
    fs::remove_dir_all(&dir).expect("removed");
}
