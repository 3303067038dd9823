//! What a person brings: answers, documents, keys.

use countersign::{
    ActivationAnswer, Kind, License, LicenseKey, Signed, Status, StatusList, StatusTerms, Statuses,
    TrustedKey, Window,
};
use countersign_client::{FileStorage, ImportError, Imported, MemoryStorage, Refresh};
use std::sync::Arc;

use crate::authority::*;

const NOW: &str = "2025-07-01";

#[test]
fn an_answer_to_a_request_activates_without_a_network() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let folder = tempfile::tempdir().unwrap();
    let storage = || FileStorage::at(folder.path());
    let session = host.open(storage());
    let request = session
        .activation_request(license_key())
        .unwrap()
        .to_string();
    drop(session);
    host.pass(&authority, DAY);
    let session = host.open(storage());
    let again = session
        .activation_request(license_key())
        .unwrap()
        .to_string();
    assert_eq!(again, request, "it is kept until it is answered");
    let answer = authority.answer_by_hand(&request);
    println!(
        "request: {} bytes, answer: {} bytes",
        request.len(),
        answer.len()
    );
    assert!(answer.len() <= 2953, "one QR code holds it");
    assert_eq!(session.import(&answer).unwrap(), Imported::Activation);
    assert_eq!((denials(&session), notices(&session)), (vec![], vec![]));
    assert_eq!(
        session.import(&answer).unwrap(),
        Imported::Activation,
        "twice is once"
    );
    let next = session
        .activation_request(license_key())
        .unwrap()
        .to_string();
    assert_ne!(next, request);
}

#[test]
fn the_authority_was_last_heard_of_when_what_was_imported_of_it_was_signed() {
    for (needs_seat, is_listed) in [(true, true), (true, false), (false, true), (false, false)] {
        let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
        if !needs_seat {
            authority.license.lock().unwrap().activation = None;
        }
        let session = host.open(MemoryStorage::new());
        let request = session.activation_request(license_key()).unwrap();
        let license = authority.signed_license();
        let licensed_at = license.verify(&trust()).unwrap().issued_at;
        host.pass(&authority, DAY);
        let leased_at = authority.clock.now();
        let mut answer = ActivationAnswer::new(license);
        if needs_seat {
            answer.lease = Some(authority.lease(request.instance, request.nonce));
        }
        host.pass(&authority, DAY);
        let listed_at = authority.clock.now();
        answer.statuses = is_listed.then(|| authority.list());
        host.pass(&authority, DAY);
        session.import(&answer.to_string()).unwrap();
        let signed_at = match (is_listed, needs_seat) {
            (true, _) => listed_at,
            (false, true) => leased_at,
            (false, false) => licensed_at,
        };
        assert_eq!(
            session.last_contact_at(),
            Some(signed_at),
            "{needs_seat}, {is_listed}"
        );

        let brought_at = authority.clock.now();
        let list = authority.list();
        host.pass(&authority, DAY);
        session.import(list.as_str()).unwrap();
        assert_eq!(session.last_contact_at(), Some(brought_at), "a list alone");
    }
}

#[test]
fn a_license_that_nobody_was_asked_for_is_no_word_of_the_authority() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    authority.license.lock().unwrap().activation = None;
    let session = host.open(MemoryStorage::new());
    session.import(authority.signed_license().as_str()).unwrap();
    assert_eq!(session.last_contact_at(), None);
    // Nor is a refusal, which anybody can make.
    authority.refuse_next(404, "license_key_not_found");
    run(session.activating(license_key()), &authority).unwrap_err();
    assert_eq!(session.last_contact_at(), None);
    run(session.activating(license_key()), &authority).unwrap();
    assert_eq!(session.last_contact_at(), Some(moment(NOW)));
}

#[test]
fn a_seat_that_is_given_up_is_no_signed_word_of_the_authority() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(MemoryStorage::new());
    run(session.activating(license_key()), &authority).unwrap();
    host.pass(&authority, DAY);
    run(session.deactivating(), &authority).unwrap();
    assert_eq!(session.last_contact_at(), Some(moment(NOW)));
}

