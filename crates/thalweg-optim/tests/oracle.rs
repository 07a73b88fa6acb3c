//! Every recipe and every schedule against PyTorch and optax, step by step in `f64`.
//!
//! The files and how they are made: `oracle/traces.py`. A block's settings decide what is run here, so a new block needs no new code.
//! Open loop: with the oracle's own gradients, 1e-12 of the parameters' size. Closed loop: with the gradient at our own parameters, 1e-9.

use std::collections::BTreeMap;

use thalweg_optim::recipe::{self, RECIPES};
use thalweg_optim::schedule::{self, SCHEDULES};
use thalweg_optim::{BiasCorrection, Every, Hyper, Optimizer, Progress, ScheduleSettings, factor_at, lr_at};

const START: [f64; 2] = [2.5, -1.5];
const N_STEPS: usize = 200;
const STEPS_PER_EPOCH: u64 = 20;

/// One block of a file.
struct Block {
    head: String,
    recipe: &'static str,
    schedule: &'static str,
    lr: f64,
    /// How far the trace moves when its start moves by one unit in the last place.
    moved: f64,
    hyper: Hyper,
    settings: ScheduleSettings,
    rows: Vec<Vec<f64>>,
}

fn numbers(line: &str) -> Vec<f64> {
    line.split(',').map(|v| v.parse().expect("a number")).collect()
}

fn blocks(text: &'static str) -> Vec<Block> {
    let (version, rest) = text.split_once('\n').expect("a first line");
    assert!(version.starts_with("# torch 2."), "{version}");
    rest.split("# ").skip(1).map(block).collect()
}

fn block(text: &'static str) -> Block {
    let (head, rows) = text.split_once('\n').expect("a head");
    let mut b = Block {
        head: head.into(),
        recipe: "",
        schedule: "constant",
        lr: 1.0,
        moved: 0.0,
        hyper: Hyper::default(),
        settings: ScheduleSettings::default(),
        rows: rows.lines().map(numbers).collect(),
    };
    assert_eq!(b.rows.len(), N_STEPS, "{head}");
    for (key, value) in head.split(' ').map(|s| s.split_once('=').expect("key=value")) {
        let number = || value.parse::<f64>().expect("a number");
        match key {
            "recipe" => b.recipe = value,
            "schedule" => b.schedule = value,
            "lr" => b.lr = number(),
            "moved" => b.moved = number(),
            "momentum" => b.hyper.momentum = number(),
            "bias-correction" => b.hyper.bias_correction = if value == "on" { BiasCorrection::On } else { BiasCorrection::Off },
            "beta1" => b.hyper.beta1 = number(),
            "beta2" => b.hyper.beta2 = Some(number()),
            "epsilon" => b.hyper.epsilon = Some(number()),
            "rho" => b.hyper.rho = number(),
            "decay" => b.hyper.decay = Some(number()),
            "coupled-decay" => b.hyper.coupled_decay = number(),
            "clip-norm" => b.hyper.clip_norm = Some(number()),
            "clip-value" => b.hyper.clip_value = Some(number()),
            "every" => b.settings.every = Every::Epochs(number()),
            "every-steps" => b.settings.every = Every::Steps(value.parse().expect("a whole number")),
            "factor" => b.settings.factor = Some(number()),
            "floor" => b.settings.floor = number(),
            "power" => b.settings.power = number(),
            "pct-start" => b.settings.pct_start = number(),
            "div-factor" => b.settings.div_factor = number(),
            "final-div-factor" => b.settings.final_div_factor = number(),
            "high" => b.settings.high = number(),
            "warmup" => b.settings.warmup = number(),
            _ => panic!("what is {key}?"),
        }
    }
    b
}

/// The gradient of √(1 + x²) + 2y² + 0.1x²y² + y⁴/4, in the operations of `traces.py` and in their order.
fn gradient(p: &[f64]) -> [f64; 2] {
    let (x, y) = (p[0], p[1]);
    [x / (1.0 + x * x).sqrt() + 0.2 * x * y * y, 4.0 * y + 0.2 * x * x * y + y * y * y]
}

fn progress(step: usize) -> Progress {
    Progress { step: step as u64, total_steps: N_STEPS as u64, steps_per_epoch: STEPS_PER_EPOCH }
}

