//! `gallery`: claims of many experiments in one document and on one page; and the committed one against a quick one made now.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use thalweg_tests::{assert_same_trees, root, rows, run, scratch, tree, word};

/// A small experiment with a claim.
fn small(name: &str, row: &str, rest: &str) -> String {
    format!(
        "name = \"{name}\"\nkind = \"descent\"\nquestion = \"Why | <b>?\"\n[base]\ntrain.epochs = 5\n[axes]\ntrain.lr = [0.1, 0.2]\n\
         [[claim]]\n{row}\nsays = \"It <i>goes</i> | down.\"\n{rest}\ncheck = [{{ of = 'x_final', where = 'train.lr == 0.2', below = 1 }}]\n"
    )
}

/// A folder of experiments, by name.
fn folder(dir: &Path, files: &[(&str, String)]) {
    for (name, text) in files {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().expect("in a folder")).expect("made");
        fs::write(path, text).expect("written");
    }
}

#[test]
fn a_folder_of_experiments_becomes_a_page_and_a_document() {
    let dir = scratch("gallery");
    let (from, out, document) = (dir.join("ex"), dir.join("out"), dir.join("docs/gallery.md"));
    fs::create_dir_all(dir.join("docs")).expect("made");
    folder(
        &from,
        &[
            ("README.md", "# Some <claims>\n\nA lead\nof two lines.\n".into()),
            ("b-second-part/ten.toml", small("ten", "row = \"B10 Ten\"", "")),
            ("b-second-part/two.toml", small("two", "row = \"B2 Two\"", "erratum = \"It goes up.\"\nfigure = \"path\"")),
            ("none.toml", "name = \"none\"\n".into()),
            ("other.toml", small("other", "", "")),
            (
                "absent.toml",
                "name = \"absent\"\nbase.data = { source = \"cifar-10\" }\n[[claim]]\nsays = \"x\"\ncheck = [{ of = 'seed', above = 0 }]\n"
                    .into(),
            ),
        ],
    );
    let words = ["gallery", word(&from), "--out", word(&out), "--document", word(&document)];
    let (code, _, log) = run(&words);
    assert_eq!(code, 0, "{log}");
    assert!(log.contains("3 claims of 3 experiments: 3 holds") && log.contains("is not installed"), "{log}");
    let text = fs::read_to_string(&document).expect("a document");
    for line in
        ["# Some <claims>", "A lead of two lines.", "## B Second part", "### B2 Two", "Right is: It goes up.", "### other", "## Not run"]
    {
        assert!(text.lines().any(|l| l == line), "no line is `{line}` in\n{text}");
    }
    let places: Vec<usize> = ["### B2", "### B10", "### other"].iter().map(|t| text.find(t).expect("there")).collect();
    assert!(places.is_sorted(), "{text}");
    assert!(!text.contains("<i>") && !text.contains("none"), "{text}");
    // Its ways lead to files.
    for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).filter(|t| !t.starts_with('#')) {
        assert!(dir.join("docs").join(target).is_file() || target.contains("ex/"), "{target} is no file");
    }
    let page = fs::read_to_string(out.join("gallery/index.html")).expect("a page");
    assert!(
        page.contains("It &lt;i&gt;goes&lt;&#x2f;i&gt; | down.") && page.contains("id=\"row-b10-ten\"") && !page.contains("<i>"),
        "{page}"
    );
    let list = fs::read_to_string(out.join("index.html")).expect("a list of runs");
    assert!(list.contains("gallery&#x2f;index.html") || list.contains("gallery/index.html"), "{list}");
    // Again: nothing is trained, and no byte differs.
    let before = tree(&out);
    let (code, _, log) = run(&words);
    assert!(code == 0 && !log.contains("2 trained"), "{log}");
    assert_eq!(before.iter().map(|f| &f.0).collect::<Vec<_>>(), tree(&out).iter().map(|f| &f.0).collect::<Vec<_>>());
    let other = dir.join("other");
    assert_eq!(run(&["gallery", word(&from), "--out", word(&other)]).0, 0);
    assert_same_trees(&out, &other);
    // With two seeds, where each has three.
    let seeds = "name = \"seeds\"\nbase.train.epochs = 2\nbase.data.source = \"iris\"\n[replicates]\nn = 3\n[[claim]]\nsays = \"x\"\n\
                 check = [{ of = 'epochs_run', is = 2, within = 0 }]\n";
    fs::write(from.join("seeds.toml"), seeds).expect("written");
    let (code, _, log) = run(&["gallery", word(&from), "--out", word(&other), "--quick"]);
    let checks = rows(&other.join("gallery/claims.csv"));
    let n = checks.iter().find(|r| r["row"] == "seeds").map(|r| r["n"].clone());
    assert!(code == 0 && n.as_deref() == Some("2"), "{log}{checks:?}");
    assert!(fs::read_to_string(other.join("gallery/index.html")).expect("a page").contains("Quick: the first 2 seeds"));
    fs::remove_dir_all(&dir).expect("removed");
}

