//! A function on a regular grid, and the lines along which it has one value (marching squares).

use std::ops::Range;

use crate::error::ReportError;
use crate::table::Table;

/// A function of one or two coordinates on a regular grid.
pub struct Grid {
    x: Vec<f64>,
    /// Empty in one dimension.
    y: Vec<f64>,
    /// `[x, y]`
    values: Vec<f64>,
}

/// A piece of a contour: its two ends.
pub type Piece = ((f64, f64), (f64, f64));

impl Grid {
    /// The grid of one surface in a table with the columns `surface, x, y, value`.
    pub fn of(table: &Table, surface: &str) -> Result<Grid, ReportError> {
        let (names, x, y, value) = (table.text("surface")?, table.float("x")?, table.float("y")?, table.float("value")?);
        let rows: Vec<usize> = (0..table.n_rows()).filter(|r| names[*r].as_deref() == Some(surface)).collect();
        let distinct = |column: &[Option<f64>]| {
            let mut found: Vec<f64> = rows.iter().filter_map(|r| column[*r]).collect();
            found.sort_by(f64::total_cmp);
            found.dedup();
            found
        };
        let values = rows.iter().map(|r| value[*r].unwrap_or(f64::NAN)).collect();
        Ok(Grid { x: distinct(&x), y: distinct(&y), values })
    }

    /// What a picture shows of each direction: in one dimension, upwards is the value.
    pub fn ranges(&self) -> (Range<f64>, Range<f64>) {
        let ends = |v: &[f64]| {
            let (low, high) =
                v.iter().filter(|v| v.is_finite()).fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
            if low < high { low..high } else { 0.0..1.0 }
        };
        if !self.y.is_empty() {
            return (ends(&self.x), ends(&self.y));
        }
        let values = ends(&self.values);
        let room = 0.06 * (values.end - values.start);
        (ends(&self.x), values.start - room..values.end + room)
    }

    /// The curve, in one dimension.
    pub fn curve(&self) -> Option<Vec<(f64, f64)>> {
        self.y.is_empty().then(|| self.x.iter().copied().zip(self.values.iter().copied()).collect())
    }

    fn at(&self, i: usize, j: usize) -> f64 {
        self.values[i * self.y.len() + j]
    }

    /// Where the function is `level`, cell by cell: each side that the level crosses, joined in the order round the cell.
    pub fn contour(&self, level: f64) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for i in 1..self.x.len() {
            for j in 1..self.y.len() {
                let corner = |di: usize, dj: usize| ((self.x[i - di], self.y[j - dj]), self.at(i - di, j - dj) - level);
                let corners = [corner(1, 1), corner(0, 1), corner(0, 0), corner(1, 0)];
                let mut crossed = Vec::with_capacity(4);
                for side in 0..4 {
                    let ((a, fa), (b, fb)) = (corners[side], corners[(side + 1) % 4]);
                    if (fa < 0.0) != (fb < 0.0) {
                        let t = fa / (fa - fb);
                        crossed.push((a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1)));
                    }
                }
                pieces.extend(crossed.chunks_exact(2).map(|ends| (ends[0], ends[1])));
            }
        }
        pieces
    }
}

/// Lines in a picture.
const LEVELS: usize = 14;

/// Levels that rise from the lowest value with the square of their number, so that lines lie about evenly on a bowl.
pub fn levels(grid: &Grid) -> Vec<f64> {
    let finite = || grid.values.iter().copied().filter(|v| v.is_finite());
    let (low, high) = finite().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    // Steep surfaces spend their height at the edges: a third root would still leave the middle empty.
    let mut sorted: Vec<f64> = finite().collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.get(sorted.len() / 2).map_or(0.5, |m| (m - low) / (high - low).max(f64::MIN_POSITIVE));
    let power = if middle < 0.1 { 4 } else { 2 };
    (1..=LEVELS).map(|i| low + (high - low) * (i as f64 / LEVELS as f64).powi(power)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Column;

    fn grid(f: impl Fn(f64, f64) -> f64) -> Grid {
        let points: Vec<(f64, f64)> =
            (0..=40).flat_map(|i| (0..=40).map(move |j| (f64::from(i) / 10.0 - 2.0, f64::from(j) / 10.0 - 2.0))).collect();
        let column = |name: &str, f: &dyn Fn(&(f64, f64)) -> f64| Column::float(name, points.iter().map(|p| Some(f(p))).collect());
        let surface = Column::text("surface", vec![Some("s".into()); points.len()]);
        let table =
            Table::new(vec![surface, column("x", &|p| p.0), column("y", &|p| p.1), column("value", &|p| f(p.0, p.1))]).expect("a table");
        Grid::of(&table, "s").expect("a grid")
    }

    /// By hand: the contour x² + y² = 1 is the unit circle, of length 2π, and every piece ends near it.
    #[test]
    fn a_circle_is_round() {
        let pieces = grid(|x, y| x * x + y * y).contour(1.0);
        let length: f64 = pieces.iter().map(|(a, b)| (a.0 - b.0).hypot(a.1 - b.1)).sum();
        assert!((length - std::f64::consts::TAU).abs() < 0.02, "{length}");
        assert!(pieces.iter().flat_map(|(a, b)| [a, b]).all(|p| (p.0.hypot(p.1) - 1.0).abs() < 0.005));
    }

    #[test]
    fn levels_rise_within_the_values() {
        let grid = grid(|x, y| x * x + 25.0 * y * y);
        let levels = levels(&grid);
        assert!(levels.windows(2).all(|w| w[0] < w[1]) && levels[0] > 0.0 && levels[LEVELS - 1] <= 104.0 + 1e-9);
    }
}
