//! Learning-rate schedules: the table of factors that multiply the base rate.
//!
//! A schedule is a pure function of progress; it has no state, so resuming needs nothing and a plot of it needs no training.

/// How far a training run is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Steps already taken: 0 at the first step.
    pub step: u64,
    /// Steps that the whole run takes.
    pub total_steps: u64,
    /// Steps in one epoch, > 0.
    pub steps_per_epoch: u64,
}

impl Progress {
    /// Epochs already taken, with their fraction: 2.5 is the middle of the third epoch.
    pub fn epoch(&self) -> f64 {
        self.step as f64 / self.steps_per_epoch as f64
    }
}

/// One schedule.
pub struct Schedule {
    /// As written in an experiment.
    pub name: &'static str,
    /// The learning rate η(t) from the base rate η₀.
    pub formula: &'static str,
    /// Where the formula comes from.
    pub source: &'static str,
    /// η(t) / η₀, a finite number ≥ 0.
    pub factor: fn(&Progress) -> f64,
}

/// Every schedule.
pub static SCHEDULES: &[Schedule] = &[Schedule {
    name: "constant",
    formula: "η(t) = η₀",
    source: "Robbins and Monro 1951 discuss why it does not converge under noise",
    factor: |_| 1.0,
}];

/// The row of a name.
pub fn find(name: &str) -> Option<&'static Schedule> {
    SCHEDULES.iter().find(|r| r.name == name)
}

/// The learning rate of the step at `progress`; `base_lr` is η₀ > 0.
pub fn lr_at(schedule: &Schedule, base_lr: f64, progress: &Progress) -> f64 {
    base_lr * (schedule.factor)(progress)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_is_found_by_its_own_name_only() {
        for row in SCHEDULES {
            let found = find(row.name).map(|r| r.name);
            assert_eq!(found, Some(row.name));
            assert_eq!(SCHEDULES.iter().filter(|r| r.name == row.name).count(), 1);
            assert!(!row.formula.is_empty() && !row.source.is_empty(), "{}", row.name);
        }
        assert!(find("Constant").is_none());
    }

    #[test]
    fn each_row_gives_a_finite_rate_that_scales_with_the_base() {
        for row in SCHEDULES {
            for step in 0..300 {
                let progress = Progress { step, total_steps: 300, steps_per_epoch: 30 };
                let lr = lr_at(row, 0.5, &progress);
                assert!(lr.is_finite() && lr >= 0.0, "{} at {step}: {lr}", row.name);
                // Doubling is exact in binary floating point.
                assert_eq!(lr_at(row, 1.0, &progress), 2.0 * lr, "{} at {step}", row.name);
            }
        }
    }

    #[test]
    fn constant_is_the_base_rate_to_the_last_bit() {
        let constant = find("constant").expect("a row");
        for step in [0, 1, 299] {
            assert_eq!(lr_at(constant, 0.1, &Progress { step, total_steps: 300, steps_per_epoch: 30 }), 0.1);
        }
    }

    #[test]
    fn epochs_are_fractions() {
        assert_eq!(Progress { step: 75, total_steps: 300, steps_per_epoch: 30 }.epoch(), 2.5);
    }
}
