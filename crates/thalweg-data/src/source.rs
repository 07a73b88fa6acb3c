//! The data sources, one row each.

use rand::RngCore;

use crate::dataset::Dataset;
use crate::error::DataError;
use crate::{digits, generate};

/// What a source is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SourceSpec {
    /// Number of samples; generators only.
    pub n: Option<usize>,
    /// Noise; generators only.
    pub noise: Option<f64>,
}

/// A data source.
pub struct Source {
    /// As written in a file.
    pub name: &'static str,
    /// What it holds.
    pub summary: &'static str,
    /// Where it comes from, and its licence.
    pub source: &'static str,
    /// Whether it takes `n` and `noise`.
    pub generated: bool,
    make: fn(&SourceSpec, &mut dyn RngCore) -> Result<Dataset, DataError>,
}

impl Source {
    /// The set; `rng` is drawn from by generators alone.
    pub fn load(&self, spec: &SourceSpec, rng: &mut dyn RngCore) -> Result<Dataset, DataError> {
        if !self.generated && *spec != SourceSpec::default() {
            return Err(DataError::Source { source_name: self.name, reason: "is not generated: it takes no `n` and no `noise`".into() });
        }
        (self.make)(spec, rng)
    }
}

/// Every source.
pub static SOURCES: &[Source] = &[
    Source {
        name: "blobs",
        summary: "three round clouds in the plane; n (300), noise (1.0)",
        source: "generated",
        generated: true,
        make: generate::blobs,
    },
    Source {
        name: "digits",
        summary: "1797 handwritten digits, 8×8 pixels of 0 to 16, 10 classes",
        source: "Alpaydin, Kaynak 1998, by scikit-learn (BSD-3-Clause); embedded",
        generated: false,
        make: |_, _| digits::load(),
    },
    Source {
        name: "moons",
        summary: "two half circles in the plane that hold each other; n (200), noise (0.1)",
        source: "generated, as sklearn.datasets.make_moons",
        generated: true,
        make: generate::moons,
    },
    Source {
        name: "sine",
        summary: "y = sin 2πx, to be learned from noisy numbers; n (200), noise (0.1)",
        source: "generated, as Bishop 2006, figure 1.2",
        generated: true,
        make: generate::sine,
    },
];

/// The row of a name.
pub fn find(name: &str) -> Option<&'static Source> {
    SOURCES.iter().find(|s| s.name == name)
}
