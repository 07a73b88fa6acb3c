//! Early stopping: a trial ends once the watched quantity has not improved for so many epochs.
//!
//! Only recorded epochs are looked at, but the patience counts epochs: with `[record] every = 5` and a patience of 10 the second look in vain ends
//! the trial. What improves is compared with the best so far, as in Keras's `EarlyStopping` and Prechelt 1998 (UP with strips of
//! one epoch is another rule). Absent: going back to the best parameters; the record has its best epoch anyway.

use crate::probe::Moment;
use crate::state::Watched;
use crate::trial::{StopSettings, Watch};

impl Watched {
    /// Before the first epoch.
    pub(super) const NONE: Watched = Watched { value: f64::INFINITY, epoch: 0 };

    /// Looks at a recorded epoch; whether the patience is over.
    pub(super) fn look(&mut self, settings: &StopSettings, epoch: usize, moment: &Moment) -> bool {
        // A NaN is no improvement, and a trial that has one is ended as diverged.
        let value = watched(settings.watch, moment).unwrap_or(f64::NAN);
        if value < self.value - settings.min_delta {
            *self = Watched { value, epoch };
        }
        settings.patience > 0 && epoch - self.epoch >= settings.patience
    }
}

fn watched(watch: Watch, moment: &Moment) -> Option<f64> {
    match watch {
        Watch::ValidLoss => Some(moment.valid.as_ref()?.loss),
        Watch::ValidAccuracy => Some(-moment.valid.as_ref()?.accuracy?),
        Watch::TrainLoss => Some(moment.train.as_ref()?.loss),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_math::objective::Evaluation;

    /// The epoch at which a trial with these validation losses, one for every `every` epochs, ends; accuracy is 1 − loss.
    fn ends(losses: &[f64], every: usize, settings: StopSettings) -> Option<usize> {
        let mut best = Watched::NONE;
        let epochs = losses.iter().zip(1..).map(|(loss, look)| (*loss, look * every));
        epochs
            .map(|(loss, epoch)| {
                let valid = Evaluation { loss, accuracy: Some(1.0 - loss), r2: None, n: 10 };
                // The training loss goes on falling.
                let train = Evaluation { loss: 1.0 / epoch as f64, accuracy: None, r2: None, n: 10 };
                (epoch, best.look(&settings, epoch, &Moment { valid: Some(valid), train: Some(train), ..Moment::default() }))
            })
            .find(|(_, is_over)| *is_over)
            .map(|(epoch, _)| epoch)
    }

    /// By hand: the loss is lowest at the third look; what follows is equal to it, above it, or below it by less than asked.
    #[test]
    fn patience_is_over_at_the_known_epoch() {
        let losses = [0.9, 0.6, 0.5, 0.55, 0.5, 0.49, 0.7, 0.7, 0.7, 0.7];
        let settings = |patience, min_delta, watch| StopSettings { patience, watch, min_delta };
        // The looks at 4 and 5 are in vain, the one at 6 is not.
        assert_eq!(ends(&losses, 1, settings(2, 0.0, Watch::ValidLoss)), Some(5));
        assert_eq!(ends(&losses, 1, settings(3, 0.0, Watch::ValidLoss)), Some(9));
        assert_eq!(ends(&losses, 1, settings(3, 0.02, Watch::ValidLoss)), Some(6));
        assert_eq!(ends(&losses, 1, settings(1, 0.35, Watch::ValidLoss)), Some(2));
        assert_eq!(ends(&losses, 1, settings(3, 0.0, Watch::ValidAccuracy)), Some(9));
        assert_eq!(ends(&losses, 1, settings(1, 0.0, Watch::TrainLoss)), None);
        assert_eq!(ends(&losses, 1, settings(0, 1e9, Watch::ValidLoss)), None);
        // Looks at epochs 5, 10, …: five epochs are one look, six are two.
        assert_eq!(ends(&losses, 5, settings(5, 0.0, Watch::ValidLoss)), Some(20));
        assert_eq!(ends(&losses, 5, settings(6, 0.0, Watch::ValidLoss)), Some(25));
    }
}
