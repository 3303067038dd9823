//! Numbers that flags state: days.

use std::time::Duration;

/// A length of time in days.
pub(crate) fn days(days: u32) -> Duration {
    Duration::from_secs(u64::from(days) * 24 * 60 * 60)
}

/// As many seconds as that many days.
pub(crate) fn days_in_seconds(days: u32) -> u64 {
    self::days(days).as_secs()
}
