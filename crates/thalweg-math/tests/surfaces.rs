//! Each surface against differences and the graph, and its minima.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use thalweg_math::graph::{Graph, Var};
use thalweg_math::surface::{SURFACES, Surface, find};

fn gradient(surface: &Surface, p: &[f64]) -> Vec<f64> {
    let mut g = vec![f64::NAN; p.len()];
    (surface.gradient)(p, &mut g);
    g
}

/// At 200 random points of its view.
#[test]
fn gradients_agree_with_differences_and_graph() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for surface in SURFACES {
        for _ in 0..200 {
            let p: Vec<f64> = surface.view.iter().map(|(low, high)| rng.random_range(*low..*high)).collect();
            let found = gradient(surface, &p);
            let graph = Graph::new();
            let vars: Vec<Var<'_>> = p.iter().map(|x| graph.var(*x)).collect();
            let output = (surface.graph)(&vars);
            let (value, slopes) = ((surface.value)(&p), graph.gradient(output));
            assert!((output.value() - value).abs() <= 1e-12 * value.abs().max(1.0), "{} at {p:?}", surface.name);
            let size = found.iter().fold(1.0_f64, |m, g| m.max(g.abs()));
            for i in 0..p.len() {
                let at = |h: f64| {
                    let mut q = p.clone();
                    q[i] += h;
                    (surface.value)(&q)
                };
                // Fourth order, so that steep surfaces do not need a step that drowns in rounding.
                let h = 1e-3;
                let numeric = (8.0 * (at(h) - at(-h)) - (at(2.0 * h) - at(-2.0 * h))) / (12.0 * h);
                assert!((found[i] - numeric).abs() <= 1e-6 * size, "{} at {p:?}: {} and {numeric}", surface.name, found[i]);
                assert!((found[i] - slopes.of(vars[i])).abs() <= 1e-11 * size, "{} at {p:?}", surface.name);
            }
        }
    }
}

/// The gradient is 0 there, every neighbour is higher, and the first is the lowest.
#[test]
fn minima_are_minima() {
    for surface in SURFACES {
        let lowest = surface.minima.first().map(|p| (surface.value)(p));
        for minimum in surface.minima {
            let value = (surface.value)(minimum);
            assert!(gradient(surface, minimum).iter().all(|g| g.abs() < 1e-12), "{} at {minimum:?}", surface.name);
            assert!(lowest.is_some_and(|l| l <= value + 1e-12), "{}", surface.name);
            for i in 0..surface.n_dims {
                for h in [-1e-3, 1e-3] {
                    let mut near = minimum.to_vec();
                    near[i] += h;
                    assert!((surface.value)(&near) > value, "{} at {minimum:?}", surface.name);
                }
            }
        }
        let inside = |p: &&[f64]| p.iter().zip(surface.view).all(|(x, (low, high))| low < x && x < high);
        assert!(surface.minima.iter().all(inside) && inside(&surface.start), "{}", surface.name);
        assert_eq!((surface.start.len(), surface.view.len()), (surface.n_dims, surface.n_dims), "{}", surface.name);
    }
}

/// MISSION C2 by hand: the gradient of x² + 2y² at (−3.5, −3.5) is (−7, −14). Rosenbrock at (−1.2, 1), by hand: 24.2 and (−215.6, −88).
#[test]
fn numbers_by_hand() {
    let at = |name: &str, p: &[f64]| {
        let surface = find(name).expect("a row");
        ((surface.value)(p), gradient(surface, p))
    };
    assert_eq!(at("bowl", &[-3.5, -3.5]), (36.75, vec![-7.0, -14.0]));
    let (value, gradient) = at("rosenbrock", &[-1.2, 1.0]);
    assert!((value - 24.2).abs() < 1e-12 && (gradient[0] + 215.6).abs() < 1e-12 && (gradient[1] + 88.0).abs() < 1e-12);
    assert_eq!(at("parabola", &[10.0]), (100.0, vec![20.0]));
}
