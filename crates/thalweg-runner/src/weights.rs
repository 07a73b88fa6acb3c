//! Parameters on disk: safetensors, with the network's architecture in the metadata. The only file that knows `safetensors`.
//!
//! A file that was not made here is read with care: its size, its header, its types and its shapes are checked before a
//! number is used, and an error names what was found and what was wanted. Absent: optimizer state.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, View};
use serde::{Deserialize, Serialize};
use thalweg_math::network::Network;
use thalweg_math::real::Real;

use crate::settings::{MAX_LAYERS, MAX_UNITS};
use crate::trial::Trial;

/// The key of the architecture in a file's metadata.
const METADATA: &str = "thalweg";
/// The version of [`Saved`].
const FORMAT: u32 = 2;
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
        }
    }
}

/// The numbers of one tensor on their way into a file.
struct Numbers<'a, T> {
    shape: Vec<usize>,
    values: &'a [T],
}

impl<T: Real> View for Numbers<'_, T> {
    fn dtype(&self) -> Dtype {
        if T::NAME == "f32" { Dtype::F32 } else { Dtype::F64 }
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let values = self.values.iter().map(|v| (*v).to_f64());
        Cow::Owned(match self.dtype() {
            Dtype::F32 => values.flat_map(|v| (v as f32).to_le_bytes()).collect(),
            _ => values.flat_map(f64::to_le_bytes).collect(),
        })
    }

    fn data_len(&self) -> usize {
        self.values.len() * if T::NAME == "f32" { 4 } else { 8 }
    }
}

