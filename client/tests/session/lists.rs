//! Status lists that are damaged, deleted, or of another license.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use countersign::{Denial, License, Signed, Status, StatusList, StatusTerms, Statuses, TrustedKey};
use countersign_client::{FileStorage, ImportError, LostList, MemoryStorage, Session, Storage};

use crate::authority::*;

const NOW: &str = "2025-07-01";

fn at_present() -> (Authority, Host) {
    (Authority::at(moment(NOW)), Host::at(moment(NOW)))
}

/// A folder with a license and its list, on which it stands as stated.
fn activated(folder: &Path, status: Status) -> (Authority, Host) {
    let (authority, host) = at_present();
    authority.set_status(status);
    let session = host.open(FileStorage::at(folder));
    run(session.activating(license_key()), &authority).unwrap();
    (authority, host)
}

fn named() -> String {
    "statuses".to_owned()
}

/// What becomes of the text of a list.
type Loss = (fn(&Path), fn(String) -> LostList);

const LOSSES: [Loss; 4] = [
    (
        |path| fs::remove_file(path).unwrap(),
        |name| LostList::Missing { name },
    ),
    (
        |path| fs::write(path, "").unwrap(),
        |name| LostList::Damaged { name },
    ),
    (
        |path| fs::write(path, [0xff; 9]).unwrap(),
        |name| LostList::Damaged { name },
    ),
    (
        |path| {
            let mut text = fs::read(path).unwrap();
            let middle = text.len() / 2;
            text[middle] = if text[middle] == b'A' { b'B' } else { b'A' };
            fs::write(path, text).unwrap();
        },
        |name| LostList::Damaged { name },
    ),
];

#[test]
fn a_list_that_is_lost_costs_no_license_and_is_fetched_anew() {
    for (lose, told) in LOSSES {
        let folder = tempfile::tempdir().unwrap();
        let (authority, host) = activated(folder.path(), Status::Valid);
        let session = host.open(FileStorage::at(folder.path()));
        let instance = session.instance();
        assert_eq!(session.lost_list(), None);
        drop(session);
        lose(&folder.path().join("statuses"));
        authority.asked();
        let session = host.open(FileStorage::at(folder.path()));
        assert_eq!(session.lost_list(), Some(told(named())));
        assert_eq!((session.instance(), denials(&session)), (instance, vec![]));
        // It is due, and what is fetched takes its place.
        assert!(run(session.refreshing(), &authority).unwrap().statuses);
        assert_eq!(authority.asked(), ["1"]);
        assert_eq!(session.lost_list(), None);
        drop(session);
        let session = host.open(FileStorage::at(folder.path()));
        assert_eq!((session.lost_list(), denials(&session)), (None, vec![]));
    }
}

/// Trusts another key beside that of documents, and then that other one alone.
fn a_key_beside_and_alone() -> [String; 2] {
    let other = || TrustedKey::from(key(5).verifying_key());
    let both = [key(1).verifying_key().into(), other(), trust_key(2)];
    [
        trust_update(1, 2, both),
        trust_update(2, 2, [other(), trust_key(2)]),
    ]
}

fn list_of(signer: u8, at: &str, status: Status) -> Signed<StatusList> {
    let mut entries = Statuses::valid(8);
    entries.set(3, status).unwrap();
    let list = StatusList::new(product().brand, URI.into(), moment(at), entries);
    key(signer).sign(&list).unwrap()
}

/// A session that trusts both keys, with a license of the other one that takes no seat.
fn trusts_both(
    host: &Host,
    storage: &Arc<MemoryStorage>,
    authority: &Authority,
) -> Session<Arc<MemoryStorage>> {
    let session = host.open(storage.clone());
    let [both, _] = a_key_beside_and_alone();
    session.import(&both).unwrap();
    let mut license = authority.license.lock().unwrap().clone();
    license.activation = None;
    session
        .import(key(5).sign(&license).unwrap().as_str())
        .unwrap();
    session
}

