//! Softmax and cross-entropy of `f32` scores for at most sixteen classes, with AVX-512.
//!
//! A row of ten scores fills no vector, and its largest score and its sum are chains of dependent operations. Here sixteen
//! samples lie side by side, one vector for each class, so both are as short as there are classes and nothing is idle.
//! The formulas are those of [`super::cross_entropy`]; the sums over classes run in the order of the classes.

use std::arch::x86_64::{
    __m512, _mm_loadu_ps, _mm_maskz_loadu_ps, _mm256_castpd_ps, _mm512_add_ps, _mm512_castps_pd, _mm512_castps512_ps256,
    _mm512_cmpeq_epi32_mask, _mm512_cvtps_pd, _mm512_div_ps, _mm512_extractf64x4_pd, _mm512_fmadd_ps, _mm512_fnmadd_ps, _mm512_load_ps,
    _mm512_mask_mov_ps, _mm512_mask_storeu_ps, _mm512_mask_sub_ps, _mm512_maskz_loadu_epi32, _mm512_maskz_mov_ps, _mm512_max_ps,
    _mm512_mul_pd, _mm512_mul_ps, _mm512_reduce_add_ps, _mm512_reduce_mul_pd, _mm512_scalef_ps, _mm512_set1_epi32, _mm512_set1_ps,
    _mm512_setzero_ps, _mm512_store_ps, _mm512_sub_ps,
};
use std::f32::consts::{LN_2, LOG2_E};

use crate::lanes::{LANES, are_available, columns_of};
use crate::real::Real;

/// Writes d_scores = scale · ∂(loss of the sample)/∂scores and returns the sum of the samples' losses −ln softmax(z)_y; scores and d_scores
/// `[batch, n_classes]`. `None`, and nothing is written, where the CPU lacks AVX-512 or there are more than sixteen classes.
///
/// Panics if lengths differ or a class is not below `n_classes`.
pub(super) fn cross_entropy(scores: &[f32], n_classes: usize, classes: &[u32], scale: f32, d_scores: &mut [f32]) -> Option<f64> {
    if !(1..=LANES).contains(&n_classes) || !are_available() {
        return None;
    }
    assert_eq!(Some(scores.len()), classes.len().checked_mul(n_classes), "one class for each row of scores");
    assert_eq!(scores.len(), d_scores.len(), "a gradient for each score");
    // The greatest, which a loop of vectors finds, instead of the first that is too great.
    assert!(classes.iter().fold(0, |most, y| most.max(*y)) < n_classes as u32, "every class has a score");
    let (mut loss, mut product) = (0.0, 1.0);
    let blocks = scores.chunks(LANES * n_classes).zip(d_scores.chunks_mut(LANES * n_classes)).zip(classes.chunks(LANES));
    for (i, ((scores, d_scores), classes)) in blocks.enumerate() {
        // SAFETY: the CPU has AVX-512, as was asked; lengths were checked.
        let (sums, own_scores) = unsafe { block(scores, n_classes, classes, scale, d_scores) };
        loss -= own_scores;
        product *= sums;
        // One logarithm for many: eight products, each of sixteen sums between 1 and 16, are at most 2⁵¹².
        if i % 8 == 7 {
            loss += product.fast_ln();
            product = 1.0;
        }
    }
    Some(loss + product.fast_ln())
}

/// A vector for each class.
#[repr(align(64))]
struct Room([[f32; LANES]; LANES]);

