//! Tables as text that are broken, and those that only look it.

use thalweg_data::Labels;
use thalweg_data::source::{Column, Header, Missing, SourceSpec, TaskKind};
use thalweg_data::split::{SplitSpec, Strata, split};

use super::{differs, gzip, load, said, scratch, verdict, write};

/// What is in the file, what is asked for, and how the message begins; one that begins with the file's name blames it.
type Row = (&'static [u8], fn(&mut SourceSpec), &'static str);

const AS_IT_IS: fn(&mut SourceSpec) = |_| {};

const BROKEN: &[Row] = &[
    (b"", AS_IT_IS, "t.csv: is empty"),
    (b"\n\n\n", AS_IT_IS, "t.csv: is empty"),
    (b"a,b\n", AS_IT_IS, "t.csv: has no rows that can be used"),
    (b"a,b\n1,x\n2\n", AS_IT_IS, "t.csv:3: has 1 cells, but the first line has 2"),
    (b"a,b\n1,x\n2,y,z\n", AS_IT_IS, "t.csv:3: has 3 cells, but the first line has 2"),
    (b"a,b\r\n1,x\r\n2,y,z\r\n", AS_IT_IS, "t.csv:3: has 3 cells, but the first line has 2"),
    (b"a,b\n\n1,x\n\n\n2,y,z\n", AS_IT_IS, "t.csv:6: has 3 cells, but the first line has 2"),
    (
        b"a,b\n1,\"x\nx\"\nz,y\n",
        AS_IT_IS,
        "t.csv:4: column `a`: `z` is not a finite number, but the column's first value, on line 2, is one",
    ),
    (
        b"a,b\r\n\r\n1,x\r\n\r\nz,y\r\n",
        AS_IT_IS,
        "t.csv:5: column `a`: `z` is not a finite number, but the column's first value, on line 3, is one",
    ),
    (b"\xef\xbb\xbfa,b\n1,x\n2,y,z\n", AS_IT_IS, "t.csv:3: has 3 cells, but the first line has 2"),
    (
        b"\xef\xbb\xbfa,b\r\n1,x\r\nz,y\r\n",
        AS_IT_IS,
        "t.csv:3: column `a`: `z` is not a finite number, but the column's first value, on line 2",
    ),
    (b"\n\na,a\n1,x\n", AS_IT_IS, "t.csv:3: names two columns `a`"),
    (b"a,b\n1,x\n1e999,y\n", AS_IT_IS, "t.csv:3: column `a`: `1e999` is not a finite number"),
    (b"a,b\n1,x\n-inf,y\n", AS_IT_IS, "t.csv:3: column `a`: `-inf` is not a finite number"),
    (b"a,b\n1,x\n\x1b[31m,y\n", AS_IT_IS, "t.csv:3: column `a`: `\\u{1b}[31m` is not a finite number"),
    (b"a,b\n1,x\n,y\n", AS_IT_IS, "t.csv:3: column `a` has no value: `missing = \"mean\"`, `\"median\"` or `\"drop\"` says what to do"),
    (b"a,b\n1,x\nNA,y\n", AS_IT_IS, "t.csv:3: column `a` has no value"),
    (b"a,b\n1,x\n2,\n", AS_IT_IS, "t.csv:3: column `b` has no value: only `missing = \"drop\"` helps here"),
    (b"a,b\n1,x\n2,\n", |spec| spec.missing = Missing::Mean, "t.csv:3: column `b` has no value: only `missing = \"drop\"` helps here"),
    (b"a,b\nNA,x\n?,y\n", |spec| spec.missing = Missing::Drop, "t.csv: has no rows that can be used"),
    // The class of a row that is left out is none.
    (b"a,b\n1,x\n2,x\n,y\n", |spec| spec.missing = Missing::Drop, "t.csv: has one class only, `x`"),
    (b"a,a,b\n1,2,x\n", AS_IT_IS, "t.csv:1: names two columns `a`"),
    (b"1,2.5,-3\n4,5,6\n", AS_IT_IS, "t.csv:1: holds numbers only, so it names no columns: say header = false"),
    (b"a\n1\n2\n", AS_IT_IS, "t.csv: has no column but the target and those that are left out"),
    (b"a\xff,b\n1,x\n", AS_IT_IS, "t.csv:1: is no UTF-8"),
    (b"a,b\n1,x\n2,\xff\xfe\n", AS_IT_IS, "t.csv:3: column `b` is no UTF-8"),
    (b"a,b\n1,x\n2,x\n", AS_IT_IS, "t.csv: has one class only, `x`"),
    (b"a,b\n1,x\n2,y\n", |spec| spec.target = Some(Column::Name("c".into())), "there is no column `c`; the table has 2: a, b"),
    (b"a,b\n1,x\n2,y\n", |spec| spec.target = Some(Column::Place(-3)), "there is no column -3; the table has 2: a, b"),
    (b"a,b\n1,x\n2,y\n", |spec| spec.drop = vec![Column::Place(2)], "there is no column 2; the table has 2: a, b"),
    (b"a,b\n1,x\n2,y\n", |spec| spec.drop = vec![Column::Name("b".into())], "`b` is left out, but it is the last column"),
    (b"a,b,c\n1,x,y\n", |spec| spec.group = Some(Column::Place(2)), "is the target, too"),
    (b"a,b\n1,x\n2,y\n", |spec| spec.task = Some(TaskKind::Regression), "regression needs numbers, but column `b` holds words"),
    (b"1,x\n2,y,z\n", |spec| spec.header = Header::Absent, "t.csv:2: has 3 cells, but the first line has 2"),
    (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", AS_IT_IS, "t.csv:1: is no UTF-8"),
];

#[test]
fn broken_tables_are_explained() {
    let dir = scratch("tables");
    let path = dir.0.join("t.csv");
    let wrong = BROKEN.iter().filter_map(|(text, ask, should)| {
        write(&path, text);
        let mut spec = SourceSpec { path: Some(path.clone()), ..SourceSpec::default() };
        ask(&mut spec);
        differs(&text.escape_ascii().to_string(), &said(&dir, "csv", spec), should)
    });
    verdict(&wrong.collect::<Vec<_>>());
}

#[test]
fn broken_gzip_is_explained() {
    let dir = scratch("tables-gzip");
    let whole = gzip(b"a,b\n1,x\n2,y\n");
    let (mut wrong_sum, n) = (whole.clone(), whole.len());
    wrong_sum[n - 8] ^= 1;
    let rows: [(&str, Vec<u8>, &str); 4] = [
        ("cut in the data", whole[..n - 12].to_vec(), "t.csv.gz:3: ends in the middle: it is cut short"),
        ("cut in the sum", whole[..n - 4].to_vec(), "t.csv.gz:4: ends in the middle: it is cut short"),
        ("another sum", wrong_sum, "t.csv.gz:4: cannot be read: corrupt gzip stream"),
        ("garbage behind", [&whole[..], b"more than ten bytes"].concat(), "t.csv.gz:4: cannot be read: invalid gzip header"),
    ];
    let path = dir.0.join("t.csv.gz");
    let wrong = rows.iter().filter_map(|(what, bytes, should)| {
        write(&path, bytes);
        differs(what, &said(&dir, "csv", SourceSpec { path: Some(path.clone()), ..SourceSpec::default() }), should)
    });
    verdict(&wrong.collect::<Vec<_>>());
}

/// 140 MB of nothing but zeros, or of one open quote, pack into less than 200 KB.
#[test]
fn a_row_without_end_is_refused_before_it_fills_the_memory() {
    let dir = scratch("tables-row");
    let path = dir.0.join("t.csv");
    for (begin, line) in [("a,b\n1,x\n", 3), ("a,b\n1,\"", 2)] {
        write(&path, gzip(&[begin.as_bytes(), &vec![0; 140 << 20]].concat()));
        let spec = SourceSpec { path: Some(path.clone()), ..SourceSpec::default() };
        let should = format!("t.csv:{line}: is a row of more than 134217728 bytes: a quote may be open");
        verdict(&differs(begin, &said(&dir, "csv", spec), &should).into_iter().collect::<Vec<_>>());
    }
}

/// 200,000 names are compared in far less than the 10¹⁰ steps that each with each would take.
#[test]
fn a_wide_table_is_read_and_a_wider_one_refused() {
    let dir = scratch("tables-wide");
    let path = dir.0.join("t.csv");
    let spec = SourceSpec { path: Some(path.clone()), ..SourceSpec::default() };
    let names: Vec<String> = (0..200_000).map(|i| format!("gene{i}")).collect();
    let row = |label: &str| format!("{}{label}\n", "1,".repeat(names.len() - 1));
    write(&path, format!("{}\n{}{}", names.join(","), row("x"), row("y")));
    assert_eq!(load("csv", &spec).expect("a wide table").x.dim(), (2, 199_999));
    write(&path, ",".repeat(5_000_000));
    assert_eq!(said(&dir, "csv", spec), "t.csv:1: has 5000001 cells, more than 4194304");
}

#[test]
fn missing_values_are_taken_where_that_is_asked() {
    let dir = scratch("tables-missing");
    let path = dir.0.join("t.csv");
    write(&path, "a,b,c\n1,2,x\n ,4,y\n3, NaN,x\n4,5,y\n");
    for (missing, n_rows, n_missing) in [(Missing::Mean, 4, 2), (Missing::Median, 4, 2), (Missing::Drop, 2, 0)] {
        let set = load("csv", &SourceSpec { path: Some(path.clone()), missing, ..SourceSpec::default() }).expect("accepted");
        let (n, n_features) = set.x.dim();
        let holes = (0..n).flat_map(|r| (0..n_features).map(move |c| (r, c))).filter(|(r, c)| set.x.value(*r, *c).is_nan());
        assert_eq!((n, holes.count()), (n_rows, n_missing), "{missing:?}");
    }
}

#[test]
fn what_looks_broken_but_is_not() {
    let dir = scratch("tables-fine");
    let path = dir.0.join("t.csv");
    let two_members = [gzip(b"a,b\n1,x\n"), gzip(b"2,y\n")].concat();
    let fine: [(&str, Vec<u8>); 5] = [
        ("a byte order mark", b"\xef\xbb\xbfa,b\n1,x\n2,y\n".to_vec()),
        ("lines of Windows, none at the end", b"a,b\r\n1,x\r\n2,y".to_vec()),
        ("blank lines", b"\n\na,b\n\n1,x\n\n2,y\n\n".to_vec()),
        ("quotes", b"a,b\n\"1\",\"x\"\"\n,\"\n2,y\n".to_vec()),
        ("two gzip members under a name without .gz", two_members),
    ];
    for (what, bytes) in fine {
        write(&path, bytes);
        let set = load("csv", &SourceSpec { path: Some(path.clone()), ..SourceSpec::default() }).expect(what);
        assert_eq!((set.x.dim(), set.features[0].name.as_str(), &set.y), ((2, 1), "a", &Labels::Classes(vec![0, 1])), "{what}");
    }
}

#[test]
fn a_class_with_one_sample_is_not_stratified() {
    let dir = scratch("tables-single");
    let path = dir.0.join("t.csv");
    write(&path, format!("a,b\n{}9,z\n", "1,x\n2,y\n".repeat(10)));
    let set = load("csv", &SourceSpec { path: Some(path), ..SourceSpec::default() }).expect("a table");
    let mut spec = SplitSpec { fractions: vec![0.6, 0.2, 0.2], strata: Strata::Classes, fold: None };
    let mut rng = <rand_chacha::ChaCha8Rng as rand_chacha::rand_core::SeedableRng>::seed_from_u64(0);
    let error = split(&set, &spec, &mut rng).expect_err("a class with one sample").to_string();
    let should = "class `z` has 1 of the samples, but some of each class in each part take 3: take more samples, or set stratify = false";
    assert_eq!(error, should);
    spec.strata = Strata::Ignored;
    assert!(split(&set, &spec, &mut rng).is_ok());
}
