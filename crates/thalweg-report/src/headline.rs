//! What a report says first: what is best, how sure that is, and what comes next.

use std::collections::HashMap;

use crate::error::ReportError;
use crate::groups::Group;
use crate::number::{rounded, shown};
use crate::plot::Subject;
use crate::stats::{estimate, power::MAX_SEEDS, seeds_needed};
use crate::summary::Best;
use crate::table::Table;
use crate::variation::rank_stability;

/// What is best, how sure that is, and what comes next: sentences.
pub fn headline(subject: &Subject<'_>) -> Result<Vec<String>, ReportError> {
    let (sheet, metric) = (subject.sheet, subject.sheet.column());
    if let Some(headline) = sheet.headline {
        return Ok(vec![headline.into()]);
    }
    let usable: Vec<&Group> = subject.order.iter().map(|i| &subject.groups[*i]).filter(|g| g.estimate.is_some()).collect();
    let Some((best, mean)) = usable.first().and_then(|g| Some((g, g.estimate?))) else {
        return Ok(vec!["No trial ended well: there is nothing to compare.".into()]);
    };
    let mut lines = vec![format!("Best: {} with mean {metric} {}.", best.label(&sheet.axes), shown(&mean))];
    let trials = &subject.tables.trials;
    for (name, words) in [("test_accuracy", "test accuracy"), ("test_r2", "test R²")] {
        for column in measured(&[&sheet.at_same_place(name)], trials)? {
            let test = trials.float(&column)?;
            let values: Vec<f64> = best.rows.iter().filter_map(|r| test[*r]).collect();
            lines.extend(estimate(&values).map(|e| format!("Its mean {words} is {}.", shown(&e))));
        }
    }
    let found = crate::summary::best(subject.groups, subject.order);
    lines.push(set(&found, subject.groups.len()));
    lines.extend(lead(subject, &found));
    lines.extend(agreement(subject, &found));
    let n_diverged: usize = subject.groups.iter().map(|g| g.n_diverged).sum();
    match n_diverged {
        0 => {}
        1 => lines.push("One trial diverged; it is counted, never averaged.".into()),
        n => lines.push(format!("{n} trials diverged; they are counted, never averaged.")),
    }
    Ok(lines)
}

/// How many cannot be told apart from the best, and by which test.
fn set(found: &Best, n_configs: usize) -> String {
    let n_set = found.set.is_in.iter().filter(|is_in| **is_in).count();
    let test = found.set.test();
    match (n_set, found.of.len()) {
        (0, _) => "Every configuration has trials that diverged, so none is called best.".into(),
        (_, 1) if n_configs == 1 => "There is no other configuration to compare it with.".into(),
        (_, 1) => "All others have trials that diverged.".into(),
        _ if found.set.n_seeds < 2 => "One seed says nothing of noise: no configuration can be told apart from it.".into(),
        (1, _) => format!("It is told apart from all others ({test})."),
        (n, _) => {
            let weak = if found.set.is_weak() { "; with so few seeds this test is weak" } else { "" };
            format!("{n} of {n_configs} configurations, itself included, cannot be told apart from it ({test}{weak}).")
        }
    }
}

/// The runner-up, whether the lead over it is more than seed noise, and how many seeds would say.
fn lead(subject: &Subject<'_>, found: &Best) -> Option<String> {
    let (first, second) = (&subject.groups[*found.of.first()?], &subject.groups[*found.of.get(1)?]);
    let seeds: HashMap<i64, f64> = first.values.iter().copied().collect();
    let differences: Vec<f64> = second.values.iter().filter_map(|(seed, v)| Some(v - seeds.get(seed)?)).collect();
    let runner_up = format!("Runner-up: {} with {}", second.label(&subject.sheet.axes), shown(&second.estimate?));
    let Some(d) = estimate(&differences) else {
        return Some(format!("{runner_up}; it shares no seed with the best, so the lead is not measured."));
    };
    let (gap, low, high) = (number(d.mean.abs()), number(d.low * d.mean.signum()), number(d.high * d.mean.signum()));
    if d.n < 2 {
        return Some(format!("{runner_up}; the lead is {gap}, and one seed says nothing of noise."));
    }
    if d.mean == 0.0 && d.sd == 0.0 {
        return Some(format!("{runner_up}; the two are equal in all {} seeds.", d.n));
    }
    let (low, high) = if d.mean < 0.0 { (high, low) } else { (low, high) };
    let lead = format!("{runner_up}; the lead is {gap} [{low}, {high}] over {} shared seeds", d.n);
    if !found.set.is_in[1] {
        return Some(format!("{lead}, more than seed noise."));
    }
    if d.low > 0.0 || d.high < 0.0 {
        return Some(format!(
            "{lead}: more than seed noise for these two alone, not once it counts that the best was picked from {}.",
            found.of.len()
        ));
    }
    let needed = match seeds_needed(&d) {
        None => format!("more than {MAX_SEEDS} seeds would be needed to tell the two apart"),
        Some(n) if n > d.n => format!("about {} more seeds would tell the two apart (paired t, power 80 %), were it the true one", n - d.n),
        Some(_) => "a few more seeds would tell the two apart".into(),
    };
    Some(format!("{lead}, not more than seed noise; {needed}."))
}

/// Whether seeds agree on the ranking.
fn agreement(subject: &Subject<'_>, found: &Best) -> Option<String> {
    let stability = rank_stability(subject.groups, &found.of, &subject.sheet.metric)?;
    let words = match stability.w {
        w if w >= 0.9 => "agree closely",
        w if w >= 0.7 => "mostly agree",
        w if w >= 0.4 => "agree in part",
        w if w.is_nan() => return None,
        _ => "hardly agree",
    };
    let (n_seeds, n_configs) = (stability.n_seeds, stability.n_configs);
    Some(format!(
        "Seeds {words} on the ranking (Kendall's W = {:.2}, {n_configs} configurations, {n_seeds} seeds); the best is best within {} of {n_seeds} seeds.",
        stability.w, stability.n_best
    ))
}

fn number(v: f64) -> String {
    rounded(&format!("{v}"))
}

/// Those of the columns that a table has with a number in them.
pub fn measured(names: &[&str], table: &Table) -> Result<Vec<String>, ReportError> {
    let known = table.names();
    let mut found = Vec::new();
    for name in names.iter().filter(|name| known.iter().any(|k| k == *name)) {
        if table.float(name)?.iter().any(Option::is_some) {
            found.push(name.to_string());
        }
    }
    Ok(found)
}
