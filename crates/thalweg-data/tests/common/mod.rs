//! Small valid files, built in code, and a folder for them: what the tests of broken files and the fuzzer both start from.

use std::io::{Cursor, Write};
use std::path::PathBuf;

use image::{GrayImage, ImageFormat};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A folder that goes when it is dropped.
pub struct Scratch(pub PathBuf);

impl Scratch {
    /// A new, empty folder under `parent`; no other process and no other test has it.
    pub fn new(parent: PathBuf, test: &str) -> Scratch {
        let dir = parent.join(format!("thalweg-data-{}-{test}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).expect("a new folder");
        Scratch(dir)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// An IDX file of the type with this code.
pub fn idx(kind: u8, dims: &[u32], values: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, kind, dims.len() as u8];
    bytes.extend(dims.iter().flat_map(|d| d.to_be_bytes()));
    bytes.extend(values);
    bytes
}

/// NumPy's array form, version 1.0 (numpy.lib.format): magic, length, a dictionary as text, values.
pub fn npy(descr: &str, shape: &str, values: &[u8]) -> Vec<u8> {
    npy_with(&format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}"), values)
}

/// The same with a dictionary as given, padded so that the values begin at a multiple of 64.
pub fn npy_with(dictionary: &str, values: &[u8]) -> Vec<u8> {
    let text = format!("{dictionary}{}\n", " ".repeat((64 - (11 + dictionary.len()) % 64) % 64));
    let length = u16::try_from(text.len()).expect("a short header").to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], text.as_bytes(), values].concat()
}

/// A zip of entries.
pub fn npz(method: CompressionMethod, entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).expect("a new entry");
        zip.write_all(bytes).expect("in memory");
    }
    zip.finish().expect("in memory").into_inner()
}

/// A grey picture, each pixel of another brightness.
pub fn picture(format: ImageFormat, width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let pixels = GrayImage::from_fn(width, height, |x, y| image::Luma([(x * 37 + y * 101) as u8]));
    pixels.write_to(&mut bytes, format).expect("in memory");
    bytes.into_inner()
}

/// A PNG's chunk, with its checksum.
pub fn chunk(kind: &[u8], data: &[u8]) -> Vec<u8> {
    let body = [kind, data].concat();
    let mut crc = flate2::Crc::new();
    crc.update(&body);
    [&(data.len() as u32).to_be_bytes()[..], &body, &crc.sum().to_be_bytes()].concat()
}
