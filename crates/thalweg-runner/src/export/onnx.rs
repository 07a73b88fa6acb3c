//! ONNX of a trained model, its transforms in front: what goes in are the features as they came, in single precision.
//!
//! Transforms are computed in double precision, as in training, a network in single, a kernel machine in double. Dropout is left out, since it is off at
//! evaluation. A transform of pixels has no operator in ONNX: what goes in is then what comes after it, and the file says so.

use prost::Message;
use thalweg_data::transform::Fixed;

use super::Written;
use super::activation::ROWS;
use super::proto::{Attribute, Dim, Extent, Graph, Model, Node, OperatorSet, Property, Shape, Tensor, TensorType, Type, ValueInfo};
use crate::predictor::{Predictor, Scorer};

/// Types of ONNX's elements.
const FLOAT: i32 = 1;
const INT64: i32 = 7;
const BOOL: i32 = 9;
const DOUBLE: i32 = 11;

/// The version of the operators, the first with LayerNormalization, and that of the file.
const OPSET: i64 = 17;
const IR: i64 = 8;

/// ε of the normalising layers.
const EPSILON: f64 = 1e-5;

/// A setting of an operator.
#[derive(Clone, Copy)]
pub(super) enum Attr {
    Float(f64),
    Int(i64),
}

impl Attr {
    pub(super) const DOUBLE: Attr = Attr::Int(DOUBLE as i64);
}

/// A graph that grows node by node; every value has a number for a name.
#[derive(Default)]
pub(super) struct Builder {
    nodes: Vec<Node>,
    constants: Vec<Tensor>,
}

impl Builder {
    /// Appends a node; its output's name.
    pub(super) fn node(&mut self, op: &str, inputs: &[&str], attributes: &[(&str, Attr)]) -> String {
        let name = format!("v{}", self.nodes.len());
        let attribute = attributes.iter().map(|(name, value)| match value {
            Attr::Float(f) => Attribute { name: (*name).into(), f: *f as f32, i: 0, kind: 1 },
            Attr::Int(i) => Attribute { name: (*name).into(), f: 0.0, i: *i, kind: 2 },
        });
        let input = inputs.iter().map(|i| (*i).to_string()).collect();
        self.nodes.push(Node { input, output: vec![name.clone()], name: name.clone(), op_type: op.into(), attribute: attribute.collect() });
        name
    }

    /// The same values in single precision.
    pub(super) fn rounded(&mut self, x: &str) -> String {
        self.node("Cast", &[x], &[("to", Attr::Int(i64::from(FLOAT)))])
    }

    /// A number in single precision.
    pub(super) fn single(&mut self, value: f64) -> String {
        let name = format!("c{}", self.constants.len());
        self.constant(&name, FLOAT, &[], (value as f32).to_le_bytes().to_vec())
    }

    /// A number in double precision.
    pub(super) fn double(&mut self, value: f64) -> String {
        let name = format!("c{}", self.constants.len());
        self.doubles(&name, &[], &[value])
    }

    fn constant(&mut self, name: &str, data_type: i32, shape: &[usize], raw_data: Vec<u8>) -> String {
        let dims = shape.iter().map(|n| *n as i64).collect();
        self.constants.push(Tensor { dims, data_type, name: name.into(), raw_data });
        name.into()
    }

    fn singles(&mut self, name: &str, shape: &[usize], values: &[f64]) -> String {
        self.constant(name, FLOAT, shape, values.iter().flat_map(|v| (*v as f32).to_le_bytes()).collect())
    }

    pub(super) fn doubles(&mut self, name: &str, shape: &[usize], values: &[f64]) -> String {
        self.constant(name, DOUBLE, shape, values.iter().flat_map(|v| v.to_le_bytes()).collect())
    }
}

