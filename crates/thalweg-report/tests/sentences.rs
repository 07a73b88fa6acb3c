//! The first card's sentences, the answer, and the figures of importance and distribution, on small made-up experiments.

use thalweg_report::groups::{groups, ranked};
use thalweg_report::headline::headline;
use thalweg_report::plot::{Subject, curves::Curves, draw_all, parse_plot_request};
use thalweg_report::{At, Column, Look, Sheet, Table, Tables, answer, summarise};

/// A trial: the values of the axes, its seed, and its loss; without one it diverged.
type Trial = (&'static [&'static str], i64, Option<f64>);

fn sheet(axes: &[&str]) -> Sheet {
    Sheet {
        name: "made-up".into(),
        question: "?".into(),
        axes: axes.iter().map(|a| a.to_string()).collect(),
        headline: None,
        progress: "epoch",
        metric: "valid_loss".into(),
        at: At::BestEpoch,
        plots: Some(["importance", "edf"].map(|p| parse_plot_request(p).expect("a plot")).into()),
        look: Look::default(),
        notes: Vec::new(),
        n_planned: 0,
        settings_toml: String::new(),
        environment: Vec::new(),
    }
}

/// The card, the answer, and the captions of the two figures.
fn report(axes: &[&str], trials: &[Trial]) -> (String, String, Vec<String>) {
    let sheet = sheet(axes);
    let text = |f: &dyn Fn(&Trial) -> String| trials.iter().map(|t| Some(f(t))).collect::<Vec<_>>();
    let mut columns = vec![Column::text("key", (0..trials.len()).map(|i| Some(format!("k{i}"))).collect())];
    columns.push(Column::text("config", text(&|t| t.0.join("-"))));
    for (i, axis) in axes.iter().enumerate() {
        columns.push(Column::text(axis, text(&|t| t.0[i].to_string())));
    }
    columns.push(Column::int("seed", trials.iter().map(|t| Some(t.1)).collect()));
    columns.push(Column::text("status", text(&|t| if t.2.is_some() { "ok" } else { "diverged" }.into())));
    columns.push(Column::float("valid_loss", trials.iter().map(|t| t.2).collect()));
    let trials_table = Table::new(columns).expect("a table");
    let empty = || Table::new(vec![Column::text("key", Vec::new())]).expect("a table");
    let epochs = Table::new(vec![
        Column::text("key", Vec::new()),
        Column::text("config", Vec::new()),
        Column::int("seed", Vec::new()),
        Column::int("epoch", Vec::new()),
        Column::float("valid_loss", Vec::new()),
    ]);
    let tables = Tables {
        summary: summarise(&trials_table, &sheet).expect("a summary"),
        trials: trials_table,
        epochs: epochs.expect("a table"),
        layers: None,
        backdrop: None,
        nodes: None,
        halving: None,
        claims: Vec::new(),
        examined: None,
        failures: empty(),
        timings: empty(),
    };
    let found = groups(&tables.trials, &sheet).expect("groups");
    let (order, curves) = (ranked(&found, &sheet), Curves::new(&tables.epochs, &tables.trials).expect("curves"));
    let subject = Subject { tables: &tables, sheet: &sheet, groups: &found, order: &order, curves: &curves };
    let captions = draw_all(&subject).expect("drawn").into_iter().map(|(_, drawn)| drawn.caption).collect();
    (headline(&subject).expect("sentences").join("\n"), answer(&subject).expect("a sentence"), captions)
}

fn says(text: &str, words: &[&str]) {
    words.iter().for_each(|w| assert!(text.contains(w), "{text:?} does not say {w:?}"));
}

#[test]
fn one_seed_says_nothing_of_noise() {
    let (card, answer, captions) = report(&["train.lr"], &[(&["0.1"], 0, Some(1.0)), (&["0.2"], 0, Some(2.0))]);
    says(&card, &["One seed says nothing of noise", "the lead is 1, and one seed says nothing of noise"]);
    says(&answer, &["best is lr = 0.1", "by one seed, which says nothing of noise"]);
    says(&captions[0], &["One seed: noise is hidden"]);
    for text in [&card, &answer, &captions[0]] {
        assert!(!text.contains("±") && !text.contains("NaN"), "{text}");
    }
}

