//! Layer normalisation: each sample to mean 0 and variance 1 over its units, then a scale and a shift that are learned.

use super::batch_norm::EPSILON;
use super::{BlockSpec, Describe, Layer, Mode, Pass, scale_and_shift};
use crate::graph::Var;
use crate::real::Real;
use crate::sums::sum;

/// y = γ·x̂ + β, x̂ = (x − μ)/√(σ² + ε) with μ and biased σ² over the units of each row: γ `[n_units]`, then β `[n_units]`.
///
/// Training and evaluation are the same. Source: Ba, Kiros and Hinton 2016, as torch.nn.LayerNorm.
pub struct LayerNorm {
    /// Units.
    pub n_units: usize,
}

impl LayerNorm {
    /// μ and 1/√(σ² + ε) of one row.
    fn statistics<T: Real>(&self, row: &[T]) -> (T, T) {
        let share = T::from_f64(1.0 / self.n_units as f64);
        let mean = sum::<8, T, T>(row, |x| x) * share;
        let variance = sum::<8, T, T>(row, |x| (x - mean) * (x - mean)) * share;
        (mean, (variance + T::from_f64(EPSILON)).sqrt().recip())
    }

    fn row<T: Real>(&self, params: &[T], x: &[T], y: &mut [T]) -> (T, T) {
        let (scale, shift) = params.split_at(self.n_units);
        let (mean, inverse) = self.statistics(x);
        for (((y, &x), &g), &b) in y.iter_mut().zip(x).zip(scale).zip(shift) {
            *y = ((x - mean) * inverse).mul_add(g, b);
        }
        (mean, inverse)
    }
}

impl<T: Real> Layer<T> for LayerNorm {
    /// Keeps μ and 1/√(σ² + ε) of each row.
    fn train(&self, params: &[T], input: &[T], output: &mut [T], kept: &mut [T]) {
        let rows = input.chunks_exact(self.n_units).zip(output.chunks_exact_mut(self.n_units));
        for ((x, y), kept) in rows.zip(kept.chunks_exact_mut(2)) {
            (kept[0], kept[1]) = self.row(params, x, y);
        }
    }

    fn evaluate(&self, params: &[T], _: &[T], input: &[T], output: &mut [T]) {
        for (x, y) in input.chunks_exact(self.n_units).zip(output.chunks_exact_mut(self.n_units)) {
            self.row(params, x, y);
        }
    }

    /// With u = dy·γ: dx = (u − mean u − x̂·mean(u·x̂))/√(σ² + ε), dγ = Σ dy·x̂, dβ = Σ dy over rows.
    fn backward(&self, pass: Pass<'_, T>, d_params: &mut [T], mut d_input: Option<&mut [T]>) {
        let n = self.n_units;
        let share = T::from_f64(1.0 / n as f64);
        let (d_scale, d_shift) = d_params.split_at_mut(n);
        d_scale.fill(T::default());
        d_shift.fill(T::default());
        let scale = &pass.params[..n];
        for (i, (dy, x)) in pass.d_output.chunks_exact(n).zip(pass.input.chunks_exact(n)).enumerate() {
            let (mean, inverse) = (pass.kept[2 * i], pass.kept[2 * i + 1]);
            for (((g, b), &dy), &x) in d_scale.iter_mut().zip(d_shift.iter_mut()).zip(dy).zip(x) {
                *g = dy.mul_add((x - mean) * inverse, *g);
                *b += dy;
            }
            let Some(d_input) = d_input.as_deref_mut() else {
                continue;
            };
            let dx = &mut d_input[i * n..(i + 1) * n];
            dx.iter_mut().zip(dy).zip(scale).for_each(|((dx, &dy), &g)| *dx = dy * g);
            let mean_u = sum::<8, T, T>(dx, |u| u) * share;
            let mut along = T::default();
            for (&u, &x) in dx.iter().zip(x) {
                along = u.mul_add((x - mean) * inverse, along);
            }
            along *= share;
            for (dx, &x) in dx.iter_mut().zip(x) {
                *dx = (*dx - mean_u - (x - mean) * inverse * along) * inverse;
            }
        }
    }
}

impl Describe for LayerNorm {
    fn n_in(&self) -> usize {
        self.n_units
    }

    fn n_out(&self) -> usize {
        self.n_units
    }

    fn blocks(&self) -> Vec<BlockSpec> {
        scale_and_shift(self.n_units)
    }

    fn n_kept(&self, batch: usize) -> usize {
        2 * batch
    }

    fn graph<'g>(&self, params: &[Var<'g>], _: Mode<'_>, input: &[Vec<Var<'g>>]) -> Vec<Vec<Var<'g>>> {
        let share = 1.0 / self.n_units as f64;
        let one = |row: &Vec<Var<'g>>| {
            let mean = row.iter().copied().sum::<Var<'g>>() * share;
            let variance = row.iter().map(|&x| (x - mean).powi(2)).sum::<Var<'g>>() * share;
            let root = (variance + EPSILON).sqrt();
            row.iter().enumerate().map(|(j, &x)| (x - mean) / root * params[j] + params[self.n_units + j]).collect()
        };
        input.iter().map(one).collect()
    }

    fn least_variance(&self, input: &[f64]) -> Option<f64> {
        let of_row = |row: &[f64]| {
            let mean = row.iter().sum::<f64>() / self.n_units as f64;
            row.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / self.n_units as f64
        };
        input.chunks_exact(self.n_units).map(of_row).reduce(f64::min)
    }
}
