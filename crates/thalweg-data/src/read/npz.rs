//! NPZ: a zip of NumPy's arrays.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::Path;

use ndarray::Array2;
use npyz::{DType, NpyFile, NpyHeader, Order, TypeChar};
use zip::ZipArchive;
use zip::read::ZipFile;

use super::{FIRST_ROOM, checked_size, unread};
use crate::dataset::{Dataset, Feature, ImageShape, Labels, Samples, Task};
use crate::error::DataError;
use crate::source::{Missing, SourceSpec, TaskKind};
use crate::target::{classes_of, labels_of};

/// The most bytes of an array's own header: its shape and type take about 100.
const MAX_HEADER: u32 = 1 << 16;

/// The pairs of names that are looked for.
const KEYS: [[&str; 2]; 3] = [["x_train", "y_train"], ["x_test", "y_test"], ["x", "y"]];

/// An array as it was stored: bytes stay bytes.
enum Values {
    Bytes(Vec<u8>),
    Numbers(Vec<f64>),
}

struct Array {
    shape: Vec<usize>,
    values: Values,
    /// Whether its type is one of whole numbers.
    is_whole: bool,
}

/// `source = "npz"`.
pub fn read(spec: &SourceSpec) -> Result<Dataset, DataError> {
    let path = super::path(spec, "file")?;
    if path.is_dir() {
        return Err(DataError::file(path, "is a folder, not a file"));
    }
    let file = File::open(path).map_err(|e| DataError::file(path, e))?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|e| DataError::file(path, format!("is no zip: {e}")))?;
    let mut take = |keys: [&str; 2]| -> Result<Option<[Array; 2]>, DataError> {
        let [x, y] = keys.map(|key| array(&mut archive, path, key));
        match (x?, y?) {
            (Some(x), Some(y)) if x.shape[0] != y.shape[0] => {
                let reason = format!("has {} samples in `{}`, but {} labels in `{}`", x.shape[0], keys[0], y.shape[0], keys[1]);
                Err(DataError::file(path, reason))
            }
            (Some(x), Some(y)) => Ok(Some([x, y])),
            (None, None) => Ok(None),
            (x, _) => {
                let [has, lacks] = if x.is_some() { keys } else { [keys[1], keys[0]] };
                Err(DataError::file(path, format!("has `{has}` but no `{lacks}`")))
            }
        }
    };
    let (train, test) = (take(KEYS[0])?, take(KEYS[1])?);
    let (first, test) = match (train, test) {
        (Some(train), test) => (train, test),
        (None, Some(_)) => return Err(DataError::file(path, "has x_test and y_test, but no x_train and y_train")),
        (None, None) => match take(KEYS[2])? {
            Some(whole) => (whole, None),
            None => {
                let names: Vec<String> = archive.file_names().take(10).flatten().map(|n| n.escape_debug().to_string()).collect();
                let reason = format!("has no x_train and y_train, and no x and y; it has {}", names.join(", "));
                return Err(DataError::file(path, reason));
            }
        },
    };
    let n_test = test.as_ref().map_or(0, |[x, _]| x.shape[0]);
    let [x, y] = match test {
        Some(test) => joined(path, first, test)?,
        None => first,
    };
    set(path, spec, x, y, n_test)
}

/// One array of the archive, if it is there.
fn array<R: Read + std::io::Seek>(archive: &mut ZipArchive<R>, path: &Path, key: &str) -> Result<Option<Array>, DataError> {
    let name = format!("{key}.npy");
    if archive.index_for_name(&name).is_none() {
        return Ok(None);
    }
    let wrong = |reason: String| DataError::file(path, format!("`{key}` {reason}"));
    let mut entry = archive.by_name(&name).map_err(|e| wrong(e.to_string()))?;
    let header = header(&mut entry).map_err(&wrong)?;
    let DType::Plain(kind) = header.dtype() else {
        return Err(wrong("is no plain array of numbers".into()));
    };
    let shape = header.shape().to_vec();
    if shape.is_empty() {
        return Err(wrong("is a single number, not an array".into()));
    }
    let is_whole = matches!(kind.type_char(), TypeChar::Int | TypeChar::Uint | TypeChar::Bool);
    let is_bytes = matches!((kind.type_char(), kind.size_field()), (TypeChar::Uint | TypeChar::Bool, 1));
    let n = checked_size(&shape, if is_bytes { 1 } else { 8 }).map_err(&wrong)?;
    let values = match (kind.type_char(), kind.size_field()) {
        (TypeChar::Uint | TypeChar::Bool, 1) => bytes(&mut entry, n),
        (TypeChar::Float, 4) => numbers::<f32, _>(header.clone(), &mut entry, n, f64::from),
        (TypeChar::Float, 8) => numbers::<f64, _>(header.clone(), &mut entry, n, |v| v),
        (TypeChar::Int, 1) => numbers::<i8, _>(header.clone(), &mut entry, n, f64::from),
        (TypeChar::Int, 2) => numbers::<i16, _>(header.clone(), &mut entry, n, f64::from),
        (TypeChar::Int, 4) => numbers::<i32, _>(header.clone(), &mut entry, n, f64::from),
        (TypeChar::Int, 8) => numbers::<i64, _>(header.clone(), &mut entry, n, |v| v as f64),
        (TypeChar::Uint, 2) => numbers::<u16, _>(header.clone(), &mut entry, n, f64::from),
        (TypeChar::Uint, 4) => numbers::<u32, _>(header.clone(), &mut entry, n, f64::from),
        (TypeChar::Uint, 8) => numbers::<u64, _>(header.clone(), &mut entry, n, |v| v as f64),
        _ => Err(format!("has values of the type {kind}; whole numbers and floats of 32 or 64 bits are read")),
    }
    .map_err(&wrong)?;
    let shape: Vec<usize> = shape.into_iter().map(|d| d as usize).collect();
    let values = if header.order() == Order::Fortran && shape.len() > 1 { values.rows_first(&shape) } else { values };
    Ok(Some(Array { shape, values, is_whole }))
}

