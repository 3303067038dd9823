//! Both clients over real sockets: against an authority under TLS, and against what only pretends
//! to be one.

#![expect(missing_docs, reason = "the names of tests say what they show")]

#[path = "http/certificates.rs"]
mod certificates;
#[path = "http/documents.rs"]
mod documents;
#[path = "http/either.rs"]
mod either;
#[path = "http/fake.rs"]
mod fake;
#[path = "http/listener.rs"]
mod listener;
#[path = "http/patience.rs"]
mod patience;
