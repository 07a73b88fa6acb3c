//! What can be said of a network in training beside its loss: units that are dead or saturated, the distribution of what
//! layers get, and gradients that can only zig-zag.

use crate::layer::Role;
use crate::network::{Network, Workspace};
use crate::real::Real;
use crate::sums::sum;

/// The units of one activation layer on a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Units {
    /// The layer's group: `"backbone.1"`.
    pub group: String,
    /// How many units.
    pub n_units: usize,
    /// Units whose slope is 0 on every sample of the batch: no gradient passes through them.
    pub n_dead: usize,
    /// Share of (unit, sample) pairs where the slope is below 1 % of the activation's largest.
    pub saturated: f64,
    /// Mean and standard deviation of the activation's inputs over units and samples.
    pub input_mean: f64,
    /// See `input_mean`.
    pub input_sd: f64,
}

/// The slope below which a unit is saturated, as a share of the activation's largest.
const SATURATED: f64 = 0.01;

/// The units of each activation layer in the last pass of `batch` rows (0 < batch) that `workspace` holds.
pub fn units<T: Real>(network: &Network, workspace: &mut Workspace<T>, batch: usize) -> Vec<Units> {
    let Workspace { outputs, delta, next_delta, .. } = workspace;
    let mut found = Vec::new();
    for (i, placed) in network.layers().iter().enumerate() {
        let Some(layer) = placed.layer.activation() else {
            continue;
        };
        let n = batch * layer.n_units;
        let (z, a) = (&outputs[i - 1][..n], &outputs[i][..n]);
        let (ones, slopes) = (&mut delta[..n], &mut next_delta[..n]);
        ones.fill(T::one());
        (layer.activation.kernel::<T>().backward)(z, a, ones, slopes, T::from_f64(layer.parameter));
        let limit = T::from_f64(SATURATED * layer.activation.steepest);
        let mut steepest = vec![T::default(); layer.n_units];
        for row in slopes.chunks_exact(layer.n_units) {
            steepest.iter_mut().zip(row).for_each(|(most, s)| *most = if s.abs() > *most { s.abs() } else { *most });
        }
        let mean = sum::<16, _, _>(z, |v: T| v.to_f64()) / n as f64;
        let square = sum::<16, _, _>(z, |v: T| (v.to_f64() - mean) * (v.to_f64() - mean)) / n as f64;
        let saturated: f32 = sum::<64, _, _>(slopes, |s: T| if s.abs() <= limit { 1.0 } else { 0.0 });
        found.push(Units {
            group: placed.group.clone(),
            n_units: layer.n_units,
            n_dead: steepest.iter().filter(|most| **most == T::default()).count(),
            saturated: f64::from(saturated) / n as f64,
            input_mean: mean,
            input_sd: square.sqrt(),
        });
    }
    found
}

/// Units whose weights move, and how many of them can only move all with one sign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Zigzag {
    /// Units with one sign throughout.
    pub one_sign: u64,
    /// Units with a gradient that is not 0.
    pub moving: u64,
}

/// Adds to `counts`, one for each dense layer, the units of a gradient: those whose weights' gradients that are not 0 all
/// have one sign (biases are ignored), so that plain descent can move their weights only all up or all down.
/// Source: LeCun et al. 1998, Efficient BackProp, section 4.3. Allocates nothing.
pub fn zigzag<T: Real>(network: &Network, grad: &[T], counts: &mut [Zigzag]) {
    let weights = network.blocks().iter().filter(|b| b.role == Role::Weight);
    for (block, count) in weights.zip(counts).filter(|(block, _)| !block.is_frozen) {
        let (values, n_units) = (&grad[block.range.clone()], block.shape.1);
        // Units side by side, so that their extremes stay in registers.
        for first in (0..n_units).step_by(UNITS) {
            let width = UNITS.min(n_units - first);
            let (mut low, mut high) = ([T::default(); UNITS], [T::default(); UNITS]);
            for row in values.chunks_exact(n_units) {
                let row = &row[first..first + width];
                match <&[T; UNITS]>::try_from(row) {
                    Ok(row) => widen(&mut low, &mut high, row),
                    Err(_) => widen(&mut low[..width], &mut high[..width], row),
                }
            }
            for (low, high) in low.iter().zip(&high) {
                let (down, up) = (*low < T::default(), *high > T::default());
                count.moving += u64::from(down || up);
                count.one_sign += u64::from(down != up);
            }
        }
    }
}

/// Units whose signs are looked at together.
const UNITS: usize = 32;

#[inline(always)]
fn widen<T: Real>(low: &mut [T], high: &mut [T], values: &[T]) {
    for ((low, high), &g) in low.iter_mut().zip(high).zip(values) {
        *low = if g < *low { g } else { *low };
        *high = if g > *high { g } else { *high };
    }
}
