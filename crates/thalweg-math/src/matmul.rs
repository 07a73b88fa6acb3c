//! Matrix products: the one place that calls `faer`.
//!
//! Measured on one AVX-512 core, `faer` multiplies the shapes of small networks 1.4 to 1.7 times as fast as ndarray's
//! `dot` or `gemm`. Its kernels leave the upper halves of the vector registers dirty, and code compiled for plain SSE then
//! runs ten times slower; clearing them after each product cures it.
//! Absent: threads (a trial has one) and general strides (a slice and its transpose are all that layers need).

use faer::traits::ComplexField;
use faer::{Accum, MatMut, MatRef, Par};
use num_traits::One;

use crate::real::Real;

/// A row-major matrix or the transpose of one.
#[derive(Clone, Copy)]
pub struct Matrix<'a, T> {
    view: MatRef<'a, T>,
}

impl<'a, T: Real> Matrix<'a, T> {
    /// `values` as `n_rows` rows of `n_cols`, one after the other. Panics if the length differs.
    #[inline]
    pub fn new(values: &'a [T], n_rows: usize, n_cols: usize) -> Matrix<'a, T> {
        Matrix { view: MatRef::from_row_major_slice(values, n_rows, n_cols) }
    }

    /// The transpose; nothing moves.
    #[inline]
    pub fn t(self) -> Matrix<'a, T> {
        Matrix { view: self.view.transpose() }
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

/// `dst = a·b` or `dst += a·b`; a `[m, k]`, b `[k, n]`, dst `[m, n]` row-major. Panics if the shapes do not fit.
#[inline]
pub fn product<T: Real>(dst: &mut [T], onto: Onto, a: Matrix<'_, T>, b: Matrix<'_, T>) {
    let accum = match onto {
        Onto::Replace => Accum::Replace,
        Onto::Add => Accum::Add,
    };
    let dst = MatMut::from_row_major_slice_mut(dst, a.view.nrows(), b.view.ncols());
    T::multiply(dst, accum, a.view, b.view);
    clear_upper_halves();
}

/// A type that `faer` multiplies matrices of; it keeps `faer`'s own traits out of [`Real`].
pub trait Multiply: Sized {
    #[doc(hidden)]
    fn multiply(dst: MatMut<'_, Self>, accum: Accum, a: MatRef<'_, Self>, b: MatRef<'_, Self>);
}

impl<T: ComplexField + One> Multiply for T {
    #[inline]
    fn multiply(dst: MatMut<'_, T>, accum: Accum, a: MatRef<'_, T>, b: MatRef<'_, T>) {
        faer::linalg::matmul::matmul(dst, accum, a, b, T::one(), Par::Seq);
    }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn clear_upper_halves() {
    if std::arch::is_x86_feature_detected!("avx") {
        // SAFETY: the CPU has AVX, as was just asked.
        unsafe { std::arch::x86_64::_mm256_zeroupper() }
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn clear_upper_halves() {}
