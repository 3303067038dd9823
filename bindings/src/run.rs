use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use countersign::{Amount, Code, Domain, Instance, Moment, Product, Purpose, Revision};

use crate::clock::ClockReading;
use crate::lease::Lease;
use crate::status::StatusList;

/// What the product states about one run.
///
/// State what is known; a rule that needs more denies and names the missing fact.
#[derive(Debug, uniffi::Record)]
pub struct Run {
    /// The product: brand and code, as `acme/editor`.
    pub product: Product,
    /// What the decision is wanted for.
    pub purpose: Purpose,
    /// The domain it serves.
    #[uniffi(default)]
    pub domain: Option<Domain>,
    /// The address it runs at.
    #[uniffi(default)]
    pub address: Option<IpAddr>,
    /// This installation.
    #[uniffi(default)]
    pub instance: Option<Instance>,
    /// Entitlements that this run cannot do without.
    #[uniffi(default)]
    pub requires: Vec<Code>,
    /// How much of each limit is in use.
    #[uniffi(default)]
    pub counts: HashMap<Code, Amount>,
    /// When this release was published; an expired updates window does not stop older ones.
    #[uniffi(default)]
    pub released_at: Option<Moment>,
}

impl From<Run> for countersign::Run {
    fn from(stated: Run) -> Self {
        // As a rule there are none, and then nothing is made.
        let mut requires = BTreeSet::new();
        if !stated.requires.is_empty() {
            requires.extend(stated.requires);
        }
        let mut counts = BTreeMap::new();
        if !stated.counts.is_empty() {
            counts.extend(stated.counts);
        }
        Self::stated(
            stated.product,
            stated.purpose,
            stated.domain,
            stated.address,
            stated.instance,
            requires,
            counts,
            stated.released_at,
        )
    }
}

impl From<countersign::Run> for Run {
    fn from(run: countersign::Run) -> Self {
        Self {
            product: run.product,
            purpose: run.purpose,
            domain: run.domain,
            address: run.address,
            instance: run.instance,
            requires: run.requires.into_iter().collect(),
            counts: run.counts.into_iter().collect(),
            released_at: run.released_at,
        }
    }
}

/// What is known of a run beyond the product's word: the time, the seat, and which licenses were
/// taken back.
#[derive(Debug, uniffi::Record)]
pub struct Context {
    /// The moment that rules are applied at.
    pub clock: Arc<ClockReading>,
    /// The lease that shows the seat of the run's instance.
    #[uniffi(default)]
    pub lease: Option<Arc<Lease>>,
    /// The newest status list that the host holds.
    #[uniffi(default)]
    pub statuses: Option<Arc<StatusList>>,
    /// The highest revision of this license that the host has ever seen.
    #[uniffi(default)]
    pub highest_revision: Option<Revision>,
    /// How long before an end notices begin, in any order; absent for 30, 7 and 1 days.
    #[uniffi(default)]
    pub notice_before: Option<Vec<Duration>>,
    /// When the authority was last heard of by something it signed. No rule looks at it: it is told with
    /// the decision.
    #[uniffi(default)]
    pub last_contact_at: Option<Moment>,
    /// What the newest list that the host ever held said of this license. It only takes something away.
    #[uniffi(default)]
    pub last_status: Option<ListedStatus>,
}

/// What a status list said of a license.
#[derive(Clone, Copy, Debug, uniffi::Record)]
pub struct ListedStatus {
    /// The entry, as `StatusList.entry` gives it. Whatever is no such number is one that this release
    /// does not know.
    pub status: i32,
    /// When the list was signed.
    pub listed_at: Moment,
}

impl Context {
    pub(crate) fn borrow(&self) -> countersign::Context<'_> {
        let mut context = countersign::Context::at(self.clock.0);
        if let Some(lease) = &self.lease {
            context = context.lease(&lease.0);
        }
        if let Some(statuses) = &self.statuses {
            context = context.statuses(&statuses.0);
        }
        if let Some(revision) = self.highest_revision {
            context = context.highest_revision(revision);
        }
        if let Some(listed) = self.last_status {
            let number = u8::try_from(listed.status).unwrap_or(u8::MAX);
            context = context.last_status(number.into(), listed.listed_at);
        }
        if let Some(moment) = self.last_contact_at {
            context = context.last_contact_at(moment);
        }
        if let Some(thresholds) = &self.notice_before {
            context = context.notice_before(thresholds);
        }
        context
    }
}

/// How long before an end notices begin where the caller does not say, in any order.
#[uniffi::export]
pub fn notice_thresholds() -> Vec<Duration> {
    countersign::Context::NOTICE_BEFORE.to_vec()
}
