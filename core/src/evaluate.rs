//! The rules, in the order they report in: docs/rules.md, section 1.

use crate::bound::{Bound, Place, is_near};
use crate::clock::{ClockReading, Suspicion};
use crate::context::{Context, Purpose, Run};
use crate::decision::{About, Decision};
use crate::denial::{Denial, Fact};
use crate::findings::Findings;
use crate::lease::Lease;
use crate::license::{License, StatusTerms};
use crate::moment::Moment;
use crate::notice::Notice;
use crate::signed::Verified;
use crate::status::{Status, StatusList};
use crate::window::Phase;

impl Verified<License> {
    /// Applies every rule of the license to `run` and reports all that failed.
    ///
    /// Rules are independent: an expired license on the wrong domain yields two denials. A rule
    /// that needs a fact which `run` does not state denies.
    ///
    /// ```
    /// # use countersign::*;
    /// # fn decide(license: &Verified<License>, run: &Run, now: Moment) {
    /// let decision = license.evaluate(run, &Context::at(ClockReading::trusted(now)));
    /// for denial in decision.denials() {
    ///     eprintln!("{}: {denial}", denial.code());
    /// }
    /// # }
    /// ```
    pub fn evaluate(&self, run: &Run, context: &Context<'_>) -> Decision<'_> {
        evaluate(self, run, &Bound::of(self, run), context)
    }
}

/// Applies every rule to what `bound` has looked up in the license.
#[inline]
pub(crate) fn evaluate<'a>(
    license: &'a Verified<License>,
    run: &Run,
    bound: &Bound,
    context: &Context<'_>,
) -> Decision<'a> {
    let now = context.clock.now;
    let mut findings = Findings::at(now);
    let asked = Asked {
        license,
        run,
        bound,
        context,
        now,
        is_own_lease: context.lease.is_some_and(|lease| is_of(lease, license)),
    };
    clock(&context.clock, &mut findings);
    product(&asked, &mut findings);
    terms(&asked, &mut findings);
    status(&asked, &mut findings);
    validity(&asked, &mut findings);
    updates(&asked, &mut findings);
    support(&asked, &mut findings);
    domain(&asked, &mut findings);
    address(&asked, &mut findings);
    seat(&asked, &mut findings);
    entitlements(&asked, &mut findings);
    limits(&asked, &mut findings);
    features(&asked, &mut findings);
    Decision {
        license: About::Borrowed(license),
        now,
        holds_until: findings.hold_until(),
        last_contact_at: context.last_contact_at,
        denials: findings.denials,
        notices: findings.notices,
    }
}

/// All that a rule may look at.
struct Asked<'a> {
    license: &'a Verified<License>,
    run: &'a Run,
    bound: &'a Bound,
    context: &'a Context<'a>,
    now: Moment,
    /// Whether there is a lease, and it is on a seat of this license.
    is_own_lease: bool,
}

impl Asked<'_> {
    fn is_for(&self, purpose: Purpose) -> bool {
        self.run.purpose == purpose
    }
}

#[inline]
pub(crate) fn clock(reading: &ClockReading, findings: &mut Findings) {
    if let Some(suspicion) = reading.suspicion {
        suspect(reading, suspicion, findings);
    }
    if !reading.guarded {
        findings.note(|| Notice::ClockUnguarded);
    }
}

#[cold]
fn suspect(reading: &ClockReading, suspicion: Suspicion, findings: &mut Findings) {
    let behind = suspicion.behind;
    if reading.now >= suspicion.budget_ends_at {
        findings.deny(|| Denial::ClockSetBack { behind });
    } else {
        findings.note(|| Notice::ClockSuspect { behind });
        findings.change_at(suspicion.budget_ends_at);
    }
}

#[inline]
fn product(asked: &Asked<'_>, findings: &mut Findings) {
    if !asked.bound.is_product {
        findings.deny(|| Denial::WrongProduct {
            licensed: asked.license.product.clone(),
        });
    }
}

#[inline]
fn terms(asked: &Asked<'_>, findings: &mut Findings) {
    if asked.is_own_lease || asked.context.highest_revision.is_some() {
        newest_terms(asked, findings);
    }
}

