//! A gallery: the claims of many experiments in one document and on one page, row by row, each with its figure and its verdict.
//!
//! A row is a name like `C1 Plain descent on x²` that claims give themselves; the letters it begins with are its section. Everything
//! here is a pure function of what was judged and drawn before.

mod markdown;
mod table;
mod write;

use std::collections::BTreeMap;

use crate::claim::{Claim, Evidence, Verdict};
use crate::html::Figure;

pub use markdown::markdown;
pub use table::table;
pub use write::write;

/// An experiment with claims, and what came of it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its file's path, with `/`, as a reader would type it.
    pub file: String,
    /// Its text.
    pub text: String,
    /// Its name.
    pub name: String,
    /// What it asks.
    pub question: String,
    /// Its claims, judged.
    pub claims: Vec<Claim>,
    /// The figures that its claims show, each once.
    pub figures: Vec<Shown>,
}

/// A figure with its two forms.
#[derive(Clone, Debug)]
pub struct Shown {
    /// In words.
    pub figure: Figure,
    /// As SVG.
    pub svg: String,
    /// As PNG.
    pub png: Vec<u8>,
}

/// A gallery.
#[derive(Clone, Debug)]
pub struct Gallery {
    /// Its title.
    pub title: String,
    /// What it is about.
    pub lead: String,
    /// What a reader should know of how it was made.
    pub notes: Vec<String>,
    /// The experiments, in the order of their files.
    pub entries: Vec<Entry>,
    /// Titles of sections by their letters.
    pub titles: BTreeMap<String, String>,
    /// Experiments that could not run, and why.
    pub not_run: Vec<(String, String)>,
}

/// Rows under one letter.
#[derive(Clone, Debug)]
pub struct Section<'a> {
    /// `C Descending`
    pub title: String,
    /// Its rows, by number.
    pub rows: Vec<Row<'a>>,
}

/// A row of the gallery.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    /// `C1 Plain descent on x²`
    pub title: String,
    /// The experiments with claims in it, and these claims.
    pub runs: Vec<(&'a Entry, Vec<&'a Claim>)>,
}

/// How the rows of experiments that name none are headed.
const OTHERS: &str = "Other experiments";

impl Gallery {
    /// Its rows by section, in natural order: `B2` before `B10`.
    pub fn sections(&self) -> Vec<Section<'_>> {
        let mut rows = BTreeMap::<(String, u64, String), Row<'_>>::new();
        for entry in &self.entries {
            for claim in &entry.claims {
                let title = claim.row.clone().unwrap_or_else(|| entry.name.clone());
                let (letters, number) = if claim.row.is_some() { address(&title) } else { (String::new(), 0) };
                let row = rows.entry((letters, number, title.clone())).or_insert(Row { title, runs: Vec::new() });
                match row.runs.last_mut().filter(|(last, _)| last.name == entry.name) {
                    Some((_, claims)) => claims.push(claim),
                    None => row.runs.push((entry, vec![claim])),
                }
            }
        }
        let mut sections = BTreeMap::<String, Section<'_>>::new();
        for ((letters, _, _), row) in rows {
            let named = || self.titles.get(&letters).map_or(letters.clone(), |title| format!("{letters} {title}"));
            let title = if letters.is_empty() { OTHERS.into() } else { named() };
            sections.entry(letters).or_insert(Section { title, rows: Vec::new() }).rows.push(row);
        }
        // What has no letters comes last.
        let mut found: Vec<_> = sections.into_iter().collect();
        found.sort_by_key(|(letters, _)| (letters.is_empty(), letters.clone()));
        found.into_iter().map(|(_, section)| section).collect()
    }

    /// How many claims came to each verdict, in the order of the verdicts.
    pub fn counts(&self) -> Vec<(Verdict, usize)> {
        let all = [Verdict::Holds, Verdict::Limited, Verdict::Fails, Verdict::Undecided, Verdict::NotJudged];
        let n = |verdict| self.entries.iter().flat_map(|e| &e.claims).filter(|c| c.verdict() == verdict).count();
        all.into_iter().map(|verdict| (verdict, n(verdict))).collect()
    }

    /// The same of those verdicts that there are, as they are written.
    pub fn tally(&self) -> Vec<(&'static str, usize)> {
        self.counts().into_iter().filter(|(_, n)| *n > 0).map(|(verdict, n)| (verdict.name(), n)).collect()
    }

    /// The claims that the evidence does not support: known errors, what does not hold, what is not decided, and what holds with limits of
    /// which one is a contradiction.
    pub fn unsupported(&self) -> Vec<(&Entry, &Claim)> {
        let rank = |claim: &Claim| match (claim.erratum.is_some(), claim.verdict()) {
            (true, _) => Some(0),
            (_, Verdict::Fails) => Some(1),
            (_, Verdict::Undecided) => Some(2),
            (_, Verdict::Limited) if claim.doubts().iter().any(|f| f.evidence() == Evidence::Contradicted) => Some(3),
            _ => None,
        };
        let all = self.entries.iter().flat_map(|e| e.claims.iter().map(move |c| (e, c)));
        let mut found: Vec<_> = all.filter_map(|(e, c)| Some((rank(c)?, e, c))).collect();
        found.sort_by_key(|(rank, _, c)| (*rank, address(c.row.as_deref().unwrap_or_default())));
        found.into_iter().map(|(_, entry, claim)| (entry, claim)).collect()
    }

    /// The figures of a row, each once, with its experiment.
    pub fn figures<'a>(entry: &'a Entry, claims: &[&Claim]) -> Vec<&'a Shown> {
        let stem = |claim: &&Claim| claim.figure.clone().or_else(|| entry.figures.first().map(|f| f.figure.stem.clone()));
        let wanted: Vec<String> = claims.iter().filter_map(stem).collect();
        entry.figures.iter().filter(|f| wanted.contains(&f.figure.stem)).collect()
    }
}

