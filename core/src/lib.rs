#![doc = include_str!("../README.md")]

mod activation_answer;
mod activation_request;
mod address;
mod bound;
mod carrier;
mod check;
mod clock;
mod code;
mod context;
mod decision;
mod denial;
mod error;
mod evaluate;
mod excerpt;
mod fault;
mod findings;
mod instance;
#[cfg(feature = "issue")]
mod issue;
mod json;
mod keys;
mod lease;
mod length;
mod license;
mod license_key;
mod moment;
mod must;
mod name_bytes;
mod narrows;
mod notice;
mod notices;
pub mod protocol;
mod seat;
mod short_text;
mod signed;
mod site;
mod standing;
mod status;
mod text_value;
mod trust;
mod trust_update;
#[cfg(feature = "uniffi")]
mod uniffi_types;
mod window;

pub use activation_answer::ActivationAnswer;
pub use activation_request::ActivationRequest;
pub use address::{AddressPattern, AddressPatterns, InvalidAddress, parse_address};
pub use check::Check;
pub use clock::{Challenge, ClockGuard, ClockReading, DamagedClock, NotFresh, Tick};
pub use code::{Amount, Code, InvalidAmount, InvalidCode, LicenseId, Product, Revision};
pub use context::{Context, InvalidPurpose, Purpose, Run};
pub use decision::Decision;
pub use denial::{Denial, Denied, Fact};
pub use error::Error;
pub use fault::{Fault, Flaw};
pub use instance::{HostName, Instance, InvalidInstance, MachineId};
#[cfg(feature = "issue")]
pub use issue::{Issuable, SigningKey};
pub use keys::{InvalidKey, KeyId, VerifyingKey};
pub use lease::{InvalidNonce, Lease, Nonce};
pub use license::{ActivationTerms, Entitlement, Exemption, License, StatusTerms};
pub use license_key::{InvalidLicenseKey, KeyPrefix, LicenseKey};
pub use moment::{InvalidMoment, Moment};
pub use notice::Notice;
pub use seat::{Hold, OnFull, SeatClaim, SeatRule};
pub use signed::{Document, InvalidKind, Kind, Signed, Verified};
pub use site::{Domain, DomainPattern, DomainPatterns, InvalidDomain};
pub use standing::{IllegalTransition, Standing, Transition, UnknownName};
pub use status::{InvalidEntry, Status, StatusList, Statuses};
pub use trust::{KeyState, TrustStore, TrustedKey};
pub use trust_update::TrustUpdate;
#[cfg(feature = "uniffi")]
pub use uniffi_types::{LicenseError, UniFfiTag};
pub use window::{EmptyWindow, Phase, Window};
