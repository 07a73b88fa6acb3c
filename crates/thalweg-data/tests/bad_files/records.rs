//! Broken IDX folders and CIFAR batches.

use thalweg_data::source::SourceSpec;

use super::common::{Scratch, idx};
use super::{differs, gzip, load, said, scratch, verdict, write};

const X: &str = "train-images-idx3-ubyte";
const Y: &str = "train-labels-idx1-ubyte";

/// What is wrong, the two files, and how the message begins.
type Row = (&'static str, Vec<u8>, Vec<u8>, &'static str);

/// Two pictures of 2×2.
fn x() -> Vec<u8> {
    idx(0x08, &[2, 2, 2], &[1, 2, 3, 4, 5, 6, 7, 8])
}

fn y() -> Vec<u8> {
    idx(0x08, &[2], &[0, 1])
}

fn broken_idx() -> Vec<Row> {
    let (packed, mut wrong_sum) = (gzip(&x()), gzip(&x()));
    let n = packed.len();
    wrong_sum[n - 8] ^= 1;
    let tail = |bytes: Vec<u8>| [&bytes[..], b"!"].concat();
    // Three dimensions of 2³² − 1, whose product times 1 is more than 2⁶⁴; and 50 GB, of which there is 1 KB.
    let (overflow, large) = (idx(0x08, &[u32::MAX; 3], &[1; 8]), idx(0x08, &[50_000, 1000, 1000], &[1; 1000]));
    // No picture at all, but each of 65,535² pixels, every one of which would get a name.
    let nothing = idx(0x08, &[0, 65_535, 65_535], &[]);
    vec![
        ("empty", vec![], y(), "train-images-idx3-ubyte at byte 0: ends in the middle: it is cut short"),
        ("three bytes", vec![0, 0, 8], y(), "train-images-idx3-ubyte at byte 0: ends in the middle"),
        ("no dimensions", x()[..10].to_vec(), y(), "train-images-idx3-ubyte at byte 4: ends in the middle"),
        ("magic", b"P5 2 2 255\n....".to_vec(), y(), "train-images-idx3-ubyte at byte 0: begins with [50, 35, 20, 32], which is no IDX"),
        ("type", idx(0x0a, &[2, 2, 2], &[0; 8]), y(), "train-images-idx3-ubyte at byte 0: begins with [00, 00, 0a, 03], which is no IDX"),
        ("0 dimensions", vec![0, 0, 8, 0], y(), "train-images-idx3-ubyte at byte 0: begins with [00, 00, 08, 00], which is no IDX"),
        ("5 dimensions", idx(0x08, &[2, 1, 1, 1, 1], &[0; 2]), y(), "train-images-idx3-ubyte at byte 0: begins with [00, 00, 08, 05]"),
        ("a value too few", x()[..23].to_vec(), y(), "train-images-idx3-ubyte at byte 23: ends here, but promises 8 bytes of values"),
        ("a byte too many", tail(x()), y(), "train-images-idx3-ubyte at byte 24: goes on after the 8 bytes of values that it promises"),
        ("labels: a byte too many", x(), tail(y()), "train-labels-idx1-ubyte at byte 10: goes on after the 2 bytes of values"),
        (
            "overflow",
            overflow,
            idx(0x08, &[u32::MAX], &[]),
            "train-images-idx3-ubyte at byte 4: promises [4294967295, 4294967295, 4294967295]",
        ),
        (
            "50 GB",
            large,
            idx(0x08, &[50_000], &[]),
            "train-images-idx3-ubyte at byte 4: promises [50000, 1000, 1000] values of 1 bytes: more than",
        ),
        (
            "numbers of 8 GB",
            idx(0x09, &[1 << 31], &[1; 9]),
            idx(0x08, &[1 << 31], &[]),
            "train-images-idx3-ubyte at byte 4: promises [2147483648]",
        ),
        (
            "8 GB",
            idx(0x08, &[1 << 21, 64, 64], &[1; 9]),
            idx(0x08, &[1 << 21], &[]),
            "train-images-idx3-ubyte at byte 25: ends here, but promises",
        ),
        (
            "no samples",
            nothing,
            idx(0x08, &[0], &[]),
            "train-images-idx3-ubyte at byte 4: has 4294836225 values a sample, more than 4194304",
        ),
        ("no samples, small", idx(0x08, &[0, 2, 2], &[]), idx(0x08, &[0], &[]), ": has 0 samples of 4 features"),
        ("no features", idx(0x08, &[2, 0, 2], &[]), y(), ": has 2 samples of 0 features"),
        (
            "labels: count",
            x(),
            idx(0x08, &[3], &[0, 1, 0]),
            "train-labels-idx1-ubyte: has 3 labels for the 2 samples of train-images-idx3-ubyte",
        ),
        (
            "labels: shape",
            x(),
            idx(0x08, &[2, 1], &[0, 1]),
            "train-labels-idx1-ubyte: has values of u8 in 2 dimensions, but labels are u8 in one",
        ),
        (
            "labels: type",
            x(),
            idx(0x09, &[2], &[0, 1]),
            "train-labels-idx1-ubyte: has values of i8 in 1 dimensions, but labels are u8 in one",
        ),
        ("labels: one class", x(), idx(0x08, &[2], &[0, 0]), ": has one class only, `0`"),
        ("NaN", idx(0x0d, &[2], &[0, 0, 0, 0, 0x7f, 0xc0, 0, 0]), y(), ": has a sample, number 1, whose feature `x0` is missing"),
        ("gzip: cut in the data", packed[..n - 14].to_vec(), y(), "train-images-idx3-ubyte at byte "),
        ("gzip: cut in the sum", packed[..n - 4].to_vec(), y(), "train-images-idx3-ubyte at byte 24: ends in the middle"),
        ("gzip: another sum", wrong_sum, y(), "train-images-idx3-ubyte at byte 24: cannot be read: "),
        (
            "gzip: garbage behind",
            [&packed[..], b"more than ten bytes"].concat(),
            y(),
            "train-images-idx3-ubyte at byte 24: cannot be read: invalid gzip header",
        ),
        ("gzip: a header only", vec![0x1f, 0x8b], y(), "train-images-idx3-ubyte at byte 0: ends in the middle"),
    ]
}

