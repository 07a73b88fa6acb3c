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
        let found = |name: &str, shape: &[usize]| {
            let (theirs, values) = tensor(name).ok_or_else(|| format!("it has no tensor `{name}`"))?;
            if theirs == shape { Ok(values.to_vec()) } else { Err(format!("`{name}` has shape {theirs:?}, not {shape:?}")) }
        };
        let kernel = kernel::named(&self.kernel).ok_or_else(|| format!("there is no kernel `{}`", self.kernel.escape_debug()))?;
        let parameters = Parameters { gamma: number("gamma", &self.gamma)?, degree: self.degree, coef0: number("coef0", &self.coef0)? };
        let (n_support, n_machines) = (tensor(ROWS).map_or(0, |(_, values)| values.len()), self.sides.len());
        let rows = found(ROWS, &[n_support])?;
        if let Some(row) = rows.iter().find(|row| row.fract() != 0.0 || **row < 0.0) {
            return Err(format!("`{ROWS}` has a row {row}"));
        }
        let (vectors, coefficients) = (found(VECTORS, &[n_support, n_features])?, found(COEFFICIENTS, &[n_machines, n_support])?);
        let biases = found(BIAS, &[n_machines])?;
        let model = Model::new(kernel, parameters, n_features, n_classes, self.sides.clone(), vectors, coefficients, biases)?;
        Ok((model, rows.iter().map(|row| *row as usize).collect()))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use proptest::prelude::*;
    use thalweg_data::dataset::{Feature, Samples};
    use thalweg_data::intake::Intake;
    use thalweg_math::kernel::KERNELS;

    use super::*;
    use crate::predictor::Predictor;
    use crate::stream::Seeds;
    use crate::trial::Trial;
    use crate::weights::{from_bytes, of_machine};

    /// Two features, three classes, three machines, two vectors.
    fn model(kernel: &'static kernel::Kernel) -> Model {
        let parameters = Parameters { gamma: 1.0 / 3.0, degree: 2, coef0: -0.1 };
        let sides = vec![(0, Some(1)), (0, Some(2)), (1, Some(2))];
        let (vectors, coefficients) = (vec![0.5, -1.0, 2.0, 0.1], vec![0.1, -0.1, 0.7, -0.7, 0.3, -0.3]);
        Model::new(kernel, parameters, 2, 3, sides, vectors, coefficients, vec![0.0, 0.2, -1e-17]).expect("it fits")
    }

    fn file(kernel: &'static kernel::Kernel) -> Vec<u8> {
        let features = ["a", "b"].map(Feature::number).to_vec();
        let class_names = ["x", "y", "z"].map(String::from).to_vec();
        let intake = Intake { features, image: None, others: vec!["c".into()], class_names, steps: Vec::new() };
        let seeds = Seeds { seed: 3, vary: Vec::new() };
        of_machine(("0a1b", &Trial::default(), &seeds), &intake, &model(kernel), &[7, 11]).expect("written")
    }

    fn opened(bytes: &[u8]) -> Result<Predictor, String> {
        from_bytes(bytes, "f").and_then(Predictor::of)
    }

    #[test]
    fn a_machine_comes_back_to_the_last_bit() {
        for kernel in KERNELS {
            let (made, read) = (model(kernel), opened(&file(kernel)).expect("whole"));
            assert_eq!(read.support(), [7, 11]);
            let x = array![[0.3, 0.4], [-5.0, 1e3]];
            let said = read.predict(&Samples::Numbers(x.clone())).expect("it fits");
            let decision = made.decision(x.as_slice().expect("row-major"));
            assert_eq!(said.classes, made.classes(&decision));
            assert_eq!(said.scores.as_slice().expect("row-major"), made.scores(&decision));
        }
    }

    /// The metadata is as long after each change as before, so that the rest of the file stays where it is.
    #[test]
    fn what_does_not_fit_is_told() {
        let whole = file(kernel::named("rbf").expect("a row"));
        for (from, to, says) in [
            (r#"\"rbf\""#, r#"\"rbv\""#, "there is no kernel `rbv`"),
            (r#"[0,2]"#, r#"[0,9]"#, ""),
            (r#"[0,2]"#, r#"[2,2]"#, ""),
            (r#"\"coef0\":\"-0.1\""#, r#"\"coef0\":\" NaN\""#, "its coef0 is"),
            (r#"\"gamma\":\"0."#, r#"\"gamma\":\"-."#, ""),
            ("machine.bias", "machine.bios", "no tensor `machine.bias`"),
            (r#""shape":[2,2]"#, r#""shape":[4,1]"#, ""),
            (r#""shape":[3,2]"#, r#""shape":[2,3]"#, ""),
        ] {
            let at = whole.windows(from.len()).position(|w| w == from.as_bytes()).unwrap_or_else(|| panic!("{from} is not there"));
            let mut bytes = whole.clone();
            bytes[at..at + from.len()].copy_from_slice(to.as_bytes());
            let error = opened(&bytes).err().unwrap_or_else(|| panic!("{to} was accepted"));
            assert!(error.starts_with("weights file f: ") && error.contains(says), "{to}: {error}");
        }
    }

    proptest! {
        /// Whatever bytes change, an answer comes back, and what is accepted can be asked.
        #[test]
        fn a_damaged_machine_never_panics(changes in prop::collection::vec((0_usize..2000, any::<u8>()), 1..4), which in 0..KERNELS.len()) {
            let mut bytes = file(&KERNELS[which]);
            for (at, byte) in changes {
                let n = bytes.len();
                bytes[at % n] = byte;
            }
            if let Ok(read) = opened(&bytes) {
                let n = read.intake.features.len();
                read.predict(&Samples::Numbers(ndarray::Array2::zeros((3, n)))).ok();
            }
        }
    }
}
