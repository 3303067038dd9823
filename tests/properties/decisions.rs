//! Decisions of random licenses about random runs, in random contexts.

#![expect(
    clippy::unwrap_used,
    reason = "what is generated is valid, or the generator is wrong"
)]

use std::collections::BTreeSet;
use std::time::Duration;

use countersign::*;
use proptest::option::of as maybe;
use proptest::prelude::*;
use serde_json::Value;

use crate::cases;
use crate::parsers::{MACHINE, sealed_state};
use crate::terms::{
    activation, address_patterns, amount, at, code, domain_patterns, lease, length, license,
    moment, moments_of, revision, run, status_list, status_terms, verified,
};

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn decision_is_a_function_of_what_it_is_given(case in case()) {
        let case = case.signed();
        let reading = case.reading(case.now);
        let (once, again) = (case.decide(reading), case.decide(reading));
        prop_assert_eq!(once.report(), again.report());
        prop_assert_eq!(once.denials(), again.denials());
        prop_assert_eq!(once.notices(), again.notices());
        prop_assert_eq!(once.holds_until(), again.holds_until());
    }

    #[test]
    fn check_decides_as_evaluate_does(
        case in case(), moments in prop::collection::vec(moment(), 1..8)
    ) {
        let case = case.signed();
        let check = case.license.prepare(case.run.clone());
        for now in moments {
            let reading = ClockReading::trusted(now);
            let context = case.context(reading);
            let (decision, prepared) = (case.decide(reading), check.evaluate(&context));
            prop_assert_eq!(case.seen_of(&prepared), case.seen_of(&decision));
            prop_assert_eq!(prepared.report(), decision.report());
            prop_assert_eq!(prepared.into_owned().report(), decision.report());
        }
    }

    #[test]
    fn what_was_listed_takes_away_and_gives_nothing(
        case in case(), number in 0..4_u8, listed_at in moment()
    ) {
        let case = case.signed();
        let reading = case.reading(case.now);
        let status = Status::from(number);
        let context = case.context(reading).last_status(status, listed_at);
        let (with, without) = (case.license.evaluate(&case.run, &context), case.decide(reading));
        let terms = case.license.status.as_ref();
        let counts = |list: &StatusList| {
            terms.is_some_and(|terms| terms.uri == list.uri)
                && list.brand == case.license.product.brand
                && list.issued_at >= listed_at
        };
        let list = case.statuses.as_ref();
        if status == Status::Valid || terms.is_none() || list.is_some_and(|list| counts(list)) {
            prop_assert_eq!(with.report(), without.report());
        } else {
            let code = ["", "revoked", "suspended", "status_unknown"][usize::from(number)];
            let denials: Vec<_> = with.denials().iter().map(Denial::code).collect();
            prop_assert!(denials.contains(&code));
        }
    }

    #[test]
    fn report_says_what_the_decision_does(case in case()) {
        let case = case.signed();
        let decision = case.decide(case.reading(case.now));
        let report: Value = serde_json::from_str(&decision.report()).unwrap();
        let codes = |list: &str| -> Vec<&str> {
            let facts = report[list].as_array().unwrap().iter();
            facts.map(|fact| fact["code"].as_str().unwrap()).collect()
        };
        prop_assert_eq!(&report["allowed"], &decision.is_allowed());
        let denials: Vec<&str> = decision.denials().iter().map(Denial::code).collect();
        let notices: Vec<&str> = decision.notices().iter().map(Notice::code).collect();
        prop_assert_eq!((codes("denials"), codes("notices")), (denials, notices));
        let until = decision.holds_until().map(|until| until.to_string());
        prop_assert_eq!(report["holds_until"].as_str(), until.as_deref());
        prop_assert_eq!(decision.is_allowed(), decision.into_result().is_ok());
    }

    #[test]
    fn decision_holds_exactly_as_long_as_it_says(case in case(), between in any::<u64>()) {
        let case = case.signed();
        let decision = case.decide(case.reading(case.now));
        let (now, seen) = (case.reading(case.now).now(), case.seen_of(&decision));
        let until = decision.holds_until();
        prop_assert!(until.is_none_or(|until| until > now), "{:?} at {}", until, now);
        let mut candidates = case.candidates();
        let end = until.unwrap_or(Moment::MAX);
        let span = end.since(now).as_secs();
        candidates.insert(now.saturating_add(Duration::from_secs(between % span.max(1))));
        candidates.insert(end.saturating_sub(Duration::from_secs(1)));
        candidates.insert(Moment::MAX);
        for later in candidates {
            if later <= now || until.is_some_and(|until| later >= until) {
                continue;
            }
            let reading = case.reading(case.now.saturating_add(later.since(now)));
            prop_assert_eq!(reading.now(), later);
            let unchanged = case.decide(reading);
            prop_assert_eq!(unchanged.report(), decision.report(), "at {}", later);
            prop_assert_eq!(case.seen_of(&unchanged), seen.clone(), "at {}", later);
        }
        if let Some(until) = until {
            let reading = case.reading(case.now.saturating_add(until.since(now)));
            let changed = case.seen_of(&case.decide(reading)) != seen;
            // docs/decisions/0011: the end of an entitlement counts, denied or not.
            let mut entitlements = case.license.entitlements.values();
            let entitlement_ends = entitlements.any(|entitlement| entitlement.until == Some(until));
            prop_assert!(changed || entitlement_ends, "nothing changes at {}", until);
        }
    }
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn entitled_is_allowed_with_an_entitlement_that_has_not_ended(case in case()) {
        let case = case.signed();
        let reading = case.reading(case.now);
        let decision = case.decide(reading);
        for code in CODES {
            let entitlement = case.license.entitlements.get(*code);
            let lasts = |until| reading.now() < until;
            let lasts = entitlement.is_some_and(|granted| granted.until.is_none_or(lasts));
            prop_assert_eq!(decision.entitled(code), decision.is_allowed() && lasts);
            let is_required = case.run.requires.iter().any(|required| required.as_str() == *code);
            let is_missed = is_required && !lasts && case.run.purpose == Purpose::Run;
            prop_assert!(!is_missed || !decision.is_allowed(), "allowed without {}", code);
        }
    }

    #[test]
    fn restriction_never_turns_a_denial_into_an_allowance(
        case in case(),
        restrictions in prop::collection::vec(restriction(), 1..8),
        moments in prop::collection::vec(moment(), 1..6),
    ) {
        let full = case.clone().signed();
        let readings = moments.into_iter().map(ClockReading::trusted);
        let readings: Vec<_> = readings.chain([full.reading(full.now)]).collect();
        for restriction in restrictions {
            let license = restriction.of(&case.license);
            let restricted = Case { license, ..case.clone() }.signed();
            for &reading in &readings {
                let (before, after) = (full.decide(reading), restricted.decide(reading));
                prop_assert!(
                    before.is_allowed() || !after.is_allowed(),
                    "{:?} allows at {} what was {}", restriction, reading.now(), before.report()
                );
                for code in CODES {
                    prop_assert!(
                        before.entitled(code) || !after.entitled(code),
                        "{:?} grants {}", restriction, code
                    );
                }
            }
        }
    }
}

