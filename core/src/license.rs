mod draft;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::address::AddressPatterns;
use crate::code::{Amount, Code, LicenseId, Product, Revision};
use crate::fault::{Fault, Flaw};
use crate::instance::Instance;
use crate::json::Reader;
use crate::moment::Moment;
use crate::seat::SeatRule;
use crate::signed::{Kind, Subject, sealed};
use crate::site::DomainPatterns;
use crate::status::read_uri;
use crate::window::Window;

/// What a customer bought: the terms the authority signed.
///
/// Every restriction is absent unless stated: no `domains` means any domain; updates and support
/// without an end of their own last as long as the license.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct License {
    /// The authority's identifier, unique for ever. Not the license key that the customer types.
    pub id: LicenseId,
    /// The product it is for: brand and code.
    pub product: Product,
    /// The customer, as the operator names them.
    pub customer: Option<String>,
    /// Which edit of the terms this is; the host keeps the highest it has seen.
    pub revision: Revision,
    /// When the authority signed these terms.
    pub issued_at: Moment,
    /// When the product may run.
    pub validity: Window,
    /// Releases published before it may be installed.
    pub updates_until: Option<Moment>,
    /// When the brand's support ends.
    pub support_until: Option<Moment>,
    /// A label: `perpetual`, `subscription`, `trial`, `lifetime`, or the vendor's own.
    pub label: Option<String>,
    /// A label: `community`, `commercial`, `cloud`, or the vendor's own.
    pub edition: Option<String>,
    /// Domains it may serve; `None` for any.
    pub domains: Option<DomainPatterns>,
    /// Addresses it may run at; `None` for any.
    pub addresses: Option<AddressPatterns>,
    /// Where the rules are waived.
    pub exempt: BTreeSet<Exemption>,
    /// How many instances may run at once, and what happens when one more asks.
    pub seats: SeatRule,
    /// Whether an instance must hold a seat to run, and how long it may prove that offline.
    pub activation: Option<ActivationTerms>,
    /// The features it unlocks, each with an end or a value of its own where it has one.
    pub entitlements: BTreeMap<Code, Entitlement>,
    /// Named allowances, such as `services` or `requests_per_day`; absent for no limit.
    pub limits: BTreeMap<Code, Amount>,
    /// Where the authority states whether it honors the license; `None` if it never takes it back.
    pub status: Option<StatusTerms>,
    /// The vendor's own, at most 4,096 bytes of names and values.
    pub meta: BTreeMap<String, String>,
}

impl License {
    /// Terms that allow `product` for ever, with no restriction. Narrow them by setting fields,
    /// then sign.
    pub fn new(id: LicenseId, product: Product, issued_at: Moment) -> Self {
        Self {
            id,
            product,
            customer: None,
            revision: Revision::FIRST,
            issued_at,
            validity: Window::ALWAYS,
            updates_until: None,
            support_until: None,
            label: None,
            edition: None,
            domains: None,
            addresses: None,
            exempt: BTreeSet::new(),
            seats: SeatRule::default(),
            activation: None,
            entitlements: BTreeMap::new(),
            limits: BTreeMap::new(),
            status: None,
            meta: BTreeMap::new(),
        }
    }

    /// When updates end: the stated end, else that of the validity without its grace period.
    pub fn updates_end(&self) -> Option<Moment> {
        self.updates_until.or(self.validity.ends_at())
    }

    /// When support ends: the stated end, else that of the validity without its grace period.
    pub fn support_end(&self) -> Option<Moment> {
        self.support_until.or(self.validity.ends_at())
    }

    /// Whether an instance runs without a seat: one of development, where the license exempts those.
    pub fn takes_no_seat(&self, instance: &Instance) -> bool {
        self.exempt.contains(&Exemption::Development) && instance.is_development()
    }
}

/// What a license exempts from its own rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[non_exhaustive]
pub enum Exemption {
    /// Domains and addresses that only developers reach: rules.md, section 3.
    Development,
}

impl Exemption {
    /// The exemption as a license states it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Development => "development",
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        match &*reader.string()? {
            "development" => Ok(Self::Development),
            _ => Err(Fault::new(Flaw::UnknownValue)),
        }
    }
}

/// That an instance must hold a seat to run, and how long it may prove that offline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActivationTerms {
    lease: Duration,
    renew: Option<Duration>,
}

