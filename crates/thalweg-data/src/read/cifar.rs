//! CIFAR-10's binary form: records of a label and 32×32 pixels in three planes, red, green, blue; no header.
//!
//! Source: A. Krizhevsky, "The CIFAR-10 dataset", binary version.

use std::io::Read;
use std::path::{Path, PathBuf};

use ndarray::Array2;
use sha2::{Digest, Sha256};

use super::{MAX_BYTES, entries, open, reading};
use crate::dataset::{Dataset, ImageShape, Labels, Samples, Task};
use crate::error::DataError;
use crate::source::SourceSpec;

const SHAPE: ImageShape = ImageShape { height: 32, width: 32, channels: 3 };
const PLANE: usize = 32 * 32;
const RECORD: usize = 1 + 3 * PLANE;

/// `source = "cifar"`.
pub fn read(spec: &SourceSpec) -> Result<Dataset, DataError> {
    let path = super::path(spec, "file or folder")?;
    if !path.is_dir() {
        return Ok(read_files("cifar", &[path.to_path_buf()], None)?.0);
    }
    let (train, test) = batches(path)?;
    Ok(read_files("cifar", &train, test.as_deref())?.0)
}

/// The batches of a folder: training in the order of their names, and test where it is there.
pub fn batches(dir: &Path) -> Result<(Vec<PathBuf>, Option<PathBuf>), DataError> {
    let found = entries(dir)?;
    let is_batch = |name: &str| name.starts_with("data_batch") && name.ends_with(".bin");
    let train: Vec<PathBuf> = found.iter().filter(|(name, _)| is_batch(name)).map(|f| f.1.clone()).collect();
    if train.is_empty() {
        return Err(DataError::file(dir, "has no data_batch_*.bin"));
    }
    Ok((train, found.into_iter().find(|(name, _)| name == "test_batch.bin").map(|f| f.1)))
}

/// Reads batches into one set; also the hashes of the files, test last.
pub fn read_files(name: &str, train: &[PathBuf], test: Option<&Path>) -> Result<(Dataset, Vec<String>), DataError> {
    let (mut pixels, mut labels, mut hashes, mut n_test) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for path in train.iter().map(PathBuf::as_path).chain(test) {
        let before = labels.len();
        hashes.push(batch(path, &mut pixels, &mut labels)?);
        n_test = if Some(path) == test { labels.len() - before } else { 0 };
    }
    let n_classes = labels.iter().max().map_or(0, |l| *l as usize + 1);
    let x = Array2::from_shape_vec((labels.len(), 3 * PLANE), pixels).expect("a record has all its pixels");
    let set = Dataset {
        name: name.into(),
        x: Samples::Bytes(x),
        y: Labels::Classes(labels),
        task: Task::Classes { n_classes },
        features: SHAPE.features(),
        class_names: (0..n_classes).map(|c| c.to_string()).collect(),
        image: Some(SHAPE),
        n_test,
        groups: None,
        others: Vec::new(),
    };
    Ok((set, hashes))
}

/// Appends a file's records, the channels of a pixel side by side.
fn batch(path: &Path, pixels: &mut Vec<u8>, labels: &mut Vec<u32>) -> Result<String, DataError> {
    let mut reader = open(path)?;
    let (mut record, mut hasher, mut at) = (Vec::with_capacity(RECORD), Sha256::new(), 0u64);
    loop {
        record.clear();
        (&mut reader).take(RECORD as u64).read_to_end(&mut record).map_err(|e| reading(path, at, &e))?;
        let [label, planes @ ..] = &record[..] else { break };
        if planes.len() != 3 * PLANE {
            let reason = format!("a record of {RECORD} bytes begins here, but only {} are left", record.len());
            return Err(DataError::byte(path, at, reason));
        }
        if pixels.len() as u64 + 3 * PLANE as u64 > MAX_BYTES {
            return Err(DataError::byte(path, at, format!("holds more than {MAX_BYTES} bytes")));
        }
        hasher.update(&record);
        labels.push(u32::from(*label));
        pixels.extend((0..PLANE).flat_map(|i| [planes[i], planes[PLANE + i], planes[2 * PLANE + i]]));
        at += RECORD as u64;
    }
    if at == 0 {
        return Err(DataError::file(path, "is empty"));
    }
    Ok(hasher.finalize().iter().map(|b| format!("{b:02x}")).collect())
}
