//! `kind = "curves"`, `"likelihood"`, `"graph"` and `"scores"` through the whole program: the source text's numbers.

use std::fs;

use thalweg_tests::{experiment, run, scratch, word};

/// Sweeps a shipped experiment; `epochs.csv` and `trials.csv` as rows of cells, headers first.
fn swept(name: &str, figures: &[&str]) -> [Vec<Vec<String>>; 2] {
    let out = scratch(name);
    let (code, _, log) = run(&["sweep", word(&experiment(name)), "--out", out.to_str().expect("UTF-8")]);
    assert_eq!(code, 0, "{log}");
    let dir = out.join(name);
    assert!(figures.iter().all(|f| dir.join(format!("{f}.png")).is_file() && dir.join(format!("{f}.svg")).is_file()));
    let page = fs::read_to_string(dir.join("report.html")).expect("a page");
    assert!(!page.contains("best first"), "nothing is ranked here");
    let table = |name: &str| {
        let text = fs::read_to_string(dir.join(name)).expect("a table");
        text.lines().map(cells).collect()
    };
    let tables = [table("epochs.csv"), table("trials.csv")];
    fs::remove_dir_all(&out).expect("removed");
    tables
}

/// The cells of a line; a comma between quotes separates nothing.
fn cells(line: &str) -> Vec<String> {
    let parts = line.split('"').enumerate().map(|(i, part)| if i % 2 == 0 { part.into() } else { part.replace(',', ";") });
    parts.collect::<String>().split(',').map(String::from).collect()
}

fn numbers(table: &[Vec<String>], name: &str) -> Vec<f64> {
    let place = table[0].iter().position(|h| h == name).unwrap_or_else(|| panic!("no column {name}"));
    table[1..].iter().map(|row| row[place].parse().expect("a number")).collect()
}

/// MISSION D8. Ten tosses, k = 0 … 10 in the order of the axis, θ = 0.01 … 0.99: each θ's likelihoods sum to 1; for 7 heads the
/// maximum is at θ = 0.7 with P = 0.2668, and descent finds it, too. Over θ = 0.1 … 0.9 the column k = 7 sums to 0.910, and its
/// integral is 1/11: a likelihood is no distribution of θ.
#[test]
fn ten_tosses_of_a_coin() {
    let [epochs, trials] = swept("likelihood", &["likelihood"]);
    let (theta, likelihood) = (numbers(&epochs, "theta"), numbers(&epochs, "likelihood"));
    assert_eq!(likelihood.len(), 11 * 99);
    let of = |heads: usize, point: usize| likelihood[heads * 99 + point];
    for (point, theta) in theta[..99].iter().enumerate() {
        let sum: f64 = (0..=10).map(|heads| of(heads, point)).sum();
        assert!((sum - 1.0).abs() < 1e-12, "θ = {theta}: {sum}");
    }
    let seven: f64 = (1..=9).map(|i| of(7, 10 * i - 1)).sum();
    assert!((seven - 0.910).abs() < 5e-4, "{seven}");
    // By the trapezium rule; the ends are 0.
    let integral: f64 = (0..99).map(|point| of(7, point) / 100.0).sum();
    assert!((integral - 1.0 / 11.0).abs() < 1e-6, "{integral}");
    let best = (numbers(&trials, "theta")[7], numbers(&trials, "theta_final")[7], numbers(&trials, "likelihood")[7]);
    assert!(best.0 == 0.7 && (best.1 - 0.7).abs() < 1e-9 && (best.2 - 0.2668).abs() < 5e-5, "{best:?}");
}

