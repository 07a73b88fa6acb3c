//! The dual of a binary soft-margin machine by sequential minimal optimisation.
//!
//! min ½αᵀQα − eᵀα with 0 ≤ α_i ≤ C_i, yᵀα = 0 and Q_ij = y_i y_j K_ij. We work with β_i = y_i α_i and with
//! v_i = y_i − (Kβ)_i, which is −y_i times the gradient; a step moves β_i up and β_j down by the same amount.
//! Pairs are chosen by second-order information (Fan, Chen & Lin 2005), and the stop, the bias and the curvature τ of
//! pairs on which the kernel is not positive are those of LIBSVM (Chang & Lin 2011). Absent: shrinking.

use std::ops::ControlFlow;

use super::cache::Cache;
use crate::kernel::{Kernel, Parameters, squared_norms};

/// Curvature where the kernel gives none, LIBSVM's τ.
const TAU: f64 = 1e-12;

/// How far and with what memory the solver goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Stop where m(α) − M(α) falls below it.
    pub tolerance: f64,
    /// The largest number of passes, each of as many steps as the binary problem has rows.
    pub max_passes: u64,
    /// Bytes of kernel rows that are kept; two rows are always kept.
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
    /// A pass was made.
    Pass,
    /// The machine is at its end; once for each.
    End,
}

/// Solves for x `[n, n_features]`, y_i = ±1 (both occur) and C_i > 0; `observe` gets the number of passes and
/// the solution so far after each pass and once at the end.
pub(super) fn solve(
    kernel: &Kernel,
    parameters: Parameters,
    x: &[f64],
    y: &[f64],
    c: &[f64],
    limits: Limits,
    observe: &mut dyn FnMut(u64, &Solution, Stage) -> ControlFlow<()>,
) -> ControlFlow<(), Solution> {
    let n = y.len();
    let squares = squared_norms(x, x.len() / n);
    let mut cache = Cache::new(kernel, parameters, x, &squares, limits.cache_bytes);
    let diagonal: Vec<f64> = squares
        .iter()
        .map(|&s| {
            let mut k = [s];
            (kernel.fill)(&mut k, &parameters, s, &[s]);
            k[0]
        })
        .collect();
    let mut state = State::new(y, c);
    let (n_steps, mut n_iterations) = (n as u64, 0);
    let most = limits.max_passes.saturating_mul(n_steps);
    let outcome = loop {
        let State { low, high, beta, v, .. } = &mut state;
        let Some(i) = steepest(v, beta, high) else { break Outcome::Converged };
        let lowest = (0..n).filter(|&t| beta[t] > low[t]).map(|t| v[t]).fold(f64::INFINITY, f64::min);
        if v[i] - lowest < limits.tolerance {
            break Outcome::Converged;
        }
        if n_iterations == most {
            break Outcome::PassLimit;
        }
        let slot_i = cache.slot(i);
        let Some(j) = partner(i, cache.row(slot_i), &diagonal, v, beta, low) else { break Outcome::Converged };
        let slot_j = cache.slot(j);
        let (row_i, row_j) = (cache.row(slot_i), cache.row(slot_j));
        let curvature = diagonal[i] + diagonal[j] - 2.0 * row_i[j];
        let (room_i, room_j) = (high[i] - beta[i], beta[j] - low[j]);
        let step = ((v[i] - v[j]) / if curvature > 0.0 { curvature } else { TAU }).min(room_i).min(room_j);
        // A bound that is reached is reached exactly, else rounding would keep the pair in play.
        beta[i] = if step >= room_i { high[i] } else { beta[i] + step };
        beta[j] = if step >= room_j { low[j] } else { beta[j] - step };
        for ((v, a), b) in v.iter_mut().zip(row_i).zip(row_j) {
            *v -= step * (a - b);
        }
        n_iterations += 1;
        if n_iterations.is_multiple_of(n_steps) {
            observe(n_iterations / n_steps, &state.solution(n_iterations, Outcome::PassLimit), Stage::Pass)?;
        }
    };
    let solution = state.solution(n_iterations, outcome);
    observe(n_iterations.div_ceil(n_steps), &solution, Stage::End)?;
    ControlFlow::Continue(solution)
}

/// The variables and what they are bound by, each `[n]`.
struct State<'a> {
    y: &'a [f64],
    c: &'a [f64],
    low: Vec<f64>,
    high: Vec<f64>,
    beta: Vec<f64>,
    v: Vec<f64>,
}

impl<'a> State<'a> {
    fn new(y: &'a [f64], c: &'a [f64]) -> State<'a> {
        let low = y.iter().zip(c).map(|(&y, &c)| if y > 0.0 { 0.0 } else { -c }).collect();
        let high = y.iter().zip(c).map(|(&y, &c)| if y > 0.0 { c } else { 0.0 }).collect();
        State { y, c, low, high, beta: vec![0.0; y.len()], v: y.to_vec() }
    }

    fn solution(&self, n_iterations: u64, outcome: Outcome) -> Solution {
        let State { y, c, low, high, beta, v } = self;
        let n = y.len();
        let bias = bias(v, beta, low, high);
        let dual_objective = -0.5 * (0..n).map(|t| beta[t] * (y[t] + v[t])).sum::<f64>();
        let norm: f64 = (0..n).map(|t| beta[t] * (y[t] - v[t])).sum();
        let slack: f64 = (0..n).map(|t| c[t] * (y[t] * (v[t] - bias)).max(0.0)).sum();
        let duality_gap = 0.5 * norm + slack + dual_objective;
        Solution { beta: beta.clone(), bias, dual_objective, duality_gap, n_iterations, outcome }
    }
}

/// The i that may go up with the largest v_i.
fn steepest(v: &[f64], beta: &[f64], high: &[f64]) -> Option<usize> {
    let (mut best, mut largest) = (None, f64::NEG_INFINITY);
    for (t, ((&v, beta), high)) in v.iter().zip(beta).zip(high).enumerate() {
        if beta < high && v >= largest {
            (best, largest) = (Some(t), v);
        }
    }
    best
}

/// The j that may go down with the largest decrease of the objective together with i.
fn partner(i: usize, row: &[f64], diagonal: &[f64], v: &[f64], beta: &[f64], low: &[f64]) -> Option<usize> {
    let (mut best, mut largest) = (None, f64::NEG_INFINITY);
    for t in 0..v.len() {
        let slope = v[i] - v[t];
        if beta[t] > low[t] && slope > 0.0 {
            let curvature = diagonal[i] + diagonal[t] - 2.0 * row[t];
            let decrease = slope * slope / if curvature > 0.0 { curvature } else { TAU };
            if decrease >= largest {
                (best, largest) = (Some(t), decrease);
            }
        }
    }
    best
}

/// The mean of v over free points; without any, the middle of what the bounds allow.
fn bias(v: &[f64], beta: &[f64], low: &[f64], high: &[f64]) -> f64 {
    let (mut sum, mut n_free) = (0.0, 0);
    let (mut from, mut to) = (f64::NEG_INFINITY, f64::INFINITY);
    for t in 0..v.len() {
        let (up, down) = (beta[t] < high[t], beta[t] > low[t]);
        if up && down {
            sum += v[t];
            n_free += 1;
        } else if up {
            from = from.max(v[t]);
        } else {
            to = to.min(v[t]);
        }
    }
    if n_free > 0 { sum / f64::from(n_free) } else { 0.5 * (from + to) }
}
