//! A step allocates nothing: counted by an allocator of this test program's own.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use thalweg_optim::recipe::RECIPES;
use thalweg_optim::{Hyper, Optimizer};

struct Counting;

static COUNT: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator unchanged; the counter does not touch memory it hands out.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise about `layout` is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from `System` with this `layout`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// The only test of this program: another one's thread would count, too.
#[test]
fn a_step_allocates_nothing() {
    let all = Hyper { clip_norm: Some(1.0), clip_value: Some(1.0), decay: Some(0.1), coupled_decay: 0.1, ..Hyper::DEFAULT };
    for (recipe, hyper) in RECIPES.iter().flat_map(|r| [(r, Hyper::DEFAULT), (r, all)]) {
        let mut optimizer = Optimizer::<f32>::new(recipe, &hyper, 1000);
        let (mut grad, mut params) = (vec![0.5; 1000], vec![1.0; 1000]);
        let before = COUNT.load(Ordering::Relaxed);
        assert!(before > 0, "the counter counts");
        for _ in 0..10 {
            optimizer.step(0.1, &mut grad, &mut params);
        }
        assert_eq!(COUNT.load(Ordering::Relaxed), before, "{}", recipe.name);
    }
}
