//! The study kind `image`: a picture as numbers: its shape, its channels, its grey, its hue, saturation and lightness, and how often
//! each level occurs.
//!
//! One row per level of 0 to 255; `trials.csv` has each plane's mean and the shape.

use thalweg_data::colour::{hsl_to_rgb, luma, luminance, rgb_to_hsl, to_byte};
use thalweg_data::read::images::Picture;
use thalweg_report::{At, Cells, Column, Table};

use crate::cost::Cost;
use crate::experiment::Experiment;
use crate::kind::{Checked, Kind, Outcomes, Quantity, Resolved};
use crate::library::Library;
use crate::plan::{Plan, Planned, Refusal, blame};
use crate::record::{EpochRow, Record, Status, Timing};
use crate::stream::Seeds;
use crate::train::Trained;
use crate::trial::{Gray, Trial};

/// The planes of a picture, in the order of the quantities.
const PLANES: [&str; 7] = ["red", "green", "blue", "gray", "hue", "saturation", "lightness"];

/// The kind's row.
pub static KIND: Kind = Kind {
    name: "image",
    question: "what a picture is as numbers: shape, channels, grey, hue, saturation, lightness",
    settings: &[&["image."]],
    record: &[],
    quantities: || {
        let plane = |name, formula| Quantity { name, formula, every_epoch: true };
        let number = |name, formula| Quantity { name, formula, every_epoch: false };
        vec![
            plane("red", "pixels whose red is this level; of a whole picture, the mean level, as for the other planes"),
            plane("green", "the same of green"),
            plane("blue", "the same of blue"),
            plane("gray", "the same of the grey that image.gray names"),
            plane("hue", "the same of the hue, 360° being 256 levels"),
            plane("saturation", "the same of the saturation, 1 being level 255"),
            plane("lightness", "the same of the lightness, 1 being level 255"),
            number("height", "pixels from top to bottom"),
            number("width", "pixels from left to right"),
            number("channels", "numbers of a pixel: 1 is grey, 3 are red, green, blue"),
            number("n_elements", "height × width × channels: the length of the flattened picture"),
        ]
    },
    progress: "level",
    metric: ("n_elements", At::Final),
    headline: Some("Each picture is an array of height × width × channels numbers of 0 to 255; nothing is ranked."),
    vary: &[],
    plots: Some(&["picture"]),
    resolve,
    resolved: &["image."],
    applies: |_, _| true,
    depends_on_seed: |_| false,
    refuse: |_| Ok(()),
    run,
    resume: None,
    thresholds: &[],
    outcomes: |_, _| Outcomes::default(),
    backdrop,
    nodes: |_| None,
    gradcheck: |_, _| Ok(Checked { lines: vec!["a picture has no gradient: 0 combinations, 0 failed".into()], failures: 0 }),
};

fn resolve(mut trial: Trial, _: &Seeds, library: &Library) -> Result<Resolved, Refusal> {
    let refuse = blame("image.path");
    if trial.image.path.is_empty() {
        return Err(refuse("is missing: the PNG or JPEG to read".into()));
    }
    let (read, hash) = library.picture(&trial.image.path).map_err(|e| refuse(e.to_string()))?;
    (trial.image.content, trial.image.picture) = (hash, Some(read));
    let data_hash = trial.image.content.clone();
    let n_pixels = trial.image.picture.as_ref().map_or(0, |p| p.pixels.len());
    Ok(Resolved { trial, data_hash, cost: Cost::of_steps(n_pixels) })
}

/// The levels of each plane at one pixel.
fn levels(picture: &Picture, pixel: usize, gray: Gray) -> [u8; 7] {
    let channels = picture.shape.channels;
    let at = &picture.pixels[pixel * channels..][..channels];
    let bytes = if channels == 3 { [at[0], at[1], at[2]] } else { [at[0]; 3] };
    let rgb = bytes.map(|v| f64::from(v) / 255.0);
    let [hue, saturation, lightness] = rgb_to_hsl(rgb);
    let gray = match gray {
        Gray::Luminance => luminance(rgb),
        Gray::Luma => luma(rgb),
    };
    [bytes[0], bytes[1], bytes[2], to_byte(gray), (hue / 360.0 * 256.0) as u8, to_byte(saturation), to_byte(lightness)]
}

fn run(planned: &Planned, _: &Experiment, _: &Library, _: &dyn Fn() -> bool) -> Result<Option<Trained>, String> {
    let image = &planned.trial.image;
    let picture = image.picture.as_ref().ok_or("the plan reads the picture")?;
    let shape = picture.shape;
    let n_pixels = shape.height * shape.width;
    let (mut counts, mut sums) = ([[0.0; 256]; 7], [0.0; 7]);
    for pixel in 0..n_pixels {
        for (plane, level) in levels(picture, pixel, image.gray).into_iter().enumerate() {
            counts[plane][usize::from(level)] += 1.0;
            sums[plane] += f64::from(level);
        }
    }
    let mut record = Record::empty(&planned.key, Status::Ok, String::new());
    for level in 0..256 {
        let mut row: Vec<f64> = counts.iter().map(|plane| plane[level]).collect();
        row.resize(PLANES.len() + 4, f64::NAN);
        record.epochs.push(EpochRow { epoch: level as u32, lr: f64::NAN, probes: row, layers: Vec::new() });
    }
    let mut row: Vec<f64> = sums.iter().map(|sum| sum / n_pixels as f64).collect();
    row.extend([shape.height, shape.width, shape.channels, picture.pixels.len()].map(|n| n as f64));
    (record.epochs_run, record.best_epoch, record.best, record.last) = (255, None, row.clone(), row);
    Ok(Some(Trained { record, timing: Timing::default(), weights: None }))
}

/// Pixels along an edge of what the figure shows, at most.
const PREVIEW: usize = 192;

/// Each picture in small: a row per pixel, with its levels and the colour of its hue.
fn backdrop(plan: &Plan) -> Option<Table> {
    let (mut configs, mut columns) = (Vec::new(), vec![Vec::new(); 2 + PLANES.len() + 3]);
    let mut seen: Vec<String> = Vec::new();
    for planned in plan.trials() {
        let picture = planned.trial.image.picture.as_ref()?;
        if seen.contains(&planned.config) {
            continue;
        }
        seen.push(planned.config.clone());
        let (h, w) = (picture.shape.height, picture.shape.width);
        let step = h.max(w).div_ceil(PREVIEW);
        for (y, x) in (0..h.div_ceil(step)).flat_map(|y| (0..w.div_ceil(step)).map(move |x| (y, x))) {
            let levels = levels(picture, y * step * w + x * step, planned.trial.image.gray);
            let vivid = [f64::from(levels[4]) / 256.0 * 360.0, f64::from(u8::from(levels[5] > 0)), 0.5];
            let pixel = [x, y].into_iter().chain(levels.map(usize::from)).chain(hsl_to_rgb(vivid).map(|v| usize::from(to_byte(v))));
            columns.iter_mut().zip(pixel).for_each(|(column, v)| column.push(Some(v as i64)));
            configs.push(Some(planned.config.clone()));
        }
    }
    let names = ["x", "y"].into_iter().chain(PLANES).chain(["hue_red", "hue_green", "hue_blue"]);
    let mut table = vec![Column { name: "config".into(), cells: Cells::Text(configs) }];
    table.extend(names.zip(columns).map(|(name, cells)| Column { name: name.into(), cells: Cells::Int(cells) }));
    Table::new(table).ok()
}
