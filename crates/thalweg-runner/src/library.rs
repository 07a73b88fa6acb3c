//! Data sets, their splits and weights files, loaded once and shared by all trials that use them.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use thalweg_data::dataset::{Dataset, Task};
use thalweg_data::error::DataError;
use thalweg_data::prepare::{Prepared, prepare};
use thalweg_data::read::images::{Picture, picture};
use thalweg_data::source::{Origin, SourceSpec};
use thalweg_data::split::{Fold, Split, SplitSpec, n_repeated, split, usual_fractions};
use thalweg_math::real::Real;

use crate::gradient::Checks;
use crate::settings::SETTINGS;
use crate::shelf::Shelf;
use crate::stream::{Seeds, Stream};
use crate::trial::{DataSettings, Trial};
use crate::weights::{self, Weights};

/// A data set and the hash of its content.
pub struct Loaded {
    /// Samples and labels.
    pub dataset: Dataset,
    /// BLAKE3 of shape, samples, labels and task.
    pub hash: String,
}

/// What a plan asks of prepared data.
#[derive(Clone)]
pub struct Facts {
    /// Hash of the set.
    pub hash: String,
    /// What is to be learned.
    pub task: Task,
    /// Training samples.
    pub n_train: usize,
    /// Validation samples.
    pub n_valid: usize,
    /// Features after the transforms.
    pub n_inputs: usize,
    /// The shares of the parts.
    pub fractions: Vec<f64>,
}

/// Data, the seeds of its streams, and what was found.
type Asked = (DataSettings, [u64; 3], Arc<Facts>);

/// What has been loaded so far, and which combinations' gradients have been checked.
#[derive(Default)]
pub struct Library {
    /// The gradient checks.
    pub checks: Checks,
    dir: PathBuf,
    weights: Mutex<HashMap<String, Arc<Weights>>>,
    pictures: Mutex<HashMap<String, (Arc<Picture>, String)>>,
    loaded: Mutex<HashMap<String, Arc<Loaded>>>,
    f32: Shelf<Prepared<f32>>,
    f64: Shelf<Prepared<f64>>,
    /// What was asked before: a plan of a million points asks a million times.
    facts: Mutex<Vec<Asked>>,
    /// By set: the most rows of validation and test that are in the training part, too, and of how many.
    repeated: Mutex<BTreeMap<String, (usize, usize)>>,
}

impl Library {
    /// An empty library; relative paths are from `dir`.
    pub fn new(dir: &Path) -> Library {
        Library { dir: dir.to_path_buf(), ..Library::default() }
    }

