//! The legend of a boundary figure: as many lines as its entries need.

use plotters::style::text_anchor::HPos;

use crate::canvas::{Area, px};
use crate::error::ReportError;
use crate::look::Look;
use crate::plot::boundary::panel::{cross, pen, ring, sample_line};
use crate::plot::marker::mark;
use crate::plot::panel::Stroke;
use crate::plot::words::{cut, width_of, write};

/// The most classes that are named.
const MAX_CLASSES: usize = 10;
const LETTERS: f64 = 11.5;
/// A line's height, the room between entries, and that of a class's name.
const LINE: f64 = 21.0;
const BETWEEN: f64 = 18.0;
const NAME: f64 = 110.0;

/// What an entry explains.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sign {
    /// A class's marker.
    Class(usize),
    /// A ring.
    Support,
    /// A cross.
    Wrong,
    /// The solid line.
    Boundary,
    /// The dashed lines.
    Margins,
    /// Words alone.
    More,
}

/// An entry at its place, in logical pixels.
struct Entry {
    sign: Sign,
    words: String,
    at: (f64, f64),
}

/// A legend.
pub struct Legend {
    entries: Vec<Entry>,
    /// In logical pixels.
    pub height: f64,
}

impl Legend {
    /// The classes, then other signs, in lines of a width.
    pub fn new(classes: &[String], signs: &[Sign], wide: f64) -> Legend {
        let named = classes.iter().take(MAX_CLASSES).enumerate().map(|(i, name)| (Sign::Class(i), cut(name, LETTERS, NAME)));
        let more = classes.len().checked_sub(MAX_CLASSES).filter(|n| *n > 0).map(|n| (Sign::More, format!("and {n} more")));
        let others = signs.iter().map(|sign| (*sign, words(*sign).to_string()));
        let (left, mut at) = (14.0, (14.0, LINE / 2.0));
        let mut entries = Vec::new();
        for (sign, words) in named.chain(more).chain(others) {
            let long = room_of(sign) + width_of(&words, LETTERS);
            if at.0 > left && at.0 + long > wide - left {
                at = (left, at.1 + LINE);
            }
            entries.push(Entry { sign, words, at });
            at.0 += long + BETWEEN;
        }
        let height = if entries.is_empty() { 0.0 } else { at.1 + LINE / 2.0 + 4.0 };
        Legend { entries, height }
    }

    /// Draws it.
    pub fn draw(&self, look: &Look, area: &Area<'_>) -> Result<(), ReportError> {
        for Entry { sign, words, at } in &self.entries {
            let (start, middle) = ((px(at.0), px(at.1)), (px(at.0 + 6.0), px(at.1)));
            match sign {
                Sign::Class(class) => mark(look.theme, area, middle, &pen(look, *class), Stroke::Solid)?,
                Sign::Support => ring(look, area, middle)?,
                Sign::Wrong => cross(look, area, middle)?,
                Sign::Boundary => sample_line(look, area, start, LONG, Stroke::Solid)?,
                Sign::Margins => sample_line(look, area, start, LONG, Stroke::Dashed)?,
                Sign::More => {}
            }
            write(area, words, (at.0 + room_of(*sign), at.1), LETTERS, &look.theme.ink, HPos::Left)?;
        }
        Ok(())
    }
}

/// A line's length in the legend.
const LONG: f64 = 22.0;

fn room_of(sign: Sign) -> f64 {
    match sign {
        Sign::Boundary | Sign::Margins => LONG + 6.0,
        Sign::More => 0.0,
        _ => 17.0,
    }
}

fn words(sign: Sign) -> &'static str {
    match sign {
        Sign::Support => "support vector",
        Sign::Wrong => "wrong",
        Sign::Boundary => "boundary H (f = 0)",
        Sign::Margins => "margins H1, H2 (f = ±1)",
        Sign::Class(_) | Sign::More => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_wrap_and_never_leave_the_figure() {
        let classes: Vec<String> = (0..14).map(|i| format!("a class with a rather long name {i}")).collect();
        let signs = [Sign::Support, Sign::Wrong, Sign::Boundary, Sign::Margins];
        for wide in [420.0, 630.0, 930.0] {
            let legend = Legend::new(&classes, &signs, wide);
            assert_eq!(legend.entries.len(), MAX_CLASSES + 1 + signs.len());
            assert!(legend.entries.iter().all(|e| e.at.0 + room_of(e.sign) + width_of(&e.words, LETTERS) <= wide - 14.0));
            assert!(legend.entries.iter().all(|e| e.at.1 < legend.height));
        }
        assert!(Legend::new(&classes, &signs, 420.0).height > Legend::new(&classes[..2], &signs, 930.0).height);
        assert_eq!(Legend::new(&[], &[], 420.0).height, 0.0);
    }
}