#[inline(never)]
fn newest_terms(asked: &Asked<'_>, findings: &mut Findings) {
    let leased = asked.context.lease.filter(|_| asked.is_own_lease);
    let newest = asked
        .context
        .highest_revision
        .max(leased.map(|lease| lease.revision));
    let revision = asked.license.revision;
    if let Some(newest) = newest.filter(|newest| *newest > revision) {
        findings.deny(|| Denial::LicenseSuperseded { revision, newest });
    }
}

#[inline]
fn status(asked: &Asked<'_>, findings: &mut Findings) {
    match (asked.context.authority, &asked.license.status) {
        (Some(status), _) => known_status(status, asked.now, findings),
        (None, Some(terms)) => status_by_list(asked, terms, findings),
        (None, None) => {}
    }
}

#[inline(never)]
fn status_by_list(asked: &Asked<'_>, terms: &StatusTerms, findings: &mut Findings) {
    let brand = &asked.license.product.brand;
    let list = asked
        .context
        .statuses
        .filter(|list| list.uri == terms.uri && list.brand == *brand);
    if let Some((status, listed_at)) = asked.context.last_status
        && status != Status::Valid
        && list.is_none_or(|list| list.issued_at < listed_at)
    {
        return findings.deny(|| listed(status, terms, listed_at));
    }
    let Some(list) = list else {
        return missing_status(terms, findings);
    };
    let listed_at = list.issued_at;
    let Some(entry) = list.entries.get(terms.index) else {
        if listed_at <= asked.license.issued_at {
            return missing_status(terms, findings);
        }
        return counted_status(
            asked.now,
            terms,
            list,
            Some(unknown_status(terms)),
            findings,
        );
    };
    let denial = match entry {
        Status::Valid => None,
        status => Some(listed(status, terms, listed_at)),
    };
    counted_status(asked.now, terms, list, denial, findings);
}

/// What a list says that is not valid by it.
fn listed(status: Status, terms: &StatusTerms, listed_at: Moment) -> Denial {
    match status {
        Status::Revoked => Denial::Revoked { listed_at },
        Status::Suspended => Denial::Suspended { listed_at },
        Status::Valid | Status::Unknown(_) => unknown_status(terms),
    }
}

/// What the authority says itself, at the moment it is asked.
fn known_status(status: Status, listed_at: Moment, findings: &mut Findings) {
    match status {
        Status::Valid => {}
        Status::Suspended => findings.deny(|| Denial::Suspended { listed_at }),
        // What means nothing here is at least not valid.
        Status::Revoked | Status::Unknown(_) => findings.deny(|| Denial::Revoked { listed_at }),
    }
}

/// What a list that counts says, beside how old it is.
#[inline]
fn counted_status(
    now: Moment,
    terms: &StatusTerms,
    list: &StatusList,
    denial: Option<Denial>,
    findings: &mut Findings,
) {
    if let Some(refresh_at) = list.refresh_at() {
        findings.change_at(refresh_at);
        if now >= refresh_at {
            findings.note(|| Notice::StatusRefreshDue { since: refresh_at });
        }
    }
    let stands_alone = matches!(
        denial,
        Some(Denial::Revoked { .. } | Denial::Suspended { .. })
    );
    if let Some(denial) = denial {
        findings.deny(|| denial);
    }
    if let (Some(freshness), false) = (terms.freshness, stands_alone) {
        let aged_at = list.issued_at.saturating_add(freshness);
        let stale_at = list.ends_at.map_or(aged_at, |ends_at| ends_at.min(aged_at));
        findings.change_at(stale_at);
        if now >= stale_at {
            findings.deny(|| Denial::StatusStale {
                since: stale_at,
                uri: terms.uri.clone(),
            });
        }
    }
}

fn missing_status(terms: &StatusTerms, findings: &mut Findings) {
    if terms.freshness.is_some() {
        findings.deny(|| unknown_status(terms));
    }
}

fn unknown_status(terms: &StatusTerms) -> Denial {
    Denial::StatusUnknown {
        uri: terms.uri.clone(),
    }
}

#[inline]
fn validity(asked: &Asked<'_>, findings: &mut Findings) {
    if !asked.is_for(Purpose::Run) {
        return;
    }
    if asked.license.validity.is_open_at(asked.now) {
        expires_soon(asked, findings);
    } else {
        outside_validity(asked, findings);
    }
}

