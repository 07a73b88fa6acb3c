//! Sixteen rows side by side in the lanes of AVX-512 vectors.

use std::arch::x86_64::{__m128, __m512, _mm512_castps128_ps512, _mm512_mask_broadcast_f32x4, _mm512_unpackhi_ps, _mm512_unpacklo_ps};

/// Values of a vector.
pub const LANES: usize = 16;

/// Whether the CPU can.
#[inline(always)]
pub fn are_available() -> bool {
    std::arch::is_x86_feature_detected!("avx512f") && std::arch::is_x86_feature_detected!("avx512vl")
}

/// Four columns of sixteen rows, from the rows' four values each.
#[inline]
#[target_feature(enable = "avx512f")]
pub fn columns_of(row: impl Fn(usize) -> __m128) -> [__m512; 4] {
    // Vector r has, in its quarters, the rows r, r + 4, r + 8 and r + 12.
    let vectors: [__m512; 4] = std::array::from_fn(|r| {
        let mut vector = _mm512_castps128_ps512(row(r));
        vector = _mm512_mask_broadcast_f32x4(vector, 0x00f0, row(r + 4));
        vector = _mm512_mask_broadcast_f32x4(vector, 0x0f00, row(r + 8));
        _mm512_mask_broadcast_f32x4(vector, 0xf000, row(r + 12))
    });
    // Within each quarter, rows become columns.
    let (even_low, even_high) = (_mm512_unpacklo_ps(vectors[0], vectors[2]), _mm512_unpackhi_ps(vectors[0], vectors[2]));
    let (odd_low, odd_high) = (_mm512_unpacklo_ps(vectors[1], vectors[3]), _mm512_unpackhi_ps(vectors[1], vectors[3]));
    [
        _mm512_unpacklo_ps(even_low, odd_low),
        _mm512_unpackhi_ps(even_low, odd_low),
        _mm512_unpacklo_ps(even_high, odd_high),
        _mm512_unpackhi_ps(even_high, odd_high),
    ]
}