/// All that a decision depends on.
#[derive(Clone, Debug)]
struct Case {
    license: License,
    lease: Option<Lease>,
    statuses: Option<StatusList>,
    highest_revision: Option<Revision>,
    notice_before: Option<Vec<Duration>>,
    run: Run,
    clock: Clock,
    now: Moment,
}

/// What shows the time.
#[derive(Clone, Copy, Debug)]
enum Clock {
    Trusted,
    /// A guard without state.
    Unguarded,
    /// A guard whose wall clock lies behind, and so long that it was put up with already.
    Behind {
        by: Duration,
        used: u64,
    },
}

fn case() -> impl Strategy<Value = Case> {
    let clock = prop_oneof![
        6 => Just(Clock::Trusted),
        1 => Just(Clock::Unguarded),
        3 => (0..1000_u64, 0..=BUDGET).prop_map(|(by, used)| {
            Clock::Behind { by: Duration::from_secs(by), used }
        }),
    ];
    let thresholds = prop::collection::vec(length(0), 0..4);
    let context = (
        maybe(lease()),
        maybe(status_list()),
        maybe(revision()),
        maybe(thresholds),
        clock,
    );
    (license(), context, run(), moment(), 0..10_u8).prop_map(|(license, context, run, now, fit)| {
        let (lease, statuses, highest_revision, notice_before, clock) = context;
        let mut case = Case {
            license,
            lease,
            statuses,
            highest_revision,
            notice_before,
            run,
            clock,
            now,
        };
        if fit > 2 {
            case.fit();
        }
        case
    })
}

