//! Splits of whole sets: their own test part, groups, folds.

use ndarray::Array2;
use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use thalweg_data::dataset::{Dataset, Feature, Labels, Samples, Task};
use thalweg_data::split::{Fold, Split, SplitSpec, Strata, split, usual_fractions};

fn set(labels: Vec<u32>, n_classes: usize, n_test: usize, groups: Option<Vec<u32>>) -> Dataset {
    Dataset {
        name: "t".into(),
        x: Samples::Numbers(Array2::from_shape_fn((labels.len(), 1), |(i, _)| i as f64)),
        y: Labels::Classes(labels),
        task: Task::Classes { n_classes },
        features: vec![Feature::number("x")],
        class_names: (0..n_classes).map(|c| c.to_string()).collect(),
        image: None,
        n_test,
        groups,
        others: Vec::new(),
    }
}

fn made(set: &Dataset, strata: Strata, fold: Option<Fold>, seed: u64) -> Split {
    let spec = SplitSpec { fractions: usual_fractions(set), strata, fold };
    split(set, &spec, &mut ChaCha8Rng::seed_from_u64(seed)).expect("large enough")
}

fn sorted(parts: &[&[usize]]) -> Vec<usize> {
    let mut all = parts.concat();
    all.sort_unstable();
    all
}

#[test]
fn a_test_part_of_its_own_stays_what_it_is() {
    let data = set((0..50).map(|i| i % 2).collect(), 2, 10, None);
    let parts = made(&data, Strata::Classes, None, 1);
    assert_eq!(parts.test, (40..50).collect::<Vec<_>>());
    assert_eq!((parts.train.len(), parts.valid.len()), (32, 8));
    let three = SplitSpec { fractions: vec![0.6, 0.2, 0.2], strata: Strata::Classes, fold: None };
    let error = split(&data, &three, &mut ChaCha8Rng::seed_from_u64(1)).expect_err("two fractions").to_string();
    assert!(error.contains("test part of its own (10 samples)"), "{error}");
}

#[test]
fn a_class_with_one_sample_cannot_be_in_three_parts() {
    let data = set([vec![0; 30], vec![1]].concat(), 2, 0, None);
    let spec = |strata| SplitSpec { fractions: vec![0.6, 0.2, 0.2], strata, fold: None };
    let error = split(&data, &spec(Strata::Classes), &mut ChaCha8Rng::seed_from_u64(1)).expect_err("one sample").to_string();
    assert!(error.contains("class `1` has 1 of the samples") && error.contains("stratify = false"), "{error}");
    assert!(split(&data, &spec(Strata::Ignored), &mut ChaCha8Rng::seed_from_u64(1)).is_ok());
}

/// A set that is sorted by class is shuffled: with or without strata the parts have all classes.
#[test]
fn sorted_sets_are_shuffled() {
    let data = set((0..300).map(|i| i / 100).collect(), 3, 0, None);
    for strata in [Strata::Classes, Strata::Ignored] {
        let parts = made(&data, strata, None, 5);
        for part in [&parts.train, &parts.valid, &parts.test] {
            assert!((0..3).all(|class| part.iter().any(|row| row / 100 == class)));
        }
    }
}

proptest! {
    /// Over all folds each row validates once; the test part is the same in each; sizes differ by at most one, in each class, too.
    #[test]
    fn each_row_validates_once(n in 40usize..150, n_folds in 2usize..7, seed in 0u64..50, own in 0usize..2) {
        let n_test = own * 12;
        let data = set((0..n + n_test).map(|i| (i % 3) as u32).collect(), 3, n_test, None);
        let folds: Vec<Split> = (0..n_folds).map(|index| made(&data, Strata::Classes, Some(Fold { n_folds, index }), seed)).collect();
        let valid: Vec<&[usize]> = folds.iter().map(|f| &f.valid[..]).collect();
        let rest = sorted(&[&folds[0].train, &folds[0].valid]);
        prop_assert_eq!(&sorted(&valid), &rest);
        for fold in &folds {
            prop_assert_eq!(&fold.test, &folds[0].test);
            prop_assert_eq!(&sorted(&[&fold.train, &fold.valid]), &rest);
            for class in 0..3 {
                let of = |part: &[usize]| part.iter().filter(|r| *r % 3 == class).count() as f64;
                prop_assert!((of(&fold.valid) - of(&rest) / n_folds as f64).abs() < 1.0 + 1e-9);
            }
        }
    }

    #[test]
    fn folds_keep_groups_whole(groups in prop::collection::vec(0u32..15, 80..160), index in 0usize..4) {
        let data = set(groups.iter().map(|g| g % 2).collect(), 2, 0, Some(groups.clone()));
        let spec = SplitSpec { fractions: vec![0.6, 0.2, 0.2], strata: Strata::Classes, fold: Some(Fold { n_folds: 4, index }) };
        let Ok(parts) = split(&data, &spec, &mut ChaCha8Rng::seed_from_u64(3)) else { return Ok(()) };
        for group in 0..15 {
            let has = |part: &[usize]| part.iter().any(|r| groups[*r] == group);
            prop_assert!([&parts.train, &parts.valid, &parts.test].into_iter().filter(|p| has(p)).count() <= 1);
        }
    }
}
