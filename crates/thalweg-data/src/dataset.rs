//! `Dataset`: samples, labels and what they are for.

use ndarray::Array2;

/// What is to be learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// One of several classes.
    Classes {
        /// How many.
        n_classes: usize,
    },
    /// Numbers.
    Regression {
        /// How many a sample.
        n_outputs: usize,
    },
}

/// What is known of each sample.
#[derive(Clone, Debug, PartialEq)]
pub enum Labels {
    /// [n], each below `n_classes`.
    Classes(Vec<u32>),
    /// [n, n_outputs]
    Values(Array2<f64>),
}

/// A set of samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// The source's name.
    pub name: String,
    /// Samples, [n, n_features].
    pub x: Array2<f64>,
    /// Labels, [n].
    pub y: Labels,
    /// What is to be learned.
    pub task: Task,
    /// Names of the columns of `x`.
    pub feature_names: Vec<String>,
    /// Names of the classes; empty for regression.
    pub class_names: Vec<String>,
}

impl Dataset {
    /// Hands over the content in a canonical order (task, shape, samples and labels by rows, little-endian), for hashing.
    pub fn feed(&self, sink: &mut dyn FnMut(&[u8])) {
        sink(format!("{:?} {:?};", self.task, self.x.dim()).as_bytes());
        for value in &self.x {
            sink(&(value + 0.0).to_bits().to_le_bytes());
        }
        match &self.y {
            Labels::Classes(labels) => labels.iter().for_each(|l| sink(&l.to_le_bytes())),
            Labels::Values(values) => values.iter().for_each(|v| sink(&(v + 0.0).to_bits().to_le_bytes())),
        }
    }
}
