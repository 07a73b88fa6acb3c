//! The table of optimizers: a name, its formula, where it comes from, and the chain of transforms that it is.
//!
//! A recipe made of existing transforms is one row here. θ are the parameters, g the gradient at θ, η the learning rate.

use std::any::Any;

use crate::heavy_ball::HeavyBall;
use crate::transform::{Scalar, Transform};

/// Transforms in the order in which they are applied.
pub type Chain<T> = Vec<Box<dyn Transform<T>>>;

/// The plain numbers that recipes read; each names the setting of the same name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hyper {
    /// β of `momentum`, in [0, 1).
    pub momentum: f64,
}

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
    /// The settings of [`Hyper`] that it reads.
    pub hyper: &'static [&'static str],
    /// Its transforms.
    pub chain: Chains,
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
    },
    Recipe {
        name: "momentum",
        formula: "v ← βv + g; θ ← θ − ηv",
        source: "heavy ball, Polyak 1964, in the form of torch.optim.SGD (dampening 0)",
        differs: "from Polyak: η multiplies the velocity, not the gradient, so a schedule acts at once; from PyTorch: no",
        hyper: &["momentum"],
        chain: chain!(|hyper| [HeavyBall { beta: Scalar::of(hyper.momentum) }]),
    },
];

/// The row of a name.
pub fn find(name: &str) -> Option<&'static Recipe> {
    RECIPES.iter().find(|r| r.name == name)
}
