//! The digits: 1797 images of 8×8 pixels, embedded. Where they come from: `assets/PROVENANCE.md`.

use std::io::Read;

use flate2::read::GzDecoder;
use ndarray::Array2;

use crate::dataset::{Dataset, Labels, Task};
use crate::error::DataError;

/// The file as scikit-learn ships it.
pub static DIGITS_CSV_GZ: &[u8] = include_bytes!("../assets/digits.csv.gz");

/// Reads the embedded set: x in 0..=16, [1797, 64]; 10 classes.
pub fn load() -> Result<Dataset, DataError> {
    let damaged = |e: String| DataError::Damaged(format!("digits: {e}"));
    let mut text = String::new();
    GzDecoder::new(DIGITS_CSV_GZ).read_to_string(&mut text).map_err(|e| damaged(e.to_string()))?;
    let (mut pixels, mut labels) = (Vec::with_capacity(1797 * 64), Vec::with_capacity(1797));
    for row in csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes()).deserialize::<Vec<f64>>() {
        let row = row.map_err(|e| damaged(e.to_string()))?;
        let (label, image) = row.split_last().ok_or_else(|| damaged("an empty row".into()))?;
        pixels.extend_from_slice(image);
        labels.push(*label as u32);
    }
    let x = Array2::from_shape_vec((labels.len(), 64), pixels).map_err(|e| damaged(e.to_string()))?;
    Ok(Dataset {
        name: "digits".into(),
        x,
        y: Labels::Classes(labels),
        task: Task::Classes { n_classes: 10 },
        feature_names: (0..64).map(|i| format!("pixel_{}_{}", i / 8, i % 8)).collect(),
        class_names: (0..10).map(|c| c.to_string()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts: `numpy.bincount(load_digits().target)`, scikit-learn 1.9.1; shape and range: its description.
    #[test]
    fn the_set_is_what_scikit_learn_describes() {
        let set = load().expect("embedded");
        let Labels::Classes(labels) = &set.y else { panic!("digits have classes") };
        let mut counts = [0; 10];
        labels.iter().for_each(|l| counts[*l as usize] += 1);
        assert_eq!((set.x.dim(), counts), ((1797, 64), [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]));
        assert!(set.x.iter().all(|v| (0.0..=16.0).contains(v) && v.fract() == 0.0));
    }

    /// BLAKE3 of the file whose SHA-256 stands on the provenance page.
    #[test]
    fn the_bytes_are_those_of_the_provenance_page() {
        let hash = blake3::hash(DIGITS_CSV_GZ).to_hex();
        assert_eq!(hash.as_str(), DIGITS_BLAKE3);
    }

    const DIGITS_BLAKE3: &str = "6e6d08206f25ea2b4115da8d88938afa92b1e035f762278c06b5df6fb254188a";
}
