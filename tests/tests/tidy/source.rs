//! The workspace's files, and Rust sources taken apart: code, string literals, and which lines are tests.
//!
//! The lexer knows comments, strings and characters, and nothing else of the language.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Whether a rule holds in test code and benchmarks.
#[derive(Clone, Copy, PartialEq)]
pub enum Tests {
    /// It holds there, too.
    Counted,
    /// It does not.
    Excepted,
}

/// A Rust file, taken apart.
pub struct Source {
    /// From the workspace's root, with `/`.
    pub path: String,
    /// Whether the file begins with `//!`.
    pub starts_with_doc: bool,
    /// Code by lines: comments and the insides of string literals are left out.
    pub lines: Vec<String>,
    /// Insides of string literals, with the line where each begins, from 1.
    pub strings: Vec<(usize, String)>,
    /// Lines of items under `#[cfg(test)]`, from 1; all lines of a test or benchmark file.
    pub tests: Vec<Range<usize>>,
}

impl Source {
    /// Takes a file apart.
    pub fn new(path: &str, text: &str) -> Source {
        let (code, strings) = lex(text);
        let of_tests = path.starts_with("tests/") || ["/tests/", "/benches/", "/tests.rs"].iter().any(|p| path.contains(p));
        let tests = if of_tests { std::iter::once(0..usize::MAX).collect() } else { test_items(&code) };
        let lines = code.lines().map(str::to_string).collect();
        Source { path: path.into(), starts_with_doc: text.starts_with("//!"), lines, strings, tests }
    }

    /// Whether a line is test code.
    pub fn is_test(&self, line: usize) -> bool {
        self.tests.iter().any(|t| t.contains(&line))
    }

    /// Numbered lines of code, with or without those of tests.
    pub fn code(&self, tests: Tests) -> impl Iterator<Item = (usize, &str)> {
        let numbered = (1..).zip(self.lines.iter().map(String::as_str));
        numbered.filter(move |(line, _)| tests == Tests::Counted || !self.is_test(*line))
    }
}

/// Code without comments and string contents, line by line as before, and the contents of the strings.
fn lex(text: &str) -> (String, Vec<(usize, String)>) {
    let (mut code, mut strings, mut rest, mut line) = (String::new(), Vec::new(), text, 1);
    while let Some(c) = rest.chars().next() {
        let in_name = code.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some((open, close)) = (!in_name || c == '"').then(|| string_ends(rest)).flatten() {
            strings.push((line, rest[open.end..close.start].to_string()));
            code.push_str("\"\"");
            close.end
        } else if c == '\'' {
            let length = character(rest);
            code.push_str(if length > 1 { "' '" } else { "'" });
            length
        } else {
            code.push(c);
            rest = &rest[c.len_utf8()..];
            line += usize::from(c == '\n');
            continue;
        };
        // What is left out keeps its line ends.
        let n_ends = rest[..length].matches('\n').count();
        code.push_str(&"\n".repeat(n_ends));
        line += n_ends;
        rest = &rest[length..];
    }
    (code, strings)
}

/// Length of a block comment, which may hold others.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0usize, 0);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// Where the opening and the closing mark of a string literal lie, if `text` begins with one: plain, byte, C or raw.
fn string_ends(text: &str) -> Option<(Range<usize>, Range<usize>)> {
    let marks = text.trim_start_matches(['b', 'c']);
    let raw = marks.starts_with('r');
    let hashes = marks[usize::from(raw)..].chars().take_while(|c| *c == '#').count();
    let open = text.len() - marks.len() + usize::from(raw) + hashes;
    if open > 2 + hashes || (hashes > 0 && !raw) || !text[open..].starts_with('"') {
        return None;
    }
    let (inside, mut at) = (&text[open + 1..], 0);
    let close = format!("\"{}", "#".repeat(hashes));
    loop {
        let next = inside[at..].find(['"', '\\']).map_or(inside.len(), |i| at + i);
        let rest = &inside[next..];
        if rest.is_empty() || rest.starts_with(&close) {
            let end = open + 1 + next;
            return Some((0..open + 1, end..(end + close.len()).min(text.len())));
        }
        let escape = !raw && rest.starts_with('\\');
        at = next + 1 + if escape { rest[1..].chars().next().map_or(0, char::len_utf8) } else { 0 };
    }
}

/// Length of a character literal; 1 for the mark of a lifetime.
fn character(text: &str) -> usize {
    let mut inside = text[1..].char_indices();
    match inside.next() {
        Some((_, '\\')) => text[3..].find('\'').map_or(1, |i| i + 4),
        Some((_, c)) if text[1 + c.len_utf8()..].starts_with('\'') => c.len_utf8() + 2,
        _ => 1,
    }
}

/// Lines of the items under `#[cfg(test)]`: to the end of the item's braces, or to its semicolon.
fn test_items(code: &str) -> Vec<Range<usize>> {
    let line = |at: usize| code[..at].matches('\n').count() + 1;
    let item = |(start, mark): (usize, &str)| {
        let mut depth = 0i32;
        let body = start + mark.len();
        let end = code[body..].char_indices().find(|(_, c)| {
            depth += i32::from("([{".contains(*c)) - i32::from(")]}".contains(*c));
            depth == 0 && (*c == '}' || *c == ';')
        });
        line(start)..line(end.map_or(code.len(), |(at, _)| body + at)) + 1
    };
    code.match_indices("#[cfg(test)]").map(item).collect()
}

/// The workspace's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the workspace").to_path_buf()
}

/// A path from the workspace's root, with `/`.
pub fn relative(path: &Path) -> String {
    path.strip_prefix(root()).expect("below the root").components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// A file's text.
pub fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("cannot read {}: {e}", path.display()))
}

/// Every file of the workspace that is ours, sorted.
pub fn files() -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![root()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a readable folder") {
            let path = entry.expect("a readable entry").path();
            let skipped = crate::SKIPPED.iter().any(|s| path.ends_with(s)) || path.join("CACHEDIR.TAG").exists();
            if path.is_dir() && !skipped {
                folders.push(path);
            } else if path.is_file() {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Every Rust file of the workspace.
pub fn sources() -> Vec<Source> {
    let rust = files().into_iter().filter(|f| f.extension() == Some("rs".as_ref()));
    let sources: Vec<Source> = rust.map(|f| Source::new(&relative(&f), &read(&f))).collect();
    assert!(sources.iter().any(|s| s.path == "tests/tests/tidy.rs"), "the walk finds at least this file");
    sources
}
