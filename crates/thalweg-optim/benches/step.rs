//! One optimizer step of every recipe on the digits network (64-32-10: 2410 parameters) and on 784-128-10 (101,770), in both
//! precisions, beside copies of the same traffic: what any code would need that has to move these numbers.

use divan::{Bencher, counter::ItemsCount};
use thalweg_optim::recipe::{RECIPES, find};
use thalweg_optim::{Hyper, Optimizer, Recipe, Scalar};

fn main() {
    divan::main();
}

const RESTING: Hyper = Hyper { momentum: 0.0, ..Hyper::DEFAULT };
const SIZES: [usize; 2] = [2410, 101_770];

fn cases() -> impl Iterator<Item = (&'static str, usize)> {
    RECIPES.iter().flat_map(|r| SIZES.map(|n| (r.name, n)))
}

fn run<T: Scalar>(bencher: Bencher, recipe: &Recipe, hyper: &Hyper, n: usize) {
    let mut optimizer = Optimizer::<T>::new(recipe, hyper, n);
    // A step's update is the next one's gradient. With the momentum at 0 it stays near 1 for any number of steps in every recipe:
    // the same work, on ordinary numbers.
    let mut scratch: Vec<T> = (0..n).map(|i| T::of(if i % 2 == 0 { 0.5 } else { -0.5 })).collect();
    let mut params = vec![T::one(); n];
    bencher.counter(ItemsCount::new(n)).bench_local(|| {
        optimizer.step(divan::black_box(1e-9), &mut scratch, &mut params);
    });
}

#[divan::bench(types = [f32, f64], args = cases())]
fn step<T: Scalar>(bencher: Bencher, (name, n): (&str, usize)) {
    run::<T>(bencher, find(name).expect("a row"), &RESTING, n);
}

#[divan::bench(types = [f32, f64], args = SIZES)]
fn clipped_sgd<T: Scalar>(bencher: Bencher, n: usize) {
    let hyper = Hyper { clip_norm: Some(1.0), ..RESTING };
    run::<T>(bencher, find("sgd").expect("a row"), &hyper, n);
}

/// Reads the gradient and `n_rewritten` vectors and writes those back: 1 (parameters) for sgd, 2 for one vector of state, 3 for two.
#[divan::bench(types = [f32, f64], args = [(1, 2410), (2, 2410), (3, 2410), (4, 2410), (1, 101_770), (2, 101_770), (3, 101_770), (4, 101_770)])]
fn traffic<T: Scalar>(bencher: Bencher, (n_rewritten, n): (usize, usize)) {
    let grad = vec![T::of(1e-3); n];
    let mut vectors = vec![vec![T::one(); n]; n_rewritten];
    bencher.counter(ItemsCount::new(n)).bench_local(|| {
        let grad = divan::black_box(&grad);
        match vectors.as_mut_slice() {
            [a] => a.iter_mut().zip(grad).for_each(|(a, g)| *a = *a + *g),
            [a, b] => a.iter_mut().zip(b).zip(grad).for_each(|((a, b), g)| (*a, *b) = (*a + *g, *b + *g)),
            [a, b, c] => {
                a.iter_mut().zip(b).zip(c).zip(grad).for_each(|(((a, b), c), g)| (*a, *b, *c) = (*a + *g, *b + *g, *c + *g));
            }
            [a, b, c, d] => {
                let each = a.iter_mut().zip(b).zip(c).zip(d).zip(grad);
                each.for_each(|((((a, b), c), d), g)| (*a, *b, *c, *d) = (*a + *g, *b + *g, *c + *g, *d + *g));
            }
            _ => unreachable!("one to four vectors"),
        }
    });
}
