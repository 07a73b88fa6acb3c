//! What the units of a network's first layer look for: their weights in the order of the inputs, where these make up a picture.

use thalweg_report::{Template, Templates};

use super::Opened;
use crate::predictor::Scorer;

/// The most units.
const MAX_UNITS: usize = 16;

/// `None` where there is no such layer: the model is a kernel machine, or what it takes is no picture any more.
pub(super) fn templates(opened: &Opened) -> Option<Templates> {
    let Scorer::Network { network, params, .. } = &opened.predictor.scorer else { return None };
    let image = opened.predictor.intake.chain().ok()?.1.image.filter(|image| matches!(image.channels, 1 | 3))?;
    let block = network.blocks().first()?;
    let (n_inputs, n_units) = block.shape;
    if image.n_elements() != Some(n_inputs) {
        return None;
    }
    // [n_inputs, n_units], the channels of a pixel side by side.
    let weights = &params[block.range.clone()];
    let classes = &opened.predictor.intake.class_names;
    let is_output = n_units == network.n_outputs()
        && opened.predictor.weights.saved.backbone.is_empty()
        && opened.predictor.weights.saved.neck.is_none();
    let name = |unit: usize| match (is_output, classes.len()) {
        (true, 2) if n_units == 1 => format!("{} (less {})", classes[1], classes[0]),
        (true, n) if n == n_units => classes[unit].clone(),
        (true, _) => format!("number {}", unit + 1),
        _ => format!("unit {}", unit + 1),
    };
    let of_pixel = |pixel: usize, unit: usize| {
        let channels = (0..image.channels).map(|channel| weights[(pixel * image.channels + channel) * n_units + unit]);
        channels.sum::<f64>() / image.channels as f64
    };
    let n_pixels = image.height * image.width;
    let one = |unit: usize| Template { name: name(unit), weights: (0..n_pixels).map(|pixel| of_pixel(pixel, unit)).collect() };
    let transforms: Vec<&str> = opened.planned.trial.data.transform.iter().map(|t| t.name).collect();
    Some(Templates {
        shown: (0..n_units.min(MAX_UNITS)).map(one).collect(),
        n_columns: image.width,
        n_channels: image.channels,
        n_units,
        are_outputs: is_output,
        transforms: transforms.join(", "),
        seed: opened.planned.seeds.seed,
    })
}
