//! Files that are damaged, deleted in part, copied to another machine.

use std::fs;
use std::path::Path;

use countersign::Instance;
use countersign_client::machine::Signals;
use countersign_client::{FileStorage, ImportError, OpenError, Session};

use crate::authority::*;

const NOW: &str = "2025-07-01";

fn activated(folder: &Path, signals: &Signals) -> (Authority, Host) {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let builder = host.builder().signals(signals.clone());
    let session = builder.open(FileStorage::at(folder)).unwrap();
    run(session.activating(license_key()), &authority).unwrap();
    (authority, host)
}

fn signals(values: [&str; 3]) -> Signals {
    let names = ["system", "board", "root"];
    Signals::new(&product(), names.into_iter().zip(values.map(str::to_owned)))
}

#[test]
fn damage_is_told_and_never_taken_for_no_license() {
    let folder = tempfile::tempdir().unwrap();
    let (_, host) = activated(folder.path(), &signals(["a", "b", "c"]));
    let path = folder.path().join("session");
    let whole = fs::read(&path).unwrap();
    for damage in damages(&whole) {
        fs::write(&path, &damage).unwrap();
        let opened = host.builder().open(FileStorage::at(folder.path()));
        let Err(OpenError::Damaged { name, .. }) = opened else {
            panic!("opened");
        };
        assert_eq!(name, "session");
        assert_eq!(fs::read(&path).unwrap(), damage, "it is left as it was");
    }
    fs::write(&path, &whole).unwrap();
    let session: Session<_> = host.open(FileStorage::at(folder.path()));
    assert_eq!(denials(&session), [""; 0]);
}

/// Nothing, half of it, another byte amid it, and no text at all.
fn damages(whole: &[u8]) -> [Vec<u8>; 4] {
    let (mut changed, middle) = (whole.to_vec(), whole.len() / 2);
    changed[middle] ^= 1;
    [Vec::new(), whole[..middle].to_vec(), changed, vec![0xff; 9]]
}

#[test]
fn the_state_of_another_product_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let _ = activated(folder.path(), &signals(["a", "b", "c"]));
    let opened = Session::open(
        FileStorage::at(folder.path()),
        trust(),
        "acme/viewer".parse().unwrap(),
    );
    let Err(OpenError::AnotherProduct { held }) = opened else {
        panic!("opened");
    };
    assert_eq!(held, product());
}

#[test]
fn a_copy_on_another_machine_has_no_seat_and_takes_none_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, host) = activated(folder.path(), &signals(["a", "b", "c"]));
    let here = host.builder().signals(signals(["a", "b", "c"]));
    let instance = here
        .open(FileStorage::at(folder.path()))
        .unwrap()
        .instance();
    authority.asked();
    let elsewhere = host.builder().signals(signals(["x", "y", "c"]));
    let session = elsewhere.open(FileStorage::at(folder.path())).unwrap();
    assert!(session.is_moved());
    assert_ne!(session.instance(), instance);
    assert_eq!(denials(&session), ["not_activated"]);
    assert_eq!(
        notices(&session),
        ["clock_unguarded"],
        "its clock is another one"
    );
    run(session.refreshing(), &authority).unwrap();
    assert_eq!(authority.asked(), [""; 0]);
    run(session.activating(license_key()), &authority).unwrap();
    assert_eq!(denials(&session), [""; 0]);
    assert!(!session.is_moved());
}

#[test]
fn a_copy_takes_back_no_lease_of_the_other_machine() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let folder = tempfile::tempdir().unwrap();
    // A host that states its instance states the same one on either machine.
    let open = |values| {
        let site = Instance::parse("machine", "site").unwrap();
        let builder = host.builder().instance(site).signals(signals(values));
        builder.open(FileStorage::at(folder.path())).unwrap()
    };
    let session = open(["a", "b", "c"]);
    let request = session.activation_request(license_key()).unwrap();
    let answer = authority.answer_by_hand(&request.to_string());
    session.import(&answer).unwrap();
    // Another license takes its place, after which the lease may be brought back.
    let mut other = authority.license.lock().unwrap().clone();
    other.id = "lic-2".parse().unwrap();
    let other = key(1).sign(&other).unwrap();
    session.import(other.as_str()).unwrap();
    assert!(session.last_contact_at().is_some());
    drop(session);
    let copy = open(["x", "y", "z"]);
    assert_eq!((copy.is_moved(), copy.last_contact_at()), (true, None));
    let refused = copy.import(&answer).unwrap_err();
    assert!(matches!(refused, ImportError::AnotherRequest));
    assert_eq!(
        (copy.is_moved(), denials(&copy)),
        (true, vec!["not_activated"])
    );
}

#[test]
fn a_signal_that_cannot_be_read_once_costs_no_seat() {
    let folder = tempfile::tempdir().unwrap();
    let (_, host) = activated(folder.path(), &signals(["a", "b", "c"]));
    let instance = host.open(FileStorage::at(folder.path())).instance();
    let healthy = ["a", "b", "c"];
    for values in [
        ["a", "", ""],
        healthy,
        ["", "", "c"],
        healthy,
        ["", "", ""],
        healthy,
        ["", "b", "z"],
        healthy,
    ] {
        let builder = host.builder().signals(signals(values));
        let session = builder.open(FileStorage::at(folder.path())).unwrap();
        assert_eq!(denials(&session), [""; 0], "{values:?}");
        assert!(!session.is_moved(), "{values:?}");
        assert_eq!(session.instance(), instance, "{values:?}");
    }
    // A copy is seen as before, also right after such a start.
    for values in [["x", "y", "c"], ["x", "", ""], ["x", "", "c"]] {
        let copy = tempfile::tempdir().unwrap();
        for name in ["session", "statuses"] {
            fs::copy(folder.path().join(name), copy.path().join(name)).unwrap();
        }
        let builder = host.builder().signals(signals(values));
        let session = builder.open(FileStorage::at(copy.path())).unwrap();
        assert!(session.is_moved(), "{values:?}");
        assert_eq!(denials(&session), ["not_activated"], "{values:?}");
    }
}

#[test]
fn a_machine_that_changes_part_by_part_stays_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (_, host) = activated(folder.path(), &signals(["a", "b", "c"]));
    for values in [
        ["a", "b", "z"],
        ["a", "y", "z"],
        ["x", "y", "z"],
        ["", "y", "z"],
    ] {
        let builder = host.builder().signals(signals(values));
        let session = builder.open(FileStorage::at(folder.path())).unwrap();
        assert_eq!(
            (denials(&session), session.is_moved()),
            (vec![], false),
            "{values:?}"
        );
    }
}
