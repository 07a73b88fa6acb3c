//! Matrix products: the one door to `faer` and to our own kernels.
//!
//! The products of small networks are too small for `faer` to reach the speed of the CPU; where there is AVX-512,
//! [`avx512`] multiplies those of `f32`, and `faer` everything else. Its kernels leave the upper halves of the vector
//! registers dirty, and code compiled for plain SSE then runs ten times slower; clearing them after each product cures it.
//! Absent: threads (a trial has one) and general strides (a slice and its transpose are all that layers need).

#[cfg(target_arch = "x86_64")]
mod avx512;

use faer::traits::ComplexField;
use faer::{Accum, MatMut, MatRef, Par};
use num_traits::{One, Zero};

use crate::real::Real;

/// A row-major matrix or the transpose of one.
#[derive(Clone, Copy)]
pub struct Matrix<'a, T> {
    values: &'a [T],
    n_rows: usize,
    n_cols: usize,
    /// `values` are the rows of the transpose.
    is_transposed: bool,
}

impl<'a, T> Matrix<'a, T> {
    /// `values` as `n_rows` rows of `n_cols`, one after the other. Panics if the length differs.
    #[inline]
    pub fn new(values: &'a [T], n_rows: usize, n_cols: usize) -> Matrix<'a, T> {
        assert_eq!(Some(values.len()), n_rows.checked_mul(n_cols), "rows times columns");
        Matrix { values, n_rows, n_cols, is_transposed: false }
    }

    /// The transpose; nothing moves.
    #[inline]
    pub fn t(self) -> Matrix<'a, T> {
        Matrix { n_rows: self.n_cols, n_cols: self.n_rows, is_transposed: !self.is_transposed, ..self }
    }

    fn view(self) -> MatRef<'a, T> {
        if self.is_transposed {
            MatRef::from_row_major_slice(self.values, self.n_cols, self.n_rows).transpose()
        } else {
            MatRef::from_row_major_slice(self.values, self.n_rows, self.n_cols)
        }
    }
}

/// What happens to the old content of a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Onto {
    /// It is overwritten, not read.
    Replace,
    /// The product is added to it.
    Add,
}

