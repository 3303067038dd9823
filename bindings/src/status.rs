use countersign::{LicenseError, Moment, Signed, Verified};

use crate::trust::TrustStore;

/// The standing of every license of a brand, one number each.
///
/// A host keeps the newest list and refuses an older one.
#[derive(Debug, uniffi::Object)]
pub struct StatusList(pub(crate) Verified<countersign::StatusList>);

#[uniffi::export]
impl StatusList {
    /// Checks the signature of a status list, and reads it.
    #[uniffi::constructor]
    pub fn verify(text: &str, trust: &TrustStore) -> Result<Self, LicenseError> {
        Ok(Self(Signed::parse(text)?.verify(&trust.0)?))
    }

    /// Checks the signature of a status list as it was read from a file, and reads it.
    #[uniffi::constructor]
    pub fn verify_bytes(content: Vec<u8>, trust: &TrustStore) -> Result<Self, LicenseError> {
        Ok(Self(Signed::parse_bytes(&content)?.verify(&trust.0)?))
    }

    /// Refuses this list where the one held is newer.
    pub fn check_newer(&self, held: &Self) -> Result<(), LicenseError> {
        Ok(self.0.check_newer(&held.0)?)
    }

    /// When it was signed.
    pub fn issued_at(&self) -> Moment {
        self.0.issued_at
    }

    /// When a host should fetch a newer one; absent if the list does not say.
    pub fn refresh_at(&self) -> Option<Moment> {
        self.0.refresh_at()
    }

    /// The bare text that was verified, to be kept.
    pub fn text(&self) -> String {
        self.0.as_str().into()
    }
}
