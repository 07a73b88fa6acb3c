//! The perceptron rule (MISSION B7) as descent on its loss, sample after sample: against scikit-learn (`oracle/perceptron.py`), against
//! Novikoff's bound, and on a set that it cannot learn.

use ndarray::ArrayView2;
use proptest::prelude::*;
use thalweg_math::loss::{self, Targets, Task};
use thalweg_math::network::{Architecture, Network, Training, Workspace};
use thalweg_math::objective::Supervised;
use thalweg_math::penalty::PenaltyTerm;

/// A machine without hidden layers that begins with zeros.
struct Learner {
    network: Network,
    loss: &'static loss::Form,
    workspace: Workspace<f64>,
    params: Vec<f64>,
}

impl Learner {
    fn new(n_inputs: usize, n_classes: usize) -> Learner {
        let (loss, n_outputs) = loss::find("perceptron").expect("a row").form(Task::Classes(n_classes), None).expect("it fits");
        let activation = thalweg_math::activation::find("identity").expect("a row");
        let (parameter, norm, dropout, training) = (0.0, None, 0.0, Training::Whole);
        let none = Architecture { n_inputs, backbone: &[], neck: None, n_outputs, activation, parameter, norm, dropout, training };
        let network = Network::new(&none);
        Learner { workspace: network.workspace(1), params: vec![0.0; network.n_params()], network, loss }
    }

    /// Sees each sample once with η = 1; how many changed the weights.
    fn epoch(&mut self, x: &[f64], labels: &[u32]) -> usize {
        let n_inputs = x.len() / labels.len();
        let mut gradient = vec![0.0; self.params.len()];
        let mut n_updates = 0;
        for (x, y) in x.chunks_exact(n_inputs).zip(labels) {
            let objective = Supervised { network: &self.network, loss: self.loss, loss_parameter: 0.0, penalty: PenaltyTerm::NONE };
            let x = ArrayView2::from_shape((1, n_inputs), x).expect("a row");
            objective.loss_and_gradient(&self.params, x, Targets::Classes(&[*y]), &mut self.workspace, &mut gradient);
            n_updates += usize::from(gradient.iter().any(|g| *g != 0.0));
            self.params.iter_mut().zip(&gradient).for_each(|(p, g)| *p -= g);
        }
        n_updates
    }
}

#[test]
fn agrees_with_scikit_learn() {
    let (mut x, mut labels, mut learner, mut epoch, mut n_cases) = (Vec::new(), Vec::new(), Learner::new(4, 2), 0, 0);
    for line in include_str!("oracle/perceptron.csv").lines().skip(1) {
        let (kind, rest) = line.split_once(',').expect("a kind");
        let numbers: Vec<f64> = rest.split(',').map(|v| v.parse().expect("a number")).collect();
        match kind {
            "case" => (x, labels, learner, epoch) = (Vec::new(), Vec::new(), Learner::new(4, 2), 0),
            "row" => {
                labels.push(numbers[0] as u32);
                x.extend(&numbers[1..]);
            }
            _ => {
                while epoch < numbers[0] as usize {
                    learner.epoch(&x, &labels);
                    epoch += 1;
                }
                // Weights [n_inputs, 1], then the bias; there the bias comes first.
                let ours = [&learner.params[4..], &learner.params[..4]].concat();
                assert!(ours.iter().zip(&numbers[1..]).all(|(a, b)| (a - b).abs() < 1e-11), "{line}: {ours:?}");
                n_cases += 1;
            }
        }
    }
    assert_eq!(n_cases, 8);
}

/// No line separates it, so some sample is wrong in every epoch and the weights come back to where they have been
/// (Minsky and Papert 1969).
#[test]
fn exclusive_or_is_never_learned() {
    let (x, labels) = ([0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0], [0, 1, 1, 0]);
    let mut learner = Learner::new(2, 2);
    let mut seen: Vec<Vec<f64>> = Vec::new();
    for _ in 0..1000 {
        assert!(learner.epoch(&x, &labels) > 0);
        seen.push(learner.params.clone());
    }
    assert!(seen[..999].contains(&seen[999]));
}

proptest! {
    /// A set that a line separates with margin γ is learned in at most (R/γ)² updates, whatever the order (Novikoff 1962); several
    /// classes by Kesler's construction, whose vectors are longer by √2.
    #[test]
    fn a_separable_set_is_learned_within_the_bound(
        truth in prop::collection::vec(-1.0..1.0_f64, 12),
        points in prop::collection::vec(-2.0..2.0_f64, 3 * 40),
        n_classes in 2_usize..=4,
    ) {
        // The bias is the weight of a feature that is always 1.
        let rows: Vec<[f64; 4]> = points.chunks_exact(3).map(|p| [p[0], p[1], p[2], 1.0]).collect();
        let score = |class: usize, x: &[f64; 4]| -> f64 {
            if n_classes == 2 {
                let z: f64 = truth[..4].iter().zip(x).map(|(w, x)| w * x).sum();
                return if class == 1 { z } else { -z };
            }
            (0..4).map(|i| truth[(4 * class + i) % 12] * x[i] * [1.0, 0.5, -0.7, 0.3][(class + i) % 4]).sum()
        };
        let label = |x: &[f64; 4]| (1..n_classes).fold(0, |best, c| if score(c, x) > score(best, x) { c } else { best });
        let lead = |x: &[f64; 4]| {
            let y = label(x);
            (0..n_classes).filter(|c| *c != y).map(|c| score(y, x) - score(c, x)).fold(f64::INFINITY, f64::min)
        };
        // A gap is made, or the bound would be of no use.
        let rows: Vec<[f64; 4]> = rows.into_iter().filter(|x| lead(x) > 0.2).collect();
        prop_assume!(!rows.is_empty());
        let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
        let longest = rows.iter().map(|x| norm(&mut x.iter().copied())).fold(0.0, f64::max);
        let smallest = rows.iter().map(&lead).fold(f64::INFINITY, f64::min);
        let (bound, x): (f64, Vec<f64>) = if n_classes == 2 {
            // For one score the lead is twice the margin.
            let length = norm(&mut truth[..4].iter().copied());
            ((longest * length / (0.5 * smallest)).powi(2), rows.iter().flat_map(|x| x[..3].to_vec()).collect())
        } else {
            let weights = (0..n_classes).flat_map(|c| (0..4).map(move |i| (c, i)));
            let length = norm(&mut weights.map(|(c, i)| truth[(4 * c + i) % 12] * [1.0, 0.5, -0.7, 0.3][(c + i) % 4]));
            (2.0 * (longest * length / smallest).powi(2), rows.iter().flat_map(|x| x[..3].to_vec()).collect())
        };
        let labels: Vec<u32> = rows.iter().map(|x| label(x) as u32).collect();
        let mut learner = Learner::new(3, n_classes);
        let mut n_updates = 0;
        loop {
            match learner.epoch(&x, &labels) {
                0 => break,
                n => n_updates += n,
            }
            prop_assert!(n_updates as f64 <= bound, "{n_updates} updates, at most {bound} were allowed");
        }
    }
}
