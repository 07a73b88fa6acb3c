//! Broken pictures, and folders that hold none.

use std::io::Write;
use std::path::Path;

use image::ImageFormat::{Jpeg, Png};
use thalweg_data::source::SourceSpec;

use super::common::{Scratch, chunk, picture};
use super::{differs, load, said, scratch, verdict, write};

/// What is wrong, the bytes of `a/1.png`, and how the message begins.
type Row = (&'static str, Vec<u8>, &'static str);

const CUT: &str = "ends in the middle: it is cut short";

/// A PNG (ISO/IEC 15948) of these dimensions and colour type, 8 bits each, whose pixels are `n` zero bytes, packed.
fn zeros(width: u32, height: u32, colour: u8, n: usize) -> Vec<u8> {
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    let piece = vec![0; 1 << 20];
    for at in (0..n).step_by(piece.len()) {
        packed.write_all(&piece[..piece.len().min(n - at)]).expect("in memory");
    }
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, colour, 0, 0, 0]].concat();
    let data = packed.finish().expect("in memory");
    [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &header), &chunk(b"IDAT", &data), &chunk(b"IEND", &[])].concat()
}

fn zeros_grey(edge: u32) -> Vec<u8> {
    zeros(edge, edge, 0, edge as usize * (edge as usize + 1))
}

fn broken_pictures() -> Vec<Row> {
    let (png, jpeg) = (picture(Png, 16, 16), picture(Jpeg, 64, 64));
    let mut wrong_sum = png.clone();
    wrong_sum[30] ^= 1;
    // A whole small picture within a comment must not pass for the end of the large one.
    let comment = [&[0xff, 0xfe][..], &(2 + jpeg.len() as u16).to_be_bytes(), &jpeg].concat();
    let nested = [&jpeg[..2], &comment, &jpeg[2..jpeg.len() - 30]].concat();
    // Colour type 3 takes its colours from a palette, which comes after the header's 33 bytes.
    let indexed = zeros(16, 16, 3, 16 * 17);
    let palette = [&indexed[..33], &chunk(b"PLTE", &[1, 2, 3, 4]), &indexed[33..]].concat();
    // 178 million pixels in colour are 512 MiB; 225 million grey ones less than that, but they are more features than a sample has.
    let colour = zeros(15_000, 15_000, 2, 15_000 * (3 * 15_000 + 1));
    vec![
        ("empty", vec![], "is neither PNG nor JPEG"),
        ("text", b"not a picture".to_vec(), "is neither PNG nor JPEG"),
        ("gif", b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(), "is neither PNG nor JPEG"),
        ("PNG: its first bytes", png[..8].to_vec(), CUT),
        ("PNG: cut in the header", png[..20].to_vec(), CUT),
        ("PNG: cut in the pixels", png[..png.len() - 40].to_vec(), CUT),
        ("PNG: another checksum", wrong_sum, "cannot be decoded: Format error decoding Png: CRC error"),
        ("PNG: 0×0", zeros(0, 0, 0, 0), "cannot be decoded: Format error decoding Png: "),
        ("PNG: too few pixels", zeros(16, 16, 0, 100), "cannot be decoded: Format error decoding Png: "),
        ("PNG: 40000×40000", zeros(40_000, 40_000, 0, 100), "is 40000×40000; at most 20000 pixels along an edge are read"),
        ("PNG: 4294967295×1", zeros(u32::MAX, 1, 0, 100), "takes more than 536870912 bytes to decode"),
        (
            "PNG: 20000×20000 in 78 bytes",
            zeros(20_000, 20_000, 0, 100),
            "says it is 20000×20000, but its 78 bytes cannot hold as many pixels",
        ),
        ("PNG: 225 MB", zeros_grey(15_000), "has 225000000 values a sample, more than 4194304: `size = [height, width]` makes it smaller"),
        ("PNG: 675 MB", colour, "takes more than 536870912 bytes to decode"),
        ("PNG: a palette of four bytes", palette, "holds a palette that is cut within a colour"),
        ("JPEG: its first bytes", jpeg[..3].to_vec(), "cannot be decoded: Format error decoding Jpeg: "),
        ("JPEG: cut in the header", jpeg[..100].to_vec(), "cannot be decoded: Format error decoding Jpeg: "),
        ("JPEG: cut in the pixels", jpeg[..jpeg.len() - 30].to_vec(), CUT),
        ("JPEG: cut before its end", jpeg[..jpeg.len() - 2].to_vec(), CUT),
        ("JPEG: cut, with a whole one in a comment", nested, CUT),
    ]
}

/// A folder with two classes of one picture each; its path.
fn two_classes(dir: &Scratch, first: &[u8], second: &[u8]) -> SourceSpec {
    write(&dir.0.join("a/1.png"), first);
    write(&dir.0.join("b/1.png"), second);
    SourceSpec { path: Some(dir.0.clone()), ..SourceSpec::default() }
}

#[test]
fn broken_pictures_are_explained() {
    let dir = scratch("pictures");
    let wrong = broken_pictures().into_iter().filter_map(|(what, bytes, should)| {
        let spec = two_classes(&dir, &bytes, &picture(Png, 16, 16));
        differs(what, &said(&dir, "images", spec), &format!("a/1.png: {should}"))
    });
    verdict(&wrong.collect::<Vec<_>>());
}

