//! A function on a regular grid, and the lines along which it has one value (marching squares).

use std::collections::BTreeMap;
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

/// A side of a cell: its two nodes, the lower one first.
type Side = [(usize, usize); 2];

impl Grid {
    /// The grid of one surface in a table with the columns `surface, x, y, value`.
    pub fn of(table: &Table, surface: &str) -> Result<Grid, ReportError> {
        let (names, x, y, value) = (table.text("surface")?, table.float("x")?, table.float("y")?, table.float("value")?);
        let rows = (0..table.n_rows()).filter(|r| names[*r].as_deref() == Some(surface));
        let points = rows.filter_map(|r| Some((x[r]?, y[r], value[r].unwrap_or(f64::NAN))));
        Ok(Grid::through(&points.collect::<Vec<_>>()))
    }

    /// Through points `x, y, value` in any order, without `y` in one dimension. Where there is no point, the value is not a number.
    pub fn through(points: &[(f64, Option<f64>, f64)]) -> Grid {
        let distinct = |values: &mut dyn Iterator<Item = f64>| {
            let mut found: Vec<f64> = values.filter(|v| v.is_finite()).collect();
            found.sort_by(f64::total_cmp);
            found.dedup();
            found
        };
        let (x, y) = (distinct(&mut points.iter().map(|p| p.0)), distinct(&mut points.iter().filter_map(|p| p.1)));
        let place = |of: &[f64], v: f64| Some(of.partition_point(|w| *w < v)).filter(|i| of.get(*i) == Some(&v));
        let n_rows = y.len().max(1);
        let mut values = vec![f64::NAN; x.len() * n_rows];
        for (at_x, at_y, value) in points {
            if let (Some(i), Some(j)) = (place(&x, *at_x), at_y.map_or(Some(0), |v| place(&y, v))) {
                values[i * n_rows + j] = *value;
            }
        }
        Grid { x, y, values }
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

    /// Where the function is `level`: lines through the cells (marching squares); a closed one ends where it begins. A cell with a corner
    /// that is not a number has none.
    pub fn contour(&self, level: f64) -> Vec<Vec<(f64, f64)>> {
        let crossing = |side: Side| {
            let [(a, fa), (b, fb)] = side.map(|(i, j)| ((self.x[i], self.y[j]), self.at(i, j) - level));
            let t = fa / (fa - fb);
            (a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1))
        };
        joined(&self.pieces(level)).into_iter().map(|line| line.into_iter().map(crossing).collect()).collect()
    }

    fn at(&self, i: usize, j: usize) -> f64 {
        self.values[i * self.y.len() + j]
    }

    /// The contour cell by cell: the sides that it crosses, two by two in the order round the cell.
    fn pieces(&self, level: f64) -> Vec<[Side; 2]> {
        let mut pieces = Vec::new();
        for i in 1..self.x.len() {
            for j in 1..self.y.len() {
                let corners = [(i - 1, j - 1), (i, j - 1), (i, j), (i - 1, j)];
                if corners.iter().any(|c| !self.at(c.0, c.1).is_finite()) {
                    continue;
                }
                let is_below = |c: (usize, usize)| self.at(c.0, c.1) < level;
                let sides = (0..4).map(|side| (corners[side], corners[(side + 1) % 4]));
                let crossed: Vec<Side> = sides.filter(|(a, b)| is_below(*a) != is_below(*b)).map(|(a, b)| [a.min(b), a.max(b)]).collect();
                pieces.extend(crossed.as_chunks::<2>().0);
            }
        }
        pieces
    }
}

