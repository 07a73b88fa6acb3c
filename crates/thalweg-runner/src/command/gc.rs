//! `gc`: lists what the store holds for no run any more, and deletes it if told to.
//!
//! A run's folder says what it needs by its resolved experiment. One that cannot be planned, because its data is gone, say,
//! keeps everything: nobody knows which records are its own. Only files with a name of the store's are ever touched.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use thalweg_report::files;

use crate::cli::{Ended, Exit, print};
use crate::command::load;
use crate::diagnose::{Problem, Problems};
use crate::store::{Content, Store, Stored};

/// An unfinished file younger than this may still be written.
const YOUNG: Duration = Duration::from_secs(3600);

/// Whether files are deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// They are listed.
    DryRun,
    /// They are.
    Delete,
}

/// Lists or deletes what no run under `out` refers to.
pub fn gc(out: &Path, mode: Mode) -> Ended {
    let unreadable = |e: std::io::Error| Problems::one(format!("cannot read {}: {e}", out.display()));
    let folders = run_folders(out).map_err(unreadable)?;
    // Listed before the runs are read: a sweep that begins meanwhile writes its experiment first, its records later.
    let stored = Store::new(out).files().map_err(unreadable)?;
    let (mut keys, mut unknown) = (HashSet::new(), Vec::new());
    for folder in &folders {
        // A folder that was renamed still refers to its records.
        match load(&folder.join(files::EXPERIMENT), &[]) {
            Ok(loaded) => keys.extend(
                (0..loaded.plan.len()).flat_map(|i| [Some(loaded.plan.key(i)), loaded.plan.prefix(i).map(|p| p.to_string())]).flatten(),
            ),
            Err(problems) => unknown.push((folder, problems)),
        }
    }
    let garbage: Vec<&Stored> = stored.iter().filter(|file| is_garbage(file, &keys)).collect();
    for (content, what) in [
        (Content::Record, "records"),
        (Content::Weights, "weights"),
        (Content::State, "states"),
        (Content::Timing, "timings"),
        (Content::Unfinished, "unfinished files"),
    ] {
        let (all, unused) = (sizes(stored.iter(), content), sizes(garbage.iter().copied(), content));
        print(&format!("{what:<17} {:>7} of {:>7} unused, {:>12} of {:>12} bytes", unused.0, all.0, unused.1, all.1));
    }
    if !unknown.is_empty() {
        let told = |(folder, problems): &(&PathBuf, Problems)| {
            let first = problems.list.first().map_or("", |p| p.message.as_str());
            Problem::plain(format!("the run {} cannot be planned, so nobody knows which records are its own: {first}", folder.display()))
                .help("mend it, or remove its folder")
        };
        return Err(Problems { list: unknown.iter().map(told).collect(), ..Problems::default() });
    }
    match mode {
        Mode::DryRun if garbage.is_empty() => print("nothing to delete"),
        Mode::DryRun => {
            garbage.iter().for_each(|file| print(&format!("  {}", file.path.display())));
            print("a dry run: --delete removes these; records made on another kind of CPU count as unused here");
        }
        Mode::Delete => {
            for file in &garbage {
                fs::remove_file(&file.path).map_err(|e| Problems::one(format!("cannot delete {}: {e}", file.path.display())))?;
            }
            print(&format!("deleted {} files, {} bytes", garbage.len(), garbage.iter().map(|f| f.n_bytes).sum::<u64>()));
        }
    }
    Ok(Exit::Fine)
}

/// Folders under `out` that hold a run.
fn run_folders(out: &Path) -> std::io::Result<Vec<PathBuf>> {
    let paths = fs::read_dir(out)?.map(|e| e.map(|e| e.path())).collect::<std::io::Result<Vec<_>>>()?;
    let mut runs: Vec<PathBuf> = paths.into_iter().filter(|path| path.join(files::EXPERIMENT).is_file()).collect();
    runs.sort();
    Ok(runs)
}

fn is_garbage(file: &Stored, keys: &HashSet<String>) -> bool {
    match file.content {
        Content::Unfinished => file.age.is_some_and(|age| age >= YOUNG),
        Content::Record | Content::Timing | Content::Weights | Content::State => !keys.contains(&file.key),
    }
}

/// How many files of a kind there are, and their bytes.
fn sizes<'a>(stored: impl Iterator<Item = &'a Stored>, content: Content) -> (usize, u64) {
    stored.filter(|f| f.content == content).fold((0, 0), |(n, bytes), f| (n + 1, bytes + f.n_bytes))
}
