//! The list of runs under one folder: each with its question and headline, by name.
//!
//! It is made from what lies in the folders and from nothing else, so it is right whoever wrote last. A folder that is no run is not
//! listed; one whose report cannot be read, is of an earlier version or not there yet is listed and says so. No folder is an error.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

use minijinja::{Value, context};

use crate::error::ReportError;
use crate::files;
use crate::html::{Card, Layout, render};
use crate::place::{clear, place};

/// The page's parts.
const LAYOUT: Layout = Layout { template: include_str!("list.html"), script: "" };
/// A report's card lies in this many of its first bytes.
const MAX_BEGINNING: u64 = 1 << 16;
/// How often the list is made again because a run came or went while it was written.
const TRIES: usize = 100;

/// Writes the list of the runs under `out`. It is placed whole, and made again if what it was made from has changed meanwhile: of two
/// sweeps that write at once, the last sees both.
pub fn write_index(out: &Path) -> Result<(), ReportError> {
    let path = out.join(files::INDEX);
    for _ in 0..TRIES {
        let page = list(out)?;
        if fs::read(&path).is_ok_and(|there| there == page.as_bytes()) {
            break;
        }
        place(&path, page.as_bytes())?;
    }
    clear(out);
    Ok(())
}

fn list(out: &Path) -> Result<String, ReportError> {
    let mut names: Vec<String> = fs::read_dir(out)?.filter_map(|e| e.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    let runs: Vec<Value> = names.into_iter().filter_map(|name| entry(&out.join(&name), name)).collect();
    let gallery = format!("{}/{}", files::GALLERY, files::INDEX);
    let gallery = Some(gallery).filter(|page| out.join(page).is_file());
    render(&LAYOUT, context! { title => "Runs", runs, gallery })
}

/// A folder's entry, if it is a run's.
fn entry(dir: &Path, name: String) -> Option<Value> {
    let is_there = |file: &str| dir.join(file).is_file();
    if name.starts_with('.') || !(is_there(files::EXPERIMENT) || is_there(files::REPORT)) {
        return None;
    }
    let (card, problem) = match beginning(&dir.join(files::REPORT)) {
        Ok(text) => {
            (Card::read(&text), "This report has no headline that can be read: it is damaged, or of another version. Draw it again.")
        }
        Err(e) if e.kind() == ErrorKind::NotFound => (None, "No report yet: the sweep has not ended, or was stopped."),
        Err(_) => (None, "This report cannot be read."),
    };
    let target = if is_there(files::REPORT) { files::REPORT } else { files::EXPERIMENT };
    let mut links: Vec<String> = fs::read_dir(dir).ok()?.filter_map(|e| e.ok()?.file_name().into_string().ok()).collect();
    links.retain(|name| files::is_comparison_page(name));
    links.sort();
    links.splice(0..0, [files::SUMMARY, files::TRIALS, files::EXPERIMENT].into_iter().filter(|f| is_there(f)).map(String::from));
    let card = card.map(|c| {
        context! {
            question => c.question, answer => c.answer, more => c.more,
            n_trials => c.n_trials, n_planned => c.n_planned, n_failures => c.n_failures,
        }
    });
    Some(context! { href => address(&name), name, target, card, problem, links })
}

/// The first bytes of a file as text; what is no UTF-8 is replaced.
fn beginning(path: &Path) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BEGINNING).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A folder's name in a relative address: a foreign one may hold anything, `javascript:` included.
fn address(name: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    name.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn folder(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("thalweg-index-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).expect("made");
        dir
    }

    fn run(out: &Path, name: &str, answer: &str) {
        let card = Card {
            question: "Why?".into(),
            answer: answer.into(),
            more: Vec::new(),
            n_trials: 1,
            n_planned: 2,
            n_failures: 0,
            figures: Vec::new(),
        };
        fs::create_dir_all(out.join(name)).expect("made");
        fs::write(out.join(name).join(files::REPORT), format!("<!doctype html>{}", card.block().expect("text"))).expect("written");
    }

    #[test]
    fn runs_are_listed_by_name_and_broken_foreign_and_hostile_ones_cost_nothing() {
        let out = folder("list");
        run(&out, "b", "The second.");
        run(&out, "a", "<script>alert(1)</script>");
        run(&out, "javascript:alert(1)", "A name.");
        for (name, file, content) in [
            ("broken", files::REPORT, "\u{0}\u{1}<html"),
            ("running", files::EXPERIMENT, "name = \"running\""),
            ("foreign", "notes.txt", "not a run"),
            (".store", files::REPORT, "hidden"),
        ] {
            fs::create_dir_all(out.join(name)).expect("made");
            fs::write(out.join(name).join(file), content).expect("written");
        }
        fs::create_dir_all(out.join("odd").join(files::REPORT)).expect("a folder where a file should be");
        fs::write(out.join("a-file"), "x").expect("written");
        write_index(&out).expect("written");
        let page = fs::read_to_string(out.join(files::INDEX)).expect("there");
        let names: Vec<&str> =
            page.match_indices("<h2><a href=\"").map(|(at, m)| page[at + m.len()..].split('/').next().expect("an address")).collect();
        assert_eq!(names, ["a", "b", "broken", "javascript%3Aalert%281%29", "running"]);
        assert!(page.contains("&lt;script&gt;alert(1)&lt;&#x2f;script&gt;") && !page.contains("<script"), "{page}");
        assert!(page.contains("No report yet") && page.contains("no headline that can be read") && !page.contains("foreign"), "{page}");
        assert!(page.contains("1 of 2 planned trials"));
        let before = fs::metadata(out.join(files::INDEX)).expect("there").modified().expect("a time");
        write_index(&out).expect("nothing to do");
        assert_eq!(fs::metadata(out.join(files::INDEX)).expect("there").modified().expect("a time"), before, "written without need");
        fs::remove_dir_all(&out).expect("removed");
    }

    /// Each writer places its run first and the list then, as sweeps do.
    #[test]
    fn of_many_writers_at_once_the_last_lists_all() {
        let out = folder("race");
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let out = &out;
                scope.spawn(move || {
                    for i in 0..10 {
                        run(out, &format!("run-{writer}-{i}"), "Done.");
                        write_index(out).expect("written");
                    }
                });
            }
        });
        let page = fs::read_to_string(out.join(files::INDEX)).expect("there");
        assert_eq!(page.matches("<article>").count(), 40);
        fs::remove_dir_all(&out).expect("removed");
    }
}
