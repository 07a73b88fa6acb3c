//! The dense layer: z = x·W + b.

use std::cmp::Ordering;

use super::{Describe, Layer, Pass, Role};
use crate::graph::Var;
use crate::matmul::{Matrix, Onto, product};
use crate::real::Real;

/// z = x·W + b with x `[batch, n_in]`, W `[n_in, n_out]` row-major, then b `[n_out]`.
pub struct Dense {
    /// Inputs per sample.
    pub n_in: usize,
    /// Units.
    pub n_out: usize,
}

impl<T: Real> Layer<T> for Dense {
    fn forward(&self, params: &[T], input: &[T], output: &mut [T]) {
        let (weights, bias) = params.split_at(self.n_in * self.n_out);
        let batch = output.len() / self.n_out;
        for row in output.chunks_exact_mut(self.n_out) {
            row.copy_from_slice(bias);
        }
        product(output, Onto::Add, Matrix::new(input, batch, self.n_in), Matrix::new(weights, self.n_in, self.n_out));
    }

    /// dW = xᵀ·dz, db = Σ over rows of dz in their order, dx = dz·Wᵀ.
    fn backward(&self, pass: Pass<'_, T>, d_params: &mut [T], d_input: Option<&mut [T]>) {
        let n_weights = self.n_in * self.n_out;
        let batch = pass.d_output.len() / self.n_out;
        let (d_weights, d_bias) = d_params.split_at_mut(n_weights);
        let d_output = Matrix::new(pass.d_output, batch, self.n_out);
        product(d_weights, Onto::Replace, Matrix::new(pass.input, batch, self.n_in).t(), d_output);
        d_bias.fill(T::default());
        for row in pass.d_output.chunks_exact(self.n_out) {
            for (sum, d) in d_bias.iter_mut().zip(row) {
                *sum += *d;
            }
        }
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

    fn blocks(&self) -> Vec<(&'static str, (usize, usize), Role)> {
        vec![("weight", (self.n_in, self.n_out), Role::Weight), ("bias", (1, self.n_out), Role::Bias)]
    }

    fn graph<'g>(&self, params: &[Var<'g>], input: &[Var<'g>]) -> Vec<Var<'g>> {
        let (weights, bias) = params.split_at(self.n_in * self.n_out);
        (0..self.n_out).map(|j| input.iter().enumerate().fold(bias[j], |sum, (i, &x)| sum + x * weights[i * self.n_out + j])).collect()
    }

    fn sides(&self, _: &[f64], _: &mut Vec<Ordering>) {}
}
