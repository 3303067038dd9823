use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::metrics::Metrics;

use super::*;

#[expect(
    unreachable_pub,
    reason = "it is a module of other test programs as well"
)]
#[path = "../../tests/http/postgres.rs"]
mod server;

mod plans;

/// A store on either database, with a table of its own.
struct Opened {
    store: Store,
    runtime: Runtime,
    location: Location,
    observer: Observer,
    _folder: TempDir,
}

fn open(location: impl FnOnce(&TempDir) -> Location) -> Opened {
    open_observed(location, Arc::new(|_: &[Change]| {}))
}

fn open_observed(location: impl FnOnce(&TempDir) -> Location, observer: Observer) -> Opened {
    let folder = TempDir::new().unwrap();
    let location = location(&folder);
    let opened = Opened {
        store: Store::open(&location, observer.clone(), &Metrics::default()).unwrap(),
        runtime: Runtime::new().unwrap(),
        location,
        observer,
        _folder: folder,
    };
    opened
        .write(|tx| Ok(tx.execute("CREATE TABLE notes (note BIGINT PRIMARY KEY)", &[])?))
        .unwrap();
    opened
}

fn sqlite(folder: &TempDir) -> Location {
    Location::Sqlite(folder.path().join("store.db"))
}

fn postgres(_: &TempDir) -> Location {
    Location::Postgres(server::database())
}

impl Opened {
    fn write<T: Send + 'static>(
        &self,
        use_case: impl Fn(&mut dyn Tx) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.runtime
            .block_on(self.store.write(Scope::All, use_case))
    }

    /// Starts to write, and does not wait.
    fn start(
        &self,
        use_case: impl Fn(&mut dyn Tx) -> Result<(), Refusal> + Send + Sync + 'static,
    ) -> tokio::task::JoinHandle<Result<(), Refusal>> {
        let store = self.store.clone();
        self.runtime
            .spawn(async move { store.write(Scope::All, use_case).await })
    }

    fn notes(&self) -> Vec<i64> {
        let notes = self.store.read(Scope::All, |tx| {
            let sql = "SELECT note FROM notes ORDER BY note";
            Ok(tx.all(sql, &[], |row| row.get::<i64>(0))?)
        });
        self.runtime.block_on(notes).unwrap()
    }

    /// Holds every thread that writes until the sender is dropped.
    fn hold(&self, threads: usize) -> mpsc::Sender<()> {
        let (release, held) = mpsc::channel::<()>();
        let held = Arc::new(std::sync::Mutex::new(held));
        let (arrived, arrivals) = mpsc::channel();
        for _ in 0..threads {
            let (held, arrived) = (held.clone(), arrived.clone());
            self.start(move |_| {
                arrived.send(()).unwrap();
                let _ = held.lock().unwrap().recv();
                Ok(())
            });
        }
        for _ in 0..threads {
            arrivals.recv().unwrap();
        }
        release
    }
}

fn note(tx: &mut dyn Tx, note: i64) -> Result<(), Refusal> {
    tx.execute("INSERT INTO notes (note) VALUES ($1)", &[note.into()])?;
    tx.note(Change::ApiKeys);
    Ok(())
}

macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[test] fn $test() { super::$test(super::sqlite, 1); })+
        }
        mod on_postgres {
            $(#[test] fn $test() { super::$test(super::postgres, 16); })+
        }
    };
}

on_both!(
    a_use_case_that_panics_leaves_nothing_and_ends_nothing,
    an_observer_that_panics_ends_nothing,
    a_use_case_that_goes_on_after_an_error_keeps_nothing,
    a_failed_use_case_leaves_its_neighbors_alone,
    what_is_sent_is_there_after_the_commit_and_fails_with_it,
    a_full_queue_turns_away_at_once,
    what_nobody_waits_for_is_not_begun,
    dropping_the_store_ends_its_threads,
    one_that_reads_cannot_write,
);

fn a_use_case_that_panics_leaves_nothing_and_ends_nothing(
    location: fn(&TempDir) -> Location,
    threads: usize,
) {
    let opened = open(location);
    for _ in 0..=threads {
        let panicked = opened.write(|tx| {
            note(tx, 1)?;
            if true {
                panic!("a bug");
            }
            Ok(())
        });
        assert!(matches!(
            panicked,
            Err(Refusal::Store(StoreError::Panicked))
        ));
    }
    opened.write(|tx| note(tx, 2)).unwrap();
    assert_eq!(opened.notes(), [2]);
}

