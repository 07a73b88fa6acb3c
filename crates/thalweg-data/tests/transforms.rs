//! Transforms against scikit-learn and colorsys (`oracle/transforms.py`), and against leaks from the test part.

use ndarray::Array2;
use proptest::prelude::*;
use serde_json::Value;
use thalweg_data::dataset::{Dataset, Feature, ImageShape, Labels, Samples, Task};
use thalweg_data::prepare::prepare;
use thalweg_data::source::Missing;
use thalweg_data::split::Split;
use thalweg_data::transform::{Action, TRANSFORMS, find};

fn oracle() -> Value {
    serde_json::from_str(include_str!("oracle/transforms.json")).expect("JSON")
}

/// A table of the oracle; null is a missing value.
fn table(oracle: &Value, name: &str) -> Array2<f64> {
    let rows = oracle[name].as_array().expect("rows");
    let cells: Vec<f64> =
        rows.iter().flat_map(|row| row.as_array().expect("a row").iter().map(|v| v.as_f64().unwrap_or(f64::NAN))).collect();
    Array2::from_shape_vec((rows.len(), cells.len() / rows.len()), cells).expect("no ragged rows")
}

fn set(x: Array2<f64>, image: Option<ImageShape>) -> Dataset {
    let features = (0..x.ncols()).map(|i| Feature::number(format!("x{i}"))).collect();
    let y = Labels::Classes(vec![0; x.nrows()]);
    let task = Task::Classes { n_classes: 1 };
    Dataset {
        name: "t".into(),
        x: Samples::Numbers(x),
        y,
        task,
        features,
        class_names: Vec::new(),
        image,
        n_test: 0,
        groups: None,
        others: Vec::new(),
    }
}

/// All rows after the transforms, fitted on the first `n_train`.
fn transformed(set: &Dataset, n_train: usize, names: &[&str], missing: Missing) -> Array2<f64> {
    let n = set.x.dim().0;
    let split = Split { train: (0..n_train).collect(), valid: (n_train..n).collect(), test: Vec::new() };
    let rows: Vec<_> = names.iter().map(|name| find(name).expect("a row")).collect();
    let prepared = prepare::<f64>(set, &split, &rows, missing).expect("fits");
    ndarray::concatenate(ndarray::Axis(0), &[prepared.train.x.view(), prepared.valid.x.view()]).expect("the same columns")
}

