//! Broken NPZ files.

use thalweg_data::source::{Missing, SourceSpec, TaskKind};
use zip::CompressionMethod::{self, Deflated, Stored};

use super::common::{npy, npy_with, npz};
use super::{differs, load, said, scratch, verdict, write};

/// What is wrong, the bytes of `x.npy`, and how the message begins.
type Row = (&'static str, Vec<u8>, &'static str);

/// Two samples of two features, and their classes.
fn x() -> Vec<u8> {
    npy("'|u1'", "(2, 2)", &[1, 2, 3, 4])
}

fn y() -> Vec<u8> {
    npy("'|u1'", "(2,)", &[0, 1])
}

fn with_x(method: CompressionMethod, x: Vec<u8>) -> Vec<u8> {
    npz(method, &[("x.npy", x), ("y.npy", y())])
}

fn broken_arrays() -> Vec<Row> {
    let mut magic = x();
    magic[0] = b'?';
    let mut version = x();
    (version[6], version[10], version[11]) = (9, 0, 0);
    let length = [&b"\x93NUMPY\x02\x00"[..], &u32::MAX.to_le_bytes(), b"{'descr': '|u1'"].concat();
    let cut_header = x()[..60].to_vec();
    let one = |descr: &str, shape: &str| npy(descr, shape, &[0; 64]);
    let values = |descr: &str, shape: &str, values: &[u8]| npy(descr, shape, values);
    let floats = |a: f64, b: f64| npy("'<f8'", "(2, 1)", &[a.to_le_bytes(), b.to_le_bytes()].concat());
    let zeros = |n: usize, shape: &str| npy("'|u1'", shape, &vec![0; n]);
    vec![
        ("empty", vec![], "`x` is no array of NumPy"),
        ("no array", b"GIF89a.........".to_vec(), "`x` is no array of NumPy"),
        ("magic", magic, "`x` is no array of NumPy"),
        ("version", version, "`x` has a bad header: "),
        ("a header of 4 GB", length, "`x` has a header of 4294967295 bytes, more than 65536"),
        ("half a header", cut_header, "`x` ends in the middle of its header"),
        ("no dictionary", npy_with("descr", &[]), "`x` has a bad header: "),
        ("parentheses", npy_with(&"(".repeat(60_000), &[]), "`x` is no plain array of numbers"),
        ("brackets", npy_with(&"[".repeat(60_000), &[]), "`x` is no plain array of numbers"),
        (
            "braces within a shape",
            one("'|u1'", "({{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{"),
            "`x` is no plain array of numbers",
        ),
        ("objects", one("'|O'", "(2, 2)"), "`x` has values of the type |O; whole numbers and floats of 32 or 64 bits are read"),
        ("complex", one("'<c16'", "(2, 2)"), "`x` has values of the type <c16"),
        ("half floats", one("'<f2'", "(2, 2)"), "`x` has values of the type <f2"),
        ("texts", one("'<U3'", "(2, 2)"), "`x` has values of the type <U3"),
        ("times", one("'<M8[ns]'", "(2, 2)"), "`x` "),
        ("a type that is none", one("'<q8'", "(2, 2)"), "`x` has a bad header: "),
        ("records", one("[('a', '<f8'), ('b', '<i4')]", "(2,)"), "`x` is no plain array of numbers"),
        ("a number", one("'|u1'", "()"), "`x` is a single number, not an array"),
        ("a shape below 0", one("'|u1'", "(2, -1)"), "`x` has a bad header: "),
        ("a shape of 10³⁰", one("'|u1'", "(2, 1000000000000000000000000000000)"), "`x` has a bad header: "),
        ("a shape of 2⁶⁴", one("'<f8'", "(4294967296, 4294967296)"), "`x` promises [4294967296, 4294967296] values of 8 bytes: more than"),
        ("50 GB", one("'|u1'", "(50000, 1000, 1000)"), "`x` promises [50000, 1000, 1000] values of 1 bytes: more than"),
        ("8 GB", one("'|u1'", "(2097152, 64, 64)"), "`x` ends after 64 of the 8589934592 values that it promises"),
        ("8 GB of numbers", one("'<f4'", "(1073741824,)"), "`x` ends after 16 of the 1073741824 values that it promises"),
        ("features without samples", one("'|u1'", "(0, 60000, 60000)"), "`x` has 3600000000 values a sample, more than 4194304"),
        ("2⁶³ samples without features", one("'|u1'", "(9223372036854775808, 0)"), "`x` promises [9223372036854775808, 0] values"),
        ("a value too few", values("'|u1'", "(2, 2)", &[1, 2, 3]), "`x` ends after 3 of the 4 values that it promises"),
        ("half a value", values("'<f4'", "(2, 1)", &[0; 7]), "`x` ends after 1 of the 2 values that it promises"),
        ("a value too many", values("'|u1'", "(2, 2)", &[1; 5]), "`x` goes on after the 4 values that it promises"),
        ("a number too many", values("'<f4'", "(2, 1)", &[0; 12]), "`x` goes on after the 2 values that it promises"),
        ("zeros, more than promised", zeros(64 << 20, "(2, 2)"), "`x` goes on after the 4 values that it promises"),
        ("zeros, fewer than promised", zeros(64 << 20, "(2, 2048, 2048, 1000)"), "`x` "),
        ("zeros, as promised, too wide", zeros(64 << 20, "(2, 33554432)"), "`x` has 33554432 values a sample, more than 4194304"),
        ("count", values("'|u1'", "(3, 1)", &[1; 3]), "has 3 samples in `x`, but 2 labels in `y`"),
        ("no features", values("'|u1'", "(2, 0)", &[]), "has 2 samples of 0 features"),
        (
            "NaN",
            floats(1.0, f64::NAN),
            "has a sample, number 1, whose feature `x0` is missing: `missing = \"mean\"`, `\"median\"` or `\"drop\"`",
        ),
        ("infinity", floats(f64::INFINITY, 1.0), "has a sample, number 0, whose feature `x0` is infinite"),
    ]
}

