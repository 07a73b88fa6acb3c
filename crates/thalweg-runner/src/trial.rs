//! `Trial`: every quantity that decides what a training run computes, as typed fields.
//!
//! One field here and one row in `settings` make a quantity usable in `[base]`, in `[axes]`, on the command line,
//! in the key and as a CSV column. Seeds are not part of it: replicates are a concept, not an axis.

mod model;

use std::sync::Arc;

use thalweg_data::read::images::Picture;
use thalweg_data::source::{Source, SourceSpec};
use thalweg_data::split::Strata;
use thalweg_data::transform::TransformRow;
use thalweg_math::init::Init;
use thalweg_math::penalty::{Penalised, Penalty};
use thalweg_math::surface::Surface;
use thalweg_math::svm::Scheme;
use thalweg_optim::recipe::Recipe;
use thalweg_optim::schedule::Schedule;
use thalweg_optim::{Hyper, ScheduleSettings};

pub use model::{ClassWeights, MachineSettings, ModelSettings, Pretrained};

use crate::train::kinds::MODELS;

/// How many samples a step sees.
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
    /// What the source is asked for, but for its path.
    pub spec: SourceSpec,
    /// The file or folder, relative to the experiment's.
    pub path: Option<String>,
    /// Hash of what is there; empty until the plan has read it. It stands for the path wherever trials are told apart.
    pub content: String,
    /// Fractions for training, validation and, where the source has no test part, test; `None`: the usual ones.
    pub split: Option<Vec<f64>>,
    /// Whether each class is spread evenly over the parts.
    pub strata: Strata,
    /// Folds of which one validates; 0: none.
    pub folds: usize,
    /// Applied in order, fitted on the training part.
    pub transform: Vec<&'static TransformRow>,
}

impl DataSettings {
    /// Whether both ask for the same data, prepared in the same way.
    pub fn is_same(&self, other: &DataSettings) -> bool {
        let transforms = |of: &DataSettings| of.transform.iter().map(|t| t.name).collect::<Vec<_>>();
        self.source.name == other.source.name
            && (self.folds, self.strata, &self.path) == (other.folds, other.strata, &other.path)
            && (&self.spec, &self.split) == (&other.spec, &other.split)
            && transforms(self) == transforms(other)
    }
}

/// A quantity that says whether a trial still gets better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watch {
    /// The smaller the better.
    ValidLoss,
    /// The larger the better.
    ValidAccuracy,
    /// The smaller the better.
    TrainLoss,
}

/// When a trial ends before its last epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StopSettings {
    /// Epochs without improvement after which it ends; 0: never.
    pub patience: usize,
    /// What is to improve.
    pub watch: Watch,
    /// An improvement is one by more than this.
    pub min_delta: f64,
}

/// How it is trained.
#[derive(Clone)]
pub struct TrainSettings {
    /// The optimizer's row.
    pub optimizer: &'static Recipe,
    /// What optimizers read beside the rate.
    pub hyper: Hyper,
    /// Learning rate η > 0.
    pub lr: f64,
    /// The learning rate's schedule.
    pub schedule: &'static Schedule,
    /// What schedules read.
    pub pace: ScheduleSettings,
    /// Samples per step.
    pub batch: Batch,
    /// Strength of the penalty.
    pub lambda: f64,
    /// Its other name: the C of a soft margin; `None`: λ says it, and a kernel machine without either has 1.
    pub c: Option<f64>,
    /// Where the solver of a kernel machine stops.
    pub tolerance: f64,
    /// Megabytes of kernel rows that it keeps.
    pub cache: usize,
    /// What λ multiplies.
    pub penalty: &'static Penalty,
    /// Share of the absolute values in the elastic net.
    pub l1_ratio: f64,
    /// What is penalised.
    pub penalised: Penalised,
    /// Share of the training samples whose gradient is compared with that of all; 0: none.
    pub gradient_sample: f64,
    /// Passes over the training part.
    pub epochs: usize,
    /// When it ends before them.
    pub stop: StopSettings,
    /// Floating-point type.
    pub precision: Precision,
}

/// What a descent goes down.
#[derive(Clone)]
pub struct SurfaceSettings {
    /// The surface's row.
    pub surface: &'static Surface,
    /// Where it begins; empty: the surface's own start.
    pub start: Vec<f64>,
    /// Standard deviation of the gradient's noise.
    pub noise: f64,
}

/// What was seen of a coin.
#[derive(Clone, Copy, Debug)]
pub struct CoinSettings {
    /// Tosses, at least 1.
    pub tosses: usize,
    /// Those that showed heads.
    pub heads: usize,
}

/// An expression at a point.
#[derive(Clone, Debug)]
pub struct GraphSettings {
    /// As written.
    pub expression: String,
    /// The value of each name, by name.
    pub at: Vec<(String, f64)>,
}

/// What the grey of a colour is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gray {
    /// Relative luminance of the linearised channels, encoded again.
    Luminance,
    /// A weighted mean of the encoded channels.
    Luma,
}

/// A picture to look at.
#[derive(Clone)]
pub struct ImageSettings {
    /// Its file, relative to the experiment's; empty: none.
    pub path: String,
    /// What its grey is.
    pub gray: Gray,
    /// Hash of its pixels; empty until the plan has read it. It stands for the path wherever trials are told apart.
    pub content: String,
    /// Its pixels; `None` until the plan has read it.
    pub picture: Option<Arc<Picture>>,
}

