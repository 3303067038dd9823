//! What the README shows, line by line, as products that run: against an authority, and without it.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test that cannot go on fails, and its modules are of this program alone"
)]

use std::path::Path;
use std::process::Command;

use countersign::TrustStore;
use countersign_client::{Client, FileStorage, Session, Url};
use countersign_server::{Authority, Clock, Database, Opening, Server};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

#[path = "readme/machine.rs"]
mod machine;
#[path = "readme/product.rs"]
mod product;

#[test]
fn what_the_readme_shows_is_what_runs_here() {
    let readme = include_str!("../README.md");
    let shown = readme.split("```rust\n").skip(1);
    let shown: Vec<&str> = shown
        .filter_map(|rest| rest.split("```\n").next())
        .collect();
    let product = include_str!("readme/product.rs");
    assert_eq!(shown, [product, include_str!("readme/machine.rs")]);
    assert_eq!(readme.matches("```").count(), 4, "all code is compared");
}

#[test]
fn a_product_is_activated_once_and_then_needs_no_authority() {
    let (site, home) = (Site::start(), TempDir::new().unwrap());
    let unknown = "the authority declined: there is no such license key";
    // That no state was kept before is told until the authority is heard.
    let denied = "not_activated: this instance is not activated";
    let first = site.told(home.path(), "ACME-CUSTOM-1");
    assert_eq!(first, [unknown, UNGUARDED, denied]);
    let key = site.license_key.clone();
    assert_eq!(site.told(home.path(), &key), ["activated", "exports"]);
    assert_eq!(site.told(home.path(), &key), ["exports"]);
    let gone = site.stop();
    assert_eq!(gone.told(home.path(), &key), ["exports"]);
    let elsewhere = TempDir::new().unwrap();
    let unreachable =
        "the authority cannot be reached; what was granted before goes on until it ends";
    assert_eq!(
        gone.told(elsewhere.path(), &key),
        [unreachable, UNGUARDED, denied]
    );
}

#[test]
fn a_product_whose_seat_was_given_up_is_activated_again() {
    let (site, home) = (Site::start(), TempDir::new().unwrap());
    let key = site.license_key.clone();
    let first = ["activated", UNGUARDED, "exports"];
    assert_eq!(site.told(home.path(), &key), first);
    assert_eq!(site.told(home.path(), GIVES_UP), [""; 0]);
    assert_eq!(site.told(home.path(), &key), ["activated", "exports"]);
}

#[test]
fn a_product_starts_whatever_its_environment_lacks() {
    let (site, home) = (Site::start(), TempDir::new().unwrap());
    let key = site.license_key.clone();
    assert_eq!(site.told(home.path(), &key)[0], "activated");
    let mut gone = site.stop();
    gone.url = "https://licenses.acme.example".parse().unwrap();
    let no_proxy = "the environment variable `ALL_PROXY` names no proxy of HTTP or SOCKS 5: let it \
                    begin with `http://`, `https://`, `socks5://` or `socks5h://`, or list the \
                    authority in `NO_PROXY`";
    let no_roots = "the authority cannot be verified, as no certificate is trusted: install those of \
                    the system, or name a file of them in `SSL_CERT_FILE`; what was granted before \
                    goes on until it ends";
    let lacks = [
        (vec![("ALL_PROXY", "socks4://p:1080")], no_proxy),
        (
            vec![
                ("SSL_CERT_FILE", "/no/such/file"),
                ("SSL_CERT_DIR", "/no/such/folder"),
            ],
            no_roots,
        ),
    ];
    // Elsewhere no variable names the certificates, and Mozilla's are there without any.
    let is_of_files = cfg!(target_os = "linux") && !cfg!(feature = "webpki-roots");
    for (environment, text) in &lacks[..if is_of_files { 2 } else { 1 }] {
        gone.environment.clone_from(environment);
        assert_eq!(gone.told(home.path(), &key), ["exports"], "{environment:?}");
        let elsewhere = TempDir::new().unwrap();
        assert_eq!(
            gone.told(elsewhere.path(), &key),
            [
                *text,
                UNGUARDED,
                "not_activated: this instance is not activated",
            ]
        );
    }
}

#[test]
fn a_product_states_its_machine() {
    let (site, home) = (Site::start(), TempDir::new().unwrap());
    assert_eq!(site.told(home.path(), ON_THIS_MACHINE), ["kept"]);
}

