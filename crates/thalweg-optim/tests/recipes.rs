//! What each row of the recipe table must do, and numbers by hand. Absent: PyTorch and optax step by step (`oracle.rs`).

use proptest::prelude::*;
use thalweg_optim::recipe::{RECIPES, find};
use thalweg_optim::{BiasCorrection, Hyper, Optimizer, Recipe, Scalar};

const HYPER: Hyper = Hyper::DEFAULT;

fn with_momentum(momentum: f64) -> Hyper {
    Hyper { momentum, ..HYPER }
}

fn row(name: &str) -> &'static Recipe {
    find(name).expect("a row")
}

/// Every x along a descent on f(x) = x², gradient 2x.
fn on_parabola(recipe: &Recipe, momentum: f64, x: f64, lr: f64, n_steps: usize) -> Vec<f64> {
    let mut optimizer = Optimizer::<f64>::new(recipe, &with_momentum(momentum), 1);
    let mut x = [x];
    let step = |_| {
        optimizer.step(lr, &mut [2.0 * x[0]], &mut x);
        x[0]
    };
    (0..n_steps).map(step).collect()
}

/// Parameters after steps along given gradients.
fn walk<T: Scalar>(recipe: &Recipe, hyper: &Hyper, lr: f64, start: &[T], grads: &[Vec<T>]) -> Vec<T> {
    let (mut optimizer, mut params) = (Optimizer::<T>::new(recipe, hyper, start.len()), start.to_vec());
    for grad in grads {
        optimizer.step(lr, &mut grad.clone(), &mut params);
    }
    params
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance
}

#[test]
fn each_row_is_found_by_its_own_name_only() {
    for recipe in RECIPES {
        assert!(find(recipe.name).is_some_and(|r| std::ptr::eq(r, recipe)), "{}", recipe.name);
        for text in [recipe.formula, recipe.source, recipe.differs] {
            assert!(!text.is_empty(), "{}", recipe.name);
        }
        let sorted = |names: &[&str]| names.is_sorted();
        assert!(sorted(recipe.hyper) && sorted(Hyper::SHARED), "{}", recipe.name);
        assert!(recipe.hyper.iter().all(|h| !Hyper::SHARED.contains(h)), "{}", recipe.name);
    }
    assert!(find("SGD").is_none());
}

/// x is multiplied by 1 − 2η: by hand 6, 3.6, 2.16 for η = 0.2; 10·0.6¹⁰ = 0.0604662; 10·0.98²⁰ = 6.676080,
/// 10·0.98¹⁰⁰ = 1.326196; ±10 for η = 1; 10·(−1.2)²⁰ = 383.376 for η = 1.1.
#[test]
fn sgd_on_a_parabola() {
    let path = on_parabola(row("sgd"), 0.0, 10.0, 0.2, 10);
    for (x, expected) in path.iter().zip([6.0, 3.6, 2.16]) {
        assert!(close(*x, expected, 1e-12), "{path:?}");
    }
    assert!(close(path[9], 0.060_466_176, 1e-12), "{path:?}");
    let path = on_parabola(row("sgd"), 0.0, 10.0, 0.01, 100);
    assert!(close(path[19], 6.676_080, 1e-6) && close(path[99], 1.326_196, 1e-6));
    let path = on_parabola(row("sgd"), 0.0, 10.0, 1.0, 4);
    assert_eq!(path, [-10.0, 10.0, -10.0, 10.0]);
    let path = on_parabola(row("sgd"), 0.0, 10.0, 1.1, 20);
    assert!(close(path[19], 383.376, 1e-2), "{path:?}");
}