#[cold]
fn outside_validity(asked: &Asked<'_>, findings: &mut Findings) {
    match asked.license.validity.phase(asked.now) {
        Phase::Within { .. } => {}
        Phase::Before { starts_at } => {
            findings.change_at(starts_at);
            findings.deny(|| Denial::NotYetValid { starts_at });
            expires_soon(asked, findings);
        }
        Phase::Grace { ended_at, until } => {
            findings.change_at(until);
            findings.note(|| Notice::InGracePeriod { ended_at, until });
        }
        Phase::After { ended_at } => findings.deny(|| Denial::Expired { ended_at }),
    }
}

#[inline]
fn expires_soon(asked: &Asked<'_>, findings: &mut Findings) {
    if let Some(ends_at) = asked.license.validity.ends_at() {
        findings.change_at(ends_at);
        findings.note_end(ends_at, asked.context.notice_before, |ends_at, within| {
            Notice::ExpiresSoon { ends_at, within }
        });
    }
}

#[inline]
fn updates(asked: &Asked<'_>, findings: &mut Findings) {
    match (asked.run.purpose, asked.run.released_at) {
        (Purpose::Support, _) | (Purpose::Run, None) => {}
        (Purpose::Update, _) | (Purpose::Run, Some(_)) => update(asked, findings),
    }
}

#[inline(never)]
fn update(asked: &Asked<'_>, findings: &mut Findings) {
    let Some(updates_until) = asked.license.updates_end() else {
        return;
    };
    let Some(released_at) = asked.run.released_at else {
        return findings.deny(|| Denial::NotStated {
            fact: Fact::ReleasedAt,
        });
    };
    if released_at >= updates_until {
        findings.deny(|| Denial::UpdateNotCovered {
            updates_until,
            released_at,
        });
    } else if asked.now < updates_until {
        findings.note_end(
            updates_until,
            asked.context.notice_before,
            |ends_at, within| Notice::UpdatesEndSoon { ends_at, within },
        );
    }
}

#[inline]
fn support(asked: &Asked<'_>, findings: &mut Findings) {
    if asked.is_for(Purpose::Support) {
        support_end(asked, findings);
    }
}

#[inline(never)]
fn support_end(asked: &Asked<'_>, findings: &mut Findings) {
    match asked.license.support_end() {
        None => {}
        Some(ended_at) if asked.now >= ended_at => {
            findings.deny(|| Denial::SupportEnded { ended_at })
        }
        Some(ends_at) => {
            findings.change_at(ends_at);
            findings.note_end(ends_at, asked.context.notice_before, |ends_at, within| {
                Notice::SupportEndsSoon { ends_at, within }
            });
        }
    }
}

#[inline]
fn domain(asked: &Asked<'_>, findings: &mut Findings) {
    if asked.is_for(Purpose::Run) && !matches!(asked.bound.domain, Place::Licensed) {
        other_domain(asked, findings);
    }
}

#[cold]
fn other_domain(asked: &Asked<'_>, findings: &mut Findings) {
    match (asked.bound.domain, &asked.run.domain) {
        (Place::Licensed, _) => {}
        (Place::Elsewhere, Some(domain)) => {
            findings.deny(|| Denial::DomainNotLicensed {
                domain: domain.clone(),
            });
        }
        (Place::NotStated, _) if asked.context.authority.is_some() => {}
        (Place::Elsewhere, None) | (Place::NotStated, _) => {
            findings.deny(|| Denial::NotStated { fact: Fact::Domain });
        }
    }
}

#[inline]
fn address(asked: &Asked<'_>, findings: &mut Findings) {
    if asked.is_for(Purpose::Run) && !matches!(asked.bound.address, Place::Licensed) {
        other_address(asked, findings);
    }
}

#[cold]
fn other_address(asked: &Asked<'_>, findings: &mut Findings) {
    match (asked.bound.address, asked.run.address) {
        (Place::Licensed, _) => {}
        (Place::Elsewhere, Some(address)) => {
            findings.deny(|| Denial::AddressNotLicensed {
                address: address.to_canonical(),
            });
        }
        (Place::NotStated, _) if asked.context.authority.is_some() => {}
        (Place::Elsewhere, None) | (Place::NotStated, _) => {
            findings.deny(|| Denial::NotStated {
                fact: Fact::Address,
            });
        }
    }
}

