//! How figures look: theme, resolution and size. One value, handed to whatever draws; no other file names a colour.
//!
//! Okabe and Ito's hues on light and dark paper; on paper for a black-and-white printer greys, where shapes and dashes tell lines apart.

use crate::canvas::RGBColor;

/// A theme.
#[derive(Debug)]
pub struct Theme {
    /// As written in `[report] theme`.
    pub name: &'static str,
    /// What lies under everything.
    pub paper: RGBColor,
    /// Text.
    pub ink: RGBColor,
    /// Secondary text.
    pub grey: RGBColor,
    /// Frames and ticks.
    pub axis: RGBColor,
    /// Lines behind the data.
    pub mesh: RGBColor,
    /// A cell or a lane that stands for nothing.
    pub empty: RGBColor,
    /// Seven lines.
    pub series: [RGBColor; 7],
    /// What stands out of many lines.
    pub accent: RGBColor,
    /// What tells lines apart.
    pub cue: Cue,
    /// A filled cell's colour; 0 is the worst, 1 the best.
    pub fill: fn(f64) -> RGBColor,
    /// A thin line's colour, likewise: the best stands out from the paper.
    pub thread: fn(f64) -> RGBColor,
}

/// What tells lines apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cue {
    /// Their colour; intervals are bands.
    Colour,
    /// A marker's shape; intervals are bars at the markers.
    Shape,
}

/// Every theme; the first is the default.
pub static THEMES: &[Theme] = &[
    Theme {
        name: "light",
        paper: RGBColor(255, 255, 255),
        ink: RGBColor(40, 40, 40),
        grey: RGBColor(100, 100, 100),
        axis: RGBColor(120, 120, 120),
        mesh: RGBColor(226, 226, 226),
        empty: RGBColor(240, 240, 240),
        series: OKABE_ITO_ON_WHITE,
        accent: RGBColor(213, 94, 0),
        cue: Cue::Colour,
        fill: cividis,
        thread: |good| cividis(0.82 * (1.0 - good)),
    },
    Theme {
        name: "dark",
        paper: RGBColor(23, 24, 26),
        ink: RGBColor(232, 232, 232),
        grey: RGBColor(168, 170, 174),
        axis: RGBColor(130, 132, 136),
        mesh: RGBColor(52, 54, 58),
        empty: RGBColor(38, 40, 44),
        series: OKABE_ITO_ON_BLACK,
        accent: RGBColor(240, 120, 30),
        cue: Cue::Colour,
        fill: cividis,
        thread: |good| cividis(0.25 + 0.75 * good),
    },
    Theme {
        name: "print",
        paper: RGBColor(255, 255, 255),
        ink: RGBColor(0, 0, 0),
        grey: RGBColor(70, 70, 70),
        axis: RGBColor(0, 0, 0),
        mesh: RGBColor(222, 222, 222),
        empty: RGBColor(255, 255, 255),
        series: GREYS,
        accent: RGBColor(0, 0, 0),
        cue: Cue::Shape,
        fill: |good| grey(250.0 - 170.0 * good),
        thread: |good| grey(205.0 - 110.0 * good),
    },
];

/// Okabe and Ito's colours without yellow, which is too pale for lines.
const OKABE_ITO_ON_WHITE: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
];

/// The same hues; blue and vermilion a little lighter, so that they keep a contrast of 4.5 to the paper, and black becomes white.
const OKABE_ITO_ON_BLACK: [RGBColor; 7] = [
    RGBColor(46, 148, 214),
    RGBColor(230, 112, 24),
    RGBColor(0, 172, 128),
    RGBColor(214, 134, 178),
    RGBColor(236, 172, 30),
    RGBColor(126, 202, 246),
    RGBColor(255, 255, 255),
];

/// Neighbours differ; none is paler than what a printer shows.
const GREYS: [RGBColor; 7] = [
    RGBColor(0, 0, 0),
    RGBColor(105, 105, 105),
    RGBColor(50, 50, 50),
    RGBColor(135, 135, 135),
    RGBColor(20, 20, 20),
    RGBColor(120, 120, 120),
    RGBColor(75, 75, 75),
];

/// A marker's shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Marker {
    /// A disc.
    Disc,
    /// A square.
    Square,
    /// A triangle that points upwards.
    Up,
    /// A square on its corner.
    Diamond,
    /// A triangle that points downwards.
    Down,
    /// Two diagonals.
    Cross,
    /// Two bars.
    Plus,
}

const MARKERS: [Marker; 7] = [Marker::Disc, Marker::Square, Marker::Up, Marker::Diamond, Marker::Down, Marker::Cross, Marker::Plus];

/// What a line is drawn with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pen {
    /// Its colour.
    pub color: RGBColor,
    /// Its marker, where shapes tell lines apart.
    pub marker: Option<Marker>,
    /// Which of the lines it is, from 0: markers of neighbours stand apart.
    pub index: usize,
}

