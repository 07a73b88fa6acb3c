//! Linear machines against liblinear (`oracle/linear_machines.py`): our objective at its weights, that these are a minimum of ours,
//! and that descent from zero leads there.

use ndarray::{ArrayView2, aview1};
use rand::{Rng, SeedableRng};
use thalweg_math::activation;
use thalweg_math::loss::{self, Targets, Task};
use thalweg_math::network::{Architecture, Network};
use thalweg_math::objective::{Objective, OnBatch, Supervised};
use thalweg_math::penalty::{self, Penalised, PenaltyTerm, Strength};

/// Scores nearer to each other, or to 0, may be decided the other way.
const NEAR_TIE: f64 = 0.01;

#[derive(Default)]
struct Data {
    x: Vec<f64>,
    labels: Vec<u32>,
    n_features: usize,
    n_classes: usize,
}

/// What liblinear found.
struct Found<'a> {
    name: &'a str,
    c: f64,
    /// As ours are: `[n_features, n_outputs]`, then the biases.
    params: Vec<f64>,
    objective: f64,
}

fn numbers(text: &str) -> Vec<f64> {
    text.split(',').map(|field| field.parse().expect("a number")).collect()
}

/// Runs `check` with each case, its data and our objective, which is (1/nC) times that of liblinear.
fn for_each(check: impl Fn(&Found<'_>, &Data, &Network, &mut OnBatch<'_, f64>)) {
    let (mut data, mut n_cases) = (Data::default(), 0);
    let mut lines = include_str!("oracle/linear_machines.csv").lines().filter(|line| !line.starts_with('#'));
    while let Some(line) = lines.next() {
        let (kind, rest) = line.split_once(',').expect("a kind");
        match kind {
            "data" => {
                let counts = numbers(rest.split_once(',').expect("a name").1);
                data = Data { n_features: counts[0] as usize, n_classes: counts[1] as usize, ..Data::default() };
            }
            "row" => {
                let mut row = numbers(rest);
                data.x.extend(row.split_off(1));
                data.labels.push(row[0] as u32);
            }
            _ => {
                let mut next = |kind| {
                    let line = lines.next().expect("a line for each part of a case");
                    numbers(line.strip_prefix(kind).expect("the parts in order"))
                };
                let (weights, intercepts, objective) = (next("weights,"), next("intercepts,"), next("objective,")[0]);
                let by_feature = (0..data.n_features).flat_map(|j| weights.iter().skip(j).step_by(data.n_features));
                let params = by_feature.chain(&intercepts).copied().collect();
                let c = rest.split_once(',').expect("a name").1.parse().expect("a number");
                let found = Found { name: rest, c, params, objective };
                let (form, n_outputs) =
                    loss::find("one-vs-rest").expect("a row").form(Task::Classes(data.n_classes), None).expect("it fits");
                assert_eq!(n_outputs, intercepts.len());
                let relu = activation::find("relu").expect("a row");
                let network = Network::new(&Architecture::plain(data.n_features, &[], n_outputs, relu, 0.0));
                let n_train = data.labels.len();
                let strength = Strength { lambda: 1.0 / (n_train as f64 * c), l1_ratio: 0.0, n_train };
                let coefficients = (penalty::find("l2").expect("a row").coefficients)(&strength);
                let penalty = PenaltyTerm { coefficients, on: Penalised::All };
                let supervised = Supervised { network: &network, loss: form, loss_parameter: 0.0, penalty };
                let x = ArrayView2::from_shape((n_train, data.n_features), &data.x).expect("whole rows");
                let mut ours = OnBatch::new(supervised, x, Targets::Classes(&data.labels), network.workspace(n_train));
                check(&found, &data, &network, &mut ours);
                n_cases += 1;
            }
        }
    }
    assert_eq!(n_cases, 6);
}

#[test]
fn liblinears_weights_are_a_minimum_of_the_same_objective() {
    for_each(|found, data, _, ours| {
        let scale = data.labels.len() as f64 * found.c;
        let value = ours.value(&found.params);
        assert!((scale * value / found.objective - 1.0).abs() < 1e-9, "{}: {} against {}", found.name, scale * value, found.objective);
        // The objective is strongly convex: away from a minimum it rises at least by (λ/2)·distance².
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(8);
        for trial in 0..400 {
            let size = 10.0_f64.powi(-(trial % 6));
            let step: Vec<f64> = found.params.iter().map(|_| size * (rng.random::<f64>() - 0.5)).collect();
            let there: Vec<f64> = found.params.iter().zip(&step).map(|(p, s)| p + s).collect();
            let least = value + 0.5 / scale * aview1(&step).dot(&aview1(&step));
            assert!(ours.value(&there) >= least - 1e-8 * value, "{}: a step of {size} leads below", found.name);
        }
    });
}

/// Steps along the negative gradient over all rows; after each phase the mean of its points, and a smaller rate.
fn descend(ours: &mut OnBatch<'_, f64>) -> Vec<f64> {
    const STEPS: usize = 2000;
    let mut params = vec![0.0; ours.n_params()];
    let mut gradient = params.clone();
    let mut rate = 30.0;
    for _ in 0..20 {
        let mut sum = vec![0.0; params.len()];
        for _ in 0..STEPS {
            ours.value_and_gradient(&params, &mut gradient);
            for ((p, g), sum) in params.iter_mut().zip(&gradient).zip(&mut sum) {
                *p -= rate * g;
                *sum += *p;
            }
        }
        params = sum.iter().map(|sum| sum / STEPS as f64).collect();
        rate *= 0.6;
    }
    params
}

#[test]
fn descent_from_zero_leads_to_liblinears_minimum() {
    for_each(|found, data, network, ours| {
        let params = descend(ours);
        let (value, least) = (ours.value(&params), ours.value(&found.params));
        let excess = value / least - 1.0;
        assert!((-1e-8..1e-3).contains(&excess), "{}: {excess:e}", found.name);
        let n = data.labels.len();
        let x = ArrayView2::from_shape((n, data.n_features), &data.x).expect("whole rows");
        let mut workspace = network.workspace(n);
        let theirs = network.forward(&found.params, x, &mut workspace).to_owned();
        let ours = network.forward(&params, x, &mut workspace);
        for (a, b) in ours.rows().into_iter().zip(theirs.rows()) {
            let (a, b) = (with_zero(a.to_vec()), with_zero(b.to_vec()));
            let mut sorted = b.clone();
            sorted.sort_by(|a, b| b.total_cmp(a));
            assert!(highest(&a) == highest(&b) || sorted[0] - sorted[1] < NEAR_TIE, "{}: {a:?} against {b:?}", found.name);
        }
    });
}

/// One score is that of the second class, against 0 for the first.
fn with_zero(scores: Vec<f64>) -> Vec<f64> {
    if scores.len() == 1 { vec![0.0, scores[0]] } else { scores }
}

fn highest(scores: &[f64]) -> usize {
    (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).expect("a score")
}
