//! Lengths of time, as reports and people have them.

use std::fmt;
use std::time::Duration;

use serde::Serializer;

/// A length of time as a user reads it, in its two largest units.
pub(crate) struct Length(pub(crate) Duration);

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        match (
            seconds / 86_400,
            seconds / 3600 % 24,
            seconds / 60 % 60,
            seconds % 60,
        ) {
            (0, 0, 0, seconds) => write!(f, "{seconds} s"),
            (0, 0, minutes, _) => write!(f, "{minutes} min"),
            (0, hours, minutes, _) => write!(f, "{hours} h {minutes} min"),
            (days, hours, ..) => write!(f, "{days} d {hours} h"),
        }
    }
}

/// Writes a length as its whole seconds.
pub(crate) fn seconds<S: Serializer>(length: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(length.as_secs())
}
