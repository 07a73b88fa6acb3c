//! House rules that a program can check, by reading the sources: owners of outside things, arrows between crates,
//! and the plain rules of `docs/style.md`. What is allowed stands in the tables at the top; to move an owner, edit its row.
//!
//! It reads text, not types: a small lexer keeps code, comments and string literals apart, so a comment is never a use.
//! Absent on purpose: formatting and everything that clippy checks better.

#[path = "tidy/planted.rs"]
mod planted;
#[path = "tidy/source.rs"]
mod source;

use std::collections::BTreeSet;

use source::{Source, Tests, files, read, relative, root, sources};

/// An outside thing, and the only places that may use it.
struct Owner {
    thing: &'static str,
    /// What a use looks like in code; nothing of an identifier may stand before it.
    uses: &'static [&'static str],
    /// Files, or folders ending in `/`.
    places: &'static [&'static str],
    tests: Tests,
}

const OWNERS: &[Owner] = &[
    Owner { thing: "toml", uses: &["toml::", "use toml"], places: &["crates/thalweg-runner/src/file.rs"], tests: Tests::Counted },
    Owner { thing: "rayon", uses: &["rayon"], places: &["crates/thalweg-runner/src/pool.rs"], tests: Tests::Counted },
    Owner {
        thing: "polars",
        uses: &["polars"],
        places: &["crates/thalweg-report/src/table.rs", "crates/thalweg-report/src/table/"],
        tests: Tests::Counted,
    },
    Owner {
        thing: "parquet",
        uses: &["parquet::basic", "parquet::file"],
        places: &["crates/thalweg-report/src/table/"],
        tests: Tests::Counted,
    },
    Owner {
        thing: "plotters and resvg",
        uses: &["plotters", "resvg"],
        places: &["crates/thalweg-report/src/canvas.rs", "crates/thalweg-report/src/plot/"],
        tests: Tests::Counted,
    },
    Owner { thing: "safetensors", uses: &["safetensors::"], places: &["crates/thalweg-runner/src/weights.rs"], tests: Tests::Counted },
    Owner {
        thing: "faer",
        uses: &["faer::"],
        places: &["crates/thalweg-math/src/matmul.rs", "crates/thalweg-math/src/eigen.rs"],
        tests: Tests::Counted,
    },
    Owner { thing: "placing a file", uses: &["fs::rename"], places: &["crates/thalweg-report/src/place.rs"], tests: Tests::Excepted },
    Owner {
        thing: "the clock",
        uses: &["Instant::now", "SystemTime"],
        places: &["crates/thalweg-runner/src/clock.rs"],
        tests: Tests::Excepted,
    },
];

/// Names of files under a run's folder, as string literals: one owner, tests excepted.
const FILE_NAMES: &[&str] = &[
    "trials.csv",
    "epochs.csv",
    "epochs.parquet",
    "trials.parquet",
    "summary.csv",
    "failures.csv",
    "timings.csv",
    "timings.svg",
    "report.html",
    "experiment.toml",
    ".store",
];
const FILE_NAMES_OWNER: &str = "crates/thalweg-report/src/files.rs";

/// Functions of the standard library whose last bits differ between systems. Where a number may reach a table they are not
/// used: `libm` has them with the same bits everywhere, `Real` has those that loops need.
const SYSTEM_MATHS: &[&str] = &[
    "exp", "exp2", "exp_m1", "ln", "ln_1p", "log2", "log10", "log", "powf", "sin", "cos", "tan", "sinh", "cosh", "tanh", "asin", "acos",
    "atan", "atan2", "hypot", "cbrt",
];
/// Where that holds. Figures are drawn on one machine, and the mathematics has a graph whose nodes have the same names.
const SAME_BITS: &[&str] = &["crates/thalweg-data/src/", "crates/thalweg-optim/src/", "crates/thalweg-runner/src/"];

/// Every member and the members it may depend on, in any kind of dependency.
const ARROWS: &[(&str, &[&str])] = &[
    ("crates/thalweg-math", &[]),
    ("crates/thalweg-optim", &[]),
    ("crates/thalweg-data", &["thalweg-math"]),
    ("crates/thalweg-report", &[]),
    ("crates/thalweg-runner", &["thalweg-math", "thalweg-optim", "thalweg-data", "thalweg-report"]),
    ("tests", &["thalweg-runner"]),
    ("xtask", &[]),
];

/// The end of a file, in lines.
const MAX_LINES: usize = 400;

/// Beginnings of paths that exist on one machine only.
const MACHINE_PATHS: &[&str] = &["/work/", "/tmp/", "/home/", "/root/", "/mnt/", "/Users/", "C:\\"];

/// Files that are read for machine paths, by the end of their names.
const TEXTS: &[&str] = &["rs", "md", "toml", "html", "css", "js", "sh"];

/// Folders that are not ours to judge: build products, run outputs, third-party files.
const SKIPPED: &[&str] = &["target", "reports", "assets", ".git"];

#[test]
fn outside_things_have_one_owner() {
    verdict(sources().iter().flat_map(owners));
}

#[test]
fn report_file_names_have_one_owner() {
    verdict(sources().iter().flat_map(file_names));
}

#[test]
fn numbers_have_the_same_bits_on_every_system() {
    verdict(sources().iter().flat_map(system_maths));
}

