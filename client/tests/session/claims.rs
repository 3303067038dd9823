//! Several sessions on one state: one of them asks, for as long as its round goes on.

use std::io;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use countersign_client::{MemoryStorage, Refresh, Round, Session, Storage};

use crate::authority::*;

const NOW: &str = "2025-07-01";
type Shared = Session<Arc<MemoryStorage>>;

/// Two sessions of one lease, which is to be renewed.
fn two_due() -> (Authority, Host, Shared, Shared) {
    let storage = Arc::new(MemoryStorage::new());
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let one = host.open(storage.clone());
    run(one.activating(license_key()), &authority).unwrap();
    let other = host.open(storage);
    host.pass(&authority, DAY * 6);
    authority.asked();
    (authority, host, one, other)
}

/// Answers one question of a round.
fn answer_one(round: &mut Round<'_, Arc<MemoryStorage>>, authority: &Authority) {
    let exchange = round.question().unwrap();
    let response = authority.answer(exchange.request());
    round.answered(exchange.read(&response));
}

#[test]
fn a_round_asks_alone_until_its_last_answer() {
    let (authority, host, one, other) = two_due();
    authority.refuse_next(409, "seat_lost");
    let mut round = one.refreshing();
    let mut answers = 0;
    while round.asks() {
        host.pass(&authority, Duration::from_secs(50));
        assert!(!other.refreshing().asks(), "after {answers} answers");
        assert!(!other.refreshing_now().asks(), "after {answers} answers");
        answer_one(&mut round, &authority);
        answers += 1;
    }
    assert!(round.finish().unwrap().activated);
    assert_eq!(authority.asked(), ["renew-lease", "activate", "1"]);
    other.save().unwrap();
    run(other.refreshing(), &authority).unwrap();
    assert_eq!(
        authority.asked(),
        [""; 0],
        "it has what the other was given"
    );
    assert!(other.refreshing_now().asks(), "nobody asks any more");
}

#[test]
fn what_is_left_to_another_is_told() {
    let (authority, _, one, other) = two_due();
    let round = one.refreshing();
    for refreshing in [Session::refreshing, Session::refreshing_now] {
        let left = run(refreshing(&other), &authority).unwrap();
        assert!(left.left_to_another, "{left:?}");
    }
    assert!(!run(round, &authority).unwrap().left_to_another);
    let given = run(other.refreshing(), &authority).unwrap();
    assert_eq!(given, Refresh::default(), "nothing is due any more");
    let given = run(other.refreshing_now(), &authority).unwrap();
    assert!(given.renewed && !given.left_to_another);
}

#[test]
fn who_finds_that_another_one_asks_writes_nothing() {
    let storage = Arc::new(Counting::default());
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let one = host.open(storage.clone());
    run(one.activating(license_key()), &authority).unwrap();
    let other = host.open(storage.clone());
    host.pass(&authority, DAY * 6);
    let round = one.refreshing();
    let saved = storage.saved.load(Ordering::SeqCst);
    for _ in 0..10 {
        host.pass(&authority, Duration::from_secs(1));
        assert!(!other.refreshing().asks());
    }
    assert_eq!(storage.saved.load(Ordering::SeqCst), saved);
    assert!(run(round, &authority).unwrap().renewed);
    // It has what the other was given, without a write of its own.
    host.pass(&authority, Duration::from_secs(1));
    let saved = storage.saved.load(Ordering::SeqCst);
    assert!(!other.refreshing().asks());
    assert_eq!(storage.saved.load(Ordering::SeqCst), saved);
    assert_eq!(other.last_contact_at(), one.last_contact_at());
}

/// A storage that counts how often something is written.
#[derive(Default)]
struct Counting {
    kept: MemoryStorage,
    saved: AtomicU32,
}

impl Storage for Counting {
    fn load(&self, name: &str) -> io::Result<Option<String>> {
        self.kept.load(name)
    }

    fn save(&self, name: &str, text: &str) -> io::Result<()> {
        self.saved.fetch_add(1, Ordering::SeqCst);
        self.kept.save(name, text)
    }
}

#[test]
fn a_round_that_fails_lets_others_ask() {
    let (authority, _, one, other) = two_due();
    let mut round = one.refreshing_now();
    while round.asks() {
        authority.refuse_next(503, "unavailable");
        answer_one(&mut round, &authority);
    }
    round.finish().unwrap_err();
    assert!(run(other.refreshing(), &authority).unwrap().renewed);
}

#[test]
fn what_a_process_that_ended_in_its_round_said_lapses() {
    let (authority, host, one, other) = two_due();
    mem::forget(one.refreshing());
    assert!(!other.refreshing().asks());
    host.pass(&authority, Duration::from_secs(75));
    assert!(run(other.refreshing(), &authority).unwrap().renewed);
}

#[test]
fn a_round_that_is_dropped_lets_others_ask_once_its_session_is_saved() {
    let (authority, _, one, other) = two_due();
    drop(one.refreshing());
    assert!(!other.refreshing().asks());
    one.tick().unwrap();
    assert!(run(other.refreshing(), &authority).unwrap().renewed);
}

#[test]
fn what_was_said_by_a_clock_that_was_wrong_holds_nobody_up() {
    let (authority, host, one, other) = two_due();
    host.clock.set_wall(moment("2025-08-01"));
    mem::forget(one.refreshing());
    host.clock.set_wall(authority.clock.now());
    assert!(run(other.refreshing(), &authority).unwrap().renewed);
}

#[test]
fn processes_that_tell_the_time_differently_wait_for_each_other() {
    let (authority, host, one, other) = two_due();
    // The wall clock of both is five minutes ahead; only the one was told so.
    host.clock
        .set_wall(authority.clock.now().saturating_add(HOUR / 12));
    run(one.activating(license_key()), &authority).unwrap();
    host.pass(&authority, DAY * 6);
    authority.asked();
    let round = one.refreshing();
    let left = run(other.refreshing(), &authority).unwrap();
    assert!(left.left_to_another && !left.renewed);
    assert!(run(round, &authority).unwrap().renewed);
}
