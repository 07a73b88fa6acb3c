//! Every plot in every theme on made-up tables, most of them hostile: nothing panics, titles are seen, nothing is clipped, and the same
//! tables give the same bytes. A new row is tested before anyone remembers to.

mod made_up;

use std::io::Cursor;

use made_up::{Case, cases, subject_of};
use thalweg_report::look::Theme;
use thalweg_report::plot::{Argument, Plot};
use thalweg_report::{Look, PLOTS, PlotRequest, THEMES};

/// A PNG's size and its pixels.
fn pixels(png: &[u8]) -> (usize, usize, Vec<[u8; 3]>) {
    let mut reader = png::Decoder::new(Cursor::new(png)).read_info().expect("a PNG");
    let mut bytes = vec![0; reader.output_buffer_size().expect("small")];
    let info = reader.next_frame(&mut bytes).expect("a frame");
    (info.width as usize, info.height as usize, bytes.as_chunks::<3>().0.to_vec())
}

fn is_near(pixel: [u8; 3], color: [u8; 3], distance: u8) -> bool {
    color.iter().zip(pixel).all(|(a, b)| a.abs_diff(b) <= distance)
}

/// What stands behind the colon: nothing, then each argument that the table has axes for.
fn arguments(plot: &Plot, case: &Case) -> Vec<Vec<String>> {
    let n_axes = plot.arguments.iter().filter(|a| **a == Argument::Axis).count();
    let mut all = vec![Vec::new()];
    if n_axes > 0 && case.sheet.axes.len() >= n_axes {
        all.push(case.sheet.axes[..n_axes].to_vec());
        let names = plot.arguments.iter().filter(|a| **a == Argument::LayerQuantity).map(|_| "dead_fraction".to_string());
        let with_quantity: Vec<String> = case.sheet.axes[..n_axes].iter().cloned().chain(names).collect();
        all.extend(Some(with_quantity).filter(|words| words.len() > n_axes));
    }
    all
}

/// What is wrong with a picture, if anything.
fn faults(png: &[u8], theme: &Theme) -> Vec<String> {
    let (w, h, pixels) = pixels(png);
    let [ink, grey, paper] = [theme.ink, theme.grey, theme.paper].map(|c| [c.0, c.1, c.2]);
    let is_ink = |p: &&[u8; 3]| is_near(**p, ink, 70) || is_near(**p, grey, 40);
    let strip = &pixels[..w * (44.min(h))];
    let n_ink = strip.iter().filter(is_ink).count();
    // Short notes instead of a figure stand lower.
    let in_all = pixels.iter().filter(is_ink).count();
    let mut found = Vec::new();
    if n_ink <= 60 && (h >= 200 || in_all <= 60) {
        found.push(format!("no title, {n_ink} pixels of ink"));
    }
    let edge = 3;
    let is_edge = |i: usize| i % w < edge || i % w >= w - edge || i / w < edge || i / w >= h - edge;
    let clipped = (0..w * h).find(|i| is_edge(*i) && !is_near(pixels[*i], paper, 8));
    found.extend(clipped.map(|i| format!("something reaches the edge of {w} × {h} at {}, {}", i % w, i / w)));
    found
}