/// The name of a figure's file beside the page.
pub fn picture(entry: &Entry, shown: &Shown) -> String {
    format!("{}-{}.png", entry.name, shown.figure.stem)
}

/// The letters and the number that a row's name begins with.
fn address(row: &str) -> (String, u64) {
    let word = row.split_whitespace().next().unwrap_or_default();
    let digits = word.find(|c: char| c.is_ascii_digit()).unwrap_or(word.len());
    match word[digits..].parse() {
        Ok(number) if digits > 0 => (word[..digits].into(), number),
        _ => (String::new(), 0),
    }
}

/// A row's address in a document: `row-` and its letters and digits in lower case.
pub fn anchor(title: &str) -> String {
    let dashed: String = title.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    let words = dashed.split('-').filter(|part| !part.is_empty()).map(str::to_lowercase);
    std::iter::once("row".to_string()).chain(words).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::claim::{Expected, Finding, Measured, Nature};

    /// A small gallery, with names that are hostile.
    pub(crate) fn made_up() -> Gallery {
        let claim = |row: Option<&str>, says: &str, low: f64, erratum: Option<&str>| Claim {
            row: row.map(String::from),
            says: says.into(),
            erratum: erratum.map(String::from),
            figure: None,
            findings: vec![Finding {
                what: "loss | of <b>".into(),
                expected: Expected::Above(0.0),
                measured: Some(Measured { n: 5, n_left_out: 0, value: low, low, high: low }),
            }],
            nature: Nature::Reproducible,
        };
        let figure = Figure { stem: "path".into(), question: "Where?".into(), caption: "A [path] | <i>.".into() };
        let shown = Shown { figure, svg: "<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>".into(), png: vec![1, 2, 3] };
        let entry = |name: &str, claims: Vec<Claim>| Entry {
            file: format!("experiments/{name}.toml"),
            text: "name = \"<img>\"".into(),
            name: name.into(),
            question: "Why | <b>?".into(),
            claims,
            figures: vec![shown.clone()],
        };
        Gallery {
            title: "Claims".into(),
            lead: "All of them.".into(),
            notes: vec!["Two seeds.".into()],
            entries: vec![
                entry(
                    "one",
                    vec![claim(Some("B10 Ten"), "Ten holds.", 1.0, None), claim(Some("A1 First"), "It is 5.", -1.0, Some("It is 3."))],
                ),
                entry("two", vec![claim(Some("B2 Two"), "Two <b> fails.", -1.0, None), claim(None, "No row.", 1.0, None)]),
            ],
            titles: BTreeMap::from([("B".into(), "Second".into())]),
            not_run: vec![("experiments/three.toml".into(), "its data is not installed".into())],
        }
    }

    #[test]
    fn rows_are_in_natural_order_under_their_letters() {
        let gallery = made_up();
        let titles: Vec<(String, Vec<String>)> =
            gallery.sections().into_iter().map(|s| (s.title, s.rows.into_iter().map(|r| r.title).collect())).collect();
        let expected = [("A", vec!["A1 First"]), ("B Second", vec!["B2 Two", "B10 Ten"]), (OTHERS, vec!["two"])];
        assert_eq!(titles.len(), 3);
        for ((title, rows), (wanted, names)) in titles.iter().zip(&expected) {
            assert_eq!((title.as_str(), rows.iter().map(String::as_str).collect::<Vec<_>>()), (*wanted, names.clone()));
        }
        let unsupported: Vec<&str> = gallery.unsupported().iter().map(|(_, c)| c.says.as_str()).collect();
        assert_eq!(unsupported, ["It is 5.", "Two <b> fails."]);
        assert_eq!(gallery.counts()[..3], [(Verdict::Holds, 2), (Verdict::Limited, 0), (Verdict::Fails, 2)]);
    }

    #[test]
    fn addresses_of_headings() {
        assert_eq!(anchor("C1 Plain descent on x² + 2y²"), "row-c1-plain-descent-on-x²-2y²");
        assert_eq!(anchor("A \"quoted\" <b>"), "row-a-quoted-b");
        assert_eq!((address("B10 x"), address("F"), address("12 x")), (("B".into(), 10), (String::new(), 0), (String::new(), 0)));
    }
}
