//! Two sessions on one state and an authority that takes its time: one of them asks.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Duration;

use countersign_client::{
    ClientBuilder, Clock, FixedClock, MemoryStorage, Refresh, RetryPolicy, Session, SessionBuilder,
};
use serde_json::json;

use crate::documents::{
    Keys, LICENSE_KEY, genuine, instance, lease_of, license_of, list_at, now, product,
};
use crate::either::{Which, with_either};
use crate::listener::{Listener, answer, json};

with_either!(nobody_else_asks_for_as_long_as_a_call_may_take);

const DAY: Duration = Duration::from_secs(86_400);

fn nobody_else_asks_for_as_long_as_a_call_may_take(which: Which) {
    let keys = Keys::new();
    let (came, waits) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let is_first = AtomicBool::new(true);
    let fake = {
        let (came, waits) = (came.clone(), waits.clone());
        Listener::plain(move |asked, stream| {
            if asked.line.starts_with("GET") {
                let list = list_at(crate::documents::LIST, "acme");
                let list = keys.genuine.sign(&list).unwrap();
                return stream.write_all(answer(200, &[], list.as_str()).as_bytes());
            }
            if asked.line.contains("/activate ") {
                let given = genuine(&keys, asked.nonce());
                return stream.write_all(json(201, &given).as_bytes());
            }
            if is_first.swap(false, Ordering::SeqCst) {
                came.wait();
                waits.wait();
            }
            let mut lease = lease_of(instance(), asked.nonce());
            lease.id = "lease_2".to_owned();
            lease.issued_at = now().saturating_add(6 * DAY);
            lease.ends_at = now().saturating_add(13 * DAY);
            lease.renew_at = now().saturating_add(9 * DAY);
            let given = json!({
                "lease": keys.genuine.sign(&lease).unwrap(),
                "license": keys.genuine.sign(&license_of(product())).unwrap(),
            });
            stream.write_all(json(200, &given).as_bytes())
        })
    };
    let clock = FixedClock::at(now());
    let storage = Arc::new(MemoryStorage::new());
    let open = || {
        let builder = SessionBuilder::new(Keys::new().trust(), product());
        let builder = builder
            .instance(instance())
            .clock(Clock::Fixed(clock.clone()));
        builder.open(storage.clone()).unwrap()
    };
    let patient = || {
        let policy = RetryPolicy::never(Duration::from_secs(300));
        which.build(ClientBuilder::new(fake.url(), Keys::new().trust()).retry(policy))
    };
    let [one, other]: [Session<_>; 2] = [open(), open()];
    patient().activate_session(&one, LICENSE_KEY).unwrap();
    clock.pass(6 * DAY);
    other.save().unwrap();
    let renewals = || {
        let asked = fake.asked();
        let renewals = asked
            .iter()
            .filter(|asked| asked.line.contains("renew-lease"));
        renewals.count()
    };
    thread::scope(|scope| {
        let (done, is_done) = mpsc::channel();
        let (one, client) = (&one, patient());
        scope.spawn(move || done.send(client.refresh(one)).unwrap());
        came.wait();
        // Longer than the calls of most last, and within what this one may take.
        clock.pass(Duration::from_secs(280));
        let given = patient().refresh(&other);
        waits.wait();
        let mut left = Refresh::default();
        left.left_to_another = true;
        assert_eq!((given.unwrap(), renewals()), (left, 1));
        assert!(is_done.recv().unwrap().unwrap().renewed);
    });
    other.save().unwrap();
    patient().refresh(&other).unwrap();
    assert_eq!(renewals(), 1, "it has the lease of the other");
}
