//! IDX, the form of MNIST and its like: two zero bytes, a type, a number of dimensions, the dimensions and values big-endian.
//!
//! Source: "THE IDX FILE FORMAT" on the MNIST database's page (LeCun, Cortes, Burges).

use std::io::Read;
use std::path::{Path, PathBuf};

use ndarray::Array2;
use sha2::{Digest, Sha256};

use super::{append, checked_size, open, reading};
use crate::dataset::{Dataset, Feature, ImageShape, Labels, Samples, Task};
use crate::error::DataError;
use crate::source::SourceSpec;

/// The most dimensions: samples, height, width, channels.
const MAX_DIMS: usize = 4;

/// The types of values: their code, bytes, name, and how one is read.
type Kind = (u8, usize, &'static str, fn(&[u8]) -> f64);
const KINDS: &[Kind] = &[
    (0x08, 1, "u8", |b| f64::from(b[0])),
    (0x09, 1, "i8", |b| f64::from(b[0] as i8)),
    (0x0b, 2, "i16", |b| f64::from(i16::from_be_bytes([b[0], b[1]]))),
    (0x0c, 4, "i32", |b| f64::from(i32::from_be_bytes([b[0], b[1], b[2], b[3]]))),
    (0x0d, 4, "f32", |b| f64::from(f32::from_be_bytes([b[0], b[1], b[2], b[3]]))),
    (0x0e, 8, "f64", |b| f64::from_be_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]])),
];

/// An IDX file whose header has been read.
struct Idx<'a> {
    path: &'a Path,
    reader: Box<dyn Read>,
    header: Vec<u8>,
    dims: Vec<u64>,
    kind: &'static Kind,
}

