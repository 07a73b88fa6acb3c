//! `compare A B [C …]`: what changed between runs, on the terminal and in a folder of each run that is compared with A.

use std::fs;
use std::path::Path;

use thalweg_report::compare::Sources;
use thalweg_report::{At, Change, Noise, Request, Table, files};

use crate::check;
use crate::cli::{CompareArgs, Ended, Exit, print};
use crate::diagnose::{Problem, Problems, suggestion};
use crate::experiment::Experiment;
use crate::file;
use crate::value::{Node, Value};

/// What a comparison needs of a run.
struct Run {
    name: String,
    experiment: Experiment,
    /// As it was resolved.
    settings: Node,
    trials: Table,
}

/// A is the baseline; the verdicts are about the others.
pub fn compare(args: &CompareArgs) -> Ended {
    let baseline = read(&args.baseline)?;
    let mut is_worse = false;
    for dir in &args.others {
        if same(&args.baseline, dir) {
            return Err(Problems::one(format!("{} is the baseline itself: a run does not differ from itself", dir.display())));
        }
        let other = read(dir)?;
        let metric = metric(args, &baseline, &other)?;
        let request = Request {
            names: [&baseline.name, &other.name],
            trials: [&baseline.trials, &other.trials],
            metric: &metric,
            changes: changes(&baseline.settings, &other.settings),
            noise: args.noise.unwrap_or(Noise::Absolute(0.0)),
        };
        let comparison = thalweg_report::compare(request).map_err(|e| Problems::one(format!("cannot compare {}: {e}", dir.display())))?;
        print(&comparison.to_terminal());
        let epochs = [&args.baseline, dir].map(|run| run.join(files::EPOCHS));
        let sources =
            Sources { trials: [&baseline.trials, &other.trials], epochs: [&epochs[0], &epochs[1]], look: &other.experiment.report.look };
        let page = comparison.write(dir, &sources).map_err(|e| Problems::one(format!("cannot write in {}: {e}", dir.display())))?;
        print(&format!("wrote {}", page.display()));
        list_again(dir);
        if args.gate && !comparison.is_comparable() {
            return Err(Problems::one("a gate needs a configuration that both runs have"));
        }
        is_worse |= comparison.has_regression();
    }
    Ok(if args.gate && is_worse { Exit::Failed } else { Exit::Fine })
}

/// The list of runs has a link to the page. It is a convenience: what stands in its way costs no comparison.
fn list_again(dir: &Path) {
    let parent = fs::canonicalize(dir).ok().and_then(|dir| dir.parent().map(Path::to_path_buf));
    if let Some(Err(e)) = parent.map(|parent| thalweg_report::write_index(&parent)) {
        anstream::eprintln!("cannot write the list of runs: {e}");
    }
}

/// Whether two paths lead to one folder.
fn same(a: &Path, b: &Path) -> bool {
    matches!((fs::canonicalize(a), fs::canonicalize(b)), (Ok(a), Ok(b)) if a == b)
}

fn read(dir: &Path) -> Result<Run, Problems> {
    if !dir.is_dir() {
        return Err(Problems::one(format!("{} is not the folder of a run", dir.display())));
    }
    let parsed = file::read(&dir.join(files::EXPERIMENT))?;
    let experiment = check::check(&parsed)?;
    let path = dir.join(files::TRIALS);
    let wrong = |reason: String| Problems::one(format!("cannot read {}: {reason}", path.display()));
    let trials = Table::read_csv(&path).map_err(|e| wrong(e.to_string()))?;
    let names = trials.names();
    if let Some(missing) = ["config", "seed", "status"].into_iter().find(|name| !names.iter().any(|n| n == name)) {
        return Err(wrong(format!("the column `{missing}` is missing: draw it again with `report {}`", dir.display())));
    }
    if trials.n_rows() == 0 {
        return Err(wrong("it has no rows: run `sweep` first".into()));
    }
    Ok(Run { name: experiment.name.clone(), experiment, settings: parsed.root, trials })
}

/// The column that is compared: the one named, or B's own.
fn metric(args: &CompareArgs, a: &Run, b: &Run) -> Result<String, Problems> {
    let own = match b.experiment.report.at {
        At::BestEpoch => b.experiment.report.metric.clone(),
        At::Final => format!("{}_final", b.experiment.report.metric),
    };
    let metric = args.metric.clone().unwrap_or(own);
    let has = |run: &Run| run.trials.names().contains(&metric) && run.trials.float(&metric).is_ok_and(|v| v.iter().any(Option::is_some));
    if let Some(run) = [a, b].into_iter().find(|run| !has(run)) {
        let numbers = |name: &String| run.trials.float(name).is_ok_and(|v| v.iter().any(Option::is_some));
        let behind = run.trials.names().into_iter().skip_while(|n| n != "status").skip(1);
        let possible: Vec<String> = behind.filter(numbers).collect();
        let problem = Problem::plain(format!("no trial of {} has a number in the column `{}`", run.name, metric.escape_debug()));
        let help = suggestion(&metric, possible.iter().map(String::as_str));
        return Err(Problems { list: vec![problem.help(help)], ..Problems::default() });
    }
    Ok(metric)
}

/// The settings that two resolved experiments do not share, but for their names and questions.
fn changes(a: &Node, b: &Node) -> Vec<Change> {
    let (a, b) = (leaves(a), leaves(b));
    let mut paths: Vec<&String> = a.iter().chain(&b).map(|leaf| &leaf.0).collect();
    paths.sort_unstable();
    paths.dedup();
    let value = |of: &[(String, String)], path: &String| of.iter().find(|leaf| leaf.0 == *path).map(|leaf| leaf.1.clone());
    let each = paths.into_iter().map(|path| Change { path: path.clone(), a: value(&a, path), b: value(&b, path) });
    // 1 and 1.0 are one number.
    let number = |text: &Option<String>| text.as_ref().and_then(|t| t.parse::<f64>().ok());
    let differs = |c: &Change| c.a != c.b && (number(&c.a).is_none() || number(&c.a) != number(&c.b));
    each.filter(|change| differs(change) && !["name", "question", "schema"].contains(&change.path.as_str())).collect()
}

/// Every value with its path.
fn leaves(root: &Node) -> Vec<(String, String)> {
    fn walk(path: String, node: &Node, found: &mut Vec<(String, String)>) {
        match &node.value {
            Value::Table(entries) => entries.iter().for_each(|(key, _, node)| {
                walk(if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, node, found);
            }),
            other => found.push((path, other.plain())),
        }
    }
    let mut found = Vec::new();
    walk(String::new(), root, &mut found);
    found
}

/// `0.5%` of the baseline's mean, or a number in the metric's unit.
pub fn noise(text: &str) -> Result<Noise, String> {
    let (number, is_share) = text.strip_suffix('%').map_or((text, false), |number| (number, true));
    match number.trim().parse::<f64>() {
        Ok(v) if v >= 0.0 && v.is_finite() => Ok(if is_share { Noise::Relative(v / 100.0) } else { Noise::Absolute(v) }),
        _ => Err("must be a number of 0 or more, or a share of the baseline's mean: 0.5%".into()),
    }
}
