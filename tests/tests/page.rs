//! The page and the list of runs as files: what they say, what they never say, and that nothing in them runs.

use std::fs;
use std::path::Path;

use thalweg_tests::{hostile_run, scratch};

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

#[test]
fn names_from_files_are_text_in_every_file() {
    let dir = scratch("page-names");
    let out = hostile_run(&dir, "page", 3);
    for page in ["page/report.html", "index.html"] {
        let html = read(&out.join(page));
        assert!(!html.contains("<img"), "{page} has markup that came from a name");
        assert!(html.contains("&lt;img src=x"), "{page} does not show the question");
        assert!(html.contains("content=\"default-src &#x27;none&#x27;;"), "{page} has no policy");
        // A figure that is named like a part of the page would take its place.
        let mut ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{page} has an id twice: {ids:?}");
        for outside in ["http://", "https://"] {
            // The name of a namespace is no address.
            let html = html.replace("http://www.w3.org/", "");
            assert!(!html.contains(outside), "{page} names an address");
        }
    }
    // A spreadsheet takes none of these for a formula.
    let trials = read(&out.join("page/trials.csv"));
    assert!(trials.contains(",'=1+1.csv,") && !trials.contains(",=1+1.csv"), "{trials}");
    fs::remove_dir_all(&dir).expect("removed");
}

#[test]
fn one_seed_has_no_interval_and_the_page_says_so() {
    let dir = scratch("page-one-seed");
    let html = read(&hostile_run(&dir, "page", 1).join("page/report.html"));
    // What is said and the data behind it; the script comes last.
    let html = html.split("<script>").next().expect("a beginning");
    assert!(html.contains("none from one seed"), "no word on the missing interval");
    for claim in ["±0", "± 0", "[NaN", "NaN", "unknown of 18: one seed"].map(|c| (c, html.contains(c))) {
        assert_eq!(claim.1, claim.0.starts_with("unknown"), "{}", claim.0);
    }
    fs::remove_dir_all(&dir).expect("removed");
}

#[test]
fn the_environment_names_what_numbers_depend_on_and_no_machine() {
    let dir = scratch("page-environment");
    let out = hostile_run(&dir, "page", 1);
    let html = read(&out.join("page/report.html"));
    assert!(html.contains("thalweg engine") && html.contains(std::env::consts::ARCH));
    let host = fs::read_to_string("/etc/hostname").unwrap_or_default();
    for word in [host.trim(), &dir.display().to_string()].into_iter().filter(|word| word.len() > 3) {
        assert!(!html.contains(word) && !read(&out.join("index.html")).contains(word), "{word}");
    }
    fs::remove_dir_all(&dir).expect("removed");
}

#[test]
fn broken_and_foreign_folders_cost_no_sweep_and_the_list_is_right_whoever_wrote_it() {
    let dir = scratch("page-list");
    let out = hostile_run(&dir, "page", 1);
    let alone = read(&out.join("index.html"));
    for (folder, file, text) in
        [("older", "report.html", "<html>no card</html>"), ("photos", "cat.txt", "x"), ("stopped", "experiment.toml", "")]
    {
        fs::create_dir_all(out.join(folder)).expect("made");
        fs::write(out.join(folder).join(file), text).expect("written");
    }
    // The same sweep again trains and draws nothing, and still finds what came beside it.
    hostile_run(&dir, "page", 1);
    let list = read(&out.join("index.html"));
    let place = |name: &str| list.find(&format!("\">{name}</a></h2>")).unwrap_or_else(|| panic!("{name} is not listed"));
    assert!(place("older") < place("page") && place("page") < place("stopped") && !list.contains("photos"));
    assert!(list.contains("No report yet") && list.contains("no headline that can be read"));
    for folder in ["older", "photos", "stopped"] {
        fs::remove_dir_all(out.join(folder)).expect("removed");
    }
    hostile_run(&dir, "page", 1);
    assert_eq!(read(&out.join("index.html")), alone);
    // What cannot be written is told, and costs nothing.
    fs::remove_file(out.join("index.html")).expect("there");
    fs::create_dir(out.join("index.html")).expect("in the way");
    hostile_run(&dir, "page", 1);
    fs::remove_dir_all(&dir).expect("removed");
}