#[test]
fn pictures_of_any_size_are_read_where_that_is_asked() {
    let dir = scratch("pictures-fine");
    let small = picture(Png, 1, 1);
    let spec = two_classes(&dir, &small, &small);
    let set = load("images", &spec).expect("one pixel is a picture");
    assert_eq!((set.x.dim(), set.class_names), ((2, 1), vec!["a".to_string(), "b".to_string()]));
    // A JPEG under the name of a PNG, and what some cameras write behind the end.
    let jpeg = [&picture(Jpeg, 16, 16)[..], b"MPF data"].concat();
    two_classes(&dir, &jpeg, &picture(Png, 16, 16));
    assert_eq!(load("images", &spec).expect("the bytes say what it is").x.dim(), (2, 256));
    two_classes(&dir, &small, &picture(Png, 3, 2));
    let should = "b/1.png: is 2×3, but the pictures before it are 1×1: `size = [height, width]` makes them one size";
    assert_eq!(said(&dir, "images", spec.clone()), should);
    two_classes(&dir, &small, &zeros_grey(5000));
    let set = load("images", &SourceSpec { size: Some((2, 3)), ..spec }).expect("25 million pixels fit");
    assert_eq!(set.x.dim(), (2, 6));
}

#[test]
fn folders_without_pictures_are_explained() {
    let dir = scratch("picture-folders");
    let png = picture(Png, 2, 2);
    let at = |name: &str| dir.0.join(name);
    write(&at("file"), &png);
    write(&at("flat/1.png"), &png);
    write(&at("hidden/.git/1.png"), &png);
    std::fs::create_dir_all(at("empty")).expect("made");
    write(&at("hollow/a/1.png"), &png);
    write(&at("hollow/b/1.txt"), &png);
    write(&at("one/a/1.png"), &png);
    write(&at("parts/train/a/1.png"), &png);
    write(&at("parts/train/b/1.png"), &png);
    write(&at("parts/test/a/1.png"), &png);
    write(&at("folder/a/1.png/2.png"), &png);
    write(&at("folder/b/1.png"), &png);
    let rows = [
        ("none", "none: is no folder"),
        ("file", "file: is no folder"),
        ("empty", "empty: has no folders of pictures, one for each class"),
        ("flat", "flat: has no folders of pictures, one for each class"),
        ("hidden", "hidden: has no folders of pictures, one for each class"),
        ("hollow", "hollow/b: is a class without a .png, .jpg or .jpeg"),
        ("one", "one: has one class only, `a`"),
        ("parts", "parts/test: has the classes [\"a\"], but train has [\"a\", \"b\"]"),
        ("folder", "folder/a/1.png: is not a file"),
    ];
    verdict(&rows.iter().filter_map(|(name, should)| differs(name, &said_of(&dir, name), should)).collect::<Vec<_>>());
}

fn said_of(dir: &Scratch, name: &str) -> String {
    said(dir, "images", SourceSpec { path: Some(dir.0.join(name)), ..SourceSpec::default() })
}

/// Links that lead in a circle, to nothing, or up, and names that are no text.
#[cfg(unix)]
#[test]
fn links_and_names_of_bytes_are_explained() {
    use std::os::unix::{ffi::OsStrExt, fs::symlink};

    let dir = scratch("picture-links");
    let png = picture(Png, 2, 2);
    let link = |to: &str, name: &str| symlink(to, dir.0.join(name)).expect("linked");
    for name in ["circle", "file", "nothing", "up", "bytes"] {
        write(&dir.0.join(name).join("a/1.png"), &png);
        write(&dir.0.join(name).join("b/1.png"), &png);
    }
    // A circle of two links in place of a folder, and of one in place of a picture.
    link("d", "circle/c");
    link("c", "circle/d");
    link("2.png", "file/a/2.png");
    link("none.png", "nothing/a/2.png");
    link("..", "up/c");
    write(&dir.0.join("bytes/a").join(std::ffi::OsStr::from_bytes(b"\xff.png")), &png);
    let rows = [
        ("circle", "accepted: (2, 4)"),
        ("file", "file/a/2.png: cannot be found"),
        ("nothing", "nothing/a/2.png: cannot be found"),
        ("up", "up/c: is a class without a .png, .jpg or .jpeg"),
        ("bytes", "bytes/a: holds a file whose name is no UTF-8: \u{fffd}.png"),
    ];
    verdict(&rows.iter().filter_map(|(name, should)| differs(name, &said_of(&dir, name), should)).collect::<Vec<_>>());
}

/// A file where a folder is wanted, the other way round, and what is not there at all.
#[test]
fn a_path_that_leads_to_something_else_is_explained() {
    let dir = scratch("paths");
    write(&dir.0.join("file"), "");
    std::fs::create_dir_all(dir.0.join("folder")).expect("made");
    let rows = [
        ("csv", "folder", "folder: is a folder, not a file"),
        ("npz", "folder", "folder: is a folder, not a file"),
        ("idx", "file", "file: is no folder"),
        ("images", "file", "file: is no folder"),
        ("csv", "none", "none: "),
        ("npz", "none", "none: "),
        ("cifar", "none", "none: "),
        ("idx", "none", "none: is no folder"),
        ("images", "none", "none: is no folder"),
        ("csv", "file/none", "file/none: "),
    ];
    let said_of =
        |source: &str, name: &str| said(&dir, source, SourceSpec { path: Some(dir.0.join(Path::new(name))), ..SourceSpec::default() });
    verdict(&rows.iter().filter_map(|(source, name, should)| differs(source, &said_of(source, name), should)).collect::<Vec<_>>());
}
