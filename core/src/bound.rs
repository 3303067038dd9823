use std::net::IpAddr;

use crate::address;
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
    /// Whether the license has every entitlement required, and the first of their ends.
    pub(crate) has_required: bool,
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
        let mut bound = Self {
            is_product: run.product == license.product,
            domain,
            address,
            takes_no_seat: run
                .instance
                .as_ref()
                .is_some_and(|instance| license.takes_no_seat(instance)),
            has_required: true,
            required_until: Moment::MAX,
            any_limit_near: false,
        };
        for code in &run.requires {
            match license.entitlements.get(code) {
                Some(entitlement) => {
                    let until = entitlement.until.unwrap_or(Moment::MAX);
                    bound.required_until = bound.required_until.min(until);
                }
                None => bound.has_required = false,
            }
        }
        bound.any_limit_near = !run.counts.is_empty() && any_limit_near(license, run);
        bound
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
