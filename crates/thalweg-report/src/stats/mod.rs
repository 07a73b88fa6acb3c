//! Statistics on plain numbers: nothing here knows tables or figures. Right against scipy and statsmodels, within 1e-9.
//!
//! Absent on purpose: a bare mean, a p without its difference, anything random (resamples have a fixed seed).

pub mod anova;
pub mod bca;
pub mod best;
pub mod edf;
pub mod holm;
pub mod mean;
mod moderate;
pub mod power;
pub mod rank;
pub mod share;
mod squares;

pub use anova::{Factor, Importance, Kind, Share, importance};
pub use bca::{bca, bca_from};
pub use best::{BestSet, best_set};
pub use edf::edf;
pub use holm::{holm, holm_with};
pub use mean::{Difference, Estimate, estimate, paired, welch};
pub use power::seeds_needed;
pub use rank::{Stability, rank_stability};
pub use share::{newcombe, wilson};

/// Below this adjusted p two configurations are told apart.
pub const ALPHA: f64 = 0.05;
