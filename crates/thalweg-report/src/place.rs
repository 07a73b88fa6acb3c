//! Placing a file: whole or not at all, also when several processes place the same one at the same moment.
//!
//! The bytes go into a file beside it, of a name that is never used again, which is then renamed: a reader sees the old file
//! or the new one. What killed processes left is cleared where the file itself is there; a process that loses its
//! unfinished file to that writes it once more. Deliberately absent: locks, process ids and `fsync`.

use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The ending of files that are not yet placed.
pub const TEMPORARY: &str = ".tmp";

/// How often an unfinished file may be lost to somebody who clears: once for each of them, and far fewer are alive at once.
const TRIES: usize = 100;

/// Writes a file whole or not at all.
pub fn place(path: &Path, bytes: &[u8]) -> io::Result<()> {
    place_as(path, bytes, |_| Ok(()))
}

/// The same of a program, which everybody may run who may read it.
pub fn place_program(path: &Path, bytes: &[u8]) -> io::Result<()> {
    place_as(path, bytes, may_run)
}

#[cfg(unix)]
fn may_run(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata()?.permissions().mode();
    // Who may read it may run it.
    file.set_permissions(fs::Permissions::from_mode(mode | (mode & 0o444) >> 2))
}

#[cfg(not(unix))]
fn may_run(_: &File) -> io::Result<()> {
    Ok(())
}

fn place_as(path: &Path, bytes: &[u8], prepare: fn(&File) -> io::Result<()>) -> io::Result<()> {
    let mut tries = 0;
    loop {
        let temporary = temporary(path);
        let mut file = File::create_new(&temporary)?;
        let written = file.write_all(bytes).and_then(|()| file.flush()).and_then(|()| prepare(&file));
        drop(file);
        let placed = written.and_then(|()| fs::rename(&temporary, path));
        tries += 1;
        match placed {
            Err(e) if e.kind() == ErrorKind::NotFound && path.is_file() && tries < TRIES => {}
            Err(e) => {
                let _ = fs::remove_file(&temporary);
                return Err(e);
            }
            Ok(()) => return Ok(()),
        }
    }
}

/// Removes what killed processes left beside files that are whole.
pub fn clear(folder: &Path) {
    // Listed before the first is removed, so that one clearing takes no more than one file from each living process.
    let paths: Vec<PathBuf> = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|e| e.path()).collect();
    for path in paths {
        if placed(&path).is_some_and(|whole| whole.is_file()) {
            let _ = fs::remove_file(&path);
        }
    }
}

/// A name of its own: the standard library's hash keys are the system's randomness.
fn temporary(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{name}.{:016x}{TEMPORARY}", RandomState::new().build_hasher().finish()))
}

/// The file that an unfinished one was to become.
fn placed(temporary: &Path) -> Option<PathBuf> {
    let (name, token) = temporary.file_name()?.to_str()?.strip_suffix(TEMPORARY)?.rsplit_once('.')?;
    (token.len() == 16).then(|| temporary.with_file_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("thalweg-place-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).expect("made");
        dir
    }

    #[test]
    fn what_killed_processes_left_is_cleared_beside_whole_files_alone() {
        let dir = folder("killed");
        let (a, b) = (dir.join("a.csv"), dir.join("b.csv"));
        for path in [&a, &a, &b] {
            fs::write(temporary(path), "half").expect("written");
        }
        place(&a, b"whole").expect("placed");
        clear(&dir);
        assert_eq!(fs::read(&a).expect("there"), b"whole");
        assert_eq!(fs::read_dir(&dir).expect("readable").count(), 2, "a.csv and what may become b.csv");
        fs::remove_dir_all(&dir).expect("removed");
    }

    #[test]
    fn writers_at_the_same_time_all_succeed_and_no_reader_sees_a_part() {
        let dir = folder("race");
        let path = dir.join("a.csv");
        let bytes = vec![7u8; 100_000];
        place(&path, &bytes).expect("placed");
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| (0..200).for_each(|_| place(&path, &bytes).expect("placed")));
            }
            scope.spawn(|| (0..20).for_each(|_| clear(&dir)));
            scope.spawn(|| (0..400).for_each(|_| assert!(fs::read(&path).expect("there") == bytes)));
        });
        assert_eq!(fs::read_dir(&dir).expect("readable").count(), 1);
        fs::remove_dir_all(&dir).expect("removed");
    }
}
