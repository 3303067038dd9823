//! Calls of a session that ask several questions of an authority that takes its time for each: together
//! they last no longer than the policy says, and what was answered by then is kept.

use std::sync::Mutex;
use std::time::Duration;

use countersign::Nonce;
use countersign_client::{
    ClientBuilder, Clock, Error, FixedClock, MemoryStorage, Session, SessionBuilder, Storage,
};
use serde_json::json;

use crate::documents::{
    Keys, LICENSE_KEY, LIST, genuine, instance, lease_of, license_of, list_at, now, product,
};
use crate::either::{
    Either, Told, What, Which, refused, tells, three_within, with_either_in_time, within,
};
use crate::listener::{Asked, Listener, answer, json as json_answer};
use crate::patience::{BODY, no_answer, pause_for, trickle};

with_either_in_time!(
    an_activation_keeps_the_seat_where_its_list_is_late,
    a_renewal_is_kept_where_the_list_is_late,
    a_seat_that_is_lost_is_not_asked_for_beyond_the_time,
    a_seat_that_cannot_be_given_up_is_told_in_time,
    what_too_little_time_is_left_for_is_due_still,
);

/// What an authority does with a question.
enum Does {
    /// Answers, but not at once.
    Late(String),
    Answers(String),
    Trickles,
}

/// One that is asked by calls that last for `time`.
fn authority(
    time: Duration,
    does: impl Fn(&Keys, &Asked) -> Does + Send + Sync + 'static,
) -> Listener {
    let keys = Keys::new();
    let endless = trickle(BODY, b" ");
    Listener::plain(move |asked, stream| match does(&keys, asked) {
        Does::Trickles => endless(stream),
        Does::Answers(says) => stream.write_all(says.as_bytes()),
        Does::Late(says) => {
            pause_for(time / 2);
            stream.write_all(says.as_bytes())
        }
    })
}

fn client(which: Which, fake: &Listener, time: Duration) -> Either {
    let builder = ClientBuilder::new(fake.url(), Keys::new().trust());
    which.build(builder.retry(three_within(time)))
}

fn open(clock: &FixedClock) -> Session<MemoryStorage> {
    SessionBuilder::new(Keys::new().trust(), product())
        .instance(instance())
        .clock(Clock::Fixed(clock.clone()))
        .open(MemoryStorage::new())
        .unwrap()
}

/// A session that holds all that there is, five days after its activation: the lease is to be renewed, and
/// ends in two days.
fn activated(client: &Either, clock: &FixedClock) -> Session<MemoryStorage> {
    let session = open(clock);
    let given = client.activate_session(&session, LICENSE_KEY).unwrap();
    assert!(given.activated && given.statuses);
    clock.pass(DAY * 5);
    session
}

fn is_about(asked: &Asked, what: &str) -> bool {
    asked.line.contains(what)
}

pub fn activation(keys: &Keys, nonce: Nonce) -> String {
    json_answer(201, &genuine(keys, nonce))
}

pub fn list(keys: &Keys) -> String {
    let list = keys.genuine.sign(&list_at(LIST, "acme")).unwrap();
    answer(200, &[], list.as_str())
}

/// Another lease, of five days later. It is not to be renewed before a day and a half have passed.
pub fn renewal(keys: &Keys, nonce: Nonce) -> String {
    let mut lease = lease_of(instance(), nonce);
    let later = now().saturating_add(DAY * 5);
    (lease.issued_at, lease.ends_at) = (later, later.saturating_add(DAY * 7));
    lease.renew_at = later.saturating_add(DAY * 13 / 2);
    let lease = keys.genuine.sign(&lease).unwrap();
    let license = keys.genuine.sign(&license_of(product())).unwrap();
    json_answer(200, &json!({"license": license, "lease": lease}))
}

fn refusal(status: u16, code: &str) -> String {
    let kind = "content-type: application/problem+json";
    let problem = json!({"status": status, "code": code, "detail": "no"});
    answer(status, &[kind], &problem.to_string())
}

pub fn denials<S: Storage>(session: &Session<S>) -> Vec<&'static str> {
    let decision = session.decide(&session.run());
    decision
        .denials()
        .iter()
        .map(|denial| denial.code())
        .collect()
}

/// What comes of a call that ends within the time for all of its questions: with that for each of them
/// it would last longer, however fast the machine.
fn in_time<T>(time: Duration, call: impl FnOnce() -> T) -> T {
    within(time * 3 / 2, call)
}

/// What such a call tells that fails.
fn failure<T>(time: Duration, call: impl FnOnce() -> Result<T, Error>) -> Told {
    tells(&[LICENSE_KEY], in_time(time, call))
}

/// How often an authority was asked.
pub fn times(fake: &Listener, what: &str) -> usize {
    let asked = fake.asked();
    asked.iter().filter(|asked| is_about(asked, what)).count()
}

