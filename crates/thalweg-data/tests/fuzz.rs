//! Readers against files that are almost right: whatever is in them, a reader returns, soon, with a set that is whole or with an error,
//! and without having held much memory.
//!
//! `THALWEG_FUZZ` is the number of inputs for each reader, 2,000 where it is not set; the same number draws the same ones. One that fails
//! is told as text, so that it can become a row of `bad_files`. Absent on purpose: coverage as a guide, which needs tools of its own.

#[path = "fuzz/arrays.rs"]
mod arrays;
mod common;
#[path = "fuzz/held.rs"]
mod held;
#[path = "fuzz/mutate.rs"]
mod mutate;
#[path = "fuzz/pictures.rs"]
mod pictures;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use common::{Scratch, idx};
use held::most_held;
use mutate::mutate;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use thalweg_data::source::{self, Header, Missing, SourceSpec, TaskKind};
use thalweg_data::{Labels, Task};

#[global_allocator]
static COUNTING: held::Counting = held::Counting;

/// The longest that one input may take, and the most bytes that it may make a reader hold.
const LIMITS: (Duration, usize) = (Duration::from_secs(1), 256 << 20);

/// Packs a mutant, or makes its checksums right; `None`: it is written as it is.
type Dress = Option<fn(&[u8]) -> Vec<u8>>;

/// What is known of a form, so that mutants get past its first lines.
struct Form {
    source: &'static str,
    /// The file that is written, under the scratch folder.
    file: &'static str,
    /// What `path` names: the file, or a folder above it.
    path: &'static str,
    /// Small valid files.
    seeds: Vec<Vec<u8>>,
    /// Pieces that mean something in this form.
    words: &'static [&'static [u8]],
    /// What is done to mutants, one of them to each.
    dress: &'static [Dress],
    /// What is asked for beside the path.
    specs: Vec<SourceSpec>,
}

fn fuzz(form: &Form, dir: &Scratch) {
    let n: usize = std::env::var("THALWEG_FUZZ").map_or(2000, |n| n.parse().expect("THALWEG_FUZZ is a number"));
    let file = dir.0.join(form.file);
    std::fs::create_dir_all(file.parent().expect("in a folder")).expect("made");
    let mut rng = ChaCha8Rng::seed_from_u64(n as u64);
    let (start, mut n_accepted, mut slowest, mut most) = (Instant::now(), 0, Duration::ZERO, 0);
    for seed in &form.seeds {
        let spec = SourceSpec { path: Some(dir.0.join(form.path)), ..form.specs[0].clone() };
        std::fs::write(&file, form.dress[0].map_or_else(|| seed.clone(), |dress| dress(seed))).expect("written");
        let set = source::find(form.source).expect("a row").load(&spec, &mut rng);
        assert!(set.is_ok(), "{}: a seed is refused: {}", form.source, set.expect_err("refused"));
    }
    for i in 0..n {
        let mut bytes = form.seeds[rng.random_range(0..form.seeds.len())].clone();
        let other = &form.seeds[rng.random_range(0..form.seeds.len())];
        mutate(&mut bytes, form.words, other, &mut rng);
        if let Some(dress) = form.dress[rng.random_range(0..form.dress.len())] {
            bytes = dress(&bytes);
            if rng.random_range(0..8) == 0 {
                mutate(&mut bytes, &[], &[], &mut rng);
            }
        }
        std::fs::write(&file, &bytes).expect("written");
        let spec = SourceSpec { path: Some(dir.0.join(form.path)), ..form.specs[rng.random_range(0..form.specs.len())].clone() };
        let begin = Instant::now();
        let (result, held) = most_held(|| catch_unwind(AssertUnwindSafe(|| accepted(form.source, &spec))));
        let took = begin.elapsed();
        let said = match result {
            Ok(Ok(is_accepted)) => {
                n_accepted += usize::from(is_accepted);
                None
            }
            Ok(Err(reason)) => Some(reason),
            Err(_) => Some("panics".into()),
        };
        let said = said.or_else(|| (took > LIMITS.0).then(|| format!("takes {took:?}")));
        let said = said.or_else(|| (held > LIMITS.1).then(|| format!("holds {held} bytes")));
        assert!(said.is_none(), "{}, input {i}: {said:?}, {spec:?}\n{}", form.source, bytes.escape_ascii());
        (slowest, most) = (slowest.max(took), most.max(held));
    }
    let (seconds, n_refused, what) = (start.elapsed().as_secs_f64(), n - n_accepted, form.file);
    println!("{what}: {n} inputs in {seconds:.1} s, {n_accepted} accepted, {n_refused} refused, at most {slowest:?} and {most} bytes");
}

/// Whether the file is accepted; if so, the set must be whole.
fn accepted(source: &str, spec: &SourceSpec) -> Result<bool, String> {
    let Ok(set) = source::find(source).expect("a row").load(spec, &mut ChaCha8Rng::seed_from_u64(0)) else { return Ok(false) };
    let (n, n_features) = set.x.dim();
    let is_labelled = match (&set.y, set.task) {
        (Labels::Classes(y), Task::Classes { n_classes }) => {
            n_classes == set.class_names.len() && y.iter().all(|y| (*y as usize) < n_classes)
        }
        (Labels::Values(y), Task::Regression { n_outputs }) => n_outputs == y.ncols() && y.iter().all(|v| v.is_finite()),
        _ => false,
    };
    let is_whole = n > set.n_test && n_features > 0 && set.y.n_rows() == n && set.features.len() == n_features;
    let is_picture = set.image.is_none_or(|image| image.n_elements() == Some(n_features));
    let is_grouped = set.groups.as_ref().is_none_or(|groups| groups.len() == n);
    set.feed(&mut |_| {});
    if is_labelled && is_whole && is_picture && is_grouped { Ok(true) } else { Err("accepts a set that is not whole".into()) }
}

