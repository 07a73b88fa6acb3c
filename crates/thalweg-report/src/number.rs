//! Numbers as text for readers.

use crate::stats::Estimate;

/// A mean with its interval and n; without an interval where one value says nothing of it.
pub fn shown(e: &Estimate) -> String {
    let interval =
        if e.low.is_finite() { format!(" [{}, {}]", rounded(&e.low.to_string()), rounded(&e.high.to_string())) } else { String::new() };
    format!("{}{interval} (n = {})", rounded(&e.mean.to_string()), e.n)
}

/// A mean alone, for where its interval and n stand beside it.
pub fn shown_mean(e: &Estimate) -> String {
    rounded(&e.mean.to_string())
}

/// Long numbers to four significant digits; everything else as it is.
pub fn rounded(cell: &str) -> String {
    match cell.parse::<f64>() {
        Ok(v) if cell.len() > 6 && v.is_finite() && v != 0.0 => {
            let digits = 3 - v.abs().log10().floor() as i32;
            if (0..=8).contains(&digits) { format!("{v:.*}", digits as usize) } else { format!("{v:.3e}") }
        }
        _ => cell.to_string(),
    }
}

/// A share as a percentage: `61 %`, `6.1 %`, `< 0.1 %`.
pub fn percent(share: f64) -> String {
    match 100.0 * share {
        v if v >= 9.95 => format!("{v:.0} %"),
        v if v >= 0.05 => format!("{v:.1} %"),
        v if v > 0.0 => "< 0.1 %".into(),
        _ => "0 %".into(),
    }
}

/// A sentence's beginning.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
