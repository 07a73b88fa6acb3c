//! Verdicts on made-up runs.

use super::*;

/// Trials of two rates and five seeds; `offset` moves the metric of all, `bad` seeds of the second rate diverge.
fn trials(lr: &[f64], offset: f64, first_seed: i64, bad: usize) -> Table {
    let rows: Vec<(f64, i64)> = lr.iter().flat_map(|l| (0..5).map(move |s| (*l, s))).collect();
    let noise = [0.01, -0.02, 0.015, 0.0, -0.005];
    let text = |t: &str| vec![Some(t.to_string()); rows.len()];
    let is_bad = |r: &(f64, i64)| r.0 == 0.2 && (r.1 as usize) < bad;
    let value = |r: &(f64, i64)| r.0 + noise[r.1 as usize] + offset * (1.0 + 0.01 * r.1 as f64);
    let columns = vec![
        Column::text("key", text("k")),
        Column::text("config", text("c")),
        Column::float("train.lr", rows.iter().map(|r| Some(r.0)).collect()),
        Column::int("seed", rows.iter().map(|r| Some(r.1 + first_seed)).collect()),
        Column::text("status", rows.iter().map(|r| Some(if is_bad(r) { "diverged" } else { "ok" }.to_string())).collect()),
        Column::float("valid_loss", rows.iter().map(|r| Some(value(r)).filter(|_| !is_bad(r))).collect()),
    ];
    Table::new(columns).expect("made")
}

fn compared_with(a: &Table, b: &Table, noise: Noise) -> Comparison {
    let request = Request { names: ["a", "b"], trials: [a, b], metric: "valid_loss", changes: Vec::new(), noise };
    compare(request).expect("columns that are there")
}

fn compared(a: &Table, b: &Table) -> Comparison {
    compared_with(a, b, Noise::Absolute(0.0))
}

fn verdicts(c: &Comparison) -> Vec<&'static str> {
    c.overall.iter().chain(&c.rows).map(|row| row.verdict.name()).collect()
}

#[test]
fn a_shift_is_seen_in_its_direction_and_a_run_equals_itself() {
    let (a, b) = (trials(&[0.1, 0.2], 0.0, 0, 0), trials(&[0.2, 0.1, 0.3], 0.3, 0, 0));
    assert_eq!(verdicts(&compared(&a, &b)), ["worse", "worse", "worse", "only in B"]);
    assert_eq!(verdicts(&compared(&b, &a)), ["better", "better", "better", "only in A"]);
    assert_eq!(verdicts(&compared(&a, &a)), ["no difference", "no difference", "no difference"]);
    assert!(compared(&a, &b).has_regression() && !compared(&b, &a).has_regression());
    assert!(compared(&a, &b).sentence().starts_with("b is worse than a: valid_loss differs by +0.3"), "{}", compared(&a, &b).sentence());
}

#[test]
fn without_shared_seeds_welch_is_used() {
    let c = compared(&trials(&[0.1], 0.0, 0, 0), &trials(&[0.1], 0.3, 100, 0));
    assert_eq!((c.rows[0].test, verdicts(&c)), ("Welch", vec!["worse", "worse"]));
}

/// What is significant and too small to care about is no difference.
#[test]
fn noise_is_a_number_or_a_share_of_the_baseline() {
    let (a, b) = (trials(&[0.1], 0.0, 0, 0), trials(&[0.1], 0.001, 0, 0));
    assert_eq!(verdicts(&compared(&a, &b))[0], "worse");
    // The baseline's mean is 0.1.
    for (noise, verdict) in
        [(Noise::Absolute(0.002), "no difference"), (Noise::Relative(0.02), "no difference"), (Noise::Relative(0.005), "worse")]
    {
        assert_eq!(verdicts(&compared_with(&a, &b, noise))[0], verdict, "{noise:?}");
    }
}

