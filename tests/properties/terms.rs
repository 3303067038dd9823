//! Random documents. Their moments and lengths come from small ranges, so that windows collide, and
//! from the ends of what there is.

#![expect(
    clippy::unwrap_used,
    reason = "what is generated is valid, or the generator is wrong"
)]

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::LazyLock;
use std::time::Duration;

use countersign::*;
use proptest::option::{of as maybe, weighted};
use proptest::prelude::*;

/// Signs every document of these tests.
pub(crate) static KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::from_seed(&[9; 32]).unwrap());

/// Trusts that key for every kind of document.
pub(crate) static TRUST: LazyLock<TrustStore> = LazyLock::new(|| {
    let mut trusted = TrustedKey::from(KEY.verifying_key());
    let every_kind = [
        Kind::License,
        Kind::Lease,
        Kind::StatusList,
        Kind::TrustUpdate,
    ];
    trusted.documents = Some(every_kind.into());
    TrustStore::new([trusted])
});

pub(crate) fn verified<D: Issuable>(document: &D) -> Verified<D> {
    KEY.sign(document).unwrap().verify(&TRUST).unwrap()
}

pub(crate) fn at(seconds: i64) -> Moment {
    Moment::from_unix(seconds).unwrap()
}

pub(crate) fn moment() -> impl Strategy<Value = Moment> + Clone {
    prop_oneof![
        20 => (0..60_i64).prop_map(at),
        2 => (0..=Moment::MAX.unix()).prop_map(at),
        1 => Just(Moment::MIN),
        1 => Just(Moment::MAX),
    ]
}

/// A length of time in whole seconds, of at least `least`.
pub(crate) fn length(least: u64) -> impl Strategy<Value = Duration> + Clone {
    prop_oneof![
        20 => least..20,
        2 => least..=MAX_INTEGER,
        1 => Just(least),
        1 => Just(MAX_INTEGER),
    ]
    .prop_map(Duration::from_secs)
}

pub(crate) fn code() -> impl Strategy<Value = Code> + Clone {
    prop::sample::select(vec!["a", "b", "c", "d"]).prop_map(|code| code.parse().unwrap())
}

/// Any text that JSON of ours may hold.
pub(crate) fn text() -> impl Strategy<Value = String> + Clone {
    prop_oneof![
        "[ -~]{0,12}",
        "\\PC{0,6}",
        prop::collection::vec(any::<char>().prop_filter("NUL", |c| *c != '\0'), 0..6)
            .prop_map(String::from_iter),
    ]
}

pub(crate) fn amount() -> impl Strategy<Value = Amount> + Clone {
    prop_oneof![8 => 0..12_u64, 1 => 0..=MAX_INTEGER, 1 => Just(MAX_INTEGER)]
        .prop_map(Amount::nearest)
}

pub(crate) fn product() -> impl Strategy<Value = Product> + Clone {
    let products = vec![
        "acme/editor",
        "acme/editor",
        "acme/editor",
        "acme/viewer",
        "other/editor",
    ];
    prop::sample::select(products).prop_map(|product| product.parse().unwrap())
}

fn license_id() -> impl Strategy<Value = LicenseId> + Clone {
    prop_oneof![3 => Just("lic-1".to_owned()), 1 => "[^\\p{Cc}]{1,60}"]
        .prop_map(|id| id.parse().unwrap())
}

pub(crate) fn revision() -> impl Strategy<Value = Revision> + Clone {
    prop_oneof![9 => 1..4_i64, 1 => Just(i64::from(u32::MAX))]
        .prop_map(|number| number.try_into().unwrap())
}

pub(crate) fn instance() -> impl Strategy<Value = Instance> + Clone {
    let instances = vec![
        ("machine", "m-1"),
        ("machine", "m-1"),
        ("machine", "m-2"),
        ("host", "web-01"),
        ("domain", "shop.example.com"),
        ("domain", "shop.test"),
    ];
    prop::sample::select(instances).prop_map(|(kind, value)| Instance::parse(kind, value).unwrap())
}

pub(crate) const DOMAINS: &[&str] = &[
    "example.com",
    "shop.example.com",
    "dev-1.example.com",
    "a.b.example.com",
    "other.net",
    "localhost",
    "shop.test",
];
pub(crate) const ADDRESSES: &[&str] = &[
    "10.0.0.1",
    "10.1.0.1",
    "8.8.8.8",
    "2001:db8::1",
    "::1",
    "::ffff:8.8.8.8",
];

pub(crate) fn domain_patterns() -> impl Strategy<Value = DomainPatterns> {
    const PATTERNS: &[&str] = &[
        "example.com",
        "*.example.com",
        "dev-*.example.com",
        "*.b.example.com",
        "other.net",
        "*",
    ];
    prop::collection::vec(prop::sample::select(PATTERNS), 1..4).prop_map(|some| {
        DomainPatterns::new(some.iter().map(|text| text.parse().unwrap())).unwrap()
    })
}

