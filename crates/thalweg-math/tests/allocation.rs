//! A training step allocates nothing.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::Array2;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use thalweg_math::activation::ACTIVATIONS;
use thalweg_math::diagnose::{Zigzag, zigzag};
use thalweg_math::init;
use thalweg_math::layer::LAYERS;
use thalweg_math::loss::{LOSSES, Outputs, Targets};
use thalweg_math::network::{Architecture, Network};
use thalweg_math::objective::Supervised;
use thalweg_math::penalty::{PENALTIES, Penalised, PenaltyTerm, Strength};

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

/// Every activation, every form of every loss, every penalty and every layer mix; then the counts of a sampled step.
/// This must stay the only test of its file: another one's allocations would be counted.
#[test]
fn a_step_allocates_nothing() {
    for (widths, batch) in [([64, 32, 10], 32), ([784, 128, 10], 64)] {
        let [n_inputs, hidden, n_targets] = widths;
        let x = Array2::from_shape_fn((batch, n_inputs), |(i, j)| ((i * 7 + j * 3) % 17) as f32 / 16.0);
        let y: Vec<u32> = (0..batch as u32).map(|i| i % 2).collect();
        let forms = || LOSSES.iter().flat_map(|loss| loss.forms.iter());
        let norms = || LAYERS.iter().filter(|row| row.normalise.is_some()).map(Some).chain([None]);
        for (activation, form) in ACTIVATIONS.iter().flat_map(|a| forms().map(move |f| (a, f))) {
            for (norm, dropout) in norms().flat_map(|norm| [0.0, 0.5].map(move |dropout| (norm, dropout))) {
                let n_outputs = if form.outputs == Outputs::One { 1 } else { n_targets };
                let values = Array2::zeros((batch, n_outputs));
                let plain = Architecture::plain(n_inputs, &[], n_outputs, activation, 0.1);
                let network = Network::new(&Architecture { backbone: &[hidden], neck: Some(16), norm, dropout, ..plain });
                let mut params = vec![0.0; network.n_params()];
                let mut rng = ChaCha8Rng::seed_from_u64(1);
                network.init(init::find(activation.init).expect("each activation names a row"), &mut rng, &mut params);
                let (mut grad, mut workspace) = (params.clone(), network.workspace(batch));
                let targets = if form.outputs == Outputs::PerValue { Targets::Values(values.view()) } else { Targets::Classes(&y) };
                let mut counts = [Zigzag::default(); 3];
                let mut before = 0;
                for (step, penalty) in PENALTIES.iter().enumerate() {
                    // The first step may set up the matrix product's own buffers.
                    if step == 1 {
                        before = ALLOCATIONS.load(Ordering::Relaxed);
                    }
                    let coefficients = (penalty.coefficients)(&Strength { lambda: 1e-3, l1_ratio: 0.5, n_train: batch });
                    let penalty = PenaltyTerm { coefficients, on: Penalised::All };
                    let objective = Supervised { network: &network, loss: form, loss_parameter: 1.0, penalty };
                    network.draw(&mut rng, batch, &mut workspace);
                    objective.loss_and_gradient(&params, x.view(), targets, &mut workspace, &mut grad);
                    network.absorb(batch, &mut workspace);
                    zigzag(&network, &grad, &mut counts);
                }
                let n = ALLOCATIONS.load(Ordering::Relaxed) - before;
                assert_eq!(n, 0, "four steps of {} with {} allocated {n} times", activation.name, form.head.name);
            }
        }
    }
}
