//! Rows that are in more than one part: what was learned by heart is judged there.

use std::collections::HashSet;
use std::hash::{Hash, Hasher};

use super::Split;
use crate::dataset::Samples;

/// A row's values by their bits.
struct Row<'a>(&'a [f64]);

impl Row<'_> {
    fn bits(&self) -> impl Iterator<Item = u64> {
        // 0 and −0 are one value.
        self.0.iter().map(|v| (v + 0.0).to_bits())
    }
}

impl Hash for Row<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bits().for_each(|bits| state.write_u64(bits));
    }
}

impl PartialEq for Row<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.bits().eq(other.bits())
    }
}

impl Eq for Row<'_> {}

/// How many rows of validation and test have the same features as a row of the training part.
pub fn n_repeated(x: &Samples, split: &Split) -> usize {
    let n = x.dim().1;
    match x {
        Samples::Bytes(x) => {
            let all = x.as_slice().expect("sets are row-major");
            repeated(split, |row| &all[row * n..][..n])
        }
        Samples::Numbers(x) => {
            let all = x.as_slice().expect("sets are row-major");
            repeated(split, |row| Row(&all[row * n..][..n]))
        }
    }
}

/// How many rows have the same features as an earlier one.
pub fn n_again(x: &Samples) -> usize {
    let n_rows = x.dim().0;
    // What repeats an earlier row is what a set of all does not keep.
    match x {
        Samples::Bytes(x) => {
            n_rows - x.rows().into_iter().map(|row| row.to_slice().expect("sets are row-major")).collect::<HashSet<_>>().len()
        }
        Samples::Numbers(x) => {
            n_rows - x.rows().into_iter().map(|row| Row(row.to_slice().expect("sets are row-major"))).collect::<HashSet<_>>().len()
        }
    }
}

fn repeated<K: Hash + Eq>(split: &Split, key: impl Fn(usize) -> K) -> usize {
    let seen: HashSet<K> = split.train.iter().map(|row| key(*row)).collect();
    split.valid.iter().chain(&split.test).filter(|row| seen.contains(&key(**row))).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn repeats_are_counted_once_for_each_row_that_judges() {
        let split = Split { train: vec![0, 1], valid: vec![2], test: vec![3, 4] };
        let x = array![[0.0, 1.0], [2.0, 3.0], [-0.0, 1.0], [2.0, 3.5], [2.0, 3.0]];
        assert_eq!(n_repeated(&Samples::Numbers(x), &split), 2);
        assert_eq!(n_again(&Samples::Bytes(array![[7u8], [8], [9], [7], [7]])), 2);
        assert_eq!(n_repeated(&Samples::Bytes(array![[7u8], [8], [9], [7], [7]]), &split), 2);
    }
}
