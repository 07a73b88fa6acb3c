//! Products of small `f32` matrices with AVX-512.
//!
//! A tile of the destination, up to 14 rows of two vectors or 16 rows of one, stays in registers while k runs upwards;
//! so each entry is one chain of fused additions in the order of k, whatever tile it lies in. Nothing is packed but
//! a transposed right factor, in panels on the stack. Absent: blocks for the caches, which large matrices need.

use std::arch::x86_64::{
    __m512, __mmask8, __mmask16, _mm_loadu_ps, _mm_maskz_loadu_ps, _mm512_fmadd_ps, _mm512_mask_storeu_ps, _mm512_maskz_loadu_ps,
    _mm512_mul_ps, _mm512_set1_ps, _mm512_setzero_ps, _mm512_storeu_ps,
};
use std::mem::MaybeUninit;

use super::{Matrix, Start};
use crate::lanes::{LANES, columns_of};

/// Columns of a panel: two vectors.
const PANEL: usize = 2 * LANES;
/// Rows of a tile that is two vectors wide: 28 sums, two vectors of b and one of a fill the 32 registers.
const ROWS_OF_TWO: usize = 14;
/// Rows of a tile that is one vector wide; 8 sums would hide the latency of the additions, more save loads.
const ROWS_OF_ONE: usize = 16;
/// The greatest depth of a transposed right factor: a panel of it takes 16 KiB of the stack and a third of the L1 cache.
const MAX_TRANSPOSED_DEPTH: usize = 128;

/// A right factor of so many values is left to `faer`: each tile reads a panel of it anew, and from L2 that is as fast as
/// `faer` up to about here (784·128 values by 3 %; 784·512 are slower by a third).
const TOO_MANY_VALUES: usize = 1 << 17;

/// Whether these kernels are at least as fast as `faer`, as measured (`benches/product.rs`), and can do it.
#[inline(always)]
pub fn suits(a: &Matrix<'_, f32>, b: &Matrix<'_, f32>) -> bool {
    let is_shallow = !b.is_transposed || b.n_rows <= MAX_TRANSPOSED_DEPTH;
    let is_empty = a.n_rows == 0 || a.n_cols == 0 || b.n_cols == 0;
    is_shallow && !is_empty && b.values.len() < TOO_MANY_VALUES
}

/// Where one tile lies: each pointer at its upper left entry, each stride in values.
#[derive(Clone, Copy)]
struct Place {
    depth: usize,
    a: *const f32,
    /// From one row of a to the next or, where a is transposed, from one column to the next. The other stride is 1.
    a_stride: usize,
    b: *const f32,
    b_stride: usize,
    /// Null where the sums start from 0.
    start: *const f32,
    start_stride: usize,
    start_scale: f32,
    dst: *mut f32,
    dst_stride: usize,
    /// Columns of the last vector.
    mask: __mmask16,
}

/// dst = start + a·b.
///
/// # Safety
/// The shapes fit, and the factors are such as [`suits`].
#[target_feature(enable = "avx512f,avx512vl")]
pub unsafe fn multiply(dst: &mut [f32], start: Start<'_, f32>, a: Matrix<'_, f32>, b: Matrix<'_, f32>) {
    let (m, k, n) = (a.n_rows, a.n_cols, b.n_cols);
    let dst = dst.as_mut_ptr();
    let start_scale = if let Start::Scaled(scale, _) = start { scale } else { 1.0 };
    let (start, start_stride) = match start {
        Start::Zero => (std::ptr::null(), 0),
        Start::Destination => (dst.cast_const(), n),
        Start::Row(row) => (row.as_ptr(), 0),
        Start::Scaled(_, values) => (values.as_ptr(), n),
    };
    let mut room = Room([const { MaybeUninit::uninit() }; PANEL * MAX_TRANSPOSED_DEPTH]);
    let mut place = Place {
        depth: k,
        a: a.values.as_ptr(),
        a_stride: if a.is_transposed { m } else { k },
        b: b.values.as_ptr(),
        b_stride: n,
        start,
        start_stride,
        start_scale,
        dst,
        dst_stride: n,
        mask: 0,
    };
    for column in (0..n).step_by(PANEL) {
        let width = (n - column).min(PANEL);
        if b.is_transposed {
            transpose(&b.values[column * k..(column + width) * k], k, &mut room);
            (place.b, place.b_stride) = (room.0.as_ptr().cast(), PANEL);
        }
        // SAFETY: the caller's shapes fit, so these columns of all rows lie within the matrices; `room` holds k rows.
        unsafe {
            if a.is_transposed {
                panel::<true>(place, m, width);
            } else {
                panel::<false>(place, m, width);
            }
        }
        place.advance(PANEL);
    }
}

