//! Every name under a run's folder, once.

/// Changes when the content of a report changes for the same records: reports are then drawn again.
pub const LAYOUT: &str = "report 9";
/// The resolved experiment.
pub const EXPERIMENT: &str = "experiment.toml";
/// One row per trial.
pub const TRIALS: &str = "trials.csv";
/// One row per trial and recorded epoch.
pub const EPOCHS: &str = "epochs.csv";
/// The trials for programs that read Parquet.
pub const TRIALS_PARQUET: &str = "trials.parquet";
/// The epochs for programs that read Parquet.
pub const EPOCHS_PARQUET: &str = "epochs.parquet";
/// One row per trial, recorded epoch and group of layers.
pub const LAYERS: &str = "layers.csv";
/// One row per node of an expression.
pub const NODES: &str = "nodes.csv";
/// One row per sample and seed of the best configuration.
pub const PREDICTIONS: &str = "predictions.csv";
/// One row per decision of successive halving.
pub const HALVING: &str = "halving.csv";
/// One row per check of a claim.
pub const CLAIMS: &str = "claims.csv";
/// One row per configuration.
pub const SUMMARY: &str = "summary.csv";
/// One row per trial that is not `ok`.
pub const FAILURES: &str = "failures.csv";
/// Measured time, and the only place for it.
pub const TIMINGS: &str = "timings.csv";
/// The stem of the figure of measured time.
pub const TIMELINE: &str = "timings";
/// The page.
pub const REPORT: &str = "report.html";
/// The list of the runs under one folder, in that folder.
pub const INDEX: &str = "index.html";
/// The folder of a gallery.
pub const GALLERY: &str = "gallery";
/// The records of all runs under one folder.
pub const STORE: &str = ".store";
/// What was launched to a cluster.
pub const LAUNCH: &str = ".launch";
/// What a report was made from and of.
pub const STAMP: &str = ".stamp";

/// A file of a comparison with a baseline of this name, in the other run's folder: `compare-base.csv`, `compare-base-curves.png`.
pub fn comparison(baseline: &str, ending: &str) -> String {
    format!("compare-{baseline}{ending}")
}

/// Whether a file of a run's folder is the page of a comparison, for the list of runs.
pub fn is_comparison_page(name: &str) -> bool {
    name.starts_with("compare") && name.ends_with(".html")
}

/// Whether a file holds measured time, in which two equal runs differ.
pub fn is_measured(name: &str) -> bool {
    name.strip_prefix(TIMELINE).is_some_and(|rest| rest.starts_with('.'))
}

/// The folder of pictures of data sets.
pub const DATA: &str = "data";

/// The folder of kept parameters.
pub const WEIGHTS: &str = "weights";

/// The safetensors file of kept parameters.
pub fn weights(stem: &str) -> String {
    format!("{WEIGHTS}/{stem}.safetensors")
}

/// Whether a file that an earlier version of an experiment left may be removed: a plot, the layers' table, or parameters.
pub fn may_be_removed(name: &str) -> bool {
    let plain = |name: &str| !name.contains(['/', '\\']) && !name.contains("..");
    let kept = name.strip_prefix(WEIGHTS).and_then(|n| n.strip_prefix('/')).is_some_and(|n| plain(n) && n.ends_with(".safetensors"));
    kept || (plain(name)
        && (name.ends_with(".png") || name.ends_with(".svg") || [LAYERS, NODES, HALVING, PREDICTIONS, CLAIMS].contains(&name)))
}
