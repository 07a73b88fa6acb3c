//! The table of optimizers: a name, its formula, where it comes from, and the chain of transforms that it is.
//!
//! A recipe made of existing transforms is one row here. θ are the parameters, g the gradient at θ, η the learning rate, t the step from 1.
//! Defaults are PyTorch's. Absent: rates; `tried_rate` is what the tests use, not advice.

use std::any::Any;

use crate::hyper::Hyper;
use crate::transform::{Scalar, Transform};
use crate::{Adagrad, Adam, AmsGrad, Average, ClipNorm, ClipValue, Decay, HeavyBall, Lion, Nesterov, Rms};

/// Transforms in the order in which they are applied.
pub type Chain<T> = Vec<Box<dyn Transform<T>>>;

/// One optimizer.
pub struct Recipe {
    /// As written in an experiment.
    pub name: &'static str,
    /// One step.
    pub formula: &'static str,
    /// Where the formula comes from.
    pub source: &'static str,
    /// Where we differ from that source.
    pub differs: &'static str,
    /// The settings that it reads, as written in an experiment, beside those that every recipe reads ([`Hyper::SHARED`]).
    pub hyper: &'static [&'static str],
    /// Its own transforms.
    pub chain: Chains,
    /// λ of decoupled weight decay where the settings have none.
    pub decay: f64,
    /// A rate at which, falling linearly to 0, it finds the minimum of x², x² + 2y² and x² + 25y² to a thousandth of the way.
    pub tried_rate: f64,
    /// The steps that this takes at most.
    pub tried_steps: u64,
}

impl Recipe {
    /// The whole chain: clipping by value, clipping by norm, coupled decay, the row's own transforms, decoupled decay. What is off is left out.
    ///
    /// # Panics
    /// If `T` is neither `f32` nor `f64`.
    pub fn chain_for<T: Scalar>(&self, hyper: &Hyper) -> Chain<T> {
        let mut chain: Chain<T> = Vec::new();
        if let Some(limit) = hyper.clip_value {
            chain.push(Box::new(ClipValue { limit }));
        }
        if let Some(limit) = hyper.clip_norm {
            chain.push(Box::new(ClipNorm { limit }));
        }
        if hyper.coupled_decay != 0.0 {
            chain.push(Box::new(Decay { lambda: hyper.coupled_decay }));
        }
        chain.extend(self.chain.of::<T>(hyper));
        let lambda = hyper.decay.unwrap_or(self.decay);
        if lambda != 0.0 {
            chain.push(Box::new(Decay { lambda }));
        }
        chain
    }
}

/// One expression for a chain, compiled for both precisions.
#[derive(Clone, Copy)]
pub struct Chains {
    single: fn(&Hyper) -> Chain<f32>,
    double: fn(&Hyper) -> Chain<f64>,
}

impl Chains {
    /// The chain for `T`.
    ///
    /// # Panics
    /// If `T` is neither `f32` nor `f64`.
    pub fn of<T: Scalar>(&self, hyper: &Hyper) -> Chain<T> {
        let mut chain: Option<Chain<T>> = None;
        let slot: &mut dyn Any = &mut chain;
        if let Some(slot) = slot.downcast_mut::<Option<Chain<f32>>>() {
            *slot = Some((self.single)(hyper));
        } else if let Some(slot) = slot.downcast_mut::<Option<Chain<f64>>>() {
            *slot = Some((self.double)(hyper));
        }
        chain.expect("training runs in f32 or f64")
    }
}

macro_rules! chain {
    (|$hyper:ident| [$($transform:expr),*]) => {
        Chains {
            single: |$hyper| vec![$(Box::new($transform)),*],
            double: |$hyper| vec![$(Box::new($transform)),*],
        }
    };
}

