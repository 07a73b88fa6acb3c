//! The report in a real browser: `tests/browser/page.mjs` does what a reader does. It needs node, the modules playwright-core and axe-core,
//! and a Chromium; where one of them is missing the test says so and is skipped (`.ci/run` installs them).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use thalweg_tests::{hostile_run, root, run, scratch, word};

/// Where Debian, and others, have a Chromium.
const BROWSERS: &[&str] = &["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/// The folder that holds both modules: `$THALWEG_NODE_MODULES`, or one beside or above the workspace.
fn modules() -> Option<PathBuf> {
    let named = std::env::var_os("THALWEG_NODE_MODULES").map(PathBuf::from);
    let above = root().ancestors().map(|dir| dir.join("node_modules")).collect::<Vec<_>>();
    let holds = |dir: &PathBuf| ["playwright-core", "axe-core"].iter().all(|module| dir.join(module).is_dir());
    named.into_iter().chain(above).find(holds)
}

/// Three small experiments with claims, of which one does not hold, as a gallery beside the runs.
fn galleries(dir: &Path, out: &Path) {
    let from = dir.join("ex");
    for (folder, name, row, bound) in
        [("a-parts", "one", "A1 One", 1), ("b-others", "two", "B2 Two", 1), ("b-others", "ten", "B10 Ten", -1)]
    {
        let text = format!(
            "name = \"{name}\"\nkind = \"descent\"\nquestion = \"Where to?\"\n[base]\ntrain = {{ lr = 0.2, epochs = 20 }}\n\
             [[claim]]\nrow = \"{row}\"\nsays = \"It <i>goes</i> down.\"\ncheck = [{{ of = 'x_final', below = {bound} }}]\n"
        );
        fs::create_dir_all(from.join(folder)).expect("made");
        fs::write(from.join(folder).join(format!("{name}.toml")), text).expect("written");
    }
    let (code, _, log) = run(&["gallery", word(&from), "--out", word(out)]);
    assert_eq!(code, 0, "{log}");
}

#[test]
fn a_reader_sorts_filters_brushes_and_zooms() {
    let browser = BROWSERS.iter().find(|path| Path::new(path).is_file());
    let node = Command::new("node").arg("--version").output().is_ok_and(|o| o.status.success());
    let (Some(browser), Some(modules), true) = (browser, modules(), node) else {
        println!("skipped: needs node, playwright-core and axe-core in $THALWEG_NODE_MODULES, and a chromium");
        return;
    };
    let dir = scratch("browser");
    let out = hostile_run(&dir, "page", 3);
    hostile_run(&dir, "other", 2);
    let [page, other] = ["page", "other"].map(|name| out.join(name).display().to_string());
    let (code, _, log) = run(&["compare", &other, &page]);
    assert_eq!(code, 0, "{log}");
    galleries(&dir, &out);
    let script = root().join("tests/browser/page.mjs");
    let ended = Command::new("node").arg(script).args([&modules, Path::new(browser), &out]).output().expect("node starts");
    let (said, complained) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success(), "{said}\n{complained}");
    assert!(said.contains("ok: on paper"), "the script ended early: {said}");
    fs::remove_dir_all(&dir).expect("removed");
}
