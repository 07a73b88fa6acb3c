//! `compare A B`: what changed between two runs, configuration by configuration and over all. A is the baseline, the verdict is about B.
//!
//! Configurations match on the axes that both runs sweep; everything else that differs is the treatment. Shared seeds: paired t; none
//! shared: Welch; Holm over the configurations, α = 0.05. Over all, a seed's difference is its mean over the shared configurations, and
//! the seeds are what is tested: configurations of one seed start from the same draws, so they are no independent evidence.

mod divergence;
mod matching;
mod page;
mod terminal;
mod write;

use std::collections::BTreeMap;

use crate::error::ReportError;
use crate::sheet::is_larger_better;
use crate::stats::{Difference, estimate, holm, paired, welch};
use crate::summary::ALPHA;
use crate::table::{Column, Table};

pub(crate) use matching::plain;
pub use page::Drawn;
pub(crate) use terminal::interval;
pub use write::Sources;

use divergence::fisher;
use matching::{Cells, Matched, matched, shared_axes};

/// A setting that the two experiments do not share: what A has, and what B has.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Its place in the file: `base.train.lr`.
    pub path: String,
    /// In A; `None` where A does not have it.
    pub a: Option<String>,
    /// In B.
    pub b: Option<String>,
}

/// A difference below which nobody cares, whatever p says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Noise {
    /// In the metric's unit.
    Absolute(f64),
    /// A share of the baseline's mean.
    Relative(f64),
}

/// What the evidence says of B.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Better than A, more than seeds and noise explain.
    Better,
    /// Worse, likewise.
    Worse,
    /// No difference that seeds or noise would not explain.
    NoDifference,
    /// One seed, or too few that ended well: nothing can be said.
    Untested,
    /// B has no such configuration.
    OnlyA,
    /// A has no such configuration.
    OnlyB,
}

impl Verdict {
    /// As written in `compare.csv`.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Better => "better",
            Verdict::Worse => "worse",
            Verdict::NoDifference => "no difference",
            Verdict::Untested => "cannot be tested",
            Verdict::OnlyA => "only in A",
            Verdict::OnlyB => "only in B",
        }
    }
}

/// One run's side of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Side {
    /// Trials with a value.
    pub n: usize,
    /// Trials that diverged, failed or timed out.
    pub n_bad: usize,
    /// Mean of the metric; NaN without a value.
    pub mean: f64,
}

/// A configuration, or all that both runs have.
#[derive(Clone, Debug)]
pub struct Row {
    /// The shared axes' values; empty for the whole.
    pub cells: Vec<String>,
    /// The baseline.
    pub a: Side,
    /// The other run.
    pub b: Side,
    /// B − A, if both have a value.
    pub difference: Option<Difference>,
    /// `paired t`, `Welch`, `Fisher` (of diverged trials), or nothing.
    pub test: &'static str,
    /// p before Holm's correction; NaN where it cannot be known.
    pub p: f64,
    /// And behind it; over all there is one test, so the same.
    pub p_holm: f64,
    /// What follows.
    pub verdict: Verdict,
}

/// A comparison.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The runs' names.
    pub names: [String; 2],
    /// The compared column.
    pub metric: String,
    /// The axes that both runs sweep.
    pub axes: Vec<String>,
    /// What differs in the experiments.
    pub changes: Vec<Change>,
    /// Differences below it do not count.
    pub noise: Noise,
    /// Over all configurations that both have; `None` if there is none.
    pub overall: Option<Row>,
    /// Configurations, in the order of A's table, then those of B alone.
    pub rows: Vec<Row>,
}

