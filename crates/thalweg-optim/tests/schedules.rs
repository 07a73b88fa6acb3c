//! What each row of the schedule table must do, and numbers by hand. Absent: PyTorch and optax (`oracle.rs`).

use thalweg_optim::schedule::{SCHEDULES, find};
use thalweg_optim::{Beginning, Every, Progress, Schedule, ScheduleSettings, factor_at, lr_at};

const DEFAULT: ScheduleSettings = ScheduleSettings::DEFAULT;

fn row(name: &str) -> &'static Schedule {
    find(name).expect("a row")
}

/// Step `step` of 300, 30 an epoch.
fn at(step: u64) -> Progress {
    Progress { step, total_steps: 300, steps_per_epoch: 30 }
}

fn share(name: &str, settings: &ScheduleSettings, progress: Progress) -> f64 {
    factor_at(row(name), settings, &progress)
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12
}

#[test]
fn each_row_is_found_by_its_own_name_only() {
    for row in SCHEDULES {
        let found = find(row.name).map(|r| r.name);
        assert_eq!(found, Some(row.name));
        assert_eq!(SCHEDULES.iter().filter(|r| r.name == row.name).count(), 1);
        assert!(!row.formula.is_empty() && !row.source.is_empty() && row.settings.is_sorted(), "{}", row.name);
    }
    assert!(find("Constant").is_none());
}

/// Also for runs of no, one and two steps, at their end and beyond it, whatever the warm-up.
#[test]
fn each_row_gives_a_finite_rate_that_scales_with_the_base() {
    for row in SCHEDULES {
        for (total_steps, warmup) in [(300, 0.0), (300, 2.0), (0, 0.0), (1, 0.0), (1, 1.0), (2, 0.0), (3, 0.05), (10, 10.0)] {
            for pct_start in [0.0, 0.1, 0.3, 1.0] {
                let settings = ScheduleSettings { warmup, pct_start, ..DEFAULT };
                for step in 0..=total_steps + 40 {
                    let progress = Progress { step, total_steps, steps_per_epoch: 30 };
                    let lr = lr_at(row, &settings, 0.5, &progress);
                    assert!(lr.is_finite() && lr >= 0.0, "{} at {step} of {total_steps}: {lr}", row.name);
                    // Doubling is exact in binary floating point.
                    assert_eq!(lr_at(row, &settings, 1.0, &progress), 2.0 * lr, "{} at {step}", row.name);
                    // A rate of 0 within the run would waste a step.
                    assert!(lr > 0.0 || step >= total_steps, "{} at {step} of {total_steps}", row.name);
                }
            }
        }
    }
}

/// A wait is 150 steps here, five epochs.
#[test]
fn a_row_begins_as_it_says() {
    for row in SCHEDULES {
        let of = |step| factor_at(row, &DEFAULT, &at(step));
        assert_eq!(of(1) > of(0), row.beginning == Beginning::Rising, "{}", row.name);
        assert_eq!(of(149) == 1.0 && of(150) != 1.0, row.beginning == Beginning::Waiting, "{}", row.name);
    }
}

#[test]
fn a_row_depends_on_the_total_where_it_says_so() {
    for row in SCHEDULES {
        let of = |total_steps| factor_at(row, &DEFAULT, &Progress { step: 100, total_steps, steps_per_epoch: 10 });
        assert_eq!(of(300) != of(400), row.needs_total, "{}", row.name);
    }
}

#[test]
fn constant_is_the_base_rate_to_the_last_bit() {
    for step in [0, 1, 299] {
        assert_eq!(lr_at(row("constant"), &DEFAULT, 0.1, &at(step)), 0.1);
    }
}

/// Halving every 5 epochs is 0.5^⌊epoch/5⌋.
#[test]
fn step_halves_every_five_epochs() {
    for (step, expected) in [(0, 1.0), (149, 1.0), (150, 0.5), (299, 0.5), (300, 0.25), (3000, 0.5f64.powi(20))] {
        assert_eq!(share("step", &DEFAULT, at(step)), expected, "at {step}");
    }
}

/// 0.07 epochs of 100 steps are 7 steps (in binary 7.000000000000001), 0.29 are 29 (28.999999999999996), and steps are themselves.
#[test]
fn times_may_be_any_number_of_steps() {
    for (every, n) in [(Every::Epochs(0.07), 7), (Every::Epochs(0.29), 29), (Every::Steps(3), 3), (Every::Steps(1), 1)] {
        let settings = ScheduleSettings { every, ..DEFAULT };
        for step in 0..300 {
            let found = share("step", &settings, Progress { step, total_steps: 300, steps_per_epoch: 100 });
            assert_eq!(found, 0.5f64.powi((step / n) as i32), "{every:?} at {step}");
        }
    }
}

