//! What a model is made of: the network and its loss, or the kernel machine.

use thalweg_math::activation::Activation;
use thalweg_math::head::Head;
use thalweg_math::init::Init;
use thalweg_math::kernel::Kernel;
use thalweg_math::layer::LayerRow;
use thalweg_math::loss::Loss;
use thalweg_math::network::Training;
use thalweg_math::svm::Scheme;

use crate::train::kinds::ModelKind;

/// A backbone that was trained before.
#[derive(Clone, Debug, PartialEq)]
pub struct Pretrained {
    /// Its file, relative to the experiment's.
    pub path: String,
    /// Hash of the file; empty until the plan has read it. It stands for the path wherever trials are told apart.
    pub content: String,
    /// Whether it goes on learning.
    pub training: Training,
}

/// How much a class's samples count.
#[derive(Clone, Debug, PartialEq)]
pub enum ClassWeights {
    /// All the same.
    Equal,
    /// n / (k n_c) for each of k classes with n_c training samples, as scikit-learn's `balanced`.
    Balanced,
    /// A factor on C for each class, in the order of the classes.
    Given(Vec<f64>),
}

/// What a kernel machine is made of.
#[derive(Clone)]
pub struct MachineSettings {
    /// K
    pub kernel: &'static Kernel,
    /// γ; `None`: 1/(n_features · Var(X)).
    pub gamma: Option<f64>,
    /// d
    pub degree: usize,
    /// c₀
    pub coef0: f64,
    /// Pairs of classes, or each against the rest.
    pub scheme: Scheme,
    /// Factors on C.
    pub class_weights: ClassWeights,
}

/// The model and its loss.
#[derive(Clone)]
pub struct ModelSettings {
    /// What kind of model it is; each reads its own part of the settings.
    pub kind: &'static ModelKind,
    /// What a kernel machine reads.
    pub machine: MachineSettings,
    /// Widths of the backbone's hidden layers; empty is a linear model. Those of the file, where there is one.
    pub hidden: Vec<usize>,
    /// Where the backbone begins, if not with a draw.
    pub pretrained: Option<Pretrained>,
    /// Units between backbone and head, if any.
    pub neck: Option<usize>,
    /// What the scores mean; `None`: by task and loss.
    pub head: Option<&'static Head>,
    /// The hidden layers' activation.
    pub activation: &'static Activation,
    /// Slope of leaky ReLU for negative inputs.
    pub leak: f64,
    /// What ELU tends to for negative inputs, negated.
    pub alpha: f64,
    /// The layer before each activation, if any.
    pub norm: Option<&'static LayerRow>,
    /// Probability that a hidden layer's output is dropped in training.
    pub dropout: f64,
    /// `None`: the activation's usual one.
    pub init: Option<&'static Init>,
    /// The data loss; `None`: by task.
    pub loss: Option<&'static Loss>,
    /// Residual at which the Huber loss becomes straight.
    pub delta: f64,
}
