//! Sixty-four clients on one license: never more seats than the limit, every change of hands with a
//! fence of its own, every success there afterwards.

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

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use process::{Client, Place, Process, Said, rows};

/// What clients do, and how often in a hundred.
const MIX: &[(Operation, u64)] = &[
    (Operation::Activate, 60),
    (Operation::Renew, 14),
    (Operation::Deactivate, 20),
    (Operation::ForceRelease, 5),
    (Operation::ChangeLimit, 1),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Activate,
    Renew,
    Deactivate,
    ForceRelease,
    ChangeLimit,
}

/// One thing that one client did, from its request to its answer.
#[derive(Debug)]
struct Done {
    client: usize,
    operation: Operation,
    began: Duration,
    ended: Duration,
    status: u16,
    code: String,
    /// The seat that was given or shown, or that was to be released.
    activation: Option<String>,
    /// The limit that was set.
    limit: Option<u64>,
}

#[test]
fn sqlite_never_gives_more_seats_than_there_are() {
    storm(
        |folder| Place::Sqlite(folder.path().join("countersign.db")),
        1,
    );
}

#[test]
fn postgres_never_gives_more_seats_than_there_are() {
    storm(|_| Place::Postgres(postgres::database()), 1);
}

#[test]
fn two_processes_on_one_postgres_never_give_more_seats_than_there_are() {
    storm(|_| Place::Postgres(postgres::database()), 2);
}

fn storm(place: impl FnOnce(&TempDir) -> Place, processes: usize) {
    let folder = TempDir::new().unwrap();
    let place = place(&folder);
    let processes: Vec<_> = (0..processes)
        .map(|_| Process::start(&place, folder.path()))
        .collect();
    let api_key = processes[0].make_brand();
    let order = json!({
        "products": ["editor"],
        "customer_email": "ada@example.com",
        "max_seats": LIMITS[0],
    });
    let made = Client::new(&processes[0].url).post(
        "/api/v1/brand/licenses/provision",
        Some(&api_key),
        &order,
    );
    assert_eq!(made.status, 201, "{made:?}");
    let license = made.body["licenses"][0]["id"].as_str().unwrap();
    let license_key = made.body["license_key"]["key"].as_str().unwrap();
    let (history, seen) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    let began = Instant::now();
    std::thread::scope(|scope| {
        for number in 0..CLIENTS {
            let mut player = Player {
                number,
                client: Client::new(&processes[number % processes.len()].url),
                license,
                license_key,
                api_key: &api_key,
                began,
                seen: &seen,
                lease: None,
                limits: 0,
                random: 0x9E37_79B9_7F4A_7C15 ^ number as u64,
            };
            let history = &history;
            scope.spawn(move || {
                for _ in 0..OPERATIONS.div_ceil(CLIENTS) {
                    if began.elapsed() > LONGEST {
                        return;
                    }
                    let done = player.play();
                    history.lock().unwrap().push(done);
                }
            });
        }
    });
    let history = history.into_inner().unwrap();
    let ledger = Ledger::read(&place, license);
    let mut counts = BTreeMap::new();
    for done in &history {
        let kind = format!("{:?} {} {}", done.operation, done.status, done.code);
        *counts.entry(kind).or_insert(0) += 1;
    }
    println!(
        "{} operations in {:?}: {counts:#?}",
        history.len(),
        began.elapsed()
    );
    let total = began.elapsed();
    assert!(history.len() >= OPERATIONS, "only {}", history.len());
    assert_answers(&history);
    ledger.assert_balanced();
    ledger.assert_in_order(&history);
    ledger.assert_within_limits(&history, total);
    ledger.assert_successes_visible(&history);
    for process in processes {
        process.kill();
    }
}

/// One client: an instance that wants a seat.
struct Player<'a> {
    number: usize,
    client: Client,
    license: &'a str,
    license_key: &'a str,
    api_key: &'a str,
    began: Instant,
    /// Seats that anybody was given, newest last.
    seen: &'a Mutex<Vec<String>>,
    lease: Option<String>,
    limits: usize,
    random: u64,
}

