//! `predict WEIGHTS DATA`: what a trained model says of each sample, as CSV.
//!
//! Samples come as in training: a table, arrays, a folder or a picture of the same form, or the data of an experiment file. Everything
//! that was fitted on the training part is read from the weights file; nothing is fitted anew.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use ndarray::{Array2, Axis};
use thalweg_data::DataError;
use thalweg_data::dataset::{Dataset, ImageShape, Labels, Samples};
use thalweg_data::read::{MAX_BYTES, images, rows};
use thalweg_data::source::{self, Header, Origin, Source, SourceSpec, Verify};
use thalweg_data::split::split;
use thalweg_report::{Column, Table, files};

use crate::cli::{Ended, Exit, counted};
use crate::command::load;
use crate::diagnose::Problems;
use crate::predictor::{Predicted, Predictor};
use crate::stream::{Stream, rng};
use crate::weights;

/// Samples, and what else is known of them.
struct Asked {
    x: Samples,
    /// Their places in a larger set.
    rows: Option<Vec<usize>>,
    /// The files that they came from, where each has its own.
    files: Option<Vec<Option<String>>>,
    part: Option<Vec<Option<String>>>,
    truth: Option<Vec<Option<String>>>,
}

/// Writes a row for each sample, to a file or to standard output.
pub fn predict(weights: &Path, data: &Path, out: Option<&Path>) -> Ended {
    let read = weights::read(weights, &weights.display().to_string()).and_then(Predictor::of).map_err(Problems::one)?;
    let asked = asked(&read, data)?;
    let predicted = read.predict(&asked.x).map_err(|reason| Problems::one(format!("{}: {reason}", data.display())))?;
    say_accuracy(&read, &asked, &predicted);
    let bytes = Table::new(columns(&read, asked, &predicted)).and_then(|table| table.to_csv());
    let bytes = bytes.map_err(|e| Problems::one(e.to_string()))?;
    match out {
        Some(path) => {
            thalweg_report::place::place(path, &bytes).map_err(|e| Problems::one(format!("cannot write {}: {e}", path.display())))?;
        }
        // A reader that went away is no error.
        None => {
            let _ = std::io::stdout().write_all(&bytes);
        }
    }
    Ok(Exit::Fine)
}

fn columns(predictor: &Predictor, asked: Asked, predicted: &Predicted) -> Vec<Column> {
    let n = predicted.scores.nrows();
    let mut columns = vec![Column::int(
        "row",
        asked.rows.map_or((0..n as i64).map(Some).collect(), |rows| rows.iter().map(|r| Some(*r as i64)).collect()),
    )];
    columns.extend(asked.files.map(|files| Column::text("file", files)));
    columns.extend(asked.part.map(|part| Column::text("part", part)));
    columns.extend(asked.truth.map(|truth| Column::text("truth", truth)));
    let classes = &predictor.intake.class_names;
    let output = |name: String, of: &dyn Fn(usize) -> f64| Column::float(&name, (0..n).map(|i| Some(of(i))).collect());
    let n_outputs = predicted.outputs.ncols();
    if classes.is_empty() {
        let name = |j: usize| if n_outputs == 1 { "value".into() } else { format!("value_{}", j + 1) };
        columns.extend((0..n_outputs).map(|j| output(name(j), &|i| predicted.outputs[(i, j)])));
        return columns;
    }
    columns.push(Column::text("class", (0..n).map(|i| Some(classes[predicted.class(i)].clone())).collect()));
    // Margins are no probabilities.
    let prefix = if predictor.head.name == "identity" { "score" } else { "p" };
    match (n_outputs, prefix) {
        (1, "p") => {
            columns.push(output(format!("p_{}", classes[0]), &|i| 1.0 - predicted.outputs[(i, 0)]));
            columns.push(output(format!("p_{}", classes[1]), &|i| predicted.outputs[(i, 0)]));
        }
        (1, _) => columns.push(output(format!("score_{}", classes[1]), &|i| predicted.outputs[(i, 0)])),
        _ => columns.extend((0..n_outputs).map(|j| output(format!("{prefix}_{}", classes[j]), &|i| predicted.outputs[(i, j)]))),
    }
    columns
}

