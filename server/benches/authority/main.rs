//! What the authority reaches, in one table beside the raw limits of the same machine in the same
//! run: a server that does nothing, the databases alone, the disk.
//!
//! `make bench` runs it; the names of [`PARTS`] run these alone. Clients share the cores with what they
//! ask, so rows are to be compared with each other. A missed aim is shown and fails nothing: machines
//! differ.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    dead_code,
    reason = "a bench measures time, and one that cannot go on fails"
)]

mod load;
#[path = "../../tests/http/postgres.rs"]
mod postgres_server;
mod raw;
mod shop;

use std::io::{BufRead as _, Read as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use countersign_server::{Authority, Database, Server};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use load::{Ask, Pace};
use shop::{LASTS, Shop};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(place) = arguments.iter().position(|argument| argument == SERVE) {
        return serve(Path::new(&arguments[place + 1]));
    }
    let (servers, clients) = (runtime("server"), runtime("client"));
    println!(
        "{:<58}{:>10}{:>11}{:>11}{:>9}{:>9}  aim",
        "", "per second", "P50", "P99", "CPU", "written"
    );
    for (part, measure) in PARTS {
        // Cargo passes `--bench`; what else stands there names the parts to run.
        let named = arguments
            .iter()
            .skip(1)
            .any(|argument| !argument.starts_with('-'));
        if !named || arguments.iter().any(|argument| argument == part) {
            measure(&servers, &clients);
        }
    }
}

/// What measures a part, given the threads of servers and those of clients.
type Part = fn(&Runtime, &Runtime);

/// The parts of the table, by the names that run them alone.
const PARTS: [(&str, Part); 4] = [
    ("raw", raw_limits),
    ("sqlite", sqlite),
    ("growth", growth),
    ("postgres", postgres),
];

/// Its threads are named, so that profilers tell clients from servers.
fn runtime(name: &str) -> Runtime {
    Builder::new_multi_thread()
        .enable_all()
        .thread_name(name)
        .build()
        .unwrap()
}

fn raw_limits(servers: &Runtime, clients: &Runtime) {
    let folder = TempDir::new().unwrap();
    let lasts = Duration::from_secs(2);
    row(
        "a server that does nothing, 64 connections",
        raw::nothing(servers, clients, lasts),
        "",
    );
    row("4 KiB made durable", raw::fsync(folder.path(), lasts), "");
    row(
        "SQLite alone, a transaction each",
        raw::sqlite(folder.path(), 1, lasts),
        "",
    );
    row(
        "SQLite alone, 64 in a transaction",
        raw::sqlite(folder.path(), 64, lasts),
        "",
    );
    let url = postgres_server::database();
    row(
        "PostgreSQL alone, inserts over 16 connections",
        raw::postgres(&url, lasts),
        "",
    );
}

fn sqlite(servers: &Runtime, clients: &Runtime) {
    let folder = TempDir::new().unwrap();
    let file = shop::sqlite_in(folder.path());
    let shop = Shop::open(servers, Database::Sqlite(file.clone()), folder.path());
    let (keys, provisioned) = shop.provision(1000);
    row("SQLite: licenses provisioned", provisioned, "");
    let drive = |ask: &Ask, lasts| load::drive(clients, shop.address, 64, lasts, u64::MAX, ask);
    let activate = Shop::activate(&keys);
    row(
        "SQLite: activations, durable, leases signed",
        drive(&activate, LASTS),
        "12,000; P99 30 ms",
    );
    let paced = load::pace(clients, shop.address, 64, 1000, LASTS, &activate);
    row("SQLite: activations, 1,000 a second", paced, "P50 1 ms");
    let check = Shop::check(&keys);
    shop.seat(clients, &keys);
    row("SQLite: checks", drive(&check, LASTS), "50,000; P99 10 ms");
    shop.close(servers);
}