impl ActivationTerms {
    /// Leases of that length, in whole seconds and at least one, to be renewed half-way.
    pub fn new(lease: Duration) -> Self {
        Self {
            lease: lease.max(Duration::from_secs(1)),
            renew: None,
        }
    }

    /// The same, to be renewed after that time, at most the length of the lease.
    #[must_use]
    pub fn renewed_after(self, renew: Duration) -> Self {
        Self {
            renew: Some(renew.min(self.lease)),
            ..self
        }
    }

    /// How long a lease lasts.
    pub fn lease(&self) -> Duration {
        self.lease
    }

    /// How long after its start a lease should be renewed.
    pub fn renew(&self) -> Duration {
        self.renew
            .unwrap_or(Duration::from_secs(self.lease.as_secs() / 2))
    }

    /// When a lease should be renewed, where that is stated and not just half-way.
    #[cfg(feature = "issue")]
    pub(crate) fn stated_renew(&self) -> Option<Duration> {
        self.renew
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let (mut lease, mut renew) = (DEFAULT_LEASE, None);
        reader.object(|reader, name| {
            match name {
                "lease" => lease = reader.length(1)?,
                "renew" => renew = Some(reader.length(0)?),
                _ => return Err(Fault::new(Flaw::UnknownMember)),
            }
            Ok(())
        })?;
        if renew.is_some_and(|renew| renew > lease) {
            return Err(Fault::new(Flaw::RenewAfterEnd).within("renew"));
        }
        Ok(Self { lease, renew })
    }
}

impl Default for ActivationTerms {
    /// Leases of seven days, to be renewed half-way.
    fn default() -> Self {
        Self::new(DEFAULT_LEASE)
    }
}

/// The right to one feature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entitlement {
    /// The first moment it no longer counts; `None` if it lasts as long as the license.
    pub until: Option<Moment>,
    /// A value of the vendor's own that goes with it.
    pub value: Option<String>,
}

impl Entitlement {
    /// A right that ends by itself.
    pub fn until(moment: Moment) -> Self {
        Self {
            until: Some(moment),
            value: None,
        }
    }

    /// Whether it has not ended at `moment`.
    pub fn lasts_at(&self, moment: Moment) -> bool {
        self.until.is_none_or(|until| moment < until)
    }

    fn read_into(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        reader.object(|reader, name| match name {
            "until" => reader.moment_into(&mut self.until),
            "value" => reader.string_into(&mut self.value),
            _ => Err(Fault::new(Flaw::UnknownMember)),
        })
    }
}

/// Where the authority states whether it honors a license.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatusTerms {
    /// The license's entry in the list.
    pub index: u64,
    /// The address of the list, which names it.
    pub uri: String,
    /// The list may be at most this old; `None` if a missing list does not deny.
    pub freshness: Option<Duration>,
}

impl StatusTerms {
    /// The entry `index` of the list at `uri`, which may be missing.
    pub fn new(index: u64, uri: String) -> Self {
        Self {
            index,
            uri,
            freshness: None,
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let mut reference = None;
        reader.object(|reader, name| {
            match name {
                "status_list" => reference = Some(Self::read_reference(reader)?),
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        reference.ok_or_else(|| Fault::new(Flaw::Missing).within("status_list"))
    }

    fn read_reference(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let (mut index, mut uri) = (None, None);
        reader.object(|reader, name| {
            match name {
                "idx" => index = Some(reader.number::<Amount>()?.get()),
                "uri" => uri = Some(read_uri(reader)?),
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        let missing = |name| Fault::new(Flaw::Missing).within(name);
        let index = index.ok_or_else(|| missing("idx"))?;
        Ok(Self::new(index, uri.ok_or_else(|| missing("uri"))?))
    }
}

/// What is looked up in a license once, when it is verified.
#[derive(Debug, Default)]
pub struct LicenseIndex {
    /// The first end of any entitlement.
    pub(crate) first_entitlement_end: Option<Moment>,
}

impl sealed::Sealed for License {
    const KIND: Kind = Kind::License;
    type Index = LicenseIndex;

    fn read(reader: &mut Reader<'_>, index: &mut LicenseIndex) -> Result<Self, Fault> {
        draft::read(reader, index)
    }

    fn subject(&self) -> Subject<'_> {
        Subject {
            brand: &self.product.brand,
            product: Some(&self.product.code),
            issued_at: self.issued_at,
        }
    }
}

/// How long a lease lasts where a license does not say.
const DEFAULT_LEASE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
