//! `compare A B`: what changed between two runs, configuration by configuration. A is the baseline, the verdict is about B.
//!
//! Configurations match on the axes that both runs sweep. Shared seeds: paired t; none shared: Welch. Holm over configurations, α = 0.05.

use std::collections::BTreeMap;

use crate::error::ReportError;
use crate::sheet::is_larger_better;
use crate::stats::{Difference, holm, paired, welch};
use crate::summary::ALPHA;
use crate::table::{Column, Table};

/// One matched configuration.
#[derive(Clone, Debug)]
pub struct Match {
    /// The shared axes' values.
    pub cells: Vec<String>,
    /// B − A.
    pub difference: Difference,
    /// `paired t` or `Welch`.
    pub test: &'static str,
    /// Adjusted p.
    pub p: f64,
    /// `improved`, `regressed`, `no change detected` or `cannot be tested`.
    pub verdict: &'static str,
}

/// A comparison.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The compared column.
    pub metric: String,
    /// The axes that both runs sweep.
    pub axes: Vec<String>,
    /// Matched configurations, in the order of their values.
    pub matches: Vec<Match>,
    /// Configurations of A alone and of B alone.
    pub unmatched: [usize; 2],
    /// Trials without a value (diverged, failed, timed out) in A and in B, left out of every mean.
    pub left_out: [usize; 2],
}

type Values = BTreeMap<Vec<String>, Vec<(i64, f64)>>;

/// Compares two `trials.csv`.
pub fn compare(a: &Table, b: &Table, metric: &str) -> Result<Comparison, ReportError> {
    let (in_a, in_b) = (axes(a), axes(b));
    let shared: Vec<String> = in_a.into_iter().filter(|x| in_b.contains(x)).collect();
    let ((values_a, out_a), (values_b, out_b)) = (by_cells(a, &shared, metric)?, by_cells(b, &shared, metric)?);
    let mut matches: Vec<Match> = values_a.iter().filter_map(|(cells, va)| one(cells, va, values_b.get(cells)?)).collect();
    let adjusted = holm(&matches.iter().map(|m| m.difference.p).collect::<Vec<_>>());
    for (m, p) in matches.iter_mut().zip(adjusted) {
        m.p = p;
        let better = (m.difference.mean > 0.0) == is_larger_better(metric);
        m.verdict = match (p.is_nan(), p < ALPHA, better) {
            (true, _, _) => "cannot be tested",
            (_, false, _) => "no change detected",
            (_, _, true) => "improved",
            (_, _, false) => "regressed",
        };
    }
    let only = |x: &Values, y: &Values| x.keys().filter(|k| !y.contains_key(*k)).count();
    Ok(Comparison {
        metric: metric.into(),
        axes: shared,
        matches,
        unmatched: [only(&values_a, &values_b), only(&values_b, &values_a)],
        left_out: [out_a, out_b],
    })
}

/// The columns between `config` and `seed`.
fn axes(trials: &Table) -> Vec<String> {
    trials.names().into_iter().skip_while(|n| n != "config").skip(1).take_while(|n| n != "seed").collect()
}

fn by_cells(trials: &Table, axes: &[String], metric: &str) -> Result<(Values, usize), ReportError> {
    let columns = axes.iter().map(|a| trials.text(a)).collect::<Result<Vec<_>, _>>()?;
    let (seeds, status, values) = (trials.int("seed")?, trials.text("status")?, trials.float(metric)?);
    let (mut found, mut left_out) = (Values::new(), 0);
    for row in 0..trials.n_rows() {
        let cells = columns.iter().map(|c| c[row].clone().unwrap_or_default()).collect();
        let entry = found.entry(cells).or_default();
        match (status[row].as_deref(), seeds[row], values[row]) {
            (Some("ok"), Some(seed), Some(value)) => entry.push((seed, value)),
            _ => left_out += 1,
        }
    }
    Ok((found, left_out))
}

fn one(cells: &[String], a: &[(i64, f64)], b: &[(i64, f64)]) -> Option<Match> {
    // Several configurations may fall on one match, where only one run sweeps an axis: a seed then stands for its mean.
    let (a, b) = (by_seed(a), by_seed(b));
    let pairs: Vec<(f64, f64)> = a.iter().filter_map(|(seed, x)| b.get(seed).map(|y| (*x, *y))).collect();
    let (difference, test) = if pairs.is_empty() {
        (welch(&a.into_values().collect::<Vec<_>>(), &b.into_values().collect::<Vec<_>>())?, "Welch")
    } else {
        (paired(&pairs)?, "paired t")
    };
    Some(Match { cells: cells.to_vec(), difference, test, p: f64::NAN, verdict: "" })
}

fn by_seed(values: &[(i64, f64)]) -> BTreeMap<i64, f64> {
    let mut sums = BTreeMap::<i64, (f64, f64)>::new();
    for (seed, v) in values {
        let entry = sums.entry(*seed).or_default();
        *entry = (entry.0 + v, entry.1 + 1.0);
    }
    sums.into_iter().map(|(seed, (sum, n))| (seed, sum / n)).collect()
}

impl Comparison {
    /// Whether any configuration got worse, with statistics.
    pub fn has_regression(&self) -> bool {
        self.matches.iter().any(|m| m.verdict == "regressed")
    }

