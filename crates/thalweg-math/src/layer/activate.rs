//! The activation of a layer's units: a = φ(z), each unit alone.

use std::cmp::Ordering;

use super::{Describe, Layer, Pass, Role};
use crate::activation::Activation;
use crate::graph::Var;
use crate::real::Real;

/// a = φ(z; p) with z and a `[batch, n_units]`.
pub struct Activate {
    /// The function's row.
    pub activation: &'static Activation,
    /// Its parameter; unused by most.
    pub parameter: f64,
    /// Units.
    pub n_units: usize,
}

impl<T: Real> Layer<T> for Activate {
    fn forward(&self, _: &[T], input: &[T], output: &mut [T]) {
        (self.activation.kernel::<T>().value)(input, output, T::from_f64(self.parameter));
    }

    fn backward(&self, pass: Pass<'_, T>, _: &mut [T], d_input: Option<&mut [T]>) {
        if let Some(d_input) = d_input {
            let kernel = self.activation.kernel::<T>();
            (kernel.backward)(pass.input, pass.output, pass.d_output, d_input, T::from_f64(self.parameter));
        }
    }
}

impl Describe for Activate {
    fn n_in(&self) -> usize {
        self.n_units
    }

    fn n_out(&self) -> usize {
        self.n_units
    }

    fn blocks(&self) -> Vec<(&'static str, (usize, usize), Role)> {
        Vec::new()
    }

    fn graph<'g>(&self, _: &[Var<'g>], input: &[Var<'g>]) -> Vec<Var<'g>> {
        input.iter().map(|&z| (self.activation.graph)(z, self.parameter)).collect()
    }

    fn sides(&self, input: &[f64], sides: &mut Vec<Ordering>) {
        for z in input {
            // A NaN is on no side; its value fails the check anyway.
            sides.extend(self.activation.kinks.iter().filter_map(|k| z.partial_cmp(k)));
        }
    }
}
