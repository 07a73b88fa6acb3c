//! The points of an experiment: the product of its axes or a draw from them, the axes that exist only somewhere, the extra points, the
//! rules. One after the other, in a fixed order; nothing is held.

use crate::axes::rounded;
use crate::experiment::{Axis, Experiment, Include, Points, Search};
use crate::trial::Trial;
use crate::value::Value;

/// The most points that are looked at.
pub const MAX_POINTS: usize = 10_000_000;

/// A point: a trial as the axes set it.
pub struct Point<'a> {
    /// The setting of it, not yet resolved.
    pub trial: &'a Trial,
    /// Where it comes from.
    pub origin: Origin<'a>,
    /// Which of all points it is.
    pub place: Place,
    /// The axes that exist only somewhere.
    pub conditional: &'a [&'a Axis],
}

/// Where a point comes from.
#[derive(Clone, Copy)]
pub enum Origin<'a> {
    /// From these axes, at these positions; a drawn number has none.
    Axes(&'a [Set<'a>]),
    /// The include with this number.
    Include(usize, &'a Include),
}

/// An axis that a point is on, and the position of its value; a drawn number has none.
pub type Set<'a> = (&'a Axis, Option<usize>);

/// Which of all points one is: enough to make it again with [`at`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The number in the product of the axes that exist everywhere, or of the draw; and the number in the product of the others.
    Axes(u32, u32),
    /// The number of the include.
    Include(u32),
}

impl Point<'_> {
    /// Whether a setting was set for it.
    pub fn has(&self, path: &str) -> bool {
        match self.origin {
            Origin::Axes(places) => places.iter().any(|(axis, _)| axis.settings.iter().any(|s| s.path == path)),
            Origin::Include(_, include) => include.settings.iter().any(|(s, _)| s.path == path),
        }
    }
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
    let (free, conditional) = by_existence(experiment);
    let (mut trial, mut places) = (experiment.base.clone(), Vec::new());
    let goes_on = match experiment.search {
        Search::Grid => {
            let mut number = 0;
            product(&free, &mut trial, &mut places, &mut |trial, places| {
                number += 1;
                all_held(experiment, &conditional, number - 1, trial, places, each)
            })
        }
        Search::Random { points, .. } | Search::Sobol { points, .. } => (0..points).all(|index| {
            places.clear();
            places.extend(free.iter().enumerate().map(|(dimension, axis)| (*axis, draw(experiment, index, dimension, axis, &mut trial))));
            all_held(experiment, &conditional, index as u32, &mut trial, &mut places, each)
        }),
    };
    if goes_on {
        let mut includes = experiment.includes.iter().enumerate();
        includes.all(|(i, include)| included(&conditional, i, &experiment.base, include, each));
    }
}

/// Makes one point again.
pub fn at<R>(experiment: &Experiment, place: Place, use_it: impl FnOnce(Point<'_>) -> R) -> R {
    let (free, conditional) = by_existence(experiment);
    let mut use_it = Some(use_it);
    let mut result = None;
    let mut each = |point: Point<'_>| {
        if point.place == place
            && let Some(use_it) = use_it.take()
        {
            result = Some(use_it(point));
        }
        result.is_none()
    };
    match place {
        Place::Include(i) => {
            included(&conditional, i as usize, &experiment.base, &experiment.includes[i as usize], &mut each);
        }
        Place::Axes(number, _) => {
            let (mut trial, mut places) = (experiment.base.clone(), Vec::new());
            let mut rest = number as usize;
            // The last axis is the fastest.
            let n_behind = |i: usize| free[i + 1..].iter().map(|a| a.points.n_values().unwrap_or(1)).product::<usize>();
            for (i, axis) in free.iter().enumerate() {
                let position = match experiment.search {
                    Search::Grid => {
                        let position = rest / n_behind(i);
                        rest %= n_behind(i);
                        set(axis, position, &mut trial);
                        Some(position)
                    }
                    Search::Random { .. } | Search::Sobol { .. } => draw(experiment, number as usize, i, axis, &mut trial),
                };
                places.push((*axis, position));
            }
            all_held(experiment, &conditional, number, &mut trial, &mut places, &mut each);
        }
    }
    result.expect("a place is that of a point")
}