/// Pieces that share a side become one line: dashes run on from cell to cell then. No side has more than two pieces, one from each cell.
fn joined(pieces: &[[Side; 2]]) -> Vec<Vec<Side>> {
    let mut of_side = BTreeMap::<Side, Vec<usize>>::new();
    for (i, side) in pieces.iter().enumerate().flat_map(|(i, piece)| piece.iter().map(move |side| (i, side))) {
        of_side.entry(*side).or_default().push(i);
    }
    // Open lines from one of their ends; what remains is closed, and has no end to start from.
    let ends = of_side.iter().filter(|(_, found)| found.len() == 1).map(|(side, _)| *side);
    let (mut is_taken, mut lines) = (vec![false; pieces.len()], Vec::new());
    for start in ends.chain(pieces.iter().map(|piece| piece[0])) {
        let (mut line, mut last) = (vec![start], start);
        while let Some(next) = of_side[&last].iter().copied().find(|i| !is_taken[*i]) {
            is_taken[next] = true;
            last = if pieces[next][0] == last { pieces[next][1] } else { pieces[next][0] };
            line.push(last);
        }
        if line.len() > 1 {
            lines.push(line);
        }
    }
    lines
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

    /// From −2 to 2 in 40 cells, so that a cell is 0.1 wide.
    fn grid(f: impl Fn(f64, f64) -> f64) -> Grid {
        let at = |i: i32| f64::from(i) / 10.0 - 2.0;
        let points: Vec<_> = (0..=40).flat_map(|j| (0..=40).map(move |i| (at(i), at(j)))).collect();
        Grid::through(&points.into_iter().map(|(x, y)| (x, Some(y), f(x, y))).collect::<Vec<_>>())
    }

    fn length(line: &[(f64, f64)]) -> f64 {
        line.windows(2).map(|w| (w[0].0 - w[1].0).hypot(w[0].1 - w[1].1)).sum()
    }

    /// By hand: the contour x² + y² = 1 is the unit circle, of length 2π; it is one closed line.
    #[test]
    fn a_circle_is_round_and_closed() {
        let lines = grid(|x, y| x * x + y * y).contour(1.0);
        let [line] = lines.as_slice() else { panic!("{} lines", lines.len()) };
        assert!((length(line) - std::f64::consts::TAU).abs() < 0.02, "{}", length(line));
        assert!(line.first() == line.last() && line.iter().all(|p| (p.0.hypot(p.1) - 1.0).abs() < 0.005));
    }

    /// By hand: x + 2y = ±1 are straight, parallel lines from edge to edge, of length 4·√5/2 each.
    #[test]
    fn margins_of_a_linear_function_are_straight_and_parallel() {
        let grid = grid(|x, y| x + 2.0 * y);
        for level in [-1.0, 0.0, 1.0] {
            let lines = grid.contour(level);
            let [line] = lines.as_slice() else { panic!("{} lines", lines.len()) };
            assert!(line.iter().all(|p| (p.0 + 2.0 * p.1 - level).abs() < 1e-12));
            assert!((length(line) - 20f64.sqrt()).abs() < 1e-9, "{}", length(line));
        }
    }

    /// By hand: xy = 0.1 are two arms that do not meet; a saddle's cells keep them apart, too.
    #[test]
    fn arms_of_a_hyperbola_stay_apart() {
        let lines = grid(|x, y| x * y).contour(0.1);
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line.windows(2).all(|w| w[0].0.signum() == w[1].0.signum())));
    }

    #[test]
    fn what_is_constant_or_not_a_number_has_no_contour() {
        for value in [0.0, 1.0, f64::NAN, f64::INFINITY] {
            assert!(grid(|_, _| value).contour(0.0).is_empty(), "{value}");
        }
        // A hole cuts the line, and nothing that is not a number comes out.
        let lines = grid(|x, y| if x.abs() < 0.25 { f64::NAN } else { y }).contour(0.05);
        assert!(lines.len() == 2 && lines.iter().flatten().all(|p| p.1.is_finite() && p.0.abs() > 0.25), "{lines:?}");
        assert!(Grid::through(&[]).contour(0.0).is_empty() && Grid::through(&[(0.0, Some(0.0), 1.0)]).contour(0.0).is_empty());
    }

    #[test]
    fn levels_rise_within_the_values() {
        let grid = grid(|x, y| x * x + 25.0 * y * y);
        let levels = levels(&grid);
        assert!(levels.windows(2).all(|w| w[0] < w[1]) && levels[0] > 0.0 && levels[LEVELS - 1] <= 104.0 + 1e-9);
    }
}
