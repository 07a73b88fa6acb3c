//! Text cells in a CSV that a spreadsheet may open: none of them is a formula.
//!
//! A spreadsheet runs a cell that begins with `=`, `+`, `-`, `@` or one of a few blanks, quoted or not (OWASP, "CSV injection"), so such
//! text gets a `'` before it, which spreadsheets take for "this is text". Numbers stay as they are: `-0.5` is one, in a column of words,
//! too. Text that would be taken for guarded gets one more `'`, so that what is read back is what was written, always.

use std::borrow::Cow;

/// The mark of text.
const MARK: char = '\'';
/// First characters that make a formula, or vanish and let the next one make it; the wide ones are taken for the narrow.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// Whether text begins with a formula, behind any number of marks.
fn begins_formula(text: &str) -> bool {
    text.trim_start_matches(MARK).starts_with(FORMULA)
}

/// Text as it is written.
pub fn guarded(text: &str) -> Cow<'_, str> {
    if begins_formula(text) && text.parse::<f64>().is_err() { format!("{MARK}{text}").into() } else { text.into() }
}

/// Written text as it was.
pub fn plain(text: &str) -> &str {
    text.strip_prefix(MARK).filter(|rest| begins_formula(rest)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The forms that OWASP's page on CSV injection lists, and two that hide a formula behind what a spreadsheet drops.
    #[test]
    fn formulas_are_marked_and_numbers_are_not() {
        for formula in ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=cmd|' /C calc'!A0", "＝1+1", "-", "--1", "'=1"] {
            assert_eq!(guarded(formula), format!("'{formula}"), "{formula}");
        }
        for text in ["", "-0.5", "+3", "-1e-3", "-inf", "relu", "a=b", "0.1-0.2", "'quoted'", "é=1"] {
            assert_eq!(guarded(text), text);
        }
    }

    proptest! {
        /// For any text, and above all for texts that look guarded.
        #[test]
        fn what_is_read_back_is_what_was_written(text in "['=+@\t0-9a.-]{0,6}|\\PC*") {
            let written = guarded(&text);
            prop_assert_eq!(plain(&written), &text);
            prop_assert!(!written.starts_with(FORMULA) || text.parse::<f64>().is_ok());
        }
    }
}
