//! Which configurations cannot be told apart from the best one.
//!
//! Configurations share seeds, so they are compared within seeds: a two-way layout configuration × seed without interaction, whose
//! residual mean square s² estimates the noise from all of them together. One noise for all is wrong where badly tuned configurations
//! scatter a hundred times as much, or saturated ones not at all. The rule, the same for every experiment and blind to means:
//!
//! - A configuration's spread is the variance over seeds of its values, less the seeds' effects (medians over configurations, which no
//!   wild one moves). s² is pooled over those whose spread is within a factor of [`COMPARABLE`] of the median spread of the better half.
//! - The variance of a difference to the best is the larger of 2 s² and what its own pairs show: t = (mean − best) / √(that / n), on
//!   the pool's degrees of freedom. So neither a noisy best nor a noisy rival borrows the calm of others.
//! - Where its own pairs show more than [`COMPARABLE`] times 2 s², where the best scatters more than the pool, where the pool has fewer
//!   than three, or where seeds are missing, a configuration is tested by a paired t on the seeds that it shares with the best.
//!
//! The best was chosen by looking, so each p counts for all pairs among the configurations not yet ruled out, k (k − 1) / 2 of them:
//! Holm's steps on that number, as in the model confidence set (Hansen, Lunde, Nason 2011). With k − 1 instead, of ten equal
//! configurations one would be ruled out in 13 % of experiments, of a hundred in most. By simulation (`tests/best_set.rs`) an equal is
//! ruled out in 2 to 7 % of experiments, also where noise differs; with three seeds and unequal noise in up to 10 %.

use std::collections::HashMap;

use super::holm::holm_with;
use super::mean::{estimate, paired, two_sided};

/// Variances within this factor of each other are pooled.
pub const COMPARABLE: f64 = 4.0;
/// With so few seeds or fewer the test sees only large differences.
pub const WEAK_N: usize = 3;

/// The set of the best.
#[derive(Clone, Debug, PartialEq)]
pub struct BestSet {
    /// Whether each configuration, in the order given, cannot be told apart from the first.
    pub is_in: Vec<bool>,
    /// Its adjusted p; NaN for the first and for those that cannot be tested.
    pub p: Vec<f64>,
    /// The pooled noise, where there is one.
    pub pool: Option<Pool>,
    /// Configurations tested by their own pairs.
    pub n_own: usize,
    /// Configurations that lack a seed of the best.
    pub n_incomplete: usize,
    /// Configurations without two shared seeds: in the set, since nothing speaks against them.
    pub n_untested: usize,
    /// Seeds of the best.
    pub n_seeds: usize,
}

/// The noise of several configurations together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pool {
    /// Their number.
    pub n_configs: usize,
    /// The residual mean square of configuration × seed.
    pub variance: f64,
    /// Its degrees of freedom.
    pub df: f64,
}

impl BestSet {
    /// The test's name for a reader.
    pub fn test(&self) -> String {
        let name = match (self.pool, self.n_own) {
            (None, _) => "paired t over seeds".to_string(),
            (Some(pool), 0) => format!("t over seeds with the noise of {} configurations pooled", pool.n_configs),
            (Some(pool), n) => {
                format!("t over seeds with the noise of {} configurations pooled, {n} others by their own pairs", pool.n_configs)
            }
        };
        let missing = if self.n_incomplete > 0 { format!(", {} of them on shared seeds alone", self.n_incomplete) } else { String::new() };
        format!("{name}{missing}, Holm over all pairs, α = {}", super::ALPHA)
    }

    /// Whether so few seeds were run that only large differences are seen.
    pub fn is_weak(&self) -> bool {
        self.n_seeds <= WEAK_N
    }
}