/// sums = 1ᵀ·rows: a product whose left factor is one row of ones.
#[target_feature(enable = "avx512f")]
pub fn sum_columns(sums: &mut [f32], rows: &[f32]) {
    let n = sums.len();
    let mut place = Place {
        depth: rows.len() / n,
        a: &1.0,
        a_stride: 0,
        b: rows.as_ptr(),
        b_stride: n,
        start: std::ptr::null(),
        start_stride: 0,
        start_scale: 1.0,
        dst: sums.as_mut_ptr(),
        dst_stride: n,
        mask: 0,
    };
    for column in (0..n).step_by(PANEL) {
        // SAFETY: these columns lie within `rows` and `sums`; with a stride of 0 only the first value of a is read.
        unsafe { panel::<true>(place, 1, (n - column).min(PANEL)) };
        place.advance(PANEL);
    }
}

impl Place {
    /// Moves `n_columns` to the right.
    fn advance(&mut self, n_columns: usize) {
        self.b = self.b.wrapping_add(n_columns);
        self.start = if self.start.is_null() { self.start } else { self.start.wrapping_add(n_columns) };
        self.dst = self.dst.wrapping_add(n_columns);
    }
}

/// All `m` rows of a panel of `width` columns, at most [`PANEL`].
///
/// # Safety
/// `place` is valid for these rows and columns.
#[target_feature(enable = "avx512f")]
unsafe fn panel<const A_TRANSPOSED: bool>(mut place: Place, m: usize, width: usize) {
    // SAFETY: that of this function.
    unsafe {
        if width > LANES {
            place.mask = u16::MAX >> (PANEL - width);
            rows::<2, A_TRANSPOSED>(place, m);
        } else {
            place.mask = u16::MAX >> (LANES - width);
            rows::<1, A_TRANSPOSED>(place, m);
        }
    }
}

/// All `m` rows of a panel, in tiles of heights as equal as possible.
///
/// # Safety
/// `place` is valid for `m` rows.
#[target_feature(enable = "avx512f")]
unsafe fn rows<const V: usize, const A_TRANSPOSED: bool>(mut place: Place, m: usize) {
    let n_tiles = m.div_ceil(if V == 2 { ROWS_OF_TWO } else { ROWS_OF_ONE });
    let (height, higher) = (m / n_tiles, m % n_tiles);
    for i in 0..n_tiles {
        let height = height + usize::from(i < higher);
        macro_rules! of_height {
            ($($h:literal)*) => {
                match height {
                    $($h => tile::<$h, V, A_TRANSPOSED>(&place),)*
                    // Only tiles of one vector are higher.
                    15 => tile::<15, 1, A_TRANSPOSED>(&place),
                    _ => tile::<16, 1, A_TRANSPOSED>(&place),
                }
            };
        }
        // SAFETY: that of this function, for the rows from here on; the heights add up to `m`.
        unsafe { of_height!(1 2 3 4 5 6 7 8 9 10 11 12 13 14) }
        place.a = place.a.wrapping_add(if A_TRANSPOSED { height } else { height * place.a_stride });
        place.start = place.start.wrapping_add(height * place.start_stride);
        place.dst = place.dst.wrapping_add(height * place.dst_stride);
    }
}

