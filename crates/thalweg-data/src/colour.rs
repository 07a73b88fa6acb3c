//! Colours: sRGB, its grey, and hue, saturation, lightness. Channels are of 0 to 1; hues are degrees of 0 to 360.

/// Hue, saturation and lightness of red, green and blue: with the largest channel M and the smallest m, L = (M+m)/2,
/// S = (M−m)/(1−|2L−1|), H by the largest channel. Grey has H = S = 0. Source: Joblove and Greenberg 1978.
///
/// S is clamped: rounding takes it above 1 for some saturated colours.
pub fn rgb_to_hsl([r, g, b]: [f64; 3]) -> [f64; 3] {
    let (largest, smallest) = (r.max(g).max(b), r.min(g).min(b));
    let (spread, lightness) = (largest - smallest, (largest + smallest) / 2.0);
    if spread <= 0.0 {
        return [0.0, 0.0, lightness];
    }
    let saturation = (spread / (1.0 - (2.0 * lightness - 1.0).abs())).min(1.0);
    let sixths = if largest == r {
        (g - b) / spread
    } else if largest == g {
        (b - r) / spread + 2.0
    } else {
        (r - g) / spread + 4.0
    };
    [60.0 * if sixths < 0.0 { sixths + 6.0 } else { sixths }, saturation, lightness]
}

/// The inverse of [`rgb_to_hsl`], channel by channel: L − S·min(L, 1−L)·max(−1, min(k−3, 9−k, 1)), k = (n + H/30) mod 12 with
/// n = 0, 8, 4 for red, green, blue. Source: CSS Color 4, section 7.
pub fn hsl_to_rgb([hue, saturation, lightness]: [f64; 3]) -> [f64; 3] {
    let reach = saturation * lightness.min(1.0 - lightness);
    [0.0, 8.0, 4.0].map(|n| {
        let k = n + hue / 30.0;
        let k = if k >= 12.0 { k - 12.0 } else { k };
        lightness - reach * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0)
    })
}

/// Relative luminance of the linearised channels, encoded again: what grey looks as bright. Source: IEC 61966-2-1, ITU-R BT.709.
pub fn luminance(rgb: [f64; 3]) -> f64 {
    let [r, g, b] = rgb.map(linear);
    encoded(0.2126 * r + 0.7152 * g + 0.0722 * b)
}

/// Luma: a weighted mean of the channels as they are encoded. Source: ITU-R BT.601.
pub fn luma([r, g, b]: [f64; 3]) -> f64 {
    0.299 * r + 0.587 * g + 0.114 * b
}

/// The light that an encoded sRGB channel stands for.
pub fn linear(encoded: f64) -> f64 {
    if encoded <= 0.04045 { encoded / 12.92 } else { libm::pow((encoded + 0.055) / 1.055, 2.4) }
}

/// The inverse of [`linear`].
pub fn encoded(linear: f64) -> f64 {
    if linear <= 0.003_130_8 { 12.92 * linear } else { 1.055 * libm::pow(linear, 1.0 / 2.4) - 0.055 }
}

/// A channel of 0 to 1 as the nearest of 256 levels.
pub fn to_byte(channel: f64) -> u8 {
    (255.0 * channel + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// MISSION A3, and colours of CSS Color 4's table of names.
    #[test]
    fn named_colours() {
        for (rgb, hsl) in [
            ([1.0, 0.0, 0.0], [0.0, 1.0, 0.5]),
            ([1.0, 1.0, 0.0], [60.0, 1.0, 0.5]),
            ([0.0, 0.0, 1.0], [240.0, 1.0, 0.5]),
            ([1.0, 0.0, 1.0], [300.0, 1.0, 0.5]),
            ([0.5, 0.5, 0.5], [0.0, 0.0, 0.5]),
            ([1.0, 1.0, 1.0], [0.0, 0.0, 1.0]),
            ([0.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
            ([0.0, 0.5, 0.0], [120.0, 1.0, 0.25]),
        ] {
            assert_eq!((rgb_to_hsl(rgb), hsl_to_rgb(hsl)), (hsl, rgb));
        }
    }

    #[test]
    fn all_colours_come_back() {
        for code in 0..1u32 << 24 {
            let bytes = [code >> 16, code >> 8 & 255, code & 255].map(|v| v as u8);
            let hsl = rgb_to_hsl(bytes.map(|v| f64::from(v) / 255.0));
            assert!((0.0..360.0).contains(&hsl[0]) && (0.0..=1.0).contains(&hsl[1]) && (0.0..=1.0).contains(&hsl[2]), "{bytes:?}: {hsl:?}");
            assert_eq!(hsl_to_rgb(hsl).map(to_byte), bytes);
        }
    }

    /// MISSION A2: 255 is white. The others: `skimage.color.rgb2xyz` 0.26 (Y, encoded again by the same formula), by hand for luma.
    #[test]
    fn greys() {
        assert_eq!((to_byte(luminance([1.0; 3])), to_byte(luma([1.0; 3]))), (255, 255));
        assert_eq!((luminance([0.0; 3]), luma([0.0; 3])), (0.0, 0.0));
        // The encoded value of 0.2126, 0.7152, 0.0722: 1.055·Y^(1/2.4) − 0.055.
        let primaries = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        for (rgb, byte, by_luma) in [(primaries[0], 127, 76), (primaries[1], 220, 150), (primaries[2], 76, 29)] {
            assert_eq!((to_byte(luminance(rgb)), to_byte(luma(rgb))), (byte, by_luma));
        }
        // Grey stays what it is.
        assert!((0..=255).all(|v| to_byte(luminance([f64::from(v) / 255.0; 3])) == v as u8));
    }
}
