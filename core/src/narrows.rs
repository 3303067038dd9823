//! Whether an edit of a license takes something away (docs/rules.md, section 5).

use crate::license::{ActivationTerms, License};
use crate::moment::Moment;
use crate::seat::SeatRule;

impl License {
    /// Whether these terms may allow less than `earlier` did.
    ///
    /// What cannot be shown to be as wide or wider narrows, and so does another customer, label or
    /// vendor's value, to which a product may tie anything. Who signed it when, the revision and the
    /// entry of the status list are no terms.
    pub fn narrows(&self, earlier: &Self) -> bool {
        !self.is_as_wide_as(earlier)
    }

    fn is_as_wide_as(&self, earlier: &Self) -> bool {
        self.product == earlier.product
            && self.customer == earlier.customer
            && self.label == earlier.label
            && self.edition == earlier.edition
            && self.meta == earlier.meta
            && self.lasts_as_long_as(earlier)
            && self.reaches_as_far_as(earlier)
            && self.exempt.is_superset(&earlier.exempt)
            && seats_as_many(&self.seats, &earlier.seats)
            && activates_as_freely(self.activation, earlier.activation)
            && self.unlocks_as_much_as(earlier)
            && self.is_as_hard_to_take_back_as(earlier)
    }

    fn lasts_as_long_as(&self, earlier: &Self) -> bool {
        let end_of_grace = |license: &Self| {
            let window = license.validity;
            let ends_at = window.ends_at()?;
            Some(ends_at.saturating_add(window.grace()))
        };
        let start = |license: &Self| license.validity.starts_at().unwrap_or(Moment::MIN);
        start(self) <= start(earlier)
            && ends_as_late(self.validity.ends_at(), earlier.validity.ends_at())
            && ends_as_late(end_of_grace(self), end_of_grace(earlier))
            && ends_as_late(self.updates_end(), earlier.updates_end())
            && ends_as_late(self.support_end(), earlier.support_end())
    }

    fn reaches_as_far_as(&self, earlier: &Self) -> bool {
        let domains = match (&self.domains, &earlier.domains) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(domains), Some(earlier)) => domains.cover(earlier),
        };
        domains
            && match (&self.addresses, &earlier.addresses) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(addresses), Some(earlier)) => addresses.cover(earlier),
            }
    }

    fn unlocks_as_much_as(&self, earlier: &Self) -> bool {
        let entitlements = earlier.entitlements.iter().all(|(code, earlier)| {
            self.entitlements.get(code).is_some_and(|entitlement| {
                entitlement.value == earlier.value && ends_as_late(entitlement.until, earlier.until)
            })
        });
        entitlements
            && self.limits.iter().all(|(name, limit)| {
                let earlier = earlier.limits.get(name);
                earlier.is_some_and(|earlier| limit.get() >= earlier.get())
            })
    }

    fn is_as_hard_to_take_back_as(&self, earlier: &Self) -> bool {
        match (&self.status, &earlier.status) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(status), Some(earlier)) => match (status.freshness, earlier.freshness) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(freshness), Some(earlier)) => freshness >= earlier,
            },
        }
    }
}

fn ends_as_late(end: Option<Moment>, earlier: Option<Moment>) -> bool {
    match (end, earlier) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(end), Some(earlier)) => end >= earlier,
    }
}

fn seats_as_many(seats: &SeatRule, earlier: &SeatRule) -> bool {
    let Some(limit) = seats.limit else {
        return true;
    };
    earlier.limit.is_some_and(|earlier| limit >= earlier)
        && seats.on_full == earlier.on_full
        && seats.hold == earlier.hold
        && seats.handovers_of(limit) >= earlier.handovers_of(earlier.limit.unwrap_or(limit))
}

