//! Launched sweeps on a real Slurm: a private one of two nodes on this machine, started by `tests/slurm/local.sh`. Where Debian's
//! `slurm-wlm` and `munge` are not installed, all of this is passed over, and says so.
//!
//! What every case shows is the same: after whatever was done to it, launching again leaves the bytes that a sweep here leaves, and what
//! was completed is not computed a second time.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use thalweg_tests::{results, root, scratch, thalweg, word};

/// A cluster that ends with the test.
struct Cluster {
    folder: PathBuf,
}

impl Cluster {
    /// `None` where Slurm is not installed.
    fn start() -> Option<Cluster> {
        // Sockets have short names, so the folder must have one, too.
        let folder = std::env::temp_dir().join(format!("thalweg-slurm-{}", std::process::id()));
        let cluster = Cluster { folder };
        let there = |name: &str| Command::new("sh").args(["-c", &format!("PATH=$PATH:/usr/sbin:/sbin command -v {name}")]).output();
        let missing = |name: &&&str| !there(name).is_ok_and(|done| done.status.success());
        if let Some(name) = ["sbatch", "slurmctld", "slurmd", "munged"].iter().find(missing) {
            eprintln!("skipped: {name} is not installed");
            return None;
        }
        let done = cluster.script("start");
        if !done.status.success() {
            eprintln!("skipped: no Slurm could be started: {}", String::from_utf8_lossy(&done.stderr));
            return None;
        }
        Some(cluster)
    }

    fn script(&self, word: &str) -> Output {
        let mut command = Command::new("bash");
        command.arg(root().join("tests/slurm/local.sh")).arg(word).arg(&self.folder);
        command.env("NODES", "2").env("CPUS", "1").env("CRED_EXPIRE", "5").output().expect("bash runs")
    }

    fn tell(&self, program: &str, words: &[&str]) -> (bool, String) {
        let done = Command::new(program).args(words).env("SLURM_CONF", self.folder.join("slurm.conf")).output().expect("it runs");
        (done.status.success(), String::from_utf8_lossy(&done.stdout).into_owned())
    }

    /// Kills a daemon by the number in its file.
    fn kill(&self, file: &str) {
        let pid = fs::read_to_string(self.folder.join(file)).expect("it runs");
        let done = Command::new("kill").args(["-KILL", pid.trim()]).status().expect("kill runs");
        assert!(done.success(), "{file}");
    }

    /// Elements of an array in a state, as `12_3`.
    fn elements(&self, state: &str) -> Vec<String> {
        let (_, out) = self.tell("squeue", &["--noheader", "--array", "--format=%F_%K|%T|%j"]);
        let of = |line: &str| line.contains(&format!("|{state}|")) && !line.contains("-merge");
        out.lines().filter(|l| of(l)).filter_map(|l| l.split('|').next().map(String::from)).collect()
    }

    fn n_queued(&self) -> usize {
        self.tell("squeue", &["--noheader", "--array"]).1.lines().count()
    }

    /// The program, with the cluster in its environment; exit status, standard output, standard error.
    fn run(&self, words: &[&str]) -> (i32, String, String) {
        // Nothing here takes minutes; what never ends is a failure and not a test that hangs.
        let mut command = Command::new("timeout");
        command.args(["--kill-after=5", "240"]).arg(thalweg().get_program()).args(words);
        let done = command.env("SLURM_CONF", self.folder.join("slurm.conf")).output().expect("it runs");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        (done.status.code().expect("no signal"), text(done.stdout), text(done.stderr))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.script("stop");
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A sweep with the folder where a process of this machine left it, and one where the cluster is to.
struct Case<'c> {
    cluster: &'c Cluster,
    dir: PathBuf,
    file: PathBuf,
    here: PathBuf,
    there: PathBuf,
}

/// When each record was written.
fn records(out: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let folders = fs::read_dir(out.join(".store")).into_iter().flatten().map(|e| e.expect("an entry").path());
    let files = folders.flat_map(|folder| fs::read_dir(folder).into_iter().flatten()).map(|e| e.expect("an entry").path());
    let is_record = |path: &PathBuf| path.extension().is_none();
    files.filter(is_record).filter_map(|path| Some((path.clone(), fs::metadata(&path).ok()?.modified().ok()?))).collect()
}

impl<'c> Case<'c> {
    fn new(cluster: &'c Cluster, name: &str, text: &str) -> Case<'c> {
        let dir = scratch(&format!("slurm-{name}"));
        let (file, here, there) = (dir.join("swept.toml"), dir.join("here"), dir.join("there"));
        fs::write(&file, format!("name = \"swept\"\n[report]\nplots = []\n{text}")).expect("written");
        let case = Case { cluster, dir, file, here, there };
        let (code, _, log) = case.cluster.run(&["sweep", word(&case.file), "--out", word(&case.here), "--quiet"]);
        assert_eq!(code, 0, "{log}");
        case
    }

    fn launch(&self, more: &[&str]) -> (i32, String, String) {
        self.cluster.run(&[&["sweep", word(&self.file), "--out", word(&self.there), "--launcher", "slurm"], more].concat())
    }

    /// Waits until some records are there, and says which.
    fn some_records(&self, at_least: usize) -> BTreeMap<PathBuf, SystemTime> {
        self.until("records", || (records(&self.there).len() >= at_least).then(|| records(&self.there)))
    }

    fn until<R>(&self, what: &str, look: impl Fn() -> Option<R>) -> R {
        let begin = Instant::now();
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(begin.elapsed() < Duration::from_secs(240), "waited in vain for {what}: {}", self.cluster.tell("squeue", &[]).1);
            sleep(Duration::from_millis(50));
        }
    }

