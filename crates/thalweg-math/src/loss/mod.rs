//! The losses, one row each, with the output heads that they take: value and gradient by the scores in one pass.
//!
//! A loss is the mean over samples of a sum over outputs, in nats where it is a log-likelihood. It never contains the penalty.

mod cross_entropy;
#[cfg(target_arch = "x86_64")]
mod few_classes;
mod hinge;
mod regression;

use crate::graph::Var;
use crate::head::{Head, IDENTITY, SIGMOID, SOFTMAX, STEP};
use crate::real::{Family, Real};
pub use crate::target::{Target, Targets};

/// A loss.
pub struct Loss {
    /// Name in experiment files.
    pub name: &'static str,
    /// Other names in experiment files.
    pub aliases: &'static [&'static str],
    /// The loss of one sample with scores z.
    pub formula: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// The setting that is its parameter (`"delta"`), if it has one.
    pub parameter: Option<&'static str>,
    /// The heads and output counts that it takes, the usual one first.
    pub forms: &'static [Form],
}

/// A loss together with a head: what is computed.
pub struct Form {
    /// What the scores mean.
    pub head: &'static Head,
    /// How many scores there are.
    pub outputs: Outputs,
    /// In single precision.
    pub single: Kernel<f32>,
    /// In double precision.
    pub double: Kernel<f64>,
    /// The loss of one sample on a scalar graph; the last argument is the loss's parameter.
    pub graph: for<'g> fn(&[Var<'g>], &Target, f64) -> Var<'g>,
    /// `(scores, target, parameter, edges)` of one sample: pushes the signed distance from each place where the slope or
    /// the curvature jumps (nothing for a smooth loss).
    pub edges: fn(&[f64], &Target, f64, &mut Vec<f64>),
}

/// How many scores a form takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outputs {
    /// One, for the second of two classes.
    One,
    /// One for each of two or more classes.
    PerClass,
    /// One for each number to be predicted.
    PerValue,
}

/// What a data set asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// One of this many classes; targets are [`Targets::Classes`].
    Classes(usize),
    /// This many numbers; targets are [`Targets::Values`].
    Values(usize),
}

/// `(scores, n_outputs, targets, parameter, scale, d_scores)`, with scores and d_scores `[batch, n_outputs]`:
/// writes d_scores = scale · ∂(loss of the sample)/∂scores and returns the sum of the samples' losses.
pub type Kernel<T> = fn(&[T], usize, Targets<'_, T>, T, T, &mut [T]) -> f64;

struct Kernels;

impl Family for Kernels {
    type Of<T: Real> = Kernel<T>;
}

impl Form {
    /// The loop for `T`.
    pub fn kernel<T: Real>(&self) -> Kernel<T> {
        T::choose::<Kernels>(self.single, self.double)
    }
}

impl Outputs {
    /// The number of scores for a task; `None` if it does not fit.
    fn count(self, task: Task) -> Option<usize> {
        match (self, task) {
            (Outputs::One, Task::Classes(2)) => Some(1),
            (Outputs::PerClass, Task::Classes(n)) if n >= 2 => Some(n),
            (Outputs::PerValue, Task::Values(n)) if n >= 1 => Some(n),
            _ => None,
        }
    }
}

impl Loss {
    /// The form for a task, with the number of scores: the first one that fits, under `head` if one is asked for.
    /// Otherwise says why not and what would do.
    pub fn form(&'static self, task: Task, head: Option<&'static Head>) -> Result<(&'static Form, usize), String> {
        let fitting = || self.forms.iter().filter_map(|form| Some((form, form.outputs.count(task)?)));
        if let Some(found) = fitting().find(|(form, _)| head.is_none_or(|h| h.name == form.head.name)) {
            return Ok(found);
        }
        if let (Some(head), Some(_)) = (head, fitting().next()) {
            let possible: Vec<&str> = fitting().map(|(form, _)| form.head.name).collect();
            return Err(format!("head `{}` does not go with loss `{}` on this data; possible: {}", head.name, self.name, names(possible)));
        }
        let others = LOSSES.iter().filter(|l| l.forms.iter().any(|f| f.outputs.count(task).is_some())).map(|l| l.name);
        let reason = match task {
            Task::Classes(0 | 1) => return Err("the data has fewer than two classes: there is nothing to tell apart".into()),
            Task::Classes(_) => "the data has classes, and this loss predicts numbers",
            Task::Values(_) => "the data has numbers, and this loss predicts classes",
        };
        Err(format!("loss `{}` does not fit: {reason}; possible: {}", self.name, names(others.collect())))
    }
}

fn names(mut list: Vec<&str>) -> String {
    list.dedup();
    list.join(", ")
}

/// The row named `name`, or with that alias.
pub fn find(name: &str) -> Option<&'static Loss> {
    LOSSES.iter().find(|row| row.name == name || row.aliases.contains(&name))
}

/// The usual loss of a task.
pub fn usual(task: Task) -> &'static Loss {
    let name = if matches!(task, Task::Classes(_)) { "cross-entropy" } else { "mse" };
    find(name).expect("a row")
}

/// A form from a module's three functions.
macro_rules! form {
    ($head:expr, $outputs:expr, $module:ident :: $kernel:ident, $graph:ident, $edges:expr) => {
        Form {
            head: &$head,
            outputs: $outputs,
            single: $module::$kernel::<f32>,
            double: $module::$kernel::<f64>,
            graph: $module::$graph,
            edges: $edges,
        }
    };
}