fn an_observer_that_panics_ends_nothing(location: fn(&TempDir) -> Location, threads: usize) {
    let opened = open_observed(location, Arc::new(|_: &[Change]| panic!("a bug")));
    for number in 0..=threads {
        let number = i64::try_from(number).unwrap();
        opened.write(move |tx| note(tx, number)).unwrap();
    }
    assert_eq!(opened.notes().len(), threads + 1);
}

fn a_use_case_that_goes_on_after_an_error_keeps_nothing(
    location: fn(&TempDir) -> Location,
    _: usize,
) {
    let opened = open(location);
    opened.write(|tx| note(tx, 1)).unwrap();
    let went_on = opened.write(|tx| {
        note(tx, 2)?;
        let _ = note(tx, 1);
        Ok(())
    });
    assert!(matches!(went_on, Err(Refusal::Store(StoreError::WentOn))));
    let refused = opened.write(|tx| match note(tx, 1) {
        Err(Refusal::Store(StoreError::Duplicate)) => Err::<(), _>(Refusal::Unauthorized),
        _ => Ok(()),
    });
    assert!(matches!(refused, Err(Refusal::Unauthorized)));
    assert_eq!(opened.notes(), [1]);
}

fn a_failed_use_case_leaves_its_neighbors_alone(
    location: fn(&TempDir) -> Location,
    threads: usize,
) {
    let opened = open(location);
    opened.write(|tx| note(tx, 5)).unwrap();
    let held = opened.hold(threads);
    let started: Vec<_> = (0..10)
        .map(|number| opened.start(move |tx| note(tx, number)))
        .collect();
    drop(held);
    let mut failed = Vec::new();
    for (number, started) in started.into_iter().enumerate() {
        if opened.runtime.block_on(started).unwrap().is_err() {
            failed.push(number);
        }
    }
    assert_eq!(failed, [5]);
    assert_eq!(opened.notes(), Vec::from_iter(0..10));
}

fn what_is_sent_is_there_after_the_commit_and_fails_with_it(
    location: fn(&TempDir) -> Location,
    _: usize,
) {
    let opened = open(location);
    const INSERT: &str = "INSERT INTO notes (note) VALUES ($1)";
    opened
        .write(|tx| {
            tx.send(INSERT, &[1.into()])?;
            tx.send(INSERT, &[2.into()])?;
            let sql = "SELECT COUNT(*) FROM notes WHERE note < $1";
            let seen = tx.first(sql, &[9.into()], |row| row.get::<i64>(0))?;
            assert_eq!(seen, Some(2));
            Ok(tx.send(INSERT, &[3.into()])?)
        })
        .unwrap();
    let failed = opened.write(|tx| {
        tx.send(INSERT, &[4.into()])?;
        Ok(tx.send(INSERT, &[1.into()])?)
    });
    assert!(matches!(
        failed,
        Err(Refusal::Store(
            StoreError::Duplicate | StoreError::Collision
        ))
    ));
    assert_eq!(opened.notes(), [1, 2, 3]);
}

fn a_full_queue_turns_away_at_once(location: fn(&TempDir) -> Location, threads: usize) {
    let opened = open(location);
    let held = opened.hold(threads);
    let started: Vec<_> = (0..=QUEUE_LENGTH)
        .map(|_| opened.start(|_| Ok(())))
        .collect();
    while !started.iter().any(|started| started.is_finished()) {
        std::thread::yield_now();
    }
    drop(held);
    let mut turned_away = 0;
    for started in started {
        match opened.runtime.block_on(started).unwrap() {
            Ok(()) => {}
            Err(Refusal::Store(StoreError::Busy)) => turned_away += 1,
            Err(refusal) => panic!("{refusal:?}"),
        }
    }
    assert_eq!(turned_away, 1);
    opened.write(|tx| note(tx, 1)).unwrap();
}

fn what_nobody_waits_for_is_not_begun(location: fn(&TempDir) -> Location, threads: usize) {
    let opened = open(location);
    let held = opened.hold(threads);
    let (store, runs) = (opened.store.clone(), Arc::new(AtomicUsize::new(0)));
    let counted = runs.clone();
    opened.runtime.block_on(async {
        let left = store.write(Scope::All, move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            Ok(())
        });
        let left = tokio::time::timeout(Duration::from_millis(1), left).await;
        assert!(left.is_err());
    });
    drop(held);
    for _ in 0..threads {
        opened.write(|_| Ok(())).unwrap();
    }
    assert_eq!(runs.load(Ordering::SeqCst), 0);
}

