//! Shards as processes of this machine: what a cluster does, without one.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::sweep::INTERRUPTED;

/// Runs shards 1 to `n` of a worker's words, some at the same time; `look` is called while they run. Ctrl-C reaches the processes, too.
pub(super) fn run(program: &Path, words: &[String], n: usize, at_once: usize, look: &mut dyn FnMut() -> usize) -> Result<(), String> {
    let (mut next, mut running) = (1, Vec::<Child>::new());
    loop {
        while running.len() < at_once && next <= n && !INTERRUPTED.load(Ordering::Relaxed) {
            let mut command = Command::new(program);
            command.args(words).arg("--shard").arg(format!("{next}/{n}")).stdin(Stdio::null());
            running.push(command.spawn().map_err(|e| format!("cannot start {}: {e}", program.display()))?);
            next += 1;
        }
        // How a process ends says nothing that its records do not; what it had to tell is on standard error.
        running.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
        look();
        if running.is_empty() && (next > n || INTERRUPTED.load(Ordering::Relaxed)) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}
