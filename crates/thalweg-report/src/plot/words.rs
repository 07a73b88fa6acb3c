//! Words in figures: how wide they are, how they are cut where there is no room, the heading of a figure.

use plotters::element::Text;
use plotters::prelude::RGBColor;
use plotters::style::TextStyle;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::canvas::{Area, failed, px, text};
use crate::error::ReportError;
use crate::look::Look;

/// Advance widths of Inter Regular's characters from space to `~`, in hundredths of the letters' size: the font's own `hmtx` table.
const ADVANCES: [u8; 95] = [
    28, 29, 47, 63, 64, 98, 64, 30, 36, 36, 50, 66, 29, 46, 29, 36, 63, 41, 61, 62, 65, 59, 62, 57, 62, 62, 29, 30, 66, 66, 66, 51, 97, 69,
    65, 73, 72, 60, 59, 75, 74, 27, 57, 67, 57, 90, 75, 76, 64, 76, 64, 64, 65, 74, 69, 99, 68, 68, 63, 36, 36, 36, 47, 46, 32, 56, 61, 57,
    61, 58, 37, 61, 59, 24, 24, 55, 24, 88, 59, 60, 61, 61, 38, 53, 33, 59, 56, 82, 55, 56, 55, 43, 33, 43, 66,
];
/// Letters are drawn smaller than the size that plotters is told, by this.
const LETTERS: f64 = 1.24;

/// The width of words of a size, in logical pixels; letters of other alphabets count as wide ones.
pub fn width_of(words: &str, size: f64) -> f64 {
    let advance = |c: char| (c as usize).checked_sub(32).and_then(|i| ADVANCES.get(i)).map_or(100.0, |w| f64::from(*w));
    words.chars().map(advance).sum::<f64>() / 100.0 * size / LETTERS
}

/// Words that fit into a room: their end is cut.
pub fn cut(words: &str, size: f64, room: f64) -> String {
    if width_of(words, size) <= room {
        return words.into();
    }
    let mut letters: Vec<char> = words.chars().collect();
    while letters.pop().is_some() {
        let shown: String = letters.iter().collect::<String>().trim_end().to_string() + "…";
        if width_of(&shown, size) <= room {
            return shown;
        }
    }
    String::new()
}

/// Words that fit into a room: their middle is cut, since values differ at their ends.
pub fn squeezed(words: &str, size: f64, room: f64) -> String {
    let letters: Vec<char> = words.chars().collect();
    let shown = |n: usize| -> String {
        let head = n / 3;
        letters[..head].iter().chain(&['…']).chain(&letters[letters.len() - (n - head)..]).collect()
    };
    if width_of(words, size) <= room {
        return words.into();
    }
    (1..letters.len()).rev().map(shown).find(|s| width_of(s, size) <= room).unwrap_or_default()
}

/// Labels for places side by side: each with its room, every second one or fewer where there is no room for all.
pub fn side_by_side(labels: &[String], size: f64, room: f64) -> Vec<String> {
    let each = room / labels.len().max(1) as f64;
    let widest = labels.iter().map(|l| width_of(l, size)).fold(0.0, f64::max);
    // A cut word still says something on 44 pixels.
    let needed = widest.min(44.0) + 8.0;
    let step = (needed / each).ceil().max(1.0) as usize;
    let shown = |(i, label): (usize, &String)| {
        if i % step == 0 { squeezed(label, size, each * step as f64 - 6.0) } else { String::new() }
    };
    labels.iter().enumerate().map(shown).collect()
}

/// A figure's title and what it shows, at the top; cut at its right edge.
pub fn heading(look: &Look, root: &Area<'_>, title: &str, note: &str) -> Result<(), ReportError> {
    let room = room(root) - 28.0;
    root.draw(&Text::new(cut(title, 17.0, room), (px(14.0), px(12.0)), text(17.0, &look.theme.ink))).map_err(failed)?;
    root.draw(&Text::new(cut(note, 11.5, room), (px(14.0), px(36.0)), text(11.5, &look.theme.grey))).map_err(failed)
}

/// An area's width in logical pixels.
pub fn room(area: &Area<'_>) -> f64 {
    f64::from(area.dim_in_pixel().0) / f64::from(px(1.0))
}

/// An area's height in logical pixels.
pub fn tall(area: &Area<'_>) -> f64 {
    f64::from(area.dim_in_pixel().1) / f64::from(px(1.0))
}

/// Words at a place in logical pixels, from its left to the right, around its middle height.
pub fn write(area: &Area<'_>, words: &str, at: (f64, f64), size: f64, color: &RGBColor, side: HPos) -> Result<(), ReportError> {
    let style: TextStyle<'_> = text(size, color).pos(Pos::new(side, VPos::Center));
    area.draw(&Text::new(words.to_string(), (px(at.0), px(at.1)), style)).map_err(failed)
}

/// What a mean over up to `n` seeds is shown with.
pub fn over_seeds(n: usize) -> String {
    match n {
        0 => "no seed was measured".into(),
        1 => "one seed: no interval".into(),
        _ => format!("mean and 95 % t interval, n = {n} seeds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand from the font's table: `AB` is (0.69 + 0.65) · 12.4/1.24 = 13.4 wide.
    #[test]
    fn words_are_as_wide_as_the_font_says() {
        assert!((width_of("AB", 12.4) - 13.4).abs() < 1e-9);
    }

    #[test]
    fn what_has_no_room_is_cut_and_fits_then() {
        let long = "a-configuration-with-a-name-of-more-than-sixty-characters-in-all-0.001";
        for room in [4.0, 20.0, 60.0, 200.0, 2000.0] {
            for shown in [cut(long, 11.0, room), squeezed(long, 11.0, room)] {
                assert!(width_of(&shown, 11.0) <= room, "{room}: {shown}");
            }
        }
        assert_eq!((cut(long, 11.0, 2000.0), squeezed(long, 11.0, 2000.0)), (long.into(), long.into()));
        assert!(squeezed(long, 11.0, 120.0).ends_with("0.001"));
    }

    #[test]
    fn labels_side_by_side_keep_to_their_rooms() {
        let labels: Vec<String> = (0..40).map(|i| format!("value number {i}")).collect();
        let shown = side_by_side(&labels, 11.0, 600.0);
        assert!(!shown[0].is_empty() && shown.iter().filter(|l| !l.is_empty()).count() >= 8);
        for (i, label) in shown.iter().enumerate().filter(|(_, l)| !l.is_empty()) {
            let free = shown[i + 1..].iter().take_while(|l| l.is_empty()).count() + 1;
            assert!(width_of(label, 11.0) <= 15.0 * free as f64, "{label}");
        }
    }
}
