//! The command `countersign serve` as a process: what it makes, says and answers, and how it ends.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::postgres;

/// A process that serves, and what it has said.
pub struct Process {
    child: Child,
    pub url: String,
    said: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
}

impl Process {
    /// Serves in `folder` on any free port.
    pub fn start(folder: &Path, arguments: &[&str]) -> Self {
        Self::start_within(folder, &[], arguments)
    }

    /// The same with more in its environment.
    pub fn start_within(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Self {
        let mut child = command(folder)
            .envs(environment.iter().copied())
            .arg("serve")
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let (listening, address) = std::sync::mpsc::channel();
        let mut readers = Vec::new();
        let streams: [Box<dyn std::io::Read + Send>; 2] = [
            Box::new(child.stdout.take().unwrap()),
            Box::new(child.stderr.take().unwrap()),
        ];
        for stream in streams {
            let (said, listening) = (said.clone(), listening.clone());
            readers.push(std::thread::spawn(move || {
                for line in BufReader::new(stream).lines() {
                    let line = line.unwrap();
                    if let Some((_, rest)) = line.split_once("listening on http://") {
                        let end = rest.find('"').unwrap_or(rest.len());
                        let _ = listening.send(rest[..end].to_owned());
                    }
                    *said.lock().unwrap() += &(line + "\n");
                }
            }));
        }
        drop(listening);
        let url = match address.recv() {
            Ok(address) => format!("http://{address}"),
            Err(_) => panic!("it does not serve: {}", said.lock().unwrap()),
        };
        Self {
            child,
            url,
            said,
            readers,
        }
    }

    pub fn terminate(&self) {
        let id = self.child.id().to_string();
        let killed = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(killed.success());
    }

    /// Waits for the end: the exit status, and all that was said.
    pub fn end(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().unwrap();
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
        (status.code(), self.said.lock().unwrap().clone())
    }

    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (u16, String) {
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
        let mut answer = match method {
            "GET" => agent.run(request.body(()).unwrap()),
            _ => agent.run(
                request
                    .header("content-type", "application/json")
                    .body(body.to_owned())
                    .unwrap(),
            ),
        }
        .unwrap();
        (
            answer.status().as_u16(),
            answer.body_mut().read_to_string().unwrap(),
        )
    }

    /// Posts with an API key; what was made.
    pub fn make(&self, path: &str, key: &str, body: &Value) -> Value {
        let (status, text) = self.send("POST", path, &[("x-api-key", key)], &body.to_string());
        assert!(matches!(status, 200 | 201), "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the program is to find others as the test does"
)]
fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("COUNTERSIGN_LISTEN", "127.0.0.1:0");
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    command(folder).args(arguments).output().unwrap()
}

/// Exit status and standard error of a `serve` that cannot.
pub fn failure_within(
    folder: &Path,
    environment: &[(&str, &str)],
    arguments: &[&str],
) -> (Option<i32>, String) {
    let mut serve = command(folder);
    serve.arg("serve").args(arguments);
    let output = serve.envs(environment.iter().copied()).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

/// Exit status and standard error.
fn failure(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = run(folder, arguments);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), text)
}

#[test]
fn with_nothing_configured_it_makes_what_it_needs_and_answers() {
    let home = TempDir::new().unwrap();
    let process = Process::start(home.path(), &[]);
    let folder = home.path().join(".local/share/countersign");
    let key = std::fs::read_to_string(folder.join("operator.key")).unwrap();
    let key = key.trim();
    assert!(folder.join("countersign.db").is_file());
    for private in ["operator.key", "secret"] {
        assert_eq!(mode(&folder.join(private)), 0o600, "{private}");
    }
    let brand = json!({"name": "Acme", "slug": "acme"});
    process.make("/api/v1/admin/brands", key, &brand);
    process.terminate();
    let (status, said) = process.end();
    assert_eq!(status, Some(0), "{said}");
    assert!(
        said.contains("operator.key") && !said.contains(key),
        "{said}"
    );

    let again = Process::start(home.path(), &[]);
    let kept = std::fs::read_to_string(folder.join("operator.key")).unwrap();
    assert_eq!(kept.trim(), key);
    let (status, _) = again.send(
        "POST",
        "/api/v1/admin/brands",
        &[("x-api-key", key)],
        &brand.to_string(),
    );
    assert_eq!(status, 409);
}

