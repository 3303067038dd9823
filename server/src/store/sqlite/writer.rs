use std::collections::VecDeque;
use std::error::Error as _;
use std::path::Path;

use crossbeam_channel::Receiver;
use prometheus_client::metrics::histogram::Histogram;

use crate::entropy;
use crate::metrics::Metrics;

use super::super::Observer;
use super::super::error::StoreError;
use super::super::job::{self, Job};
use super::super::migrate;
use super::super::tx::{Change, Tx as _};
use super::checkpoint::Restart;
use super::{Session, connect};

/// The one that writes.
pub(super) struct Writer {
    session: Session,
    observer: Observer,
    /// How many use cases were committed at once.
    batches: Histogram,
    /// Tells this process from others that write.
    writer_id: i64,
    restart: Restart,
}

impl Writer {
    pub(super) fn open(
        file: &Path,
        observer: Observer,
        metrics: &Metrics,
        restart: Restart,
    ) -> Result<Self, StoreError> {
        let random = entropy::draw::<8>().map_err(|error| StoreError::Statement(error.into()))?;
        Ok(Self {
            session: Session::of(connect(file)?),
            observer,
            batches: metrics.batches.clone(),
            writer_id: i64::from_be_bytes(random),
            restart,
        })
    }

    /// Several processes may start at once: the first takes the write lock, the others wait for it
    /// and find nothing left to do.
    pub(super) fn migrate(&mut self) -> Result<(), StoreError> {
        self.session.simple("BEGIN IMMEDIATE")?;
        let migrated = migrate::migrate(&mut self.session, |migration| {
            migration.portable.replace("BYTES", "BLOB")
        });
        match migrated {
            Ok(()) => self.session.simple("COMMIT"),
            Err(error) => {
                let _ = self.session.simple("ROLLBACK");
                Err(error)
            }
        }
    }

    /// Takes all that waits, runs it in one transaction, commits once, and only then answers.
    pub(super) fn work(&mut self, waiting: &Receiver<Box<dyn Job>>) {
        while let Ok(first) = waiting.recv() {
            let mut batch = Batch::default();
            match self.batch(first, waiting, &mut batch) {
                Ok(()) => self.answer(batch),
                // Another process holds the lock, and those that wait have waited as long. Who comes while they
                // are told so has not.
                Err(error @ StoreError::Collision) if batch.ran.is_empty() => {
                    let waited = waiting.try_iter().take(waiting.len());
                    refuse(batch.left.into_iter().chain(waited), &error);
                }
                Err(error) => self.alone(batch, &error),
            }
            self.restart.where_due(&self.session.connection);
        }
    }

    /// A savepoint keeps a copy of every page that is written after it, and few use cases are refused
    /// after they wrote: where one is, all of the batch is undone, and runs again with savepoints.
    fn batch(
        &mut self,
        first: Box<dyn Job>,
        waiting: &Receiver<Box<dyn Job>>,
        batch: &mut Batch,
    ) -> Result<(), StoreError> {
        batch.left.push_back(first);
        if !self.run(waiting, batch, Self::trusting)? {
            self.session.simple("ROLLBACK")?;
            batch.rewind();
            self.run(waiting, batch, Self::savepoint)?;
        }
        self.commit(&batch.changes)
    }

