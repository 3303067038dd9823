//! Activates licenses over HTTP, decides offline, renews in the background.

#[cfg(any(feature = "async", feature = "blocking"))]
mod entropy;
mod error;
pub mod exchange;
#[cfg(any(feature = "async", feature = "blocking"))]
mod retry;
mod retry_after;

pub use error::Error;
pub use exchange::{Activation, Claimant, Renewal};
#[cfg(any(feature = "async", feature = "blocking"))]
pub use retry::RetryPolicy;
