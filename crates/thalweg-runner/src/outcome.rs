//! Typed outcomes of training: what a curve did, in one word. Definitions are here and in `docs/experiments.md`.
//!
//! Deliberately simple and total: each reads a list of finite losses and the thresholds, and never fails.

use crate::kind::Outcomes;
use crate::record::{Record, Status};
use crate::threshold::{Threshold, Thresholds};

static SETTLED: Threshold = Threshold {
    name: "settled",
    doc: "a training loss that changes by less than this share of itself has not moved: a rise that is counted for `oscillating`, a fall from the first epoch for `stalled`, one over the last tenth of the epochs for `slow`",
    default: 0.01,
    range: (0.0, 1.0),
};
static SWINGS: Threshold = Threshold {
    name: "swings",
    doc: "a training loss that rises in more than this share of the epochs is `oscillating`",
    default: 0.3,
    range: (0.0, 1.0),
};
static ONSET_RISE: Threshold = Threshold {
    name: "onset-rise",
    doc: "a validation loss that stays more than this share above its minimum marks `overfit_onset`; one that ends there may be `overfit`",
    default: 0.05,
    range: (0.0, 1e6),
};
static GAP_SHARE: Threshold = Threshold {
    name: "gap-share",
    doc: "a final gap above this share of the final validation loss is `overfit`, if that loss rose by onset-rise, too",
    default: 0.25,
    range: (0.0, 1.0),
};
static UNDERFIT_SHARE: Threshold = Threshold {
    name: "underfit-share",
    doc: "a training loss that ends above this share of its first value is `underfit`",
    default: 0.5,
    range: (0.0, 1.0),
};

/// All that decides the words here.
pub static THRESHOLDS: &[&Threshold] = &[&SETTLED, &SWINGS, &ONSET_RISE, &GAP_SHARE, &UNDERFIT_SHARE];

/// All of them. A kernel machine has one optimum and says itself whether it was reached; the way there neither fits nor overfits.
pub fn outcomes(record: &Record, thresholds: &Thresholds) -> Outcomes {
    if n_unsolved(record).is_some() {
        return Outcomes { gap_final: gap_final(record), convergence: convergence(record, thresholds), ..Outcomes::default() };
    }
    Outcomes {
        gap_final: gap_final(record),
        overfit_onset: overfit_onset(record, thresholds),
        convergence: convergence(record, thresholds),
        fit: fit(record, thresholds),
    }
}

/// `converged, slow, oscillating, stalled, diverged`; empty where nothing was measured.
pub fn convergence(record: &Record, thresholds: &Thresholds) -> Option<&'static str> {
    if record.status == Status::Diverged {
        return Some("diverged");
    }
    if let Some(n_unsolved) = n_unsolved(record) {
        return Some(if n_unsolved > 0.0 { "slow" } else { "converged" });
    }
    let loss: Vec<f64> = finite(&curve(record, "train_loss"));
    let (first, last) = (*loss.first()?, *loss.last()?);
    let settled = thresholds.of(&SETTLED);
    let tail = &loss[loss.len() - (loss.len() / 10).max(2).min(loss.len())..];
    let rises = loss.windows(2).filter(|w| w[1] > w[0] * (1.0 + settled)).count();
    let fall = (tail[0] - last) / tail[0].abs().max(f64::MIN_POSITIVE);
    Some(if loss.len() > 4 && rises as f64 > thresholds.of(&SWINGS) * (loss.len() - 1) as f64 {
        "oscillating"
    } else if last > first * (1.0 - settled) && loss.len() > 1 {
        "stalled"
    } else if fall > settled {
        "slow"
    } else {
        "converged"
    })
}

/// `underfit, good, overfit`; empty without validation or where nothing was measured.
pub fn fit(record: &Record, thresholds: &Thresholds) -> Option<&'static str> {
    let (train, valid) = (finite(&curve(record, "train_loss")), finite(&curve(record, "valid_loss")));
    let (first, train_end, valid_end) = (*train.first()?, *train.last()?, *valid.last()?);
    let lowest = valid.iter().copied().fold(f64::INFINITY, f64::min);
    let is_risen = valid_end > lowest * (1.0 + thresholds.of(&ONSET_RISE));
    Some(if is_risen && valid_end - train_end > thresholds.of(&GAP_SHARE) * valid_end {
        "overfit"
    } else if train.len() > 1 && train_end > first * thresholds.of(&UNDERFIT_SHARE) {
        "underfit"
    } else {
        "good"
    })
}

/// The first recorded epoch after the best one from which the validation loss stays [`ONSET_RISE`] above its minimum.
pub fn overfit_onset(record: &Record, thresholds: &Thresholds) -> Option<u32> {
    let valid = curve(record, "valid_loss");
    let lowest = valid.iter().copied().fold(f64::INFINITY, f64::min);
    let limit = lowest * (1.0 + thresholds.of(&ONSET_RISE));
    let above = valid.iter().rev().take_while(|v| **v > limit).count();
    if above == 0 { None } else { record.epochs.get(valid.len() - above).map(|row| row.epoch) }
}

/// Validation loss minus training loss at the final epoch, nats.
pub fn gap_final(record: &Record) -> Option<f64> {
    let at = |name| crate::probe::index(name).and_then(|i| record.last.get(i)).copied();
    Some(at("valid_loss")? - at("train_loss")?).filter(|gap| gap.is_finite())
}

