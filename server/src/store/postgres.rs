//! PostgreSQL: a pool of threads, each with a connection of its own.
//!
//! What costs is the way to the server and back. A statement of which only the failure matters is
//! sent together with the next one, and so are `BEGIN` and `COMMIT` (libpq calls it pipelining).

mod tls;

use std::collections::HashMap;
use std::error::Error as _;
use std::future::{self, Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use tokio::runtime::{self, Runtime};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Config, NoTls, Statement};

use super::error::StoreError;
use super::job::{self, Job, Undone};
use super::migrate;
use super::row::{Row, Value};
use super::threads::Threads;
use super::tx::{Change, Question, Scope, Tx};
use super::{Access, Observer, QUEUE_LENGTH};

use tls::{Asked, Encryption};

/// A PostgreSQL database and the threads that speak to it, which end when it is dropped.
pub(super) struct Postgres {
    /// Dropped first, which ends the threads.
    jobs: Sender<(Access, Box<dyn Job>)>,
    _threads: Threads,
}

impl Postgres {
    pub(super) fn open(url: &str, observer: Observer) -> Result<Self, StoreError> {
        let server = Server::parse(url)?;
        let mut first = Session::open(&server)?;
        first.migrate()?;
        first.settle()?;
        first.warn_if_unbound();
        let (jobs, waiting) = bounded(QUEUE_LENGTH);
        let mut threads = Threads::default();
        let mut session = Some(first);
        for number in 0..CONNECTIONS {
            let mut worker = Worker {
                server: server.clone(),
                session: session.take(),
                observer: observer.clone(),
            };
            let waiting: Receiver<(Access, Box<dyn Job>)> = waiting.clone();
            threads.spawn(&format!("postgres-{number}"), move || {
                for (access, job) in waiting {
                    if job.is_awaited() {
                        worker.work(access, job);
                    }
                }
            })?;
        }
        Ok(Self {
            jobs,
            _threads: threads,
        })
    }

    pub(super) fn run(&self, access: Access, job: Box<dyn Job>) -> Result<(), StoreError> {
        job::queue(&self.jobs, (access, job))
    }
}

/// Where the database is, and how it is spoken to.
#[derive(Clone)]
struct Server {
    config: Config,
    encryption: Option<Encryption>,
}

impl Server {
    fn parse(url: &str) -> Result<Self, StoreError> {
        let (asked, url) = Asked::take(url);
        let mut config: Config = url.parse().map_err(unreachable_database)?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_application_name().is_none() {
            config.application_name("countersign");
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(STATEMENT_TIMEOUT);
        }
        let encryption = match asked.encrypted {
            true => Some(asked.encryption().map_err(|error| {
                StoreError::Unreachable(format!("root certificates: {error}").into())
            })?),
            false => None,
        };
        Ok(Self { config, encryption })
    }
}

impl Postgres {
    /// How many use cases wait.
    pub(super) fn waiting(&self) -> usize {
        self.jobs.len()
    }
}

/// One thread of the pool.
struct Worker {
    server: Server,
    /// Nothing until it is needed, and after it was lost.
    session: Option<Session>,
    observer: Observer,
}

