//! The recorded quantities, one row each: how each is named, defined and read from a moment of training.

use thalweg_math::objective::Evaluation;

/// A moment of training, as measured.
#[derive(Clone, Debug, Default)]
pub struct Moment {
    /// On the training part (or the running mean of the batches).
    pub train: Option<Evaluation>,
    /// On the validation part; `None` where it is empty.
    pub valid: Option<Evaluation>,
    /// On the test part; measured at the best and final epochs alone.
    pub test: Option<Evaluation>,
    /// Means over the epoch's sampled steps.
    pub steps: StepMeans,
    /// Where `train.gradient-sample` asks for it.
    pub sample_gradient: Option<SampleGradient>,
    /// Euclidean norm of all weights, biases excluded.
    pub weight_norm: f64,
    /// Share of hidden units that are dead; `None` without hidden units.
    pub dead: Option<f64>,
    /// Share of (hidden unit, sample) pairs that are saturated.
    pub saturated: Option<f64>,
    /// Of a kernel machine.
    pub machine: Option<MachineMoment>,
}

/// What is measured of a kernel machine.
#[derive(Clone, Copy, Debug)]
pub struct MachineMoment {
    /// Training samples with a coefficient that is not 0 in any of its binary problems.
    pub n_support: usize,
    /// Binary problems whose solver came to its limit of steps.
    pub n_unsolved: usize,
    /// Sum over the binary problems.
    pub dual_objective: f64,
    /// Likewise.
    pub duality_gap: f64,
    /// 2/‖w‖ of a single problem.
    pub margin_width: Option<f64>,
}

/// Means over the sampled steps of an epoch.
#[derive(Clone, Copy, Debug)]
pub struct StepMeans {
    /// Euclidean norm of the batch gradient, penalty included.
    pub grad_norm: f64,
    /// ‖Δθ‖/‖θ‖ over the parameters that are trained.
    pub update_ratio: f64,
    /// Share of the first layer's units whose weights all move with one sign; NaN where none moves.
    pub zigzag: f64,
    /// Standard deviation of the losses of all batches; NaN for a single one.
    pub loss_sd: f64,
}

impl Default for StepMeans {
    fn default() -> StepMeans {
        StepMeans { grad_norm: f64::NAN, update_ratio: f64::NAN, zigzag: f64::NAN, loss_sd: f64::NAN }
    }
}

/// How the gradient of a part of the samples compares with that of the whole training part, at the same parameters.
#[derive(Clone, Copy, Debug)]
pub struct SampleGradient {
    /// Of the angle between them.
    pub cosine: f64,
    /// Of their norms, sample over whole.
    pub ratio: f64,
}

/// A recorded quantity.
pub struct Probe {
    /// Column name; `_final` is added for the final epoch.
    pub name: &'static str,
    /// Definition and unit.
    pub formula: &'static str,
    /// Whether `epochs.csv` has it for every recorded epoch.
    pub every_epoch: bool,
    /// Reads it; `None` is an empty cell.
    pub read: fn(&Moment) -> Option<f64>,
}

