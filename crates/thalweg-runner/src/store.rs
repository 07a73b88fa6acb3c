//! The store: one checksummed file per trial under `--out`/.store, keyed by content, placed by rename.
//!
//! A record is trusted only if its checksum and its key are right; anything else is reported and computed again.
//! Measured time lies beside it in a file of its own, so that records are the same bytes on every run.
//! Deliberately absent: a database, locks, and `fsync`: the fault model is a killed process and a full disk.

mod inventory;

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use thalweg_report::place::place;

use crate::plan::Planned;
use crate::record::{Record, Timing, TimingWithoutCpu, TimingWithoutSpan};
use crate::state::{FORMAT, State};
use crate::train::{Kept, Trained};

pub use inventory::{Content, MANY, Stored};

const MAGIC: &[u8; 16] = b"thalweg record 2";

/// Names of what lies beside a record begin with this.
const TIMINGS: &str = "timings.";
const WEIGHTS: &str = "weights.";
/// Before the key of a state, which is its trial's without the number of epochs; that stands behind.
const STATE: &str = "state.";

/// The records under one `--out`.
pub struct Store {
    root: PathBuf,
}

/// What a look for a record found.
pub enum Found {
    /// A record that can be trusted.
    Whole(Box<Record>),
    /// Nothing.
    Missing,
    /// A file that is not to be trusted, and why.
    Damaged(String),
}

impl Store {
    /// The store of an output folder; made when the first record is placed.
    pub fn new(out: &Path) -> Store {
        Store { root: out.join(thalweg_report::files::STORE) }
    }

    fn path(&self, key: &str, prefix: &str) -> PathBuf {
        self.root.join(&key[..2]).join(format!("{prefix}{}", &key[2..]))
    }

    /// Looks for a trial's record.
    pub fn find(&self, key: &str) -> Found {
        let path = self.path(key, "");
        match read::<Record>(&path) {
            Ok(Some(record)) if record.key == key => Found::Whole(Box::new(record)),
            Ok(Some(_)) => Found::Damaged(format!("{} belongs to another trial", path.display())),
            Ok(None) => Found::Missing,
            Err(reason) => Found::Damaged(format!("{}: {reason}", path.display())),
        }
    }

    /// The measured time of a trial, also from an older program's store; zeros where it was lost.
    pub fn timing(&self, key: &str) -> Timing {
        self.found_timing(key).unwrap_or_default()
    }

    /// The same; `None` where it was lost.
    pub fn found_timing(&self, key: &str) -> Option<Timing> {
        let path = self.path(key, TIMINGS);
        let older = |_| read::<TimingWithoutCpu>(&path).map(|found| found.map(Timing::from));
        let oldest = |_| read::<TimingWithoutSpan>(&path).map(|found| found.map(Timing::from));
        read(&path).or_else(older).or_else(oldest).ok().flatten()
    }

    /// A trial's parameters, as a safetensors file; `None` where they were not kept or were lost.
    pub fn weights(&self, key: &str) -> Option<Vec<u8>> {
        read(&self.path(key, WEIGHTS)).ok().flatten()
    }

    /// The bytes of a record's file; `None` where there is none.
    pub fn bytes(&self, key: &str) -> Option<Vec<u8>> {
        fs::read(self.path(key, "")).ok()
    }

    fn state_path(&self, prefix: &str, epochs: u32) -> PathBuf {
        self.path(&format!("{prefix}.{epochs}"), STATE)
    }

    /// The furthest state that a trial can go on from; a damaged one is told and passed over.
    ///
    /// There is no index but the names in the folder, so whoever places a state by rename has told everybody.
    pub fn state(&self, planned: &Planned, say: &dyn Fn(&str)) -> Option<State> {
        let prefix = planned.prefix.as_ref()?;
        let path = self.path(prefix, STATE);
        let stem = format!("{}.", path.file_name()?.to_str()?);
        let names = fs::read_dir(path.parent()?).ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut stored: Vec<u32> = names.filter_map(|name| name.strip_prefix(&stem)?.parse().ok()).collect();
        stored.retain(|epochs| (*epochs as usize) < planned.trial.train.epochs);
        stored.sort_unstable();
        stored.into_iter().rev().find_map(|epochs| {
            let path = self.state_path(prefix, epochs);
            match read::<State>(&path) {
                Ok(Some(state)) if state.format == FORMAT && state.prefix == *prefix && state.record.epochs_run == epochs => Some(state),
                Ok(None) => None,
                Ok(Some(_)) => {
                    say(&format!("state not used: {} belongs to another trial", path.display()));
                    None
                }
                Err(reason) => {
                    say(&format!("damaged state, not used: {}: {reason}", path.display()));
                    None
                }
            }
        })
    }

    /// Places what a trial left, each whole or not at all; the record last, so that where it is all is.
    pub fn place(&self, trained: &Trained) -> io::Result<()> {
        let key = &trained.record.key;
        write(&self.path(key, TIMINGS), &trained.timing)?;
        match &trained.weights {
            Some(Kept::Weights(weights)) => write(&self.path(key, WEIGHTS), weights)?,
            // Two trials that ended early at the same epoch have the same state, and may place it at the same time.
            Some(Kept::State(state)) => write(&self.state_path(&state.prefix, state.record.epochs_run), state)?,
            None => {}
        }
        write(&self.path(key, ""), &trained.record)
    }
}

/// Header of a stored file: magic, BLAKE3 of the payload.
const HEADER: usize = 16 + 32;

fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, String> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e.to_string()),
    };
    if bytes.len() < HEADER || &bytes[..16] != MAGIC {
        return Err("not a record, or cut short".into());
    }
    let (sum, payload) = bytes[16..].split_at(32);
    if blake3::hash(payload).as_bytes() != sum {
        return Err("the checksum is wrong".into());
    }
    postcard::from_bytes(payload).map(Some).map_err(|e| format!("cannot be read: {e}"))
}

fn write<T: Serialize>(path: &Path, value: &T) -> io::Result<()> {
    let bytes = encode(value)?;
    fs::create_dir_all(path.parent().expect("a stored file lies in a folder"))?;
    place(path, &bytes)
}

/// A stored file's bytes: the same for the same value.
pub fn encode<T: Serialize>(value: &T) -> io::Result<Vec<u8>> {
    let payload = postcard::to_stdvec(value).map_err(io::Error::other)?;
    Ok([MAGIC.as_slice(), blake3::hash(&payload).as_bytes(), &payload].concat())
}
