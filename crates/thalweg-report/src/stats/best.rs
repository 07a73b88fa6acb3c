//! Which configurations cannot be told apart from the best one.
//!
//! Configurations share seeds, so they are compared within seeds: a two-way layout configuration × seed without interaction, whose
//! residual mean square s² estimates the noise from all of them together. One noise for all is wrong where badly tuned configurations
//! scatter a hundred times as much, or saturated ones not at all. The rule, the same for every experiment:
//!
//! - Where all values are above 0 and means span more than a factor of [`LOG_SPAN`], as losses do, logarithms are compared: there noise
//!   is a share of the mean. What is told apart are then geometric means.
//! - A configuration's spread is the variance over seeds of its values, less the seeds' effects (medians over the better half, which no
//!   wild one moves). Spreads within a factor of [`WILD`] of the better half's median are comparable.
//! - Where comparable spreads differ by no more than chance, the noise is one: s², with the layout's degrees of freedom. Where they
//!   differ, each is moderated by all of them (`moderate.rs`): the more they differ, the less it borrows.
//! - The variance of a difference to the best is that of both noises, 2 s² where they are one, but never less than what its own pairs
//!   show: t = (mean − best) / √(that / n). So neither a noisy best nor a noisy rival borrows the calm of others.
//! - A wild configuration, one that lacks seeds, and all of them where the best is wild or fewer than three are comparable, are tested by
//!   a paired t on the seeds that they share with the best.
//!
//! The best was chosen by looking, so each p counts for all pairs among the configurations not yet ruled out, k (k − 1) / 2 of them:
//! Holm's steps on that number, as in the model confidence set (Hansen, Lunde, Nason 2011). With k − 1 instead, of ten equal
//! configurations one would be ruled out in 13 % of experiments, of a hundred in half. By simulation (`tests/best_set.rs`) an equal is
//! ruled out in about 5 % of experiments or fewer, also where noise differs; with three seeds and unequal noise in up to 10 %.

use std::collections::HashMap;

use super::holm::holm_with;
use super::mean::{estimate, paired, two_sided};
use super::moderate::prior;

/// Variances beyond this factor of the usual one say nothing of the others: five times the standard deviation.
pub const WILD: f64 = 25.0;
/// Means that span more are compared by their logarithms.
pub const LOG_SPAN: f64 = 8.0;
/// With so few seeds or fewer the test sees only large differences.
pub const WEAK_N: usize = 3;

/// The set of the best.
#[derive(Clone, Debug, PartialEq)]
pub struct BestSet {
    /// Whether each configuration, in the order given, cannot be told apart from the first.
    pub is_in: Vec<bool>,
    /// Its adjusted p; NaN for the first and for those that cannot be tested.
    pub p: Vec<f64>,
    /// Whether logarithms were compared.
    pub is_log: bool,
    /// The noise of all comparable ones, where there is one.
    pub noise: Option<Noise>,
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
pub struct Noise {
    /// Their number.
    pub n_configs: usize,
    /// Of one value: the residual mean square of configuration × seed where it is one, else the prior variance.
    pub variance: f64,
    /// Degrees of freedom of the prior variance; `None` where the noise is one.
    pub prior_df: Option<f64>,
    /// Degrees of freedom of the test.
    pub df: f64,
}

impl BestSet {
    /// The test's name for a reader.
    pub fn test(&self) -> String {
        let how = |noise: Noise| if noise.prior_df.is_some() { "moderated t" } else { "t with pooled noise" };
        let others = match self.n_own {
            0 => String::new(),
            1 => ", one other by its own pairs".into(),
            n => format!(", {n} others by their own pairs"),
        };
        let name = match self.noise {
            None => "paired t over seeds".to_string(),
            Some(noise) => format!("{} over seeds, noise from {} configurations{others}", how(noise), noise.n_configs),
        };
        let missing = if self.n_incomplete > 0 { format!(", {} of them on shared seeds alone", self.n_incomplete) } else { String::new() };
        let logs = if self.is_log { ", of logarithms" } else { "" };
        format!("{name}{logs}{missing}, Holm over all pairs, α = {}", super::ALPHA)
    }

