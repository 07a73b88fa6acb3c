//! Parameters on disk: safetensors, with the network's architecture in the metadata. The only file that knows `safetensors`.
//!
//! A file that was not made here is read with care: its size, its header, its types and its shapes are checked before a
//! number is used, and an error names what was found and what was wanted. Absent: optimizer state.

pub mod input;
pub mod machine;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use input::Input;
use machine::SavedMachine;
use safetensors::tensor::{Dtype, SafeTensors, View};
use serde::{Deserialize, Serialize};
use thalweg_data::intake::Intake;
use thalweg_math::network::Network;
use thalweg_math::real::Real;

use crate::settings::{MAX_LAYERS, MAX_UNITS};
use crate::stream::Seeds;
use crate::trial::{Precision, Trial};

/// The key of the architecture in a file's metadata.
const METADATA: &str = "thalweg";
/// The version of [`Saved`], and the oldest that is read: it had no [`Input`].
const FORMAT: u32 = 3;
const OLDEST: u32 = 2;
/// Names of what the transforms have fitted begin with this.
const TRANSFORM: &str = "transform.";
/// The largest file that is read, in bytes.
const MAX_BYTES: u64 = 1 << 30;

/// The architecture as it is saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saved {
    /// [`FORMAT`].
    pub format: u32,
    /// Features per sample.
    pub n_inputs: usize,
    /// Widths of the backbone.
    pub backbone: Vec<usize>,
    /// Width of the neck, if any.
    pub neck: Option<usize>,
    /// Scores per sample.
    pub n_outputs: usize,
    /// Name of the activation.
    pub activation: String,
    /// Its parameter as text, which keeps every digit; 0.0 where it has none.
    pub parameter: String,
    /// Name of the normalising layer, or "none".
    pub norm: String,
    /// Name of the head.
    pub head: String,
    /// What a kernel machine is, which has no layers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<SavedMachine>,
    /// The samples that it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Input>,
}

/// A file's content.
#[derive(Debug)]
pub struct Weights {
    /// The file as the experiment names it.
    pub name: String,
    /// BLAKE3 of the file.
    pub hash: String,
    /// What the numbers belong to.
    pub saved: Saved,
    /// Whether the network's numbers are of double precision.
    pub precision: Precision,
    /// Each tensor's shape and numbers.
    tensors: BTreeMap<String, (Vec<usize>, Vec<f64>)>,
}

impl Saved {
    /// The architecture of a resolved trial's network.
    pub fn of(trial: &Trial, network: &Network) -> Saved {
        Saved {
            format: FORMAT,
            n_inputs: network.n_inputs(),
            backbone: trial.model.hidden.clone(),
            neck: trial.model.neck,
            n_outputs: network.n_outputs(),
            activation: trial.model.activation.name.into(),
            parameter: format!("{:?}", trial.activation_parameter()),
            norm: trial.model.norm.map_or("none", |n| n.name).into(),
            head: trial.model.head.map_or("identity", |h| h.name).into(),
            machine: None,
            input: None,
        }
    }
}

