//! The forms in which a trained model leaves for other programs, one row each.

mod activation;
mod machine;
mod npz;
mod onnx;
mod proto;

use crate::predictor::Predictor;

/// A form.
pub struct Export {
    /// The ending of its files.
    pub ending: &'static str,
    /// What it is.
    pub summary: &'static str,
    /// The file's bytes, or why there are none.
    pub write: fn(&Predictor) -> Result<Written, String>,
}

/// A model in a form.
pub struct Written {
    /// The file.
    pub bytes: Vec<u8>,
    /// What is in it, to be told.
    pub about: String,
}

/// Every form.
pub static EXPORTS: &[Export] = &[
    Export { ending: "onnx", summary: "the model with its transforms, for ONNX runtimes", write: onnx::write },
    Export { ending: "npz", summary: "its tensors, for NumPy", write: npz::write },
];