/// Runs what the README shows, with what its environment says; by itself it does nothing.
#[test]
fn process_of_the_tests_above() {
    let (Some(url), Some(keys), Some(typed)) = (variable(URL), variable(KEYS), variable(TYPED))
    else {
        return;
    };
    println!("{BEGIN}");
    if typed == ON_THIS_MACHINE {
        let session = machine::open(TrustStore::from_jwks(&keys).unwrap()).unwrap();
        println!("{}", if session.is_kept() { "kept" } else { "lost" });
    } else if typed == GIVES_UP {
        let (trust, product) = (TrustStore::from_jwks(&keys), "acme/editor".parse().unwrap());
        let client = Client::builder(url.parse().unwrap(), trust.clone().unwrap());
        let storage = FileStorage::of_user(&product).unwrap();
        let session = Session::open(storage, trust.unwrap(), product).unwrap();
        let client = client.build().unwrap();
        let runtime = Runtime::new().unwrap();
        runtime.block_on(session.deactivate(&client)).unwrap();
    } else {
        let runtime = Runtime::new().unwrap();
        runtime.block_on(product::run(&url, &keys, &typed)).unwrap();
    }
    println!("{END}");
}

#[expect(clippy::disallowed_methods, reason = "the tests above set it")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Where a product asks, and what a customer types.
struct Site {
    running: Option<(Server, Runtime)>,
    url: Url,
    keys: String,
    license_key: String,
    /// What the environment of a product has besides.
    environment: Vec<(&'static str, &'static str)>,
    _folder: TempDir,
}

impl Site {
    /// An authority that has sold one license.
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let runtime = Runtime::new().unwrap();
        let authority = Authority::open(&Opening {
            database: Database::Sqlite(folder.path().join("countersign.db")),
            secret: folder.path().join("secret"),
            public_url: "https://licenses.acme.example".to_owned(),
            clock: Clock::System,
        });
        let authority = authority.unwrap();
        let (server, operator) = runtime.block_on(async {
            let operator = authority.create_operator_key().await.unwrap();
            let server = Server::start(authority, "127.0.0.1:0".parse().unwrap());
            (server.await.unwrap(), operator)
        });
        let url: Url = format!("http://{}", server.address()).parse().unwrap();
        let post = |path: &str, api_key: &str, body: Value| -> Value {
            let request = ureq::post(url.join(path).unwrap().as_str());
            let answer = request.header("x-api-key", api_key).send_json(body);
            answer.unwrap().body_mut().read_json().unwrap()
        };
        let brand = json!({"name": "ACME", "slug": "acme"});
        post("/api/v1/admin/brands", &operator, brand);
        let scopes = json!({"brand": "acme", "scopes": ["read", "write"]});
        let made = post("/api/v1/admin/api-keys", &operator, scopes);
        let api_key = made["key"].as_str().unwrap();
        let editor = json!({"name": "ACME Editor", "slug": "editor"});
        post("/api/v1/brand/products", api_key, editor);
        let order = json!({
            "products": ["editor"],
            "customer_email": "ada@example.com",
            "max_seats": 2,
            "entitlements": {"export": {}},
        });
        let sold = post("/api/v1/brand/licenses/provision", api_key, order);
        let keys = url.join("/.well-known/acme/jwks.json").unwrap();
        let mut keys = ureq::get(keys.as_str()).call().unwrap();
        Self {
            running: Some((server, runtime)),
            url,
            keys: keys.body_mut().read_to_string().unwrap(),
            license_key: sold["license_key"]["key"].as_str().unwrap().to_owned(),
            environment: Vec::new(),
            _folder: folder,
        }
    }

    /// The same, where nobody answers any more.
    fn stop(mut self) -> Self {
        if let Some((server, runtime)) = self.running.take() {
            runtime.block_on(server.stop()).unwrap();
        }
        self
    }

    /// What a product says that is started by a user whose files are in `home`.
    fn told(&self, home: &Path, typed: &str) -> Vec<String> {
        let process = ["--exact", "process_of_the_tests_above", "--nocapture"];
        let output = Command::new(std::env::current_exe().unwrap())
            .args(process)
            .envs([("HOME", home), ("USERPROFILE", home)])
            .envs([("XDG_STATE_HOME", home), ("LOCALAPPDATA", home)])
            .envs([(URL, self.url.as_str()), (KEYS, &self.keys), (TYPED, typed)])
            .env_remove("NO_PROXY")
            .env_remove("no_proxy")
            .env_remove("HTTPS_PROXY")
            .env_remove("https_proxy")
            .envs(self.environment.iter().copied())
            .output()
            .unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        let lines = told.lines().map(str::to_owned);
        let lines = lines.skip_while(|line| !line.ends_with(BEGIN)).skip(1);
        let mut lines: Vec<String> = lines.collect();
        let end = lines.iter().position(|line| line == END);
        lines.truncate(end.unwrap_or_default());
        assert!(
            end.is_some(),
            "{told}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        lines
    }
}

const UNGUARDED: &str = "the clock of this machine is not guarded";
const URL: &str = "COUNTERSIGN_TEST_URL";
const KEYS: &str = "COUNTERSIGN_TEST_KEYS";
const TYPED: &str = "COUNTERSIGN_TEST_TYPED";
/// What is typed where the product is the one that states its machine.
const ON_THIS_MACHINE: &str = "on this machine";
/// What is typed where the seat is given up.
const GIVES_UP: &str = "gives up";
/// What a product says stands between these.
const BEGIN: &str = "[begin]";
const END: &str = "[end]";
