//! The command line: words in, exit status out. What each command does is in `command/`.
//!
//! Exit status: 0 fine (diverged trials included), 1 a trial failed or timed out, or the gate found a regression,
//! 2 bad input, 130 interrupted.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use clap::{Args, Parser, Subcommand};
use thalweg_report::Noise;

use crate::command::{self, gc::Mode};
use crate::diagnose::{Color, Problems};
use crate::launch::Where;
use crate::progress::Verbosity;
use crate::shard::Shard;
use crate::sweep::INTERRUPTED;

/// Declarative experiments on the fundamentals of neural networks.
#[derive(Parser)]
#[command(name = "thalweg", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write a commented experiment to start from, which runs as it is
    New {
        /// Its name: a-z, 0-9 and -
        name: String,
        /// The folder of the file [default: experiments, where that is, else this folder]
        #[arg(long = "in", value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// Run the missing trials of experiment files and write their reports; running again resumes
    Sweep(SweepArgs),
    /// Run one of n slices of a plan into the store, without a report: for several processes or machines
    Worker(WorkerArgs),
    /// Sweep every experiment of a folder that has claims, and write one page of all of them with figures and verdicts
    Gallery(GalleryArgs),
    /// Say how far a run is, by its records and by what a cluster says of it
    Status {
        /// A run's folder
        dir: PathBuf,
        #[command(flatten)]
        common: Common,
    },
    /// Say what a sweep would run, without running it
    Plan {
        #[command(flatten)]
        file: FileArgs,
        /// Print the resolved experiment, defaults included
        #[arg(long)]
        resolved: bool,
    },
    /// Redraw the tables, plots and page of a run from its records, without training
    Report {
        /// A run's folder
        dir: PathBuf,
        /// The manifest of a launch, whose last step this is
        #[arg(long, value_name = "FILE", hide = true)]
        manifest: Option<PathBuf>,
        #[command(flatten)]
        common: Common,
    },
    /// Run some trials of a run again and compare their records byte for byte; the store is not touched
    Verify(VerifyArgs),
    /// List the stored records that no run refers to any more, and delete them if told to
    Gc {
        /// The folder under which runs and records lie
        #[arg(long, default_value = "reports")]
        out: PathBuf,
        /// Delete what is listed
        #[arg(long)]
        delete: bool,
    },
    /// Say with statistics what changed between two runs; A is the baseline, the verdict is about B
    Compare(CompareArgs),
    /// Compare every gradient of an experiment with numeric differences on its own data
    Gradcheck {
        #[command(flatten)]
        file: FileArgs,
    },
    /// List every activation, loss, optimizer, … with formula and source
    Catalog,
    /// Print the JSON schema of experiment files, for editors
    Schema,
    /// Say why a trial exists, or which rule dropped it
    Explain {
        /// A run's folder, or an experiment file
        dir: PathBuf,
        /// The first digits of a key, or of a configuration's hash
        key: String,
    },
    /// Say what a trained model makes of each sample, as CSV: class and probabilities, or the value
    Predict {
        /// A safetensors file that a sweep with [record] weights kept
        weights: PathBuf,
        /// Samples of the form that it was trained on (a table with or without the target, arrays, a folder, a picture), the experiment.toml of its run, or the name of an embedded or installed set, whose test part is taken
        data: PathBuf,
        /// Write to this file instead of standard output
        #[arg(long, value_name = "FILE")]
        out_file: Option<PathBuf>,
    },
    /// Write a trained model for other programs: FILE.onnx or FILE.npz
    Export {
        /// A safetensors file that a sweep with [record] weights kept
        weights: PathBuf,
        /// The file to write; its ending says the form
        file: PathBuf,
    },
    /// What data there is, and what is in it
    Data {
        #[command(subcommand)]
        what: DataCommand,
    },
}

#[derive(Subcommand)]
enum DataCommand {
    /// List the data sources, where installed sets are, and how to get those that are not here
    List,
    /// Print a set's shape, classes and ranges, and draw some of its samples
    Show {
        /// A data source, e.g. digits or csv
        name: String,
        /// A setting of the source, e.g. data.path=mine.csv or data.n=500
        #[arg(long = "set", value_name = "PATH=VALUE")]
        sets: Vec<String>,
        /// The folder under which the picture is written
        #[arg(long, default_value = "reports")]
        out: PathBuf,
    },
}