fn an_activation_keeps_the_seat_where_its_list_is_late(which: Which, time: Duration) {
    let fake = authority(time, |keys, asked| match is_about(asked, "/activate") {
        true => Does::Late(activation(keys, asked.nonce())),
        false => Does::Trickles,
    });
    let (client, clock) = (client(which, &fake, time), FixedClock::at(now()));
    let session = open(&clock);
    let given = in_time(time, || client.activate_session(&session, LICENSE_KEY)).unwrap();
    assert!(given.activated && !given.statuses);
    assert_eq!(denials(&session), [""; 0]);
    assert_eq!(
        (times(&fake, "/activate"), times(&fake, "/status/")),
        (1, 1)
    );
    // Nobody was refused, and nobody waits: the list is asked for next.
    assert!(session.refreshing().asks());
}

fn a_renewal_is_kept_where_the_list_is_late(which: Which, time: Duration) {
    let listed = Mutex::new(false);
    let fake = authority(time, move |keys, asked| match &asked.line {
        line if line.contains("/activate") => Does::Answers(activation(keys, asked.nonce())),
        line if line.contains("/renew-lease") => Does::Late(renewal(keys, asked.nonce())),
        _ if std::mem::replace(&mut *listed.lock().unwrap(), true) => Does::Trickles,
        _ => Does::Answers(list(keys)),
    });
    let (client, clock) = (client(which, &fake, time), FixedClock::at(now()));
    let session = activated(&client, &clock);
    let told = failure(time, || client.refresh_now(&session));
    assert_eq!(told, no_answer());
    assert_eq!(
        (times(&fake, "/renew-lease"), times(&fake, "/status/")),
        (1, 2)
    );
    // The lease of before would have ended.
    clock.pass(DAY * 3);
    assert_eq!(denials(&session), [""; 0]);
}

fn a_seat_that_is_lost_is_not_asked_for_beyond_the_time(which: Which, time: Duration) {
    let taken = Mutex::new(false);
    let fake = authority(time, move |keys, asked| match &asked.line {
        line if line.contains("/renew-lease") => Does::Late(refusal(409, "seat_lost")),
        line if line.contains("/activate") => {
            match std::mem::replace(&mut *taken.lock().unwrap(), true) {
                true => Does::Trickles,
                false => Does::Answers(activation(keys, asked.nonce())),
            }
        }
        _ => Does::Answers(list(keys)),
    });
    let (client, clock) = (client(which, &fake, time), FixedClock::at(now()));
    let session = activated(&client, &clock);
    let told = failure(time, || client.refresh_now(&session));
    assert_eq!(told, no_answer());
    assert_eq!(
        (times(&fake, "/renew-lease"), times(&fake, "/activate")),
        (1, 2)
    );
    assert_eq!(denials(&session), [""; 0]);
}

fn a_seat_that_cannot_be_given_up_is_told_in_time(which: Which, time: Duration) {
    let listed = Mutex::new(false);
    let fake = authority(time, move |keys, asked| match &asked.line {
        line if line.contains("/activate") => Does::Answers(activation(keys, asked.nonce())),
        line if line.contains("/deactivate") => Does::Late(refusal(422, "suspended")),
        _ if std::mem::replace(&mut *listed.lock().unwrap(), true) => Does::Trickles,
        _ => Does::Answers(list(keys)),
    });
    let (client, clock) = (client(which, &fake, time), FixedClock::at(now()));
    let session = activated(&client, &clock);
    let told = failure(time, || client.deactivate_session(&session));
    assert_eq!(told, refused("suspended", "the authority declined: no"));
    assert_eq!(
        (times(&fake, "/deactivate"), times(&fake, "/status/")),
        (1, 2)
    );
    assert_eq!(denials(&session), [""; 0]);
}

fn what_too_little_time_is_left_for_is_due_still(which: Which, time: Duration) {
    let fake = authority(time, move |keys, asked| match &asked.line {
        line if line.contains("/activate") => Does::Answers(activation(keys, asked.nonce())),
        line if line.contains("/renew-lease") => Does::Late(renewal(keys, asked.nonce())),
        _ => Does::Answers(list(keys)),
    });
    // Answered, and less than a quarter is left, and less than the second that is the least for a question.
    let left = (time / 8).min(Duration::from_millis(900));
    let policy = three_within(time / 2 + left);
    let builder = ClientBuilder::new(fake.url(), Keys::new().trust());
    let (client, clock) = (which.build(builder.retry(policy)), FixedClock::at(now()));
    let session = activated(&client, &clock);
    let told = failure(time, || client.refresh(&session));
    assert_eq!(told.what, What::Unreachable);
    assert_eq!(
        (times(&fake, "/renew-lease"), times(&fake, "/status/")),
        (1, 1)
    );
    assert!(!session.refreshing().asks());
    // Who was too slow is left alone for a while, as is one that does not answer.
    clock.pass(DAY * 3 / 2);
    assert!(client.refresh(&session).unwrap().statuses);
    assert_eq!(
        (times(&fake, "/renew-lease"), times(&fake, "/status/")),
        (1, 2)
    );
}

const DAY: Duration = Duration::from_secs(86_400);
