//! `Dataset`: samples, labels and what they are for.

use ndarray::{Array2, Axis};

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

impl Labels {
    /// How many samples have one.
    pub fn n_rows(&self) -> usize {
        match self {
            Labels::Classes(labels) => labels.len(),
            Labels::Values(values) => values.nrows(),
        }
    }
}

/// The samples, as compactly as they came: [n, n_features], row-major.
#[derive(Clone, Debug, PartialEq)]
pub enum Samples {
    /// Pixels of 8 bits: an eighth of the room that numbers take.
    Bytes(Array2<u8>),
    /// Anything else; NaN is a missing value.
    Numbers(Array2<f64>),
}

impl Samples {
    /// Rows and columns.
    pub fn dim(&self) -> (usize, usize) {
        match self {
            Samples::Bytes(x) => x.dim(),
            Samples::Numbers(x) => x.dim(),
        }
    }

    /// Bytes that they take.
    pub fn n_bytes(&self) -> usize {
        match self {
            Samples::Bytes(x) => x.len(),
            Samples::Numbers(x) => x.len() * size_of::<f64>(),
        }
    }

    /// One value.
    pub fn value(&self, row: usize, column: usize) -> f64 {
        match self {
            Samples::Bytes(x) => f64::from(x[(row, column)]),
            Samples::Numbers(x) => x[(row, column)],
        }
    }

    /// Copies one row; `out: [n_features]`.
    pub fn copy_row(&self, row: usize, out: &mut [f64]) {
        let n = out.len();
        match self {
            Samples::Bytes(x) => {
                let from = &x.as_slice().expect("sets are row-major")[row * n..][..n];
                out.iter_mut().zip(from).for_each(|(out, v)| *out = f64::from(*v));
            }
            Samples::Numbers(x) => out.copy_from_slice(&x.as_slice().expect("sets are row-major")[row * n..][..n]),
        }
    }
}

/// How the features of a picture lie: rows of pixels, the channels of a pixel side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageShape {
    /// Pixels from top to bottom.
    pub height: usize,
    /// Pixels from left to right.
    pub width: usize,
    /// Values of a pixel: 1 is grey, 3 are red, green, blue.
    pub channels: usize,
}

impl ImageShape {
    /// H·W·C, the length of the flattened picture; `None` if it does not fit the machine.
    pub fn n_elements(&self) -> Option<usize> {
        self.height.checked_mul(self.width)?.checked_mul(self.channels)
    }

    /// A feature for each element.
    pub fn features(&self) -> Vec<Feature> {
        let name = |y, x, c| if self.channels == 1 { format!("pixel_{y}_{x}") } else { format!("pixel_{y}_{x}_{c}") };
        let pixels = (0..self.height).flat_map(|y| (0..self.width).map(move |x| (y, x)));
        pixels.flat_map(|(y, x)| (0..self.channels).map(move |c| Feature::number(name(y, x, c)))).collect()
    }
}

/// A column of the samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    /// Its name.
    pub name: String,
    /// The words that its values 0, 1, … stand for; empty for a number.
    pub categories: Vec<String>,
}

impl Feature {
    /// A number.
    pub fn number(name: impl Into<String>) -> Feature {
        Feature { name: name.into(), categories: Vec::new() }
    }
}

/// A set of samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// The source's name.
    pub name: String,
    /// Samples, [n, n_features].
    pub x: Samples,
    /// Labels, [n].
    pub y: Labels,
    /// What is to be learned.
    pub task: Task,
    /// The columns of `x`.
    pub features: Vec<Feature>,
    /// Names of the classes; empty for regression.
    pub class_names: Vec<String>,
    /// How the columns make up a picture, if they do.
    pub image: Option<ImageShape>,
    /// How many of the last rows are the set's own test part; 0: it has none.
    pub n_test: usize,
    /// [n]: rows of one group stay in one part.
    pub groups: Option<Vec<u32>>,
    /// The columns of a table that are no features: the target first.
    pub others: Vec<String>,
}

