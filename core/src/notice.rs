use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::code::{Amount, Code};
use crate::length::{Length, seconds};
use crate::moment::Moment;

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
