//! The activation of a layer's units: a = φ(z), each unit alone.

use super::{Describe, Layer, Mode, Pass};
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
    /// Keeps the slopes, where the row makes them with the values.
    fn train(&self, _: &[T], input: &[T], output: &mut [T], kept: &mut [T]) {
        let (kernel, parameter) = (self.activation.kernel::<T>(), T::from_f64(self.parameter));
        match kernel.both {
            Some(both) => both(input, output, kept, parameter),
            None => (kernel.value)(input, output, parameter),
        }
    }

    fn evaluate(&self, _: &[T], _: &[T], input: &[T], output: &mut [T]) {
        (self.activation.kernel::<T>().value)(input, output, T::from_f64(self.parameter));
    }

    fn backward(&self, pass: Pass<'_, T>, _: &mut [T], d_input: Option<&mut [T]>) {
        let Some(d_input) = d_input else {
            return;
        };
        if !pass.kept.is_empty() {
            d_input.iter_mut().zip(pass.d_output).zip(pass.kept).for_each(|((dz, &da), &slope)| *dz = da * slope);
            return;
        }
        (self.activation.kernel::<T>().backward)(pass.input, pass.output, pass.d_output, d_input, T::from_f64(self.parameter));
    }
}

impl Describe for Activate {
    fn n_in(&self) -> usize {
        self.n_units
    }

    fn n_out(&self) -> usize {
        self.n_units
    }

    fn n_kept(&self, batch: usize) -> usize {
        if self.activation.double.both.is_some() { batch * self.n_units } else { 0 }
    }

    fn activation(&self) -> Option<&Activate> {
        Some(self)
    }

    fn graph<'g>(&self, _: &[Var<'g>], _: Mode<'_>, input: &[Vec<Var<'g>>]) -> Vec<Vec<Var<'g>>> {
        input.iter().map(|row| row.iter().map(|&z| (self.activation.graph)(z, self.parameter)).collect()).collect()
    }

    fn edges(&self, input: &[f64], edges: &mut Vec<f64>) {
        for z in input {
            edges.extend(self.activation.kinks.iter().map(|k| z - k));
        }
    }
}
