use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use crate::code::{Amount, Code, LicenseId, Product, Revision};
use crate::instance::Instance;
use crate::license::License;
use crate::moment::Moment;
use crate::signed::Verified;
use crate::site::Domain;

/// The outcome of [`evaluate`](Verified::evaluate): allowed, unless something denies.
///
/// It borrows the license that it is about, or owns a share of it: see
/// [`into_owned`](Self::into_owned). As JSON it is the report of docs/rules.md.
#[derive(Clone, Debug)]
#[must_use]
pub struct Decision<'a> {
    pub(crate) license: About<'a>,
    pub(crate) now: Moment,
    pub(crate) denials: Vec<Denial>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) holds_until: Option<Moment>,
}

impl Decision<'_> {
    /// Whether nothing denies.
    pub fn is_allowed(&self) -> bool {
        self.denials.is_empty()
    }

    /// Every rule that failed, in the order of the rules.
    pub fn denials(&self) -> &[Denial] {
        &self.denials
    }

    /// What the user should be told although it does not deny, such as an end that is near.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// The first moment at which the passing of time alone changes this decision; `None` if it
    /// never does. Until then there is no need to evaluate the same facts again.
    pub fn holds_until(&self) -> Option<Moment> {
        self.holds_until
    }

    /// Whether a feature may be used: allowed, and the license has the entitlement, and it had not
    /// ended at the moment decided.
    pub fn entitled(&self, code: &str) -> bool {
        let entitlement = self.license.get().entitlements.get(code);
        self.is_allowed() && entitlement.is_some_and(|entitlement| entitlement.lasts_at(self.now))
    }

    /// The report of docs/rules.md: JSON on one line, the same bytes in every language.
    pub fn report(&self) -> String {
        // Every part of a report is a text, a number or a list of such: they always have a JSON.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The same decision, with a share of its license instead of a loan.
    pub fn into_owned(self) -> Decision<'static> {
        Decision {
            license: match self.license {
                About::Borrowed(license) => About::Owned(license.clone()),
                About::Owned(license) => About::Owned(license),
            },
            now: self.now,
            denials: self.denials,
            notices: self.notices,
            holds_until: self.holds_until,
        }
    }

    /// For `?`: the notices if allowed, the denials if not.
    ///
    /// # Errors
    ///
    /// [`Denied`], with every denial.
    pub fn into_result(self) -> Result<Vec<Notice>, Denied> {
        if self.is_allowed() {
            Ok(self.notices)
        } else {
            Err(Denied {
                denials: self.denials,
            })
        }
    }
}

impl Serialize for Decision<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut report = serializer.serialize_struct("Decision", 4)?;
        report.serialize_field("allowed", &self.is_allowed())?;
        report.serialize_field("denials", &self.denials)?;
        report.serialize_field("notices", &self.notices)?;
        report.serialize_field("holds_until", &self.holds_until)?;
        report.end()
    }
}

/// The license that a decision is about.
#[derive(Clone, Debug)]
pub(crate) enum About<'a> {
    Borrowed(&'a Verified<License>),
    Owned(Verified<License>),
}

impl About<'_> {
    fn get(&self) -> &License {
        match self {
            Self::Borrowed(license) => license,
            Self::Owned(license) => license,
        }
    }
}

/// A rule that failed, with the facts it failed on.
///
/// [`code`](Self::code) is stable across versions and languages; the text is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Denial {
    /// The host's clock was set back, and for longer than is put up with.
    ClockSetBack {
        /// How far.
        #[serde(serialize_with = "seconds")]
        behind: Duration,
    },
    /// The license is for another product.
    WrongProduct {
        /// The product it is for.
        licensed: Product,
    },
    /// Newer terms exist.
    LicenseSuperseded {
        /// The revision of these terms.
        revision: Revision,
        /// The highest revision known.
        newest: Revision,
    },
    /// The authority has taken the license back for good.
    Revoked {
        /// When the list that says so was signed.
        listed_at: Moment,
    },
    /// The authority does not honor the license for the time being.
    Suspended {
        /// When the list that says so was signed.
        listed_at: Moment,
    },
    /// It is not known whether the authority honors the license.
    StatusUnknown {
        /// Where the list is fetched from.
        uri: String,
    },
    /// What is known of it is too old.
    StatusStale {
        /// Since when.
        since: Moment,
        /// Where the list is fetched from.
        uri: String,
    },
    /// The validity has not begun.
    NotYetValid {
        /// When it begins.
        starts_at: Moment,
    },
    /// The validity has ended, and its grace period with it.
    Expired {
        /// When the validity ended.
        ended_at: Moment,
    },
    /// The release was published after updates ended.
    UpdateNotCovered {
        /// When updates ended.
        updates_until: Moment,
        /// When the release was published.
        released_at: Moment,
    },
    /// Support has ended.
    SupportEnded {
        /// When.
        ended_at: Moment,
    },
    /// The domain is none of the license's.
    DomainNotLicensed {
        /// The domain of the run.
        domain: Domain,
    },
    /// The address is none of the license's.
    AddressNotLicensed {
        /// The address of the run.
        address: IpAddr,
    },
    /// The instance has no lease on a seat.
    NotActivated,
    /// The lease is on the seat of another instance.
    LeaseOfAnotherInstance {
        /// Whose seat it is.
        instance: Instance,
    },
    /// The lease is on a seat of another license.
    LeaseOfAnotherLicense {
        /// The license that the lease names.
        license: LicenseId,
        /// The product that it names.
        product: Product,
    },
    /// The lease has ended.
    LeaseEnded {
        /// When.
        ended_at: Moment,
    },
    /// The license lacks an entitlement that the run requires.
    EntitlementMissing {
        /// The entitlement.
        entitlement: Code,
    },
    /// An entitlement that the run requires has ended.
    EntitlementExpired {
        /// The entitlement.
        entitlement: Code,
        /// When it ended.
        ended_at: Moment,
    },
    /// More is in use than the license allows.
    LimitExceeded {
        /// The limit.
        limit: Code,
        /// How much is allowed.
        allowed: Amount,
        /// How much is in use.
        count: Amount,
    },
    /// The product did not state what a rule needs.
    NotStated {
        /// What it did not state.
        fact: Fact,
    },
}

