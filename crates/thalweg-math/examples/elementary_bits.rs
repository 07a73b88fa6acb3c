//! The elementary functions in `f32` on all 2^32 inputs: a hash of the results, to compare builds for different CPUs, and the
//! largest error in ulp with the input where it is made. `tests/oracle/elementary.txt` is its output.
//!
//! `cargo run --release -p thalweg-math --example elementary_bits -- [n] [--hash]`: `n` takes every n-th input only;
//! `--hash` leaves the errors away, which take most of the time.

#[path = "../tests/common/every_input.rs"]
mod every_input;

use std::env;

use every_input::{FUNCTIONS, hash, worst};

fn main() {
    let (options, numbers): (Vec<_>, Vec<_>) = env::args().skip(1).partition(|a| a.starts_with("--"));
    let stride = numbers.first().map_or(1, |n| n.parse().expect("the argument is a whole number"));
    let with_errors = !options.iter().any(|o| o == "--hash");
    for function in FUNCTIONS {
        let hash = hash(function, stride);
        if with_errors {
            let (error, at) = worst(function, stride);
            println!("{:<6} {stride:>3} {hash} {error:.4} ulp at {at:e} ({:#010x})", function.name, at.to_bits());
        } else {
            println!("{:<6} {stride:>3} {hash}", function.name);
        }
    }
}
