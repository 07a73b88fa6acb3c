//! Shown output against printed output, where machines may differ.
//!
//! Three signs, the same that the tutorial tells its readers: a line of `…` stands for any number of lines, `…` within a line for any
//! text, and `≈0.18` for a number near that one. All else is literal, spaces included.

/// How far a number may be from the shown one, as a share of it: other machines' roundings, after hundreds of epochs.
const NEAR: f64 = 0.25;

const ANY: char = '…';
const ABOUT: char = '≈';

/// Whether the printed lines are what the shown ones say; if not, which shown line is not found first.
pub fn agree(shown: &str, printed: &str) -> Result<(), String> {
    let (shown, printed): (Vec<&str>, Vec<&str>) = (shown.lines().collect(), printed.lines().collect());
    let mut furthest = 0;
    if lines(&shown, &printed, 0, &mut furthest) {
        return Ok(());
    }
    Err(match shown.get(furthest) {
        Some(line) => format!("this shown line was not printed, or not there: {line}"),
        None => "more was printed than is shown".into(),
    })
}

/// Lines from the `at`-th shown one on; `furthest` is the first that was never matched.
fn lines(shown: &[&str], printed: &[&str], at: usize, furthest: &mut usize) -> bool {
    *furthest = at.max(*furthest);
    match shown.get(at) {
        None => printed.is_empty(),
        Some(line) if line.trim() == "…" => (0..=printed.len()).any(|skipped| lines(shown, &printed[skipped..], at + 1, furthest)),
        Some(line) => printed.split_first().is_some_and(|(first, rest)| within(line, first) && lines(shown, rest, at + 1, furthest)),
    }
}

/// One line.
fn within(shown: &str, printed: &str) -> bool {
    let Some(sign) = shown.find([ANY, ABOUT]) else { return shown == printed };
    let Some(printed) = printed.strip_prefix(&shown[..sign]) else { return false };
    let mut rest = shown[sign..].chars();
    if rest.next() == Some(ANY) {
        let ends = printed.char_indices().map(|(end, _)| end).chain([printed.len()]);
        // Spaces behind the sign only keep a shown table's columns straight.
        return ends.into_iter().any(|end| within(rest.as_str().trim_start(), &printed[end..]));
    }
    let (expected, shown) = number(rest.as_str()).expect("a number behind ≈");
    number(printed).is_some_and(|(found, printed)| (found - expected).abs() <= NEAR * expected.abs() && within(shown, printed))
}

/// The number at the beginning of a text, and what comes behind it.
fn number(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && !"+-.e".contains(c)).unwrap_or(text.len());
    (1..=end).rev().find_map(|end| Some((text[..end].parse().ok()?, &text[end..])))
}

#[test]
fn signs_mean_what_the_tutorial_says() {
    for (shown, printed, same) in [
        ("a", "a", true),
        ("a", "a\nb", false),
        ("a\nb", "a", false),
        ("a …", "a 12 s", true),
        ("a … s", "a 12 m", false),
        ("| …    | b", "| a | b", true),
        ("…", "", true),
        ("a\n…\nz", "a\nz", true),
        ("a\n…\nz", "a\nz\nb\nz", true),
        ("a\n…\nz", "a\nz\nb", false),
        ("≈0.2,≈-4|", "0.16,-5.0|", true),
        ("≈0.2", "0.14", false),
        ("≈0.2", "-0.2", false),
        ("by ≈0.5 …", "by +0.455 [1, 2]", true),
        ("≈1e-3 b", "1.1e-3 b", true),
        ("≈1", "one", false),
        (" a", "a", false),
    ] {
        assert_eq!(agree(shown, printed).is_ok(), same, "{shown:?} and {printed:?}");
    }
}
