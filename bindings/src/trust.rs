use countersign::{LicenseError, Moment, Signed, Verified};

/// The keys a host accepts documents from.
///
/// Ship at least two: the key in use and its successor, so that the authority can change keys
/// without a new release of the product.
#[derive(Debug, uniffi::Object)]
pub struct TrustStore(pub(crate) countersign::TrustStore);

#[uniffi::export]
impl TrustStore {
    /// Reads what keys are kept in: a JWK Set (docs/format.md, section 3), or one key as PEM or
    /// base64, which is trusted for whatever it may sign by default.
    #[uniffi::constructor]
    pub fn new(keys: &str) -> Result<Self, LicenseError> {
        Ok(Self(keys.parse()?))
    }

    /// The trust that the update states, in place of this one. The documents that a host holds are
    /// to be verified anew with it.
    pub fn updated(&self, update: &TrustUpdate) -> Result<Self, LicenseError> {
        Ok(Self(self.0.updated(&update.0)?))
    }

    /// The store as a JWK Set, on one line, to be kept in place of the one it was made from.
    pub fn to_jwks(&self) -> String {
        self.0.to_jwks()
    }
}

/// The keys that a host trusts from now on, all of them, in place of those it trusts.
#[derive(Debug, uniffi::Object)]
pub struct TrustUpdate(Verified<countersign::TrustUpdate>);

#[uniffi::export]
impl TrustUpdate {
    /// Checks the signature of a trust update, and reads it.
    #[uniffi::constructor]
    pub fn verify(text: &str, trust: &TrustStore) -> Result<Self, LicenseError> {
        Ok(Self(Signed::parse(text)?.verify(&trust.0)?))
    }

    /// Checks the signature of a trust update as it was read from a file, and reads it.
    #[uniffi::constructor]
    pub fn verify_bytes(content: Vec<u8>, trust: &TrustStore) -> Result<Self, LicenseError> {
        Ok(Self(Signed::parse_bytes(&content)?.verify(&trust.0)?))
    }

    /// When it was signed.
    pub fn issued_at(&self) -> Moment {
        self.0.issued_at
    }
}
