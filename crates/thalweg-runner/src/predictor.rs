//! A trained network and what it takes, from a weights file alone: scores, outputs and classes of new samples.

use ndarray::{Array2, s};
use thalweg_data::dataset::Samples;
use thalweg_data::intake::Intake;
use thalweg_math::activation;
use thalweg_math::head::{self, Head};
use thalweg_math::layer::find_norm;
use thalweg_math::network::{Architecture, Network, Training};
use thalweg_math::real::Real;

use crate::trial::Precision;
use crate::weights::Weights;

/// Rows of one pass.
const ROWS: usize = 256;

/// A trained network.
pub struct Predictor {
    /// The file that it came from.
    pub weights: Weights,
    /// The network.
    pub network: Network,
    /// What its scores mean.
    pub head: &'static Head,
    /// How samples become what it takes.
    pub intake: Intake,
    params: Vec<f64>,
    running: Vec<f64>,
}

/// What a network says of some samples, exact in `f64`.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicted {
    /// Scores, [n, n_outputs].
    pub scores: Array2<f64>,
    /// What the head makes of them, [n, n_outputs].
    pub outputs: Array2<f64>,
}

impl Predictor {
    /// Of a weights file; says what is missing or does not fit.
    pub fn of(weights: Weights) -> Result<Predictor, String> {
        let built = || {
            let saved = &weights.saved;
            let intake = weights.intake()?;
            let activation = activation::find(&saved.activation).ok_or_else(|| format!("there is no activation `{}`", saved.activation))?;
            let head = head::find(&saved.head).ok_or_else(|| format!("there is no head `{}`", saved.head))?;
            let norm = match saved.norm.as_str() {
                "none" => None,
                name => Some(find_norm(name).ok_or_else(|| format!("there is no normalising layer `{name}`"))?),
            };
            let parameter = saved.parameter.parse::<f64>().ok().filter(|p| p.is_finite());
            let network = Network::new(&Architecture {
                n_inputs: saved.n_inputs,
                backbone: &saved.backbone,
                neck: saved.neck,
                n_outputs: saved.n_outputs,
                activation,
                parameter: parameter.ok_or_else(|| format!("its activation's parameter is `{}`", saved.parameter))?,
                norm,
                dropout: 0.0,
                training: Training::Whole,
            });
            let n_columns = intake.chain()?.1.features.len();
            if n_columns != saved.n_inputs {
                return Err(format!("its transforms make {n_columns} columns, but its network takes {}", saved.n_inputs));
            }
            let n_classes = intake.class_names.len();
            let fits = n_classes == 0 || n_classes == saved.n_outputs || (n_classes == 2 && saved.n_outputs == 1);
            if !fits {
                return Err(format!("it names {n_classes} classes, but its network has {} scores", saved.n_outputs));
            }
            let (params, running) = weights.numbers(&network)?;
            Ok((network, head, intake, params, running))
        };
        let (network, head, intake, params, running) = built().map_err(|what| format!("weights file {}: {what}", weights.name))?;
        Ok(Predictor { weights, network, head, intake, params, running })
    }

    /// What it says of samples as they come, in the precision of its training.
    pub fn predict(&self, x: &Samples) -> Result<Predicted, String> {
        match self.weights.precision {
            Precision::F32 => self.in_precision::<f32>(x),
            Precision::F64 => self.in_precision::<f64>(x),
        }
    }

    fn in_precision<T: Real>(&self, x: &Samples) -> Result<Predicted, String> {
        let x = self.intake.convert::<T>(x)?;
        let rounded = |values: &[f64]| values.iter().map(|v| T::from_f64(*v)).collect::<Vec<T>>();
        let params = rounded(&self.params);
        let mut workspace = self.network.workspace::<T>(ROWS);
        workspace.running_mut().copy_from_slice(&rounded(&self.running));
        let shape = (x.nrows(), self.network.n_outputs());
        let (mut scores, mut outputs) = (Array2::zeros(shape), Array2::zeros(shape));
        let mut output = vec![T::default(); shape.1];
        for start in (0..shape.0).step_by(ROWS) {
            let end = (start + ROWS).min(shape.0);
            let found = self.network.forward(&params, x.slice(s![start..end, ..]), &mut workspace);
            for (i, row) in found.rows().into_iter().enumerate() {
                self.head.apply(row.as_slice().expect("scores are row-major"), &mut output);
                for (j, (score, output)) in row.iter().zip(&output).enumerate() {
                    scores[(start + i, j)] = (*score).to_f64();
                    outputs[(start + i, j)] = (*output).to_f64();
                }
            }
        }
        Ok(Predicted { scores, outputs })
    }
}

impl Predicted {
    /// The class of a sample, as accuracies count it: the first highest score, or with one score the second class above 0.
    pub fn class(&self, row: usize) -> usize {
        let scores = self.scores.row(row);
        if scores.len() == 1 {
            return usize::from(scores[0] > 0.0);
        }
        (1..scores.len()).fold(0, |best, i| if scores[i] > scores[best] { i } else { best })
    }
}