#[test]
fn a_good_list_takes_the_place_of_one_whose_key_another_process_took_away() {
    let (authority, host) = at_present();
    let storage = Arc::new(MemoryStorage::new());
    let one = trusts_both(&host, &storage, &authority);
    let newer = list_of(1, "2025-07-01T12:00:00Z", Status::Valid);
    one.import(newer.as_str()).unwrap();
    let other = host.open(storage.clone());
    let [_, alone] = a_key_beside_and_alone();
    other.import(&alone).unwrap();
    let good = list_of(5, "2025-07-01T01:00:00Z", Status::Suspended);
    other.import(good.as_str()).unwrap();
    one.save().unwrap();
    for session in [&one, &host.open(storage)] {
        assert_eq!(session.lost_list(), None);
        assert_eq!(denials(session), ["suspended"]);
    }
}

#[test]
fn what_a_trusted_key_listed_counts_once_the_key_is_taken_away_that_took_it_back() {
    let (authority, host) = at_present();
    let [_, alone] = a_key_beside_and_alone();
    for is_taken_back in [false, true] {
        for status in [Status::Revoked, Status::Valid] {
            let storage = Arc::new(MemoryStorage::new());
            let session = trusts_both(&host, &storage, &authority);
            let listed = list_of(5, "2025-07-01T01:00:00Z", status);
            session.import(listed.as_str()).unwrap();
            let before = denials(&session);
            if is_taken_back {
                for at in ["2025-07-01T02:00:00Z", "2025-07-01T03:00:00Z"] {
                    let valid = list_of(1, at, Status::Valid);
                    session.import(valid.as_str()).unwrap();
                }
                assert_eq!(denials(&session), [""; 0], "it is trusted until then");
            }
            session.import(&alone).unwrap();
            assert_eq!(denials(&session), before);
            drop(session);
            let session = host.open(storage);
            assert_eq!(denials(&session), before);
            // A newer list of the key that is trusted still takes it back, and none that is older.
            let older = list_of(5, "2025-06-30", Status::Valid);
            let is_refused = session.import(older.as_str()).is_err();
            assert_eq!(is_refused, !is_taken_back || status == Status::Revoked);
            session
                .import(list_of(5, "2025-07-01T04:00:00Z", Status::Valid).as_str())
                .unwrap();
            assert_eq!(denials(&session), [""; 0]);
        }
    }
}

#[test]
fn what_a_trusted_key_listed_is_not_taken_back_in_a_merge() {
    let (authority, host) = at_present();
    let [_, alone] = a_key_beside_and_alone();
    let storage = Arc::new(MemoryStorage::new());
    let one = trusts_both(&host, &storage, &authority);
    let other = host.open(storage.clone());
    let listed = list_of(5, "2025-07-01T01:00:00Z", Status::Revoked);
    other.import(listed.as_str()).unwrap();
    let valid = list_of(1, "2025-07-01T02:00:00Z", Status::Valid);
    one.import(valid.as_str()).unwrap();
    one.save().unwrap();
    other.import(&alone).unwrap();
    one.save().unwrap();
    for session in [&one, &other, &host.open(storage)] {
        assert_eq!(denials(session), ["revoked"]);
    }
}

#[test]
fn a_license_that_was_listed_stays_so_where_its_list_is_lost() {
    for (status, code) in [
        (Status::Revoked, "revoked"),
        (Status::Suspended, "suspended"),
        (Status::Unknown(3), "status_unknown"),
    ] {
        for (lose, _) in LOSSES {
            let folder = tempfile::tempdir().unwrap();
            let (authority, host) = activated(folder.path(), Status::Valid);
            let before = authority.list();
            host.pass(&authority, HOUR);
            authority.set_status(status);
            let session = host.open(FileStorage::at(folder.path()));
            session.import(authority.list().as_str()).unwrap();
            let listed = decide(&session).denials().to_vec();
            drop(session);
            lose(&folder.path().join("statuses"));
            let session = host.open(FileStorage::at(folder.path()));
            assert!(session.lost_list().is_some());
            assert_eq!(decide(&session).denials(), listed);
            // What was signed before it takes nothing back, whatever text is there.
            let ImportError::Document(outdated) = session.import(before.as_str()).unwrap_err()
            else {
                panic!("an older list is taken");
            };
            assert_eq!(outdated.code(), "outdated");
            drop(session);
            fs::write(folder.path().join("statuses"), before.as_str()).unwrap();
            let session = host.open(FileStorage::at(folder.path()));
            assert_eq!(
                session.lost_list(),
                Some(LostList::Outdated { name: named() })
            );
            assert_eq!(denials(&session), [code]);
            // A newer one does.
            host.pass(&authority, HOUR);
            authority.set_status(Status::Valid);
            session.import(authority.list().as_str()).unwrap();
            assert_eq!((denials(&session), session.lost_list()), (vec![], None));
        }
    }
}

