//! The fault model, at length: sweeps killed at random moments, every byte of a record flipped, a disk that fills up.
//!
//! `THALWEG_SOAK` says how many kills. What a few chosen moments show is in `same_bytes.rs`; several processes at once are in `shards.rs`.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use thalweg_tests::{Draws, run, scratch, size, thalweg, tree};

/// 500 trials of a few milliseconds.
const MANY: &str = r#"
name = "many"
[base]
data = { source = "moons", n = 300 }
model.hidden = [8]
train = { epochs = 30, batch = 8 }
[axes]
train.lr = { lin = [0.01, 0.5], points = 50, sig = 3 }
[replicates]
n = 10
[report]
plots = []
"#;
const N_TRIALS: usize = 500;

/// Three trials with small records; the second leaves its surface.
const FEW: &str = r#"
name = "few"
kind = "descent"
[base]
train.epochs = 1
[axes]
train.lr = [0.1, 0.2, 0.3]
[report]
plots = []
"#;

/// A scratch folder with a file in it, and what a sweep that nothing disturbs leaves.
fn undisturbed(name: &str, text: &str) -> (PathBuf, String, Vec<(String, Vec<u8>)>) {
    let dir = scratch(name);
    let file = dir.join("x.toml");
    fs::write(&file, text).expect("written");
    let (file, out) = (file.to_str().expect("UTF-8").to_string(), dir.join("whole"));
    let (code, _, log) = run(&["sweep", &file, "--out", out.to_str().expect("UTF-8")]);
    assert_eq!(code, 0, "{log}");
    (dir, file, tree(&out))
}

fn same(wanted: &[(String, Vec<u8>)], out: &Path) {
    let found = tree(out);
    let lacking =
        |a: &[(String, Vec<u8>)], b: &[(String, Vec<u8>)]| a.iter().filter(|x| !b.contains(x)).map(|x| x.0.clone()).collect::<Vec<_>>();
    let (missing, more) = (lacking(wanted, &found), lacking(&found, wanted));
    assert!(missing.is_empty() && more.is_empty(), "missing or different: {missing:?}; too many or different: {more:?}");
}

/// The records that lie whole in a store: what a killed process had begun has another ending, what lies beside them another beginning.
fn n_records(out: &Path) -> usize {
    let store = out.join(".store");
    if !store.is_dir() {
        return 0;
    }
    tree(&store).iter().filter(|(name, _)| !name.ends_with(".tmp")).count()
}

/// The objects that a sweep told; a line that the kill cut off is none.
fn events(told: &Path) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(told).expect("UTF-8");
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

#[test]
fn sweeps_killed_at_any_moment_lose_nothing_and_repeat_nothing() {
    let n_kills = size("THALWEG_SOAK", 10);
    let watch = Instant::now();
    let (dir, file, whole) = undisturbed("soak", MANY);
    let usual = watch.elapsed().as_micros() as usize;
    let (out, told) = (dir.join("out"), dir.join("told"));
    let mut draws = Draws(n_kills as u64);
    let (mut n_killed, mut n_finished, mut n_at_report, mut trained) = (0, 0, 0, BTreeSet::new());
    while n_killed < n_kills || out.exists() {
        let before = n_records(&out);
        let to = File::create(&told).expect("made");
        let words = ["sweep", &file, "--jobs", "2", "--json", "--out", out.to_str().expect("UTF-8")];
        let mut child = thalweg().args(words).stdout(to).spawn().expect("the program starts");
        // Half of the kills come early: in planning or, where nothing is missing, while tables and page are written.
        let most = if before == N_TRIALS || draws.below(2) == 0 { usual / 8 } else { usual / 2 };
        if n_killed < n_kills {
            sleep(Duration::from_micros(draws.below(most) as u64));
            child.kill().expect("killed or already over");
        }
        let status = child.wait().expect("reaped");
        for event in events(&told) {
            match event["event"].as_str() {
                Some("plan") => assert_eq!(event["cached"], before, "records were lost, or not found"),
                Some("trial") => {
                    let key = event["key"].as_str().expect("a key").to_string();
                    assert!(trained.insert(key), "a trial was computed twice: {event}");
                }
                _ => {}
            }
        }
        assert!(n_records(&out) >= trained.len(), "a trial was told as done, but has no record");
        if status.code().is_none() {
            n_killed += 1;
            n_at_report += usize::from(before == N_TRIALS);
            continue;
        }
        assert_eq!(status.code(), Some(0), "the sweep failed by itself");
        same(&whole, &out);
        n_finished += 1;
        trained.clear();
        // Sometimes the records stay and the report goes, so that kills come while it is written again.
        let gone = if n_killed < n_kills && draws.below(2) == 0 { out.join("many") } else { out.clone() };
        fs::remove_dir_all(gone).expect("removed");
    }
    let seconds = watch.elapsed().as_secs_f64();
    eprintln!(
        "{n_killed} kills, {n_at_report} of them when no trial was missing; {n_finished} sweeps of {N_TRIALS} trials; {seconds:.1} s"
    );
    fs::remove_dir_all(&dir).expect("removed");
}

