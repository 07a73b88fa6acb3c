//! What trained models say of their data, for the plots that ask: from the kept parameters in the store, without training.

mod templates;

use std::collections::{HashMap, HashSet};

use ndarray::{Array2, Axis};
use thalweg_data::dataset::{Dataset, Labels, Samples};
use thalweg_report::groups::{Group, groups, ranked};
use thalweg_report::plot::confusion;
use thalweg_report::{Column, Examined, ReportError, Sheet, Table, Wanted, wanted};

use crate::command::data::thumbnail;
use crate::library::Library;
use crate::plan::{Plan, Planned};
use crate::predictor::{Predicted, Predictor};
use crate::store::Store;
use crate::weights;

/// Points along an edge of the grid over the plane, and along a curve.
const GRID: usize = 96;
const CURVE: usize = 200;

/// What the plots of a report ask of trained models; `None` if they ask nothing.
pub fn examine(plan: &Plan, library: &Library, store: &Store, trials: &Table, sheet: &Sheet) -> Result<Option<Examined>, String> {
    let failed = |e: ReportError| e.to_string();
    let found = groups(trials, sheet).map_err(failed)?;
    let wanted = wanted(&found, &ranked(&found, sheet), sheet);
    if wanted == Wanted::default() {
        return Ok(None);
    }
    let places: HashMap<String, usize> = plan.keys().enumerate().map(|(i, key)| (key, i)).collect();
    let keys = trials.text("key").map_err(failed)?;
    let open = |group: &Group| -> Vec<Opened> {
        let of_key = |row: &usize| places.get(keys[*row].as_ref()?).map(|place| plan.trial(*place));
        group.rows.iter().filter_map(of_key).filter_map(|planned| Opened::new(planned, library, store)).collect()
    };
    let mut examined = Examined { part: "test".into(), ..Examined::default() };
    if let Some(group) = wanted.predictions {
        let all: Vec<Opened> = open(&found[group]).into_iter().filter(|o| !o.set().class_names.is_empty()).collect();
        if let Some(first) = all.first() {
            examined.part = first.part().0.into();
            let table = predictions(&all).map_err(failed)?;
            examined.pixels = pixels(first.set(), &table).map_err(failed)?;
            examined.predictions = Some(table);
        }
    }
    // One seed stands for all: the units of another are others, or in another order.
    examined.templates = wanted.templates.and_then(|group| templates::templates(open(&found[group]).first()?));
    let mut regions = Regions::default();
    for group in wanted.regions {
        // One seed stands for all: a boundary has no mean.
        if let Some(opened) = open(&found[group]).first() {
            examined.part = opened.part().0.into();
            regions.add(opened)?;
        }
    }
    examined.regions = regions.table().map_err(failed)?;
    Ok(Some(examined))
}

/// A trial with its model and its data.
struct Opened {
    planned: Planned,
    predictor: Predictor,
    loaded: std::sync::Arc<crate::library::Loaded>,
    parts: thalweg_data::split::Split,
}

impl Opened {
    /// `None` where no parameters were kept: the trial did not end well, or they were lost.
    fn new(planned: Planned, library: &Library, store: &Store) -> Option<Opened> {
        let bytes = store.weights(&planned.key)?;
        let predictor = weights::from_bytes(&bytes, &planned.key[..12]).and_then(Predictor::of).ok()?;
        let loaded = library.dataset(&planned.trial, &planned.seeds).ok()?;
        let parts = library.parts(&planned.trial, &planned.seeds).ok()?;
        Some(Opened { planned, predictor, loaded, parts })
    }

    fn set(&self) -> &Dataset {
        &self.loaded.dataset
    }

    /// The test part, or validation where there is none.
    fn part(&self) -> (&'static str, &[usize]) {
        if self.parts.test.is_empty() { ("valid", &self.parts.valid) } else { ("test", &self.parts.test) }
    }

    fn predict(&self, rows: &[usize]) -> Result<Predicted, String> {
        self.predictor.predict(&match &self.set().x {
            Samples::Bytes(x) => Samples::Bytes(x.select(Axis(0), rows)),
            Samples::Numbers(x) => Samples::Numbers(x.select(Axis(0), rows)),
        })
    }

