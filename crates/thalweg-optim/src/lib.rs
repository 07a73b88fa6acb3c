//! From a gradient to the next parameters: vectors in, vectors out.
//!
//! An optimizer is a chain of gradient transforms ([`transform`]) followed by one subtraction; a recipe
//! ([`recipe`]) is a row that names such a chain; a schedule ([`schedule`]) is a pure function of progress.
//! Recipe, state and parameters are separate values, so a checkpoint is a copy of two slices.
//!
//! Deliberately absent: gradients' origin (networks, surfaces), data, randomness, clocks, and any crate of ours.

pub mod adagrad;
pub mod adam;
pub mod amsgrad;
pub mod average;
pub mod clip_norm;
pub mod clip_value;
pub mod decay;
pub mod heavy_ball;
pub mod hyper;
pub mod lion;
pub mod nesterov;
pub mod optimizer;
pub mod recipe;
pub mod rms;
pub mod schedule;
pub mod transform;

pub use adagrad::Adagrad;
pub use adam::Adam;
pub use amsgrad::AmsGrad;
pub use average::Average;
pub use clip_norm::ClipNorm;
pub use clip_value::ClipValue;
pub use decay::Decay;
pub use heavy_ball::HeavyBall;
pub use hyper::{BiasCorrection, Hyper};
pub use lion::Lion;
pub use nesterov::Nesterov;
pub use optimizer::{Optimizer, State};
pub use recipe::Recipe;
pub use rms::Rms;
pub use schedule::{Beginning, Every, Progress, Schedule, ScheduleSettings, factor_at, lr_at};
pub use transform::{Scalar, Transform};
