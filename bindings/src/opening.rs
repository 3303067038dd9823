use std::io;
use std::sync::Arc;
use std::time::Duration;

use countersign::{Instance, LicenseError, Product};
use countersign_client::{Clock, OpenError, SessionBuilder};

use crate::client_error::chain;
use crate::fixed_clock::FixedClock;
use crate::machine::Signals;
use crate::storage::{InsideStorage, StorageError};
use crate::trust::TrustStore;

/// How a session is opened. Whatever is absent is as the session finds it fit.
#[derive(Clone, Debug, Default, uniffi::Record)]
pub struct SessionOptions {
    /// Clocks that are set by hand, for tests; absent for those of this machine.
    #[uniffi(default)]
    pub clock: Option<Arc<FixedClock>>,
    /// The instance that takes a seat, such as the domain of a web site; absent for this
    /// installation, by a number drawn at random when it was first opened.
    #[uniffi(default)]
    pub instance: Option<Instance>,
    /// What this machine is known by, so that a copy of the state on another machine is seen.
    #[uniffi(default)]
    pub signals: Option<Arc<Signals>>,
    /// How long before an end notices begin, in any order; absent for 30, 7 and 1 days.
    #[uniffi(default)]
    pub notice_before: Option<Vec<Duration>>,
    /// Begins anew where what is kept is damaged, or of another product or version: license, lease
    /// and the protection of the clock are given up. What a host does after it told its user.
    #[uniffi(default)]
    pub begin_anew: bool,
}

/// What a session is opened with.
#[derive(Debug, uniffi::Object)]
pub struct SessionSettings(pub(crate) SessionBuilder);

#[uniffi::export]
impl SessionSettings {
    /// A session of that product, which trusts the keys that the product was released with.
    #[uniffi::constructor]
    pub fn new(
        product: Product,
        trust: &TrustStore,
        options: SessionOptions,
    ) -> Result<Self, LicenseError> {
        let mut builder = SessionBuilder::new(trust.0.clone(), product);
        if let Some(clock) = &options.clock {
            builder = builder.clock(Clock::Fixed(clock.0.clone()));
        }
        if let Some(instance) = options.instance {
            builder = builder.instance(instance);
        }
        if let Some(signals) = &options.signals {
            builder = builder.signals(signals.0.clone());
        }
        if let Some(thresholds) = options.notice_before {
            builder = builder.notice_before(thresholds);
        }
        if options.begin_anew {
            builder = builder.begin_anew();
        }
        Ok(Self(builder))
    }
}

/// A session cannot take up where the last run left off, or keep what it holds.
///
/// None of them means that there is no license. What is damaged, or of another version or product, is
/// for the host to face; to begin anew gives it up.
#[derive(Clone, Debug, thiserror::Error, uniffi::Error)]
pub enum SessionError {
    /// What is kept was changed or cut short.
    #[error("{text}")]
    Damaged {
        /// `damaged_state`.
        code: String,
        /// What is wrong, in one line for people.
        text: String,
    },
    /// What is kept was written by a newer release.
    #[error("{text}")]
    NewerVersion {
        /// `newer_state`.
        code: String,
        /// What is wrong, in one line for people.
        text: String,
    },
    /// What is kept is another product's.
    #[error("{text}")]
    AnotherProduct {
        /// `another_product`.
        code: String,
        /// What is wrong, in one line for people.
        text: String,
        /// That product.
        held: Product,
    },
    /// What is kept cannot be read or written.
    #[error("{text}")]
    Storage {
        /// `storage_failed`.
        code: String,
        /// What is wrong, in one line for people.
        text: String,
        /// The number under which the package of the language keeps what the host's own storage
        /// threw, to be raised again.
        thrown: Option<i64>,
    },
    /// The system gave no random numbers.
    #[error("{text}")]
    Randomness {
        /// `no_randomness`.
        code: String,
        /// What is wrong, in one line for people.
        text: String,
    },
    /// The host's own storage asked for a change of the session that it is called by.
    #[error("{text}")]
    InsideStorage {
        /// `inside_storage`.
        code: String,
        /// What is wrong, in one line for people.
        text: String,
    },
}

impl From<OpenError> for SessionError {
    fn from(error: OpenError) -> Self {
        let text = chain(&error);
        match error {
            OpenError::Storage(error) => error.into(),
            OpenError::AnotherProduct { held } => Self::AnotherProduct {
                code: "another_product".into(),
                text,
                held,
            },
            OpenError::Version { .. } => Self::NewerVersion {
                code: "newer_state".into(),
                text,
            },
            OpenError::Randomness(_) => Self::Randomness {
                code: "no_randomness".into(),
                text,
            },
            _ => Self::Damaged {
                code: "damaged_state".into(),
                text,
            },
        }
    }
}

impl From<io::Error> for SessionError {
    fn from(error: io::Error) -> Self {
        let code = "storage_failed".into();
        let (thrown, text) = match error.downcast::<StorageError>() {
            Ok(StorageError::Failed { thrown, text }) => (thrown, text),
            Ok(StorageError::Damaged { text }) => (None, text),
            Err(error) => (None, chain(&error)),
        };
        Self::Storage { code, text, thrown }
    }
}

impl From<InsideStorage> for SessionError {
    fn from(error: InsideStorage) -> Self {
        let (code, text) = ("inside_storage".into(), error.to_string());
        Self::InsideStorage { code, text }
    }
}
