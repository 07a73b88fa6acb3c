//! The kinds of model that a training trial may have, one row each: what each reads, what becomes of its settings, how it is trained.

use super::{Trained, machine, network, resolve};
use crate::cli::counted;
use crate::experiment::{Axis, Experiment, Include, Points};
use crate::kind::{Checked, Resolved, matches};
use crate::library::Library;
use crate::plan::{Plan, Planned, Refusal};
use crate::state::State;
use crate::stream::Seeds;
use crate::trial::Trial;
use crate::value::Value;

/// A kind of model.
pub struct ModelKind {
    /// As written in a file.
    pub name: &'static str,
    /// What it is.
    pub formula: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// The settings of a training trial that it reads.
    pub settings: Reads,
    /// Replaces what depends on data and files, and refuses what cannot run.
    pub resolve: fn(Trial, &Seeds, &Library) -> Result<Resolved, Refusal>,
    /// Trains one, from a shorter trial's state where there is one; `None` if the last argument said to stop.
    pub train: Train,
    /// Whether a longer trial can go on from a shorter one's state.
    pub has_states: bool,
    /// Whether it descends a gradient, which is then checked.
    pub has_gradient: bool,
}

/// How a kind of model is trained.
pub type Train = fn(&Planned, &Experiment, &Library, Option<&State>, &dyn Fn() -> bool) -> Result<Option<Trained>, String>;

/// Which settings are read: groups (`"model."`) and single paths.
pub enum Reads {
    /// These.
    Only(&'static [&'static str]),
    /// All but these.
    AllBut(&'static [&'static [&'static str]]),
}

/// What the hidden layers read.
const HIDDEN: &[&str] =
    &["model.activation", "model.alpha", "model.backbone", "model.dropout", "model.hidden", "model.leak", "model.neck", "model.norm"];

/// What the dual of a support vector machine reads.
const DUAL: &[&str] = &[
    "model.class-weights",
    "model.coef0",
    "model.degree",
    "model.gamma",
    "model.kernel",
    "model.scheme",
    "train.cache",
    "train.tolerance",
];

/// Every kind; the first is the default.
pub static MODELS: &[&ModelKind] = &[
    &ModelKind {
        name: "mlp",
        formula: "z = W_L φ(… φ(W_1 x + b_1) …) + b_L, trained by descent on mean loss + penalty",
        source: "Rumelhart, Hinton and Williams 1986",
        settings: Reads::AllBut(&[DUAL]),
        resolve: resolve::network,
        train: network::train,
        has_states: true,
        has_gradient: true,
    },
    &ModelKind {
        name: "linear",
        formula: "z = W x + b, trained likewise: softmax, the hinges of linear support vector machines, the perceptron, least squares",
        source: "Rosenblatt 1958, Cox 1958, Cortes and Vapnik 1995: by its loss",
        settings: Reads::AllBut(&[DUAL, HIDDEN]),
        resolve: resolve::linear,
        train: network::train,
        has_states: true,
        has_gradient: true,
    },
    &ModelKind {
        name: "kernel-svm",
        formula: "f(x) = Σ α_i y_i K(x_i, x) + b, min ½αᵀQα − eᵀα, 0 ≤ α ≤ C, yᵀα = 0: the soft margin's dual, solved for each pair of classes",
        source: "Boser, Guyon and Vapnik 1992, Cortes and Vapnik 1995; solved as in LIBSVM (Chang and Lin 2011)",
        settings: Reads::Only(&[
            "data.",
            "model.class-weights",
            "model.coef0",
            "model.degree",
            "model.gamma",
            "model.kernel",
            "model.kind",
            "model.scheme",
            "train.C",
            "train.cache",
            "train.epochs",
            "train.lambda",
            "train.penalty",
            "train.tolerance",
        ]),
        resolve: resolve::machine,
        train: machine::train,
        has_states: false,
        has_gradient: false,
    },
];

impl ModelKind {
    /// Whether it reads a setting.
    pub fn reads(&self, path: &str) -> bool {
        let any = |list: &[&str]| list.iter().any(|s| matches(s, path));
        match self.settings {
            Reads::Only(these) => any(these),
            Reads::AllBut(lists) => !lists.iter().any(|list| any(list)),
        }
    }
}

/// Whether a trial's numbers depend on a setting: its model reads it, and the kernel of a kernel machine does.
pub fn applies(trial: &Trial, path: &str) -> bool {
    let of_kernel = ["gamma", "degree", "coef0"].into_iter().find(|name| path.strip_prefix("model.") == Some(name));
    trial.model.kind.reads(path) && of_kernel.is_none_or(|name| trial.model.machine.kernel.reads.contains(&name))
}

/// The kinds that an experiment's points may have.
pub fn in_play(base: &Trial, axes: &[Axis], includes: &[Include]) -> Vec<&'static ModelKind> {
    const PATH: &str = "model.kind";
    let mut named: Vec<Value> = includes.iter().flat_map(|i| &i.settings).filter(|(s, _)| s.path == PATH).map(|(_, v)| v.clone()).collect();
    let mut is_swept = false;
    for axis in axes {
        let place = axis.settings.iter().position(|s| s.path == PATH);
        if let (Some(place), Points::Listed(rows)) = (place, &axis.points) {
            named.extend(rows.iter().map(|row| row[place].clone()));
            is_swept |= axis.condition.is_none();
        }
    }
    let is_based = !is_swept || !includes.is_empty();
    let is_named = |kind: &ModelKind| named.contains(&Value::Text(kind.name.into()));
    MODELS.iter().copied().filter(|kind| is_named(kind) || (is_based && kind.name == base.model.kind.name)).collect()
}

