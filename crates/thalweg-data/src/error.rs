//! What can be wrong with data.

use std::path::Path;

/// Why data cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DataError {
    /// A setting that does not go with the source, or with what is in it.
    #[error("{reason}")]
    Option {
        /// The setting under `data` that is to blame.
        option: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A file that cannot be read, or is not what it says.
    #[error("{path}{place}: {reason}")]
    File {
        /// As the user named it.
        path: String,
        /// `:17` for a line, ` at byte 16`, or nothing.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// A split that cannot be made.
    #[error("cannot split {n} samples: {reason}")]
    Split {
        /// Number of samples.
        n: usize,
        /// What is wrong.
        reason: String,
    },
}

impl DataError {
    /// A setting is to blame.
    pub fn option(option: &'static str, reason: impl Into<String>) -> DataError {
        DataError::Option { option, reason: reason.into() }
    }

    /// A whole file is to blame.
    pub fn file(path: &Path, reason: impl ToString) -> DataError {
        DataError::File { path: path.display().to_string(), place: String::new(), reason: reason.to_string() }
    }

    /// A line of a text, counted from 1.
    pub fn line(path: &Path, line: u64, reason: impl ToString) -> DataError {
        DataError::File { path: path.display().to_string(), place: format!(":{line}"), reason: reason.to_string() }
    }

    /// A byte of a file, counted from 0, after unpacking.
    pub fn byte(path: &Path, byte: u64, reason: impl ToString) -> DataError {
        DataError::File { path: path.display().to_string(), place: format!(" at byte {byte}"), reason: reason.to_string() }
    }
}
