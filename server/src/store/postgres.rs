//! PostgreSQL: a pool of threads, each with a connection of its own.

use std::collections::HashMap;
use std::error::Error as _;
use std::thread;
use std::time::Duration;

use ::postgres::error::SqlState;
use ::postgres::fallible_iterator::FallibleIterator as _;
use ::postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use ::postgres::{Client, Config, NoTls, Statement};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use super::error::StoreError;
use super::job::{Job, Undone};
use super::migrate;
use super::row::{Row, Value};
use super::tx::{Change, Scope, Tx};
use super::{Observer, QUEUE_LENGTH};

/// A PostgreSQL database and the threads that speak to it, which end when it is dropped.
pub(super) struct Postgres {
    jobs: Sender<Box<dyn Job>>,
}

impl Postgres {
    pub(super) fn open(url: &str, observer: Observer) -> Result<Self, StoreError> {
        let mut config: Config = url.parse().map_err(unreachable_database)?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(PATIENCE);
        }
        if config.get_application_name().is_none() {
            config.application_name("countersign");
        }
        let mut first = Session::connect(&config)?;
        first.migrate()?;
        let (jobs, waiting) = bounded(QUEUE_LENGTH);
        let mut session = Some(first);
        for number in 0..CONNECTIONS {
            let mut worker = Worker {
                config: config.clone(),
                session: session.take(),
                observer: observer.clone(),
            };
            let waiting: Receiver<Box<dyn Job>> = waiting.clone();
            thread::Builder::new()
                .name(format!("postgres-{number}"))
                .spawn(move || {
                    for job in waiting {
                        worker.work(job);
                    }
                })
                .map_err(|error| StoreError::Unreachable(error.into()))?;
        }
        Ok(Self { jobs })
    }

    pub(super) fn run(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        self.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => StoreError::Closed,
        })
    }
}

/// One thread of the pool.
struct Worker {
    config: Config,
    /// Nothing until it is needed, and after it was lost.
    session: Option<Session>,
    observer: Observer,
}

impl Worker {
    fn work(&mut self, mut job: Box<dyn Job>) {
        let mut outcome = Err(StoreError::Collision);
        for _ in 0..TRIES {
            outcome = self.attempt(&mut *job);
            match &outcome {
                Err(StoreError::Collision) => {}
                // A connection that was lost before the commit has done nothing.
                Err(StoreError::Unreachable(_)) if self.session.is_some() => self.session = None,
                _ => break,
            }
        }
        match outcome {
            Ok(changes) => {
                if !changes.is_empty() {
                    (self.observer)(&changes);
                }
                job.answer(Ok(()));
            }
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a transaction failed"
                );
                job.answer(Err(error));
            }
        }
    }

    fn attempt(&mut self, job: &mut dyn Job) -> Result<Vec<Change>, StoreError> {
        let session = match &mut self.session {
            Some(session) => session,
            none => none.insert(Session::connect(&self.config)?),
        };
        let transaction_id = session.begin(job.scope())?;
        let ran = job.run(session);
        let changes = std::mem::take(&mut session.changes);
        match ran {
            Ok(()) => match session.simple("COMMIT") {
                Ok(()) => Ok(changes),
                Err(StoreError::Unreachable(_)) => {
                    self.session = None;
                    self.outcome(&transaction_id).map(|()| changes)
                }
                Err(error) => Err(error),
            },
            Err(undone) => {
                if session.simple("ROLLBACK").is_err() {
                    self.session = None;
                }
                match undone {
                    Undone::Collision => Err(StoreError::Collision),
                    // The answer is in the job.
                    Undone::Failed | Undone::Refused => Ok(Vec::new()),
                }
            }
        }
    }

    /// Learns, over a new connection, whether a transaction was committed whose commit was never
    /// answered.
    fn outcome(&mut self, transaction_id: &str) -> Result<(), StoreError> {
        let mut session = Session::connect(&self.config).map_err(|_| StoreError::OutcomeUnknown)?;
        let status = session
            .client
            .query_one(
                "SELECT pg_xact_status(CAST(CAST($1 AS TEXT) AS xid8))",
                &[&transaction_id],
            )
            .and_then(|row| row.try_get::<_, Option<String>>(0));
        self.session = Some(session);
        match status.ok().flatten().as_deref() {
            Some("committed") => Ok(()),
            Some("aborted") => Err(StoreError::Collision),
            _ => Err(StoreError::OutcomeUnknown),
        }
    }
}

/// A connection and its prepared statements.
struct Session {
    client: Client,
    statements: HashMap<String, Statement>,
    changes: Vec<Change>,
}

impl Session {
    fn connect(config: &Config) -> Result<Self, StoreError> {
        let client = config.connect(NoTls).map_err(unreachable_database)?;
        Ok(Self {
            client,
            statements: HashMap::new(),
            changes: Vec::new(),
        })
    }

