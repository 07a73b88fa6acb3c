//! Every recipe finds the minimum of three convex surfaces; momentum and an elongated valley.

use thalweg_optim::recipe::{RECIPES, find};
use thalweg_optim::{Hyper, Optimizer, Progress, Recipe, Scalar, ScheduleSettings, lr_at, schedule};

/// Σ aᵢxᵢ² from a start, with the minimum at 0.
struct Surface {
    name: &'static str,
    a: &'static [f64],
    start: &'static [f64],
}

const SURFACES: &[Surface] = &[
    Surface { name: "parabola", a: &[1.0], start: &[10.0] },
    Surface { name: "bowl", a: &[1.0, 2.0], start: &[-3.5, -3.5] },
    Surface { name: "valley", a: &[1.0, 25.0], start: &[-3.5, -3.5] },
];

fn norm(p: &[f64]) -> f64 {
    p.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// Distances from the minimum over the start's, one after each step.
fn descend<T: Scalar>(recipe: &Recipe, hyper: &Hyper, surface: &Surface, n_steps: u64, lr: impl Fn(u64) -> f64) -> Vec<f64> {
    let mut optimizer = Optimizer::<T>::new(recipe, hyper, surface.a.len());
    let mut p: Vec<T> = surface.start.iter().map(|x| T::of(*x)).collect();
    let step = |t| {
        let mut grad: Vec<T> = p.iter().zip(surface.a).map(|(x, a)| T::of(2.0 * a) * *x).collect();
        optimizer.step(lr(t), &mut grad, &mut p);
        norm(&p.iter().map(|x| x.wide()).collect::<Vec<_>>()) / norm(surface.start)
    };
    (0..n_steps).map(step).collect()
}

#[test]
fn each_row_finds_the_minimum_at_the_rate_it_tells() {
    let linear = schedule::find("linear").expect("a row");
    for recipe in RECIPES {
        for surface in SURFACES {
            let n = recipe.tried_steps;
            let lr = |step| {
                let progress = Progress { step, total_steps: n, steps_per_epoch: 1 };
                lr_at(linear, &ScheduleSettings::DEFAULT, recipe.tried_rate, &progress)
            };
            let double = descend::<f64>(recipe, &Hyper::DEFAULT, surface, n, lr);
            let single = descend::<f32>(recipe, &Hyper::DEFAULT, surface, n, lr);
            let (double, single) = (double[n as usize - 1], single[n as usize - 1]);
            println!("{} on {}: {double:e}, {single:e}", recipe.name, surface.name);
            assert!(double <= 1e-3 && single <= 1e-3, "{} on {}: {double:e} and {single:e}", recipe.name, surface.name);
        }
    }
}

/// x² + 25y² until the distance is a thousandth. Plain descent is stable below η = 1/25; at 0.038 each step multiplies x by 0.924 and
/// y by −0.9, so by hand it takes ln(1000/√2)/−ln 0.924 = 83.01, hence 84 steps (x is 1/√2 of the start's distance).
/// The heavy ball at Polyak's best, η = 4/(√50 + √2)² and β = ((√50 − √2)/(√50 + √2))² = 4/9, shrinks by about √β = 2/3 a step.
#[test]
fn momentum_is_faster_along_a_valley() {
    let steps = |name: &str, momentum: f64, lr: f64| {
        let hyper = Hyper { momentum, ..Hyper::DEFAULT };
        let path = descend::<f64>(find(name).expect("a row"), &hyper, &SURFACES[2], 1000, |_| lr);
        1 + path.iter().rposition(|d| *d > 1e-3).expect("a way to go") + 1
    };
    let best = 4.0 / (50f64.sqrt() + 2f64.sqrt()).powi(2);
    let (plain, heavy) = (steps("sgd", 0.0, 0.038), steps("momentum", 4.0 / 9.0, best));
    assert_eq!(plain, 84);
    assert!(heavy * 3 < plain, "{heavy} and {plain}");
    assert!(steps("momentum-ema", 4.0 / 9.0, best / (1.0 - 4.0 / 9.0)) == heavy, "the average is the heavy ball at another rate");
}

/// "The larger the momentum the more it swings": how far beyond 0 a descent on x² from 10 at η = 0.1 comes.
#[test]
fn more_momentum_swings_more() {
    let overshoot = |momentum: f64| {
        let (mut optimizer, mut x) =
            (Optimizer::<f64>::new(find("momentum").expect("a row"), &Hyper { momentum, ..Hyper::DEFAULT }, 1), [10.0]);
        let step = |_| {
            optimizer.step(0.1, &mut [2.0 * x[0]], &mut x);
            -x[0]
        };
        (0..200).map(step).fold(0.0, f64::max)
    };
    let beyond: Vec<f64> = [0.0, 0.5, 0.7, 0.9, 0.99].map(overshoot).into();
    assert!(beyond[0] == 0.0 && beyond.windows(2).all(|w| w[0] < w[1]) && beyond[4] > 9.0, "{beyond:?}");
}
