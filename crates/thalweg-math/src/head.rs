//! The output heads, one row each: what the scores of the last layer mean.
//!
//! A head is never a layer: the losses take scores and fuse the head into their formula, which is simpler and never
//! overflows. Its own function is for whoever asks a trained network for probabilities.

use crate::real::{Family, Real};

/// A meaning of the scores z of one sample.
pub struct Head {
    /// Name in experiment files.
    pub name: &'static str,
    /// Output y from the scores z.
    pub formula: &'static str,
    /// Where it comes from, and what it is for.
    pub source: &'static str,
    /// In single precision.
    pub single: Apply<f32>,
    /// In double precision.
    pub double: Apply<f64>,
    /// The probability of a class, from the outputs of one sample; `None` where they are no probabilities.
    pub probability: Option<Probability>,
}

/// `(outputs [n_outputs], class)`
pub type Probability = fn(&[f64], usize) -> f64;

/// `(scores, outputs)` of one sample, both `[n_outputs]`.
pub type Apply<T> = fn(&[T], &mut [T]);

struct Applies;

impl Family for Applies {
    type Of<T: Real> = Apply<T>;
}

impl Head {
    /// The outputs of one sample.
    pub fn apply<T: Real>(&self, scores: &[T], outputs: &mut [T]) {
        T::choose::<Applies>(self.single, self.double)(scores, outputs);
    }
}

/// The row named `name`.
pub fn find(name: &str) -> Option<&'static Head> {
    HEADS.iter().copied().find(|row| row.name == name)
}

/// The scores themselves.
pub static IDENTITY: Head = Head {
    name: "identity",
    formula: "y = z",
    source: "definition; regression, and the hinge losses, whose scores are margins",
    single: identity,
    double: identity,
    probability: None,
};

/// One probability per score.
pub static SIGMOID: Head = Head {
    name: "sigmoid",
    formula: "y = 1 / (1 + e^−z): the probability of the second of two classes",
    source: "Cox 1958, logistic regression",
    single: sigmoid,
    double: sigmoid,
    probability: Some(|p, class| if class == 1 { p[0] } else { 1.0 - p[0] }),
};

/// A distribution over classes.
pub static SOFTMAX: Head = Head {
    name: "softmax",
    formula: "y_j = e^(z_j − max z) / Σ_k e^(z_k − max z)",
    source: "Bridle 1990; shifted by the largest score so that nothing overflows",
    single: softmax,
    double: softmax,
    probability: Some(|p, class| p[class]),
};

/// A decision.
pub static STEP: Head = Head {
    name: "step",
    formula: "y = 1 where z > 0, else 0",
    source: "McCulloch and Pitts 1943; Rosenblatt's perceptron, which fires or does not",
    single: step,
    double: step,
    probability: None,
};

/// Every head.
pub static HEADS: &[&Head] = &[&IDENTITY, &SIGMOID, &SOFTMAX, &STEP];

fn identity<T: Real>(scores: &[T], outputs: &mut [T]) {
    outputs.copy_from_slice(scores);
}

fn sigmoid<T: Real>(scores: &[T], outputs: &mut [T]) {
    for (y, &z) in outputs.iter_mut().zip(scores) {
        *y = (T::one() + (-z).fast_exp()).recip();
    }
}

fn step<T: Real>(scores: &[T], outputs: &mut [T]) {
    for (y, &z) in outputs.iter_mut().zip(scores) {
        // A NaN stays one.
        *y = if z > T::default() {
            T::one()
        } else if z.is_nan() {
            z
        } else {
            T::default()
        };
    }
}

fn softmax<T: Real>(scores: &[T], outputs: &mut [T]) {
    let highest = scores.iter().fold(T::neg_infinity(), |m, &v| if v > m { v } else { m });
    for (y, &z) in outputs.iter_mut().zip(scores) {
        *y = (z - highest).fast_exp();
    }
    let sum: T = outputs.iter().copied().sum();
    for y in outputs.iter_mut() {
        *y /= sum;
    }
}