impl Case {
    /// Makes what the host holds and states be about the license, so that more is allowed.
    fn fit(&mut self) {
        self.run.product = self.license.product.clone();
        self.run
            .requires
            .retain(|code| self.license.entitlements.contains_key(code));
        let first = self.license.entitlements.keys().next();
        self.run.requires.extend(first.cloned());
        if let Some(lease) = &mut self.lease {
            lease.product = self.license.product.clone();
            lease.license_id = self.license.id.clone();
            lease.revision = self.license.revision;
            self.run.instance = Some(lease.instance.clone());
        }
        if let (Some(list), Some(terms)) = (&mut self.statuses, &self.license.status) {
            list.brand = self.license.product.brand.clone();
            list.uri = terms.uri.clone();
        }
        self.highest_revision = self
            .highest_revision
            .filter(|highest| *highest <= self.license.revision);
    }

    fn signed(self) -> Signed {
        Signed {
            license: verified(&self.license),
            lease: self.lease.as_ref().map(verified),
            statuses: self.statuses.as_ref().map(verified),
            highest_revision: self.highest_revision,
            notice_before: self.notice_before,
            run: self.run,
            clock: self.clock,
            now: self.now,
        }
    }
}

/// The same, signed and verified.
struct Signed {
    license: Verified<License>,
    lease: Option<Verified<Lease>>,
    statuses: Option<Verified<StatusList>>,
    highest_revision: Option<Revision>,
    notice_before: Option<Vec<Duration>>,
    run: Run,
    clock: Clock,
    now: Moment,
}

impl Signed {
    /// What the clock shows `moment - self.now` after the reading at `self.now`.
    fn reading(&self, moment: Moment) -> ClockReading {
        let tick = |wall: Moment, now: Moment| Tick {
            wall: wall.saturating_add(now.since(self.now)),
            monotonic: now.since(self.now),
        };
        match self.clock {
            Clock::Trusted => ClockReading::trusted(moment),
            Clock::Unguarded => {
                let mut guard = ClockGuard::new(tick(self.now, self.now));
                guard.read(tick(self.now, self.now));
                guard.read(tick(self.now, moment))
            }
            Clock::Behind { by, used } => {
                let state = format!(r#"{{"ver":1,"seen":{},"suspect":{used}}}"#, self.now.unix());
                let wall = self.now.saturating_sub(by);
                let state = sealed_state(state.as_bytes());
                let mut guard = ClockGuard::restore(&state, MACHINE, tick(wall, self.now)).unwrap();
                guard.read(tick(wall, self.now));
                guard.read(tick(wall, moment))
            }
        }
    }

    fn context(&self, reading: ClockReading) -> Context<'_> {
        let mut context = Context::at(reading);
        if let Some(lease) = &self.lease {
            context = context.lease(lease);
        }
        if let Some(statuses) = &self.statuses {
            context = context.statuses(statuses);
        }
        if let Some(revision) = self.highest_revision {
            context = context.highest_revision(revision);
        }
        if let Some(thresholds) = &self.notice_before {
            context = context.notice_before(thresholds);
        }
        context
    }