    /// A picture of the experiment's, and the hash of its shape and pixels.
    pub fn picture(&self, path: &str) -> Result<(Arc<Picture>, String), DataError> {
        let mut pictures = self.pictures.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(found) = pictures.get(path) {
            return Ok(found.clone());
        }
        let read = picture(&self.dir.join(path))?;
        let mut hasher = blake3::Hasher::new();
        hasher.update(format!("{:?}", read.shape).as_bytes());
        hasher.update(&read.pixels);
        let found = (Arc::new(read), hasher.finalize().to_hex().to_string());
        pictures.insert(path.into(), found.clone());
        Ok(found)
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
    pub fn dataset(&self, trial: &Trial, seeds: &Seeds) -> Result<Arc<Loaded>, DataError> {
        let source = trial.data.source;
        let path = trial.data.path.as_ref().map(|path| self.dir.join(path));
        let spec = SourceSpec { path, beside: self.dir.clone(), ..trial.data.spec.clone() };
        let seed = if source.origin == Origin::Generated { seeds.of(Stream::Noise) } else { 0 };
        let name = format!("{} {spec:?} {seed}", source.name);
        // Held while reading: two workers must not read the same file at once.
        let mut loaded = self.loaded.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(found) = loaded.get(&name) {
            return Ok(found.clone());
        }
        let dataset = source.load(&spec, &mut seeds.rng(Stream::Noise, 0))?;
        let mut hasher = blake3::Hasher::new();
        dataset.feed(&mut |bytes| {
            hasher.update(bytes);
        });
        let new = Arc::new(Loaded { dataset, hash: hasher.finalize().to_hex().to_string() });
        loaded.insert(name, new.clone());
        Ok(new)
    }

    /// The prepared parts of a trial, in single precision.
    pub fn prepared_f32(&self, trial: &Trial, seeds: &Seeds) -> Result<Arc<Prepared<f32>>, DataError> {
        self.prepared(&self.f32, trial, seeds)
    }

    /// The prepared parts of a trial, in double precision.
    pub fn prepared_f64(&self, trial: &Trial, seeds: &Seeds) -> Result<Arc<Prepared<f64>>, DataError> {
        self.prepared(&self.f64, trial, seeds)
    }

    /// What a plan asks of a trial's prepared data.
    pub fn facts(&self, trial: &Trial, seeds: &Seeds) -> Result<Arc<Facts>, DataError> {
        let of = [Stream::Noise, Stream::Split, Stream::Fold].map(|stream| seeds.of(stream));
        let mut known = self.facts.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(place) = known.iter().rposition(|(data, seeds, _)| *seeds == of && data.is_same(&trial.data)) {
            return Ok(known[place].2.clone());
        }
        let loaded = self.dataset(trial, seeds)?;
        let prepared = self.prepared_f32(trial, seeds)?;
        let ((n_train, n_inputs), n_valid) = (prepared.train.x.dim(), prepared.valid.x.nrows());
        let fractions = trial.data.split.clone().unwrap_or_else(|| usual_fractions(&loaded.dataset));
        let facts = Arc::new(Facts { hash: loaded.hash.clone(), task: loaded.dataset.task, n_train, n_valid, n_inputs, fractions });
        known.push((trial.data.clone(), of, facts.clone()));
        Ok(facts)
    }

    /// The parts of a trial's data set.
    pub fn parts(&self, trial: &Trial, seeds: &Seeds) -> Result<Split, DataError> {
        let loaded = self.dataset(trial, seeds)?;
        let (spec, _) = split_spec(trial, seeds, &loaded.dataset);
        split(&loaded.dataset, &spec, &mut seeds.rng(Stream::Split, 0))
    }

    fn prepared<T: Real>(&self, shelf: &Shelf<Prepared<T>>, trial: &Trial, seeds: &Seeds) -> Result<Arc<Prepared<T>>, DataError> {
        let mut settings = trial.clone();
        settings.data.split = None;
        let data = SETTINGS.iter().filter(|s| s.path.starts_with("data.")).map(|s| (s.get)(&settings).canonical());
        let loaded = self.dataset(trial, seeds)?;
        let (spec, name) = split_spec(trial, seeds, &loaded.dataset);
        let name = format!("{} {name} {} {}", data.collect::<Vec<_>>().join(";"), seeds.of(Stream::Noise), seeds.of(Stream::Split));
        shelf.get(&name, Prepared::n_bytes, || {
            let parts = split(&loaded.dataset, &spec, &mut seeds.rng(Stream::Split, 0))?;
            self.note(trial, &loaded.dataset, &parts);
            prepare(&loaded.dataset, &parts, &trial.data.transform, trial.data.spec.missing)
        })
    }

    fn note(&self, trial: &Trial, set: &Dataset, parts: &Split) {
        let n = n_repeated(&set.x, parts);
        let name = trial.data.path.clone().unwrap_or_else(|| set.name.clone());
        let mut repeated = self.repeated.lock().expect("no panic while held");
        let most = repeated.entry(name).or_default();
        *most = (*most).max((n, parts.valid.len() + parts.test.len()));
    }

    /// Bytes of the sets and of what is prepared of them at the moment.
    pub fn n_bytes(&self) -> usize {
        let loaded = self.loaded.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let raw: usize = loaded.values().map(|l| l.dataset.x.n_bytes()).sum();
        raw + self.f32.n_bytes(Prepared::n_bytes) + self.f64.n_bytes(Prepared::n_bytes)
    }

    /// What a reader of the results should know of the data.
    pub fn notes(&self) -> Vec<String> {
        let repeated = self.repeated.lock().expect("no panic while held");
        let some = repeated.iter().filter(|(_, (n, _))| *n > 0);
        let note = |(name, (n, of)): (&String, &(usize, usize))| {
            format!("{name}: {n} of {of} samples of validation and test have the same features as one of training")
        };
        some.map(note).collect()
    }
}

/// How a trial's data set is split, and what that is called.
fn split_spec(trial: &Trial, seeds: &Seeds, set: &Dataset) -> (SplitSpec, String) {
    let fractions = trial.data.split.clone().unwrap_or_else(|| usual_fractions(set));
    let fold = (trial.data.folds > 0)
        .then(|| Fold { n_folds: trial.data.folds, index: (seeds.of(Stream::Fold) % trial.data.folds as u64) as usize });
    let name = format!("{fractions:?} {fold:?}");
    (SplitSpec { fractions, strata: trial.data.strata, fold }, name)
}
