//! A training step allocates nothing.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::Array2;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use thalweg_math::loss::{LOSSES, Targets, Task};
use thalweg_math::network::{Network, NetworkSpec};
use thalweg_math::objective::Supervised;
use thalweg_math::{activation::ACTIVATIONS, init, penalty::PENALTIES};

/// The system's allocator, counting.
struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// This must stay the only test of its file: another one's allocations would be counted.
#[test]
fn a_step_allocates_nothing() {
    for (widths, batch) in [([64, 32, 10], 32), ([784, 128, 10], 64)] {
        let [n_inputs, hidden, n_outputs] = widths;
        let x = Array2::from_shape_fn((batch, n_inputs), |(i, j)| ((i * 7 + j * 3) % 17) as f32 / 16.0);
        let y: Vec<u32> = (0..batch as u32).map(|i| i % n_outputs as u32).collect();
        let values = Array2::zeros((batch, n_outputs));
        for (activation, loss, penalty) in
            ACTIVATIONS.iter().flat_map(|a| LOSSES.iter().flat_map(move |l| PENALTIES.iter().map(move |p| (a, l, p))))
        {
            let network = Network::new(&NetworkSpec { n_inputs, hidden: &[hidden], n_outputs, activation, leak: 0.01 });
            let objective = Supervised { network: &network, loss, penalty, lambda: 1e-3 };
            let mut params = vec![0.0; network.n_params()];
            let start = init::find(activation.init).expect("each activation names a row");
            network.init(start, &mut ChaCha8Rng::seed_from_u64(1), &mut params);
            let (mut grad, mut workspace) = (params.clone(), network.workspace(batch));
            let targets = if loss.tasks.contains(&Task::Classification) { Targets::Classes(&y) } else { Targets::Values(values.view()) };
            let mut before = 0;
            for step in 0..5 {
                // The first step may set up the matrix product's own buffers.
                if step == 1 {
                    before = ALLOCATIONS.load(Ordering::Relaxed);
                }
                objective.loss_and_gradient(&params, x.view(), targets, &mut workspace, &mut grad);
            }
            let n = ALLOCATIONS.load(Ordering::Relaxed) - before;
            assert_eq!(n, 0, "four steps of {}, {}, {} allocated {n} times", activation.name, loss.name, penalty.name);
        }
    }
}
