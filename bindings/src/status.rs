use countersign::{Code, KeyId, LicenseError, Moment, Signed, Verified};

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

    /// The brand that signed it.
    pub fn brand(&self) -> Code {
        self.0.brand.clone()
    }

    /// Where it is fetched from; licenses name the list by it.
    pub fn uri(&self) -> String {
        self.0.uri.clone()
    }

    /// The entry at an index: 0 for a license that is honored, 1 for one that never will be again, 2
    /// for one that is not for the time being, and other numbers that this release does not know.
    /// Absent beyond the end of the list.
    pub fn entry(&self, index: i64) -> Option<i32> {
        let status = self.0.entries.get(index.try_into().ok()?)?;
        Some(status.number().into())
    }

    /// The first moment it no longer counts; absent if it does until a newer one comes.
    pub fn ends_at(&self) -> Option<Moment> {
        self.0.ends_at
    }

    /// The key whose signature was checked.
    pub fn signed_by(&self) -> KeyId {
        self.0.signed_by()
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
