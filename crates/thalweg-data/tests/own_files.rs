//! Sets in every form that users bring, written by other programs (`oracle/own_files.py`), and what is in them.

use std::path::{Path, PathBuf};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use thalweg_data::dataset::{Dataset, Labels, Task};
use thalweg_data::read::images::picture;
use thalweg_data::source::{Column, Header, Missing, SourceSpec, TaskKind, find};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/own")
}

fn load(source: &str, file: &str, spec: SourceSpec) -> Dataset {
    let spec = SourceSpec { path: Some(folder().join(file)), ..spec };
    find(source).expect("a row").load(&spec, &mut ChaCha8Rng::seed_from_u64(0)).unwrap_or_else(|e| panic!("{file}: {e}"))
}

fn row(set: &Dataset, i: usize) -> Vec<f64> {
    let mut row = vec![0.0; set.x.dim().1];
    set.x.copy_row(i, &mut row);
    row
}

#[test]
fn what_numpy_and_csv_wrote_is_read() {
    let expected: Value = serde_json::from_str(include_str!("oracle/own/expected.json")).expect("JSON");
    for (source, file) in [("csv", "birds.csv"), ("npz", "bars.npz"), ("npz", "plane.npz"), ("cifar", "cifar")] {
        let (set, e) = (load(source, file, SourceSpec::default()), &expected[file]);
        let (n, n_features) = set.x.dim();
        assert_eq!((n, n_features), (e["shape"][0].as_u64().expect("n") as usize, e["shape"][1].as_u64().expect("features") as usize));
        assert_eq!(set.n_test as u64, e["n_test"].as_u64().expect("n_test"), "{file}");
        let sum: f64 = (0..n).flat_map(|i| row(&set, i)).sum();
        let wanted = e["sum"].as_f64().expect("a sum");
        assert!((sum - wanted).abs() <= 1e-9 * wanted.abs(), "{file}: {sum} {wanted}");
        let ends = |name: &str| e[name].as_array().expect("values").iter().map(|v| v.as_f64().expect("a number")).collect::<Vec<_>>();
        let shown = n_features.min(8);
        // The reader of the expected numbers may be off by the last digit.
        let same = |found: &[f64], wanted: &[f64]| found.iter().zip(wanted).all(|(a, b)| (a - b).abs() <= 1e-15 * b.abs());
        assert!(same(&row(&set, 0)[..shown], &ends("first")), "{file}");
        assert!(same(&row(&set, n - 1)[n_features - shown..], &ends("last")), "{file}");
        match &set.y {
            Labels::Classes(labels) => {
                let wanted: Vec<u32> =
                    e["labels"].as_array().expect("labels").iter().map(|v| v.as_u64().expect("a label") as u32).collect();
                assert_eq!(labels, &wanted, "{file}");
            }
            Labels::Values(values) => {
                let (sum, last) = (e["targets"][0].as_f64().expect("a sum"), e["targets"][1].as_f64().expect("the last"));
                assert!((values.sum() - sum).abs() < 1e-9 && (values[(n - 1, 0)] - last).abs() < 1e-15, "{file}");
            }
        }
    }
}

#[test]
fn words_are_sorted_and_commas_in_quotes_stay() {
    let set = load("csv", "birds.csv", SourceSpec::default());
    assert_eq!(set.class_names, ["heron", "owl", "swift"]);
    assert_eq!(set.features[2].categories, ["brown", "grey, light", "so-called \"white\""]);
    // The same target by its place, from either end; another one by its name.
    for place in [3, -1] {
        assert_eq!(load("csv", "birds.csv", SourceSpec { target: Some(Column::Place(place)), ..SourceSpec::default() }), set);
    }
    let eggs = SourceSpec { target: Some(Column::Name("eggs".into())), ..SourceSpec::default() };
    assert_eq!(load("csv", "birds.csv", eggs.clone()).class_names, ["1", "2", "3", "4", "5", "6", "7", "8"]);
    let numbers = load("csv", "birds.csv", SourceSpec { task: Some(TaskKind::Regression), ..eggs });
    assert_eq!((numbers.task, numbers.features.len()), (Task::Regression { n_outputs: 1 }, 3));
    // Whole groups, and columns that are left out.
    let spec = SourceSpec { group: Some(Column::Name("eggs".into())), drop: vec![Column::Place(0)], ..SourceSpec::default() };
    let grouped = load("csv", "birds.csv", spec);
    assert_eq!((grouped.features.len(), grouped.groups.expect("groups").len()), (1, 150));
}