/// The largest |Δθ| / max(1, ‖θ‖) along a block, with gradients from the step's number and our parameters.
fn deviation(block: &Block, gradient_at: impl Fn(usize, &[f64]) -> [f64; 2]) -> f64 {
    let recipe = recipe::find(block.recipe).expect("a recipe");
    let schedule = schedule::find(block.schedule).expect("a schedule");
    let (mut optimizer, mut p) = (Optimizer::<f64>::new(recipe, &block.hyper, 2), START);
    let mut largest = 0.0;
    for (t, expected) in block.rows.iter().enumerate() {
        let mut grad = gradient_at(t, &p);
        optimizer.step(lr_at(schedule, &block.settings, block.lr, &progress(t)), &mut grad, &mut p);
        let size = (expected[0] * expected[0] + expected[1] * expected[1]).sqrt().max(1.0);
        for (ours, theirs) in p.iter().zip(expected) {
            assert!(ours.is_finite() && theirs.is_finite(), "{} at step {t}", block.head);
            largest = f64::max(largest, (ours - theirs).abs() / size);
        }
    }
    largest
}

/// Fails where a deviation is above the tolerance; prints the largest of each recipe or schedule (`--nocapture`).
fn verdict(what: &str, tolerance: f64, found: impl Iterator<Item = (&'static str, String, f64)>) -> BTreeMap<&'static str, usize> {
    let (mut largest, mut n) = (BTreeMap::new(), BTreeMap::new());
    for (name, head, deviation) in found {
        assert!(deviation <= tolerance, "{what}, {head}: {deviation:e}");
        let seen = largest.entry(name).or_insert(0.0);
        *seen = f64::max(*seen, deviation);
        *n.entry(name).or_insert(0) += 1;
    }
    println!("{what}: {largest:?}");
    n
}

#[test]
fn open_loop_agrees_with_the_oracles() {
    let gradients: Vec<Vec<f64>> = include_str!("oracle/gradients.csv").lines().skip(1).map(numbers).collect();
    let recorded = blocks(include_str!("oracle/open.csv"));
    let given = recorded.iter().map(|b| (b.recipe, b.head.clone(), deviation(b, |t, _| [gradients[t][0], gradients[t][1]])));
    // The gradients at the oracle's own parameters are known, too.
    let traced = blocks(include_str!("oracle/closed.csv"));
    let at_theirs = traced.iter().map(|b| {
        let before = |t: usize| if t == 0 { START.to_vec() } else { b.rows[t - 1].clone() };
        (b.recipe, b.head.clone(), deviation(b, |t, _| gradient(&before(t))))
    });
    let n = verdict("open loop", 1e-12, given.chain(at_theirs));
    for recipe in RECIPES {
        assert!(n.get(recipe.name).is_some_and(|n| *n >= 3), "{}: {n:?}", recipe.name);
    }
}

#[test]
fn closed_loop_agrees_with_the_oracles() {
    let traced = blocks(include_str!("oracle/closed.csv"));
    let steady = traced.iter().filter(|b| b.moved < 1e-11);
    let n = verdict("closed loop", 1e-9, steady.map(|b| (b.recipe, b.head.clone(), deviation(b, |_, p| gradient(p)))));
    for recipe in RECIPES {
        assert!(n.get(recipe.name).is_some_and(|n| *n >= 2), "{}: {n:?}", recipe.name);
    }
}

#[test]
fn schedules_agree_with_the_oracles() {
    let recorded = blocks(include_str!("oracle/schedules.csv"));
    let found = recorded.iter().map(|b| {
        let schedule = schedule::find(b.schedule).expect("a schedule");
        // Beside 1, or beside the share itself where a range test goes above it.
        let difference = |(t, row): (usize, &Vec<f64>)| (factor_at(schedule, &b.settings, &progress(t)) - row[0]).abs() / row[0].max(1.0);
        (b.schedule, b.head.clone(), b.rows.iter().enumerate().map(difference).fold(0.0, f64::max))
    });
    let n = verdict("schedules", 1e-12, found);
    for schedule in SCHEDULES {
        assert!(n.contains_key(schedule.name), "{}", schedule.name);
    }
}