    fn decide(&self, reading: ClockReading) -> Decision<'_> {
        self.license.evaluate(&self.run, &self.context(reading))
    }

    /// All that can be seen of a decision, but for how long it holds.
    fn seen_of(&self, decision: &Decision<'_>) -> (Vec<Denial>, Vec<Notice>, Vec<bool>) {
        let entitled = CODES.iter().map(|code| decision.entitled(code)).collect();
        (
            decision.denials().to_vec(),
            decision.notices().to_vec(),
            entitled,
        )
    }

    /// Moments at which a decision may change: those stated anywhere, before and after them by any
    /// length that is stated, and a second beside.
    fn candidates(&self) -> BTreeSet<Moment> {
        let mut stated = moments_of(&*self.license);
        stated.extend(
            self.lease
                .as_ref()
                .map(|lease| moments_of(&**lease))
                .unwrap_or_default(),
        );
        stated.extend(
            self.statuses
                .as_ref()
                .map(|list| moments_of(&**list))
                .unwrap_or_default(),
        );
        stated.insert(self.reading(self.now).now());
        let mut lengths = BTreeSet::from([Duration::ZERO, Duration::from_secs(BUDGET)]);
        lengths.insert(self.license.validity.grace());
        lengths.extend(
            self.license
                .status
                .as_ref()
                .and_then(|terms| terms.freshness),
        );
        lengths.extend(self.statuses.as_ref().and_then(|list| list.refresh_after));
        let thresholds = self
            .notice_before
            .as_deref()
            .unwrap_or(Context::NOTICE_BEFORE);
        lengths.extend(thresholds);
        if let Clock::Behind { used, .. } = self.clock {
            lengths.insert(Duration::from_secs(BUDGET - used));
        }
        let second = Duration::from_secs(1);
        let moments = stated.iter().flat_map(|moment| {
            lengths.iter().flat_map(|length| {
                let (before, after) = (
                    moment.saturating_sub(*length),
                    moment.saturating_add(*length),
                );
                [before, after].map(|at| [at.saturating_sub(second), at, at.saturating_add(second)])
            })
        });
        moments.flatten().collect()
    }
}

/// One more restriction, or one that is narrower.
#[derive(Clone, Debug)]
enum Restriction {
    ValidFrom(Moment),
    ValidUntil(Moment),
    Grace(Duration),
    UpdatesUntil(Moment),
    SupportUntil(Moment),
    Domains(DomainPatterns),
    FewerDomains,
    Addresses(AddressPatterns),
    FewerAddresses,
    NoExemption,
    Activation(ActivationTerms),
    NoEntitlement(Code),
    EntitlementUntil(Code, Moment),
    Limit(Code, Amount),
    Status(StatusTerms),
    Freshness(Duration),
    Revision(Revision),
}

fn restriction() -> impl Strategy<Value = Restriction> {
    prop_oneof![
        moment().prop_map(Restriction::ValidFrom),
        moment().prop_map(Restriction::ValidUntil),
        length(0).prop_map(Restriction::Grace),
        moment().prop_map(Restriction::UpdatesUntil),
        moment().prop_map(Restriction::SupportUntil),
        domain_patterns().prop_map(Restriction::Domains),
        Just(Restriction::FewerDomains),
        address_patterns().prop_map(Restriction::Addresses),
        Just(Restriction::FewerAddresses),
        Just(Restriction::NoExemption),
        activation().prop_map(Restriction::Activation),
        code().prop_map(Restriction::NoEntitlement),
        (code(), moment()).prop_map(|(code, until)| Restriction::EntitlementUntil(code, until)),
        (code(), amount()).prop_map(|(code, amount)| Restriction::Limit(code, amount)),
        status_terms().prop_map(Restriction::Status),
        length(0).prop_map(Restriction::Freshness),
        revision().prop_map(Restriction::Revision),
    ]
}

