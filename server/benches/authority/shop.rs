//! An authority with a brand, and the licenses that are asked about.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use countersign_server::{Authority, Clock, Database, Opening, Server};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::load::{self, Ask, Pace};

/// A running authority with one brand that sells one product.
pub(crate) struct Shop {
    pub(crate) address: SocketAddr,
    operator: String,
    api_key: String,
    server: Option<Server>,
}

impl Shop {
    pub(crate) fn open(runtime: &Runtime, database: Database, folder: &Path) -> Self {
        let authority = Authority::open(&opening(database, folder)).unwrap();
        let (server, operator) = runtime.block_on(async {
            let operator = authority.create_operator_key().await.unwrap();
            let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
            (Server::start(authority, any).await.unwrap(), operator)
        });
        let mut shop = Self {
            address: server.address(),
            operator,
            api_key: String::new(),
            server: Some(server),
        };
        let admin = |path: &str, body: &Value| shop.ask(path, &shop.operator, body);
        admin(
            "/api/v1/admin/brands",
            &json!({"name": "Acme", "slug": "acme"}),
        );
        let key = admin("/api/v1/admin/api-keys", &json!({"brand": "acme"}));
        shop.api_key = text(&key["key"]);
        let order = json!({"name": "Editor", "slug": "editor"});
        shop.ask("/api/v1/brand/products", &shop.api_key, &order);
        shop
    }

    fn ask(&self, path: &str, api_key: &str, body: &Value) -> Value {
        let mut response = ureq::post(&format!("http://{}{path}", self.address))
            .header("x-api-key", api_key)
            .send_json(body)
            .unwrap();
        response.body_mut().read_json().unwrap()
    }

    /// Provisions licenses of a million seats; their license keys, and how fast it went.
    pub(crate) fn provision(&self, count: usize) -> (Vec<String>, Pace) {
        let began = Instant::now();
        let (keys, latencies) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
        let next = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for _ in 0..32 {
                scope.spawn(|| {
                    let agent = ureq::Agent::new_with_defaults();
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= count as u64 {
                            return;
                        }
                        let sent = Instant::now();
                        let url = format!("http://{}{PROVISION}", self.address);
                        let mut response = agent
                            .post(&url)
                            .header("x-api-key", &self.api_key)
                            .send_json(order(number))
                            .unwrap();
                        let made: Value = response.body_mut().read_json().unwrap();
                        latencies.lock().unwrap().push(sent.elapsed());
                        keys.lock().unwrap().push(text(&made["license_key"]["key"]));
                    }
                });
            }
        });
        let latencies = latencies.into_inner().unwrap();
        (
            keys.into_inner().unwrap(),
            Pace::of(latencies, began.elapsed()),
        )
    }

    /// New instances, each of the next license in turn; with a lease for each.
    pub(crate) fn activate(keys: &[String]) -> Ask {
        static INSTANCES: AtomicU64 = AtomicU64::new(0);
        let keys: Vec<String> = keys.to_vec();
        Arc::new(move |number| {
            let instance = INSTANCES.fetch_add(1, Ordering::Relaxed);
            let key = &keys[number as usize % keys.len()];
            let body = format!(
                r#"{{"license_key":"{key}","instance_identifier":"https://site{instance}.example.com","nonce":"AAAAAAAAAAAAAAAAAAAAAA"}}"#
            );
            load::post(ACTIVATE, None, &body)
        })
    }

    /// One instance of each license, in turn, which [`seat`](Self::seat) gives its seat.
    pub(crate) fn check(keys: &[String]) -> Ask {
        one_of_each(CHECK, keys)
    }

    /// Takes the seats of the instances that are checked, once each.
    pub(crate) fn seat(&self, clients: &Runtime, keys: &[String]) {
        let ask = one_of_each(ACTIVATE, keys);
        load::drive(clients, self.address, 16, LONGEST, keys.len() as u64, &ask);
    }

    pub(crate) fn close(mut self, runtime: &Runtime) {
        if let Some(server) = self.server.take() {
            runtime.block_on(server.stop()).unwrap();
        }
    }
}