/// 60 heads of 100: the derivative of the log-likelihood is 0 at θ = 0.6. More heads than tosses are refused at their place.
#[test]
fn a_hundred_tosses_and_too_many_heads() {
    let dir = scratch("coin");
    let (file, out) = (dir.join("x.toml"), dir.join("out"));
    let sweep = |text: &str| {
        fs::write(&file, format!("name = \"x\"\nkind = \"likelihood\"\n[base]\n{text}")).expect("written");
        run(&["sweep", file.to_str().expect("UTF-8"), "--out", out.to_str().expect("UTF-8")])
    };
    assert_eq!(sweep("coin = { tosses = 100, heads = 60 }\n").0, 0);
    let text = fs::read_to_string(out.join("x/epochs.csv")).expect("a table");
    let table: Vec<Vec<String>> = text.lines().map(|l| l.split(',').map(String::from).collect()).collect();
    let (theta, slope) = (numbers(&table, "theta"), numbers(&table, "slope"));
    assert!(theta[59] == 0.6 && slope[59].abs() < 1e-11 && slope[58] > 1.0 && slope[60] < -1.0);
    let (code, _, log) = sweep("coin = { tosses = 5, heads = 6 }\n");
    assert!(code == 2 && log.contains("6 heads in 5 tosses") && log.contains("x.toml:4:30"), "{log}");
    fs::remove_dir_all(&dir).expect("removed");
}

/// MISSION D3: a row per activation and point, with the values of the rows themselves at a few inputs, by hand.
#[test]
fn activations_as_curves() {
    let [epochs, trials] = swept("curves", &["curves", "curves-together"]);
    let (z, value, slope) = (numbers(&epochs, "z"), numbers(&epochs, "value"), numbers(&epochs, "slope"));
    assert_eq!((trials.len() - 1, z.len()), (11, 11 * 241));
    let names: Vec<&str> = trials[1..].iter().map(|row| row[2].as_str()).collect();
    let at = |name: &str, input: f64| {
        let trial = names.iter().position(|n| *n == name).expect("a row");
        let point = trial * 241 + ((input + 6.0) * 20.0).round() as usize;
        assert_eq!(z[point], input);
        (value[point], slope[point])
    };
    assert_eq!(at("sigmoid", 0.0), (0.5, 0.25));
    assert_eq!(at("step", 0.0), (1.0, 0.0));
    assert_eq!(at("relu", -2.0), (0.0, 0.0));
    assert_eq!(at("leaky-relu", -2.0), (-0.02, 0.01));
    assert_eq!(at("gelu", 0.0), (0.0, 0.5));
    assert!((at("elu", -6.0).0 + 1.0).abs() < 0.0025);
}

/// MISSION C4, by hand: p = x + y = 3, f = p·z = −12; ∂f/∂x = ∂f/∂y = −4, ∂f/∂z = 3, for each node in the order of the table.
#[test]
fn the_chain_rule_by_hand() {
    let [epochs, _] = swept("chain-rule", &["graph"]);
    assert_eq!(numbers(&epochs, "value"), [-2.0, 5.0, 3.0, -4.0, -12.0]);
    assert_eq!(numbers(&epochs, "gradient"), [-4.0, -4.0, -4.0, 3.0, 1.0]);
}

