//! The variables of a binary dual, and the three loops over all of them that a step needs, on lanes of vectors.
//!
//! All arrays are padded to whole vectors; the rows of the padding may go neither up nor down, so they are never chosen.
//! Of equal candidates the last is taken, as LIBSVM does.

use super::smo::{Outcome, Solution};

/// Values of a vector.
pub(super) const LANES: usize = 8;

/// Values that stay in the first cache from one loop over them to the next.
const PART: usize = 256;

/// Curvature where the kernel gives none, LIBSVM's τ.
const TAU: f64 = 1e-12;

/// The variables and what bounds them.
pub(super) struct State<'a> {
    /// `[n]`
    y: &'a [f64],
    /// `[n]`
    c: &'a [f64],
    /// y_i α_i, padded
    beta: Vec<f64>,
    /// y_i − (Kβ)_i, padded
    v: Vec<f64>,
    /// 0 where β may go up, else −∞; padded
    up: Vec<f64>,
    /// 0 where β may go down, else ∞; padded
    down: Vec<f64>,
    /// Of the last search for a partner, padded
    decreases: Vec<f64>,
    /// K_ii, padded
    diagonal: &'a [f64],
}

/// How far from the optimum a state is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    /// The i that may go up with the largest v_i.
    pub(super) i: usize,
    /// That v_i, m(α).
    pub(super) highest: f64,
    /// The least v_j of those that may go down, M(α).
    pub(super) lowest: f64,
}

