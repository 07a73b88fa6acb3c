//! A scalar reverse-mode graph: every number is a node that remembers how its parents move it.
//!
//! It is the second oracle of the gradient checks: it shares no line with the matrix code, and where a loss has a kink
//! (where differences tell nothing) it follows the same conventions. One number per node makes it slow and easy to believe.
//! Source: the tape form of reverse accumulation (Linnainmaa 1970; the idea of `micrograd`).

use std::cell::RefCell;
use std::iter::Sum;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A tape of nodes, each after its parents.
#[derive(Default)]
pub struct Graph {
    nodes: RefCell<Vec<Node>>,
}

struct Node {
    value: f64,
    /// Parent and partial derivative by it; unused places have derivative 0.
    parents: [(usize, f64); 2],
}

/// A number on a graph.
#[derive(Clone, Copy)]
pub struct Var<'g> {
    graph: &'g Graph,
    index: usize,
}

impl Graph {
    /// An empty graph.
    pub fn new() -> Graph {
        Graph::default()
    }

    /// A new leaf.
    pub fn var(&self, value: f64) -> Var<'_> {
        self.push(value, [(0, 0.0), (0, 0.0)])
    }

    fn push(&self, value: f64, parents: [(usize, f64); 2]) -> Var<'_> {
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(Node { value, parents });
        Var { graph: self, index: nodes.len() - 1 }
    }

    /// ∂`output`/∂node for every node; read it with [`Gradient::of`].
    pub fn gradient(&self, output: Var<'_>) -> Gradient {
        let nodes = self.nodes.borrow();
        let mut slopes = vec![0.0; nodes.len()];
        slopes[output.index] = 1.0;
        for (i, node) in nodes.iter().enumerate().rev() {
            let slope = slopes[i];
            for (parent, partial) in node.parents {
                // A leaf has no parents: its two places point at node 0 with derivative 0.
                if partial != 0.0 {
                    slopes[parent] += slope * partial;
                }
            }
        }
        Gradient { slopes }
    }
}

/// Derivatives of one output by every node of its graph.
pub struct Gradient {
    slopes: Vec<f64>,
}

impl Gradient {
    /// The derivative by `var`.
    pub fn of(&self, var: Var<'_>) -> f64 {
        self.slopes[var.index]
    }
}

impl<'g> Var<'g> {
    /// The number itself.
    pub fn value(self) -> f64 {
        self.graph.nodes.borrow()[self.index].value
    }

    fn unary(self, value: f64, slope: f64) -> Var<'g> {
        self.graph.push(value, [(self.index, slope), (0, 0.0)])
    }

    fn binary(self, other: Var<'g>, value: f64, slopes: (f64, f64)) -> Var<'g> {
        self.graph.push(value, [(self.index, slopes.0), (other.index, slopes.1)])
    }

    /// A constant on the same graph.
    pub fn constant(self, value: f64) -> Var<'g> {
        self.graph.var(value)
    }

    /// e^self
    pub fn exp(self) -> Var<'g> {
        let e = self.value().exp();
        self.unary(e, e)
    }

    /// ln self
    pub fn ln(self) -> Var<'g> {
        self.unary(self.value().ln(), 1.0 / self.value())
    }

    /// tanh self
    pub fn tanh(self) -> Var<'g> {
        let t = self.value().tanh();
        self.unary(t, 1.0 - t * t)
    }

    /// erf self, by erf x = 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (1·3·…·(2n+1)), whose terms share one sign.
    pub fn erf(self) -> Var<'g> {
        let x = self.value();
        let bell = std::f64::consts::FRAC_2_SQRT_PI * (-x * x).exp();
        // Beyond 6 the function rounds to ±1.
        let erf = if x.abs() > 6.0 {
            x.signum()
        } else {
            let (mut term, mut sum, mut n) = (x, x, 0.0);
            while term.abs() > 1e-17 * sum.abs() {
                n += 1.0;
                term *= 2.0 * x * x / (2.0 * n + 1.0);
                sum += term;
            }
            bell * sum
        };
        self.unary(erf, bell)
    }

    /// ln(1 + e^self), shifted so that the exponential stays below 1.
    pub fn softplus(self) -> Var<'g> {
        let tail = |negative: Var<'g>| (1.0 + negative.exp()).ln();
        if self.value() > 0.0 { self + tail(-self) } else { tail(self) }
    }

    /// cos self
    pub fn cos(self) -> Var<'g> {
        self.unary(self.value().cos(), -self.value().sin())
    }

    /// √self
    pub fn sqrt(self) -> Var<'g> {
        let root = self.value().sqrt();
        self.unary(root, 0.5 / root)
    }

    /// self^n
    pub fn powi(self, n: i32) -> Var<'g> {
        self.unary(self.value().powi(n), f64::from(n) * self.value().powi(n - 1))
    }

    /// |self|, with slope 0 at 0.
    pub fn abs(self) -> Var<'g> {
        let v = self.value();
        self.unary(v.abs(), if v == 0.0 { 0.0 } else { v.signum() })
    }

    /// `positive` where self > 0, else `other`: the side of a kink at 0 that is taken at 0 is `other`.
    pub fn select_positive(self, positive: Var<'g>, other: Var<'g>) -> Var<'g> {
        if self.value() > 0.0 { positive } else { other }
    }
}