    /// Runs all that waits, each by `run`; whether it can be committed. Where that is not so, it stops.
    fn run(
        &mut self,
        waiting: &Receiver<Box<dyn Job>>,
        batch: &mut Batch,
        run: impl Fn(&mut Self, &mut dyn Job, &mut Vec<Change>) -> Result<bool, StoreError>,
    ) -> Result<bool, StoreError> {
        self.session.begin("BEGIN IMMEDIATE")?;
        while let Some(mut job) = batch.next(waiting) {
            let ran = match job.is_awaited() {
                true => run(self, &mut *job, &mut batch.changes),
                false => Ok(true),
            };
            batch.ran.push(job);
            if !ran? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn commit(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        if !changes.is_empty() {
            self.session
                .execute(NOTE_WRITER, &[self.writer_id.into()])?;
        }
        self.session.simple("COMMIT")
    }

    fn answer(&self, batch: Batch) {
        job::tell(&self.observer, &batch.changes);
        #[expect(clippy::cast_precision_loss, reason = "a batch is small")]
        self.batches.observe(batch.ran.len() as f64);
        for job in batch.ran {
            job.answer(Ok(()));
        }
    }

    /// What failed together may succeed alone: one use case must not fail its neighbors. Where
    /// the disk is at fault that shows soon enough.
    fn alone(&mut self, batch: Batch, error: &StoreError) {
        self.session.abandon();
        let mut jobs: VecDeque<_> = batch.ran.into_iter().chain(batch.left).collect();
        tracing::error!(
            error = error as &dyn std::error::Error,
            cause = error.source(),
            jobs = jobs.len(),
            "a transaction failed"
        );
        if jobs.len() == 1 {
            return refuse(jobs.into_iter(), error);
        }
        let mut failures = 0;
        while failures < FAILURES_IN_A_ROW {
            let Some(mut job) = jobs.pop_front() else {
                return;
            };
            let mut changes = Vec::new();
            let ran = self
                .session
                .begin("BEGIN IMMEDIATE")
                .and_then(|()| self.savepoint(&mut *job, &mut changes))
                .and_then(|_| self.commit(&changes));
            match ran {
                Ok(()) => {
                    failures = 0;
                    job::tell(&self.observer, &changes);
                    job.answer(Ok(()));
                }
                Err(error) => {
                    failures += 1;
                    self.session.abandon();
                    job.answer(Err(again(&error)));
                }
            }
        }
        refuse(jobs.into_iter(), error);
    }

    /// Runs one use case; whether what it leaves behind may stay.
    fn trusting(
        &mut self,
        job: &mut dyn Job,
        changes: &mut Vec<Change>,
    ) -> Result<bool, StoreError> {
        Ok(self.use_case(job, changes)? || !self.session.has_written)
    }

    /// Runs one use case, so that what it does can be undone without its neighbors noticing.
    fn savepoint(
        &mut self,
        job: &mut dyn Job,
        changes: &mut Vec<Change>,
    ) -> Result<bool, StoreError> {
        self.session.simple("SAVEPOINT use_case")?;
        if !self.use_case(job, changes)? {
            self.session.simple("ROLLBACK TO use_case")?;
        }
        self.session.simple("RELEASE use_case")?;
        Ok(true)
    }

    /// Runs one use case; whether it is to be kept.
    fn use_case(
        &mut self,
        job: &mut dyn Job,
        changes: &mut Vec<Change>,
    ) -> Result<bool, StoreError> {
        self.session.has_written = false;
        let ran = job.run(&mut self.session);
        let changed = std::mem::take(&mut self.session.changes);
        let has_failed = std::mem::take(&mut self.session.has_failed);
        // SQLite ends the whole transaction by itself on some errors, and what follows would each
        // be a transaction of its own (https://sqlite.org/lang_transaction.html, 2.3).
        if self.session.connection.is_autocommit() {
            return Err(StoreError::Disk("the transaction was rolled back".into()));
        }
        match (ran, has_failed) {
            (Ok(()), false) => {
                changes.extend(changed);
                Ok(true)
            }
            (Ok(()), true) => {
                job.fail(StoreError::WentOn);
                Ok(false)
            }
            (Err(_), _) => Ok(false),
        }
    }
}

/// Use cases that are committed together.
#[derive(Default)]
struct Batch {
    ran: Vec<Box<dyn Job>>,
    /// The next, which were taken from the queue.
    left: VecDeque<Box<dyn Job>>,
    changes: Vec<Change>,
}

impl Batch {
    fn next(&mut self, waiting: &Receiver<Box<dyn Job>>) -> Option<Box<dyn Job>> {
        let taken = self.left.pop_front();
        match self.ran.len() < LARGEST_BATCH {
            true => taken.or_else(|| waiting.try_recv().ok()),
            false => taken,
        }
    }

    /// All of it is to run again.
    fn rewind(&mut self) {
        self.left.extend(self.ran.drain(..));
        self.changes.clear();
    }
}

fn refuse(jobs: impl Iterator<Item = Box<dyn Job>>, error: &StoreError) {
    for job in jobs {
        job.answer(Err(again(error)));
    }
}

/// The error of a batch, for one of those it hit.
fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::Collision => StoreError::Collision,
        other => StoreError::Disk(other.to_string().into()),
    }
}

/// Notes who wrote; the number grows when that is somebody else than before.
const NOTE_WRITER: &str = "UPDATE writers SET \
    turns = turns + CASE WHEN writer = $1 THEN 0 ELSE 1 END, writer = $1";
/// After so many failures the rest of a batch is not tried.
const FAILURES_IN_A_ROW: usize = 4;
/// The most use cases that one transaction holds: what waits longer would show in their latency.
const LARGEST_BATCH: usize = 128;
