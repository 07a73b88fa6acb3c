//! NPZ: NumPy's arrays within zips that are right, and zips that are not.

use thalweg_data::source::{Missing, SourceSpec, TaskKind};
use zip::CompressionMethod::{Deflated, Stored};

use super::common::{npy, npy_with, npz};
use super::{Form, fuzz, scratch};

fn labels() -> Vec<u8> {
    npy("'|u1'", "(2,)", &[0, 1])
}

fn as_x(x: &[u8]) -> Vec<u8> {
    npz(Stored, &[("x.npy", x.to_vec()), ("y.npy", labels())])
}

fn as_packed_x(x: &[u8]) -> Vec<u8> {
    npz(Deflated, &[("x.npy", x.to_vec()), ("y.npy", labels())])
}

fn as_both(y: &[u8]) -> Vec<u8> {
    npz(Stored, &[("x.npy", y.to_vec()), ("y.npy", y.to_vec())])
}

fn as_both_parts(x: &[u8]) -> Vec<u8> {
    npz(Stored, &[("x_train.npy", x.to_vec()), ("y_train.npy", labels()), ("x_test.npy", x.to_vec()), ("y_test.npy", labels())])
}

fn npz_specs() -> Vec<SourceSpec> {
    let tasks = [None, Some(TaskKind::Classes), Some(TaskKind::Regression)];
    let missing = [Missing::Refuse, Missing::Drop, Missing::Mean];
    tasks.iter().flat_map(|task| missing.map(|missing| SourceSpec { task: *task, missing, ..SourceSpec::default() })).collect()
}

/// Arrays as they lie in the zip, which is right: mutants of NumPy's own header.
#[test]
fn npz_arrays_hold() {
    let values: Vec<u8> = (0..64).collect();
    let kinds = [("'|u1'", 1), ("'|i1'", 1), ("'|b1'", 1), ("'<f4'", 4), ("'>f8'", 8), ("'<i2'", 2), ("'>u4'", 4), ("'<i8'", 8)];
    let arrays =
        kinds.iter().flat_map(|(descr, size)| [npy(descr, "(2, 3)", &values[..6 * size]), npy(descr, "(2,)", &values[..2 * size])]);
    let fortran = npy_with("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2, 2), }", &values[..32]);
    let words: &[&[u8]] = &[
        b"(",
        b")",
        b",",
        b"(2, 3)",
        b"(0,)",
        b"(2, 2, 1)",
        b"0",
        b"-1",
        b"1e3",
        b"4294967296",
        b"9223372036854775808",
        b"18446744073709551616",
        b"True",
        b"False",
        b"None",
        b"'|O'",
        b"'<c8'",
        b"'<f2'",
        b"'<U4'",
        b"'<M8[ns]'",
        b"[('a', '<f8')]",
        b"{",
        b"}",
        b"[",
        b"]",
        b"((((",
        b"[[[[",
        b"{{{{",
        b"'descr': ",
        b"'shape': ",
        b"\\x",
        b"\xff",
        b"\x7f\xf8\0\0",
        b"\x93NUMPY\x02\0",
        b"\x93NUMPY\x03\0",
        b"j",
        b"b'",
        b"\"",
    ];
    fuzz(
        &Form {
            source: "npz",
            file: "a.npz",
            path: "a.npz",
            seeds: arrays.chain([fortran]).collect(),
            words,
            dress: &[Some(as_x), Some(as_packed_x), Some(as_both), Some(as_both_parts)],
            specs: npz_specs(),
        },
        &scratch("npz-arrays"),
    );
}

/// Zips as they lie in the file.
#[test]
fn npz_archives_hold() {
    let x = npy("'<f4'", "(2, 3)", &[0; 24]);
    let words: &[&[u8]] =
        &[b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"PK\x07\x08", b"x.npy", b"y.npy", b"\x01\0"];
    fuzz(
        &Form {
            source: "npz",
            file: "a.npz",
            path: "a.npz",
            seeds: vec![as_x(&x), as_packed_x(&x), as_both_parts(&x)],
            words,
            dress: &[None],
            specs: npz_specs(),
        },
        &scratch("npz-archives"),
    );
}
