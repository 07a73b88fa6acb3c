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
    /// Mean over the epoch's steps of the Euclidean norm of the batch gradient, penalty included.
    pub grad_norm: f64,
    /// Euclidean norm of all weights, biases excluded.
    pub weight_norm: f64,
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
        name: "grad_norm",
        formula: "mean over the epoch's steps of ‖g‖₂, g the batch gradient with penalty",
        every_epoch: true,
        read: |m| Some(m.grad_norm),
    },
    Probe {
        name: "weight_norm", formula: "‖w‖₂ over all weights, biases excluded", every_epoch: true, read: |m| Some(m.weight_norm)
    },
];

impl Moment {
    /// Every probe's value, in the table's order; NaN stands for an empty cell.
    pub fn values(&self) -> Vec<f64> {
        PROBES.iter().map(|p| (p.read)(self).unwrap_or(f64::NAN)).collect()
    }
}

/// The place of a probe in a record.
pub fn index(name: &str) -> Option<usize> {
    PROBES.iter().position(|p| p.name == name)
}
