//! `data list`: which sets there are, and how to get those that are not here. `data show`: what is in one.

use std::fs;
use std::path::Path;

use thalweg_data::dataset::{Dataset, ImageShape, Labels, Samples};
use thalweg_data::source::{Origin, SOURCES, Source};
use thalweg_data::split::n_again;
use thalweg_report::canvas::Figure;
use thalweg_report::files;
use thalweg_report::plot::samples::{Cloud, Thumbnail, contact_sheet, histograms, scatter};

use crate::cli::{Ended, Exit, counted, print};
use crate::command::report::quoted;
use crate::diagnose::Problems;
use crate::library::Library;
use crate::plan::blame_data;
use crate::settings::named;
use crate::stream::Seeds;
use crate::value::Value;
use crate::{check, file, overlay};

/// Pictures on a contact sheet.
const N_PICTURES: usize = 60;
/// Points of a scatter plot.
const N_POINTS: usize = 2000;

/// Whether a source belongs to a group of the list.
type Group = fn(&Source) -> bool;

/// Prints every source, where it is, and how to get it.
pub fn list() -> Ended {
    let groups: [(&str, Group); 4] = [
        ("in the program", |s| s.origin == Origin::Embedded),
        ("generated, with `n` and `noise`", |s| s.origin == Origin::Generated),
        ("installed by you", |s| matches!(s.origin, Origin::Installed(_))),
        ("your own, by `path`", |s| s.origin == Origin::Own),
    ];
    for (title, is_in) in groups {
        print(&format!("{title}:"));
        for source in SOURCES.iter().filter(|s| is_in(s)) {
            print(&format!("  {:<18} {}", source.name, source.summary));
            let Origin::Installed(known) = source.origin else { continue };
            match known.found(Path::new(".")) {
                Some(dir) => print(&format!("  {:<18} found in {}", "", dir.display())),
                None => {
                    print(&format!("  {:<18} not found; to get it:", ""));
                    known.get.iter().for_each(|line| print(&format!("  {:<20} {line}", "")));
                    let folders: Vec<String> = known.folders(Path::new(".")).iter().map(|f| f.display().to_string()).collect();
                    print(&format!("  {:<18} looked for in {}", "", folders.join(", ")));
                }
            }
            known.hashes.iter().for_each(|(file, hash)| print(&format!("  {:<20} {file:<24} SHA-256 {hash} (unpacked)", "")));
        }
    }
    Ok(Exit::Fine)
}

/// Prints what is in a set and draws some of it.
pub fn show(name: &str, sets: &[String], out: &Path) -> Ended {
    let source = named(&Value::Text(name.into()), "data source", SOURCES, |s| s.name).map_err(|e| Problems::one(e + &way_to_file(name)))?;
    // An experiment in small: types and ranges are checked as in a file.
    let text = format!("name = \"show\"\n[base]\ndata.source = \"{}\"\n", source.name);
    let mut file = file::parse(Path::new("data show"), text)?;
    overlay::overlay(&mut file, sets)?;
    let experiment = check::check(&file)?;
    let trial = &experiment.base;
    let library = Library::new(Path::new("."));
    let refused = |e: thalweg_data::DataError| {
        let refusal = blame_data(trial)(e);
        Problems::one(format!("{}: {}", refusal.path, refusal.message))
    };
    let loaded = library.dataset(trial, &Seeds { seed: 0, vary: Vec::new() }).map_err(refused)?;
    let set = &loaded.dataset;
    describe(set, source);
    let figure = drawn(set).map_err(|e| Problems::one(e.to_string()))?;
    let folder = out.join(files::DATA);
    let placed = fs::create_dir_all(&folder).map_err(|e| e.to_string()).and_then(|()| {
        let path = folder.join(format!("{}.png", source.name));
        thalweg_report::place::place(&path, &figure.png).map_err(|e| e.to_string()).map(|()| path)
    });
    let path = placed.map_err(|e| Problems::one(format!("cannot write into {}: {e}", folder.display())))?;
    print(&format!("wrote {}", path.display()));
    Ok(Exit::Fine)
}

/// What to type for somebody who named a file in the place of a source.
fn way_to_file(name: &str) -> String {
    let path = Path::new(name);
    if !path.exists() {
        return String::new();
    }
    let ending = path.extension().and_then(|e| e.to_str());
    let source = SOURCES.iter().map(|s| s.name).find(|source| Some(*source) == ending).unwrap_or("SOURCE");
    format!("; of a file: data show {source} --set {}", quoted(&format!("data.path={name}")))
}