impl Player<'_> {
    fn play(&mut self) -> Done {
        let operation = self.choose();
        let began = self.began.elapsed();
        let (said, activation, limit) = self.carry_out(operation);
        let text = |name: &str| said.body[name].as_str().map(str::to_owned);
        if said.status < 300
            && let Some(lease) = text("lease")
        {
            self.lease = Some(lease);
        }
        Done {
            client: self.number,
            operation,
            began,
            ended: self.began.elapsed(),
            status: said.status,
            code: text("code").unwrap_or_default(),
            activation: activation.or_else(|| {
                let id = text("activation_id")?;
                self.seen.lock().unwrap().push(id.clone());
                Some(id)
            }),
            limit,
        }
    }

    fn choose(&mut self) -> Operation {
        let total: u64 = MIX.iter().map(|(_, weight)| weight).sum();
        let mut drawn = self.draw() % total;
        for (operation, weight) in MIX {
            if drawn < *weight {
                return match operation {
                    // The order of limits is known only if one client sets them.
                    Operation::ChangeLimit if self.number != 0 => Operation::Activate,
                    Operation::Renew if self.lease.is_none() => Operation::Activate,
                    other => *other,
                };
            }
            drawn -= weight;
        }
        Operation::Activate
    }

    fn draw(&mut self) -> u64 {
        // Xorshift: the same storm each time, as far as one machine can.
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random >> 16
    }

    fn carry_out(&mut self, operation: Operation) -> (Said, Option<String>, Option<u64>) {
        match operation {
            Operation::Activate => (self.activate(), None, None),
            Operation::Renew => (self.renew(), None, None),
            Operation::Deactivate => (self.deactivate(), None, None),
            Operation::ForceRelease => {
                let drawn = self.draw() as usize;
                let seen = self.seen.lock().unwrap();
                let newest = seen.iter().rev().take(CLIENTS);
                let id = newest.clone().nth(drawn % newest.len().max(1)).cloned();
                drop(seen);
                let id = id.unwrap_or_else(|| "none".to_owned());
                (self.force_release(&id), Some(id), None)
            }
            Operation::ChangeLimit => {
                self.limits += 1;
                let limit = LIMITS[self.limits % LIMITS.len()];
                (self.change_limit(limit), None, Some(limit))
            }
        }
    }

    /// Half of the clients ask for a lease; the other half asks online each time, and meets no
    /// bound on handovers.
    fn activate(&self) -> Said {
        let mut body = self.instance();
        if self.number.is_multiple_of(2) {
            body["nonce"] = NONCE.into();
        }
        self.client
            .post("/api/v1/product/licenses/activate", None, &body)
    }

    fn renew(&self) -> Said {
        let body = json!({"lease": self.lease, "nonce": NONCE});
        self.client
            .post("/api/v1/product/licenses/renew-lease", None, &body)
    }

    fn deactivate(&self) -> Said {
        let path = "/api/v1/product/licenses/deactivate";
        self.client.post(path, None, &self.instance())
    }

    fn force_release(&self, activation: &str) -> Said {
        let path = format!(
            "/api/v1/brand/licenses/{}/activations/{activation}",
            self.license
        );
        self.client.send("DELETE", &path, Some(self.api_key), None)
    }

    fn change_limit(&self, limit: u64) -> Said {
        let path = format!("/api/v1/brand/licenses/{}", self.license);
        let body = json!({"max_seats": limit});
        self.client
            .send("PATCH", &path, Some(self.api_key), Some(&body))
    }

    fn instance(&self) -> Value {
        json!({
            "license_key": self.license_key,
            "instance_identifier": format!("host{}.example.com", self.number),
        })
    }
}

/// Every answer is one that the contract knows, and none is a failure of the authority.
fn assert_answers(history: &[Done]) {
    for done in history {
        let answer = (done.operation, done.status, done.code.as_str());
        #[allow(
            clippy::match_like_matches_macro,
            reason = "one line for each operation and answer"
        )]
        let is_right = match answer {
            (Operation::Activate, 200 | 201, _) => true,
            (Operation::Activate, 422, "seat_limit_exceeded" | "seat_handovers_exhausted") => true,
            (Operation::Renew, 200, _) => true,
            (Operation::Renew, 409, "seat_lost" | "seat_shared") => true,
            (Operation::Deactivate, 200, _) => true,
            (Operation::ForceRelease, 204 | 404, _) => true,
            (Operation::ChangeLimit, 200, _) => true,
            _ => false,
        };
        assert!(is_right, "{done:?}");
    }
}

/// What the database says of it afterwards.
struct Ledger {
    /// Every activation that ever was, by its fence.
    grants: BTreeMap<u64, Grant>,
    /// The fence of the license, and how many seats its row says are held.
    fence: u64,
    held: u64,
}

struct Grant {
    activation: String,
    is_held: bool,
    /// Seats in use right after it, as its event says.
    used: u64,
}

impl Ledger {
    fn read(place: &Place, license: &str) -> Self {
        let number = |text: &str| text.parse::<u64>().unwrap();
        let mut used = BTreeMap::new();
        let events = format!(
            "SELECT data FROM events WHERE kind = 'license.activated' AND subject = '{license}'"
        );
        for row in rows(place, &events) {
            let data: Value = serde_json::from_str(&row[0]).unwrap();
            let id = data["activation"]["id"].as_str().unwrap().to_owned();
            used.insert(id, data["seats_used"].as_u64().unwrap());
        }
        let activations = format!(
            "SELECT id, fence, CASE WHEN released_at IS NULL THEN 1 ELSE 0 END FROM activations \
             WHERE license_id = '{license}'"
        );
        let mut grants = BTreeMap::new();
        for row in rows(place, &activations) {
            let grant = Grant {
                is_held: row[2] == "1",
                used: used[&row[0]],
                activation: row[0].clone(),
            };
            let twin = grants.insert(number(&row[1]), grant);
            assert!(twin.is_none(), "two activations have the fence {}", row[1]);
        }
        let of_license = format!("SELECT fence, seats_held FROM licenses WHERE id = '{license}'");
        let license = rows(place, &of_license).remove(0);
        Self {
            grants,
            fence: number(&license[0]),
            held: number(&license[1]),
        }
    }

