//! Both clients over real sockets: against an authority under TLS, and against what only pretends
//! to be one.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test that cannot go on fails, and its modules are of this program alone"
)]

#[path = "http/authority.rs"]
mod authority;
#[path = "http/certificates.rs"]
mod certificates;
#[path = "http/claims.rs"]
mod claims;
#[path = "http/deadline.rs"]
mod deadline;
#[path = "http/documents.rs"]
mod documents;
#[path = "http/either.rs"]
mod either;
#[path = "http/fake.rs"]
mod fake;
#[path = "http/floods.rs"]
mod floods;
#[path = "http/hostile.rs"]
mod hostile;
#[path = "http/listener.rs"]
mod listener;
#[path = "http/locked.rs"]
mod locked;
#[path = "http/off_thread.rs"]
mod off_thread;
#[path = "http/patience.rs"]
mod patience;
#[path = "http/process.rs"]
mod process;
#[path = "http/proxy.rs"]
mod proxy;
// On other systems no variable names certificates.
#[cfg(all(target_os = "linux", feature = "native-roots"))]
#[path = "http/roots.rs"]
mod roots;
#[path = "http/socks.rs"]
mod socks;
#[path = "http/unmoved.rs"]
mod unmoved;
