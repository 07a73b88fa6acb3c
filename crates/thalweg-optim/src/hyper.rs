//! The plain numbers that recipes read, with PyTorch's defaults. Absent: the rate, which belongs to the schedule, and any check:
//! whoever reads settings refuses what is outside the ranges told here.

/// Settings of all recipes; a recipe's row says which of them it reads.
///
/// `None` is the row's own default where there is one (`beta2`, `epsilon`, `decay`), else "off" (the clips).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hyper {
    /// β of `momentum`, `nesterov` and `momentum-ema`, in [0, 1). Default 0.9.
    pub momentum: f64,
    /// Whether `momentum-ema` divides by 1 − βᵗ. Default off.
    pub bias_correction: BiasCorrection,
    /// β₁ of the Adam family and of `lion`, in [0, 1). Default 0.9.
    pub beta1: f64,
    /// β₂ of the Adam family and of `lion`, in [0, 1). The rows' defaults: 0.999, `lion` 0.99.
    pub beta2: Option<f64>,
    /// ε > 0 outside the root. The rows' defaults: 1e-8, `adagrad` 1e-10.
    pub epsilon: Option<f64>,
    /// ρ of `rmsprop` (PyTorch: alpha), in [0, 1). Default 0.99.
    pub rho: f64,
    /// λ ≥ 0 of decoupled weight decay, in every recipe and on all parameters: θ ← θ − ηλθ beside the update.
    /// The rows' defaults: 0.01 for `adamw`, 0.001 for `lion`, else 0.
    pub decay: Option<f64>,
    /// λ ≥ 0 of coupled weight decay, in every recipe and on all parameters: g + λθ takes the place of g, after clipping. Default 0.
    pub coupled_decay: f64,
    /// The largest norm of a gradient, > 0, before anything else but `clip_value`. Default: any.
    pub clip_norm: Option<f64>,
    /// The largest absolute value in a gradient, > 0, before anything else. Default: any.
    pub clip_value: Option<f64>,
}

/// Whether an average that started from 0 is divided by the weight that it has given away, 1 − βᵗ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BiasCorrection {
    /// The average as it is.
    Off,
    /// Divided by 1 − βᵗ.
    On,
}

impl Hyper {
    /// The defaults, for constants.
    pub const DEFAULT: Hyper = Hyper {
        momentum: 0.9,
        bias_correction: BiasCorrection::Off,
        beta1: 0.9,
        beta2: None,
        epsilon: None,
        rho: 0.99,
        decay: None,
        coupled_decay: 0.0,
        clip_norm: None,
        clip_value: None,
    };

    /// The settings that every recipe reads, as written in an experiment.
    pub const SHARED: &[&str] = &["clip-norm", "clip-value", "coupled-decay", "decay"];
}

impl Default for Hyper {
    fn default() -> Hyper {
        Hyper::DEFAULT
    }
}
