//! What can be wrong with data.

/// Why data cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DataError {
    /// A source was asked for something that it cannot do.
    #[error("data source `{source_name}` {reason}")]
    Source {
        /// The source's name.
        source_name: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The bytes of a set are not what they should be.
    #[error("damaged data: {0}")]
    Damaged(String),
    /// A split that cannot be made.
    #[error("cannot split {n} samples: {reason}")]
    Split {
        /// Number of samples.
        n: usize,
        /// What is wrong.
        reason: String,
    },
}
