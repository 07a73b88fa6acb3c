//! The data sources, one row each: embedded, generated, installed by the user, or the user's own.

mod spec;

use rand::RngCore;

use crate::dataset::{Dataset, Samples};
use crate::error::DataError;
use crate::{embedded, generate, known, read};

pub use spec::{Column, Header, Missing, SourceSpec, TaskKind, Verify};

/// Where a source's samples come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// They are in the program.
    Embedded,
    /// A formula and a draw make them.
    Generated,
    /// Files that the user installs once.
    Installed(&'static known::Known),
    /// A file or folder of the user's.
    Own,
}

/// A data source.
pub struct Source {
    /// As written in a file.
    pub name: &'static str,
    /// What it holds.
    pub summary: &'static str,
    /// Where it comes from, and its licence.
    pub source: &'static str,
    /// Where its samples come from.
    pub origin: Origin,
    /// The settings under `data` that it reads.
    pub takes: &'static [&'static str],
    make: fn(&SourceSpec, &mut dyn RngCore) -> Result<Dataset, DataError>,
}

impl Source {
    /// The set; `rng` is drawn from by generators alone.
    pub fn load(&self, spec: &SourceSpec, rng: &mut dyn RngCore) -> Result<Dataset, DataError> {
        if let Some(option) = spec.given().into_iter().find(|option| !self.takes.contains(option)) {
            let takes = if self.takes.is_empty() { "nothing".into() } else { self.takes.join(", ") };
            return Err(DataError::option(option, format!("data source `{}` takes no `{option}`; it takes {takes}", self.name)));
        }
        let set = (self.make)(spec, rng)?;
        whole(&set, spec, self.takes)?;
        match spec.classes {
            Some(n) => set.of_first_classes(n).map_err(|reason| DataError::option("classes", reason)),
            None => Ok(set),
        }
    }
}

/// What every set must be: some samples, some features, two classes, and no missing value but where it is filled in.
fn whole(set: &Dataset, spec: &SourceSpec, takes: &[&str]) -> Result<(), DataError> {
    let (n, n_features) = set.x.dim();
    let wrong = |reason: String| match &spec.path {
        Some(path) => Err(DataError::file(path, reason)),
        None => Err(DataError::option("source", format!("{} {reason}", set.name))),
    };
    if n == 0 || n_features == 0 || n == set.n_test {
        return wrong(format!(
            "has {n} samples of {n_features} features, {} of the samples for testing: nothing to learn from",
            set.n_test
        ));
    }
    if set.class_names.len() == 1 {
        return wrong(format!("has one class only, `{}`", set.class_names[0]));
    }
    let Samples::Numbers(x) = &set.x else { return Ok(()) };
    let bad = x.indexed_iter().find(|((_, c), v)| {
        let is_filled = matches!(spec.missing, Missing::Mean | Missing::Median);
        let is_missing = v.is_nan() && (is_filled || !set.features[*c].categories.is_empty());
        !v.is_finite() && !is_missing
    });
    match bad {
        Some(((row, column), v)) => {
            let (what, help) = match v.is_nan() {
                true if takes.contains(&"missing") => ("is missing", ": `missing = \"mean\"`, `\"median\"` or `\"drop\"` says what to do"),
                true => ("is missing", ""),
                false => ("is infinite", ""),
            };
            wrong(format!("has a sample, number {row}, whose feature `{}` {what}{help}", set.features[column].name))
        }
        None => Ok(()),
    }
}