#[test]
fn what_was_accepted_is_answered_before_it_ends() {
    let home = TempDir::new().unwrap();
    let process = Process::start(home.path(), &["--body-timeout", "60"]);
    let address = process.url.trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    let head = "POST /api/v1/product/licenses/activate HTTP/1.1\r\nhost: a\r\n\
        content-type: application/json\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    // The server asks for the body once the handler reads it: then the request is accepted.
    let mut first = [0; 12];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 100");
    process.terminate();
    // No new connection is accepted any more, which says that it has heard.
    while TcpStream::connect(&address).is_ok() {}
    stream.write_all(b"{}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("HTTP/1.1 422 "), "{answer}");
    assert_eq!(process.end().0, Some(0));
}

#[test]
fn what_takes_too_long_does_not_keep_it_from_ending() {
    let home = TempDir::new().unwrap();
    let process = Process::start(home.path(), &["--shutdown-timeout", "1"]);
    let mut stream = TcpStream::connect(process.url.trim_start_matches("http://")).unwrap();
    stream
        .write_all(
            b"POST /api/v1/product/licenses/activate HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n",
        )
        .unwrap();
    process.terminate();
    let (status, said) = process.end();
    assert_eq!(status, Some(0), "{said}");
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let home = TempDir::new().unwrap();
    let process = Process::start(home.path(), &["--shutdown-timeout", "600"]);
    let mut stream = TcpStream::connect(process.url.trim_start_matches("http://")).unwrap();
    let head = "POST /api/v1/product/licenses/activate HTTP/1.1\r\nhost: a\r\n\
        content-type: application/json\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).unwrap();
    process.terminate();
    let address = process.url.trim_start_matches("http://");
    while TcpStream::connect(address).is_ok() {}
    process.terminate();
    let (status, said) = process.end();
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("ending at once"), "{said}");
}

/// As where both are started by one script: who asks first is hung up on.
#[test]
fn a_database_that_comes_later_is_waited_for() {
    let home = TempDir::new().unwrap();
    let url = postgres::database();
    let (user, rest) = url.split_once('@').unwrap();
    let (real, database) = rest.split_once('/').unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let through = format!("{user}@{}/{database}", listener.local_addr().unwrap());
    let real = real.to_owned();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten().skip(1) {
            let server = TcpStream::connect(&real).unwrap();
            let back = (server.try_clone().unwrap(), client.try_clone().unwrap());
            for (mut from, mut to) in [(client, server), back] {
                std::thread::spawn(move || std::io::copy(&mut from, &mut to));
            }
        }
    });
    let process = Process::start(home.path(), &["--database", &through]);
    assert_eq!(process.send("GET", "/ready", &[], "").0, 200);
    process.terminate();
    let (status, said) = process.end();
    assert_eq!(status, Some(0), "{said}");
    assert!(
        said.contains("the database cannot be reached yet"),
        "{said}"
    );
}

#[test]
fn on_postgres_it_does_the_same_and_warns_of_a_superuser() {
    let home = TempDir::new().unwrap();
    let url = postgres::database();
    let process = Process::start(home.path(), &["--database", &url]);
    assert_eq!(process.send("GET", "/ready", &[], "").0, 200);
    process.terminate();
    let (status, said) = process.end();
    assert_eq!(status, Some(0), "{said}");
    assert!(!said.contains("superuser"), "{said}");
    let superuser = url.replace("countersign@", "postgres@");
    let process = Process::start(home.path(), &["--database", &superuser]);
    process.terminate();
    let (_, said) = process.end();
    assert!(
        said.contains("WARN the role that connects to PostgreSQL is a superuser"),
        "{said}"
    );
}

#[test]
fn what_keeps_it_from_serving_is_said() {
    let home = TempDir::new().unwrap();
    let folder = home.path();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let log = ["--log-level", "error"];
    let serve = |arguments: &[&str]| failure(folder, &[&["serve"], arguments, &log].concat());

    let (status, text) = serve(&["--listen", &taken]);
    assert_eq!(status, Some(69), "{text}");
    assert!(
        text.contains(&format!("`{taken}` cannot be listened on")),
        "{text}"
    );

    std::fs::write(folder.join("file"), "").unwrap();
    let below = folder.join("file/below").display().to_string();
    let (status, text) = serve(&["--data", &below]);
    assert_eq!(status, Some(73), "{text}");
    assert!(
        text.contains("cannot be written to: state another with `--data`"),
        "{text}"
    );

    let (status, text) = serve(&[
        "--database",
        "postgres://u:hidden@127.0.0.1:1/db",
        "--database-wait",
        "0",
    ]);
    assert_eq!(status, Some(69), "{text}");
    assert!(
        text.contains("cannot be reached") && !text.contains("hidden"),
        "{text}"
    );

    let data = folder.join(".local/share/countersign");
    std::fs::write(data.join("secret"), "0".repeat(64)).unwrap();
    let (status, text) = serve(&[]);
    assert_eq!(status, Some(69), "{text}");
    assert!(
        text.contains("is not the one that the database was made with"),
        "{text}"
    );

    let database = rusqlite::Connection::open(data.join("countersign.db")).unwrap();
    database
        .execute("INSERT INTO schema_versions (version) VALUES (1000)", [])
        .unwrap();
    let (status, text) = serve(&[]);
    assert_eq!(status, Some(69), "{text}");
    assert!(
        text.contains("the tables are of version 1000, and this program knows"),
        "{text}"
    );
}

