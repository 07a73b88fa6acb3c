//! From drawing calls to SVG and PNG: plotters draws at 8× into an 8× view box, resvg rasterises with the embedded font.
//!
//! Eight times, because the backend's coordinates are integers. No system library, no system font: the same bytes on every machine of one kind.

use std::sync::{Arc, OnceLock};

use plotters::coord::Shift;
pub use plotters::prelude::RGBColor;
use plotters::prelude::{DrawingArea, IntoDrawingArea, SVGBackend};
use plotters::style::{IntoFont, TextStyle};
use resvg::{tiny_skia, usvg};

use crate::error::ReportError;
use crate::look::{Look, STANDARD_WIDTH};

/// The oversampling factor.
const Q: u32 = 8;
/// Logical pixels of an inch, as in CSS.
const PER_INCH: f64 = 96.0;
/// The most pixels of a PNG: a larger one gets fewer dots per inch, and says so in its header.
const MAX_PIXELS: f64 = 40e6;
/// The embedded Inter for PNG; browsers fall back to a sans face.
pub const FONT: &str = "Inter, Helvetica, Arial, sans-serif";
/// Where figures are drawn.
pub type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// A drawn figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// With selectable text.
    pub svg: String,
    /// As many dots per inch as were asked for.
    pub png: Vec<u8>,
}

/// Logical pixels to canvas units.
pub fn px(v: f64) -> i32 {
    (v * f64::from(Q)).round() as i32
}

/// A stroke's or mark's size in canvas units.
pub fn width(v: f64) -> u32 {
    px(v).max(1) as u32
}

/// Text of a size in logical pixels.
pub fn text(size: f64, color: &RGBColor) -> TextStyle<'_> {
    TextStyle::from((FONT, size * f64::from(Q)).into_font()).color(color)
}

/// An error of the drawing library.
pub fn failed(e: impl std::fmt::Display) -> ReportError {
    ReportError::Draw(e.to_string())
}

/// A picture of pixels inside a figure: its place in logical pixels, and its colours.
#[derive(Clone, Debug, PartialEq)]
pub struct Raster {
    /// Left edge.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// Pixels in a row.
    pub n_columns: usize,
    /// [rows, n_columns, 3]: red, green, blue.
    pub rgb: Vec<u8>,
}

/// Draws a figure of a size in logical pixels, before the look's width is applied; the description goes into the PNG.
pub fn figure(
    look: &Look,
    size: (u32, u32),
    description: &str,
    draw: impl FnOnce(&Area<'_>) -> Result<(), ReportError>,
) -> Result<Figure, ReportError> {
    figure_with(look, size, description, &[], draw)
}

/// The same, with pictures on top of what is drawn; their pixels stay sharp squares.
pub fn figure_with(
    look: &Look,
    size: (u32, u32),
    description: &str,
    rasters: &[Raster],
    draw: impl FnOnce(&Area<'_>) -> Result<(), ReportError>,
) -> Result<Figure, ReportError> {
    let (w, h) = size;
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (w * Q, h * Q)).into_drawing_area();
        root.fill(&look.theme.paper).map_err(failed)?;
        draw(&root)?;
        root.present().map_err(failed)?;
    }
    let grown = f64::from(look.width) / f64::from(STANDARD_WIDTH);
    let sized = |w: f64, h: f64| format!("width=\"{w}\" height=\"{h}\"");
    let (full_w, full_h) = (f64::from(w), f64::from(h));
    let svg =
        svg.replacen(&sized(full_w * f64::from(Q), full_h * f64::from(Q)), &sized((full_w * grown).round(), (full_h * grown).round()), 1);
    // Dots per logical pixel of the layout.
    let scale = (f64::from(look.dpi) / PER_INCH * grown).min((MAX_PIXELS / (full_w * full_h)).sqrt());
    let png = rasterise(&svg, size, scale, scale / grown * PER_INCH, rasters, description)?;
    Ok(Figure { svg: with_images(svg, rasters)?, png })
}

fn fonts() -> Arc<usvg::fontdb::Database> {
    static FONTS: OnceLock<Arc<usvg::fontdb::Database>> = OnceLock::new();
    let load = || {
        let mut fonts = usvg::fontdb::Database::new();
        fonts.load_font_data(include_bytes!("../assets/Inter_400Regular.ttf").to_vec());
        fonts.load_font_data(include_bytes!("../assets/Inter_600SemiBold.ttf").to_vec());
        Arc::new(fonts)
    };
    FONTS.get_or_init(load).clone()
}

/// The pictures as elements at the end of the SVG.
fn with_images(mut svg: String, rasters: &[Raster]) -> Result<String, ReportError> {
    let end = svg.rfind("</svg>").ok_or_else(|| failed("an SVG without an end"))?;
    let mut images = String::new();
    for raster in rasters {
        let (left, top, width, height) = (px(raster.left), px(raster.top), px(raster.width), px(raster.height));
        let png = encode(raster.n_columns as u32, (raster.rgb.len() / 3 / raster.n_columns.max(1)) as u32, &raster.rgb, None)?;
        let data = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, png);
        images += &format!(
            "<image x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"none\" \
             style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{data}\"/>\n"
        );
    }
    svg.insert_str(end, &images);
    Ok(svg)
}

