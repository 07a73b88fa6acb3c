//! The dual of a binary soft-margin machine by sequential minimal optimisation.
//!
//! min ½αᵀQα − eᵀα with 0 ≤ α_i ≤ C_i, yᵀα = 0 and Q_ij = y_i y_j K_ij. We work with β_i = y_i α_i and with
//! v_i = y_i − (Kβ)_i, which is −y_i times the gradient; a step moves β_i up and β_j down by the same amount.
//! Pairs are chosen by second-order information (Fan, Chen & Lin 2005), and the stop, the bias and the curvature τ of
//! pairs on which the kernel is not positive are those of LIBSVM (Chang & Lin 2011). Absent: shrinking.

use std::ops::ControlFlow;

use super::cache::Cache;
use super::state::State;

/// Steps after which the observer is asked whether to go on, at the latest.
const LOOK_EVERY: u64 = 256;

/// How far and with what memory the solver goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Stop where m(α) − M(α) falls below it.
    pub tolerance: f64,
    /// The largest number of passes, each of as many steps as the binary problem has rows.
    pub max_passes: u64,
    /// Bytes of the kernel rows that are kept, with room for those that are being computed; two rows are always kept.
    pub cache_bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { tolerance: 1e-3, max_passes: 10_000, cache_bytes: 200 << 20 }
    }
}

/// Why the solver ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// m(α) − M(α) is below the tolerance.
    Converged,
    /// The limit of passes was reached before.
    PassLimit,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Solution {
    /// y_i α_i, `[n]`
    pub beta: Vec<f64>,
    /// b in f(x) = Σ β_i K(x_i, x) + b
    pub bias: f64,
    /// ½αᵀQα − eᵀα
    pub dual_objective: f64,
    /// ½‖w‖² + Σ C_i ξ_i plus the dual objective; 0 at the optimum of a positive kernel.
    pub duality_gap: f64,
    /// Steps made.
    pub n_iterations: u64,
    /// Why it ended; of a solution so far, `PassLimit`.
    pub outcome: Outcome,
}

/// When an observer is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// In the middle of a pass, which may take minutes: to say whether to go on.
    Underway,
    /// A pass was made.
    Pass,
    /// The machine is at its end: a call of its own, once for each.
    End,
}

/// Solves for the cache's points, y_i = ±1 (both occur) and C_i > 0; `observe` gets the number of whole passes and the
/// solution so far after each pass, every so many steps, and once at the end.
pub(super) fn solve(
    cache: &mut Cache<'_>,
    y: &[f64],
    c: &[f64],
    limits: Limits,
    observe: &mut dyn FnMut(u64, &Solution, Stage) -> ControlFlow<()>,
) -> ControlFlow<(), Solution> {
    let diagonal = cache.diagonal().to_vec();
    let mut state = State::new(y, c, &diagonal);
    let (n_steps, mut n_iterations) = (y.len() as u64, 0);
    let most = limits.max_passes.saturating_mul(n_steps);
    let mut ends = state.advance(0.0, &diagonal, &diagonal);
    let outcome = loop {
        if ends.highest - ends.lowest < limits.tolerance {
            break Outcome::Converged;
        }
        if n_iterations == most {
            break Outcome::PassLimit;
        }
        let i = ends.i;
        if !cache.holds(i) {
            let others = state.after_i(i, ends.lowest + limits.tolerance, cache.spare(), |t| !cache.holds(t));
            cache.load(i, &others);
        }
        cache.touch(i);
        let j = state.partner(i, cache.row(i));
        if !cache.holds(j) {
            let others = state.after_j(j, cache.spare(), |t| !cache.holds(t));
            cache.load(j, &others);
        }
        cache.touch(j);
        ends = state.step(i, j, cache.row(i), cache.row(j));
        n_iterations += 1;
        if n_iterations.is_multiple_of(n_steps) {
            observe(n_iterations / n_steps, &state.solution(n_iterations, Outcome::PassLimit), Stage::Pass)?;
        } else if n_iterations.is_multiple_of(LOOK_EVERY) {
            observe(n_iterations / n_steps, &state.solution(n_iterations, Outcome::PassLimit), Stage::Underway)?;
        }
    };
    let solution = state.solution(n_iterations, outcome);
    observe(n_iterations.div_ceil(n_steps), &solution, Stage::End)?;
    ControlFlow::Continue(solution)
}