pub(crate) fn address_patterns() -> impl Strategy<Value = AddressPatterns> {
    const PATTERNS: &[&str] = &[
        "10.0.0.*",
        "10.0.0.0/8",
        "8.8.8.8",
        "2001:db8::/32",
        "::/0",
        "0.0.0.0/0",
    ];
    prop::collection::vec(prop::sample::select(PATTERNS), 1..4).prop_map(|some| {
        AddressPatterns::new(some.iter().map(|text| text.parse().unwrap())).unwrap()
    })
}

pub(crate) fn window() -> impl Strategy<Value = Window> {
    (maybe(moment()), maybe(moment()), maybe(length(0))).prop_map(|(one, other, grace)| {
        let (starts_at, ends_at) = match (one, other) {
            (Some(one), Some(other)) => (Some(one.min(other)), Some(one.max(other))),
            open => open,
        };
        let window = Window::new(starts_at, ends_at).or_else(|_| Window::new(starts_at, None));
        window.unwrap().with_grace(grace.unwrap_or_default())
    })
}

fn seats() -> impl Strategy<Value = SeatRule> {
    (
        maybe(1..4_u32),
        any::<bool>(),
        any::<bool>(),
        maybe(any::<u32>()),
    )
        .prop_map(|(limit, oldest, leased, handovers)| {
            let mut seats = SeatRule::default();
            seats.limit = limit.and_then(NonZeroU32::new);
            seats.on_full = if oldest {
                OnFull::ReleaseOldest
            } else {
                OnFull::Refuse
            };
            seats.hold = if leased {
                Hold::WhileLeased
            } else {
                Hold::UntilReleased
            };
            seats.handovers = handovers;
            seats
        })
}

pub(crate) fn activation() -> impl Strategy<Value = ActivationTerms> {
    (length(1), maybe(length(0))).prop_map(|(lease, renew)| {
        let terms = ActivationTerms::new(lease);
        renew.map_or(terms, |renew| terms.renewed_after(renew))
    })
}

pub(crate) fn entitlement() -> impl Strategy<Value = Entitlement> {
    (maybe(moment()), weighted(0.2, text())).prop_map(|(until, value)| {
        let mut entitlement = Entitlement::default();
        (entitlement.until, entitlement.value) = (until, value);
        entitlement
    })
}

pub(crate) fn status_terms() -> impl Strategy<Value = StatusTerms> {
    let index = prop_oneof![9 => 0..10_u64, 1 => 0..=MAX_INTEGER];
    (index, uri(), maybe(length(0))).prop_map(|(index, uri, freshness)| {
        let mut terms = StatusTerms::new(index, uri);
        terms.freshness = freshness;
        terms
    })
}

fn uri() -> impl Strategy<Value = String> + Clone {
    let uris = [
        "https://acme.example/1",
        "https://acme.example/1",
        "https://acme.example/2",
    ];
    let uris = prop::sample::select(uris.to_vec()).prop_map(str::to_owned);
    prop_oneof![9 => uris, 1 => "[!-~äß]{1,9}"]
}

pub(crate) fn license() -> impl Strategy<Value = License> {
    let named = (
        license_id(),
        product(),
        maybe(text()),
        revision(),
        moment(),
        maybe(text()),
        maybe(text()),
    );
    let timed = (window(), weighted(0.4, moment()), weighted(0.4, moment()));
    let placed = (
        weighted(0.4, domain_patterns()),
        weighted(0.4, address_patterns()),
        any::<bool>(),
    );
    let seated = (
        seats(),
        weighted(0.5, activation()),
        weighted(0.5, status_terms()),
    );
    let granted = (
        prop::collection::btree_map(code(), entitlement(), 0..4),
        prop::collection::btree_map(code(), amount(), 0..3),
        prop::collection::btree_map(text(), text(), 0..3),
    );
    (named, timed, placed, seated, granted).prop_map(|(named, timed, placed, seated, granted)| {
        let (id, product, customer, revision, issued_at, label, edition) = named;
        let mut license = License::new(id, product, issued_at);
        license.revision = revision;
        (license.customer, license.label, license.edition) = (customer, label, edition);
        (
            license.validity,
            license.updates_until,
            license.support_until,
        ) = timed;
        (license.domains, license.addresses) = (placed.0, placed.1);
        license.exempt = BTreeSet::from_iter(placed.2.then_some(Exemption::Development));
        (license.seats, license.activation, license.status) = seated;
        (license.entitlements, license.limits, license.meta) = granted;
        license
    })
}

