//! What a source is asked for.

use std::path::PathBuf;

/// A column of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// By its header.
    Name(String),
    /// By its place from 0, or from the end: −1 is the last.
    Place(i64),
}

/// Whether a table's first line names its columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Header {
    /// It does.
    #[default]
    Present,
    /// It is a sample.
    Absent,
}

/// What becomes of missing values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// They are an error.
    #[default]
    Refuse,
    /// Samples with one are left out.
    Drop,
    /// The mean of the training part stands in.
    Mean,
    /// The median of the training part stands in.
    Median,
}

/// What a target is for, where its own form does not decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskKind {
    /// Each value is a class.
    Classes,
    /// A number to be predicted.
    Regression,
}

/// Whether an installed set must be the known one, byte for byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verify {
    /// Its files' hashes must be the known ones.
    #[default]
    Known,
    /// The user wants what is there.
    Anything,
}

/// What a source is asked for; each source takes some of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceSpec {
    /// Number of samples.
    pub n: Option<usize>,
    /// Noise.
    pub noise: Option<f64>,
    /// How many of the classes are taken, the first ones; `None`: all. Every source takes it.
    pub classes: Option<usize>,
    /// A file or folder.
    pub path: Option<PathBuf>,
    /// Where else to look for an installed set: the experiment's folder.
    pub beside: PathBuf,
    /// The column to be learned; `None`: the last.
    pub target: Option<Column>,
    /// Whether the first line names the columns.
    pub header: Header,
    /// What separates the cells of a line; `None`: a comma.
    pub delimiter: Option<u8>,
    /// Columns that are not read.
    pub drop: Vec<Column>,
    /// The column that says which samples belong together.
    pub group: Option<Column>,
    /// What becomes of missing values.
    pub missing: Missing,
    /// What the target is for; `None`: by its form.
    pub task: Option<TaskKind>,
    /// Height and width that pictures are made to have.
    pub size: Option<(usize, usize)>,
    /// Whether an installed set must be the known one.
    pub verify: Verify,
}

impl SourceSpec {
    /// The settings that differ from their defaults, as written under `data`, but for `classes`.
    pub fn given(&self) -> Vec<&'static str> {
        let all = [
            ("n", self.n.is_some()),
            ("noise", self.noise.is_some()),
            ("path", self.path.is_some()),
            ("target", self.target.is_some()),
            ("header", self.header != Header::default()),
            ("delimiter", self.delimiter.is_some()),
            ("drop", !self.drop.is_empty()),
            ("group", self.group.is_some()),
            ("missing", self.missing != Missing::default()),
            ("task", self.task.is_some()),
            ("size", self.size.is_some()),
            ("verify", self.verify != Verify::default()),
        ];
        all.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect()
    }
}