/// Who is killed between the stamp of a report and the clearing leaves a report that is up to date, and unfinished files beside it.
#[test]
fn what_a_killed_report_left_goes_though_the_report_is_up_to_date() {
    let (dir, file, whole) = undisturbed("left", FEW);
    let out = dir.join("whole");
    fs::write(out.join("few/epochs.csv.0123456789abcdef.tmp"), "half").expect("written");
    let (code, _, log) = run(&["sweep", &file, "--out", out.to_str().expect("UTF-8")]);
    assert!(code == 0 && log.contains("up to date"), "{log}");
    same(&whole, &out);
    fs::remove_dir_all(&dir).expect("removed");
}

#[test]
fn each_byte_of_a_record_is_guarded() {
    let (dir, file, whole) = undisturbed("flips", FEW);
    let out = dir.join("whole");
    let (name, bytes) = whole.iter().find(|(name, _)| name.starts_with(".store")).expect("a record");
    let mut draws = Draws(bytes.len() as u64);
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << draws.below(8);
        fs::write(out.join(name), flipped).expect("damaged");
        let (code, _, log) = run(&["sweep", &file, "--out", out.to_str().expect("UTF-8")]);
        let is_told = log.matches("damaged record, computed again").count() == 1 && log.contains(&name[7..]);
        assert!(code == 0 && is_told && log.contains(" 1 trained, 2 from the store, 0 missing"), "byte {at}: {log}");
        same(&whole, &out);
    }
    eprintln!("{} bytes flipped, one at a time", bytes.len());
    fs::remove_dir_all(&dir).expect("removed");
}

/// A small disk of its own, in memory; gone with the value, also after a failure.
struct Disk(PathBuf);

impl Disk {
    /// `None` where this user or this system cannot have one.
    fn new(at: PathBuf, kib: usize) -> Option<Disk> {
        fs::create_dir_all(&at).expect("made");
        let options = format!("size={kib}k");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&at).output();
        mounted.is_ok_and(|o| o.status.success()).then_some(Disk(at))
    }

    fn grow(&self, kib: usize) {
        let options = format!("remount,size={kib}k");
        assert!(Command::new("mount").args(["-o", &options]).arg(&self.0).status().expect("mount starts").success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// The disk is full again and again: while the folder is made, between trials, while tables and page are written.
#[test]
fn a_full_disk_ends_a_sweep_and_room_lets_it_go_on() {
    let (dir, file, whole) = undisturbed("full", MANY);
    let mut kib = 4;
    let Some(disk) = Disk::new(dir.join("disk"), kib) else {
        eprintln!("SKIPPED: no disk of a test's own can be mounted here");
        return fs::remove_dir_all(&dir).expect("removed");
    };
    let out = disk.0.join("out");
    let (mut n_full, mut n_at_report) = (0, 0);
    loop {
        let before = n_records(&out);
        let (code, _, log) = run(&["sweep", &file, "--out", out.to_str().expect("UTF-8")]);
        assert!(!log.contains("damaged") && !log.contains("panic"), "{log}");
        if code == 0 {
            assert!(log.contains(&format!(" {before} from the store")), "{log}");
            break;
        }
        assert!(code == 2 && log.contains("No space left on device") && log.contains("error: cannot "), "exit {code}: {log}");
        assert!(n_records(&out) >= before, "a record was lost");
        (n_full, n_at_report) = (n_full + 1, n_at_report + usize::from(before == N_TRIALS));
        kib += 200;
        assert!(kib < 64 << 10, "no room is enough: {log}");
        disk.grow(kib);
    }
    same(&whole, &out);
    eprintln!("the disk was full {n_full} times, {n_at_report} of them when no trial was missing; {kib} KiB were enough");
    drop(disk);
    fs::remove_dir_all(&dir).expect("removed");
}
