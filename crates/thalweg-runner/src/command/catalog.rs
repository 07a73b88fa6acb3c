//! `catalog`: every row of every family with formula and source.

use crate::cli::{Ended, Exit, print};
use crate::{axes, probe, settings};

/// Prints the catalog as Markdown; `docs/catalog.md` is this text.
pub fn catalog() -> Ended {
    print(text().trim_end());
    Ok(Exit::Fine)
}

/// The catalog's text.
pub fn text() -> String {
    let mut out = String::from(
        "# Catalog\n\nEvery row of every table, as the program knows it. Made by `cargo xtask catalog`; a test keeps it fresh.\n",
    );
    family(&mut out, "Activations", thalweg_math::activation::ACTIVATIONS.iter().map(|r| (r.name, r.formula, r.source)));
    family(&mut out, "Initialisations", thalweg_math::init::INITS.iter().map(|r| (r.name, r.formula, r.source)));
    family(&mut out, "Layers", thalweg_math::layer::LAYERS.iter().map(|r| (r.name, r.formula, r.source)));
    family(&mut out, "Losses", thalweg_math::loss::LOSSES.iter().map(|r| (r.name, r.formula, r.source)));
    family(&mut out, "Heads", thalweg_math::head::HEADS.iter().map(|r| (r.name, r.formula, r.source)));
    family(&mut out, "Kinds of model", crate::train::kinds::MODELS.iter().map(|r| (r.name, r.formula, r.source)));
    family(&mut out, "Kernels", thalweg_math::kernel::KERNELS.iter().map(|r| (r.name, r.formula, r.source)));
    let penalties: Vec<_> = thalweg_math::penalty::PENALTIES.iter().map(|r| (r.name, penalty(r), r.source)).collect();
    family(&mut out, "Penalties", penalties.iter().map(|(name, formula, source)| (*name, formula.as_str(), *source)));
    family(&mut out, "Optimizers", thalweg_optim::recipe::RECIPES.iter().map(|r| (r.name, r.formula, r.source)));
    family(&mut out, "Schedules", thalweg_optim::schedule::SCHEDULES.iter().map(|r| (r.name, r.formula, r.source)));
    family(&mut out, "Surfaces", thalweg_math::surface::SURFACES.iter().map(|r| (r.name, r.formula, r.source)));
    family(&mut out, "Kinds of study", crate::kind::KINDS.iter().map(|k| (k.name, k.question, "")));
    family(&mut out, "Data sources", thalweg_data::source::SOURCES.iter().map(|r| (r.name, r.summary, r.source)));
    family(&mut out, "Data transforms", thalweg_data::transform::TRANSFORMS.iter().map(|r| (r.name, r.formula, r.source)));
    family(&mut out, "Plots", thalweg_report::PLOTS.iter().map(|r| (r.name, r.question, r.source)));
    for kind in crate::kind::KINDS {
        let quantities = (kind.quantities)();
        family(&mut out, &format!("Recorded by `{}`", kind.name), quantities.iter().map(|q| (q.name, q.formula, "")));
    }
    for kind in crate::kind::KINDS.iter().filter(|k| !k.thresholds.is_empty()) {
        let rows: Vec<(&str, String)> = kind.thresholds.iter().map(|t| (t.name, threshold(t))).collect();
        family(&mut out, &format!("Thresholds of `{}`", kind.name), rows.iter().map(|(name, meaning)| (*name, meaning.as_str(), "")));
    }
    family(&mut out, "Layer probes", probe::LAYER_PROBES.iter().map(|r| (r.name, r.formula, "")));
    family(&mut out, "Keys of a claim's check", crate::claim::CHECK_KEYS.iter().map(|(name, meaning)| (*name, *meaning, "")));
    family(&mut out, "Axis forms", axes::GENERATORS.iter().map(|r| (r.name, r.form, "")));
    family(&mut out, "Settings", settings::SETTINGS.iter().map(|r| (r.path, r.doc, "")));
    out
}

/// A penalty's formula, with what it does to a weight and the soft margin that it equals.
fn penalty(row: &thalweg_math::penalty::Penalty) -> String {
    if row.shrink.is_empty() {
        return row.formula.into();
    }
    format!("{}; a plain step shrinks w by {}; the same as a soft margin with C = {}", row.formula, row.shrink, row.soft_margin)
}

/// A threshold's meaning, default and range.
fn threshold(row: &crate::threshold::Threshold) -> String {
    let (low, high) = row.range;
    format!("{}; {:?} unless told otherwise ({low:?} to {high:?})", row.doc, row.default)
}

fn family<'a>(out: &mut String, title: &str, rows: impl Iterator<Item = (&'a str, &'a str, &'a str)>) {
    *out += &format!("\n## {title}\n\n| name | formula or meaning | source |\n|---|---|---|\n");
    let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
    for (name, formula, source) in rows {
        *out += &format!("| `{name}` | {} | {} |\n", cell(formula), cell(source));
    }
}