/// Every loss.
pub static LOSSES: &[Loss] = &[
    Loss {
        name: "cross-entropy",
        aliases: &[],
        formula: "−ln p_y; p = softmax(z), gradient p − onehot(y); two classes: p = σ(z), gradient p − y",
        source: "Bridle 1990 (softmax), Cox 1958 (sigmoid); on scores, shifted so that nothing overflows",
        parameter: None,
        forms: &[
            form!(SIGMOID, Outputs::One, cross_entropy::binary, binary_graph, |_, _, _, _| {}),
            Form {
                single: cross_entropy::multiclass_single,
                ..form!(SOFTMAX, Outputs::PerClass, cross_entropy::multiclass, multiclass_graph, |_, _, _, _| {})
            },
        ],
    },
    Loss {
        name: "weston-watkins",
        aliases: &["hinge"],
        formula: "Σ_{j≠y} max(0, z_j − z_y + 1)",
        source: "Weston and Watkins 1999; the source text's multiclass hinge; slope 0 at the kink",
        parameter: None,
        forms: &[form!(IDENTITY, Outputs::PerClass, hinge::weston_watkins, weston_watkins_graph, hinge::weston_watkins_edges)],
    },
    Loss {
        name: "crammer-singer",
        aliases: &[],
        formula: "max(0, 1 + max_{j≠y} z_j − z_y)",
        source: "Crammer and Singer 2001; the first of equal scores counts; slope 0 at the kink",
        parameter: None,
        forms: &[form!(IDENTITY, Outputs::PerClass, hinge::crammer_singer, crammer_singer_graph, hinge::crammer_singer_edges)],
    },
    Loss {
        name: "one-vs-rest",
        aliases: &[],
        formula: "Σ_j max(0, 1 − t_j z_j), t_j = 1 for the sample's class, else −1; two classes: one score",
        source: "Cortes and Vapnik 1995, one machine per class; slope 0 at the kink",
        parameter: None,
        forms: &[
            form!(IDENTITY, Outputs::One, hinge::one_vs_rest, one_vs_rest_graph, hinge::one_vs_rest_edges),
            form!(IDENTITY, Outputs::PerClass, hinge::one_vs_rest, one_vs_rest_graph, hinge::one_vs_rest_edges),
        ],
    },
    Loss {
        name: "squared-hinge",
        aliases: &[],
        formula: "Σ_j max(0, 1 − t_j z_j)², t_j = 1 for the sample's class, else −1; two classes: one score",
        source: "L2-SVM; LinearSVC's default in scikit-learn",
        parameter: None,
        forms: &[
            form!(IDENTITY, Outputs::One, hinge::squared_hinge, squared_hinge_graph, hinge::one_vs_rest_edges),
            form!(IDENTITY, Outputs::PerClass, hinge::squared_hinge, squared_hinge_graph, hinge::one_vs_rest_edges),
        ],
    },
    Loss {
        name: "perceptron",
        aliases: &[],
        formula: "max(0, max_{j≠y} z_j − z_y), gradient +1 for the rival and −1 for the class where it is not negative; two classes: one score, max(0, −t z)",
        source: "Rosenblatt 1958; with batch 1 and plain descent the step is the perceptron rule, several classes by Kesler's construction (Duda and Hart 1973)",
        parameter: None,
        forms: &[
            form!(STEP, Outputs::One, hinge::perceptron_one, perceptron_one_graph, hinge::perceptron_one_edges),
            form!(IDENTITY, Outputs::PerClass, hinge::perceptron, perceptron_graph, hinge::perceptron_edges),
        ],
    },
    Loss {
        name: "half-squared",
        aliases: &[],
        formula: "½ Σ_j (z_j − y_j)², gradient z − y",
        source: "Legendre 1805, Gauss 1809: least squares",
        parameter: None,
        forms: &[form!(IDENTITY, Outputs::PerValue, regression::half_squared, half_squared_graph, |_, _, _, _| {})],
    },
    Loss {
        name: "mse",
        aliases: &[],
        formula: "Σ_j (z_j − y_j)², gradient 2(z − y)",
        source: "the source text's C = (1/m)Σ(y − a)²; torch.nn.MSELoss also divides by the number of outputs",
        parameter: None,
        forms: &[form!(IDENTITY, Outputs::PerValue, regression::squared, squared_graph, |_, _, _, _| {})],
    },
    Loss {
        name: "mae",
        aliases: &[],
        formula: "Σ_j |z_j − y_j|, slope 0 at the kink",
        source: "Laplace 1774: least absolute deviations",
        parameter: None,
        forms: &[form!(IDENTITY, Outputs::PerValue, regression::absolute, absolute_graph, regression::absolute_edges)],
    },
    Loss {
        name: "huber",
        aliases: &[],
        formula: "Σ_j h(z_j − y_j), h(r) = r²/2 where |r| ≤ delta, else delta·(|r| − delta/2)",
        source: "Huber 1964; torch.nn.HuberLoss also divides by the number of outputs",
        parameter: Some("delta"),
        forms: &[form!(IDENTITY, Outputs::PerValue, regression::huber, huber_graph, regression::huber_edges)],
    },
];

/// How many samples are given their class: the first highest score; with one score, the second class where it is above 0.
/// `scores` `[batch, n_outputs]`; a NaN never counts.
pub fn n_correct<T: Real>(scores: &[T], n_outputs: usize, classes: &[u32]) -> usize {
    if n_outputs == 1 {
        let right = |(z, y): &(&T, &u32)| if **y == 1 { **z > T::default() } else { **z <= T::default() };
        return scores.iter().zip(classes).filter(right).count();
    }
    let first_highest = |(z, y): &(&[T], &u32)| {
        let (before, rest) = z.split_at(**y as usize);
        before.iter().all(|v| *v < rest[0]) && rest.iter().all(|v| *v <= rest[0])
    };
    scores.chunks_exact(n_outputs).zip(classes).filter(first_highest).count()
}
