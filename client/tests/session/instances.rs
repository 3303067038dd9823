//! Instances that share one storage, each with a seat of its own.

use std::sync::Arc;

use countersign::Instance;
use countersign_client::{FileStorage, MemoryStorage, Session, Storage};

use crate::authority::*;

const NOW: &str = "2025-07-01";

fn pod(name: &str) -> Instance {
    Instance::parse("machine", name).unwrap()
}

fn open<S: Storage>(host: &Host, name: &str, storage: S) -> Session<S> {
    host.builder().instance(pod(name)).open(storage).unwrap()
}

/// As the authority sees an instance: each has leases of its own.
fn authority() -> Authority {
    Authority::at(moment(NOW))
}

type Held = Arc<MemoryStorage>;

/// Two instances that share a storage, each activated.
fn two() -> (Host, Held, [(Session<Held>, Authority); 2]) {
    let (host, storage) = (Host::at(moment(NOW)), Held::default());
    let pods = ["pod-a", "pod-b"].map(|name| {
        let (session, authority) = (open(&host, name, storage.clone()), authority());
        run(session.activating(license_key()), &authority).unwrap();
        (session, authority)
    });
    (host, storage, pods)
}

#[test]
fn instances_that_share_a_storage_hold_a_lease_each() {
    let folder = tempfile::tempdir().unwrap();
    let (host, of_a, of_b) = (Host::at(moment(NOW)), authority(), authority());
    let a = open(&host, "pod-a", FileStorage::at(folder.path()));
    run(a.activating(license_key()), &of_a).unwrap();
    // The next one takes a seat by the license key that is there.
    let b = open(&host, "pod-b", FileStorage::at(folder.path()));
    assert_eq!(denials(&b), ["not_activated"]);
    assert!(run(b.refreshing(), &of_b).unwrap().activated);
    for _ in 0..3 {
        for session in [&a, &b] {
            session.save().unwrap();
            assert_eq!(denials(session), [""; 0]);
        }
    }
    // Each renews its own, also in the next run, and none is taken again.
    of_a.asked();
    of_b.asked();
    host.pass(&of_a, DAY * 6);
    of_b.pass(DAY * 6);
    assert!(run(a.refreshing(), &of_a).unwrap().renewed);
    drop((a, b));
    let b = open(&host, "pod-b", FileStorage::at(folder.path()));
    assert!(run(b.refreshing(), &of_b).unwrap().renewed);
    let a = open(&host, "pod-a", FileStorage::at(folder.path()));
    host.pass(&of_a, DAY * 2);
    assert_eq!((denials(&a), denials(&b)), (vec![], vec![]));
    for asked in [of_a.asked(), of_b.asked()] {
        assert!(!asked.contains(&"activate".to_owned()), "{asked:?}");
    }
}

#[test]
fn a_seat_that_one_instance_gives_up_is_its_own() {
    let (host, storage, [(a, of_a), (b, of_b)]) = two();
    run(a.deactivating(), &of_a).unwrap();
    b.save().unwrap();
    assert_eq!((denials(&a), denials(&b)), (vec!["not_activated"], vec![]));
    drop((a, b));
    let [a, b] = ["pod-a", "pod-b"].map(|name| open(&host, name, storage.clone()));
    assert_eq!((denials(&a), denials(&b)), (vec!["not_activated"], vec![]));
    of_a.asked();
    run(a.refreshing_now(), &of_a).unwrap();
    assert_eq!(of_a.asked(), ["1"], "it is not taken again");
    of_b.refuse_next(409, "seat_lost");
    assert!(run(b.refreshing_now(), &of_b).unwrap().activated);
}

#[test]
fn a_new_instance_takes_a_seat_with_the_key_of_any_that_holds_one() {
    let (host, storage, [(a, of_a), (b, _)]) = two();
    let of_c = authority();
    // The one that wrote last holds no key any more.
    run(a.deactivating(), &of_a).unwrap();
    let c = open(&host, "pod-c", storage);
    assert!(run(c.refreshing(), &of_c).unwrap().activated);
    a.save().unwrap();
    run(a.refreshing_now(), &of_a).unwrap();
    assert_eq!(denials(&a), ["not_activated"]);
    b.save().unwrap();
    assert_eq!((denials(&b), denials(&c)), (vec![], vec![]));
}

#[test]
fn a_license_that_one_instance_is_given_is_that_of_all() {
    let (_, _, [(a, of_a), (b, of_b)]) = two();
    for authority in [&of_a, &of_b] {
        authority.license.lock().unwrap().id = "lic-2".parse().unwrap();
    }
    run(a.activating(license_key()), &of_a).unwrap();
    b.save().unwrap();
    assert_eq!(b.license().unwrap().id.as_str(), "lic-2");
    assert_eq!(denials(&b), ["not_activated"]);
    assert!(run(b.refreshing(), &of_b).unwrap().activated);
    a.save().unwrap();
    assert_eq!((denials(&a), denials(&b)), (vec![], vec![]));
}

