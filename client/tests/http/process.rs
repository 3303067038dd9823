//! A client in a process of its own, whose environment a test states.

use std::error::Error as _;
use std::process::Command;

use countersign_client::{ClientBuilder, Error, Pin};

use crate::documents::{Keys, claimant};
use crate::either::Which;

pub type Variables<'a> = &'a [(&'a str, &'a str)];

/// What becomes of a client that is built as `stated` in this environment and asks the authority at
/// `url`: a line for what comes of each call, and one for its cause.
pub fn told(
    which: Which,
    url: &str,
    stated: Variables<'_>,
    environment: Variables<'_>,
) -> Vec<String> {
    let mut command = Command::new(std::env::current_exe().unwrap());
    for name in NAMES {
        command.env_remove(name);
    }
    let process = ["--exact", "process::process_of_other_tests", "--nocapture"];
    let command = command.args(process).envs(environment.iter().copied());
    let command = command.envs(stated.iter().copied()).env(URL, url);
    let output = command.env(WHICH, format!("{which:?}")).output().unwrap();
    let (lines, errors) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{lines}{errors}");
    let told = lines.lines().filter_map(|line| line.strip_prefix(TOLD));
    told.map(str::to_owned).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Says what comes of a client in its environment; by itself it does nothing.
#[test]
fn process_of_other_tests() {
    let (Some(which), Some(url)) = (variable(WHICH), variable(URL)) else {
        return;
    };
    let mut builder = ClientBuilder::new(url.parse().unwrap(), Keys::new().trust());
    if let Some(pem) = variable(ROOTS) {
        builder = builder.only_roots(&pem).unwrap();
    }
    if let Some(pin) = variable(PIN) {
        builder = builder.pin(Pin::Certificate(serde_json::from_str(&pin).unwrap()));
    }
    let which = match which.as_str() {
        "Async" => Which::Async,
        _ => Which::Blocking,
    };
    let client = which.build(builder);
    tell(client.activate(&claimant()).map(|made| made.seats_used));
    if let (Some(pem), Some(file)) = (variable(INSTALLED), variable("SSL_CERT_FILE")) {
        std::fs::write(file, pem).unwrap();
        tell(client.activate(&claimant()).map(|made| made.seats_used));
    }
}

fn tell(outcome: Result<u32, Error>) {
    let error = match outcome {
        Ok(seats) => return println!("\n{TOLD}{seats} seat"),
        Err(error) => error,
    };
    let says = match error.is_unreachable() {
        true => "unreachable",
        false => "other",
    };
    println!("\n{TOLD}{says}: {error}");
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(source) = next {
        causes.push(source.to_string());
        next = source.source();
    }
    println!("{TOLD}because: {}", causes.join(": "));
}

#[expect(
    clippy::disallowed_methods,
    reason = "how the test speaks to its processes"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The certificates that a client trusts and no others, in PEM.
pub const ROOTS: &str = "COUNTERSIGN_TEST_ROOTS";
/// The SHA-256 of the one that it accepts, as bytes in JSON.
pub const PIN: &str = "COUNTERSIGN_TEST_PIN";
/// The certificates that the system is given after a first call, before a second one.
pub const INSTALLED: &str = "COUNTERSIGN_TEST_INSTALLED";
/// Which client a process builds.
const WHICH: &str = "COUNTERSIGN_TEST_WHICH";
const URL: &str = "COUNTERSIGN_TEST_URL";
/// What a line begins with that tells something.
const TOLD: &str = "told: ";
/// All that a client reads.
const NAMES: [&str; 10] = [
    "ALL_PROXY",
    "all_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];