impl Dataset {
    /// The samples of its first `n` classes; says why there are none.
    pub fn of_first_classes(mut self, n: usize) -> Result<Dataset, String> {
        let Labels::Classes(labels) = &self.y else {
            return Err(format!("{} has numbers and no classes", self.name));
        };
        if !(2..=self.class_names.len()).contains(&n) {
            return Err(format!("{n} of the {} classes of {} cannot be taken: 2 or more, at most all", self.class_names.len(), self.name));
        }
        let rows: Vec<usize> = (0..labels.len()).filter(|row| (labels[*row] as usize) < n).collect();
        let first_test = labels.len() - self.n_test;
        self.n_test = rows.iter().filter(|row| **row >= first_test).count();
        self.groups = self.groups.map(|groups| rows.iter().map(|row| groups[*row]).collect());
        self.y = Labels::Classes(rows.iter().map(|row| labels[*row]).collect());
        self.x = match &self.x {
            Samples::Bytes(x) => Samples::Bytes(x.select(Axis(0), &rows)),
            Samples::Numbers(x) => Samples::Numbers(x.select(Axis(0), &rows)),
        };
        self.class_names.truncate(n);
        self.task = Task::Classes { n_classes: n };
        Ok(self)
    }

    /// Hands over the content in a canonical order (task, shape, names, samples and labels by rows, little-endian), for hashing. Kept
    /// weights say the names of columns and classes, by which new samples are matched: under other names it is another set.
    pub fn feed(&self, sink: &mut dyn FnMut(&[u8])) {
        let mut words = format!("{:?} {:?} {:?} {} ", self.task, self.x.dim(), self.image, self.n_test);
        words.extend(self.features.iter().flat_map(|f| &f.categories).map(|c| format!("{c:?}")));
        // A picture's columns are named by its shape.
        words.extend(self.features.iter().filter(|_| self.image.is_none()).map(|f| format!("{:?}", f.name)));
        words.extend([&self.class_names, &self.others].iter().map(|names| format!("{names:?}")));
        sink(words.as_bytes());
        match &self.x {
            Samples::Bytes(x) => sink(x.as_slice().expect("sets are row-major")),
            Samples::Numbers(x) => feed_numbers(x, sink),
        }
        match &self.y {
            Labels::Classes(labels) => feed_words(labels, sink),
            Labels::Values(values) => feed_numbers(values, sink),
        }
        if let Some(groups) = &self.groups {
            feed_words(groups, sink);
        }
    }
}

/// In pieces: a call for each number would cost more than hashing it.
fn feed_numbers(values: &Array2<f64>, sink: &mut dyn FnMut(&[u8])) {
    let mut bytes = Vec::with_capacity(8 * 1024);
    for piece in values.as_slice().expect("sets are row-major").chunks(1024) {
        bytes.clear();
        piece.iter().for_each(|v| bytes.extend_from_slice(&(v + 0.0).to_bits().to_le_bytes()));
        sink(&bytes);
    }
}

fn feed_words(values: &[u32], sink: &mut dyn FnMut(&[u8])) {
    sink(&values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<_>>());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: six samples of three classes, the last two for testing.
    #[test]
    fn the_first_classes_keep_their_test_part_and_groups() {
        let set = Dataset {
            name: "six".into(),
            x: Samples::Numbers(Array2::from_shape_fn((6, 1), |(row, _)| row as f64)),
            y: Labels::Classes(vec![0, 2, 1, 1, 2, 0]),
            task: Task::Classes { n_classes: 3 },
            features: vec![Feature::number("x")],
            class_names: ["a", "b", "c"].map(String::from).to_vec(),
            image: None,
            n_test: 2,
            groups: Some(vec![10, 11, 12, 13, 14, 15]),
            others: Vec::new(),
        };
        assert_eq!(set.clone().of_first_classes(3).as_ref(), Ok(&set));
        let two = set.clone().of_first_classes(2).expect("it has them");
        assert_eq!((two.y, two.n_test, two.groups), (Labels::Classes(vec![0, 1, 1, 0]), 1, Some(vec![10, 12, 13, 15])));
        assert_eq!(two.x, Samples::Numbers(Array2::from_shape_vec((4, 1), vec![0.0, 2.0, 3.0, 5.0]).expect("four")));
        assert_eq!((two.task, two.class_names.len()), (Task::Classes { n_classes: 2 }, 2));
        for n in [0, 1, 4] {
            assert!(set.clone().of_first_classes(n).is_err(), "{n}");
        }
    }
}
