//! What the machine and the databases give without an authority: nothing can be faster.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use tokio::runtime::Runtime;

use crate::load::{self, Ask, Pace};

/// A server that does nothing.
pub(crate) fn nothing(runtime: &Runtime, clients: &Runtime, lasts: Duration) -> Pace {
    let address = runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(|| async { "nothing" }));
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    });
    let ask: Ask = Arc::new(|_| b"GET / HTTP/1.1\r\nhost: bench\r\n\r\n".to_vec());
    load::drive(clients, address, 64, lasts, u64::MAX, &ask)
}

/// Makes 4 KiB durable, again and again.
pub(crate) fn fsync(folder: &Path, lasts: Duration) -> Pace {
    let mut file = File::create(folder.join("fsync")).unwrap();
    repeat(lasts, 1, || {
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
    })
}

/// SQLite alone, with `rows` rows in a transaction.
pub(crate) fn sqlite(folder: &Path, rows: usize, lasts: Duration) -> Pace {
    let database = rusqlite::Connection::open(folder.join(format!("raw{rows}.db"))).unwrap();
    database
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)",
        )
        .unwrap();
    let mut insert = database
        .prepare("INSERT INTO notes (text) VALUES (?1)")
        .unwrap();
    repeat(lasts, rows, || {
        database.execute_batch("BEGIN IMMEDIATE").unwrap();
        for _ in 0..rows {
            insert.execute([TEXT]).unwrap();
        }
        database.execute_batch("COMMIT").unwrap();
    })
}

/// PostgreSQL alone: a row in a transaction, over 16 connections.
pub(crate) fn postgres(url: &str, lasts: Duration) -> Pace {
    let connect = || postgres::Client::connect(url, postgres::NoTls).unwrap();
    connect()
        .batch_execute("CREATE TABLE notes (id BIGSERIAL PRIMARY KEY, text TEXT NOT NULL)")
        .unwrap();
    let began = Instant::now();
    let threads: Vec<_> = (0..16)
        .map(|_| {
            let mut client = connect();
            std::thread::spawn(move || {
                let insert = client.prepare("INSERT INTO notes (text) VALUES ($1)");
                let insert = insert.unwrap();
                let mut latencies = Vec::new();
                while began.elapsed() < lasts {
                    let sent = Instant::now();
                    client.execute(&insert, &[&TEXT]).unwrap();
                    latencies.push(sent.elapsed());
                }
                latencies
            })
        })
        .collect();
    let latencies = threads
        .into_iter()
        .flat_map(|thread| thread.join().unwrap())
        .collect();
    Pace::of(latencies, began.elapsed())
}

fn repeat(lasts: Duration, each: usize, mut once: impl FnMut()) -> Pace {
    let began = Instant::now();
    let mut latencies = Vec::new();
    while began.elapsed() < lasts {
        let sent = Instant::now();
        once();
        latencies.extend(std::iter::repeat_n(sent.elapsed(), each));
    }
    Pace::of(latencies, began.elapsed())
}

const TEXT: &str = "a row of about as many bytes as an activation has, which is more than a hundred \
    and fewer than three hundred, with its indexes left out";