/// Of a kernel machine: the problems whose solver came to its limit.
fn n_unsolved(record: &Record) -> Option<f64> {
    crate::probe::index("n_unsolved").and_then(|i| record.last.get(i)).copied().filter(|n| n.is_finite())
}

fn curve(record: &Record, name: &str) -> Vec<f64> {
    record.curve(crate::probe::index(name))
}

fn finite(curve: &[f64]) -> Vec<f64> {
    curve.iter().copied().filter(|v| v.is_finite()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::PROBES;
    use crate::record::EpochRow;
    use crate::value::Value;

    /// The thresholds of a file that sets some.
    fn with(set: &[(&'static Threshold, f64)]) -> Thresholds {
        let mut thresholds = Thresholds::default();
        for (row, value) in set {
            thresholds.set(row, &Value::Number(*value)).expect("in its range");
        }
        thresholds
    }

    fn record(train: &[f64], valid: &[f64]) -> Record {
        let row = |i: usize| {
            let value = |name: &str| {
                if name == "train_loss" {
                    train[i]
                } else if name == "valid_loss" {
                    valid[i]
                } else {
                    f64::NAN
                }
            };
            EpochRow { epoch: i as u32 + 1, lr: 0.1, probes: PROBES.iter().map(|p| value(p.name)).collect(), layers: Vec::new() }
        };
        let epochs: Vec<EpochRow> = (0..train.len()).map(row).collect();
        let last = epochs.last().map(|r| r.probes.clone()).unwrap_or_default();
        Record { epochs, last, ..Record::empty("k", Status::Ok, String::new()) }
    }

    /// Made-up curves whose verdict is plain to see.
    #[test]
    fn curves_get_the_word_one_would_say() {
        let falling: Vec<f64> = (0..40).map(|i| 2.0 * 0.95f64.powi(i)).collect();
        let settled: Vec<f64> = (0..40).map(|i| 0.1 + 2.0 * 0.5f64.powi(i)).collect();
        let flat = vec![2.3; 40];
        let zigzag: Vec<f64> = (0..40).map(|i| if i % 2 == 0 { 1.0 } else { 2.0 }).collect();
        let usual = Thresholds::default();
        let word = |c: &[f64]| convergence(&record(c, c), &usual);
        assert_eq!(
            [word(&falling), word(&settled), word(&flat), word(&zigzag)],
            [Some("slow"), Some("converged"), Some("stalled"), Some("oscillating")]
        );
        assert_eq!(convergence(&record(&[], &[]), &usual), None);
    }

    #[test]
    fn the_onset_is_the_first_epoch_that_stays_above() {
        let valid = [1.0, 0.5, 0.6, 0.5, 0.52, 0.6, 0.7];
        let train = [1.0, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05];
        let r = record(&train, &valid);
        let usual = Thresholds::default();
        assert_eq!((overfit_onset(&r, &usual), fit(&r, &usual)), (Some(6), Some("overfit")));
        assert_eq!(overfit_onset(&record(&[1.0, 0.5], &[1.0, 0.5]), &usual), None);
        assert!((gap_final(&r).expect("measured") - 0.65).abs() < 1e-12);
    }

    /// Each word changes where its threshold passes the number that a curve was made to have.
    #[test]
    fn a_threshold_decides_where_the_curve_crosses_it() {
        // Ten epochs, of which one in three rises, by a tenth.
        let swings: Vec<f64> = (0..10).map(|i| [1.0, 0.8, 0.88][i % 3] * 0.5f64.powi(i as i32 / 3)).collect();
        let r = record(&swings, &swings);
        let word = |set: &[(&'static Threshold, f64)]| convergence(&r, &with(set)).expect("measured");
        assert_eq!((word(&[(&SWINGS, 0.3)]), word(&[(&SWINGS, 0.34)])), ("oscillating", "slow"));
        assert_eq!(word(&[(&SETTLED, 0.11), (&SWINGS, 0.3)]), "slow");
        // It falls to 0.95 of its first, all of it before the end.
        let flat = [1.0, 0.95, 0.95, 0.95, 0.95];
        let r = record(&flat, &flat);
        let word = |settled: f64| convergence(&r, &with(&[(&SETTLED, settled)])).expect("measured");
        assert_eq!((word(0.04), word(0.06)), ("converged", "stalled"));
        // It ends at 0.4 of its first; the validation loss ends a fifth above its minimum, a third of it above the training loss.
        let r = record(&[1.0, 0.6, 0.4], &[1.0, 0.5, 0.6]);
        let word = |set: &[(&'static Threshold, f64)]| fit(&r, &with(set)).expect("measured");
        assert_eq!((word(&[]), word(&[(&GAP_SHARE, 0.34)]), word(&[(&ONSET_RISE, 0.21)])), ("overfit", "good", "good"));
        assert_eq!(word(&[(&GAP_SHARE, 0.34), (&UNDERFIT_SHARE, 0.39)]), "underfit");
        let onset = |rise: f64| overfit_onset(&r, &with(&[(&ONSET_RISE, rise)]));
        assert_eq!((onset(0.19), onset(0.21)), (Some(3), None));
    }
}
