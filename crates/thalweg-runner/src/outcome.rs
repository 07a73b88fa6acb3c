//! Typed outcomes of training: what a curve did, in one word. Definitions are here and in `docs/experiments.md`.
//!
//! Deliberately simple and total: each reads a list of finite losses and never fails.

use crate::kind::Outcomes;
use crate::record::{Record, Status};

/// A validation loss this share above its minimum marks the onset of overfitting.
pub const ONSET_RISE: f64 = 0.05;
/// A final gap above this share of the final validation loss is overfitting, if the validation loss rose too.
pub const GAP_SHARE: f64 = 0.25;
/// A training loss that ends above this share of its first value has not learned.
pub const UNDERFIT_SHARE: f64 = 0.5;
/// A relative fall over the last tenth of the epochs below this is convergence.
pub const SETTLED: f64 = 0.01;

/// All of them.
pub fn outcomes(record: &Record) -> Outcomes {
    Outcomes { gap_final: gap_final(record), overfit_onset: overfit_onset(record), convergence: convergence(record), fit: fit(record) }
}

/// `converged, slow, oscillating, stalled, diverged`; empty where nothing was measured.
pub fn convergence(record: &Record) -> Option<&'static str> {
    if record.status == Status::Diverged {
        return Some("diverged");
    }
    let loss: Vec<f64> = finite(&curve(record, "train_loss"));
    let (first, last) = (*loss.first()?, *loss.last()?);
    let tail = &loss[loss.len() - (loss.len() / 10).max(2).min(loss.len())..];
    let rises = loss.windows(2).filter(|w| w[1] > w[0] * (1.0 + SETTLED)).count();
    let fall = (tail[0] - last) / tail[0].abs().max(f64::MIN_POSITIVE);
    Some(if loss.len() > 4 && rises * 10 > (loss.len() - 1) * 3 {
        "oscillating"
    } else if last > first * (1.0 - SETTLED) && loss.len() > 1 {
        "stalled"
    } else if fall > SETTLED {
        "slow"
    } else {
        "converged"
    })
}

/// `underfit, good, overfit`; empty without validation or where nothing was measured.
pub fn fit(record: &Record) -> Option<&'static str> {
    let (train, valid) = (finite(&curve(record, "train_loss")), finite(&curve(record, "valid_loss")));
    let (first, train_end, valid_end) = (*train.first()?, *train.last()?, *valid.last()?);
    let lowest = valid.iter().copied().fold(f64::INFINITY, f64::min);
    Some(if valid_end > lowest * (1.0 + ONSET_RISE) && valid_end - train_end > GAP_SHARE * valid_end {
        "overfit"
    } else if train.len() > 1 && train_end > first * UNDERFIT_SHARE {
        "underfit"
    } else {
        "good"
    })
}

/// The first recorded epoch after the best one from which the validation loss stays `ONSET_RISE` above its minimum.
pub fn overfit_onset(record: &Record) -> Option<u32> {
    let valid = curve(record, "valid_loss");
    let lowest = valid.iter().copied().fold(f64::INFINITY, f64::min);
    let above = valid.iter().rev().take_while(|v| **v > lowest * (1.0 + ONSET_RISE)).count();
    if above == 0 { None } else { record.epochs.get(valid.len() - above).map(|row| row.epoch) }
}

/// Validation loss minus training loss at the final epoch, nats.
pub fn gap_final(record: &Record) -> Option<f64> {
    let at = |name| crate::probe::index(name).and_then(|i| record.last.get(i)).copied();
    Some(at("valid_loss")? - at("train_loss")?).filter(|gap| gap.is_finite())
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
        let word = |c: &[f64]| convergence(&record(c, c));
        assert_eq!(
            [word(&falling), word(&settled), word(&flat), word(&zigzag)],
            [Some("slow"), Some("converged"), Some("stalled"), Some("oscillating")]
        );
        assert_eq!(convergence(&record(&[], &[])), None);
    }

    #[test]
    fn the_onset_is_the_first_epoch_that_stays_above() {
        let valid = [1.0, 0.5, 0.6, 0.5, 0.52, 0.6, 0.7];
        let train = [1.0, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05];
        let r = record(&train, &valid);
        assert_eq!((overfit_onset(&r), fit(&r)), (Some(6), Some("overfit")));
        assert_eq!(overfit_onset(&record(&[1.0, 0.5], &[1.0, 0.5])), None);
        assert!((gap_final(&r).expect("measured") - 0.65).abs() < 1e-12);
    }
}