/// The header, whose own length is looked at before it is believed.
fn header<R: Read>(entry: &mut ZipFile<'_, R>) -> Result<NpyHeader, String> {
    let mut start = [0; 10];
    entry.read_exact(&mut start).map_err(|e| format!("is no array of NumPy: {e}"))?;
    if &start[..6] != b"\x93NUMPY" {
        return Err("is no array of NumPy".into());
    }
    let mut start = start.to_vec();
    let length = if start[6] == 1 {
        u32::from(u16::from_le_bytes([start[8], start[9]]))
    } else {
        let mut more = [0; 2];
        entry.read_exact(&mut more).map_err(|e| format!("is no array of NumPy: {e}"))?;
        start.extend(more);
        u32::from_le_bytes([start[8], start[9], start[10], start[11]])
    };
    if length > MAX_HEADER {
        return Err(format!("has a header of {length} bytes, more than {MAX_HEADER}"));
    }
    let before = start.len();
    entry.take(u64::from(length)).read_to_end(&mut start).map_err(|e| unread(&e))?;
    let text = &start[before..];
    if text.len() < length as usize {
        return Err("ends in the middle of its header".into());
    }
    // One for the dictionary and one for the shape. The parser tries each further one in several ways, so that a few
    // dozens within each other would keep it for years.
    if text.iter().filter(|b| matches!(b, b'(' | b'[' | b'{')).count() > 2 {
        return Err("is no plain array of numbers".into());
    }
    NpyHeader::from_reader(&*start).map_err(|e| format!("has a bad header: {e}"))
}

/// Values of one byte.
fn bytes<R: Read>(entry: &mut ZipFile<'_, R>, n: usize) -> Result<Values, String> {
    let mut bytes = Vec::with_capacity(n.min(FIRST_ROOM));
    entry.take(n as u64).read_to_end(&mut bytes).map_err(|e| unread(&e))?;
    if bytes.len() < n {
        return Err(format!("ends after {} of the {n} values that it promises", bytes.len()));
    }
    ended(entry, n)?;
    Ok(Values::Bytes(bytes))
}

/// All other values; room grows with what is read.
fn numbers<T: npyz::Deserialize, R: Read>(
    header: NpyHeader,
    entry: &mut ZipFile<'_, R>,
    n: usize,
    widen: impl Fn(T) -> f64,
) -> Result<Values, String> {
    let mut reader = BufReader::with_capacity(1 << 16, entry);
    let mut values = Vec::with_capacity(n.min(1 << 20));
    for value in NpyFile::with_header(header, &mut reader).data::<T>().map_err(|e| e.to_string())?.take(n) {
        match value {
            Ok(v) => values.push(widen(v)),
            Err(e) if e.kind() == ErrorKind::UnexpectedEof => {
                return Err(format!("ends after {} of the {n} values that it promises", values.len()));
            }
            Err(e) => return Err(unread(&e)),
        }
    }
    ended(&mut reader, n)?;
    Ok(Values::Numbers(values))
}

