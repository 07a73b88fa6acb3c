//! Whole groups, each in one part.

use ndarray_rand::rand::seq::SliceRandom;
use rand::RngCore;

use super::{NAMES, Split, by, shares};
use crate::error::DataError;

/// Groups in a drawn order, each to the part that misses most of its share; sizes are as near as whole groups allow.
pub(super) fn parts(groups: &[u32], fractions: [f64; 3], rng: &mut dyn RngCore) -> Result<Split, DataError> {
    let n = groups.len();
    let sizes = shares(n, fractions)?;
    let mut parts: [Vec<usize>; 3] = Default::default();
    for group in shuffled(&(0..n).collect::<Vec<_>>(), groups, rng) {
        let missing = |p: &usize| sizes[*p] as i64 - parts[*p].len() as i64;
        // Among equals the first part.
        let part = (0..3).rev().filter(|p| sizes[*p] > 0).max_by_key(missing).expect("the training part is not empty");
        parts[part].extend(group);
    }
    if let Some(part) = (0..3).find(|p| sizes[*p] > 0 && parts[*p].is_empty()) {
        return Err(DataError::option("group", format!("there are too few groups: the {} part would be empty", NAMES[part])));
    }
    parts.iter_mut().for_each(|p| p.sort_unstable());
    let [train, valid, test] = parts;
    Ok(Split { train, valid, test })
}

/// The groups' rows, largest groups first, equal ones in a drawn order: large ones would not fit in at the end.
pub(super) fn shuffled(rows: &[usize], groups: &[u32], rng: &mut dyn RngCore) -> Vec<Vec<usize>> {
    let mut lists: Vec<Vec<usize>> = by(rows, groups).into_iter().filter(|g| !g.is_empty()).collect();
    lists.shuffle(rng);
    lists.sort_by_key(|g| std::cmp::Reverse(g.len()));
    lists
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    proptest! {
        #[test]
        fn no_group_is_torn(groups in prop::collection::vec(0u32..12, 60..200), seed in 0u64..99) {
            let Ok(split) = parts(&groups, [0.6, 0.2, 0.2], &mut ChaCha8Rng::seed_from_u64(seed)) else { return Ok(()) };
            let mut all = [split.train.clone(), split.valid.clone(), split.test.clone()].concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..groups.len()).collect::<Vec<_>>());
            for group in 0..12 {
                let has = |part: &[usize]| part.iter().any(|r| groups[*r] == group);
                prop_assert!([&split.train, &split.valid, &split.test].into_iter().filter(|p| has(p)).count() <= 1);
            }
        }
    }
}