#[test]
fn a_list_of_the_same_second_has_the_last_word() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, host) = activated(folder.path(), Status::Revoked);
    let same = authority.list();
    fs::remove_file(folder.path().join("statuses")).unwrap();
    let session = host.open(FileStorage::at(folder.path()));
    session.import(same.as_str()).unwrap();
    assert_eq!(
        (denials(&session), session.lost_list()),
        (vec!["revoked"], None)
    );
    authority.set_status(Status::Valid);
    session.import(authority.list().as_str()).unwrap();
    assert_eq!(denials(&session), [""; 0]);
    drop(session);
    assert_eq!(denials(&host.open(FileStorage::at(folder.path()))), [""; 0]);
}

#[test]
fn a_license_that_asks_for_a_fresh_list_is_not_allowed_without_one() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, host) = at_present();
    let mut terms = StatusTerms::new(3, URI.into());
    terms.freshness = Some(DAY * 30);
    authority.license.lock().unwrap().status = Some(terms);
    let session = host.open(FileStorage::at(folder.path()));
    run(session.activating(license_key()), &authority).unwrap();
    assert_eq!(denials(&session), [""; 0]);
    drop(session);
    fs::remove_file(folder.path().join("statuses")).unwrap();
    let session = host.open(FileStorage::at(folder.path()));
    let decision = decide(&session);
    let uri = URI.to_owned();
    assert_eq!(decision.denials(), [Denial::StatusUnknown { uri }]);
    run(session.refreshing(), &authority).unwrap();
    assert_eq!(denials(&session), [""; 0]);
}

#[test]
fn a_clock_goes_no_further_back_because_a_list_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, host) = activated(folder.path(), Status::Valid);
    authority.pass(DAY * 10);
    let session = host.open(FileStorage::at(folder.path()));
    session.import(authority.list().as_str()).unwrap();
    drop(session);
    fs::remove_file(folder.path().join("statuses")).unwrap();
    let session = host.open(FileStorage::at(folder.path()));
    assert!(decide(&session).decided_at() >= moment(NOW).saturating_add(DAY * 10));
}

#[test]
fn what_a_key_listed_that_is_trusted_no_more_counts_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, host) = at_present();
    // The license is signed by a key that stays.
    let update = trust_update(
        1,
        2,
        [key(1), key(5)]
            .map(|key| TrustedKey::from(key.verifying_key()))
            .into_iter()
            .chain([trust_key(2)]),
    );
    let removes = trust_update(
        2,
        2,
        [TrustedKey::from(key(5).verifying_key()), trust_key(2)],
    );
    let mut license = authority.license.lock().unwrap().clone();
    license.activation = None;
    let session = host.open(FileStorage::at(folder.path()));
    session.import(&update).unwrap();
    session
        .import(key(5).sign(&license).unwrap().as_str())
        .unwrap();
    authority.pass(DAY * 365);
    authority.set_status(Status::Revoked);
    session.import(authority.list().as_str()).unwrap();
    assert_eq!(denials(&session), ["revoked"]);
    session.import(&removes).unwrap();
    assert_eq!(denials(&session), [""; 0]);
    drop(session);
    let session = host.open(FileStorage::at(folder.path()));
    assert_eq!((denials(&session), session.lost_list()), (vec![], None));
    // The key that took it away may have signed for a moment that is far off.
    let list = list_at("1", Status::Suspended);
    session
        .import(key(5).sign(&list).unwrap().as_str())
        .unwrap();
    assert_eq!(denials(&session), ["suspended"]);
}