impl Restriction {
    /// `license` with this restriction; as it is where that would not narrow it.
    fn of(&self, license: &License) -> License {
        let mut narrow = license.clone();
        let (starts_at, ends_at) = (license.validity.starts_at(), license.validity.ends_at());
        let grace = license.validity.grace();
        let is_earlier =
            |end: Moment, before: Option<Moment>| before.is_none_or(|before| end < before);
        match self.clone() {
            Self::ValidFrom(start) => {
                if let Ok(window) = Window::new(starts_at.max(Some(start)), ends_at) {
                    narrow.validity = window.with_grace(grace);
                }
            }
            Self::ValidUntil(end) if is_earlier(end, ends_at) => {
                if let Ok(window) = Window::new(starts_at, Some(end)) {
                    narrow.validity = window.with_grace(grace);
                }
            }
            Self::Grace(shorter) => {
                narrow.validity = license.validity.with_grace(grace.min(shorter))
            }
            Self::UpdatesUntil(end) if is_earlier(end, license.updates_end()) => {
                narrow.updates_until = Some(end);
            }
            Self::SupportUntil(end) if is_earlier(end, license.support_end()) => {
                narrow.support_until = Some(end);
            }
            Self::Domains(patterns) => {
                narrow.domains.get_or_insert(patterns);
            }
            Self::FewerDomains => {
                let fewer = license
                    .domains
                    .iter()
                    .flat_map(|patterns| patterns.iter().skip(1));
                narrow.domains = DomainPatterns::new(fewer.cloned()).or(narrow.domains);
            }
            Self::Addresses(patterns) => {
                narrow.addresses.get_or_insert(patterns);
            }
            Self::FewerAddresses => {
                let fewer = license
                    .addresses
                    .iter()
                    .flat_map(|patterns| patterns.iter().skip(1));
                narrow.addresses = AddressPatterns::new(fewer.copied()).or(narrow.addresses);
            }
            Self::NoExemption => narrow.exempt.clear(),
            Self::Activation(terms) => {
                narrow.activation.get_or_insert(terms);
            }
            Self::NoEntitlement(code) => drop(narrow.entitlements.remove(&code)),
            Self::EntitlementUntil(code, end) => {
                if let Some(entitlement) = narrow.entitlements.get_mut(&code) {
                    entitlement.until = Some(entitlement.until.map_or(end, |until| until.min(end)));
                }
            }
            Self::Limit(code, amount) => {
                let least = narrow
                    .limits
                    .get(&code)
                    .map_or(amount, |limit| amount.min(*limit));
                narrow.limits.insert(code, least);
            }
            Self::Status(terms) => {
                narrow.status.get_or_insert(terms);
            }
            Self::Freshness(shorter) => {
                if let Some(terms) = &mut narrow.status {
                    terms.freshness = Some(
                        terms
                            .freshness
                            .map_or(shorter, |length| length.min(shorter)),
                    );
                }
            }
            // An older revision is superseded where the newer was.
            Self::Revision(revision) => narrow.revision = narrow.revision.min(revision),
            Self::ValidUntil(_) | Self::UpdatesUntil(_) | Self::SupportUntil(_) => {}
        }
        narrow
    }
}

const CODES: &[&str] = &["a", "b", "c", "d", "e"];
/// How long a suspect clock is put up with, in seconds: docs/rules.md, section 4.
const BUDGET: u64 = 72 * 60 * 60;

/// The candidates above are what these tests rest on: that they hold what a license states.
#[test]
fn moments_that_a_document_states_are_candidates() {
    let mut license = License::new("l".parse().unwrap(), "a/b".parse().unwrap(), at(7));
    license
        .entitlements
        .insert("c".parse().unwrap(), Entitlement::until(at(9)));
    let stated = moments_of(&license);
    assert!(
        [at(7), at(9)].iter().all(|moment| stated.contains(moment)),
        "{stated:?}"
    );
}