fn asked(predictor: &Predictor, data: &Path) -> Result<Asked, Problems> {
    let Some(input) = &predictor.weights.saved.input else { unreachable!("a predictor has its input") };
    let ending = data.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    let refused = |e: DataError| Problems::one(e.to_string());
    if !data.exists()
        && let Some(source) = data.to_str().and_then(source::find)
    {
        return named(predictor, source);
    }
    if !data.exists() {
        return Err(Problems::one(format!("{} cannot be found", data.display())));
    }
    if ending == "toml" {
        return of_experiment(predictor, data);
    }
    if is_picture(data) {
        return pictures(predictor, vec![data.to_path_buf()], None);
    }
    let inside = if data.is_dir() && predictor.intake.image.is_some() { pictures_in(data)? } else { Vec::new() };
    if !inside.is_empty() {
        let names = inside.iter().map(|path| path.file_name().map(|name| name.to_string_lossy().into_owned())).collect();
        return pictures(predictor, inside, Some(names));
    }
    let own = source::find(&input.source).filter(|s| !matches!(s.origin, Origin::Embedded | Origin::Generated));
    let source = match (ending.as_str(), own) {
        ("npz", _) => source::find("npz"),
        (_, Some(own)) if data.is_dir() || own.name != "csv" && !matches!(ending.as_str(), "csv" | "tsv" | "txt" | "gz") => Some(own),
        _ => None,
    };
    let Some(source) = source else {
        let header = if input.header { Header::Present } else { Header::Absent };
        let form = rows::Form { header, delimiter: u8::try_from(input.delimiter).unwrap_or(b','), missing: input.missing() };
        let rows::Rows { x, truth, notes } = rows::read(data, &form, &predictor.intake).map_err(refused)?;
        notes.iter().for_each(|note| anstream::eprintln!("note: {note}"));
        return Ok(Asked { x, rows: None, files: None, part: None, truth: truth.map(|t| t.into_iter().map(Some).collect()) });
    };
    let mut spec = SourceSpec { path: Some(data.to_path_buf()), ..SourceSpec::default() };
    if source.takes.contains(&"missing") {
        spec.missing = input.missing();
    }
    if source.takes.contains(&"size") {
        spec.size = predictor.intake.image.map(|image| (image.height, image.width));
    }
    if source.takes.contains(&"verify") {
        spec.verify = Verify::Anything;
    }
    let set = source.load(&spec, &mut rng(0, Stream::Noise, 0)).map_err(refused)?;
    let truth = Some(truth(&set));
    Ok(Asked { x: set.x, rows: None, files: None, part: None, truth })
}

/// The test part of a set by its name: its own, or the one that training did not see; all of a set that has none.
fn named(predictor: &Predictor, source: &Source) -> Result<Asked, Problems> {
    if !matches!(source.origin, Origin::Embedded | Origin::Installed(_)) {
        let reason = format!("{} is no file, and the source of that name has no set of its own: give a file, or the", source.name);
        return Err(Problems::one(format!("{reason} {} of the run", files::EXPERIMENT)));
    }
    let refused = |e: DataError| Problems::one(e.to_string());
    let input = predictor.weights.saved.input.as_ref().filter(|input| input.source == source.name);
    // A model of the first classes knows no others.
    let classes = input.map(|input| input.classes.len()).filter(|n| *n > 0);
    let set = source.load(&SourceSpec { classes, ..SourceSpec::default() }, &mut rng(0, Stream::Noise, 0)).map_err(refused)?;
    let n = set.x.dim().0;
    let (rows, what) = match (set.n_test, input.and_then(|input| input.parts.as_ref())) {
        (1.., _) => ((n - set.n_test..n).collect(), "its own test part"),
        (0, Some(parts)) => {
            let spec = parts.spec().map_err(|reason| Problems::one(format!("weights file {}: {reason}", predictor.weights.name)))?;
            let parts = split(&set, &spec, &mut rng(parts.seed, Stream::Split, 0)).map_err(refused)?;
            (parts.test, "the test part of the training's split")
        }
        (0, None) => ((0..n).collect::<Vec<usize>>(), "all samples: it has no test part"),
    };
    if rows.is_empty() {
        return Err(Problems::one(format!("{}: the training's split left no test part", source.name)));
    }
    anstream::eprintln!("note: {}: {what}, {}", source.name, counted(rows.len(), "sample"));
    let truth = truth(&set);
    let truth = rows.iter().map(|row| truth[*row].clone()).collect();
    let x = match &set.x {
        Samples::Bytes(x) => Samples::Bytes(x.select(Axis(0), &rows)),
        Samples::Numbers(x) => Samples::Numbers(x.select(Axis(0), &rows)),
    };
    Ok(Asked { x, rows: Some(rows), files: None, part: None, truth: Some(truth) })
}

