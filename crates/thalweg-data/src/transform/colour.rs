//! Pictures of other channels: grey, or hue, saturation and lightness.

use super::{Block, Fitted, Layout, Map, Passes};
use crate::colour;
use crate::dataset::ImageShape;

/// Three channels of a pixel to one or three others.
struct Pixels {
    channels: usize,
    convert: fn([f64; 3], &mut [f64]),
}

impl Map for Pixels {
    fn apply(&self, block: &mut Block) {
        let mut out = vec![0.0; block.values.len() / 3 * self.channels];
        for (from, to) in block.values.as_chunks::<3>().0.iter().zip(out.chunks_exact_mut(self.channels)) {
            (self.convert)(*from, to);
        }
        *block = Block { values: out, n_columns: block.n_columns / 3 * self.channels };
    }

    fn layout(&self, before: Layout) -> Layout {
        let image = before.image.map(|image| ImageShape { channels: self.channels, ..image });
        Layout { features: image.map_or(before.features, |image| image.features()), image }
    }
}

/// Refuses what is no picture of three channels within the given limits.
fn pixels(rows: &dyn Passes, limits: [(f64, f64); 3], what: &str, channels: usize, convert: fn([f64; 3], &mut [f64])) -> Fitted {
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
        None => Ok(Box::new(Pixels { channels, convert })),
    }
}

const BYTES: [(f64, f64); 3] = [(0.0, 255.0); 3];

pub(super) fn luminance(rows: &dyn Passes) -> Fitted {
    pixels(rows, BYTES, "channels of 0 to 255", 1, |rgb, to| to[0] = 255.0 * colour::luminance(rgb.map(|v| v / 255.0)))
}

pub(super) fn luma(rows: &dyn Passes) -> Fitted {
    pixels(rows, BYTES, "channels of 0 to 255", 1, |rgb, to| to[0] = 255.0 * colour::luma(rgb.map(|v| v / 255.0)))
}

pub(super) fn rgb_to_hsl(rows: &dyn Passes) -> Fitted {
    pixels(rows, BYTES, "channels of 0 to 255", 3, |rgb, to| to.copy_from_slice(&colour::rgb_to_hsl(rgb.map(|v| v / 255.0))))
}

pub(super) fn hsl_to_rgb(rows: &dyn Passes) -> Fitted {
    let limits = [(0.0, 360.0), (0.0, 1.0), (0.0, 1.0)];
    pixels(rows, limits, "hues of 0 to 360, saturations and lightnesses of 0 to 1", 3, |hsl, to| {
        to.copy_from_slice(&colour::hsl_to_rgb(hsl).map(|v| 255.0 * v));
    })
}