/// Nothing may follow the values; reading on to the end is also what compares the zip's checksum.
fn ended(reader: &mut impl Read, n: usize) -> Result<(), String> {
    match reader.read(&mut [0]) {
        Ok(0) => Ok(()),
        Ok(_) => Err(format!("goes on after the {n} values that it promises")),
        Err(e) => Err(unread(&e)),
    }
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Values::Bytes(v) => v.len(),
            Values::Numbers(v) => v.len(),
        }
    }

    /// From Fortran's order, the first index fastest, to ours, the last fastest.
    fn rows_first(self, shape: &[usize]) -> Values {
        fn turned<T: Copy>(values: &[T], shape: &[usize]) -> Vec<T> {
            let mut index = vec![0usize; shape.len()];
            let mut out = Vec::with_capacity(values.len());
            for _ in 0..values.len() {
                let place = index.iter().zip(shape).rev().fold(0, |at, (i, n)| at * n + i);
                out.push(values[place]);
                for (i, n) in index.iter_mut().zip(shape).rev() {
                    *i += 1;
                    if *i < *n {
                        break;
                    }
                    *i = 0;
                }
            }
            out
        }
        match self {
            Values::Bytes(v) => Values::Bytes(turned(&v, shape)),
            Values::Numbers(v) => Values::Numbers(turned(&v, shape)),
        }
    }

    fn numbers(self) -> Vec<f64> {
        match self {
            Values::Bytes(v) => v.into_iter().map(f64::from).collect(),
            Values::Numbers(v) => v,
        }
    }
}

/// Training and test, one after the other.
fn joined(path: &Path, train: [Array; 2], test: [Array; 2]) -> Result<[Array; 2], DataError> {
    let join = |a: Array, b: Array| {
        if a.shape[1..] != b.shape[1..] {
            let reason = format!("has training arrays of shape {:?}, but test arrays of {:?}", a.shape, b.shape);
            return Err(DataError::file(path, reason));
        }
        let mut shape = a.shape;
        shape[0] += b.shape[0];
        let values = match (a.values, b.values) {
            (Values::Bytes(a), Values::Bytes(b)) => Values::Bytes([a, b].concat()),
            (a, b) => Values::Numbers([a.numbers(), b.numbers()].concat()),
        };
        Ok(Array { shape, values, is_whole: a.is_whole && b.is_whole })
    };
    let ([x, y], [more_x, more_y]) = (train, test);
    Ok([join(x, more_x)?, join(y, more_y)?])
}

fn set(path: &Path, spec: &SourceSpec, x: Array, y: Array, n_test: usize) -> Result<Dataset, DataError> {
    let n = x.shape[0];
    let wrong = |reason: String| Err(DataError::file(path, reason));
    let n_features = x.values.len().checked_div(n).unwrap_or(0);
    let image = match x.shape[1..] {
        [height, width] if height > 1 && width > 1 => Some(ImageShape { height, width, channels: 1 }),
        [height, width, channels @ (1 | 3)] => Some(ImageShape { height, width, channels }),
        _ => None,
    };
    let samples = match x.values {
        Values::Bytes(v) => Samples::Bytes(Array2::from_shape_vec((n, n_features), v).expect("as many as the shape says")),
        Values::Numbers(v) => Samples::Numbers(Array2::from_shape_vec((n, n_features), v).expect("as many as the shape says")),
    };
    let n_outputs = y.values.len().checked_div(n).unwrap_or(0);
    if n > 0 && n_outputs == 0 {
        return wrong(format!("has labels of shape {:?}, which hold no value", y.shape));
    }
    let is_classes = spec.task.map_or(y.is_whole && n_outputs == 1, |task| task == TaskKind::Classes);
    let values = y.values.numbers();
    let (labels, class_names, task) = if is_classes {
        if n_outputs != 1 {
            return wrong(format!("has labels of shape {:?}; classes are one number for each sample", y.shape));
        }
        let classes = classes_of(&values).map_err(|reason| DataError::file(path, format!("`y` {reason}")))?;
        let names: Vec<String> = classes.iter().map(f64::to_string).collect();
        (Labels::Classes(labels_of(&values, &classes)), names, Task::Classes { n_classes: classes.len() })
    } else {
        if let Some(row) = values.iter().position(|v| !v.is_finite()) {
            return wrong(format!("has a label that is not finite: number {row}"));
        }
        let values = Array2::from_shape_vec((n, n_outputs), values).expect("as many as the shape says");
        (Labels::Values(values), Vec::new(), Task::Regression { n_outputs })
    };
    let features = image.map_or_else(|| (0..n_features).map(|i| Feature::number(format!("x{i}"))).collect(), |image| image.features());
    let set =
        Dataset { name: "npz".into(), x: samples, y: labels, task, features, class_names, image, n_test, groups: None, others: Vec::new() };
    if spec.missing == Missing::Drop { Ok(crate::target::without_missing(set)) } else { Ok(set) }
}
