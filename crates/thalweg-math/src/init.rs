//! How weights begin, one row each. Biases begin at zero under every row.
//!
//! Draws are made in `f64` and then rounded, so that both precisions start from the same draw.
//! Absent: orthogonal and data-dependent initialisation.

use ndarray::Array2;
use ndarray_rand::RandomExt;
use ndarray_rand::rand_distr::Uniform;
use rand::Rng;

use crate::normal::Normal;
use crate::real::Real;

/// A rule for the first weights of a dense layer.
pub struct Init {
    /// Name in experiment files.
    pub name: &'static str,
    /// The distribution of a weight.
    pub formula: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// The distribution for a layer with `(n_in, n_out)`.
    pub spread: fn(usize, usize) -> Spread,
}

/// A distribution with mean zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Spread {
    /// Always 0.
    Zero,
    /// Uniform on [−bound, bound).
    Uniform {
        /// Half the width, > 0.
        bound: f64,
    },
    /// Normal.
    Normal {
        /// Standard deviation, > 0.
        sd: f64,
    },
}

/// The row named `name`.
pub fn find(name: &str) -> Option<&'static Init> {
    INITS.iter().find(|row| row.name == name)
}

/// Every initialisation.
pub static INITS: &[Init] = &[
    Init {
        name: "zeros",
        formula: "w = 0",
        source: "definition; does not break the symmetry of hidden units",
        spread: |_, _| Spread::Zero,
    },
    Init {
        name: "normal",
        formula: "w ~ N(0, 0.01²)",
        source: "Krizhevsky et al. 2012, no gain",
        spread: |_, _| Spread::Normal { sd: 0.01 },
    },
    Init {
        name: "uniform",
        formula: "w ~ U(−1/√n_in, 1/√n_in)",
        source: "PyTorch's default for linear layers, gain 1/√3; differs: biases are zero",
        spread: |n_in, _| Spread::Uniform { bound: 1.0 / (n_in as f64).sqrt() },
    },
    Init {
        name: "xavier",
        formula: "w ~ U(−b, b), b = √(6/(n_in + n_out))",
        source: "Glorot and Bengio 2010, gain 1",
        spread: |n_in, n_out| Spread::Uniform { bound: (6.0 / (n_in + n_out) as f64).sqrt() },
    },
    Init {
        name: "he",
        formula: "w ~ N(0, 2/n_in)",
        source: "He et al. 2015, gain √2 for the half that ReLU loses",
        spread: |n_in, _| Spread::Normal { sd: (2.0 / n_in as f64).sqrt() },
    },
    Init {
        name: "lecun",
        formula: "w ~ N(0, 1/n_in)",
        source: "LeCun et al. 1998, Efficient BackProp, gain 1",
        spread: |n_in, _| Spread::Normal { sd: (1.0 / n_in as f64).sqrt() },
    },
];

impl Init {
    /// Fills `weights` `[n_in, n_out]`, row-major. Panics if the length is not n_in·n_out.
    pub fn fill<T: Real>(&self, n_in: usize, n_out: usize, rng: &mut impl Rng, weights: &mut [T]) {
        assert_eq!(weights.len(), n_in * n_out, "weights are n_in × n_out");
        let shape = (n_in, n_out);
        let draw = match (self.spread)(n_in, n_out) {
            Spread::Zero => Array2::zeros(shape),
            Spread::Uniform { bound } => {
                Array2::random_using(shape, Uniform::new(-bound, bound).expect("the bound is finite and positive"), rng)
            }
            Spread::Normal { sd } => Array2::random_using(shape, Normal { sd }, rng),
        };
        for (w, d) in weights.iter_mut().zip(&draw) {
            *w = T::from_f64(*d);
        }
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    fn draw<T: Real>(init: &Init, n_in: usize, n_out: usize) -> Vec<T> {
        let mut out = vec![T::default(); n_in * n_out];
        init.fill(n_in, n_out, &mut ChaCha8Rng::seed_from_u64(7), &mut out);
        out
    }

    /// The sample variance of 100,000 draws has a relative standard error of √(2/n) = 0.0045 (normal) or less (uniform).
    #[test]
    fn moments_are_those_of_the_spread() {
        for init in INITS {
            let w = draw::<f64>(init, 250, 400);
            let n = w.len() as f64;
            let (sd, limit) = match (init.spread)(250, 400) {
                Spread::Zero => (0.0, 0.0),
                Spread::Uniform { bound } => (bound / 3.0_f64.sqrt(), bound),
                Spread::Normal { sd } => (sd, 6.0 * sd),
            };
            let variance = w.iter().map(|v| v * v).sum::<f64>() / n;
            assert!((variance - sd * sd).abs() <= 0.02 * sd * sd, "{}: variance {variance}, not {}", init.name, sd * sd);
            assert!((w.iter().sum::<f64>() / n).abs() <= 5.0 * sd / n.sqrt(), "{}: mean", init.name);
            assert!(w.iter().all(|v| v.abs() <= limit), "{}: limit", init.name);
        }
    }

    #[test]
    fn both_precisions_share_the_draw() {
        for init in INITS {
            let (single, double) = (draw::<f32>(init, 17, 5), draw::<f64>(init, 17, 5));
            assert!(single.iter().zip(&double).all(|(s, d)| *s == *d as f32), "{}", init.name);
        }
    }

    /// By hand: Glorot's bound for 64 → 32 is √(6/96) = 0.25; He's sd for 8 inputs is √(2/8) = 0.5.
    #[test]
    fn published_spreads() {
        let spread = |name: &str, n_in, n_out| (find(name).expect("a row").spread)(n_in, n_out);
        assert_eq!(spread("xavier", 64, 32), Spread::Uniform { bound: 0.25 });
        assert_eq!(spread("he", 8, 3), Spread::Normal { sd: 0.5 });
        assert_eq!(spread("lecun", 4, 3), Spread::Normal { sd: 0.5 });
        assert_eq!(spread("uniform", 16, 3), Spread::Uniform { bound: 0.25 });
    }
}