#[test]
fn what_is_no_gallery_is_told() {
    let dir = scratch("gallery-bad");
    let empty = dir.join("empty");
    fs::create_dir_all(&empty).expect("made");
    for (files, says) in [
        (vec![], "has a [[claim]]"),
        (vec![("a.toml", small("same", "", "")), ("b/b.toml", small("same", "", ""))], "have the same name `same`"),
        (vec![("a.toml", small("gallery", "", ""))], "cannot be called `gallery`"),
        (vec![("a.toml", small("a", "", "figure = \"nowhere\""))], "shows the figure `nowhere`, which is not drawn; drawn are: "),
        (vec![("a.toml", "name = 3".into())], "a.toml:1:8"),
    ] {
        let from = dir.join("from");
        let _ = fs::remove_dir_all(&from);
        fs::create_dir_all(&from).expect("made");
        folder(&from, &files);
        let (code, _, log) = run(&["gallery", word(&from), "--out", word(&dir.join("out"))]);
        assert!(code == 2 && log.contains(says), "{says}: {log}");
    }
    assert_eq!(run(&["gallery", word(&dir.join("absent"))]).0, 2);
    fs::remove_dir_all(&dir).expect("removed");
}

/// The check that a row of a gallery's table is about.
fn check(row: &HashMap<String, String>) -> Vec<String> {
    ["row", "experiment", "says", "erratum", "check", "expected"].iter().map(|name| row[*name].clone()).collect()
}

/// What is committed is what the experiments say, all of them again with all seeds: every check is there, figures are those that are shown,
/// exact numbers are the same, and a trained one is no farther off than its own interval is wide. Bytes and verdicts of trained numbers are
/// not compared: another CPU trains other last bits.
#[test]
fn the_committed_gallery_is_fresh() {
    let dir = scratch("gallery-full");
    let document = dir.join("gallery.md");
    let (code, _, log) = run(&["gallery", "--out", word(&dir), "--document", word(&document), "--quiet"]);
    assert_eq!(code, 0, "{log}");
    let committed = root().join("reports/gallery");
    let installed = |row: &HashMap<String, String>| !log.contains(&format!("{}: ", row["experiment"])) || !log.contains("is not installed");
    let (mut now, then) = (rows(&dir.join("gallery/claims.csv")), rows(&committed.join("claims.csv")));
    let then: Vec<_> = then.into_iter().filter(installed).collect();
    let stale = "the gallery is stale: cargo xtask gallery";
    assert_eq!(now.iter().map(check).collect::<BTreeSet<_>>(), then.iter().map(check).collect::<BTreeSet<_>>(), "{stale}");
    let place: BTreeMap<Vec<String>, usize> = then.iter().enumerate().map(|(i, row)| (check(row), i)).collect();
    now.retain(|row| row["nature"] == "reproducible");
    for new in &now {
        let old = &then[place[&check(new)]];
        let number = |row: &HashMap<String, String>, name: &str| row[name].parse::<f64>().unwrap_or(f64::NAN);
        let width = number(old, "ci_high") - number(old, "ci_low");
        // Where all seeds came out alike the interval has no width, and on another CPU one seed may come out otherwise.
        let alike =
            if number(old, "n") > 1.0 { 0.01 * number(old, "value").abs() + 0.01 } else { 1e-6 * number(old, "value").abs() + 1e-9 };
        let allowed = alike + if width.is_nan() { 0.0 } else { width };
        let differs = (number(new, "value") - number(old, "value")).abs();
        let is_same = if old["value"].is_empty() { new["value"].is_empty() } else { differs <= allowed };
        assert!(new["n"] == old["n"] && is_same, "{stale}\n{new:?}\n{old:?}");
    }
    // The document: the same rows, sentences and figures.
    let skeleton = |text: &str| -> Vec<String> {
        let kept = text.lines().filter(|l| l.starts_with('#') || l.starts_with("![") || l.starts_with("Right is") || l.starts_with("**"));
        let plain = |l: &str| l.split_once("**: ").map_or(l.to_string(), |(_, says)| says.to_string());
        kept.map(|l| l.rsplit_once('/').filter(|_| l.starts_with("![")).map_or_else(|| plain(l), |(_, name)| name.to_string())).collect()
    };
    let text = fs::read_to_string(root().join("docs/gallery.md")).expect("a document");
    if !log.contains("is not installed") {
        assert_eq!(skeleton(&text), skeleton(&fs::read_to_string(&document).expect("a document")), "{stale}");
    }
    // The folder holds the figures that the document shows, and no others.
    let shown: BTreeSet<&str> = text.split("reports/gallery/").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    let files = fs::read_dir(&committed).expect("a folder").map(|e| e.expect("an entry").file_name().into_string().expect("UTF-8"));
    let pictures: BTreeSet<String> = files.filter(|name| name.ends_with(".png")).collect();
    assert_eq!(shown, pictures.iter().map(String::as_str).collect());
    fs::remove_dir_all(&dir).expect("removed");
}
