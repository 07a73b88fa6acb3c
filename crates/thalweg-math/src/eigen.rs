//! Eigenvalues and eigenvectors of symmetric matrices: the second door to `faer`.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::{Mat, MatRef, Par};

use crate::matmul::clear_upper_halves;

/// A = VᵀΛV of a symmetric A `[n, n]`: eigenvalues from largest to smallest, and the eigenvectors as rows `[n, n]`, each with its
/// largest entry positive (the first of equal ones), so that the result is one and not one of 2ⁿ. Only the lower half of A is read.
///
/// # Errors
/// If A holds what is not finite, or the iteration does not end.
pub fn symmetric(a: &[f64], n: usize) -> Result<(Vec<f64>, Vec<f64>), String> {
    assert_eq!(Some(a.len()), n.checked_mul(n), "a square matrix");
    if a.iter().any(|v| !v.is_finite()) {
        return Err("a matrix with infinite or missing entries has no eigenvalues".into());
    }
    let (mut values, mut vectors) = (faer::Col::<f64>::zeros(n), Mat::<f64>::zeros(n, n));
    let scratch = self_adjoint_evd_scratch::<f64>(n, ComputeEigenvectors::Yes, Par::Seq, Default::default());
    let mut memory = MemBuffer::new(scratch);
    let stack = MemStack::new(&mut memory);
    let view = MatRef::from_row_major_slice(a, n, n);
    let done = self_adjoint_evd(view, values.as_diagonal_mut(), Some(vectors.as_mut()), Par::Seq, stack, Default::default());
    clear_upper_halves();
    done.map_err(|e| format!("no eigenvalues: {e:?}"))?;
    let order = (0..n).rev();
    let rows = order.clone().flat_map(|j| {
        let column: Vec<f64> = (0..n).map(|i| vectors[(i, j)]).collect();
        let largest = column.iter().copied().fold(0.0f64, |m, v| if v.abs() > m.abs() { v } else { m });
        column.into_iter().map(move |v| if largest < 0.0 { -v } else { v })
    });
    let rows = rows.collect();
    Ok((order.map(|j| values[j]).collect(), rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn two_by_two_by_hand() {
        // 2x² + 2xy + 2y²: eigenvalues 3 and 1 along (1, 1) and (1, −1).
        let (values, vectors) = symmetric(&[2.0, 1.0, 1.0, 2.0], 2).expect("finite");
        let h = 0.5f64.sqrt();
        assert!(values.iter().zip([3.0, 1.0]).all(|(a, b)| (a - b).abs() < 1e-14));
        assert!(vectors[..2].iter().zip([h, h]).all(|(a, b)| (a - b).abs() < 1e-14), "{vectors:?}");
        assert!((vectors[2] + vectors[3]).abs() < 1e-14 && vectors[2..].iter().any(|v| *v > 0.7), "{vectors:?}");
        assert!(symmetric(&[f64::NAN], 1).is_err());
    }

    proptest! {
        #[test]
        fn vectors_are_orthonormal_and_give_the_matrix_back(n in 1usize..40, seed in prop::collection::vec(-1.0..1.0f64, 1600)) {
            let a: Vec<f64> = (0..n * n).map(|i| { let (r, c) = (i / n, i % n); seed[r.max(c) * 40 + r.min(c)] }).collect();
            let (values, v) = symmetric(&a, n).expect("finite");
            prop_assert!(values.windows(2).all(|w| w[0] >= w[1]));
            for i in 0..n {
                for j in 0..n {
                    let dot: f64 = (0..n).map(|k| v[i * n + k] * v[j * n + k]).sum();
                    prop_assert!((dot - f64::from(u8::from(i == j))).abs() < 1e-12);
                    let back: f64 = (0..n).map(|k| v[k * n + i] * values[k] * v[k * n + j]).sum();
                    prop_assert!((back - a[i * n + j]).abs() < 1e-12 * n as f64);
                }
            }
        }
    }
}
