use countersign::{LicenseError, Product, Revision};
use countersign_client as client;

use crate::storage::InsideStorage;

/// What a text that was imported held.
#[derive(Clone, Copy, Debug, uniffi::Enum)]
pub enum Imported {
    /// A license.
    License,
    /// A lease, in answer to this installation's request.
    Lease,
    /// A status list.
    Statuses,
    /// Keys in place of the ones trusted so far.
    TrustUpdate,
    /// An answer to this installation's request.
    Activation,
}

impl From<client::Imported> for Imported {
    fn from(imported: client::Imported) -> Self {
        match imported {
            client::Imported::License => Self::License,
            client::Imported::Lease => Self::Lease,
            client::Imported::Statuses => Self::Statuses,
            client::Imported::TrustUpdate => Self::TrustUpdate,
            _ => Self::Activation,
        }
    }
}

/// A text that was brought is not for this installation.
#[derive(Clone, Debug, thiserror::Error, uniffi::Error)]
pub enum ImportError {
    /// It is no document, or does not verify; a status list or trust update may be too old.
    #[error("{text}")]
    Document {
        /// The stable name of what is wrong with the document.
        code: String,
        /// The number under which docs/format.md, section 6, lists it; absent for another error.
        refusal: Option<i32>,
        /// What is wrong, in one line for people.
        text: String,
    },
    /// It is for another product.
    #[error("{text}")]
    AnotherProduct {
        /// `another_product`.
        code: String,
        /// What is wrong, in one line for people.
        text: String,
        /// That product.
        licensed: Product,
    },
    /// A newer revision of the license was held.
    #[error("{text}")]
    Superseded {
        /// `superseded`.
        code: String,
        /// What is wrong, in one line for people.
        text: String,
        /// The revision of the license.
        revision: Revision,
        /// The highest that was held.
        newest: Revision,
    },
    /// It is not for this installation, for the reason that the code names.
    #[error("{text}")]
    NotFitting {
        /// `another_brand`, `another_license`, `another_instance`, `another_request`,
        /// `ahead_of_time` or `inside_storage`.
        code: String,
        /// What is wrong, in one line for people.
        text: String,
    },
}

impl From<client::ImportError> for ImportError {
    fn from(error: client::ImportError) -> Self {
        let text = error.to_string();
        let code = match error {
            client::ImportError::Document(error) => {
                let LicenseError::Invalid {
                    code,
                    refusal,
                    text,
                } = error.into();
                return Self::Document {
                    code,
                    refusal,
                    text,
                };
            }
            client::ImportError::AnotherProduct { licensed } => {
                let code = "another_product".into();
                return Self::AnotherProduct {
                    code,
                    text,
                    licensed,
                };
            }
            client::ImportError::Superseded { revision, newest } => {
                return Self::Superseded {
                    code: "superseded".into(),
                    text,
                    revision,
                    newest,
                };
            }
            client::ImportError::AnotherBrand => "another_brand",
            client::ImportError::AnotherLicense => "another_license",
            client::ImportError::AnotherInstance => "another_instance",
            client::ImportError::AnotherRequest => "another_request",
            _ => "ahead_of_time",
        };
        let code = code.into();
        Self::NotFitting { code, text }
    }
}

impl From<InsideStorage> for ImportError {
    fn from(error: InsideStorage) -> Self {
        let (code, text) = ("inside_storage".into(), error.to_string());
        Self::NotFitting { code, text }
    }
}
