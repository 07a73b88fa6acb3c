//! What lies in the store, told from names alone: no file is opened.
//!
//! A file whose name is none of ours is not listed, so that nothing can happen to it.

use std::collections::HashSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::time::Duration;

use thalweg_report::place::{self, TEMPORARY};

use super::{STATE, Store, TIMINGS, WEIGHTS};
use crate::clock;

/// The most trials that are looked for one by one.
pub const MANY: usize = 20_000;

/// What a stored file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Content {
    /// A trial's record.
    Record,
    /// Its measured time.
    Timing,
    /// Its parameters.
    Weights,
    /// What a longer trial goes on from; its key is a trial's without the number of epochs.
    State,
    /// A file that is being written, or that a killed process left.
    Unfinished,
}

/// A file of the store.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Where it lies.
    pub path: PathBuf,
    /// What it is.
    pub content: Content,
    /// The trial that it belongs to.
    pub key: String,
    /// Its size in bytes.
    pub n_bytes: u64,
    /// Time since it was last written, where the system tells.
    pub age: Option<Duration>,
}

impl Store {
    /// Every file of the store, sorted by path; none if there is no store.
    pub fn files(&self) -> io::Result<Vec<Stored>> {
        let mut found = Vec::new();
        for folder in self.folders()? {
            for entry in fs::read_dir(&folder)? {
                let entry = entry?;
                let (Some(start), name) = (folder.file_name(), entry.file_name()) else { continue };
                let Some((content, rest)) = name.to_str().and_then(told_by_name) else { continue };
                // Another process may have renamed an unfinished file away meanwhile.
                let Ok(metadata) = entry.metadata() else { continue };
                let key = format!("{}{rest}", start.to_string_lossy());
                found.push(Stored { path: entry.path(), content, key, n_bytes: metadata.len(), age: clock::age(&metadata) });
            }
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }

    /// The keys that have a record, where more trials are asked for than are looked for one by one.
    pub fn listed(&self, n_asked: usize) -> Option<HashSet<String>> {
        if n_asked <= MANY {
            return None;
        }
        let mut keys = HashSet::new();
        for folder in self.folders().ok()? {
            let start = folder.file_name()?.to_str()?.to_string();
            for entry in fs::read_dir(&folder).ok()? {
                if let Some((Content::Record, rest)) = entry.ok()?.file_name().to_str().and_then(told_by_name) {
                    keys.insert(format!("{start}{rest}"));
                }
            }
        }
        Some(keys)
    }

    /// Removes what killed processes left beside files that are whole.
    pub fn clear(&self) {
        self.folders().into_iter().flatten().for_each(|folder| place::clear(&folder));
    }

    /// The folders with the first two digits of keys as names.
    fn folders(&self) -> io::Result<Vec<PathBuf>> {
        let entries = match fs::read_dir(&self.root) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?,
        };
        let paths = entries.map(|e| e.map(|e| e.path())).collect::<io::Result<Vec<PathBuf>>>()?;
        let ours = |path: &PathBuf| path.is_dir() && path.file_name().and_then(|n| n.to_str()).is_some_and(|n| n.len() == 2 && is_hex(n));
        Ok(paths.into_iter().filter(ours).collect())
    }
}

/// What a file is, and its key without the first two digits.
fn told_by_name(name: &str) -> Option<(Content, &str)> {
    let prefixes = [(Content::Timing, TIMINGS), (Content::Weights, WEIGHTS), (Content::State, STATE)];
    let (content, rest) = prefixes.iter().find_map(|(c, prefix)| Some((*c, name.strip_prefix(prefix)?))).unwrap_or((Content::Record, name));
    match rest.split_once('.') {
        None => (is_hex(rest) && content != Content::State).then_some((content, rest)),
        Some((key, epochs)) if content == Content::State && epochs.bytes().all(|b| b.is_ascii_digit()) => {
            is_hex(key).then_some((content, key))
        }
        Some((key, more)) => (is_hex(key) && format!(".{more}").ends_with(TEMPORARY)).then_some((Content::Unfinished, key)),
    }
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_a_file_is_and_strangers_are_not_ours() {
        assert_eq!(told_by_name("0a1b"), Some((Content::Record, "0a1b")));
        assert_eq!(told_by_name("timings.0a1b"), Some((Content::Timing, "0a1b")));
        assert_eq!(told_by_name("weights.0a1b"), Some((Content::Weights, "0a1b")));
        assert_eq!(told_by_name("weights.0a1b.00ff.tmp"), Some((Content::Unfinished, "0a1b")));
        assert_eq!(told_by_name("state.0a1b.300"), Some((Content::State, "0a1b")));
        assert_eq!(told_by_name("state.0a1b.300.00ff.tmp"), Some((Content::Unfinished, "0a1b")));
        assert_eq!(told_by_name("0a1b.tmp"), Some((Content::Unfinished, "0a1b")));
        for stranger in ["notes", "0a1b.txt", "x.tmp", "", "weights.", ".tmp", "state.0a1b"] {
            assert_eq!(told_by_name(stranger), None, "{stranger}");
        }
    }
}