fn activates_as_freely(terms: Option<ActivationTerms>, earlier: Option<ActivationTerms>) -> bool {
    match (terms, earlier) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(terms), Some(earlier)) => terms.lease() >= earlier.lease(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::*;
    use crate::address::AddressPatterns;
    use crate::code::Amount;
    use crate::license::{Entitlement, Exemption, StatusTerms};
    use crate::seat::{Hold, OnFull};
    use crate::site::DomainPatterns;
    use crate::window::Window;

    type Edit = fn(&mut License);

    /// An edit, and whether it and its opposite narrow what [`license`] allows.
    const CASES: [(&str, Edit, bool, bool); 32] = [
        // What is no term.
        ("signed later", |l| l.issued_at = at(9), false, false),
        ("status entry", |l| status(l).index = 7, false, false),
        // What a product may tie anything to.
        ("customer", |l| l.customer = None, true, true),
        ("label", |l| l.label = Some("trial".into()), true, true),
        ("edition", |l| l.edition = Some("cloud".into()), true, true),
        (
            "meta",
            |l| drop(l.meta.insert("a".into(), "b".into())),
            true,
            true,
        ),
        (
            "product",
            |l| l.product = "acme/viewer".parse().unwrap(),
            true,
            true,
        ),
        // How long.
        (
            "later start",
            |l| l.validity = window(Some(11), Some(100), 5),
            true,
            false,
        ),
        (
            "no start",
            |l| l.validity = window(None, Some(100), 5),
            false,
            true,
        ),
        (
            "later end",
            |l| l.validity = window(Some(10), Some(101), 5),
            false,
            true,
        ),
        (
            "no end",
            |l| l.validity = window(Some(10), None, 0),
            false,
            true,
        ),
        (
            "less grace",
            |l| l.validity = window(Some(10), Some(100), 4),
            true,
            false,
        ),
        (
            "later end, less grace",
            |l| l.validity = window(Some(10), Some(103), 2),
            false,
            true,
        ),
        (
            "updates end",
            |l| l.updates_until = Some(at(99)),
            true,
            false,
        ),
        (
            "updates go on",
            |l| l.updates_until = Some(at(101)),
            false,
            true,
        ),
        (
            "support ends",
            |l| l.support_until = Some(at(99)),
            true,
            false,
        ),
        // Where.
        (
            "one domain less",
            |l| l.domains = domains(&["a.example.com"]),
            true,
            false,
        ),
        (
            "all below",
            |l| l.domains = domains(&["*.example.com"]),
            false,
            true,
        ),
        ("any domain", |l| l.domains = None, false, true),
        (
            "one address of two",
            |l| l.addresses = addresses(&["10.0.0.0/25"]),
            true,
            false,
        ),
        (
            "two halves",
            |l| l.addresses = addresses(&["10.0.0.0/25", "10.0.0.128/25"]),
            false,
            false,
        ),
        ("any address", |l| l.addresses = None, false, true),
        ("not exempt", |l| l.exempt.clear(), true, false),
        // Seats.
        (
            "one seat more",
            |l| l.seats.limit = 6.try_into().ok(),
            false,
            true,
        ),
        (
            "any number of seats",
            |l| l.seats = SeatRule::default(),
            false,
            true,
        ),
        (
            "other rule when full",
            |l| l.seats.on_full = OnFull::ReleaseOldest,
            true,
            true,
        ),
        ("floating", |l| l.seats.hold = Hold::WhileLeased, true, true),
        (
            "fewer handovers",
            |l| l.seats.handovers = Some(4),
            true,
            false,
        ),
        (
            "activation",
            |l| l.activation = Some(ActivationTerms::default()),
            true,
            false,
        ),
        // What.
        ("entitlement ends", |l| ends(l, 50), true, false),
        ("limit", |l| l.limits = limits(6), false, true),
        (
            "fresher list",
            |l| status(l).freshness = Some(Duration::from_secs(9)),
            true,
            false,
        ),
    ];

    fn license() -> License {
        let product = "acme/editor".parse().unwrap();
        let mut license = License::new("lic_1".parse().unwrap(), product, at(5));
        license.customer = Some("c".into());
        license.validity = window(Some(10), Some(100), 5);
        license.domains = domains(&["a.example.com", "dev-*.example.com"]);
        license.addresses = addresses(&["10.0.0.0/24"]);
        license.exempt.insert(Exemption::Development);
        license.seats = SeatRule::limited(5.try_into().unwrap());
        license.entitlements = BTreeMap::from([("pdf".parse().unwrap(), Entitlement::default())]);
        license.limits = limits(5);
        license.status = Some(StatusTerms::new(3, "https://a.example/status/1".into()));
        status(&mut license).freshness = Some(Duration::from_secs(10));
        license
    }

    fn at(seconds: i64) -> Moment {
        Moment::from_unix(seconds).unwrap()
    }

    fn window(starts_at: Option<i64>, ends_at: Option<i64>, grace: u64) -> Window {
        let window = Window::new(starts_at.map(at), ends_at.map(at)).unwrap();
        window.with_grace(Duration::from_secs(grace))
    }

    fn domains(patterns: &[&str]) -> Option<DomainPatterns> {
        DomainPatterns::new(patterns.iter().map(|text| text.parse().unwrap()))
    }

    fn addresses(patterns: &[&str]) -> Option<AddressPatterns> {
        AddressPatterns::new(patterns.iter().map(|text| text.parse().unwrap()))
    }

    fn limits(services: u64) -> BTreeMap<crate::Code, Amount> {
        BTreeMap::from([("services".parse().unwrap(), Amount::nearest(services))])
    }

    fn status(license: &mut License) -> &mut StatusTerms {
        license.status.as_mut().unwrap()
    }

    fn ends(license: &mut License, until: i64) {
        let pdf = Entitlement::until(at(until));
        license.entitlements.insert("pdf".parse().unwrap(), pdf);
    }

    #[test]
    fn an_edit_narrows_unless_it_is_provably_as_wide() {
        for (name, edit, narrows, opposite_narrows) in CASES {
            let (before, mut after) = (license(), license());
            edit(&mut after);
            let found = (after.narrows(&before), before.narrows(&after));
            assert_eq!(found, (narrows, opposite_narrows), "{name}");
        }
        assert!(!license().narrows(&license()));
    }

    #[test]
    fn new_restrictions_narrow() {
        let unrestricted = License::new("l".parse().unwrap(), "a/b".parse().unwrap(), at(0));
        let edits: [Edit; 6] = [
            |l| l.validity = window(None, Some(9), 0),
            |l| l.domains = domains(&["*"]),
            |l| l.addresses = addresses(&["0.0.0.0/0"]),
            |l| l.seats.limit = 5.try_into().ok(),
            |l| l.limits = limits(5),
            |l| l.status = Some(StatusTerms::new(0, "https://a.example".into())),
        ];
        for edit in edits {
            let mut restricted = unrestricted.clone();
            edit(&mut restricted);
            let narrows = restricted.narrows(&unrestricted);
            let opposite = unrestricted.narrows(&restricted);
            assert_eq!((narrows, opposite), (true, false), "{restricted:?}");
        }
    }
}