fn dropping_the_store_ends_its_threads(location: fn(&TempDir) -> Location, _: usize) {
    let opened = open(location);
    assert!(Arc::strong_count(&opened.observer) > 1);
    drop(opened.store);
    // Each thread that writes knows the observer.
    assert_eq!(Arc::strong_count(&opened.observer), 1);
    Store::open(&opened.location, opened.observer, &Metrics::default()).unwrap();
}

fn one_that_reads_cannot_write(location: fn(&TempDir) -> Location, _: usize) {
    let opened = open(location);
    let wrote = opened.store.read(Scope::All, |tx| note(tx, 1));
    let wrote = opened.runtime.block_on(wrote);
    assert!(matches!(wrote, Err(Refusal::Store(_))), "{wrote:?}");
    assert_eq!(opened.notes(), Vec::<i64>::new());
}

#[test]
fn a_transaction_that_sqlite_rolls_back_fails_only_who_caused_it() {
    let opened = open(sqlite);
    let held = opened.hold(1);
    let before = opened.start(|tx| note(tx, 1));
    let cause = opened.start(|tx| {
        note(tx, 2)?;
        // As SQLite does by itself where the disk is full.
        tx.execute("ROLLBACK", &[])?;
        Ok(())
    });
    let after = opened.start(|tx| note(tx, 3));
    drop(held);
    opened.runtime.block_on(before).unwrap().unwrap();
    let failed = opened.runtime.block_on(cause).unwrap();
    assert!(matches!(failed, Err(Refusal::Store(StoreError::Disk(_)))));
    opened.runtime.block_on(after).unwrap().unwrap();
    assert_eq!(opened.notes(), [1, 3]);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how long is waited is the fact")]
fn while_another_process_holds_the_lock_all_that_wait_are_turned_away_together() {
    let opened = open(sqlite);
    let Location::Sqlite(file) = &opened.location else {
        panic!("not SQLite");
    };
    let other = rusqlite::Connection::open(file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let began = Instant::now();
    let waiting: Vec<_> = (0..20)
        .map(|number| opened.start(move |tx| note(tx, number)))
        .collect();
    for waiting in waiting {
        let turned_away = opened.runtime.block_on(waiting).unwrap();
        assert!(matches!(
            turned_away,
            Err(Refusal::Store(StoreError::Collision))
        ));
    }
    // One after the other they would take more than a minute and a half.
    assert!(began.elapsed() < Duration::from_secs(60));
    other.execute_batch("ROLLBACK").unwrap();
    opened.write(|tx| note(tx, 1)).unwrap();
    assert_eq!(opened.notes(), [1]);
}

#[test]
fn what_another_process_writes_is_seen_and_what_this_one_writes_is_not() {
    let opened = open(sqlite);
    let Location::Sqlite(file) = &opened.location else {
        panic!("not SQLite");
    };
    let is_written = || {
        let mut is_written = false;
        let asked = opened.store.written_elsewhere(|| is_written = true);
        assert_eq!(asked, Some(()));
        is_written
    };
    assert!(is_written());
    opened.write(|tx| note(tx, 1)).unwrap();
    is_written();
    for number in 2..5 {
        opened.write(move |tx| note(tx, number)).unwrap();
        assert!(!is_written());
    }
    let other = Store::open(
        &Location::Sqlite(file.clone()),
        opened.observer.clone(),
        &Metrics::default(),
    )
    .unwrap();
    let written = other.write(Scope::All, |tx| note(tx, 9));
    opened.runtime.block_on(written).unwrap();
    assert!(is_written());
    assert!(!is_written());
}

#[test]
fn a_connection_that_is_lost_before_the_commit_is_made_anew() {
    let opened = open(postgres);
    let lost = Arc::new(AtomicBool::new(false));
    opened
        .write(move |tx| {
            note(tx, 1)?;
            if !lost.swap(true, Ordering::SeqCst) {
                tx.first(
                    "SELECT CAST(pg_terminate_backend(pg_backend_pid()) AS TEXT)",
                    &[],
                    |_| Ok(()),
                )?;
            }
            Ok(())
        })
        .unwrap();
    assert_eq!(opened.notes(), [1]);
}

#[test]
fn a_commit_whose_answer_is_lost_is_looked_up_and_not_repeated() {
    let url = server::database();
    let (before_at, rest) = url.split_once('@').unwrap();
    let (real, database) = rest.split_once('/').unwrap();
    let proxy = Proxy::start(real.parse().unwrap());
    let through = format!("{before_at}@{}/{database}", proxy.address);
    let opened = open(move |_| Location::Postgres(through));
    for (number, when) in [(1, Cut::BeforeCommit), (2, Cut::AfterCommit)] {
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = runs.clone();
        proxy.cut.store(when as usize, Ordering::SeqCst);
        opened
            .write(move |tx| {
                counted.fetch_add(1, Ordering::SeqCst);
                note(tx, number)
            })
            .unwrap();
        let expected = match when {
            Cut::BeforeCommit => 2,
            Cut::AfterCommit => 1,
        };
        assert_eq!(runs.load(Ordering::SeqCst), expected);
    }
    assert_eq!(opened.notes(), [1, 2]);
}

#[derive(Clone, Copy)]
enum Cut {
    BeforeCommit = 1,
    AfterCommit = 2,
}

/// Stands between the store and PostgreSQL, and cuts the connection at the next commit.
struct Proxy {
    address: SocketAddr,
    cut: Arc<AtomicUsize>,
}

impl Proxy {
    fn start(real: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Self {
            address: listener.local_addr().unwrap(),
            cut: Arc::default(),
        };
        let cut = proxy.cut.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(real).unwrap();
                let cut = cut.clone();
                let answers = Arc::new(AtomicBool::new(true));
                let (mut from, mut to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                let answering = answers.clone();
                std::thread::spawn(move || {
                    let mut bytes = [0; 65536];
                    while let Ok(length @ 1..) = from.read(&mut bytes) {
                        if !answering.load(Ordering::SeqCst) {
                            // The commit was carried out, and its answer goes nowhere.
                            let _ = to.shutdown(Shutdown::Both);
                            return;
                        }
                        if to.write_all(&bytes[..length]).is_err() {
                            return;
                        }
                    }
                });
                let (mut from, mut to) = (client, server);
                std::thread::spawn(move || {
                    let mut bytes = [0; 65536];
                    while let Ok(length @ 1..) = from.read(&mut bytes) {
                        let sent = &bytes[..length];
                        let is_commit = sent.windows(6).any(|word| word == b"COMMIT");
                        match if is_commit {
                            cut.swap(0, Ordering::SeqCst)
                        } else {
                            0
                        } {
                            1 => {
                                let _ = to.shutdown(Shutdown::Both);
                                let _ = from.shutdown(Shutdown::Both);
                                return;
                            }
                            2 => answers.store(false, Ordering::SeqCst),
                            _ => {}
                        }
                        if to.write_all(sent).is_err() {
                            return;
                        }
                    }
                });
            }
        });
        proxy
    }
}