/// A model as the bytes of a safetensors file: one tensor for each block of parameters, `….running` `[2, n_units]` for means
/// and variances of batch normalisation.
pub fn to_bytes<T: Real>(trial: &Trial, network: &Network, params: &[T], running: &[T]) -> Result<Vec<u8>, String> {
    let mut tensors = Vec::new();
    for block in network.blocks() {
        let shape = if block.shape.0 == 1 { vec![block.shape.1] } else { vec![block.shape.0, block.shape.1] };
        tensors.push((block.name.clone(), Numbers { shape, values: &params[block.range.clone()] }));
    }
    for (name, range) in running_blocks(network) {
        let shape = vec![2, range.len() / 2];
        tensors.push((name, Numbers { shape, values: &running[range] }));
    }
    let saved = serde_json::to_string(&Saved::of(trial, network)).map_err(|e| e.to_string())?;
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
    if saved.format != FORMAT || saved.backbone.len() > MAX_LAYERS || sizes.into_iter().any(|n| n == 0 || n > MAX_UNITS) {
        return Err(wrong(format!("its architecture is of another version or out of range: {text}")));
    }
    let file = SafeTensors::deserialize(bytes).map_err(|e| wrong(format!("not a whole safetensors file ({e})")))?;
    let mut tensors = BTreeMap::new();
    for (tensor, view) in file.iter() {
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
    Ok(Weights { name: name.into(), hash: blake3::hash(bytes).to_hex().to_string(), saved, tensors })
}

impl Weights {
    /// Says what does not fit where this file's backbone becomes that of `network`, the network of a resolved `trial`.
    pub fn check(&self, trial: &Trial, network: &Network) -> Result<(), String> {
        let wrong = |what: String| Err(format!("weights file {}: {what}", self.name));
        let here = Saved::of(trial, network);
        for (what, theirs, ours) in [("activation", &self.saved.activation, &here.activation), ("norm", &self.saved.norm, &here.norm)] {
            if theirs != ours {
                return wrong(format!("its backbone was trained with {what} `{theirs}`, this experiment says `{ours}`"));
            }
        }
        if self.saved.parameter != here.parameter {
            return wrong(format!("its activation's parameter is {}, here it is {}", self.saved.parameter, here.parameter));
        }
        self.backbone(network, |_, _| {}).map(|_| ()).or_else(wrong)
    }

    /// Puts the backbone's numbers into the parameters and running statistics of a network that [`Weights::check`] accepts.
    pub fn fill<T: Real>(&self, network: &Network, params: &mut [T], running: &mut [T]) {
        let rounded = |to: &mut [T], values: &[f64]| to.iter_mut().zip(values).for_each(|(p, v)| *p = T::from_f64(*v));
        let filled = self.backbone(network, |place, values| match place {
            Place::Params(range) => rounded(&mut params[range], values),
            Place::Running(range) => rounded(&mut running[range], values),
        });
        filled.expect("the plan checked the file");
    }

    /// Hands over each block of the backbone, or says which one is missing or of another shape.
    fn backbone(&self, network: &Network, mut put: impl FnMut(Place, &[f64])) -> Result<(), String> {
        let blocks = network.blocks().iter().map(|b| (b.name.clone(), vec![b.shape.0, b.shape.1], Place::Params(b.range.clone())));
        let running = running_blocks(network).into_iter().map(|(name, range)| (name, vec![2, range.len() / 2], Place::Running(range)));
        for (name, shape, place) in blocks.chain(running).filter(|(name, _, _)| name.starts_with("backbone.")) {
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

/// Where a tensor's numbers go.
enum Place {
    Params(std::ops::Range<usize>),
    Running(std::ops::Range<usize>),
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use thalweg_math::activation;
    use thalweg_math::layer::find_norm;
    use thalweg_math::network::{Architecture, Training};

    fn trial() -> Trial {
        let mut trial = Trial::default();
        trial.model.hidden = vec![5, 3];
        trial.model.norm = find_norm("batch-norm");
        trial
    }

    fn network(n_inputs: usize, backbone: &[usize]) -> Network {
        let plain = Architecture::plain(n_inputs, backbone, 2, activation::find("relu").expect("a row"), 0.0);
        Network::new(&Architecture { norm: find_norm("batch-norm"), training: Training::FrozenBackbone, ..plain })
    }

    /// Distinct numbers, exact in `f32`.
    fn numbers<T: Real>(n: usize, first: f64) -> Vec<T> {
        (0..n).map(|i| T::from_f64(first + i as f64 / 8.0)).collect()
    }

    fn file<T: Real>() -> Vec<u8> {
        let network = network(4, &[5, 3]);
        let n_running = network.workspace::<T>(1).running().len();
        to_bytes::<T>(&trial(), &network, &numbers(network.n_params(), 1.0), &numbers(n_running, -99.0)).expect("written")
    }

    fn comes_back<T: Real>() {
        let network = network(4, &[5, 3]);
        let weights = from_bytes(&file::<T>(), "f").expect("whole");
        assert_eq!((weights.saved.n_inputs, weights.saved.backbone.as_slice(), weights.saved.n_outputs), (4, [5, 3].as_slice(), 2));
        weights.check(&trial(), &network).expect("fits");
        let (mut params, mut running) = (vec![T::default(); network.n_params()], vec![T::default(); 16]);
        weights.fill(&network, &mut params, &mut running);
        // The head is not part of the backbone and stays as it was.
        let n = network.n_frozen();
        assert_eq!(params[..n], numbers::<T>(network.n_params(), 1.0)[..n]);
        assert!(params[n..].iter().all(|p| *p == T::default()));
        assert_eq!(running, numbers::<T>(16, -99.0));
    }

    #[test]
    fn what_is_written_comes_back() {
        comes_back::<f32>();
        comes_back::<f64>();
    }

    #[test]
    fn what_does_not_fit_is_told_with_both_shapes() {
        let weights = from_bytes(&file::<f32>(), "f").expect("whole");
        let says = |network: &Network, trial: &Trial| weights.check(trial, network).expect_err("does not fit");
        assert!(
            says(&network(6, &[5, 3]), &trial()).contains("`backbone.1.weight` has shape [4, 5] in the file, [6, 5] in this experiment")
        );
        assert!(says(&network(4, &[5, 3, 2]), &trial()).contains("no tensor `backbone.3.weight`"));
        let mut other = trial();
        other.model.activation = activation::find("tanh").expect("a row");
        assert!(says(&network(4, &[5, 3]), &other).contains("trained with activation `relu`, this experiment says `tanh`"));
    }

    /// A file with this header and data, whatever they say.
    fn made(header: &str, n_data: usize) -> Vec<u8> {
        [(header.len() as u64).to_le_bytes().as_slice(), header.as_bytes(), &vec![0; n_data]].concat()
    }

    #[test]
    fn hostile_files_are_refused() {
        let architecture = r#""__metadata__":{"thalweg":"{\"format\":2,\"n_inputs\":4,\"backbone\":[5],\"neck\":null,\"n_outputs\":2,\"activation\":\"relu\",\"parameter\":\"0.0\",\"norm\":\"none\",\"head\":\"softmax\"}"}"#;
        let huge = architecture.replace("[5]", "[999999999999]");
        let tensor =
            |dtype: &str, shape: &str, from: usize, to: usize| format!(r#""dtype":"{dtype}","shape":{shape},"data_offsets":[{from},{to}]"#);
        let with = |tensors: &str| format!("{{{architecture},{tensors}}}");
        for (what, bytes) in [
            ("empty", Vec::new()),
            ("a header longer than the file", made(&with(""), 0)[..40].to_vec()),
            ("a giant header", [u64::MAX.to_le_bytes().as_slice(), b"{}"].concat()),
            ("no JSON", made("not JSON", 0)),
            ("no metadata", made("{}", 0)),
            ("another architecture", made(r#"{"__metadata__":{"thalweg":"{}"}}"#, 0)),
            ("giant widths", made(&format!("{{{huge}}}"), 0)),
            ("half precision", made(&with(&format!("\"w\":{{{}}}", tensor("F16", "[2]", 0, 4))), 4)),
            ("a shape that overflows", made(&with(&format!("\"w\":{{{}}}", tensor("F32", "[4611686018427387904,4]", 0, 4))), 4)),
            ("too little data", made(&with(&format!("\"w\":{{{}}}", tensor("F32", "[2]", 0, 8))), 4)),
            (
                "overlapping tensors",
                made(&with(&format!("\"a\":{{{}}},\"b\":{{{}}}", tensor("F32", "[2]", 0, 8), tensor("F32", "[2]", 4, 12))), 12),
            ),
        ] {
            let error = from_bytes(&bytes, "f").err().unwrap_or_else(|| panic!("{what} was accepted"));
            assert!(error.starts_with("weights file f: "), "{what}: {error}");
        }
    }

    #[test]
    fn a_truncated_file_is_refused_at_every_length() {
        let whole = file::<f32>();
        for n in 0..whole.len() {
            assert!(from_bytes(&whole[..n], "f").is_err(), "{n} bytes were accepted");
        }
    }

    proptest! {
        /// Whatever bytes change, an answer comes back, and what is accepted can be used.
        #[test]
        fn a_damaged_file_never_panics(changes in prop::collection::vec((0_usize..1200, any::<u8>()), 1..4)) {
            let mut bytes = file::<f32>();
            for (at, byte) in changes {
                let n = bytes.len();
                bytes[at % n] = byte;
            }
            let network = network(4, &[5, 3]);
            if let Ok(weights) = from_bytes(&bytes, "f") && weights.check(&trial(), &network).is_ok() {
                weights.fill(&network, &mut vec![0.0_f32; network.n_params()], &mut [0.0; 16]);
            }
        }
    }
}