    /// The likeliest two classes of a row with their probabilities; NaN where scores are margins.
    fn two(&self, predicted: &Predicted, row: usize) -> [(usize, f64); 2] {
        let first = predicted.class(row);
        let is_margin = self.predictor.head.name == "identity";
        let p = |class: usize| match (is_margin, predicted.outputs.ncols()) {
            (true, _) => f64::NAN,
            (_, 1) if class == 0 => 1.0 - predicted.outputs[(row, 0)],
            (_, 1) => predicted.outputs[(row, 0)],
            _ => predicted.outputs[(row, class)],
        };
        let n = self.set().class_names.len();
        let score = |class: usize| if predicted.scores.ncols() == 1 { 0.0 } else { predicted.scores[(row, class)] };
        let second = (0..n).filter(|c| *c != first).reduce(|best, c| if score(c) > score(best) { c } else { best }).unwrap_or(first);
        [(first, p(first)), (second, p(second))]
    }

    /// The decision value of a row of two classes: above 0 for the second.
    fn decision(&self, predicted: &Predicted, row: usize) -> Option<f64> {
        let scores = predicted.scores.row(row);
        match (self.set().class_names.len(), scores.len()) {
            (2, 1) => Some(scores[0]),
            (2, 2) => Some(scores[1] - scores[0]),
            _ => None,
        }
    }
}

fn predictions(all: &[Opened]) -> Result<Table, ReportError> {
    let (mut words, mut numbers) = (vec![Vec::new(); 5], vec![Vec::new(); 2]);
    let (mut seeds, mut samples) = (Vec::new(), Vec::new());
    for opened in all {
        let (set, rows) = (opened.set(), opened.part().1);
        let Labels::Classes(labels) = &set.y else { continue };
        let predicted = opened.predict(rows).map_err(ReportError::Table)?;
        for (i, row) in rows.iter().enumerate() {
            let [(first, p_first), (second, p_second)] = opened.two(&predicted, i);
            let name = |class: usize| Some(set.class_names[class].clone());
            let texts = [
                Some(opened.planned.key.clone()),
                Some(opened.planned.config.clone()),
                name(labels[*row] as usize),
                name(first),
                name(second),
            ];
            words.iter_mut().zip(texts).for_each(|(column, text)| column.push(text));
            numbers.iter_mut().zip([p_first, p_second]).for_each(|(column, p)| column.push(Some(p).filter(|p| p.is_finite())));
            seeds.push(Some(opened.planned.seeds.seed as i64));
            samples.push(Some(*row as i64));
        }
    }
    let mut words = words.into_iter();
    let mut numbers = numbers.into_iter();
    let mut word = |name: &str| Column::text(name, words.next().unwrap_or_default());
    let (key, config) = (word("key"), word("config"));
    let (truth, predicted, second) = (word("truth"), word("predicted"), word("second"));
    let mut number = |name: &str| Column::float(name, numbers.next().unwrap_or_default());
    let (p_first, p_second) = (number("p_first"), number("p_second"));
    Table::new(vec![key, config, Column::int("seed", seeds), Column::int("sample", samples), truth, predicted, p_first, second, p_second])
}

/// The pictures of the samples that the plot shows, where the samples are pictures.
fn pixels(set: &Dataset, predictions: &Table) -> Result<Option<Table>, ReportError> {
    let Some(image) = set.image.filter(|image| matches!(image.channels, 1 | 3)) else { return Ok(None) };
    let mut samples: Vec<i64> = confusion::shown(predictions)?.iter().flatten().map(|j| j.sample).collect();
    samples.sort_unstable();
    samples.dedup();
    let mut columns = vec![Vec::new(); 6];
    for sample in samples {
        let picture = thumbnail(set, image, &set.y, sample as usize);
        for (i, rgb) in picture.rgb.chunks_exact(3).enumerate() {
            let (x, y) = (i % picture.n_columns, i / picture.n_columns);
            let cells = [sample, x as i64, y as i64, i64::from(rgb[0]), i64::from(rgb[1]), i64::from(rgb[2])];
            columns.iter_mut().zip(cells).for_each(|(column, cell)| column.push(Some(cell)));
        }
    }
    let names = ["sample", "x", "y", "red", "green", "blue"];
    Table::new(names.iter().zip(columns).map(|(name, cells)| Column::int(name, cells)).collect()).map(Some)
}

/// Rows of `config, what, x, y, class, predicted, role, p, f`; the report says what they mean.
#[derive(Default)]
struct Regions {
    words: [Vec<Option<String>>; 5],
    numbers: [Vec<Option<f64>>; 4],
}

