use std::net::IpAddr;

use crate::address;
use crate::code::Code;
use crate::context::Run;
use crate::license::{Exemption, License};
use crate::moment::Moment;
use crate::site::Domain;

/// What of a run depends on the license alone, and neither on time nor on what the host holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound {
    pub(crate) is_product: bool,
    pub(crate) domain: Place,
    pub(crate) address: Place,
    pub(crate) takes_no_seat: bool,
    /// The first end of any entitlement required, which is the first moment of all where the license
    /// lacks one.
    pub(crate) required_until: Moment,
    pub(crate) any_limit_near: bool,
}

impl Bound {
    pub(crate) fn of(license: &License, run: &Run) -> Self {
        let domain = match (&license.domains, &run.domain) {
            (None, _) => Place::Licensed,
            (Some(_), None) => Place::NotStated,
            (Some(patterns), Some(domain)) => {
                Place::of(patterns.matches(domain) || is_exempt_domain(license, domain))
            }
        };
        let address = match (&license.addresses, run.address) {
            (None, _) => Place::Licensed,
            (Some(_), None) => Place::NotStated,
            (Some(patterns), Some(ip)) => {
                Place::of(patterns.matches(ip) || is_exempt_address(license, ip))
            }
        };
        Self {
            is_product: run.product == license.product,
            domain,
            address,
            takes_no_seat: !license.exempt.is_empty() && takes_no_seat(license, run),
            required_until: match (run.requires.first(), run.requires.len()) {
                (None, _) => Moment::MAX,
                // As most do. To begin walking a set takes longer than the look-up.
                (Some(code), 1) => end_of(license, code),
                (Some(_), _) => first_end(license, run),
            },
            any_limit_near: !run.counts.is_empty() && any_limit_near(license, run),
        }
    }
}

#[cold]
fn is_exempt_domain(license: &License, domain: &Domain) -> bool {
    domain.is_development() && license.exempt.contains(&Exemption::Development)
}

#[cold]
fn is_exempt_address(license: &License, address: IpAddr) -> bool {
    address::is_development_address(address) && license.exempt.contains(&Exemption::Development)
}

#[cold]
fn takes_no_seat(license: &License, run: &Run) -> bool {
    let instance = run.instance.as_ref();
    instance.is_some_and(|instance| license.takes_no_seat(instance))
}

/// When an entitlement ends: at the last moment if it has no end, at the first if the license lacks it.
fn end_of(license: &License, code: &Code) -> Moment {
    let entitlement = license.entitlements.get(code);
    entitlement.map_or(Moment::MIN, |entitlement| {
        entitlement.until.unwrap_or(Moment::MAX)
    })
}

#[inline(never)]
fn first_end(license: &License, run: &Run) -> Moment {
    let ends = run.requires.iter().map(|code| end_of(license, code));
    ends.min().unwrap_or(Moment::MAX)
}

#[inline(never)]
fn any_limit_near(license: &License, run: &Run) -> bool {
    run.counts.iter().any(|(code, count)| {
        let allowed = license.limits.get(code);
        allowed.is_some_and(|allowed| is_near(count.get(), allowed.get()))
    })
}

/// Whether a run is at a place that the license covers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Licensed,
    Elsewhere,
    NotStated,
}

impl Place {
    fn of(matches: bool) -> Self {
        if matches {
            Self::Licensed
        } else {
            Self::Elsewhere
        }
    }
}

/// Whether a count has reached 90 % of what is allowed.
pub(crate) fn is_near(count: u64, allowed: u64) -> bool {
    // Both are amounts of at most 2^53 - 1: ten times that fits.
    count > 0 && count.saturating_mul(10) >= allowed.saturating_mul(9)
}
