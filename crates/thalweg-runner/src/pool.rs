//! Workers: the only file that knows `rayon`. Each takes the next piece of work from one list, longest first.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Calls `work(worker, index)` for 0..n on `jobs` threads; each index exactly once, in rising order of start.
pub fn run(jobs: usize, n: usize, work: impl Fn(usize, usize) + Sync) -> Result<(), String> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build().map_err(|e| format!("cannot start {jobs} workers: {e}"))?;
    let next = AtomicUsize::new(0);
    pool.broadcast(|context| {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= n {
                return;
            }
            work(context.index(), index);
        }
    });
    Ok(())
}

/// Calls `work` for every item and returns the results in the order of the items.
pub fn map<T: Sync, R: Send>(jobs: usize, items: &[T], work: impl Fn(&T) -> R + Sync + Send) -> Result<Vec<R>, String> {
    use rayon::prelude::*;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build().map_err(|e| format!("cannot start {jobs} workers: {e}"))?;
    Ok(pool.install(|| items.par_iter().map(work).collect()))
}
