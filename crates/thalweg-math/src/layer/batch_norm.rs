//! Batch normalisation: each unit to mean 0 and variance 1 over the batch, then a scale and a shift that are learned.

use super::{BlockSpec, Describe, Layer, Mode, Pass, scale_and_shift};
use crate::graph::Var;
use crate::real::Real;

/// y = γ·x̂ + β, x̂ = (x − μ)/√(σ² + ε) for each unit: γ `[n_units]`, then β `[n_units]`.
///
/// In training μ and σ² (biased) are those of the batch; at evaluation they are running ones, mean then variance, which
/// each step moves by a tenth towards μ and the unbiased σ². Source: Ioffe and Szegedy 2015, as torch.nn.BatchNorm1d.
pub struct BatchNorm {
    /// Units.
    pub n_units: usize,
}

/// ε, added to a variance before its root.
pub(super) const EPSILON: f64 = 1e-5;
/// What a running statistic moves by.
const MOMENTUM: f64 = 0.1;

impl<T: Real> Layer<T> for BatchNorm {
    /// Keeps mean, biased variance and 1/√(σ² + ε), each `[n_units]`.
    fn train(&self, params: &[T], input: &[T], output: &mut [T], kept: &mut [T]) {
        let n = self.n_units;
        let share = T::from_f64(n as f64 / input.len() as f64);
        let (mean, rest) = kept.split_at_mut(n);
        let (variance, inverse) = rest.split_at_mut(n);
        mean.fill(T::default());
        for row in input.chunks_exact(n) {
            mean.iter_mut().zip(row).for_each(|(m, &x)| *m += x);
        }
        mean.iter_mut().for_each(|m| *m *= share);
        variance.fill(T::default());
        for row in input.chunks_exact(n) {
            for ((v, &m), &x) in variance.iter_mut().zip(mean.iter()).zip(row) {
                *v = (x - m).mul_add(x - m, *v);
            }
        }
        for (v, i) in variance.iter_mut().zip(inverse.iter_mut()) {
            *v *= share;
            *i = (*v + T::from_f64(EPSILON)).sqrt().recip();
        }
        let (scale, shift) = params.split_at(n);
        for (y, x) in output.chunks_exact_mut(n).zip(input.chunks_exact(n)) {
            for (((((y, &x), &m), &i), &g), &b) in y.iter_mut().zip(x).zip(mean.iter()).zip(inverse.iter()).zip(scale).zip(shift) {
                *y = ((x - m) * i).mul_add(g, b);
            }
        }
    }

    fn evaluate(&self, params: &[T], running: &[T], input: &[T], output: &mut [T]) {
        let n = self.n_units;
        let ((scale, shift), (mean, variance)) = (params.split_at(n), running.split_at(n));
        for (y, x) in output.chunks_exact_mut(n).zip(input.chunks_exact(n)) {
            for (((((y, &x), &m), &v), &g), &b) in y.iter_mut().zip(x).zip(mean).zip(variance).zip(scale).zip(shift) {
                *y = ((x - m) / (v + T::from_f64(EPSILON)).sqrt()).mul_add(g, b);
            }
        }
    }

    /// dγ = Σ dy·x̂, dβ = Σ dy, dx = (γ/√(σ² + ε))·(dy − dβ/B − x̂·dγ/B), sums over the B rows of the batch.
    fn backward(&self, pass: Pass<'_, T>, d_params: &mut [T], d_input: Option<&mut [T]>) {
        let n = self.n_units;
        let (d_scale, d_shift) = d_params.split_at_mut(n);
        let (mean, inverse) = (&pass.kept[..n], &pass.kept[2 * n..3 * n]);
        d_scale.fill(T::default());
        d_shift.fill(T::default());
        for (dy, x) in pass.d_output.chunks_exact(n).zip(pass.input.chunks_exact(n)) {
            for (((((g, b), &dy), &x), &m), &i) in d_scale.iter_mut().zip(d_shift.iter_mut()).zip(dy).zip(x).zip(mean).zip(inverse) {
                *g = dy.mul_add((x - m) * i, *g);
                *b += dy;
            }
        }
        let Some(d_input) = d_input else {
            return;
        };
        let share = T::from_f64(n as f64 / pass.input.len() as f64);
        for ((dx, dy), x) in d_input.chunks_exact_mut(n).zip(pass.d_output.chunks_exact(n)).zip(pass.input.chunks_exact(n)) {
            let sums = d_scale.iter().zip(d_shift.iter()).zip(pass.params);
            for (((((dx, &dy), &x), &m), &i), ((&dg, &db), &g)) in dx.iter_mut().zip(dy).zip(x).zip(mean).zip(inverse).zip(sums) {
                let normal = (x - m) * i;
                *dx = g * i * (dy - share * normal.mul_add(dg, db));
            }
        }
    }

    fn absorb(&self, batch: usize, kept: &[T], running: &mut [T]) {
        assert!(batch > 1, "the variance of one row is unknown");
        let unbiased = T::from_f64(batch as f64 / (batch as f64 - 1.0));
        let moved = T::from_f64(MOMENTUM);
        let (mean, variance) = running.split_at_mut(self.n_units);
        mean.iter_mut().zip(kept).for_each(|(r, &m)| *r += moved * (m - *r));
        variance.iter_mut().zip(&kept[self.n_units..]).for_each(|(r, &v)| *r += moved * (unbiased * v - *r));
    }
}

impl Describe for BatchNorm {
    fn n_in(&self) -> usize {
        self.n_units
    }

    fn n_out(&self) -> usize {
        self.n_units
    }

    fn blocks(&self) -> Vec<BlockSpec> {
        scale_and_shift(self.n_units)
    }

    /// Mean 0, variance 1.
    fn running(&self) -> Vec<f64> {
        [vec![0.0; self.n_units], vec![1.0; self.n_units]].concat()
    }

    fn n_kept(&self, _: usize) -> usize {
        3 * self.n_units
    }

    fn min_batch(&self) -> usize {
        2
    }

    fn graph<'g>(&self, params: &[Var<'g>], mode: Mode<'_>, input: &[Vec<Var<'g>>]) -> Vec<Vec<Var<'g>>> {
        let mut output = input.to_vec();
        for j in 0..self.n_units {
            let share = 1.0 / input.len() as f64;
            let column = || input.iter().map(|row| row[j]);
            let (mean, variance) = match mode {
                Mode::Train(_) => {
                    let mean = column().sum::<Var<'g>>() * share;
                    (mean, column().map(|x| (x - mean).powi(2)).sum::<Var<'g>>() * share)
                }
                Mode::Evaluate(running) => (params[j].constant(running[j]), params[j].constant(running[self.n_units + j])),
            };
            let root = (variance + EPSILON).sqrt();
            for row in &mut output {
                row[j] = (row[j] - mean) / root * params[j] + params[self.n_units + j];
            }
        }
        output
    }

    fn least_variance(&self, input: &[f64]) -> Option<f64> {
        let rows = (input.len() / self.n_units) as f64;
        let of_unit = |j: usize| {
            let column = || input.iter().skip(j).step_by(self.n_units);
            let mean = column().sum::<f64>() / rows;
            column().map(|x| (x - mean) * (x - mean)).sum::<f64>() / rows
        };
        (0..self.n_units).map(of_unit).reduce(f64::min)
    }
}
