//! `kind = "descent"`: the source text's numbers, through the whole program.

use std::fs;

use thalweg_tests::{run, scratch};

/// Sweeps a text; its trials and epochs as rows of cells, headers first.
fn swept(name: &str, text: &str) -> [Vec<Vec<String>>; 2] {
    let dir = scratch(name);
    let (file, out) = (dir.join("x.toml"), dir.join("out"));
    fs::write(&file, format!("name = \"x\"\nkind = \"descent\"\n{text}")).expect("written");
    let (code, _, log) = run(&["sweep", file.to_str().expect("UTF-8"), "--out", out.to_str().expect("UTF-8")]);
    assert_eq!(code, 0, "{log}");
    for figure in ["path.png", "path.svg", "convergence.png", "report.html"] {
        assert!(out.join("x").join(figure).is_file(), "{figure}");
    }
    let table = |name: &str| {
        let text = fs::read_to_string(out.join("x").join(name)).expect("a table");
        text.lines().map(|l| l.split(',').map(String::from).collect()).collect()
    };
    let tables = [table("trials.csv"), table("epochs.csv")];
    fs::remove_dir_all(&dir).expect("removed");
    tables
}

fn column(table: &[Vec<String>], name: &str) -> Vec<String> {
    let place = table[0].iter().position(|h| h == name).unwrap_or_else(|| panic!("no column {name}"));
    table[1..].iter().map(|row| row[place].clone()).collect()
}

fn numbers(table: &[Vec<String>], name: &str) -> Vec<f64> {
    column(table, name).iter().filter_map(|c| c.parse().ok()).collect()
}

/// MISSION C1: f = x² from 10. η = 0.2: 6, 3.6, …, 0.0605 after 10 steps. η = 0.01: 6.676 after 20. η = 1: ±10 for ever. η = 1.1: times
/// −1.2 a step, 383.376 after 20, whose value 1.5e5 is still finite: a matter of trend.
#[test]
fn four_rates_on_a_parabola() {
    let text = "[base]\nsurface.name = \"parabola\"\ntrain.epochs = 20\n[axes]\ntrain.lr = [0.01, 0.2, 1.0, 1.1]\n";
    let [trials, epochs] = swept("c1", text);
    assert_eq!(column(&trials, "convergence"), ["slow", "converged", "oscillating", "diverged"]);
    assert!(column(&trials, "status").iter().all(|s| s == "ok"));
    let x = numbers(&epochs, "x");
    // N steps write N + 1 rows, the first being the start.
    assert_eq!((x.len(), column(&epochs, "epoch")[..3].to_vec()), (4 * 21, vec!["0".to_string(), "1".into(), "2".into()]));
    let of = |rate: usize, step: usize| x[rate * 21 + step];
    for (rate, step, want, tolerance) in
        [(1, 0, 10.0, 0.0), (1, 1, 6.0, 1e-12), (1, 2, 3.6, 1e-12), (1, 10, 0.0605, 5e-5), (0, 20, 6.676, 5e-4), (3, 20, 383.376, 5e-4)]
    {
        assert!((of(rate, step) - want).abs() <= tolerance, "rate {rate}, step {step}: {}", of(rate, step));
    }
    assert!((0..=20).all(|step| of(2, step) == if step % 2 == 0 { 10.0 } else { -10.0 }));
    assert!(column(&epochs, "y").iter().all(String::is_empty));
}

/// MISSION C2: f = x² + 2y² from (−3.5, −3.5), η = 0.1: gradient (−7, −14), next point (−2.8, −2.1), after 20 steps
/// (−0.0404, −0.000128).
#[test]
fn twenty_steps_down_a_bowl() {
    let [_, epochs] = swept("c2", "[base]\ntrain = { epochs = 20, lr = 0.1 }\n");
    let (x, y, norm) = (numbers(&epochs, "x"), numbers(&epochs, "y"), numbers(&epochs, "grad_norm"));
    assert_eq!((x[0], y[0], norm[0]), (-3.5, -3.5, 245.0_f64.sqrt()));
    assert!((x[1] + 2.8).abs() < 1e-12 && (y[1] + 2.1).abs() < 1e-12);
    assert!((x[20] + 0.0404).abs() < 5e-5 && (y[20] + 0.000128).abs() < 5e-7);
}

/// MISSION C3: from the ridge of a saddle plain descent stays; with noise it leaves. The seeds differ in their noise alone.
#[test]
fn noise_leaves_a_ridge() {
    let text =
        "[base]\nsurface.name = \"saddle\"\ntrain = { epochs = 60, lr = 0.1 }\n[axes]\nsurface.noise = [0.0, 0.1]\n[replicates]\nn = 8\n";
    let [trials, _] = swept("c3", text);
    let y = numbers(&trials, "y_final");
    assert!(y[..8].iter().all(|y| *y == 0.0) && y[8..].iter().all(|y| y.abs() > 1.0), "{y:?}");
    assert!(y[8..].windows(2).all(|w| w[0] != w[1]));
    assert_eq!(column(&trials, "convergence")[0], "converged");
}

/// A run that leaves the surface ends, as a row with its reason.
#[test]
fn divergence_ends_a_descent() {
    let [trials, epochs] = swept("off", "[base]\nsurface.name = \"rosenbrock\"\ntrain = { epochs = 1000, lr = 1.0 }\n");
    assert_eq!((column(&trials, "status"), column(&trials, "convergence")), (vec!["diverged".to_string()], vec!["diverged".to_string()]));
    assert!(epochs.len() < 20);
}
