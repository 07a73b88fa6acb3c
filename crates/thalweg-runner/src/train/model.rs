//! What a trial trains: its network, objective and first parameters, from resolved settings and prepared data.

use ndarray::{ArrayView2, s};
use thalweg_data::dataset;
use thalweg_data::prepare::{Part, PartLabels, Prepared};
use thalweg_math::loss::{Form, Targets, Task};
use thalweg_math::network::{Architecture, Network, Training};
use thalweg_math::objective::Supervised;
use thalweg_math::penalty::{PenaltyTerm, Strength};
use thalweg_math::real::Real;

use crate::plan::Planned;
use crate::stream::Stream;
use crate::trial::Trial;
use crate::weights::Weights;

/// A network with its loss and penalty.
pub struct Model {
    /// The network.
    pub network: Network,
    loss: &'static Form,
    loss_parameter: f64,
    penalty: PenaltyTerm,
}

/// What a data set asks for, as the losses see it.
pub fn task(task: &dataset::Task) -> Task {
    match task {
        dataset::Task::Classes { n_classes } => Task::Classes(*n_classes),
        dataset::Task::Regression { n_outputs } => Task::Values(*n_outputs),
    }
}

impl Model {
    /// The model of a trial on data with `n_inputs` features and `n_train` training samples; says why loss, head and task do
    /// not go together.
    pub fn new(trial: &Trial, n_inputs: usize, n_train: usize, task: Task) -> Result<Model, String> {
        let loss = trial.model.loss.unwrap_or_else(|| thalweg_math::loss::usual(task));
        let (form, n_outputs) = loss.form(task, trial.model.head)?;
        let network = Network::new(&Architecture {
            n_inputs,
            backbone: &trial.model.hidden,
            neck: trial.model.neck,
            n_outputs,
            activation: trial.model.activation,
            parameter: trial.activation_parameter(),
            norm: trial.model.norm,
            dropout: trial.model.dropout,
            training: trial.model.pretrained.as_ref().map_or(Training::Whole, |p| p.training),
        });
        let strength = Strength { lambda: trial.lambda(n_train), l1_ratio: trial.train.l1_ratio, n_train };
        let penalty = PenaltyTerm { coefficients: (trial.train.penalty.coefficients)(&strength), on: trial.train.penalised };
        Ok(Model { network, loss: form, loss_parameter: trial.loss_parameter(), penalty })
    }

    /// The model of a trial that the plan has accepted.
    pub fn of<T: Real>(trial: &Trial, data: &Prepared<T>) -> Model {
        let made = Model::new(trial, data.train.x.ncols(), data.train.x.nrows(), task(&data.task));
        made.expect("the plan made the same model")
    }

    /// What is descended.
    pub fn objective(&self) -> Supervised<'_> {
        Supervised { network: &self.network, loss: self.loss, loss_parameter: self.loss_parameter, penalty: self.penalty }
    }

    /// The parameters a trial begins with. A trained backbone replaces its share of the draw, so that the rest is the same
    /// with and without it; its running statistics go to `running`.
    pub fn initial<T: Real>(&self, planned: &Planned, weights: Option<&Weights>, running: &mut [T]) -> Vec<T> {
        let mut params = vec![T::from_f64(0.0); self.network.n_params()];
        self.network.init(planned.trial.init(), &mut planned.seeds.rng(Stream::Init, 0), &mut params);
        if let Some(weights) = weights {
            weights.fill(&self.network, &mut params, running);
        }
        params
    }
}

/// The first `n` samples of a batch, and their labels.
pub fn rows<T: Real>(batch: &Part<T>, n: usize) -> (ArrayView2<'_, T>, Targets<'_, T>) {
    let labels = match &batch.y {
        PartLabels::Classes(labels) => Targets::Classes(&labels[..n]),
        PartLabels::Values(values) => Targets::Values(values.slice(s![..n, ..])),
    };
    // Slicing takes longer than copying ten rows, and only the last batch may be short.
    let whole = batch.x.view();
    (if n == whole.nrows() { whole } else { whole.slice_move(s![..n, ..]) }, labels)
}

/// The labels of a part as the loss reads them.
pub fn targets<T: Real>(part: &Part<T>) -> Targets<'_, T> {
    match &part.y {
        PartLabels::Classes(labels) => Targets::Classes(labels),
        PartLabels::Values(values) => Targets::Values(values.view()),
    }
}