impl Denial {
    /// The stable name of the rule that failed, in snake case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ClockSetBack { .. } => "clock_set_back",
            Self::WrongProduct { .. } => "wrong_product",
            Self::LicenseSuperseded { .. } => "license_superseded",
            Self::Revoked { .. } => "revoked",
            Self::Suspended { .. } => "suspended",
            Self::StatusUnknown { .. } => "status_unknown",
            Self::StatusStale { .. } => "status_stale",
            Self::NotYetValid { .. } => "not_yet_valid",
            Self::Expired { .. } => "expired",
            Self::UpdateNotCovered { .. } => "update_not_covered",
            Self::SupportEnded { .. } => "support_ended",
            Self::DomainNotLicensed { .. } => "domain_not_licensed",
            Self::AddressNotLicensed { .. } => "address_not_licensed",
            Self::NotActivated => "not_activated",
            Self::LeaseOfAnotherInstance { .. } => "lease_of_another_instance",
            Self::LeaseOfAnotherLicense { .. } => "lease_of_another_license",
            Self::LeaseEnded { .. } => "lease_ended",
            Self::EntitlementMissing { .. } => "entitlement_missing",
            Self::EntitlementExpired { .. } => "entitlement_expired",
            Self::LimitExceeded { .. } => "limit_exceeded",
            Self::NotStated { .. } => "not_stated",
        }
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClockSetBack { behind } => {
                write!(
                    f,
                    "the clock of this machine was set back by {}",
                    Length(*behind)
                )
            }
            Self::WrongProduct { licensed } => write!(f, "the license is for `{licensed}`"),
            Self::LicenseSuperseded { revision, newest } => write!(
                f,
                "the license was replaced: this is revision {revision}, the newest is {newest}"
            ),
            Self::Revoked { listed_at } => write!(f, "the license is revoked, as of {listed_at}"),
            Self::Suspended { listed_at } => {
                write!(f, "the license is suspended, as of {listed_at}")
            }
            Self::StatusUnknown { uri } => {
                write!(
                    f,
                    "it is not known whether the license is still honored; ask `{uri}`"
                )
            }
            Self::StatusStale { since, uri } => {
                write!(
                    f,
                    "the list of revoked licenses is out of date since {since}; ask `{uri}`"
                )
            }
            Self::NotYetValid { starts_at } => write!(f, "the license begins at {starts_at}"),
            Self::Expired { ended_at } => write!(f, "the license ended at {ended_at}"),
            Self::UpdateNotCovered {
                updates_until,
                released_at,
            } => write!(
                f,
                "the release of {released_at} is not covered: updates ended at {updates_until}"
            ),
            Self::SupportEnded { ended_at } => write!(f, "support ended at {ended_at}"),
            Self::DomainNotLicensed { domain } => {
                write!(f, "the license does not cover the domain `{domain}`")
            }
            Self::AddressNotLicensed { address } => {
                write!(f, "the license does not cover the address `{address}`")
            }
            Self::NotActivated => f.write_str("this instance is not activated"),
            Self::LeaseOfAnotherInstance { instance } => {
                write!(f, "the lease is for another instance, the {instance}")
            }
            Self::LeaseOfAnotherLicense { license, product } => {
                write!(
                    f,
                    "the lease is for another license, `{license}` of `{product}`"
                )
            }
            Self::LeaseEnded { ended_at } => write!(f, "the lease ended at {ended_at}"),
            Self::EntitlementMissing { entitlement } => {
                write!(f, "the license does not include `{entitlement}`")
            }
            Self::EntitlementExpired {
                entitlement,
                ended_at,
            } => {
                write!(f, "`{entitlement}` ended at {ended_at}")
            }
            Self::LimitExceeded {
                limit,
                allowed,
                count,
            } => {
                write!(f, "{count} of `{limit}` in use, and {allowed} allowed")
            }
            Self::NotStated { fact } => write!(f, "the product did not state {fact}"),
        }
    }
}