fn uri(at: &str) -> String {
    format!("https://licenses.acme.example/.well-known/acme/status/{at}")
}

/// A list at an address of its own, with one entry.
fn list_at(at: &str, status: Status) -> StatusList {
    let mut list = StatusList::new(product().brand, uri(at), moment(NOW), Statuses::valid(8));
    list.entries.set(3, status).unwrap();
    list
}

/// A license without a seat that names the list at an address.
fn license_of(authority: &Authority, at: &str) -> Signed<License> {
    let mut license = authority.license.lock().unwrap().clone();
    license.id = format!("lic-{at}").parse().unwrap();
    license.activation = None;
    let mut terms = StatusTerms::new(3, uri(at));
    terms.freshness = Some(Duration::from_secs(86_400 * 30));
    license.status = Some(terms);
    key(1).sign(&license).unwrap()
}

fn imports<S: Storage>(session: &Session<S>, license: &Signed<License>) {
    session.import(license.as_str()).unwrap();
}

#[test]
fn what_the_list_of_a_license_said_is_not_lost_while_another_license_is_held() {
    let (authority, host) = at_present();
    let storage = Arc::new(MemoryStorage::new());
    let [a, b, c] = ["a", "b", "c"].map(|at| license_of(&authority, at));
    let open = || host.open(storage.clone());
    let lists = [("a", Status::Revoked), ("b", Status::Valid)];
    let [of_a, of_b] = lists.map(|(at, status)| key(1).sign(&list_at(at, status)).unwrap());
    let session = open();
    imports(&session, &a);
    session.import(of_a.as_str()).unwrap();
    imports(&session, &b);
    session.import(of_b.as_str()).unwrap();
    imports(&session, &c);
    // The one is revoked still, and the other one is allowed, in this run and in the next.
    for session in [session, open()] {
        for _ in 0..2 {
            imports(&session, &a);
            assert_eq!(
                (denials(&session), session.lost_list()),
                (vec!["revoked"], None)
            );
            imports(&session, &b);
            assert_eq!((denials(&session), session.lost_list()), (vec![], None));
            imports(&session, &c);
            assert_eq!(denials(&session), ["status_unknown"]);
        }
    }
}

#[test]
fn what_another_process_learnt_of_a_list_is_known_to_one_that_goes_on() {
    let (authority, host) = at_present();
    let storage = Arc::new(MemoryStorage::new());
    let (one, other) = (host.open(storage.clone()), host.open(storage));
    let [a, b] = ["a", "b"].map(|at| license_of(&authority, at));
    let list = key(1).sign(&list_at("a", Status::Suspended)).unwrap();
    imports(&other, &a);
    other.import(list.as_str()).unwrap();
    imports(&other, &b);
    imports(&one, &a);
    assert_eq!(denials(&one), ["suspended"]);
}

#[test]
fn the_lists_of_as_many_licenses_are_kept_as_are_remembered() {
    let (authority, host) = at_present();
    let folder = tempfile::tempdir().unwrap();
    let session = host.open(FileStorage::at(folder.path()));
    let names: Vec<String> = (0..20).map(|number| format!("l-{number}")).collect();
    for at in &names {
        imports(&session, &license_of(&authority, at));
        let list = key(1).sign(&list_at(at, Status::Revoked)).unwrap();
        session.import(list.as_str()).unwrap();
    }
    drop(session);
    let is_list = |name: &String| name.starts_with("statuses");
    let files = fs::read_dir(folder.path()).unwrap();
    let files = files.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(files.filter(is_list).count(), 17);
    let session = host.open(FileStorage::at(folder.path()));
    let said = names.iter().map(|at| {
        imports(&session, &license_of(&authority, at));
        denials(&session).join(" ")
    });
    let said: Vec<String> = said.collect();
    assert_eq!(said[..3], ["status_unknown"; 3]);
    assert_eq!(said[3..], ["revoked"; 17]);
}
