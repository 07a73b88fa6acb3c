//! Tables, statistics, plots, the HTML page, and the comparison of two runs.
//!
//! Everything is a pure function of the tables handed over: no clock, no host, no absolute path, so the same tables give the same bytes.
//! One owner each: `polars` in [`table`], `plotters` and `resvg` in [`canvas`] and [`plot`], names of files in [`files`].

pub mod answer;
pub mod canvas;
pub mod cell;
pub mod claim;
pub mod compare;
pub mod draw;
pub mod error;
pub mod examined;
pub mod files;
pub mod gallery;
pub mod groups;
pub mod headline;
pub mod html;
pub mod look;
pub mod number;
pub mod place;
pub mod plot;
pub mod sheet;
pub mod stats;
pub mod summary;
pub mod table;
pub mod variation;

pub use answer::answer;
pub use claim::{Claim, Expected, Finding, Measured, Nature};
pub use compare::{Change, Comparison, Noise, Request, Verdict, compare};
pub use draw::draw;
pub use error::ReportError;
pub use examined::{Examined, Template, Templates, Wanted, wanted};
pub use html::write_index;
pub use look::{Look, THEMES};
pub use plot::{PLOTS, Plot, PlotRequest, parse_plot_request};
pub use sheet::{At, Sheet, is_larger_better};
pub use summary::summarise;
pub use table::{Cells, Column, Table, Tables};
