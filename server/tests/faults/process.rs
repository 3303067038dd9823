//! An authority in a process of its own, which can be killed.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use countersign_server::{Authority, Clock, Database, Opening, Server};
use serde_json::{Value, json};

/// Which database a process opens.
#[derive(Clone, Debug)]
pub enum Place {
    Sqlite(std::path::PathBuf),
    Postgres(String),
}

/// A running process. It ends with this value, or with the process that started it.
pub struct Process {
    child: Child,
    pub url: String,
    pub operator: String,
}

impl Process {
    /// Starts one, and waits until it answers. The secret is kept in `folder`.
    pub fn start(place: &Place, folder: &Path) -> Self {
        Self::spawn(place, folder).ready()
    }

    /// Starts one, and does not wait.
    pub fn spawn(place: &Place, folder: &Path) -> Starting {
        let database = match place {
            Place::Sqlite(file) => file.to_str().unwrap(),
            Place::Postgres(url) => url,
        };
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "process::serves", "--ignored", "--nocapture"])
            .env(DATABASE, database)
            .env(FOLDER, folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Starting(child)
    }

    /// Ends it as a loss of power would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Makes a brand with two products; its API key.
    pub fn make_brand(&self) -> String {
        let client = Client::new(&self.url);
        let operator = Some(self.operator.as_str());
        let made = client.post(
            "/api/v1/admin/brands",
            operator,
            &json!({"name": "Acme", "slug": "acme"}),
        );
        assert_eq!(made.status, 201, "{made:?}");
        let key = client.post(
            "/api/v1/admin/api-keys",
            operator,
            &json!({"brand": "acme"}),
        );
        assert_eq!(key.status, 201, "{key:?}");
        let key = key.body["key"].as_str().unwrap().to_owned();
        for slug in ["editor", "viewer"] {
            let order = json!({"name": slug, "slug": slug});
            let made = client.post("/api/v1/brand/products", Some(&key), &order);
            assert_eq!(made.status, 201, "{made:?}");
        }
        key
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A process that does not answer yet.
pub struct Starting(Child);

impl Starting {
    pub fn ready(mut self) -> Process {
        let mut out = BufReader::new(self.0.stdout.take().unwrap()).lines();
        for line in out.by_ref() {
            let line = line.unwrap();
            if let Some((_, said)) = line.split_once("serving ") {
                let (url, operator) = said.split_once(' ').unwrap();
                // It says more when it runs for long, and is to be heard.
                std::thread::spawn(move || out.for_each(drop));
                return Process {
                    child: self.0,
                    url: url.to_owned(),
                    operator: operator.to_owned(),
                };
            }
        }
        panic!("the process ended: {:?}", self.0.wait());
    }
}

/// Not a test: what [`Process`] runs.
#[test]
#[ignore = "is run by other tests, in a process of its own"]
#[expect(clippy::disallowed_methods, reason = "its parent says what to open")]
fn serves() {
    let (Ok(database), Ok(folder)) = (std::env::var(DATABASE), std::env::var(FOLDER)) else {
        return;
    };
    let opening = Opening {
        database: match database.contains("://") {
            true => Database::Postgres(database),
            false => Database::Sqlite(database.into()),
        },
        secret: Path::new(&folder).join("secret"),
        public_url: "https://licenses.example".to_owned(),
        clock: Clock::System,
    };
    let authority = Authority::open(&opening).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (server, operator) = runtime.block_on(async {
        let operator = authority.create_operator_key().await.unwrap();
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        (Server::start(authority, any).await.unwrap(), operator)
    });
    println!("serving http://{} {operator}", server.address());
    std::io::stdout().flush().unwrap();
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    runtime.block_on(server.stop()).unwrap();
}

/// Speaks to a process over connections that it keeps.
pub struct Client {
    agent: ureq::Agent,
    url: String,
}

/// What came back; status 0 where nothing did.
#[derive(Debug)]
pub struct Said {
    pub status: u16,
    pub retry_after: Option<String>,
    pub body: Value,
}

impl Client {
    pub fn new(url: &str) -> Self {
        Self {
            agent: ureq::Agent::config_builder()
                .http_status_as_error(false)
                .timeout_global(Some(Duration::from_secs(60)))
                .build()
                .into(),
            url: url.to_owned(),
        }
    }

    pub fn post(&self, path: &str, api_key: Option<&str>, body: &Value) -> Said {
        self.send("POST", path, api_key, Some(body))
    }

    pub fn send(
        &self,
        method: &str,
        path: &str,
        api_key: Option<&str>,
        body: Option<&Value>,
    ) -> Said {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url));
        if let Some(key) = api_key {
            request = request.header("x-api-key", key);
        }
        let response = match body {
            Some(body) => {
                let request = request.header("content-type", "application/json");
                self.agent.run(request.body(body.to_string()).unwrap())
            }
            None => self.agent.run(request.body(()).unwrap()),
        };
        let read = response.and_then(|mut response| {
            let text = response.body_mut().read_to_string()?;
            let retry_after = response.headers().get("retry-after");
            Ok(Said {
                status: response.status().as_u16(),
                retry_after: retry_after.map(|value| value.to_str().unwrap().to_owned()),
                body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
            })
        });
        read.unwrap_or(Said {
            status: 0,
            retry_after: None,
            body: Value::Null,
        })
    }
}

/// Every row of an answer, as texts.
pub fn rows(place: &Place, sql: &str) -> Vec<Vec<String>> {
    match place {
        Place::Sqlite(file) => {
            let database = rusqlite::Connection::open(file).unwrap();
            let mut statement = database.prepare(sql).unwrap();
            let columns = statement.column_count();
            let rows = statement.query_map([], |row| {
                (0..columns)
                    .map(|column| {
                        Ok(match row.get_ref(column)? {
                            rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                            other => other.as_str().unwrap_or_default().to_owned(),
                        })
                    })
                    .collect()
            });
            rows.unwrap().map(Result::unwrap).collect()
        }
        Place::Postgres(url) => {
            let url = crate::postgres::as_superuser(url);
            let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
            let answer = client.simple_query(sql).unwrap();
            let row = |message| match message {
                postgres::SimpleQueryMessage::Row(row) => Some(
                    (0..row.len())
                        .map(|column| row.get(column).unwrap_or_default().to_owned())
                        .collect(),
                ),
                _ => None,
            };
            answer.into_iter().filter_map(row).collect()
        }
    }
}

const DATABASE: &str = "COUNTERSIGN_TEST_DATABASE";
const FOLDER: &str = "COUNTERSIGN_TEST_FOLDER";
