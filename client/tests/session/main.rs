//! Sessions against an authority that is made of the core and answers requests as values.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what is unexpected fails its test"
)]

mod answers;
mod authority;
mod claims;
mod clock_histories;
mod copies;
mod disks;
#[cfg(unix)]
mod files;
mod imports;
mod instances;
mod life;
mod lists;
mod merges;
mod processes;
mod speed;
mod versions;
