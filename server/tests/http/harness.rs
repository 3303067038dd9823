//! An authority on a free port, with a fixed clock, on either database.

use std::net::SocketAddr;
use std::path::PathBuf;

use countersign::Moment;
use countersign_server::{Authority, Clock, Database, Opening, Options, Server};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::openapi::assert_documented;
use crate::postgres;

/// The moment at which every test happens.
pub const NOW: &str = "2026-06-01T12:00:00Z";

/// Under which products are told to reach it.
const PUBLIC_URL: &str = "https://licenses.example";

/// Which database a test runs on.
#[derive(Clone, Copy, Debug)]
pub enum Db {
    Sqlite,
    Postgres,
}

/// Runs each test on both databases: `on_both!(name_of_test, ...)`, each a function of an [`App`].
macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[test]
                fn $test() {
                    super::$test(&$crate::harness::App::start($crate::harness::Db::Sqlite));
                }
            )+
        }
        mod postgres {
            $(
                #[test]
                fn $test() {
                    super::$test(&$crate::harness::App::start($crate::harness::Db::Postgres));
                }
            )+
        }
    };
}
pub(crate) use on_both;

/// A running authority with one operator.
pub struct App {
    server: Option<Server>,
    runtime: Runtime,
    pub url: String,
    pub operator: String,
    pub clock: Clock,
    pub database: Database,
    pub folder: TempDir,
}

impl App {
    pub fn start(db: Db) -> Self {
        Self::start_at(db, NOW.parse().unwrap())
    }

    pub fn start_at(db: Db, now: Moment) -> Self {
        Self::start_with(db, now, Options::default())
    }

    /// With limits of its own.
    pub fn start_with(db: Db, now: Moment, options: Options) -> Self {
        let folder = TempDir::new().unwrap();
        let database = match db {
            Db::Sqlite => Database::Sqlite(folder.path().join("countersign.db")),
            Db::Postgres => Database::Postgres(postgres::database()),
        };
        let secret = folder.path().join("secret");
        Self::open_with(folder, database, secret, Clock::fixed(now), options)
    }

    /// Another authority on the same database, as another process would be: with the same secret
    /// and clock, and a memory of its own.
    pub fn beside(&self) -> Self {
        Self::open(
            TempDir::new().unwrap(),
            self.database.clone(),
            self.folder.path().join("secret"),
            self.clock.clone(),
        )
    }

    /// The same, after the public URL was changed.
    pub fn beside_at(&self, public_url: &str) -> Self {
        Self::open_at(
            TempDir::new().unwrap(),
            self.database.clone(),
            self.folder.path().join("secret"),
            public_url,
            self.clock.clone(),
            Options::default(),
        )
    }

    /// An authority on a database that is there, with the secret in a file.
    pub fn open(folder: TempDir, database: Database, secret: PathBuf, clock: Clock) -> Self {
        Self::open_with(folder, database, secret, clock, Options::default())
    }

    fn open_with(
        folder: TempDir,
        database: Database,
        secret: PathBuf,
        clock: Clock,
        options: Options,
    ) -> Self {
        Self::open_at(folder, database, secret, PUBLIC_URL, clock, options)
    }

    fn open_at(
        folder: TempDir,
        database: Database,
        secret: PathBuf,
        public_url: &str,
        clock: Clock,
        options: Options,
    ) -> Self {
        let runtime = Runtime::new().unwrap();
        let opening = Opening {
            database: database.clone(),
            secret,
            public_url: public_url.to_owned(),
            clock: clock.clone(),
        };
        let authority = Authority::open(&opening).unwrap();
        let (server, operator) = runtime.block_on(async {
            let operator = authority.create_operator_key().await.unwrap();
            let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
            let server = Server::start_with(authority, any, options).await;
            (server.unwrap(), operator)
        });
        Self {
            url: format!("http://{}", server.address()),
            server: Some(server),
            runtime,
            operator,
            clock,
            database,
            folder,
        }
    }

