//! Dropout: each value is dropped with probability p in training and kept at evaluation.

use rand::{Rng, RngCore};

use super::{Describe, Layer, Mode, Pass};
use crate::graph::Var;
use crate::real::Real;

/// y = x·m with m `[batch, n_units]`: 0 with probability `rate`, else 1/(1 − rate).
///
/// The mask is drawn before the pass and stays until the next draw, so a gradient check sees a fixed function. A mask that
/// was never drawn is NaN: forgetting to draw shows in the loss.
pub struct Dropout {
    /// Probability p that a value is dropped, in [0, 1).
    pub rate: f64,
    /// Units.
    pub n_units: usize,
}

/// Numbers drawn at a time.
const DRAWS: usize = 512;

impl<T: Real> Layer<T> for Dropout {
    fn train(&self, _: &[T], input: &[T], output: &mut [T], mask: &mut [T]) {
        for ((y, &x), &m) in output.iter_mut().zip(input).zip(mask.iter()) {
            *y = x * m;
        }
    }

    fn evaluate(&self, _: &[T], _: &[T], input: &[T], output: &mut [T]) {
        output.copy_from_slice(input);
    }

    fn backward(&self, pass: Pass<'_, T>, _: &mut [T], d_input: Option<&mut [T]>) {
        if let Some(d_input) = d_input {
            for ((dx, &dy), &m) in d_input.iter_mut().zip(pass.d_output).zip(pass.kept) {
                *dx = dy * m;
            }
        }
    }

    /// A value is dropped where 16 random bits are below p·2¹⁶, rounded: p is met to 2⁻¹⁷, and the scale is that of the p
    /// that is met, so that the mean of y is x.
    fn draw(&self, rng: &mut dyn RngCore, mask: &mut [T]) {
        let limit = self.limit();
        let kept = T::from_f64(f64::from(1 << 16) / (f64::from(1 << 16) - f64::from(limit)));
        let mut bits = [0_u16; DRAWS];
        for mask in mask.chunks_mut(DRAWS) {
            rng.fill(&mut bits[..mask.len()]);
            for (m, &b) in mask.iter_mut().zip(&bits) {
                *m = if b < limit { T::default() } else { kept };
            }
        }
    }
}

impl Dropout {
    /// p·2¹⁶, rounded, below 2¹⁶.
    fn limit(&self) -> u16 {
        (self.rate * f64::from(1 << 16)).round().min(f64::from(u16::MAX)) as u16
    }
}

impl Describe for Dropout {
    fn n_in(&self) -> usize {
        self.n_units
    }

    fn n_out(&self) -> usize {
        self.n_units
    }

    fn n_kept(&self, batch: usize) -> usize {
        batch * self.n_units
    }

    fn graph<'g>(&self, _: &[Var<'g>], mode: Mode<'_>, input: &[Vec<Var<'g>>]) -> Vec<Vec<Var<'g>>> {
        let masked = |row: &Vec<Var<'g>>, mask: &[f64]| row.iter().zip(mask).map(|(&x, &m)| x * m).collect();
        match mode {
            Mode::Train(mask) => input.iter().zip(mask.chunks_exact(self.n_units)).map(|(row, mask)| masked(row, mask)).collect(),
            Mode::Evaluate(_) => input.to_vec(),
        }
    }
}
