//! The authority of Countersign, and the operator's command line.
//!
//! What tests and embedders start is an [`Authority`] behind a [`Server`]; everything else is behind
//! the command `countersign`.

mod authority;
mod cli;
mod clock;
mod entropy;
mod file;
mod http;
mod secret;
mod server;
mod store;

pub use authority::{Authority, Database, OpenError, Opening};
pub use cli::run;
pub use clock::Clock;
pub use server::Server;
