use countersign::{
    Instance, KeyId, LicenseError, LicenseId, Moment, Product, Revision, Signed, Verified,
};

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

    /// The identifier of this lease, never used twice.
    pub fn id(&self) -> String {
        self.0.id.clone()
    }

    /// The activation whose seat it is.
    pub fn activation_id(&self) -> String {
        self.0.activation_id.clone()
    }

    /// The product that the license is for.
    pub fn product(&self) -> Product {
        self.0.product.clone()
    }

    /// The license whose seat it is.
    pub fn license_id(&self) -> LicenseId {
        self.0.license_id.clone()
    }

    /// The revision of the license's terms when the lease was signed.
    pub fn revision(&self) -> Revision {
        self.0.revision
    }

    /// Who holds the seat.
    pub fn instance(&self) -> Instance {
        self.0.instance.clone()
    }

    /// Grows each time any seat of the license changes hands.
    pub fn fence(&self) -> i64 {
        // No number in a document is above 2^53 - 1.
        self.0.fence.try_into().unwrap_or(i64::MAX)
    }

    /// What the host sent, in base64url: proof that the authority answered just then.
    pub fn nonce(&self) -> String {
        self.0.nonce.to_string()
    }

    /// The key whose signature was checked.
    pub fn signed_by(&self) -> KeyId {
        self.0.signed_by()
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