impl<'a> State<'a> {
    /// β = 0.
    pub(super) fn new(y: &'a [f64], c: &'a [f64], diagonal: &'a [f64]) -> State<'a> {
        let padded = diagonal.len();
        let mut v = y.to_vec();
        v.resize(padded, 0.0);
        let (up, down) = (vec![f64::NEG_INFINITY; padded], vec![f64::INFINITY; padded]);
        let mut state = State { y, c, beta: vec![0.0; padded], v, up, down, decreases: vec![0.0; padded], diagonal };
        (0..y.len()).for_each(|t| state.update_bounds(t));
        state
    }

    fn low(&self, t: usize) -> f64 {
        if self.y[t] > 0.0 { 0.0 } else { -self.c[t] }
    }

    fn high(&self, t: usize) -> f64 {
        if self.y[t] > 0.0 { self.c[t] } else { 0.0 }
    }

    fn update_bounds(&mut self, t: usize) {
        self.up[t] = if self.beta[t] < self.high(t) { 0.0 } else { f64::NEG_INFINITY };
        self.down[t] = if self.beta[t] > self.low(t) { 0.0 } else { f64::INFINITY };
    }

    /// The j that may go down with the largest decrease of the objective together with i; there is one.
    pub(super) fn partner(&mut self, i: usize, row: &[f64]) -> usize {
        let (v_i, d_i) = (self.v[i], self.diagonal[i]);
        let mut best = Best::new();
        let inputs = row.chunks(PART).zip(self.v.chunks(PART)).zip(self.down.chunks(PART)).zip(self.diagonal.chunks(PART));
        for (decreases, (((row, v), down), diagonal)) in self.decreases.chunks_mut(PART).zip(inputs) {
            for ((((to, row), v), down), diagonal) in decreases.iter_mut().zip(row).zip(v).zip(down).zip(diagonal) {
                *to = decrease(v_i - (v + down), d_i + diagonal - 2.0 * row);
            }
            best.see(decreases);
        }
        best.end().0
    }

    /// Moves β_i up and β_j down as far as is best, and v with them.
    pub(super) fn step(&mut self, i: usize, j: usize, row_i: &[f64], row_j: &[f64]) -> Ends {
        let curvature = self.diagonal[i] + self.diagonal[j] - 2.0 * row_i[j];
        let (room_i, room_j) = (self.high(i) - self.beta[i], self.beta[j] - self.low(j));
        let step = ((self.v[i] - self.v[j]) / if curvature > 0.0 { curvature } else { TAU }).min(room_i).min(room_j);
        // A bound that is reached is reached exactly, else rounding would keep the pair in play.
        self.beta[i] = if step >= room_i { self.high(i) } else { self.beta[i] + step };
        self.beta[j] = if step >= room_j { self.low(j) } else { self.beta[j] - step };
        self.update_bounds(i);
        self.update_bounds(j);
        self.advance(step, row_i, row_j)
    }

    /// v −= step · (row_i − row_j)
    pub(super) fn advance(&mut self, step: f64, row_i: &[f64], row_j: &[f64]) -> Ends {
        let (mut best, mut least) = (Best::new(), Best::new());
        let mut values = [0.0; PART];
        let inputs = self.up.chunks(PART).zip(self.down.chunks(PART)).zip(row_i.chunks(PART)).zip(row_j.chunks(PART));
        for (v, (((up, down), row_i), row_j)) in self.v.chunks_mut(PART).zip(inputs) {
            for ((v, a), b) in v.iter_mut().zip(row_i).zip(row_j) {
                *v -= step * (a - b);
            }
            let values = &mut values[..v.len()];
            values.iter_mut().zip(&*v).zip(up).for_each(|((to, v), up)| *to = v + up);
            best.see(values);
            values.iter_mut().zip(&*v).zip(down).for_each(|((to, v), down)| *to = -(v + down));
            least.see(values);
        }
        let (i, highest) = best.end();
        Ends { i, highest, lowest: -least.end().1 }
    }

    /// The rows, at most `most`, that come after i in the search for the i of the largest v_i, with a v above `floor`.
    pub(super) fn after_i(&self, i: usize, floor: f64, most: usize, may: impl Fn(usize) -> bool) -> Vec<usize> {
        self.next(i, most, |t| self.v[t] + self.up[t] - floor, may)
    }

    /// The rows, at most `most`, that came after j in the last search for a partner.
    pub(super) fn after_j(&self, j: usize, most: usize, may: impl Fn(usize) -> bool) -> Vec<usize> {
        self.next(j, most, |t| self.decreases[t], may)
    }

    /// Rows of the largest scores above 0, but for the chosen one.
    fn next(&self, chosen: usize, most: usize, score: impl Fn(usize) -> f64, may: impl Fn(usize) -> bool) -> Vec<usize> {
        if most == 0 {
            return Vec::new();
        }
        let mut best: Vec<(f64, usize)> = Vec::with_capacity(most + 1);
        let mut least = 0.0;
        for t in 0..self.y.len() {
            let score = score(t);
            if score > least && t != chosen && may(t) {
                best.insert(best.partition_point(|other| other.0 >= score), (score, t));
                best.truncate(most);
                least = if best.len() == most { best[most - 1].0 } else { 0.0 };
            }
        }
        best.into_iter().map(|(_, t)| t).collect()
    }

    pub(super) fn solution(&self, n_iterations: u64, outcome: Outcome) -> Solution {
        let (y, n) = (self.y, self.y.len());
        let (beta, v) = (&self.beta[..n], &self.v[..n]);
        let bias = self.bias();
        let dual_objective = -0.5 * (0..n).map(|t| beta[t] * (y[t] + v[t])).sum::<f64>();
        let norm: f64 = (0..n).map(|t| beta[t] * (y[t] - v[t])).sum();
        let slack: f64 = (0..n).map(|t| self.c[t] * (y[t] * (v[t] - bias)).max(0.0)).sum();
        let duality_gap = 0.5 * norm + slack + dual_objective;
        Solution { beta: beta.to_vec(), bias, dual_objective, duality_gap, n_iterations, outcome }
    }

    /// The mean of v over free points; without any, the middle of what the bounds allow.
    fn bias(&self) -> f64 {
        let (mut sum, mut n_free) = (0.0, 0);
        let (mut from, mut to) = (f64::NEG_INFINITY, f64::INFINITY);
        for t in 0..self.y.len() {
            let v = self.v[t];
            match (self.up[t] == 0.0, self.down[t] == 0.0) {
                (true, true) => {
                    sum += v;
                    n_free += 1;
                }
                (true, false) => from = from.max(v),
                (false, _) => to = to.min(v),
            }
        }
        if n_free > 0 { sum / f64::from(n_free) } else { 0.5 * (from + to) }
    }
}

/// Twice the decrease of the objective by a free step; −∞ where there is none.
#[inline(always)]
fn decrease(slope: f64, curvature: f64) -> f64 {
    let found = slope * slope / if curvature > 0.0 { curvature } else { TAU };
    if slope > 0.0 { found } else { f64::NEG_INFINITY }
}

/// The largest value so far in each lane, and its block.
struct Best {
    value: [f64; LANES],
    block: [u64; LANES],
    n_blocks: u64,
}

impl Best {
    fn new() -> Best {
        Best { value: [f64::NEG_INFINITY; LANES], block: [0; LANES], n_blocks: 0 }
    }

    /// Looks at the next values, whole vectors of them.
    #[inline(always)]
    fn see(&mut self, values: &[f64]) {
        for values in values.as_chunks::<LANES>().0 {
            for (l, &value) in values.iter().enumerate() {
                let is_better = value >= self.value[l];
                self.value[l] = if is_better { value } else { self.value[l] };
                self.block[l] = if is_better { self.n_blocks } else { self.block[l] };
            }
            self.n_blocks += 1;
        }
    }

    /// The last place of the largest value, and that value.
    fn end(&self) -> (usize, f64) {
        let mut best = (self.block[0] as usize * LANES, self.value[0]);
        for l in 1..LANES {
            let place = self.block[l] as usize * LANES + l;
            if self.value[l] > best.1 || self.value[l] == best.1 && place > best.0 {
                best = (place, self.value[l]);
            }
        }
        best
    }
}