/// What becomes slower, or takes more memory, where there is more of everything.
fn growth(servers: &Runtime, clients: &Runtime) {
    let folder = TempDir::new().unwrap();
    let file = shop::sqlite_in(folder.path());
    let shop = Shop::open(servers, Database::Sqlite(file.clone()), folder.path());
    let (keys, _) = shop.provision(1000);
    let drive = |ask: &Ask, lasts| load::drive(clients, shop.address, 64, lasts, u64::MAX, ask);
    let check = Shop::check(&keys);
    shop.seat(clients, &keys);
    drive(&check, Duration::from_secs(1));
    let few = drive(&check, LASTS);

    shop::fill_licenses(&file, 100_000);
    if let Some(bytes) = resident_with(folder.path(), clients, &check) {
        let megabytes = bytes as f64 / 1e6;
        println!(
            "{:<58}{megabytes:>8.0}MB{:>42}60 MB",
            "memory at 100,000 licenses", ""
        );
    }
    shop::fill_licenses(&file, 1_000_000);
    drive(&check, Duration::from_secs(1));
    let before = drive(&check, LASTS);
    ratio(
        "a check among 1,000,000 licenses to one among 1,000",
        few,
        before,
    );

    let (one, _) = shop.provision(1);
    let (activate, check) = (Shop::activate(&one), Shop::check(&one));
    load::drive(clients, shop.address, 1, LASTS, 9, &activate);
    shop.seat(clients, &one);
    drive(&check, Duration::from_secs(1));
    let checked = drive(&check, LASTS);
    let few = load::drive(clients, shop.address, 64, LASTS, 20_000, &activate);
    shop::fill_seats(&file, 100_000);
    let many = load::drive(clients, shop.address, 64, LASTS, 20_000, &activate);
    ratio("an activation on 100,000 seats to one on few", few, many);
    let many = drive(&check, LASTS);
    ratio("a check on 100,000 seats to one on few", checked, many);
    shop.close(servers);
}

fn postgres(servers: &Runtime, clients: &Runtime) {
    let folder = TempDir::new().unwrap();
    let database = Database::Postgres(postgres_server::database());
    let shop = Shop::open(servers, database, folder.path());
    let (keys, provisioned) = shop.provision(1000);
    row("PostgreSQL: licenses provisioned", provisioned, "");
    let activate = Shop::activate(&keys);
    let drive = |ask: &Ask| load::drive(clients, shop.address, 64, LASTS, u64::MAX, ask);
    row(
        "PostgreSQL: activations, durable, leases signed",
        drive(&activate),
        "5,000; P99 30 ms",
    );
    let paced = load::pace(clients, shop.address, 64, 1000, LASTS, &activate);
    row("PostgreSQL: activations, 1,000 a second", paced, "P50 1 ms");
    row(
        "PostgreSQL: activations, all on one license",
        drive(&Shop::activate(&keys[..1])),
        "",
    );
    shop.seat(clients, &keys);
    row(
        "PostgreSQL: checks",
        drive(&Shop::check(&keys)),
        "50,000; P99 10 ms",
    );
    shop.close(servers);
}

/// The memory of a process of its own that has answered checks of every key.
fn resident_with(folder: &Path, clients: &Runtime, check: &Ask) -> Option<u64> {
    let mut child = Command::new(std::env::current_exe().ok()?)
        .arg(SERVE)
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut line = String::new();
    let out = child.stdout.take()?;
    std::io::BufReader::new(out).read_line(&mut line).ok()?;
    let address: SocketAddr = line.trim().parse().ok()?;
    load::drive(clients, address, 64, LASTS, u64::MAX, check);
    let resident = shop::resident(child.id());
    let _ = child.kill();
    let _ = child.wait();
    resident
}

/// What the process of its own runs, until its input ends.
fn serve(folder: &Path) {
    let database = Database::Sqlite(shop::sqlite_in(folder));
    let authority = Authority::open(&shop::opening(database, folder)).unwrap();
    let runtime = Runtime::new().unwrap();
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let server = runtime.block_on(Server::start(authority, any)).unwrap();
    println!("{}", server.address());
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

fn row(name: &str, pace: Pace, aim: &str) {
    let milliseconds = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1e3);
    let (median, p99) = (milliseconds(pace.median), milliseconds(pace.p99));
    let (computed, written) = pace.spent.map_or_else(Default::default, |spent| {
        let computed = format!("{} us", spent.computed.as_micros());
        (computed, format!("{:.1} kB", spent.written as f64 / 1e3))
    });
    println!(
        "{name:<58}{:>10.0}{median:>11}{p99:>11}{computed:>9}{written:>9}  {aim}",
        pace.per_second
    );
}

/// How much longer one takes than the other, per request.
fn ratio(name: &str, base: Pace, other: Pace) {
    let times = base.per_second / other.per_second;
    println!("{name:<58}{times:>9.2}x{:>42}1.3 x", "");
}

const SERVE: &str = "--serve";
