//! Folders of pictures: one folder for each class, or such folders under `train` and `test`.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::{DynamicImage, ImageError, ImageFormat, ImageReader, Limits, imageops::FilterType};
use ndarray::Array2;

use super::{MAX_BYTES, checked_features, entries, unread};
use crate::dataset::{Dataset, ImageShape, Labels, Samples, Task};
use crate::error::DataError;
use crate::source::SourceSpec;

/// The most pixels along an edge.
pub const MAX_EDGE: u32 = 20_000;
/// The most memory that decoding one picture may take: 512 MiB, which is 178 million pixels in colour.
pub const MAX_DECODED: u64 = 512 << 20;

/// The most pixels that a byte of a file can stand for, PNG and JPEG: deflate makes at most 1032 bytes of one (zlib's technical
/// details), of 8 pixels each; a JPEG takes at least one bit for a block of 8×8. Beyond that a picture is not what it says.
const PIXELS_A_BYTE: (u64, u64) = (8 * 1032, 8 * 64);

/// A decoded picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Height, width, channels: 1 or 3.
    pub shape: ImageShape,
    /// [height, width, channels]
    pub pixels: Vec<u8>,
}

/// Decodes a PNG or JPEG, whichever its bytes say it is; grey stays grey, an alpha channel is left out.
pub fn picture(path: &Path) -> Result<Picture, DataError> {
    let decoded = decoded(path)?;
    let (width, height) = (decoded.width() as usize, decoded.height() as usize);
    let (channels, pixels) =
        if decoded.color().has_color() { (3, decoded.into_rgb8().into_raw()) } else { (1, decoded.into_luma8().into_raw()) };
    Ok(Picture { shape: ImageShape { height, width, channels }, pixels })
}

fn decoded(path: &Path) -> Result<DynamicImage, DataError> {
    if !path.is_file() {
        return Err(DataError::file(path, if path.exists() { "is not a file" } else { "cannot be found" }));
    }
    let size = std::fs::metadata(path).map_err(|e| DataError::file(path, e))?.len();
    if size > MAX_DECODED {
        return Err(DataError::file(path, format!("is a file of {size} bytes, more than {MAX_DECODED}")));
    }
    let bytes = std::fs::read(path).map_err(|e| DataError::file(path, e))?;
    // The size first: a picture that is refused is not decoded.
    let (width, height) = reader(path, &bytes)?.into_dimensions().map_err(|e| undecodable(path, &e))?;
    if width > MAX_EDGE || height > MAX_EDGE {
        return Err(DataError::file(path, format!("is {width}×{height}; at most {MAX_EDGE} pixels along an edge are read")));
    }
    let mut reader = reader(path, &bytes)?;
    let most = if reader.format() == Some(ImageFormat::Png) { PIXELS_A_BYTE.0 } else { PIXELS_A_BYTE.1 };
    if u64::from(width) * u64::from(height) > most * bytes.len() as u64 {
        return Err(DataError::file(path, format!("says it is {width}×{height}, but its {size} bytes cannot hold as many pixels")));
    }
    if reader.format() == Some(ImageFormat::Jpeg) && !has_end(&bytes) {
        return Err(DataError::file(path, "ends in the middle: it is cut short"));
    }
    if reader.format() == Some(ImageFormat::Png) && !has_whole_palette(&bytes) {
        return Err(DataError::file(path, "holds a palette that is cut within a colour"));
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODED);
    reader.limits(limits);
    reader.decode().map_err(|e| undecodable(path, &e))
}

fn reader<'a>(path: &Path, bytes: &'a [u8]) -> Result<ImageReader<Cursor<&'a [u8]>>, DataError> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|e| DataError::file(path, e))?;
    if !matches!(reader.format(), Some(ImageFormat::Png | ImageFormat::Jpeg)) {
        return Err(DataError::file(path, "is neither PNG nor JPEG"));
    }
    Ok(reader)
}

/// What a decoder said; some of its texts end with a line's end.
fn undecodable(path: &Path, e: &ImageError) -> DataError {
    let reason = match e {
        ImageError::IoError(e) => unread(e),
        ImageError::Limits(_) => format!("takes more than {MAX_DECODED} bytes to decode"),
        e => format!("cannot be decoded: {}", e.to_string().trim_end()),
    };
    DataError::file(path, reason)
}

/// Whether a JPEG comes to its end; the decoder would paint grey what is missing and say nothing (ITU T.81, B.1.1).
fn has_end(bytes: &[u8]) -> bool {
    let mut rest = &bytes[2..];
    loop {
        match rest {
            // Fill bytes may stand before a marker.
            [0xff, 0xff, ..] => rest = &rest[1..],
            // The scans: in coded data 0xff is followed by 0 or a restart, so that this pair can only be the end.
            [0xff, 0xda, ..] => return rest.windows(2).any(|pair| pair == [0xff, 0xd9]),
            // Any other segment is stepped over: it may hold a small picture that has an end of its own.
            [0xff, _, high, low, ..] => match rest.get(2 + usize::from(u16::from_be_bytes([*high, *low]))..) {
                Some(after) => rest = after,
                None => return false,
            },
            // Not in order: the decoder has a say in that.
            _ => return true,
        }
    }
}

/// Whether a PNG's palette, if there is one, is of whole colours: where it is not, the decoder panics (png 0.18.1; image-rs/image-png,
/// issue 694).
fn has_whole_palette(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(8..).unwrap_or_default();
    while let [a, b, c, d, kind @ ..] = rest {
        let n = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        if kind.starts_with(b"PLTE") && !n.is_multiple_of(3) {
            return false;
        }
        // Past the kind, the data and the checksum.
        rest = kind.get(n.saturating_add(8)..).unwrap_or_default();
    }
    true
}

