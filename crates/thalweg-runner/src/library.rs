//! Data sets, their splits and weights files, loaded once and shared by all trials that use them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use thalweg_data::dataset::Dataset;
use thalweg_data::prepare::{Prepared, prepare};
use thalweg_data::source::SourceSpec;
use thalweg_data::split::stratified;
use thalweg_math::real::Real;

use crate::gradient::Checks;
use crate::settings::SETTINGS;
use crate::stream::{Seeds, Stream};
use crate::trial::Trial;
use crate::weights::{self, Weights};

/// A data set and the hash of its content.
pub struct Loaded {
    /// Samples and labels.
    pub dataset: Dataset,
    /// BLAKE3 of shape, samples, labels and task.
    pub hash: String,
}

/// What has been loaded so far, and which combinations' gradients have been checked.
#[derive(Default)]
pub struct Library {
    /// The gradient checks.
    pub checks: Checks,
    dir: PathBuf,
    weights: Mutex<HashMap<String, Arc<Weights>>>,
    loaded: Mutex<HashMap<String, Arc<Loaded>>>,
    f32: Mutex<HashMap<String, Arc<Prepared<f32>>>>,
    f64: Mutex<HashMap<String, Arc<Prepared<f64>>>>,
}

impl Library {
    /// An empty library; relative paths are from `dir`.
    pub fn new(dir: &Path) -> Library {
        Library { dir: dir.to_path_buf(), ..Library::default() }
    }

    /// The weights file at a path.
    pub fn weights(&self, path: &str) -> Result<Arc<Weights>, String> {
        if let Some(found) = self.weights.lock().expect("no panic while held").get(path) {
            return Ok(found.clone());
        }
        let read = Arc::new(weights::read(&self.dir.join(path), path)?);
        self.weights.lock().expect("no panic while held").insert(path.into(), read.clone());
        Ok(read)
    }

    /// The data set of a trial.
    pub fn dataset(&self, trial: &Trial, seeds: &Seeds) -> Result<Arc<Loaded>, String> {
        let spec = SourceSpec { n: trial.data.n, noise: trial.data.noise };
        let name = format!("{} {:?} {:?} {}", trial.data.source.name, spec.n, spec.noise, seeds.of(Stream::Noise));
        if let Some(found) = self.loaded.lock().expect("no panic while held").get(&name) {
            return Ok(found.clone());
        }
        let dataset = trial.data.source.load(&spec, &mut seeds.rng(Stream::Noise, 0)).map_err(|e| e.to_string())?;
        let mut hasher = blake3::Hasher::new();
        dataset.feed(&mut |bytes| {
            hasher.update(bytes);
        });
        let loaded = Arc::new(Loaded { dataset, hash: hasher.finalize().to_hex().to_string() });
        self.loaded.lock().expect("no panic while held").insert(name, loaded.clone());
        Ok(loaded)
    }

    /// The prepared parts of a trial, in single precision.
    pub fn prepared_f32(&self, trial: &Trial, seeds: &Seeds) -> Result<Arc<Prepared<f32>>, String> {
        self.prepared(&self.f32, trial, seeds)
    }

    /// The prepared parts of a trial, in double precision.
    pub fn prepared_f64(&self, trial: &Trial, seeds: &Seeds) -> Result<Arc<Prepared<f64>>, String> {
        self.prepared(&self.f64, trial, seeds)
    }

    fn prepared<T: Real>(
        &self,
        shelf: &Mutex<HashMap<String, Arc<Prepared<T>>>>,
        trial: &Trial,
        seeds: &Seeds,
    ) -> Result<Arc<Prepared<T>>, String> {
        let data =
            SETTINGS.iter().filter(|s| s.path.starts_with("data.")).map(|s| (s.get)(trial).canonical()).collect::<Vec<_>>().join(";");
        let name = format!("{data} {} {}", seeds.of(Stream::Noise), seeds.of(Stream::Split));
        if let Some(found) = shelf.lock().expect("no panic while held").get(&name) {
            return Ok(found.clone());
        }
        let loaded = self.dataset(trial, seeds)?;
        let n = loaded.dataset.x.nrows();
        let split = stratified(&loaded.dataset.y, n, trial.data.split, &mut seeds.rng(Stream::Split, 0)).map_err(|e| e.to_string())?;
        let prepared = Arc::new(prepare(&loaded.dataset, &split, &trial.data.transform).map_err(|e| e.to_string())?);
        shelf.lock().expect("no panic while held").insert(name, prepared.clone());
        Ok(prepared)
    }
}