#[test]
fn init_makes_the_key_once_and_shows_it_only_when_asked() {
    let home = TempDir::new().unwrap();
    let first = run(home.path(), &["init", "--show-key"]);
    let text = String::from_utf8(first.stdout).unwrap();
    let file = home.path().join(".local/share/countersign/operator.key");
    let key = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(&format!("key             {key}")), "{text}");
    let again = run(home.path(), &["init", "--show-key"]);
    let text = String::from_utf8(again.stdout).unwrap();
    assert!(
        text.contains("made before") && !text.contains(key.trim()),
        "{text}"
    );
    // A new database takes the key that the operator has.
    std::fs::remove_file(file.with_file_name("countersign.db")).unwrap();
    let anew = run(home.path(), &["init"]);
    let text = String::from_utf8(anew.stdout).unwrap();
    assert!(
        text.contains("operator.key") && !text.contains(key.trim()),
        "{text}"
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), key);
}

#[test]
fn a_flag_is_stronger_than_the_environment_and_that_than_the_file() {
    let home = TempDir::new().unwrap();
    let file = home.path().join("set.toml");
    std::fs::write(
        &file,
        "listen = '127.0.0.1:1'\nbody_limit = 1\nconnections = 7\n\
         database = 'postgres://u:hidden@h/db'\notlp = 'https://u:hidden@h/v1/traces'\n",
    )
    .unwrap();
    let output = command(home.path())
        .env("COUNTERSIGN_CONFIG", &file)
        .env("COUNTERSIGN_BODY_LIMIT", "2")
        .args(["config", "show", "--json", "--body-limit", "3"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains("hidden"), "{text}");
    let shown: Value = serde_json::from_str(&text).unwrap();
    let of = |name: &str| (shown[name]["value"].clone(), shown[name]["from"].clone());
    let path = file.display();
    assert_eq!(of("body_limit"), (json!("3"), json!("flag")));
    assert_eq!(of("listen"), (json!("127.0.0.1:0"), json!("environment")));
    assert_eq!(of("connections"), (json!("7"), json!(format!("{path}:3"))));
    let database = json!("postgres://u:***@h/db");
    assert_eq!(of("database"), (database, json!(format!("{path}:4"))));
    assert_eq!(of("otlp").0, json!("https://u:***@h/v1/traces"));
    assert_eq!(of("log"), (json!("text"), json!("default")));
}

#[test]
fn a_setting_that_makes_no_sense_is_refused_by_its_place() {
    let home = TempDir::new().unwrap();
    let file = home.path().join("set.toml");
    let path = file.display().to_string();
    let show = ["config", "show", "--config", &path];
    for (text, says) in [
        ("\nlsten = 'x'\n", "line 2: there is no setting `lsten`"),
        ("log = 'x\n", "line 1: "),
        ("log = 'loud'\n", "line 1: `log`: it is `text` or `json`"),
        (
            "connections = 0\n",
            "line 1: `connections`: it is a number from 1",
        ),
        ("proxies = ['10.0.0.0/33']\n", "line 1: `proxies`: "),
    ] {
        std::fs::write(&file, text).unwrap();
        let (status, error) = failure(home.path(), &show);
        assert_eq!(status, Some(78), "{error}");
        assert!(error.contains(says), "{error}");
    }
    let (status, error) = failure(home.path(), &["config", "show", "--header-limit", "1"]);
    assert_eq!(status, Some(78), "{error}");
    assert!(
        error.contains("`--header-limit`: it is a number from 8192"),
        "{error}"
    );
}

fn mode(file: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file).unwrap().permissions().mode() & 0o777
}