#[test]
fn files_keep_the_house_rules() {
    verdict(sources().iter().flat_map(house_rules));
}

#[test]
fn no_path_of_one_machine_is_written_down() {
    let others = files().into_iter().filter(|f| {
        let ours = relative(f).starts_with("tests/tests/tidy");
        !ours && TEXTS.iter().any(|t| f.extension() == Some(t.as_ref()))
    });
    verdict(others.flat_map(|f| machine_paths(&relative(&f), &read(&f))));
}

#[test]
fn arrows_point_one_way() {
    let members: BTreeSet<String> = files().iter().filter(|f| f.ends_with("Cargo.toml")).map(|f| relative(f)).collect();
    verdict(members.iter().filter(|m| *m != "Cargo.toml").flat_map(|m| arrows(m, &read(&root().join(m)))));
}

fn owners(source: &Source) -> Vec<String> {
    let mut wrong = Vec::new();
    for owner in OWNERS {
        if owner.places.iter().any(|p| source.path == *p || (p.ends_with('/') && source.path.starts_with(p))) {
            continue;
        }
        for (line, code) in source.code(owner.tests) {
            if owner.uses.iter().any(|u| used(code, u)) {
                wrong.push(format!(
                    "{}:{line}: {} belongs to {}: call what that file offers",
                    source.path,
                    owner.thing,
                    owner.places.join(" and ")
                ));
            }
        }
    }
    wrong
}

fn system_maths(source: &Source) -> Vec<String> {
    if !SAME_BITS.iter().any(|folder| source.path.starts_with(folder)) {
        return Vec::new();
    }
    let calls = |code: &str, name: &str| code.contains(&format!(".{name}("));
    let found = source.code(Tests::Excepted).flat_map(|(line, code)| {
        let names: Vec<&str> = SYSTEM_MATHS.iter().copied().filter(|name| calls(code, name)).collect();
        names.into_iter().map(move |name| (line, name))
    });
    found.map(|(line, name)| format!("{}:{line}: `.{name}()` differs between systems: call `libm::{name}`", source.path)).collect()
}

fn file_names(source: &Source) -> Vec<String> {
    if source.path == FILE_NAMES_OWNER {
        return Vec::new();
    }
    let ours = source.strings.iter().filter(|(line, _)| !source.is_test(*line));
    ours.filter_map(|(line, text)| {
        let name = FILE_NAMES.iter().find(|n| text.contains(**n))?;
        Some(format!("{}:{line}: the name `{name}` belongs to {FILE_NAMES_OWNER}: use its constant", source.path))
    })
    .collect()
}

fn house_rules(source: &Source) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut say = |line: usize, what: &str| wrong.push(format!("{}:{line}: {what}", source.path));
    let n_lines = source.lines.len();
    if n_lines > MAX_LINES {
        say(n_lines, &format!("{n_lines} lines are more than {MAX_LINES}: split the file by what it does"));
    }
    if !source.starts_with_doc {
        say(1, "begin the file with `//!`: what it is, why, and what is deliberately absent");
    }
    for (line, code) in source.code(Tests::Excepted) {
        if code.contains(".unwrap()") {
            say(line, "`.unwrap()` outside tests: return the error, or `expect` with the invariant");
        }
    }
    for (line, code) in source.code(Tests::Counted) {
        if used(code, "todo!") || used(code, "unimplemented!") {
            say(line, "unfinished code: finish it or leave it out");
        }
        if code.contains("#[allow") || code.contains("#![allow") {
            say(line, "use `#[expect(…, reason = \"…\")]` instead of `#[allow]`");
        }
    }
    wrong
}

fn machine_paths(path: &str, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (i, line) in text.lines().enumerate() {
        for begin in MACHINE_PATHS {
            // After a letter, a dot or a brace it is the middle of a longer path: a URL, a relative or a computed one.
            let first = |at: usize| !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-~}>*".contains(c));
            if line.match_indices(begin).any(|(at, _)| first(at)) {
                wrong.push(format!("{path}:{}: a path of one machine (`{begin}`): make it relative to the workspace", i + 1));
            }
        }
    }
    wrong
}

fn arrows(manifest: &str, text: &str) -> Vec<String> {
    let member = manifest.trim_end_matches("/Cargo.toml");
    let Some((_, allowed)) = ARROWS.iter().find(|(m, _)| *m == member) else {
        return vec![format!("{manifest}: a new member: give it a row in ARROWS")];
    };
    let (mut wrong, mut in_dependencies) = (Vec::new(), false);
    for (i, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if let Some(section) = line.strip_prefix('[') {
            in_dependencies = section.contains("dependencies");
        }
        if !in_dependencies {
            continue;
        }
        // As a key, in the name of a section, or as the `package` of a renamed dependency.
        let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        for word in words.filter(|w| w.starts_with("thalweg-") && !allowed.contains(w)) {
            wrong.push(format!("{manifest}:{}: {member} may not depend on {word}: see ARROWS and docs/architecture.md", i + 1));
        }
    }
    wrong
}

/// Whether code holds `word` with nothing of an identifier before it.
fn used(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// Fails with everything that is wrong, one a line.
fn verdict(wrong: impl Iterator<Item = String>) {
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}
