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
