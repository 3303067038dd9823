//! An allowed decision takes nothing from the heap: whoever asks on every request pays no allocator.

#![expect(
    clippy::unwrap_used,
    reason = "what the tests are set up with is well-formed"
)]

use std::hint::black_box;
use std::time::Duration;

use allocation_counter::measure;
use countersign::{
    ActivationTerms, ClockReading, Context, Instance, Issuable, Lease, License, Moment, Nonce,
    Notice, Run, Signed, SigningKey, Status, StatusList, Statuses, TrustStore, Verified,
};
use serde_json::json;

const URI: &str = "https://licenses.acme.example/status/1";
const NOW: i64 = 1_767_225_600;

#[test]
fn an_allowed_evaluation_allocates_nothing() {
    let given = Given::new();
    let context = given.context();
    let allocated = measure(|| {
        assert!(
            black_box(&given.license)
                .evaluate(&given.run, &context)
                .is_allowed()
        );
    });
    assert_eq!(allocated.count_total, 0);
}

#[test]
fn an_allowed_check_allocates_nothing() {
    let given = Given::new();
    let check = given.license.prepare(given.run.clone());
    let context = given.context();
    let allocated = measure(|| {
        let decision = black_box(&check).evaluate(&context);
        assert!(decision.is_allowed() && decision.entitled("export"));
    });
    assert_eq!(allocated.count_total, 0);
}

/// Something to tell the user is written to the heap, once.
#[test]
fn an_allowed_evaluation_with_a_notice_allocates_once() {
    let given = Given::new();
    let ends_soon = [Duration::from_secs(100 * 24 * 60 * 60)];
    let context = given.context().notice_before(&ends_soon);
    let allocated = measure(|| {
        let decision = black_box(&given.license).evaluate(&given.run, &context);
        assert!(decision.is_allowed());
        assert_eq!(
            decision.notices().first().map(Notice::code),
            Some("expires_soon")
        );
    });
    assert_eq!(allocated.count_total, 1);
}

/// What is counted would show: a denial is written to the heap.
#[test]
fn a_denial_allocates() {
    let given = Given::new();
    let much_later = Context::at(ClockReading::trusted(Moment::MAX));
    let allocated = measure(|| {
        assert!(
            !black_box(&given.license)
                .evaluate(&given.run, &much_later)
                .is_allowed()
        );
    });
    assert!(allocated.count_total > 0);
}

/// A license that makes every rule look, and all that its run needs to be allowed.
struct Given {
    license: Verified<License>,
    lease: Verified<Lease>,
    statuses: Verified<StatusList>,
    run: Run,
    now: Moment,
}

impl Given {
    fn new() -> Self {
        let key = SigningKey::from_seed(&[7; 32]).unwrap();
        let trust = TrustStore::new([key.verifying_key().into()]);
        let now = Moment::from_unix(NOW).unwrap();
        let later = NOW + 90 * 24 * 60 * 60;
        let mut license = License::from_claims(&json!({
            "ver": 1, "jti": "lic-1", "iss": "acme", "aud": "editor", "iat": NOW - 1, "rev": 2,
            "valid_from": NOW - 1, "valid_until": later, "grace": 86_400,
            "updates_until": later, "support_until": later,
            "domains": ["example.com", "*.shop.example.com", "dev-*.example.net", "a.example"],
            "addresses": ["10.0.0.*", "2001:db8::/32"], "exempt": ["development"],
            "seats": {"limit": 5},
            "entitlements": {"export": {}, "sync": {"until": later}},
            "limits": {"services": 100},
            "status": {"status_list": {"idx": 41, "uri": URI}}, "freshness": 86_400,
        }))
        .unwrap();
        license.activation = Some(ActivationTerms::default());
        let instance = Instance::parse("machine", "m-1").unwrap();
        let mut lease = Lease::new(
            "lease-1".into(),
            "activation-1".into(),
            (license.product.clone(), license.id.clone()),
            instance.clone(),
            (now, Moment::from_unix(NOW + 604_800).unwrap()),
            Nonce::from_bytes([1; 16]),
        );
        lease.revision = license.revision;
        let mut entries = Statuses::valid(1_000_000);
        entries.set(40, Status::Revoked).unwrap();
        let list = StatusList::new(license.product.brand.clone(), URI.into(), now, entries);
        let mut run = Run::of(license.product.clone());
        run.domain = Some("https://eu.shop.example.com".parse().unwrap());
        run.address = Some("10.0.0.7".parse().unwrap());
        run.instance = Some(instance);
        run.requires = ["export".parse().unwrap(), "sync".parse().unwrap()].into();
        run.counts = [("services".parse().unwrap(), 12.into())].into();
        run.released_at = Some(now);
        Self {
            license: verified(&key, &license, &trust),
            lease: verified(&key, &lease, &trust),
            statuses: verified(&key, &list, &trust),
            run,
            now,
        }
    }

    fn context(&self) -> Context<'_> {
        let clock = ClockReading::trusted(self.now);
        Context::at(clock)
            .lease(&self.lease)
            .statuses(&self.statuses)
    }
}

fn verified<D: Issuable>(key: &SigningKey, document: &D, trust: &TrustStore) -> Verified<D> {
    let signed: Signed<D> = key.sign(document).unwrap();
    signed.verify(trust).unwrap()
}
