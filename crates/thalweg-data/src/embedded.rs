//! The sets that are in the program. Where they come from: `assets/PROVENANCE.md`.

use std::io::Read;

use flate2::read::GzDecoder;
use ndarray::{Array2, s};

use crate::dataset::{Dataset, Feature, ImageShape, Labels, Samples, Task};
use crate::error::DataError;

/// The files, as they are listed on the provenance page.
static FILES: [(&str, &[u8]); 7] = [
    ("breast_cancer.csv.gz", include_bytes!("../assets/breast_cancer.csv.gz")),
    ("diabetes_data_raw.csv.gz", include_bytes!("../assets/diabetes_data_raw.csv.gz")),
    ("diabetes_target.csv.gz", include_bytes!("../assets/diabetes_target.csv.gz")),
    ("digits.csv.gz", include_bytes!("../assets/digits.csv.gz")),
    ("fashion-t10k-first256-images-idx3-ubyte.gz", include_bytes!("../assets/fashion-t10k-first256-images-idx3-ubyte.gz")),
    ("fashion-t10k-first256-labels-idx1-ubyte.gz", include_bytes!("../assets/fashion-t10k-first256-labels-idx1-ubyte.gz")),
    ("iris.csv", include_bytes!("../assets/iris.csv")),
];

fn bytes(name: &str) -> Vec<u8> {
    let packed = FILES.iter().find(|f| f.0 == name).expect("an embedded file").1;
    let mut out = Vec::new();
    if name.ends_with(".gz") {
        GzDecoder::new(packed).read_to_end(&mut out).expect("an embedded file is whole");
    } else {
        out.extend_from_slice(packed);
    }
    out
}

/// All numbers of a table, [n, columns], without its first `n_skipped` lines.
fn table(name: &str, delimiter: u8, n_skipped: usize) -> Array2<f64> {
    let text = bytes(name);
    let mut rows = csv::ReaderBuilder::new().has_headers(false).delimiter(delimiter).flexible(true).from_reader(&text[..]);
    let rows: Vec<Vec<f64>> = rows.deserialize().skip(n_skipped).map(|row| row.expect("an embedded table has numbers only")).collect();
    let n_columns = rows.first().map_or(0, Vec::len);
    Array2::from_shape_vec((rows.len(), n_columns), rows.concat()).expect("an embedded table has no ragged rows")
}

/// A table whose last column is the class.
fn classes(name: &str, table: &Array2<f64>, features: Vec<Feature>, class_names: &[&str]) -> Dataset {
    let last = table.ncols() - 1;
    Dataset {
        name: name.into(),
        x: Samples::Numbers(table.slice(s![.., ..last]).as_standard_layout().into_owned()),
        y: Labels::Classes(table.column(last).iter().map(|v| *v as u32).collect()),
        task: Task::Classes { n_classes: class_names.len() },
        features,
        class_names: class_names.iter().map(|n| n.to_string()).collect(),
        image: None,
        n_test: 0,
        groups: None,
        others: Vec::new(),
    }
}

const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// x in 0..=16, [1797, 64]; 10 classes.
pub fn digits() -> Result<Dataset, DataError> {
    let shape = ImageShape { height: 8, width: 8, channels: 1 };
    let set = classes("digits", &table("digits.csv.gz", b',', 0), shape.features(), &DIGITS);
    Ok(Dataset { image: Some(shape), ..set })
}

/// Lengths in cm, [150, 4]; 3 classes.
pub fn iris() -> Result<Dataset, DataError> {
    let names = ["sepal length", "sepal width", "petal length", "petal width"].map(Feature::number);
    Ok(classes("iris", &table("iris.csv", b',', 1), names.to_vec(), &["setosa", "versicolor", "virginica"]))
}

/// [569, 30]; 0 is malignant, 1 benign. The names are those of WDBC's description: mean, standard error and worst of ten measures.
pub fn breast_cancer() -> Result<Dataset, DataError> {
    let measures = [
        "radius",
        "texture",
        "perimeter",
        "area",
        "smoothness",
        "compactness",
        "concavity",
        "concave points",
        "symmetry",
        "fractal dimension",
    ];
    let features = ["mean", "error of", "worst"].iter().flat_map(|how| measures.map(|m| Feature::number(format!("{how} {m}")))).collect();
    Ok(classes("breast-cancer", &table("breast_cancer.csv.gz", b',', 1), features, &["malignant", "benign"]))
}

