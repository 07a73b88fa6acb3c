//! Every n-th of the 2^32 `f32` inputs through the elementary functions: a hash of all results, and the largest error.
//! The test and the example `elementary_bits` share it. The functions run as loops over slices, as they do in training.

use std::ops::Range;
use std::thread;

use thalweg_math::elementary::single;

/// A function under test.
pub struct Function {
    /// Its name in [`single`].
    pub name: &'static str,
    /// The function on each element.
    pub fill: fn(&[f32], &mut [f32]),
    /// The same function in `f64`, whose error is nothing in ulp of `f32`.
    pub exact: fn(f64) -> f64,
}

macro_rules! function {
    ($name:ident, $exact:expr) => {
        Function { name: stringify!($name), fill: |x, y| x.iter().zip(y).for_each(|(x, y)| *y = single::$name(*x)), exact: $exact }
    };
}

/// All of them.
pub const FUNCTIONS: &[Function] = &[
    function!(exp, f64::exp),
    function!(exp_m1, f64::exp_m1),
    function!(ln, f64::ln),
    function!(ln_1p, f64::ln_1p),
    function!(tanh, f64::tanh),
    function!(erfc, libm::erfc),
];

/// An error in ulp and the input where it is made.
pub type Worst = (f64, f32);

/// Inputs with the same high byte are one block, the unit of work of a thread.
const N_BLOCKS: u32 = 256;
const BLOCK: u64 = 1 << 24;
/// Inputs between two calls of a function, a multiple of every vector's length.
const SLICE: usize = 1 << 14;

/// The BLAKE3 hash of the blocks' hashes, each of the results' bits (little endian, one NaN for all) by rising bits of the input.
pub fn hash(function: &Function, stride: u32) -> String {
    let mut all = blake3::Hasher::new();
    for block in blocks(|block| hash_block(function, stride, block)) {
        all.update(block.as_bytes());
    }
    all.finalize().to_string()
}

/// The largest error; of equal ones the first by rising bits of the input.
pub fn worst(function: &Function, stride: u32) -> Worst {
    blocks(|block| worst_in_block(function, stride, block)).into_iter().fold((-1.0, 0.0), larger)
}

/// |got − exact| in units of the distance between adjacent `f32` around `exact`; ∞ where no distance makes sense.
pub fn error(got: f32, exact: f64) -> f64 {
    const BEYOND: f64 = 2.0 * (1_u128 << 127) as f64;
    if exact.is_nan() || got.is_nan() {
        return if exact.is_nan() && got.is_nan() { 0.0 } else { f64::INFINITY };
    }
    if exact == 0.0 && got == 0.0 {
        return if exact.is_sign_negative() == got.is_sign_negative() { 0.0 } else { f64::INFINITY };
    }
    // An infinite result stands for the number after the largest.
    let (got, exact) = (f64::from(got).clamp(-BEYOND, BEYOND), exact.clamp(-BEYOND, BEYOND));
    let exponent = ((exact.to_bits() >> 52) & 0x7ff).max(1023 - 126);
    (got - exact).abs() / f64::from_bits((exponent - 23) << 52)
}

fn larger(a: Worst, b: Worst) -> Worst {
    if b.0 > a.0 { b } else { a }
}

fn hash_block(function: &Function, stride: u32, block: u32) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    let mut bytes = Vec::with_capacity(4 * SLICE);
    each_slice(function, stride, block, |_, y| {
        bytes.clear();
        bytes.extend(y.iter().flat_map(|y| if y.is_nan() { f32::NAN } else { *y }.to_bits().to_le_bytes()));
        hasher.update(&bytes);
    });
    hasher.finalize()
}

fn worst_in_block(function: &Function, stride: u32, block: u32) -> Worst {
    let mut worst = (-1.0, 0.0);
    each_slice(function, stride, block, |x, y| {
        for (x, y) in x.iter().zip(y) {
            worst = larger(worst, (error(*y, (function.exact)(f64::from(*x))), *x));
        }
    });
    worst
}

/// Calls `use_slice` with inputs and results of one block, some at a time.
fn each_slice(function: &Function, stride: u32, block: u32, mut use_slice: impl FnMut(&[f32], &[f32])) {
    let (stride, begin) = (u64::from(stride), u64::from(block) * BLOCK);
    let bits = |inputs: Range<u64>| inputs.map(|i| f32::from_bits((i * stride) as u32));
    let (mut first, end) = (begin.div_ceil(stride), (begin + BLOCK).div_ceil(stride));
    let (mut x, mut y) = (Vec::with_capacity(SLICE), vec![0.0; SLICE]);
    while first < end {
        let next = end.min(first + SLICE as u64);
        x.clear();
        x.extend(bits(first..next));
        (function.fill)(&x, &mut y[..x.len()]);
        use_slice(&x, &y[..x.len()]);
        first = next;
    }
}

/// What `work` gives for each block, in order, by as many threads as there are cores.
fn blocks<R: Send>(work: impl Fn(u32) -> R + Sync) -> Vec<R> {
    let n_threads = thread::available_parallelism().map_or(1, |n| n.get() as u32);
    let work = &work;
    let mut results: Vec<(u32, R)> = thread::scope(|scope| {
        let part = |thread| (thread..N_BLOCKS).step_by(n_threads as usize).map(|block| (block, work(block))).collect::<Vec<_>>();
        let threads: Vec<_> = (0..n_threads).map(|thread| scope.spawn(move || part(thread))).collect();
        threads.into_iter().flat_map(|t| t.join().expect("no function under test panics")).collect()
    });
    results.sort_by_key(|(block, _)| *block);
    results.into_iter().map(|(_, result)| result).collect()
}
