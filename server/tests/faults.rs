//! What is left after things go wrong: a process is killed, the database goes away, the disk is
//! full, several start at once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    unreachable_pub,
    dead_code,
    reason = "a test that cannot go on fails; it measures time, and shares its modules with others"
)]

#[path = "http/postgres.rs"]
mod postgres;
#[path = "faults/process.rs"]
mod process;

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

use process::{Client, Place, Process, Said, rows};

/// What was answered with success, and therefore must be there.
#[derive(Default)]
struct Acknowledged {
    activations: Mutex<BTreeSet<String>>,
    licenses: Mutex<BTreeSet<String>>,
}

/// A brand with a license of very many seats, on a database.
struct Shop {
    place: Place,
    folder: TempDir,
    api_key: String,
    license_key: String,
    license_key_id: String,
    acknowledged: Acknowledged,
    instances: AtomicU32,
}

impl Shop {
    fn open(place: impl FnOnce(&TempDir) -> Place) -> (Self, Process) {
        let folder = TempDir::new().unwrap();
        let place = place(&folder);
        let process = Process::start(&place, folder.path());
        let api_key = process.make_brand();
        let made = Client::new(&process.url).post(
            "/api/v1/brand/licenses/provision",
            Some(&api_key),
            &json!({"products": ["editor"], "customer_email": "ada@example.com", "max_seats": 1_000_000}),
        );
        assert_eq!(made.status, 201, "{made:?}");
        let shop = Self {
            place,
            folder,
            api_key,
            license_key: made.body["license_key"]["key"].as_str().unwrap().to_owned(),
            license_key_id: made.body["license_key"]["id"].as_str().unwrap().to_owned(),
            acknowledged: Acknowledged::default(),
            instances: AtomicU32::new(0),
        };
        (shop, process)
    }

    fn start(&self) -> Process {
        Process::start(&self.place, self.folder.path())
    }

    /// Activates an instance that never was.
    fn activate(&self, client: &Client) -> Said {
        let number = self.instances.fetch_add(1, Ordering::Relaxed);
        let said = client.post(
            "/api/v1/product/licenses/activate",
            None,
            &json!({
                "license_key": self.license_key,
                "instance_identifier": format!("host{number}.example.com"),
                "nonce": "AAAAAAAAAAAAAAAAAAAAAA",
            }),
        );
        if said.status == 201 {
            let id = said.body["activation_id"].as_str().unwrap().to_owned();
            self.acknowledged.activations.lock().unwrap().insert(id);
        }
        said
    }

    /// Provisions two products for a customer that never was.
    fn provision(&self, client: &Client) -> Said {
        let number = self.instances.fetch_add(1, Ordering::Relaxed);
        let said = client.post(
            "/api/v1/brand/licenses/provision",
            Some(&self.api_key),
            &json!({
                "products": ["editor", "viewer"],
                "customer_email": format!("customer{number}@example.com"),
                "idempotency_key": format!("order {number}"),
            }),
        );
        if said.status == 201 {
            let mut licenses = self.acknowledged.licenses.lock().unwrap();
            for license in said.body["licenses"].as_array().unwrap() {
                licenses.insert(license["id"].as_str().unwrap().to_owned());
            }
        }
        said
    }

