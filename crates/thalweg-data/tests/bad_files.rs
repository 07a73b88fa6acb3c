//! Broken files are errors that name the file, the place in it, and what is wrong; none is a panic, and none takes the machine's memory.
//!
//! Each message is compared with one that is written out here: it must begin with it. What follows belongs to another crate.

#[path = "bad_files/arrays.rs"]
mod arrays;
mod common;
#[path = "bad_files/pictures.rs"]
mod pictures;
#[path = "bad_files/records.rs"]
mod records;
#[path = "bad_files/tables.rs"]
mod tables;

use std::io::Write;
use std::path::Path;

use common::Scratch;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use thalweg_data::source::{self, SourceSpec};
use thalweg_data::{DataError, Dataset};

fn scratch(test: &str) -> Scratch {
    Scratch::new(std::env::temp_dir(), test)
}

fn load(source: &str, spec: &SourceSpec) -> Result<Dataset, DataError> {
    source::find(source).expect("a row").load(spec, &mut ChaCha8Rng::seed_from_u64(0))
}

/// What is said of a path, with the scratch folder's name left out.
fn said(dir: &Scratch, source: &str, spec: SourceSpec) -> String {
    let folder = format!("{}{}", dir.0.display(), std::path::MAIN_SEPARATOR);
    match load(source, &spec) {
        Ok(set) => format!("accepted: {:?}", set.x.dim()),
        Err(error) => error.to_string().replace(&folder, ""),
    }
}

fn write(path: &Path, bytes: impl AsRef<[u8]>) {
    std::fs::create_dir_all(path.parent().expect("in a folder")).expect("made");
    std::fs::write(path, bytes).expect("written");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(bytes).expect("in memory");
    packed.finish().expect("in memory")
}

/// Fails with all that differs: one a line.
fn verdict(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// Says how a message differs from what it should begin with, if it does.
fn differs(what: &str, said: &str, should: &str) -> Option<String> {
    (!said.starts_with(should)).then(|| format!("{what}:\n   said {said}\n should {should}"))
}