impl<'g> Add for Var<'g> {
    type Output = Var<'g>;
    fn add(self, o: Var<'g>) -> Var<'g> {
        self.binary(o, self.value() + o.value(), (1.0, 1.0))
    }
}

impl<'g> Sub for Var<'g> {
    type Output = Var<'g>;
    fn sub(self, o: Var<'g>) -> Var<'g> {
        self.binary(o, self.value() - o.value(), (1.0, -1.0))
    }
}

impl<'g> Mul for Var<'g> {
    type Output = Var<'g>;
    fn mul(self, o: Var<'g>) -> Var<'g> {
        self.binary(o, self.value() * o.value(), (o.value(), self.value()))
    }
}

impl<'g> Div for Var<'g> {
    type Output = Var<'g>;
    fn div(self, o: Var<'g>) -> Var<'g> {
        let (a, b) = (self.value(), o.value());
        self.binary(o, a / b, (1.0 / b, -a / (b * b)))
    }
}

impl<'g> Neg for Var<'g> {
    type Output = Var<'g>;
    fn neg(self) -> Var<'g> {
        self.unary(-self.value(), -1.0)
    }
}

impl<'g> Add<f64> for Var<'g> {
    type Output = Var<'g>;
    fn add(self, c: f64) -> Var<'g> {
        self.unary(self.value() + c, 1.0)
    }
}

impl<'g> Mul<f64> for Var<'g> {
    type Output = Var<'g>;
    fn mul(self, c: f64) -> Var<'g> {
        self.unary(self.value() * c, c)
    }
}

impl<'g> Add<Var<'g>> for f64 {
    type Output = Var<'g>;
    fn add(self, v: Var<'g>) -> Var<'g> {
        v + self
    }
}

impl<'g> Sum for Var<'g> {
    /// Panics without terms: a sum of nothing has no graph.
    fn sum<I: Iterator<Item = Var<'g>>>(terms: I) -> Var<'g> {
        terms.reduce(|a, b| a + b).expect("there is a term")
    }
}

impl<'g> Div<Var<'g>> for f64 {
    type Output = Var<'g>;
    fn div(self, v: Var<'g>) -> Var<'g> {
        v.constant(self) / v
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// MISSION C4, by hand: p = x + y = 3, f = p·z = −12, ∂f/∂x = ∂f/∂y = z = −4, ∂f/∂z = p = 3.
    #[test]
    fn chain_rule_of_a_product_of_a_sum() {
        let g = Graph::new();
        let (x, y, z) = (g.var(-2.0), g.var(5.0), g.var(-4.0));
        let p = x + y;
        let f = p * z;
        let d = g.gradient(f);
        assert_eq!((p.value(), f.value()), (3.0, -12.0));
        assert_eq!((d.of(x), d.of(y), d.of(z)), (-4.0, -4.0, 3.0));
    }

    /// A node used twice collects both paths: d(x·x + x)/dx = 2x + 1.
    #[test]
    fn paths_add_up() {
        let g = Graph::new();
        let x = g.var(3.0);
        let f = x * x + x;
        assert_eq!(g.gradient(f).of(x), 7.0);
    }

    /// Slopes from the calculus book, at x = 0.7.
    #[test]
    fn slopes_of_the_elementary_functions() {
        let at = 0.7_f64;
        let slope = |f: fn(Var<'_>) -> Var<'_>| {
            let g = Graph::new();
            let x = g.var(at);
            g.gradient(f(x)).of(x)
        };
        let close = |a: f64, b: f64| assert!((a - b).abs() <= 1e-15 * b.abs().max(1.0), "{a} is not {b}");
        close(slope(|x| x.exp()), at.exp());
        close(slope(|x| x.ln()), 1.0 / at);
        close(slope(|x| x.tanh()), 1.0 / at.cosh().powi(2));
        close(slope(|x| x.sqrt()), 0.5 / at.sqrt());
        close(slope(|x| x.cos()), -at.sin());
        close(slope(|x| x.softplus()), 1.0 / (1.0 + (-at).exp()));
        close(slope(|x| (-x).softplus()), -1.0 / (1.0 + at.exp()));
        close(slope(|x| x.powi(3)), 3.0 * at * at);
        close(slope(|x| x.abs()), 1.0);
        close(slope(|x| (-x).abs()), 1.0);
        close(slope(|x| 1.0 / x), -1.0 / (at * at));
        close(slope(|x| x / (x + 1.0)), 1.0 / (at + 1.0).powi(2));
        close(slope(|x| x - x * 3.0), -2.0);
        close(slope(|x| x.erf()), std::f64::consts::FRAC_2_SQRT_PI * (-at * at).exp());
    }

    /// erf by mpmath 1.3 with 30 digits.
    #[test]
    fn values_of_the_error_function() {
        for (x, want) in [
            (0.0, 0.0),
            (1e-9, 1.1283791670955126e-9),
            (0.5, 0.5204998778130465),
            (-1.0, -0.8427007929497149),
            (3.0, 0.9999779095030014),
            (5.5, 0.9999999999999927),
            (-9.0, -1.0),
        ] {
            let got = Graph::new().var(x).erf().value();
            assert!((got - want).abs() <= 1e-14 * want.abs(), "erf({x}) = {got}, not {want}");
        }
    }
}