/// Which runs to compare, and what counts.
#[derive(Args)]
pub struct CompareArgs {
    /// The baseline's folder, A
    pub baseline: PathBuf,
    /// The folders of the runs that are compared with it, B, C, …
    #[arg(required = true)]
    pub others: Vec<PathBuf>,
    /// Exit with status 1 if a run is worse than the baseline, over all or in any configuration
    #[arg(long)]
    pub gate: bool,
    /// Differences below this do not count: 0.5% of the baseline's mean, or a number in the metric's unit
    #[arg(long, value_parser = command::compare::noise)]
    pub noise: Option<Noise>,
    /// The column of trials.csv to compare; left out: the report's metric
    #[arg(long)]
    pub metric: Option<String>,
}

/// A file and what is laid over it.
#[derive(Args, Clone)]
pub struct FileArgs {
    /// An experiment file
    pub file: PathBuf,
    /// Lay a value over the file, e.g. train.epochs=10 or axes.train.lr=[0.1,1.0]
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub sets: Vec<String>,
    /// The folder under which runs and records lie
    #[arg(long, default_value = "reports")]
    pub out: PathBuf,
}

/// Options of what runs for a while.
#[derive(Args, Clone)]
pub struct Common {
    /// Number of trials trained at the same time [default: number of cores]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// Show errors and warnings only
    #[arg(long, short)]
    pub quiet: bool,
}

impl Common {
    /// The number of workers.
    pub fn workers(&self) -> usize {
        self.jobs.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from)
    }

    /// How much to show.
    pub fn verbosity(&self) -> Verbosity {
        if self.quiet { Verbosity::Quiet } else { Verbosity::Normal }
    }
}

/// `sweep`'s options.
#[derive(Args, Clone)]
pub struct SweepArgs {
    /// Experiment files
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Workers and verbosity
    #[command(flatten)]
    pub common: Common,
    /// The folder under which runs and records lie
    #[arg(long, default_value = "reports")]
    pub out: PathBuf,
    /// Lay a value over each file, e.g. train.epochs=10 or axes.train.lr=[0.1,1.0]
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub sets: Vec<String>,
    /// Train only the trials for which this holds: 'key == "a1b2c3"', 'train.lr < 0.1 && seed == 0'
    #[arg(long, value_name = "EXPR")]
    pub only: Option<String>,
    /// Compute again what failed or diverged
    #[arg(long, value_parser = ["failed", "diverged"])]
    pub retry: Option<String>,
    /// Compute everything again
    #[arg(long)]
    pub fresh: bool,
    /// Tell programs: one JSON object per line on standard output
    #[arg(long)]
    pub json: bool,
    /// Run what is missing elsewhere: as an array of a Slurm cluster, or as processes of this machine
    #[arg(long, value_name = "WHERE")]
    pub launcher: Option<Where>,
    /// In how many shards [default: each has at least 30 s of work; local: one for each worker]
    #[arg(long, requires = "launcher", value_parser = shard_count)]
    pub shards: Option<usize>,
    /// Follow what was launched to its end
    #[arg(long, requires = "launcher")]
    pub wait: bool,
}

fn shard_count(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|n| (1..=100_000).contains(n)).ok_or_else(|| "must be a number from 1 to 100000".into())
}

impl SweepArgs {
    /// How much to show, and to whom.
    pub fn verbosity(&self) -> Verbosity {
        if self.json { Verbosity::Events } else { self.common.verbosity() }
    }
}

/// `gallery`'s options.
#[derive(Args, Clone)]
pub struct GalleryArgs {
    /// The folder of the experiments; folders in it are looked into
    #[arg(default_value = "experiments")]
    pub folder: PathBuf,
    /// The folder under which runs and records lie [default: reports, or reports/quick]
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Write it as Markdown, too
    #[arg(long, value_name = "FILE")]
    pub document: Option<PathBuf>,
    /// The first two seeds of each experiment only
    #[arg(long)]
    pub quick: bool,
    /// Workers and verbosity
    #[command(flatten)]
    pub common: Common,
}

