//! The set of the best on simulated experiments: how often an equal is ruled out, and how often a worse one is.
//!
//! Expected rates: 5 % of experiments by the test's construction; with 1,000 of them a rate of 5 % lies below 7 % but once in 500 times.

use thalweg_report::stats::{ALPHA, best_set};

/// Experiments for a rate.
const N_RUNS: usize = 1_000;

/// Normal numbers from a linear congruential generator (Knuth's MMIX) through Box and Muller.
struct Normal(u64);

impl Normal {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    fn next(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// By configuration, the share of experiments in which it is ruled out; last, the share in which any of true mean 0 is.
fn ruled_out(means: &[f64], noise: &[f64], n_seeds: i64) -> (Vec<f64>, f64) {
    let mut random = Normal(1);
    let (mut counts, mut any) = (vec![0.0; means.len()], 0.0);
    for _ in 0..N_RUNS {
        let seeds: Vec<f64> = (0..n_seeds).map(|_| random.next()).collect();
        let mut rows: Vec<(usize, Vec<(i64, f64)>)> = (0..means.len())
            .map(|c| (c, (0..).zip(&seeds).map(|(s, effect)| (s, means[c] + 0.7 * effect + noise[c] * random.next())).collect()))
            .collect();
        rows.sort_by(|a, b| {
            let mean = |row: &[(i64, f64)]| row.iter().map(|v| v.1).sum::<f64>();
            mean(&a.1).total_cmp(&mean(&b.1))
        });
        let set = best_set(&rows.iter().map(|r| r.1.as_slice()).collect::<Vec<_>>());
        let out: Vec<usize> = rows.iter().zip(&set.is_in).filter(|(_, is_in)| !**is_in).map(|(row, _)| row.0).collect();
        any += f64::from(u8::from(out.iter().any(|c| means[*c] == 0.0)));
        out.iter().for_each(|c| counts[*c] += 1.0);
    }
    (counts.iter().map(|c| c / N_RUNS as f64).collect(), any / N_RUNS as f64)
}

#[test]
fn equals_are_ruled_out_in_about_five_of_a_hundred_experiments() {
    let noises = |k: usize| {
        let wavy: Vec<f64> = (0..k).map(|i| (0.5 * (i as f64 * 2.4).sin()).exp()).collect();
        let mut one_wild = vec![1.0; k];
        one_wild[0] = 5.0;
        let calm_half = (0..k).map(|i| if i % 2 == 0 { 1.0 } else { 0.05 }).collect();
        [("equal", vec![1.0; k]), ("unequal", wavy), ("one wild", one_wild), ("half calm", calm_half)]
    };
    for (k, n_seeds) in [(2, 5), (5, 3), (5, 10), (20, 3), (20, 5), (20, 10)] {
        for (name, noise) in noises(k) {
            let (_, any) = ruled_out(&vec![0.0; k], &noise, n_seeds);
            // Three seeds say little of unequal noise: the module's text owns up to it.
            let limit = if n_seeds == 3 && name != "equal" { 0.1 } else { ALPHA + 0.02 };
            assert!(any <= limit, "{k} configurations, {n_seeds} seeds, noise {name}: {any}");
            if name == "equal" && n_seeds > 3 {
                assert!(any >= 0.005, "{k} configurations, {n_seeds} seeds: {any} leaves power unused");
            }
        }
    }
}

#[test]
fn worse_ones_are_ruled_out_though_a_wild_one_is_among_them() {
    // Three equals, sixteen that get worse, and one that is far off and a hundred times as noisy.
    let mut means: Vec<f64> = (0..20).map(|i| if i < 3 { 0.0 } else { 1.0 + 0.44 * f64::from(i - 3) }).collect();
    let mut noise = vec![1.0; 20];
    (means[19], noise[19]) = (300.0, 100.0);
    let (out, any) = ruled_out(&means, &noise, 5);
    assert!(any <= ALPHA);
    // Two standard errors of simulation below what a reference simulation in NumPy gave: 0.91 and 0.95 beyond five standard deviations.
    assert!(out[13..19].iter().all(|rate| *rate > 0.88), "{out:?}");
    // By its own pairs alone, six standard errors off with four degrees of freedom.
    assert!((0.4..0.75).contains(&out[19]), "{out:?}");
}

/// Losses over two decades whose noise is a fifth of them, with three seeds: what is ten times as bad is not in the set.
#[test]
fn noise_that_grows_with_the_loss_does_not_hide_bad_configurations() {
    let mut random = Normal(7);
    let rows: Vec<Vec<(i64, f64)>> =
        (0..36).map(|c| (0..3).map(|s| (s, 0.1 * (f64::from(c) * 0.13 + 0.2 * random.next()).exp())).collect()).collect();
    let mut rows: Vec<&[(i64, f64)]> = rows.iter().map(Vec::as_slice).collect();
    let mean = |row: &[(i64, f64)]| row.iter().map(|v| v.1).sum::<f64>();
    rows.sort_by(|a, b| mean(a).total_cmp(&mean(b)));
    let set = best_set(&rows);
    assert!(set.is_log && set.is_weak());
    let limit = 10.0 * mean(rows[0]);
    assert!(rows.iter().zip(&set.is_in).all(|(row, is_in)| !(*is_in && mean(row) > limit)), "{set:?}");
    assert!(set.is_in[..3].iter().all(|is_in| *is_in), "{set:?}");
}