/// f(x, y) = x² + 2y² from (−3.5, −3.5), η = 0.1. By hand: gradient (−7, −14), next point (−2.8, −2.1);
/// x·0.8²⁰ = −0.040352, y·0.6²⁰ = −0.000127966.
#[test]
fn sgd_in_a_bowl() {
    let (mut optimizer, mut p) = (Optimizer::<f64>::new(row("sgd"), &HYPER, 2), [-3.5, -3.5]);
    for step in 1..=20 {
        let mut grad = [2.0 * p[0], 4.0 * p[1]];
        optimizer.step(0.1, &mut grad, &mut p);
        if step == 1 {
            assert!(close(p[0], -2.8, 1e-15) && close(p[1], -2.1, 1e-15), "{p:?}");
        }
    }
    assert!(close(p[0], -0.040_352, 1e-6) && close(p[1], -0.000_127_966, 1e-9), "{p:?}");
}

/// f(x) = x² from 1, η = 0.1, β = 0.9, by hand from the formula that PyTorch 2 documents for torch.optim.SGD
/// (b₁ = g₁; bₜ = μbₜ₋₁ + gₜ; θ ← θ − γbₜ):
/// g = 2, v = 2, x = 0.8; g = 1.6, v = 3.4, x = 0.46; g = 0.92, v = 3.98, x = 0.062; g = 0.124, v = 3.706, x = −0.3086.
#[test]
fn momentum_is_pytorchs() {
    let path = on_parabola(row("momentum"), 0.9, 1.0, 0.1, 4);
    for (x, expected) in path.iter().zip([0.8, 0.46, 0.062, -0.3086]) {
        assert!(close(*x, expected, 1e-14), "{path:?}");
    }
}

/// The same descent by hand: g = 2, v = 2, x = 1 − 0.1·(2 + 0.9·2) = 0.62; g = 1.24, v = 3.04, x = 0.62 − 0.1·(1.24 + 0.9·3.04) = 0.2224.
#[test]
fn nesterov_looks_ahead() {
    let path = on_parabola(row("nesterov"), 0.9, 1.0, 0.1, 2);
    assert!(close(path[0], 0.62, 1e-14) && close(path[1], 0.2224, 1e-14), "{path:?}");
}

/// vₜ = 0.9vₜ₋₁ + 0.1gₜ of the gradients 10, 20, −30 by hand: 1, 2.9, −0.39; corrected by 1 − 0.9ᵗ = 0.1, 0.19, 0.271:
/// 10, 290/19, −390/271.
#[test]
fn the_average_by_hand() {
    let expected = [(BiasCorrection::Off, [1.0, 2.9, -0.39]), (BiasCorrection::On, [10.0, 290.0 / 19.0, -390.0 / 271.0])];
    for (bias_correction, averages) in expected {
        let mut optimizer = Optimizer::<f64>::new(row("momentum-ema"), &Hyper { bias_correction, ..HYPER }, 1);
        for (g, average) in [10.0, 20.0, -30.0].iter().zip(averages) {
            let mut place = [0.0];
            optimizer.step(1.0, &mut [*g], &mut place);
            assert!(close(-place[0], average, 1e-13), "{place:?} is not −{average}");
        }
    }
}

/// At the first step the corrected moments of Adam are g and g², so any gradient far above ε moves by the rate, as does Lion's sign;
/// RMSprop divides by √(1 − ρ)·|g| = |g|/10, Adagrad by |g|.
#[test]
fn first_steps_forget_the_size_of_a_gradient() {
    for (name, size) in [("adam", 1.0), ("amsgrad", 1.0), ("adagrad", 1.0), ("rmsprop", 10.0), ("lion", 1.0)] {
        for g in [1e-3, -7.0, 1e6f64] {
            let mut place = [0.0];
            Optimizer::<f64>::new(row(name), &HYPER, 1).step(1.0, &mut [g], &mut place);
            assert!(close(-place[0], size * g.signum(), 2e-4 * size), "{name} of {g}: {place:?}");
        }
    }
}

