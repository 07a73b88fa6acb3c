//! The statistics against scipy and statsmodels, on tables that `oracle/statistics.py` wrote; each says the programs' versions.

use thalweg_report::stats::{
    Factor, Kind, bca_from, best_set, estimate, holm, importance, paired, power::power, rank_stability, seeds_needed, welch,
};

const SAMPLES: &str = include_str!("oracle/samples.csv");
const DESIGNS: &str = include_str!("oracle/designs.csv");
const EXPECTED: &str = include_str!("oracle/expected.csv");

fn near(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{what}: {found} is not {expected}");
}

/// Rows of a table without its two heads.
fn rows(table: &str) -> impl Iterator<Item = Vec<&str>> {
    table.lines().skip(2).map(|line| line.split(',').collect())
}

/// The cases whose names begin so, in order.
fn cases(table: &'static str, family: &str) -> Vec<&'static str> {
    let mut found: Vec<&str> = rows(table).map(|row| row[0]).filter(|case| case.starts_with(family)).collect();
    found.dedup();
    assert!(found.len() > 1, "{family}");
    found
}

fn sample(case: &str, name: &str) -> Vec<f64> {
    let row = rows(SAMPLES).find(|row| row[0] == case && row[1] == name).expect("a sample");
    row[2].split(' ').map(|v| v.parse().expect("a number")).collect()
}

/// `row0`, `row1`, … of a case.
fn table(case: &str) -> Vec<Vec<f64>> {
    let n = rows(SAMPLES).filter(|row| row[0] == case && row[1].starts_with("row")).count();
    (0..n).map(|i| sample(case, &format!("row{i}"))).collect()
}

fn expected(case: &str) -> Vec<(&'static str, f64)> {
    let of_case = rows(EXPECTED).filter(|row| row[0] == case);
    of_case.map(|row| (row[1], row[2].parse().expect("a number"))).collect()
}

fn one(case: &str, quantity: &str) -> f64 {
    expected(case).iter().find(|e| e.0 == quantity).expect("expected").1
}

#[test]
fn intervals_and_tests_of_means() {
    for case in cases(SAMPLES, "two-") {
        let (a, b) = (sample(case, "a"), sample(case, "b"));
        let pairs: Vec<(f64, f64)> = a.iter().copied().zip(b.iter().copied()).collect();
        let (e, p, w) = (estimate(&a).expect("values"), paired(&pairs).expect("pairs"), welch(&a, &b).expect("values"));
        let found = [
            ("mean", e.mean),
            ("sd", e.sd),
            ("low", e.low),
            ("high", e.high),
            ("paired-p", p.p),
            ("paired-low", p.low),
            ("paired-high", p.high),
            ("welch-p", w.p),
            ("welch-low", w.low),
            ("welch-high", w.high),
        ];
        found.iter().for_each(|(name, value)| near(*value, one(case, name), &format!("{case} {name}")));
    }
}

#[test]
fn holm_is_that_of_statsmodels() {
    for case in cases(SAMPLES, "holm-") {
        for (found, expected) in holm(&sample(case, "p")).iter().zip(sample(case, "adjusted")) {
            near(*found, expected, case);
        }
    }
}

#[test]
fn the_bootstrap_is_that_of_scipy_given_its_resamples() {
    for case in cases(SAMPLES, "bca-") {
        let values = sample(case, "values");
        let indices = sample(case, "indices");
        let means = indices.chunks(values.len()).map(|c| c.iter().map(|i| values[*i as usize]).sum::<f64>() / values.len() as f64);
        let (low, high) = bca_from(&values, means.collect()).expect("an interval");
        near(low, one(case, "low"), case);
        near(high, one(case, "high"), case);
    }
}

#[test]
fn concordance_is_that_of_scipy_ties_included() {
    for case in cases(SAMPLES, "rank-") {
        let found = rank_stability(&table(case)).expect("a table");
        near(found.w, one(case, "w"), case);
        assert_eq!(found.n_best as f64, one(case, "n_best"), "{case}");
    }
}

#[test]
fn power_is_that_of_statsmodels() {
    for case in cases(EXPECTED, "power-") {
        let effect = one(case, "effect");
        for n in [2, 5, 30] {
            near(power(effect, n), one(case, &format!("n{n}")), &format!("{case} n = {n}"));
        }
        // Two values whose mean is the effect and whose standard deviation is 1.
        let half = 0.5f64.sqrt();
        let differences = estimate(&[effect - half, effect + half]).expect("values");
        assert_eq!(seeds_needed(&differences), Some(one(case, "needed") as usize), "{case}");
    }
}

#[test]
fn the_best_set_has_the_noise_of_the_two_way_layout_or_moderated() {
    for case in cases(SAMPLES, "best-") {
        let table: Vec<Vec<(i64, f64)>> = table(case).into_iter().map(|row| (0..).zip(row).collect()).collect();
        let found = best_set(&table.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let noise = found.noise.expect("noise");
        near(noise.variance, one(case, "variance"), case);
        near(noise.df, one(case, "df"), case);
        for (found, expected) in found.p[1..].iter().zip(sample(case, "adjusted")) {
            near(*found, expected, case);
        }
    }
}

#[test]
fn shares_of_variation_are_those_of_statsmodels() {
    for (family, adds_up) in [("balanced-", true), ("unbalanced-", false), ("holes-", false)] {
        for case in cases(DESIGNS, family) {
            let design: Vec<Vec<&str>> = rows(DESIGNS).filter(|row| row[0] == case).collect();
            let levels = |column: usize| design.iter().filter_map(|row| row[column].parse().ok()).collect::<Vec<usize>>();
            let factors: Vec<Factor> = (1..4)
                .map(|i| Factor { name: ["", "a", "b", "c"][i].into(), levels: levels(i) })
                .filter(|f| !f.levels.is_empty())
                .collect();
            let y: Vec<f64> = design.iter().map(|row| row[5].parse().expect("a number")).collect();
            let found = importance(&factors, &levels(4), &y).expect("a result");
            assert_eq!(found.adds_up, adds_up, "{case}");
            let name = |share: &thalweg_report::stats::Share| match share.kind {
                Kind::Main | Kind::Pair => share.factors.join(":"),
                Kind::Higher => "higher".into(),
                Kind::Seeds => "seed".into(),
                Kind::Residual => "residual".into(),
            };
            for share in &found.shares {
                near(share.squares, one(case, &name(share)), &format!("{case} {}", name(share)));
            }
            assert!(expected(case).iter().all(|e| found.shares.iter().any(|s| name(s) == e.0)), "{case}: something is missing");
            let sum: f64 = found.shares.iter().map(|s| s.share).sum();
            assert_eq!((sum - 1.0).abs() < 1e-12, adds_up, "{case}: {sum}");
        }
    }
}
