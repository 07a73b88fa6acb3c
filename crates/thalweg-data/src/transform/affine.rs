//! Affine maps of each feature: x ← (x − shift)·scale. Words stay as they are.

use super::{Block, Fitted, Fixed, Map, Passes};

/// x ← (x − shift)·scale.
pub(super) struct Affine {
    /// [n_features]
    pub(super) shift: Vec<f64>,
    /// [n_features]
    pub(super) scale: Vec<f64>,
}

impl Map for Affine {
    fn apply(&self, block: &mut Block) {
        for row in block.values.chunks_exact_mut(self.shift.len().max(1)) {
            for ((v, shift), scale) in row.iter_mut().zip(&self.shift).zip(&self.scale) {
                *v = (*v - shift) * scale;
            }
        }
    }

    fn fixed(&self) -> Fixed {
        Fixed::Affine { shift: self.shift.clone(), scale: self.scale.clone() }
    }
}

/// What one pass says of each column.
struct Columns {
    sum: Vec<f64>,
    min: Vec<f64>,
    max: Vec<f64>,
}

impl Columns {
    fn of(rows: &dyn Passes) -> Columns {
        let n = rows.layout().features.len();
        let mut c = Columns { sum: vec![0.0; n], min: vec![f64::INFINITY; n], max: vec![f64::NEG_INFINITY; n] };
        rows.pass(&mut |block| {
            for row in block.values.chunks_exact(n.max(1)) {
                c.sum.iter_mut().zip(row).for_each(|(sum, v)| *sum += v);
                c.min.iter_mut().zip(row).for_each(|(min, v)| *min = if *v < *min { *v } else { *min });
                c.max.iter_mut().zip(row).for_each(|(max, v)| *max = if *v > *max { *v } else { *max });
            }
        });
        c
    }

    /// A constant column has exactly its value, so that it becomes exactly 0.
    fn means(&self, n_rows: usize) -> Vec<f64> {
        let mean = |i: usize| if self.min[i] == self.max[i] { self.min[i] } else { self.sum[i] / n_rows as f64 };
        (0..self.sum.len()).map(mean).collect()
    }
}

/// The map, which leaves words alone.
fn boxed(rows: &dyn Passes, mut shift: Vec<f64>, mut scale: Vec<f64>) -> Fitted {
    for (i, _) in rows.layout().features.iter().enumerate().filter(|(_, f)| !f.categories.is_empty()) {
        (shift[i], scale[i]) = (0.0, 1.0);
    }
    Ok(Box::new(Affine { shift, scale }))
}

pub(super) fn zero_mean(rows: &dyn Passes) -> Fitted {
    let shift = Columns::of(rows).means(rows.n_rows());
    let scale = vec![1.0; shift.len()];
    boxed(rows, shift, scale)
}

pub(super) fn standardise(rows: &dyn Passes) -> Fitted {
    let shift = Columns::of(rows).means(rows.n_rows());
    // A second pass: the difference of two large sums would lose all digits of a small variance.
    let mut squares = vec![0.0; shift.len()];
    rows.pass(&mut |block| {
        for row in block.values.chunks_exact(shift.len().max(1)) {
            for ((sum, v), mean) in squares.iter_mut().zip(row).zip(&shift) {
                *sum += (v - mean) * (v - mean);
            }
        }
    });
    let sd = squares.iter().map(|s| (s / rows.n_rows() as f64).sqrt());
    let scale = sd.map(|sd| if sd > 0.0 { 1.0 / sd } else { 0.0 }).collect();
    boxed(rows, shift, scale)
}

pub(super) fn min_max(rows: &dyn Passes) -> Fitted {
    let Columns { min, max, .. } = Columns::of(rows);
    let scale = min.iter().zip(&max).map(|(lo, hi)| if hi > lo { 1.0 / (hi - lo) } else { 0.0 }).collect();
    boxed(rows, min, scale)
}

pub(super) fn unit_scale(rows: &dyn Passes) -> Fitted {
    let Columns { min, max, .. } = Columns::of(rows);
    let numbers = rows.layout().features.iter().zip(min.iter().zip(&max)).filter(|(f, _)| f.categories.is_empty());
    let largest = numbers.fold(0.0f64, |m, (_, (lo, hi))| m.max(lo.abs()).max(hi.abs()));
    boxed(rows, vec![0.0; min.len()], vec![if largest > 0.0 { 1.0 / largest } else { 1.0 }; min.len()])
}
