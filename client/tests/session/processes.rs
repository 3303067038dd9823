//! Many threads of several processes on one folder, some of which are killed.
//!
//! Time goes on by a second with each lease, so that of two leases it is known which is the newer one,
//! and the number of a lease is the moment that it was issued at. What a session said was kept is noted
//! beside the folder, and has to be there from then on, or what is newer.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Seek as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use countersign::{Lease, Moment, Signed};
use countersign_client::{FileStorage, Session};
use serde_json::Value;

use crate::authority::*;

/// Where all is, for a process that is started by the test.
const PLACE: &str = "COUNTERSIGN_TEST_FOLDER";
/// What such a process does.
const ROLE: &str = "COUNTERSIGN_TEST_ROLE";
/// How long it lasts; `COUNTERSIGN_SOAK_SECONDS=60` is the whole of it.
const SECONDS: &str = "COUNTERSIGN_SOAK_SECONDS";
const THREADS: u32 = 16;
/// How many writers are killed at least, however long it takes.
const FEW: u64 = 4;
/// How much longer a worker tries to store its first lease.
const LONGER: Duration = Duration::from_secs(120);

#[test]
fn two_processes_and_32_threads_share_a_folder_while_writers_are_killed() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place(folder.path().to_owned());
    place.begin(moment("2025-07-01"));
    assert!(Worker::at(&place).take_lease());
    let until = after(duration());
    let mut workers = [start("work", &place), start("work", &place)];
    let mut killed = 0;
    // A slow machine takes longer for the first few.
    while left_until(until).is_some() || killed < FEW {
        let mut victim = start("write", &place);
        // Now and then one lives long enough to say what it kept.
        let lives = match killed % 12 {
            11 => Duration::from_secs(2),
            number => Duration::from_millis(40 + 37 * number),
        };
        wait(lives);
        victim.kill().unwrap();
        victim.wait().unwrap();
        killed += 1;
        place.assert_that_nothing_is_lost();
    }
    for worker in &mut workers {
        let status = worker.wait().unwrap();
        assert!(
            status.success(),
            "a worker saw a torn state or lost a lease"
        );
    }
    place.assert_that_nothing_is_lost();
    let session = Worker::at(&place).session;
    assert_eq!(denials(&session), [""; 0]);
    drop(session);
    place.assert_that_nothing_is_lost();
    let names = fs::read_dir(place.state()).unwrap();
    let names: Vec<String> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with(".unfinished-"))
        .collect();
    assert_eq!(names.len(), 3, "{names:?}");
}

/// What the processes do that the test starts; by itself it does nothing.
#[test]
fn process_of_the_test_above() {
    let (Some(folder), Some(role)) = (variable(PLACE), variable(ROLE)) else {
        return;
    };
    let place = Place(folder.into());
    match role.as_str() {
        "work" => work(&place),
        _ => loop {
            Worker::at(&place).take_lease();
        },
    }
}

fn work(place: &Place) {
    let (until, at_last) = (after(duration()), after(duration() + LONGER));
    let worker = &Worker::at(place);
    thread::scope(|scope| {
        for number in 0..THREADS {
            scope.spawn(move || {
                let mut kept = 0;
                // On a slow machine it takes longer until the first lease is stored.
                while left_until(until).is_some()
                    || number == 0 && kept == 0 && left_until(at_last).is_some()
                {
                    match number {
                        0 => kept += u32::from(worker.take_lease()),
                        1 => save(&worker.session),
                        2 => assert_eq!(denials(&Worker::at(place).session), [""; 0]),
                        _ => assert_eq!(denials(&worker.session), [""; 0]),
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

/// A session of one process, by the time of the place.
struct Worker<'a> {
    place: &'a Place,
    host: Host,
    session: Session<FileStorage>,
}

impl<'a> Worker<'a> {
    fn at(place: &'a Place) -> Self {
        let host = Host::at(place.now());
        let session = host.open(FileStorage::at(place.state()));
        Self {
            place,
            host,
            session,
        }
    }

    /// Takes a lease; whether the session said that it is kept. It is there then, or a newer one.
    fn take_lease(&self) -> bool {
        let now = self.place.next_moment();
        self.host.clock.set_wall(now);
        let number = number_of(now);
        let authority = Authority::at(now).counting_from(number);
        run(self.session.activating(license_key()), &authority).unwrap();
        let is_kept = self.session.is_kept();
        if is_kept {
            self.place.note_kept(number);
            let found = self.place.lease_in_state();
            assert!(found >= number, "{number} is lost: {found} is there");
        }
        is_kept
    }
}

/// The folder of the state, the time, and what was kept.
struct Place(PathBuf);

impl Place {
    fn state(&self) -> PathBuf {
        self.0.join("state")
    }

    fn begin(&self, now: Moment) {
        fs::write(self.0.join("time"), now.unix().to_le_bytes()).unwrap();
        fs::write(self.0.join("kept"), "").unwrap();
    }

    fn now(&self) -> Moment {
        let bytes = fs::read(self.0.join("time")).unwrap();
        Moment::nearest(i64::from_le_bytes(bytes.try_into().unwrap()))
    }

    /// A moment that no other lease is issued at.
    fn next_moment(&self) -> Moment {
        let path = self.0.join("time");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .unwrap();
        fs4::FileExt::lock(&file).unwrap();
        let mut bytes = [0; 8];
        file.read_exact(&mut bytes).unwrap();
        let next = i64::from_le_bytes(bytes) + 1;
        file.rewind().unwrap();
        file.write_all(&next.to_le_bytes()).unwrap();
        Moment::nearest(next)
    }

    fn note_kept(&self, number: u32) {
        let mut file = File::options()
            .append(true)
            .open(self.0.join("kept"))
            .unwrap();
        file.write_all(format!("{number}\n").as_bytes()).unwrap();
    }

    /// The number of the lease that the file has.
    fn lease_in_state(&self) -> u32 {
        let text = fs::read_to_string(self.state().join("session")).unwrap();
        let (json, _) = text.split_once('\n').unwrap();
        let state: Value = serde_json::from_str(json).unwrap();
        let lease: Signed<Lease> = state["lease"].as_str().unwrap().parse().unwrap();
        let lease = lease.verify(&trust()).unwrap();
        let number = lease.id.strip_prefix("lease-").unwrap().parse().unwrap();
        assert_eq!(number, number_of(lease.issued_at));
        number
    }

    /// Of all that any session said was kept, the newest is in the file, or a newer one.
    fn assert_that_nothing_is_lost(&self) {
        let kept = fs::read_to_string(self.0.join("kept")).unwrap();
        let newest: u32 = kept
            .lines()
            .map(|line| line.parse().unwrap())
            .max()
            .unwrap();
        let found = self.lease_in_state();
        assert!(found >= newest, "{newest} is lost: {found} is there");
    }
}

fn number_of(issued_at: Moment) -> u32 {
    u32::try_from(issued_at.unix()).unwrap()
}

fn start(role: &str, place: &Place) -> Child {
    let program = std::env::current_exe().unwrap();
    let mut command = Command::new(program);
    command
        .args([
            "--exact",
            "processes::process_of_the_test_above",
            "--nocapture",
        ])
        .env(PLACE, &place.0)
        .env(ROLE, role)
        .stdout(Stdio::null());
    command.spawn().unwrap()
}

fn duration() -> Duration {
    let seconds = variable(SECONDS).and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(10))
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
