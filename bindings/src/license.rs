use std::sync::Arc;

use countersign::{KeyId, Kind, LicenseError, LicenseId, Moment, Revision, Signed, Verified};

use crate::decision::Decision;
use crate::run::{Context, Run};
use crate::trust::TrustStore;

/// What a customer bought: the terms the authority signed.
#[derive(Debug, uniffi::Object)]
pub struct License(pub(crate) Verified<countersign::License>);

#[uniffi::export]
impl License {
    /// Checks the signature of a license, and reads it.
    #[uniffi::constructor]
    pub fn verify(text: &str, trust: &TrustStore) -> Result<Self, LicenseError> {
        Ok(Self(Signed::parse(text)?.verify(&trust.0)?))
    }

    /// Checks the signature of a license as it was read from a file, and reads it.
    #[uniffi::constructor]
    pub fn verify_bytes(content: Vec<u8>, trust: &TrustStore) -> Result<Self, LicenseError> {
        Ok(Self(Signed::parse_bytes(&content)?.verify(&trust.0)?))
    }

    /// Decides whether it allows a run, with every reason.
    pub fn evaluate(&self, run: Run, context: Context) -> Result<Decision, LicenseError> {
        let decision = self.0.evaluate(&run.into(), &context.borrow());
        Ok(Decision(decision.into_owned()))
    }

    /// Decides, and gives the report of docs/rules.md alone: JSON on one line.
    pub fn report(&self, run: Run, context: Context) -> Result<String, LicenseError> {
        Ok(self.0.evaluate(&run.into(), &context.borrow()).report())
    }

    /// Binds a run to this license, so that asking again at another moment costs little.
    pub fn prepare(&self, run: Run) -> Result<Check, LicenseError> {
        Ok(Check(self.0.prepare(run.into())))
    }

    /// The authority's identifier, unique for ever. Not the license key that the customer types.
    pub fn id(&self) -> LicenseId {
        self.0.id.clone()
    }

    /// Which edit of the terms this is; the host keeps the highest it has seen.
    pub fn revision(&self) -> Revision {
        self.0.revision
    }

    /// When the authority signed these terms.
    pub fn issued_at(&self) -> Moment {
        self.0.issued_at
    }

    /// The key whose signature was checked.
    pub fn signed_by(&self) -> KeyId {
        self.0.signed_by()
    }

    /// The bare text that was verified, to be kept.
    pub fn text(&self) -> String {
        self.0.as_str().into()
    }
}

/// A run bound to a license once, to be asked again and again.
///
/// It decides exactly what the license decides about that run.
#[derive(Debug, uniffi::Object)]
pub struct Check(countersign::Check);

#[uniffi::export]
impl Check {
    /// Decides anew, in another context.
    pub fn evaluate(&self, context: Context) -> Result<Decision, LicenseError> {
        Ok(Decision(self.0.evaluate(&context.borrow()).into_owned()))
    }

    /// Decides anew, and gives the report alone.
    pub fn report(&self, context: Context) -> Result<String, LicenseError> {
        Ok(self.0.evaluate(&context.borrow()).report())
    }

    /// The license that it is bound to.
    pub fn license(&self) -> Arc<License> {
        Arc::new(License(self.0.license().clone()))
    }

    /// The run that it decides about.
    pub fn run(&self) -> Run {
        self.0.run().clone().into()
    }
}

/// The kind of document that a text says it is, armoured or bare. Nothing is verified.
#[uniffi::export]
pub fn document_kind(text: &str) -> Result<Kind, LicenseError> {
    Ok(Kind::of(text)?)
}
