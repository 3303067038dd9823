//! What a session makes of answers that change what it holds, or come late.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use countersign::{ActivationAnswer, Lease, Status, StatusTerms, Window};
use countersign_client::exchange::Request;
use countersign_client::machine::Signals;
use countersign_client::{FileStorage, MemoryStorage, OpenError, Refresh, Round, Session, Storage};
use ring::hmac;

use crate::authority::*;

#[test]
fn a_license_that_asks_for_no_seat_any_more_leaves_nothing_to_renew() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(MemoryStorage::new());
    run(session.activating(license_key()), &authority).unwrap();
    authority.license.lock().unwrap().activation = None;
    authority.raise_revision();
    host.pass(&authority, 6 * DAY);
    authority.refuse_next(409, "seat_lost");
    assert!(run(session.refreshing(), &authority).unwrap().activated);
    authority.asked();
    host.pass(&authority, Duration::from_secs(1));
    assert_eq!(
        run(session.refreshing(), &authority).unwrap(),
        Refresh::default()
    );
    assert_eq!(authority.asked(), [""; 0]);
    assert_eq!(denials(&session), [""; 0]);
}

#[test]
fn an_answer_that_is_due_again_at_once_is_not_asked_for_every_second() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    authority.license.lock().unwrap().activation = None;
    let session = host.open(MemoryStorage::new());
    // No lease ever tells this host the time, which its clock is three days ahead of.
    host.clock.pass(3 * DAY);
    run(session.activating(license_key()), &authority).unwrap();
    let mut asked = 0;
    for _ in 0..600 {
        let wait = session.wait();
        host.pass(&authority, wait);
        session.tick().unwrap();
        run(session.refreshing(), &authority).unwrap();
        asked += authority.asked().len();
    }
    // 600 waits of at most ten minutes are four days; a wait is a part of a day.
    assert!((1..100).contains(&asked), "{asked}");
}

#[test]
fn a_session_that_has_nothing_to_ask_about_a_license_that_ended_waits() {
    let begin = || {
        let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
        let ends_at = moment(NOW).saturating_add(20 * DAY);
        authority.license.lock().unwrap().validity = Window::new(None, Some(ends_at)).unwrap();
        (authority, host, Arc::new(MemoryStorage::new()))
    };
    let system = |value: &str| Signals::new(&product(), [("system", value.to_owned())]);
    let open = |host: &Host, storage: &Arc<MemoryStorage>, value| {
        let builder = host.builder().signals(system(value));
        builder.open(storage.clone()).unwrap()
    };
    let minute = Duration::from_secs(60);

    let (authority, host, storage) = begin();
    let session = open(&host, &storage, "here");
    run(session.activating(license_key()), &authority).unwrap();
    drop(session);
    host.pass(&authority, 30 * DAY);
    let session = open(&host, &storage, "elsewhere");
    run(session.refreshing(), &authority).unwrap();
    assert!(session.is_moved() && !session.refreshing().asks());
    assert!(session.wait() > minute, "it was moved");

    let (authority, host, storage) = begin();
    let session = open(&host, &storage, "here");
    run(session.activating(license_key()), &authority).unwrap();
    host.pass(&authority, 30 * DAY);
    authority.refuse_next(409, "seat_lost");
    authority.refuse_next(422, "seat_limit_exceeded");
    run(session.refreshing_now(), &authority).unwrap_err();
    run(session.refreshing(), &authority).unwrap();
    assert!(!session.refreshing().asks());
    assert!(session.wait() > minute, "others have all seats");
}

#[test]
fn answers_lead_to_further_questions_and_to_four_at_most() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(MemoryStorage::new());
    run(session.activating(license_key()), &authority).unwrap();
    assert_eq!(authority.asked(), ["activate", "1"]);
    // The license asks for no seat any more, its text is revoked, and the next text names another list.
    authority.license.lock().unwrap().activation = None;
    authority.raise_revision();
    authority.set_status(Status::Revoked);
    host.pass(&authority, HOUR);
    let mut round = session.refreshing_now();
    while round.asks() {
        let exchange = round.question().unwrap();
        if exchange.request().path.ends_with("activate") {
            let uri = format!("{}2", URI.trim_end_matches('1'));
            authority.license.lock().unwrap().status = Some(StatusTerms::new(3, uri));
            authority.raise_revision();
        }
        let response = authority.answer(exchange.request());
        round.answered(exchange.read(&response));
    }
    assert!(round.finish().unwrap().activated);
    assert_eq!(authority.asked(), ["renew-lease", "1", "activate", "2"]);
}

