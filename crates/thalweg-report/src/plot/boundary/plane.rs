//! What a model makes of the plane, from the table of regions: its grid, H and its margins, its samples; or its fitted curve.

use std::collections::HashMap;

use crate::error::ReportError;
use crate::plot::contour::Grid;
use crate::table::Table;

/// The most samples of a part that are drawn; all are counted.
pub const MAX_SAMPLES: usize = 250;
/// How sure a cell is whose model says nothing of it.
const UNKNOWN: f64 = 0.6;

/// A point with its two coordinates.
pub type Point = (f64, f64);

/// One model's panel.
#[derive(Default)]
pub struct Plane {
    /// The grid, row by row.
    pub cells: Vec<Cell>,
    /// Where f = 0.
    pub boundary: Vec<Vec<Point>>,
    /// Where f = ±1, if scores are margins.
    pub margins: Vec<Vec<Point>>,
    /// The fitted curve; where it has no value, y is not a number.
    pub curve: Vec<Point>,
    /// All samples.
    pub samples: Vec<Sample>,
}

/// A point of the grid.
pub struct Cell {
    /// Its middle.
    pub at: Point,
    /// The class that is predicted.
    pub class: Option<usize>,
    /// How sure the model is, from 0 for a guess to 1: by its probability, else by its decision value.
    pub sure: Option<f64>,
}

/// A sample.
pub struct Sample {
    /// Its place.
    pub at: Point,
    /// Its class.
    pub class: usize,
    /// How it was predicted.
    pub verdict: Verdict,
    /// Whether the model was trained on it.
    pub part: Part,
    /// Whether it is a support vector.
    pub role: Role,
}

/// How a sample was predicted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// As what it is, or there are no classes.
    Right,
    /// As another class.
    Wrong,
}

/// Which part a sample belongs to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Part {
    /// The training part.
    Training,
    /// The test part, or validation.
    Other,
}

/// What a model makes of a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Role {
    /// It carries the boundary.
    Support,
    /// It could be left out.
    Free,
}

/// The classes' names, and the planes of some configurations.
pub fn planes(table: &Table, configs: &[&str]) -> Result<(Vec<String>, Vec<Plane>), ReportError> {
    let (config, what, role) = (table.text("config")?, table.text("what")?, table.text("role")?);
    let (x, y, p, f) = (table.float("x")?, table.float("y")?, table.float("p")?, table.float("f")?);
    let (class, predicted) = (table.text("class")?, table.text("predicted")?);
    let mut classes: Vec<String> = class.iter().chain(&predicted).flatten().cloned().collect();
    classes.sort();
    classes.dedup();
    let index = |name: &Option<String>| name.as_ref().and_then(|n| classes.binary_search(n).ok());
    let places: HashMap<&str, usize> = configs.iter().enumerate().map(|(i, config)| (*config, i)).collect();
    let mut planes: Vec<Plane> = configs.iter().map(|_| Plane::default()).collect();
    let mut grids: Vec<Vec<Row>> = configs.iter().map(|_| Vec::new()).collect();
    for row in 0..table.n_rows() {
        let Some(place) = config[row].as_deref().and_then(|c| places.get(c)) else { continue };
        let Some(x) = x[row].filter(|v| v.is_finite()) else { continue };
        let y = y[row].filter(|v| v.is_finite());
        let plane = &mut planes[*place];
        match (what[row].as_deref(), y) {
            (Some("curve"), y) => plane.curve.push((x, y.unwrap_or(f64::NAN))),
            (_, None) => {}
            (Some("grid"), Some(y)) => {
                let finite = |v: Option<f64>| v.filter(|v| v.is_finite());
                grids[*place].push(Row { at: (x, y), class: index(&predicted[row]), p: finite(p[row]), f: finite(f[row]) });
            }
            (of, Some(y)) => plane.samples.push(Sample {
                at: (x, y),
                class: index(&class[row]).unwrap_or(0),
                verdict: if class[row].is_none() || class[row] == predicted[row] { Verdict::Right } else { Verdict::Wrong },
                part: if of == Some("train") { Part::Training } else { Part::Other },
                role: if role[row].as_deref() == Some("support") { Role::Support } else { Role::Free },
            }),
        }
    }
    for (plane, rows) in planes.iter_mut().zip(grids) {
        plane.lay(rows);
    }
    Ok((classes, planes))
}

/// A row of the table that is a point of the grid.
struct Row {
    at: Point,
    class: Option<usize>,
    p: Option<f64>,
    f: Option<f64>,
}