impl Worker {
    fn work(&mut self, access: Access, mut job: Box<dyn Job>) {
        let mut outcome = Err(StoreError::Collision);
        let mut losses = 0;
        for _ in 0..TRIES {
            outcome = self.attempt(access, &mut *job);
            match &outcome {
                Err(StoreError::Collision) => {}
                // A connection that was lost before the commit has done nothing. Where none can be
                // made, the database is not there.
                Err(StoreError::Unreachable(_)) if losses < LOSSES && self.connect().is_ok() => {
                    losses += 1;
                }
                _ => break,
            }
        }
        match outcome {
            Ok(changes) => {
                job::tell(&self.observer, &changes);
                job.answer(Ok(()));
                self.let_go(access);
            }
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    cause = error.source(),
                    "a transaction failed"
                );
                job.answer(Err(error));
            }
        }
    }

    fn connect(&mut self) -> Result<&mut Session, StoreError> {
        Ok(match &mut self.session {
            Some(session) => session,
            none => none.insert(Session::connect(&self.server)?),
        })
    }

    /// Runs a use case, and commits where it writes.
    fn attempt(&mut self, access: Access, job: &mut dyn Job) -> Result<Vec<Change>, StoreError> {
        let session = self.connect()?;
        if let Err(error) = session.begin(access, job.scope()) {
            // Whatever it was, nothing has been done.
            self.session = None;
            return Err(error);
        }
        let ran = job.run(session);
        let changes = std::mem::take(&mut session.changes);
        match (ran, access) {
            // Nothing that it read hangs on how its transaction ends.
            (Ok(()), Access::Read) => Ok(changes),
            (Ok(()), Access::Write) => match session.commit() {
                Ok(()) => Ok(changes),
                Err(StoreError::Unreachable(_) | StoreError::TimedOut(_)) => {
                    let transaction_id = session.transaction_id.get().cloned();
                    self.session = None;
                    let known = transaction_id.ok_or(StoreError::OutcomeUnknown)?;
                    self.outcome(&known).map(|()| changes)
                }
                // What a use case asked before it wrote was outrun by another.
                Err(StoreError::Duplicate) => Err(StoreError::Collision),
                Err(error) => Err(error),
            },
            (Err(undone), _) => {
                if session.is_lost || session.rollback().is_err() {
                    self.session = None;
                }
                match undone {
                    Undone::Collision => Err(StoreError::Collision),
                    Undone::Lost => {
                        self.session = None;
                        Err(StoreError::Unreachable("the connection was lost".into()))
                    }
                    // The answer is in the job.
                    Undone::Failed | Undone::Refused => Ok(Vec::new()),
                }
            }
        }
    }

    /// Ends the transaction of a use case that read, after its answer.
    fn let_go(&mut self, access: Access) {
        let Some(session) = &mut self.session else {
            return;
        };
        if access == Access::Read && session.in_transaction && session.rollback().is_err() {
            self.session = None;
        }
    }

    /// Learns, over a new connection, whether a transaction was committed whose commit was never
    /// answered.
    fn outcome(&mut self, transaction_id: &str) -> Result<(), StoreError> {
        let session = self.connect().map_err(|_| StoreError::OutcomeUnknown)?;
        let status = session
            .first(
                "SELECT pg_xact_status(CAST(CAST($1 AS TEXT) AS xid8))",
                &[transaction_id.into()],
                |row| row.get::<Option<String>>(0),
            )
            .map_err(|_| StoreError::OutcomeUnknown)?;
        match status.flatten().as_deref() {
            Some("committed") => Ok(()),
            Some("aborted") => Err(StoreError::Collision),
            _ => Err(StoreError::OutcomeUnknown),
        }
    }
}

/// A statement that was sent and whose answer nobody has looked at.
type Sent = Pin<Box<dyn Future<Output = Result<(), tokio_postgres::Error>> + Send>>;

/// A connection and its prepared statements.
struct Session {
    client: Arc<Client>,
    statements: HashMap<String, Statement>,
    /// What goes out with the next statement.
    sent: Vec<Sent>,
    changes: Vec<Change>,
    /// The transaction's, once the database has answered.
    transaction_id: Arc<OnceLock<String>>,
    in_transaction: bool,
    /// A statement failed, and what the transaction did is void.
    has_failed: bool,
    /// The connection is of no use any more.
    is_lost: bool,
    /// How long the database may take for one statement, as seen from here.
    patience: Duration,
    /// Dropped last: the connection lives in it.
    runtime: Runtime,
}

impl Session {
    fn connect(server: &Server) -> Result<Self, StoreError> {
        let mut session = Self::open(server)?;
        session.settle()?;
        Ok(session)
    }

