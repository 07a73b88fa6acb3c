//! Analytic surfaces to descend, one row each: value, gradient and known minima on adjacent lines.
//!
//! A surface and a network with its loss are both an [`Objective`]: value and gradient at a point. Absent: constraints, and
//! more than two dimensions, which nobody could draw.

use std::f64::consts::PI;

use crate::graph::Var;
use crate::objective::Objective;

/// A function of one or two coordinates.
pub struct Surface {
    /// Name in experiment files.
    pub name: &'static str,
    /// f as a formula.
    pub formula: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// 1 or 2 coordinates.
    pub n_dims: usize,
    /// Where a descent begins unless told otherwise, `[n_dims]`.
    pub start: &'static [f64],
    /// Its minima, each `[n_dims]`, the lowest first; none for a saddle.
    pub minima: &'static [&'static [f64]],
    /// What a picture shows: lowest and highest of each coordinate, `[n_dims]`.
    pub view: &'static [(f64, f64)],
    /// f(p)
    pub value: fn(&[f64]) -> f64,
    /// ∇f(p), written to the second argument.
    pub gradient: fn(&[f64], &mut [f64]),
    /// f on a scalar graph.
    pub graph: for<'g> fn(&[Var<'g>]) -> Var<'g>,
}

/// A coordinate beyond this is off every surface: values there are noise or infinite.
pub const BOUND: f64 = 1e6;

/// The row named `name`.
pub fn find(name: &str) -> Option<&'static Surface> {
    SURFACES.iter().find(|row| row.name == name)
}