/// `worker`'s options.
#[derive(Args, Clone)]
pub struct WorkerArgs {
    /// An experiment file, as a rule the experiment.toml of a run's folder
    #[arg(long, value_name = "FILE")]
    pub plan: PathBuf,
    /// Which slice of the plan: 2/5 is the second of five
    #[arg(long, value_name = "I/N")]
    pub shard: Shard,
    /// The folder under which runs and records lie [default: the one that the plan's run lies in]
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// The manifest of a launch, whose i-th line says which trials; without it, every n-th
    #[arg(long, value_name = "FILE")]
    pub manifest: Option<PathBuf>,
    /// Workers and verbosity
    #[command(flatten)]
    pub common: Common,
}

/// `verify`'s options.
#[derive(Args, Clone)]
pub struct VerifyArgs {
    /// A run's folder
    pub dir: PathBuf,
    /// Number of trials, chosen at random from those that were ok or diverged
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub trials: u32,
    /// Seed of the choice
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Workers and verbosity
    #[command(flatten)]
    pub common: Common,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// 0
    Fine,
    /// 1: a trial failed or timed out, a check failed, or the gate found a regression.
    Failed,
    /// 130
    Interrupted,
}

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => {
            let _ = e.print();
            return ExitCode::from(if e.use_stderr() { 2 } else { 0 });
        }
    };
    warn_of_slow_build();
    catch_interrupts();
    let ended = match cli.command {
        Command::New { name, folder } => command::new::new(&name, folder.as_deref()),
        Command::Sweep(args) => command::sweep::sweep(&args),
        Command::Gallery(args) => command::gallery::gallery(&args),
        Command::Worker(args) => command::worker::worker(&args),
        Command::Plan { file, resolved } => command::plan::plan(&file, resolved),
        Command::Report { dir, manifest, common } => command::report::report(&dir, manifest.as_deref(), &common),
        Command::Status { dir, common } => command::status::status(&dir, &common),
        Command::Verify(args) => command::verify::verify(&args),
        Command::Gc { out, delete } => command::gc::gc(&out, if delete { Mode::Delete } else { Mode::DryRun }),
        Command::Compare(args) => command::compare::compare(&args),
        Command::Gradcheck { file } => command::gradcheck::gradcheck(&file),
        Command::Catalog => command::catalog::catalog(),
        Command::Schema => {
            print(crate::schema::text().trim_end());
            Ok(Exit::Fine)
        }
        Command::Explain { dir, key } => command::explain::explain(&dir, &key),
        Command::Predict { weights, data, out_file } => command::predict::predict(&weights, &data, out_file.as_deref()),
        Command::Export { weights, file } => command::export::export(&weights, &file),
        Command::Data { what: DataCommand::List } => command::data::list(),
        Command::Data { what: DataCommand::Show { name, sets, out } } => command::data::show(&name, &sets, &out),
    };
    if let Err(problems) = &ended {
        anstream::eprintln!("{}", problems.render(Color::Styled));
    }
    ExitCode::from(status(&ended))
}

/// The exit status of a command that ended.
pub fn status(ended: &Ended) -> u8 {
    match ended {
        Ok(Exit::Fine) => 0,
        Ok(Exit::Failed) => 1,
        Ok(Exit::Interrupted) => 130,
        Err(_) => 2,
    }
}

/// What commands return: the exit status, or all problems of the input.
pub type Ended = Result<Exit, Problems>;

/// A number with its noun: 1 trial, 2 trials.
pub fn counted(n: usize, one: &str) -> String {
    if n == 1 { format!("{n} {one}") } else { format!("{n} {one}s") }
}

/// Prints to standard output; a reader that went away is no error.
pub fn print(text: &str) {
    let _ = writeln!(anstream::stdout(), "{text}");
}

/// The build flags of `.cargo/config.toml` can be lost without a word: RUSTFLAGS overrides them.
fn warn_of_slow_build() {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") && !cfg!(target_feature = "avx2") {
        anstream::eprintln!(
            "warning: built without this CPU's vector instructions, so training is several times slower; unset RUSTFLAGS and build again"
        );
    }
}

fn catch_interrupts() {
    // Without a handler Ctrl-C still ends the program, and nothing is lost: records are placed whole.
    let _ = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        eprintln!("stopping after the current epochs; Ctrl-C again stops at once");
    });
}