/// What is compared, and how.
pub struct Request<'a> {
    /// The runs' names, A's first.
    pub names: [&'a str; 2],
    /// Their `trials.csv`.
    pub trials: [&'a Table; 2],
    /// The column.
    pub metric: &'a str,
    /// What differs in the experiments.
    pub changes: Vec<Change>,
    /// Differences below it do not count.
    pub noise: Noise,
}

/// Compares two runs.
pub fn compare(request: Request<'_>) -> Result<Comparison, ReportError> {
    let Request { names, trials, metric, changes, noise } = request;
    let axes = shared_axes(trials[0], trials[1]);
    let all: Vec<(Cells, Matched)> = matched(trials, &axes, metric)?;
    let judge = Judge { larger_is_better: is_larger_better(metric), noise };
    let mut rows: Vec<Row> = all.iter().map(|(cells, m)| judge.row(cells, m)).collect();
    let adjusted = holm(&rows.iter().map(|row| row.p).collect::<Vec<_>>());
    for (row, p) in rows.iter_mut().zip(adjusted) {
        row.p_holm = p;
        row.verdict = judge.verdict(row);
    }
    let overall = judge.overall(&all);
    Ok(Comparison { names: names.map(String::from), metric: metric.into(), axes, changes, noise, overall, rows })
}

/// What decides a verdict.
struct Judge {
    larger_is_better: bool,
    noise: Noise,
}

impl Judge {
    fn row(&self, cells: &Cells, m: &Matched) -> Row {
        let (a, b) = (m.side(0), m.side(1));
        let (difference, test) = difference(&m.values[0], &m.values[1]);
        let mut row = Row {
            cells: cells.clone(),
            a,
            b,
            difference,
            test,
            p: f64::NAN,
            p_holm: f64::NAN,
            verdict: m.only.unwrap_or(Verdict::Untested),
        };
        row.p = row.difference.map_or(f64::NAN, |d| d.p);
        // Where one run has no value left, how many diverged is all that there is to compare.
        if m.only.is_none() && row.difference.is_none() && (a.n == 0) != (b.n == 0) {
            (row.p, row.test) = (fisher([a.n, a.n_bad], [b.n, b.n_bad]), "Fisher");
        }
        row
    }

    /// The seeds' mean differences over all configurations that both runs have under a seed.
    fn overall(&self, all: &[(Cells, Matched)]) -> Option<Row> {
        let both: Vec<&Matched> = all.iter().map(|(_, m)| m).filter(|m| m.only.is_none()).collect();
        if both.is_empty() {
            return None;
        }
        let is_paired = both.iter().any(|m| m.values[0].keys().any(|seed| m.values[1].contains_key(seed)));
        let mut sums = [BTreeMap::<i64, (f64, f64)>::new(), BTreeMap::new()];
        for m in &both {
            let usable = |m: &Matched| !m.values[0].is_empty() && !m.values[1].is_empty();
            for (side, sums) in sums.iter_mut().enumerate() {
                let other = &m.values[1 - side];
                for (seed, v) in m.values[side].iter().filter(|(seed, _)| usable(m) && (!is_paired || other.contains_key(seed))) {
                    let entry = sums.entry(*seed).or_default();
                    *entry = (entry.0 + v, entry.1 + 1.0);
                }
            }
        }
        let means = sums.map(|sums| sums.into_iter().map(|(seed, (sum, n))| (seed, sum / n)).collect::<BTreeMap<i64, f64>>());
        let (difference, test) = difference(&means[0], &means[1]);
        let side = |side: usize| {
            let values: Vec<f64> = means[side].values().copied().collect();
            let n_bad = both.iter().map(|m| m.n_bad[side]).sum();
            Side { n: values.len(), n_bad, mean: estimate(&values).map_or(f64::NAN, |e| e.mean) }
        };
        let p = difference.map_or(f64::NAN, |d| d.p);
        let mut row = Row { cells: Vec::new(), a: side(0), b: side(1), difference, test, p, p_holm: p, verdict: Verdict::Untested };
        row.verdict = self.verdict(&row);
        Some(row)
    }

    fn verdict(&self, row: &Row) -> Verdict {
        if matches!(row.verdict, Verdict::OnlyA | Verdict::OnlyB) {
            return row.verdict;
        }
        let Some(difference) = row.difference else {
            return match (row.p_holm < ALPHA, row.b.n == 0) {
                (false, _) => Verdict::Untested,
                (true, true) => Verdict::Worse,
                (true, false) => Verdict::Better,
            };
        };
        let least = match self.noise {
            Noise::Absolute(least) => least,
            Noise::Relative(share) => share * row.a.mean.abs(),
        };
        match () {
            () if row.p_holm.is_nan() => Verdict::Untested,
            () if row.p_holm >= ALPHA || difference.mean.abs() < least => Verdict::NoDifference,
            () if (difference.mean > 0.0) == self.larger_is_better => Verdict::Better,
            () => Verdict::Worse,
        }
    }
}

/// B − A by seed, or of two samples where no seed is shared.
fn difference(a: &BTreeMap<i64, f64>, b: &BTreeMap<i64, f64>) -> (Option<Difference>, &'static str) {
    let pairs: Vec<(f64, f64)> = a.iter().filter_map(|(seed, x)| b.get(seed).map(|y| (*x, *y))).collect();
    if !pairs.is_empty() {
        return (paired(&pairs), "paired t");
    }
    let values = |of: &BTreeMap<i64, f64>| of.values().copied().collect::<Vec<_>>();
    match welch(&values(a), &values(b)) {
        Some(difference) => (Some(difference), "Welch"),
        None => (None, ""),
    }
}

impl Comparison {
    /// Configurations of one verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.rows.iter().filter(|row| row.verdict == verdict).count()
    }

    /// Whether B is worse over all, or in any configuration: what a gate stops.
    pub fn has_regression(&self) -> bool {
        self.overall.iter().chain(&self.rows).any(|row| row.verdict == Verdict::Worse)
    }

    /// Whether there is a configuration that both runs have.
    pub fn is_comparable(&self) -> bool {
        self.overall.is_some()
    }

    /// The comparison as a table: the whole first, then the configurations.
    pub fn table(&self) -> Result<Table, ReportError> {
        let rows: Vec<&Row> = self.overall.iter().chain(&self.rows).collect();
        let text = |name: &str, of: &dyn Fn(&Row) -> Option<String>| Column::text(name, rows.iter().map(|row| of(row)).collect());
        let int = |name: &str, of: &dyn Fn(&Row) -> usize| Column::int(name, rows.iter().map(|row| Some(of(row) as i64)).collect());
        let float = |name: &str, of: &dyn Fn(&Row) -> Option<f64>| {
            Column::float(name, rows.iter().map(|row| of(row).filter(|v| v.is_finite())).collect())
        };
        let scope = |row: &Row| if self.overall.as_ref().is_some_and(|o| std::ptr::eq(o, row)) { "overall" } else { "configuration" };
        let mut columns = vec![text("scope", &|row| Some(scope(row).into()))];
        columns.extend(self.axes.iter().enumerate().map(|(i, axis)| text(axis, &|row| row.cells.get(i).cloned())));
        columns.extend([int("n_a", &|row| row.a.n), int("n_b", &|row| row.b.n)]);
        columns.extend([int("n_bad_a", &|row| row.a.n_bad), int("n_bad_b", &|row| row.b.n_bad)]);
        columns.extend([float("mean_a", &|row| Some(row.a.mean)), float("mean_b", &|row| Some(row.b.mean))]);
        columns.push(Column::int("n", rows.iter().map(|row| row.difference.map(|d| d.n as i64)).collect()));
        columns.push(float("difference", &|row| row.difference.map(|d| d.mean)));
        columns.push(float("ci_low", &|row| row.difference.map(|d| d.low)));
        columns.push(float("ci_high", &|row| row.difference.map(|d| d.high)));
        columns.extend([float("p", &|row| Some(row.p)), float("p_holm", &|row| Some(row.p_holm))]);
        columns.push(text("test", &|row| Some(row.test.into()).filter(|t: &String| !t.is_empty())));
        columns.push(text("verdict", &|row| Some(row.verdict.name().into())));
        Table::new(columns)
    }
}

#[cfg(test)]
mod tests;
