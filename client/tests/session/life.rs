//! From the first start on: activation, renewals, refusals, the end.

use std::sync::Arc;
use std::time::Duration;

use countersign::{Denial, Status};
use countersign_client::exchange::Response;
use countersign_client::{FileStorage, MemoryStorage, Refresh};

use crate::authority::*;

const NOW: &str = "2025-07-01";

#[test]
fn a_product_is_activated_decides_offline_renews_and_lapses() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(MemoryStorage::new());
    assert_eq!(denials(&session), ["not_activated"]);
    assert!(session.license().is_none() && session.last_contact_at().is_none());
    assert_eq!(
        run(session.refreshing(), &authority).unwrap(),
        Refresh::default()
    );
    assert_eq!(authority.asked(), [""; 0]);

    let given = run(session.activating(license_key()), &authority).unwrap();
    assert!(given.activated && given.statuses && !given.renewed);
    assert_eq!(authority.asked(), ["activate", "1"]);
    assert_eq!(denials(&session), [""; 0]);
    assert!(decide(&session).entitled("export"));
    assert_eq!(session.last_contact_at(), Some(moment(NOW)));
    assert_eq!(decide(&session).last_contact_at(), Some(moment(NOW)));

    host.pass(&authority, HOUR * 11);
    run(session.refreshing(), &authority).unwrap();
    assert_eq!(authority.asked(), [""; 0], "nothing is due");
    host.pass(&authority, DAY * 3 + HOUR);
    assert!(
        run(session.refreshing(), &authority).unwrap().renewed,
        "half of the lease has passed"
    );
    assert_eq!(authority.asked(), ["renew-lease", "1"]);

    host.pass(&authority, DAY * 7);
    let decision = decide(&session);
    assert!(matches!(decision.denials(), [Denial::LeaseEnded { .. }]));
    assert!(!decision.entitled("export") && decision.stays_on("export"));
    run(session.refreshing(), &authority).unwrap();
    assert_eq!(denials(&session), [""; 0], "the next refresh heals it");
}

#[test]
fn the_next_run_takes_up_where_the_last_left_off() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(FileStorage::at(folder.path()));
    run(session.activating(license_key()), &authority).unwrap();
    let instance = session.instance();
    assert_eq!(notices(&session), ["clock_unguarded"], "of a first run");
    drop(session);
    host.pass(&authority, HOUR);
    let session = host.open(FileStorage::at(folder.path()));
    assert_eq!((denials(&session), notices(&session)), (vec![], vec![]));
    assert_eq!(session.instance(), instance);
    assert!(session.is_kept());
}

#[test]
fn a_lease_that_shows_a_seat_no_more_is_asked_for_again_once() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(MemoryStorage::new());
    run(session.activating(license_key()), &authority).unwrap();
    for (status, code) in [
        (409, "seat_shared"),
        (409, "seat_lost"),
        (422, "key_revoked"),
    ] {
        authority.asked();
        authority.refuse_next(status, code);
        let given = run(session.refreshing_now(), &authority).unwrap();
        assert!(given.activated && !given.renewed, "{code}");
        assert_eq!(
            authority.asked(),
            ["renew-lease", "activate", "1"],
            "{code}"
        );
    }
}

#[test]
fn a_seat_that_others_have_is_asked_for_ever_more_seldom_and_taken_once_it_is_free() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(MemoryStorage::new());
    run(session.activating(license_key()), &authority).unwrap();
    host.pass(&authority, DAY * 6);
    authority.asked();
    let refuse = || {
        authority.refuse_next(409, "seat_lost");
        authority.refuse_next(422, "seat_limit_exceeded");
    };
    refuse();
    let refused = run(session.refreshing(), &authority).unwrap_err();
    let code = refused.refusal().map(|problem| problem.code.as_str());
    assert_eq!(code, Some("seat_limit_exceeded"));
    assert_eq!(authority.asked(), ["renew-lease", "activate", "1"]);
    assert_eq!(denials(&session), [""; 0], "the lease counts to its end");
    let mut asked_by_day = Vec::new();
    for _ in 0..20 {
        for _ in 0..24 * 4 {
            host.pass(&authority, Duration::from_secs(15 * 60));
            let mut round = session.refreshing();
            if round.asks()
                && round
                    .question()
                    .unwrap()
                    .request()
                    .path
                    .ends_with("renew-lease")
            {
                refuse();
            }
            let _ = run(round, &authority);
        }
        let asked = authority.asked();
        asked_by_day.push(asked.iter().filter(|asked| *asked == "activate").count());
    }
    assert!((3..=4).contains(&asked_by_day[0]), "{asked_by_day:?}");
    let later: usize = asked_by_day[10..].iter().sum();
    assert!((7..=10).contains(&later), "{asked_by_day:?}");
    assert_eq!(denials(&session), ["lease_ended"]);
    // Another gives a seat up.
    host.pass(&authority, DAY * 2);
    assert!(run(session.refreshing(), &authority).unwrap().renewed);
    assert_eq!(denials(&session), [""; 0]);
}

