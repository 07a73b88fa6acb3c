//! How much of the variation of a metric each setting explains: analysis of variance, exact where the grid is complete.
//!
//! Complete: every combination of values has the same seeds once each. Sums of squares of main effects, pairs, all higher orders together,
//! seeds and the rest then add up to the whole. Otherwise Type II (Yates 1934): each effect beyond all others that do not contain it;
//! the shares overlap or leave gaps and do not add up. No forest, no surrogate: the numbers are of the trials that were run.

use std::collections::BTreeMap;

use super::squares::Squares;

/// The most indicator columns of a design that is not complete; beyond, pairs are left out.
pub const MAX_COLUMNS: usize = 400;

/// A setting with a level for every observation, numbered from 0 without gaps.
#[derive(Clone, Debug)]
pub struct Factor {
    /// Its name.
    pub name: String,
    /// By observation.
    pub levels: Vec<usize>,
}

/// What a share belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One setting on its own.
    Main,
    /// Two settings beyond their own effects.
    Pair,
    /// Three and more settings together.
    Higher,
    /// Seeds: what is the same for all configurations of a seed.
    Seeds,
    /// What is left: noise.
    Residual,
}

/// A source of variation.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// The names of its settings; empty for what is not of settings.
    pub factors: Vec<String>,
    /// What it belongs to.
    pub kind: Kind,
    /// Sum of squares.
    pub squares: f64,
    /// Degrees of freedom.
    pub df: usize,
    /// Of the total sum of squares, 0 to 1.
    pub share: f64,
}