fn all_of(theme: &'static Theme) {
    let (mut n, mut wrong) = (0, Vec::new());
    for case in cases() {
        for plot in PLOTS {
            for arguments in arguments(plot, &case) {
                let request = PlotRequest { plot, arguments };
                let what = format!("{} of {} in {}", request, case.name, theme.name);
                // One dot for each logical pixel: small enough for thousands of pictures.
                let look = Look { theme, dpi: 96, ..Look::default() };
                let drawn = subject_of(&case, look, |subject| request.draw(subject));
                let drawn = drawn.unwrap_or_else(|e| panic!("{what}: {e}"));
                wrong.extend(faults(&drawn.figure.png, theme).into_iter().map(|fault| format!("{what}: {fault}")));
                if drawn.caption.is_empty() || drawn.figure.svg.contains("NaN") || drawn.figure.svg.contains("inf\"") {
                    wrong.push(format!("{what}: no caption, or NaN in the SVG"));
                }
                let again = subject_of(&case, look, |subject| request.draw(subject)).expect("drawn before");
                assert!(again.figure == drawn.figure && again.caption == drawn.caption, "{what}: two drawings differ");
                n += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {n} pictures:\n{}", wrong.len(), wrong.join("\n"));
    assert!(n >= 12 * PLOTS.len(), "only {n} pictures");
}

#[test]
fn every_plot_is_whole_on_light_paper() {
    all_of(&THEMES[0]);
}

#[test]
fn every_plot_is_whole_on_dark_paper() {
    all_of(&THEMES[1]);
}

#[test]
fn every_plot_is_whole_in_print() {
    all_of(&THEMES[2]);
}

#[test]
fn no_theme_is_forgotten() {
    assert_eq!(THEMES.len(), 3, "a theme without a test above");
}

/// A printer without colours: every pixel of a figure is grey.
#[test]
fn print_has_no_colour() {
    let case = cases().into_iter().find(|c| c.name == "plain").expect("a plain case");
    for plot in PLOTS {
        let look = Look { theme: &THEMES[2], dpi: 96, ..Look::default() };
        let request = PlotRequest { plot, arguments: Vec::new() };
        let drawn = subject_of(&case, look, |subject| request.draw(subject)).expect("drawn");
        let coloured = pixels(&drawn.figure.png).2.into_iter().find(|p| p[0].abs_diff(p[1]) > 3 || p[1].abs_diff(p[2]) > 3);
        assert_eq!(coloured, None, "{}", plot.name);
    }
}

/// Cells of a heat map that diverged are not those that nobody ran, neither as pixels nor as text.
#[test]
fn diverged_and_missing_cells_differ() {
    let request = |case: &Case| PlotRequest {
        plot: PLOTS.iter().find(|p| p.name == "heatmap").expect("a heat map"),
        arguments: case.sheet.axes[..2].to_vec(),
    };
    let drawn = |name: &str| {
        let case = cases().into_iter().find(|c| c.name == name).expect("a case");
        subject_of(&case, Look::default(), |subject| request(&case).draw(subject)).expect("drawn").figure
    };
    let (diverged, missing) = (drawn("one cell diverged"), drawn("one cell missing"));
    assert!(diverged.svg.contains(">\n2/2\n<") && !missing.svg.contains("2/2"), "{}", diverged.svg);
    let (w, h, a) = pixels(&diverged.png);
    let (_, _, b) = pixels(&missing.png);
    let n = a.iter().zip(&b).filter(|(a, b)| a.iter().zip(**b).any(|(x, y)| x.abs_diff(y) > 30)).count();
    assert!(n > 300, "only {n} of {w} × {h} pixels differ");
}

/// A boundary figure says in its panels and in its caption what it draws: the made-up machine has 15 training samples, all of them support
/// vectors, and the steepest of the fitted curves is a sine of 2x, whose slope is at most 2.
#[test]
fn boundaries_say_what_they_draw() {
    let drawn = |name: &str| {
        let case = cases().into_iter().find(|c| c.name == name).expect("a case");
        let plot = PLOTS.iter().find(|p| p.name == "boundary").expect("a boundary");
        let request = PlotRequest { plot, arguments: vec!["train.lr".into()] };
        subject_of(&case, Look::default(), |subject| request.draw(subject)).expect("drawn")
    };
    let planes = drawn("plain");
    assert!(planes.caption.contains("15 support vectors;") && !planes.caption.contains("0 support vectors"), "{}", planes.caption);
    assert!(planes.figure.svg.contains(">\n15 support vectors\n<"));
    for words in [">\nmargins H1, H2 (f = ±1)\n<", ">\nboundary H (f = 0)\n<", ">\nsupport vector\n<", ">\nwrong\n<"] {
        assert!(planes.figure.svg.contains(words), "{words:?}");
    }
    let curves = drawn("one seed");
    assert!(curves.caption.contains("steepest slope 2;") || curves.caption.contains("steepest slope 1.99"), "{}", curves.caption);
    assert!(!curves.caption.contains("right") && !curves.figure.svg.contains("support vector"), "{}", curves.caption);
}