/// Every probe, in the order of the columns.
pub static PROBES: &[Probe] = &[
    Probe {
        name: "train_loss",
        formula: "mean data loss on the training part, nats, penalty excluded",
        every_epoch: true,
        read: |m| Some(m.train.as_ref()?.loss),
    },
    Probe {
        name: "valid_loss",
        formula: "mean data loss on the validation part, nats",
        every_epoch: true,
        read: |m| Some(m.valid.as_ref()?.loss),
    },
    Probe {
        name: "test_loss",
        formula: "mean data loss on the test part, nats",
        every_epoch: false,
        read: |m| Some(m.test.as_ref()?.loss),
    },
    Probe {
        name: "train_accuracy",
        formula: "share of training samples whose highest score is their class",
        every_epoch: true,
        read: |m| m.train.as_ref()?.accuracy,
    },
    Probe {
        name: "valid_accuracy",
        formula: "share of validation samples whose highest score is their class",
        every_epoch: true,
        read: |m| m.valid.as_ref()?.accuracy,
    },
    Probe {
        name: "test_accuracy",
        formula: "share of test samples whose highest score is their class",
        every_epoch: false,
        read: |m| m.test.as_ref()?.accuracy,
    },
    Probe {
        name: "train_r2",
        formula: "1 − Σ(y − z)²/Σ(y − ȳ)² on the training part, mean over outputs; regression",
        every_epoch: true,
        read: |m| m.train.as_ref()?.r2,
    },
    Probe { name: "valid_r2", formula: "the same on the validation part", every_epoch: true, read: |m| m.valid.as_ref()?.r2 },
    Probe { name: "test_r2", formula: "the same on the test part", every_epoch: false, read: |m| m.test.as_ref()?.r2 },
    Probe {
        name: "grad_norm",
        formula: "‖g‖₂, g the batch gradient with penalty: mean over up to 16 evenly spread steps of the epoch",
        every_epoch: true,
        read: |m| Some(m.steps.grad_norm),
    },
    Probe {
        name: "weight_norm",
        formula: "‖w‖₂ over all weights, biases excluded; of a kernel machine in the kernel's space, √Σ‖w‖² over its problems",
        every_epoch: true,
        read: |m| Some(m.weight_norm),
    },
    Probe {
        name: "update_ratio",
        formula: "‖Δθ‖₂/‖θ‖₂ over trained parameters: mean over the same steps as grad_norm",
        every_epoch: true,
        read: |m| Some(m.steps.update_ratio),
    },
    Probe {
        name: "dead_fraction",
        formula: "share of hidden units whose slope is 0 on each of the first 256 training samples",
        every_epoch: true,
        read: |m| m.dead,
    },
    Probe {
        name: "saturated_fraction",
        formula: "share of (hidden unit, sample) pairs of the first 256 training samples where the slope is below 1 % of the activation's largest",
        every_epoch: true,
        read: |m| m.saturated,
    },
    Probe {
        name: "zigzag_share",
        formula: "share of the first layer's units, and of the same steps as grad_norm, whose weights' gradients all have one sign (zeros and biases ignored)",
        every_epoch: true,
        read: |m| Some(m.steps.zigzag),
    },
    Probe {
        name: "batch_loss_sd",
        formula: "standard deviation of the batches' losses over the epoch, penalty included: how much the loss swings from step to step",
        every_epoch: true,
        read: |m| Some(m.steps.loss_sd),
    },
    Probe {
        name: "gradient_cosine",
        formula: "cosine of the angle between the gradient of a random share of the training samples (train.gradient-sample) and that of all, where the epoch ends",
        every_epoch: true,
        read: |m| Some(m.sample_gradient?.cosine),
    },
    Probe {
        name: "gradient_ratio",
        formula: "ratio of the norms of the same two gradients, share over all",
        every_epoch: true,
        read: |m| Some(m.sample_gradient?.ratio),
    },
    Probe {
        name: "n_support",
        formula: "support vectors of a kernel machine: training samples with a coefficient that is not 0 in any of its binary problems",
        every_epoch: true,
        read: |m| Some(m.machine?.n_support as f64),
    },
    Probe {
        name: "dual_objective",
        formula: "½αᵀQα − eᵀα, summed over the binary problems of a kernel machine",
        every_epoch: true,
        read: |m| Some(m.machine?.dual_objective),
    },
    Probe {
        name: "duality_gap",
        formula: "½‖w‖² + Σ C_i ξ_i plus the dual objective, summed likewise: 0 at the optimum of a kernel that is positive semidefinite",
        every_epoch: true,
        read: |m| Some(m.machine?.duality_gap),
    },
    Probe {
        name: "margin_width",
        formula: "2/‖w‖, the distance between H1 and H2 in the kernel's space, of a kernel machine for two classes",
        every_epoch: true,
        read: |m| m.machine?.margin_width,
    },
    Probe {
        name: "n_unsolved",
        formula: "binary problems whose solver came to `train.epochs` before `train.tolerance`; 0: converged",
        every_epoch: true,
        read: |m| Some(m.machine?.n_unsolved as f64),
    },
];

