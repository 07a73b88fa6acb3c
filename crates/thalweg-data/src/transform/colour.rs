//! Pictures of other channels: grey, or hue, saturation and lightness.

use super::{Block, Fitted, Fixed, Layout, Map, Passes};
use crate::colour;
use crate::dataset::ImageShape;

/// Three channels of a pixel to one or three others.
pub(super) struct Pixels(&'static Conversion);

impl Pixels {
    /// By the name of its transform.
    pub(super) fn of(name: &str) -> Option<Pixels> {
        CONVERSIONS.iter().find(|c| c.name == name).map(Pixels)
    }
}

impl Map for Pixels {
    fn apply(&self, block: &mut Block) {
        let mut out = vec![0.0; block.values.len() / 3 * self.0.channels];
        for (from, to) in block.values.as_chunks::<3>().0.iter().zip(out.chunks_exact_mut(self.0.channels)) {
            (self.0.convert)(*from, to);
        }
        *block = Block { values: out, n_columns: block.n_columns / 3 * self.0.channels };
    }

    fn layout(&self, before: Layout) -> Layout {
        let image = before.image.map(|image| ImageShape { channels: self.0.channels, ..image });
        Layout { features: image.map_or(before.features, |image| image.features()), image }
    }

    fn fixed(&self) -> Fixed {
        Fixed::Pixels { name: self.0.name.into() }
    }
}

/// Refuses what is no picture of three channels within the given limits.
fn pixels(rows: &dyn Passes, limits: [(f64, f64); 3], what: &str, name: &str) -> Fitted {
    match rows.layout().image {
        Some(ImageShape { channels: 3, .. }) => {}
        Some(image) => return Err(format!("needs pictures of three channels; these have {}", image.channels)),
        None => return Err("needs pictures; these samples are none".into()),
    }
    let mut outside = None;
    rows.pass(&mut |block| {
        let mut pixels = block.values.as_chunks::<3>().0.iter().flat_map(|p| p.iter().zip(&limits));
        outside = outside.or(pixels.find(|(v, (lo, hi))| !(*lo..=*hi).contains(v)).map(|(v, _)| *v));
    });
    match outside {
        Some(v) => Err(format!("needs {what}, but {v:?} is among them: name it before what scales or shifts")),
        None => Ok(Box::new(Pixels::of(name).expect("each transform of pixels has its conversion"))),
    }
}

const BYTES: [(f64, f64); 3] = [(0.0, 255.0); 3];

/// A conversion, by the name of its transform.
struct Conversion {
    name: &'static str,
    channels: usize,
    convert: fn([f64; 3], &mut [f64]),
}

static CONVERSIONS: &[Conversion] = &[
    Conversion { name: "grayscale", channels: 1, convert: |rgb, to| to[0] = 255.0 * colour::luminance(rgb.map(|v| v / 255.0)) },
    Conversion { name: "grayscale-601", channels: 1, convert: |rgb, to| to[0] = 255.0 * colour::luma(rgb.map(|v| v / 255.0)) },
    Conversion { name: "rgb-to-hsl", channels: 3, convert: |rgb, to| to.copy_from_slice(&colour::rgb_to_hsl(rgb.map(|v| v / 255.0))) },
    Conversion { name: "hsl-to-rgb", channels: 3, convert: |hsl, to| to.copy_from_slice(&colour::hsl_to_rgb(hsl).map(|v| 255.0 * v)) },
];

pub(super) fn luminance(rows: &dyn Passes) -> Fitted {
    pixels(rows, BYTES, "channels of 0 to 255", "grayscale")
}

pub(super) fn luma(rows: &dyn Passes) -> Fitted {
    pixels(rows, BYTES, "channels of 0 to 255", "grayscale-601")
}

pub(super) fn rgb_to_hsl(rows: &dyn Passes) -> Fitted {
    pixels(rows, BYTES, "channels of 0 to 255", "rgb-to-hsl")
}

pub(super) fn hsl_to_rgb(rows: &dyn Passes) -> Fitted {
    let limits = [(0.0, 360.0), (0.0, 1.0), (0.0, 1.0)];
    pixels(rows, limits, "hues of 0 to 360, saturations and lightnesses of 0 to 1", "hsl-to-rgb")
}
