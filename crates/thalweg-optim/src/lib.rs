//! From a gradient to the next parameters: vectors in, vectors out.
//!
//! An optimizer is a chain of gradient transforms ([`transform`]) followed by one subtraction; a recipe
//! ([`recipe`]) is a row that names such a chain; a schedule ([`schedule`]) is a pure function of progress.
//! Recipe, state and parameters are separate values, so a checkpoint is a copy of two slices.
//!
//! Deliberately absent: gradients' origin (networks, surfaces), data, randomness, clocks, and any crate of ours.

pub mod heavy_ball;
pub mod optimizer;
pub mod recipe;
pub mod schedule;
pub mod transform;

pub use heavy_ball::HeavyBall;
pub use optimizer::{Optimizer, State};
pub use recipe::{Hyper, Recipe};
pub use schedule::{Progress, Schedule, lr_at};
pub use transform::{Scalar, Transform};
