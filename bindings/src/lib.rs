//! Countersign for Python, Swift and Kotlin: handles on what the core verifies and decides.
//!
//! Nothing is decided here. A function is one call of the core or the client, or the conversion of
//! what it takes and gives. Doc comments become the docs of the generated modules, so the first
//! paragraph is written without words of Rust; README.md says what is exported and how code is
//! generated.

#[cfg(feature = "client")]
mod activation;
#[cfg(feature = "bench")]
mod bench;
#[cfg(feature = "client")]
mod callbacks;
#[cfg(feature = "client")]
mod client;
#[cfg(feature = "client")]
mod client_error;
mod clock;
mod decision;
#[cfg(feature = "client")]
mod ending;
#[cfg(feature = "client")]
mod fixed_clock;
#[cfg(feature = "client")]
mod import;
mod lease;
mod license;
mod license_key;
#[cfg(feature = "client")]
mod machine;
mod names;
#[cfg(feature = "client")]
mod opening;
#[cfg(feature = "client")]
mod pace;
#[cfg(feature = "client")]
mod qr;
mod run;
#[cfg(feature = "client")]
mod runtime;
#[cfg(feature = "client")]
mod session;
#[cfg(feature = "client")]
mod settings;
#[cfg(feature = "client")]
mod standing;
mod status;
#[cfg(feature = "client")]
mod storage;
mod terms;
mod trust;

#[cfg(feature = "client")]
pub use activation::{Activation, ActivationRequest, Claimant, Renewal};
#[cfg(feature = "bench")]
pub use bench::{take_decision_arguments, take_nothing, take_text};
#[cfg(feature = "client")]
pub use callbacks::{callbacks_under_way, end_callbacks};
#[cfg(feature = "client")]
pub use client::Client;
#[cfg(feature = "client")]
pub use client_error::{ClientError, Reason, Refusal};
pub use clock::{Challenge, ClockError, ClockGuard, ClockReading, Tick};
pub use decision::Decision;
#[cfg(feature = "client")]
pub use fixed_clock::FixedClock;
#[cfg(feature = "client")]
pub use import::{ImportError, Imported};
pub use lease::Lease;
pub use license::{Check, License, document_kind};
pub use license_key::{LicenseKey, parse_license_key};
#[cfg(feature = "client")]
pub use machine::{InstanceError, Signals, instance_of_file, instance_of_variable};
pub use names::{
    match_address, match_domain, normalize_address, normalize_address_pattern, normalize_domain,
    normalize_domain_pattern,
};
#[cfg(feature = "client")]
pub use opening::{SessionError, SessionOptions, SessionSettings};
#[cfg(feature = "client")]
pub use pace::Pace;
#[cfg(feature = "client")]
pub use qr::{Qr, QrError};
pub use run::{Context, Run, notice_thresholds};
#[cfg(feature = "client")]
pub use session::{Refresh, Session, SessionCheck};
#[cfg(feature = "client")]
pub use settings::{ClientSettings, Pin, Proxy, SettingsError};
#[cfg(feature = "client")]
pub use standing::{ActivationUse, LicenseStanding, LicenseUse};
pub use status::StatusList;
#[cfg(feature = "client")]
pub use storage::{FileStorage, MemoryStorage, Storage, StorageError, user_folder};
pub use terms::{ActivationTerms, Entitlement, SeatRule, StatusTerms, Window};
pub use trust::{TrustStore, TrustUpdate, TrustedKey};

uniffi::setup_scaffolding!("countersign_ffi");
uniffi::use_remote_type!(countersign::std::net::IpAddr);

/// The version of this library. A package refuses to work with a library of another one.
#[uniffi::export]
pub fn library_version() -> String {
    env!("CARGO_PKG_VERSION").into()
}
