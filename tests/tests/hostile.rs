//! A file that means harm, or that a program wrote wrongly: told clearly, quickly, and nothing is written outside `--out`.
//!
//! Mistakes that people make are in `bad_input.rs`, mutations of good files in `fuzz.rs`.

use std::fs;
use std::time::{Duration, Instant};

use thalweg_tests::{run, scratch, tree};

/// The longest time for one file.
const LIMIT: Duration = Duration::from_secs(2);

/// The longest message, in bytes: nobody reads more.
const MOST_TOLD: usize = 100_000;

/// One trial of a few milliseconds.
const SMALL: &str = "name = \"x\"\n[base]\ndata.source = \"moons\"\ntrain.epochs = 1\n";

/// The exit status, and what the message says.
type Wanted = (i32, &'static str);

/// Writes the text, sweeps it, and looks at what it took and left.
fn swept(folder: &str, cases: &[(String, Wanted)]) {
    let dir = scratch(folder);
    let (inside, out) = (dir.join("inside"), dir.join("inside/out"));
    fs::create_dir_all(&inside).expect("made");
    let file = inside.join("x.toml");
    let shortened = |text: &str| text.chars().take(200).collect::<String>();
    for (text, (wanted, says)) in cases {
        fs::write(&file, text).expect("written");
        let words = ["sweep", file.to_str().expect("UTF-8"), "--out", out.to_str().expect("UTF-8")];
        let timed = || {
            let watch = Instant::now();
            (run(&words), watch.elapsed())
        };
        let ((code, told, log), took) = timed();
        let about = || format!("{}\nexit {code}, {took:?}: {}", shortened(text), shortened(&log));
        assert!(code == *wanted && log.contains(says), "`{says}` is not told for {}", about());
        assert!(!log.contains("panic") && told.is_empty() && log.len() < MOST_TOLD, "{}", about());
        // What a file says may not steer the terminal.
        assert!(!log.chars().any(|c| c.is_control() && c != '\n'), "{}", about());
        if took > LIMIT {
            // The machine may have had something else to do.
            let again = timed().1;
            assert!(again < LIMIT, "{again:?} for {}", shortened(text));
        }
        assert_eq!(out.exists(), code == 0, "{}", about());
        let _ = fs::remove_dir_all(&out);
        let left: Vec<String> = tree(&dir).into_iter().map(|f| f.0).collect();
        assert_eq!(left, ["inside/x.toml"], "{}", about());
    }
    fs::remove_dir_all(&dir).expect("removed");
}

fn cases<const N: usize>(cases: [(String, Wanted); N]) -> Vec<(String, Wanted)> {
    cases.into_iter().collect()
}

/// `[axes]` with a line.
fn axis(line: &str) -> String {
    format!("{SMALL}[axes]\n{line}\n")
}

fn many(n: usize, one: impl Fn(usize) -> String) -> String {
    (0..n).map(one).collect::<Vec<_>>().join(",")
}

#[test]
fn what_is_too_much_is_refused() {
    swept(
        "too-much",
        &cases([
            (axis(&format!("train.lr = [{}]", many(300_000, |i| format!("{}e-7", i + 1)))), (2, "300000 values, more than 100000")),
            (axis("train.batch = { range = [1, 1000000], step = 1 }"), (2, "more than 100000 values")),
            (axis("train.batch = { range = [-900000000000000, 900000000000000], step = 1 }"), (2, "more than 100000 values")),
            (axis("train.lr = { lin = [0.1, 1.0], points = 1000000 }"), (2, "`points` must be 2 to 100000")),
            (
                axis(&["lr", "lambda", "momentum"].map(|s| format!("train.{s} = {{ lin = [0.1, 0.9], points = 10000 }}")).join("\n")),
                (2, "multiply to 1000000000000 points"),
            ),
            (axis("train.lr = { lin = [0.1, 0.9], points = 1000 }\n[replicates]\nn = 10000"), (2, "10000000 trials, more than 1000000")),
            (format!("name = \"x\"\nquestion = \"{}\"\n", "x".repeat(5 << 20)), (2, "not a file of at most 4194304 bytes")),
            (format!("question = \"{}\"\n{SMALL}", "x".repeat(4_000_000)), (0, "1 trained")),
            (format!("{SMALL}data.transform = [{}]\n", many(10_000, |_| "\"zero-mean\"".into())), (2, "more than 64")),
            (format!("{SMALL}[report]\nplots = [{}]\n", many(100_000, |_| "\"convergence\"".into())), (2, "asked for twice")),
            (format!("name = \"x\"\n[base]\nmodel.hidden = [{}]\n", many(100_000, |_| "1".into())), (2, "more than 64")),
            (format!("name = \"{}\"\n", "a".repeat(101)), (2, "is not a name")),
        ]),
    );
}

/// Each of these has as many problems as values: told at most a hundred times, and never with the whole file each time.
#[test]
fn a_hundred_thousand_mistakes_are_told_in_a_second() {
    swept(
        "mistakes",
        &cases([
            (axis(&format!("train.lr = [{}]", many(99_999, |_| "-1".into()))), (2, "more problems")),
            (axis(&format!("train.lr = [{}]", many(99_999, |_| "1".into()))), (2, "1.0 appears twice")),
            (format!("name = \"x\"\n{}", many(100_000, |i| format!("k{i} = 1")).replace(',', "\n")), (2, "and 99900 more problems")),
            (format!("name = \"x\"\n[base]\nmodel.activation = \"{}\"\n", "a".repeat(1_000_000)), (2, "unknown activation")),
            (format!("name = \"x\"\n[base]\ntrain.{} = 1\n", "a".repeat(1_000_000)), (2, "unknown key")),
        ]),
    );
}

#[test]
fn what_is_too_deep_is_refused() {
    let n = 10_000;
    let rule = |text: String| format!("{SMALL}[rules]\nrequire = {{ a = '{text}' }}\n");
    swept(
        "deep",
        &cases([
            (format!("name = \"x\"\nx = {}{}\n", "[".repeat(n), "]".repeat(n)), (2, "max recursion depth")),
            (format!("name = \"x\"\nx = {}", "[".repeat(n)), (2, "max recursion depth")),
            (format!("name = \"x\"\nx = {}1{}\n", "{a=".repeat(n), "}".repeat(n)), (2, "max recursion depth")),
            (format!("name = \"x\"\n{} = 1\n", vec!["a"; n].join(".")), (2, "recursion limit")),
            (format!("name = \"x\"\n[{}]\n", vec!["a"; n].join(".")), (2, "recursion limit")),
            (rule(format!("{} < 1", vec!["train.lr"; n].join(" + "))), (2, "at most 4096 bytes")),
            (rule(format!("{}1{} > 1", "(".repeat(2000), ")".repeat(2000))), (2, "nested more than 64 deep")),
            (rule(format!("{}true", "!".repeat(3000))), (2, "nested more than 64 deep")),
            (rule(format!("{}1 < 1", "-".repeat(3000))), (2, "nested more than 64 deep")),
            (rule(format!("{} < 1", vec!["2"; 1000].join("^"))), (2, "nested more than 64 deep")),
            (rule(format!("{} > 1", vec!["1"; 990].join(" + "))), (0, "1 trained")),
            (
                format!("name = \"x\"\nkind = \"graph\"\n[base]\ngraph.expression = \"{}\"\n", vec!["x"; n].join("+")),
                (2, "at most 4096 bytes"),
            ),
        ]),
    );
}

/// Names that climb, control characters, look-alikes, numbers that are none.
#[test]
fn what_looks_like_something_else_is_not_taken_for_it() {
    let train = |text: &str| format!("name = \"x\"\n[base]\ntrain.{text}\n");
    let name = |text: &str| format!("name = \"{text}\"\n");
    let rule = |test: &str| format!("{SMALL}[rules]\nexclude = {{ \"a\\nb\\u001b[2J\" = '{test}' }}\n");
    swept(
        "look-alikes",
        &cases([
            (name("../x"), (2, "is not a name")),
            (name("/x"), (2, "is not a name")),
            (name("."), (2, "is not a name")),
            (name(".store"), (2, "is not a name")),
            (name("a\\\\b"), (2, "is not a name")),
            (name("a\\u0000b"), (2, "`a\\0b` is not a name")),
            (name("\\u001b[2J"), (2, "`\\u{1b}[2J` is not a name")),
            (name("\u{445}"), (2, "is not a name")),
            ("name = \"x\"\nquestion = \"a\0b\"\n".into(), (2, "x.toml:2:14")),
            (format!("question = \"a\\u0000\\u001b[31mb\\u0007\"\n{SMALL}"), (0, "1 trained")),
            (format!("question = \"\u{202e}abc\"\n{SMALL}"), (0, "1 trained")),
            ("name = \"x\"\n\"\\u001b[2J\" = 1\n".into(), (2, "unknown key `\\u{1b}[2J`")),
            ("name = \"x\"\n[base]\nmodel.activation = \"\\u001b[2Jrelu\"\n".into(), (2, "unknown activation `\\u{1b}[2Jrelu`")),
            ("name = \"x\"\n[base]\nmodel.activation = \"r\u{435}lu\"\n".into(), (2, "did you mean `relu`?")),
            ("name = \"x\"\n[base]\n\"tr\u{430}in\".lr = 0.1\n".into(), (2, "did you mean `train`?")),
            ("name = \"x\"\n[base]\ntr\u{430}in.lr = 0.1\n".into(), (2, "invalid unquoted key")),
            (rule("train.lr > 100"), (0, "1 trained")),
            (rule("train.lr > 0"), (2, "the rules drop every point")),
            ("name = \"x\"\nname = \"y\"\n".into(), (2, "duplicate key")),
            ("name = \"x\"\n[base]\n[base]\n".into(), (2, "duplicate key")),
            ("name = \"x\"\nbase.train.lr = 1\nbase.train.lr = 2\n".into(), (2, "x.toml:3:12")),
            (train("epochs = 99999999999999999999999999999999"), (2, "does not fit 64 bits")),
            (train("epochs = 0xffffffffffffffff"), (2, "does not fit 64 bits")),
            (train("epochs = 9223372036854775807"), (2, "out of range: 1 to 1000000")),
            (train("epochs = -9223372036854775808"), (2, "out of range: 1 to 1000000")),
            (train("lr = 1e999"), (2, "inf is out of range")),
            (train("lr = -1e999"), (2, "-inf is out of range")),
            (train("lr = nan"), (2, "NaN")),
            (axis("train.lr = { lin = [-1e308, 1e308], points = 3 }"), (2, "train.lr")),
            (axis("train.lr = { decades = [5e-324, 1e308], steps = [1, 2, 5] }"), (2, "out of range")),
            (axis("train.batch = { pow2 = [1, 9e18] }"), (2, "powers of two")),
            (format!("name = \"x\"\n[base]\ndata = {{ source = \"moons\", n = {} }}\n", i64::MAX), (2, "out of range: 4 to 1000000")),
            (format!("\u{feff}{SMALL}").replace('\n', "\r\n"), (0, "1 trained")),
        ]),
    );
}

/// A path may climb, as one of a user's own file does; what it names is read, and nothing else happens to it.
#[test]
fn paths_are_only_read() {
    let dir = scratch("paths");
    let (secret, inside) = (dir.join("secret.csv"), dir.join("a/b"));
    fs::create_dir_all(&inside).expect("made");
    fs::write(&secret, "x,y\n1,2\n").expect("written");
    let file = inside.join("x.toml");
    let sweep = |path: &str, out: &str| {
        fs::write(&file, format!("name = \"x\"\n[base]\ndata = {{ source = \"csv\", path = \"{path}\" }}\ntrain.epochs = 1\n"))
            .expect("written");
        run(&["sweep", file.to_str().expect("UTF-8"), "--out", &inside.join(out).display().to_string()])
    };
    for path in ["../../secret.csv", "../../none.csv", "..", "/dev/zero", "\\u0000", "a\\u0000b", ""] {
        let before = fs::read(&secret).expect("there");
        let watch = Instant::now();
        let (code, _, log) = sweep(path, "out");
        assert!(code == 2 && log.contains("data.path: ") && log.contains("x.toml:3:"), "{path}: {code} {log}");
        assert!(watch.elapsed() < LIMIT * 2, "{path} took {:?}", watch.elapsed());
        assert!(before == fs::read(&secret).expect("there") && tree(&dir).len() == 2, "{path} left something");
    }
    // `--out` is the user's own word and may climb; the run lies there and nowhere else.
    let rows: String = (0..90).map(|i| format!("{i},{}\n", i % 2)).collect();
    fs::write(&secret, format!("x,y\n{rows}")).expect("written");
    let (code, _, log) = sweep("../../secret.csv", "../../out");
    assert_eq!(code, 0, "{log}");
    let left: Vec<String> = tree(&dir).into_iter().map(|f| f.0).filter(|name| !name.starts_with("out/")).collect();
    assert_eq!(left, ["a/b/x.toml", "secret.csv"]);
    fs::remove_dir_all(&dir).expect("removed");
}
