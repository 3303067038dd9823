use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::address::AddressPatterns;
use crate::code::{Amount, Code, LicenseId, Product, Revision};
use crate::fault::{Fault, Flaw};
use crate::instance::Instance;
use crate::json::{AsWritten, Names, Reader};
use crate::moment::Moment;
use crate::must::{Must, read_version};
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
        let start = reader.clone();
        let mut draft = Draft::new();
        if !matches!(draft.read_as_written(reader), Ok(true)) {
            *reader = start;
            draft = Draft::new();
            draft.read_in_any_order(reader)?;
        }
        index.first_entitlement_end = draft.first_entitlement_end;
        draft.complete()?;
        Ok(draft.license)
    }

    fn subject(&self) -> Subject<'_> {
        Subject {
            brand: &self.product.brand,
            product: Some(&self.product.code),
            issued_at: self.issued_at,
        }
    }
}

/// A license whose claims are being read, each to where it stays, before what no single one of them can
/// show.
struct Draft {
    license: License,
    first_entitlement_end: Option<Moment>,
    required: Required,
    valid_from: Option<Moment>,
    valid_until: Option<Moment>,
    grace: Option<Duration>,
    freshness: Option<Duration>,
    must: Must,
}

/// Which of the claims that a license must have were read: a bit each.
#[derive(Default)]
struct Required(u8);

impl Required {
    /// The first is looked for before anything else.
    const NAMES: [&str; 6] = ["ver", "jti", "iss", "aud", "rev", "iat"];

    /// Notes that the claim of that number was read.
    fn note(&mut self, number: u8) {
        self.0 |= 1 << number;
    }

    /// Refuses a license that lacks one of the first so many.
    fn check(&self, most: usize) -> Result<(), Fault> {
        let first = self.0.trailing_ones() as usize;
        match Self::NAMES.get(first) {
            Some(name) if first < most => Err(Fault::new(Flaw::Missing).within(name)),
            _ => Ok(()),
        }
    }
}

