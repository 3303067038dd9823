//! Calls of a session whose storage lets nobody write: while another process writes, or where the disk
//! takes its time. They end in time, and the authority is asked all the same.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use countersign_client::{
    ClientBuilder, Clock, FileStorage, FixedClock, MemoryStorage, RetryPolicy, Session,
    SessionBuilder, Storage, StorageLock,
};
use serde_json::json;

use crate::deadline::{activation, denials, list, renewal, times};
use crate::documents::{Keys, LICENSE_KEY, instance, now, product};
use crate::either::{
    Either, Which, in_some_time, lasts, three_within, with_either_in_time, within,
};
use crate::listener::{Listener, json as json_answer};
use crate::patience::pause_for;

with_either_in_time!(
    a_lease_is_renewed_while_another_process_writes,
    a_call_lasts_no_longer_where_nobody_else_may_write,
);

fn authority() -> Listener {
    let keys = Keys::new();
    Listener::plain(move |asked, stream| {
        let says = match &asked.line {
            line if line.contains("/activate") => activation(&keys, asked.nonce()),
            line if line.contains("/renew-lease") => renewal(&keys, asked.nonce()),
            line if line.contains("/deactivate") => {
                let given_up = json!({"status": "deactivated", "seats_used": 0});
                json_answer(200, &given_up)
            }
            _ => list(&keys),
        };
        stream.write_all(says.as_bytes())
    })
}

fn client(which: Which, fake: &Listener, retry: RetryPolicy) -> Either {
    which.build(ClientBuilder::new(fake.url(), Keys::new().trust()).retry(retry))
}

fn open<S: Storage>(storage: S, clock: &FixedClock) -> Session<S> {
    SessionBuilder::new(Keys::new().trust(), product())
        .instance(instance())
        .clock(Clock::Fixed(clock.clone()))
        .open(storage)
        .unwrap()
}

/// Another process that writes, until it is dropped.
fn other(folder: &Path) -> StorageLock {
    FileStorage::at(folder).lock().unwrap()
}

fn a_lease_is_renewed_while_another_process_writes(which: Which, time: Duration) {
    let (fake, clock) = (authority(), FixedClock::at(now()));
    let folder = tempfile::tempdir().unwrap();
    let client = client(which, &fake, three_within(time / 2));
    let session = open(FileStorage::at(folder.path()), &clock);
    client.activate_session(&session, LICENSE_KEY).unwrap();
    clock.pass(DAY * 5);
    let held = other(folder.path());
    let refreshed = within(time * 5 / 4, || client.refresh(&session));
    assert!(refreshed.unwrap().renewed);
    assert_eq!(times(&fake, "/renew-lease"), 1);
    // The lease of before has ended.
    clock.pass(DAY * 3);
    assert_eq!(denials(&session), [""; 0]);
    assert!(!session.is_kept());
    drop(held);
    session.tick().unwrap();
    assert!(session.is_kept());
    drop(session);
    let next = open(FileStorage::at(folder.path()), &clock);
    assert_eq!(denials(&next), [""; 0]);
}

fn a_call_lasts_no_longer_where_nobody_else_may_write(which: Which, time: Duration) {
    let (fake, clock) = (authority(), FixedClock::at(now()));
    let folder = tempfile::tempdir().unwrap();
    let (most, within) = (time, time / 4);
    let client = client(which, &fake, RetryPolicy::never(within));
    let session = open(FileStorage::at(folder.path()), &clock);
    let held = other(folder.path());
    // So does another thread of this process that waits for the same.
    std::thread::scope(|scope| {
        scope.spawn(|| session.save().unwrap_err());
        let (given, lasted) = lasts(|| client.activate_session(&session, LICENSE_KEY));
        assert!(given.unwrap().activated && lasted < most, "{lasted:?}");
        let (given, lasted) = lasts(|| client.refresh_now(&session));
        assert!(given.unwrap().statuses && lasted < most, "{lasted:?}");
        // The next run holds nothing, since nothing was saved.
        let (given_up, lasted) = lasts(|| client.deactivate_session(&session));
        given_up.unwrap();
        assert!(lasted < most, "{lasted:?}");
    });
    drop(held);
    for what in ["/activate", "/status/", "/deactivate"] {
        assert!(times(&fake, what) > 0, "{what}");
    }
    assert_eq!(denials(&session), ["not_activated"]);
}

/// A disk that takes longer to write than a call may last, once it was told so.
struct SlowDisk {
    kept: MemoryStorage,
    is_slow: AtomicBool,
    takes: Duration,
}

impl Storage for SlowDisk {
    fn load(&self, name: &str) -> io::Result<Option<String>> {
        self.kept.load(name)
    }

    fn save(&self, name: &str, text: &str) -> io::Result<()> {
        if self.is_slow.swap(false, Ordering::SeqCst) {
            pause_for(self.takes);
        }
        self.kept.save(name, text)
    }
}

#[test]
fn a_slow_disk_takes_none_of_the_time_for_a_question() {
    in_some_time(|time| asked_on_a_slow_disk(time / 2));
}

fn asked_on_a_slow_disk(time: Duration) {
    let (fake, clock) = (authority(), FixedClock::at(now()));
    let disk = Arc::new(SlowDisk {
        kept: MemoryStorage::new(),
        is_slow: AtomicBool::new(false),
        takes: time,
    });
    let client = client(Which::Blocking, &fake, three_within(time));
    let session = open(disk.clone(), &clock);
    client.activate_session(&session, LICENSE_KEY).unwrap();
    clock.pass(DAY * 5);
    disk.is_slow.store(true, Ordering::SeqCst);
    assert!(client.refresh(&session).unwrap().renewed);
    assert_eq!(times(&fake, "/renew-lease"), 1);
}

const DAY: Duration = Duration::from_secs(86_400);