#[test]
fn a_request_that_is_never_answered_leaves_the_license_key_that_works() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let storage = Arc::new(MemoryStorage::new());
    let session = host.open(storage.clone());
    run(session.activating(license_key()), &authority).unwrap();
    let other: LicenseKey = "ACME-CUSTOM-2".parse().unwrap();
    let request = session.activation_request(other.clone()).unwrap();
    // The next run has the key that works as well, and the request.
    drop(session);
    let session = host.open(storage);
    authority.refuse_next(409, "seat_lost");
    assert!(run(session.refreshing_now(), &authority).unwrap().activated);
    let again = session.activation_request(other.clone()).unwrap();
    assert_eq!(again.to_string(), request.to_string());

    // Answered after all: from then on it is the other one.
    let mut answer = ActivationAnswer::new(authority.signed_license());
    answer.lease = Some(authority.lease(request.instance.clone(), request.nonce));
    session.import(&answer.to_string()).unwrap();
    authority.refuse_next(409, "seat_lost");
    let mut round = session.refreshing_now();
    let exchange = round.question().unwrap();
    let response = authority.answer(exchange.request());
    round.answered(exchange.read(&response));
    let asked = round.question().unwrap();
    assert!(
        asked
            .request()
            .body
            .as_ref()
            .unwrap()
            .contains(other.as_str())
    );
}

#[test]
fn the_lease_that_is_held_is_no_answer_to_the_next_request() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(MemoryStorage::new());
    let request = session.activation_request(license_key()).unwrap();
    let answer = authority.answer_by_hand(&request.to_string());
    session.import(&answer).unwrap();
    let next = session.activation_request(license_key()).unwrap();
    session.import(&answer).unwrap();
    let answer = authority.answer_by_hand(&next.to_string());
    assert_eq!(session.import(&answer).unwrap(), Imported::Activation);
}

#[test]
fn a_license_key_that_was_mistyped_in_a_request_is_replaced_by_the_next() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(MemoryStorage::new());
    let mistyped = "ACME-CUSTOM-2".parse().unwrap();
    session.activation_request(mistyped).unwrap();
    session.activation_request(license_key()).unwrap();
    assert!(run(session.refreshing(), &authority).unwrap().activated);
}

#[cfg(feature = "qr")]
#[test]
fn a_request_and_a_small_answer_fit_a_qr_code() {
    use countersign_client::Qr;
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(MemoryStorage::new());
    let request = session
        .activation_request(license_key())
        .unwrap()
        .to_string();
    assert!(Qr::of(&request).unwrap().to_svg().contains("<svg"));
    let answer = authority.answer_by_hand(&request);
    assert!(Qr::of(&answer).unwrap().to_terminal().lines().count() > 40);
}

#[test]
fn an_answer_counts_for_its_own_request_and_installation_alone() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let (mine, other) = (
        host.open(MemoryStorage::new()),
        host.open(MemoryStorage::new()),
    );
    let request = other.activation_request(license_key()).unwrap().to_string();
    mine.activation_request(license_key()).unwrap();
    let answer = authority.answer_by_hand(&request);
    assert!(matches!(
        mine.import(&answer),
        Err(ImportError::AnotherInstance)
    ));

    let request = mine.activation_request(license_key()).unwrap();
    let first = authority.answer_by_hand(&request.to_string());
    let second = authority.answer_by_hand(&request.to_string());
    mine.import(&first).unwrap();
    assert!(matches!(
        mine.import(&second),
        Err(ImportError::AnotherRequest)
    ));
    assert_eq!(denials(&mine), [""; 0]);
    assert_eq!(denials(&other), ["not_activated"]);
}

#[test]
fn single_documents_are_imported_each_for_what_it_is() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(MemoryStorage::new());
    assert!(matches!(
        session.import("nonsense"),
        Err(ImportError::Document(_))
    ));
    let license = authority.signed_license();
    assert_eq!(
        session.import(&license.to_armor(&[])).unwrap(),
        Imported::License
    );
    assert_eq!(denials(&session), ["not_activated"]);
    let request = session.activation_request(license_key()).unwrap();
    let lease = authority.lease(request.instance.clone(), request.nonce);
    assert_eq!(session.import(lease.as_str()).unwrap(), Imported::Lease);
    assert_eq!(denials(&session), [""; 0]);
    let good = authority.list();
    authority.pass(HOUR);
    authority.set_status(Status::Suspended);
    assert_eq!(
        session.import(authority.list().as_str()).unwrap(),
        Imported::Statuses
    );
    assert_eq!(denials(&session), ["suspended"]);
    let outdated = session.import(good.as_str()).unwrap_err();
    let ImportError::Document(outdated) = outdated else {
        panic!("{outdated}");
    };
    assert_eq!(outdated.code(), "outdated");
    assert_eq!(denials(&session), ["suspended"]);
}