/// Tells on standard error which share of the samples has its true class, where that is known; by part, where there are parts.
fn say_accuracy(predictor: &Predictor, asked: &Asked, predicted: &Predicted) {
    let classes = &predictor.intake.class_names;
    let Some(truth) = asked.truth.as_ref().filter(|_| !classes.is_empty()) else { return };
    let part = |i: usize| asked.part.as_ref().and_then(|part| part[i].as_deref());
    let mut names: Vec<Option<&str>> = Vec::new();
    for name in (0..truth.len()).map(part) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.sort_unstable();
    for name in names {
        let of: Vec<usize> = (0..truth.len()).filter(|i| part(*i) == name).collect();
        let right = of.iter().filter(|i| truth[**i].as_deref().is_some_and(|t| is_class(t, &classes[predicted.class(**i)]))).count();
        let (of, share) = (of.len(), right as f64 / of.len() as f64);
        anstream::eprintln!(
            "accuracy{} {share:?}: {right} of {}",
            name.map_or(String::new(), |n| format!(" ({n})")),
            counted(of, "sample")
        );
    }
}

/// Whether a cell names a class: the same text, or the same number.
fn is_class(cell: &str, class: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    cell == class || number(cell).is_some_and(|cell| Some(cell) == number(class))
}

fn is_picture(path: &Path) -> bool {
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    matches!(ending.as_str(), "png" | "jpg" | "jpeg")
}

/// The pictures that lie in a folder itself, by name.
fn pictures_in(folder: &Path) -> Result<Vec<PathBuf>, Problems> {
    let entries = fs::read_dir(folder).and_then(|entries| entries.map(|e| e.map(|e| e.path())).collect::<Result<Vec<_>, _>>());
    let entries = entries.map_err(|e| Problems::one(format!("cannot read {}: {e}", folder.display())))?;
    let mut found: Vec<PathBuf> = entries.into_iter().filter(|path| path.is_file() && is_picture(path)).collect();
    found.sort();
    Ok(found)
}

/// Pictures of the size of training, a sample each.
fn pictures(predictor: &Predictor, paths: Vec<PathBuf>, names: Option<Vec<Option<String>>>) -> Result<Asked, Problems> {
    let mut pixels = Vec::new();
    let n = paths.len();
    for path in paths {
        let Some(image) = predictor.intake.image else {
            return Err(Problems::one(format!("{} is a picture; the model was not trained on pictures", path.display())));
        };
        let picture = images::picture(&path).map_err(|e| Problems::one(e.to_string()))?;
        if image != picture.shape {
            let words = |s: ImageShape| format!("{}×{}×{}", s.height, s.width, s.channels);
            let (has, takes) = (words(picture.shape), words(image));
            return Err(Problems::one(format!("{} is {has} (height × width × channels); the model takes {takes}", path.display())));
        }
        pixels.extend(picture.pixels);
        if pixels.len() as u64 > MAX_BYTES {
            return Err(Problems::one(format!("{} and those before it take more than {MAX_BYTES} bytes", path.display())));
        }
    }
    let x = Array2::from_shape_vec((n, pixels.len() / n), pixels).expect("as many bytes as the shape says");
    Ok(Asked { x: Samples::Bytes(x), rows: None, files: names, part: None, truth: None })
}

/// The data of an experiment whose trial this was, with the part that each sample was in.
fn of_experiment(predictor: &Predictor, file: &Path) -> Result<Asked, Problems> {
    let loaded = load(file, &[])?;
    let key = predictor.weights.saved.input.as_ref().map(|input| input.key.as_str());
    let place = loaded.plan.keys().position(|k| Some(k.as_str()) == key);
    let place = place.ok_or_else(|| {
        let key = key.map_or("", |k| k.get(..12).unwrap_or(k));
        Problems::one(format!(
            "no trial of {} has the key {key}, whose weights these are: give the {} of their run",
            file.display(),
            files::EXPERIMENT
        ))
    })?;
    let planned = loaded.plan.trial(place);
    let refused = |e: DataError| Problems::one(e.to_string());
    let set = loaded.library.dataset(&planned.trial, &planned.seeds).map_err(refused)?;
    let parts = loaded.library.parts(&planned.trial, &planned.seeds).map_err(refused)?;
    let set = &set.dataset;
    let mut part = vec![None; set.x.dim().0];
    for (name, rows) in [("train", &parts.train), ("valid", &parts.valid), ("test", &parts.test)] {
        rows.iter().for_each(|row| part[*row] = Some(name.to_string()));
    }
    Ok(Asked { x: set.x.clone(), rows: None, files: None, part: Some(part), truth: Some(truth(set)) })
}

fn truth(set: &Dataset) -> Vec<Option<String>> {
    match &set.y {
        Labels::Classes(labels) => labels.iter().map(|l| set.class_names.get(*l as usize).cloned()).collect(),
        Labels::Values(values) => values.rows().into_iter().map(|row| row.get(0).map(|v| format!("{v:?}"))).collect(),
    }
}
