use crate::address::InvalidAddress;
use crate::code::{InvalidAmount, InvalidCode};
use crate::fault::{Fault, Flaw};
use crate::instance::InvalidInstance;
use crate::keys::{InvalidKey, KeyId};
use crate::license_key::InvalidLicenseKey;
use crate::moment::{InvalidMoment, Moment};
use crate::signed::Kind;
use crate::site::InvalidDomain;

/// Bytes or text from outside are not what they claim to be.
///
/// That a genuine license does not allow a run is no error but a denial.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is damaged, or is no document at all.
    #[error("malformed: {0}")]
    Malformed(Fault),
    /// The document holds what only a newer reader understands.
    #[error("unsupported: {0}")]
    Unsupported(Fault),
    /// The document is of another kind than the one asked for.
    #[error("a {expected} is expected, and this is `{found}`")]
    WrongDocument {
        /// The kind that was asked for.
        expected: Kind,
        /// What the document says that it is.
        found: String,
    },
    /// The trust store does not hold the key that signed the document.
    #[error("the key `{key_id}` is not trusted")]
    UnknownKey {
        /// The key that the document names.
        key_id: KeyId,
    },
    /// The key that signed the document was revoked.
    #[error("the key `{key_id}` is revoked")]
    KeyRevoked {
        /// The key that the document names.
        key_id: KeyId,
    },
    /// The key may not sign documents of this kind.
    #[error("the key `{key_id}` may not sign a {kind}")]
    KeyNotForDocument {
        /// The key that the document names.
        key_id: KeyId,
        /// The kind of the document.
        kind: Kind,
    },
    /// The key may not sign for this brand or product.
    #[error("the key `{key_id}` may not sign for `{subject}`")]
    KeyNotForProduct {
        /// The key that signed.
        key_id: KeyId,
        /// The brand or product it signed for.
        subject: String,
        /// Whether the brand or product is that of a key which a trust update states or replaces.
        by_update: bool,
    },
    /// The document was signed at a moment when the key was not in use.
    #[error("the key `{key_id}` was not in use at {issued_at}")]
    KeyOutsideValidity {
        /// The key that signed.
        key_id: KeyId,
        /// When the document says that it was signed.
        issued_at: Moment,
    },
    /// The key did not make this signature over these bytes.
    #[error("the signature does not fit the document and the key `{key_id}`")]
    BadSignature {
        /// The key that the document names.
        key_id: KeyId,
    },
    /// A status list is older than the one held.
    #[error("the status list of {issued_at} is older than the one held, of {held}")]
    OutdatedStatusList {
        /// When the list was signed.
        issued_at: Moment,
        /// When the one held was.
        held: Moment,
    },
    /// A trust update is not newer than the trust store.
    #[error("the trust update {sequence} is not newer than the trust held, {held}")]
    OutdatedTrustUpdate {
        /// The number of the update.
        sequence: u64,
        /// The number of the trust store.
        held: u64,
    },
    /// A text is no address and no pattern of addresses.
    #[error(transparent)]
    Address(#[from] InvalidAddress),
    /// A number is outside its range.
    #[error(transparent)]
    Amount(#[from] InvalidAmount),
    /// A text is no code.
    #[error(transparent)]
    Code(#[from] InvalidCode),
    /// A text is no domain and no pattern of domains.
    #[error(transparent)]
    Domain(#[from] InvalidDomain),
    /// A text names no instance.
    #[error(transparent)]
    Instance(#[from] InvalidInstance),
    /// A text is no key, or no set of keys, that can be trusted.
    #[error(transparent)]
    Key(#[from] InvalidKey),
    /// A text is no license key.
    #[error(transparent)]
    LicenseKey(#[from] InvalidLicenseKey),
    /// A text or number is no moment.
    #[error(transparent)]
    Moment(#[from] InvalidMoment),
}

impl Error {
    /// The stable name of what is wrong, in snake case, the same in every language.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::Unsupported(_) => "unsupported",
            Self::WrongDocument { .. } => "wrong_document",
            Self::UnknownKey { .. } => "unknown_key",
            Self::KeyRevoked { .. } => "key_revoked",
            Self::KeyNotForDocument { .. } => "key_not_for_document",
            Self::KeyNotForProduct { .. } => "key_not_for_product",
            Self::KeyOutsideValidity { .. } => "key_outside_validity",
            Self::BadSignature { .. } => "bad_signature",
            Self::OutdatedStatusList { .. } | Self::OutdatedTrustUpdate { .. } => "outdated",
            Self::Address(_) => "invalid_address",
            Self::Amount(_) => "invalid_amount",
            Self::Code(_) => "invalid_code",
            Self::Domain(_) => "invalid_domain",
            Self::Instance(_) => "invalid_instance",
            Self::Key(_) => "invalid_key",
            Self::LicenseKey(_) => "invalid_license_key",
            Self::Moment(_) => "invalid_moment",
        }
    }

    /// The number under which docs/format.md, section 6, lists this refusal of a document; `None`
    /// for a value that is no document.
    pub fn refusal(&self) -> Option<u16> {
        Some(match self {
            Self::Malformed(fault) | Self::Unsupported(fault) => fault.flaw().number(),
            Self::WrongDocument { .. } => 25,
            Self::UnknownKey { .. } => 26,
            Self::KeyRevoked { .. } => 27,
            Self::KeyNotForDocument { .. } => 28,
            Self::BadSignature { .. } => 29,
            Self::KeyNotForProduct {
                by_update: false, ..
            } => 53,
            Self::KeyOutsideValidity { .. } => 54,
            Self::OutdatedStatusList { .. } => 55,
            Self::OutdatedTrustUpdate { .. } => 56,
            Self::KeyNotForProduct {
                by_update: true, ..
            } => 57,
            _ => return None,
        })
    }
}

impl From<Fault> for Error {
    #[cold]
    fn from(fault: Fault) -> Self {
        if fault.flaw().is_unsupported() {
            Self::Unsupported(fault)
        } else {
            Self::Malformed(fault)
        }
    }
}

impl From<Flaw> for Error {
    fn from(flaw: Flaw) -> Self {
        Fault::new(flaw).into()
    }
}