/// The width of a standard figure in logical pixels, of which an inch has 96.
pub const STANDARD_WIDTH: u32 = 900;
/// Widths that a standard figure may be given: below, the smallest letters would be under 5 points.
pub const WIDTHS: std::ops::RangeInclusive<u32> = 600..=2400;
/// Resolutions of PNG files, in dots per inch.
pub const DPIS: std::ops::RangeInclusive<u32> = 72..=600;

/// How figures look.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Colours.
    pub theme: &'static Theme,
    /// Dots per inch of PNG files.
    pub dpi: u32,
    /// The width of a standard figure in logical pixels; all figures grow and shrink alike, so that letters have one size.
    pub width: u32,
}

impl Default for Look {
    fn default() -> Look {
        Look { theme: &THEMES[0], dpi: 192, width: STANDARD_WIDTH }
    }
}

impl Look {
    /// The pen of one of several lines.
    pub fn pen(&self, index: usize) -> Pen {
        let marker = (self.theme.cue == Cue::Shape).then_some(MARKERS[index % MARKERS.len()]);
        Pen { color: self.theme.series[index % self.theme.series.len()], marker, index }
    }

    /// A pen of the text's colour, for what explains dashes.
    pub fn plain(&self) -> Pen {
        Pen { color: self.theme.ink, marker: None, index: 0 }
    }

    /// The colour of a signed share, −1 to 1: of the paper at 0, towards one hue below and another above; greys in print.
    pub fn diverging(&self, share: f64) -> RGBColor {
        let share = share.clamp(-1.0, 1.0);
        match self.theme.cue {
            Cue::Shape => grey(145.0 + 105.0 * share),
            Cue::Colour => mixed(self.theme.paper, self.theme.series[usize::from(share > 0.0)], share.abs()),
        }
    }

    /// Black or white, whichever is readable on a colour.
    pub fn ink_on(&self, color: RGBColor) -> RGBColor {
        let luminance = 0.299 * f64::from(color.0) + 0.587 * f64::from(color.1) + 0.114 * f64::from(color.2);
        if luminance > 125.0 { RGBColor(20, 20, 20) } else { RGBColor(255, 255, 255) }
    }
}

/// A colour between two.
pub fn mixed(a: RGBColor, b: RGBColor, share: f64) -> RGBColor {
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
    RGBColor(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

fn grey(level: f64) -> RGBColor {
    let level = level.round().clamp(0.0, 255.0) as u8;
    RGBColor(level, level, level)
}

/// Cividis (Nuñez, Anderton, Renslow 2018) at nine points, linear between: readable with any colour vision.
fn cividis(share: f64) -> RGBColor {
    const POINTS: [(u8, u8, u8); 9] = [
        (0, 34, 78),
        (18, 53, 112),
        (59, 73, 108),
        (87, 93, 109),
        (112, 113, 115),
        (138, 134, 120),
        (165, 156, 116),
        (195, 179, 105),
        (254, 232, 56),
    ];
    let at = share.clamp(0.0, 1.0) * (POINTS.len() - 1) as f64;
    let (i, f) = ((at as usize).min(POINTS.len() - 2), at - (at as usize).min(POINTS.len() - 2) as f64);
    let color = |(red, green, blue): (u8, u8, u8)| RGBColor(red, green, blue);
    mixed(color(POINTS[i]), color(POINTS[i + 1]), f)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG 2.1, relative luminance and contrast ratio.
    fn contrast(a: RGBColor, b: RGBColor) -> f64 {
        let linear = |v: u8| {
            let v = f64::from(v) / 255.0;
            if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        };
        let luminance = |c: RGBColor| 0.2126 * linear(c.0) + 0.7152 * linear(c.1) + 0.0722 * linear(c.2);
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// WCAG 2.1 asks 4.5 of text (1.4.3); lines in Okabe and Ito's own colours reach 2.2 on white, so that is the least here.
    #[test]
    fn text_and_lines_stand_out_from_the_paper() {
        for theme in THEMES {
            for text in [theme.ink, theme.grey] {
                assert!(contrast(text, theme.paper) >= 4.5, "{}: {text:?}", theme.name);
            }
            for line in theme.series.iter().chain([&theme.accent]) {
                assert!(contrast(*line, theme.paper) >= 2.2, "{}: {line:?}", theme.name);
            }
            assert!(contrast((theme.thread)(1.0), theme.paper) > contrast((theme.thread)(0.0), theme.paper), "{}", theme.name);
            for i in 0..=10 {
                let fill = (theme.fill)(f64::from(i) / 10.0);
                assert!(contrast(Look { theme, ..Look::default() }.ink_on(fill), fill) >= 4.0, "{}: {fill:?}", theme.name);
            }
        }
    }
}