/// A step of NaN is seen in the parameters, in every row: a diverged run must not look like one that rests.
#[test]
fn a_nan_is_not_hidden() {
    let clipped = Hyper { clip_norm: Some(1.0), clip_value: Some(1.0), ..HYPER };
    for recipe in RECIPES {
        for hyper in [HYPER, clipped] {
            let mut p = [1.0, 2.0];
            Optimizer::<f64>::new(recipe, &hyper, 2).step(0.1, &mut [f64::NAN, 1.0], &mut p);
            assert!(p[0].is_nan(), "{}: {p:?}", recipe.name);
        }
    }
}

/// After a long rest no state is a subnormal number: those make a step a hundred times slower.
#[test]
fn no_state_becomes_subnormal() {
    let short = Hyper { beta2: Some(0.9), rho: 0.9, ..HYPER };
    for recipe in RECIPES {
        let (mut optimizer, mut p) = (Optimizer::<f32>::new(recipe, &short, 4), [1.0; 4]);
        optimizer.step(0.1, &mut [1.0, 1e-6, 1e-18, 1e-30], &mut p);
        for n in 0..3000 {
            // Gradients whose squares would be subnormal, then none.
            let g = if n < 1000 { 1e-21 } else { 0.0 };
            optimizer.step(0.1, &mut [g, g, -g, g], &mut p);
            assert!(optimizer.state().slots.iter().all(|s| !s.is_subnormal()), "{} at {n}", recipe.name);
        }
    }
}

/// The rate multiplies the velocity: after a rate of 0.1, a rate of 0 stands still at once although v is not zero.
#[test]
fn a_rate_of_zero_stands_still() {
    for recipe in RECIPES {
        let (mut optimizer, mut p) = (Optimizer::<f64>::new(recipe, &HYPER, 2), [1.0, 2.0]);
        optimizer.step(0.1, &mut [0.5, -0.25], &mut p);
        let before = p;
        optimizer.step(0.0, &mut [0.5, -0.25], &mut p);
        assert_eq!(p, before, "{}", recipe.name);
    }
}

/// The sum of a geometric series: g(1 − βⁿ)/(1 − β) after n equal gradients.
#[test]
fn velocity_is_a_geometric_sum() {
    let (mut optimizer, mut p) = (Optimizer::<f64>::new(row("momentum"), &HYPER, 1), [0.0]);
    for n in 1..=60 {
        optimizer.step(0.1, &mut [2.0], &mut p);
        let (sum, velocity) = (2.0 * (1.0 - 0.9f64.powi(n)) / (1.0 - 0.9), optimizer.state().slots[0]);
        assert!(close(velocity, sum, 1e-12), "{velocity} is not {sum} after {n}");
    }
}

#[test]
#[should_panic(expected = "one gradient per parameter")]
fn lengths_must_agree() {
    Optimizer::<f32>::new(row("momentum"), &HYPER, 3).step(0.1, &mut [0.0; 2], &mut [0.0; 3]);
}

#[test]
#[should_panic(expected = "a state fits its own recipe and size")]
fn a_foreign_state_is_refused() {
    let other = Optimizer::<f32>::new(row("momentum"), &HYPER, 4).state().clone();
    Optimizer::<f32>::new(row("momentum"), &HYPER, 3).restore(other);
}

/// A start and up to 12 gradients of one length, 1 to 40.
fn walks() -> impl Strategy<Value = (Vec<f64>, Vec<Vec<f64>>)> {
    (1usize..=40, 1usize..=12).prop_flat_map(|(n, steps)| {
        let vector = || prop::collection::vec(-10.0..10.0f64, n);
        (vector(), prop::collection::vec(vector(), steps))
    })
}

