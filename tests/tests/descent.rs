//! `kind = "descent"`: the source text's numbers, through the whole program.

use std::fs;

use thalweg_tests::{experiment, run, scratch};

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

/// Words follow thresholds, and only words: the report is drawn again and nothing is run. At η = 0.01 the gradient ends at 0.98²⁰ = 0.668 of
/// its first, at 0.2 at 0.6²⁰ = 3.7e-5 (of which the last half of the steps is next to nothing), at 1 all 19 turns are turns, at 1.1 the
/// value ends at 1.44¹⁰ = 38.3 times the highest of the first half.
#[test]
fn thresholds_decide_the_words_without_a_step() {
    let dir = scratch("thresholds");
    let (file, out) = (dir.join("rates.toml"), dir.join("out"));
    let rates = fs::read_to_string(experiment("rates")).expect("an experiment");
    let words = |thresholds: &str| {
        fs::write(&file, format!("{rates}\n[report]\nthresholds = {{ {thresholds} }}\n")).expect("written");
        let (code, _, log) = run(&["sweep", file.to_str().expect("UTF-8"), "--out", out.to_str().expect("UTF-8")]);
        assert!(code == 0 && log.contains("wrote"), "{log}");
        let text = fs::read_to_string(out.join("rates/trials.csv")).expect("a table");
        let table: Vec<Vec<String>> = text.lines().map(|l| l.split(',').map(String::from).collect()).collect();
        (column(&table, "convergence").join(" "), log)
    };
    let (usual, log) = words("");
    assert!(usual == "slow converged oscillating diverged" && log.contains("4 trained"), "{usual} {log}");
    for (thresholds, want) in [
        ("arrived = 0.67", "converged converged oscillating diverged"),
        ("arrived = 1e-5", "slow stalled oscillating diverged"),
        ("turns = 1", "slow converged stalled diverged"),
        ("grown = 38.4", "slow converged oscillating oscillating"),
        // At 0.01 the last half of the steps takes 0.98²⁰ − 0.98⁴⁰ = 0.222 of the first value off.
        ("moved = 0.23", "stalled converged oscillating diverged"),
        ("moved = 0.22, grown = 38.3", "slow converged oscillating diverged"),
    ] {
        let (got, log) = words(thresholds);
        assert!(got == want && log.contains("0 trained"), "{thresholds}: {got} {log}");
    }
    let resolved = fs::read_to_string(out.join("rates/experiment.toml")).expect("written");
    assert!(resolved.contains("moved = 0.22") && resolved.contains("turns = 0.5"), "{resolved}");
    fs::remove_dir_all(&dir).expect("removed");
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

/// MISSION C6, by hand: x² from 10, η = 0.1, β = 0.9. As it is: v = 2, x = 9.8; v = 3.76, x = 9.424. Corrected: v̂ = 20, x = 8;
/// v = 3.4, v̂ = 3.4/0.19, x = 8 − 0.34/0.19.
#[test]
fn an_average_is_corrected_for_its_start() {
    let [_, epochs] = swept(
        "c6",
        "[base]\nsurface.name = \"parabola\"\ntrain = { optimizer = \"momentum-ema\", lr = 0.1, epochs = 2 }\n[axes]\n\
         train.bias-correction = [\"off\", \"on\"]\n",
    );
    for (got, want) in numbers(&epochs, "x").iter().zip([10.0, 9.8, 9.424, 10.0, 8.0, 8.0 - 0.34 / 0.19]) {
        assert!((got - want).abs() < 1e-12, "{got} {want}");
    }
}

/// MISSION C7: in a valley that plain descent zigzags down, some momentum needs fewer steps to a tolerance and turns back less often;
/// the larger it is, the further it swings past the minimum.
#[test]
fn momentum_in_a_valley() {
    let text = "[base]\nsurface.name = \"valley\"\ntrain = { optimizer = \"momentum\", lr = 0.035, epochs = 200 }\n[axes]\n\
                train.momentum = [0.0, 0.5, 0.9, 0.98]\n";
    let [_, epochs] = swept("c7", text);
    let (x, y, value) = (numbers(&epochs, "x"), numbers(&epochs, "y"), numbers(&epochs, "value"));
    let of = |column: &[f64], i: usize| column[i * 201..(i + 1) * 201].to_vec();
    let steps = |i| of(&value, i).iter().rposition(|v| *v > 1e-6).map_or(0, |last| last + 1);
    let turns = |i| of(&y, i)[..20].windows(2).filter(|w| w[0] * w[1] < 0.0).count();
    let overshoot: Vec<f64> = (0..4).map(|i| of(&x, i).into_iter().fold(0.0, f64::max)).collect();
    assert!(steps(1) * 2 < steps(0) && steps(0) < 201, "{} {}", steps(0), steps(1));
    assert!(turns(1) < turns(0) && turns(0) == 19, "{} {}", turns(0), turns(1));
    assert!(overshoot.windows(2).all(|w| w[0] <= w[1]) && overshoot[0] == 0.0 && overshoot[3] > overshoot[2], "{overshoot:?}");
}

/// MISSION C9: at η = 1 descent on x² jumps between 10 and −10 for ever; any decay cures it. Halving every 5 epochs is step decay, and
/// so is × 0.9998 every 5 epochs, which after 300 of them has done next to nothing: 0.9998⁵⁹ = 0.988.
#[test]
fn decay_cures_a_swing() {
    let base = "[base]\nsurface.name = \"parabola\"\n";
    let text = "train = { lr = 1.0, schedule-factor = 0.5, epochs = 40 }\n[axes]\n\
                train.schedule = [\"constant\", \"step\", \"exponential\", \"linear\", \"cosine\", \"polynomial\", \"inverse-sqrt\"]\n";
    let [trials, epochs] = swept("c9", &format!("{base}{text}"));
    let found = column(&trials, "convergence");
    assert!(found[0] == "oscillating" && found[1..].iter().all(|c| c == "converged"), "{found:?}");
    assert_eq!(numbers(&epochs, "lr")[40..52], [1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25]);
    let text = "train = { lr = 1.0, schedule = \"step\", schedule-factor = 0.9998, epochs = 300 }\n";
    let [trials, epochs] = swept("c9-erratum", &format!("{base}{text}"));
    assert!((numbers(&epochs, "lr")[299] - 0.988).abs() < 5e-4, "{:?}", numbers(&epochs, "lr")[299]);
    assert_eq!(column(&trials, "convergence"), ["oscillating"]);
}

/// MISSION C10: the rate rises evenly to `train.lr` in the warm-up, then the schedule begins.
#[test]
fn warm_up_comes_before_the_schedule() {
    let text = "[base]\nsurface.name = \"parabola\"\ntrain = { lr = 0.4, schedule = \"linear\", warmup = 4, epochs = 8 }\n";
    let [_, epochs] = swept("c10", text);
    for (got, want) in numbers(&epochs, "lr").iter().zip([0.1, 0.2, 0.3, 0.4, 0.4, 0.3, 0.2, 0.1]) {
        assert!((got - want).abs() < 1e-12, "{got} {want}");
    }
}