/// A genuine list of the brand at an address of its own, on which all is well.
fn another_list(at: &str) -> Signed<StatusList> {
    let uri = format!("https://licenses.acme.example/.well-known/acme/status/{at}");
    let list = StatusList::new(product().brand, uri, moment(NOW), Statuses::valid(8));
    key(1).sign(&list).unwrap()
}

#[test]
fn a_list_that_the_license_does_not_name_takes_no_revocation_back() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let storage = Arc::new(MemoryStorage::new());
    let session = host.open(storage.clone());
    let refused = session.import(authority.list().as_str()).unwrap_err();
    assert!(
        matches!(refused, ImportError::AnotherLicense),
        "no license names it yet: {refused}"
    );
    let good = authority.list();
    run(session.activating(license_key()), &authority).unwrap();
    host.pass(&authority, HOUR);
    authority.set_status(Status::Revoked);
    session.import(authority.list().as_str()).unwrap();
    let other = another_list("2");
    let refused = session.import(other.as_str()).unwrap_err();
    assert!(matches!(refused, ImportError::AnotherLicense), "{refused}");
    let mut answer = ActivationAnswer::new(authority.signed_license());
    answer.statuses = Some(other);
    let refused = session.import(&answer.to_string()).unwrap_err();
    assert!(matches!(refused, ImportError::AnotherLicense), "{refused}");
    let apex = "https://licenses.acme.example/.well-known/apex/status/1";
    let apex = StatusList::new(
        "apex".parse().unwrap(),
        apex.into(),
        moment(NOW),
        Statuses::valid(8),
    );
    answer.statuses = Some(key(1).sign(&apex).unwrap());
    let refused = session.import(&answer.to_string()).unwrap_err();
    assert!(matches!(refused, ImportError::AnotherBrand), "{refused}");
    drop(session);
    let session = host.open(storage);
    assert_eq!(denials(&session), ["revoked"]);
    let ImportError::Document(outdated) = session.import(good.as_str()).unwrap_err() else {
        panic!("an older one of its own counts");
    };
    assert_eq!(outdated.code(), "outdated");
    assert_eq!(denials(&session), ["revoked"]);
}

#[test]
fn a_list_of_the_license_before_is_not_taken_where_it_comes_late() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    // Without a lease, nothing but the list is due.
    authority.license.lock().unwrap().activation = None;
    let session = host.open(MemoryStorage::new());
    run(session.activating(license_key()), &authority).unwrap();
    host.pass(&authority, 2 * DAY);
    let mut late = session.refreshing();
    let exchange = late.question().unwrap();
    let response = authority.answer(exchange.request());
    assert_eq!(authority.asked().last().unwrap(), "1");
    let list = another_list("2");
    let mut other = authority.license.lock().unwrap().clone();
    other.id = "lic-2".parse().unwrap();
    other.status = Some(StatusTerms::new(
        3,
        list.verify(&trust()).unwrap().uri.clone(),
    ));
    session
        .import(key(1).sign(&other).unwrap().as_str())
        .unwrap();
    let mut revoked = StatusList::clone(&list.verify(&trust()).unwrap());
    revoked.entries.set(3, Status::Revoked).unwrap();
    session
        .import(key(1).sign(&revoked).unwrap().as_str())
        .unwrap();
    assert_eq!(denials(&session), ["revoked"]);
    late.answered(exchange.read(&response));
    assert_eq!(denials(&session), ["revoked"]);
}

/// A license of the same product that ended long ago.
fn expired_trial(authority: &Authority) -> Signed<License> {
    let mut trial = authority.license.lock().unwrap().clone();
    trial.id = "trial-9".parse().unwrap();
    trial.validity = Window::new(None, Some(moment("2025-02-01"))).unwrap();
    key(1).sign(&trial).unwrap()
}

#[test]
fn an_answer_heals_what_a_license_did_that_was_imported_by_mistake() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let storage = Arc::new(MemoryStorage::new());
    let session = host.open(storage.clone());
    let request = session.activation_request(license_key()).unwrap();
    let answer = authority.answer_by_hand(&request.to_string());
    let second = authority.answer_by_hand(&request.to_string());
    session.import(&answer).unwrap();
    session.import(expired_trial(&authority).as_str()).unwrap();
    assert_eq!(denials(&session), ["expired", "not_activated"]);
    drop(session);
    let session = host.open(storage);
    assert!(matches!(
        session.import(&second),
        Err(ImportError::AnotherRequest)
    ));
    assert_eq!(session.import(&answer).unwrap(), Imported::Activation);
    assert_eq!(denials(&session), [""; 0]);
}

