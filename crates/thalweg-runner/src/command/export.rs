//! `export WEIGHTS FILE`: a trained model for other programs; the file's ending says the form.

use std::path::Path;

use crate::cli::{Ended, Exit, print};
use crate::diagnose::Problems;
use crate::export::EXPORTS;
use crate::predictor::Predictor;
use crate::weights;

/// Writes the file whole or not at all.
pub fn export(weights: &Path, file: &Path) -> Ended {
    let ending = file.extension().and_then(|e| e.to_str()).unwrap_or_default();
    let row = EXPORTS.iter().find(|row| row.ending == ending).ok_or_else(|| {
        let known: Vec<String> = EXPORTS.iter().map(|row| format!(".{} ({})", row.ending, row.summary)).collect();
        Problems::one(format!("{} has no ending that says what to write: {}", file.display(), known.join(", ")))
    })?;
    let predictor = weights::read(weights, &weights.display().to_string()).and_then(Predictor::of).map_err(Problems::one)?;
    let written = (row.write)(&predictor).map_err(Problems::one)?;
    thalweg_report::place::place(file, &written.bytes).map_err(|e| Problems::one(format!("cannot write {}: {e}", file.display())))?;
    print(&format!("wrote {}: {}", file.display(), written.about));
    Ok(Exit::Fine)
}
