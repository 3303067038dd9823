//! What a decision costs.

use std::hint::black_box;

use countersign_client::FileStorage;

use crate::authority::*;

#[test]
fn an_allowed_decision_allocates_nothing() {
    let (authority, host) = (
        Authority::at(moment("2025-07-01")),
        Host::at(moment("2025-07-01")),
    );
    let folder = tempfile::tempdir().unwrap();
    let storage = || FileStorage::at(folder.path());
    run(host.open(storage()).activating(license_key()), &authority).unwrap();
    let session = host.open(storage());
    let run = session.run();
    assert!(session.decide(&run).is_allowed());
    let allocated = allocation_counter::measure(|| {
        let decision = black_box(&session).decide(black_box(&run));
        assert!(decision.is_allowed() && decision.entitled("export"));
    });
    assert_eq!(allocated.count_total, 0);
}

/// A thread keeps what its first such decision asked for.
#[test]
fn an_allowed_decision_with_much_to_tell_allocates_nothing_after_the_first() {
    let (authority, host) = (
        Authority::at(moment("2025-07-01")),
        Host::at(moment("2025-07-01")),
    );
    let limits = ["services", "projects", "seats_of_editors"].map(|code| code.parse().unwrap());
    authority.license.lock().unwrap().limits = limits
        .iter()
        .cloned()
        .map(|limit| (limit, 100.into()))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let storage = || FileStorage::at(folder.path());
    run(host.open(storage()).activating(license_key()), &authority).unwrap();
    host.pass(&authority, 6 * DAY);
    let years = vec![6 * 365 * DAY];
    let session = host.builder().notice_before(years).open(storage()).unwrap();
    let mut run = session.run();
    run.counts = limits
        .iter()
        .cloned()
        .map(|limit| (limit, 100.into()))
        .collect();
    let told = || {
        let decision = black_box(&session).decide(black_box(&run));
        assert!(decision.is_allowed());
        decision.notices().len()
    };
    assert!(told() > 4);
    let allocated = allocation_counter::measure(|| {
        told();
    });
    assert_eq!(allocated.count_total, 0);
}
