use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use rusqlite::Connection;

use super::super::error::StoreError;

/// Sees whether other processes write. Each of a few connections sees it for itself, so that threads
/// that ask do not wait for each other.
pub(super) struct Watches(Box<[Mutex<Watch>]>);

impl Watches {
    pub(super) fn open(
        connect: impl Fn() -> Result<Connection, StoreError>,
    ) -> Result<Self, StoreError> {
        let count = thread::available_parallelism().map_or(1, usize::from);
        let watches = (0..count.min(MOST)).map(|_| Ok(Mutex::new(Watch::of(connect()?))));
        watches.collect::<Result<_, _>>().map(Self)
    }

    /// Calls `drop_stale` where another process has written since this thread's connection was asked
    /// last. Nobody else is told by that connection that nothing was written before it returns.
    pub(super) fn ask(&self, drop_stale: impl FnOnce()) {
        let place = thread_number() % self.0.len().max(1);
        let Some(watch) = self.0.get(place) else {
            return drop_stale();
        };
        // Whoever panicked left numbers that are compared anew.
        let mut watch = watch.lock().unwrap_or_else(PoisonError::into_inner);
        if watch.is_behind() {
            drop_stale();
        }
    }
}

struct Watch {
    connection: Connection,
    /// What `PRAGMA data_version` said: it changes with every commit of another connection.
    version: i64,
    /// How often one process wrote after another.
    turns: i64,
}

impl Watch {
    fn of(connection: Connection) -> Self {
        Self {
            connection,
            version: -1,
            turns: -1,
        }
    }

    /// Whether another process has written since this was asked last. What cannot be learned
    /// counts as yes.
    fn is_behind(&mut self) -> bool {
        let Ok(version) = self.number("PRAGMA data_version") else {
            return true;
        };
        if version == self.version {
            return false;
        }
        let Ok(turns) = self.number("SELECT turns FROM writers") else {
            return true;
        };
        self.version = version;
        std::mem::replace(&mut self.turns, turns) != turns
    }

    fn number(&self, sql: &str) -> rusqlite::Result<i64> {
        self.connection
            .prepare_cached(sql)?
            .query_row([], |row| row.get(0))
    }
}

/// A number of this thread: threads that were started one after another have different ones.
fn thread_number() -> usize {
    static STARTED: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: Cell<Option<usize>> = const { Cell::new(None) };
    }
    NUMBER.with(|number| {
        let known = number.get();
        let known = known.unwrap_or_else(|| STARTED.fetch_add(1, Ordering::Relaxed));
        number.set(Some(known));
        known
    })
}

/// Connections that watch: more would only take memory.
const MOST: usize = 8;
