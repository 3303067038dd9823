use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use rusqlite::Connection;

/// Copies the log into the database on a thread of its own, so that no commit waits for it.
pub(super) struct Checkpoints {
    connection: Connection,
    restart: Restart,
}

impl Checkpoints {
    pub(super) fn new(connection: Connection, restart: Restart) -> Self {
        Self {
            connection,
            restart,
        }
    }

    /// Works until the database is closed.
    pub(super) fn work(self, closed: &Receiver<()>) {
        while closed.recv_timeout(BETWEEN_CHECKPOINTS) == Err(RecvTimeoutError::Timeout) {
            if let Err(error) = self.checkpoint() {
                tracing::warn!(error = &error as &dyn std::error::Error, "no checkpoint");
            }
        }
    }

    fn checkpoint(&self) -> rusqlite::Result<()> {
        let log = Log::after("NOOP", &self.connection)?;
        if log.pages - log.copied >= CHECKPOINT_FROM {
            let log = Log::after("PASSIVE", &self.connection)?;
            if log.pages >= RESTART_FROM {
                self.restart.0.store(true, Ordering::Relaxed);
            }
        }
        Ok(())
    }
}

/// That the log is to begin anew, which only happens while all of it is copied: what is written during a
/// copy keeps it from that, so the one who writes copies the last of it.
#[derive(Clone, Default)]
pub(super) struct Restart(Arc<AtomicBool>);

impl Restart {
    /// Copies what is left, where the log is to begin anew. The next commit does that.
    pub(super) fn where_due(&self, writer: &Connection) {
        if self.0.swap(false, Ordering::Relaxed)
            && let Err(error) = Log::after("PASSIVE", writer)
        {
            tracing::warn!(error = &error as &dyn std::error::Error, "no checkpoint");
        }
    }
}

/// How long the log is.
struct Log {
    pages: i64,
    /// How many of them are in the database.
    copied: i64,
}

impl Log {
    fn after(how: &str, connection: &Connection) -> rusqlite::Result<Self> {
        let sql = format!("PRAGMA wal_checkpoint({how})");
        connection.query_row(&sql, [], |row| {
            Ok(Self {
                pages: row.get(1)?,
                copied: row.get(2)?,
            })
        })
    }
}

const BETWEEN_CHECKPOINTS: Duration = Duration::from_millis(250);
/// Pages of the log that are copied together, of 4 KiB each: the more they are, the more of them are of
/// one page of the database, which is written once.
const CHECKPOINT_FROM: i64 = 2048;
/// How many pages of it there are when it is to begin anew.
const RESTART_FROM: i64 = 4096;
