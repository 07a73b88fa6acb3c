//! Every name under a run's folder, once.

/// Changes when the content of a report changes for the same records: reports are then drawn again.
pub const LAYOUT: &str = "report 1";
/// The resolved experiment.
pub const EXPERIMENT: &str = "experiment.toml";
/// One row per trial.
pub const TRIALS: &str = "trials.csv";
/// One row per trial and recorded epoch.
pub const EPOCHS: &str = "epochs.csv";
/// One row per configuration.
pub const SUMMARY: &str = "summary.csv";
/// One row per trial that is not `ok`.
pub const FAILURES: &str = "failures.csv";
/// Measured time, and the only place for it.
pub const TIMINGS: &str = "timings.csv";
/// The page.
pub const REPORT: &str = "report.html";
/// The records of all runs under one folder.
pub const STORE: &str = ".store";
/// What a report was made from and of.
pub const STAMP: &str = ".stamp";

/// The CSV of a comparison with a baseline of this name, in the other run's folder.
pub fn comparison(baseline: &str) -> String {
    format!("compare-{baseline}.csv")
}

/// Whether a file's name is that of a plot, so that a stale one may be removed.
pub fn is_plot_name(name: &str) -> bool {
    !name.contains(['/', '\\']) && (name.ends_with(".png") || name.ends_with(".svg"))
}
