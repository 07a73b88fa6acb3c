//! What a network is made of: three named parts, and the layers that each of them becomes.

use crate::activation::Activation;
use crate::layer::{Activate, AnyLayer, Dense, Dropout, LayerRow};

/// A multi-layer perceptron in three parts. The backbone makes features, the neck narrows them, the head scores them.
///
/// Every width of the backbone is a group dense, normalisation if any, activation, dropout if any; the neck is the same
/// without dropout; the head is dense alone.
#[derive(Clone, Copy)]
pub struct Architecture<'a> {
    /// Features per sample, ≥ 1.
    pub n_inputs: usize,
    /// Units of each hidden layer of the backbone, each ≥ 1; may be empty.
    pub backbone: &'a [usize],
    /// Units of the neck, ≥ 1; a bottleneck where that is less than what comes in.
    pub neck: Option<usize>,
    /// Scores per sample, ≥ 1.
    pub n_outputs: usize,
    /// The activation of the hidden units.
    pub activation: &'static Activation,
    /// The activation's parameter, where it has one.
    pub parameter: f64,
    /// The layer between a dense one and its activation, from [`crate::layer::LAYERS`].
    pub norm: Option<&'static LayerRow>,
    /// Probability that an output of the backbone's layers is dropped in training, in [0, 1); 0: no such layer.
    pub dropout: f64,
    /// Whether the backbone learns.
    pub training: Training,
}

/// Which parts learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Training {
    /// All of them.
    Whole,
    /// All but the backbone, which runs as at evaluation.
    FrozenBackbone,
}

impl<'a> Architecture<'a> {
    /// Hidden layers and a head, nothing else.
    pub fn plain(
        n_inputs: usize,
        hidden: &'a [usize],
        n_outputs: usize,
        activation: &'static Activation,
        parameter: f64,
    ) -> Architecture<'a> {
        let (neck, norm, dropout, training) = (None, None, 0.0, Training::Whole);
        Architecture { n_inputs, backbone: hidden, neck, n_outputs, activation, parameter, norm, dropout, training }
    }

    /// The groups of layers in order, each with its name (`"backbone.1"`, `"neck"`, `"head"`).
    pub(crate) fn groups(&self) -> Vec<(String, Vec<Box<dyn AnyLayer>>)> {
        let mut n_in = self.n_inputs;
        let mut groups = Vec::new();
        for (i, &width) in self.backbone.iter().enumerate() {
            let mut layers = self.hidden(n_in, width);
            if self.dropout > 0.0 {
                layers.push(Box::new(Dropout { rate: self.dropout, n_units: width }));
            }
            groups.push((format!("backbone.{}", i + 1), layers));
            n_in = width;
        }
        if let Some(width) = self.neck {
            groups.push(("neck".into(), self.hidden(n_in, width)));
            n_in = width;
        }
        groups.push(("head".into(), vec![Box::new(Dense { n_in, n_out: self.n_outputs })]));
        groups
    }

    fn hidden(&self, n_in: usize, n_units: usize) -> Vec<Box<dyn AnyLayer>> {
        let mut layers: Vec<Box<dyn AnyLayer>> = vec![Box::new(Dense { n_in, n_out: n_units })];
        layers.extend(self.norm.and_then(|row| row.normalise).map(|make| make(n_units)));
        layers.push(Box::new(Activate { activation: self.activation, parameter: self.parameter, n_units }));
        layers
    }
}