fn assert_close(what: &str, found: &Array2<f64>, wanted: &Array2<f64>, tolerance: f64) {
    assert_eq!(found.dim(), wanted.dim(), "{what}");
    let worst = found.iter().zip(wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(worst <= tolerance, "{what}: {worst:e}");
}

#[test]
fn transforms_are_those_of_scikit_learn() {
    let oracle = oracle();
    let n_train = oracle["n_train"].as_u64().expect("a number") as usize;
    let x = set(table(&oracle, "x"), None);
    for (name, tolerance) in [("standardise", 1e-13), ("min-max", 1e-13), ("whiten", 1e-11)] {
        assert_close(name, &transformed(&x, n_train, &[name], Missing::Refuse), &table(&oracle, name), tolerance);
    }
    let codes = set(table(&oracle, "codes"), None);
    assert_close("one-hot", &transformed(&codes, n_train, &["one-hot"], Missing::Refuse), &table(&oracle, "one-hot"), 0.0);
    let holes = set(table(&oracle, "holes"), None);
    for (name, missing) in [("mean", Missing::Mean), ("median", Missing::Median)] {
        assert_close(name, &transformed(&holes, n_train, &[], missing), &table(&oracle, name), 1e-14);
    }
}

#[test]
fn hues_are_those_of_colorsys_and_come_back() {
    let oracle = oracle();
    let (rgb, hsl) = (table(&oracle, "rgb"), table(&oracle, "hsl"));
    let pixels = set(rgb.clone(), Some(ImageShape { height: 1, width: 1, channels: 3 }));
    let n = rgb.nrows();
    assert_close("rgb-to-hsl", &transformed(&pixels, n, &["rgb-to-hsl"], Missing::Refuse), &hsl, 1e-12);
    assert_close("and back", &transformed(&pixels, n, &["rgb-to-hsl", "hsl-to-rgb"], Missing::Refuse), &rgb, 1e-11);
    let grey = transformed(&pixels, n, &["grayscale-601"], Missing::Refuse);
    let by_hand = |p: ndarray::ArrayView1<'_, f64>| 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];
    assert!(grey.column(0).iter().zip(rgb.rows()).all(|(a, p)| (a - by_hand(p)).abs() < 1e-11));
}

#[test]
fn pixels_that_are_none_are_refused() {
    let split = Split { train: vec![0], valid: vec![], test: vec![] };
    let scaled = set(ndarray::array![[0.5, -0.5, 2.0]], Some(ImageShape { height: 1, width: 1, channels: 3 }));
    let flat = set(ndarray::array![[0.5, 0.5, 2.0]], None);
    for (data, name, say) in
        [(&scaled, "grayscale", "before what scales"), (&flat, "rgb-to-hsl", "needs pictures"), (&flat, "flip", "needs pictures")]
    {
        let error = prepare::<f64>(data, &split, &[find(name).expect("a row")], Missing::Refuse).expect_err("refused").to_string();
        assert!(error.contains(say) && error.contains(name), "{error}");
    }
}

/// The source text's example.
#[test]
fn zero_mean_of_one_to_five() {
    let x = set(ndarray::array![[1.0], [2.0], [3.0], [4.0], [5.0]], None);
    assert_eq!(transformed(&x, 5, &["zero-mean"], Missing::Refuse), ndarray::array![[-2.0], [-1.0], [0.0], [1.0], [2.0]]);
}

#[test]
fn a_constant_feature_stays_finite_in_each_transform() {
    let shape = Some(ImageShape { height: 1, width: 1, channels: 3 });
    let x = set(ndarray::array![[0.1, 0.0, 0.1], [0.1, 0.0, 0.1], [0.1, 0.0, 0.1]], shape);
    for row in TRANSFORMS {
        assert!(transformed(&x, 3, &[row.name], Missing::Refuse).iter().all(|v| v.is_finite()), "{}", row.name);
    }
}

proptest! {
    /// What is in the test part must not leak into the training part, nor into what is done to validation.
    #[test]
    fn transforms_see_the_training_part_alone(values in prop::collection::vec(0.0..1.0f64, 60..120), other in 0.0..1.0f64) {
        let n = values.len() / 3;
        let shape = Some(ImageShape { height: 1, width: 1, channels: 3 });
        let mut x = Array2::from_shape_vec((n, 3), values[..3 * n].to_vec()).expect("three columns");
        let split = Split { train: (0..n - 2).collect(), valid: vec![n - 2], test: vec![n - 1] };
        for row in TRANSFORMS.iter().filter(|row| matches!(row.action, Action::Fit(_))) {
            let before = prepare::<f64>(&set(x.clone(), shape), &split, &[row], Missing::Refuse).expect("fits");
            x[(n - 1, 0)] = other;
            let after = prepare::<f64>(&set(x.clone(), shape), &split, &[row], Missing::Refuse).expect("fits");
            prop_assert_eq!(&before.train, &after.train);
            prop_assert_eq!(&before.valid, &after.valid);
        }
    }

    /// Bytes and numbers are two forms of one set.
    #[test]
    fn bytes_are_numbers(values in prop::collection::vec(any::<u8>(), 60..120)) {
        let n = values.len() / 3;
        let shape = Some(ImageShape { height: 1, width: 1, channels: 3 });
        let bytes = Array2::from_shape_vec((n, 3), values[..3 * n].to_vec()).expect("three columns");
        let numbers = set(bytes.mapv(f64::from), shape);
        let bytes = Dataset { x: Samples::Bytes(bytes), ..numbers.clone() };
        for row in TRANSFORMS {
            // Only hues can go back.
            let names = if row.name == "hsl-to-rgb" { vec!["rgb-to-hsl", row.name] } else { vec![row.name] };
            let of = |data| transformed(data, n - 1, &names, Missing::Refuse);
            prop_assert_eq!(of(&bytes), of(&numbers));
        }
    }

    #[test]
    fn standardised_training_features_have_mean_0_and_sd_1(values in prop::collection::vec(-9.0..9.0f64, 20..60)) {
        let n = values.len() / 2;
        let x = set(Array2::from_shape_vec((n, 2), values[..2 * n].to_vec()).expect("two columns"), None);
        let x = transformed(&x, n, &["standardise"], Missing::Refuse);
        for c in x.columns() {
            prop_assert!(c.mean().expect("rows").abs() < 1e-12 && (c.std(0.0) - 1.0).abs() < 1e-12);
        }
    }
}