/// How variation is shared out.
#[derive(Clone, Debug, PartialEq)]
pub struct Importance {
    /// Main effects, pairs, higher orders, seeds, residual; only what the design has.
    pub shares: Vec<Share>,
    /// Whether the shares add up to 1.
    pub adds_up: bool,
    /// Observations.
    pub n: usize,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// Shares out the variation of `y` over factors and seeds; factors of one level are left out. The error says why nothing can be said.
pub fn importance(factors: &[Factor], seeds: &[usize], y: &[f64]) -> Result<Importance, String> {
    let factors: Vec<&Factor> = factors.iter().filter(|f| n_levels(&f.levels) > 1).collect();
    if factors.is_empty() {
        return Err("no setting has two values".into());
    }
    let mean = y.iter().sum::<f64>() / y.len() as f64;
    let centred: Vec<f64> = y.iter().map(|v| v - mean).collect();
    let total: f64 = centred.iter().map(|v| v * v).sum();
    if !total.is_finite() {
        return Err("the metric is not finite".into());
    }
    // What only rounding moves does not vary.
    if total <= (1e-13 * mean).powi(2) * y.len() as f64 {
        return Err("the metric is the same in all trials".into());
    }
    let mut found = if is_complete(&factors, seeds) { complete(&factors, seeds, &centred) } else { type_two(&factors, seeds, &centred)? };
    for share in &mut found.shares {
        share.share = share.squares / total;
    }
    Ok(found)
}

fn n_levels(levels: &[usize]) -> usize {
    levels.iter().max().map_or(0, |m| m + 1)
}

/// Whether each combination of levels has each seed exactly once.
fn is_complete(factors: &[&Factor], seeds: &[usize]) -> bool {
    let sizes = factors.iter().map(|f| n_levels(&f.levels)).chain([n_levels(seeds)]);
    let n_cells = sizes.clone().try_fold(1usize, |n, size| n.checked_mul(size).filter(|n| *n <= seeds.len()));
    if n_cells != Some(seeds.len()) {
        return false;
    }
    let mut seen = vec![false; seeds.len()];
    for (i, seed) in seeds.iter().enumerate() {
        let levels = factors.iter().map(|f| f.levels[i]).chain([*seed]);
        seen[levels.zip(sizes.clone()).fold(0, |cell, (level, size)| cell * size + level)] = true;
    }
    seen.iter().all(|s| *s)
}

fn complete(factors: &[&Factor], seeds: &[usize], y: &[f64]) -> Importance {
    let total: f64 = y.iter().map(|v| v * v).sum();
    let (mut shares, mut of_main) = (Vec::new(), Vec::new());
    for f in factors {
        let squares = between(&f.levels, y);
        of_main.push(squares);
        shares.push(share(&[f], Kind::Main, squares, n_levels(&f.levels) - 1));
    }
    for (i, j) in pairs(factors.len()) {
        let squares = between(&crossed(&factors[i].levels, &factors[j].levels), y) - of_main[i] - of_main[j];
        let df = (n_levels(&factors[i].levels) - 1) * (n_levels(&factors[j].levels) - 1);
        shares.push(share(&[factors[i], factors[j]], Kind::Pair, squares.max(0.0), df));
    }
    let cells = factors[1..].iter().fold(factors[0].levels.clone(), |cells, f| crossed(&cells, &f.levels));
    let (of_cells, of_seeds) = (between(&cells, y), between(seeds, y));
    let (n_cells, n_seeds) = (n_levels(&cells), n_levels(seeds));
    let (known, known_df): (f64, usize) = shares.iter().fold((0.0, 0), |sum, s| (sum.0 + s.squares, sum.1 + s.df));
    if factors.len() > 2 {
        shares.push(share(&[], Kind::Higher, (of_cells - known).max(0.0), n_cells - 1 - known_df));
    }
    let mut notes = Vec::new();
    if n_seeds > 1 {
        shares.push(share(&[], Kind::Seeds, of_seeds, n_seeds - 1));
        shares.push(share(&[], Kind::Residual, (total - of_cells - of_seeds).max(0.0), (n_cells - 1) * (n_seeds - 1)));
    } else {
        notes.push("one seed: noise is hidden in the effects, most of all in those of the highest order".into());
    }
    Importance { shares, adds_up: true, n: y.len(), notes }
}

fn type_two(factors: &[&Factor], seeds: &[usize], y: &[f64]) -> Result<Importance, String> {
    let mut terms: Vec<Vec<usize>> = factors.iter().map(|f| f.levels.clone()).collect();
    let n_seeds = n_levels(seeds);
    terms.push(seeds.to_vec());
    let n_columns = |terms: &[Vec<usize>]| 1 + terms.iter().map(|t| n_levels(t)).sum::<usize>();
    if n_columns(&terms) > MAX_COLUMNS {
        return Err(format!("the settings have {} values in all, more than the {MAX_COLUMNS} that are looked at", n_columns(&terms)));
    }
    let mut notes = vec!["the grid is not complete: each share is what an effect explains beyond all others (Type II)".into()];
    let mut crossings = pairs(factors.len());
    let with_pairs: Vec<Vec<usize>> = crossings.iter().map(|(i, j)| crossed(&factors[*i].levels, &factors[*j].levels)).collect();
    if n_columns(&terms) + n_columns(&with_pairs) > MAX_COLUMNS {
        crossings.clear();
        notes.push(format!("pairs are left out: with them more than {MAX_COLUMNS} columns would have to be fitted"));
    } else {
        terms.extend(with_pairs);
    }
    let squares = Squares::new(&terms, y);
    let all: Vec<usize> = (0..terms.len()).collect();
    let first_pair = factors.len() + 1;
    let beyond = |added: usize, given: &dyn Fn(usize) -> bool| {
        let given: Vec<usize> = all.iter().copied().filter(|t| *t != added && given(*t)).collect();
        squares.explained(&given, &[added])[1]
    };
    let mut shares = Vec::new();
    for (i, f) in factors.iter().enumerate() {
        let apart = |t: usize| t < first_pair || (crossings[t - first_pair].0 != i && crossings[t - first_pair].1 != i);
        let (sum, df) = beyond(i, &apart);
        shares.push(share(&[f], Kind::Main, sum, df));
    }
    for (at, (i, j)) in crossings.iter().enumerate() {
        let (sum, df) = beyond(first_pair + at, &|_| true);
        shares.push(share(&[factors[*i], factors[*j]], Kind::Pair, sum, df));
    }
    if n_seeds > 1 {
        let (sum, df) = beyond(factors.len(), &|_| true);
        shares.push(share(&[], Kind::Seeds, sum, df));
    }
    let (model, df) = squares.explained(&all, &[])[0];
    let total: f64 = y.iter().map(|v| v * v).sum();
    shares.push(share(&[], Kind::Residual, (total - model).max(0.0), (y.len() - 1).saturating_sub(df)));
    Ok(Importance { shares, adds_up: false, n: y.len(), notes })
}

fn share(factors: &[&Factor], kind: Kind, squares: f64, df: usize) -> Share {
    Share { factors: factors.iter().map(|f| f.name.clone()).collect(), kind, squares, df, share: 0.0 }
}

/// All i < j.
fn pairs(n: usize) -> Vec<(usize, usize)> {
    (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j))).collect()
}

/// The levels of two factors together, numbered without gaps.
fn crossed(a: &[usize], b: &[usize]) -> Vec<usize> {
    let mut found = BTreeMap::new();
    a.iter().zip(b).for_each(|pair| _ = found.insert(pair, 0));
    found.values_mut().enumerate().for_each(|(i, level)| *level = i);
    a.iter().zip(b).map(|pair| found[&pair]).collect()
}

/// The sum of squares between levels, of a quantity whose mean is 0.
fn between(levels: &[usize], y: &[f64]) -> f64 {
    let mut sums = vec![(0.0, 0.0); n_levels(levels)];
    for (level, v) in levels.iter().zip(y) {
        sums[*level] = (sums[*level].0 + v, sums[*level].1 + 1.0);
    }
    sums.iter().map(|(sum, n)| sum * sum / n).sum()
}
