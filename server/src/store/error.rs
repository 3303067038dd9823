use std::error::Error;

/// The database did not do what it was asked.
///
/// Texts name no values: those may be secrets.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// More use cases wait than may.
    #[error("the database has too much to do")]
    Busy,
    /// It cannot be reached.
    #[error("the database cannot be reached")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    /// It took too long, and did not do it.
    #[error("the database took too long")]
    TimedOut(#[source] Box<dyn Error + Send + Sync>),
    /// The disk is full, or fails.
    #[error("the database cannot write")]
    Disk(#[source] Box<dyn Error + Send + Sync>),
    /// Another transaction was in the way; the same again may succeed.
    #[error("the transaction collided with others")]
    Collision,
    /// A row of that key exists.
    #[error("a row of that key exists")]
    Duplicate,
    /// Nobody waits for it any longer, or the connection was lost while it was committed: whether
    /// it was cannot be learned.
    #[error("whether the transaction was committed is not known")]
    OutcomeUnknown,
    /// What is stored is not what this version stores.
    #[error("{what} in the database is damaged")]
    Damaged {
        /// What, by the name of its table.
        what: &'static str,
    },
    /// The tables were made by a newer version.
    #[error("the tables are of version {found}, and this program knows versions up to {known}")]
    TooNew {
        /// The version of the tables.
        found: i64,
        /// The newest that is known.
        known: i64,
    },
    /// The database is being closed.
    #[error("the database is closed")]
    Closed,
    /// Anything else: a bug.
    #[error("the database refused a statement")]
    Statement(#[source] Box<dyn Error + Send + Sync>),
    /// A use case went on after an error of the database: a bug. What it did is undone.
    #[error("a use case went on after an error of the database")]
    WentOn,
    /// A use case panicked: a bug. What it did is undone.
    #[error("a use case failed")]
    Panicked,
}

impl StoreError {
    /// Whether the same, asked again after a while, may succeed.
    pub(crate) fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::Busy
                | Self::Unreachable(_)
                | Self::TimedOut(_)
                | Self::Disk(_)
                | Self::Collision
                | Self::OutcomeUnknown
                | Self::Closed
        )
    }
}