/// Up to sixteen samples: the product of their sums of exponentials, and the sum of their own classes' scores, the
/// highest score subtracted in both.
///
/// # Safety
/// 1 ≤ samples, n ≤ 16; scores and d_scores `[samples, n]`.
#[target_feature(enable = "avx512f,avx512vl")]
unsafe fn block(scores: &[f32], n: usize, classes: &[u32], scale: f32, d_scores: &mut [f32]) -> (f64, f64) {
    let samples = u16::MAX >> (LANES - classes.len());
    let mut room = Room([[0.0; LANES]; LANES]);
    // A lane without a sample repeats the last one.
    let rows: [&[f32]; LANES] = std::array::from_fn(|i| &scores[i.min(classes.len() - 1) * n..][..n]);
    for first in (0..n).step_by(4) {
        // SAFETY: only values before n are read.
        let columns = columns_of(|i| unsafe {
            let from = rows[i].as_ptr().add(first);
            if n - first >= 4 { _mm_loadu_ps(from) } else { _mm_maskz_loadu_ps(0b1111 >> (4 - (n - first)), from) }
        });
        for (to, column) in room.0[first..].iter_mut().zip(columns) {
            // SAFETY: `to` is a vector, aligned as `Room` is.
            unsafe { _mm512_store_ps(to.as_mut_ptr(), column) };
        }
    }
    // SAFETY: only as many classes as there are samples are read.
    let own = unsafe { _mm512_maskz_loadu_epi32(samples, classes.as_ptr().cast()) };
    let is_own = |class: usize| _mm512_cmpeq_epi32_mask(own, _mm512_set1_epi32(class as i32));
    // SAFETY: each is a vector, aligned as `Room` is.
    let load = |values: &[f32; LANES]| unsafe { _mm512_load_ps(values.as_ptr()) };
    // The order of operands lets a NaN pass by, to show in the exponential.
    let highest = room.0[..n].iter().fold(_mm512_set1_ps(f32::NEG_INFINITY), |highest, z| _mm512_max_ps(load(z), highest));
    let (mut sum, mut own_score) = (_mm512_setzero_ps(), _mm512_setzero_ps());
    for (class, values) in room.0[..n].iter_mut().enumerate() {
        let z = _mm512_sub_ps(load(values), highest);
        own_score = _mm512_mask_mov_ps(own_score, is_own(class), z);
        let e = exp(z);
        sum = _mm512_add_ps(sum, e);
        // SAFETY: `values` is a vector, aligned as `Room` is.
        unsafe { _mm512_store_ps(values.as_mut_ptr(), e) };
    }
    let (scale, factor) = (_mm512_set1_ps(scale), _mm512_div_ps(_mm512_set1_ps(scale), sum));
    for (class, values) in room.0[..n].iter_mut().enumerate() {
        let d = _mm512_mul_ps(load(values), factor);
        let d = _mm512_mask_sub_ps(d, is_own(class), d, scale);
        // SAFETY: `values` is a vector, aligned as `Room` is.
        unsafe { _mm512_store_ps(values.as_mut_ptr(), d) };
    }
    for (first, d_scores) in (0..LANES).step_by(4).zip(d_scores.chunks_mut(4 * n)) {
        // SAFETY: four values of a vector.
        let rows = columns_of(|class| unsafe { _mm_loadu_ps(room.0[class].as_ptr().add(first)) });
        for (to, row) in d_scores.chunks_exact_mut(n).zip(rows) {
            // SAFETY: the mask leaves the n values of a row.
            unsafe { _mm512_mask_storeu_ps(to.as_mut_ptr(), u16::MAX >> (LANES - n), row) };
        }
    }
    let sums = _mm512_mask_mov_ps(_mm512_set1_ps(1.0), samples, sum);
    let upper = _mm256_castpd_ps(_mm512_extractf64x4_pd::<1>(_mm512_castps_pd(sums)));
    let product = _mm512_reduce_mul_pd(_mm512_mul_pd(_mm512_cvtps_pd(_mm512_castps512_ps256(sums)), _mm512_cvtps_pd(upper)));
    (product, f64::from(_mm512_reduce_add_ps(_mm512_maskz_mov_ps(samples, own_score))))
}

/// e^z for z ≤ 0, with the bits of [`crate::elementary::single::exp`]; NaN for NaN.
#[inline]
#[target_feature(enable = "avx512f")]
fn exp(z: __m512) -> __m512 {
    /// Rounds what it is added to, as in [`crate::elementary`].
    const ROUND: f32 = 12_582_912.0;
    /// ln 2 − `LN_2`
    const LN_2_LOW: f32 = -1.904_654_3e-9;
    // The order of operands keeps a NaN.
    let z = _mm512_max_ps(_mm512_set1_ps(-104.5), z);
    let round = _mm512_set1_ps(ROUND);
    let k = _mm512_sub_ps(_mm512_fmadd_ps(z, _mm512_set1_ps(LOG2_E), round), round);
    let r = _mm512_fnmadd_ps(k, _mm512_set1_ps(LN_2_LOW), _mm512_fnmadd_ps(k, _mm512_set1_ps(LN_2), z));
    let mut polynomial = _mm512_set1_ps(1.0 / 5040.0);
    for coefficient in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 1.0 / 2.0] {
        polynomial = _mm512_fmadd_ps(polynomial, r, _mm512_set1_ps(coefficient));
    }
    let exp = _mm512_add_ps(_mm512_fmadd_ps(_mm512_mul_ps(r, r), polynomial, r), _mm512_set1_ps(1.0));
    _mm512_scalef_ps(exp, k)
}