pub(super) fn write(predictor: &Predictor) -> Result<Written, String> {
    let mut g = Builder::default();
    let steps = &predictor.intake.steps;
    let first = steps.iter().rposition(|s| matches!(s, Fixed::Pixels { .. })).map_or(0, |last| last + 1);
    let mut n_columns = predictor.intake.features.len();
    let mut left_out = Vec::new();
    if first > 0 {
        let head = thalweg_data::intake::Intake { steps: steps[..first].to_vec(), ..predictor.intake.clone() };
        n_columns = head.chain()?.1.features.len();
        left_out.extend(steps[..first].iter().map(|step| match step {
            Fixed::Pixels { name } => name.as_str(),
            _ => "what comes before it",
        }));
    }
    let about = match left_out.is_empty() {
        true => format!("x [n, {n_columns}], the features as they came"),
        false => format!("x [n, {n_columns}], the features after {}, which ONNX has no operator for", left_out.join(", ")),
    };
    let mut x = "x".to_string();
    let is_machine = matches!(predictor.scorer, Scorer::Machine(..));
    if first < steps.len() || is_machine {
        x = g.node("Cast", &[&x], &[("to", Attr::DOUBLE)]);
        for (i, step) in steps.iter().enumerate().skip(first) {
            x = transform(&mut g, &format!("transform.{i}"), step, &x);
        }
    }
    let scores = match &predictor.scorer {
        Scorer::Machine(machine, _) => super::machine::scores(&mut g, machine, &x)?,
        Scorer::Network { .. } => {
            if first < steps.len() {
                x = g.rounded(&x);
            }
            network(&mut g, predictor, x)?
        }
    };
    let mut outputs = vec![scores];
    let names: &[&str] = match predictor.head.name {
        "softmax" => {
            outputs.push(g.node("Softmax", &[&outputs[0]], &[("axis", Attr::Int(-1))]));
            &["scores", "probabilities"]
        }
        "sigmoid" => {
            outputs.push(g.node("Sigmoid", &[&outputs[0]], &[]));
            &["scores", "probabilities"]
        }
        "step" => {
            let zero = g.single(0.0);
            let fires = g.node("Greater", &[&outputs[0], &zero], &[]);
            outputs.push(g.rounded(&fires));
            &["scores", "outputs"]
        }
        "identity" if predictor.intake.class_names.is_empty() => &["values"],
        "identity" => &["scores"],
        other => return Err(format!("head `{other}` has no ONNX operator")),
    };
    for (from, to) in outputs.iter().zip(names) {
        g.node("Identity", &[from], &[]);
        g.nodes.last_mut().expect("just pushed").output = vec![(*to).into()];
    }
    let n_outputs = predictor.n_outputs();
    let about = format!("{about}; {} [n, {n_outputs}] come out", names.join(" and "));
    let info = |name: &str, n: usize| {
        let dim = [Extent::Open("n".into()), Extent::Known(n as i64)].map(|value| Dim { value: Some(value) });
        let tensor = TensorType { elem_type: FLOAT, shape: Some(Shape { dim: dim.to_vec() }) };
        ValueInfo { name: name.into(), kind: Some(Type { tensor: Some(tensor) }) }
    };
    let graph = Graph {
        node: g.nodes,
        name: "thalweg".into(),
        initializer: g.constants,
        doc_string: about.clone(),
        input: vec![info("x", n_columns)],
        output: names.iter().map(|name| info(name, n_outputs)).collect(),
    };
    let saved = serde_json::to_string(&predictor.weights.saved).map_err(|e| e.to_string())?;
    let model = Model {
        ir_version: IR,
        producer_name: "thalweg".into(),
        graph: Some(graph),
        opset_import: vec![OperatorSet { domain: String::new(), version: OPSET }],
        metadata_props: vec![Property { key: "thalweg".into(), value: saved }],
    };
    Ok(Written { bytes: model.encode_to_vec(), about })
}