#[test]
fn a_license_that_is_extended_is_taken_where_it_ends() {
    for needs_seat in [true, false] {
        let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
        let ends_on = |at: countersign::Moment| Window::new(None, Some(at)).unwrap();
        let end = moment(NOW).saturating_add(30 * DAY);
        {
            let mut license = authority.license.lock().unwrap();
            license.validity = ends_on(end);
            license.activation = license.activation.filter(|_| needs_seat);
        }
        let session = host.open(MemoryStorage::new());
        run(session.activating(license_key()), &authority).unwrap();
        authority.license.lock().unwrap().validity = ends_on(moment("2030-01-01"));
        authority.raise_revision();
        while authority.clock.now() < end {
            host.pass(&authority, HOUR);
            session.tick().unwrap();
            let _ = run(session.refreshing(), &authority);
        }
        host.pass(&authority, HOUR);
        assert_eq!(denials(&session), [""; 0], "{needs_seat}");
    }
}

/// A license without a seat, and an edit of it that narrows it: the older text is revoked.
fn narrowed() -> (Authority, Host, Session<MemoryStorage>) {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    authority.license.lock().unwrap().activation = None;
    let session = host.open(MemoryStorage::new());
    run(session.activating(license_key()), &authority).unwrap();
    authority.asked();
    authority.license.lock().unwrap().entitlements.clear();
    authority.license.lock().unwrap().status = Some(StatusTerms::new(4, URI.into()));
    authority.raise_revision();
    authority.set_status(Status::Revoked);
    host.pass(&authority, DAY);
    (authority, host, session)
}

#[test]
fn a_license_without_a_seat_that_was_narrowed_is_fetched_with_the_list_that_says_so() {
    let (authority, _, session) = narrowed();
    let given = run(session.refreshing(), &authority).unwrap();
    assert!(given.statuses && given.activated, "{given:?}");
    assert_eq!(authority.asked(), ["1", "activate"]);
    assert_eq!(denials(&session), [""; 0]);
    assert!(
        !decide(&session).entitled("export"),
        "it is the narrower one"
    );
    run(session.refreshing(), &authority).unwrap();
    assert_eq!(authority.asked(), [""; 0]);
}

#[test]
fn a_license_without_a_seat_whose_list_was_imported_is_fetched_at_once() {
    let (authority, _, session) = narrowed();
    session.import(authority.list().as_str()).unwrap();
    assert_eq!(denials(&session), ["revoked"]);
    run(session.refreshing(), &authority).unwrap();
    assert_eq!(authority.asked(), ["activate"]);
    assert_eq!(denials(&session), [""; 0]);
}

#[test]
fn a_license_without_a_seat_that_is_revoked_for_ever_is_asked_for_seldom() {
    let (authority, host, session) = narrowed();
    let mut asked = 0;
    for _ in 0..10 * 24 * 6 {
        authority.take_back_refusals();
        let mut round = session.refreshing();
        while round.asks() {
            let exchange = round.question().unwrap();
            let is_license = exchange.request().path.ends_with("/activate");
            if is_license {
                authority.refuse_next(422, "revoked");
                asked += 1;
            }
            let response = authority.answer(exchange.request());
            round.answered(exchange.read(&response));
        }
        let _ = round.finish();
        host.pass(&authority, Duration::from_secs(600));
        assert_eq!(denials(&session), ["revoked"]);
    }
    assert!((5..60).contains(&asked), "{asked} times in ten days");
}

#[test]
fn a_suspension_after_a_lost_seat_does_not_end_the_renewals() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(MemoryStorage::new());
    run(session.activating(license_key()), &authority).unwrap();
    host.pass(&authority, 6 * DAY);
    authority.set_status(Status::Suspended);
    authority.refuse_next(409, "seat_shared");
    authority.refuse_next(422, "suspended");
    let refused = run(session.refreshing(), &authority).unwrap_err();
    let code = refused.refusal().map(|problem| problem.code.as_str());
    assert_eq!(code, Some("suspended"));
    assert_eq!(denials(&session), ["suspended"]);
    authority.set_status(Status::Valid);
    host.pass(&authority, 2 * HOUR);
    let given = run(session.refreshing(), &authority).unwrap();
    assert!(given.renewed || given.activated, "{given:?}");
}

#[test]
fn a_seat_that_is_given_up_stays_so_where_a_renewal_is_answered_late() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(MemoryStorage::new());
    run(session.activating(license_key()), &authority).unwrap();
    let mut late = session.refreshing_now();
    let exchange = late.question().unwrap();
    let response = authority.answer(exchange.request());
    let answer = exchange.read(&response);
    run(session.deactivating(), &authority).unwrap();
    assert_eq!(denials(&session), ["not_activated"]);
    late.answered(answer);
    assert_eq!(late.finish().unwrap(), Refresh::default());
    assert_eq!(denials(&session), ["not_activated"]);
}