/// Scores of one sample, and what is true of it.
#[derive(Clone, Debug)]
pub struct ScoresSettings {
    /// The scores, one or more.
    pub values: Vec<f64>,
    /// Its class, from 0.
    pub truth: usize,
    /// Its numbers, one for each score, where a loss predicts numbers; empty: it has a class.
    pub target: Vec<f64>,
    /// What is added to every score.
    pub shift: f64,
}

/// A complete setting of one training run, without its seed. Each kind reads its own part.
#[derive(Clone)]
pub struct Trial {
    /// Coin.
    pub coin: CoinSettings,
    /// Expression.
    pub graph: GraphSettings,
    /// Picture.
    pub image: ImageSettings,
    /// Scores.
    pub scores: ScoresSettings,
    /// Surface.
    pub surface: SurfaceSettings,
    /// Samples.
    pub data: DataSettings,
    /// Model.
    pub model: ModelSettings,
    /// Optimization.
    pub train: TrainSettings,
}

impl Default for Trial {
    /// What an empty file means (DESIGN, "Defaults"); shown by `plan --resolved`.
    fn default() -> Trial {
        Trial {
            coin: CoinSettings { tosses: 10, heads: 7 },
            graph: GraphSettings {
                expression: "(x + y) * z".into(),
                at: [("x", -2.0), ("y", 5.0), ("z", -4.0)].map(|(name, value)| (name.to_string(), value)).to_vec(),
            },
            image: ImageSettings { path: String::new(), gray: Gray::Luminance, content: String::new(), picture: None },
            scores: ScoresSettings { values: vec![3.2, 5.1, -1.7], truth: 0, target: Vec::new(), shift: 0.0 },
            surface: SurfaceSettings {
                surface: thalweg_math::surface::find("bowl").expect("bowl is a row"),
                start: Vec::new(),
                noise: 0.0,
            },
            data: DataSettings {
                source: thalweg_data::source::find("digits").expect("digits is a row"),
                spec: SourceSpec::default(),
                path: None,
                content: String::new(),
                split: None,
                strata: Strata::Classes,
                folds: 0,
                transform: Vec::new(),
            },
            model: ModelSettings {
                kind: MODELS[0],
                machine: MachineSettings {
                    kernel: thalweg_math::kernel::named("rbf").expect("rbf is a row"),
                    gamma: None,
                    degree: 3,
                    coef0: 0.0,
                    scheme: Scheme::OneVersusOne,
                    class_weights: ClassWeights::Equal,
                },
                hidden: vec![32],
                pretrained: None,
                neck: None,
                head: None,
                activation: thalweg_math::activation::find("relu").expect("relu is a row"),
                leak: 0.01,
                alpha: 1.0,
                norm: None,
                dropout: 0.0,
                init: None,
                loss: None,
                delta: 1.0,
            },
            train: TrainSettings {
                optimizer: thalweg_optim::recipe::find("sgd").expect("sgd is a row"),
                hyper: Hyper::DEFAULT,
                lr: 0.1,
                schedule: thalweg_optim::schedule::find("constant").expect("constant is a row"),
                pace: ScheduleSettings::DEFAULT,
                batch: Batch::Size(32),
                lambda: 0.0,
                c: None,
                tolerance: 1e-3,
                cache: 200,
                gradient_sample: 0.0,
                penalty: thalweg_math::penalty::find("l2").expect("l2 is a row"),
                l1_ratio: 0.5,
                penalised: Penalised::Weights,
                epochs: 50,
                stop: StopSettings { patience: 0, watch: Watch::ValidLoss, min_delta: 0.0 },
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
    /// The activation's parameter: the setting that its row names, 0 where it has none.
    pub fn activation_parameter(&self) -> f64 {
        self.parameter(self.model.activation.parameter)
    }

    /// The loss's parameter, likewise.
    pub fn loss_parameter(&self) -> f64 {
        self.parameter(self.model.loss.and_then(|l| l.parameter))
    }

    /// λ: its own, or that of the soft margin's C for so many training samples.
    pub fn lambda(&self, n_train: usize) -> f64 {
        let of_c = self.train.c.zip(self.train.penalty.of_soft_margin).map(|(c, lambda_of)| lambda_of(c, n_train));
        of_c.unwrap_or(self.train.lambda)
    }

    /// C: its own, or that of λ, or 1.
    pub fn soft_margin(&self, n_train: usize) -> f64 {
        // C is to λ as λ is to C.
        let of_lambda = self.train.penalty.of_soft_margin.filter(|_| self.train.lambda > 0.0);
        self.train.c.unwrap_or_else(|| of_lambda.map_or(1.0, |c_of| c_of(self.train.lambda, n_train)))
    }

    fn parameter(&self, name: Option<&str>) -> f64 {
        match name {
            Some("leak") => self.model.leak,
            Some("alpha") => self.model.alpha,
            Some("delta") => self.model.delta,
            Some(other) => unreachable!("no setting is the parameter `{other}`"),
            None => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each parameter that a row names is a setting.
    #[test]
    fn every_parameter_has_a_setting() {
        let mut trial = Trial::default();
        for row in thalweg_math::activation::ACTIVATIONS {
            trial.model.activation = row;
            assert_eq!(trial.activation_parameter() != 0.0, row.parameter.is_some(), "{}", row.name);
        }
        for row in thalweg_math::loss::LOSSES {
            trial.model.loss = Some(row);
            assert_eq!(trial.loss_parameter() != 0.0, row.parameter.is_some(), "{}", row.name);
        }
    }
}
