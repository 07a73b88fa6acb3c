//! A kernel machine in ONNX's plain operators, in double precision: the kernel of each sample with each support vector, the decision
//! values, and the scores that `predict` gives.

use thalweg_math::svm::Model;

use super::onnx::{Attr, Builder};

/// The operators of a kernel: from the samples and their inner products with the vectors.
type Operators = fn(&mut Builder, &Model, &str, String) -> String;

/// By kernel.
const KERNELS: &[(&str, Operators)] = &[
    ("linear", |_, _, _, inner| inner),
    ("polynomial", |g, model, _, inner| {
        let (inner, degree) = (affine(g, model, &inner), g.double(f64::from(model.parameters.degree)));
        g.node("Pow", &[&inner, &degree], &[])
    }),
    ("rbf", |g, model, x, inner| {
        let squares: Vec<f64> = model.vectors.chunks_exact(model.n_features).map(|v| v.iter().map(|v| v * v).sum()).collect();
        let squares = g.doubles("machine.squares", &[squares.len()], &squares);
        let of_x = g.node("Mul", &[x, x], &[]);
        let ones = g.doubles("machine.ones", &[model.n_features, 1], &vec![1.0; model.n_features]);
        let of_x = g.node("MatMul", &[&of_x, &ones], &[]);
        let both = g.node("Add", &[&of_x, &squares], &[]);
        let twice = g.double(2.0);
        let inner = g.node("Mul", &[&inner, &twice], &[]);
        let distance = g.node("Sub", &[&both, &inner], &[]);
        let zero = g.double(0.0);
        let distance = g.node("Max", &[&distance, &zero], &[]);
        let gamma = g.double(-model.parameters.gamma);
        let exponent = g.node("Mul", &[&distance, &gamma], &[]);
        g.node("Exp", &[&exponent], &[])
    }),
    ("sigmoid", |g, model, _, inner| {
        let inner = affine(g, model, &inner);
        g.node("Tanh", &[&inner], &[])
    }),
];

/// γ x·y + c₀
fn affine(g: &mut Builder, model: &Model, inner: &str) -> String {
    let (gamma, coef0) = (g.double(model.parameters.gamma), g.double(model.parameters.coef0));
    let scaled = g.node("Mul", &[inner, &gamma], &[]);
    g.node("Add", &[&scaled, &coef0], &[])
}

/// The scores, from samples in double precision.
pub(super) fn scores(g: &mut Builder, model: &Model, x: &str) -> Result<String, String> {
    let name = model.kernel.name;
    let row = KERNELS.iter().find(|row| row.0 == name).ok_or_else(|| format!("kernel `{name}` has no ONNX operators"))?;
    let (n_support, n_machines, n_classes) = (model.vectors.len() / model.n_features, model.sides.len(), model.n_classes);
    if model.sides.iter().flat_map(|(a, b)| [Some(*a), *b]).flatten().collect::<std::collections::BTreeSet<_>>().len() < n_classes {
        return Err("a class of the data has no machine, since the training part had none of it: there is no ONNX form of that".into());
    }
    let vectors = g.doubles("machine.vectors", &[model.n_features, n_support], &turned(&model.vectors, model.n_features));
    let inner = g.node("MatMul", &[x, &vectors], &[]);
    let kernel = (row.1)(g, model, x, inner);
    let coefficients = g.doubles("machine.coefficients", &[n_support, n_machines], &turned(&model.coefficients, n_support));
    let biases = g.doubles("machine.bias", &[n_machines], &model.biases);
    let sums = g.node("MatMul", &[&kernel, &coefficients], &[]);
    let decision = g.node("Add", &[&sums, &biases], &[]);
    // Which score each machine's value, or its vote, goes to.
    let mut goes = vec![0.0; n_machines * model.n_classes];
    let scores = if n_classes == 2 {
        goes[..1].fill(-1.0);
        let goes = g.doubles("machine.sides", &[n_machines, 1], &goes[..n_machines]);
        g.node("MatMul", &[&decision, &goes], &[])
    } else if model.sides[0].1.is_none() {
        model.sides.iter().enumerate().for_each(|(m, (class, _))| goes[m * n_classes + class] = 1.0);
        let goes = g.doubles("machine.sides", &[n_machines, n_classes], &goes);
        g.node("MatMul", &[&decision, &goes], &[])
    } else {
        // A vote for the positive class, or else for the negative: Σ over machines of negative + won · (positive − negative).
        let mut lost = vec![0.0; n_classes];
        for (m, (positive, negative)) in model.sides.iter().enumerate() {
            goes[m * n_classes + positive] += 1.0;
            if let Some(negative) = negative {
                goes[m * n_classes + negative] -= 1.0;
                lost[*negative] += 1.0;
            }
        }
        let zero = g.double(0.0);
        let is_won = g.node("Greater", &[&decision, &zero], &[]);
        let won = g.node("Cast", &[&is_won], &[("to", Attr::DOUBLE)]);
        let goes = g.doubles("machine.sides", &[n_machines, n_classes], &goes);
        let moved = g.node("MatMul", &[&won, &goes], &[]);
        let lost = g.doubles("machine.lost", &[n_classes], &lost);
        g.node("Add", &[&moved, &lost], &[])
    };
    Ok(g.rounded(&scores))
}

/// A matrix of rows of `n` numbers, transposed.
fn turned(values: &[f64], n: usize) -> Vec<f64> {
    (0..n).flat_map(|column| values.iter().skip(column).step_by(n).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kernel_has_its_operators() {
        for kernel in thalweg_math::kernel::KERNELS {
            assert!(KERNELS.iter().any(|row| row.0 == kernel.name), "{}", kernel.name);
        }
    }
}