#[test]
fn a_lead_beyond_noise_is_called_so() {
    let noise = [0.01, -0.02, 0.015, 0.0, -0.005];
    let trials: Vec<Trial> = [("0.1", 1.0), ("0.2", 2.0)]
        .iter()
        .flat_map(|(lr, mean)| noise.iter().enumerate().map(move |(s, e)| (lr, s as i64, Some(mean + e * mean))))
        .map(|(lr, seed, loss)| (std::slice::from_ref(lr), seed, loss))
        .collect();
    let (card, answer, _) = report(&["train.lr"], &trials);
    says(&card, &["It is told apart from all others", "more than seed noise", "the best is best within 5 of 5 seeds"]);
    says(&answer, &["train.lr makes 100 % of the variance of valid_loss", "no other comes near it"]);
}

/// By hand: differences 0.1, −0.1, 0.1, −0.1, 0.05 have mean 0.01 and standard deviation 0.1025: an effect of 0.098, beyond 800 seeds
/// (Lehr's rule for pairs: 8 / 0.098² = 840).
#[test]
fn a_lead_within_noise_says_how_many_seeds_would_do() {
    let a = [1.0, 1.1, 1.0, 1.1, 1.0];
    let b = [1.1, 1.0, 1.1, 1.0, 1.05];
    let trials: Vec<Trial> =
        (0..5).map(|s| (&["a"][..], s as i64, Some(a[s]))).chain((0..5).map(|s| (&["b"][..], s as i64, Some(b[s])))).collect();
    let (card, answer, _) = report(&["model.activation"], &trials);
    says(
        &card,
        &[
            "2 of 2 configurations, itself included, cannot be told apart",
            "not more than seed noise",
            "more seeds would tell the two apart",
        ],
    );
    says(&answer, &["Seeds and noise matter more than any setting", "one other cannot be told apart"]);
    let n: f64 = card.split("about ").nth(1).and_then(|t| t.split(' ').next()).and_then(|n| n.parse().ok()).expect("a number");
    assert!((780.0..880.0).contains(&n), "{card}");
}

#[test]
fn what_diverged_is_never_called_best_and_unbalances_the_grid() {
    let all: [Trial; 4] = [(&["a"], 0, None), (&["a"], 1, Some(0.1)), (&["b"], 0, None), (&["b"], 1, Some(0.2))];
    let (card, answer, captions) = report(&["model.activation"], &all);
    says(&card, &["none is called best", "2 trials diverged"]);
    says(&answer, &["Every configuration has trials that diverged"]);
    says(&captions[1], &["Trials without a value never get there"]);
    let (card, answer, captions) = report(&["model.activation"], &[(&["a"], 0, None), (&["b"], 0, None)]);
    says(&card, &["No trial ended well"]);
    says(&answer, &["the question stays open"]);
    says(&captions[0], &["No importance of settings"]);
    let some: [Trial; 6] = [
        (&["a"], 0, Some(0.3)),
        (&["a"], 1, Some(0.1)),
        (&["b"], 0, None),
        (&["b"], 1, Some(0.2)),
        (&["c"], 0, Some(0.9)),
        (&["c"], 1, Some(0.8)),
    ];
    let (card, _, captions) = report(&["model.activation"], &some);
    says(&card, &["One trial diverged"]);
    says(&captions[0], &["do not add up", "1 trial without a value is left out"]);
}

#[test]
fn nothing_swept_is_no_error() {
    let (card, answer, captions) = report(&[], &[(&[], 0, Some(1.0)), (&[], 1, Some(1.5))]);
    says(&card, &["There is no other configuration"]);
    says(&answer, &["The only configuration has mean valid_loss 1.25"]);
    says(&captions[0], &["no setting has two values"]);
    says(&captions[1], &["all trials (n = 2)"]);
}