/// ×0.9998 every 5 epochs is 0.9998⁶⁰ = 0.98807 after 300 epochs, nearly nothing; in between it falls a little at every step.
#[test]
fn exponential_is_smooth_and_slow() {
    let after = |step| share("exponential", &DEFAULT, Progress { step, total_steps: 9000, steps_per_epoch: 30 });
    assert!(close(after(9000), 0.9998f64.powi(60)) && (after(9000) - 0.988).abs() < 1e-4, "{}", after(9000));
    assert!((0..9000).all(|t| after(t + 1) < after(t)));
    let staircase = ScheduleSettings { factor: Some(0.9998), ..DEFAULT };
    let epoch_300 = Progress { step: 9000, total_steps: 9000, steps_per_epoch: 30 };
    assert!(close(share("step", &staircase, epoch_300), after(9000)), "at whole times both agree");
}

/// By hand, at the beginning, a third of the way (cos 60° = 1/2), the middle, and the end.
#[test]
fn falls_to_a_floor_by_hand() {
    let low = ScheduleSettings { floor: 0.2, ..DEFAULT };
    for (name, settings, expected) in [
        ("linear", DEFAULT, [1.0, 2.0 / 3.0, 0.5, 0.0]),
        ("linear", low, [1.0, 0.2 + 0.8 * 2.0 / 3.0, 0.6, 0.2]),
        ("cosine", DEFAULT, [1.0, 0.75, 0.5, 0.0]),
        ("cosine", low, [1.0, 0.8, 0.6, 0.2]),
        ("polynomial", DEFAULT, [1.0, 4.0 / 9.0, 0.25, 0.0]),
        ("polynomial", ScheduleSettings { power: 3.0, ..low }, [1.0, 0.2 + 0.8 * 8.0 / 27.0, 0.3, 0.2]),
    ] {
        for (step, expected) in [0, 100, 150, 300].into_iter().zip(expected) {
            let found = share(name, &settings, at(step));
            assert!(close(found, expected), "{name} at {step}: {found}, not {expected}");
        }
    }
}

/// By hand: 1/25 at first, 1 at step 0.3·300 − 1 = 89, 1/25/10⁴ at step 299, half way between 1 and that at step 194.
#[test]
fn one_cycle_rises_and_falls() {
    let of = |step| share("one-cycle", &DEFAULT, at(step));
    for (step, expected) in [(0, 0.04), (89, 1.0), (194, (1.0 + 4e-6) / 2.0), (299, 4e-6)] {
        assert!(close(of(step), expected), "at {step}: {}", of(step));
    }
    assert!((0..89).all(|t| of(t) < of(t + 1)) && (89..299).all(|t| of(t) > of(t + 1)));
}

/// √(E/(E + t)) with E = 5 epochs = 150 steps: 1 at first, 1/√2 after E, 1/2 after 3E.
#[test]
fn inverse_sqrt_by_hand() {
    for (step, expected) in [(0, 1.0), (150, 0.5f64.sqrt()), (450, 0.5)] {
        assert!(close(share("inverse-sqrt", &DEFAULT, at(step)), expected), "at {step}");
    }
}

/// Every step multiplies by the same number, and the last one has the rate `high`.
#[test]
fn a_range_test_grows_geometrically() {
    let of = |step| share("range-test", &ScheduleSettings { high: 1e5, ..DEFAULT }, at(step));
    assert_eq!(of(0), 1.0);
    assert!((of(299) / 1e5 - 1.0).abs() < 1e-12);
    assert!((0..299).all(|t| (of(t + 1) / of(t) - 1e5f64.powf(1.0 / 299.0)).abs() < 1e-12));
}

/// Two epochs of 30 steps: 1/60, 2/60, …, 1, then the schedule's own first step, of 240.
#[test]
fn warm_up_then_the_schedule_on_what_is_left() {
    let settings = ScheduleSettings { warmup: 2.0, ..DEFAULT };
    for row in SCHEDULES {
        let of = |step| factor_at(row, &settings, &at(step));
        for step in 0..60 {
            assert!(close(of(step), (step + 1) as f64 / 60.0), "{} at {step}", row.name);
        }
        for step in 60..300 {
            let own = Progress { step: step - 60, total_steps: 240, steps_per_epoch: 30 };
            assert_eq!(of(step), factor_at(row, &DEFAULT, &own), "{} at {step}", row.name);
        }
    }
}

#[test]
fn epochs_are_fractions() {
    assert_eq!(Progress { step: 75, total_steps: 300, steps_per_epoch: 30 }.epoch(), 2.5);
}

/// A run can be made longer and be the same run exactly where the row says so; with and without warm-up.
#[test]
fn what_does_not_need_the_total_does_not_see_it() {
    for row in SCHEDULES {
        for warmup in [0.0, 1.5].into_iter().filter(|w| *w == 0.0 || row.beginning != Beginning::Rising) {
            let settings = ScheduleSettings { warmup, ..ScheduleSettings::DEFAULT };
            let rates = |total_steps| -> Vec<f64> {
                (0..40).map(|step| lr_at(row, &settings, 0.1, &Progress { step, total_steps, steps_per_epoch: 10 })).collect()
            };
            assert_eq!(rates(50) == rates(5000), !row.needs_total, "{}", row.name);
        }
    }
}