    /// Nothing acknowledged is lost, and nothing is half there.
    fn assert_whole(&self) {
        let ids = |sql: &str| -> BTreeSet<String> {
            rows(&self.place, sql).into_iter().flatten().collect()
        };
        let none = Vec::<Vec<String>>::new();
        let held = ids("SELECT id FROM activations WHERE released_at IS NULL");
        let lost: Vec<_> = {
            let acknowledged = self.acknowledged.activations.lock().unwrap();
            acknowledged.difference(&held).cloned().collect()
        };
        assert_eq!(lost, Vec::<String>::new(), "activations");
        let licenses = ids("SELECT id FROM licenses");
        let lost: Vec<_> = {
            let acknowledged = self.acknowledged.licenses.lock().unwrap();
            acknowledged.difference(&licenses).cloned().collect()
        };
        assert_eq!(lost, Vec::<String>::new(), "licenses");
        // License keys of an order for two products, and the one of an order for one.
        let of_orders = format!(
            "SELECT id FROM license_keys WHERE (SELECT COUNT(*) FROM licenses \
             WHERE license_key_id = license_keys.id) <> CASE WHEN id = '{}' THEN 1 ELSE 2 END",
            self.license_key_id
        );
        assert_eq!(rows(&self.place, &of_orders), none, "{of_orders}");
        const HALF_DONE: &[&str] = &[
            // Seats that are counted and seats that are there.
            "SELECT id FROM licenses WHERE seats_held <> (SELECT COUNT(*) FROM activations \
             WHERE license_id = licenses.id AND released_at IS NULL)",
            // Orders that were noted and not answered.
            "SELECT endpoint FROM idempotency_keys WHERE answer IS NULL",
            // Changes without their event.
            "SELECT id FROM activations WHERE NOT EXISTS (SELECT 1 FROM events \
             WHERE kind = 'license.activated' AND data LIKE '%' || activations.id || '%') \
             AND (SELECT COUNT(*) FROM activations) <> \
             (SELECT COUNT(*) FROM events WHERE kind = 'license.activated')",
            "SELECT id FROM licenses WHERE (SELECT COUNT(*) FROM events \
             WHERE subject = licenses.id AND kind = 'license.provisioned') <> 1",
            // Fences that two activations have.
            "SELECT license_id FROM activations GROUP BY license_id, fence HAVING COUNT(*) > 1",
        ];
        for sql in HALF_DONE {
            assert_eq!(rows(&self.place, sql), none, "{sql}");
        }
        if let Place::Sqlite(_) = self.place {
            assert_eq!(rows(&self.place, "PRAGMA integrity_check"), [["ok"]]);
        }
    }
}

fn sqlite(folder: &TempDir) -> Place {
    Place::Sqlite(folder.path().join("countersign.db"))
}

fn on_postgres(_: &TempDir) -> Place {
    Place::Postgres(postgres::database())
}

/// One of these tests crashes the server that the others use.
fn postgres_to_myself() -> MutexGuard<'static, ()> {
    static TAKEN: Mutex<()> = Mutex::new(());
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn killed_during_writes_sqlite_keeps_what_was_acknowledged_and_nothing_half_done() {
    kill_twenty_times(sqlite);
}

#[test]
fn killed_during_writes_postgres_keeps_what_was_acknowledged_and_nothing_half_done() {
    let _taken = postgres_to_myself();
    kill_twenty_times(on_postgres);
}

#[expect(clippy::disallowed_methods, reason = "writes are to be under way")]
fn kill_twenty_times(place: fn(&TempDir) -> Place) {
    let (shop, mut process) = Shop::open(place);
    for round in 0..20 {
        let url = process.url.clone();
        std::thread::scope(|scope| {
            for number in 0..6 {
                let client = Client::new(&url);
                let shop = &shop;
                scope.spawn(move || {
                    loop {
                        let said = match number % 3 {
                            0 => shop.provision(&client),
                            _ => shop.activate(&client),
                        };
                        match said.status {
                            // On a busy machine one may wait too long for another.
                            201 | 503 => {}
                            0 => break,
                            _ => panic!("{said:?}"),
                        }
                    }
                });
            }
            std::thread::sleep(Duration::from_millis(100 + 17 * round));
            process.kill();
        });
        shop.assert_whole();
        process = shop.start();
    }
    let acknowledged = &shop.acknowledged;
    let (activations, licenses) = (
        acknowledged.activations.lock().unwrap().len(),
        acknowledged.licenses.lock().unwrap().len(),
    );
    assert!(activations > 0 && licenses > 0);
    println!(
        "{:?}: 20 kills, {activations} activations and {licenses} licenses acknowledged, none lost",
        shop.place,
    );
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the time of an outage")]
fn while_postgres_is_gone_answers_say_so_and_afterwards_all_goes_on() {
    let _taken = postgres_to_myself();
    let (shop, process) = Shop::open(on_postgres);
    let (is_out, is_over) = (AtomicBool::new(false), AtomicBool::new(false));
    let during = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let client = Client::new(&process.url);
            let (shop, is_out, is_over, during) = (&shop, &is_out, &is_over, &during);
            scope.spawn(move || {
                while !is_over.load(Ordering::SeqCst) {
                    let began = Instant::now();
                    let was_out = is_out.load(Ordering::SeqCst);
                    let said = shop.activate(&client);
                    match said.status {
                        201 => {}
                        503 => {
                            assert_eq!(said.retry_after.as_deref(), Some("1"));
                            let code = said.body["code"].as_str().unwrap().to_owned();
                            assert!(
                                ["unavailable", "outcome_unknown"].contains(&code.as_str()),
                                "{said:?}"
                            );
                            if was_out {
                                during.lock().unwrap().push(began.elapsed());
                            }
                            std::thread::sleep(Duration::from_millis(20));
                        }
                        _ => panic!("{said:?}"),
                    }
                }
            });
        }
        std::thread::sleep(Duration::from_secs(1));
        postgres::crash();
        is_out.store(true, Ordering::SeqCst);
        std::thread::sleep(Duration::from_secs(10));
        is_out.store(false, Ordering::SeqCst);
        postgres::restart();
        let client = Client::new(&process.url);
        let began = Instant::now();
        while shop.activate(&client).status != 201 {
            assert!(
                began.elapsed() < Duration::from_secs(120),
                "it does not recover"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        println!("recovered in {:?}", began.elapsed());
        std::thread::sleep(Duration::from_secs(1));
        is_over.store(true, Ordering::SeqCst);
    });
    let mut during = during.into_inner().unwrap();
    during.sort_unstable();
    let longest = during.last().unwrap();
    // What a busy machine holds up are a few: as many as ask at once, each time.
    let most = during[during.len() * 9 / 10];
    println!(
        "{} clear refusals in 10 s, most of them in {most:?}, the slowest in {longest:?}",
        during.len()
    );
    assert!(
        most < Duration::from_secs(8) && *longest < Duration::from_secs(25),
        "{most:?} {longest:?}"
    );
    shop.assert_whole();
}

