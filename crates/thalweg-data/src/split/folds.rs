//! k folds: training and validation rows cut into k parts of equal size, one of which validates.

use ndarray_rand::rand::seq::SliceRandom;
use rand::RngCore;

use super::{Fold, Rows, Strata, grouped};
use crate::error::DataError;

/// (training, validation) rows. The cut depends on the draw alone, not on which fold validates; over all folds each row validates once.
pub(super) fn cut(
    rows: &Rows<'_>,
    rest: Vec<usize>,
    strata: Strata,
    fold: Fold,
    rng: &mut dyn RngCore,
) -> Result<(Vec<usize>, Vec<usize>), DataError> {
    let n_folds = fold.n_folds;
    // Before there is room for them: the number may come from a weights file.
    if n_folds > rest.len() {
        return Err(DataError::option("folds", format!("{} rows or their groups are too few for {n_folds} folds", rest.len())));
    }
    let mut folds = vec![Vec::new(); n_folds];
    match rows.groups {
        Some(groups) => {
            for group in grouped::shuffled(&rest, groups, rng) {
                folds.iter_mut().min_by_key(|f| f.len()).expect("at least two folds").extend(group);
            }
        }
        None => {
            // Dealing goes on from class to class, so that sizes differ by at most one.
            let mut dealt = 0;
            for mut class in rows.classes(strata, &rest) {
                class.shuffle(&mut *rng);
                for row in class {
                    folds[dealt % n_folds].push(row);
                    dealt += 1;
                }
            }
        }
    }
    if folds.iter().any(Vec::is_empty) {
        return Err(DataError::option("folds", format!("{} rows or their groups are too few for {n_folds} folds", rest.len())));
    }
    let mut valid = std::mem::take(&mut folds[fold.index]);
    let mut train = folds.concat();
    train.sort_unstable();
    valid.sort_unstable();
    Ok((train, valid))
}
