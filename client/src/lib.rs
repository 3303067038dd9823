// What it shows takes the feature `machine`; tests/readme.rs runs it.
#![cfg_attr(
    all(feature = "async", any(not(doctest), feature = "machine")),
    doc = include_str!("../README.md")
)]
#![cfg_attr(not(feature = "async"), doc = "Asks a license authority over HTTP.")]

#[cfg(any(feature = "async", feature = "blocking"))]
mod address;
#[cfg(feature = "blocking")]
pub mod blocking;
#[cfg(feature = "async")]
mod client;
mod clock;
mod documents;
mod entropy;
#[cfg(any(feature = "async", feature = "blocking"))]
mod environment;
mod error;
pub mod exchange;
mod import;
mod keeper;
pub mod machine;
#[cfg(any(feature = "async", feature = "blocking"))]
mod online;
mod pace;
#[cfg(any(feature = "async", feature = "blocking"))]
mod proxy;
#[cfg(feature = "qr")]
mod qr;
#[cfg(any(feature = "async", feature = "blocking"))]
mod retry;
mod retry_after;
mod round;
mod session;
#[cfg(any(feature = "async", feature = "blocking"))]
mod settings;
mod shares;
mod state;
mod storage;
#[cfg(any(feature = "async", feature = "blocking"))]
mod tls;

#[cfg(feature = "async")]
pub use client::Client;
pub use clock::{Clock, FixedClock};
pub use error::Error;
pub use exchange::{Activation, Claimant, Renewal};
pub use import::{ImportError, Imported};
pub use pace::Pace;
#[cfg(feature = "qr")]
pub use qr::{Qr, TooLong};
#[cfg(any(feature = "async", feature = "blocking"))]
pub use retry::RetryPolicy;
pub use round::{Answer, Refresh, Round};
pub use session::{OpenError, Session, SessionBuilder};
#[cfg(any(feature = "async", feature = "blocking"))]
pub use settings::{ClientBuilder, InvalidSettings};
pub use storage::{FileStorage, LostList, MemoryStorage, Storage, StorageLock};
#[cfg(any(feature = "async", feature = "blocking"))]
pub use tls::Pin;
pub use url::Url;