    /// Lets time pass, or go back.
    pub fn set_time(&self, now: &str) {
        self.clock.set(now.parse().unwrap());
    }

    /// What the database answers to a statement, every column as text.
    pub fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        match &self.database {
            Database::Sqlite(file) => {
                let connection = rusqlite::Connection::open(file).unwrap();
                let mut statement = connection.prepare(sql).unwrap();
                let columns = statement.column_count();
                let rows = statement.query_map([], |row| {
                    let text = |column| {
                        let value: rusqlite::types::Value = row.get(column)?;
                        Ok(match value {
                            rusqlite::types::Value::Integer(number) => number.to_string(),
                            rusqlite::types::Value::Text(text) => text,
                            other => format!("{other:?}"),
                        })
                    };
                    (0..columns).map(text).collect()
                });
                rows.unwrap().map(Result::unwrap).collect()
            }
            Database::Postgres(url) => {
                let mut client = ::postgres::Client::connect(url, ::postgres::NoTls).unwrap();
                let all = "SELECT set_config('countersign.brand', '*', false)";
                client.batch_execute(all).unwrap();
                let messages = client.simple_query(sql).unwrap();
                let rows = messages.iter().filter_map(|message| match message {
                    ::postgres::SimpleQueryMessage::Row(row) => Some(
                        (0..row.len())
                            .map(|column| row.get(column).unwrap_or("Null").to_owned())
                            .collect(),
                    ),
                    _ => None,
                });
                rows.collect()
            }
        }
    }

    /// Runs a command of the operator's on this authority: its exit status, and what it prints.
    pub fn command(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_countersign"));
        command.args(arguments).args(["--now", NOW, "--data"]);
        command.arg(self.folder.path());
        if let Database::Postgres(url) = &self.database {
            command.args(["--database", url]);
        }
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    }

    /// Runs a statement on the database behind the authority's back.
    pub fn damage(&self, sql: &str) {
        match &self.database {
            Database::Sqlite(file) => {
                let connection = rusqlite::Connection::open(file).unwrap();
                connection.execute_batch(sql).unwrap();
            }
            Database::Postgres(url) => {
                let mut client = ::postgres::Client::connect(url, ::postgres::NoTls).unwrap();
                let every = "SELECT set_config('countersign.brand', '*', false)";
                client.query_one(every, &[]).unwrap();
                client.batch_execute(sql).unwrap();
            }
        }
    }

    /// The kinds of events about something, oldest first.
    pub fn events(&self, subject: &str) -> Vec<String> {
        let sql = format!("SELECT kind FROM events WHERE subject = '{subject}' ORDER BY id");
        self.rows(&sql).into_iter().flatten().collect()
    }

    /// Sends a request and reads its answer, whatever its status.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        api_key: Option<&str>,
        body: Option<&Value>,
    ) -> Answer {
        let headers = Vec::from_iter(api_key.map(|key| ("x-api-key", key)));
        self.send_with(method, path, &headers, body)
    }

    /// The same with any headers.
    pub fn send_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = match body {
            Some(body) => {
                let request = request
                    .header("content-type", "application/json")
                    .body(body.to_string())
                    .unwrap();
                agent.run(request)
            }
            None => agent.run(request.body(()).unwrap()),
        };
        let mut response = response.unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        assert_documented(method, path, response.status().as_u16());
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        }
    }

    pub fn get(&self, path: &str, api_key: Option<&str>) -> Answer {
        self.send("GET", path, api_key, None)
    }

    pub fn post(&self, path: &str, api_key: Option<&str>, body: &Value) -> Answer {
        self.send("POST", path, api_key, Some(body))
    }

    /// The bytes of an answer.
    pub fn get_bytes(&self, path: &str) -> Vec<u8> {
        let mut answer = ureq::get(format!("{}{path}", self.url)).call().unwrap();
        answer.body_mut().read_to_vec().unwrap()
    }

    /// Where metrics are, if they are elsewhere.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.server.as_ref().and_then(Server::metrics_address)
    }

    /// The one text that a query of the database itself gives.
    pub fn query_text(&self, sql: &str) -> String {
        match &self.database {
            Database::Sqlite(file) => {
                let connection = rusqlite::Connection::open(file).unwrap();
                connection.query_row(sql, [], |row| row.get(0)).unwrap()
            }
            Database::Postgres(url) => {
                let mut client = ::postgres::Client::connect(url, ::postgres::NoTls).unwrap();
                client.batch_execute("SET countersign.brand = '*'").unwrap();
                client.query_one(sql, &[]).unwrap().get(0)
            }
        }
    }

    /// Asks as a product does.
    pub fn product(&self, path: &str, body: &Value) -> Answer {
        self.post(&format!("/api/v1/product{path}"), None, body)
    }

    /// A brand with one product, `editor`, and an API key.
    pub fn brand(&self, slug: &str) -> Brand<'_> {
        let made = self.post(
            "/api/v1/admin/brands",
            Some(&self.operator),
            &json!({"name": slug.to_uppercase(), "slug": slug}),
        );
        assert_eq!(made.status, 201, "{:?}", made.body);
        let key = self.post(
            "/api/v1/admin/api-keys",
            Some(&self.operator),
            &json!({"brand": slug, "scopes": ["read", "write"]}),
        );
        assert_eq!(key.status, 201, "{:?}", key.body);
        let brand = Brand {
            app: self,
            slug: slug.to_owned(),
            api_key: key.text("key"),
        };
        brand.make_product("editor", json!({}));
        brand
    }
}

