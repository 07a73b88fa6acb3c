//! The tensors as NumPy's archive, under the names of the safetensors file, each in its own precision; `thalweg.json` is the metadata.

use thalweg_data::write::{Array, Kind, npz};

use super::Written;
use crate::predictor::Predictor;
use crate::trial::Precision;

pub(super) fn write(predictor: &Predictor) -> Result<Written, String> {
    let weights = &predictor.weights;
    let kind = |name: &str| match weights.precision {
        Precision::F32 if !name.starts_with("transform.") => Kind::Single,
        _ => Kind::Double,
    };
    let arrays = weights.tensors().map(|(name, shape, values)| Array { name, kind: kind(name), shape, values });
    let arrays: Vec<Array<'_>> = arrays.collect();
    let about = format!("{} tensors; `thalweg.json` says what they belong to", arrays.len());
    let metadata = serde_json::to_string(&weights.saved).map_err(|e| e.to_string())?;
    Ok(Written { bytes: npz(&arrays, ("thalweg.json", metadata.as_bytes()))?, about })
}
