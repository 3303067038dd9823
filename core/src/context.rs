use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use crate::clock::ClockReading;
use crate::code::{Amount, Code, Product, Revision};
use crate::instance::Instance;
use crate::lease::Lease;
use crate::moment::Moment;
use crate::signed::Verified;
use crate::site::Domain;
use crate::status::{Status, StatusList};

/// What the product states about one run.
///
/// State what is known; a rule that needs more denies and names the missing fact.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Run {
    /// The product: brand and code.
    pub product: Product,
    /// What the decision is wanted for.
    pub purpose: Purpose,
    /// The domain it serves.
    pub domain: Option<Domain>,
    /// The address it runs at.
    pub address: Option<IpAddr>,
    /// This installation.
    pub instance: Option<Instance>,
    /// Entitlements that this run cannot do without.
    pub requires: BTreeSet<Code>,
    /// How much of each limit is in use.
    pub counts: BTreeMap<Code, Amount>,
    /// When this release was published; an expired updates window does not stop older ones.
    pub released_at: Option<Moment>,
}

impl Run {
    /// A run of `product` of which nothing else is known.
    pub fn of(product: Product) -> Self {
        Self {
            product,
            purpose: Purpose::Run,
            domain: None,
            address: None,
            instance: None,
            requires: BTreeSet::new(),
            counts: BTreeMap::new(),
            released_at: None,
        }
    }
}

/// What a decision is wanted for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum Purpose {
    /// To run the product: the validity window counts.
    #[default]
    Run,
    /// To install a release: the updates window counts, at the moment it was published.
    Update,
    /// To give support: the support window counts.
    Support,
}

impl Purpose {
    /// The purpose in snake case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Update => "update",
            Self::Support => "support",
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text names no purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a purpose is `run`, `update` or `support`")]
pub struct InvalidPurpose;

impl FromStr for Purpose {
    type Err = InvalidPurpose;

    fn from_str(text: &str) -> Result<Self, InvalidPurpose> {
        let all = [Self::Run, Self::Update, Self::Support];
        all.into_iter()
            .find(|purpose| purpose.name() == text)
            .ok_or(InvalidPurpose)
    }
}

/// What is known of a run beyond the product's word: the time, the seat, and which licenses were
/// taken back.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    pub(crate) clock: ClockReading,
    pub(crate) lease: Option<&'a Verified<Lease>>,
    pub(crate) statuses: Option<&'a Verified<StatusList>>,
    /// What a list said that the host may hold no more, and when that was signed.
    pub(crate) last_status: Option<(Status, Moment)>,
    pub(crate) highest_revision: Option<Revision>,
    pub(crate) last_contact_at: Option<Moment>,
    pub(crate) notice_before: &'a [Duration],
    /// What the authority itself says of the license, where it is the one that asks.
    pub(crate) authority: Option<Status>,
}

impl<'a> Context<'a> {
    /// How long before an end notices begin, where the caller does not say: 30, 7 and 1 days.
    pub const NOTICE_BEFORE: &'static [Duration] = &[days(30), days(7), days(1)];

    /// The moment that the clock shows, and nothing else.
    pub const fn at(clock: ClockReading) -> Self {
        Self {
            clock,
            lease: None,
            statuses: None,
            last_status: None,
            highest_revision: None,
            last_contact_at: None,
            notice_before: Self::NOTICE_BEFORE,
            authority: None,
        }
    }

    /// What the authority knows when it is asked itself: the moment, and the status that follows
    /// from the standing it keeps, in place of a status list.
    ///
    /// Whether there is a seat is not evaluated, since [`SeatRule::claim`](crate::SeatRule::claim)
    /// decides that; neither is a domain or address that the run does not state.
    pub const fn of_authority(now: Moment, status: Status) -> Self {
        Self {
            authority: Some(status),
            ..Self::at(ClockReading::trusted(now))
        }
    }

    /// The lease that shows the seat of [`Run::instance`].
    #[must_use]
    pub fn lease(self, lease: &'a Verified<Lease>) -> Self {
        Self {
            lease: Some(lease),
            ..self
        }
    }

    /// The newest status list that the host holds.
    #[must_use]
    pub fn statuses(self, list: &'a Verified<StatusList>) -> Self {
        Self {
            statuses: Some(list),
            ..self
        }
    }

    /// What the newest list that the host ever held said of this license, and when it was signed.
    ///
    /// It only takes something away: a license that was listed as anything but valid counts no more
    /// because that list is lost. A list that is as new, or newer, counts in its place.
    #[must_use]
    pub fn last_status(self, status: Status, listed_at: Moment) -> Self {
        Self {
            last_status: Some((status, listed_at)),
            ..self
        }
    }

    /// The highest revision of this license that the host has ever seen.
    #[must_use]
    pub fn highest_revision(self, revision: Revision) -> Self {
        Self {
            highest_revision: Some(revision),
            ..self
        }
    }

    /// When the authority was last heard of by something it signed. No rule looks at it: it is told with
    /// the decision, so that whoever reads of a lease that is due also reads since when nobody answered.
    #[must_use]
    pub fn last_contact_at(self, moment: Moment) -> Self {
        Self {
            last_contact_at: Some(moment),
            ..self
        }
    }

    /// How long before an end notices begin, in any order; nothing for no such notices.
    #[must_use]
    pub fn notice_before(self, thresholds: &'a [Duration]) -> Self {
        Self {
            notice_before: thresholds,
            ..self
        }
    }
}

const fn days(days: u64) -> Duration {
    Duration::from_secs(days * 24 * 60 * 60)
}