    /// Makes a connection that waits as long as a migration may take.
    fn open(server: &Server) -> Result<Self, StoreError> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| StoreError::Unreachable(error.into()))?;
        let client = runtime.block_on(async {
            let connected = tokio::time::timeout(STATEMENT_TIMEOUT, async {
                match server.encryption.clone() {
                    None => {
                        let (client, connection) = server.config.connect(NoTls).await?;
                        tokio::spawn(connection);
                        Ok(client)
                    }
                    Some(encryption) => {
                        let (client, connection) = server.config.connect(encryption).await?;
                        tokio::spawn(connection);
                        Ok(client)
                    }
                }
            });
            match connected.await {
                Ok(connected) => connected.map_err(unreachable_database),
                Err(elapsed) => Err(StoreError::Unreachable(elapsed.into())),
            }
        })?;
        Ok(Self {
            client: Arc::new(client),
            statements: HashMap::new(),
            sent: Vec::new(),
            changes: Vec::new(),
            transaction_id: Arc::default(),
            in_transaction: false,
            has_failed: false,
            is_lost: false,
            patience: MIGRATION_TIMEOUT,
            runtime,
        })
    }

    /// Bounds what statements may take.
    fn settle(&mut self) -> Result<(), StoreError> {
        self.patience = STATEMENT_TIMEOUT + GRACE;
        let (statement, lock) = (STATEMENT_TIMEOUT.as_millis(), LOCK_TIMEOUT.as_millis());
        self.simple(&format!(
            "SET statement_timeout = {statement}; SET lock_timeout = {lock}; \
             SET idle_in_transaction_session_timeout = {statement}; {PLANS}"
        ))
    }

    /// Several processes may start at once: the first takes the lock, the others wait for it and
    /// find nothing left to do.
    fn migrate(&mut self) -> Result<(), StoreError> {
        self.simple("BEGIN")?;
        let migrated = self
            .rows(
                "SELECT pg_advisory_xact_lock($1)",
                &[LOCK.into()],
                &mut |_| Ok(()),
            )
            .and_then(|()| {
                migrate::migrate(self, |migration| {
                    let portable = migration.portable.replace("BYTES", "BYTEA");
                    portable + migration.postgres
                })
            });
        match migrated {
            Ok(()) => self.simple("COMMIT"),
            Err(error) => {
                let _ = self.rollback();
                Err(error)
            }
        }
    }

    /// Says so where row-level security does not bind the role.
    fn warn_if_unbound(&mut self) {
        let unbound = self.first(UNBOUND, &[], |row| row.get::<i64>(0));
        if unbound.is_ok_and(|unbound| unbound == Some(1)) {
            tracing::warn!(
                "the role that connects to PostgreSQL is a superuser or bypasses row-level \
                 security, which then does not keep brands apart: connect as another"
            );
        }
    }

    /// Begins a transaction for the rows of `scope`, together with its first statement.
    fn begin(&mut self, access: Access, scope: &Scope) -> Result<(), StoreError> {
        let brand = match scope {
            Scope::Brand(id) => id.clone(),
            Scope::All => EVERY_BRAND.to_owned(),
        };
        self.in_transaction = true;
        self.has_failed = false;
        self.changes.clear();
        self.transaction_id = Arc::default();
        let client = self.client.clone();
        let (begin, scope) = match access {
            Access::Read => (BEGIN_READ, SCOPE),
            Access::Write => (BEGIN_WRITE, SCOPE_AND_ID),
        };
        self.sent.push(Box::pin({
            let client = client.clone();
            async move { client.batch_execute(begin).await }
        }));
        let statement = self.prepare(scope)?;
        let transaction_id = self.transaction_id.clone();
        self.sent.push(Box::pin(async move {
            let row = client.query_one(&statement, &[&brand]).await?;
            if access == Access::Write {
                let _ = transaction_id.set(row.try_get(1)?);
            }
            Ok(())
        }));
        Ok(())
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        // The database would answer `COMMIT` with a rollback, and not call it an error.
        if self.has_failed {
            self.rollback()?;
            return Err(StoreError::WentOn);
        }
        self.in_transaction = false;
        self.simple("COMMIT")
    }

    fn rollback(&mut self) -> Result<(), StoreError> {
        self.in_transaction = false;
        // What was sent before may fail; it is undone in any case.
        let earlier = std::mem::take(&mut self.sent);
        let client = self.client.clone();
        self.wait(async move {
            let together = together(earlier, client.batch_execute("ROLLBACK")).await;
            together.last
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
        let client = self.client.clone();
        self.wait_for(client.batch_execute(sql))
    }

    fn prepare(&mut self, sql: &str) -> Result<Statement, StoreError> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let client = self.client.clone();
        let statement = self.wait_for(client.prepare(sql))?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Sends what waits to be sent and `statement`, and waits for all their answers.
    fn wait_for<T>(
        &mut self,
        statement: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, StoreError> {
        let earlier = std::mem::take(&mut self.sent);
        self.wait(async move {
            let together = together(earlier, statement).await;
            together.earlier.and(together.last)
        })
    }

    fn wait<T>(
        &mut self,
        answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, StoreError> {
        let patience = self.patience;
        let answered = self
            .runtime
            .block_on(async { tokio::time::timeout(patience, answer).await });
        let answer = match answered {
            Ok(answer) => answer.map_err(StoreError::from),
            Err(elapsed) => Err(StoreError::Unreachable(elapsed.into())),
        };
        if let Err(error) = &answer {
            self.has_failed = true;
            self.is_lost |= matches!(error, StoreError::Unreachable(_));
        }
        answer
    }
}

impl Tx for Session {
    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        if values.is_empty() {
            self.simple(sql)?;
            return Ok(0);
        }
        let statement = self.prepare(sql)?;
        let client = self.client.clone();
        self.wait_for(client.execute_raw(&statement, values.iter()))
    }

    fn send(&mut self, sql: &str, values: &[Value<'_>]) -> Result<(), StoreError> {
        let statement = self.prepare(sql)?;
        let client = self.client.clone();
        let values: Vec<OwnedValue> = values.iter().map(OwnedValue::from).collect();
        self.sent.push(Box::pin(async move {
            client.execute_raw(&statement, values).await.map(|_| ())
        }));
        Ok(())
    }

    fn rows(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&dyn Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let statement = self.prepare(sql)?;
        let client = self.client.clone();
        let values: Vec<&(dyn ToSql + Sync)> = values
            .iter()
            .map(|value| value as &(dyn ToSql + Sync))
            .collect();
        for row in self.wait_for(client.query(&statement, &values))? {
            each(&row)?;
        }
        Ok(())
    }

    fn ask(&mut self, questions: &mut [Question<'_>]) -> Result<(), StoreError> {
        let mut answers = Vec::new();
        for Question { sql, values, .. } in &*questions {
            let statement = self.prepare(sql)?;
            let client = self.client.clone();
            let values: Vec<OwnedValue> = values.iter().map(OwnedValue::from).collect();
            let answer = Arc::new(OnceLock::new());
            answers.push(answer.clone());
            self.sent.push(Box::pin(async move {
                let values: Vec<&(dyn ToSql + Sync)> =
                    values.iter().map(|value| value as _).collect();
                let _ = answer.set(client.query(&statement, &values).await?);
                Ok(())
            }));
        }
        self.wait_for(future::ready(Ok(())))?;
        for (Question { each, .. }, answer) in questions.iter_mut().zip(answers) {
            for row in answer.get().into_iter().flatten() {
                each(row)?;
            }
        }
        Ok(())
    }

    fn note(&mut self, change: Change) {
        self.changes.push(change);
    }
}

/// What several statements said that were sent at once.
struct Together<T> {
    /// The first failure of those sent before the last.
    earlier: Result<(), tokio_postgres::Error>,
    last: Result<T, tokio_postgres::Error>,
}

/// Sends several statements in order, and waits for all.
async fn together<T>(
    earlier: Vec<Sent>,
    last: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Together<T> {
    let mut waiting: Vec<Option<Sent>> = earlier.into_iter().map(Some).collect();
    let mut failure = None;
    let mut last = pin!(last);
    let mut said = None;
    // The first time that a statement is polled sends it, so they leave in this order.
    poll_fn(|context| {
        for slot in &mut waiting {
            let Some(statement) = slot else {
                continue;
            };
            if let Poll::Ready(answer) = statement.as_mut().poll(context) {
                *slot = None;
                failure = failure.take().or(answer.err());
            }
        }
        if said.is_none()
            && let Poll::Ready(answer) = last.as_mut().poll(context)
        {
            said = Some(answer);
        }
        match said.is_some() && waiting.iter().all(Option::is_none) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
    Together {
        earlier: failure.map_or(Ok(()), Err),
        last: match said {
            Some(said) => said,
            // Polled until it had answered.
            None => std::future::pending().await,
        },
    }
}

/// A value that waits to be sent.
#[derive(Debug)]
enum OwnedValue {
    Null,
    Text(String),
    Integer(i64),
    Bytes(Vec<u8>),
}

impl From<&Value<'_>> for OwnedValue {
    fn from(value: &Value<'_>) -> Self {
        match *value {
            Value::Null => Self::Null,
            Value::Text(text) => Self::Text(text.to_owned()),
            Value::Integer(number) => Self::Integer(number),
            Value::Bytes(bytes) => Self::Bytes(bytes.to_vec()),
        }
    }
}

impl ToSql for OwnedValue {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut bytes::BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        let value = match self {
            Self::Null => Value::Null,
            Self::Text(text) => Value::Text(text),
            Self::Integer(number) => Value::Integer(*number),
            Self::Bytes(bytes) => Value::Bytes(bytes),
        };
        value.to_sql(kind, out)
    }

    fn accepts(kind: &Type) -> bool {
        <Value<'_> as ToSql>::accepts(kind)
    }

    to_sql_checked!();
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

impl Row for tokio_postgres::Row {
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

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
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
        if *state == SqlState::QUERY_CANCELED || *state == SqlState::LOCK_NOT_AVAILABLE {
            return Self::TimedOut(without_values(&error));
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

fn unreachable_database(error: tokio_postgres::Error) -> StoreError {
    StoreError::Unreachable(without_values(&error))
}

/// What the database said, without the detail, which quotes values.
fn without_values(error: &tokio_postgres::Error) -> Box<dyn std::error::Error + Send + Sync> {
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
/// 1 for a role that row-level security does not bind.
const UNBOUND: &str = "SELECT CAST(CASE WHEN rolsuper OR rolbypassrls THEN 1 ELSE 0 END AS BIGINT) \
    FROM pg_roles WHERE rolname = current_user";
/// Connections of one process.
const CONNECTIONS: usize = 16;
/// How often a transaction that collides is run.
const TRIES: usize = 8;
/// How often a transaction whose connection is lost is run again.
const LOSSES: usize = 2;
/// How long to wait for the network to reach the server.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long one statement may take.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long one statement may wait for the lock of another transaction.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);
/// How much longer the connection is waited for, since the server says itself what took too long.
const GRACE: Duration = Duration::from_secs(2);
/// How long a migration may take, another process's included.
const MIGRATION_TIMEOUT: Duration = Duration::from_secs(600);
/// One state for all that a use case reads.
const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
const BEGIN_WRITE: &str = "BEGIN";
/// For the transaction alone.
const SCOPE: &str = "SELECT set_config('countersign.brand', $1, true)";
/// The same, and the id by which the transaction's outcome can be learned.
const SCOPE_AND_ID: &str = "SELECT set_config('countersign.brand', $1, true), \
    CAST(pg_current_xact_id() AS TEXT)";
/// Statements are planned once a connection, maybe while tables are still small, and find a few rows by
/// their keys: each has an index, whatever a table's size was then. To compile a plan takes longer than
/// to run it.
const PLANS: &str =
    "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET jit = off";
/// The advisory lock that migrations hold: the bytes of `countsig`.
const LOCK: i64 = i64::from_be_bytes(*b"countsig");