impl Regions {
    fn push(&mut self, words: [Option<String>; 5], numbers: [Option<f64>; 4]) {
        self.words.iter_mut().zip(words).for_each(|(column, word)| column.push(word));
        self.numbers.iter_mut().zip(numbers).for_each(|(column, number)| column.push(number.filter(|v| v.is_finite())));
    }

    /// Two features and classes, or one feature and a number; nothing of other data.
    fn add(&mut self, opened: &Opened) -> Result<(), String> {
        let (set, config) = (opened.set(), Some(opened.planned.config.clone()));
        let n_features = set.x.dim().1;
        let ends = |column: usize| {
            let values = (0..set.x.dim().0).map(|row| set.x.value(row, column)).filter(|v| v.is_finite());
            let (lo, hi) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(v), hi.max(v)));
            (lo - 0.06 * (hi - lo), hi + 0.06 * (hi - lo))
        };
        let along = |(lo, hi): (f64, f64), i: usize, n: usize| lo + (hi - lo) * (i as f64 + 0.5) / n as f64;
        let parts = [("train", opened.parts.train.as_slice()), opened.part()];
        match &set.y {
            Labels::Classes(labels) if n_features == 2 => {
                let (x, y) = (ends(0), ends(1));
                let grid =
                    Array2::from_shape_fn(
                        (GRID * GRID, 2),
                        |(i, column)| {
                            if column == 0 { along(x, i % GRID, GRID) } else { along(y, i / GRID, GRID) }
                        },
                    );
                let name = |class: usize| Some(set.class_names[class].clone());
                let predicted = opened.predictor.predict(&Samples::Numbers(grid.clone()))?;
                for (i, at) in grid.rows().into_iter().enumerate() {
                    let [(class, p), _] = opened.two(&predicted, i);
                    // Above what a guess would have.
                    let guess = 1.0 / set.class_names.len() as f64;
                    let class = if predicted.scores.row(i).iter().any(|z| z.is_nan()) { None } else { name(class) };
                    let words = [config.clone(), Some("grid".into()), None, class, None];
                    self.push(words, [Some(at[0]), Some(at[1]), Some((p - guess) / (1.0 - guess)), opened.decision(&predicted, i)]);
                }
                let support: HashSet<usize> = opened.predictor.support().iter().copied().collect();
                for (part, rows) in parts {
                    let predicted = opened.predict(rows)?;
                    let role = |row: &usize| (part == "train" && support.contains(row)).then(|| "support".to_string());
                    for (i, row) in rows.iter().enumerate() {
                        let [(class, p), _] = opened.two(&predicted, i);
                        let words = [config.clone(), Some(part.into()), name(labels[*row] as usize), name(class), role(row)];
                        let at = [Some(set.x.value(*row, 0)), Some(set.x.value(*row, 1))];
                        self.push(words, [at[0], at[1], Some(p), opened.decision(&predicted, i)]);
                    }
                }
            }
            Labels::Values(values) if n_features == 1 && values.ncols() == 1 => {
                let x = ends(0);
                let line = Array2::from_shape_fn((CURVE, 1), |(i, _)| along(x, i, CURVE));
                let predicted = opened.predictor.predict(&Samples::Numbers(line.clone()))?;
                for i in 0..CURVE {
                    let words = [config.clone(), Some("curve".into()), None, None, None];
                    self.push(words, [Some(line[(i, 0)]), Some(predicted.outputs[(i, 0)]), None, None]);
                }
                for (part, rows) in parts {
                    for row in rows {
                        let at = [Some(set.x.value(*row, 0)), Some(values[(*row, 0)]), None, None];
                        self.push([config.clone(), Some(part.into()), None, None, None], at);
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn table(self) -> Result<Option<Table>, ReportError> {
        if self.words[0].is_empty() {
            return Ok(None);
        }
        let [config, what, class, predicted, role] = self.words;
        let [x, y, p, f] = self.numbers;
        let columns = vec![
            Column::text("config", config),
            Column::text("what", what),
            Column::float("x", x),
            Column::float("y", y),
            Column::text("class", class),
            Column::text("predicted", predicted),
            Column::text("role", role),
            Column::float("p", p),
            Column::float("f", f),
        ];
        Table::new(columns).map(Some)
    }
}
