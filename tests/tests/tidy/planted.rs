//! Each rule against planted texts: a rule that finds nothing in them would find nothing anywhere.

use super::*;

/// A planted text, and how many complaints it must draw from a rule.
fn planted(rule: fn(&Source) -> Vec<String>, path: &str, text: &str, n: usize) {
    let wrong = rule(&Source::new(path, text));
    assert_eq!(wrong.len(), n, "{path}\n{text}\n{wrong:?}");
}

#[test]
fn a_use_outside_its_owner_is_found() {
    let other = "crates/thalweg-runner/src/other.rs";
    for (text, n) in [
        ("use toml::Table;", 1),
        ("let t = toml::from_str(s);", 1),
        ("use rayon::prelude::*;", 1),
        ("use polars_io::SerWriter;", 1),
        ("fn f() {\n  resvg::render(plotters::x);\n}", 1),
        ("let t = std::time::Instant::now();", 1),
        ("// toml:: rayon polars\n/* resvg /* plotters */ SystemTime */\n/// `rayon`", 0),
        ("let s = \"rayon \\\" toml:: \"; let r = r#\"polars\"#; let c = '\"'; let d = \"resvg\";", 0),
        ("let crayon = mytoml::x; fn f<'a>(x: &'a str) {}", 0),
        ("let c = '\"'; use rayon::x; let d = '\"';", 1),
        ("let c = '\\''; use rayon::x; let d = b'\\\\'; use polars::x;", 2),
    ] {
        planted(owners, other, text, n);
    }
    planted(owners, "crates/thalweg-runner/src/file.rs", "use toml::Table; use rayon::x;", 1);
    planted(owners, "crates/thalweg-report/src/plot/heatmap.rs", "use plotters::x;", 0);
    planted(owners, "crates/thalweg-report/src/plotting.rs", "use plotters::x;", 1);
    planted(owners, "crates/thalweg-math/benches/step.rs", "let t = Instant::now(); use rayon::x;", 1);
}

#[test]
fn a_file_name_outside_its_owner_is_found() {
    let text =
        "let p = dir.join(\"trials.csv\");\n#[cfg(test)]\nmod tests {\n const N: &str = \"report.html\";\n}\nconst S: &str = \"a/.store\";";
    planted(file_names, "crates/thalweg-runner/src/sweep.rs", text, 2);
    planted(file_names, FILE_NAMES_OWNER, text, 0);
    planted(file_names, "tests/tests/x.rs", text, 0);
}

#[test]
fn a_function_of_the_system_is_found() {
    let text = "let a = x.ln() + y.exp();\nlet b = libm::log(x).sqrt();\n#[cfg(test)]\nmod tests {\n fn f() { x.sin(); }\n}\n";
    planted(system_maths, "crates/thalweg-runner/src/axes.rs", text, 2);
    planted(system_maths, "crates/thalweg-report/src/plot/axis.rs", text, 0);
}

#[test]
fn broken_house_rules_are_found() {
    let path = "crates/thalweg-math/src/x.rs";
    for (text, n) in [
        ("//! Doc.\nfn f() {}\n", 0),
        ("fn f() {}\n", 1),
        ("//! Doc.\nfn f() { x.unwrap() }\n", 1),
        (
            "//! Doc.\n#[cfg(test)]\n#[expect(x, reason = \"y;\")]\nmod tests {\n fn f() { if a { x.unwrap() } }\n}\nfn g() { y.unwrap() }",
            1,
        ),
        ("//! Doc.\n#[cfg(test)]\nmod tests;\nfn g() { y.unwrap() }", 1),
        ("//! Doc.\n#[cfg(test)]\nmod tests {\n fn f() { todo!() }\n}", 1),
        ("//! Doc.\n#[allow(dead_code)]\nfn f() {}", 1),
    ] {
        planted(house_rules, path, text, n);
    }
    planted(house_rules, path, &format!("//! Doc.\n{}", "\n".repeat(MAX_LINES)), 1);
    planted(house_rules, path, &format!("//! Doc.\n{}", "\n".repeat(MAX_LINES - 1)), 0);
    assert_eq!(machine_paths("x.md", "see /home/me/x and\nhttps://a.org/home/x, docs/tmp/x or `/tmp/y`").len(), 2);
}

#[test]
fn a_wrong_arrow_is_found() {
    let n = |member: &str, text: &str| arrows(&format!("{member}/Cargo.toml"), text).len();
    assert_eq!(n("crates/thalweg-data", "[package]\nname = \"thalweg-data\"\n[dependencies]\nthalweg-math.workspace = true\n"), 0);
    assert_eq!(n("crates/thalweg-math", "[dependencies]\nthalweg-data.workspace = true\n"), 1);
    assert_eq!(n("crates/thalweg-math", "[dev-dependencies]\nx = { package = \"thalweg-optim\", path = \"../o\" }\n"), 1);
    assert_eq!(n("crates/thalweg-report", "[target.'cfg(unix)'.dependencies.thalweg-math]\nworkspace = true\n"), 1);
    assert_eq!(n("crates/thalweg-new", ""), 1);
}