/// In memory where the system has such a folder.
fn scratch(test: &str) -> Scratch {
    let memory = Path::new("/dev/shm");
    Scratch::new(if memory.is_dir() { PathBuf::from(memory) } else { std::env::temp_dir() }, &format!("fuzz-{test}"))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, bytes).expect("in memory");
    packed.finish().expect("in memory")
}

#[test]
fn idx_samples_hold() {
    let dir = scratch("idx-samples");
    std::fs::write(dir.0.join("train-labels-idx1-ubyte"), idx(0x08, &[2], &[0, 1])).expect("written");
    let kinds = [(0x08, 1), (0x09, 1), (0x0b, 2), (0x0c, 4), (0x0d, 4), (0x0e, 8)];
    let values: Vec<u8> = (0..64).collect();
    let seeds =
        kinds.iter().flat_map(|(kind, size)| [idx(*kind, &[2, 2, 2], &values[..8 * size]), idx(*kind, &[2, 3], &values[..6 * size])]);
    fuzz(
        &Form {
            source: "idx",
            file: "train-images-idx3-ubyte",
            path: "",
            seeds: seeds.collect(),
            words: &[&[0, 0, 8, 3], &[0, 0, 0, 2]],
            dress: &[None, None, Some(gzip)],
            specs: vec![SourceSpec::default()],
        },
        &dir,
    );
}

#[test]
fn idx_labels_hold() {
    let dir = scratch("idx-labels");
    std::fs::write(dir.0.join("train-images-idx3-ubyte"), idx(0x08, &[4, 2, 2], &[7; 16])).expect("written");
    fuzz(
        &Form {
            source: "idx",
            file: "train-labels-idx1-ubyte",
            path: "",
            seeds: vec![idx(0x08, &[4], &[0, 1, 2, 3]), idx(0x08, &[4], &[0, 255, 255, 1])],
            words: &[&[0, 0, 8, 1], &[0, 0, 0, 4]],
            dress: &[None, None, Some(gzip)],
            specs: vec![SourceSpec::default()],
        },
        &dir,
    );
}

#[test]
fn cifar_holds() {
    let record = |label: u8| [vec![label], vec![label; 3072]].concat();
    fuzz(
        &Form {
            source: "cifar",
            file: "batch.bin",
            path: "batch.bin",
            seeds: vec![[record(0), record(1)].concat(), [record(9), record(3), record(255)].concat()],
            words: &[&[0; 3073]],
            dress: &[None, None, None, Some(gzip)],
            specs: vec![SourceSpec::default()],
        },
        &scratch("cifar"),
    );
}

#[test]
fn csv_holds() {
    let texts = [
        "a,b,c\n1,2,x\n3,4,y\n5,6,x\n",
        "a,b,c\r\n1.5,red,0\r\n-3e2,blue,1\r\n\r\n5,red,0\r\n",
        "\u{feff}\"a \"\"q\"\"\",b,\"c\"\n1,\"two\nlines\",0.5\n ,NA,1.5\n",
        "a\tb,\tc\n1\t2,\t3\n4\t5,\t6\n",
        "x;2;,3\n4;5;,6\n7;8;,9\n",
    ];
    let some = |f: fn(&mut SourceSpec)| {
        let mut spec = SourceSpec { missing: Missing::Mean, ..SourceSpec::default() };
        f(&mut spec);
        spec
    };
    let specs = vec![
        some(|_| {}),
        some(|spec| spec.missing = Missing::Refuse),
        some(|spec| spec.missing = Missing::Drop),
        some(|spec| spec.header = Header::Absent),
        some(|spec| spec.delimiter = Some(b'\t')),
        some(|spec| (spec.delimiter, spec.header) = (Some(b';'), Header::Absent)),
        some(|spec| spec.task = Some(TaskKind::Regression)),
        some(|spec| spec.task = Some(TaskKind::Classes)),
        some(|spec| spec.group = Some(source::Column::Place(0))),
    ];
    let words: &[&[u8]] = &[
        b",",
        b"\n",
        b"\r\n",
        b"\r",
        b"\"",
        b"\"\"",
        b";",
        b"\t",
        b" ",
        b"NA",
        b"nan",
        b"inf",
        b"1e999",
        b"-0",
        b"1e-999",
        b"0x1",
        b"1_0",
        b"\xff",
        b"\xef\xbb\xbf",
        b"1.",
        b".5",
        b"+1",
        b"\0",
        b"x\n",
        b",,,,",
    ];
    // The last two are tables with a comma, too, as each seed must be one of the first form.
    let seeds = texts.map(|text| text.as_bytes().to_vec()).to_vec();
    let form = Form { source: "csv", file: "t.csv", path: "t.csv", seeds, words, dress: &[None, None, None, Some(gzip)], specs };
    fuzz(&form, &scratch("csv"));
}