/// What is measured of one group of layers (`backbone.1`, `neck`, `head`) where `[record] layers` asks for it.
#[derive(Clone, Copy, Debug)]
pub struct LayerMoment {
    /// Norm of the gradient of the group's parameters, mean over the sampled steps.
    pub grad_norm: f64,
    /// Norm of its weights.
    pub weight_norm: f64,
    /// Share of its units whose weights all move with one sign, over the sampled steps.
    pub zigzag: f64,
    /// Its activation's units; `None` for the head.
    pub units: Option<LayerUnits>,
}

/// The units of a group's activation on the first 256 training samples.
#[derive(Clone, Copy, Debug)]
pub struct LayerUnits {
    /// Share that is dead.
    pub dead: f64,
    /// Share of pairs that are saturated.
    pub saturated: f64,
    /// Mean of the activation's inputs.
    pub input_mean: f64,
    /// Their standard deviation.
    pub input_sd: f64,
}

/// A quantity of one group of layers.
pub struct LayerProbe {
    /// Column of `layers.csv`.
    pub name: &'static str,
    /// Definition.
    pub formula: &'static str,
    /// Reads it; `None` is an empty cell.
    pub read: fn(&LayerMoment) -> Option<f64>,
}

/// Every quantity of a group of layers, in the order of the columns.
pub static LAYER_PROBES: &[LayerProbe] = &[
    LayerProbe {
        name: "grad_norm",
        formula: "‖g‖₂ over the group's parameters, as the probe of the same name",
        read: |m| Some(m.grad_norm),
    },
    LayerProbe { name: "weight_norm", formula: "‖w‖₂ over the group's weights", read: |m| Some(m.weight_norm) },
    LayerProbe {
        name: "dead_fraction",
        formula: "share of its units that are dead, as the probe of the same name",
        read: |m| Some(m.units?.dead),
    },
    LayerProbe { name: "saturated_fraction", formula: "share of its pairs that are saturated", read: |m| Some(m.units?.saturated) },
    LayerProbe { name: "zigzag_share", formula: "share of its units that zig-zag", read: |m| Some(m.zigzag) },
    LayerProbe {
        name: "input_mean",
        formula: "mean of its activation's inputs on the first 256 training samples",
        read: |m| Some(m.units?.input_mean),
    },
    LayerProbe { name: "input_sd", formula: "standard deviation of the same", read: |m| Some(m.units?.input_sd) },
];

impl LayerMoment {
    /// Every probe's value, in the table's order; NaN stands for an empty cell.
    pub fn values(&self) -> Vec<f64> {
        LAYER_PROBES.iter().map(|p| (p.read)(self).unwrap_or(f64::NAN)).collect()
    }
}

impl Moment {
    /// Every probe's value, in the table's order; NaN stands for an empty cell.
    pub fn values(&self) -> Vec<f64> {
        PROBES.iter().map(|p| (p.read)(self).unwrap_or(f64::NAN)).collect()
    }
}

/// The values of a recorded epoch with what the test part says of it, which is measured at the best and final epochs alone.
pub fn with_test(row: &[f64], test: Option<Evaluation>) -> Vec<f64> {
    let moment = Moment { test, ..Moment::default() };
    let value = |(p, v): (&Probe, &f64)| if p.every_epoch { *v } else { (p.read)(&moment).unwrap_or(f64::NAN) };
    PROBES.iter().zip(row).map(value).collect()
}

/// The place of a probe in a record.
pub fn index(name: &str) -> Option<usize> {
    PROBES.iter().position(|p| p.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_measured_in_every_epoch_is_what_the_test_part_says() {
        let evaluation = || Some(Evaluation { loss: 1.0, accuracy: Some(2.0), r2: Some(3.0), n: 4 });
        let (moment, whole) =
            (Moment { train: evaluation(), ..Moment::default() }, Moment { train: evaluation(), test: evaluation(), ..Moment::default() });
        let same = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits());
        assert!(same(&with_test(&moment.values(), evaluation()), &whole.values()));
        for (probe, (with, without)) in PROBES.iter().zip(whole.values().iter().zip(moment.values())) {
            assert_eq!(with.is_nan() == without.is_nan(), probe.every_epoch, "{}", probe.name);
        }
    }
}
