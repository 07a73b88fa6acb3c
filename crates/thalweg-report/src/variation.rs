//! From configurations and their trials to the designs that `stats` works on: importance of settings, agreement of seeds.

use std::collections::{BTreeMap, BTreeSet};

use crate::groups::Group;
use crate::sheet::is_larger_better;
use crate::stats::{self, Factor, Importance, Stability};

/// An axis of numbers with more values is looked at in bins: a continuous search has no value twice.
const MAX_VALUES: usize = 24;
/// Bins of about as many trials each.
const N_BINS: usize = 8;

/// How much of the metric's variation each axis explains; trials without a value are left out. The error says why that cannot be said.
pub fn importance(groups: &[Group], axes: &[String]) -> Result<Importance, String> {
    let rows: Vec<(usize, i64, f64)> =
        groups.iter().enumerate().flat_map(|(g, group)| group.values.iter().map(move |(seed, v)| (g, *seed, *v))).collect();
    let mut notes = Vec::new();
    let mut factors = Vec::<Factor>::new();
    for (i, axis) in axes.iter().enumerate() {
        let cells: Vec<&str> = rows.iter().map(|row| groups[row.0].cells[i].as_str()).collect();
        let mut levels = numbered(&cells);
        if n_distinct(&levels) > MAX_VALUES
            && let Some(binned) = binned(&cells)
        {
            levels = binned;
            notes.push(format!("values of {axis} are in {} bins of about as many trials each", n_distinct(&levels)));
        }
        // Settings that move together, as those of a zip do, are one.
        match factors.iter_mut().find(|f| is_renamed(&f.levels, &levels)) {
            Some(same) if n_distinct(&levels) > 1 => same.name = format!("{} with {axis}", same.name),
            _ => factors.push(Factor { name: axis.clone(), levels }),
        }
    }
    let seeds = numbered(&rows.iter().map(|row| row.1).collect::<Vec<_>>());
    let mut found = stats::importance(&factors, &seeds, &rows.iter().map(|row| row.2).collect::<Vec<_>>())?;
    let n_left_out = groups.iter().map(|g| g.rows.len()).sum::<usize>() - rows.len();
    match n_left_out {
        0 => {}
        1 => notes.push("1 trial without a value is left out".into()),
        n => notes.push(format!("{n} trials without a value are left out")),
    }
    found.notes.extend(notes);
    Ok(found)
}

/// How far seeds agree on the order of the given configurations; `None` where there are no two of each. Configurations that lack a seed of
/// the first one are left out.
pub fn rank_stability(groups: &[Group], of: &[usize], metric: &str) -> Option<Stability> {
    let seeds: Vec<i64> = groups[*of.first()?].values.iter().map(|v| v.0).collect();
    let sign = if is_larger_better(metric) { -1.0 } else { 1.0 };
    let row = |group: &usize| {
        let values: BTreeMap<i64, f64> = groups[*group].values.iter().copied().collect();
        seeds.iter().map(|seed| values.get(seed).map(|v| sign * v)).collect::<Option<Vec<f64>>>()
    };
    stats::rank_stability(&of.iter().filter_map(row).collect::<Vec<_>>())
}

/// Levels 0, 1, … in the order of the values.
fn numbered<T: Ord + Copy>(values: &[T]) -> Vec<usize> {
    let mut found: BTreeMap<T, usize> = values.iter().map(|v| (*v, 0)).collect();
    found.values_mut().enumerate().for_each(|(i, level)| *level = i);
    values.iter().map(|v| found[v]).collect()
}

fn n_distinct(levels: &[usize]) -> usize {
    levels.iter().max().map_or(0, |m| m + 1)
}

/// Numbers by bins; `None` where a cell is no number. Equal values share a bin.
fn binned(cells: &[&str]) -> Option<Vec<usize>> {
    let values = cells.iter().map(|c| c.parse().ok().filter(|v: &f64| v.is_finite())).collect::<Option<Vec<f64>>>()?;
    let mut sorted = values.clone();
    sorted.sort_by(f64::total_cmp);
    let bin = |v: &f64| sorted.partition_point(|s| s < v) * N_BINS / sorted.len();
    Some(numbered(&values.iter().map(bin).collect::<Vec<_>>()))
}

/// Whether two factors part the trials in the same way.
fn is_renamed(a: &[usize], b: &[usize]) -> bool {
    let pairs: BTreeSet<(usize, usize)> = a.iter().copied().zip(b.iter().copied()).collect();
    pairs.len() == n_distinct(a) && pairs.len() == n_distinct(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Kind, estimate};

    fn group(cells: &[String], values: Vec<(i64, f64)>) -> Group {
        let estimate = estimate(&values.iter().map(|v| v.1).collect::<Vec<_>>());
        Group { config: cells.join("-"), cells: cells.to_vec(), rows: (0..values.len()).collect(), values, n_diverged: 0, estimate }
    }

    #[test]
    fn settings_that_move_together_are_one_and_many_numbers_are_binned() {
        let axes = ["a", "b", "c"].map(String::from);
        let groups: Vec<Group> = (0..60)
            .map(|i| {
                let kind = f64::from(i % 2);
                let cells = [format!("{}", 0.01 * f64::from(i)), format!("k{}", i % 2), format!("{}", 10 * (i % 2))];
                group(&cells, (0..2).map(|s| (s, f64::from(i) + 5.0 * kind + 0.01 * s as f64)).collect())
            })
            .collect();
        let found = importance(&groups, &axes).expect("a result");
        let mains: Vec<&str> = found.shares.iter().filter(|s| s.kind == Kind::Main).map(|s| s.factors[0].as_str()).collect();
        assert_eq!(mains, ["a", "b with c"]);
        assert!(found.notes.iter().any(|n| n == "values of a are in 8 bins of about as many trials each"), "{:?}", found.notes);
        assert!(!found.adds_up && found.shares[0].share > 0.9, "{found:?}");
    }

    /// By hand: the value is a + 10 b exactly, two levels each, so the shares are 1 and 100 of 101, whatever is large.
    #[test]
    fn a_sum_of_two_settings_is_shared_out_exactly() {
        let axes = ["a", "b"].map(String::from);
        let groups: Vec<Group> = [(0, 0), (0, 1), (1, 0), (1, 1)]
            .map(|(a, b)| group(&[a.to_string(), b.to_string()], (0..3).map(|s| (s, 1e6 + f64::from(a + 10 * b))).collect()))
            .into();
        let found = importance(&groups, &axes).expect("a result");
        assert!(
            found.adds_up && (found.shares[0].share - 1.0 / 101.0).abs() < 1e-9 && (found.shares[1].share - 100.0 / 101.0).abs() < 1e-9
        );
        assert!(importance(&groups, &[]).is_err());
    }

    #[test]
    fn the_best_is_counted_within_seeds_whichever_way_is_up() {
        let groups: Vec<Group> =
            [[0.9, 0.8], [0.7, 0.85]].iter().enumerate().map(|(i, v)| group(&[i.to_string()], (0..).zip(*v).collect())).collect();
        assert_eq!(rank_stability(&groups, &[0, 1], "valid_accuracy").map(|s| s.n_best), Some(1));
    }
}