/// Refuses a point by what it says alone: C and λ are two names of one thing.
pub fn refuse(trial: &Trial) -> Result<(), Refusal> {
    let blame = |message: String| Err(crate::plan::blame("train.C")(message));
    let penalty = trial.train.penalty;
    match (trial.train.c, penalty.of_soft_margin) {
        (Some(_), _) if trial.train.lambda > 0.0 => {
            let same = if penalty.soft_margin.is_empty() { String::new() } else { format!(": C = {}", penalty.soft_margin) };
            blame(format!("give `train.C` or `train.lambda`, not both: they are two names of one thing{same}"))
        }
        (Some(_), None) => {
            let with = thalweg_math::penalty::PENALTIES.iter().filter(|p| p.of_soft_margin.is_some()).map(|p| p.name);
            blame(format!("the penalty `{}` is no soft margin; possible: {}", penalty.name, with.collect::<Vec<_>>().join(", ")))
        }
        (None, None) if trial.train.lambda > 0.0 && !trial.model.kind.has_gradient => {
            let message = format!("`{}` is no soft margin, which a {} has: give `train.C`", penalty.name, trial.model.kind.name);
            Err(crate::plan::blame("train.penalty")(message))
        }
        _ => Ok(()),
    }
}

/// Checks the gradients of the trials that descend one.
pub fn gradcheck(plan: &Plan, library: &Library) -> Result<Checked, String> {
    let mut checked = crate::gradient::check_all(plan, library)?;
    for kind in MODELS.iter().filter(|kind| !kind.has_gradient) {
        let n = plan.trials().filter(|planned| planned.trial.model.kind.name == kind.name).count();
        if n > 0 {
            checked.lines.insert(0, format!("{}: {}: no gradient is descended, so there is none to check", kind.name, counted(n, "trial")));
        }
    }
    Ok(checked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::SETTINGS;

    /// A setting that no kind of model reads is a promise that nobody keeps; what a kind names exists.
    #[test]
    fn each_setting_is_read_by_a_kind_and_each_name_is_a_setting() {
        let of_training = || SETTINGS.iter().filter(|s| super::super::KIND.reads(s.path));
        for setting in of_training() {
            assert!(MODELS.iter().any(|kind| kind.reads(setting.path)), "{}", setting.path);
        }
        for kind in MODELS {
            let lists: Vec<&[&str]> = match kind.settings {
                Reads::Only(these) => vec![these],
                Reads::AllBut(lists) => lists.to_vec(),
            };
            for name in lists.into_iter().flatten() {
                assert!(of_training().any(|s| matches(name, s.path)), "{}: {name}", kind.name);
            }
        }
    }

    #[test]
    fn a_kernel_decides_which_of_its_parameters_count() {
        let mut trial = Trial::default();
        assert!(!applies(&trial, "model.gamma") && applies(&trial, "model.hidden"));
        trial.model.kind = MODELS.iter().find(|k| !k.has_gradient).expect("a row");
        for kernel in thalweg_math::kernel::KERNELS {
            trial.model.machine.kernel = kernel;
            for name in ["gamma", "degree", "coef0"] {
                assert_eq!(applies(&trial, &format!("model.{name}")), kernel.reads.contains(&name), "{} {name}", kernel.name);
            }
            assert!(!applies(&trial, "train.lr") && applies(&trial, "train.C"));
        }
    }
}
