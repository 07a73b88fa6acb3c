//! A mutated experiment file is planned or refused: no panic, no second of time, no large memory.
//!
//! `THALWEG_FUZZ` says how many inputs. They begin as the shipped experiments and the examples of the documents, and each follows from
//! its number alone: `THALWEG_FUZZ_FIRST` begins elsewhere. Data are asked for only where a plan is small; files that hurt on purpose are in
//! `hostile.rs`.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use thalweg_runner::library::Library;
use thalweg_runner::{check, file, plan, points};
use thalweg_tests::{Draws, experiments, root, size};

/// The longest time for one input.
const LIMIT: Duration = Duration::from_secs(1);

/// What the process may hold beside what it held at first, in bytes.
const ROOM: u64 = 256 << 20;

/// The most trials of a plan that is expanded.
const SMALL: usize = 50;

/// Numbers that are likely to be wrong somewhere.
const NUMBERS: &[&str] = &[
    "0",
    "-1",
    "1",
    "2",
    "-0.0",
    "nan",
    "inf",
    "-inf",
    "1e308",
    "-1e308",
    "1e-320",
    "1e999",
    "0.5",
    "1.0",
    "65536",
    "100000",
    "1000000",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "99999999999999999999",
    "0x7fffffff",
    "0b1",
    "1979-05-27",
    "true",
    "\"1\"",
    "[]",
    "{}",
    "[[]]",
    "\"\"",
    "\"auto\"",
    "\"none\"",
    "\"all\"",
];

/// The texts that are mutated.
fn seeds() -> Vec<String> {
    let mut texts: Vec<String> = experiments().iter().map(|p| fs::read_to_string(p).expect("text")).collect();
    let document = fs::read_to_string(root().join("docs/experiments.md")).expect("a document");
    texts.extend(document.split("```toml").skip(1).filter_map(|rest| rest.split("```").next()).map(String::from));
    texts
}

/// Words, numbers and single signs, with the white space as tokens of its own.
fn tokens(text: &str) -> Vec<String> {
    let is_word = |c: char| c.is_alphanumeric() || "_-+.".contains(c);
    let mut tokens: Vec<String> = Vec::new();
    for c in text.chars() {
        match tokens.last_mut() {
            Some(last) if is_word(c) && last.ends_with(is_word) => last.push(c),
            _ => tokens.push(c.to_string()),
        }
    }
    tokens
}

fn is_number(token: &str) -> bool {
    token.starts_with(|c: char| c.is_ascii_digit() || c == '-') && token.contains(|c: char| c.is_ascii_digit())
}

/// One change of one of five sorts: bytes, tokens, lines, numbers, words.
fn mutated(text: &str, words: &[String], seeds: &[String], draws: &mut Draws) -> String {
    let at_random = |tokens: &[String], wanted: fn(&str) -> bool, draws: &mut Draws| {
        let places: Vec<usize> = (0..tokens.len()).filter(|i| wanted(&tokens[*i])).collect();
        (!places.is_empty()).then(|| *draws.one_of(&places))
    };
    match draws.below(8) {
        0 => {
            let mut bytes = text.as_bytes().to_vec();
            let at = draws.below(bytes.len() + 1);
            match draws.below(3) {
                0 => bytes.insert(at, draws.bits() as u8),
                1 if at < bytes.len() => drop(bytes.remove(at)),
                _ if at < bytes.len() => bytes[at] ^= 1 << draws.below(8),
                _ => {}
            }
            String::from_utf8_lossy(&bytes).into_owned()
        }
        1 => {
            let mut tokens = tokens(text);
            let (a, b) = (draws.below(tokens.len().max(1)), draws.below(tokens.len().max(1)));
            match draws.below(3) {
                _ if tokens.is_empty() => {}
                0 => tokens.swap(a, b),
                1 => drop(tokens.remove(a)),
                _ => tokens.insert(b, tokens[a].clone()),
            }
            tokens.concat()
        }
        2 | 3 => {
            let mut lines: Vec<&str> = text.lines().collect();
            let others: Vec<&str> = draws.one_of(seeds).lines().collect();
            let (a, b) = (draws.below(lines.len().max(1)), draws.below(lines.len().max(1)));
            match draws.below(4) {
                0 => lines.insert(a.min(lines.len()), draws.one_of::<&str>(&others)),
                _ if lines.is_empty() => {}
                1 => lines.swap(a, b),
                2 => drop(lines.remove(a)),
                _ => lines.insert(b, lines[a]),
            }
            lines.join("\n")
        }
        4..=6 => {
            let mut tokens = tokens(text);
            if let Some(at) = at_random(&tokens, is_number, draws) {
                tokens[at] = draws.one_of(NUMBERS).to_string();
            }
            tokens.concat()
        }
        _ => {
            let mut tokens = tokens(text);
            if let Some(at) = at_random(&tokens, |t| t.starts_with(char::is_alphabetic), draws) {
                tokens[at] = draws.one_of(words).clone();
            }
            tokens.concat()
        }
    }
}