    /// Between two grants lie as many releases as fences, so the seats in use are known at every
    /// point; they are what was written at the time.
    fn assert_balanced(&self) {
        let (mut last, mut used) = (0, 0);
        for (&fence, grant) in &self.grants {
            let releases = fence - last - 1;
            used = used - releases + 1;
            assert_eq!(grant.used, used, "at the fence {fence}");
            last = fence;
        }
        used -= self.fence - last;
        assert_eq!(self.held, used, "in the end");
        let held = self.grants.values().filter(|grant| grant.is_held).count();
        assert_eq!(self.held, held as u64, "rows");
    }

    /// Who was answered before another asked has the lower fence.
    fn assert_in_order(&self, history: &[Done]) {
        let fences: BTreeMap<&str, u64> = self
            .grants
            .iter()
            .map(|(fence, grant)| (grant.activation.as_str(), *fence))
            .collect();
        let grants = history.iter().filter(|done| done.status == 201);
        let mut moments = Vec::new();
        for done in grants {
            let fence = fences[done.activation.as_deref().unwrap()];
            moments.push((done.began, Some(fence), 0));
            moments.push((done.ended, None, fence));
        }
        moments.sort();
        let mut highest = 0;
        for (_, began, ended) in moments {
            match began {
                Some(fence) => assert!(fence > highest, "{fence} after {highest}"),
                None => highest = highest.max(ended),
            }
        }
    }

    /// No grant left more seats in use than a limit that was in force while it was made.
    fn assert_within_limits(&self, history: &[Done], total: Duration) {
        let mut limits = vec![(Duration::ZERO, LIMITS[0])];
        let mut set: Vec<_> = history.iter().filter(|done| done.limit.is_some()).collect();
        set.sort_by_key(|done| done.began);
        limits.extend(set.iter().map(|done| (done.began, done.limit.unwrap())));
        // A limit ends when the answer to the next one comes.
        let ends = set.iter().map(|done| done.ended).chain([total]);
        let in_force: Vec<_> = limits.into_iter().zip(ends).collect();
        let used: BTreeMap<&str, u64> = self
            .grants
            .values()
            .map(|grant| (grant.activation.as_str(), grant.used))
            .collect();
        for done in history.iter().filter(|done| done.status == 201) {
            let limit = in_force
                .iter()
                .filter(|((from, _), to)| *from <= done.ended && *to >= done.began)
                .map(|((_, limit), _)| *limit)
                .max();
            let used = used[done.activation.as_deref().unwrap()];
            assert!(used <= limit.unwrap(), "{used} of {limit:?}: {done:?}");
        }
    }

    /// Every seat that was shown exists, and is held unless something may have released it.
    fn assert_successes_visible(&self, history: &[Done]) {
        let known: BTreeMap<&str, bool> = self
            .grants
            .values()
            .map(|grant| (grant.activation.as_str(), grant.is_held))
            .collect();
        let mut last_shown = BTreeMap::new();
        for done in history {
            if done.operation == Operation::Activate
                && let Some(id) = &done.activation
            {
                assert!(known.contains_key(id.as_str()), "lost: {done:?}");
                let last = last_shown.entry(id).or_insert(done);
                if done.began > last.began {
                    *last = done;
                }
            }
        }
        let mut held = BTreeSet::new();
        for (id, shown) in last_shown {
            let may_be_released = history.iter().any(|done| {
                done.ended >= shown.began
                    && match done.operation {
                        Operation::Activate | Operation::Renew => false,
                        Operation::Deactivate => done.client == shown.client,
                        Operation::ForceRelease => done.activation.as_ref() == Some(id),
                        Operation::ChangeLimit => true,
                    }
            });
            if !may_be_released {
                assert!(known[id.as_str()], "not held: {shown:?}");
                held.insert(id);
            }
        }
        println!(
            "{} grants, {} certainly held in the end",
            known.len(),
            held.len()
        );
    }
}

const CLIENTS: usize = 64;
const OPERATIONS: usize = 10_000;
/// What takes longer has come to a stand.
const LONGEST: Duration = Duration::from_secs(900);
/// The limits that are set in turn.
const LIMITS: &[u64] = &[24, 20, 12, 30];
const NONCE: &str = "AAAAAAAAAAAAAAAAAAAAAA";