#[test]
fn broken_idx_files_are_explained() {
    let dir = scratch("idx");
    let wrong = broken_idx().into_iter().filter_map(|(what, x, y, should)| {
        write(&dir.0.join(X), x);
        write(&dir.0.join(Y), y);
        let should = if should.starts_with(':') { format!("{}{should}", dir.0.display()) } else { should.to_string() };
        differs(what, &said(&dir, "idx", SourceSpec { path: Some(dir.0.clone()), ..SourceSpec::default() }), &should)
    });
    verdict(&wrong.collect::<Vec<_>>());
}

#[test]
fn idx_folders_that_are_none_are_explained() {
    let dir = scratch("idx-folders");
    let folder = |name: &str| SourceSpec { path: Some(dir.0.join(name)), ..SourceSpec::default() };
    write(&dir.0.join("file"), "");
    write(&dir.0.join("half").join(X), x());
    std::fs::create_dir_all(dir.0.join("folder").join(X)).expect("made");
    write(&dir.0.join("folder").join(Y), y());
    write(&dir.0.join("test").join(X), x());
    write(&dir.0.join("test").join(Y), y());
    write(&dir.0.join("test/t10k-images-idx3-ubyte"), idx(0x08, &[2, 1, 2], &[0; 4]));
    write(&dir.0.join("test/t10k-labels-idx1-ubyte"), y());
    let rows = [
        ("none", "none: is no folder"),
        ("file", "file: is no folder"),
        ("half", "half: has no train-images-idx3-ubyte and train-labels-idx1-ubyte, gzipped or not"),
        ("folder", "folder/train-images-idx3-ubyte: is a folder, not a file"),
        ("test", "test/t10k-images-idx3-ubyte: has samples of another shape or type than test/train-images-idx3-ubyte"),
    ];
    verdict(&rows.iter().filter_map(|(name, should)| differs(name, &said(&dir, "idx", folder(name)), should)).collect::<Vec<_>>());
    let no_path = said(&dir, "idx", SourceSpec::default());
    assert_eq!(no_path, "is missing: the folder to read");
}

