//! An allowed decision takes nothing from the heap: whoever asks on every request pays no allocator.

#![expect(
    clippy::unwrap_used,
    reason = "what the tests are set up with is well-formed"
)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::ops::Range;
use std::time::Duration;

use allocation_counter::measure;
use countersign::{
    ActivationTerms, ClockGuard, ClockReading, Context, Instance, Issuable, Lease, License, Moment,
    Nonce, Notice, Run, Signed, SigningKey, Status, StatusList, Statuses, Tick, TrustStore,
    Verified,
};
use serde_json::json;

const URI: &str = "https://licenses.acme.example/status/1";
/// How many limits the license states beside `services`.
const LIMITS: usize = 100;
const NOW: i64 = 1_767_225_600;
/// In seconds.
const DAY: i64 = 24 * 60 * 60;

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

/// What every decision has to tell where nothing can be kept, a renewal is due, and a limit is nearly used
/// up, however it is called.
#[test]
fn three_notices_allocate_nothing() {
    let told = ["clock_unguarded", "lease_renewal_due", "limit_near"];
    assert_eq!(Telling::new(0, 1).allocated(), (told.to_vec(), 0));
}

/// The first decision of a thread that has more to tell asks for memory, which the thread keeps.
#[test]
fn more_than_three_notices_allocate_nothing_once_a_thread_had_as_many() {
    let told = [
        "clock_unguarded",
        "expires_soon",
        "updates_end_soon",
        "lease_renewal_due",
    ];
    for limits in [1, 5, 100] {
        let told: Vec<_> = told.into_iter().chain(vec!["limit_near"; limits]).collect();
        let telling = Telling::new(100, limits);
        let (first, allocated) = telling.allocated();
        assert_eq!(first, told);
        assert!(allocated > 0, "{limits}");
        for _ in 0..3 {
            assert_eq!(telling.allocated(), (told.clone(), 0));
        }
    }
}

/// An allowed decision whose clock is not guarded, and whose lease ends in a day.
struct Telling {
    given: Given,
    clock: ClockReading,
    before: [Duration; 1],
}

impl Telling {
    /// One that also tells of ends so many days before, and that so many limits are nearly used up.
    fn new(days_before: u64, limits: usize) -> Self {
        let mut given = Given::new();
        given.lease = lease_of(&given.license, NOW - 6 * DAY..NOW + DAY);
        let limit = |number| (limit(number).parse().unwrap(), 100.into());
        given.run.counts = (0..limits).map(limit).collect();
        let tick = Tick {
            wall: given.now,
            monotonic: Duration::ZERO,
        };
        Self {
            clock: ClockGuard::new(tick).peek(tick),
            before: [Duration::from_secs(days_before * 24 * 60 * 60)],
            given,
        }
    }

    /// What it tells, and how often it asked for memory.
    fn allocated(&self) -> (Vec<&'static str>, u64) {
        let given = &self.given;
        let context = Context::at(self.clock)
            .lease(&given.lease)
            .statuses(&given.statuses)
            .notice_before(&self.before);
        let mut told = Vec::with_capacity(128);
        let allocated = measure(|| {
            let decision = black_box(&given.license).evaluate(&given.run, &context);
            assert!(decision.is_allowed(), "{}", decision.report());
            told.extend(decision.notices().iter().map(Notice::code));
        });
        (told, allocated.count_total)
    }
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
        let now = Moment::from_unix(NOW).unwrap();
        let later = NOW + 90 * 24 * 60 * 60;
        let limits = (0..LIMITS).map(|number| (limit(number), 100));
        let limits: BTreeMap<_, _> = limits.chain([("services".to_owned(), 100)]).collect();
        let mut license = License::from_claims(&json!({
            "ver": 1, "jti": "lic-1", "iss": "acme", "aud": "editor", "iat": NOW - 1, "rev": 2,
            "valid_from": NOW - 1, "valid_until": later, "grace": 86_400,
            "updates_until": later, "support_until": later,
            "domains": ["example.com", "*.shop.example.com", "dev-*.example.net", "a.example"],
            "addresses": ["10.0.0.*", "2001:db8::/32"], "exempt": ["development"],
            "seats": {"limit": 5},
            "entitlements": {"export": {}, "sync": {"until": later}},
            "limits": limits,
            "status": {"status_list": {"idx": 41, "uri": URI}}, "freshness": 86_400,
        }))
        .unwrap();
        license.activation = Some(ActivationTerms::default());
        let mut entries = Statuses::valid(1_000_000);
        entries.set(40, Status::Revoked).unwrap();
        let list = StatusList::new(license.product.brand.clone(), URI.into(), now, entries);
        let mut run = Run::of(license.product.clone());
        run.domain = Some("https://eu.shop.example.com".parse().unwrap());
        run.address = Some("10.0.0.7".parse().unwrap());
        run.instance = Some(Instance::parse("machine", "m-1").unwrap());
        run.requires = ["export".parse().unwrap(), "sync".parse().unwrap()].into();
        run.counts = [("services".parse().unwrap(), 12.into())].into();
        run.released_at = Some(now);
        let license = verified(&license);
        Self {
            lease: lease_of(&license, NOW..NOW + 7 * DAY),
            license,
            statuses: verified(&list),
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

/// A limit whose name has no place in its `Code`.
fn limit(number: usize) -> String {
    format!("services-of-the-whole-company-and-its-partners-{number:03}")
}

/// A lease on this license for the machine of [`Given::run`].
fn lease_of(license: &License, time: Range<i64>) -> Verified<Lease> {
    let mut lease = Lease::new(
        "lease-1".into(),
        "activation-1".into(),
        (license.product.clone(), license.id.clone()),
        Instance::parse("machine", "m-1").unwrap(),
        (
            Moment::from_unix(time.start).unwrap(),
            Moment::from_unix(time.end).unwrap(),
        ),
        Nonce::from_bytes([1; 16]),
    );
    lease.revision = license.revision;
    verified(&lease)
}

fn verified<D: Issuable>(document: &D) -> Verified<D> {
    let key = SigningKey::from_seed(&[7; 32]).unwrap();
    let trust = TrustStore::new([key.verifying_key().into()]);
    let signed: Signed<D> = key.sign(document).unwrap();
    signed.verify(&trust).unwrap()
}