/// The axes that exist everywhere, and the others.
fn by_existence(experiment: &Experiment) -> (Vec<&Axis>, Vec<&Axis>) {
    experiment.axes.iter().partition(|a| a.condition.is_none())
}

/// The points at one of the axes that exist everywhere: conditions are about that alone, in a draw as in a grid.
fn all_held<'a>(
    experiment: &'a Experiment,
    conditional: &[&'a Axis],
    number: u32,
    trial: &mut Trial,
    places: &mut Vec<Set<'a>>,
    each: &mut dyn FnMut(Point<'_>) -> bool,
) -> bool {
    let mut n_held = 0;
    let mut one = |trial: &mut Trial, places: &mut Vec<Set<'a>>| {
        n_held += 1;
        each(Point { trial, origin: Origin::Axes(places), place: Place::Axes(number, n_held - 1), conditional })
    };
    // Most experiments have no such axes, and a plan of a million points makes no copies.
    if conditional.is_empty() {
        return one(trial, places);
    }
    let held: Vec<(usize, &Axis)> = conditional.iter().copied().enumerate().filter(|(_, axis)| exists(axis, trial)).collect();
    let (mut trial, n_free) = (trial.clone(), places.len());
    let goes_on = match experiment.search {
        Search::Grid => product(&held.iter().map(|(_, axis)| *axis).collect::<Vec<_>>(), &mut trial, places, &mut one),
        Search::Random { .. } | Search::Sobol { .. } => {
            for (i, axis) in held {
                let dimension = experiment.axes.len() - conditional.len() + i;
                places.push((axis, draw(experiment, number as usize, dimension, axis, &mut trial)));
            }
            one(&mut trial, places)
        }
    };
    places.truncate(n_free);
    goes_on
}

fn included(conditional: &[&Axis], number: usize, base: &Trial, include: &Include, each: &mut dyn FnMut(Point<'_>) -> bool) -> bool {
    let mut trial = base.clone();
    for (setting, value) in &include.settings {
        (setting.set)(&mut trial, value).expect("each value was accepted by the checker");
    }
    each(Point { trial: &trial, origin: Origin::Include(number, include), place: Place::Include(number as u32), conditional })
}

fn exists(axis: &Axis, trial: &Trial) -> bool {
    let get = |name: &str| crate::settings::find(name).map_or(Value::Text(String::new()), |s| (s.get)(trial));
    axis.condition.as_ref().is_none_or(|c| c.expr.holds(&get))
}

/// Every combination of the axes' values, the last axis fastest, in one trial that is set again and again; `false` if `each` ended it.
fn product<'a>(
    axes: &[&'a Axis],
    trial: &mut Trial,
    places: &mut Vec<Set<'a>>,
    each: &mut dyn FnMut(&mut Trial, &mut Vec<Set<'a>>) -> bool,
) -> bool {
    let Some((first, rest)) = axes.split_first() else {
        return each(trial, places);
    };
    let n_values = first.points.n_values().expect("a grid's axes are listed");
    (0..n_values).all(|position| {
        set(first, position, trial);
        places.push((first, Some(position)));
        let goes_on = product(rest, trial, places, each);
        places.pop();
        goes_on
    })
}

fn set(axis: &Axis, position: usize, trial: &mut Trial) {
    let Points::Listed(values) = &axis.points else { unreachable!("only lists have positions") };
    for (setting, value) in axis.settings.iter().zip(&values[position]) {
        (setting.set)(trial, value).expect("each value was accepted by the checker");
    }
}

/// Sets what one point of a search is on an axis; the position in a list.
fn draw(experiment: &Experiment, index: usize, dimension: usize, axis: &Axis, trial: &mut Trial) -> Option<usize> {
    set_drawn(axis, share(experiment.search, index, dimension, axis), trial)
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
