//! From drawing calls to SVG and PNG: plotters draws at 8× into an 8× view box, resvg rasterises with the embedded font.
//!
//! Eight times, because the backend's coordinates are integers. No system library, no system font: the same bytes on every machine of one kind.

use std::sync::{Arc, OnceLock};

use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, IntoDrawingArea, RGBColor, SVGBackend, WHITE};
use plotters::style::{IntoFont, TextStyle};
use resvg::{tiny_skia, usvg};

use crate::error::ReportError;

/// The oversampling factor.
const Q: u32 = 8;
/// PNG pixels per logical pixel: 192 dots per inch.
const SCALE: u32 = 2;
/// The embedded Inter for PNG; browsers fall back to a sans face.
pub const FONT: &str = "Inter, Helvetica, Arial, sans-serif";
/// Okabe and Ito's colours without yellow, which is too pale for lines.
pub const COLORS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
];
/// Text and frames.
pub const INK: RGBColor = RGBColor(40, 40, 40);
/// Secondary text.
pub const GREY: RGBColor = RGBColor(110, 110, 110);

/// Where figures are drawn.
pub type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// A drawn figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// With selectable text.
    pub svg: String,
    /// 192 dots per inch.
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

/// Draws a figure of a size in logical pixels; the description goes into the PNG.
pub fn figure(size: (u32, u32), description: &str, draw: impl FnOnce(&Area<'_>) -> Result<(), ReportError>) -> Result<Figure, ReportError> {
    figure_with(size, description, &[], draw)
}

/// The same, with pictures on top of what is drawn; their pixels stay sharp squares.
pub fn figure_with(
    size: (u32, u32),
    description: &str,
    rasters: &[Raster],
    draw: impl FnOnce(&Area<'_>) -> Result<(), ReportError>,
) -> Result<Figure, ReportError> {
    let (w, h) = size;
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (w * Q, h * Q)).into_drawing_area();
        root.fill(&WHITE).map_err(failed)?;
        draw(&root)?;
        root.present().map_err(failed)?;
    }
    let svg = svg.replacen(&format!("width=\"{}\" height=\"{}\"", w * Q, h * Q), &format!("width=\"{w}\" height=\"{h}\""), 1);
    let png = rasterise(&svg, rasters, description)?;
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
fn blit(onto: &mut tiny_skia::Pixmap, raster: &Raster) -> Result<(), ReportError> {
    let n_rows = raster.rgb.len() / 3 / raster.n_columns.max(1);
    let mut pixels = tiny_skia::Pixmap::new(raster.n_columns as u32, n_rows as u32).ok_or_else(|| failed("a picture without a size"))?;
    for (to, from) in pixels.data_mut().as_chunks_mut::<4>().0.iter_mut().zip(raster.rgb.as_chunks::<3>().0) {
        *to = [from[0], from[1], from[2], 255];
    }
    let scale = |size: f64, n: usize| (size * f64::from(SCALE) / n as f64) as f32;
    let place = tiny_skia::Transform::from_translate(raster.left as f32 * SCALE as f32, raster.top as f32 * SCALE as f32);
    let place = place.pre_scale(scale(raster.width, raster.n_columns), scale(raster.height, n_rows));
    onto.draw_pixmap(0, 0, pixels.as_ref(), &tiny_skia::PixmapPaint::default(), place, None);
    Ok(())
}

fn rasterise(svg: &str, rasters: &[Raster], description: &str) -> Result<Vec<u8>, ReportError> {
    let options = usvg::Options { fontdb: fonts(), font_family: "Inter".into(), ..usvg::Options::default() };
    let tree = usvg::Tree::from_str(svg, &options).map_err(failed)?;
    let size = tree.size();
    let (w, h) = (size.width() as u32 * SCALE, size.height() as u32 * SCALE);
    let mut pixels = tiny_skia::Pixmap::new(w, h).ok_or_else(|| failed("a figure without a size"))?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(SCALE as f32, SCALE as f32), &mut pixels.as_mut());
    for raster in rasters {
        blit(&mut pixels, raster)?;
    }
    // The page is opaque white, so alpha carries nothing.
    let rgb: Vec<u8> = pixels.data().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    encode(w, h, &rgb, Some(description))
}

/// A PNG; with a description, at 192 dots per inch.
fn encode(w: u32, h: u32, rgb: &[u8], description: Option<&str>) -> Result<Vec<u8>, ReportError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, w, h);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    if let Some(description) = description {
        let per_metre = 7559;
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
    use plotters::prelude::Text;

    /// usvg drops text without a word when a family is missing: the title's strip must have dark pixels.
    #[test]
    fn text_reaches_the_pixels() {
        let draw = |root: &Area<'_>| root.draw(&Text::new("Convergence η λ 10⁻³", (px(10.0), px(10.0)), text(18.0, &INK))).map_err(failed);
        let figure = figure((300, 60), "test", draw).expect("drawn");
        let mut reader = png::Decoder::new(std::io::Cursor::new(&figure.png)).read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("small")];
        reader.next_frame(&mut pixels).expect("a frame");
        assert!(pixels.chunks(3).filter(|p| p[0] < 100).count() > 500);
    }
}
