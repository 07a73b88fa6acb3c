//! Kernel rows of one problem, the least recently used one dropped where the bytes are used up.

use std::collections::BTreeMap;

use crate::kernel::{Kernel, Parameters};

/// Rows K(i, ·) of x against itself.
pub(super) struct Cache<'a> {
    kernel: &'a Kernel,
    parameters: Parameters,
    x: &'a [f64],
    n_features: usize,
    squares: &'a [f64],
    /// At least the two rows that a step reads.
    capacity: usize,
    slots: Vec<(usize, u64, Vec<f64>)>,
    slot_of: Vec<Option<usize>>,
    /// Time of last use → slot.
    order: BTreeMap<u64, usize>,
    clock: u64,
}

impl<'a> Cache<'a> {
    pub(super) fn new(kernel: &'a Kernel, parameters: Parameters, x: &'a [f64], squares: &'a [f64], bytes: usize) -> Cache<'a> {
        let n = squares.len();
        let capacity = (bytes / size_of_val(squares)).clamp(2, n.max(2));
        let n_features = x.len() / n;
        let slot_of = vec![None; n];
        Cache { kernel, parameters, x, n_features, squares, capacity, slots: Vec::new(), slot_of, order: BTreeMap::new(), clock: 0 }
    }

    /// The slot of row i, which is computed if it is not there. The slot asked for just before stays valid.
    pub(super) fn slot(&mut self, i: usize) -> usize {
        self.clock += 1;
        if let Some(slot) = self.slot_of[i] {
            self.order.remove(&self.slots[slot].1);
            self.slots[slot].1 = self.clock;
            self.order.insert(self.clock, slot);
            return slot;
        }
        let slot = if self.slots.len() < self.capacity {
            self.slots.push((i, self.clock, vec![0.0; self.squares.len()]));
            self.slots.len() - 1
        } else {
            let (_, slot) = self.order.pop_first().expect("a full cache holds rows");
            self.slot_of[self.slots[slot].0] = None;
            slot
        };
        (self.slots[slot].0, self.slots[slot].1) = (i, self.clock);
        self.slot_of[i] = Some(slot);
        self.order.insert(self.clock, slot);
        let x_i = &self.x[i * self.n_features..(i + 1) * self.n_features];
        self.kernel.rows(&mut self.slots[slot].2, &self.parameters, x_i, self.x, self.squares, self.n_features);
        slot
    }

    pub(super) fn row(&self, slot: usize) -> &[f64] {
        &self.slots[slot].2
    }
}
