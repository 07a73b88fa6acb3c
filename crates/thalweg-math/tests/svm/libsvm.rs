//! Machines against libsvm and, where libsvm's single precision shows, against a QP in double precision (`oracle/svm.py`).

use std::collections::BTreeMap;

use thalweg_math::kernel::Gamma;
use thalweg_math::svm::{Limits, Scheme, Settings, Trained};

use crate::{EXACT, fit, settings};

/// How far the two may be apart, at tolerance 1e-6.
const DUAL: f64 = 1e-6;
const DECISION: f64 = 1e-4;
/// |y f − 1| up to which a row may be a support vector of one and not of the other.
const MARGIN: f64 = 1e-3;

#[derive(Default)]
struct Data {
    x: Vec<f64>,
    labels: Vec<usize>,
    n_features: usize,
}

/// What was found for a case, from the line `case,…`.
struct Case<'a> {
    data: &'a Data,
    line: &'a str,
    trained: Trained,
    /// Decision values of each 7th row.
    decision: Vec<f64>,
}

/// The greatest differences of the cases of a kernel.
#[derive(Default)]
struct Worst {
    n_cases: usize,
    n_exact: usize,
    dual: f64,
    decision: f64,
    decision_exact: f64,
    support: usize,
    classes: usize,
}

#[test]
fn agrees_with_libsvm() {
    let mut data = Data::default();
    let mut table: BTreeMap<String, Worst> = BTreeMap::new();
    let mut lines = include_str!("../oracle/svm.csv").lines().filter(|line| !line.starts_with('#')).peekable();
    while let Some(line) = lines.next() {
        let (kind, rest) = line.split_once(',').expect("a kind");
        match kind {
            "data" => data = Data { n_features: rest.split(',').nth(1).expect("a count").parse().expect("a count"), ..Data::default() },
            "row" => {
                let mut row = numbers(rest);
                data.x.extend(row.split_off(1));
                data.labels.push(row[0] as usize);
            }
            "case" => {
                let case = Case::new(&data, rest);
                let worst = table.entry(rest.split(',').nth(1).expect("a kernel").to_owned()).or_default();
                worst.n_cases += 1;
                while let Some(found) = lines.next_if(|line| !["data", "case"].contains(&line.split(',').next().expect("a kind"))) {
                    let (kind, values) = found.split_once(',').expect("a kind");
                    case.compare(kind, &numbers(values), worst);
                }
            }
            _ => panic!("unknown line {line}"),
        }
    }
    println!("kernel  cases  exact  dual (relative)  decision  decision (exact)  support  classes");
    for (kernel, w) in &table {
        let Worst { n_cases, n_exact, dual, decision, decision_exact, support, classes } = w;
        println!("{kernel:6}  {n_cases:5}  {n_exact:5}  {dual:15.1e}  {decision:8.1e}  {decision_exact:16.1e}  {support:7}  {classes:7}");
    }
    let total = |f: fn(&Worst) -> usize| table.values().map(f).sum::<usize>();
    assert_eq!((total(|w| w.n_cases), total(|w| w.n_exact)), (67, 8));
}

fn numbers(text: &str) -> Vec<f64> {
    text.split(',').map(|field| field.parse().expect("a number")).collect()
}

impl<'a> Case<'a> {
    fn new(data: &'a Data, line: &'a str) -> Case<'a> {
        let fields: Vec<&str> = line.split(',').collect();
        let number = |k: usize| fields[k].parse::<f64>().expect("a number");
        assert!((Gamma::Scale.of(&data.x, data.n_features) / number(2) - 1.0).abs() < 1e-10, "{line}");
        let kernel = if fields[1] == "poly" { "polynomial" } else { fields[1] };
        let weights: Vec<f64> = fields[7].split_whitespace().map(|w| w.parse().expect("a number")).collect();
        let s = Settings {
            degree: number(3) as u32,
            coef0: number(4),
            class_weights: &weights,
            scheme: if fields[6] == "rest" { Scheme::OneVersusRest } else { Scheme::OneVersusOne },
            ..settings(kernel, Gamma::Scale, number(5))
        };
        let some: Vec<f64> = data.x.chunks_exact(data.n_features).step_by(7).flatten().copied().collect();
        let trained = fit(&s, &data.x, &data.labels, data.n_features);
        let decision = trained.model.decision(&some);
        // With room for two rows the products are others, but the steps the same up to rounding.
        let limits = Limits { cache_bytes: 0, ..EXACT };
        let with_two_rows = fit(&Settings { limits, ..s }, &data.x, &data.labels, data.n_features);
        for (a, b) in trained.machines.iter().zip(&with_two_rows.machines) {
            let (a, b) = (a.solution.dual_objective, b.solution.dual_objective);
            assert!((a / b - 1.0).abs() < 1e-9, "{line}: {a} against {b}");
        }
        assert!(decision.iter().zip(with_two_rows.model.decision(&some)).all(|(a, b)| (a - b).abs() < 2e-5), "{line}");
        Case { data, line, trained, decision }
    }

    fn compare(&self, kind: &str, theirs: &[f64], worst: &mut Worst) {
        let (line, model) = (self.line, &self.trained.model);
        let n_machines = model.sides.len();
        match kind {
            "dual" => {
                assert_eq!(theirs.len(), n_machines);
                for (machine, theirs) in self.trained.machines.iter().zip(theirs) {
                    let difference = (machine.solution.dual_objective / theirs - 1.0).abs();
                    worst.dual = worst.dual.max(difference);
                    assert!(difference < DUAL, "{line}: {} against {theirs}", machine.solution.dual_objective);
                }
            }
            "support" => {
                let theirs: Vec<usize> = theirs.iter().map(|&v| v as usize).collect();
                let values = model.decision(&self.data.x);
                let differs = |i: &usize| theirs.contains(i) != self.trained.support.contains(i);
                for i in (0..self.data.labels.len()).filter(differs) {
                    worst.support += 1;
                    let label = self.data.labels[i];
                    let margins = model.sides.iter().zip(&values[i * n_machines..]).filter_map(|(&(positive, negative), f)| {
                        let is_seen = label == positive || negative.is_none_or(|b| label == b);
                        is_seen.then_some(if label == positive { *f } else { -f })
                    });
                    assert!(margins.into_iter().any(|margin| (margin - 1.0).abs() <= MARGIN), "{line}: row {i}");
                }
            }
            "decision" | "exact" => {
                assert_eq!(self.decision.len(), theirs.len());
                let worst_of_kind = if kind == "exact" { &mut worst.decision_exact } else { &mut worst.decision };
                for (ours, theirs) in self.decision.iter().zip(theirs) {
                    *worst_of_kind = worst_of_kind.max((ours - theirs).abs());
                    assert!((ours - theirs).abs() < DECISION, "{line}: {ours} against {theirs}");
                }
                worst.n_exact += usize::from(kind == "exact");
            }
            "class" => {
                let ours = model.classes(&self.decision);
                assert_eq!(ours.len(), theirs.len());
                for ((ours, theirs), values) in ours.iter().zip(theirs).zip(self.decision.chunks_exact(n_machines)) {
                    worst.classes += usize::from(*ours != *theirs as usize);
                    assert!(*ours == *theirs as usize || is_tie(values, model.sides[0].1.is_none()), "{line}");
                }
            }
            _ => panic!("unknown line {kind}"),
        }
    }
}

/// Whether values so near to each other, or to 0 between two classes, may be decided the other way.
fn is_tie(values: &[f64], is_rest: bool) -> bool {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    if is_rest { sorted[0] - sorted[1] < DECISION } else { values.iter().any(|v| v.abs() < DECISION) }
}