impl App {
    /// Stops the server, which finishes what it has to do.
    pub fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            let _ = self.runtime.block_on(server.stop());
        }
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A brand's back end.
pub struct Brand<'a> {
    pub app: &'a App,
    pub slug: String,
    pub api_key: String,
}

impl Brand<'_> {
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None)
    }

    pub fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(&body))
    }

    pub fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let path = format!("/api/v1/brand{path}");
        self.app.send(method, &path, Some(&self.api_key), body)
    }

    pub fn patch(&self, path: &str, body: Value) -> Answer {
        self.send("PATCH", path, Some(&body))
    }

    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None)
    }

    /// Activates an instance under a license key; the id of the activation.
    pub fn activate(&self, license_key: &str, instance: &str) -> String {
        let ask = json!({"license_key": license_key, "instance_identifier": instance});
        let made = self.app.product("/licenses/activate", &ask);
        assert_eq!(made.status, 201, "{}", made.body);
        made.text("activation_id")
    }

    /// Makes a product; its id.
    pub fn make_product(&self, slug: &str, defaults: Value) -> String {
        let made = self.post(
            "/products",
            json!({"name": slug, "slug": slug, "defaults": defaults}),
        );
        assert_eq!(made.status, 201, "{:?}", made.body);
        made.text("id")
    }

    /// Provisions `editor` for a customer, with `terms` beside; the license key and the license's id.
    pub fn provision(&self, terms: Value) -> (String, String) {
        let mut order = json!({"products": ["editor"], "customer_email": "Ada@example.com"});
        for (name, term) in terms.as_object().unwrap() {
            order[name] = term.clone();
        }
        let made = self.post("/licenses/provision", order);
        assert_eq!(made.status, 201, "{:?}", made.body);
        let license = made.body["licenses"][0]["id"].as_str().unwrap().to_owned();
        (
            made.body["license_key"]["key"].as_str().unwrap().to_owned(),
            license,
        )
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub body: Value,
}

impl Answer {
    /// A member that is a text.
    pub fn text(&self, name: &str) -> String {
        match self.body[name].as_str() {
            Some(text) => text.to_owned(),
            None => panic!("no text `{name}` in {}", self.body),
        }
    }

    /// Status and code of a problem.
    pub fn problem(&self) -> (u16, String) {
        assert_eq!(
            self.headers["content-type"], "application/problem+json",
            "{}",
            self.body
        );
        (self.status, self.text("code"))
    }
}
