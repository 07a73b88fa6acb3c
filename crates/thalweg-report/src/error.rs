//! What can go wrong with a report.

/// Why a report could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A file could not be written or read.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// A table is not what it should be.
    #[error("{0}")]
    Table(String),
    /// A figure or the page could not be drawn.
    #[error("cannot draw: {0}")]
    Draw(String),
}