/// Of a session whose seat was lost: the question for it that is on its way while `meanwhile` happens,
/// and whether the answer is a refusal.
fn seat_asked_for_again<S: Storage>(
    (authority, host): (&Authority, &Host),
    session: &Session<S>,
    refusal: Option<&'static str>,
    meanwhile: impl FnOnce(),
) {
    run(session.activating(license_key()), authority).unwrap();
    host.pass(authority, 6 * DAY);
    authority.refuse_next(409, "seat_lost");
    let mut late = session.refreshing();
    let exchange = late.question().unwrap();
    let response = authority.answer(exchange.request());
    late.answered(exchange.read(&response));
    let exchange = late.question().unwrap();
    if let Some(code) = refusal {
        authority.refuse_next(422, code);
    }
    let response = authority.answer(exchange.request());
    assert_eq!(authority.asked().last().unwrap(), "activate");
    meanwhile();
    late.answered(exchange.read(&response));
    let _ = run(late, authority);
}

#[test]
fn a_seat_that_is_given_up_stays_so_where_it_is_taken_again_late() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let storage = Arc::new(MemoryStorage::new());
    let (one, other) = (host.open(storage.clone()), host.open(storage.clone()));
    for gives_up in [&one, &other] {
        seat_asked_for_again((&authority, &host), &one, None, || {
            gives_up.save().unwrap();
            run(gives_up.deactivating(), &authority).unwrap();
        });
        other.save().unwrap();
        for session in [&one, &other] {
            assert_eq!(denials(session), ["not_activated"]);
        }
        authority.asked();
        host.pass(&authority, 6 * DAY);
        run(one.refreshing_now(), &authority).unwrap();
        assert_eq!(authority.asked(), ["1"], "the license key is forgotten");
    }
}

#[test]
fn a_seat_that_is_given_too_late_is_given_up() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(MemoryStorage::new());
    seat_asked_for_again((&authority, &host), &session, None, || {
        run(session.deactivating(), &authority).unwrap();
        authority.asked();
    });
    assert_eq!(authority.asked(), ["deactivate", "1"]);
    assert_eq!(denials(&session), ["not_activated"]);
    // Where that is not answered, it is no failure of what the host asked for.
    let mut late = activated_late(&authority, &host, &session);
    let exchange = late.question().unwrap();
    assert!(exchange.request().path.ends_with("/deactivate"));
    authority.refuse_next(503, "unavailable");
    let response = authority.answer(exchange.request());
    late.answered(exchange.read(&response));
    assert!(!late.asks());
    late.finish().unwrap();
    // And it is asked for again, until there is an answer.
    authority.asked();
    for asked in [vec!["1", "deactivate"], vec!["1"]] {
        run(session.refreshing_now(), &authority).unwrap();
        assert_eq!(authority.asked(), asked);
    }
}

/// A round that was given a seat after the session gave it up.
fn activated_late<'s, S: Storage>(
    authority: &Authority,
    host: &Host,
    session: &'s Session<S>,
) -> Round<'s, S> {
    run(session.activating(license_key()), authority).unwrap();
    host.pass(authority, 6 * DAY);
    authority.refuse_next(409, "seat_lost");
    let mut late = session.refreshing_now();
    for _ in 0..2 {
        let exchange = late.question().unwrap();
        let response = authority.answer(exchange.request());
        if exchange.request().path.ends_with("/activate") {
            run(session.deactivating(), authority).unwrap();
        }
        late.answered(exchange.read(&response));
    }
    late
}

/// Takes the seat of another license with another license key.
fn types_another_key(session: &Session<MemoryStorage>, authority: &Authority) {
    authority.license.lock().unwrap().id = "lic-2".parse().unwrap();
    let mut typed = session.activating("ACME-CUSTOM-2".parse().unwrap());
    let exchange = typed.question().unwrap();
    let asked = exchange.request();
    let body = asked.body.as_ref().unwrap();
    // The authority of these tests knows one license key.
    let asked = Request {
        body: Some(body.replace("ACME-CUSTOM-2", license_key().as_str())),
        method: asked.method,
        path: asked.path.clone(),
        content_type: asked.content_type,
        max_answer: asked.max_answer,
    };
    let response = authority.answer(&asked);
    typed.answered(exchange.read(&response));
    assert!(run(typed, authority).unwrap().activated);
}

