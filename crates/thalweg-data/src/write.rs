//! Arrays for NumPy: a zip of its files, the same bytes for the same arrays.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// A precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 32 bits; values are rounded to the nearest.
    Single,
    /// 64 bits.
    Double,
}

/// A named array.
#[derive(Clone, Copy, Debug)]
pub struct Array<'a> {
    /// Its name in the archive.
    pub name: &'a str,
    /// Its precision.
    pub kind: Kind,
    /// Its shape.
    pub shape: &'a [usize],
    /// Its values, row-major.
    pub values: &'a [f64],
}

/// The archive, with one more file that is no array.
pub fn npz(arrays: &[Array<'_>], (name, text): (&str, &[u8])) -> Result<Vec<u8>, String> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    // No clock: the earliest time that a zip can hold.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).last_modified_time(DateTime::default());
    let mut put = |name: String, bytes: &[u8]| {
        zip.start_file(name, options).map_err(|e| e.to_string())?;
        zip.write_all(bytes).map_err(|e| e.to_string())
    };
    for array in arrays {
        put(format!("{}.npy", array.name), &npy(array))?;
    }
    put(name.to_string(), text)?;
    Ok(zip.finish().map_err(|e| e.to_string())?.into_inner())
}

/// Version 1.0 of NumPy's format: a magic word, the header's length, a Python dict padded to 64 bytes, the values.
fn npy(array: &Array<'_>) -> Vec<u8> {
    let kind = if array.kind == Kind::Single { "<f4" } else { "<f8" };
    let shape: String = array.shape.iter().map(|n| format!("{n},")).collect();
    let mut header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({shape}), }}");
    let padding = (64 - (10 + header.len() + 1) % 64) % 64;
    header += &format!("{}\n", " ".repeat(padding));
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    match array.kind {
        Kind::Single => bytes.extend(array.values.iter().flat_map(|v| (*v as f32).to_le_bytes())),
        Kind::Double => bytes.extend(array.values.iter().flat_map(|v| v.to_le_bytes())),
    }
    bytes
}
