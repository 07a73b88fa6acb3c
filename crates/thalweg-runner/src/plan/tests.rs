//! What is made from a place, and what is named by family, is what would have been without.

use std::path::Path;

use super::*;
use crate::kind::KINDS;
use crate::library::Library;
use crate::settings::SETTINGS;

fn experiment(text: &str) -> Arc<Experiment> {
    let file = crate::file::parse(Path::new("t.toml"), format!("name = \"t\"\n{text}")).expect("a file");
    Arc::new(crate::check::check(&file).unwrap_or_else(|p| panic!("{}", p.render(crate::diagnose::Color::Plain))))
}

/// All of a trial's settings.
fn text_of(trial: &Trial) -> String {
    SETTINGS.iter().map(|s| format!("{}={};", s.path, (s.get)(trial).canonical())).collect()
}

/// One of everything that makes points: settings that are taken as written and others, in both orders of their names.
const LANGUAGE: &[&str] = &[
    "[axes]\ntrain.lr = [0.1, 0.2]\ntrain.schedule = [\"constant\", \"cosine\"]\ntrain.lambda = [0.0, 1e-3]\nmodel.hidden = [[4], [8, 8]]\n",
    "[axes]\ntrain.batch = [32, \"all\"]\nmodel.activation = [\"relu\", \"leaky-relu\", \"elu\"]\n[[when]]\nif = 'model.activation == \"leaky-relu\"'\nmodel.leak = [0.01, 0.2]\n[[when]]\nif = 'model.activation != \"relu\"'\ntrain.lr = [0.3, 0.4]\n[[include]]\ntrain.lr = 0.7\n[[include]]\ntrain.batch = 10\n",
    "[[zip]]\nname = \"size\"\nmodel.hidden = [[4], [8]]\ntrain.epochs = [2, 3]\n[axes]\ntrain.momentum = [0.5, 0.9]\n[replicates]\nseeds = [3, 5]\nvary = [\"init\", \"split\"]\n",
    "[axes]\ntrain.lr = { log-uniform = [1e-3, 1.0] }\nmodel.dropout = { uniform = [0.0, 0.5] }\nmodel.activation = [\"relu\", \"elu\"]\n[[when]]\nif = 'model.activation == \"elu\"'\nmodel.alpha = { uniform = [0.5, 2.0] }\n[search]\nmethod = \"sobol\"\npoints = 16\n",
    "[base]\ntrain.epochs = 9\n[axes]\ntrain.lr = [0.1, 0.2, 0.4]\n[search]\nmethod = \"halving\"\nmin-epochs = 1\n[record]\nweights = \"state\"\n",
    "kind = \"descent\"\n[axes]\nsurface.name = [\"bowl\", \"parabola\"]\ntrain.lr = [0.1, 0.2]\ntrain.epochs = [3, 4]\n",
];

#[test]
fn a_point_made_again_is_the_point() {
    for text in LANGUAGE {
        let experiment = experiment(text);
        let mut n = 0;
        points::visit(&experiment, &mut |point| {
            let again = points::at(&experiment, point.place, |again| {
                let positions = |p: &Point<'_>| match p.origin {
                    Origin::Axes(places) => places.iter().map(|(axis, i)| (axis.name.clone(), *i)).collect(),
                    Origin::Include(i, _) => vec![("include".to_string(), Some(i))],
                };
                assert_eq!(positions(&again), positions(&point), "{text}");
                text_of(again.trial)
            });
            assert_eq!(again, text_of(point.trial), "{text}");
            n += 1;
            true
        });
        assert!(n > 2, "{text}");
    }
}

/// Names by family are those of each point by itself, and a trial made later is the one that was named.
#[test]
fn names_by_family_are_names_by_point() {
    for text in LANGUAGE {
        let (experiment, library) = (experiment(text), Arc::new(Library::default()));
        let Ok(plan) = expand(&experiment, &library) else { panic!("{text} cannot be planned") };
        let mut alone = Vec::new();
        walk(&experiment, &library, &mut |point, fate| {
            if matches!(fate, Fate::Kept(_)) {
                let Ok(trials) = of_point(&experiment, &library, point) else { panic!("{text}") };
                alone.extend(trials);
            }
            true
        });
        assert_eq!(alone.len(), plan.len());
        alone.sort_by_key(|p| p.key.clone());
        let mut made: Vec<Planned> = plan.trials().collect();
        made.sort_by_key(|p| p.key.clone());
        for (a, b) in alone.iter().zip(&made) {
            assert_eq!((&a.key, &a.config, &a.prefix, &a.cells), (&b.key, &b.config, &b.prefix, &b.cells), "{text}");
            assert_eq!((text_of(&a.trial), &a.seeds, a.cost), (text_of(&b.trial), &b.seeds, b.cost), "{text}");
        }
    }
}

/// What a kind says that it takes as written it neither reads nor changes when it resolves a trial.
#[test]
fn kinds_resolve_what_they_say() {
    let seeds = Seeds { seed: 0, vary: Vec::new() };
    let words = ["adam", "cosine", "l1", "all", "f64", "step", "auto"].map(|w| Value::Text(w.into()));
    let numbers = [0.25, 0.75, 3.5].map(Value::Number).into_iter().chain([2, 7].map(Value::Int)).chain([true, false].map(Value::Bool));
    let values: Vec<Value> = words.into_iter().chain(numbers).collect();
    let mut n = 0;
    for kind in KINDS {
        for setting in kind.settings().filter(|s| !kind.resolves(s.path)) {
            for value in &values {
                let (base, mut with) = (Trial::default(), Trial::default());
                if (setting.set)(&mut with, value).is_err() {
                    continue;
                }
                let resolve = |trial: Trial| (kind.resolve)(trial, &seeds, &Library::default());
                let (Ok(mut before), Ok(after)) = (resolve(base), resolve(with)) else { panic!("{}: {}", kind.name, setting.path) };
                (setting.set)(&mut before.trial, value).expect("accepted before");
                assert_eq!(text_of(&before.trial), text_of(&after.trial), "{}: {}", kind.name, setting.path);
                assert_eq!((before.data_hash, before.cost), (after.data_hash, after.cost), "{}: {}", kind.name, setting.path);
                n += 1;
            }
        }
    }
    assert!(n > 50, "{n} values were tried");
}

/// As many parts as tell files apart, wherever they are seen from.
#[test]
fn paths_are_shown_by_what_tells_them_apart() {
    let seen = |all: &[&str]| -> Vec<String> {
        let all: Vec<String> = all.iter().map(|p| p.to_string()).collect();
        all.iter().map(|path| tail(path, &all)).collect()
    };
    assert_eq!(seen(&["mine/a.csv", "mine/b.csv"]), ["a.csv", "b.csv"]);
    assert_eq!(seen(&["/elsewhere/mine/a.csv", "../../mine/b.csv"]), ["a.csv", "b.csv"]);
    assert_eq!(seen(&["one/data.csv", "two/data.csv"]), ["one/data.csv", "two/data.csv"]);
    assert_eq!(seen(&["../../one/data.csv", "../../two/data.csv"]), ["one/data.csv", "two/data.csv"]);
    assert_eq!(seen(&["a.csv"]), ["a.csv"]);
}
