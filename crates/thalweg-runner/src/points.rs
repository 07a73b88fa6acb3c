//! The points of an experiment: the product of its axes or a draw from them, the axes that exist only somewhere, the extra points, the
//! rules. One after the other, in a fixed order; nothing is held.

use crate::axes::rounded;
use crate::experiment::{Axis, Experiment, Points, Search};
use crate::settings::Setting;
use crate::trial::Trial;
use crate::value::Value;

/// The most points that are looked at.
pub const MAX_POINTS: usize = 10_000_000;

/// A point: a trial as the axes set it.
pub struct Point<'a> {
    /// The setting of it, not yet resolved.
    pub trial: Trial,
    /// Where it comes from.
    pub origin: Origin<'a>,
    /// The settings that were set for it.
    pub set: Vec<&'static Setting>,
    /// The axes that exist only somewhere.
    pub conditional: &'a [&'a Axis],
}

/// Where a point comes from.
#[derive(Clone)]
pub enum Origin<'a> {
    /// From these axes, at these positions; a drawn number has none.
    Axes(Vec<(&'a Axis, Option<usize>)>),
    /// The include with this number.
    Include(usize),
}

/// How many points there are at most: what the axes multiply to, or what is drawn, and the includes. An axis that exists only somewhere
/// counts as if it were everywhere.
pub fn count(experiment: &Experiment) -> Result<usize, String> {
    let all = |conditional: bool| {
        let axes = experiment.axes.iter().filter(move |a| conditional || a.condition.is_none());
        axes.map(|a| a.points.n_values().unwrap_or(1) as u128).try_fold(1u128, u128::checked_mul)
    };
    let points = match experiment.search {
        Search::Grid => all(true),
        Search::Random { points, .. } | Search::Sobol { points, .. } => Some(points as u128),
    };
    let total = points.map(|p| p + experiment.includes.len() as u128);
    match total {
        Some(total) if total <= MAX_POINTS as u128 => Ok(total as usize),
        Some(total) => Err(format!("the axes multiply to {total} points, more than {MAX_POINTS}")),
        None => Err(format!("the axes multiply to more than 10^38 points, more than {MAX_POINTS}")),
    }
}

/// Calls `each` with every point, in order: by the axes' names, then the values' positions; drawn ones by their number; includes last.
/// Ends when it returns `false`.
pub fn visit(experiment: &Experiment, each: &mut dyn FnMut(Point<'_>) -> bool) {
    let (free, conditional): (Vec<&Axis>, Vec<&Axis>) = experiment.axes.iter().partition(|a| a.condition.is_none());
    let goes_on = match experiment.search {
        Search::Grid => product(&free, &experiment.base, Vec::new(), &mut |trial, places| {
            let held: Vec<&Axis> = conditional.iter().copied().filter(|axis| exists(axis, &trial)).collect();
            product(&held, &trial, places, &mut |trial, places| each(of_axes(trial, places, &conditional)))
        }),
        Search::Random { points, .. } | Search::Sobol { points, .. } => (0..points).all(|index| {
            let draw = |(dimension, axis): (usize, &&'_ Axis), trial: &mut Trial| {
                set_drawn(axis, share(experiment.search, index, dimension, axis), trial)
            };
            let mut trial = experiment.base.clone();
            let mut places: Vec<(&Axis, Option<usize>)> = Vec::new();
            for (dimension, axis) in free.iter().enumerate() {
                places.push((axis, draw((dimension, axis), &mut trial)));
            }
            // As in a grid, conditions are about what exists everywhere.
            let everywhere = trial.clone();
            for (dimension, axis) in conditional.iter().enumerate() {
                if exists(axis, &everywhere) {
                    places.push((axis, draw((free.len() + dimension, axis), &mut trial)));
                }
            }
            each(of_axes(trial, places, &conditional))
        }),
    };
    if !goes_on {
        return;
    }
    for (i, include) in experiment.includes.iter().enumerate() {
        let mut trial = experiment.base.clone();
        for (setting, value) in &include.settings {
            (setting.set)(&mut trial, value).expect("each value was accepted by the checker");
        }
        if !each(Point {
            trial,
            origin: Origin::Include(i),
            set: include.settings.iter().map(|s| s.0).collect(),
            conditional: &conditional,
        }) {
            return;
        }
    }
}

fn of_axes<'a>(trial: Trial, places: Vec<(&'a Axis, Option<usize>)>, conditional: &'a [&'a Axis]) -> Point<'a> {
    let set = places.iter().flat_map(|(axis, _)| axis.settings.iter().copied()).collect();
    Point { trial, origin: Origin::Axes(places), set, conditional }
}