impl Plane {
    /// Lays the grid.
    fn lay(&mut self, rows: Vec<Row>) {
        let (has_p, has_f) = (rows.iter().any(|r| r.p.is_some()), rows.iter().any(|r| r.f.is_some()));
        if has_f {
            let grid = Grid::through(&rows.iter().map(|r| (r.at.0, Some(r.at.1), r.f.unwrap_or(f64::NAN))).collect::<Vec<_>>());
            self.boundary = grid.contour(0.0);
            if !has_p {
                self.margins = [-1.0, 1.0].into_iter().flat_map(|level| grid.contour(level)).collect();
            }
        }
        let sure = |row: &Row| match (has_p, has_f) {
            (true, _) => row.p,
            (_, true) => row.f.map(f64::abs),
            _ => Some(UNKNOWN),
        };
        self.cells = rows.iter().map(|row| Cell { at: row.at, class: row.class, sure: sure(row).map(|v| v.clamp(0.0, 1.0)) }).collect();
    }

    /// Samples of the other part, and how many of them are right.
    pub fn tested(&self) -> (usize, usize) {
        let tested = || self.samples.iter().filter(|s| s.part == Part::Other);
        (tested().count(), tested().filter(|s| s.verdict == Verdict::Right).count())
    }

    /// Its support vectors.
    pub fn n_supports(&self) -> usize {
        self.samples.iter().filter(|s| s.role == Role::Support).count()
    }

    /// Samples that are drawn: of each part evenly spread ones.
    pub fn shown(&self) -> Vec<&Sample> {
        let of = |part: Part| {
            let all: Vec<&Sample> = self.samples.iter().filter(|s| s.part == part).collect();
            let n = all.len().min(MAX_SAMPLES);
            (0..n).map(|i| all[i * all.len() / n]).collect::<Vec<_>>()
        };
        [of(Part::Training), of(Part::Other)].concat()
    }

    /// The steepest slope of the curve between neighbouring points, whatever its sign.
    pub fn steepest(&self) -> Option<f64> {
        let slopes = self.curve.windows(2).map(|w| ((w[1].1 - w[0].1) / (w[1].0 - w[0].0)).abs()).filter(|s| s.is_finite());
        slopes.reduce(f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: between (0, 0), (1, 2), (3, −4) and (4, −4) slopes are 2, −3 and 0; what is not a number or stands still is left out.
    #[test]
    fn the_steepest_slope_may_fall() {
        let plane = |curve: &[Point]| Plane { curve: curve.to_vec(), ..Plane::default() };
        assert_eq!(plane(&[(0.0, 0.0), (1.0, 2.0), (3.0, -4.0), (4.0, -4.0)]).steepest(), Some(3.0));
        assert_eq!(plane(&[(0.0, 0.0), (1.0, 2.0), (2.0, f64::NAN), (3.0, 9.0), (3.0, 10.0)]).steepest(), Some(2.0));
        assert_eq!(plane(&[(0.0, 1.0)]).steepest(), None);
    }

    fn laid(of: impl Fn(Point) -> (Option<f64>, Option<f64>)) -> Plane {
        let at = |i: i32| f64::from(i % 41) / 10.0 - 2.0;
        let rows = (0..41 * 41).map(|i| (at(i), at(i / 41))).map(|at| Row { at, class: Some(0), p: of(at).0, f: of(at).1 });
        let mut plane = Plane::default();
        plane.lay(rows.collect());
        plane
    }

    /// H is there with a probability and without one, margins only without; the field of x² + y² − 2 has its margins on circles of
    /// radius 1 and √3.
    #[test]
    fn margins_are_where_scores_are_margins() {
        let f = |at: Point| at.0 * at.0 + at.1 * at.1 - 2.0;
        let with = laid(|at| (Some(0.5), Some(f(at))));
        assert_eq!((with.boundary.len(), with.margins.len()), (1, 0));
        let without = laid(|at| (None, Some(f(at))));
        assert_eq!((without.boundary.len(), without.margins.len()), (1, 2));
        let radii: Vec<f64> = without.margins.iter().map(|line| line[0].0.hypot(line[0].1)).collect();
        // Half a cell is 0.05.
        assert!((radii[0] - 1.0).abs() < 0.05 && (radii[1] - 3f64.sqrt()).abs() < 0.05, "{radii:?}");
    }

    #[test]
    fn cells_are_sure_by_probability_then_by_decision_value() {
        let sure = |p, f| laid(|_| (p, f)).cells[0].sure;
        assert_eq!((sure(Some(0.3), Some(5.0)), sure(None, Some(-0.4)), sure(None, Some(7.0))), (Some(0.3), Some(0.4), Some(1.0)));
        assert_eq!((sure(None, None), sure(None, Some(f64::NAN).filter(|v| v.is_finite()))), (Some(UNKNOWN), Some(UNKNOWN)));
    }
}