/// Of configurations from best to worst, each with its (seed, value): none of them diverged. Empty for none.
pub fn best_set(ranked: &[&[(i64, f64)]]) -> BestSet {
    let Some(best) = ranked.first() else {
        return BestSet { is_in: Vec::new(), p: Vec::new(), pool: None, n_own: 0, n_incomplete: 0, n_untested: 0, n_seeds: 0 };
    };
    let seeds: HashMap<i64, usize> = best.iter().enumerate().map(|(i, (seed, _))| (*seed, i)).collect();
    // [configuration][seed of the best], NaN where it was not run.
    let rows: Vec<Vec<f64>> = ranked.iter().map(|values| aligned(values, &seeds)).collect();
    let is_complete: Vec<bool> = rows.iter().map(|row| row.iter().all(|v| !v.is_nan())).collect();
    let complete: Vec<&Vec<f64>> = rows.iter().zip(&is_complete).filter(|(_, c)| **c).map(|(row, _)| row).collect();
    let pool = pool(&complete);
    let mut n_own = 0;
    let p: Vec<f64> = rows[1..]
        .iter()
        .zip(&is_complete[1..])
        .map(|(row, is_complete)| {
            let pairs: Vec<(f64, f64)> = rows[0].iter().copied().zip(row.iter().copied()).filter(|(_, b)| !b.is_nan()).collect();
            let differences: Vec<f64> = pairs.iter().map(|(a, b)| b - a).collect();
            let Some(d) = estimate(&differences) else { return f64::NAN };
            match pool.filter(|pool| *is_complete && d.sd.powi(2) <= COMPARABLE * 2.0 * pool.variance) {
                Some(pool) => two_sided(d.mean, (d.sd.powi(2).max(2.0 * pool.variance) / d.n as f64).sqrt(), pool.df),
                None => {
                    n_own += usize::from(d.n > 1);
                    paired(&pairs).map_or(f64::NAN, |d| d.p)
                }
            }
        })
        .collect();
    let adjusted = holm_with(&p, |n_left| (n_left * (n_left + 1) / 2) as f64);
    let p: Vec<f64> = std::iter::once(f64::NAN).chain(adjusted).collect();
    BestSet {
        is_in: p.iter().map(|p| p.is_nan() || *p >= super::ALPHA).collect(),
        pool,
        n_own,
        n_incomplete: is_complete.iter().filter(|c| !**c).count(),
        n_untested: p[1..].iter().filter(|p| p.is_nan()).count(),
        n_seeds: best.len(),
        p,
    }
}

/// A configuration's values in the order of the best one's seeds.
fn aligned(values: &[(i64, f64)], seeds: &HashMap<i64, usize>) -> Vec<f64> {
    let mut row = vec![f64::NAN; seeds.len()];
    for (seed, value) in values {
        if let Some(i) = seeds.get(seed) {
            row[*i] = *value;
        }
    }
    row
}

/// The noise of the comparable ones among complete rows, the best first; `None` for fewer than three, or where the best scatters more than they do.
fn pool(rows: &[&Vec<f64>]) -> Option<Pool> {
    let (n, k) = (rows.first()?.len(), rows.len());
    if n < 2 || k < 3 {
        return None;
    }
    let deviations: Vec<Vec<f64>> = rows.iter().map(|row| row.iter().map(|v| v - mean(row)).collect()).collect();
    let effects: Vec<f64> = (0..n).map(|s| median(deviations.iter().map(|d| d[s]).collect())).collect();
    let spread = |d: &Vec<f64>| {
        let left: Vec<f64> = d.iter().zip(&effects).map(|(d, e)| d - e).collect();
        estimate(&left).map_or(0.0, |e| e.sd.powi(2))
    };
    let spreads: Vec<f64> = deviations.iter().map(spread).collect();
    let usual = median(spreads[..k.div_ceil(2).max(4).min(k)].to_vec());
    let is_comparable = |s: f64| s <= COMPARABLE * usual && s * COMPARABLE >= usual;
    let members: Vec<&Vec<f64>> = (0..k).filter(|i| is_comparable(spreads[*i])).map(|i| &deviations[i]).collect();
    if members.len() < 3 || spreads[0] > COMPARABLE * usual {
        return None;
    }
    let m = members.len() as f64;
    let by_seed: Vec<f64> = (0..n).map(|s| members.iter().map(|d| d[s]).sum::<f64>() / m).collect();
    let squares: f64 = members.iter().flat_map(|d| d.iter().zip(&by_seed)).map(|(d, s)| (d - s).powi(2)).sum();
    let df = (m - 1.0) * (n as f64 - 1.0);
    Some(Pool { n_configs: members.len(), variance: squares / df, df })
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    (values[(n - 1) / 2] + values[n / 2]) / 2.0
}
