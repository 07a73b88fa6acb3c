//! What trained models say of their data: handed over with the tables where plots ask for it.

use crate::groups::Group;
use crate::plot::{boundary, confusion, templates};
use crate::sheet::Sheet;
use crate::table::Table;

/// What kept parameters were asked.
#[derive(Clone, Debug, Default)]
pub struct Examined {
    /// `key, config, seed, sample, truth, predicted, p_first, second, p_second`: the part that was looked at, of the best configuration.
    pub predictions: Option<Table>,
    /// `sample, x, y, red, green, blue`: pictures of some of these samples.
    pub pixels: Option<Table>,
    /// `config, what, x, y, class, predicted, role, p, f`: grids over the plane (`what` is `grid`), a curve (`curve`), and all samples of
    /// the parts (`train`, `test`). `p` is the probability of `predicted` (on grids what it is above a guess, 0 to 1), empty where scores
    /// are margins; `f` the decision value of two classes, above 0 for the second; `role` is `support` for a support vector.
    pub regions: Option<Table>,
    /// What the units of the first layer look for, in one seed of the best configuration; `None` where the inputs are no picture.
    pub templates: Option<Templates>,
    /// `test`, or `valid` where there is no test part.
    pub part: String,
}

/// The weights of a first layer as pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct Templates {
    /// The first units.
    pub shown: Vec<Template>,
    /// Pixels in a row.
    pub n_columns: usize,
    /// Numbers of a pixel, over which the weights are means.
    pub n_channels: usize,
    /// Units of the layer.
    pub n_units: usize,
    /// Whether they are the model's outputs: one for each class, or number.
    pub are_outputs: bool,
    /// What the pixels go through before the weights.
    pub transforms: String,
    /// Of which trial.
    pub seed: u64,
}

/// The weights of a unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// The class, or which unit it is.
    pub name: String,
    /// [rows, n_columns]
    pub weights: Vec<f64>,
}

/// Which configurations are to be examined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The group whose predictions are listed.
    pub predictions: Option<usize>,
    /// The group whose first layer is drawn.
    pub templates: Option<usize>,
    /// The groups whose regions are drawn.
    pub regions: Vec<usize>,
}

/// What the plots that were asked for need; groups by their index, `order` from best to worst.
pub fn wanted(groups: &[Group], order: &[usize], sheet: &Sheet) -> Wanted {
    let asked = |name: &'static str| sheet.plots.iter().flatten().filter(move |request| request.plot.name == name);
    let has_value = |group: &&usize| groups[**group].estimate.is_some();
    let mut regions: Vec<usize> = Vec::new();
    for (_, group) in asked(boundary::NAME).flat_map(|request| boundary::panels(groups, order, &sheet.axes, &request.arguments)) {
        if !regions.contains(&group) {
            regions.push(group);
        }
    }
    let best_for = |name| asked(name).next().and_then(|_| order.iter().find(has_value).copied());
    Wanted { predictions: best_for(confusion::NAME), templates: best_for(templates::NAME), regions }
}
