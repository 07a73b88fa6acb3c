//! `gallery`: claims of many experiments in one document and on one page; and the committed one against a quick one made now.

use std::fs;
use std::path::Path;

use thalweg_tests::{assert_same_trees, run, scratch, tree, word};

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
