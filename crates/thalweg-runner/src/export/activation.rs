//! The activations as ONNX's operators, one row each. A row without an operator of its own is composed.

use super::onnx::{Attr, Builder};

/// An activation in ONNX.
pub(super) struct Row {
    /// As in the table of activations.
    pub(super) name: &'static str,
    /// `(graph, z, p)`: the name of φ(z; p).
    pub(super) make: fn(&mut Builder, &str, f64) -> String,
}

/// Every activation.
pub(super) static ROWS: &[Row] = &[
    Row { name: "identity", make: |_, z, _| z.into() },
    Row {
        name: "step",
        make: |g, z, _| {
            let zero = g.single(0.0);
            let is_on = g.node("GreaterOrEqual", &[z, &zero], &[]);
            g.rounded(&is_on)
        },
    },
    Row { name: "sigmoid", make: |g, z, _| g.node("Sigmoid", &[z], &[]) },
    Row { name: "tanh", make: |g, z, _| g.node("Tanh", &[z], &[]) },
    Row { name: "relu", make: |g, z, _| g.node("Relu", &[z], &[]) },
    Row { name: "leaky-relu", make: |g, z, leak| g.node("LeakyRelu", &[z], &[("alpha", Attr::Float(leak))]) },
    Row { name: "elu", make: |g, z, alpha| g.node("Elu", &[z], &[("alpha", Attr::Float(alpha))]) },
    Row { name: "softplus", make: |g, z, _| g.node("Softplus", &[z], &[]) },
    Row {
        name: "silu",
        make: |g, z, _| {
            let share = g.node("Sigmoid", &[z], &[]);
            g.node("Mul", &[z, &share], &[])
        },
    },
    Row {
        // z·(1 + erf(z/√2))/2
        name: "gelu",
        make: |g, z, _| {
            let (root, one, half) = (g.single(std::f64::consts::FRAC_1_SQRT_2), g.single(1.0), g.single(0.5));
            let scaled = g.node("Mul", &[z, &root], &[]);
            let erf = g.node("Erf", &[&scaled], &[]);
            let twice = g.node("Add", &[&erf, &one], &[]);
            let share = g.node("Mul", &[&twice, &half], &[]);
            g.node("Mul", &[z, &share], &[])
        },
    },
    Row {
        // z·σ(2u), u = √(2/π)·(z + 0.044715 z³)
        name: "gelu-tanh",
        make: |g, z, _| {
            let (slope, cubic, one) = (g.single(2.0 * 0.797_884_560_802_865_4), g.single(0.044_715), g.single(1.0));
            let square = g.node("Mul", &[z, z], &[]);
            let bent = g.node("Mul", &[&square, &cubic], &[]);
            let grown = g.node("Add", &[&bent, &one], &[]);
            let line = g.node("Mul", &[z, &slope], &[]);
            let twice_u = g.node("Mul", &[&line, &grown], &[]);
            let share = g.node("Sigmoid", &[&twice_u], &[]);
            g.node("Mul", &[z, &share], &[])
        },
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_activation_has_its_row() {
        let names = |all: &mut dyn Iterator<Item = &'static str>| all.collect::<Vec<_>>();
        let known = names(&mut thalweg_math::activation::ACTIVATIONS.iter().map(|row| row.name));
        assert_eq!(names(&mut ROWS.iter().map(|row| row.name)), known);
    }
}