#[test]
fn a_license_key_that_is_typed_stands_where_another_is_answered_late() {
    for refusal in [None, Some("seat_limit_exceeded")] {
        let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
        let session = host.open(MemoryStorage::new());
        seat_asked_for_again((&authority, &host), &session, refusal, || {
            types_another_key(&session, &authority);
        });
        assert_eq!(session.license().unwrap().id.as_str(), "lic-2");
        assert_eq!(denials(&session), [""; 0]);
        authority.asked();
        host.pass(&authority, 6 * DAY);
        assert!(run(session.refreshing(), &authority).unwrap().renewed);
    }
}

#[test]
fn a_license_that_is_imported_stands_where_another_is_answered_late() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(MemoryStorage::new());
    let mut other = authority.license.lock().unwrap().clone();
    other.id = "lic-2".parse().unwrap();
    (other.activation, other.status) = (None, None);
    let other = key(1).sign(&other).unwrap();
    seat_asked_for_again((&authority, &host), &session, None, || {
        session.import(other.as_str()).unwrap();
        host.pass(&authority, HOUR);
    });
    assert_eq!(session.license().unwrap().as_str(), other.as_str());
    assert_eq!(denials(&session), [""; 0]);
    let answered_at = Some(authority.clock.now());
    assert_eq!(session.last_contact_at(), answered_at, "it did answer");
}

#[test]
fn a_license_key_that_was_typed_is_taken_however_late() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(MemoryStorage::new());
    run(session.activating(license_key()), &authority).unwrap();
    let mut typed = session.activating(license_key());
    let exchange = typed.question().unwrap();
    let response = authority.answer(exchange.request());
    run(session.deactivating(), &authority).unwrap();
    typed.answered(exchange.read(&response));
    assert!(run(typed, &authority).unwrap().activated);
    assert_eq!(denials(&session), [""; 0]);
}

#[test]
fn a_seat_that_is_taken_while_another_is_given_up_is_held() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(MemoryStorage::new());
    run(session.activating(license_key()), &authority).unwrap();
    let mut late = session.deactivating();
    let exchange = late.question().unwrap();
    let response = authority.answer(exchange.request());
    let request = session.activation_request(license_key()).unwrap();
    let license = authority.license.lock().unwrap().clone();
    let lease = Lease::new(
        "lease-of-seat-2".into(),
        "seat-2".into(),
        (license.product.clone(), license.id.clone()),
        request.instance.clone(),
        (moment(NOW), moment(NOW).saturating_add(7 * DAY)),
        request.nonce,
    );
    let mut answer = ActivationAnswer::new(authority.signed_license());
    answer.lease = Some(key(1).sign(&lease).unwrap());
    session.import(&answer.to_string()).unwrap();
    late.answered(exchange.read(&response));
    late.finish().unwrap();
    assert_eq!(denials(&session), [""; 0]);
}

#[test]
fn a_renewal_that_comes_after_a_newer_lease_is_none() {
    let storage = Arc::new(MemoryStorage::new());
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(storage.clone());
    run(session.activating(license_key()), &authority).unwrap();
    host.pass(&authority, 6 * DAY);
    let mut late = session.refreshing();
    let exchange = late.question().unwrap();
    let response = authority.answer(exchange.request());
    host.pass(&authority, HOUR);
    run(host.open(storage).activating(license_key()), &authority).unwrap();
    late.answered(exchange.read(&response));
    let given = run(late, &authority).unwrap();
    assert!(!given.renewed && !given.activated, "{given:?}");
    assert_eq!(denials(&session), [""; 0]);
}

#[test]
fn the_state_of_a_later_version_is_not_overwritten_by_a_process_that_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(FileStorage::at(folder.path()));
    run(session.activating(license_key()), &authority).unwrap();
    let file = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| fs::read_to_string(path).is_ok_and(|text| text.contains("lease")))
        .unwrap();
    let json = r#"{"version":2,"what":"a later release keeps"}"#;
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"countersign session state");
    let mac: String = hmac::sign(&key, json.as_bytes())
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let later = format!("{json}\n{mac}\n");
    fs::write(&file, &later).unwrap();
    let refused = session.save().unwrap_err();
    assert_eq!(refused.to_string(), "the state is of a later version");
    let opened = host.builder().open(FileStorage::at(folder.path()));
    assert!(matches!(opened, Err(OpenError::Version { found: 2 })));
    drop(session);
    assert_eq!(fs::read_to_string(&file).unwrap(), later);
}

const NOW: &str = "2025-07-01";
