//! A kernel machine in a weights file: what it is in the metadata, its support vectors and coefficients as tensors.

use serde::{Deserialize, Serialize};
use thalweg_math::kernel::{self, Parameters};
use thalweg_math::svm::Model;

/// What a kernel machine is beside its numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedMachine {
    /// The kernel's name.
    pub kernel: String,
    /// γ as text, which keeps every digit.
    pub gamma: String,
    /// The polynomial's degree.
    pub degree: u32,
    /// c₀ as text.
    pub coef0: String,
    /// The class on the positive side of each binary machine, and that on the negative; none: all others.
    pub sides: Vec<(usize, Option<usize>)>,
}

/// A tensor on its way into a file: name, shape, numbers.
type Tensor = (String, Vec<usize>, Vec<f64>);

const VECTORS: &str = "machine.vectors";
const COEFFICIENTS: &str = "machine.coefficients";
const BIAS: &str = "machine.bias";
const ROWS: &str = "machine.rows";

/// Support vectors `[n_support, n_features]`, coefficients `[n_machines, n_support]`, biases, and the vectors' rows in the data set.
pub(super) fn tensors(model: &Model, rows: &[usize]) -> Vec<Tensor> {
    let (n_support, n_machines) = (rows.len(), model.sides.len());
    vec![
        (VECTORS.into(), vec![n_support, model.n_features], model.vectors.clone()),
        (COEFFICIENTS.into(), vec![n_machines, n_support], model.coefficients.clone()),
        (BIAS.into(), vec![n_machines], model.biases.clone()),
        (ROWS.into(), vec![n_support], rows.iter().map(|row| *row as f64).collect()),
    ]
}

impl SavedMachine {
    pub(super) fn of(model: &Model) -> SavedMachine {
        let Parameters { gamma, degree, coef0 } = model.parameters;
        let sides = model.sides.clone();
        SavedMachine { kernel: model.kernel.name.into(), gamma: format!("{gamma:?}"), degree, coef0: format!("{coef0:?}"), sides }
    }

    /// The machine and the rows of its vectors; says what is missing or does not fit.
    pub(super) fn model<'t>(
        &self,
        n_features: usize,
        n_classes: usize,
        tensor: impl Fn(&str) -> Option<(&'t [usize], &'t [f64])>,
    ) -> Result<(Model, Vec<usize>), String> {
        let number = |what: &str, text: &str| {
            let read = text.parse::<f64>().ok().filter(|v| v.is_finite());
            read.ok_or_else(|| format!("its {what} is `{}`", text.escape_debug()))
        };
        let found = |name: &str, n_axes: usize| {
            let tensor = tensor(name).ok_or_else(|| format!("it has no tensor `{name}`"))?;
            if tensor.0.len() == n_axes { Ok(tensor) } else { Err(format!("`{name}` has shape {:?}, not {n_axes} axes", tensor.0)) }
        };
        let kernel = kernel::named(&self.kernel).ok_or_else(|| format!("there is no kernel `{}`", self.kernel.escape_debug()))?;
        let parameters = Parameters { gamma: number("gamma", &self.gamma)?, degree: self.degree, coef0: number("coef0", &self.coef0)? };
        let [vectors, coefficients] = [found(VECTORS, 2)?, found(COEFFICIENTS, 2)?];
        let [biases, rows] = [found(BIAS, 1)?, found(ROWS, 1)?];
        if rows.1.iter().any(|row| row.fract() != 0.0 || *row < 0.0) || rows.1.len() != vectors.0[0] {
            return Err(format!("`{ROWS}` has no row for each of {} support vectors", vectors.0[0]));
        }
        let numbers = (vectors.1.to_vec(), coefficients.1.to_vec(), biases.1.to_vec());
        let model = Model::new(kernel, parameters, n_features, n_classes, self.sides.clone(), numbers.0, numbers.1, numbers.2)?;
        Ok((model, rows.1.iter().map(|row| *row as usize).collect()))
    }
}
