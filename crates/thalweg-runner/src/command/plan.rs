//! `plan FILE`: what a sweep would do, without doing it.

use std::collections::HashMap;

use crate::cli::{Ended, Exit, FileArgs, counted, print};
use crate::command::{Loaded, load};
use crate::cost;
use crate::diagnose::Problems;
use crate::experiment::{Axis, Points};
use crate::halving::{self, Undecided};
use crate::library::Library;
use crate::plan::{Key, Plan};
use crate::record::Record;
use crate::resolved;
use crate::store::Store;
use crate::sweep::{Needs, stored};
use crate::value::Value;

/// The most values of an axis that are written out.
const MAX_SHOWN: usize = 16;

/// An axis's values, and where it exists.
fn shown(axis: &Axis) -> String {
    let row = |values: &Vec<Value>| values.iter().map(Value::plain).collect::<Vec<_>>().join("/");
    let values = match &axis.points {
        Points::Listed(values) if values.len() > MAX_SHOWN => {
            let first: Vec<String> = values[..MAX_SHOWN - 2].iter().map(row).collect();
            format!("{}  …  {}  ({} values)", first.join("  "), row(&values[values.len() - 1]), values.len())
        }
        Points::Listed(values) => values.iter().map(row).collect::<Vec<_>>().join("  "),
        Points::Uniform([low, high]) => format!("{low:?} to {high:?}"),
        Points::LogUniform([low, high]) => format!("{low:?} to {high:?}, by the logarithm"),
    };
    let paths: Vec<&str> = axis.settings.iter().map(|s| s.path).collect();
    let zipped = if paths.len() > 1 { format!("  ({})", paths.join("/")) } else { String::new() };
    axis.condition.as_ref().map_or(format!("{values}{zipped}"), |c| format!("{values}  where {}", c.text))
}

/// What is to run will take so long, and so much memory.
fn estimate(
    plan: &Plan,
    new: &[usize],
    records: &HashMap<String, Record>,
    library: &Library,
    store: &Store,
    workers: usize,
) -> Option<String> {
    let modelled: f64 = new.iter().map(|i| plan.cost(*i).seconds).sum();
    let longest = new.iter().map(|i| plan.cost(*i).seconds).fold(0.0, f64::max);
    let largest = new.iter().map(|i| plan.cost(*i).bytes).fold(0.0, f64::max);
    if new.is_empty() {
        return None;
    }
    let known = cost::measured(plan, records, store);
    let (factor, from) =
        known.map_or((1.0, "by a model of one core".into()), |(factor, n)| (factor, format!("by the times of {n} stored trials")));
    let seconds = factor * (modelled / workers as f64).max(longest);
    let megabytes = (library.n_bytes() as f64 + largest * workers as f64) / 1e6;
    Some(format!("  about {} on {workers} workers ({from}), {megabytes:.0} MB for data and trials", span(seconds)))
}

/// Trials that go on from what the store has, or from what the sweep will have put there before.
fn n_extended(plan: &Plan, new: &[usize], store: &Store) -> usize {
    let with_states = || new.iter().filter_map(|i| Some((plan.prefix(*i)?, *i)));
    let mut shortest = HashMap::<Key, f64>::new();
    for (prefix, i) in with_states() {
        let least = shortest.entry(prefix).or_insert(f64::INFINITY);
        *least = least.min(plan.cost(i).seconds);
    }
    let is_stored = |i: usize| store.state(&plan.trial(i), &|m| anstream::eprintln!("{m}")).is_some();
    with_states().filter(|(prefix, i)| shortest[prefix] < plan.cost(*i).seconds || is_stored(*i)).count()
}

/// Seconds as one says them.
fn span(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => "a second".into(),
        s if s < 100.0 => format!("{s:.0} s"),
        s if s < 6000.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

/// Counts configurations, trials, and what the store already holds.
pub fn plan(args: &FileArgs, show_resolved: bool) -> Ended {
    let Loaded { experiment, plan, library } = load(&args.file, &args.sets)?;
    if show_resolved {
        print(resolved::to_text(&experiment, &experiment.dir).trim_end());
        return Ok(Exit::Fine);
    }
    let store = Store::new(&args.out);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let records =
        stored(&plan, &experiment, &store, workers, Needs::KeptWeights, &|m| anstream::eprintln!("{m}")).map_err(Problems::one)?;
    print(&format!("{}: {}", experiment.name, experiment.question));
    for axis in &experiment.axes {
        print(&format!("  {:<20} {}", axis.name, shown(axis)));
    }
    let asked = halving::asked(&plan, &experiment, &records, Undecided::Guess);
    let is_new = |i: &usize| records.is_empty() || !records.contains_key(&plan.key(*i));
    let new: Vec<usize> = (0..plan.len()).filter(|i| asked[*i] && is_new(i)).collect();
    let n_asked = asked.iter().filter(|asked| **asked).count();
    let cached = n_asked - new.len();
    let extended = n_extended(&plan, &new, &store);
    print(&format!(
        "{} × {}{} = {}: {} new, {}{cached} cached{}",
        counted(plan.n_configs() / plan.n_rungs(), "configuration"),
        counted(experiment.replicates.seeds.len(), "seed"),
        experiment.halving.as_ref().map_or(String::new(), |h| format!(", halved on rungs of {:?} epochs", h.rungs)),
        counted(n_asked, "trial"),
        n_asked - cached - extended,
        if extended > 0 { format!("{extended} extended, ") } else { String::new() },
        if plan.n_duplicates > 0 { format!("; {} equal configurations left out", plan.n_duplicates) } else { String::new() },
    ));
    if let Some(line) = estimate(&plan, &new, &records, &library, &store, workers) {
        print(&line);
    }
    for (rule, n) in experiment.rules.iter().zip(&plan.n_dropped) {
        let nothing = if *n == 0 { ": it drops nothing" } else { "" };
        print(&format!("  rule `{}` drops {n} points{nothing}", rule.name));
    }
    library.notes().iter().for_each(|note| print(note));
    Ok(Exit::Fine)
}
