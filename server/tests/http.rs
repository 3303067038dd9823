//! The authority over HTTP: the real router on a real socket with a fixed clock, on both databases.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test that cannot go on fails, and its modules are of this program alone"
)]

#[path = "http/activate.rs"]
mod activate;
#[path = "http/answer.rs"]
mod answer;
#[path = "http/api_keys.rs"]
mod api_keys;
#[path = "http/backup.rs"]
mod backup;
#[path = "http/brands.rs"]
mod brands;
#[path = "http/bundles.rs"]
mod bundles;
#[path = "http/check.rs"]
mod check;
#[path = "http/customers.rs"]
mod customers;
#[path = "http/deactivate.rs"]
mod deactivate;
#[path = "http/doctor.rs"]
mod doctor;
#[path = "http/elsewhere.rs"]
mod elsewhere;
#[path = "http/harness.rs"]
mod harness;
#[path = "http/idempotency.rs"]
mod idempotency;
#[path = "http/isolation.rs"]
mod isolation;
#[path = "http/keys.rs"]
mod keys;
#[path = "http/licenses.rs"]
mod licenses;
#[path = "http/openapi.rs"]
mod openapi;
#[path = "http/postgres.rs"]
mod postgres;
#[path = "http/process.rs"]
mod process;
#[path = "http/products.rs"]
mod products;
#[path = "http/provision.rs"]
mod provision;
#[path = "http/prune.rs"]
mod prune;
#[path = "http/public_url.rs"]
mod public_url;
#[path = "http/races.rs"]
mod races;
#[path = "http/rates.rs"]
mod rates;
#[path = "http/renew_lease.rs"]
mod renew_lease;
#[path = "http/row_security.rs"]
mod row_security;
#[path = "http/secrets.rs"]
mod secrets;
#[path = "http/seed.rs"]
mod seed;
#[path = "http/shell.rs"]
mod shell;
#[path = "http/strict.rs"]
mod strict;
#[path = "http/traces.rs"]
mod traces;
#[path = "http/well_known.rs"]
mod well_known;