/// How far an input came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Came {
    NotToml,
    Refused,
    Checked,
    NotPlanned,
    Planned,
}

fn went(path: &Path, text: &str, library: &Arc<Library>) -> Came {
    let Ok(file) = file::parse(path, text.into()).map_err(|problems| problems.to_string()) else { return Came::NotToml };
    // What is wrong is rendered, too: a place between two characters would be a panic there.
    let Ok(experiment) = check::check(&file).map_err(|problems| problems.to_string()) else { return Came::Refused };
    let n_seeds = experiment.replicates.seeds.len();
    // A set that the user installed is as large as it is, and on most machines not there.
    let may_be_installed = ["mnist", "cifar"].iter().any(|name| text.contains(name));
    if !may_be_installed && points::count(&experiment).is_ok_and(|n| n.saturating_mul(n_seeds) <= SMALL) {
        return if plan::expand(&Arc::new(experiment), library).is_ok() { Came::Planned } else { Came::NotPlanned };
    }
    Came::Checked
}

/// The most bytes that the process ever held, where the system says so.
fn most_held() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? << 10)
}

#[test]
fn no_mutated_file_panics_takes_long_or_takes_much() {
    let (n, first) = (size("THALWEG_FUZZ", 3_000), size("THALWEG_FUZZ_FIRST", 0));
    let seeds = seeds();
    let mut words: Vec<String> = seeds.iter().flat_map(|s| tokens(s)).filter(|t| t.starts_with(char::is_alphabetic)).collect();
    words.sort();
    words.dedup();
    let path = root().join("experiments/mutated.toml");
    let mut library = Arc::new(Library::new(&root().join("experiments")));
    let (mut counts, mut slowest) = ([0usize; 5], (Duration::ZERO, 0));
    let (start, held) = (Instant::now(), most_held());
    for i in first..first + n {
        let mut draws = Draws(i as u64);
        let mut text = draws.one_of(&seeds).clone();
        for _ in 0..=draws.below(4) {
            text = mutated(&text, &words, &seeds, &mut draws);
        }
        if i % 64 == 0 {
            library = Arc::new(Library::new(&root().join("experiments")));
        }
        let timed = || {
            let watch = Instant::now();
            let came = catch_unwind(AssertUnwindSafe(|| went(&path, &text, &library)));
            (came.unwrap_or_else(|_| panic!("input {i} panics:\n{text}")), watch.elapsed())
        };
        let (came, mut took) = timed();
        if took >= LIMIT {
            // A machine that had something else to do is no fault of the input.
            took = timed().1;
        }
        assert!(took < LIMIT, "input {i} took {took:?} and came to {came:?}:\n{text}");
        let more = most_held().zip(held).map_or(0, |(now, before)| now - before.min(now));
        assert!(more < ROOM, "with input {i} the process holds {more} bytes more than at first:\n{text}");
        counts[came as usize] += 1;
        slowest = slowest.max((took, i));
    }
    let names = [Came::NotToml, Came::Refused, Came::Checked, Came::NotPlanned, Came::Planned];
    let told: Vec<String> = names.iter().map(|c| format!("{} {c:?}", counts[*c as usize])).collect();
    eprintln!("{n} inputs in {:.1} s: {}; the slowest: {slowest:?}", start.elapsed().as_secs_f64(), told.join(", "));
    // Mutations that all die in the parser would test the parser alone.
    assert!(n < 1000 || counts[Came::Planned as usize] * 20 > n, "hardly any input was planned: {counts:?}");
}
