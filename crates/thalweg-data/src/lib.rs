//! Data sets as values: sources, splits, transforms, batches.
//!
//! A set is loaded whole, split by index, transformed in double precision with numbers fitted on the training part alone,
//! and rounded once to the precision of training. Randomness is an argument.
//! Deliberately absent: downloads, caches, and any choice of seeds.

pub mod batch;
pub mod colour;
pub mod dataset;
pub mod embedded;
pub mod error;
pub mod generate;
pub mod intake;
pub mod known;
pub mod prepare;
pub mod read;
pub mod source;
pub mod split;
mod target;
pub mod transform;
pub mod write;

pub use dataset::{Dataset, Labels, Task};
pub use error::DataError;
