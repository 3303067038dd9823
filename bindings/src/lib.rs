//! Countersign for Python, Swift and Kotlin: handles on what the core verifies and decides.
//!
//! Nothing is decided here. A function is one call of the core, or the conversion of what it takes
//! and gives. The first paragraph of a doc comment becomes the docstring in each language, so it is
//! written without words of Rust; README.md says what is exported and how code is generated.

mod clock;
mod decision;
mod lease;
mod license;
mod license_key;
mod names;
mod run;
mod status;
mod trust;

pub use clock::{Challenge, ClockError, ClockGuard, ClockReading, Tick};
pub use decision::Decision;
pub use lease::Lease;
pub use license::{Check, License};
pub use license_key::{LicenseKey, parse_license_key};
pub use names::{
    match_address, match_domain, normalize_address, normalize_address_pattern, normalize_domain,
    normalize_domain_pattern,
};
pub use run::{Context, Run};
pub use status::StatusList;
pub use trust::{TrustStore, TrustUpdate};

uniffi::setup_scaffolding!("countersign_ffi");
uniffi::use_remote_type!(countersign::std::net::IpAddr);
