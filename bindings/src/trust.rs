use countersign::{Code, KeyId, KeyState, Kind, LicenseError, Moment, Signed, Verified};

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

    /// Every trusted key, in the order of their names.
    pub fn keys(&self) -> Vec<TrustedKey> {
        self.0.keys().cloned().map(TrustedKey::from).collect()
    }

    /// How many updates came before this trust: an update counts only above it.
    pub fn sequence(&self) -> i64 {
        // No number in a document is above 2^53 - 1.
        self.0.sequence().try_into().unwrap_or(i64::MAX)
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

    /// The brand that signed it.
    pub fn brand(&self) -> Code {
        self.0.brand.clone()
    }

    /// Grows with each update.
    pub fn sequence(&self) -> i64 {
        // No number in a document is above 2^53 - 1.
        self.0.sequence.try_into().unwrap_or(i64::MAX)
    }

    /// The keys that it states, in the order of their names.
    pub fn keys(&self) -> Vec<TrustedKey> {
        let keys = self.0.keys.values().cloned();
        keys.map(TrustedKey::from).collect()
    }

    /// The key whose signature was checked.
    pub fn signed_by(&self) -> KeyId {
        self.0.signed_by()
    }

    /// When it was signed.
    pub fn issued_at(&self) -> Moment {
        self.0.issued_at
    }
}

/// A key, and what it is trusted for. Every restriction is absent unless stated.
#[derive(Clone, Debug, uniffi::Record)]
pub struct TrustedKey {
    /// The name of the key.
    pub id: KeyId,
    /// The key, in PEM.
    pub pem: String,
    /// The kinds of documents it may sign; absent for licenses, leases and status lists.
    pub documents: Option<Vec<Kind>>,
    /// The brands it may sign for; absent for any.
    pub brands: Option<Vec<Code>>,
    /// The products, by their own codes, that it may sign for; absent for any.
    pub products: Option<Vec<Code>>,
    /// Documents signed earlier are refused.
    pub not_before: Option<Moment>,
    /// Documents signed at or after it are refused.
    pub ends_at: Option<Moment>,
    /// Whether the authority signs with it.
    pub state: KeyState,
}

impl From<countersign::TrustedKey> for TrustedKey {
    fn from(trusted: countersign::TrustedKey) -> Self {
        Self {
            id: trusted.key.id(),
            pem: trusted.key.to_pem(),
            documents: trusted.documents.map(|kinds| kinds.into_iter().collect()),
            brands: trusted.brands.map(|codes| codes.into_iter().collect()),
            products: trusted.products.map(|codes| codes.into_iter().collect()),
            not_before: trusted.not_before,
            ends_at: trusted.ends_at,
            state: trusted.state,
        }
    }
}
