//! From a TOML file to records and a report: `File -> Experiment -> Plan -> Vec<Record> -> Tables`.
//!
//! Each arrow is one function in the module named after it; each type is plain data.
//! The `thalweg` binary is a thin shell around [`cli::main`].

pub mod axes;
pub mod chain_rule;
pub mod check;
pub mod claim;
pub mod cli;
pub mod clock;
pub mod command;
pub mod cost;
pub mod curves;
pub mod descent;
pub mod diagnose;
pub mod event;
pub mod examine;
pub mod experiment;
pub mod export;
pub mod expr;
pub mod file;
pub mod gradient;
pub mod guard;
pub mod halving;
pub mod judge;
pub mod kind;
pub mod launch;
pub mod library;
pub mod likelihood;
pub mod only;
pub mod outcome;
pub mod overlay;
pub mod picture;
pub mod plan;
pub mod points;
pub mod pool;
pub mod predictor;
pub mod probe;
pub mod progress;
pub mod record;
pub mod resolved;
pub mod schema;
pub mod scores;
pub mod settings;
pub mod shard;
mod shelf;
pub mod state;
pub mod store;
pub mod stream;
pub mod sweep;
pub mod tabulate;
pub mod threshold;
pub mod train;
pub mod trainer;
pub mod trial;
pub mod value;
pub mod weights;

#[global_allocator]
static ALLOCATOR: thalweg_math::aligned::Aligned = thalweg_math::aligned::Aligned;