/// Every optimizer.
pub static RECIPES: &[Recipe] = &[
    Recipe {
        name: "sgd",
        formula: "θ ← θ − ηg",
        source: "Cauchy 1847; Robbins and Monro 1951 for noisy gradients; torch.optim.SGD",
        differs: "no",
        hyper: &[],
        chain: chain!(|_hyper| []),
        decay: 0.0,
        tried_rate: 0.03,
        tried_steps: 500,
    },
    Recipe {
        name: "momentum",
        formula: "v ← βv + g; θ ← θ − ηv",
        source: "heavy ball, Polyak 1964, in the form of torch.optim.SGD (dampening 0)",
        differs: "from Polyak: η multiplies the velocity, not the gradient, so a schedule acts at once; from PyTorch: no",
        hyper: &["momentum"],
        chain: chain!(|hyper| [HeavyBall { beta: hyper.momentum }]),
        decay: 0.0,
        tried_rate: 0.01,
        tried_steps: 500,
    },
    Recipe {
        name: "momentum-ema",
        formula: "v ← βv + (1 − β)g; θ ← θ − ηv, or − ηv/(1 − βᵗ) with bias correction",
        source: "exponentially weighted average, optax.ema",
        differs: "from optax: bias correction is off unless asked for; from `momentum`: the step is 1 − β times as long",
        hyper: &["bias-correction", "momentum"],
        chain: chain!(|hyper| [Average { beta: hyper.momentum, bias_correction: hyper.bias_correction }]),
        decay: 0.0,
        tried_rate: 0.1,
        tried_steps: 500,
    },
    Recipe {
        name: "nesterov",
        formula: "v ← βv + g; θ ← θ − η(g + βv)",
        source: "Nesterov 1983, in the form of torch.optim.SGD (nesterov=True)",
        differs: "from Nesterov: θ stands for the point ahead, where the gradient is taken; from PyTorch: no",
        hyper: &["momentum"],
        chain: chain!(|hyper| [Nesterov { beta: hyper.momentum }]),
        decay: 0.0,
        tried_rate: 0.01,
        tried_steps: 500,
    },
    Recipe {
        name: "adagrad",
        formula: "s ← s + g²; θ ← θ − ηg/(√s + ε), ε = 1e-10",
        source: "Duchi, Hazan and Singer 2011, diagonal form; torch.optim.Adagrad",
        differs: "from PyTorch: no decay of the rate of its own (a schedule does that); s is 0 at first",
        hyper: &["epsilon"],
        chain: chain!(|hyper| [Adagrad { epsilon: hyper.epsilon.unwrap_or(1e-10) }]),
        decay: 0.0,
        tried_rate: 3.0,
        tried_steps: 500,
    },
    Recipe {
        name: "rmsprop",
        formula: "s ← ρs + (1 − ρ)g²; θ ← θ − ηg/(√s + ε), ρ = 0.99, ε = 1e-8",
        source: "Tieleman and Hinton 2012, lecture 6e; torch.optim.RMSprop",
        differs: "from the lecture: ρ was 0.9, without ε; from PyTorch: not centred, no momentum of its own",
        hyper: &["epsilon", "rho"],
        chain: chain!(|hyper| [Rms { rho: hyper.rho, epsilon: hyper.epsilon.unwrap_or(1e-8) }]),
        decay: 0.0,
        tried_rate: 0.1,
        tried_steps: 1000,
    },
    Recipe {
        name: "adam",
        formula: "m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; θ ← θ − ηm̂/(√v̂ + ε), m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ), β = 0.9 and 0.999, ε = 1e-8",
        source: "Kingma and Ba 2015; torch.optim.Adam",
        differs: "from both: no (weight decay, where asked for as `decay`, is decoupled)",
        hyper: &["beta1", "beta2", "epsilon"],
        chain: chain!(|hyper| [Adam { beta1: hyper.beta1, beta2: hyper.beta2.unwrap_or(0.999), epsilon: hyper.epsilon.unwrap_or(1e-8) }]),
        decay: 0.0,
        tried_rate: 0.1,
        tried_steps: 1000,
    },
    Recipe {
        name: "adamw",
        formula: "as adam, and θ ← θ − ηλθ beside it, λ = 0.01",
        source: "Loshchilov and Hutter 2019; torch.optim.AdamW",
        differs: "from the paper: η multiplies the decay, as in PyTorch; from PyTorch: no",
        hyper: &["beta1", "beta2", "epsilon"],
        chain: chain!(|hyper| [Adam { beta1: hyper.beta1, beta2: hyper.beta2.unwrap_or(0.999), epsilon: hyper.epsilon.unwrap_or(1e-8) }]),
        decay: 0.01,
        tried_rate: 0.1,
        tried_steps: 1000,
    },
    Recipe {
        name: "amsgrad",
        formula: "as adam, with w ← max(w, v) in the place of v: θ ← θ − ηm̂/(√ŵ + ε), ŵ = w/(1 − β₂ᵗ)",
        source: "Reddi, Kale and Kumar 2018; torch.optim.Adam (amsgrad=True)",
        differs: "from the paper: both moments are corrected for their start, the second after the maximum; from PyTorch: no",
        hyper: &["beta1", "beta2", "epsilon"],
        chain: chain!(|hyper| [AmsGrad {
            beta1: hyper.beta1,
            beta2: hyper.beta2.unwrap_or(0.999),
            epsilon: hyper.epsilon.unwrap_or(1e-8)
        }]),
        decay: 0.0,
        tried_rate: 0.1,
        tried_steps: 1000,
    },
    Recipe {
        name: "lion",
        formula: "θ ← θ − η(sign(β₁m + (1 − β₁)g) + λθ); m ← β₂m + (1 − β₂)g, β = 0.9 and 0.99, λ = 0.001",
        source: "Chen et al. 2023; optax.lion",
        differs: "no, but that an average below 1e-31 (f32) or 1e-292 (f64) is 0, so that a parameter without gradients comes to rest",
        hyper: &["beta1", "beta2"],
        chain: chain!(|hyper| [Lion { beta1: hyper.beta1, beta2: hyper.beta2.unwrap_or(0.99) }]),
        decay: 0.001,
        tried_rate: 0.1,
        tried_steps: 1000,
    },
];

/// The row of a name.
pub fn find(name: &str) -> Option<&'static Recipe> {
    RECIPES.iter().find(|r| r.name == name)
}