/// Every surface.
pub static SURFACES: &[Surface] = &[
    Surface {
        name: "parabola",
        formula: "x²",
        source: "the source text's first example",
        n_dims: 1,
        start: &[10.0],
        minima: &[&[0.0]],
        view: &[(-11.0, 11.0)],
        value: |p| p[0] * p[0],
        gradient: |p, g| g[0] = 2.0 * p[0],
        graph: |p| p[0] * p[0],
    },
    Surface {
        name: "double-well",
        formula: "x⁴/4 − x²/2 + x/10: two minima, the left one lower",
        source: "the usual two-minima curve; minima by mpmath 1.3",
        n_dims: 1,
        start: &[1.6],
        minima: &[&[-1.046_680_531_804_602_7], &[0.945_649_273_923_591_4]],
        view: &[(-1.7, 1.7)],
        value: |p| p[0] * p[0] * (p[0] * p[0] / 4.0 - 0.5) + p[0] / 10.0,
        gradient: |p, g| g[0] = p[0] * (p[0] * p[0] - 1.0) + 0.1,
        graph: |p| p[0].powi(4) * 0.25 - p[0].powi(2) * 0.5 + p[0] * 0.1,
    },
    Surface {
        name: "bowl",
        formula: "x² + 2y²",
        source: "the source text's second example",
        n_dims: 2,
        start: &[-3.5, -3.5],
        minima: &[&[0.0, 0.0]],
        view: &[(-4.0, 4.0), (-4.0, 4.0)],
        value: |p| p[0] * p[0] + 2.0 * p[1] * p[1],
        gradient: |p, g| (g[0], g[1]) = (2.0 * p[0], 4.0 * p[1]),
        graph: |p| p[0].powi(2) + p[1].powi(2) * 2.0,
    },
    Surface {
        name: "valley",
        formula: "x² + 25y²: 25 times as steep across as along",
        source: "an elongated valley, after Goh 2017, Why momentum really works",
        n_dims: 2,
        start: &[-4.0, 1.0],
        minima: &[&[0.0, 0.0]],
        view: &[(-4.5, 4.5), (-1.5, 1.5)],
        value: |p| p[0] * p[0] + 25.0 * p[1] * p[1],
        gradient: |p, g| (g[0], g[1]) = (2.0 * p[0], 50.0 * p[1]),
        graph: |p| p[0].powi(2) + p[1].powi(2) * 25.0,
    },
    Surface {
        name: "rosenbrock",
        formula: "(1 − x)² + 100(y − x²)²: a bent valley",
        source: "Rosenbrock 1960",
        n_dims: 2,
        start: &[-1.2, 1.0],
        minima: &[&[1.0, 1.0]],
        view: &[(-2.0, 2.0), (-1.0, 3.0)],
        value: |p| {
            let (a, b) = (1.0 - p[0], p[1] - p[0] * p[0]);
            a * a + 100.0 * b * b
        },
        gradient: |p, g| {
            let b = p[1] - p[0] * p[0];
            (g[0], g[1]) = (-2.0 * (1.0 - p[0]) - 400.0 * p[0] * b, 200.0 * b);
        },
        graph: |p| (p[0] * -1.0 + 1.0).powi(2) + (p[1] - p[0] * p[0]).powi(2) * 100.0,
    },
    Surface {
        name: "beale",
        formula: "(1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)²",
        source: "Beale 1958",
        n_dims: 2,
        start: &[-1.0, 1.5],
        minima: &[&[3.0, 0.5]],
        view: &[(-4.5, 4.5), (-2.0, 2.0)],
        value: |p| {
            let terms = beale(p);
            terms.iter().map(|t| t * t).sum()
        },
        gradient: |p, g| {
            let ([a, b, c], y) = (beale(p), p[1]);
            g[0] = 2.0 * (a * (y - 1.0) + b * (y * y - 1.0) + c * (y * y * y - 1.0));
            g[1] = 2.0 * p[0] * (a + 2.0 * b * y + 3.0 * c * y * y);
        },
        graph: |p| {
            let term = |constant: f64, power: i32| (p[0] * p[1].powi(power) - p[0] + constant).powi(2);
            term(1.5, 1) + term(2.25, 2) + term(2.625, 3)
        },
    },
    Surface {
        name: "himmelblau",
        formula: "(x² + y − 11)² + (x + y² − 7)²: four minima of value 0",
        source: "Himmelblau 1972; minima by mpmath 1.3",
        n_dims: 2,
        start: &[0.0, 0.0],
        minima: &[
            &[3.0, 2.0],
            &[-2.805_118_086_952_745, 3.131_312_518_250_573],
            &[-3.779_310_253_377_747, -3.283_185_991_286_169_6],
            &[3.584_428_340_330_492, -1.848_126_526_964_403_5],
        ],
        view: &[(-5.0, 5.0), (-5.0, 5.0)],
        value: |p| {
            let (a, b) = (p[0] * p[0] + p[1] - 11.0, p[0] + p[1] * p[1] - 7.0);
            a * a + b * b
        },
        gradient: |p, g| {
            let (a, b) = (p[0] * p[0] + p[1] - 11.0, p[0] + p[1] * p[1] - 7.0);
            (g[0], g[1]) = (4.0 * p[0] * a + 2.0 * b, 2.0 * a + 4.0 * p[1] * b);
        },
        graph: |p| (p[0].powi(2) + p[1] + -11.0).powi(2) + (p[0] + p[1].powi(2) + -7.0).powi(2),
    },
    Surface {
        name: "saddle",
        formula: "x² − y²: a descent that starts on the ridge y = 0 stays at the saddle point",
        source: "the plainest saddle",
        n_dims: 2,
        start: &[-1.5, 0.0],
        minima: &[],
        view: &[(-2.0, 2.0), (-2.0, 2.0)],
        value: |p| p[0] * p[0] - p[1] * p[1],
        gradient: |p, g| (g[0], g[1]) = (2.0 * p[0], -2.0 * p[1]),
        graph: |p| p[0].powi(2) - p[1].powi(2),
    },
    Surface {
        name: "monkey-saddle",
        formula: "x³ − 3xy²: three ways down and a flat point",
        source: "Hilbert and Cohn-Vossen 1932",
        n_dims: 2,
        start: &[1.2, 0.0],
        minima: &[],
        view: &[(-2.0, 2.0), (-2.0, 2.0)],
        value: |p| p[0] * (p[0] * p[0] - 3.0 * p[1] * p[1]),
        gradient: |p, g| (g[0], g[1]) = (3.0 * (p[0] * p[0] - p[1] * p[1]), -6.0 * p[0] * p[1]),
        graph: |p| p[0].powi(3) - p[0] * p[1].powi(2) * 3.0,
    },
    Surface {
        name: "rastrigin",
        formula: "20 + Σ(x² − 10 cos 2πx): a minimum near every pair of integers",
        source: "Rastrigin 1974",
        n_dims: 2,
        start: &[2.3, -1.6],
        minima: &[&[0.0, 0.0]],
        view: &[(-3.0, 3.0), (-3.0, 3.0)],
        value: |p| 20.0 + p.iter().map(|x| x * x - 10.0 * libm::cos(2.0 * PI * x)).sum::<f64>(),
        gradient: |p, g| g.iter_mut().zip(p).for_each(|(g, x)| *g = 2.0 * x + 20.0 * PI * libm::sin(2.0 * PI * x)),
        graph: |p| p.iter().map(|x| x.powi(2) - (*x * (2.0 * PI)).cos() * 10.0).sum::<Var<'_>>() + 20.0,
    },
];

fn beale(p: &[f64]) -> [f64; 3] {
    let (x, y) = (p[0], p[1]);
    [1.5 - x + x * y, 2.25 - x + x * y * y, 2.625 - x + x * y * y * y]
}

impl Objective<f64> for &Surface {
    fn n_params(&self) -> usize {
        self.n_dims
    }

    fn value(&mut self, params: &[f64]) -> f64 {
        (self.value)(params)
    }

    fn value_and_gradient(&mut self, params: &[f64], grad: &mut [f64]) -> f64 {
        (self.gradient)(params, grad);
        (self.value)(params)
    }
}
