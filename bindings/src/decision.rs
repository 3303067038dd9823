use countersign::{Denial, Moment, Notice};

use crate::clock::ClockReading;

/// The outcome of an evaluation: allowed, unless something denies.
#[derive(Debug, uniffi::Object)]
pub struct Decision(pub(crate) countersign::Decision<'static>);

#[uniffi::export]
impl Decision {
    /// What a host decides that holds no license: `not_activated`, beside what the clock has to say.
    #[uniffi::constructor]
    pub fn without_license(clock: &ClockReading) -> Self {
        let context = countersign::Context::at(clock.0);
        Self(countersign::Decision::without_license(&context))
    }

    /// Whether nothing denies.
    pub fn allowed(&self) -> bool {
        self.0.is_allowed()
    }

    /// Every rule that failed, in the order of the rules.
    pub fn denials(&self) -> Vec<Denial> {
        self.0.denials().to_vec()
    }

    /// What the user should be told although it does not deny, such as an end that is near.
    pub fn notices(&self) -> Vec<Notice> {
        self.0.notices().to_vec()
    }

    /// The stable names of the denials, in snake case and in their order.
    pub fn denial_codes(&self) -> Vec<String> {
        let codes = self.0.denials().iter().map(|denial| denial.code().into());
        codes.collect()
    }

    /// The denials, each in a line for people. They may change between versions.
    pub fn denial_texts(&self) -> Vec<String> {
        self.0.denials().iter().map(ToString::to_string).collect()
    }

    /// Of each denial, in their order, whether what was granted has ended by time alone: `expired`,
    /// `lease_ended`, `status_stale` and `entitlement_expired`.
    pub fn denial_lapses(&self) -> Vec<bool> {
        let lapses = self.0.denials().iter().map(|denial| denial.is_lapse());
        lapses.collect()
    }

    /// The stable names of the notices, in snake case and in their order.
    pub fn notice_codes(&self) -> Vec<String> {
        let codes = self.0.notices().iter().map(|notice| notice.code().into());
        codes.collect()
    }

    /// The notices, each in a line for people. They may change between versions.
    pub fn notice_texts(&self) -> Vec<String> {
        self.0.notices().iter().map(ToString::to_string).collect()
    }

    /// The moment that rules were applied at.
    pub fn decided_at(&self) -> Moment {
        self.0.decided_at()
    }

    /// The first moment at which the passing of time alone changes this decision; absent if it
    /// never does. Until then there is no need to evaluate the same facts again.
    pub fn holds_until(&self) -> Option<Moment> {
        self.0.holds_until()
    }

    /// When the authority was last heard of by something it signed, as far as the context states it; a
    /// session always does, once it was.
    pub fn last_contact_at(&self) -> Option<Moment> {
        self.0.last_contact_at()
    }

    /// Whether a feature may be used: allowed, and the license has the entitlement, and it had not
    /// ended at the moment decided.
    pub fn entitled(&self, code: &str) -> bool {
        self.0.entitled(code)
    }

    /// Whether a feature may be used that the product keeps on where the license lapses: as
    /// `entitled`, and also where nothing denies but that time has ended what was granted.
    pub fn stays_on(&self, code: &str) -> bool {
        self.0.stays_on(code)
    }

    /// The report of docs/rules.md: JSON on one line, the same bytes in every language.
    pub fn report(&self) -> String {
        self.0.report()
    }
}