proptest! {
    #[test]
    fn momentum_with_beta_zero_is_sgd_bit_for_bit((start, grads) in walks(), lr in 1e-4..1.0f64) {
        let none = with_momentum(0.0);
        prop_assert_eq!(walk(row("momentum"), &none, lr, &start, &grads), walk(row("sgd"), &none, lr, &start, &grads));
        let single = |v: &Vec<f64>| v.iter().map(|x| *x as f32).collect::<Vec<_>>();
        let (start, grads) = (single(&start), grads.iter().map(single).collect::<Vec<_>>());
        prop_assert_eq!(walk(row("momentum"), &none, lr, &start, &grads), walk(row("sgd"), &none, lr, &start, &grads));
    }

    /// Both rows are linear maps of the gradients: the way of a·g + h is a times the way of g plus that of h.
    #[test]
    fn sgd_and_momentum_are_linear((start, grads) in walks(), a in -3.0..3.0f64, lr in 1e-4..1.0f64, beta in 0.0..0.99f64) {
        let (zero, hyper) = (vec![0.0; start.len()], with_momentum(beta));
        let mixed: Vec<Vec<f64>> = grads.iter().map(|g| g.iter().zip(&start).map(|(g, h)| a * g + h).collect()).collect();
        let others = vec![start.clone(); grads.len()];
        for name in ["sgd", "momentum"] {
            let way = |grads: &[Vec<f64>]| walk(row(name), &hyper, lr, &zero, grads);
            let (g, h, both) = (way(&grads), way(&others), way(&mixed));
            for i in 0..zero.len() {
                // A coordinate is a sum of at most 78 terms (1 + … + 12), each below 40.
                prop_assert!(close(both[i], a * g[i] + h[i], 1e-11), "{name}: {} and {}", both[i], a * g[i] + h[i]);
            }
        }
    }

    #[test]
    fn each_row_continues_from_a_saved_state_with_the_same_bits((start, grads) in walks(), lr in 1e-4..1.0f64, cut in 0usize..12) {
        for recipe in RECIPES {
            let whole = walk(recipe, &HYPER, lr, &start, &grads);
            let mut params = start.clone();
            let mut optimizer = Optimizer::<f64>::new(recipe, &HYPER, start.len());
            for (i, grad) in grads.iter().enumerate() {
                if i == cut {
                    let saved = optimizer.state().clone();
                    optimizer = Optimizer::new(recipe, &HYPER, start.len());
                    optimizer.restore(saved);
                }
                optimizer.step(lr, &mut grad.clone(), &mut params);
            }
            prop_assert_eq!(&params, &whole, "{}", recipe.name);
            prop_assert_eq!(optimizer.state().step, grads.len() as u64);
        }
    }

    /// Each parameter is on its own: none of the rows couples coordinates.
    #[test]
    fn each_row_treats_coordinates_alone((start, grads) in walks(), lr in 1e-4..1.0f64) {
        for recipe in RECIPES {
            let whole = walk(recipe, &HYPER, lr, &start, &grads);
            let last = start.len() - 1;
            let alone: Vec<Vec<f64>> = grads.iter().map(|g| vec![g[last]]).collect();
            prop_assert_eq!(walk(recipe, &HYPER, lr, &start[last..], &alone)[0], whole[last], "{}", recipe.name);
        }
    }

    /// But for Lion, whose average may have another sign after rounding, and that moves a parameter by the whole rate: rarely, so once.
    #[test]
    fn each_row_agrees_in_both_precisions((start, grads) in walks(), lr in 1e-4..0.1f64) {
        let single = |v: &Vec<f64>| v.iter().map(|x| *x as f32).collect::<Vec<_>>();
        let grads32: Vec<Vec<f32>> = grads.iter().map(single).collect();
        for recipe in RECIPES {
            let double = walk(recipe, &HYPER, lr, &start, &grads);
            let single = walk(recipe, &HYPER, lr, &single(&start), &grads32);
            // Values below 10 + 0.1·10·78: rounding of some 12 steps, 2⁻²⁴ each.
            let beyond = single.iter().zip(&double).filter(|(a, b)| !close(f64::from(**a), **b, 2e-4)).count();
            prop_assert!(beyond <= usize::from(recipe.name == "lion"), "{}: {single:?} and {double:?}", recipe.name);
        }
    }
}