#[test]
fn an_instance_that_gave_its_seat_up_takes_one_of_no_other_license() {
    let (host, storage, [(a, of_a), (b, of_b)]) = two();
    run(a.deactivating(), &of_a).unwrap();
    b.save().unwrap();
    for authority in [&of_a, &of_b] {
        authority.license.lock().unwrap().id = "lic-2".parse().unwrap();
    }
    run(b.activating(license_key()), &of_b).unwrap();
    a.save().unwrap();
    of_a.asked();
    for due in [a.refreshing(), a.refreshing_now()] {
        run(due, &of_a).unwrap();
    }
    assert!(!of_a.asked().contains(&"activate".to_owned()));
    assert_eq!(a.license().unwrap().id.as_str(), "lic-2");
    drop(a);
    let a = open(&host, "pod-a", storage.clone());
    assert_eq!((denials(&a), denials(&b)), (vec!["not_activated"], vec![]));
    // Who types a key takes a seat, which is taken again like any other.
    run(a.activating(license_key()), &of_a).unwrap();
    of_b.license.lock().unwrap().id = "lic-3".parse().unwrap();
    of_a.license.lock().unwrap().id = "lic-3".parse().unwrap();
    run(b.activating(license_key()), &of_b).unwrap();
    assert!(run(a.refreshing_now(), &of_a).unwrap().activated);
}

#[test]
fn an_instance_that_gave_its_seat_up_is_remembered_however_many_come() {
    let (host, of_a) = (Host::at(moment(NOW)), authority());
    let storage = Arc::new(MemoryStorage::new());
    let a = open(&host, "pod-a", storage.clone());
    run(a.activating(license_key()), &of_a).unwrap();
    run(a.deactivating(), &of_a).unwrap();
    drop(a);
    let first = open(&host, "other-0", storage.clone());
    run(first.activating(license_key()), &authority()).unwrap();
    for number in 1..=64 {
        let other = open(&host, &format!("other-{number}"), storage.clone());
        assert!(run(other.refreshing(), &authority()).unwrap().activated);
    }
    let a = open(&host, "pod-a", storage.clone());
    of_a.asked();
    run(a.refreshing_now(), &of_a).unwrap();
    assert_eq!(of_a.asked(), ["1"]);
    // Those that gave theirs up leave the others their places.
    for number in 0..100 {
        let ended = open(&host, &format!("ended-{number}"), storage.clone());
        run(ended.activating(license_key()), &authority()).unwrap();
        run(ended.deactivating(), &authority()).unwrap();
    }
    let kept = open(&host, "other-64", storage);
    assert_eq!(denials(&kept), [""; 0]);
}

#[test]
fn an_instance_that_changed_takes_a_seat_with_what_is_held() {
    let (host, before, after) = (Host::at(moment(NOW)), authority(), authority());
    let storage = Arc::new(MemoryStorage::new());
    let session = open(&host, "pod-a", storage.clone());
    run(session.activating(license_key()), &before).unwrap();
    drop(session);
    let session = open(&host, "pod-b", storage.clone());
    assert!(run(session.refreshing(), &after).unwrap().activated);
    drop(session);
    assert_eq!(denials(&open(&host, "pod-a", storage)), [""; 0]);
}

#[test]
fn a_request_that_one_instance_draws_up_is_answered_to_it() {
    let (host, of_a, of_b) = (Host::at(moment(NOW)), authority(), authority());
    let storage = Arc::new(MemoryStorage::new());
    let [a, b] = ["pod-a", "pod-b"].map(|name| open(&host, name, storage.clone()));
    let requests = [&a, &b].map(|session| session.activation_request(license_key()).unwrap());
    let [request_a, request_b] = requests.map(|request| request.to_string());
    a.import(&of_a.answer_by_hand(&request_a)).unwrap();
    b.import(&of_b.answer_by_hand(&request_b)).unwrap();
    a.save().unwrap();
    assert_eq!((denials(&a), denials(&b)), (vec![], vec![]));
    drop((a, b));
    for name in ["pod-b", "pod-a"] {
        assert_eq!(denials(&open(&host, name, storage.clone())), [""; 0]);
    }
}

#[test]
fn as_many_instances_as_come_share_a_storage() {
    let host = Host::at(moment(NOW));
    let storage = Arc::new(MemoryStorage::new());
    for number in 0..100 {
        let authority = authority();
        let session = open(&host, &format!("pod-{number}"), storage.clone());
        let given = match number {
            0 => run(session.activating(license_key()), &authority),
            _ => run(session.refreshing(), &authority),
        };
        assert!(given.unwrap().activated, "{number}");
    }
    for number in 36..100 {
        let session = open(&host, &format!("pod-{number}"), storage.clone());
        assert_eq!(denials(&session), [""; 0], "{number}");
    }
    assert!(storage.load("session").unwrap().unwrap().len() < 128 * 1024);
}

/// Each of them runs, saves now and then, and is not to lose its seat to the others.
#[test]
fn an_instance_that_runs_keeps_its_seat_however_many_come() {
    let (host, storage, [(a, of_a), _]) = two();
    for number in 0..300 {
        let authority = authority();
        let session = open(&host, &format!("other-{number}"), storage.clone());
        assert!(run(session.refreshing(), &authority).unwrap().activated);
    }
    of_a.asked();
    a.save().unwrap();
    assert_eq!(denials(&a), [""; 0]);
    // Also in its next run, which does not ask for it.
    drop(a);
    let a = open(&host, "pod-a", storage);
    assert_eq!(denials(&a), [""; 0]);
    assert_eq!(of_a.asked(), [""; 0]);
}