    /// Several processes may start at once: the first takes the lock, the others wait for it and
    /// find nothing left to do.
    fn migrate(&mut self) -> Result<(), StoreError> {
        self.simple("BEGIN")?;
        let migrated = self
            .execute("SELECT pg_advisory_xact_lock($1)", &[LOCK.into()])
            .and_then(|_| {
                migrate::migrate(self, |migration| {
                    let portable = migration.portable.replace("BYTES", "BYTEA");
                    portable + migration.postgres
                })
            });
        match migrated {
            Ok(()) => self.simple("COMMIT"),
            Err(error) => {
                let _ = self.simple("ROLLBACK");
                Err(error)
            }
        }
    }

    /// Begins a transaction for the rows of `scope`, and says its id.
    fn begin(&mut self, scope: &Scope) -> Result<String, StoreError> {
        self.simple("BEGIN")?;
        let brand = match scope {
            Scope::Brand(id) => id.as_str(),
            Scope::All => EVERY_BRAND,
        };
        let begun = self.first(
            "SELECT set_config('countersign.brand', $1, true), CAST(pg_current_xact_id() AS TEXT)",
            &[brand.into()],
            |row| row.get(1),
        )?;
        begun.ok_or(StoreError::Damaged {
            what: "the answer to BEGIN",
        })
    }

    fn first<T>(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnMut(&dyn Row) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let tx: &mut dyn Tx = self;
        tx.first(sql, values, read)
    }

    fn simple(&mut self, sql: &str) -> Result<(), StoreError> {
        Ok(self.client.batch_execute(sql)?)
    }

    fn prepare(&mut self, sql: &str) -> Result<Statement, StoreError> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql)?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

impl Tx for Session {
    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        if values.is_empty() {
            self.simple(sql)?;
            return Ok(0);
        }
        let statement = self.prepare(sql)?;
        let values: Vec<&(dyn ToSql + Sync)> = values
            .iter()
            .map(|value| value as &(dyn ToSql + Sync))
            .collect();
        Ok(self.client.execute(&statement, &values)?)
    }

    fn rows(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&dyn Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let statement = self.prepare(sql)?;
        let mut rows = self.client.query_raw(&statement, values)?;
        while let Some(row) = rows.next()? {
            each(&row)?;
        }
        Ok(())
    }

    fn note(&mut self, change: Change) {
        self.changes.push(change);
    }
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut bytes::BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Text(text) => text.to_sql(kind, out),
            Self::Integer(number) => number.to_sql(kind, out),
            Self::Bytes(bytes) => bytes.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::TEXT | Type::VARCHAR | Type::INT8 | Type::BYTEA)
    }

    to_sql_checked!();
}

impl Row for ::postgres::Row {
    fn text(&self, column: usize) -> Result<Option<String>, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn integer(&self, column: usize) -> Result<Option<i64>, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn bytes(&self, column: usize) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.try_get(column)?)
    }
}

impl From<::postgres::Error> for StoreError {
    fn from(error: ::postgres::Error) -> Self {
        let Some(state) = error.code() else {
            // No word of the database itself: the connection, or a value that does not fit.
            return match error.is_closed()
                || error
                    .source()
                    .is_some_and(|cause| cause.is::<std::io::Error>())
            {
                true => Self::Unreachable(without_values(&error)),
                false => Self::Statement(without_values(&error)),
            };
        };
        if *state == SqlState::UNIQUE_VIOLATION {
            return Self::Duplicate;
        }
        // Use cases look for the rows that a row hangs on before they write: those that are missing
        // now were taken away meanwhile, and the next try says so.
        if *state == SqlState::T_R_SERIALIZATION_FAILURE
            || *state == SqlState::T_R_DEADLOCK_DETECTED
            || *state == SqlState::FOREIGN_KEY_VIOLATION
        {
            return Self::Collision;
        }
        match state.code().get(..2) {
            // Connection exceptions, and operator interventions such as a shutdown.
            Some("08" | "57") => Self::Unreachable(without_values(&error)),
            // Out of disk space or memory, or too many connections.
            Some("53" | "58") => Self::Disk(without_values(&error)),
            _ => Self::Statement(without_values(&error)),
        }
    }
}

fn unreachable_database(error: ::postgres::Error) -> StoreError {
    StoreError::Unreachable(without_values(&error))
}

/// What the database said, without the detail, which quotes values.
fn without_values(error: &::postgres::Error) -> Box<dyn std::error::Error + Send + Sync> {
    match error.as_db_error() {
        Some(said) => format!("{}: {}", said.code().code(), said.message()).into(),
        None => match error.source() {
            Some(cause) => format!("{error}: {cause}").into(),
            None => error.to_string().into(),
        },
    }
}

/// What `countersign.brand` is set to for who may reach every row.
const EVERY_BRAND: &str = "*";
/// Connections of one process.
const CONNECTIONS: usize = 16;
/// How often a transaction that collides is run.
const TRIES: usize = 8;
/// How long to wait for a connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// The advisory lock that migrations hold: the bytes of `countsig`.
const LOCK: i64 = i64::from_be_bytes(*b"countsig");