fn describe(set: &Dataset, source: &Source) {
    let (n, n_features) = set.x.dim();
    print(&format!("{}: {}", source.name, source.summary));
    print(&format!("  source     {}", source.source));
    let own = if set.n_test > 0 { format!(", of which the last {} are its own test part", set.n_test) } else { String::new() };
    print(&format!("  samples    {n}{own}"));
    print(&format!("  features   {n_features}{}", set.image.map_or(String::new(), |image| format!(": {}", shape(image)))));
    let (mut lo, mut hi, mut sum, mut squares, mut n_missing) = (f64::INFINITY, f64::NEG_INFINITY, 0.0, 0.0, 0usize);
    let mut row = vec![0.0; n_features];
    for i in 0..n {
        set.x.copy_row(i, &mut row);
        for v in &row {
            if v.is_nan() {
                n_missing += 1;
                continue;
            }
            (lo, hi, sum, squares) = (lo.min(*v), hi.max(*v), sum + v, squares + v * v);
        }
    }
    let n_values = (n * n_features - n_missing) as f64;
    let mean = sum / n_values;
    let sd = (squares / n_values - mean * mean).max(0.0).sqrt();
    let missing = if n_missing > 0 { format!(", {n_missing} missing") } else { String::new() };
    print(&format!("  values     {lo:?} to {hi:?}, mean {mean:.4}, standard deviation {sd:.4}{missing}"));
    let words = set.features.iter().filter(|f| !f.categories.is_empty());
    words.for_each(|f| {
        print(&format!("  words      {}: {} of them, {}", f.name, f.categories.len(), few(&f.categories[..f.categories.len().min(8)])))
    });
    match &set.y {
        Labels::Classes(labels) => {
            let mut counts = vec![0usize; set.class_names.len()];
            labels.iter().for_each(|l| counts[*l as usize] += 1);
            let counted: Vec<String> = set.class_names.iter().zip(counts).map(|(name, n)| format!("{name} ({n})")).collect();
            print(&format!("  classes    {}: {}", set.class_names.len(), few(&counted)));
        }
        Labels::Values(values) => {
            let (lo, hi) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(*v), hi.max(*v)));
            let mean = values.mean().unwrap_or(f64::NAN);
            print(&format!(
                "  target     {} numbers, {lo:?} to {hi:?}, mean {mean:.4}, standard deviation {:.4}",
                values.ncols(),
                values.std(0.0)
            ));
        }
    }
    print(&format!("  repeated   {} with the features of an earlier one", counted(n_again(&set.x), "sample")));
}

/// A picture's shape, as the number of its elements.
pub fn shape(image: ImageShape) -> String {
    let n = image.n_elements().map_or("too many".into(), |n| n.to_string());
    format!("{}×{}×{} (height × width × channels) = {n} elements", image.height, image.width, image.channels)
}

/// The first of many.
fn few(all: &[String]) -> String {
    let more = if all.len() > 20 { ", …" } else { "" };
    format!("{}{more}", all[..all.len().min(20)].join(", "))
}

fn drawn(set: &Dataset) -> Result<Figure, thalweg_report::ReportError> {
    let look = &thalweg_report::Look::default();
    let (n, n_features) = set.x.dim();
    match (set.image, &set.y, n_features) {
        (Some(image), y, _) if matches!(image.channels, 1 | 3) => {
            let pictures: Vec<Thumbnail> = spread(n, N_PICTURES).map(|i| thumbnail(set, image, y, i)).collect();
            contact_sheet(look, &set.name, &format!("{} of {n} samples, {}", pictures.len(), shape(image)), &pictures)
        }
        (_, Labels::Classes(labels), 2) => {
            let points = |class: usize| {
                let of_class = spread(n, N_POINTS).filter(|i| labels[*i] as usize == class);
                of_class.map(|i| (set.x.value(i, 0), set.x.value(i, 1))).collect()
            };
            let names = set.class_names.iter().enumerate().take(14);
            let clouds: Vec<Cloud> = names.map(|(class, label)| Cloud { label: label.clone(), points: points(class) }).collect();
            scatter(look, &set.name, &format!("{n} samples by class"), [&set.features[0].name, &set.features[1].name], &clouds)
        }
        (_, Labels::Values(y), 1) => {
            let points = spread(n, N_POINTS).map(|i| (set.x.value(i, 0), y[(i, 0)])).collect();
            let clouds = [Cloud { label: "target".into(), points }];
            scatter(look, &set.name, &format!("{n} samples"), [&set.features[0].name, "target"], &clouds)
        }
        _ => {
            let column = |c: usize| (0..n).map(|i| set.x.value(i, c)).collect();
            let mut features: Vec<(String, Vec<f64>)> =
                set.features.iter().enumerate().take(29).map(|(c, f)| (f.name.clone(), column(c))).collect();
            match &set.y {
                Labels::Classes(labels) => features.push(("class".into(), labels.iter().map(|l| f64::from(*l)).collect())),
                Labels::Values(y) => features.push(("target".into(), y.column(0).to_vec())),
            }
            histograms(look, &set.name, &format!("{n} samples; each feature and the target"), &features)
        }
    }
}

/// Up to `most` of the rows, evenly spread.
fn spread(n: usize, most: usize) -> impl Iterator<Item = usize> {
    let shown = n.min(most);
    (0..shown).map(move |i| i * n / shown.max(1))
}

/// A sample as a picture: its own largest and smallest value are white and black, where it is not of 0 to 255.
pub(crate) fn thumbnail(set: &Dataset, image: ImageShape, y: &Labels, row: usize) -> Thumbnail {
    let mut values = vec![0.0; set.x.dim().1];
    set.x.copy_row(row, &mut values);
    let (lo, hi) = match &set.x {
        Samples::Bytes(_) => (0.0, 255.0),
        Samples::Numbers(_) => values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(*v), hi.max(*v))),
    };
    let byte = |v: &f64| ((v - lo) / (hi - lo).max(f64::MIN_POSITIVE) * 255.0 + 0.5) as u8;
    let rgb = match image.channels {
        3 => values.iter().map(byte).collect(),
        _ => values.iter().flat_map(|v| [byte(v); 3]).collect(),
    };
    let label = match y {
        Labels::Classes(labels) => set.class_names[labels[row] as usize].clone(),
        Labels::Values(values) => format!("{:.3}", values[(row, 0)]),
    };
    Thumbnail { label, n_columns: image.width, rgb }
}
