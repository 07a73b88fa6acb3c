//! What the trials of a check amount to: a mean, a share, a difference, a ratio, with the report's own statistics.

use std::collections::BTreeMap;

use thalweg_report::Measured;
use thalweg_report::stats::{estimate, newcombe, paired, welch, wilson};

use super::Sample;
use crate::claim::{Check, Contrast, Measure};

/// The trials of the configuration with the best mean of the metric, among those whose trials all ended well.
pub(super) fn best(samples: Vec<Sample>, larger: bool) -> Vec<Sample> {
    let mut by_config = BTreeMap::<&str, Vec<&Sample>>::new();
    samples.iter().for_each(|s| by_config.entry(&s.config).or_default().push(s));
    let sign = if larger { -1.0 } else { 1.0 };
    let score = |of: &[&Sample]| sign * of.iter().map(|s| s.metric).sum::<f64>() / of.len() as f64;
    let scored = by_config.iter().filter(|(_, of)| of.iter().all(|s| s.is_ok)).map(|(config, of)| (score(of), *config));
    let best = scored.filter(|(score, _)| !score.is_nan()).min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, config)| config.to_string());
    samples.into_iter().filter(|s| Some(&s.config) == best.as_ref()).collect()
}

/// What the trials amount to; `None` where there are none.
pub(super) fn measured(check: &Check, chosen: &[Sample], against: Option<&[Sample]>) -> Option<Measured> {
    let n_looked_at = chosen.len() + against.map_or(0, <[_]>::len);
    let is_used = |s: &&Sample| s.value.is_finite() && (check.measure == Measure::Share || s.is_ok);
    let used = |samples: &[Sample]| samples.iter().filter(is_used).map(|s| (s.seed, s.value)).collect::<Vec<(u64, f64)>>();
    let (of, other) = (used(chosen), against.map(used));
    let n_used = of.len() + other.as_ref().map_or(0, Vec::len);
    let (n, value, low, high) = match (check.measure, other) {
        (_, Some(other)) if of.is_empty() || other.is_empty() => return None,
        (_, None) if of.is_empty() => return None,
        (Measure::Share, None) => {
            let (k, n) = count(&of);
            let (low, high) = if n > 1 { wilson(k, n) } else { (f64::NAN, f64::NAN) };
            (n, k / n as f64, low, high)
        }
        (Measure::Share, Some(other)) => {
            let (a, b) = (count(&of), count(&other));
            let n = a.1.min(b.1);
            let (low, high) = if n > 1 { newcombe(a, b) } else { (f64::NAN, f64::NAN) };
            (n, a.0 / a.1 as f64 - b.0 / b.1 as f64, low, high)
        }
        (Measure::Number, None) => {
            let e = estimate(&by_seed(&of).into_values().collect::<Vec<_>>())?;
            (e.n, e.mean, e.low, e.high)
        }
        (Measure::Number, Some(other)) => compared(&by_seed(&of), &by_seed(&other), check.contrast)?,
    };
    let is_exact = chosen.iter().chain(against.unwrap_or_default()).all(|s| s.is_exact);
    let (low, high) = if is_exact { (value, value) } else { (low, high) };
    Some(Measured { n, n_left_out: n_looked_at - n_used, value, low, high })
}

/// (how many hold, of how many): seeds, each with the share of its trials. Trials of one seed begin alike, so they are no more evidence than one.
fn count(samples: &[(u64, f64)]) -> (f64, usize) {
    let shares = by_seed(samples);
    (shares.values().sum(), shares.len())
}

/// A seed's mean over its trials.
fn by_seed(samples: &[(u64, f64)]) -> BTreeMap<u64, f64> {
    let mut sums = BTreeMap::<u64, (f64, f64)>::new();
    for (seed, value) in samples {
        let sum = sums.entry(*seed).or_default();
        *sum = (sum.0 + value, sum.1 + 1.0);
    }
    sums.into_iter().map(|(seed, (sum, n))| (seed, sum / n)).collect()
}

/// n, value and interval of the first against the second: paired by seed, by Welch's test where they share none. A ratio is that of
/// logarithms, of positive numbers alone.
fn compared(of: &BTreeMap<u64, f64>, other: &BTreeMap<u64, f64>, contrast: Contrast) -> Option<(usize, f64, f64, f64)> {
    let scale = |v: &f64| if contrast == Contrast::Ratio { libm::log(*v) } else { *v };
    let back = |v: f64| if contrast == Contrast::Ratio { libm::exp(v) } else { v };
    let shared: Vec<(f64, f64)> = of.iter().filter_map(|(seed, v)| Some((*other.get(seed)?, *v))).collect();
    let is_paired = !shared.is_empty();
    let is_positive =
        if is_paired { shared.iter().all(|(a, b)| *a > 0.0 && *b > 0.0) } else { of.values().chain(other.values()).all(|v| *v > 0.0) };
    if contrast == Contrast::Ratio && !is_positive {
        return None;
    }
    let pairs: Vec<(f64, f64)> = shared.iter().map(|(a, b)| (scale(a), scale(b))).collect();
    let all = |side: &BTreeMap<u64, f64>| side.values().map(scale).collect::<Vec<f64>>();
    let d = if is_paired { paired(&pairs)? } else { welch(&all(other), &all(of))? };
    Some((d.n, back(d.mean), back(d.low), back(d.high)))
}