/// Fills a SQLite database with copies of the first license under other keys, which nobody knows,
/// until it holds `count` licenses: the signed text of each is a real one.
pub(crate) fn fill_licenses(file: &Path, count: usize) {
    let database = rusqlite::Connection::open(file).unwrap();
    let held: i64 = database
        .query_row("SELECT COUNT(*) FROM licenses", [], |row| row.get(0))
        .unwrap();
    let numbers = format!(
        "WITH RECURSIVE numbers (number) AS \
         (SELECT {held} UNION ALL SELECT number + 1 FROM numbers WHERE number < {count} - 1)"
    );
    database
        .execute_batch(&format!(
            "PRAGMA synchronous = OFF; PRAGMA busy_timeout = 60000; BEGIN IMMEDIATE;
             {numbers} INSERT INTO license_keys (id, brand_id, customer_id, hash, sealed, created_at)
             SELECT printf('filler-%08d', number), k.brand_id, k.customer_id, randomblob(32),
             k.sealed, k.created_at FROM numbers,
             (SELECT * FROM license_keys WHERE id NOT LIKE 'filler%' LIMIT 1) k;
             {numbers} INSERT INTO licenses (id, brand_id, license_key_id, product_id, customer_id,
             standing, blocked, document, revision, valid_until, seat_limit, status_list,
             status_index, seats_held, fence, created_at)
             SELECT printf('filler-%08d', number), l.brand_id, printf('filler-%08d', number),
             l.product_id, l.customer_id, l.standing, l.blocked, l.document, l.revision,
             l.valid_until, l.seat_limit, l.status_list, l.status_index, 0, 0, l.created_at
             FROM numbers, (SELECT * FROM licenses WHERE id NOT LIKE 'filler%' LIMIT 1) l;
             COMMIT; PRAGMA synchronous = FULL;"
        ))
        .unwrap();
}

/// Gives the newest license so many seats more.
pub(crate) fn fill_seats(file: &Path, count: usize) {
    let database = rusqlite::Connection::open(file).unwrap();
    database
        .execute_batch(&format!(
            "PRAGMA busy_timeout = 60000; BEGIN IMMEDIATE;
             WITH RECURSIVE numbers (number) AS
             (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {count})
             INSERT INTO activations (id, brand_id, license_id, instance_kind, instance_value,
             activated_at, fence, lease_presented)
             SELECT printf('filler-%s-%08d', l.id, number), l.brand_id, l.id, 'domain',
             printf('filler%d.example.com', number), l.created_at, l.fence + number, 0
             FROM numbers, ({NEWEST}) l;
             UPDATE licenses SET seats_held = seats_held + {count}, fence = fence + {count}
             WHERE id = (SELECT id FROM ({NEWEST}));
             COMMIT"
        ))
        .unwrap();
}

/// The resident memory of a process, in bytes; nothing where the system does not say.
pub(crate) fn resident(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024)
}

pub(crate) fn opening(database: Database, folder: &Path) -> Opening {
    Opening {
        database,
        secret: folder.join("secret"),
        public_url: "https://licenses.example".to_owned(),
        clock: Clock::System,
    }
}

pub(crate) fn sqlite_in(folder: &Path) -> PathBuf {
    folder.join("countersign.db")
}

fn one_of_each(path: &'static str, keys: &[String]) -> Ask {
    let keys: Vec<String> = keys.to_vec();
    Arc::new(move |number| {
        let key = &keys[number as usize % keys.len()];
        let body = format!(
            r#"{{"license_key":"{key}","instance_identifier":"https://checked.example.com"}}"#
        );
        load::post(path, None, &body)
    })
}

fn order(number: u64) -> Value {
    json!({
        "products": ["editor"],
        "customer_email": format!("customer{number}@example.com"),
        "max_seats": 1_000_000,
    })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

const NEWEST: &str =
    "SELECT * FROM licenses WHERE id NOT LIKE 'filler%' ORDER BY created_at DESC, id DESC LIMIT 1";
const ACTIVATE: &str = "/api/v1/product/licenses/activate";
const CHECK: &str = "/api/v1/product/licenses/check";
const PROVISION: &str = "/api/v1/brand/licenses/provision";
/// How long seats may take to be taken.
const LONGEST: Duration = Duration::from_secs(60);
/// How long each row is measured.
pub(crate) const LASTS: Duration = Duration::from_secs(4);