/// [442, 10] in raw units; the target is the progress of the illness after one year, 25 to 346.
pub fn diabetes() -> Result<Dataset, DataError> {
    let x = table("diabetes_data_raw.csv.gz", b' ', 0);
    let y = table("diabetes_target.csv.gz", b',', 0);
    Ok(Dataset {
        name: "diabetes".into(),
        x: Samples::Numbers(x),
        y: Labels::Values(y),
        task: Task::Regression { n_outputs: 1 },
        features: ["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"].map(Feature::number).to_vec(),
        class_names: Vec::new(),
        image: None,
        n_test: 0,
        groups: None,
        others: Vec::new(),
    })
}

/// [256, 784] of 0 to 255; 10 classes.
pub fn fashion_mnist_256() -> Result<Dataset, DataError> {
    let shape = ImageShape { height: 28, width: 28, channels: 1 };
    let pixels = bytes("fashion-t10k-first256-images-idx3-ubyte.gz").split_off(16);
    let labels = bytes("fashion-t10k-first256-labels-idx1-ubyte.gz").split_off(8);
    Ok(Dataset {
        name: "fashion-mnist-256".into(),
        x: Samples::Bytes(Array2::from_shape_vec((256, 784), pixels).expect("256 pictures")),
        y: Labels::Classes(labels.into_iter().map(u32::from).collect()),
        task: Task::Classes { n_classes: 10 },
        features: shape.features(),
        class_names: crate::known::FASHION_CLASSES.map(String::from).to_vec(),
        image: Some(shape),
        n_test: 0,
        groups: None,
        others: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    /// Counts: `numpy.bincount` of scikit-learn 1.9.1's targets; shapes and ranges: its descriptions. Those of Fashion-MNIST's cut:
    /// `numpy.bincount(labels[:256])` of its test labels.
    #[test]
    fn sets_are_what_their_makers_describe() {
        let expected: [(Dataset, usize, &[u32]); 4] = [
            (digits().expect("embedded"), 64, &[178, 182, 177, 183, 181, 182, 181, 179, 174, 180]),
            (iris().expect("embedded"), 4, &[50, 50, 50]),
            (breast_cancer().expect("embedded"), 30, &[212, 357]),
            (fashion_mnist_256().expect("embedded"), 784, &[25, 32, 37, 18, 27, 21, 22, 27, 23, 24]),
        ];
        for (set, n_features, counts) in expected {
            let Labels::Classes(labels) = &set.y else { panic!("classes") };
            let found: Vec<u32> = (0..counts.len() as u32).map(|c| labels.iter().filter(|l| **l == c).count() as u32).collect();
            assert_eq!((set.x.dim(), &found[..]), ((counts.iter().sum::<u32>() as usize, n_features), counts), "{}", set.name);
            assert_eq!((set.features.len(), set.class_names.len()), (n_features, counts.len()));
        }
        let set = diabetes().expect("embedded");
        let Labels::Values(y) = &set.y else { panic!("numbers") };
        let (mean, sd) = (y.mean().expect("rows"), y.std(1.0));
        assert_eq!(
            (set.x.dim(), y.iter().copied().fold(f64::MAX, f64::min), y.iter().copied().fold(0.0, f64::max)),
            ((442, 10), 25.0, 346.0)
        );
        assert!((mean - 152.13).abs() < 0.005 && (sd - 77.09).abs() < 0.005, "{mean} {sd}");
    }

    /// Each embedded file is the one whose hash stands on the provenance page, and together they are small.
    #[test]
    fn the_bytes_are_those_of_the_provenance_page() {
        let page = include_str!("../assets/PROVENANCE.md");
        for (name, bytes) in FILES {
            let hash: String = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
            let line = page.lines().find(|line| line.contains(&format!("`{name}`"))).unwrap_or_else(|| panic!("{name} is not on the page"));
            assert!(line.contains(&hash), "{name}: {hash}");
        }
        assert!(FILES.iter().map(|f| f.1.len()).sum::<usize>() <= 300 * 1024);
    }
}