/// Every source.
pub static SOURCES: &[Source] = &[
    Source {
        name: "blobs",
        summary: "three round clouds in the plane; n (300), noise (1.0)",
        source: "generated",
        origin: Origin::Generated,
        takes: &["n", "noise"],
        make: generate::blobs,
    },
    Source {
        name: "breast-cancer",
        summary: "569 tumours by 30 measures of their cells' nuclei, malignant or benign",
        source: "Street, Wolberg, Mangasarian 1993 (WDBC), by scikit-learn (BSD-3-Clause); embedded",
        origin: Origin::Embedded,
        takes: &[],
        make: |_, _| embedded::breast_cancer(),
    },
    Source {
        name: "cifar",
        summary: "records of CIFAR's binary form: a label, then 32×32 pixels in three planes; path: a file, or a folder with data_batch_*.bin and test_batch.bin",
        source: "the user's own",
        origin: Origin::Own,
        takes: &["path"],
        make: |spec, _| read::cifar::read(spec),
    },
    Source {
        name: "cifar-10",
        summary: "60,000 photographs of 32×32 pixels in colour, 10 classes; 10,000 are its test part",
        source: "Krizhevsky 2009; no licence is stated, the author asks to be cited; installed by the user",
        origin: Origin::Installed(&known::CIFAR_10),
        takes: &["path", "verify"],
        make: |spec, _| known::CIFAR_10.load(spec),
    },
    Source {
        name: "circles",
        summary: "two rings in the plane, one within the other; n (200), noise (0.1)",
        source: "generated, as sklearn.datasets.make_circles(factor=0.5)",
        origin: Origin::Generated,
        takes: &["n", "noise"],
        make: generate::circles,
    },
    Source {
        name: "coin",
        summary: "tosses of a coin: one feature that is always 1, and heads but for a share `noise` (0.3); n (100)",
        source: "generated; the coin of maximum likelihood",
        origin: Origin::Generated,
        takes: &["n", "noise"],
        make: generate::coin,
    },
    Source {
        name: "csv",
        summary: "a table as text, gzipped or not; path, target (the last column), header (true), delimiter (\",\"), drop, group, missing, task",
        source: "the user's own; RFC 4180",
        origin: Origin::Own,
        takes: &["path", "target", "header", "delimiter", "drop", "group", "missing", "task"],
        make: |spec, _| read::csv::read(spec),
    },
    Source {
        name: "diabetes",
        summary: "442 patients by 10 measures, and how far the illness had gone a year later; numbers",
        source: "Efron, Hastie, Johnstone, Tibshirani 2004, by scikit-learn (BSD-3-Clause), raw units; embedded",
        origin: Origin::Embedded,
        takes: &[],
        make: |_, _| embedded::diabetes(),
    },
    Source {
        name: "digits",
        summary: "1797 handwritten digits, 8×8 pixels of 0 to 16, 10 classes",
        source: "Alpaydin, Kaynak 1998, by scikit-learn (BSD-3-Clause); embedded",
        origin: Origin::Embedded,
        takes: &[],
        make: |_, _| embedded::digits(),
    },
    Source {
        name: "fashion-mnist",
        summary: "70,000 pictures of clothes, 28×28 grey pixels of 0 to 255, 10 classes; 10,000 are its test part",
        source: "Xiao, Rasul, Vollgraf 2017 (MIT); installed by the user",
        origin: Origin::Installed(&known::FASHION_MNIST),
        takes: &["path", "verify"],
        make: |spec, _| known::FASHION_MNIST.load(spec),
    },
    Source {
        name: "fashion-mnist-256",
        summary: "the first 256 pictures of Fashion-MNIST's test part, for tests and first looks",
        source: "Xiao, Rasul, Vollgraf 2017 (MIT); embedded",
        origin: Origin::Embedded,
        takes: &[],
        make: |_, _| embedded::fashion_mnist_256(),
    },
    Source {
        name: "idx",
        summary: "a folder of MNIST's form, gzipped or not: train-images-idx3-ubyte, train-labels-idx1-ubyte and, if there, t10k-…; path",
        source: "the user's own; LeCun, Cortes, the MNIST database's page",
        origin: Origin::Own,
        takes: &["path"],
        make: |spec, _| read::idx::read_folder(spec),
    },
    Source {
        name: "images",
        summary: "a folder of PNG and JPEG files for each class, or such folders under train and test; path, size ([height, width])",
        source: "the user's own",
        origin: Origin::Own,
        takes: &["path", "size"],
        make: |spec, _| read::images::read(spec),
    },
    Source {
        name: "iris",
        summary: "150 flowers of three kinds by 4 lengths",
        source: "Fisher 1936, by scikit-learn (BSD-3-Clause); embedded",
        origin: Origin::Embedded,
        takes: &[],
        make: |_, _| embedded::iris(),
    },
    Source {
        name: "mnist",
        summary: "70,000 handwritten digits, 28×28 grey pixels of 0 to 255; 10,000 are its test part",
        source: "LeCun, Cortes, Burges 1998; not ours to ship; installed by the user",
        origin: Origin::Installed(&known::MNIST),
        takes: &["path", "verify"],
        make: |spec, _| known::MNIST.load(spec),
    },
    Source {
        name: "moons",
        summary: "two half circles in the plane that hold each other; n (200), noise (0.1)",
        source: "generated, as sklearn.datasets.make_moons",
        origin: Origin::Generated,
        takes: &["n", "noise"],
        make: generate::moons,
    },
    Source {
        name: "npz",
        summary: "arrays of NumPy: x_train, y_train, x_test, y_test as Keras names them, or x, y; whole numbers in y are classes; path, missing, task",
        source: "the user's own",
        origin: Origin::Own,
        takes: &["path", "missing", "task"],
        make: |spec, _| read::npz::read(spec),
    },
    Source {
        name: "polynomial",
        summary: "y = 2x³ − x, to be learned from noisy numbers, x in [−1, 1); n (50), noise (0.2)",
        source: "generated",
        origin: Origin::Generated,
        takes: &["n", "noise"],
        make: generate::polynomial,
    },
    Source {
        name: "sine",
        summary: "y = sin 2πx, to be learned from noisy numbers, x in [−1, 1); n (200), noise (0.1)",
        source: "generated, as Bishop 2006, figure 1.2",
        origin: Origin::Generated,
        takes: &["n", "noise"],
        make: generate::sine,
    },
    Source {
        name: "spirals",
        summary: "three arms of a spiral in the plane; n (300), noise (0.2, of the angle in radians)",
        source: "generated, as in CS231n's \"Putting it together\"",
        origin: Origin::Generated,
        takes: &["n", "noise"],
        make: generate::spirals,
    },
    Source {
        name: "xor",
        summary: "clouds at the corners of the unit square, opposite ones of one class; n (200), noise (0.1)",
        source: "generated; Minsky, Papert 1969",
        origin: Origin::Generated,
        takes: &["n", "noise"],
        make: generate::xor,
    },
];

/// The row of a name.
pub fn find(name: &str) -> Option<&'static Source> {
    SOURCES.iter().find(|s| s.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_and_named_once() {
        assert!(SOURCES.windows(2).all(|w| w[0].name < w[1].name));
    }

    #[test]
    fn what_a_source_does_not_take_is_refused() {
        let spec = SourceSpec { noise: Some(1.0), ..SourceSpec::default() };
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(0);
        use rand::SeedableRng;
        let error = find("digits").expect("a row").load(&spec, &mut rng).expect_err("no generator");
        assert_eq!(error, DataError::option("noise", "data source `digits` takes no `noise`; it takes nothing"));
    }
}
