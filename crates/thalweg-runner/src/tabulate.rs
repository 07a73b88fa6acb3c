//! `Vec<Record> -> Tables`: plain columns in the order of the plan. Nothing after this sees a record.

use std::collections::{BTreeSet, HashMap};

use thalweg_report::{Cells, Column, Table};

use crate::experiment::{Experiment, Extra};
use crate::kind::Outcomes;
use crate::plan::{Plan, Planned};
use crate::probe::LAYER_PROBES;
use crate::record::{Record, Status, Timing};
use crate::settings::ColumnType;
use crate::store::Store;
use crate::value::Value;

/// The tables that come from records alone, and the measured times.
pub struct Raw {
    /// One row per trial.
    pub trials: Table,
    /// One row per trial and recorded epoch.
    pub epochs: Table,
    /// One row per trial, recorded epoch and group of layers, where they were recorded.
    pub layers: Option<Table>,
    /// One row per trial that is not `ok`.
    pub failures: Table,
    /// One row per trial.
    pub timings: Table,
}

/// Makes the tables of all trials of the plan that have a record.
pub fn tabulate(
    plan: &Plan,
    experiment: &Experiment,
    records: &HashMap<String, Record>,
    store: &Store,
    repeat: &dyn Fn(&Planned) -> String,
) -> Result<Raw, String> {
    let recorded = (0..plan.len()).filter_map(|i| Some((i, records.get(&plan.key(i))?)));
    let rows: Vec<(Planned, &Record)> = recorded.map(|(i, record)| (plan.trial(i), record)).collect();
    let rows: Vec<(&Planned, &Record)> = rows.iter().map(|(planned, record)| (planned, *record)).collect();
    let bad: Vec<(&Planned, &Record)> = rows.iter().copied().filter(|(_, r)| r.status != Status::Ok).collect();
    let made = |columns: Vec<Column>| Table::new(columns).map_err(|e| e.to_string());
    let mut failures = identity(&bad);
    failures.push(text("status", bad.iter().map(|(_, r)| Some(r.status.name().into()))));
    failures.push(text("reason", bad.iter().map(|(_, r)| Some(r.reason.clone()))));
    failures.push(text("repeat", bad.iter().map(|(p, _)| Some(repeat(p)))));
    Ok(Raw {
        trials: made(trials(&rows, experiment))?,
        epochs: made(epochs(&rows, experiment))?,
        layers: (experiment.record.layers == Extra::Record).then(|| made(layers(&rows))).transpose()?,
        failures: made(failures)?,
        timings: made(timings(&rows, store))?,
    })
}

fn text(name: &str, cells: impl Iterator<Item = Option<String>>) -> Column {
    Column { name: name.into(), cells: Cells::Text(cells.collect()) }
}

fn int(name: &str, cells: impl Iterator<Item = Option<i64>>) -> Column {
    Column { name: name.into(), cells: Cells::Int(cells.collect()) }
}

/// NaN is an empty cell; an infinite value stays.
fn float(name: &str, cells: impl Iterator<Item = Option<f64>>) -> Column {
    Column { name: name.into(), cells: Cells::Float(cells.map(|c| c.filter(|v| !v.is_nan())).collect()) }
}

fn identity(rows: &[(&Planned, &Record)]) -> Vec<Column> {
    vec![
        text("key", rows.iter().map(|(p, _)| Some(p.key.clone()))),
        text("config", rows.iter().map(|(p, _)| Some(p.config.clone()))),
        int("seed", rows.iter().map(|(p, _)| Some(p.seeds.seed as i64))),
    ]
}

fn trials(rows: &[(&Planned, &Record)], experiment: &Experiment) -> Vec<Column> {
    let mut columns = identity(rows);
    let seed = columns.pop().expect("identity ends with the seed");
    for (i, setting) in experiment.swept.iter().enumerate() {
        columns.push(axis_column(setting.path, setting.column, rows.iter().map(|(p, _)| &p.cells[i]).collect()));
    }
    columns.push(seed);
    columns.push(text("status", rows.iter().map(|(_, r)| Some(r.status.name().into()))));
    columns.push(int("epochs_run", rows.iter().map(|(_, r)| Some(r.epochs_run.into()))));
    columns.push(int("best_epoch", rows.iter().map(|(_, r)| r.best_epoch.map(i64::from))));
    for (i, probe) in (experiment.kind.quantities)().into_iter().enumerate() {
        columns.push(float(probe.name, rows.iter().map(|(_, r)| r.best.get(i).copied())));
        columns.push(float(&format!("{}_final", probe.name), rows.iter().map(|(_, r)| r.last.get(i).copied())));
    }
    let outcomes: Vec<Outcomes> = rows.iter().map(|(_, r)| (experiment.kind.outcomes)(r, &experiment.report.thresholds)).collect();
    columns.push(float("gap_final", outcomes.iter().map(|o| o.gap_final)));
    columns.push(int("overfit_onset", outcomes.iter().map(|o| o.overfit_onset.map(i64::from))));
    columns.push(text("convergence", outcomes.iter().map(|o| o.convergence.map(String::from))));
    columns.push(text("fit", outcomes.iter().map(|o| o.fit.map(String::from))));
    columns
}

