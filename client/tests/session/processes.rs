//! Many threads of several processes on one folder, some of which are killed.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use countersign_client::{FileStorage, Session, SessionBuilder};

use crate::authority::*;

/// The folder, for a process that is started by the test.
const FOLDER: &str = "COUNTERSIGN_TEST_FOLDER";
/// What such a process does.
const ROLE: &str = "COUNTERSIGN_TEST_ROLE";
/// How long it lasts; `COUNTERSIGN_SOAK_SECONDS=60` is the whole of it.
const SECONDS: &str = "COUNTERSIGN_SOAK_SECONDS";
const THREADS: u32 = 16;

#[test]
fn two_processes_and_32_threads_share_a_folder_while_writers_are_killed() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let until = after(duration());
    let mut workers = [start("work", folder.path()), start("work", folder.path())];
    let mut killed = 0;
    while let Some(left) = left_until(until) {
        let mut victim = start("write", folder.path());
        wait(left.min(Duration::from_millis(40 + 37 * (killed % 11))));
        victim.kill().unwrap();
        victim.wait().unwrap();
        killed += 1;
    }
    for worker in &mut workers {
        let status = worker.wait().unwrap();
        assert!(
            status.success(),
            "a worker saw a torn state or lost a lease"
        );
    }
    assert!(killed > 3, "only {killed} were killed");
    let session = open(folder.path());
    assert_eq!(denials(&session), [""; 0]);
    drop(session);
    let names = std::fs::read_dir(folder.path()).unwrap();
    let names: Vec<String> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with(".unfinished-"))
        .collect();
    assert_eq!(names.len(), 3, "{names:?}");
}

/// What the processes do that the test starts; by itself it does nothing.
#[test]
fn process_of_the_test_above() {
    let (Some(folder), Some(role)) = (variable(FOLDER), variable(ROLE)) else {
        return;
    };
    let folder = Path::new(&folder);
    match role.as_str() {
        "work" => work(folder),
        _ => loop {
            give_lease(&open(folder));
        },
    }
}

fn work(folder: &Path) {
    let until = after(duration());
    let session = &open(folder);
    thread::scope(|scope| {
        for number in 0..THREADS {
            scope.spawn(move || {
                let mut kept = 0;
                while left_until(until).is_some() {
                    match number {
                        0 => kept += u32::from(give_lasting_lease(session, folder)),
                        1 => save(session),
                        2 => assert_eq!(denials(&open(folder)), [""; 0]),
                        _ => assert_eq!(denials(session), [""; 0]),
                    }
                }
                assert!(number > 0 || kept > 0, "no lease was stored");
            });
        }
    });
}

/// Another one may write for longer than is waited: it is saved later.
fn save(session: &Session<FileStorage>) {
    if let Err(error) = session.save() {
        assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}");
    }
}

/// Whether a lease was stored; it is there, or a newer one, when the state is next opened.
fn give_lasting_lease(session: &Session<FileStorage>, folder: &Path) -> bool {
    let contact = give_lease(session);
    let is_kept = session.is_kept();
    // The clocks of two processes need not begin their seconds at once.
    let found = open(folder).last_contact_at();
    let found = found.map(|found| found.saturating_add(Duration::from_secs(1)));
    assert!(!is_kept || found >= contact, "a lease is lost");
    is_kept
}

fn give_lease(session: &Session<FileStorage>) -> Option<countersign::Moment> {
    let authority = Authority::at(wall());
    let _ = run(session.activating(license_key()), &authority);
    session.last_contact_at()
}

fn open(folder: &Path) -> Session<FileStorage> {
    let session = SessionBuilder::new(trust(), product())
        .open(FileStorage::at(folder))
        .unwrap();
    if session.license().is_none() {
        give_lease(&session);
    }
    session
}

fn start(role: &str, folder: &Path) -> Child {
    let program = std::env::current_exe().unwrap();
    let mut command = Command::new(program);
    command
        .args([
            "--exact",
            "processes::process_of_the_test_above",
            "--nocapture",
        ])
        .env(FOLDER, folder)
        .env(ROLE, role)
        .stdout(Stdio::null());
    command.spawn().unwrap()
}

fn duration() -> Duration {
    let seconds = variable(SECONDS).and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(20))
}

#[expect(
    clippy::disallowed_methods,
    reason = "how the test speaks to its processes"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test lasts for a stated time"
)]
fn after(time: Duration) -> Instant {
    Instant::now() + time
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test lasts for a stated time"
)]
fn left_until(until: Instant) -> Option<Duration> {
    let left = until.saturating_duration_since(Instant::now());
    (!left.is_zero()).then_some(left)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a writer is killed at any moment of its work"
)]
fn wait(time: Duration) {
    thread::sleep(time);
}

#[expect(clippy::disallowed_methods, reason = "leases are signed now")]
fn wall() -> countersign::Moment {
    std::time::SystemTime::now().into()
}
