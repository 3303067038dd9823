use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use crate::context::Context;
use crate::denial::{Denial, Denied};
use crate::evaluate;
use crate::findings::Findings;
use crate::license::License;
use crate::moment::Moment;
use crate::notice::Notice;
use crate::notices::Notices;
use crate::signed::Verified;

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
    pub(crate) notices: Notices,
    pub(crate) holds_until: Option<Moment>,
    pub(crate) last_contact_at: Option<Moment>,
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
        self.notices.as_slice()
    }

    /// The first moment at which the passing of time alone changes this decision; `None` if it
    /// never does. Until then there is no need to evaluate the same facts again.
    pub fn holds_until(&self) -> Option<Moment> {
        self.holds_until
    }

    /// When the authority was last heard of by something it signed, as far as the
    /// [context](crate::Context::last_contact_at) states it.
    pub fn last_contact_at(&self) -> Option<Moment> {
        self.last_contact_at
    }

    /// The moment that rules were applied at.
    pub fn decided_at(&self) -> Moment {
        self.now
    }

    /// Whether a feature may be used: allowed, and the license has the entitlement, and it had not
    /// ended at the moment decided.
    pub fn entitled(&self, code: &str) -> bool {
        self.is_allowed() && self.includes(code)
    }

    /// Whether a feature may be used that the product keeps on where the license lapses: as
    /// [`entitled`](Self::entitled), and also where every denial is a [lapse](Denial::is_lapse).
    ///
    /// For what customers must never be locked out of, such as getting at their own work. Never so
    /// for a license that is revoked, suspended, superseded or for another product, and no longer
    /// than the entitlement's own end.
    pub fn stays_on(&self, code: &str) -> bool {
        self.denials.iter().all(Denial::is_lapse) && self.includes(code)
    }

    fn includes(&self, code: &str) -> bool {
        let license = self.license.get();
        let entitlement = license.and_then(|license| license.entitlements.get(code));
        entitlement.is_some_and(|entitlement| entitlement.lasts_at(self.now))
    }

    /// The report of docs/rules.md: JSON on one line, the same bytes in every language.
    pub fn report(&self) -> String {
        // Nearly all of a report is the same in all of them: that is copied, in a fraction of the time
        // that serde takes to write it, and the lists are left to serde where they have something.
        let mut report = String::with_capacity(REPORT_BYTES);
        match (self.denials(), self.notices()) {
            ([], []) => {
                report.push_str(r#"{"allowed":true,"denials":[],"notices":[],"holds_until":"#);
            }
            (denials, notices) => {
                report.push_str(if denials.is_empty() {
                    r#"{"allowed":true,"denials":"#
                } else {
                    r#"{"allowed":false,"denials":"#
                });
                report.push_str(&json(denials));
                report.push_str(r#","notices":"#);
                report.push_str(&json(notices));
                report.push_str(r#","holds_until":"#);
            }
        }
        match (self.holds_until, self.last_contact_at) {
            (None, None) => report.push_str("null}"),
            (holds_until, last_contact_at) => {
                push_moment(&mut report, holds_until);
                if last_contact_at.is_some() {
                    report.push_str(r#","last_contact_at":"#);
                    push_moment(&mut report, last_contact_at);
                }
                report.push('}');
            }
        }
        report
    }

    /// The same decision, with a share of its license instead of a loan.
    pub fn into_owned(self) -> Decision<'static> {
        Decision {
            license: match self.license {
                About::Borrowed(license) => About::Owned(license.clone()),
                About::Owned(license) => About::Owned(license),
                About::Nothing => About::Nothing,
            },
            now: self.now,
            denials: self.denials,
            notices: self.notices,
            holds_until: self.holds_until,
            last_contact_at: self.last_contact_at,
        }
    }

    /// For `?`: the notices if allowed, the denials if not.
    ///
    /// # Errors
    ///
    /// [`Denied`], with every denial.
    pub fn into_result(self) -> Result<Vec<Notice>, Denied> {
        if self.is_allowed() {
            Ok(self.notices.into())
        } else {
            Err(Denied::of(self.denials))
        }
    }
}

impl Decision<'static> {
    /// What a host decides that holds no license: `not_activated`, beside what the clock has to say.
    pub fn without_license(context: &Context<'_>) -> Self {
        let clock = &context.clock;
        let mut findings = Findings::at(clock.now);
        evaluate::clock(clock, &mut findings);
        findings.deny(|| Denial::NotActivated);
        Self {
            license: About::Nothing,
            now: clock.now,
            holds_until: findings.hold_until(),
            last_contact_at: context.last_contact_at,
            denials: findings.denials,
            notices: findings.notices,
        }
    }
}

/// As [`report`](Decision::report) writes it.
impl Serialize for Decision<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let members = 4 + usize::from(self.last_contact_at.is_some());
        let mut report = serializer.serialize_struct("Decision", members)?;
        report.serialize_field("allowed", &self.is_allowed())?;
        report.serialize_field("denials", &self.denials)?;
        report.serialize_field("notices", self.notices())?;
        report.serialize_field("holds_until", &self.holds_until)?;
        if let Some(last_contact_at) = self.last_contact_at {
            report.serialize_field("last_contact_at", &last_contact_at)?;
        }
        report.end()
    }
}

/// What a report has room for at once: one that allows, with both moments.
const REPORT_BYTES: usize = 128;

fn json<T: Serialize>(list: &[T]) -> String {
    // Every part of a report is a text, a number or a list of such: they always have a JSON.
    serde_json::to_string(list).unwrap_or_default()
}

fn push_moment(report: &mut String, moment: Option<Moment>) {
    match moment {
        None => report.push_str("null"),
        // Nothing in it is to be escaped.
        Some(moment) => {
            report.push('"');
            report.push_str(&String::from(moment));
            report.push('"');
        }
    }
}

/// The license that a decision is about.
#[derive(Clone, Debug)]
pub(crate) enum About<'a> {
    Borrowed(&'a Verified<License>),
    Owned(Verified<License>),
    Nothing,
}

impl About<'_> {
    fn get(&self) -> Option<&License> {
        match self {
            Self::Borrowed(license) => Some(license),
            Self::Owned(license) => Some(license),
            Self::Nothing => None,
        }
    }
}
