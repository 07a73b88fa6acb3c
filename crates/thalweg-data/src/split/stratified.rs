//! Each class spread evenly over the parts.

use ndarray_rand::rand::seq::SliceRandom;
use rand::RngCore;

use super::{Split, shares};
use crate::error::DataError;

/// Shuffles and splits lists of rows, one for each class. The parts' sizes are `fractions`·n by largest remainder, exactly.
pub(super) fn parts(classes: &[Vec<usize>], n: usize, fractions: [f64; 3], rng: &mut dyn RngCore) -> Result<Split, DataError> {
    let sizes = shares(n, fractions)?;
    let counts = spread(&classes.iter().map(Vec::len).collect::<Vec<_>>(), sizes);
    let mut parts: [Vec<usize>; 3] = sizes.map(Vec::with_capacity);
    for (rows, counts) in classes.iter().zip(counts) {
        let mut rows = rows.clone();
        rows.shuffle(&mut *rng);
        let mut rows = rows.into_iter();
        for (part, count) in parts.iter_mut().zip(counts) {
            part.extend(rows.by_ref().take(count));
        }
    }
    // Classes come one after the other here: batches are shuffled anyway, tables should not show the runs.
    parts.iter_mut().for_each(|p| p.sort_unstable());
    let [train, valid, test] = parts;
    Ok(Split { train, valid, test })
}

/// How many samples of each class go to each part: rows sum to the classes, columns to `sizes`, and no entry is
/// 1 or more away from class·size/n.
///
/// Each entry is its quota rounded down, plus 0 or 1. A class hands its leftovers, at most two, to the different parts that
/// still miss most; as no part misses more than there are classes with leftovers, this comes out even (Gale and Ryser 1957).
/// Exchanges between two classes then bring the additions to the largest remainders.
fn spread(classes: &[usize], sizes: [usize; 3]) -> Vec<[usize; 3]> {
    let n: usize = sizes.iter().sum();
    let remainders: Vec<[usize; 3]> = classes.iter().map(|c| sizes.map(|s| c * s % n)).collect();
    let mut counts: Vec<[usize; 3]> = classes.iter().map(|c| sizes.map(|s| c * s / n)).collect();
    let mut missing: [usize; 3] = std::array::from_fn(|p| sizes[p] - counts.iter().map(|c| c[p]).sum::<usize>());
    let mut added = vec![[false; 3]; classes.len()];
    for (class, total) in classes.iter().enumerate() {
        let mut order = [0, 1, 2];
        order.sort_by_key(|p| (std::cmp::Reverse((missing[*p], remainders[class][*p])), *p));
        let left = total - counts[class].iter().sum::<usize>();
        for p in order.into_iter().take(left) {
            added[class][p] = true;
            missing[p] -= 1;
        }
    }
    // Exact integers, so every exchange is a strict gain and the loop ends.
    let gain = |class: usize, from: usize, to: usize| remainders[class][to] as i128 - remainders[class][from] as i128;
    let pairs = [(0, 1), (0, 2), (1, 2)];
    while let Some((a, b, p, q)) = pairs.iter().find_map(|&(p, q)| {
        let best = |from: usize, to: usize| {
            (0..classes.len()).filter(|c| added[*c][from] && !added[*c][to]).max_by_key(|c| (gain(*c, from, to), std::cmp::Reverse(*c)))
        };
        let (a, b) = (best(p, q)?, best(q, p)?);
        (gain(a, p, q) + gain(b, q, p) > 0).then_some((a, b, p, q))
    }) {
        added[a].swap(p, q);
        added[b].swap(p, q);
    }
    counts.iter_mut().zip(&added).for_each(|(c, a)| (0..3).for_each(|p| c[p] += usize::from(a[p])));
    counts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    proptest! {
        #[test]
        fn parts_are_disjoint_complete_and_stratified(n in 30usize..400, classes in 1u32..9, seed in 0u64..99, train in 0.2..0.8f64, share in 0.1..0.9f64) {
            let labels: Vec<u32> = (0..n).map(|i| ((i * i + i / 3) as u32) % classes).collect();
            let fractions = [train, (1.0 - train) * share, (1.0 - train) * (1.0 - share)];
            let lists = super::super::by(&(0..n).collect::<Vec<_>>(), &labels);
            let split = super::parts(&lists, n, fractions, &mut ChaCha8Rng::seed_from_u64(seed)).expect("large enough");
            let mut all = [split.train.clone(), split.valid.clone(), split.test.clone()].concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..n).collect::<Vec<_>>());
            for class in 0..classes {
                let size = labels.iter().filter(|l| **l == class).count() as f64;
                for part in [&split.train, &split.valid, &split.test] {
                    let expected = size * part.len() as f64 / n as f64;
                    let got = part.iter().filter(|r| labels[**r] == class).count() as f64;
                    prop_assert!((got - expected).abs() < 1.0, "class {class}: {got} of {expected}");
                }
            }
        }
    }
}