#[test]
fn broken_arrays_are_explained() {
    let dir = scratch("arrays");
    let path = dir.0.join("a.npz");
    let mut wrong = Vec::new();
    for (what, x, should) in broken_arrays() {
        for method in [Stored, Deflated] {
            write(&path, with_x(method, x.clone()));
            let said = said(&dir, "npz", SourceSpec { path: Some(path.clone()), ..SourceSpec::default() });
            wrong.extend(differs(what, &said, &format!("a.npz: {should}")));
        }
    }
    verdict(&wrong);
}

#[test]
fn broken_archives_are_explained() {
    let dir = scratch("archives");
    let whole = with_x(Stored, x());
    // Bytes 3 and 4 of x, which stand once in the file as its values end there.
    let at = whole.windows(4).position(|w| w == [1, 2, 3, 4]).expect("stored as it is");
    let mut value = whole.clone();
    value[at + 2] ^= 1;
    let labels = |descr: &str, shape: &str, values: &[u8]| npz(Stored, &[("x.npy", x()), ("y.npy", npy(descr, shape, values))]);
    let halves = npz(Stored, &[("x_train.npy", x()), ("y_train.npy", y()), ("x_test.npy", x())]);
    let other = [
        ("x_train.npy", x()),
        ("y_train.npy", y()),
        ("x_test.npy", npy("'|u1'", "(1, 3)", &[0; 3])),
        ("y_test.npy", npy("'|u1'", "(1,)", &[0])),
    ];
    let rows: [(&str, Vec<u8>, &str); 13] = [
        ("empty", vec![], "is no zip: "),
        ("no zip", b"a,b\n1,x\n".repeat(99), "is no zip: "),
        ("cut", whole[..whole.len() / 2].to_vec(), "is no zip: "),
        ("a zip of nothing", npz(Stored, &[]), "has no x_train and y_train, and no x and y; it has "),
        ("other names", npz(Stored, &[("a\x1b.npy", x())]), "has no x_train and y_train, and no x and y; it has a\\u{1b}.npy"),
        ("no y", npz(Stored, &[("x.npy", x())]), "has `x` but no `y`"),
        ("no y_test", halves, "has `x_test` but no `y_test`"),
        ("only a test part", npz(Stored, &[("x_test.npy", x()), ("y_test.npy", y())]), "has x_test and y_test, but no x_train and y_train"),
        ("another test shape", npz(Stored, &other), "has training arrays of shape [2, 2], but test arrays of [1, 3]"),
        ("a value changed", value, "`x` cannot be read: Invalid checksum"),
        ("labels that are infinite", labels("'<f4'", "(2,)", &[0, 0, 0x80, 0x7f, 0, 0, 0, 0]), "has a label that is not finite: number 0"),
        ("labels without values", labels("'|u1'", "(2, 0)", &[]), "has labels of shape [2, 0], which hold no value"),
        ("one class", labels("'|u1'", "(2,)", &[3, 3]), "has one class only, `3`"),
    ];
    let path = dir.0.join("a.npz");
    let wrong = rows.into_iter().filter_map(|(what, bytes, should)| {
        write(&path, bytes);
        let said = said(&dir, "npz", SourceSpec { path: Some(path.clone()), ..SourceSpec::default() });
        differs(what, &said, &format!("a.npz: {should}"))
    });
    verdict(&wrong.collect::<Vec<_>>());
    write(&path, labels("'|u1'", "(2, 2)", &[0, 1, 1, 0]));
    let said_of_pairs = said(&dir, "npz", SourceSpec { path: Some(path), task: Some(TaskKind::Classes), ..SourceSpec::default() });
    verdict(
        &differs("pairs as classes", &said_of_pairs, "a.npz: has labels of shape [2, 2]; classes are one number for each sample")
            .into_iter()
            .collect::<Vec<_>>(),
    );
    for (name, should) in [("none.npz", "none.npz: "), ("", "")] {
        let said = said(&dir, "npz", SourceSpec { path: Some(dir.0.join(name)), ..SourceSpec::default() });
        verdict(&differs(name, &said, should).into_iter().collect::<Vec<_>>());
        assert!(!said.starts_with("accepted") && (!name.is_empty() || said.ends_with("is a folder, not a file")), "{said}");
    }
}

#[test]
fn what_is_promised_and_there_is_read() {
    let dir = scratch("arrays-fine");
    let path = dir.0.join("a.npz");
    // 32 MB of zeros in 32 KB.
    write(&path, with_x(Deflated, npy("'|u1'", "(2, 4096, 1024, 1)", &vec![0; 8 << 20])));
    assert_eq!(load("npz", &SourceSpec { path: Some(path.clone()), ..SourceSpec::default() }).expect("accepted").x.dim(), (2, 4 << 20));
    let floats: Vec<u8> = [1.0f64, f64::NAN, 3.0, 4.0].iter().flat_map(|v| v.to_be_bytes()).collect();
    write(&path, npz(Deflated, &[("x.npy", npy("'>f8'", "(4, 1)", &floats)), ("y.npy", npy("'|b1'", "(4,)", &[0, 1, 0, 1]))]));
    for (missing, n_rows) in [(Missing::Mean, 4), (Missing::Median, 4), (Missing::Drop, 3)] {
        let set = load("npz", &SourceSpec { path: Some(path.clone()), missing, ..SourceSpec::default() }).expect("accepted");
        assert_eq!((set.x.dim(), set.y.n_rows()), ((n_rows, 1), n_rows), "{missing:?}");
    }
}