/// What the user should be told although it does not deny.
///
/// It carries moments and never remaining time, so that it stays true until the decision changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Notice {
    /// The host's clock was set back; rules apply at a later moment than it shows.
    ClockSuspect {
        /// How far.
        #[serde(serialize_with = "seconds")]
        behind: Duration,
    },
    /// Nothing is kept that a clock set back could be noticed by.
    ClockUnguarded,
    /// A newer status list should be fetched.
    StatusRefreshDue {
        /// Since when.
        since: Moment,
    },
    /// The validity has ended, and is honored a little longer.
    InGracePeriod {
        /// When it ended.
        ended_at: Moment,
        /// The first moment that is not honored.
        until: Moment,
    },
    /// The validity ends soon.
    ExpiresSoon {
        /// When.
        ends_at: Moment,
        /// The threshold that was passed: it ends within this time.
        #[serde(serialize_with = "seconds")]
        within: Duration,
    },
    /// Updates end soon.
    UpdatesEndSoon {
        /// When.
        ends_at: Moment,
        /// The threshold that was passed: they end within this time.
        #[serde(serialize_with = "seconds")]
        within: Duration,
    },
    /// Support ends soon.
    SupportEndsSoon {
        /// When.
        ends_at: Moment,
        /// The threshold that was passed: it ends within this time.
        #[serde(serialize_with = "seconds")]
        within: Duration,
    },
    /// The lease should be renewed.
    LeaseRenewalDue {
        /// When it ends.
        ends_at: Moment,
    },
    /// A limit is nearly used up.
    LimitNear {
        /// The limit.
        limit: Code,
        /// How much is allowed.
        allowed: Amount,
        /// How much is in use.
        count: Amount,
    },
}

impl Notice {
    /// The stable name of the notice, in snake case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ClockSuspect { .. } => "clock_suspect",
            Self::ClockUnguarded => "clock_unguarded",
            Self::StatusRefreshDue { .. } => "status_refresh_due",
            Self::InGracePeriod { .. } => "in_grace_period",
            Self::ExpiresSoon { .. } => "expires_soon",
            Self::UpdatesEndSoon { .. } => "updates_end_soon",
            Self::SupportEndsSoon { .. } => "support_ends_soon",
            Self::LeaseRenewalDue { .. } => "lease_renewal_due",
            Self::LimitNear { .. } => "limit_near",
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClockSuspect { behind } => {
                write!(
                    f,
                    "the clock of this machine seems to be set back by {}",
                    Length(*behind)
                )
            }
            Self::ClockUnguarded => f.write_str("the clock of this machine is not guarded"),
            Self::StatusRefreshDue { since } => {
                write!(f, "a newer list of revoked licenses is due since {since}")
            }
            Self::InGracePeriod { ended_at, until } => {
                write!(
                    f,
                    "the license ended at {ended_at} and is honored until {until}"
                )
            }
            Self::ExpiresSoon { ends_at, .. } => write!(f, "the license ends at {ends_at}"),
            Self::UpdatesEndSoon { ends_at, .. } => write!(f, "updates end at {ends_at}"),
            Self::SupportEndsSoon { ends_at, .. } => write!(f, "support ends at {ends_at}"),
            Self::LeaseRenewalDue { ends_at } => {
                write!(f, "the lease is due for renewal and ends at {ends_at}")
            }
            Self::LimitNear {
                limit,
                allowed,
                count,
            } => {
                write!(f, "{count} of {allowed} `{limit}` in use")
            }
        }
    }
}

/// What a product may state of a run, and a rule may need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fact {
    /// When the release was published.
    ReleasedAt,
    /// The domain it serves.
    Domain,
    /// The address it runs at.
    Address,
    /// The installation.
    Instance,
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReleasedAt => "when the release was published",
            Self::Domain => "its domain",
            Self::Address => "its address",
            Self::Instance => "its instance",
        })
    }
}

/// A genuine license does not allow a run: every denial, as one error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    denials: Vec<Denial>,
}

impl Denied {
    /// Every rule that failed, in the order of the rules; at least one.
    pub fn denials(&self) -> &[Denial] {
        &self.denials
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, denial) in self.denials.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{denial}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Denied {}

/// A length of time as a user reads it, in its two largest units.
struct Length(Duration);

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        match (
            seconds / 86_400,
            seconds / 3600 % 24,
            seconds / 60 % 60,
            seconds % 60,
        ) {
            (0, 0, 0, seconds) => write!(f, "{seconds} s"),
            (0, 0, minutes, _) => write!(f, "{minutes} min"),
            (0, hours, minutes, _) => write!(f, "{hours} h {minutes} min"),
            (days, hours, ..) => write!(f, "{days} d {hours} h"),
        }
    }
}

fn seconds<S: Serializer>(length: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(length.as_secs())
}
