//! Least squares on indicators: how much of a quantity's variation groups of levels explain, whatever cells are missing.
//!
//! Each term is a set of 0/1 columns, one per level, and each observation is in exactly one level of a term: the normal equations are
//! counts. Columns that earlier ones explain are skipped, so nothing has to be coded as contrasts.

/// Below this share of its own length a column is explained by earlier ones.
const EXPLAINED: f64 = 1e-9;

/// Sums of squares of a design.
pub(super) struct Squares {
    /// Row by row: products of columns.
    products: Vec<Vec<f64>>,
    /// Products with the quantity.
    with_y: Vec<f64>,
    /// The columns of each term.
    columns: Vec<std::ops::Range<usize>>,
}

impl Squares {
    /// Of terms, each with a level for every observation (0, 1, … without gaps), and the quantity less its mean.
    pub(super) fn new(terms: &[Vec<usize>], y: &[f64]) -> Squares {
        let mut columns = Vec::new();
        let mut end = 1;
        for levels in terms {
            let n = levels.iter().max().map_or(0, |m| m + 1);
            columns.push(end..end + n);
            end += n;
        }
        // Column 0 is the constant.
        let (mut products, mut with_y) = (vec![vec![0.0; end]; end], vec![0.0; end]);
        for (i, value) in y.iter().enumerate() {
            let ones: Vec<usize> =
                std::iter::once(0).chain(terms.iter().zip(&columns).map(|(levels, range)| range.start + levels[i])).collect();
            for a in &ones {
                with_y[*a] += value;
                ones.iter().for_each(|b| products[*a][*b] += 1.0);
            }
        }
        Squares { products, with_y, columns }
    }

    /// What the constant and the terms `given` explain, then what `added` explains beyond them: two (sum of squares, degrees of freedom).
    pub(super) fn explained(&self, given: &[usize], added: &[usize]) -> [(f64, usize); 2] {
        let range = |terms: &[usize]| terms.iter().flat_map(|t| self.columns[*t].clone()).collect::<Vec<usize>>();
        let (given, added) = (range(given), range(added));
        let order: Vec<usize> = std::iter::once(0).chain(given).chain(added.iter().copied()).collect();
        let first_added = order.len() - added.len();
        // Rows of the Cholesky factor of those columns that are not explained, and the quantity's part along each.
        let mut kept: Vec<usize> = Vec::new();
        let mut factor: Vec<Vec<f64>> = Vec::new();
        let mut along: Vec<f64> = Vec::new();
        let mut sums = [(0.0, 0), (0.0, 0)];
        for (place, column) in order.iter().enumerate() {
            let mut row: Vec<f64> = Vec::with_capacity(kept.len() + 1);
            for (other, known) in kept.iter().zip(&factor) {
                let dot: f64 = row.iter().zip(known).map(|(a, b)| a * b).sum();
                row.push((self.products[*column][*other] - dot) / known[row.len()]);
            }
            let length = self.products[*column][*column];
            let left = length - row.iter().map(|v| v * v).sum::<f64>();
            if left <= EXPLAINED * length {
                continue;
            }
            let pivot = left.sqrt();
            let dot: f64 = row.iter().zip(&along).map(|(a, b)| a * b).sum();
            let part = (self.with_y[*column] - dot) / pivot;
            row.push(pivot);
            let sum = &mut sums[usize::from(place >= first_added)];
            // The constant has no degree of freedom of its own here.
            *sum = (sum.0 + part * part, sum.1 + usize::from(place > 0));
            kept.push(*column);
            factor.push(row);
            along.push(part);
        }
        sums
    }
}
