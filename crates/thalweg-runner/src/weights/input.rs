//! What a weights file says of the samples that its model takes: their columns, the classes, and the fitted transforms.

use serde::{Deserialize, Serialize};
use thalweg_data::dataset::{Feature, ImageShape};
use thalweg_data::intake::Intake;
use thalweg_data::source::{Header, Missing};
use thalweg_data::split::{Fold, SplitSpec, Strata};
use thalweg_data::transform::Fixed;

use crate::stream::{Seeds, Stream};
use crate::trial::Trial;

/// How the set was split, so that its test part can be found again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parts {
    /// The shares as text, which keeps every digit.
    pub shares: Vec<String>,
    /// Whether each class was spread evenly.
    pub stratified: bool,
    /// Number of folds, and which one validated; 0: none.
    pub folds: [u64; 2],
    /// Seed of the draw.
    pub seed: u64,
}

impl Parts {
    fn of(trial: &Trial, seeds: &Seeds) -> Parts {
        let n_folds = trial.data.folds as u64;
        Parts {
            shares: trial.data.split.iter().flatten().map(|share| format!("{share:?}")).collect(),
            stratified: trial.data.strata == Strata::Classes,
            folds: [n_folds, seeds.of(Stream::Fold).checked_rem(n_folds).unwrap_or(0)],
            seed: seeds.of(Stream::Split),
        }
    }

    /// What a split is asked for; says what cannot be read.
    pub fn spec(&self) -> Result<SplitSpec, String> {
        let share = |text: &String| text.parse::<f64>().map_err(|_| format!("its split has a share of `{}`", text.escape_debug()));
        let fractions = self.shares.iter().map(share).collect::<Result<Vec<f64>, String>>()?;
        let [n_folds, index] = self.folds.map(|n| usize::try_from(n).unwrap_or(usize::MAX));
        if n_folds == 1 || index >= n_folds.max(1) {
            return Err(format!("its split has fold {index} of {n_folds}"));
        }
        let strata = if self.stratified { Strata::Classes } else { Strata::Ignored };
        Ok(SplitSpec { fractions, strata, fold: (n_folds > 0).then_some(Fold { n_folds, index }) })
    }
}

/// The samples that a model takes, but for the numbers of the transforms, which are tensors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The key of the trial that was trained.
    pub key: String,
    /// The data source's name.
    pub source: String,
    /// Whether a table's first line names its columns.
    pub header: bool,
    /// What separates a table's cells.
    pub delimiter: char,
    /// What became of missing values: `"refuse"`, `"drop"`, `"mean"`, `"median"`.
    pub missing: String,
    /// Columns and the words that their values stand for; empty for pictures.
    pub features: Vec<(String, Vec<String>)>,
    /// Height, width and channels.
    pub image: Option<[usize; 3]>,
    /// Columns that are no features, the target first.
    pub others: Vec<String>,
    /// Names of the classes; empty for regression.
    pub classes: Vec<String>,
    /// The kinds of the fitted transforms, in order.
    pub steps: Vec<String>,
    /// How the set was split; files of earlier versions do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<Parts>,
}

/// A tensor on its way into a file: name, shape, numbers.
pub type Tensor = (String, Vec<usize>, Vec<f64>);

impl Input {
    /// Of a trial with this key and these seeds, trained on data that came through `intake`.
    pub fn of(key: &str, trial: &Trial, seeds: &Seeds, intake: &Intake) -> Input {
        let spec = &trial.data.spec;
        let missing = match spec.missing {
            Missing::Refuse => "refuse",
            Missing::Drop => "drop",
            Missing::Mean => "mean",
            Missing::Median => "median",
        };
        let features = match intake.image {
            Some(_) => Vec::new(),
            None => intake.features.iter().map(|f| (f.name.clone(), f.categories.clone())).collect(),
        };
        Input {
            key: key.into(),
            source: trial.data.source.name.into(),
            header: spec.header == Header::Present,
            delimiter: char::from(spec.delimiter.unwrap_or(b',')),
            missing: missing.into(),
            features,
            image: intake.image.map(|image| [image.height, image.width, image.channels]),
            others: intake.others.clone(),
            classes: intake.class_names.clone(),
            steps: intake.steps.iter().map(kind).collect(),
            parts: Some(Parts::of(trial, seeds)),
        }
    }

    /// What becomes of missing values.
    pub fn missing(&self) -> Missing {
        match self.missing.as_str() {
            "mean" => Missing::Mean,
            "median" => Missing::Median,
            "drop" => Missing::Drop,
            _ => Missing::Refuse,
        }
    }

