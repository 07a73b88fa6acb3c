//! PNG and JPEG, each as one of two pictures in folders of a class.

use std::io::{Cursor, Write};

use image::ImageFormat::{Jpeg, Png};
use thalweg_data::source::SourceSpec;

use super::common::{chunk, picture};
use super::{Dress, Form, fuzz, scratch};

/// The same chunks with checksums that are right, as far as there are chunks.
fn summed(bytes: &[u8]) -> Vec<u8> {
    let (mut out, mut rest) = (bytes.to_vec(), bytes.get(8..).unwrap_or_default());
    out.truncate(8);
    while let [a, b, c, d, after @ ..] = rest {
        let n = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        let Some((body, after)) = after.split_at_checked(n.saturating_add(4)) else { break };
        out.extend(chunk(&body[..4], &body[4..]));
        rest = after.get(4..).unwrap_or_default();
    }
    out.extend(rest);
    out
}

/// Pictures of 8×8 in the forms that a PNG has; the last has a bit a pixel, a palette and interlacing.
fn pngs() -> Vec<Vec<u8>> {
    let encoded = |picture: image::DynamicImage| {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, Png).expect("in memory");
        bytes.into_inner()
    };
    let mut seeds = vec![picture(Png, 8, 8)];
    let grey = image::load_from_memory(&seeds[0]).expect("a picture");
    seeds.extend([grey.to_rgb8().into(), grey.to_rgba8().into(), grey.to_luma_alpha8().into(), grey.to_rgb16().into()].map(encoded));
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    // Adam7's passes over 8×8 have 1, 1, 1, 2, 2, 4 and 4 rows of one byte, each behind the byte of its filter.
    packed.write_all(&[0, 0xa5].repeat(15)).expect("in memory");
    let header = [0, 0, 0, 8, 0, 0, 0, 8, 1, 3, 0, 0, 1];
    let chunks = [
        chunk(b"IHDR", &header),
        chunk(b"PLTE", &[9, 8, 7, 255, 0, 0]),
        chunk(b"IDAT", &packed.finish().expect("in memory")),
        chunk(b"IEND", &[]),
    ];
    seeds.push([b"\x89PNG\r\n\x1a\n".to_vec(), chunks.concat()].concat());
    seeds
}

fn pictures(test: &str, file: &'static str, seeds: Vec<Vec<u8>>, words: &'static [&'static [u8]], dress: &'static [Dress]) {
    let dir = scratch(test);
    std::fs::create_dir_all(dir.0.join("b")).expect("made");
    std::fs::write(dir.0.join("b/1.png"), picture(Png, 8, 8)).expect("written");
    let specs = [None, Some((8, 8)), Some((3, 5))].map(|size| SourceSpec { size, ..SourceSpec::default() }).to_vec();
    fuzz(&Form { source: "images", file, path: "", seeds, words, dress, specs }, &dir);
}

#[test]
fn png_holds() {
    let words: &[&[u8]] =
        &[b"IHDR", b"IDAT", b"IEND", b"PLTE", b"tRNS", b"acTL", b"fcTL", b"fdAT", b"iCCP", b"zTXt", b"eXIf", b"\0\0\0\x08", b"\0\0\0\0"];
    pictures("png", "a/1.png", pngs(), words, &[None, Some(summed), Some(summed), Some(summed)]);
}

#[test]
fn jpeg_holds() {
    let mut colour = Cursor::new(Vec::new());
    let pixels = image::RgbImage::from_fn(8, 8, |x, y| image::Rgb([(x * 31) as u8, (y * 31) as u8, 99]));
    pixels.write_to(&mut colour, Jpeg).expect("in memory");
    let words: &[&[u8]] = &[
        b"\xff\xc0",
        b"\xff\xc1",
        b"\xff\xc2",
        b"\xff\xc4",
        b"\xff\xd0",
        b"\xff\xd8",
        b"\xff\xd9",
        b"\xff\xda",
        b"\xff\xdb",
        b"\xff\xdd\0\x04\0\x01",
        b"\xff\xe1",
        b"\xff\xee",
        b"\x11",
        b"\x22",
        b"\x41",
        b"\xff\x00",
    ];
    pictures("jpeg", "a/1.jpg", vec![picture(Jpeg, 8, 8), colour.into_inner()], words, &[None]);
}