#[inline]
fn seat(asked: &Asked<'_>, findings: &mut Findings) {
    if asked.is_for(Purpose::Run)
        && asked.license.activation.is_some()
        && !asked.bound.takes_no_seat
        && asked.context.authority.is_none()
    {
        held_seat(asked, findings);
    }
}

#[inline(never)]
fn held_seat(asked: &Asked<'_>, findings: &mut Findings) {
    let Some(instance) = &asked.run.instance else {
        return findings.deny(|| Denial::NotStated {
            fact: Fact::Instance,
        });
    };
    let Some(lease) = asked.context.lease else {
        return findings.deny(|| Denial::NotActivated);
    };
    let is_mine = lease.instance == *instance;
    if !is_mine {
        findings.deny(|| Denial::LeaseOfAnotherInstance {
            instance: lease.instance.clone(),
        });
    }
    let is_ours = asked.is_own_lease;
    if !is_ours {
        findings.deny(|| Denial::LeaseOfAnotherLicense {
            license: lease.license_id.clone(),
            product: lease.product.clone(),
        });
    }
    let ends_at = lease.ends_at;
    if asked.now >= ends_at {
        return findings.deny(|| Denial::LeaseEnded { ended_at: ends_at });
    }
    findings.change_at(ends_at);
    if is_mine && is_ours {
        if asked.now >= lease.renew_at || asked.context.clock.suspicion.is_some() {
            findings.note(|| Notice::LeaseRenewalDue { ends_at });
        } else {
            findings.change_at(lease.renew_at);
        }
    }
}

#[inline]
fn entitlements(asked: &Asked<'_>, findings: &mut Findings) {
    if asked.is_for(Purpose::Run) && asked.now >= asked.bound.required_until {
        missing_entitlements(asked, findings);
    }
}

#[cold]
fn missing_entitlements(asked: &Asked<'_>, findings: &mut Findings) {
    for code in &asked.run.requires {
        let entitlement = code.clone();
        match asked
            .license
            .entitlements
            .get(code)
            .map(|entitlement| entitlement.until)
        {
            None => findings.deny(|| Denial::EntitlementMissing { entitlement }),
            Some(Some(ended_at)) if asked.now >= ended_at => {
                findings.deny(|| Denial::EntitlementExpired {
                    entitlement,
                    ended_at,
                });
            }
            Some(_) => {}
        }
    }
}

#[inline]
fn limits(asked: &Asked<'_>, findings: &mut Findings) {
    if asked.is_for(Purpose::Run) && asked.bound.any_limit_near {
        near_limits(asked, findings);
    }
}

#[inline(never)]
fn near_limits(asked: &Asked<'_>, findings: &mut Findings) {
    for (code, &count) in &asked.run.counts {
        let Some(&allowed) = asked.license.limits.get(code) else {
            continue;
        };
        let limit = code.clone();
        if count > allowed {
            findings.deny(|| Denial::LimitExceeded {
                limit,
                allowed,
                count,
            });
        } else if is_near(count.get(), allowed.get()) {
            findings.note(|| Notice::LimitNear {
                limit,
                allowed,
                count,
            });
        }
    }
}

/// No rule of its own: `Decision::entitled` changes where an entitlement ends.
#[inline]
fn features(asked: &Asked<'_>, findings: &mut Findings) {
    match asked.license.index().first_entitlement_end {
        None => {}
        Some(first) if first > asked.now => findings.change_at(first),
        Some(_) => further_ends(asked.license, findings),
    }
}

#[inline(never)]
fn further_ends(license: &License, findings: &mut Findings) {
    for entitlement in license.entitlements.values() {
        if let Some(until) = entitlement.until {
            findings.change_at(until);
        }
    }
}

/// Whether a lease is on a seat of this license.
#[inline(never)]
fn is_of(lease: &Lease, license: &License) -> bool {
    lease.license_id == license.id && lease.product == license.product
}