#[test]
fn broken_cifar_batches_are_explained() {
    let dir = scratch("cifar");
    let record = |label: u8| [vec![label], vec![7; 3072]].concat();
    let two = [record(0), record(1)].concat();
    std::fs::create_dir_all(dir.0.join("no-batches")).expect("made");
    write(&dir.0.join("empty.bin"), "");
    write(&dir.0.join("partial.bin"), &two[..two.len() - 1]);
    write(&dir.0.join("longer.bin"), [&two[..], b"!"].concat());
    write(&dir.0.join("one-class.bin"), [record(0), record(0)].concat());
    write(&dir.0.join("cut.bin.gz"), &gzip(&two)[..20]);
    write(&dir.0.join("second/data_batch_1.bin"), &two);
    write(&dir.0.join("second/data_batch_2.bin"), &two[..100]);
    write(&dir.0.join("only-test/test_batch.bin"), &two);
    std::fs::create_dir_all(dir.0.join("folder/data_batch_1.bin")).expect("made");
    let rows = [
        ("none.bin", "none.bin: "),
        ("empty.bin", "empty.bin: is empty"),
        ("partial.bin", "partial.bin at byte 3073: a record of 3073 bytes begins here, but only 3072 are left"),
        ("longer.bin", "longer.bin at byte 6146: a record of 3073 bytes begins here, but only 1 are left"),
        // Class 1 is one that could have been there: numbers are the only names that the form has.
        ("one-class.bin", "one-class.bin: has one class only, `0`"),
        ("cut.bin.gz", "cut.bin.gz at byte 0: ends in the middle: it is cut short"),
        ("no-batches", "no-batches: has no data_batch_*.bin"),
        ("second", "second/data_batch_2.bin at byte 0: a record of 3073 bytes begins here, but only 100 are left"),
        ("only-test", "only-test: has no data_batch_*.bin"),
        ("folder", "folder/data_batch_1.bin: is a folder, not a file"),
    ];
    let spec = |name: &str| SourceSpec { path: Some(dir.0.join(name)), ..SourceSpec::default() };
    verdict(&rows.iter().filter_map(|(name, should)| differs(name, &said(&dir, "cifar", spec(name)), should)).collect::<Vec<_>>());
    write(&dir.0.join("packed"), gzip(&two));
    assert_eq!(load("cifar", &spec("packed")).expect("gzipped under any name").x.dim(), (2, 3072));
}

/// Both parts of a folder, gzipped or not, whatever the name says.
#[test]
fn idx_in_several_forms_is_read() {
    let dir: Scratch = scratch("idx-fine");
    let spec = SourceSpec { path: Some(dir.0.clone()), ..SourceSpec::default() };
    write(&dir.0.join(X), gzip(&x()));
    write(&dir.0.join(format!("{Y}.gz")), y());
    assert_eq!(load("idx", &spec).expect("accepted").x.dim(), (2, 4));
    write(&dir.0.join("t10k-images.idx3-ubyte"), idx(0x08, &[1, 2, 2], &[0; 4]));
    write(&dir.0.join("t10k-labels.idx1-ubyte"), idx(0x08, &[1], &[1]));
    let set = load("idx", &spec).expect("accepted");
    assert_eq!((set.x.dim(), set.n_test), ((3, 4), 1));
}