    fn until_idle(&self) {
        let looks = std::cell::Cell::new(0);
        self.until("an empty queue", || {
            looks.set(looks.get() + 1);
            // A controller that was killed may hold jobs and drain nodes; an operator, as `start` is one, lets them go on.
            if looks.get() % 200 == 0 {
                self.cluster.script("start");
            }
            (self.cluster.n_queued() == 0).then_some(())
        });
    }

    /// Launches until all is there, at most so many times; nothing that was complete before is written again.
    fn completed(&self, before: &BTreeMap<PathBuf, SystemTime>, rounds: usize) {
        let mut told = String::new();
        for _ in 0..rounds {
            let (code, _, log) = self.launch(&["--wait"]);
            told += &log;
            if code == 0 {
                break;
            }
        }
        self.until_idle();
        let (a, b) = (results(&self.here), results(&self.there));
        let names = |files: &[(String, Vec<u8>)]| files.iter().map(|f| f.0.clone()).collect::<Vec<_>>();
        assert_eq!(names(&a), names(&b), "{told}");
        assert!(a.iter().zip(&b).all(|(x, y)| x.1 == y.1), "{told}");
        let after = records(&self.there);
        assert!(before.iter().all(|(path, time)| after.get(path) == Some(time)), "what was complete was computed again: {told}");
        fs::remove_dir_all(&self.dir).expect("removed");
    }
}

/// Forty trials of about a quarter of a second each.
const SLOW: &str = "[base]\ndata = { source = \"digits\", transform = [\"unit-scale\"] }\nmodel.hidden = [256, 256]\n\
                    train = { epochs = 30, batch = 16 }\n[axes]\ntrain.lr = [0.01, 0.02, 0.05, 0.1]\n[replicates]\nn = 10\n";

/// What is done to a cluster while it sweeps.
type Tried = fn(&Cluster);

#[test]
fn a_sweep_on_a_cluster_leaves_what_a_sweep_here_leaves() {
    let Some(cluster) = Cluster::start() else { return };
    let cases: [(&str, Tried); 6] = [
        ("many trials", many_trials),
        ("a killed task", a_killed_task),
        ("cancelled elements", cancelled_elements),
        ("a requeued element", a_requeued_element),
        ("killed daemons", killed_daemons),
        ("what is refused", what_is_refused_leaves_nothing),
    ];
    for (name, case) in cases {
        let begin = Instant::now();
        case(&cluster);
        eprintln!("{name}: {:.0} s", begin.elapsed().as_secs_f64());
    }
}

/// 2,000 trials in 8 shards; again nothing is submitted; while it runs a second launch submits nothing.
fn many_trials(cluster: &Cluster) {
    let text = "[base]\ndata.source = \"iris\"\nmodel.hidden = [4]\ntrain.epochs = 3\n[axes]\ntrain.lr = { log = [1e-3, 1.0], points = 20 }\n\
                train.lambda = { lin = [0.0, 0.1], points = 10 }\n[replicates]\nn = 10\n[launcher]\nthrottle = 2\ntime = \"10\"\nmodules = []\n";
    let case = Case::new(cluster, "many", text);
    let (code, _, log) = case.launch(&["--shards", "8"]);
    assert!(code == 0 && log.contains("2000 trials in 8 elements submitted as job"), "{log}");
    let n = cluster.n_queued();
    let (code, _, log) = case.launch(&["--shards", "8"]);
    assert!(code == 0 && log.contains("is in the queue already") && cluster.n_queued() <= n, "{log}");
    let (code, told, _) = cluster.run(&["status", word(&case.there.join("swept"))]);
    assert!(code == 0 && told.contains("of 2000 trials done") && told.contains("array, job"), "{told}");
    case.until_idle();
    // The merge has drawn the report, without anybody who waited.
    assert!(case.there.join("swept/report.html").is_file());
    let (code, told, _) = cluster.run(&["status", word(&case.there.join("swept"))]);
    assert!(code == 0 && told.contains("2000 of 2000 trials done, 0 missing") && told.contains("not in the queue any more"), "{told}");
    let before = records(&case.there);
    case.completed(&before, 1);
}

/// SIGKILL of a worker: its element fails, the merge says so, and the next launch runs what is missing.
fn a_killed_task(cluster: &Cluster) {
    let case = Case::new(cluster, "killed", SLOW);
    let (code, _, log) = case.launch(&["--shards", "2"]);
    assert_eq!(code, 0, "{log}");
    case.some_records(5);
    let pinned = format!("{}.*worker.*--shard 1/2", word(&case.there));
    assert!(Command::new("pkill").args(["-KILL", "-f", &pinned]).status().expect("pkill runs").success());
    case.until_idle();
    let merge = fs::read_to_string(case.there.join(".launch/swept/merge.log")).expect("a log");
    assert!(merge.contains("not all trials are there"), "{merge}");
    let before = records(&case.there);
    assert!((5..40).contains(&before.len()), "{}", before.len());
    case.completed(&before, 1);
}

/// One element cancelled while it waits, which `sbatch --wait` would not see, one while it runs.
fn cancelled_elements(cluster: &Cluster) {
    let case = Case::new(cluster, "cancelled", SLOW);
    let (code, _, log) = case.launch(&["--shards", "4"]);
    assert_eq!(code, 0, "{log}");
    case.some_records(3);
    for state in ["PENDING", "RUNNING"] {
        let element = cluster.elements(state).pop().unwrap_or_else(|| panic!("none is {state}"));
        assert!(cluster.tell("scancel", &[&element]).0, "{element}");
    }
    case.until_idle();
    let before = records(&case.there);
    assert!(before.len() < 40, "nothing was cancelled");
    case.completed(&before, 1);
}

/// An element that is put back into the queue goes on where it was, within one launch.
fn a_requeued_element(cluster: &Cluster) {
    let case = Case::new(cluster, "requeued", SLOW);
    let (code, _, log) = case.launch(&["--shards", "2"]);
    assert_eq!(code, 0, "{log}");
    let before = case.some_records(4);
    let element = cluster.elements("RUNNING").pop().expect("one runs");
    assert!(cluster.tell("scontrol", &["requeue", &element]).0, "{element}");
    case.until_idle();
    assert_eq!(records(&case.there).len(), 40, "the requeued element did not go on");
    case.completed(&before, 1);
}

/// A node's daemon and then the controller are killed and started again in the middle.
fn killed_daemons(cluster: &Cluster) {
    let case = Case::new(cluster, "daemons", &SLOW.replace("n = 10", "n = 25"));
    let begin = Instant::now();
    let (code, _, log) = case.launch(&["--shards", "2"]);
    assert_eq!(code, 0, "{log}");
    case.some_records(2);
    cluster.kill("slurmd-node1.pid");
    sleep(Duration::from_secs(2));
    assert!(cluster.script("start").status.success());
    // A controller saves its state some seconds behind: one that dies sooner forgets, and an operator must help.
    sleep(Duration::from_secs(10).saturating_sub(begin.elapsed()));
    let before = case.some_records(8);
    cluster.kill("slurmctld.pid");
    // Meanwhile nobody can be asked, and it is said.
    let (code, told, _) = cluster.run(&["status", word(&case.there.join("swept"))]);
    assert!(code == 0 && told.contains("of 100 trials done"), "{told}");
    assert!(cluster.script("start").status.success());
    case.until_idle();
    case.completed(&before, 3);
}

/// Exit 2, a word that helps, nothing in the queue, no record.
fn what_is_refused_leaves_nothing(cluster: &Cluster) {
    let case = Case::new(cluster, "refused", "[base]\ndata.source = \"iris\"\ntrain.epochs = 2\n");
    let with = |launcher: &str, says: &str| {
        let text = fs::read_to_string(&case.file).expect("readable");
        let head = text.split("[launcher]").next().expect("a head");
        fs::write(&case.file, format!("{head}[launcher]\n{launcher}\n")).expect("written");
        let (code, _, log) = case.launch(&[]);
        assert!(code == 2 && log.contains(says), "`{says}` is not in {log}");
        assert_eq!((cluster.n_queued(), records(&case.there).len()), (0, 0), "{says}");
    };
    with("partition = \"nowhere\"", "partition `nowhere`, possible: sweep");
    with("time = \"soon\"", "Invalid --time specification");
    with("flags = [\"--nonsense\"]", "nonsense");
    with("memory = \"900000G\"", "Memory specification");
    cluster.kill("slurmctld.pid");
    with("throttle = 1", "Slurm does not answer");
    assert!(cluster.script("start").status.success());
    fs::remove_dir_all(&case.dir).expect("removed");
}
