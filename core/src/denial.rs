use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use serde::Serialize;

use crate::code::{Amount, Code, LicenseId, Product, Revision};
use crate::instance::Instance;
use crate::length::{Length, seconds};
use crate::moment::Moment;
use crate::site::Domain;

/// A rule that failed, with the facts it failed on.
///
/// Its code is stable across versions and languages; its text is not.
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

    /// Whether what was granted has ended by time alone: `expired`, `lease_ended`, `status_stale` and
    /// `entitlement_expired`. See [`Decision::stays_on`](crate::Decision::stays_on).
    pub fn is_lapse(&self) -> bool {
        matches!(
            self,
            Self::Expired { .. }
                | Self::LeaseEnded { .. }
                | Self::StatusStale { .. }
                | Self::EntitlementExpired { .. }
        )
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
                "the release of {released_at} is not covered: those before {updates_until} are"
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
    pub(crate) fn of(denials: Vec<Denial>) -> Self {
        Self { denials }
    }

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
