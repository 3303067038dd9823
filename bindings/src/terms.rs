use std::collections::HashMap;
use std::time::Duration;

use countersign::{Amount, Code, Exemption, Hold, Instance, LicenseError, Moment, OnFull, Product};

use crate::license::License;

#[uniffi::export]
impl License {
    /// The product it is for: brand and code.
    pub fn product(&self) -> Product {
        self.0.product.clone()
    }

    /// The customer, as the operator names them.
    pub fn customer(&self) -> Option<String> {
        self.0.customer.clone()
    }

    /// A label: `perpetual`, `subscription`, `trial`, `lifetime`, or the vendor's own.
    pub fn label(&self) -> Option<String> {
        self.0.label.clone()
    }

    /// A label: `community`, `commercial`, `cloud`, or the vendor's own.
    pub fn edition(&self) -> Option<String> {
        self.0.edition.clone()
    }

    /// When the product may run.
    pub fn validity(&self) -> Window {
        self.0.validity.into()
    }

    /// Releases published before it may be installed; absent where the license does not say.
    pub fn updates_until(&self) -> Option<Moment> {
        self.0.updates_until
    }

    /// When the brand's support ends; absent where the license does not say.
    pub fn support_until(&self) -> Option<Moment> {
        self.0.support_until
    }

    /// When updates end: the stated end, else that of the validity without its grace period.
    pub fn updates_end(&self) -> Option<Moment> {
        self.0.updates_end()
    }

    /// When support ends: the stated end, else that of the validity without its grace period.
    pub fn support_end(&self) -> Option<Moment> {
        self.0.support_end()
    }

    /// Patterns of the domains it may serve; absent for any.
    pub fn domains(&self) -> Option<Vec<String>> {
        let patterns = self.0.domains.as_ref()?;
        Some(patterns.iter().map(ToString::to_string).collect())
    }

    /// Patterns of the addresses it may run at; absent for any.
    pub fn addresses(&self) -> Option<Vec<String>> {
        let patterns = self.0.addresses.as_ref()?;
        Some(patterns.iter().map(ToString::to_string).collect())
    }

    /// Where the rules are waived.
    pub fn exempt(&self) -> Vec<Exemption> {
        self.0.exempt.iter().copied().collect()
    }

    /// How many instances may run at once, and what happens when one more asks.
    pub fn seats(&self) -> SeatRule {
        self.0.seats.into()
    }

    /// That an instance must hold a seat to run, and how long it may prove that offline; absent where
    /// it needs none.
    pub fn activation(&self) -> Option<ActivationTerms> {
        self.0.activation.map(ActivationTerms::from)
    }

    /// The features it unlocks.
    pub fn entitlements(&self) -> HashMap<Code, Entitlement> {
        let entitlements = self.0.entitlements.iter();
        let all = entitlements.map(|(code, right)| (code.clone(), right.clone().into()));
        all.collect()
    }

    /// Named allowances; what is not named has no limit.
    pub fn limits(&self) -> HashMap<Code, Amount> {
        self.0.limits.clone().into_iter().collect()
    }

    /// Where the authority states whether it honors the license; absent if it never takes it back.
    pub fn status(&self) -> Option<StatusTerms> {
        self.0.status.clone().map(StatusTerms::from)
    }

    /// The vendor's own names and values.
    pub fn meta(&self) -> HashMap<String, String> {
        self.0.meta.clone().into_iter().collect()
    }

    /// Whether an instance runs without a seat: one of development, where the license exempts those.
    pub fn takes_no_seat(&self, instance: Instance) -> Result<bool, LicenseError> {
        Ok(self.0.takes_no_seat(&instance))
    }
}

/// A span of time that a right lasts for, from its start up to but excluding its end.
#[derive(Clone, Copy, Debug, uniffi::Record)]
pub struct Window {
    /// When it begins; absent if it has always been open.
    pub starts_at: Option<Moment>,
    /// The first moment after it; absent if it never ends.
    pub ends_at: Option<Moment>,
    /// How long after its end it is still honored; zero if it is not.
    pub grace: Duration,
}

impl From<countersign::Window> for Window {
    fn from(window: countersign::Window) -> Self {
        Self {
            starts_at: window.starts_at(),
            ends_at: window.ends_at(),
            grace: window.grace(),
        }
    }
}

/// How many instances may hold a seat at once, and what happens when one more asks.
#[derive(Clone, Copy, Debug, uniffi::Record)]
pub struct SeatRule {
    /// The most seats held at once; absent for no limit.
    pub limit: Option<i64>,
    /// What to do with a claim when all seats are held.
    pub on_full: OnFull,
    /// How long an instance holds its seat.
    pub hold: Hold,
    /// How many instances may still run on a lease of a seat that they gave up; absent for as many as
    /// there are seats, at least three.
    pub handovers: Option<i64>,
}

impl From<countersign::SeatRule> for SeatRule {
    fn from(rule: countersign::SeatRule) -> Self {
        Self {
            limit: rule.limit.map(|limit| limit.get().into()),
            on_full: rule.on_full,
            hold: rule.hold,
            handovers: rule.handovers.map(i64::from),
        }
    }
}

/// How long an instance may prove offline that it holds a seat.
#[derive(Clone, Copy, Debug, uniffi::Record)]
pub struct ActivationTerms {
    /// How long a lease lasts.
    pub lease: Duration,
    /// How long after its start a lease should be renewed.
    pub renew: Duration,
}

impl From<countersign::ActivationTerms> for ActivationTerms {
    fn from(terms: countersign::ActivationTerms) -> Self {
        Self {
            lease: terms.lease(),
            renew: terms.renew(),
        }
    }
}

/// The right to one feature.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Entitlement {
    /// The first moment it no longer counts; absent if it lasts as long as the license.
    pub until: Option<Moment>,
    /// A value of the vendor's own that goes with it.
    pub value: Option<String>,
}

impl From<countersign::Entitlement> for Entitlement {
    fn from(right: countersign::Entitlement) -> Self {
        Self {
            until: right.until,
            value: right.value,
        }
    }
}

/// Where the authority states whether it honors a license.
#[derive(Clone, Debug, uniffi::Record)]
pub struct StatusTerms {
    /// The license's entry in the list.
    pub index: i64,
    /// The address of the list, which names it.
    pub uri: String,
    /// The list may be at most this old; absent if a missing list does not deny.
    pub freshness: Option<Duration>,
}

impl From<countersign::StatusTerms> for StatusTerms {
    fn from(terms: countersign::StatusTerms) -> Self {
        Self {
            index: terms.index.try_into().unwrap_or(i64::MAX),
            uri: terms.uri,
            freshness: terms.freshness,
        }
    }
}