/// What the sums of a product start from.
#[derive(Clone, Copy)]
pub enum Start<'a, T> {
    /// 0
    Zero,
    /// What the destination holds.
    Destination,
    /// `[n]`, for every row.
    Row(&'a [T]),
    /// A factor times `[m, n]`: the gradient λW of an L2 penalty costs nothing where another gradient is added to it.
    Scaled(T, &'a [T]),
}

/// `dst = a·b` or `dst += a·b`; a `[m, k]`, b `[k, n]`, dst `[m, n]` row-major. Panics if the shapes do not fit.
#[inline]
pub fn product<T: Real>(dst: &mut [T], onto: Onto, a: Matrix<'_, T>, b: Matrix<'_, T>) {
    let start = match onto {
        Onto::Replace => Start::Zero,
        Onto::Add => Start::Destination,
    };
    product_from(dst, start, a, b);
}

/// `dst = 1·biasᵀ + a·b`; bias `[n]`, a `[m, k]`, b `[k, n]`, dst `[m, n]` row-major. Panics if the shapes do not fit.
#[inline]
pub fn product_bias<T: Real>(dst: &mut [T], bias: &[T], a: Matrix<'_, T>, b: Matrix<'_, T>) {
    product_from(dst, Start::Row(bias), a, b);
}

/// `dst = start + a·b`; a `[m, k]`, b `[k, n]`, dst `[m, n]` row-major. Panics if the shapes do not fit.
#[inline]
pub fn product_from<T: Real>(dst: &mut [T], start: Start<'_, T>, a: Matrix<'_, T>, b: Matrix<'_, T>) {
    check(dst, &a, &b);
    match start {
        Start::Row(row) => assert_eq!(row.len(), b.n_cols, "one value for each column"),
        Start::Scaled(_, values) => assert_eq!(values.len(), dst.len(), "one value for each entry"),
        Start::Zero | Start::Destination => {}
    }
    T::multiply(dst, start, a, b);
}

/// `sums = 1ᵀ·rows`, added up in the order of the rows; sums `[n]`, n ≥ 1, rows `[m, n]` row-major. Panics if the shapes do not fit.
#[inline]
pub fn column_sums<T: Real>(sums: &mut [T], rows: &[T]) {
    assert!(rows.len().is_multiple_of(sums.len()), "whole rows");
    T::sum_columns(sums, rows);
}

/// [`product`] with `faer`, whatever the shape: what the benchmarks compare with.
#[doc(hidden)]
pub fn product_with_faer(dst: &mut [f32], a: Matrix<'_, f32>, b: Matrix<'_, f32>) {
    check(dst, &a, &b);
    multiply_with_faer(dst, Start::Zero, a, b);
}

#[inline]
fn check<T>(dst: &[T], a: &Matrix<'_, T>, b: &Matrix<'_, T>) {
    assert_eq!(a.n_cols, b.n_rows, "as many columns on the left as rows on the right");
    assert_eq!(Some(dst.len()), a.n_rows.checked_mul(b.n_cols), "the shape of the product");
}

/// A type that we multiply matrices of; the shapes have been checked.
pub trait Multiply: Sized {
    #[doc(hidden)]
    fn multiply(dst: &mut [Self], start: Start<'_, Self>, a: Matrix<'_, Self>, b: Matrix<'_, Self>);
    #[doc(hidden)]
    fn sum_columns(sums: &mut [Self], rows: &[Self]);
}

impl Multiply for f32 {
    #[inline]
    fn multiply(dst: &mut [f32], start: Start<'_, f32>, a: Matrix<'_, f32>, b: Matrix<'_, f32>) {
        #[cfg(target_arch = "x86_64")]
        if avx512::suits(&a, &b) && crate::lanes::are_available() {
            // SAFETY: the factors suit and the CPU has what the function is compiled for, as was just asked; the shapes have
            // been checked.
            return unsafe { avx512::multiply(dst, start, a, b) };
        }
        multiply_with_faer(dst, start, a, b);
    }

    #[inline]
    fn sum_columns(sums: &mut [f32], rows: &[f32]) {
        #[cfg(target_arch = "x86_64")]
        if crate::lanes::are_available() {
            // SAFETY: the CPU has what the function is compiled for, as was just asked.
            return unsafe { avx512::sum_columns(sums, rows) };
        }
        sum_columns(sums, rows);
    }
}

impl Multiply for f64 {
    #[inline]
    fn multiply(dst: &mut [f64], start: Start<'_, f64>, a: Matrix<'_, f64>, b: Matrix<'_, f64>) {
        multiply_with_faer(dst, start, a, b);
    }

    #[inline]
    fn sum_columns(sums: &mut [f64], rows: &[f64]) {
        sum_columns(sums, rows);
    }
}

fn multiply_with_faer<T: ComplexField + One + Copy>(dst: &mut [T], start: Start<'_, T>, a: Matrix<'_, T>, b: Matrix<'_, T>) {
    let accum = match start {
        Start::Zero => Accum::Replace,
        Start::Destination => Accum::Add,
        Start::Row(row) => {
            dst.chunks_exact_mut(row.len()).for_each(|to| to.copy_from_slice(row));
            Accum::Add
        }
        Start::Scaled(scale, values) => {
            dst.iter_mut().zip(values).for_each(|(to, v)| *to = scale * *v);
            Accum::Add
        }
    };
    let dst = MatMut::from_row_major_slice_mut(dst, a.n_rows, b.n_cols);
    faer::linalg::matmul::matmul(dst, accum, a.view(), b.view(), T::one(), Par::Seq);
    clear_upper_halves();
}

fn sum_columns<T: Copy + Zero>(sums: &mut [T], rows: &[T]) {
    sums.fill(T::zero());
    for row in rows.chunks_exact(sums.len()) {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum = *sum + *value;
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(crate) fn clear_upper_halves() {
    if std::arch::is_x86_feature_detected!("avx") {
        // SAFETY: the CPU has AVX, as was just asked.
        unsafe { std::arch::x86_64::_mm256_zeroupper() }
    }
}

#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn clear_upper_halves() {}
