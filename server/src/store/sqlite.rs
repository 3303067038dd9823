//! SQLite: one writer thread that commits all that wait at once, and a few reader threads.

mod checkpoint;
mod watch;
mod writer;

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql};

use crate::metrics::Metrics;

use super::error::StoreError;
use super::job::{self, Job};
use super::row::{Row, Value};
use super::threads::Threads;
use super::tx::{Change, Question, Tx};
use super::{Access, Observer, QUEUE_LENGTH};

use checkpoint::{Checkpoints, Restart};
use watch::Watches;
use writer::Writer;

/// A SQLite database and its threads, which end when it is dropped.
pub(super) struct Sqlite {
    watches: Watches,
    /// These are dropped first, which ends the threads.
    writes: Sender<Box<dyn Job>>,
    reads: Sender<Box<dyn Job>>,
    _checkpoints: Sender<()>,
    _threads: Threads,
}

impl Sqlite {
    pub(super) fn open(
        file: &Path,
        observer: Observer,
        metrics: &Metrics,
    ) -> Result<Self, StoreError> {
        // SQLite would make it for everybody to read; its log takes the permissions over. Where it
        // cannot be made, opening it says so.
        let _ = crate::file::create_private(file, "");
        let restart = Restart::default();
        let mut writer = Writer::open(file, observer, metrics, restart.clone())?;
        writer.migrate()?;
        let mut threads = Threads::default();
        let (writes, waiting) = bounded(QUEUE_LENGTH);
        threads.spawn("sqlite-writer", move || writer.work(&waiting))?;
        let (reads, waiting) = bounded(QUEUE_LENGTH);
        for _ in 0..READERS {
            let mut reader = Session::of(connect(file)?);
            reader.connection.pragma_update(None, "query_only", true)?;
            let waiting: Receiver<Box<dyn Job>> = waiting.clone();
            threads.spawn("sqlite-reader", move || {
                for job in waiting {
                    if job.is_awaited() {
                        read(&mut reader, job);
                    }
                }
            })?;
        }
        let (closing, closed) = bounded(0);
        let checkpoints = Checkpoints::new(connect(file)?, restart);
        threads.spawn("sqlite-checkpoint", move || checkpoints.work(&closed))?;
        Ok(Self {
            watches: Watches::open(|| connect(file))?,
            writes,
            reads,
            _checkpoints: closing,
            _threads: threads,
        })
    }

    pub(super) fn run(&self, access: Access, job: Box<dyn Job>) -> Result<(), StoreError> {
        match access {
            Access::Read => job::queue(&self.reads, job),
            Access::Write => job::queue(&self.writes, job),
        }
    }

    /// How many use cases wait, by queue.
    pub(super) fn waiting(&self) -> [(&'static str, usize); 2] {
        [("write", self.writes.len()), ("read", self.reads.len())]
    }

    pub(super) fn written_elsewhere(&self, drop_stale: impl FnOnce()) {
        self.watches.ask(drop_stale);
    }
}

fn read(session: &mut Session, mut job: Box<dyn Job>) {
    // One transaction, so that every statement sees the same state.
    let read = session.begin("BEGIN").and_then(|()| {
        let _ = job.run(session);
        session.changes.clear();
        session.simple("COMMIT")
    });
    if read.is_err() {
        session.abandon();
    }
    job.answer(read);
}

/// A connection, and the statements in SQLite's own words.
struct Session {
    connection: Connection,
    translated: Translations,
    changes: Vec<Change>,
    /// The use case wrote something.
    has_written: bool,
    /// A statement of the use case failed, and what it did is void.
    has_failed: bool,
}

impl Session {
    fn of(connection: Connection) -> Self {
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        Self {
            connection,
            translated: Translations::default(),
            changes: Vec::new(),
            has_written: false,
            has_failed: false,
        }
    }

    fn begin(&mut self, sql: &str) -> Result<(), StoreError> {
        self.changes.clear();
        self.has_failed = false;
        self.simple(sql)
    }

    /// Ends a transaction of which nothing is kept, if SQLite has not done so itself.
    fn abandon(&mut self) {
        if !self.connection.is_autocommit() {
            let _ = self.simple("ROLLBACK");
        }
    }

    /// Notes a failure of the use case that runs, after which it may do no more.
    fn failing<T>(&mut self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        self.has_failed |= done.is_err();
        done
    }

    fn simple(&mut self, sql: &str) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        statement.raw_execute()?;
        Ok(())
    }
}

