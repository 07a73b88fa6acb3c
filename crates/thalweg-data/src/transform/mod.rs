//! Transforms of the features, one row each: fitted on the training part, applied to every part, in double precision.

mod affine;
mod augment;
mod colour;
mod fixed;
mod impute;
mod one_hot;
mod whiten;

use crate::dataset::{Feature, ImageShape};

pub use augment::{Move, MoveRow, moved};
pub use fixed::Fixed;
pub(crate) use impute::impute;
pub(crate) use one_hot::words_to_columns;

/// The columns at a place in the chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// One for each column.
    pub features: Vec<Feature>,
    /// How they make up a picture, if they do.
    pub image: Option<ImageShape>,
}

/// Some rows on their way through the chain, row-major.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// [n_rows, n_columns]
    pub values: Vec<f64>,
    /// Columns.
    pub n_columns: usize,
}

/// A fitted transform.
pub trait Map: Send + Sync {
    /// Applies it to some rows.
    fn apply(&self, block: &mut Block);

    /// The columns after it.
    fn layout(&self, before: Layout) -> Layout {
        before
    }

    /// Its numbers.
    fn fixed(&self) -> Fixed;
}

/// The training part as it stands before a transform, readable as often as it takes.
pub trait Passes {
    /// Rows.
    fn n_rows(&self) -> usize;
    /// Columns.
    fn layout(&self) -> &Layout;
    /// One pass, in the order of the rows.
    fn pass(&self, each: &mut dyn FnMut(&Block));
}

/// A map fitted on the training part, or why there is none.
pub type Fitted = Result<Box<dyn Map>, String>;
/// Learns a map.
pub type Fit = fn(&dyn Passes) -> Fitted;

/// What a transform does.
#[derive(Clone, Copy)]
pub enum Action {
    /// Learns its numbers from the training part, or says why it cannot.
    Fit(Fit),
    /// Moves each training picture anew in each epoch, after all other transforms.
    Move(MoveRow),
}

/// A transform.
pub struct TransformRow {
    /// As written in a file.
    pub name: &'static str,
    /// What it does to a feature x; μ, σ, m are taken from the training part.
    pub formula: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// What it does.
    pub action: Action,
}

/// Every transform.
pub static TRANSFORMS: &[TransformRow] = &[
    TransformRow {
        name: "flip",
        formula: "each training picture is mirrored left to right with probability 1/2, anew in each epoch; after all other transforms",
        source: "Krizhevsky, Sutskever, Hinton 2012",
        action: Action::Move(augment::flip),
    },
    TransformRow {
        name: "grayscale",
        formula: "relative luminance of the linearised sRGB channels of 0 to 255, 0.2126 R + 0.7152 G + 0.0722 B, encoded again; one channel",
        source: "IEC 61966-2-1; ITU-R BT.709",
        action: Action::Fit(colour::luminance),
    },
    TransformRow {
        name: "grayscale-601",
        formula: "luma of the encoded channels of 0 to 255, 0.299 R + 0.587 G + 0.114 B; one channel",
        source: "ITU-R BT.601",
        action: Action::Fit(colour::luma),
    },
    TransformRow {
        name: "hsl-to-rgb",
        formula: "the inverse of rgb-to-hsl: red, green and blue of 0 to 255",
        source: "Joblove, Greenberg 1978",
        action: Action::Fit(colour::hsl_to_rgb),
    },
    TransformRow {
        name: "min-max",
        formula: "(x − min)/(max − min) per feature; a constant feature becomes 0",
        source: "sklearn.preprocessing.MinMaxScaler",
        action: Action::Fit(affine::min_max),
    },
    TransformRow {
        name: "one-hot",
        formula: "a column for each of at most 64 values that a feature of words or whole numbers has in training: 1 where it is that value, else 0; an unseen or missing one is all 0",
        source: "sklearn.preprocessing.OneHotEncoder with handle_unknown=\"ignore\"; where the list does not name it, words become columns first",
        action: Action::Fit(one_hot::one_hot),
    },
    TransformRow {
        name: "rgb-to-hsl",
        formula: "hue in degrees, saturation and lightness of 0 to 1 from channels of 0 to 255: L = (M+m)/2, S = (M−m)/(1−|2L−1|)",
        source: "Joblove, Greenberg 1978; grey has H = S = 0",
        action: Action::Fit(colour::rgb_to_hsl),
    },
    TransformRow {
        name: "shift",
        formula: "each training picture is moved by −2 to 2 pixels each way, anew in each epoch, its edge repeated; after all other transforms",
        source: "the usual augmentation of small pictures",
        action: Action::Move(augment::shift),
    },
    TransformRow {
        name: "standardise",
        formula: "(x − μ)/σ per feature, σ the population standard deviation; a constant feature becomes 0",
        source: "sklearn.preprocessing.StandardScaler",
        action: Action::Fit(affine::standardise),
    },
    TransformRow {
        name: "unit-scale",
        formula: "x/m, m the largest |x| of the whole training part: digits and images land in [0, 1]",
        source: "the usual division of pixels by 16 or 255",
        action: Action::Fit(affine::unit_scale),
    },
    TransformRow {
        name: "whiten",
        formula: "Λ^(−½)Vᵀ(x − μ), V and Λ the eigenvectors and eigenvalues of the covariance (n − 1): uncorrelated, variance 1; directions without variance become 0",
        source: "sklearn.decomposition.PCA(whiten=True), all components, by falling variance; differs: each vector's largest entry is positive",
        action: Action::Fit(whiten::whiten),
    },
    TransformRow {
        name: "zero-mean",
        formula: "x − μ per feature",
        source: "the source text's preprocessing: [1, 2, 3, 4, 5] becomes [−2, −1, 0, 1, 2]",
        action: Action::Fit(affine::zero_mean),
    },
];

/// The row of a name.
pub fn find(name: &str) -> Option<&'static TransformRow> {
    TRANSFORMS.iter().find(|t| t.name == name)
}
