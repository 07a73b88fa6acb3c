//! Files that are whole, that do not fit, and that are hostile.

use super::*;
use proptest::prelude::*;
use thalweg_data::dataset::Feature;
use thalweg_data::transform::Fixed;
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

/// Two features after a word of two, one of them filled in, whitened by hand.
fn intake() -> Intake {
    let mut features: Vec<Feature> = ["a", "b", "c"].map(Feature::number).to_vec();
    features[1].categories = vec!["no".into(), "yes".into()];
    let steps = vec![
        Fixed::Fill { values: vec![0.5, f64::NAN, 0.25] },
        Fixed::OneHot { values: vec![None, Some(vec![0.0, 1.0]), None] },
        Fixed::Affine { shift: vec![0.1; 4], scale: vec![1.0, 2.0, 3.0, 1.0 / 3.0] },
        Fixed::Whiten { mean: vec![0.0; 4], directions: (0..16).map(f64::from).collect() },
    ];
    Intake { features, image: None, others: vec!["y".into()], class_names: vec!["n".into(), "y".into()], steps }
}

/// Distinct numbers, exact in `f32`.
fn numbers<T: Real>(n: usize, first: f64) -> Vec<T> {
    (0..n).map(|i| T::from_f64(first + i as f64 / 8.0)).collect()
}

fn file<T: Real>() -> Vec<u8> {
    let network = network(4, &[5, 3]);
    let n_running = network.workspace::<T>(1).running().len();
    let seeds = Seeds { seed: 3, vary: Vec::new() };
    to_bytes::<T>(("0a1b", &trial(), &seeds), &intake(), &network, &numbers(network.n_params(), 1.0), &numbers(n_running, -99.0))
        .expect("written")
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
    assert!(says(&network(6, &[5, 3]), &trial()).contains("`backbone.1.weight` has shape [4, 5] in the file, [6, 5] in this experiment"));
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

/// Debug text, since a NaN is equal to no other.
#[test]
fn the_form_of_the_samples_comes_back_to_the_last_bit() {
    let weights = from_bytes(&file::<f32>(), "f").expect("whole");
    assert_eq!(format!("{:?}", weights.intake().expect("whole")), format!("{:?}", intake()));
    assert_eq!(weights.precision, Precision::F32);
    assert_eq!(from_bytes(&file::<f64>(), "f").expect("whole").precision, Precision::F64);
    let input = weights.saved.input.as_ref().expect("there");
    assert_eq!((input.key.as_str(), input.source.as_str()), ("0a1b", "digits"));
}

/// How a set was split comes back as it was; what no split can be is refused, and more folds than rows make no room for themselves.
#[test]
fn parts_come_back_and_are_doubted() {
    let weights = from_bytes(&file::<f32>(), "f").expect("whole");
    let parts = weights.saved.input.and_then(|input| input.parts).expect("written");
    let parts = input::Parts { shares: ["0.1", "0.7", "0.2"].map(String::from).to_vec(), ..parts };
    assert_eq!(parts.spec().expect("a split").fractions, [0.1, 0.7, 0.2]);
    let with = |folds: [u64; 2]| input::Parts { folds, ..parts.clone() }.spec();
    assert!(with([0, 0]).expect("none").fold.is_none() && with([3, 2]).expect("the last").fold.is_some());
    assert!(with([1, 0]).is_err() && with([3, 3]).is_err() && with([0, 1]).is_err());
    assert!(input::Parts { shares: vec!["x".into()], ..parts.clone() }.spec().expect_err("no number").contains("`x`"));
    let set = thalweg_data::embedded::iris().expect("embedded");
    let endless = thalweg_data::split::SplitSpec { strata: thalweg_data::split::Strata::Ignored, ..with([u64::MAX, 0]).expect("read") };
    let error = thalweg_data::split::split(&set, &endless, &mut crate::stream::rng(0, crate::stream::Stream::Split, 0));
    assert!(error.expect_err("too many").to_string().contains("too few for"));
}
