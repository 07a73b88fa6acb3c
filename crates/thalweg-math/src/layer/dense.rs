//! The dense layer: z = x·W + b.

use super::{BlockSpec, Describe, Layer, Mode, Pass, Role};
use crate::graph::Var;
use crate::matmul::{Matrix, Onto, Start, column_sums, product, product_bias, product_from};
use crate::real::Real;

/// z = x·W + b with x `[batch, n_in]`, W `[n_in, n_out]` row-major, then b `[n_out]`.
pub struct Dense {
    /// Inputs per sample.
    pub n_in: usize,
    /// Units.
    pub n_out: usize,
}

impl Dense {
    fn forward<T: Real>(&self, params: &[T], input: &[T], output: &mut [T]) {
        let (weights, bias) = params.split_at(self.n_in * self.n_out);
        let batch = output.len() / self.n_out;
        product_bias(output, bias, Matrix::new(input, batch, self.n_in), Matrix::new(weights, self.n_in, self.n_out));
    }
}

impl<T: Real> Layer<T> for Dense {
    fn train(&self, params: &[T], input: &[T], output: &mut [T], _: &mut [T]) {
        self.forward(params, input, output);
    }

    fn evaluate(&self, params: &[T], _: &[T], input: &[T], output: &mut [T]) {
        self.forward(params, input, output);
    }

    /// dW = decay·W + xᵀ·dz, db = Σ over rows of dz in their order, dx = dz·Wᵀ.
    fn backward(&self, pass: Pass<'_, T>, d_params: &mut [T], d_input: Option<&mut [T]>) {
        let n_weights = self.n_in * self.n_out;
        let batch = pass.d_output.len() / self.n_out;
        let (d_weights, d_bias) = d_params.split_at_mut(n_weights);
        let d_output = Matrix::new(pass.d_output, batch, self.n_out);
        let start = if pass.decay == T::default() { Start::Zero } else { Start::Scaled(pass.decay, &pass.params[..n_weights]) };
        product_from(d_weights, start, Matrix::new(pass.input, batch, self.n_in).t(), d_output);
        column_sums(d_bias, pass.d_output);
        if let Some(d_input) = d_input {
            product(d_input, Onto::Replace, d_output, Matrix::new(&pass.params[..n_weights], self.n_in, self.n_out).t());
        }
    }
}

impl Describe for Dense {
    fn n_in(&self) -> usize {
        self.n_in
    }

    fn n_out(&self) -> usize {
        self.n_out
    }

    fn blocks(&self) -> Vec<BlockSpec> {
        vec![
            BlockSpec { name: "weight", shape: (self.n_in, self.n_out), role: Role::Weight },
            BlockSpec { name: "bias", shape: (1, self.n_out), role: Role::Bias },
        ]
    }

    fn graph<'g>(&self, params: &[Var<'g>], _: Mode<'_>, input: &[Vec<Var<'g>>]) -> Vec<Vec<Var<'g>>> {
        let (weights, bias) = params.split_at(self.n_in * self.n_out);
        let unit = |row: &[Var<'g>], j: usize| row.iter().enumerate().fold(bias[j], |sum, (i, &x)| sum + x * weights[i * self.n_out + j]);
        input.iter().map(|row| (0..self.n_out).map(|j| unit(row, j)).collect()).collect()
    }
}