impl<'a> Idx<'a> {
    fn open(path: &'a Path) -> Result<Idx<'a>, DataError> {
        let mut reader: Box<dyn Read> = open(path)?;
        let mut header = vec![0; 4];
        reader.read_exact(&mut header).map_err(|e| reading(path, 0, &e))?;
        let n_dims = usize::from(header[3]);
        let kind = KINDS.iter().find(|k| k.0 == header[2]);
        let Some(kind) = kind.filter(|_| header[..2] == [0, 0] && (1..=MAX_DIMS).contains(&n_dims)) else {
            let reason = format!("begins with {:02x?}, which is no IDX of 1 to {MAX_DIMS} dimensions", &header[..]);
            return Err(DataError::byte(path, 0, reason));
        };
        header.resize(4 + 4 * n_dims, 0);
        reader.read_exact(&mut header[4..]).map_err(|e| reading(path, 4, &e))?;
        let dims = header[4..].as_chunks::<4>().0.iter().map(|b| u64::from(u32::from_be_bytes(*b))).collect();
        Ok(Idx { path, reader, header, dims, kind })
    }

    /// Appends the values' bytes and returns the hash of the unpacked file; there must be nothing after them.
    fn append(&mut self, out: &mut Vec<u8>) -> Result<String, DataError> {
        // Bytes stay bytes; any other value becomes a number of 8 bytes.
        let item = if self.kind.0 == 0x08 { 1 } else { 8 };
        let n = checked_size(&self.dims, item).map_err(|reason| DataError::byte(self.path, 4, reason))? * self.kind.1;
        let start = out.len();
        append(&mut self.reader, n, out, self.path, self.header.len() as u64)?;
        let end = (self.header.len() + n) as u64;
        let mut more = [0];
        match self.reader.read(&mut more) {
            Ok(0) => {}
            Ok(_) => return Err(DataError::byte(self.path, end, format!("goes on after the {n} bytes of values that it promises"))),
            Err(e) => return Err(reading(self.path, end, &e)),
        }
        let mut hasher = Sha256::new();
        hasher.update(&self.header);
        hasher.update(&out[start..]);
        Ok(hasher.finalize().iter().map(|b| format!("{b:02x}")).collect())
    }

    fn wrong<T>(&self, reason: String) -> Result<T, DataError> {
        Err(DataError::file(self.path, reason))
    }
}

/// One part's two files.
pub struct Pair {
    /// Samples.
    pub x: PathBuf,
    /// Labels.
    pub y: PathBuf,
}

/// The files of a folder in MNIST's form: training, and test where it is there. `None`: no training files.
pub fn pairs(dir: &Path) -> Option<(Pair, Option<Pair>)> {
    let file = |part: &str, what: &str, dims: &str| {
        let names = ["-idx", ".idx"].map(|dot| format!("{part}-{what}{dot}{dims}-ubyte"));
        names.iter().flat_map(|name| [dir.join(name), dir.join(format!("{name}.gz"))]).find(|path| path.exists())
    };
    let pair = |part: &str| Some(Pair { x: file(part, "images", "3")?, y: file(part, "labels", "1")? });
    pair("train").map(|train| (train, pair("t10k")))
}

/// `source = "idx"`.
pub fn read_folder(spec: &SourceSpec) -> Result<Dataset, DataError> {
    let dir = super::path(spec, "folder")?;
    let found = pairs(dir).ok_or_else(|| {
        let reason = "has no train-images-idx3-ubyte and train-labels-idx1-ubyte, gzipped or not";
        if dir.is_dir() { DataError::file(dir, reason) } else { DataError::file(dir, "is no folder") }
    })?;
    Ok(read("idx", &[Some(&found.0), found.1.as_ref()].into_iter().flatten().collect::<Vec<_>>())?.0)
}

/// Reads one or two parts into one set, the second as its test part; also the hashes of the unpacked files, in the order of the pairs.
pub fn read(name: &str, pairs: &[&Pair]) -> Result<(Dataset, Vec<String>), DataError> {
    let mut xs = pairs.iter().map(|p| Idx::open(&p.x)).collect::<Result<Vec<_>, _>>()?;
    let mut ys = pairs.iter().map(|p| Idx::open(&p.y)).collect::<Result<Vec<_>, _>>()?;
    for (x, y) in xs.iter().zip(&ys) {
        if y.dims.len() != 1 || y.kind.0 != 0x08 {
            return y.wrong(format!("has values of {} in {} dimensions, but labels are u8 in one", y.kind.2, y.dims.len()));
        }
        if x.dims[0] != y.dims[0] {
            return y.wrong(format!("has {} labels for the {} samples of {}", y.dims[0], x.dims[0], x.path.display()));
        }
        if x.dims[1..] != xs[0].dims[1..] || x.kind.0 != xs[0].kind.0 {
            return x.wrong(format!("has samples of another shape or type than {}", xs[0].path.display()));
        }
    }
    let (kind, dims) = (xs[0].kind, xs[0].dims.clone());
    let (mut bytes, mut labels, mut hashes) = (Vec::new(), Vec::new(), Vec::new());
    for (x, y) in xs.iter_mut().zip(&mut ys) {
        hashes.push(x.append(&mut bytes)?);
        hashes.push(y.append(&mut labels)?);
    }
    let n = labels.len();
    let n_features = dims[1..].iter().product::<u64>() as usize;
    let image = match dims[1..] {
        [height, width] => Some(ImageShape { height: height as usize, width: width as usize, channels: 1 }),
        [height, width, channels] => Some(ImageShape { height: height as usize, width: width as usize, channels: channels as usize }),
        _ => None,
    };
    let shape = |n_values: usize| format!("{n} samples do not fill {n_values} values");
    let x = if kind.0 == 0x08 {
        let n_values = bytes.len();
        Samples::Bytes(Array2::from_shape_vec((n, n_features), bytes).or_else(|_| xs[0].wrong(shape(n_values)))?)
    } else {
        let values: Vec<f64> = bytes.chunks_exact(kind.1).map(kind.3).collect();
        let n_values = values.len();
        Samples::Numbers(Array2::from_shape_vec((n, n_features), values).or_else(|_| xs[0].wrong(shape(n_values)))?)
    };
    let n_classes = labels.iter().max().map_or(0, |l| usize::from(*l) + 1);
    let set = Dataset {
        name: name.into(),
        x,
        y: Labels::Classes(labels.into_iter().map(u32::from).collect()),
        task: Task::Classes { n_classes },
        features: image.map_or_else(|| (0..n_features).map(|i| Feature::number(format!("x{i}"))).collect(), |image| image.features()),
        class_names: (0..n_classes).map(|c| c.to_string()).collect(),
        image,
        n_test: xs.get(1).map_or(0, |x| x.dims[0] as usize),
        groups: None,
        others: Vec::new(),
    };
    Ok((set, hashes))
}
