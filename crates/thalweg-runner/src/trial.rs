//! `Trial`: every quantity that decides what a training run computes, as typed fields.
//!
//! One field here and one row in `settings` make a quantity usable in `[base]`, in `[axes]`, on the command line,
//! in the key and as a CSV column. Seeds are not part of it: replicates are a concept, not an axis.

use thalweg_data::source::Source;
use thalweg_data::transform::TransformRow;
use thalweg_math::activation::Activation;
use thalweg_math::init::Init;
use thalweg_math::loss::Loss;
use thalweg_math::penalty::Penalty;
use thalweg_optim::recipe::Recipe;
use thalweg_optim::schedule::Schedule;

/// A complete setting of one training run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Batch {
    /// The whole training part: plain gradient descent.
    All,
    /// This many samples.
    Size(usize),
}

/// The floating-point type of training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Precision {
    /// 24 bits of mantissa, twice the speed.
    F32,
    /// 53 bits of mantissa.
    F64,
}

/// Where the samples come from and how they are prepared.
#[derive(Clone)]
pub struct DataSettings {
    /// The data source's row.
    pub source: &'static Source,
    /// Number of samples, for generators.
    pub n: Option<usize>,
    /// Noise level, for generators.
    pub noise: Option<f64>,
    /// Fractions for training, validation and test; they sum to 1.
    pub split: [f64; 3],
    /// Applied in order, fitted on the training part.
    pub transform: Vec<&'static TransformRow>,
}

/// The network and its loss.
#[derive(Clone)]
pub struct ModelSettings {
    /// Widths of the hidden layers; empty is a linear model.
    pub hidden: Vec<usize>,
    /// The hidden layers' activation.
    pub activation: &'static Activation,
    /// Slope of leaky ReLU for negative inputs.
    pub leak: f64,
    /// `None`: the activation's usual one.
    pub init: Option<&'static Init>,
    /// The data loss.
    pub loss: &'static Loss,
}

/// How it is trained.
#[derive(Clone)]
pub struct TrainSettings {
    /// The optimizer's row.
    pub optimizer: &'static Recipe,
    /// β of `momentum`.
    pub momentum: f64,
    /// Learning rate η > 0.
    pub lr: f64,
    /// The learning rate's schedule.
    pub schedule: &'static Schedule,
    /// Samples per step.
    pub batch: Batch,
    /// Strength of the penalty.
    pub lambda: f64,
    /// What λ multiplies.
    pub penalty: &'static Penalty,
    /// Passes over the training part.
    pub epochs: usize,
    /// Floating-point type.
    pub precision: Precision,
}

/// A complete setting of one training run, without its seed.
#[derive(Clone)]
pub struct Trial {
    /// Samples.
    pub data: DataSettings,
    /// Network.
    pub model: ModelSettings,
    /// Optimization.
    pub train: TrainSettings,
}

impl Default for Trial {
    /// What an empty file means (DESIGN, "Defaults"); shown by `plan --resolved`.
    fn default() -> Trial {
        Trial {
            data: DataSettings {
                source: thalweg_data::source::find("digits").expect("digits is a row"),
                n: None,
                noise: None,
                split: [0.6, 0.2, 0.2],
                transform: Vec::new(),
            },
            model: ModelSettings {
                hidden: vec![32],
                activation: thalweg_math::activation::find("relu").expect("relu is a row"),
                leak: 0.01,
                init: None,
                loss: thalweg_math::loss::find("cross-entropy").expect("cross-entropy is a row"),
            },
            train: TrainSettings {
                optimizer: thalweg_optim::recipe::find("sgd").expect("sgd is a row"),
                momentum: 0.9,
                lr: 0.1,
                schedule: thalweg_optim::schedule::find("constant").expect("constant is a row"),
                batch: Batch::Size(32),
                lambda: 0.0,
                penalty: thalweg_math::penalty::find("l2").expect("l2 is a row"),
                epochs: 50,
                precision: Precision::F32,
            },
        }
    }
}

impl Trial {
    /// The initialisation's row, resolved.
    pub fn init(&self) -> &'static Init {
        self.model
            .init
            .unwrap_or_else(|| thalweg_math::init::find(self.model.activation.init).expect("each activation names an initialisation"))
    }
}