pub(crate) fn lease() -> impl Strategy<Value = Lease> {
    let named = (
        "[^\\p{Cc}]{1,20}",
        "[^\\p{Cc}]{1,20}",
        license_id(),
        product(),
        revision(),
        instance(),
    );
    let timed = (moment(), length(1), any::<prop::sample::Index>());
    (named, timed, 0..=MAX_INTEGER, any::<[u8; 16]>()).prop_map(|(named, timed, fence, nonce)| {
        let (id, activation_id, license_id, product, revision, instance) = named;
        let (one, length, renews) = timed;
        let issued_at = one.min(Moment::nearest(Moment::MAX.unix() - 1));
        let ends_at = issued_at.saturating_add(length);
        let license = (product, license_id);
        let nonce = Nonce::from_bytes(nonce);
        let mut lease = Lease::new(
            id,
            activation_id,
            license,
            instance,
            (issued_at, ends_at),
            nonce,
        );
        let lasts = usize::try_from(ends_at.since(issued_at).as_secs()).unwrap();
        let renews_after = u64::try_from(renews.index(lasts + 1)).unwrap();
        lease.renew_at = issued_at.saturating_add(Duration::from_secs(renews_after));
        (lease.revision, lease.fence) = (revision, fence);
        lease
    })
}

pub(crate) fn status_list() -> impl Strategy<Value = StatusList> {
    let entries = prop::collection::vec(0..4_u8, 0..10);
    let brand = prop::sample::select(vec!["acme", "acme", "acme", "other"]);
    (
        brand,
        uri(),
        moment(),
        maybe(moment()),
        maybe(length(1)),
        entries,
    )
        .prop_map(|(brand, uri, issued_at, ends_at, refresh_after, numbers)| {
            let mut entries = Statuses::valid(numbers.len());
            for (index, number) in numbers.into_iter().enumerate() {
                entries.set(index, Status::from(number)).unwrap();
            }
            let mut list = StatusList::new(brand.parse().unwrap(), uri, issued_at, entries);
            (list.ends_at, list.refresh_after) = (ends_at, refresh_after);
            list
        })
}

pub(crate) fn trusted_key() -> impl Strategy<Value = TrustedKey> {
    let kinds = prop::sample::select(vec![
        Kind::License,
        Kind::Lease,
        Kind::StatusList,
        Kind::TrustUpdate,
        Kind::Delegation,
    ]);
    let confined = (
        maybe(prop::collection::btree_set(kinds, 1..4)),
        maybe(prop::collection::btree_set(code(), 1..3)),
        maybe(prop::collection::btree_set(code(), 1..3)),
    );
    let state = prop::sample::select(vec![
        KeyState::Active,
        KeyState::Standby,
        KeyState::Retired,
        KeyState::Revoked,
    ]);
    (
        any::<[u8; 32]>(),
        confined,
        maybe(moment()),
        maybe(moment()),
        state,
    )
        .prop_map(|(seed, confined, not_before, ends_at, state)| {
            let key = SigningKey::from_seed(&seed).unwrap().verifying_key();
            let mut trusted = TrustedKey::from(key);
            (trusted.documents, trusted.brands, trusted.products) = confined;
            (trusted.not_before, trusted.ends_at, trusted.state) = (not_before, ends_at, state);
            trusted
        })
}

/// One that leaves the key of these tests in place.
pub(crate) fn trust_update() -> impl Strategy<Value = TrustUpdate> {
    let keys = prop::collection::vec(trusted_key(), 0..4);
    (code(), moment(), 0..=MAX_INTEGER, keys).prop_map(|(brand, issued_at, sequence, keys)| {
        let mine = TRUST.keys().next().unwrap().clone();
        TrustUpdate::new(brand, issued_at, sequence, keys.into_iter().chain([mine]))
    })
}

/// A run that a license of [`license`] may allow.
pub(crate) fn run() -> impl Strategy<Value = Run> {
    let others = prop::sample::select(vec![Purpose::Update, Purpose::Support]);
    let purpose = prop_oneof![2 => Just(Purpose::Run), 1 => others];
    let place = (
        weighted(0.85, prop::sample::select(DOMAINS)),
        weighted(0.85, prop::sample::select(ADDRESSES)),
        weighted(0.85, instance()),
    );
    let wanted = (
        prop::collection::btree_set(code(), 0..2),
        prop::collection::btree_map(code(), amount(), 0..3),
    );
    (product(), purpose, place, wanted, maybe(moment())).prop_map(
        |(product, purpose, place, wanted, released_at)| {
            let mut run = Run::of(product);
            run.purpose = purpose;
            run.domain = place.0.map(|domain| domain.parse().unwrap());
            run.address = place.1.map(|address| parse_address(address).unwrap());
            run.instance = place.2;
            (run.requires, run.counts) = wanted;
            run.released_at = released_at;
            run
        },
    )
}

/// Every moment that a document states, anywhere.
pub(crate) fn moments_of<D: Issuable>(document: &D) -> BTreeSet<Moment> {
    let numbers = numbers_of(&document.to_claims());
    numbers
        .into_iter()
        .filter_map(|number| Moment::from_unix(number).ok())
        .collect()
}

/// Every number in a JSON value.
fn numbers_of(value: &serde_json::Value) -> Vec<i64> {
    match value {
        serde_json::Value::Number(number) => number.as_i64().into_iter().collect(),
        serde_json::Value::Array(elements) => elements.iter().flat_map(numbers_of).collect(),
        serde_json::Value::Object(members) => members.values().flat_map(numbers_of).collect(),
        _ => Vec::new(),
    }
}

const MAX_INTEGER: u64 = (1 << 53) - 1;