#[test]
fn a_seat_that_was_not_to_be_had_is_left_to_a_person_to_ask_for_meanwhile() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(MemoryStorage::new());
    run(session.activating(license_key()), &authority).unwrap();
    host.pass(&authority, DAY * 6);
    authority.refuse_next(409, "seat_lost");
    authority.refuse_next(422, "seat_limit_exceeded");
    run(session.refreshing(), &authority).unwrap_err();
    authority.asked();
    host.pass(&authority, Duration::from_secs(59 * 60));
    run(session.refreshing(), &authority).unwrap();
    assert_eq!(authority.asked(), [""; 0]);
    assert!(run(session.refreshing_now(), &authority).unwrap().renewed);
}

#[test]
fn an_answer_that_says_suspended_fetches_the_list_at_once() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(MemoryStorage::new());
    run(session.activating(license_key()), &authority).unwrap();
    for (code, status) in [
        ("suspended", Status::Suspended),
        ("revoked", Status::Revoked),
    ] {
        host.pass(&authority, DAY * 6);
        authority.asked();
        authority.set_status(status);
        authority.refuse_next(422, code);
        let refused = run(session.refreshing(), &authority).unwrap_err();
        assert_eq!(
            refused.refusal().map(|problem| problem.code.as_str()),
            Some(code)
        );
        assert_eq!(authority.asked(), ["renew-lease", "1"]);
        assert!(denials(&session).contains(&code));
        assert!(!decide(&session).stays_on("export"));
        // Lifted: the list comes again, and the lease.
        authority.set_status(Status::Valid);
        host.pass(&authority, HOUR);
        run(session.refreshing_now(), &authority).unwrap();
        assert_eq!(denials(&session), [""; 0], "{code}");
    }
}

#[test]
fn an_authority_that_does_not_answer_is_left_alone_even_by_the_next_run() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(FileStorage::at(folder.path()));
    run(session.activating(license_key()), &authority).unwrap();
    host.pass(&authority, DAY * 4);
    authority.asked();
    let mut round = session.refreshing();
    let exchange = round.question().unwrap();
    let busy = Response {
        status: 503,
        content_type: None,
        retry_after: Some("600".to_owned()),
        date: None,
        request_id: None,
        body: Vec::new(),
    };
    round.answered(exchange.read(&busy));
    assert!(!round.asks(), "one question is enough");
    let failed = round.finish().unwrap_err();
    assert!(failed.is_unreachable());
    for minutes in [0, 9] {
        host.pass(&authority, Duration::from_secs(60 * minutes));
        let session = host.open(FileStorage::at(folder.path()));
        assert!(!session.refreshing().asks(), "after {minutes} minutes");
        assert_eq!(denials(&session), [""; 0]);
    }
    session.tick().unwrap();
    assert!(!session.refreshing().asks());
    // A person need not wait, and does not make the session wait longer.
    authority.refuse_next(503, "unavailable");
    run(session.refreshing_now(), &authority).unwrap_err();
    host.pass(&authority, DAY);
    assert!(run(session.refreshing(), &authority).unwrap().renewed);
    assert!(session.wait() <= Duration::from_secs(600));
}

#[test]
fn a_suspended_license_is_asked_about_within_the_hour_and_not_every_second() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(MemoryStorage::new());
    run(session.activating(license_key()), &authority).unwrap();
    host.pass(&authority, DAY * 4);
    authority.set_status(Status::Suspended);
    let (mut asked, second) = (0, Duration::from_secs(1));
    for _ in 0..6 * 3600 {
        authority.refuse_next(422, "suspended");
        asked += u32::from(run(session.refreshing(), &authority).is_err());
        authority.take_back_refusals();
        host.pass(&authority, second);
    }
    // Half an hour from one to the next, as chance has it.
    assert!((6..60).contains(&asked), "{asked} times in six hours");
    assert_eq!(denials(&session), ["suspended"]);
}

#[test]
fn a_license_that_was_deleted_is_looked_up_at_once() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(MemoryStorage::new());
    run(session.activating(license_key()), &authority).unwrap();
    host.pass(&authority, DAY * 6);
    // The list is new, so that nothing but the refusal is a reason to ask for it.
    session.import(authority.list().as_str()).unwrap();
    authority.set_status(Status::Revoked);
    authority.asked();
    authority.refuse_next(404, "license_not_found");
    run(session.refreshing(), &authority).unwrap_err();
    assert_eq!(authority.asked(), ["renew-lease", "1"]);
    assert_eq!(denials(&session), ["revoked"]);
}

