//! A session on a runtime that has one thread: whatever waits for the disk does not hold that up, and
//! whoever stops waiting leaves a session that goes on.

use std::io;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use countersign_client::{
    Client, ClientBuilder, MemoryStorage, RetryPolicy, Session, SessionBuilder, Storage,
    StorageLock,
};
use tokio::runtime::{Builder, Runtime};

use crate::documents::{Keys, LICENSE_KEY, genuine, instance, product};
use crate::either::{in_some_time, patient, three_within};
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

/// An authority that answers, but not to the first questions, of which so many are left.
fn silent_at_first(left: &Arc<AtomicUsize>) -> Listener {
    let (signing, left) = (Keys::new(), left.clone());
    Listener::plain(move |asked, stream| {
        if asked.line.starts_with("GET") {
            return stream.write_all(answer(503, &[], "").as_bytes());
        }
        let was_left = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
            left.checked_sub(1)
        });
        match was_left {
            Ok(_) => until_gone(stream),
            Err(_) => stream.write_all(json(201, &genuine(&signing, asked.nonce())).as_bytes()),
        }
    })
}

fn opened(
    fake: &Listener,
    retry: RetryPolicy,
) -> (Arc<SlowDisk>, Arc<Session<Arc<SlowDisk>>>, Client) {
    let disk = Arc::new(SlowDisk::default());
    let builder = SessionBuilder::new(Keys::new().trust(), product()).instance(instance());
    let session = builder.open(disk.clone()).unwrap();
    let client = ClientBuilder::new(fake.url(), Keys::new().trust()).retry(retry);
    (disk, Arc::new(session), client.build().unwrap())
}

fn one_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Waits for what does not come, and no longer than `until`.
async fn give_up<T>(waits: impl Future<Output = T>, until: impl Fn() -> bool) {
    let (mut waits, moment) = (pin!(waits), Duration::from_millis(1));
    while !until() {
        assert!(tokio::time::timeout(moment, &mut waits).await.is_err());
    }
}

#[test]
fn what_is_written_holds_up_no_thread_of_the_runtime() {
    let fake = silent_at_first(&Arc::default());
    let (disk, session, client) = opened(&fake, patient());
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
    let fake = silent_at_first(&Arc::default());
    let (disk, session, client) = opened(&fake, patient());
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
    let fake = silent_at_first(&Arc::default());
    let (disk, session, client) = opened(&fake, patient());
    one_thread().block_on(async {
        disk.stick(true);
        let license_key = LICENSE_KEY.parse().unwrap();
        let activating = session.activate(&client, license_key);
        give_up(activating, || session.license().is_some()).await;
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
    let left = Arc::new(AtomicUsize::new(2));
    let fake = silent_at_first(&left);
    let (_, session, client) = opened(&fake, patient());
    let is_asked = |then_left| left.load(Ordering::SeqCst) == then_left;
    one_thread().block_on(async {
        let license_key = || LICENSE_KEY.parse().unwrap();
        give_up(session.activate(&client, license_key()), || is_asked(1)).await;
        assert!(session.license().is_none());
        // Of its own accord it asks once there is a key, which a request by hand leaves.
        session.activation_request(license_key()).unwrap();
        give_up(session.refresh(&client), || is_asked(0)).await;
        assert!(session.refresh(&client).await.unwrap().activated);
    });
    let asked = fake.asked();
    let activations = asked.iter().filter(|asked| asked.line.starts_with("POST"));
    assert_eq!(activations.count(), 3);
}

#[test]
fn a_disk_that_hangs_holds_up_no_call_and_what_was_answered_is_kept_once_it_goes_on() {
    in_some_time(|time| asked_beside_a_disk_that_hangs(time / 2));
}

fn asked_beside_a_disk_that_hangs(time: Duration) {
    let fake = silent_at_first(&Arc::default());
    let (disk, session, client) = opened(&fake, three_within(time));
    one_thread().block_on(async {
        disk.stick(true);
        let hung = session.activate(&client, LICENSE_KEY.parse().unwrap());
        let limit = time * 5 / 2;
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
const LIMIT: Duration = Duration::from_secs(150);
