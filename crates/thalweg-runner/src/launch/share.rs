//! Which trials go into one shard, so that all shards take about as long.
//!
//! Longest first, each to the shard that has least to do (Graham 1969): no shard takes more than 4/3 of the best possible. Trials that go
//! on from each other's states stay together, since a state is found by whoever comes after.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Shares pieces of work, each some trials with the seconds that they take together, among at most `n` shards; none is empty, and the
/// places in each ascend.
pub fn share(pieces: Vec<(Vec<usize>, f64)>, n: usize) -> Vec<Vec<usize>> {
    let n = n.min(pieces.len());
    let mut pieces = pieces;
    pieces.sort_by(|a, b| b.1.total_cmp(&a.1));
    // Whole numbers are ordered: nanoseconds.
    let mut least: BinaryHeap<Reverse<(u64, usize)>> = (0..n).map(|shard| Reverse((0, shard))).collect();
    let mut shards = vec![Vec::new(); n];
    for (trials, seconds) in pieces {
        let Some(Reverse((load, shard))) = least.pop() else { break };
        shards[shard].extend(trials);
        least.push(Reverse((load + (1e9 * seconds.max(1e-9)) as u64, shard)));
    }
    shards.iter_mut().for_each(|shard| shard.sort_unstable());
    shards
}

/// How many shards: each has at least `least` seconds of work on its workers.
pub fn n_shards(seconds: f64, least: f64, most: usize) -> usize {
    ((seconds / least).floor() as usize).clamp(1, most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_element_has_thirty_seconds_of_work() {
        assert_eq!([5.0, 59.0, 61.0, 3000.0, 1e9].map(|seconds| n_shards(seconds, 30.0, 1000)), [1, 1, 2, 100, 1000]);
    }

    proptest! {
        /// Each trial is in one shard; none is empty; the largest has at most 4/3 of a lower bound plus a piece (Graham).
        #[test]
        fn all_is_shared_and_evenly(seconds in prop::collection::vec(0.1..10.0_f64, 1..200), n in 1_usize..20) {
            let pieces: Vec<(Vec<usize>, f64)> = seconds.iter().enumerate().map(|(i, s)| (vec![i], *s)).collect();
            let shards = share(pieces, n);
            let mut all: Vec<usize> = shards.iter().flatten().copied().collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..seconds.len()).collect::<Vec<_>>());
            prop_assert!(shards.len() == n.min(seconds.len()) && shards.iter().all(|s| !s.is_empty()));
            let load = |shard: &Vec<usize>| shard.iter().map(|i| seconds[*i]).sum::<f64>();
            let largest = shards.iter().map(load).fold(0.0, f64::max);
            let bound = (seconds.iter().sum::<f64>() / shards.len() as f64).max(seconds.iter().copied().fold(0.0, f64::max));
            prop_assert!(largest <= 4.0 / 3.0 * bound + 10.0 / 3.0, "{largest} of {bound}");
        }
    }
}
