//! Training, validation and test: disjoint lists of rows that together are the set.

mod duplicates;
mod folds;
mod grouped;
mod stratified;

use rand::RngCore;

use crate::dataset::{Dataset, Labels};
use crate::error::DataError;

pub use duplicates::{n_again, n_repeated};

/// Rows of each part.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// For fitting.
    pub train: Vec<usize>,
    /// For choosing.
    pub valid: Vec<usize>,
    /// For judging.
    pub test: Vec<usize>,
}

/// Whether each class is spread evenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strata {
    /// It is.
    Classes,
    /// Rows are drawn without regard to their class.
    Ignored,
}

/// One of several folds as the validation part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fold {
    /// How many there are, at least 2.
    pub n_folds: usize,
    /// Which one, from 0.
    pub index: usize,
}

/// How a set is split.
#[derive(Clone, Debug, PartialEq)]
pub struct SplitSpec {
    /// Shares of training, validation and test; without a test share where the set has a test part of its own.
    pub fractions: Vec<f64>,
    /// Whether classes are spread evenly.
    pub strata: Strata,
    /// Validation by folds: training and validation rows together are cut into folds of equal size.
    pub fold: Option<Fold>,
}

/// Shares that are used where a file names none.
pub fn usual_fractions(set: &Dataset) -> Vec<f64> {
    if set.n_test > 0 { vec![0.8, 0.2] } else { vec![0.6, 0.2, 0.2] }
}

/// Splits a set. Rows of a group stay together; with classes, each class is spread so that its share in each part is right to less
/// than one sample; a test part of the set's own stays what it is. The draw shuffles, so the order of the set does not matter.
pub fn split(set: &Dataset, spec: &SplitSpec, rng: &mut dyn RngCore) -> Result<Split, DataError> {
    let n = set.x.dim().0;
    let n_free = n - set.n_test;
    let fractions = fractions(set, spec)?;
    let rows = Rows { y: &set.y, groups: set.groups.as_deref(), n: n_free };
    if let (Strata::Classes, Labels::Classes(labels), None) = (spec.strata, &set.y, &set.groups) {
        enough_of_each(set, &labels[..n_free], fractions, spec.fold)?;
    }
    let mut parts = rows.parts(spec.strata, fractions, rng)?;
    if let Some(fold) = spec.fold {
        let mut rest = [parts.train, parts.valid].concat();
        rest.sort_unstable();
        (parts.train, parts.valid) = folds::cut(&rows, rest, spec.strata, fold, rng)?;
    }
    parts.test.extend(n_free..n);
    Ok(parts)
}

/// The rows that are free to be split, the first `n` of the set.
struct Rows<'a> {
    y: &'a Labels,
    groups: Option<&'a [u32]>,
    n: usize,
}

impl Rows<'_> {
    fn parts(&self, strata: Strata, fractions: [f64; 3], rng: &mut dyn RngCore) -> Result<Split, DataError> {
        match self.groups {
            Some(groups) => grouped::parts(&groups[..self.n], fractions, rng),
            None => stratified::parts(&self.classes(strata, &(0..self.n).collect::<Vec<_>>()), self.n, fractions, rng),
        }
    }

    /// Rows by class; one list for numbers, or where classes are ignored.
    fn classes(&self, strata: Strata, rows: &[usize]) -> Vec<Vec<usize>> {
        match self.y {
            Labels::Classes(labels) if strata == Strata::Classes => by(rows, labels),
            _ => vec![rows.to_vec()],
        }
    }
}

/// Rows by a number of theirs.
fn by(rows: &[usize], numbers: &[u32]) -> Vec<Vec<usize>> {
    let mut lists = vec![Vec::new(); rows.iter().map(|r| numbers[*r] as usize + 1).max().unwrap_or(0)];
    rows.iter().for_each(|r| lists[numbers[*r] as usize].push(*r));
    lists
}

/// Three shares that sum to 1; where the set has its own test part, two.
fn fractions(set: &Dataset, spec: &SplitSpec) -> Result<[f64; 3], DataError> {
    let given = &spec.fractions;
    let wrong = |reason: String| Err(DataError::option("split", reason));
    if given.iter().any(|f| !(0.0..=1.0).contains(f)) || (given.iter().sum::<f64>() - 1.0).abs() > 1e-9 {
        return wrong(format!("fractions {given:?} are not shares that sum to 1"));
    }
    match (given[..].len(), set.n_test) {
        (3, 0) => Ok([given[0], given[1], given[2]]),
        (2, 1..) => Ok([given[0], given[1], 0.0]),
        (_, 0) => wrong("must be three fractions: training, validation, test".into()),
        (n, n_test) => {
            wrong(format!("{} has a test part of its own ({n_test} samples): two fractions (training, validation), not {n}", set.name))
        }
    }
}

/// A class that cannot be in every part cannot be stratified.
fn enough_of_each(set: &Dataset, labels: &[u32], fractions: [f64; 3], fold: Option<Fold>) -> Result<(), DataError> {
    // The test part has had its share before the folds are cut.
    let n_folds = fold.map_or(0.0, |f| (f.n_folds as f64 / (1.0 - fractions[2])).ceil());
    let n_parts = fractions.iter().filter(|f| **f > 0.0).count().max(n_folds as usize);
    let mut counts = vec![0usize; set.class_names.len()];
    labels.iter().for_each(|l| counts[*l as usize] += 1);
    match counts.iter().position(|c| (1..n_parts).contains(c)) {
        Some(class) => Err(DataError::option(
            "stratify",
            format!(
                "class `{}` has {} of the samples, but some of each class in each part take {n_parts}: take more samples, or set stratify = false",
                set.class_names[class], counts[class]
            ),
        )),
        None => Ok(()),
    }
}

/// Whole numbers in the proportion of the fractions, summing to n (largest remainder, ties to the earlier part).
fn shares(n: usize, fractions: [f64; 3]) -> Result<[usize; 3], DataError> {
    // A product such as 0.7·10 must not lose a sample to rounding.
    let exact = fractions.map(|f| (f * n as f64 * 1e6).round() / 1e6);
    let mut sizes = exact.map(|e| e.floor() as usize);
    let mut order = [0, 1, 2];
    order.sort_by(|a, b| exact[*b].fract().total_cmp(&exact[*a].fract()).then(a.cmp(b)));
    let missing = n - sizes.iter().sum::<usize>();
    order.iter().take(missing).for_each(|p| sizes[*p] += 1);
    match (0..3).find(|p| sizes[*p] == 0 && (fractions[*p] > 0.0 || *p == 0)) {
        Some(part) => Err(DataError::Split { n, reason: format!("the {} part would be empty", NAMES[part]) }),
        None => Ok(sizes),
    }
}

const NAMES: [&str; 3] = ["training", "validation", "test"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_the_largest_remainders() {
        assert_eq!(shares(1797, [0.7, 0.1, 0.2]), Ok([1258, 180, 359]));
        assert_eq!(shares(10, [0.7, 0.1, 0.2]), Ok([7, 1, 2]));
        assert_eq!(shares(7, [1.0, 0.0, 0.0]), Ok([7, 0, 0]));
        assert!(shares(2, [0.9, 0.05, 0.05]).is_err());
    }
}