#[test]
fn a_license_key_that_is_refused_does_not_end_the_renewals_of_the_one_held() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(MemoryStorage::new());
    run(session.activating(license_key()), &authority).unwrap();
    authority.refuse_next(404, "license_key_not_found");
    let mistyped = "ACME-CUSTOM-2".parse().unwrap();
    assert!(
        run(session.activating(mistyped), &authority)
            .unwrap_err()
            .refusal()
            .is_some()
    );
    host.pass(&authority, DAY * 4);
    assert!(run(session.refreshing(), &authority).unwrap().renewed);
    assert_eq!(denials(&session), [""; 0]);
}

#[test]
fn a_seat_that_was_given_up_is_not_taken_again() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(MemoryStorage::new());
    run(session.activating(license_key()), &authority).unwrap();
    run(session.deactivating(), &authority).unwrap();
    assert_eq!(denials(&session), ["not_activated"]);
    authority.asked();
    run(session.refreshing(), &authority).unwrap();
    assert!(!authority.asked().contains(&"activate".to_owned()));
}

#[test]
fn a_list_that_cannot_be_fetched_does_not_undo_the_activation_before_it() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(MemoryStorage::new());
    let mut round = session.activating(license_key());
    let mut left = 2;
    while round.asks() {
        let exchange = round.question().unwrap();
        left -= 1;
        if left == 0 {
            authority.refuse_next(503, "unavailable");
        }
        let response = authority.answer(exchange.request());
        round.answered(exchange.read(&response));
    }
    let given = round.finish().unwrap();
    assert_eq!((given.activated, given.statuses, left), (true, false, 0));
    assert_eq!(denials(&session), [""; 0]);
    host.pass(&authority, HOUR);
    assert!(run(session.refreshing(), &authority).unwrap().statuses);
}

#[test]
fn a_license_key_is_forgotten_with_a_seat_that_is_not_held() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(MemoryStorage::new());
    session.activation_request(license_key()).unwrap();
    assert!(session.refreshing().asks());
    run(session.deactivating(), &authority).unwrap();
    assert!(!session.refreshing().asks());
    assert_eq!(authority.asked(), [""; 0]);
}

#[test]
fn two_sessions_on_one_storage_do_not_renew_one_lease_twice() {
    let storage = Arc::new(MemoryStorage::new());
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let one = host.open(storage.clone());
    run(one.activating(license_key()), &authority).unwrap();
    one.save().unwrap();
    let other = host.open(storage);
    host.pass(&authority, DAY * 6);
    authority.asked();
    let round = one.refreshing();
    assert!(!other.refreshing().asks(), "one of them asks");
    run(round, &authority).unwrap();
    assert_eq!(authority.asked(), ["renew-lease", "1"]);
    other.tick().unwrap();
    run(other.refreshing(), &authority).unwrap();
    assert_eq!(authority.asked(), [""; 0], "it has the lease of the other");
    host.pass(&authority, DAY * 2);
    assert_eq!(denials(&other), [""; 0]);
}

#[test]
fn no_text_holds_a_secret() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(MemoryStorage::new());
    let mut round = session.activating(license_key());
    let exchange = round.question().unwrap();
    let texts = format!("{round:?} {exchange:?} {session:?}");
    assert!(!texts.contains(license_key().as_str()));
    drop(round);
    run(session.activating(license_key()), &authority).unwrap();
    assert!(!format!("{session:?} {:?}", session.refreshing()).contains("eyJ"));
}

/// An answer without a lease says to no question when it was given.
#[test]
fn an_answer_of_before_takes_no_seat_away() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(MemoryStorage::new());
    let seats = authority.license.lock().unwrap().activation.take();
    let mut first = session.activating(license_key());
    let exchange = first.question().unwrap();
    let of_before = authority.answer(exchange.request());
    first.answered(exchange.read(&of_before));
    assert!(run(first, &authority).unwrap().activated);
    authority.license.lock().unwrap().activation = seats;
    authority.raise_revision();
    run(session.activating(license_key()), &authority).unwrap();
    host.pass(&authority, DAY * 6);
    let held = session.license().unwrap();
    // Whether a person asks, or the session itself for a seat that is said to be lost.
    for is_typed in [true, false] {
        let mut round = if is_typed {
            session.activating("ACME-CUSTOM-2".parse().unwrap())
        } else {
            authority.refuse_next(409, "seat_lost");
            session.refreshing_now()
        };
        while round.asks() {
            let exchange = round.question().unwrap();
            let is_replayed = exchange.request().path.ends_with("/activate");
            let answer = (!is_replayed).then(|| authority.answer(exchange.request()));
            round.answered(exchange.read(answer.as_ref().unwrap_or(&of_before)));
        }
        authority.take_back_refusals();
        assert!(!round.finish().unwrap().activated);
        assert_eq!(denials(&session), [""; 0]);
        assert_eq!(session.license().unwrap().as_str(), held.as_str());
    }
    // The license key is the one that was typed before, and the lease can be renewed.
    assert!(run(session.refreshing_now(), &authority).unwrap().renewed);
    authority.refuse_next(409, "seat_lost");
    assert!(run(session.refreshing_now(), &authority).unwrap().activated);
}