    /// Whether so few seeds were run that only large differences are seen.
    pub fn is_weak(&self) -> bool {
        self.n_seeds <= WEAK_N
    }
}

/// Of configurations from best to worst, each with its (seed, value): none of them diverged. Empty for none.
pub fn best_set(ranked: &[&[(i64, f64)]]) -> BestSet {
    let Some(best) = ranked.first() else {
        return BestSet {
            is_in: Vec::new(),
            p: Vec::new(),
            is_log: false,
            noise: None,
            n_own: 0,
            n_incomplete: 0,
            n_untested: 0,
            n_seeds: 0,
        };
    };
    let seeds: HashMap<i64, usize> = best.iter().enumerate().map(|(i, (seed, _))| (*seed, i)).collect();
    // [configuration][seed of the best], NaN where it was not run.
    let plain: Vec<Vec<f64>> = ranked.iter().map(|values| aligned(values, &seeds)).collect();
    let is_log = is_log(ranked);
    let rows: Vec<Vec<f64>> = plain.iter().map(|row| row.iter().map(|v| if is_log { v.ln() } else { *v }).collect()).collect();
    let is_complete: Vec<bool> = rows.iter().map(|row| row.iter().all(|v| !v.is_nan())).collect();
    let complete: Vec<&Vec<f64>> = rows.iter().zip(&is_complete).filter(|(_, c)| **c).map(|(row, _)| row).collect();
    let found = noise(&complete);
    // By configuration, its own noise where it is comparable.
    let mut own_noise = found.iter().flat_map(|f| f.1.iter().copied());
    let noises: Vec<Option<f64>> = is_complete.iter().map(|c| if *c { own_noise.next().flatten() } else { None }).collect();
    let noise = found.as_ref().map(|f| f.0);
    let mut n_own = 0;
    let p: Vec<f64> = rows[1..]
        .iter()
        .enumerate()
        .map(|(i, row)| {
            let pairs: Vec<(f64, f64)> = rows[0].iter().copied().zip(row.iter().copied()).filter(|(_, b)| !b.is_nan()).collect();
            let differences: Vec<f64> = pairs.iter().map(|(a, b)| b - a).collect();
            let Some(d) = estimate(&differences) else { return f64::NAN };
            // The best by mean may not be so by logarithms: nothing then speaks against the other.
            if is_log && d.n > 1 && (d.mean > 0.0) != (mean_of(ranked[1 + i]) > mean_of(best)) {
                return 1.0;
            }
            match noise.zip(noises[0].zip(noises[1 + i])) {
                Some((noise, (of_best, of_other))) => {
                    two_sided(d.mean, (d.sd.powi(2).max(of_best + of_other) / d.n as f64).sqrt(), noise.df)
                }
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
        is_log,
        noise,
        n_own,
        n_incomplete: is_complete.iter().filter(|c| !**c).count(),
        n_untested: p[1..].iter().filter(|p| p.is_nan()).count(),
        n_seeds: best.len(),
        p,
    }
}

fn is_log(ranked: &[&[(i64, f64)]]) -> bool {
    let means = || ranked.iter().map(|values| mean_of(values));
    let is_above_0 = ranked.iter().all(|values| values.iter().all(|v| v.1 > 0.0));
    is_above_0 && means().fold(0.0, f64::max) > LOG_SPAN * means().fold(f64::INFINITY, f64::min)
}

fn mean_of(values: &[(i64, f64)]) -> f64 {
    values.iter().map(|v| v.1).sum::<f64>() / values.len() as f64
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

/// The noise of complete rows, the best first, and that of each where it is comparable; `None` where that is nothing to test with.
fn noise(rows: &[&Vec<f64>]) -> Option<(Noise, Vec<Option<f64>>)> {
    let (n, k) = (rows.first()?.len(), rows.len());
    if n < 2 || k < 3 {
        return None;
    }
    let deviations: Vec<Vec<f64>> = rows.iter().map(|row| row.iter().map(|v| v - mean(row)).collect()).collect();
    let n_better = k.div_ceil(2).max(4).min(k);
    let effects: Vec<f64> = (0..n).map(|s| median(deviations[..n_better].iter().map(|d| d[s]).collect())).collect();
    let spread = |d: &Vec<f64>| {
        let left: Vec<f64> = d.iter().zip(&effects).map(|(d, e)| d - e).collect();
        estimate(&left).map_or(0.0, |e| e.sd.powi(2))
    };
    let spreads: Vec<f64> = deviations.iter().map(spread).collect();
    let usual = median(spreads[..n_better].to_vec());
    let is_wild = |s: f64| s > WILD * usual;
    let of: Vec<usize> = (0..k).filter(|i| !is_wild(spreads[*i]) && spreads[*i] * WILD >= usual).collect();
    if usual == 0.0 || of.len() < 3 || is_wild(spreads[0]) {
        return None;
    }
    let (m, df_each) = (of.len() as f64, n as f64 - 1.0);
    let df_all = (m - 1.0) * df_each;
    let each = |variance: &dyn Fn(f64) -> f64| spreads.iter().map(|s| (!is_wild(*s)).then(|| variance(*s))).collect();
    let comparable: Vec<f64> = of.iter().map(|i| spreads[*i]).collect();
    if let Some((variance, prior_df)) = prior(&comparable, df_each) {
        // Never more than all of them have together.
        let prior_df = prior_df.min(df_all - df_each);
        let found = Noise { n_configs: of.len(), variance, prior_df: Some(prior_df), df: prior_df + df_each };
        return Some((found, each(&|s| (prior_df * variance + df_each * s) / (prior_df + df_each))));
    }
    let by_seed: Vec<f64> = (0..n).map(|s| of.iter().map(|i| deviations[*i][s]).sum::<f64>() / m).collect();
    let squares: f64 = of.iter().flat_map(|i| deviations[*i].iter().zip(&by_seed)).map(|(d, s)| (d - s).powi(2)).sum();
    let variance = squares / df_all;
    Some((Noise { n_configs: of.len(), variance, prior_df: None, df: df_all }, each(&|_| variance)))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    (values[(n - 1) / 2] + values[n / 2]) / 2.0
}