/// One tile of `M` rows and `V` vectors.
///
/// # Safety
/// `place` is valid for `M` rows and its columns.
#[inline(never)]
#[target_feature(enable = "avx512f")]
unsafe fn tile<const M: usize, const V: usize, const A_TRANSPOSED: bool>(place: &Place) {
    let Place { depth, a, a_stride, b, b_stride, start, start_stride, start_scale, dst, dst_stride, mask } = *place;
    let masks: [__mmask16; V] = std::array::from_fn(|v| if v + 1 == V { mask } else { u16::MAX });
    let mut sums = [[_mm512_setzero_ps(); V]; M];
    // SAFETY: all accesses are to entries of the tile, its rows of a, its columns of b; lanes behind the last column are
    // masked off.
    unsafe {
        if !start.is_null() {
            let scale = _mm512_set1_ps(start_scale);
            for (i, row) in sums.iter_mut().enumerate() {
                for (v, sum) in row.iter_mut().enumerate() {
                    let values = _mm512_maskz_loadu_ps(masks[v], start.add(i * start_stride + v * LANES));
                    *sum = _mm512_mul_ps(scale, values);
                }
            }
        }
        let (mut a, mut b) = (a, b);
        for _ in 0..depth {
            let mut vectors = [_mm512_setzero_ps(); V];
            for (v, vector) in vectors.iter_mut().enumerate() {
                *vector = _mm512_maskz_loadu_ps(masks[v], b.add(v * LANES));
            }
            for (i, row) in sums.iter_mut().enumerate() {
                let factor = _mm512_set1_ps(*a.add(if A_TRANSPOSED { i } else { i * a_stride }));
                for (v, sum) in row.iter_mut().enumerate() {
                    *sum = _mm512_fmadd_ps(factor, vectors[v], *sum);
                }
            }
            a = a.wrapping_add(if A_TRANSPOSED { a_stride } else { 1 });
            b = b.wrapping_add(b_stride);
        }
        for (i, row) in sums.iter().enumerate() {
            for (v, sum) in row.iter().enumerate() {
                let to = dst.add(i * dst_stride + v * LANES);
                if v + 1 == V {
                    _mm512_mask_storeu_ps(to, mask, *sum);
                } else {
                    _mm512_storeu_ps(to, *sum);
                }
            }
        }
    }
}

/// The transpose of up to 32 rows of `k` values: `k` rows of [`PANEL`], in `room`. Columns without a row hold what they may.
#[target_feature(enable = "avx512f,avx512vl")]
fn transpose(values: &[f32], k: usize, room: &mut Room) {
    let n_rows = values.len() / k;
    for first in (0..n_rows).step_by(LANES) {
        let rows: [&[f32]; LANES] = std::array::from_fn(|row| &values[(first + row).min(n_rows - 1) * k..][..k]);
        let whole = k - k % 4;
        for column in (0..whole).step_by(4) {
            // SAFETY: four columns from here on are below k.
            let columns = columns_of(|row| unsafe { _mm_loadu_ps(rows[row].as_ptr().add(column)) });
            for (i, values) in columns.iter().enumerate() {
                room.store(column + i, first, *values);
            }
        }
        if whole < k {
            let mask: __mmask8 = 0b1111 >> (4 - k % 4);
            // SAFETY: the mask leaves only columns below k.
            let columns = columns_of(|row| unsafe { _mm_maskz_loadu_ps(mask, rows[row].as_ptr().add(whole)) });
            for (i, values) in columns.iter().take(k % 4).enumerate() {
                room.store(whole + i, first, *values);
            }
        }
    }
}

/// Room for a transposed panel; each half of its rows is one line of the cache.
#[repr(align(64))]
struct Room([MaybeUninit<f32>; PANEL * MAX_TRANSPOSED_DEPTH]);

impl Room {
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn store(&mut self, row: usize, column: usize, values: __m512) {
        let to = &mut self.0[row * PANEL + column..][..LANES];
        // SAFETY: `to` has room for a vector.
        unsafe { _mm512_storeu_ps(to.as_mut_ptr().cast(), values) }
    }
}