/// The numbers of one tensor on their way into a file.
struct Numbers {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Numbers {
    fn of<T: Real>(shape: Vec<usize>, values: &[T]) -> Numbers {
        let exact = values.iter().map(|v| (*v).to_f64());
        let (dtype, bytes) = match T::NAME {
            "f32" => (Dtype::F32, exact.flat_map(|v| (v as f32).to_le_bytes()).collect()),
            _ => (Dtype::F64, exact.flat_map(f64::to_le_bytes).collect()),
        };
        Numbers { dtype, shape, bytes }
    }
}

impl View for Numbers {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

/// A model as the bytes of a safetensors file: one tensor for each block of parameters, `….running` `[2, n_units]` for means
/// and variances of batch normalisation, `transform.…` for what was fitted on the training part. Key and seeds are the trial's.
pub fn to_bytes<T: Real>(
    (key, trial, seeds): (&str, &Trial, &Seeds),
    intake: &Intake,
    network: &Network,
    params: &[T],
    running: &[T],
) -> Result<Vec<u8>, String> {
    let mut tensors = Vec::new();
    for block in network.blocks() {
        let shape = if block.shape.0 == 1 { vec![block.shape.1] } else { vec![block.shape.0, block.shape.1] };
        tensors.push((block.name.clone(), Numbers::of(shape, &params[block.range.clone()])));
    }
    for (name, range) in running_blocks(network) {
        let shape = vec![2, range.len() / 2];
        tensors.push((name, Numbers::of(shape, &running[range])));
    }
    with_input(tensors, Saved::of(trial, network), (key, trial, seeds), intake)
}

/// A kernel machine likewise; `rows` are those of its support vectors in the data set.
pub fn of_machine(
    (key, trial, seeds): (&str, &Trial, &Seeds),
    intake: &Intake,
    model: &thalweg_math::svm::Model,
    rows: &[usize],
) -> Result<Vec<u8>, String> {
    let tensors = machine::tensors(model, rows).into_iter().map(|(name, shape, values)| (name, Numbers::of(shape, &values))).collect();
    let saved = Saved {
        format: FORMAT,
        n_inputs: model.n_features,
        backbone: Vec::new(),
        neck: None,
        n_outputs: model.n_classes,
        activation: "identity".into(),
        parameter: "0.0".into(),
        norm: "none".into(),
        head: "identity".into(),
        machine: Some(SavedMachine::of(model)),
        input: None,
    };
    with_input(tensors, saved, (key, trial, seeds), intake)
}

/// The file's bytes, with what is known of the samples.
fn with_input(
    mut tensors: Vec<(String, Numbers)>,
    saved: Saved,
    (key, trial, seeds): (&str, &Trial, &Seeds),
    intake: &Intake,
) -> Result<Vec<u8>, String> {
    tensors.extend(input::tensors(intake).into_iter().map(|(name, shape, values)| (name, Numbers::of(shape, &values))));
    let saved = Saved { input: Some(Input::of(key, trial, seeds, intake)), ..saved };
    let saved = serde_json::to_string(&saved).map_err(|e| e.to_string())?;
    safetensors::serialize(tensors, Some(HashMap::from([(METADATA.to_string(), saved)]))).map_err(|e| e.to_string())
}

fn running_blocks(network: &Network) -> Vec<(String, std::ops::Range<usize>)> {
    let with = network.layers().iter().filter(|placed| !placed.running.is_empty());
    with.map(|placed| (format!("{}.running", placed.group), placed.running.clone())).collect()
}

/// Reads a file; `name` is how messages call it.
pub fn read(path: &Path, name: &str) -> Result<Weights, String> {
    let wrong = |what: String| format!("weights file {name}: {what}");
    let size = fs::metadata(path).map_err(|e| wrong(e.to_string()))?;
    if !size.is_file() {
        return Err(wrong("not a file".into()));
    }
    if size.len() > MAX_BYTES {
        return Err(wrong(format!("{} bytes are more than {MAX_BYTES}", size.len())));
    }
    from_bytes(&fs::read(path).map_err(|e| wrong(e.to_string()))?, name)
}

/// Reads the bytes of a file.
pub fn from_bytes(bytes: &[u8], name: &str) -> Result<Weights, String> {
    let wrong = |what: String| format!("weights file {name}: {what}");
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|e| wrong(format!("not a whole safetensors file ({e})")))?;
    let text = metadata.metadata().as_ref().and_then(|m| m.get(METADATA));
    let text = text.ok_or_else(|| wrong(format!("its metadata has no `{METADATA}` entry, so its architecture is unknown")))?;
    let saved: Saved = serde_json::from_str(text).map_err(|e| wrong(format!("its architecture cannot be read: {e}")))?;
    let sizes = [saved.n_inputs, saved.n_outputs].into_iter().chain(saved.backbone.iter().copied()).chain(saved.neck);
    if !(OLDEST..=FORMAT).contains(&saved.format) || saved.backbone.len() > MAX_LAYERS || sizes.into_iter().any(|n| n == 0 || n > MAX_UNITS)
    {
        return Err(wrong(format!("its architecture is of another version or out of range: {text}")));
    }
    let file = SafeTensors::deserialize(bytes).map_err(|e| wrong(format!("not a whole safetensors file ({e})")))?;
    let (mut tensors, mut precision) = (BTreeMap::new(), Precision::F32);
    for (tensor, view) in file.iter() {
        if view.dtype() == Dtype::F64 && !tensor.starts_with(TRANSFORM) {
            precision = Precision::F64;
        }
        let values = match view.dtype() {
            Dtype::F32 => view.data().chunks_exact(4).map(|b| f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]]))).collect(),
            Dtype::F64 => {
                view.data().chunks_exact(8).map(|b| f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]])).collect()
            }
            other => return Err(wrong(format!("tensor `{}` has type {other:?}; F32 and F64 are read", tensor.escape_debug()))),
        };
        let values: Vec<f64> = values;
        if let Some(bad) = values.iter().find(|v| !v.is_finite()) {
            return Err(wrong(format!("tensor `{}` holds {bad}", tensor.escape_debug())));
        }
        tensors.insert(tensor.to_string(), (view.shape().to_vec(), values));
    }
    Ok(Weights { name: name.into(), hash: blake3::hash(bytes).to_hex().to_string(), saved, precision, tensors })
}