/// Stanford CS231n, "Backpropagation, intuitions": a neuron with w = (2, −3, −3) at x = (−1, −2): 0.73, and derivatives
/// −0.20, −0.39, 0.20 by the weights, 0.39, −0.59 by the inputs (rounded from 0.1966, 0.3932, 0.5898).
#[test]
fn a_neuron_of_the_textbook() {
    let dir = scratch("neuron");
    let (file, out) = (dir.join("x.toml"), dir.join("out"));
    let text = "name = \"x\"\nkind = \"graph\"\n[base.graph]\nexpression = \"1 / (1 + exp(-(w*x + v*y + b)))\"\nat = { w = 2, x = -1, v = -3, y = -2, b = -3 }\n";
    fs::write(&file, text).expect("written");
    let sweep = |file: &std::path::Path| run(&["sweep", file.to_str().expect("UTF-8"), "--out", out.to_str().expect("UTF-8")]);
    assert_eq!(sweep(&file).0, 0);
    let table = fs::read_to_string(out.join("x/nodes.csv")).expect("a table");
    let row = |name: &str| {
        let row = table.lines().map(|l| l.split(',').collect::<Vec<_>>()).find(|cells| cells[2] == name).expect("a node");
        (row[6].parse::<f64>().expect("a number"), row[7].parse::<f64>().expect("a number"))
    };
    for (name, value, gradient) in
        [("w", 2.0, -0.1966), ("x", -1.0, 0.3932), ("v", -3.0, -0.3932), ("y", -2.0, -0.5898), ("b", -3.0, 0.1966)]
    {
        let found = row(name);
        assert!(found.0 == value && (found.1 - gradient).abs() < 5e-5, "{name}: {found:?}");
    }
    let whole = table.lines().last().and_then(|l| l.split(',').nth(6)).and_then(|c| c.parse::<f64>().ok()).expect("the whole");
    assert!((whole - 0.7311).abs() < 5e-5);
    for (text, say) in [
        ("expression = \"(x + y\"\nat = { x = 1, y = 2 }", "at character 7: `)` is missing"),
        ("expression = \"1 / (x - y)\"\nat = { x = 1, y = 1 }", "has no finite value there: 1 = 1, (x − y) = 0"),
        ("expression = \"x + y\"\nat = { x = 1 }", "`y` has no value"),
        ("expression = \"x\"\nat = { x = 1, q = 2 }", "`q` is not in the expression"),
        ("expression = \"x\"\nat = { x = \"1\" }", "`x` must be a number, not text"),
    ] {
        fs::write(&file, format!("name = \"x\"\nkind = \"graph\"\n[base.graph]\n{text}\n")).expect("written");
        let (code, _, log) = sweep(&file);
        assert!(code == 2 && log.contains(say) && log.contains("x.toml:"), "{text}\n{log}");
    }
    fs::remove_dir_all(&dir).expect("removed");
}

/// By the place of each trial in a table.
fn near(found: &[f64], expected: &[f64], within: f64) {
    assert_eq!(found.len(), expected.len());
    assert!(found.iter().zip(expected).all(|(f, e)| (f - e).abs() <= within), "{found:?}\n{expected:?}");
}

/// MISSION B2, B4, B5 and B8: three samples under the hinge of Weston and Watkins (2.9, 0 and 12.9, where the text drops two margins and has
/// 10.9), that of Crammer and Singer, and cross-entropy. By hand for the first sample: exp gives 24.5, 164.0 and 0.18, so p = 0.13 and
/// −ln p = 2.0403 (0.886 in base 10); slopes are p − onehot.
#[test]
fn losses_of_scores_by_hand() {
    let [epochs, trials] = swept("scores", &["scores"]);
    let loss = numbers(&trials, "loss");
    near(&loss[..6], &[2.9, 0.0, 12.9, 2.9, 0.0, 6.6], 1e-12);
    near(&[loss[..3].iter().sum::<f64>() / 3.0], &[5.2667], 5e-5);
    near(&loss[6..7], &[2.0403], 1e-4);
    let of = |table: &[Vec<String>], name: &str, row: usize| {
        let place = table[0].iter().position(|h| h == name).unwrap_or_else(|| panic!("no column {name}"));
        table[row + 1][place].clone()
    };
    let number = |name: &str, row: usize| of(&trials, name, row).parse::<f64>().expect("a number");
    assert!((number("loss_base10", 6) - 0.886).abs() < 5e-4 && (number("probability_final", 6) - 0.13).abs() < 5e-4);
    assert!(of(&trials, "probability", 0).is_empty() && of(&trials, "loss_base10", 5).is_empty(), "margins are no probabilities");
    let (output, gradient) = (numbers(&epochs, "output"), numbers(&epochs, "gradient"));
    let total = 24.5 + 164.0 + 0.18;
    near(&output[18..21], &[24.5 / total, 164.0 / total, 0.18 / total], 5e-4);
    near(&gradient[18..21], &[24.5 / total - 1.0, 164.0 / total, 0.18 / total], 5e-4);
    near(&gradient[6..9], &[1.0, 1.0, -2.0], 0.0);
    near(&gradient[15..18], &[0.0, 1.0, -1.0], 0.0);
}