/// A file and its class.
type Labelled = (PathBuf, u32);

/// `source = "images"`.
pub fn read(spec: &SourceSpec) -> Result<Dataset, DataError> {
    let dir = super::path(spec, "folder")?;
    let folders = folders(dir)?;
    let is_split = folders.len() == 2 && folders[0].0 == "test" && folders[1].0 == "train";
    let (train, test) = if is_split { (&*folders[1].1, Some(&*folders[0].1)) } else { (dir, None) };
    let (class_names, mut files) = classes(train)?;
    let mut n_test = 0;
    if let Some(test) = test {
        let (names, more) = classes(test)?;
        if names != class_names {
            return Err(DataError::file(test, format!("has the classes {names:?}, but train has {class_names:?}")));
        }
        n_test = more.len();
        files.extend(more);
    }
    let (shape, pixels) = pixels(dir, &files, spec.size)?;
    let n = files.len();
    Ok(Dataset {
        name: "images".into(),
        x: Samples::Bytes(Array2::from_shape_vec((n, pixels.len() / n), pixels).expect("pictures of one shape")),
        y: Labels::Classes(files.iter().map(|f| f.1).collect()),
        task: Task::Classes { n_classes: class_names.len() },
        features: shape.features(),
        class_names,
        image: Some(shape),
        n_test,
        groups: None,
        others: Vec::new(),
    })
}

fn folders(dir: &Path) -> Result<Vec<(String, PathBuf)>, DataError> {
    if !dir.is_dir() {
        return Err(DataError::file(dir, "is no folder"));
    }
    Ok(entries(dir)?.into_iter().filter(|(_, path)| path.is_dir()).collect())
}

/// The classes of a folder, by name, and their pictures. Folders are not searched any deeper, so links cannot lead in a circle.
fn classes(dir: &Path) -> Result<(Vec<String>, Vec<Labelled>), DataError> {
    let (mut names, mut files) = (Vec::new(), Vec::new());
    for (name, folder) in folders(dir)? {
        let is_picture = |path: &PathBuf| {
            let ending = path.extension().map(|e| e.to_ascii_lowercase());
            ending.is_some_and(|e| ["png", "jpg", "jpeg"].iter().any(|known| e == *known))
        };
        let pictures: Vec<PathBuf> = entries(&folder)?.into_iter().map(|e| e.1).filter(is_picture).collect();
        if pictures.is_empty() {
            return Err(DataError::file(&folder, "is a class without a .png, .jpg or .jpeg"));
        }
        files.extend(pictures.into_iter().map(|path| (path, names.len() as u32)));
        names.push(name);
    }
    if files.is_empty() {
        return Err(DataError::file(dir, "has no folders of pictures, one for each class"));
    }
    Ok((names, files))
}

/// All pictures one after the other, of one shape: grey if all are, and resized if asked.
fn pixels(dir: &Path, files: &[Labelled], size: Option<(usize, usize)>) -> Result<(ImageShape, Vec<u8>), DataError> {
    let (mut all, mut shape) = (Vec::new(), None::<ImageShape>);
    for (path, _) in files {
        let picture = picture(path)?;
        let (channels, resized) = (picture.shape.channels, resized(picture, size, path)?);
        let now = ImageShape { channels, ..resized.shape };
        let first = *shape.get_or_insert(now);
        checked_features(now.height * now.width * channels.max(first.channels))
            .map_err(|e| DataError::file(path, format!("{e}: `size = [height, width]` makes it smaller")))?;
        if (now.height, now.width) != (first.height, first.width) {
            let reason = format!(
                "is {}×{}, but the pictures before it are {}×{}: `size = [height, width]` makes them one size",
                now.height, now.width, first.height, first.width
            );
            return Err(DataError::file(path, reason));
        }
        let mut pixels = resized.pixels;
        // Grey becomes colour where others are in colour: room for that is counted before it is taken.
        let grown = |n: usize, from: usize, to: usize| if from < to { 3 * n } else { n };
        let n_values = grown(all.len(), first.channels, channels) + grown(pixels.len(), channels, first.channels);
        if n_values as u64 > MAX_BYTES {
            return Err(DataError::file(dir, format!("holds more than {MAX_BYTES} bytes of pixels")));
        }
        match (first.channels, channels) {
            (3, 1) => pixels = pixels.iter().flat_map(|v| [*v; 3]).collect(),
            (1, 3) => {
                // The first in colour: those before it get three channels, too.
                all = all.iter().flat_map(|v| [*v; 3]).collect();
                shape = Some(now);
            }
            _ => {}
        }
        all.extend(pixels);
    }
    Ok((shape.expect("at least one picture"), all))
}

/// A picture of another size, by triangle-filtered means over the pixels that each new one covers.
fn resized(picture: Picture, size: Option<(usize, usize)>, path: &Path) -> Result<Picture, DataError> {
    let Picture { shape, pixels } = picture;
    let Some((height, width)) = size.filter(|size| *size != (shape.height, shape.width)) else {
        return Ok(Picture { shape, pixels });
    };
    let (w, h, new_w, new_h) = (shape.width as u32, shape.height as u32, width as u32, height as u32);
    let broken = || DataError::file(path, "has fewer pixels than its size says");
    let pixels = if shape.channels == 3 {
        let whole = image::RgbImage::from_raw(w, h, pixels).ok_or_else(broken)?;
        image::imageops::resize(&whole, new_w, new_h, FilterType::Triangle).into_raw()
    } else {
        let whole = image::GrayImage::from_raw(w, h, pixels).ok_or_else(broken)?;
        image::imageops::resize(&whole, new_w, new_h, FilterType::Triangle).into_raw()
    };
    Ok(Picture { shape: ImageShape { height, width, ..shape }, pixels })
}
