use countersign::{LicenseError, Moment, Signed, Verified};

use crate::trust::TrustStore;

/// The authority's word that an instance holds a seat, good until it ends.
#[derive(Debug, uniffi::Object)]
pub struct Lease(pub(crate) Verified<countersign::Lease>);

#[uniffi::export]
impl Lease {
    /// Checks the signature of a lease, and reads it.
    #[uniffi::constructor]
    pub fn verify(text: &str, trust: &TrustStore) -> Result<Self, LicenseError> {
        Ok(Self(Signed::parse(text)?.verify(&trust.0)?))
    }

    /// Checks the signature of a lease as it was read from a file, and reads it.
    #[uniffi::constructor]
    pub fn verify_bytes(content: Vec<u8>, trust: &TrustStore) -> Result<Self, LicenseError> {
        Ok(Self(Signed::parse_bytes(&content)?.verify(&trust.0)?))
    }

    /// When it was signed.
    pub fn issued_at(&self) -> Moment {
        self.0.issued_at
    }

    /// The first moment it no longer counts.
    pub fn ends_at(&self) -> Moment {
        self.0.ends_at
    }

    /// When a host should renew it.
    pub fn renew_at(&self) -> Moment {
        self.0.renew_at
    }

    /// The bare text that was verified, to be kept. It is a secret: who has it can use the seat.
    pub fn text(&self) -> String {
        self.0.as_str().into()
    }
}
