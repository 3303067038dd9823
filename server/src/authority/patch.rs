//! Requests that change a part of a resource.

use countersign::Moment;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// Reads a member that a patch may take away: absent is nothing to do, `null` takes it away.
pub(super) fn stated<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Reads a moment that ends something: of a date, its last second.
pub(super) fn end<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Moment>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    let read = |text: String| Moment::from_end(&text).map_err(D::Error::custom);
    text.map(read).transpose()
}

/// Reads a moment that ends something, and that a patch may take away.
pub(super) fn stated_end<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<Moment>>, D::Error> {
    end(deserializer).map(Some)
}
