//! An allocator that begins large blocks on a line of the cache.
//!
//! The system's begin 16 bytes behind one, so that each 64-byte vector that is read or written touches two lines: that
//! makes a training step of a small network an eighth slower. A program asks for it by a `#[global_allocator]`.

use std::alloc::{GlobalAlloc, Layout, System};

/// Bytes of a line of the cache, and of an AVX-512 vector.
const LINE: usize = 64;
/// Smaller blocks are left as they are: most are not numbers.
const LARGE: usize = 1024;

/// The system's allocator, with large blocks aligned to lines.
pub struct Aligned;

/// The layout of a block as the system is asked for it; a function of the layout alone, so a block is freed as it was made.
fn on_lines(layout: Layout) -> Layout {
    if layout.size() < LARGE { layout } else { layout.align_to(LINE).unwrap_or(layout) }
}

// SAFETY: the system's allocator gets a layout of the same size and at least the same alignment, the same one when a block
// is made and when it is freed.
unsafe impl GlobalAlloc for Aligned {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: that of this function.
        unsafe { System.alloc(on_lines(layout)) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: that of this function.
        unsafe { System.alloc_zeroed(on_lines(layout)) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: that of this function; the layout is the one it was made with.
        unsafe { System.dealloc(block, on_lines(layout)) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: that of this function: `new_size` fits the alignment.
        let new = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
        if on_lines(layout) == layout && on_lines(new) == new {
            // SAFETY: that of this function; the system knows the block by this layout.
            return unsafe { System.realloc(block, layout, new_size) };
        }
        // SAFETY: a block made here is not the old one, and holds at least the smaller of both sizes.
        unsafe {
            let moved = self.alloc(new);
            if !moved.is_null() {
                std::ptr::copy_nonoverlapping(block, moved, layout.size().min(new_size));
                self.dealloc(block, layout);
            }
            moved
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Grown and shrunk across the limit, with its content.
    #[test]
    fn large_blocks_begin_on_a_line_and_keep_their_content() {
        let layout = |size| Layout::from_size_align(size, 4).expect("small");
        let sizes = [8, 1000, LARGE, 5000, 70_000, 3000, LARGE - 4, 8];
        // SAFETY: sizes are not 0; each block is used with the layout it has.
        unsafe {
            let mut block = Aligned.alloc_zeroed(layout(sizes[0]));
            block.cast::<u64>().write_unaligned(0x0123_4567_89ab_cdef);
            for pair in sizes.windows(2) {
                block = Aligned.realloc(block, layout(pair[0]), pair[1]);
                assert_eq!(block.cast::<u64>().read_unaligned(), 0x0123_4567_89ab_cdef);
                assert!(pair[1] < LARGE || (block as usize).is_multiple_of(LINE), "{pair:?}");
            }
            Aligned.dealloc(block, layout(8));
        }
    }
}