#[test]
fn a_seat_that_was_given_up_is_not_brought_back_by_its_answer() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(MemoryStorage::new());
    let request = session.activation_request(license_key()).unwrap();
    let answer = authority.answer_by_hand(&request.to_string());
    session.import(&answer).unwrap();
    session.import(expired_trial(&authority).as_str()).unwrap();
    run(session.deactivating(), &authority).unwrap();
    assert!(matches!(
        session.import(&answer),
        Err(ImportError::AnotherRequest)
    ));
    assert_eq!(denials(&session), ["expired", "not_activated"]);
}

#[test]
fn an_older_revision_of_a_license_does_not_come_back() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(MemoryStorage::new());
    let first = authority.signed_license();
    authority.raise_revision();
    run(session.activating(license_key()), &authority).unwrap();
    let refused = session.import(first.as_str()).unwrap_err();
    assert!(
        matches!(refused, ImportError::Superseded { .. }),
        "{refused}"
    );
    assert_eq!(denials(&session), [""; 0]);
}

#[test]
fn an_older_revision_does_not_come_back_after_another_license() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let storage = Arc::new(MemoryStorage::new());
    let session = host.open(storage.clone());
    let first = authority.signed_license();
    authority.raise_revision();
    let second = authority.signed_license();
    let trial = expired_trial(&authority);
    session.import(second.as_str()).unwrap();
    session.import(trial.as_str()).unwrap();
    drop(session);
    let session = host.open(storage);
    let refused = session.import(first.as_str()).unwrap_err();
    let ImportError::Superseded { revision, newest } = refused else {
        panic!("{refused}");
    };
    assert_eq!((revision.get(), newest.get()), (1, 2));
    session.import(second.as_str()).unwrap();
    session.import(trial.as_str()).unwrap();
    assert_eq!(session.license().unwrap().as_str(), trial.as_str());
}

#[test]
fn a_license_of_another_product_is_refused() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    authority.license.lock().unwrap().product = "acme/viewer".parse().unwrap();
    let session = host.open(MemoryStorage::new());
    let refused = session
        .import(authority.signed_license().as_str())
        .unwrap_err();
    assert_eq!(refused.to_string(), "it is for `acme/viewer`");
}

#[test]
fn a_trust_update_takes_a_key_away_and_with_it_what_it_signed() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let storage = Arc::new(MemoryStorage::new());
    let session = host.open(storage.clone());
    run(session.activating(license_key()), &authority).unwrap();
    let keeps = trust_update(1, 2, [retired(1), trust_key(2), trust_key(3)]);
    assert_eq!(session.import(&keeps).unwrap(), Imported::TrustUpdate);
    assert_eq!(denials(&session), [""; 0], "a retired key still counts");
    let ImportError::Document(refused) = session.import(&keeps).unwrap_err() else {
        panic!("imported twice");
    };
    assert_eq!(refused.code(), "outdated");
    // Signed by a key that only the update before brought.
    let removes = trust_update(
        2,
        3,
        [TrustedKey::from(key(4).verifying_key()), trust_key(3)],
    );
    session.import(&removes).unwrap();
    assert_eq!(denials(&session), ["not_activated"]);
    assert_eq!(session.refused().unwrap().code(), "unknown_key");
    drop(session);
    let session = host.open(storage);
    assert_eq!(
        denials(&session),
        ["not_activated"],
        "both updates are kept"
    );
    // The authority signs with a key that is not trusted any more.
    let failed = run(session.refreshing(), &authority).unwrap_err();
    assert!(failed.is_untrusted());
}

#[test]
fn a_trust_update_is_older_than_the_keys_of_a_newer_release() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let storage = Arc::new(MemoryStorage::new());
    let session = host.open(storage.clone());
    session
        .import(&trust_update(
            1,
            2,
            [TrustedKey::from(key(4).verifying_key()), trust_key(2)],
        ))
        .unwrap();
    assert!(
        run(session.activating(license_key()), &authority)
            .unwrap_err()
            .is_untrusted()
    );
    drop(session);
    let newer = trust().at_sequence(1);
    let builder = countersign_client::SessionBuilder::new(newer, product());
    let clock = countersign_client::Clock::Fixed(host.clock.clone());
    let session = builder.clock(clock).open(storage).unwrap();
    let given = run(session.activating(license_key()), &authority).unwrap();
    assert!(given.activated && given != Refresh::default());
    assert!(trust_key(2).may_sign(Kind::TrustUpdate));
}
