//! Readers of files, one each. What a file says of its own size is believed only as far as its bytes go.

pub mod cifar;
pub mod csv;
pub mod idx;
pub mod images;
pub mod npz;
pub mod rows;

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use crate::error::DataError;
use crate::source::SourceSpec;

/// The most bytes that the values of a set may take: 8 GiB. No reader asks for more memory than this, and none for more than twice of
/// what it has read.
pub const MAX_BYTES: u64 = 8 << 30;

/// The most features of a sample: each has a name of its own, so a short header must not be able to ask for billions.
pub const MAX_FEATURES: usize = 1 << 22;

/// Room that is asked for before the first byte is read, at most.
const FIRST_ROOM: usize = 1 << 26;

/// The path of a source that needs one.
fn path<'a>(spec: &'a SourceSpec, what: &str) -> Result<&'a Path, DataError> {
    spec.path.as_deref().ok_or_else(|| DataError::option("path", format!("is missing: the {what} to read")))
}

/// A file, unpacked where its first bytes say that it is gzipped, whatever its name.
fn open(path: &Path) -> Result<Box<dyn BufRead>, DataError> {
    if path.is_dir() {
        return Err(DataError::file(path, "is a folder, not a file"));
    }
    // A pipe or a device may have no end, or no beginning.
    if path.exists() && !path.is_file() {
        return Err(DataError::file(path, "is not a regular file"));
    }
    let file = File::open(path).map_err(|e| DataError::file(path, e))?;
    let mut reader = BufReader::with_capacity(1 << 17, file);
    let is_packed = reader.fill_buf().map_err(|e| DataError::file(path, e))?.starts_with(&[0x1f, 0x8b]);
    Ok(if is_packed { Box::new(BufReader::with_capacity(1 << 17, MultiGzDecoder::new(reader))) } else { Box::new(reader) })
}

/// Whether a file is gzipped.
fn is_packed(path: &Path) -> bool {
    let mut first = [0; 2];
    File::open(path).and_then(|mut f| f.read_exact(&mut first)).is_ok() && first == [0x1f, 0x8b]
}

/// What a reader said, in words that a user knows.
fn unread(e: &std::io::Error) -> String {
    match e.kind() {
        std::io::ErrorKind::UnexpectedEof => "ends in the middle: it is cut short".into(),
        _ => format!("cannot be read: {e}"),
    }
}

fn reading(path: &Path, at: u64, e: &std::io::Error) -> DataError {
    DataError::byte(path, at, unread(e))
}

/// Appends exactly `n` bytes, of which `before` came earlier in the file.
fn append(reader: &mut dyn Read, n: usize, out: &mut Vec<u8>, path: &Path, before: u64) -> Result<(), DataError> {
    let at = |out: &Vec<u8>, start: usize| before + (out.len() - start) as u64;
    let start = out.len();
    out.try_reserve(n.min(FIRST_ROOM)).map_err(|e| DataError::file(path, e))?;
    let done = reader.take(n as u64).read_to_end(out);
    match done {
        Ok(read) if read == n => Ok(()),
        Ok(_) => Err(DataError::byte(path, at(out, start), format!("ends here, but promises {n} bytes of values"))),
        Err(e) => Err(reading(path, at(out, start), &e)),
    }
}

/// The number of values in samples of these dimensions, if they take at most [`MAX_BYTES`] at `item` bytes each in memory, and a
/// sample has at most [`MAX_FEATURES`]; says what is wrong. A dimension of 0 hides no other that is too large.
fn checked_size(dims: &[u64], item: u64) -> Result<usize, String> {
    let product = |dims: &[u64]| dims.iter().try_fold(1u64, |n, d| n.checked_mul((*d).max(1)));
    let bytes = product(dims).and_then(|n| n.checked_mul(item)).filter(|n| *n <= MAX_BYTES);
    if bytes.is_none_or(|n| usize::try_from(n).is_err()) {
        return Err(format!("promises {dims:?} values of {item} bytes: more than {MAX_BYTES} bytes"));
    }
    let n_features = product(dims.get(1..).unwrap_or_default()).expect("less than the whole") as usize;
    checked_features(n_features)?;
    Ok(dims.iter().product::<u64>() as usize)
}

/// At most [`MAX_FEATURES`].
fn checked_features(n: usize) -> Result<(), String> {
    if n > MAX_FEATURES { Err(format!("has {n} values a sample, more than {MAX_FEATURES}")) } else { Ok(()) }
}

/// The files and folders in a folder, sorted by name; names must be readable.
fn entries(dir: &Path) -> Result<Vec<(String, PathBuf)>, DataError> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(|e| DataError::file(dir, e))? {
        let entry = entry.map_err(|e| DataError::file(dir, e))?;
        let name = entry.file_name().into_string();
        let name = name.map_err(|name| DataError::file(dir, format!("holds a file whose name is no UTF-8: {}", name.display())))?;
        if !name.starts_with('.') {
            found.push((name, entry.path()));
        }
    }
    found.sort();
    Ok(found)
}