#[test]
fn what_diverges_everywhere_is_worse_and_never_the_same() {
    let (a, b) = (trials(&[0.1, 0.2], 0.0, 0, 0), trials(&[0.1, 0.2], 0.0, 0, 5));
    let c = compared(&a, &b);
    assert_eq!(verdicts(&c), ["no difference", "no difference", "worse"]);
    assert_eq!((c.rows[1].test, c.rows[1].b.n_bad), ("Fisher", 5));
    assert!(c.has_regression());
    let told = c.sentence();
    assert!(
        told.contains("over 1 of the 2 configurations") && told.ends_with("In the other one a run has no trial that ended well."),
        "{told}"
    );
    assert_eq!(verdicts(&compared(&b, &a)), ["no difference", "no difference", "better"]);
    // Two of five say nothing of how trials end; the other three are compared.
    let some = compared(&a, &trials(&[0.1, 0.2], 0.0, 0, 2));
    assert_eq!((verdicts(&some)[2], some.rows[1].difference.map(|d| d.n), some.rows[1].b.n_bad), ("no difference", Some(3), 2));
}

#[test]
fn one_seed_is_not_tested_and_has_no_interval() {
    let one = |offset: f64| {
        let columns = vec![
            Column::text("key", vec![Some("k".into())]),
            Column::text("config", vec![Some("c".into())]),
            Column::int("seed", vec![Some(0)]),
            Column::text("status", vec![Some("ok".into())]),
            Column::float("valid_loss", vec![Some(1.0 + offset)]),
        ];
        Table::new(columns).expect("made")
    };
    let c = compared(&one(0.0), &one(0.5));
    assert_eq!(verdicts(&c), ["cannot be tested", "cannot be tested"]);
    let text = c.to_terminal();
    assert!(text.contains("one seed") && !text.contains("±") && !text.contains("NaN"), "{text}");
    assert!(!c.has_regression());
}

#[test]
fn runs_without_a_common_configuration_say_so() {
    let c = compared(&trials(&[0.1], 0.0, 0, 0), &trials(&[0.2], 0.0, 0, 0));
    assert!(!c.is_comparable() && c.sentence().starts_with("No configuration is in both runs"));
    assert_eq!(verdicts(&c), ["only in A", "only in B"]);
}

#[test]
fn the_page_escapes_what_comes_from_files() {
    let a = trials(&[0.1], 0.0, 0, 0);
    let change =
        Change { path: "base.data.path".into(), a: Some("<img src=x onerror=alert(1)>".into()), b: Some("=1+1, \"quoted\"".into()) };
    let names = ["<b>bold</b>", "b"];
    let request = Request { names, trials: [&a, &a], metric: "valid_loss", changes: vec![change], noise: Noise::Absolute(0.0) };
    let page = compare(request).expect("compared").page(&[]).expect("rendered");
    assert!(!page.contains("<img") && !page.contains("<b>") && page.contains("&lt;b&gt;bold"), "{page}");
}

/// Two runs that differ in their seeds alone: at most one in twenty is told apart, over all and in any configuration.
#[test]
fn nothing_is_found_where_nothing_is() {
    let (mut overall, mut any) = (0, 0);
    let mut state = 7u64;
    let mut draw = || {
        // Twelve uniform numbers of SplitMix64: nearly normal.
        (0..12)
            .map(|_| {
                state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
            })
            .sum::<f64>()
            - 6.0
    };
    let n = 2000;
    for _ in 0..n {
        let mut run = |first_seed: i64| {
            let seeds: Vec<f64> = (0..5).map(|_| draw()).collect();
            let rows: Vec<(i64, i64, f64)> =
                (0..6).flat_map(|c| (0..5).map(move |s| (c, s))).map(|(c, s)| (c, s, seeds[s as usize] + draw())).collect();
            let columns = vec![
                Column::text("config", rows.iter().map(|r| Some(r.0.to_string())).collect()),
                Column::int("train.batch", rows.iter().map(|r| Some(r.0)).collect()),
                Column::int("seed", rows.iter().map(|r| Some(first_seed + r.1)).collect()),
                Column::text("status", vec![Some("ok".into()); rows.len()]),
                Column::float("valid_loss", rows.iter().map(|r| Some(r.2)).collect()),
            ];
            Table::new(columns).expect("made")
        };
        let c = compared(&run(0), &run(100));
        overall += usize::from(!matches!(c.overall.as_ref().map(|o| o.verdict), Some(Verdict::NoDifference)));
        any += usize::from(c.rows.iter().any(|row| row.verdict != Verdict::NoDifference));
    }
    println!("told apart: {overall} over all, {any} in any configuration, of {n}");
    // 5 % and three standard errors.
    assert!(overall as f64 <= 0.065 * n as f64 && any as f64 <= 0.065 * n as f64, "{overall} and {any} of {n}");
}