#[test]
fn a_connection_is_encrypted_with_whom_the_url_trusts_or_not_made() {
    let folder = TempDir::new().unwrap();
    let make_root = |name: &str| {
        let mut root = rcgen::CertificateParams::new([]).unwrap();
        root.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let root = rcgen::CertifiedIssuer::self_signed(root, rcgen::KeyPair::generate().unwrap());
        let root = root.unwrap();
        let file = folder.path().join(name);
        std::fs::write(&file, root.pem()).unwrap();
        (root, file)
    };
    let (root, root_file) = make_root("root.pem");
    let (_, another_file) = make_root("another.pem");
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(["127.0.0.1".to_owned()])
        .unwrap()
        .signed_by(&key, &root)
        .unwrap();
    let url = server::encrypted_database(&certificate.pem(), &key.serialize_pem());
    let trusting = |roots: &str| format!("{url}?sslmode=verify-full&sslrootcert={roots}");
    let root = trusting(root_file.to_str().unwrap());
    let opened = open(|_| Location::Postgres(root));
    let encrypted = opened.write(|tx| {
        let sql = "SELECT CAST(ssl AS TEXT) FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        Ok(tx.first(sql, &[], |row| row.get::<String>(0))?)
    });
    assert_eq!(encrypted.unwrap().as_deref(), Some("true"));
    for other in [another_file.to_str().unwrap(), "system"] {
        let other = Location::Postgres(trusting(other));
        let refused = Store::open(&other, opened.observer.clone(), &Metrics::default());
        assert!(matches!(refused.err(), Some(StoreError::Unreachable(_))));
    }
}
