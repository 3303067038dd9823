use countersign::{Denial, Moment, Notice};

/// The outcome of an evaluation: allowed, unless something denies.
#[derive(Debug, uniffi::Object)]
pub struct Decision(pub(crate) countersign::Decision<'static>);

#[uniffi::export]
impl Decision {
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

    /// The first moment at which the passing of time alone changes this decision; absent if it
    /// never does. Until then there is no need to evaluate the same facts again.
    pub fn holds_until(&self) -> Option<Moment> {
        self.0.holds_until()
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
