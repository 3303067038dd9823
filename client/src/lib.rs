//! Activates licenses over HTTP, decides offline, renews in the background.

mod error;
pub mod exchange;
mod retry;

pub use error::Error;
pub use exchange::{Activation, Claimant, Renewal};
pub use retry::RetryPolicy;
