//! Batches: a seeded order of the rows, and the copying of some of them next to each other. Allocates nothing.

use ndarray_rand::rand::seq::SliceRandom;
use rand::Rng;
use thalweg_math::real::Real;

use crate::prepare::{Part, PartLabels};

/// Puts 0..n into an order that depends on the generator alone, not on what the slice held.
pub fn shuffle(order: &mut [u32], rng: &mut impl Rng) {
    order.iter_mut().zip(0..).for_each(|(place, row)| *place = row);
    order.shuffle(rng);
}

/// Copies the rows `indices` of a part to the first rows of `batch`, which must have room for them.
pub fn gather<T: Real>(part: &Part<T>, indices: &[u32], batch: &mut Part<T>) {
    let rows = |from: &ndarray::Array2<T>, to: &mut ndarray::Array2<T>| {
        let n_columns = from.ncols();
        let from = from.as_slice().expect("parts are row-major");
        let to = to.as_slice_mut().expect("batches are row-major");
        for (row, place) in indices.iter().zip(to.chunks_exact_mut(n_columns.max(1))) {
            copy(&from[*row as usize * n_columns..][..n_columns], place);
        }
    };
    rows(&part.x, &mut batch.x);
    match (&part.y, &mut batch.y) {
        (PartLabels::Classes(from), PartLabels::Classes(to)) => {
            indices.iter().zip(to).for_each(|(row, place)| *place = from[*row as usize])
        }
        (PartLabels::Values(from), PartLabels::Values(to)) => rows(from, to),
        _ => unreachable!("a batch is made like its part"),
    }
}

/// Copies a row in pieces of known size: rows are so short that a call of the C library's copying costs as much as they do.
fn copy<T: Copy>(from: &[T], to: &mut [T]) {
    let ((from, from_rest), (to, to_rest)) = (from.as_chunks::<16>(), to.as_chunks_mut::<16>());
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
    to_rest.iter_mut().zip(from_rest).for_each(|(to, from)| *to = *from);
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn gathering_is_indexing() {
        let part = Part { x: Array2::from_shape_fn((9, 3), |(i, j)| (10 * i + j) as f32), y: PartLabels::Classes((0..9).collect()) };
        let mut batch = Part::zeros_like(&part, 4);
        gather(&part, &[7, 0, 3], &mut batch);
        for (i, row) in [7usize, 0, 3].into_iter().enumerate() {
            assert_eq!(batch.x.row(i), part.x.row(row));
        }
        assert_eq!(batch.y, PartLabels::Classes(vec![7, 0, 3, 0]));
    }

    #[test]
    fn an_order_is_a_permutation_that_forgets_the_one_before() {
        let (mut a, mut b) = (vec![0; 50], (0..50).rev().collect::<Vec<u32>>());
        shuffle(&mut a, &mut ChaCha8Rng::seed_from_u64(5));
        shuffle(&mut b, &mut ChaCha8Rng::seed_from_u64(5));
        assert_eq!(a, b);
        a.sort_unstable();
        assert_eq!(a, (0..50).collect::<Vec<u32>>());
    }
}
