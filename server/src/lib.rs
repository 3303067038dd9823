//! The authority of Countersign, and the operator's command line.
//!
//! What tests and embedders start is an [`Authority`] behind a [`Server`]; everything else is behind
//! the command `countersign`.

mod authority;
mod cli;
mod clock;
mod config;
mod entropy;
mod file;
mod http;
mod metrics;
mod request_id;
mod secret;
mod server;
mod store;
mod telemetry;

pub use authority::{Authority, Database, OpenError, Opening};
pub use cli::run;
pub use clock::Clock;
pub use http::{Options, ProxyHeader, Rate, Rates};
pub use server::Server;
