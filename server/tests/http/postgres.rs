//! A PostgreSQL server of this process alone, in a temporary folder, which ends with the process.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that has no server fails"
)]

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

/// The URL of a new and empty database, owned by a role that is no superuser.
pub fn database() -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let server = server();
    let name = format!("test{}", MADE.fetch_add(1, Ordering::Relaxed));
    let mut client = connect(&server.url("postgres", "postgres"));
    client
        .batch_execute(&format!("CREATE DATABASE {name} OWNER countersign"))
        .unwrap();
    server.url("countersign", &name)
}

/// The same, of the same server, which answers encrypted connections from then on as well.
#[allow(dead_code, reason = "one of the test programs asks for it")]
pub fn encrypted_database(certificate: &str, key: &str) -> String {
    let server = server();
    let mut client = connect(&server.url("postgres", "postgres"));
    // The server's own user writes them, who alone may read the key.
    for (name, text) in [("certificate.pem", certificate), ("key.pem", key)] {
        let lines: Vec<String> = text.lines().map(|line| format!("('{line}')")).collect();
        client
            .batch_execute(&format!(
                "COPY (VALUES {}) TO PROGRAM 'umask 077; cat > {name}'",
                lines.join(", ")
            ))
            .unwrap();
    }
    for setting in [
        "ssl_cert_file = 'certificate.pem'",
        "ssl_key_file = 'key.pem'",
        "ssl = on",
    ] {
        client
            .batch_execute(&format!("ALTER SYSTEM SET {setting}"))
            .unwrap();
    }
    client.batch_execute("SELECT pg_reload_conf()").unwrap();
    database()
}

/// Ends the server at once, as a crash would, and says so when it has ended.
#[allow(dead_code, reason = "one of the test programs asks for it")]
pub fn crash() {
    server().tell("crash\n");
    let (role, database) = ("postgres", "postgres");
    while postgres::Client::connect(&server().url(role, database), postgres::NoTls).is_ok() {
        pause(Duration::from_millis(10));
    }
}

/// Starts the server again after [`crash`].
#[allow(dead_code, reason = "one of the test programs asks for it")]
pub fn restart() {
    server().tell("start\n");
}

/// The URL of the same database for a superuser, who sees every row.
#[allow(dead_code, reason = "one of the test programs asks for it")]
pub fn as_superuser(url: &str) -> String {
    url.replacen("//countersign@", "//postgres@", 1)
}

struct Server {
    port: u16,
    /// The shell stops the server when this closes, which it does however this process ends.
    shell: Mutex<ChildStdin>,
}

impl Server {
    fn tell(&self, command: &str) {
        self.shell
            .lock()
            .unwrap()
            .write_all(command.as_bytes())
            .unwrap();
    }

    fn url(&self, role: &str, database: &str) -> String {
        format!("postgres://{role}@127.0.0.1:{}/{database}", self.port)
    }
}

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(start)
}

fn start() -> Server {
    let port = free_port();
    #[expect(
        clippy::zombie_processes,
        reason = "it ends after this process, by the end of its pipe"
    )]
    let mut shell = Command::new("bash")
        .args(["-c", SERVE])
        .env("BIN", binaries())
        .env("PORT", port.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let server = Server {
        port,
        shell: Mutex::new(shell.stdin.take().unwrap()),
    };
    let mut client = connect(&server.url("postgres", "postgres"));
    client
        .batch_execute("CREATE ROLE countersign LOGIN NOSUPERUSER")
        .unwrap();
    server
}

/// A port that stays free until the server takes it, also while it is down: one of those that no system
/// hands out by itself, as it does to every client and to every test beside this one.
fn free_port() -> u16 {
    let first = std::process::id() % PORTS;
    let ports = (0..PORTS).filter_map(|next| u16::try_from(10_000 + (first + next) % PORTS).ok());
    let mut free = ports.filter(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.next().unwrap()
}

/// How many ports are looked at.
const PORTS: u32 = 20_000;

/// Connects once the server answers.
fn connect(url: &str) -> postgres::Client {
    for _ in 0..3000 {
        if let Ok(client) = postgres::Client::connect(url, postgres::NoTls) {
            return client;
        }
        pause(Duration::from_millis(100));
    }
    panic!("PostgreSQL did not start: tests/tools/with-postgres.sh runs tests with one");
}

#[expect(
    clippy::disallowed_methods,
    reason = "another process begins and ends, and tells nobody"
)]
pub fn pause(length: Duration) {
    std::thread::sleep(length);
}

/// Where the server's programs are: the newest of Debian's folders, or what `PATH` names.
fn binaries() -> PathBuf {
    let installed = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let newest = installed
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .max();
    newest.unwrap_or_default()
}

/// Makes a database cluster, serves it until standard input ends, and leaves nothing behind. The
/// server refuses to run as root, so root runs it as the user that its package made, or as nobody.
const SERVE: &str = r#"
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
[ -n "$BIN" ] && PATH="$BIN:$PATH"
as=""
if [ "$(id -u)" = 0 ]; then
    user=postgres
    id -u "$user" > /dev/null 2>&1 || user=nobody
    chown "$user" "$folder"
    as="setpriv --reuid=$user --regid=$(id -g "$user") --clear-groups"
fi
cd "$folder"
$as initdb --pgdata="$folder/data" --username=postgres --auth=trust --encoding=UTF8 --no-locale --no-sync
start() {
    $as postgres -D "$folder/data" -p "$PORT" -h 127.0.0.1 -k "$folder" -c max_connections=400 &
    server=$!
}
start
while read -r command; do
    case "$command" in
    crash)
        kill -QUIT "$server"
        wait "$server" || true
        ;;
    start) start ;;
    esac
done
kill -INT "$server"
wait "$server" || true
"#;