/// Draws a picture's pixels as sharp squares.
fn blit(onto: &mut tiny_skia::Pixmap, raster: &Raster, dots: f64) -> Result<(), ReportError> {
    let n_rows = raster.rgb.len() / 3 / raster.n_columns.max(1);
    let mut pixels = tiny_skia::Pixmap::new(raster.n_columns as u32, n_rows as u32).ok_or_else(|| failed("a picture without a size"))?;
    for (to, from) in pixels.data_mut().as_chunks_mut::<4>().0.iter_mut().zip(raster.rgb.as_chunks::<3>().0) {
        *to = [from[0], from[1], from[2], 255];
    }
    let scale = |size: f64, n: usize| (size * dots / n as f64) as f32;
    let place = tiny_skia::Transform::from_translate((raster.left * dots) as f32, (raster.top * dots) as f32);
    let place = place.pre_scale(scale(raster.width, raster.n_columns), scale(raster.height, n_rows));
    onto.draw_pixmap(0, 0, pixels.as_ref(), &tiny_skia::PixmapPaint::default(), place, None);
    Ok(())
}

/// The pixels of a layout of a size, `dots` of them to its unit; the header says `dpi`.
fn rasterise(svg: &str, size: (u32, u32), dots: f64, dpi: f64, rasters: &[Raster], description: &str) -> Result<Vec<u8>, ReportError> {
    let options = usvg::Options { fontdb: fonts(), font_family: "Inter".into(), ..usvg::Options::default() };
    let tree = usvg::Tree::from_str(svg, &options).map_err(failed)?;
    let pixels = |length: u32| (f64::from(length) * dots).round().max(1.0) as u32;
    let (w, h) = (pixels(size.0), pixels(size.1));
    let mut map = tiny_skia::Pixmap::new(w, h).ok_or_else(|| failed("a figure without a size"))?;
    let (across, down) = (w as f32 / tree.size().width(), h as f32 / tree.size().height());
    resvg::render(&tree, tiny_skia::Transform::from_scale(across, down), &mut map.as_mut());
    for raster in rasters {
        blit(&mut map, raster, dots)?;
    }
    // The paper is opaque, so alpha carries nothing.
    let rgb: Vec<u8> = map.data().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    encode(w, h, &rgb, Some((description, dpi)))
}

/// A PNG; with a description and its dots per inch.
fn encode(w: u32, h: u32, rgb: &[u8], description: Option<(&str, f64)>) -> Result<Vec<u8>, ReportError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, w, h);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    if let Some((description, dpi)) = description {
        let per_metre = (dpi / 0.0254).round() as u32;
        encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: per_metre, yppu: per_metre, unit: png::Unit::Meter }));
        encoder.add_itxt_chunk("Description".into(), description.into()).map_err(failed)?;
    }
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(rgb).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::THEMES;
    use plotters::prelude::Text;

    fn read(png: &[u8]) -> (png::Info<'static>, Vec<u8>) {
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("small")];
        reader.next_frame(&mut pixels).expect("a frame");
        (reader.info().clone(), pixels)
    }

    /// usvg drops text without a word when a family is missing: the title's strip must have pixels of ink.
    #[test]
    fn text_reaches_the_pixels_in_every_theme() {
        for theme in THEMES {
            let look = Look { theme, ..Look::default() };
            let draw = |root: &Area<'_>| {
                root.draw(&Text::new("Convergence η λ 10⁻³", (px(10.0), px(10.0)), text(18.0, &theme.ink))).map_err(failed)
            };
            let figure = figure(&look, (300, 60), "test", draw).expect("drawn");
            let near = |p: &&[u8]| p[0].abs_diff(theme.ink.0) < 60;
            assert!(read(&figure.png).1.chunks(3).filter(near).count() > 500, "{}", theme.name);
        }
    }

    /// By hand: 900 × 300 logical pixels at 300 dots per inch are 900 · 300/96 = 2812.5 pixels across and 11811 dots per metre; half as
    /// large a width is half of that.
    #[test]
    fn resolution_and_width_are_what_was_asked_for() {
        let drawn = |dpi, width| figure(&Look { dpi, width, ..Look::default() }, (900, 300), "test", |_| Ok(())).expect("drawn");
        for (dpi, width, pixels, per_metre) in
            [(192, 900, (1800, 600), 7559), (300, 900, (2813, 938), 11811), (192, 600, (1200, 400), 7559)]
        {
            let figure = drawn(dpi, width);
            let (info, _) = read(&figure.png);
            assert_eq!(((info.width, info.height), info.pixel_dims.map(|d| d.xppu)), (pixels, Some(per_metre)), "{dpi} {width}");
            let size = format!("width=\"{width}\" height=\"{}\" viewBox=\"0 0 7200 2400\"", width / 3);
            assert!(figure.svg.contains(&size), "{}", &figure.svg[..200]);
        }
        let (info, _) = read(&drawn(600, 2400).png);
        assert!(info.width * info.height <= 40_000_000 + 10_000);
        let per_inch = f64::from(info.pixel_dims.expect("given").xppu) * 0.0254;
        assert!((f64::from(info.width) / (2400.0 / 96.0) - per_inch).abs() < 0.5, "{per_inch}");
    }
}