/// Reads a claim that stands in a license, into a draft of it.
type ReadClaim = fn(&mut Draft, &mut Reader<'_>) -> Result<(), Fault>;

/// Declares what reads each claim, in the order of their names. A license must have those with a number,
/// which is their place in [`Required::NAMES`].
macro_rules! claims {
    ($($name:literal $(($required:literal))? => $read:expr,)*) => {
        impl Draft {
            /// Reads the claims as this crate writes them, if they are so: in the order of their names.
            /// Nearly all are, and what each is called need not be found out then. Any other outcome, a
            /// fault as well, means that they are to be read in any order.
            fn read_as_written(&mut self, reader: &mut Reader<'_>) -> Result<bool, Fault> {
                let mut claims = AsWritten::of(reader);
                $(
                    if claims.comes(concat!("\"", $name, "\":")) {
                        let read: ReadClaim = $read;
                        read(self, claims.reader)?;
                        $(self.required.note($required);)?
                    }
                )*
                Ok(claims.end())
            }

            fn read_claim(&mut self, reader: &mut Reader<'_>, name: &str) -> Result<(), Fault> {
                let read: ReadClaim = match name {
                    $($name => {
                        $(self.required.note($required);)?
                        $read
                    })*
                    "exp" | "nbf" => return Err(Fault::new(Flaw::JwtWindow)),
                    _ => return self.must.read_other(reader, name),
                };
                read(self, reader)
            }
        }
    };
}

claims! {
    "activation" => |draft, reader| read_activation(reader, &mut draft.license.activation),
    "addresses" => |draft, reader| read_addresses(reader, &mut draft.license.addresses),
    "aud" (3) => |draft, reader| reader.parsed_to(&mut draft.license.product.code),
    "domains" => |draft, reader| read_domains(reader, &mut draft.license.domains),
    "edition" => |draft, reader| reader.string_into(&mut draft.license.edition),
    "entitlements" => Draft::read_entitlements,
    "exempt" => |draft, reader| read_exempt(reader, &mut draft.license.exempt),
    "freshness" => |draft, reader| reader.length_into(&mut draft.freshness),
    "grace" => |draft, reader| reader.length_into(&mut draft.grace),
    "iat" (5) => |draft, reader| reader.moment_to(&mut draft.license.issued_at),
    "iss" (2) => |draft, reader| reader.parsed_to(&mut draft.license.product.brand),
    "jti" (1) => |draft, reader| reader.parsed_to(&mut draft.license.id),
    "limits" => |draft, reader| read_limits(reader, &mut draft.license.limits),
    "meta" => |draft, reader| read_meta(reader, &mut draft.license.meta),
    "rev" (4) => |draft, reader| reader.number_to(&mut draft.license.revision),
    "seats" => |draft, reader| read_seats(reader, &mut draft.license.seats),
    "status" => |draft, reader| read_status(reader, &mut draft.license.status),
    "sub" => |draft, reader| reader.string_into(&mut draft.license.customer),
    "support_until" => |draft, reader| reader.moment_into(&mut draft.license.support_until),
    "type" => |draft, reader| reader.string_into(&mut draft.license.label),
    "updates_until" => |draft, reader| reader.moment_into(&mut draft.license.updates_until),
    "valid_from" => |draft, reader| reader.moment_into(&mut draft.valid_from),
    "valid_until" => |draft, reader| reader.moment_into(&mut draft.valid_until),
    "ver" (0) => |_, reader| read_version(reader),
}

impl Draft {
    fn new() -> Self {
        let product = Product {
            brand: Code::unread(),
            code: Code::unread(),
        };
        Self {
            license: License::new(LicenseId::unread(), product, Moment::MIN),
            first_entitlement_end: None,
            required: Required::default(),
            valid_from: None,
            valid_until: None,
            grace: None,
            freshness: None,
            must: Must::default(),
        }
    }

    #[inline(never)]
    fn read_in_any_order(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        let mut claims = Names::of(reader);
        reader.claims(&mut claims, |reader, name| self.read_claim(reader, name))?;
        self.must.check(&claims)
    }

    #[inline(never)]
    fn read_entitlements(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        let first = &mut self.first_entitlement_end;
        let entitlements = &mut self.license.entitlements;
        read_map(reader, entitlements, |reader, entitlement| {
            entitlement.read_into(reader)?;
            let until = entitlement.until;
            if until.is_some_and(|until| first.is_none_or(|first| until < first)) {
                *first = until;
            }
            Ok(())
        })
    }

    /// Refuses what no single claim shows, and adds what several say together. In place: a license is 500
    /// bytes.
    fn complete(&mut self) -> Result<(), Fault> {
        let license = &mut self.license;
        self.required.check(1)?;
        let validity = Window::new(self.valid_from, self.valid_until)
            .map_err(|_| Fault::new(Flaw::EmptyWindow).within("valid_until"))?;
        if self.grace.is_some() && self.valid_until.is_none() {
            return Err(Fault::new(Flaw::GraceWithoutEnd).within("grace"));
        }
        match (&mut license.status, self.freshness) {
            (None, Some(_)) => {
                return Err(Fault::new(Flaw::FreshnessWithoutStatus).within("freshness"));
            }
            (Some(status), freshness) => status.freshness = freshness,
            (None, None) => {}
        }
        self.required.check(Required::NAMES.len())?;
        license.validity = validity.with_grace(self.grace.unwrap_or_default());
        Ok(())
    }
}

#[inline(never)]
fn read_domains(
    reader: &mut Reader<'_>,
    domains: &mut Option<DomainPatterns>,
) -> Result<(), Fault> {
    let patterns = reader.parsed_list()?;
    *domains = DomainPatterns::new(patterns);
    Ok(())
}

#[inline(never)]
fn read_addresses(
    reader: &mut Reader<'_>,
    addresses: &mut Option<AddressPatterns>,
) -> Result<(), Fault> {
    let patterns = reader.parsed_list()?;
    *addresses = AddressPatterns::new(patterns);
    Ok(())
}

#[inline(never)]
fn read_exempt(reader: &mut Reader<'_>, exempt: &mut BTreeSet<Exemption>) -> Result<(), Fault> {
    *exempt = reader.list(Exemption::read)?.into_iter().collect();
    Ok(())
}

#[inline(never)]
fn read_seats(reader: &mut Reader<'_>, seats: &mut SeatRule) -> Result<(), Fault> {
    *seats = SeatRule::read(reader)?;
    Ok(())
}

#[inline(never)]
fn read_activation(
    reader: &mut Reader<'_>,
    activation: &mut Option<ActivationTerms>,
) -> Result<(), Fault> {
    *activation = Some(ActivationTerms::read(reader)?);
    Ok(())
}

#[inline(never)]
fn read_status(reader: &mut Reader<'_>, status: &mut Option<StatusTerms>) -> Result<(), Fault> {
    *status = Some(StatusTerms::read(reader)?);
    Ok(())
}

#[inline(never)]
fn read_limits(reader: &mut Reader<'_>, limits: &mut BTreeMap<Code, Amount>) -> Result<(), Fault> {
    read_map(reader, limits, Reader::number_to)
}

/// Reads an object whose members are named by codes into `map`; `value` reads each to its place there.
fn read_map<'a, T: Default>(
    reader: &mut Reader<'a>,
    map: &mut BTreeMap<Code, T>,
    mut value: impl FnMut(&mut Reader<'a>, &mut T) -> Result<(), Fault>,
) -> Result<(), Fault> {
    reader.object(|reader, name| {
        let code = name
            .parse()
            .map_err(|error| Fault::because(Flaw::Text, error))?;
        value(reader, map.entry(code).or_default())
    })
}

#[inline(never)]
fn read_meta(reader: &mut Reader<'_>, meta: &mut BTreeMap<String, String>) -> Result<(), Fault> {
    let mut size = 0;
    reader.object(|reader, name| {
        let value = reader.string()?;
        size += name.len() + value.len();
        meta.insert(name.to_owned(), value.into_owned());
        Ok(())
    })?;
    if size > MAX_META_SIZE {
        Err(Fault::new(Flaw::MetaTooLong))
    } else {
        Ok(())
    }
}

/// How long a lease lasts where a license does not say.
const DEFAULT_LEASE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// The longest `meta`, in bytes of names and values.
const MAX_META_SIZE: usize = 4096;
