//! Kernel rows of one problem, the least recently used ones dropped where the room is used up.
//!
//! Rows come in batches, since a product reads all of x, be it for one row or for eight.

use std::borrow::Cow;

use super::state::LANES;
use crate::kernel::{Kernel, Parameters, squared_norms};
use crate::matmul::{Matrix, Onto, product};

/// Rows of a batch: products of more take hardly less time for each, and more of their rows are never asked for.
const BATCH: usize = 8;

/// Loads of one row until a batch is tried again.
const TRIAL: u64 = 64;

/// Rows taken along that the share of those used is counted over.
const MEMORY: u64 = 256;

/// No slot.
const NONE: usize = usize::MAX;

/// Rows K(i, ·) of some points against themselves, padded with zeros to whole vectors.
pub(super) struct Cache<'a> {
    kernel: &'static Kernel,
    parameters: Parameters,
    /// `[n, n_features]`, of which the points are some rows.
    all: &'a [f64],
    n_features: usize,
    n_values: usize,
    /// Which rows the points are.
    points: Vec<usize>,
    x: Cow<'a, [f64]>,
    squares: Vec<f64>,
    diagonal: Vec<f64>,
    /// Of each slot in turn.
    values: Vec<f64>,
    /// Inner products of x with the rows of a batch, `[n, m]`.
    products: Vec<f64>,
    capacity: usize,
    slot_of: Vec<usize>,
    row_of: Vec<usize>,
    last_use: Vec<u64>,
    clock: u64,
    /// Whether the row of a slot was taken along and not used since.
    is_spare: Vec<bool>,
    /// Rows taken along and those used of them, of late.
    n_taken: u64,
    n_used: u64,
    n_loads: u64,
}

impl<'a> Cache<'a> {
    /// No points; values take so many bytes, or what a problem of `most_rows` can use where that is less.
    pub(super) fn new(
        kernel: &'static Kernel,
        parameters: Parameters,
        all: &'a [f64],
        n_features: usize,
        bytes: usize,
        most_rows: usize,
    ) -> Cache<'a> {
        let most_rows = most_rows.next_multiple_of(LANES);
        let n_values = (bytes / size_of::<f64>()).min(most_rows.saturating_mul(most_rows + BATCH));
        Cache {
            kernel,
            parameters,
            all,
            n_features,
            n_values,
            points: Vec::new(),
            x: Cow::Borrowed(&[]),
            squares: Vec::new(),
            diagonal: Vec::new(),
            // Reserved at once, so that they never move; the pages are touched as rows come.
            values: Vec::with_capacity(n_values),
            products: Vec::new(),
            capacity: 0,
            slot_of: Vec::new(),
            row_of: Vec::new(),
            last_use: Vec::new(),
            clock: 0,
            is_spare: Vec::new(),
            n_taken: 0,
            n_used: 0,
            n_loads: 0,
        }
    }

    /// Takes other points; rows that are there stay if the points do.
    pub(super) fn take(&mut self, points: &[usize]) {
        if self.points == points {
            return;
        }
        self.points = points.to_vec();
        let (n, n_features) = (points.len(), self.n_features);
        if n * n_features == self.all.len() {
            self.x = Cow::Borrowed(self.all);
        } else {
            let x = self.x.to_mut();
            x.clear();
            points.iter().for_each(|&i| x.extend_from_slice(&self.all[i * n_features..(i + 1) * n_features]));
        }
        self.squares = squared_norms(&self.x, n_features);
        self.diagonal = self.squares.iter().map(|&square| self.kernel.of_itself(&self.parameters, square)).collect();
        let padded = n.next_multiple_of(LANES);
        self.diagonal.resize(padded, 0.0);
        // The products of a batch take room, too; the two rows that a step reads are always there.
        self.capacity = (self.n_values / padded).saturating_sub(BATCH).clamp(2, n.max(2));
        self.slot_of = vec![NONE; n];
        self.row_of.clear();
        self.last_use.clear();
        self.is_spare.clear();
        self.values.clear();
    }

    /// K(i, i), padded with zeros.
    pub(super) fn diagonal(&self) -> &[f64] {
        &self.diagonal
    }

    /// Rows that [`Cache::load`] takes along at most: so few that the row used just before stays. Where each drops another row
    /// they must have been worth it, or it is one load in many that finds out.
    pub(super) fn spare(&self) -> usize {
        let has_room = self.row_of.len() < self.capacity;
        let are_worth_it = 3 * self.n_used >= self.n_taken || self.n_loads.is_multiple_of(TRIAL);
        if has_room || are_worth_it { BATCH.min(self.capacity / 2) - 1 } else { 0 }
    }

    pub(super) fn holds(&self, i: usize) -> bool {
        self.slot_of[i] != NONE
    }

    /// Row i, which is there.
    pub(super) fn row(&self, i: usize) -> &[f64] {
        let padded = self.diagonal.len();
        &self.values[self.slot_of[i] * padded..][..padded]
    }

    /// Row i, which is there, is used.
    pub(super) fn touch(&mut self, i: usize) {
        let slot = self.slot_of[i];
        self.clock += 1;
        self.last_use[slot] = self.clock;
        self.n_used += u64::from(std::mem::take(&mut self.is_spare[slot]));
    }

    /// Computes row i and others, which are not there.
    pub(super) fn load(&mut self, i: usize, others: &[usize]) {
        let (n, padded, n_features, m) = (self.points.len(), self.diagonal.len(), self.n_features, 1 + others.len());
        self.n_loads += 1;
        self.n_taken += others.len() as u64;
        if self.n_taken > MEMORY {
            (self.n_taken, self.n_used) = (self.n_taken / 2, self.n_used / 2);
        }
        let batch = || others.iter().copied().chain([i]);
        let mut chosen = Vec::with_capacity(m * n_features);
        batch().for_each(|i| chosen.extend_from_slice(&self.x[i * n_features..(i + 1) * n_features]));
        self.products.resize(n * m, 0.0);
        let (x, chosen) = (Matrix::new(&self.x, n, n_features), Matrix::new(&chosen, m, n_features));
        product(&mut self.products, Onto::Replace, x, chosen.t());
        for (column, i) in batch().enumerate() {
            let slot = self.slot_for(i);
            self.is_spare[slot] = column + 1 < m;
            let row = &mut self.values[slot * padded..][..n];
            if m == 1 {
                row.copy_from_slice(&self.products);
            } else {
                row.iter_mut().zip(self.products.chunks_exact(m)).for_each(|(to, of_all)| *to = of_all[column]);
            }
            (self.kernel.fill)(row, &self.parameters, self.squares[i], &self.squares);
        }
    }

    /// A slot for row i: a new one or that of the row least recently used.
    fn slot_for(&mut self, i: usize) -> usize {
        self.clock += 1;
        let slot = if self.row_of.len() < self.capacity {
            self.row_of.push(i);
            self.last_use.push(self.clock);
            self.is_spare.push(false);
            self.values.resize(self.row_of.len() * self.diagonal.len(), 0.0);
            self.row_of.len() - 1
        } else {
            // Looking through the slots takes less time than the row, which is at least as long.
            let slot = (0..self.capacity).min_by_key(|&slot| self.last_use[slot]).expect("two slots");
            self.slot_of[self.row_of[slot]] = NONE;
            (self.row_of[slot], self.last_use[slot]) = (i, self.clock);
            slot
        };
        self.slot_of[i] = slot;
        slot
    }
}