    /// The intake, whose numbers `find` looks up by name; says what is missing or does not fit.
    pub fn intake<'a>(&self, find: impl Fn(&str) -> Option<&'a [f64]>) -> Result<Intake, String> {
        let image = self.image.map(|[height, width, channels]| ImageShape { height, width, channels });
        let features = match image {
            Some(image) if image.n_elements().is_none_or(|n| n > thalweg_data::read::MAX_FEATURES) => {
                return Err("its pictures are too large".into());
            }
            Some(image) => image.features(),
            None => self.features.iter().map(|(name, words)| Feature { name: name.clone(), categories: words.clone() }).collect(),
        };
        let get = |i: usize, part: &str| {
            let name = format!("transform.{i}.{part}");
            find(&name).map(<[f64]>::to_vec).ok_or_else(|| format!("it has no tensor `{name}`"))
        };
        let mut intake = Intake { features, image, others: self.others.clone(), class_names: self.classes.clone(), steps: Vec::new() };
        for (i, step) in self.steps.iter().enumerate() {
            // The columns before this step say how many numbers it has.
            let n = intake.chain()?.1.features.len();
            intake.steps.push(match step.as_str() {
                "affine" => Fixed::Affine { shift: get(i, "shift")?, scale: get(i, "scale")? },
                "whiten" => Fixed::Whiten { mean: get(i, "mean")?, directions: get(i, "directions")? },
                "fill" => Fixed::Fill { values: filled(n, &get(i, "columns")?, &get(i, "values")?)? },
                "one-hot" => Fixed::OneHot { values: listed(&get(i, "counts")?, &get(i, "values")?)? },
                name => Fixed::Pixels { name: name.into() },
            });
        }
        intake.chain()?;
        Ok(intake)
    }
}

fn kind(step: &Fixed) -> String {
    match step {
        Fixed::Affine { .. } => "affine".into(),
        Fixed::Fill { .. } => "fill".into(),
        Fixed::OneHot { .. } => "one-hot".into(),
        Fixed::Whiten { .. } => "whiten".into(),
        Fixed::Pixels { name } => name.clone(),
    }
}

/// The numbers of the transforms, finite all of them.
pub fn tensors(intake: &Intake) -> Vec<Tensor> {
    let mut all = Vec::new();
    for (i, step) in intake.steps.iter().enumerate() {
        let mut put = |part: &str, shape: Vec<usize>, values: Vec<f64>| all.push((format!("transform.{i}.{part}"), shape, values));
        match step {
            Fixed::Affine { shift, scale } => {
                put("shift", vec![shift.len()], shift.clone());
                put("scale", vec![scale.len()], scale.clone());
            }
            Fixed::Fill { values } => {
                let places: Vec<usize> = (0..values.len()).filter(|c| !values[*c].is_nan()).collect();
                put("columns", vec![places.len()], places.iter().map(|c| *c as f64).collect());
                put("values", vec![places.len()], places.iter().map(|c| values[*c]).collect());
            }
            Fixed::OneHot { values } => {
                put("counts", vec![values.len()], values.iter().map(|v| v.as_ref().map_or(-1.0, |v| v.len() as f64)).collect());
                let flat: Vec<f64> = values.iter().flatten().flatten().copied().collect();
                put("values", vec![flat.len()], flat);
            }
            Fixed::Whiten { mean, directions } => {
                put("mean", vec![mean.len()], mean.clone());
                put("directions", vec![mean.len(), mean.len()], directions.clone());
            }
            Fixed::Pixels { .. } => {}
        }
    }
    all
}

fn filled(n: usize, columns: &[f64], values: &[f64]) -> Result<Vec<f64>, String> {
    let mut all = vec![f64::NAN; n];
    if columns.len() != values.len() {
        return Err(format!("a transform fills {} columns with {} values", columns.len(), values.len()));
    }
    for (column, value) in columns.iter().zip(values) {
        let place = (column.fract() == 0.0 && *column >= 0.0).then_some(*column as usize);
        *place.and_then(|c| all.get_mut(c)).ok_or_else(|| format!("a transform fills column {column} of {n}"))? = *value;
    }
    Ok(all)
}

fn listed(counts: &[f64], values: &[f64]) -> Result<Vec<Option<Vec<f64>>>, String> {
    let mut rest = values;
    counts
        .iter()
        .map(|count| {
            if *count < 0.0 {
                return Ok(None);
            }
            let n = (count.fract() == 0.0 && *count <= rest.len() as f64).then_some(*count as usize);
            let (mine, others) = rest.split_at(n.ok_or("a transform's values are fewer than it says")?);
            rest = others;
            Ok(Some(mine.to_vec()))
        })
        .collect()
}