/// MISSION B4: a shift of all scores changes nothing, and scores of ±10000 stay finite; a truth that lies 20000 below costs 20000 nats.
#[test]
fn softmax_does_not_see_a_shift() {
    let [_, trials] = swept("softmax-shift", &["scores"]);
    near(&numbers(&trials, "loss"), &[2.040355, 2.040355, 2.040355, 2.040355, 2.040355, 20_000.0], 1e-6);
    near(&numbers(&trials, "probability")[..5], &[0.129983; 5], 1e-6);
}

/// MISSION D7, by hand for residuals of 0.5 and 3: |r|, r²/2, r², and Huber's with delta = 1: r²/2, then |r| − 1/2.
#[test]
fn losses_of_numbers_by_hand() {
    let [epochs, trials] = swept("loss-values", &["scores"]);
    assert_eq!(numbers(&trials, "loss"), [0.5, 3.0, 0.125, 4.5, 0.25, 9.0, 0.125, 2.5]);
    assert_eq!(numbers(&epochs, "gradient"), [1.0, 1.0, 0.5, 3.0, 1.0, 6.0, 0.5, 1.0]);
}

/// One score of 0 says nothing: ln 2 whatever is true. What does not go together is refused at its place.
#[test]
fn scores_that_fit_nothing() {
    let dir = scratch("scores-refused");
    let (file, out) = (dir.join("x.toml"), dir.join("out"));
    let tried = |words: &str, text: &str| {
        fs::write(&file, format!("name = \"x\"\nkind = \"scores\"\n[base]\n{text}\n")).expect("written");
        let mut all: Vec<&str> = words.split(' ').collect();
        all.extend([file.to_str().expect("UTF-8"), "--out", out.to_str().expect("UTF-8")]);
        run(&all[..if words == "sweep" { all.len() } else { all.len() - 2 }])
    };
    assert_eq!(tried("sweep", "scores = { values = [0.0], truth = 1 }").0, 0);
    let text = fs::read_to_string(out.join("x/trials.csv")).expect("a table");
    let table: Vec<Vec<String>> = text.lines().map(|l| l.split(',').map(String::from).collect()).collect();
    near(&numbers(&table, "loss"), &[std::f64::consts::LN_2], 1e-12);
    near(&numbers(&table, "probability"), &[0.5], 1e-12);
    for (text, say) in [
        ("scores.truth = 3", "3 is no class: 3 scores are those of 0 to 2"),
        ("scores = { values = [1], truth = 2 }", "one score tells the classes 0 and 1 apart"),
        ("scores.values = []", "must have a score"),
        ("scores.values = [1, \"a\"]", "must be a number, not text"),
        (
            "scores = { values = [1], truth = 0 }\nmodel.loss = \"weston-watkins\"",
            "there is one score, and this loss needs one for each class",
        ),
        ("model.loss = \"mse\"", "loss `mse` compares each score with a number, and scores.target has none"),
        ("scores.target = [1, 2]", "2 numbers for 3 scores"),
        ("scores.target = [1, 2, 3]\nmodel.loss = \"crammer-singer\"", "scores.target has numbers, and this loss predicts classes"),
        ("model.head = \"sigmoid\"", "`sigmoid` does not go with loss `cross-entropy` on 3 scores; possible: softmax"),
        ("train.lr = 0.1", "unknown"),
    ] {
        let (code, _, log) = tried("sweep", text);
        assert!(code == 2 && log.contains(say) && log.contains("x.toml:"), "{text}\n{log}");
    }
    // At a kink there is no slope to compare with; elsewhere there is.
    for (text, say) in
        [("model.loss = \"mae\"\nscores = { values = [1, 2], target = [1, 3] }", "at a kink"), ("", "1 combinations, 0 failed")]
    {
        let (code, printed, log) = tried("gradcheck", text);
        assert!(code == 0 && printed.contains(say), "{printed}{log}");
    }
    fs::remove_dir_all(&dir).expect("removed");
}
