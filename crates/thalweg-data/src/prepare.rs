//! A set, split and transformed, in the precision of training.
//!
//! The set stays as it came; rows pass through the chain of transforms in blocks of double precision that fit the cache, so that
//! nothing of the set's size is held but the result.

use ndarray::Array2;
use rand::RngCore;
use thalweg_math::real::Real;

use crate::dataset::{Dataset, ImageShape, Labels, Task};
use crate::error::DataError;
use crate::intake::{Intake, passed};
use crate::source::Missing;
use crate::split::Split;
use crate::transform::{Action, Block, Layout, Map, Move, MoveRow, Passes, TransformRow, impute, moved, words_to_columns};

/// Labels of a part.
#[derive(Clone, Debug, PartialEq)]
pub enum PartLabels<T> {
    /// [n]
    Classes(Vec<u32>),
    /// [n, n_outputs]
    Values(Array2<T>),
}

/// Samples and labels of one part, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Part<T> {
    /// [n, n_features]
    pub x: Array2<T>,
    /// [n]
    pub y: PartLabels<T>,
}

impl<T: Real> Part<T> {
    /// Room for `n` rows of the same kind.
    pub fn zeros_like(other: &Part<T>, n: usize) -> Part<T> {
        let zeros = |columns| Array2::from_elem((n, columns), T::from_f64(0.0));
        let y = match &other.y {
            PartLabels::Classes(_) => PartLabels::Classes(vec![0; n]),
            PartLabels::Values(values) => PartLabels::Values(zeros(values.ncols())),
        };
        Part { x: zeros(other.x.ncols()), y }
    }
}

/// What moves training pictures from epoch to epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct Augment {
    /// In the order of the list.
    moves: Vec<MoveRow>,
    image: ImageShape,
}

impl Augment {
    /// Moves the first `n` pictures of a batch, each by a draw of its own.
    pub fn apply<T: Real>(&self, batch: &mut Part<T>, n: usize, rng: &mut dyn RngCore, scratch: &mut Vec<T>) {
        for mut picture in batch.x.rows_mut().into_iter().take(n) {
            let mut by = Move::default();
            self.moves.iter().for_each(|draw| draw(&mut by, rng));
            moved(picture.as_slice_mut().expect("batches are row-major"), self.image, by, scratch);
        }
    }
}

/// The three parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared<T> {
    /// For fitting.
    pub train: Part<T>,
    /// For choosing; may be empty.
    pub valid: Part<T>,
    /// For judging; may be empty.
    pub test: Part<T>,
    /// What is to be learned.
    pub task: Task,
    /// The columns after the transforms.
    pub layout: Layout,
    /// What moves the training pictures, if anything.
    pub augment: Option<Augment>,
    /// How new samples become rows of the same kind.
    pub intake: Intake,
}

impl<T> Prepared<T> {
    /// Bytes that the samples take.
    pub fn n_bytes(&self) -> usize {
        [&self.train, &self.valid, &self.test].iter().map(|part| part.x.len() * size_of::<T>()).sum()
    }
}

/// Splits, fits each transform on the training part as it then stands, applies it to all parts in f64, and rounds once.
///
/// Missing values are imputed first, and words become columns, where the list does not say when.
pub fn prepare<T: Real>(
    set: &Dataset,
    split: &Split,
    transforms: &[&'static TransformRow],
    missing: Missing,
) -> Result<Prepared<T>, DataError> {
    let mut chain =
        Chain { set, rows: &split.train, maps: Vec::new(), layout: Layout { features: set.features.clone(), image: set.image } };
    let wrong = |name: &str, reason: String| DataError::option("transform", format!("`{name}` {reason}"));
    if missing == Missing::Mean || missing == Missing::Median {
        let map = impute(&chain, missing).map_err(|reason| DataError::option("missing", reason))?;
        chain.push(map);
    }
    let has_words = set.features.iter().any(|f| !f.categories.is_empty());
    if has_words && transforms.iter().all(|t| t.name != "one-hot") {
        let map = words_to_columns(&chain).map_err(|reason| wrong("one-hot", reason))?;
        chain.push(map);
    }
    let mut moves = Vec::new();
    for row in transforms {
        match row.action {
            Action::Fit(fit) => {
                let map = fit(&chain).map_err(|reason| wrong(row.name, reason))?;
                chain.push(map);
            }
            Action::Move(draw) => moves.push((row.name, draw)),
        }
    }
    if chain.layout.features.is_empty() {
        return Err(DataError::option("transform", "no features are left"));
    }
    let augment = match (moves.first(), chain.layout.image) {
        (None, _) => None,
        (Some(_), Some(image)) => Some(Augment { moves: moves.into_iter().map(|m| m.1).collect(), image }),
        (Some((name, _)), None) => return Err(wrong(name, "needs pictures; these samples are none".into())),
    };
    let part = |rows: &[usize]| Part { x: chain.converted(rows), y: labels(&set.y, rows) };
    let intake = Intake::of(set, chain.maps.iter().map(|map| map.fixed()).collect());
    let (train, valid, test) = (part(&split.train), part(&split.valid), part(&split.test));
    Ok(Prepared { train, valid, test, task: set.task, layout: chain.layout, augment, intake })
}

fn labels<T: Real>(y: &Labels, rows: &[usize]) -> PartLabels<T> {
    match y {
        Labels::Classes(labels) => PartLabels::Classes(rows.iter().map(|r| labels[*r]).collect()),
        Labels::Values(values) => {
            PartLabels::Values(Array2::from_shape_fn((rows.len(), values.ncols()), |(r, c)| T::from_f64(values[(rows[r], c)])))
        }
    }
}

/// The transforms that are fitted so far, and what they are fitted on.
struct Chain<'a> {
    set: &'a Dataset,
    rows: &'a [usize],
    maps: Vec<Box<dyn Map>>,
    layout: Layout,
}

impl Chain<'_> {
    fn push(&mut self, map: Box<dyn Map>) {
        self.layout = map.layout(std::mem::replace(&mut self.layout, Layout { features: Vec::new(), image: None }));
        self.maps.push(map);
    }

    fn blocks(&self, rows: &[usize], each: &mut dyn FnMut(&Block)) {
        passed(&self.set.x, &self.maps, rows, each);
    }

    fn converted<T: Real>(&self, rows: &[usize]) -> Array2<T> {
        let n_columns = self.layout.features.len();
        let mut values = Vec::with_capacity(rows.len() * n_columns);
        self.blocks(rows, &mut |block| values.extend(block.values.iter().map(|v| T::from_f64(*v))));
        Array2::from_shape_vec((rows.len(), n_columns), values).expect("as many columns as the layout has")
    }
}

impl Passes for Chain<'_> {
    fn n_rows(&self) -> usize {
        self.rows.len()
    }

    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn pass(&self, each: &mut dyn FnMut(&Block)) {
        self.blocks(self.rows, each);
    }
}
