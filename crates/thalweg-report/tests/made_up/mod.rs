//! Tables of made-up runs: from none at all to names that no figure has room for.

use thalweg_report::groups::{groups, ranked};
use thalweg_report::plot::Subject;
use thalweg_report::plot::curves::Curves;
use thalweg_report::{At, Column, Examined, Look, ReportError, Sheet, Table, Tables, Template, Templates, summarise};

/// A run with its name.
pub struct Case {
    /// What is special about it.
    pub name: &'static str,
    /// What the report is about.
    pub sheet: Sheet,
    tables: Tables,
}

/// One trial of a made-up run.
struct Trial {
    cells: Vec<String>,
    seed: i64,
    status: &'static str,
    metric: Option<f64>,
}

/// What becomes of the trial at (configuration, seed).
type Fate = fn(usize, i64) -> (&'static str, Option<f64>);

const N_EPOCHS: i64 = 6;

fn fine(config: usize, seed: i64) -> (&'static str, Option<f64>) {
    ("ok", Some(0.2 + 0.05 * (config as f64 * 7.0 % 11.0) + 0.003 * seed as f64))
}

/// Every case.
pub fn cases() -> Vec<Case> {
    let texts = |values: &[&str]| values.iter().map(|v| v.to_string()).collect::<Vec<_>>();
    let rates = || texts(&["0.001", "0.01", "0.1", "1.0"]);
    let long = "a-value-with-a-name-of-exactly-sixty-characters-and-not-more".to_string();
    assert_eq!(long.len(), 60);
    let forty: Vec<String> = (0..40).map(|i| format!("value number {i}")).collect();
    let markup = texts(&["<script>alert(1)</script>", "\"quoted\" & 'so'", "=1+1", "a,b;c"]);
    let many: Vec<String> = (0..90).map(|i| format!("{}", 0.000_1 * 1.1f64.powi(i))).collect();
    let batch = || texts(&["8", "64"]);
    vec![
        case("plain", &[("train.lr", rates()), ("train.batch", batch())], 3, fine),
        case("no axis", &[], 3, fine),
        case("no trial", &[("train.lr", Vec::new()), ("train.batch", Vec::new())], 3, fine),
        case("one trial", &[("train.lr", rates()[..1].to_vec())], 1, fine),
        case("all diverged", &[("train.lr", rates()), ("train.batch", batch())], 2, |_, _| ("diverged", None)),
        case("all failed", &[("train.lr", rates())], 2, |_, _| ("failed", None)),
        case("one seed", &[("train.lr", rates()), ("train.batch", batch())], 1, fine),
        case("forty words", &[("model.activation", forty), ("train.batch", batch())], 2, fine),
        case("markup", &[("data.<path>\"", markup), ("train.lr", rates())], 2, fine),
        case("long names", &[(LONG_AXIS, vec![long.clone(), format!("{long}-2")]), ("train.lr", rates())], 2, fine),
        case("no metric", &[("train.lr", rates()), ("train.batch", batch())], 2, |_, _| ("ok", None)),
        case("NaN and infinite", &[("train.lr", rates())], 2, |c, s| {
            ("ok", Some(if c == 1 { f64::NAN } else { fine(c, s).1.unwrap_or(0.0) }))
        }),
        case("huge and tiny", &[("train.lr", texts(&["1e-300", "0.1", "1e300"]))], 2, |c, s| {
            ("ok", Some(10f64.powi(100 * c as i32 - 150) * (1.0 + 0.1 * s as f64)))
        }),
        case("constant", &[("train.lr", rates())], 3, |_, _| ("ok", Some(0.5))),
        case("drawn at random", &[("train.lr", many)], 1, |c, s| if c > 70 { ("diverged", None) } else { fine(c, s) }),
        case("one cell diverged", &[("train.lr", rates()), ("train.batch", batch())], 2, |c, s| {
            if c == 3 { ("diverged", None) } else { fine(c, s) }
        }),
        case(
            "one cell missing",
            &[("train.lr", rates()), ("train.batch", batch())],
            2,
            |c, s| if c == 3 { ("", None) } else { fine(c, s) },
        ),
        case("an axis that is not everywhere", &[("train.lr", rates()), ("model.leak", texts(&["", "0.1", "0.2"]))], 2, fine),
    ]
}

const LONG_AXIS: &str = "model.a-setting-whose-name-alone-is-longer-than-most-figures-are-wide-at-this-size";

fn case(name: &'static str, axes: &[(&str, Vec<String>)], n_seeds: i64, fate: Fate) -> Case {
    let mut grid: Vec<Vec<String>> = vec![Vec::new()];
    for (_, values) in axes {
        grid = grid.iter().flat_map(|row| values.iter().map(|v| row.iter().chain([v]).cloned().collect())).collect();
    }
    let mut trials = Vec::new();
    for (config, cells) in grid.iter().enumerate() {
        for seed in 0..n_seeds {
            let (status, metric) = fate(config, seed);
            trials.push(Trial { cells: cells.clone(), seed, status, metric });
        }
    }
    trials.retain(|t| !t.status.is_empty());
    let sheet = Sheet {
        name: "made-up".into(),
        question: "Is <b>this</b> & that \"so\"?".into(),
        axes: axes.iter().map(|a| a.0.to_string()).collect(),
        headline: None,
        progress: "epoch",
        metric: "valid_loss".into(),
        at: At::BestEpoch,
        plots: None,
        look: Look::default(),
        notes: Vec::new(),
        n_planned: trials.len(),
        settings_toml: String::new(),
        environment: Vec::new(),
    };
    let tables = tables(&trials, &sheet);
    Case { name, sheet, tables }
}

fn tables(all: &[Trial], sheet: &Sheet) -> Tables {
    let text = |name: &str, f: &dyn Fn(&Trial) -> String| Column::text(name, all.iter().map(|t| Some(f(t))).collect());
    let float = |name: &str, f: &dyn Fn(&Trial) -> Option<f64>| Column::float(name, all.iter().map(f).collect());
    let int = |name: &str, f: &dyn Fn(&Trial) -> Option<i64>| Column::int(name, all.iter().map(f).collect());
    let key = |t: &Trial| format!("key-{}-{}", t.cells.join("|"), t.seed);
    let config = |t: &Trial| format!("config-{}", t.cells.join("|"));
    let identity = || vec![text("key", &key), text("config", &config), int("seed", &|t| Some(t.seed))];
    let mut columns = identity();
    for (i, axis) in sheet.axes.iter().enumerate() {
        columns.push(Column::text(axis, all.iter().map(|t| Some(t.cells[i].clone()).filter(|c| !c.is_empty())).collect()));
    }
    columns.push(text("status", &|t| t.status.into()));
    columns.push(int("overfit_onset", &|t| (t.seed % 2 == 0).then_some(4)));
    for (name, factor) in [
        ("valid_loss", 1.0),
        ("loss", 1.0),
        ("loss_base10", 0.4),
        ("train_loss", 0.6),
        ("test_loss", 1.1),
        ("weight_norm", 3.0),
        ("height", 4.0),
        ("width", 4.0),
        ("channels", 3.0),
        ("n_elements", 48.0),
    ] {
        columns.push(float(name, &|t| t.metric.map(|m| factor * m)));
        columns.push(float(&format!("{name}_final"), &|t| t.metric.map(|m| factor * m)));
    }
    columns.push(text("convergence", &|t| if t.seed % 2 == 0 { "converged".into() } else { "slow".into() }));
    columns.push(float("gap_final", &|t| t.metric.map(|m| 0.4 * m)));
    let trials = Table::new(columns).expect("a table");
    let mut timed = identity();
    timed.push(int("session", &|t| (t.seed != 7).then_some(1 + t.seed % 2)));
    timed.push(int("worker", &|t| Some(t.seed % 4)));
    timed.push(float("start_seconds", &|t| Some(0.5 * t.cells.len() as f64 + t.seed as f64)));
    timed.push(float("wall_seconds", &|_| Some(0.4)));
    let mut failures = identity();
    failures.extend(["status", "reason", "repeat"].map(|name| text(name, &|t| t.status.into())));
    Tables {
        epochs: epochs(all, &key, &config),
        layers: Some(layers(all, &key, &config)),
        backdrop: Some(backdrop(all, &config)),
        nodes: Some(nodes(all, &config)),
        halving: None,
        claims: Vec::new(),
        examined: Some(examined(all, &key, &config)),
        summary: summarise(&trials, sheet).expect("a summary"),
        failures: Table::new(failures).expect("a table"),
        timings: Table::new(timed).expect("a table"),
        trials,
    }
}

type Name<'a> = &'a dyn Fn(&Trial) -> String;

/// Three classes with one confused, pictures of 4 × 4, and a plane or a curve for each configuration.
fn examined(all: &[Trial], key: Name<'_>, config: Name<'_>) -> Examined {
    let classes = ["0", "<b>one</b>", "a class with a long name"];
    let judged: Vec<(&Trial, i64)> = all.iter().flat_map(|t| (0..9).map(move |sample| (t, sample))).collect();
    let class = |i: i64| Some(classes[(i % 3) as usize].to_string());
    let text = |name: &str, f: &dyn Fn(&Trial, i64) -> Option<String>| Column::text(name, judged.iter().map(|(t, i)| f(t, *i)).collect());
    let number = |name: &str, f: &dyn Fn(i64) -> f64| Column::float(name, judged.iter().map(|(_, i)| Some(f(*i))).collect());
    let predictions = Table::new(vec![
        text("key", &|t, _| Some(key(t))),
        text("config", &|t, _| Some(config(t))),
        Column::int("seed", judged.iter().map(|(t, _)| Some(t.seed)).collect()),
        Column::int("sample", judged.iter().map(|(_, i)| Some(*i)).collect()),
        text("truth", &|_, i| class(i)),
        text("predicted", &|_, i| class(if i == 4 { i + 1 } else { i })),
        number("p_first", &|i| 0.9 - 0.05 * i as f64),
        text("second", &|_, i| class(i + 2)),
        number("p_second", &|i| 0.1 + 0.04 * i as f64),
    ]);
    let pixels: Vec<(i64, i64)> = (0..9).flat_map(|sample| (0..16).map(move |i| (sample, i))).collect();
    let of = |name: &str, f: &dyn Fn(i64, i64) -> i64| Column::int(name, pixels.iter().map(|(s, i)| Some(f(*s, *i))).collect());
    let pixels = Table::new(vec![
        of("sample", &|s, _| s),
        of("x", &|_, i| i % 4),
        of("y", &|_, i| i / 4),
        of("red", &|s, i| (s * 20 + i * 5) % 256),
        of("green", &|s, i| (s * 20 + i * 5) % 256),
        of("blue", &|s, i| (s * 20 + i * 5) % 256),
    ]);
    let template = |name: &str, size: f64| Template { name: name.into(), weights: (0..12).map(|i| size * (i as f64 - 5.5)).collect() };
    let shown = vec![template("0", 0.1), template(LONG_AXIS, -0.2), template("<b>none</b>", 0.0), template("not a number", f64::NAN)];
    let templates =
        Templates { shown, n_columns: 4, n_channels: 3, n_units: 40, are_outputs: false, transforms: "unit-scale".into(), seed: 1 };
    let made = |table: Result<Table, _>| Some(table.expect("a table"));
    Examined {
        predictions: made(predictions),
        pixels: made(pixels),
        regions: Some(regions(all, config)),
        templates: Some(templates),
        part: "test".into(),
    }
}

/// What a configuration's model makes of the plane, in turn: margins with support vectors, some of them wrong; a probability for twelve
/// classes; margins with a hole that has no value; a decision value that is constant; nothing that is a number; and one class alone.
/// A run of one seed has curves: one far too high, one without some values, one without any.
fn regions(all: &[Trial], config: Name<'_>) -> Table {
    let classes: Vec<String> = ["0", "<b>one</b>", "a class with a long name"]
        .into_iter()
        .map(String::from)
        .chain((3..12).map(|i| format!("class {i}")))
        .collect();
    let mut configs: Vec<String> = all.iter().map(config).collect();
    configs.dedup();
    let are_curves = all.len() > 1 && all.iter().all(|t| t.seed == 0);
    let (mut words, mut numbers) = (vec![Vec::new(); 5], vec![Vec::new(); 4]);
    for (i, config) in configs.iter().enumerate() {
        let mut push = |what: &str, at: (f64, f64), class: Option<usize>, is_support: bool| {
            let f = (at.0 - 3.0) + 0.3 * (at.1 - 3.0);
            let is_hole = (2.0..4.0).contains(&at.0) && at.1 > 4.0;
            let (p, f) = match i % 6 {
                0 => (None, Some(f)),
                1 => (Some((f.abs() / 3.0).min(1.0)), None),
                2 => (None, (!is_hole).then_some(f)),
                3 => (Some(0.5), Some(0.0)),
                4 => (Some(f64::NAN), Some(f64::NAN)),
                _ => (None, None),
            };
            let predicted = match f {
                _ if are_curves => None,
                Some(f) if f.is_nan() => None,
                Some(f) => Some(usize::from(f > 0.0)),
                None if i % 6 == 1 => Some(at.0 as usize),
                None => Some(0),
            };
            let name = |class: Option<usize>| class.map(|c| classes[c].clone());
            let role = is_support.then(|| "support".to_string());
            let row = [Some(config.clone()), Some(what.to_string()), name(class), name(predicted), role];
            words.iter_mut().zip(row).for_each(|(column, word)| column.push(word));
            numbers.iter_mut().zip([Some(at.0), Some(at.1), p, f]).for_each(|(column, number)| column.push(number));
        };
        if are_curves {
            for j in 0..40 {
                let (x, y) = (j as f64 / 8.0, (j as f64 / 4.0).sin());
                let y = match i % 4 {
                    0 => y,
                    1 => 1e6 * y,
                    2 if j % 10 == 3 => f64::NAN,
                    2 => y,
                    _ => f64::NAN,
                };
                push("curve", (x, y), None, false);
                push(if j % 3 == 0 { "train" } else { "test" }, (x, (j as f64 / 4.0).cos()), None, false);
            }
            continue;
        }
        for j in 0..49 {
            push("grid", ((j % 7) as f64, (j / 7) as f64), None, false);
        }
        for j in 0..30usize {
            let at = ((j % 5) as f64 + 0.5, (j % 6) as f64 + 0.2);
            let part = if j % 2 == 0 { "train" } else { "test" };
            push(part, at, Some(if i % 6 == 1 { j % classes.len() } else { j % 2 }), part == "train" && i % 6 == 0);
        }
    }
    let text = |name: &str, cells: &Vec<Option<String>>| Column::text(name, cells.clone());
    let names = ["config", "what", "class", "predicted", "role"];
    let columns = names.iter().zip(&words).map(|(name, cells)| text(name, cells));
    let floats = ["x", "y", "p", "f"].iter().zip(numbers).map(|(name, cells)| Column::float(name, cells));
    Table::new(columns.chain(floats).collect()).expect("a table")
}

/// A quantity that falls by epoch from a trial's metric.
fn at(t: &Trial, epoch: i64, factor: f64) -> Option<f64> {
    t.metric.map(|m| factor * m * (1.0 + 1.0 / epoch as f64))
}

fn epochs(all: &[Trial], key: Name<'_>, config: Name<'_>) -> Table {
    let rows: Vec<(&Trial, i64)> = all.iter().flat_map(|t| (1..=N_EPOCHS).map(move |e| (t, e))).collect();
    let mut columns = vec![
        Column::text("key", rows.iter().map(|r| Some(key(r.0))).collect()),
        Column::text("config", rows.iter().map(|r| Some(config(r.0))).collect()),
        Column::int("seed", rows.iter().map(|r| Some(r.0.seed)).collect()),
        Column::int("epoch", rows.iter().map(|r| Some(r.1)).collect()),
        Column::float("lr", rows.iter().map(|r| Some(1e-4 * 3f64.powi(r.1 as i32))).collect()),
    ];
    let names = [
        "train_loss",
        "valid_loss",
        "weight_norm",
        "x",
        "y",
        "value",
        "gradient",
        "z",
        "slope",
        "theta",
        "likelihood",
        "log_likelihood",
        "red",
        "green",
        "blue",
        "gray",
    ];
    for (i, name) in names.into_iter().enumerate() {
        columns.push(Column::float(name, rows.iter().map(|r| at(r.0, r.1, 0.5 + 0.1 * i as f64)).collect()));
    }
    Table::new(columns).expect("a table")
}

fn layers(all: &[Trial], key: Name<'_>, config: Name<'_>) -> Table {
    let names = ["dense 1", "a layer with a name that no legend has room for, <really>", "dense 3"];
    let of = |t| (1..=N_EPOCHS).flat_map(move |e| (0..names.len()).map(move |l| (t, e, l)));
    let rows: Vec<(&Trial, i64, usize)> = all.iter().flat_map(of).collect();
    let mut columns = vec![
        Column::text("key", rows.iter().map(|r| Some(key(r.0))).collect()),
        Column::text("config", rows.iter().map(|r| Some(config(r.0))).collect()),
        Column::int("seed", rows.iter().map(|r| Some(r.0.seed)).collect()),
        Column::int("epoch", rows.iter().map(|r| Some(r.1)).collect()),
        Column::text("layer", rows.iter().map(|r| Some(names[r.2].to_string())).collect()),
    ];
    for name in ["grad_norm", "dead_fraction", "saturated_fraction"] {
        columns.push(Column::float(name, rows.iter().map(|r| at(r.0, r.1, 0.3 * (r.2 + 1) as f64)).collect()));
    }
    Table::new(columns).expect("a table")
}

/// A bowl, under which paths are drawn; then three scores for each configuration, one of which is no number.
fn backdrop(all: &[Trial], config: Name<'_>) -> Table {
    let points: Vec<(i64, i64)> = (-8..=8).flat_map(|x| (-8..=8).map(move |y| (x, y))).collect();
    let rows: Vec<(&Trial, usize)> = all.iter().filter(|t| t.seed == 0).flat_map(|t| (0..3).map(move |j| (t, j))).collect();
    let of_surface = |f: &dyn Fn(&(i64, i64)) -> Option<i64>| points.iter().map(f).chain(rows.iter().map(|_| None)).collect();
    let text = |name: &str, word: Option<&str>, f: &dyn Fn(&(&Trial, usize)) -> String| {
        Column::text(name, points.iter().map(|_| word.map(String::from)).chain(rows.iter().map(|r| Some(f(r)))).collect())
    };
    let number = |name: &str, f: &dyn Fn(usize) -> Option<f64>| {
        Column::float(name, points.iter().map(|_| None).chain(rows.iter().map(|r| f(r.1))).collect())
    };
    let height = points.iter().map(|p| Some((p.0 * p.0 + 4 * p.1 * p.1) as f64)).chain(rows.iter().map(|r| Some(0.3 * r.1 as f64)));
    Table::new(vec![
        text("surface", Some("bowl"), &|_| String::new()),
        text("config", None, &|r| config(r.0)),
        Column::int("x", of_surface(&|p| Some(p.0))),
        Column::int("y", of_surface(&|p| Some(p.1))),
        Column::float("value", height.collect()),
        text("loss", None, &|_| "cross-entropy".into()),
        text("unit", None, &|_| "nats".into()),
        text("label", None, &|r| if r.1 == 1 { "class 1, the truth".into() } else { LONG_AXIS.into() }),
        text("beside", None, &|_| "probability".into()),
        number("score", &|j| [Some(-1e4), Some(3.0), None][j]),
        number("gradient", &|j| [Some(0.4), Some(-0.4), Some(f64::NAN)][j]),
    ])
    .expect("a table")
}

/// A sum of two leaves for each configuration.
fn nodes(all: &[Trial], config: Name<'_>) -> Table {
    let rows: Vec<(&Trial, i64)> = all.iter().filter(|t| t.seed == 0).flat_map(|t| (0..3).map(move |node| (t, node))).collect();
    let parent = |of: i64| move |r: &(&Trial, i64)| (r.1 == 2).then_some(of);
    let text = |name: &str, f: &dyn Fn(&(&Trial, i64)) -> String| Column::text(name, rows.iter().map(|r| Some(f(r))).collect());
    Table::new(vec![
        text("config", &|r| config(r.0)),
        text("expression", &|r| ["x", "a name that no node has room for", "x + y"][r.1 as usize].into()),
        text("operation", &|r| if r.1 == 2 { "+".into() } else { String::new() }),
        Column::int("left", rows.iter().map(parent(0)).collect()),
        Column::int("right", rows.iter().map(parent(1)).collect()),
        Column::float("value", rows.iter().map(|r| at(r.0, 1, 1e7)).collect()),
        Column::float("gradient", rows.iter().map(|r| at(r.0, 1, 1e-7)).collect()),
    ])
    .expect("a table")
}

/// Hands over what plots draw from.
pub fn subject_of<T>(case: &Case, look: Look, draw: impl Fn(&Subject<'_>) -> Result<T, ReportError>) -> Result<T, ReportError> {
    let sheet = Sheet { look, ..case.sheet.clone() };
    let found = groups(&case.tables.trials, &sheet)?;
    let order = ranked(&found, &sheet);
    let curves = Curves::new(&case.tables.epochs, &case.tables.trials)?;
    draw(&Subject { tables: &case.tables, sheet: &sheet, groups: &found, order: &order, curves: &curves })
}