impl Weights {
    /// Says what does not fit where this file's backbone becomes that of `network`, the network of a resolved `trial`.
    pub fn check(&self, trial: &Trial, network: &Network) -> Result<(), String> {
        let wrong = |what: String| Err(format!("weights file {}: {what}", self.name));
        if self.saved.machine.is_some() {
            return wrong("it is a kernel machine, which has no backbone".into());
        }
        let here = Saved::of(trial, network);
        for (what, theirs, ours) in [("activation", &self.saved.activation, &here.activation), ("norm", &self.saved.norm, &here.norm)] {
            if theirs != ours {
                return wrong(format!("its backbone was trained with {what} `{theirs}`, this experiment says `{ours}`"));
            }
        }
        if self.saved.parameter != here.parameter {
            return wrong(format!("its activation's parameter is {}, here it is {}", self.saved.parameter, here.parameter));
        }
        self.each(network, is_backbone, |_, _| {}).or_else(wrong)
    }

    /// Puts the backbone's numbers into the parameters and running statistics of a network that [`Weights::check`] accepts.
    pub fn fill<T: Real>(&self, network: &Network, params: &mut [T], running: &mut [T]) {
        let rounded = |to: &mut [T], values: &[f64]| to.iter_mut().zip(values).for_each(|(p, v)| *p = T::from_f64(*v));
        let filled = self.each(network, is_backbone, |place, values| match place {
            Place::Params(range) => rounded(&mut params[range], values),
            Place::Running(range) => rounded(&mut running[range], values),
        });
        filled.expect("the plan checked the file");
    }

    /// All parameters and running statistics of a network of this file's architecture, or which of them is missing.
    pub fn numbers(&self, network: &Network) -> Result<(Vec<f64>, Vec<f64>), String> {
        // The shapes come first: room is made only for as many numbers as the file has.
        self.each(network, |_| true, |_, _| {})?;
        let n_running = network.layers().last().map_or(0, |placed| placed.running.end);
        let (mut params, mut running) = (vec![0.0; network.n_params()], vec![0.0; n_running]);
        self.each(
            network,
            |_| true,
            |place, values| match place {
                Place::Params(range) => params[range].copy_from_slice(values),
                Place::Running(range) => running[range].copy_from_slice(values),
            },
        )?;
        Ok((params, running))
    }

    /// How new samples become what the model takes.
    pub fn intake(&self) -> Result<Intake, String> {
        let input = self.saved.input.as_ref().ok_or(
            "it was written by an earlier version and does not say what samples its model takes: run its sweep again with --fresh",
        )?;
        input.intake(|name| self.tensors.get(name).map(|(_, values)| values.as_slice()))
    }

    /// The kernel machine of this file, and the rows of its support vectors in the data set; `None` for a network.
    pub fn machine(&self) -> Result<Option<(thalweg_math::svm::Model, Vec<usize>)>, String> {
        let tensor = |name: &str| self.tensors.get(name).map(|(shape, values)| (shape.as_slice(), values.as_slice()));
        self.saved.machine.as_ref().map(|saved| saved.model(self.saved.n_inputs, self.saved.n_outputs, tensor)).transpose()
    }

    /// Each tensor by name, with its shape and numbers.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, &[usize], &[f64])> {
        self.tensors.iter().map(|(name, (shape, values))| (name.as_str(), shape.as_slice(), values.as_slice()))
    }

    /// Hands over the blocks whose names are wanted, or says which one is missing or of another shape.
    fn each(&self, network: &Network, is_wanted: fn(&str) -> bool, mut put: impl FnMut(Place, &[f64])) -> Result<(), String> {
        let blocks = network.blocks().iter().map(|b| (b.name.clone(), vec![b.shape.0, b.shape.1], Place::Params(b.range.clone())));
        let running = running_blocks(network).into_iter().map(|(name, range)| (name, vec![2, range.len() / 2], Place::Running(range)));
        for (name, shape, place) in blocks.chain(running).filter(|(name, _, _)| is_wanted(name)) {
            let shape: Vec<usize> = if shape[0] == 1 { shape[1..].to_vec() } else { shape };
            let Some((theirs, values)) = self.tensors.get(&name) else {
                return Err(format!("it has no tensor `{name}`"));
            };
            // One row of weights may be written with or without its 1.
            let flat = |s: &[usize]| s.iter().copied().skip_while(|n| *n == 1).collect::<Vec<_>>();
            if flat(theirs) != flat(&shape) {
                return Err(format!("`{name}` has shape {theirs:?} in the file, {shape:?} in this experiment"));
            }
            put(place, values);
        }
        Ok(())
    }
}

fn is_backbone(name: &str) -> bool {
    name.starts_with("backbone.")
}

/// Where a tensor's numbers go.
enum Place {
    Params(std::ops::Range<usize>),
    Running(std::ops::Range<usize>),
}

#[cfg(test)]
mod tests;
