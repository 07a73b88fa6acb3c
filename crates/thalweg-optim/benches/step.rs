//! One optimizer step on the digits network (64-32-10: 2410 parameters) and on 784-128-10 (101,770), in both precisions.

use divan::{Bencher, counter::ItemsCount};
use thalweg_optim::recipe::find;
use thalweg_optim::{Hyper, Optimizer, Scalar};

fn main() {
    divan::main();
}

#[divan::bench(types = [f32, f64], args = [("sgd", 2410), ("momentum", 2410), ("sgd", 101_770), ("momentum", 101_770)])]
fn step<T: Scalar>(bencher: Bencher, (name, n): (&str, usize)) {
    let recipe = find(name).expect("a row");
    let mut optimizer = Optimizer::<T>::new(recipe, &Hyper { momentum: 0.9 }, n);
    // A gradient of zero keeps all numbers finite for any number of steps; the work is the same.
    let (mut grad, mut params) = (vec![T::zero(); n], vec![T::one(); n]);
    bencher.counter(ItemsCount::new(n)).bench_local(|| optimizer.step(divan::black_box(0.1), &mut grad, &mut params));
}