#[test]
fn on_a_full_disk_sqlite_refuses_and_goes_on_once_there_is_room() {
    let folder = TempDir::new().unwrap();
    let mount = |options: &str| {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(folder.path())
            .stderr(std::process::Stdio::null())
            .status();
        mounted.is_ok_and(|status| status.success())
    };
    if !mount("size=4m") {
        println!("skipped: mounting a small disk is not permitted here");
        return;
    }
    let _unmount = Unmount(folder.path());
    let file = folder.path().join("countersign.db");
    let (shop, process) = Shop::open(|_| Place::Sqlite(file));
    let client = Client::new(&process.url);
    let mut refusals = 0;
    while refusals < 20 {
        let number = shop.instances.load(Ordering::Relaxed);
        let said = match number % 2 {
            0 => shop.provision(&client),
            _ => shop.activate(&client),
        };
        match said.status {
            201 => assert!(number < 100_000, "the disk is never full"),
            503 => {
                assert_eq!(said.body["code"], "unavailable");
                assert_eq!(said.retry_after.as_deref(), Some("1"));
                refusals += 1;
            }
            _ => panic!("{said:?}"),
        }
    }
    assert!(mount("remount,size=32m"));
    for _ in 0..20 {
        let said = shop.provision(&client);
        assert_eq!(said.status, 201, "{said:?}");
        assert_eq!(shop.activate(&client).status, 201);
    }
    shop.assert_whole();
    process.kill();
    shop.assert_whole();
}

struct Unmount<'a>(&'a std::path::Path);

impl Drop for Unmount<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0).status();
    }
}

#[test]
fn several_start_at_once_on_an_empty_database() {
    let _taken = postgres_to_myself();
    for place in [sqlite, on_postgres] {
        for _ in 0..3 {
            let folder = TempDir::new().unwrap();
            let place = place(&folder);
            let starting: Vec<_> = (0..6)
                .map(|_| Process::spawn(&place, folder.path()))
                .collect();
            let processes: Vec<_> = starting.into_iter().map(|one| one.ready()).collect();
            assert_eq!(
                rows(
                    &place,
                    "SELECT version FROM schema_versions ORDER BY version"
                )
                .len(),
                rows(&place, "SELECT DISTINCT version FROM schema_versions").len()
            );
            assert_eq!(rows(&place, "SELECT COUNT(*) FROM api_keys"), [["6"]]);
            // Each opens what another wrote: they have one secret.
            processes[0].make_brand();
            let order = json!({"name": "Other", "slug": "other"});
            for process in &processes[1..] {
                let made = Client::new(&process.url).post(
                    "/api/v1/admin/brands",
                    Some(&processes[0].operator),
                    &order,
                );
                assert!([201, 409].contains(&made.status), "{made:?}");
            }
        }
    }
}
