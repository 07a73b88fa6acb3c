//! Weight decay and clipping: what the chain does before and after a recipe's own transforms.

use thalweg_optim::recipe::{RECIPES, find};
use thalweg_optim::{Hyper, Optimizer};

/// Positions of a descent on x² + 2y² from (−3.5, −3.5), one after each step.
fn bowl(name: &str, hyper: &Hyper, lr: impl Fn(usize) -> f64, n_steps: usize) -> Vec<[f64; 2]> {
    let mut optimizer = Optimizer::<f64>::new(find(name).expect("a row"), hyper, 2);
    let mut p = [-3.5, -3.5];
    let step = |t| {
        optimizer.step(lr(t), &mut [2.0 * p[0], 4.0 * p[1]], &mut p);
        p
    };
    (0..n_steps).map(step).collect()
}

fn farthest(a: &[[f64; 2]], b: &[[f64; 2]]) -> f64 {
    a.iter().flatten().zip(b.iter().flatten()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// The update of one gradient.
fn update<const N: usize>(hyper: &Hyper, mut grad: [f64; N]) -> [f64; N] {
    let mut place = [0.0; N];
    Optimizer::<f64>::new(find("sgd").expect("a row"), hyper, N).step(1.0, &mut grad, &mut place);
    place.map(|p| -p)
}

/// w ← (1 − ηλ)w − ηg is w ← w − η(g + λw), also while η falls. With a velocity or a scaling, λw goes another way.
#[test]
fn decay_is_l2_for_sgd_and_for_no_other() {
    let (coupled, decoupled) = (Hyper { coupled_decay: 0.1, ..Hyper::DEFAULT }, Hyper { decay: Some(0.1), ..Hyper::DEFAULT });
    let falling = |t: usize| 0.1 / (1.0 + t as f64);
    for recipe in RECIPES {
        let both = |h: &Hyper| bowl(recipe.name, h, falling, 100);
        let apart = farthest(&both(&coupled), &both(&decoupled));
        if recipe.name == "sgd" {
            assert!(apart <= 1e-12, "{apart:e}");
            let by_hand = |p: [f64; 2], t: usize| {
                let (keep, lr) = (1.0 - falling(t) * 0.1, falling(t));
                [keep * p[0] - lr * 2.0 * p[0], keep * p[1] - lr * 4.0 * p[1]]
            };
            let mut p = [-3.5, -3.5];
            for (t, ours) in both(&decoupled).iter().enumerate() {
                p = by_hand(p, t);
                assert!(farthest(&[*ours], &[p]) <= 1e-12, "{ours:?} and {p:?}");
            }
        } else {
            assert!(apart > 1e-3, "{}: {apart:e}", recipe.name);
        }
    }
}

/// By hand, w = 1, ηg = 2, ηλ = 0.01: −1.01 with decay and −1 without. Decay does not always make a weight smaller.
#[test]
fn decay_can_make_a_weight_larger() {
    for (decay, expected) in [(0.0, -1.0), (0.1, -1.01)] {
        let hyper = Hyper { decay: Some(decay), ..Hyper::DEFAULT };
        let mut w = [1.0];
        Optimizer::<f64>::new(find("sgd").expect("a row"), &hyper, 1).step(0.1, &mut [20.0], &mut w);
        assert!((w[0] - expected).abs() <= 1e-15, "{w:?}");
    }
}

/// Adam with decoupled decay is AdamW, and AdamW without is Adam: the lists differ in one link.
#[test]
fn adamw_is_adam_with_decoupled_decay() {
    let decayed = |decay| Hyper { decay, ..Hyper::DEFAULT };
    let path = |name, hyper: &Hyper| bowl(name, hyper, |_| 0.1, 100);
    assert_eq!(path("adam", &decayed(Some(0.01))), path("adamw", &decayed(None)));
    assert_eq!(path("adam", &decayed(None)), path("adamw", &decayed(Some(0.0))));
    assert_ne!(path("adam", &decayed(None)), path("adamw", &decayed(None)));
}

/// (3, 4) has norm 5: by hand it becomes (0.6, 0.8) at a limit of 1 and stays at a limit of 6. (PyTorch's 10⁻⁶ makes it shorter by 2·10⁻⁷.)
#[test]
fn clipping_by_norm_keeps_the_direction() {
    let limited = |limit| Hyper { clip_norm: Some(limit), ..Hyper::DEFAULT };
    let short = update(&limited(1.0), [3.0, 4.0]);
    assert!((short[0] - 0.6).abs() < 2e-7 && (short[1] - 0.8).abs() < 2e-7, "{short:?}");
    assert_eq!(update(&limited(6.0), [3.0, 4.0]), [3.0, 4.0]);
    assert_eq!(update(&limited(1.0), [0.0; 3]), [0.0; 3]);
    // 19 components, more than two lanes of eight: norm √19.
    let many = update(&limited(1.0), [1.0; 19]);
    assert!(many.iter().all(|u| (u - 1.0 / 19f64.sqrt()).abs() < 1e-6), "{many:?}");
    // As PyTorch 2 has it: an infinite component stays visible as NaN, and a NaN spreads.
    let infinite = update(&limited(1.0), [f64::INFINITY, 1.0]);
    assert!(infinite[0].is_nan() && infinite[1] == 0.0, "{infinite:?}");
    assert!(update(&limited(1.0), [f64::NAN, 1.0]).iter().all(|u| u.is_nan()));
}

#[test]
fn clipping_by_value_cuts_each_component() {
    let limited = Hyper { clip_value: Some(0.5), ..Hyper::DEFAULT };
    assert_eq!(update(&limited, [2.0, -2.0, 0.25, -0.5]), [0.5, -0.5, 0.25, -0.5]);
    assert_eq!(update(&limited, [f64::INFINITY, f64::NEG_INFINITY]), [0.5, -0.5]);
    assert!(update(&limited, [f64::NAN])[0].is_nan());
}

/// Values first: (30, 0.4) becomes (1, 0.4), whose norm is 1.077, and then has norm 1. The other way round it would be (1, 0.013).
#[test]
fn values_are_clipped_before_the_norm() {
    let both = Hyper { clip_value: Some(1.0), clip_norm: Some(1.0), ..Hyper::DEFAULT };
    let [x, y] = update(&both, [30.0, 0.4]);
    assert!((x - 1.0 / 1.16f64.sqrt()).abs() < 1e-6 && (y - 0.4 / 1.16f64.sqrt()).abs() < 1e-6, "({x}, {y})");
}