/// Of 60 rows every sixth lacks a value, in each column in turn but the last.
#[test]
fn holes_are_refused_dropped_or_filled() {
    let spec = SourceSpec { header: Header::Absent, delimiter: Some(b';'), ..SourceSpec::default() };
    let path = Some(folder().join("holes.csv"));
    let refused = find("csv").expect("a row").load(&SourceSpec { path, ..spec.clone() }, &mut ChaCha8Rng::seed_from_u64(0));
    let message = refused.expect_err("a value is missing").to_string();
    assert!(message.contains("holes.csv:2") && message.contains("has no value"), "{message}");
    assert_eq!(load("csv", "holes.csv", SourceSpec { missing: Missing::Drop, ..spec.clone() }).x.dim(), (50, 3));
    let holes = load("csv", "holes.csv", SourceSpec { missing: Missing::Mean, ..spec });
    let n_missing = (0..60).flat_map(|i| row(&holes, i)).filter(|v| v.is_nan()).count();
    assert_eq!(
        (holes.x.dim(), n_missing, &holes.features[2].categories[..]),
        ((60, 3), 10, &["brown", "grey", "white"].map(String::from)[..])
    );
}

#[test]
fn pictures_of_two_sizes_need_one() {
    let path = Some(folder().join("shapes"));
    let images = find("images").expect("a row");
    let load = |size| images.load(&SourceSpec { path: path.clone(), size, ..SourceSpec::default() }, &mut ChaCha8Rng::seed_from_u64(0));
    let message = load(None).expect_err("two sizes").to_string();
    assert!(message.contains("size = [height, width]"), "{message}");
    let set = load(Some((16, 16))).expect("resized");
    assert_eq!((set.x.dim(), &set.class_names[..]), ((40, 16 * 16 * 3), &["disc", "stripe"].map(String::from)[..]));
    // The middle of a disc is bright, a corner is dark, whether it was resized or not.
    for i in 0..20 {
        let (middle, corner) = (set.x.value(i, (8 * 16 + 8) * 3), set.x.value(i, 0));
        assert!(middle > 190.0 && corner < 70.0, "{i}: {middle} {corner}");
    }
}

/// Decoded by Pillow 13 (`numpy.asarray(Image.open(path)).tobytes()`): the PNG to the byte; JPEG decoders differ by a few levels.
#[test]
fn a_png_and_a_jpeg() {
    use sha2::{Digest, Sha256};
    let pictures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../experiments/a-pictures/pictures");
    let chelsea = picture(&pictures.join("chelsea.png")).expect("a PNG");
    assert_eq!((chelsea.shape.height, chelsea.shape.width, chelsea.shape.channels, chelsea.pixels.len()), (300, 451, 3, 405_900));
    let hash: String = Sha256::digest(&chelsea.pixels).iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(hash, "416b729128bfb2c3d1eb69bf9b1734a796293abc17939267b2dc94f8a5784031");
    let rocket = picture(&pictures.join("rocket.jpg")).expect("a JPEG");
    assert_eq!((rocket.shape.height, rocket.shape.width, rocket.shape.channels, rocket.pixels.len()), (427, 640, 3, 819_840));
    for (channel, wanted) in ROCKET_MEANS.into_iter().enumerate() {
        let mean = rocket.pixels.iter().skip(channel).step_by(3).map(|v| f64::from(*v)).sum::<f64>() / (427.0 * 640.0);
        assert!((mean - wanted).abs() < 0.05, "{channel}: {mean} {wanted}");
    }
}

/// `numpy.asarray(Image.open("rocket.jpg")).mean(axis=(0, 1))`, Pillow 13.0.0.
const ROCKET_MEANS: [f64; 3] = [52.265_742, 61.294_299, 82.271_136];
