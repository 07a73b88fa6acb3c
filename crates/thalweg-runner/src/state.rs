//! All that going on with a trial needs, as plain data: what `[record] weights = "state"` keeps.
//!
//! It stands under the trial's key without its number of epochs, so a trial that asks for more of them finds it. Streams of
//! randomness are addressed by epoch and need nothing here; a schedule is a function of progress and needs nothing either.

use serde::{Deserialize, Serialize};
use thalweg_math::real::Real;

use crate::record::Record;

/// The version of [`State`].
pub const FORMAT: u32 = 1;

/// A trial after some epochs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// [`FORMAT`].
    pub format: u32,
    /// The trial's key, but for its number of epochs.
    pub prefix: String,
    /// Epochs completed and what was recorded of them; without a key, and without the last epoch where a longer trial does not record it.
    pub record: Record,
    /// Parameters and running statistics.
    pub now: Numbers<Floats>,
    /// Those of the best epoch so far.
    pub best: Option<Numbers<Floats>>,
    /// The loss of that epoch.
    pub best_loss: f64,
    /// Steps that the optimizer has taken.
    pub step: u64,
    /// Its state.
    pub slots: Floats,
    /// What has been seen of the watched quantity.
    pub watched: Watched,
    /// Whether the patience is over: more epochs are none.
    pub is_over: bool,
}

/// A model's numbers at one moment: vectors of whatever kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Numbers<V> {
    /// Parameters.
    pub params: V,
    /// Running statistics.
    pub running: V,
}

impl<V> Numbers<V> {
    /// The same of another kind.
    pub fn map<W>(&self, change: impl Fn(&V) -> W) -> Numbers<W> {
        Numbers { params: change(&self.params), running: change(&self.running) }
    }
}

/// The best that was seen of a watched quantity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Watched {
    /// Its value, smaller being better.
    pub value: f64,
    /// The epoch of it; 0 before the first look.
    pub epoch: usize,
}

/// Numbers in the precision of training, every bit of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Floats {
    /// `f32`
    Single(Vec<f32>),
    /// `f64`
    Double(Vec<f64>),
}

impl Floats {
    /// To be kept.
    pub fn of<T: Real>(values: &[T]) -> Floats {
        let values = values.iter().map(|v| (*v).to_f64());
        if T::NAME == "f32" { Floats::Single(values.map(|v| v as f32).collect()) } else { Floats::Double(values.collect()) }
    }

    /// To go on with.
    pub fn to<T: Real>(&self) -> Vec<T> {
        match self {
            Floats::Single(values) => values.iter().map(|v| T::from_f64(f64::from(*v))).collect(),
            Floats::Double(values) => values.iter().map(|v| T::from_f64(*v)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_every_bit() {
        let single = [0.1_f32, -0.0, f32::MIN_POSITIVE / 8.0, f32::MAX, f32::INFINITY];
        let double = [0.1_f64, -0.0, f64::MIN_POSITIVE / 8.0, f64::MAX, f64::NEG_INFINITY];
        let bits: Vec<u32> = Floats::of(&single).to::<f32>().iter().map(|v| v.to_bits()).collect();
        assert_eq!(bits, single.map(f32::to_bits));
        let bits: Vec<u64> = Floats::of(&double).to::<f64>().iter().map(|v| v.to_bits()).collect();
        assert_eq!(bits, double.map(f64::to_bits));
    }
}
