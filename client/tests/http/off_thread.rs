//! A session on a runtime that has one thread: whatever waits for the disk does not hold that up, and
//! whoever stops waiting leaves a session that goes on.

use std::io;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use countersign_client::{
    Client, ClientBuilder, MemoryStorage, Session, SessionBuilder, Storage, StorageLock,
};
use tokio::runtime::{Builder, Runtime};

use crate::documents::{Keys, LICENSE_KEY, genuine, instance, product};
use crate::either::{SLACK, impatient};
use crate::listener::{Listener, answer, json, until_gone};

/// A disk that does not answer until it is let.
#[derive(Default)]
struct SlowDisk {
    kept: MemoryStorage,
    is_stuck: Mutex<bool>,
    changed: Condvar,
}

impl SlowDisk {
    fn stick(&self, is_stuck: bool) {
        *self.is_stuck.lock().unwrap() = is_stuck;
        self.changed.notify_all();
    }
}

impl Storage for SlowDisk {
    fn load(&self, name: &str) -> io::Result<Option<String>> {
        self.kept.load(name)
    }

    fn save(&self, name: &str, text: &str) -> io::Result<()> {
        let stuck = self.is_stuck.lock().unwrap();
        let waits = self
            .changed
            .wait_timeout_while(stuck, LIMIT, |stuck| *stuck);
        assert!(!waits.unwrap().1.timed_out(), "nobody let the disk go on");
        self.kept.save(name, text)
    }

    fn lock(&self) -> io::Result<StorageLock> {
        self.kept.lock()
    }
}

/// An authority that answers, but not to the first questions.
fn silent_at_first(times: usize) -> Listener {
    let (signing, silent) = (Keys::new(), Mutex::new(times));
    Listener::plain(move |asked, stream| {
        if asked.line.starts_with("GET") {
            return stream.write_all(answer(503, &[], "").as_bytes());
        }
        let is_silent = {
            let mut left = silent.lock().unwrap();
            let is_silent = *left > 0;
            *left = left.saturating_sub(1);
            is_silent
        };
        match is_silent {
            true => until_gone(stream),
            false => stream.write_all(json(201, &genuine(&signing, asked.nonce())).as_bytes()),
        }
    })
}

fn opened(fake: &Listener) -> (Arc<SlowDisk>, Arc<Session<Arc<SlowDisk>>>, Client) {
    let disk = Arc::new(SlowDisk::default());
    let builder = SessionBuilder::new(Keys::new().trust(), product()).instance(instance());
    let session = builder.open(disk.clone()).unwrap();
    let client = ClientBuilder::new(fake.url(), Keys::new().trust()).retry(impatient());
    (disk, Arc::new(session), client.build().unwrap())
}

fn one_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn what_is_written_holds_up_no_thread_of_the_runtime() {
    let fake = silent_at_first(0);
    let (disk, session, client) = opened(&fake);
    one_thread().block_on(async {
        disk.stick(true);
        let activating = {
            let session = session.clone();
            let client = client.clone();
            tokio::spawn(async move {
                session
                    .activate(&client, LICENSE_KEY.parse().unwrap())
                    .await
            })
        };
        // It is asked, and answered, while nothing can be written; and all the while this task,
        // which has the same thread, goes on, and so does whoever asks the session.
        while session.license().is_none() {
            tokio::task::yield_now().await;
        }
        assert!(!activating.is_finished());
        assert_eq!(session.instance(), instance());
        assert_eq!(session.wait(), Duration::from_secs(1), "look again soon");
        assert!(session.last_contact_at().is_some() && session.is_kept() && !session.is_moved());
        disk.stick(false);
        assert!(activating.await.unwrap().unwrap().activated);
    });
    assert!(disk.load("session").unwrap().unwrap().contains("lease"));
}

#[test]
fn a_background_holds_up_no_thread_of_the_runtime() {
    let fake = silent_at_first(0);
    let (disk, session, client) = opened(&fake);
    one_thread().block_on(async {
        disk.stick(true);
        let writing = {
            let session = session.clone();
            tokio::task::spawn_blocking(move || session.save())
        };
        let background = tokio::spawn(session.background(client));
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert!(!background.is_finished() && !writing.is_finished());
        disk.stick(false);
        writing.await.unwrap().unwrap();
        background.abort();
    });
}

#[test]
fn an_answer_is_kept_although_nobody_waits_for_it_any_more() {
    let fake = silent_at_first(0);
    let (disk, session, client) = opened(&fake);
    one_thread().block_on(async {
        disk.stick(true);
        let license_key = LICENSE_KEY.parse().unwrap();
        let mut activating = Box::pin(session.activate(&client, license_key));
        while session.license().is_none() {
            let moment = Duration::from_millis(1);
            assert!(tokio::time::timeout(moment, &mut activating).await.is_err());
        }
        drop(activating);
        disk.stick(false);
        let is_kept = || disk.load("session").unwrap().unwrap().contains(LICENSE_KEY);
        while !is_kept() {
            tokio::task::yield_now().await;
        }
    });
    drop(session);
    let builder = SessionBuilder::new(Keys::new().trust(), product()).instance(instance());
    let next = builder.open(disk).unwrap();
    assert!(next.license().is_some());
}

#[test]
fn a_question_that_is_given_up_does_not_hold_up_the_next() {
    let fake = silent_at_first(2);
    let (_, session, client) = opened(&fake);
    one_thread().block_on(async {
        let moment = Duration::from_millis(300);
        let license_key = || LICENSE_KEY.parse().unwrap();
        let given_up = session.activate(&client, license_key());
        assert!(tokio::time::timeout(moment, given_up).await.is_err());
        assert!(session.license().is_none());
        // Of its own accord it asks once there is a key, which a request by hand leaves.
        session.activation_request(license_key()).unwrap();
        let given_up = session.refresh(&client);
        assert!(tokio::time::timeout(moment, given_up).await.is_err());
        assert!(session.refresh(&client).await.unwrap().activated);
    });
    let asked = fake.asked();
    let activations = asked.iter().filter(|asked| asked.line.starts_with("POST"));
    assert_eq!(activations.count(), 3);
}

#[test]
fn a_disk_that_hangs_holds_up_no_call_and_what_was_answered_is_kept_once_it_goes_on() {
    let fake = silent_at_first(0);
    let (disk, session, client) = opened(&fake);
    one_thread().block_on(async {
        disk.stick(true);
        let hung = session.activate(&client, LICENSE_KEY.parse().unwrap());
        let limit = impatient().give_up_after + SLACK;
        let told = tokio::time::timeout(limit, hung).await.unwrap();
        let told = told.unwrap_err();
        assert!(told.is_unreachable(), "{told:?}");
        let text = "the storage takes longer than the call may last; what was answered counts once it goes on";
        assert_eq!(told.to_string(), text);
        assert!(session.license().is_some());
        // Nor does it hold up the next, which has nobody to ask before it can be said that it asks.
        let hung = session.refresh_now(&client);
        let told = tokio::time::timeout(limit, hung).await.unwrap();
        assert_eq!(told.unwrap_err().to_string(), text);
        disk.stick(false);
        let is_kept = || disk.load("session").unwrap().unwrap().contains(LICENSE_KEY);
        while !is_kept() {
            tokio::task::yield_now().await;
        }
        // What was due still is asked for.
        let told = session.refresh(&client).await.unwrap_err().to_string();
        assert_eq!(told, "the authority has too much to do; ask again later");
    });
}

/// How long the disk waits to be let go on before the test fails.
const LIMIT: Duration = Duration::from_secs(20);
