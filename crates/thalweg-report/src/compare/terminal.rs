//! A comparison in words: one sentence, then the largest changes.

use super::{Change, Comparison, Noise, Row, Side, Verdict};
use crate::number::rounded;
use crate::summary::ALPHA;

/// The most rows and changes on a terminal.
const MAX_ROWS: usize = 20;
const MAX_CHANGES: usize = 30;

impl Comparison {
    /// What the comparison comes to, in one sentence.
    pub fn sentence(&self) -> String {
        let [a, b] = &self.names;
        let Some(row) = &self.overall else {
            return format!(
                "No configuration is in both runs: {a} has {}, {b} {}.",
                self.count(Verdict::OnlyA),
                self.count(Verdict::OnlyB)
            );
        };
        let both: Vec<&Row> = self.rows.iter().filter(|row| !matches!(row.verdict, Verdict::OnlyA | Verdict::OnlyB)).collect();
        // The mean difference is one of those configurations only in which both runs have values.
        let (n, n_valued) = (both.len(), both.iter().filter(|row| row.difference.is_some()).count());
        let over = match (n, n_valued) {
            (1, _) => "in the one configuration that both have".into(),
            _ if n_valued == 0 || n_valued == n => format!("over the {n} configurations that both have"),
            _ => format!("over {n_valued} of the {n} configurations that both have"),
        };
        let rest = match n - n_valued {
            0 => String::new(),
            1 => " In the other one a run has no trial that ended well.".into(),
            others => format!(" In the other {others} a run has no trial that ended well."),
        };
        match (row.verdict, &row.difference) {
            (Verdict::Untested, None) => {
                format!("Nothing can be said of {b} {over}: a run has no trial that ended well under a seed of both.")
            }
            (Verdict::Untested, Some(d)) => {
                format!(
                    "{} differs by {} {over}, under one seed: that says nothing of noise, so nothing is tested.",
                    self.metric,
                    signed(d.mean)
                )
            }
            (verdict, Some(d)) => {
                let word = match verdict {
                    Verdict::Better => "better than",
                    Verdict::Worse => "worse than",
                    _ => "not told apart from",
                };
                format!("{b} is {word} {a}: {} differs by {} {over} ({}).{rest}", self.metric, interval(row), tested(row, d.n))
            }
            (verdict, None) => format!("{b} is {} than {a}: in one of them no trial ended well ({}).", verdict.name(), tested(row, 0)),
        }
    }

    /// What the noise threshold means here.
    pub fn noise_text(&self) -> Option<String> {
        match self.noise {
            Noise::Absolute(0.0) | Noise::Relative(0.0) => None,
            Noise::Absolute(least) => Some(format!("differences below {least} do not count")),
            Noise::Relative(share) => Some(format!("differences below {}% of the baseline's mean do not count", 100.0 * share)),
        }
    }

    /// Counts of verdicts.
    pub fn counts(&self) -> String {
        let all = [Verdict::Better, Verdict::Worse, Verdict::NoDifference, Verdict::Untested, Verdict::OnlyA, Verdict::OnlyB];
        let told: Vec<String> =
            all.iter().map(|v| (self.count(*v), v.name())).filter(|c| c.0 > 0).map(|(n, v)| format!("{n} {v}")).collect();
        told.join(", ")
    }

    /// The rows by what they say: the least likely first, the largest among equals.
    pub fn by_evidence(&self) -> Vec<&Row> {
        let mut order: Vec<&Row> = self.rows.iter().collect();
        let size = |row: &Row| row.difference.map_or(0.0, |d| d.mean.abs());
        order.sort_by(|a, b| {
            let p = |row: &Row| if row.p_holm.is_nan() { 2.0 } else { row.p_holm };
            p(a).total_cmp(&p(b)).then(size(b).total_cmp(&size(a)))
        });
        order
    }

    /// For a terminal.
    pub fn to_terminal(&self) -> String {
        let mut out = format!("{}\n", self.sentence());
        if self.changes.is_empty() {
            out += "the experiments do not differ\n";
        } else {
            let mut table = comfy_table::Table::new();
            table.set_header(["differs", self.names[0].as_str(), self.names[1].as_str()]);
            for Change { path, a, b } in self.changes.iter().take(MAX_CHANGES) {
                let cell = |of: &Option<String>| of.as_deref().map_or("–".into(), shortened);
                table.add_row([path.clone(), cell(a), cell(b)]);
            }
            out += &format!("{table}\n");
            if self.changes.len() > MAX_CHANGES {
                out += &format!("… and {} more settings\n", self.changes.len() - MAX_CHANGES);
            }
        }
        let mut table = comfy_table::Table::new();
        let columns = ["A", "B", "B − A, 95 % interval", "p (Holm)", "verdict"].map(String::from);
        table.set_header(self.axes.iter().cloned().chain(columns));
        for row in self.by_evidence().iter().take(MAX_ROWS) {
            let p = if row.p_holm.is_nan() { "–".into() } else { rounded(&row.p_holm.to_string()) };
            let cells = [side(&row.a), side(&row.b), interval(row), p, row.verdict.name().to_string()];
            table.add_row(row.cells.iter().cloned().chain(cells));
        }
        out += &format!("{table}\n");
        if self.rows.len() > MAX_ROWS {
            out += &format!("… and {} more in the table\n", self.rows.len() - MAX_ROWS);
        }
        out += &format!("{}: {}; Holm over configurations, α = {ALPHA}", self.metric, self.counts());
        self.noise_text().map_or(out.clone(), |noise| format!("{out}; {noise}"))
    }
}

/// The test in words.
fn tested(row: &Row, n: usize) -> String {
    let p = if row.p < 1e-4 { "p < 0.0001".into() } else { format!("p = {}", rounded(&format!("{:.4}", row.p))) };
    match row.test {
        "paired t" => format!("paired t over {n} seeds, {p}"),
        "Welch" => format!("Welch's t, no shared seed, n = {} and {}, {p}", row.a.n, row.b.n),
        other => format!("{other}'s test of how trials ended, {p}"),
    }
}

/// A mean with what stands behind it.
pub(super) fn side(of: &Side) -> String {
    let bad = if of.n_bad > 0 { format!(", {} ended badly", of.n_bad) } else { String::new() };
    if of.n == 0 && of.n_bad == 0 {
        return "–".into();
    }
    let mean = if of.mean.is_nan() { "–".into() } else { rounded(&of.mean.to_string()) };
    format!("{mean} (n = {}{bad})", of.n)
}

/// A difference with its interval, where there is one: never ± 0 for a single seed.
pub(crate) fn interval(row: &Row) -> String {
    match row.difference {
        None => "–".into(),
        Some(d) if !d.low.is_finite() => format!("{} (one seed: no interval)", signed(d.mean)),
        Some(d) => format!("{} [{}, {}]", signed(d.mean), signed(d.low), signed(d.high)),
    }
}

fn signed(v: f64) -> String {
    let text = rounded(&format!("{v:.6e}"));
    if v > 0.0 { format!("+{text}") } else { text }
}

/// A long list without its middle.
pub(super) fn shortened(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= 48 {
        return text.into();
    }
    letters[..30].iter().chain(&['…']).chain(&letters[letters.len() - 15..]).collect()
}
