//! The one place that draws random bytes, from the operating system.

use std::io;
use std::sync::atomic::{AtomicU16, Ordering};

use countersign::Moment;

/// `N` random bytes, fit for keys.
///
/// # Errors
///
/// If the operating system has none to give.
#[expect(
    clippy::disallowed_methods,
    reason = "keys, identifiers and nonces are drawn here and passed on as values"
)]
pub(crate) fn draw<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// An identifier that is never drawn twice: `prefix`, and 128 random bits in hexadecimal.
///
/// # Errors
///
/// As [`draw`].
pub(crate) fn identifier(prefix: &str) -> io::Result<String> {
    Ok(format!("{prefix}_{:032x}", u128::from_be_bytes(draw()?)))
}

/// The id of a row: a UUID of version 7 (RFC 9562), so that rows made later sort later, those of one
/// process in the order in which they were made.
///
/// # Errors
///
/// As [`draw`].
pub(crate) fn id(now: Moment) -> io::Result<String> {
    let mut random: [u8; 10] = draw()?;
    let count = MADE.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    // The first twelve bits count (RFC 9562, section 6.2, method 1).
    let [high, low, ..] = &mut random;
    [*high, *low] = count;
    let millis = u64::try_from(now.unix()).unwrap_or(0).saturating_mul(1000);
    let id = uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
    Ok(id.to_string())
}

/// Ids made so far.
static MADE: AtomicU16 = AtomicU16::new(0);
