//! Kernel rows of one problem, the least recently used ones dropped where the room is used up.
//!
//! Rows come in batches, since a product reads all of x, be it for one row or for eight.

use crate::kernel::{Kernel, Parameters};
use crate::matmul::{Matrix, Onto, product};

/// Rows of a batch: products of more take hardly less time for each, and more of their rows are never asked for.
const BATCH: usize = 8;

/// No slot.
const NONE: usize = usize::MAX;

/// The memory of kernel rows, for one problem after another.
pub(super) struct Room {
    n_values: usize,
    /// Of each slot in turn.
    rows: Vec<f64>,
    /// Inner products of x with the rows of a batch, `[n, m]`.
    products: Vec<f64>,
}

impl Room {
    /// Of so many bytes, or of what the problem with most rows can use where that is less.
    pub(super) fn new(bytes: usize, most_rows: usize) -> Room {
        let n_values = (bytes / size_of::<f64>()).min(most_rows.saturating_mul(most_rows + BATCH));
        // Reserved at once, so that it never moves; the pages are touched as rows come.
        Room { n_values, rows: Vec::with_capacity(n_values), products: Vec::new() }
    }
}

/// What rows are made of: x `[n, n_features]` and its squared norms `[n]`.
#[derive(Clone, Copy)]
pub(super) struct Points<'a> {
    pub(super) kernel: &'a Kernel,
    pub(super) parameters: Parameters,
    pub(super) x: &'a [f64],
    pub(super) squares: &'a [f64],
}

/// Rows K(i, ·) of x against itself.
pub(super) struct Cache<'a> {
    points: Points<'a>,
    room: &'a mut Room,
    capacity: usize,
    slot_of: Vec<usize>,
    row_of: Vec<usize>,
    last_use: Vec<u64>,
    clock: u64,
}

impl<'a> Cache<'a> {
    pub(super) fn new(points: Points<'a>, room: &'a mut Room) -> Cache<'a> {
        let n = points.squares.len();
        // The products of a batch take room, too; the two rows that a step reads are always there.
        let capacity = (room.n_values / n).saturating_sub(BATCH).clamp(2, n.max(2));
        room.rows.clear();
        Cache { points, room, capacity, slot_of: vec![NONE; n], row_of: Vec::new(), last_use: Vec::new(), clock: 0 }
    }

    /// Rows that [`Cache::load`] takes along at most: so few that the row used just before stays.
    pub(super) fn spare(&self) -> usize {
        BATCH.min(self.capacity / 2) - 1
    }

    pub(super) fn holds(&self, i: usize) -> bool {
        self.slot_of[i] != NONE
    }

    /// Row i, which is there.
    pub(super) fn row(&self, i: usize) -> &[f64] {
        let n = self.slot_of.len();
        &self.room.rows[self.slot_of[i] * n..][..n]
    }

    /// Row i, which is there, is used.
    pub(super) fn touch(&mut self, i: usize) {
        self.clock += 1;
        self.last_use[self.slot_of[i]] = self.clock;
    }

    /// Computes row i and others, which are not there.
    pub(super) fn load(&mut self, i: usize, others: &[usize]) {
        let Points { kernel, parameters, x, squares } = self.points;
        let (n, m) = (squares.len(), 1 + others.len());
        let n_features = x.len() / n;
        let batch = || others.iter().copied().chain([i]);
        let mut chosen = Vec::with_capacity(m * n_features);
        batch().for_each(|i| chosen.extend_from_slice(&x[i * n_features..(i + 1) * n_features]));
        let mut products = std::mem::take(&mut self.room.products);
        products.resize(n * m, 0.0);
        product(&mut products, Onto::Replace, Matrix::new(x, n, n_features), Matrix::new(&chosen, m, n_features).t());
        for (column, i) in batch().enumerate() {
            let slot = self.slot_for(i);
            let row = &mut self.room.rows[slot * n..(slot + 1) * n];
            for (to, of_all) in row.iter_mut().zip(products.chunks_exact(m)) {
                *to = of_all[column];
            }
            (kernel.fill)(row, &parameters, squares[i], squares);
        }
        self.room.products = products;
    }

    /// A slot for row i: a new one or that of the row least recently used.
    fn slot_for(&mut self, i: usize) -> usize {
        self.clock += 1;
        let slot = if self.row_of.len() < self.capacity {
            self.row_of.push(i);
            self.last_use.push(self.clock);
            self.room.rows.resize(self.row_of.len() * self.slot_of.len(), 0.0);
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