impl Tx for Session {
    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        if self.has_failed {
            return Err(StoreError::WentOn);
        }
        let done = self.run(sql, values);
        self.failing(done)
    }

    fn send(&mut self, sql: &str, values: &[Value<'_>]) -> Result<(), StoreError> {
        self.execute(sql, values).map(|_| ())
    }

    fn rows(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&dyn Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        if self.has_failed {
            return Err(StoreError::WentOn);
        }
        let done = self.query(sql, values, each);
        self.failing(done)
    }

    fn ask(&mut self, questions: &mut [Question<'_>]) -> Result<(), StoreError> {
        for Question { sql, values, each } in questions {
            self.rows(sql, values, each)?;
        }
        Ok(())
    }

    fn note(&mut self, change: Change) {
        self.changes.push(change);
    }
}

impl Session {
    fn run(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        self.has_written = true;
        let sql = translate(&mut self.translated, sql);
        let mut statement = self.connection.prepare_cached(&sql)?;
        let changed = statement.execute(rusqlite::params_from_iter(values))?;
        Ok(u64::try_from(changed).unwrap_or(u64::MAX))
    }

    fn query(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&dyn Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let sql = translate(&mut self.translated, sql);
        let mut statement = self.connection.prepare_cached(&sql)?;
        self.has_written |= !statement.readonly();
        let mut rows = statement.query(rusqlite::params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            each(row)?;
        }
        Ok(())
    }
}

/// SQLite counts `$1` by where it first appears and `?1` by its number. It has one writer, and so no
/// locks of rows.
fn translate(translated: &mut Translations, sql: &str) -> Arc<str> {
    if let Some(known) = translated.get(sql) {
        return known.clone();
    }
    let unlocked = sql
        .split_once(LOCKING)
        .map_or(sql, |(question, _)| question);
    let translation: Arc<str> = unlocked.replace('$', "?").into();
    translated.insert(sql.to_owned(), translation.clone());
    translation
}

type Translations = HashMap<String, Arc<str>, BuildHasherDefault<Outline>>;

/// Tells long texts apart by their length and how they begin and end: there are few of them, and they
/// are looked up with every statement.
#[derive(Default)]
struct Outline(u64);

impl Hasher for Outline {
    fn write(&mut self, text: &[u8]) {
        let middle = text.get(text.len() / 2..).unwrap_or_default();
        let parts = [text.first_chunk(), middle.first_chunk(), text.last_chunk()];
        for part in parts.into_iter().flatten() {
            self.write_u64(u64::from_le_bytes(*part));
        }
        self.write_usize(text.len());
    }

    fn write_u8(&mut self, _: u8) {}

    fn write_usize(&mut self, number: usize) {
        self.write_u64(u64::try_from(number).unwrap_or(u64::MAX));
    }

    fn write_u64(&mut self, number: u64) {
        // The multiplier of FxHash, which spreads what is close together.
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl Row for rusqlite::Row<'_> {
    fn text(&self, column: usize) -> Result<Option<String>, StoreError> {
        Ok(self.get(column)?)
    }

    fn integer(&self, column: usize) -> Result<Option<i64>, StoreError> {
        Ok(self.get(column)?)
    }

    fn bytes(&self, column: usize) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.get(column)?)
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error() {
            Some(code) => match code.code {
                ErrorCode::ConstraintViolation if is_unique(code.extended_code) => Self::Duplicate,
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Collision,
                ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::OutOfMemory
                | ErrorCode::ReadOnly => Self::Disk(Box::new(error)),
                ErrorCode::CannotOpen => Self::Unreachable(Box::new(error)),
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
                    Self::Damaged { what: "a page" }
                }
                _ => Self::Statement(Box::new(error)),
            },
            None => Self::Statement(Box::new(error)),
        }
    }
}

fn is_unique(extended_code: i32) -> bool {
    matches!(
        extended_code,
        rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY
    )
}

fn connect(file: &Path) -> Result<Connection, StoreError> {
    // Each connection stays with one thread at a time.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(PATIENCE)?;
    write_ahead(&connection)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // Without it a statement is planned anew whenever it is given other values, which takes longer than
    // to run it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // A thread of its own does it, so that no commit waits for it.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", LONGEST_LOG)?;
    Ok(connection)
}

/// Turns the write-ahead log on. Where several processes open a new file at once, SQLite tells all but
/// one that it is busy, and does not wait for them.
fn write_ahead(connection: &Connection) -> Result<(), StoreError> {
    let mut tries = TRIES;
    loop {
        match connection
            .pragma_update(None, "journal_mode", "WAL")
            .map_err(StoreError::from)
        {
            Err(StoreError::Collision) if tries > 0 => tries -= 1,
            outcome => return outcome,
        }
        pause();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "another process is done when it is, and tells nobody"
)]
fn pause() {
    std::thread::sleep(PAUSE);
}

/// How a statement that takes the locks of rows ends.
const LOCKING: &str = " FOR NO KEY UPDATE";
/// Threads that read.
const READERS: usize = 2;
/// Prepared statements kept per connection: more than there are.
const STATEMENTS_KEPT: usize = 512;
/// How long to wait for the write lock of another process.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a new file is tried that another process is opening as well, and how long to wait
/// between.
const TRIES: u32 = 250;
const PAUSE: Duration = Duration::from_millis(20);
/// What of the log is kept on the disk once it begins anew, in bytes.
const LONGEST_LOG: i64 = 64 << 20;
