//! `Intake`: how new samples become rows that a trained model takes: its columns, and the fitted transforms.

use ndarray::Array2;
use thalweg_math::real::Real;

use crate::dataset::{Dataset, Feature, ImageShape, Samples};
use crate::transform::{Block, Fixed, Layout, Map};

/// Rows that pass through the chain at a time.
const BLOCK: usize = 32;

/// What new samples must have, and what is done to them.
#[derive(Clone, Debug, PartialEq)]
pub struct Intake {
    /// The columns as they come.
    pub features: Vec<Feature>,
    /// How they make up a picture, if they do.
    pub image: Option<ImageShape>,
    /// The columns of a table that are no features: the target first.
    pub others: Vec<String>,
    /// Names of the classes; empty for regression.
    pub class_names: Vec<String>,
    /// The fitted transforms, in order.
    pub steps: Vec<Fixed>,
}

impl Intake {
    /// Of a set and what was fitted on it.
    pub fn of(set: &Dataset, steps: Vec<Fixed>) -> Intake {
        Intake { features: set.features.clone(), image: set.image, others: set.others.clone(), class_names: set.class_names.clone(), steps }
    }

    /// The maps and the columns behind them; says what does not fit.
    pub fn chain(&self) -> Result<(Vec<Box<dyn Map>>, Layout), String> {
        let mut layout = Layout { features: self.features.clone(), image: self.image };
        let mut maps = Vec::new();
        for step in &self.steps {
            let map = step.map(&layout)?;
            layout = map.layout(layout);
            maps.push(map);
        }
        Ok((maps, layout))
    }

    /// Samples `[n, n_features]` as the model takes them, rounded once.
    pub fn convert<T: Real>(&self, x: &Samples) -> Result<Array2<T>, String> {
        let (n, n_columns) = x.dim();
        if n_columns != self.features.len() {
            return Err(format!("has {n_columns} features, but the model was trained on {}", self.features.len()));
        }
        let (maps, layout) = self.chain()?;
        let rows: Vec<usize> = (0..n).collect();
        let mut values = Vec::new();
        passed(x, &maps, &rows, &mut |block| values.extend(block.values.iter().map(|v| T::from_f64(*v))));
        Array2::from_shape_vec((n, layout.features.len()), values).map_err(|e| e.to_string())
    }
}

/// Rows on their way through a chain, in blocks of double precision that fit the cache.
pub(crate) fn passed(x: &Samples, maps: &[Box<dyn Map>], rows: &[usize], each: &mut dyn FnMut(&Block)) {
    let n_columns = x.dim().1;
    let mut block = Block::default();
    for rows in rows.chunks(BLOCK) {
        block.n_columns = n_columns;
        block.values.resize(rows.len() * n_columns, 0.0);
        for (row, out) in rows.iter().zip(block.values.chunks_exact_mut(n_columns)) {
            x.copy_row(*row, out);
        }
        maps.iter().for_each(|map| map.apply(&mut block));
        each(&block);
    }
}
