//! Activations, losses and normalising layers against PyTorch (`oracle/torch_layers.py`, its version in the first line of
//! the numbers).

use ndarray::ArrayView2;
use thalweg_math::activation;
use thalweg_math::layer::{Layer, Pass, find_norm, of_type};
use thalweg_math::loss::{self, Targets, Task};

struct Line {
    kind: &'static str,
    name: &'static str,
    parameter: f64,
    inputs: Vec<f64>,
    values: Vec<f64>,
    gradients: Vec<f64>,
}

fn lines(kind: &'static str) -> Vec<Line> {
    let numbers = |text: &str| text.split_whitespace().map(|n| n.parse().expect("a number")).collect();
    let text = include_str!("oracle/torch_layers.txt").lines().filter(|l| !l.starts_with('#'));
    let parsed = text.map(|line| {
        let parts: Vec<&'static str> = line.split(';').map(str::trim).collect();
        let parameter = parts[2].parse().expect("a number");
        Line {
            kind: parts[0],
            name: parts[1],
            parameter,
            inputs: numbers(parts[3]),
            values: numbers(parts[4]),
            gradients: numbers(parts[5]),
        }
    });
    let found: Vec<Line> = parsed.filter(|l| l.kind == kind).collect();
    assert!(!found.is_empty(), "no line for {kind}");
    found
}

fn close(got: &[f64], want: &[f64], tolerance: f64, what: &str) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (i, (g, w)) in got.iter().zip(want).enumerate() {
        assert!((g - w).abs() <= tolerance * w.abs().max(0.1), "{what} {i}: {g}, torch {w}");
    }
}

#[test]
fn activations() {
    for line in lines("activation") {
        let row = activation::find(line.name).expect("a row");
        let kernel = row.kernel::<f64>();
        let n = line.inputs.len();
        let (mut a, mut slopes) = (vec![0.0; n], vec![0.0; n]);
        (kernel.value)(&line.inputs, &mut a, line.parameter);
        (kernel.backward)(&line.inputs, &a, &vec![1.0; n], &mut slopes, line.parameter);
        close(&a, &line.values, 1e-14, line.name);
        close(&slopes, &line.gradients, 1e-13, line.name);
    }
}

/// Every row but the step, which PyTorch does not have.
#[test]
fn no_activation_is_left_out() {
    let covered: Vec<&str> = lines("activation").iter().map(|l| l.name).collect();
    assert!(activation::ACTIVATIONS.iter().all(|row| row.name == "step" || covered.contains(&row.name)));
}

#[test]
fn losses() {
    for line in lines("loss") {
        let row = loss::find(line.name).expect("a row");
        // Scores, then one label per row (4 rows) or as many numbers as scores.
        let n_scores = line.gradients.len();
        let (scores, targets) = line.inputs.split_at(n_scores);
        let n_outputs = n_scores / 4;
        let classes: Vec<u32> = targets.iter().map(|t| *t as u32).collect();
        let (task, targets) = if targets.len() == n_scores && n_outputs > 1 {
            (Task::Values(n_outputs), Targets::Values(ArrayView2::from_shape((4, n_outputs), targets).expect("fits")))
        } else {
            (Task::Classes(n_outputs.max(2)), Targets::Classes(&classes))
        };
        let (form, n) = row.form(task, None).expect("fits");
        assert_eq!(n, n_outputs, "{}", line.name);
        let mut gradient = vec![0.0; n_scores];
        let value = (form.kernel::<f64>())(scores, n_outputs, targets, line.parameter, 1.0, &mut gradient);
        close(&[value], &line.values, 1e-14, line.name);
        close(&gradient, &line.gradients, 1e-13, line.name);
    }
}

/// Scale, shift and shapes as in the script; running statistics after one step from (0, 1).
#[test]
fn normalising_layers() {
    for line in lines("layer") {
        let any = (find_norm(line.name).and_then(|row| row.normalise).expect("a row"))(3);
        let layer: &dyn Layer<f64> = of_type::<f64>(&*any);
        let params = [0.5, -1.0, 2.0, 0.1, 0.2, -0.3];
        let (x, direction) = line.inputs.split_at(15);
        let (mut y, mut evaluated) = (vec![0.0; 15], vec![0.0; 15]);
        let (mut kept, mut running) = (vec![0.0; any.n_kept(5)], any.running());
        layer.train(&params, x, &mut y, &mut kept);
        layer.absorb(5, &kept, &mut running);
        layer.evaluate(&params, &running, x, &mut evaluated);
        close(&[y.clone(), evaluated, running].concat(), &line.values, 1e-13, line.name);
        let (mut d_params, mut dx) = (vec![0.0; 6], vec![0.0; 15]);
        let pass = Pass { params: &params, input: x, output: &y, kept: &kept, d_output: direction, decay: 0.0 };
        layer.backward(pass, &mut d_params, Some(&mut dx));
        close(&[dx, d_params].concat(), &line.gradients, 1e-12, line.name);
    }
}