fn exists(axis: &Axis, trial: &Trial) -> bool {
    let get = |name: &str| crate::settings::find(name).map_or(Value::Text(String::new()), |s| (s.get)(trial));
    axis.condition.as_ref().is_none_or(|c| c.expr.holds(&get))
}

/// Every combination of the axes' values, the last axis fastest; `false` if `each` ended it.
fn product<'a>(
    axes: &[&'a Axis],
    base: &Trial,
    before: Vec<(&'a Axis, Option<usize>)>,
    each: &mut dyn FnMut(Trial, Vec<(&'a Axis, Option<usize>)>) -> bool,
) -> bool {
    let Some((first, rest)) = axes.split_first() else {
        return each(base.clone(), before);
    };
    let Points::Listed(values) = &first.points else { unreachable!("a grid's axes are listed") };
    (0..values.len()).all(|position| {
        let mut trial = base.clone();
        set(first, position, &mut trial);
        let mut places = before.clone();
        places.push((first, Some(position)));
        product(rest, &trial, places, each)
    })
}

fn set(axis: &Axis, position: usize, trial: &mut Trial) {
    let Points::Listed(values) = &axis.points else { unreachable!("only lists have positions") };
    for (setting, value) in axis.settings.iter().zip(&values[position]) {
        (setting.set)(trial, value).expect("each value was accepted by the checker");
    }
}

/// Sets what a share of [0, 1) of an axis is; the position in a list.
fn set_drawn(axis: &Axis, share: f64, trial: &mut Trial) -> Option<usize> {
    let number = match axis.points {
        Points::Listed(ref values) => {
            let position = ((share * values.len() as f64) as usize).min(values.len() - 1);
            set(axis, position, trial);
            return Some(position);
        }
        Points::Uniform([low, high]) => low + share * (high - low),
        Points::LogUniform([low, high]) => low * libm::pow(high / low, share),
    };
    // Six digits are read more easily than seventeen, and say as much.
    let (Points::Uniform([low, high]) | Points::LogUniform([low, high])) = axis.points else { unreachable!("lists have returned") };
    let value = Value::Number(rounded(number, 6).clamp(low, high));
    (axis.settings[0].set)(trial, &value).expect("what lies between accepted ends is accepted");
    None
}

/// A number of [0, 1) for a point and an axis. Random ones depend on the axis's name, not its place: another axis changes none of them.
/// Sobol's are Owen-scrambled by the seed (Burley 2020).
fn share(search: Search, index: usize, dimension: usize, axis: &Axis) -> f64 {
    match search {
        Search::Sobol { seed, .. } => f64::from(sobol_burley::sample(index as u32, dimension as u32, scramble(seed))),
        Search::Random { seed, .. } => {
            let mut hasher = blake3::Hasher::new();
            hasher.update(b"thalweg search 1");
            hasher.update(&seed.to_le_bytes());
            hasher.update(&(index as u64).to_le_bytes());
            hasher.update(axis.name.as_bytes());
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
            (u64::from_le_bytes(bytes) >> 11) as f64 / (1u64 << 53) as f64
        }
        Search::Grid => unreachable!("a grid draws nothing"),
    }
}

fn scramble(seed: u64) -> u32 {
    (seed ^ (seed >> 32)) as u32
}