/// A mixed axis (`[10, "all"]`) becomes text; where an axis does not exist, the cell is empty.
fn axis_column(path: &str, column: ColumnType, cells: Vec<&Value>) -> Column {
    let is_empty = |v: &Value| *v == Value::Text(String::new());
    let plain = match column {
        ColumnType::Int => cells
            .iter()
            .map(|v| if let Value::Int(i) = v { Some(Some(*i)) } else { is_empty(v).then_some(None) })
            .collect::<Option<Vec<_>>>()
            .map(Cells::Int),
        ColumnType::Float => cells
            .iter()
            .map(|v| if let Value::Number(x) = v { Some(Some(*x)) } else { is_empty(v).then_some(None) })
            .collect::<Option<Vec<_>>>()
            .map(Cells::Float),
        ColumnType::Text | ColumnType::Path => None,
    };
    Column {
        name: path.into(),
        cells: plain.unwrap_or_else(|| Cells::Text(cells.iter().map(|v| Some(v.plain()).filter(|text| !text.is_empty())).collect())),
    }
}

fn epochs(rows: &[(&Planned, &Record)], experiment: &Experiment) -> Vec<Column> {
    let each = || rows.iter().flat_map(|(p, r)| r.epochs.iter().map(move |e| (*p, e)));
    let mut columns = vec![
        text("key", each().map(|(p, _)| Some(p.key.clone()))),
        text("config", each().map(|(p, _)| Some(p.config.clone()))),
        int("seed", each().map(|(p, _)| Some(p.seeds.seed as i64))),
        int("epoch", each().map(|(_, e)| Some(e.epoch.into()))),
        float("lr", each().map(|(_, e)| Some(e.lr))),
    ];
    for (i, probe) in (experiment.kind.quantities)().into_iter().enumerate().filter(|(_, p)| p.every_epoch) {
        columns.push(float(probe.name, each().map(|(_, e)| e.probes.get(i).copied())));
    }
    columns
}

fn layers(rows: &[(&Planned, &Record)]) -> Vec<Column> {
    let of_epoch = |p: &'_ Planned, r: &'_ Record| -> Vec<(String, String, i64, u32, String, Vec<f64>)> {
        let each = r.epochs.iter().flat_map(|e| r.groups.iter().zip(&e.layers).map(move |(g, v)| (e.epoch, g.clone(), v.clone())));
        each.map(|(epoch, group, values)| (p.key.clone(), p.config.clone(), p.seeds.seed as i64, epoch, group, values)).collect()
    };
    let all: Vec<_> = rows.iter().flat_map(|(p, r)| of_epoch(p, r)).collect();
    let mut columns = vec![
        text("key", all.iter().map(|row| Some(row.0.clone()))),
        text("config", all.iter().map(|row| Some(row.1.clone()))),
        int("seed", all.iter().map(|row| Some(row.2))),
        int("epoch", all.iter().map(|row| Some(row.3.into()))),
        text("layer", all.iter().map(|row| Some(row.4.clone()))),
    ];
    for (i, probe) in LAYER_PROBES.iter().enumerate() {
        columns.push(float(probe.name, all.iter().map(|row| row.5.get(i).copied())));
    }
    columns
}

fn timings(rows: &[(&Planned, &Record)], store: &Store) -> Vec<Column> {
    let times: Vec<_> = rows.iter().map(|(p, _)| store.timing(&p.key)).collect();
    let mut columns = identity(rows);
    columns.push(int("worker", times.iter().map(|t| Some(t.worker.into()))));
    // Sessions are numbered in the order of their begins; no date is written.
    let sessions: BTreeSet<u64> = times.iter().filter_map(|t| Some(t.span?.session)).collect();
    let session = |t: &Timing| sessions.iter().position(|s| Some(*s) == t.span.map(|span| span.session)).map(|i| i as i64 + 1);
    columns.push(int("session", times.iter().map(session)));
    columns.push(float("start_seconds", times.iter().map(|t| Some(t.span?.start_seconds))));
    columns.push(float("wall_seconds", times.iter().map(|t| Some(t.span?.wall_seconds))));
    columns.push(float("train_seconds", times.iter().map(|t| Some(t.train_seconds))));
    columns.push(float("eval_seconds", times.iter().map(|t| Some(t.eval_seconds))));
    columns.push(int("steps", times.iter().map(|t| Some(t.steps as i64))));
    columns.push(text("cpu", times.iter().map(|t| Some(t.cpu.clone()).filter(|cpu| !cpu.is_empty()))));
    columns.push(int("memory_bytes", times.iter().map(|t| Some(t.memory_bytes as i64).filter(|bytes| *bytes > 0))));
    columns
}
