//! Numbers that flags state: days and revisions.

use std::time::Duration;

use countersign::{InvalidAmount, Revision};

/// A length of time in days.
pub(crate) fn days(days: u32) -> Duration {
    Duration::from_secs(u64::from(days) * 24 * 60 * 60)
}

/// As many seconds as that many days.
pub(crate) fn days_in_seconds(days: u32) -> u64 {
    self::days(days).as_secs()
}

/// Reads the number of a revision.
///
/// # Errors
///
/// [`InvalidAmount`] for what is no number from 1 to 2^32 - 1.
pub(crate) fn revision(text: &str) -> Result<Revision, InvalidAmount> {
    let number: i64 = text.parse().map_err(|_| InvalidAmount)?;
    Revision::try_from(number)
}