/// A fitted transform in double precision.
fn transform(g: &mut Builder, name: &str, step: &Fixed, x: &str) -> String {
    match step {
        Fixed::Affine { shift, scale } => {
            let (shift, scale) =
                (g.doubles(&format!("{name}.shift"), &[shift.len()], shift), g.doubles(&format!("{name}.scale"), &[scale.len()], scale));
            let centred = g.node("Sub", &[x, &shift], &[]);
            g.node("Mul", &[&centred, &scale], &[])
        }
        Fixed::Fill { values } => {
            let values = g.doubles(&format!("{name}.values"), &[values.len()], values);
            let is_missing = g.node("IsNaN", &[x], &[]);
            g.node("Where", &[&is_missing, &values, x], &[])
        }
        Fixed::OneHot { values } => {
            // Each column after it looks at one column before, and is it or compares it with a value.
            let (mut from, mut kept, mut compared) = (Vec::new(), Vec::new(), Vec::new());
            for (i, values) in values.iter().enumerate() {
                let wanted: Vec<Option<f64>> = values.as_ref().map_or(vec![None], |v| v.iter().map(|v| Some(*v)).collect());
                for value in wanted {
                    from.extend((i as i64).to_le_bytes());
                    kept.push(u8::from(value.is_none()));
                    compared.push(value.unwrap_or(0.0));
                }
            }
            let n = kept.len();
            let from = g.constant(&format!("{name}.from"), INT64, &[n], from);
            let kept = g.constant(&format!("{name}.kept"), BOOL, &[n], kept);
            let compared = g.doubles(&format!("{name}.values"), &[n], &compared);
            let looked = g.node("Gather", &[x, &from], &[("axis", Attr::Int(1))]);
            let equal = g.node("Equal", &[&looked, &compared], &[]);
            let ones = g.node("Cast", &[&equal], &[("to", Attr::DOUBLE)]);
            g.node("Where", &[&kept, &looked, &ones], &[])
        }
        Fixed::Whiten { mean, directions } => {
            let n = mean.len();
            let turned: Vec<f64> = (0..n * n).map(|i| directions[i % n * n + i / n]).collect();
            let (mean, turned) =
                (g.doubles(&format!("{name}.mean"), &[n], mean), g.doubles(&format!("{name}.directions"), &[n, n], &turned));
            let centred = g.node("Sub", &[x, &mean], &[]);
            g.node("MatMul", &[&centred, &turned], &[])
        }
        Fixed::Pixels { name } => unreachable!("{name} stands before what is written"),
    }
}

/// The groups of layers, from the features to the scores.
fn network(g: &mut Builder, predictor: &Predictor, mut x: String) -> Result<String, String> {
    let saved = &predictor.weights.saved;
    let parameter: f64 = saved.parameter.parse().map_err(|_| format!("the activation's parameter is `{}`", saved.parameter))?;
    let row = ROWS.iter().find(|row| row.name == saved.activation);
    let row = row.ok_or_else(|| format!("activation `{}` has no ONNX operator", saved.activation))?;
    for placed in predictor.weights.tensors() {
        let (name, shape, values) = placed;
        // A single row may be stored without its 1, a matrix never.
        if !name.starts_with("transform.") && !name.ends_with(".running") {
            let shape = if name.ends_with(".weight") && shape.len() == 1 { vec![1, shape[0]] } else { shape.to_vec() };
            g.singles(name, &shape, values);
        } else if name.ends_with(".running") {
            let (mean, variance) = values.split_at(values.len() / 2);
            g.singles(&format!("{name}.mean"), &[mean.len()], mean);
            g.singles(&format!("{name}.variance"), &[variance.len()], variance);
        }
    }
    let backbone = (1..=saved.backbone.len()).map(|i| format!("backbone.{i}"));
    for group in backbone.chain(saved.neck.map(|_| "neck".into())).chain(["head".into()]) {
        let part = |part: &str| format!("{group}.{part}");
        x = g.node("Gemm", &[&x, &part("weight"), &part("bias")], &[]);
        if group == "head" {
            break;
        }
        let epsilon = ("epsilon", Attr::Float(EPSILON));
        x = match saved.norm.as_str() {
            "none" => x,
            "batch-norm" => {
                let (mean, variance) = (part("running.mean"), part("running.variance"));
                g.node("BatchNormalization", &[&x, &part("scale"), &part("shift"), &mean, &variance], &[epsilon])
            }
            "layer-norm" => g.node("LayerNormalization", &[&x, &part("scale"), &part("shift")], &[("axis", Attr::Int(-1)), epsilon]),
            other => return Err(format!("layer `{other}` has no ONNX operator")),
        };
        x = (row.make)(g, &x, parameter);
    }
    Ok(x)
}
