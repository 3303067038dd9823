//! Where rows are kept: one SQL body on either database. The only module that speaks to one.
//!
//! Use cases are synchronous functions over [`Tx`]. Each runs on a thread of the database: the one
//! writer of SQLite, which commits all that wait at once, or a connection of PostgreSQL. Handlers
//! wait for the answer without holding a thread.

pub(crate) mod activations;
pub(crate) mod api_keys;
mod backup;
pub(crate) mod brands;
pub(crate) mod bundles;
pub(crate) mod customers;
mod error;
pub(crate) mod events;
pub(crate) mod former_lists;
pub(crate) mod idempotency_keys;
pub(crate) mod inspection;
mod job;
pub(crate) mod license_keys;
pub(crate) mod licenses;
mod locked;
mod migrate;
mod page;
mod postgres;
pub(crate) mod products;
pub(crate) mod prune;
mod row;
pub(crate) mod settings;
pub(crate) mod signing_keys;
mod sqlite;
pub(crate) mod status_entries;
mod threads;
mod tx;

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use countersign::Code;
use tokio::sync::oneshot;

use crate::authority::Refusal;
use crate::metrics::Metrics;

use job::Task;
use postgres::Postgres;
use sqlite::Sqlite;

pub(crate) use backup::backup;
pub(crate) use error::StoreError;
pub(crate) use locked::Locked;
pub(crate) use page::Page;
pub(crate) use row::{After, Row, Value};
pub(crate) use tx::{Change, Question, Scope, Tx};

/// Which database keeps the rows.
#[derive(Clone, Debug)]
pub(crate) enum Location {
    /// A SQLite database in this file, made where there is none.
    Sqlite(PathBuf),
    /// A PostgreSQL database: a URL or a connection string.
    Postgres(String),
}

/// Learns what a transaction changed, once it is committed and before anybody is answered.
pub(crate) type Observer = Arc<dyn Fn(&[Change]) + Send + Sync>;

/// An open database. Clones share it; it closes with the last.
#[derive(Clone)]
pub(crate) struct Store {
    engine: Engine,
}

#[derive(Clone)]
enum Engine {
    Sqlite(Arc<Sqlite>),
    Postgres(Arc<Postgres>),
}

impl Store {
    /// Opens a database and brings its tables up to date.
    ///
    /// # Errors
    ///
    /// [`StoreError`], where it cannot be reached or was made by a newer version.
    pub(crate) fn open(
        location: &Location,
        observer: Observer,
        metrics: &Metrics,
    ) -> Result<Self, StoreError> {
        let engine = match location {
            Location::Sqlite(file) => {
                Engine::Sqlite(Arc::new(Sqlite::open(file, observer, metrics)?))
            }
            Location::Postgres(url) => Engine::Postgres(Arc::new(Postgres::open(url, observer)?)),
        };
        Ok(Self { engine })
    }

    /// Runs a use case that writes, and answers once what it did is durable. A use case that is
    /// refused leaves nothing behind. It may be run again, where the database asks for that.
    ///
    /// # Errors
    ///
    /// What the use case says, and [`Refusal::Store`].
    pub(crate) async fn write<T, F>(&self, scope: Scope, use_case: F) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Tx) -> Result<T, Refusal> + Send + 'static,
    {
        let (job, answer) = Task::new(scope, use_case);
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.run(Access::Write, job)?,
            Engine::Postgres(postgres) => postgres.run(Access::Write, job)?,
        }
        answered(Access::Write, answer).await
    }

    /// The same on a thread that may wait.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub(crate) fn write_now<T, F>(&self, scope: Scope, use_case: F) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Tx) -> Result<T, Refusal> + Send + 'static,
    {
        let (job, answer) = Task::new(scope, use_case);
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.run(Access::Write, job)?,
            Engine::Postgres(postgres) => postgres.run(Access::Write, job)?,
        }
        // A thread of its own may wait, even where the caller answers others.
        let waited = thread::scope(|scope| scope.spawn(|| answer.blocking_recv()).join());
        waited
            .ok()
            .and_then(Result::ok)
            .unwrap_or_else(|| Err(StoreError::Closed.into()))
    }

    /// How many use cases wait, by queue.
    pub(crate) fn waiting(&self) -> Vec<(&'static str, usize)> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.waiting().to_vec(),
            Engine::Postgres(postgres) => vec![("all", postgres.waiting())],
        }
    }

    /// Runs a use case that only reads.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub(crate) async fn read<T, F>(&self, scope: Scope, use_case: F) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Tx) -> Result<T, Refusal> + Send + 'static,
    {
        let (job, answer) = Task::new(scope, use_case);
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.run(Access::Read, job)?,
            Engine::Postgres(postgres) => postgres.run(Access::Read, job)?,
        }
        answered(Access::Read, answer).await
    }

    /// Whether it is SQLite, which can be asked whether its file is sound.
    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.engine, Engine::Sqlite(_))
    }

    /// Calls `drop_stale` where another process may have written since this was asked last, before
    /// anything is answered that was kept until then. `None` where the database cannot tell at once.
    pub(crate) fn written_elsewhere(&self, drop_stale: impl FnOnce()) -> Option<()> {
        match &self.engine {
            Engine::Sqlite(sqlite) => {
                sqlite.written_elsewhere(drop_stale);
                Some(())
            }
            Engine::Postgres(_) => None,
        }
    }
}

/// What a use case may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

async fn answered<T>(
    access: Access,
    answer: oneshot::Receiver<Result<T, Refusal>>,
) -> Result<T, Refusal> {
    match tokio::time::timeout(LONGEST_WAIT, answer).await {
        // A thread that ends without an answer is one that was told to close.
        Ok(answer) => answer.unwrap_or_else(|_| Err(StoreError::Closed.into())),
        Err(elapsed) => Err(match access {
            Access::Read => StoreError::TimedOut(elapsed.into()).into(),
            Access::Write => StoreError::OutcomeUnknown.into(),
        }),
    }
}

/// Texts in the form in which a search finds parts of them, in any case.
fn search_text<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    let texts = texts.into_iter().map(|text| text.as_ref().to_lowercase());
    Vec::from_iter(texts).join("\n")
}

/// A column that holds a code.
fn code(row: &dyn Row, column: usize) -> Result<Code, StoreError> {
    row.get::<String>(column)?
        .parse()
        .map_err(|_| StoreError::Damaged { what: "a code" })
}

/// How long a use case is waited for, its time in the queue included. Each step below has limits of
/// its own, so this is for the day on which several of them add up.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How many use cases may wait for the database before one more is turned away.
const QUEUE_LENGTH: usize = 4096;

#[cfg(test)]
mod tests;