    /// The comparison as a table.
    pub fn table(&self) -> Result<Table, ReportError> {
        let text = |f: &dyn Fn(&Match) -> String| self.matches.iter().map(|m| Some(f(m))).collect::<Vec<_>>();
        let float = |f: &dyn Fn(&Match) -> f64| self.matches.iter().map(|m| Some(f(m)).filter(|v| v.is_finite())).collect::<Vec<_>>();
        let mut columns: Vec<Column> = self.axes.iter().enumerate().map(|(i, a)| Column::text(a, text(&|m| m.cells[i].clone()))).collect();
        columns.push(Column::int("n", self.matches.iter().map(|m| Some(m.difference.n as i64)).collect()));
        columns.push(Column::float("difference", float(&|m| m.difference.mean)));
        columns.push(Column::float("ci_low", float(&|m| m.difference.low)));
        columns.push(Column::float("ci_high", float(&|m| m.difference.high)));
        columns.push(Column::float("p", float(&|m| m.difference.p)));
        columns.push(Column::float("p_holm", float(&|m| m.p)));
        columns.push(Column::text("test", text(&|m| m.test.into())));
        columns.push(Column::text("verdict", text(&|m| m.verdict.into())));
        Table::new(columns)
    }

    /// The comparison for a terminal: the largest changes first, then counts.
    pub fn to_terminal(&self) -> String {
        let mut out = format!(
            "{}: B − A, mean difference with 95 % interval; Holm over {} configurations, α = {ALPHA}\n",
            self.metric,
            self.matches.len()
        );
        let mut order: Vec<&Match> = self.matches.iter().collect();
        order.sort_by(|a, b| a.p.total_cmp(&b.p).then(b.difference.mean.abs().total_cmp(&a.difference.mean.abs())));
        let mut table = comfy_table::Table::new();
        table.set_header(self.axes.iter().cloned().chain(["n", "difference", "95 % interval", "p (Holm)", "verdict"].map(String::from)));
        for m in order.iter().take(20) {
            let d = &m.difference;
            let p = if m.p.is_nan() { "–".into() } else { format!("{:.3}", m.p) };
            let rest =
                [d.n.to_string(), format!("{:+.4e}", d.mean), format!("[{:+.3e}, {:+.3e}]", d.low, d.high), p, m.verdict.to_string()];
            table.add_row(m.cells.iter().cloned().chain(rest));
        }
        out += &format!("{table}\n");
        if order.len() > 20 {
            out += &format!("… and {} more in the CSV\n", order.len() - 20);
        }
        let count = |verdict: &str| self.matches.iter().filter(|m| m.verdict == verdict).count();
        out += &format!(
            "{} improved, {} regressed, {} without a detected change, {} untestable",
            count("improved"),
            count("regressed"),
            count("no change detected"),
            count("cannot be tested")
        );
        if self.unmatched != [0, 0] {
            out += &format!("; {} configurations only in A, {} only in B", self.unmatched[0], self.unmatched[1]);
        }
        if self.left_out != [0, 0] {
            out += &format!("; trials without a value: {} in A, {} in B", self.left_out[0], self.left_out[1]);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trials(lr: &[f64], offset: f64, first_seed: i64) -> Table {
        let rows: Vec<(f64, i64)> = lr.iter().flat_map(|l| (0..5).map(move |s| (*l, s))).collect();
        let noise = [0.01, -0.02, 0.015, 0.0, -0.005];
        let text = |t: &str| vec![Some(t.to_string()); rows.len()];
        let columns = vec![
            Column::text("key", text("k")),
            Column::text("config", text("c")),
            Column::float("train.lr", rows.iter().map(|r| Some(r.0)).collect()),
            Column::int("seed", rows.iter().map(|r| Some(r.1 + first_seed)).collect()),
            Column::text("status", text("ok")),
            Column::float(
                "valid_loss",
                rows.iter().map(|r| Some(r.0 + noise[r.1 as usize] + offset * (1.0 + 0.01 * r.1 as f64))).collect(),
            ),
        ];
        Table::new(columns).expect("made")
    }

    #[test]
    fn a_shift_is_seen_in_its_direction_and_a_run_equals_itself() {
        let (a, b) = (trials(&[0.1, 0.2], 0.0, 0), trials(&[0.2, 0.1, 0.3], 0.3, 0));
        let verdicts =
            |a: &Table, b: &Table| compare(a, b, "valid_loss").expect("fine").matches.iter().map(|m| m.verdict).collect::<Vec<_>>();
        assert_eq!(verdicts(&a, &b), ["regressed", "regressed"]);
        assert_eq!(verdicts(&b, &a), ["improved", "improved"]);
        assert_eq!(verdicts(&a, &a), ["no change detected", "no change detected"]);
        let c = compare(&a, &b, "valid_loss").expect("fine");
        assert!(c.has_regression() && c.unmatched == [0, 1]);
    }

    #[test]
    fn without_shared_seeds_welch_is_used() {
        let c = compare(&trials(&[0.1], 0.0, 0), &trials(&[0.1], 0.3, 100), "valid_loss").expect("fine");
        assert_eq!((c.matches[0].test, c.matches[0].verdict), ("Welch", "regressed"));
    }
}
