//! Numbers and networks: elementary functions, matrix products, activations, layers, losses, penalties,
//! the objective that an optimizer descends, and two oracles that every gradient is checked against.
//!
//! Parameters are one flat slice; networks, losses and penalties are immutable descriptions of what is done with it.
//! Families (activations, initialisations, losses, penalties) are tables of rows; a row says everything about its member.
//!
//! Deliberately absent: input and output, serialisation, clocks, entropy (a generator is an argument) and threads.

pub mod activation;
pub mod aligned;
mod architecture;
pub mod diagnose;
pub mod eigen;
pub mod elementary;
pub mod gradcheck;
pub mod graph;
pub mod head;
pub mod init;
pub mod kernel;
#[cfg(target_arch = "x86_64")]
mod lanes;
pub mod layer;
pub mod loss;
pub mod matmul;
pub mod network;
pub mod normal;
pub mod objective;
pub mod penalty;
pub mod real;
pub mod sums;
pub mod surface;
pub mod svm;
mod target;
pub mod workspace;
