//! A trained model and what it takes, from a weights file alone: scores, outputs and classes of new samples.

use ndarray::{Array2, ArrayView1, s};
use thalweg_data::dataset::Samples;
use thalweg_data::intake::Intake;
use thalweg_math::activation;
use thalweg_math::head::{self, Head};
use thalweg_math::layer::find_norm;
use thalweg_math::network::{Architecture, Network, Training};
use thalweg_math::real::Real;
use thalweg_math::svm;

use crate::trial::Precision;
use crate::weights::Weights;

/// Rows of one pass.
const ROWS: usize = 256;

/// A trained model.
pub struct Predictor {
    /// The file that it came from.
    pub weights: Weights,
    /// What gives the scores.
    pub scorer: Scorer,
    /// What its scores mean.
    pub head: &'static Head,
    /// How samples become what it takes.
    pub intake: Intake,
}

/// What gives the scores.
pub enum Scorer {
    /// A network with its parameters and running statistics.
    Network {
        /// Its layers.
        network: Box<Network>,
        /// Its parameters.
        params: Vec<f64>,
        /// Its running statistics.
        running: Vec<f64>,
    },
    /// A kernel machine with the rows of its support vectors in the data set that it was trained on. Two classes: one score, −f;
    /// several: votes, or values of each against the rest.
    Machine(Box<svm::Model>, Vec<usize>),
}

/// What a model says of some samples, exact in `f64`.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicted {
    /// The class of each, as accuracies count it; empty where numbers are predicted.
    pub classes: Vec<usize>,
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
            let n_columns = intake.chain()?.1.features.len();
            if n_columns != saved.n_inputs {
                return Err(format!("its transforms make {n_columns} columns, but its model takes {}", saved.n_inputs));
            }
            let n_classes = intake.class_names.len();
            let fits = n_classes == 0 || n_classes == saved.n_outputs || (n_classes == 2 && saved.n_outputs == 1);
            if !fits {
                return Err(format!("it names {n_classes} classes, but its model has {} scores", saved.n_outputs));
            }
            if let Some((machine, rows)) = weights.machine()? {
                if n_classes == 0 {
                    return Err("it is a kernel machine and names no classes".into());
                }
                return Ok((Scorer::Machine(Box::new(machine), rows), head, intake));
            }
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
            let (params, running) = weights.numbers(&network)?;
            Ok((Scorer::Network { network: Box::new(network), params, running }, head, intake))
        };
        let (scorer, head, intake) = built().map_err(|what: String| format!("weights file {}: {what}", weights.name))?;
        Ok(Predictor { weights, scorer, head, intake })
    }

    /// Scores per sample.
    pub fn n_outputs(&self) -> usize {
        match &self.scorer {
            Scorer::Network { network, .. } => network.n_outputs(),
            Scorer::Machine(machine, _) if machine.n_classes == 2 => 1,
            Scorer::Machine(machine, _) => machine.n_classes,
        }
    }

    /// The rows of its support vectors in the data set that it was trained on; none of a network.
    pub fn support(&self) -> &[usize] {
        match &self.scorer {
            Scorer::Network { .. } => &[],
            Scorer::Machine(_, rows) => rows,
        }
    }

    /// What it says of samples as they come, in the precision of its training.
    pub fn predict(&self, x: &Samples) -> Result<Predicted, String> {
        match (&self.scorer, self.weights.precision) {
            (Scorer::Machine(machine, _), _) => {
                let x = self.intake.convert::<f64>(x)?;
                Ok(of_machine(machine, x.as_slice().expect("samples are row-major")))
            }
            (Scorer::Network { network, params, running }, Precision::F32) => self.of_network::<f32>((network, params, running), x),
            (Scorer::Network { network, params, running }, Precision::F64) => self.of_network::<f64>((network, params, running), x),
        }
    }

    fn of_network<T: Real>(&self, (network, params, running): (&Network, &[f64], &[f64]), x: &Samples) -> Result<Predicted, String> {
        let x = self.intake.convert::<T>(x)?;
        let rounded = |values: &[f64]| values.iter().map(|v| T::from_f64(*v)).collect::<Vec<T>>();
        let params = rounded(params);
        let mut workspace = network.workspace::<T>(ROWS);
        workspace.running_mut().copy_from_slice(&rounded(running));
        let shape = (x.nrows(), network.n_outputs());
        let (mut scores, mut outputs) = (Array2::zeros(shape), Array2::zeros(shape));
        let mut output = vec![T::default(); shape.1];
        for start in (0..shape.0).step_by(ROWS) {
            let end = (start + ROWS).min(shape.0);
            let found = network.forward(&params, x.slice(s![start..end, ..]), &mut workspace);
            for (i, row) in found.rows().into_iter().enumerate() {
                self.head.apply(row.as_slice().expect("scores are row-major"), &mut output);
                for (j, (score, output)) in row.iter().zip(&output).enumerate() {
                    scores[(start + i, j)] = (*score).to_f64();
                    outputs[(start + i, j)] = (*output).to_f64();
                }
            }
        }
        let classes = if self.intake.class_names.is_empty() { Vec::new() } else { scores.rows().into_iter().map(class).collect() };
        Ok(Predicted { classes, scores, outputs })
    }
}

fn of_machine(machine: &svm::Model, x: &[f64]) -> Predicted {
    let decision = machine.decision(x);
    let n = x.len() / machine.n_features;
    let scores = if machine.n_classes == 2 {
        let n_machines = machine.sides.len();
        Array2::from_shape_fn((n, 1), |(i, _)| -decision[i * n_machines])
    } else {
        Array2::from_shape_vec((n, machine.n_classes), machine.scores(&decision)).expect("a score for each class")
    };
    Predicted { classes: machine.classes(&decision), outputs: scores.clone(), scores }
}

/// The first highest score, or with one score the second class above 0.
fn class(scores: ArrayView1<'_, f64>) -> usize {
    if scores.len() == 1 {
        return usize::from(scores[0] > 0.0);
    }
    (1..scores.len()).fold(0, |best, i| if scores[i] > scores[best] { i } else { best })
}

impl Predicted {
    /// The class of a sample.
    pub fn class(&self, row: usize) -> usize {
        self.classes[row]
    }
}
