//! The one place that draws random bytes, from the operating system.

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};

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
    let count = MADE.fetch_add(1, Ordering::Relaxed);
    // What is not the version's or the variant's of the first 32 bits counts (RFC 9562, section 6.2,
    // method 1): 26 bits, more than are made in a second.
    let [a, b, c, d] = (((count & 0x03ff_c000) << 2) | (count & 0x3fff)).to_be_bytes();
    let [first, second, third, fourth, ..] = &mut random;
    (*first, *second, *third, *fourth) = (a, b, c, d);
    let millis = u64::try_from(now.unix()).unwrap_or(0).saturating_mul(1000);
    let id = uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
    Ok(id.to_string())
}

/// Ids made so far.
static MADE: AtomicU32 = AtomicU32::new(0);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_moment_sort_in_the_order_in_which_they_were_made() {
        let now = Moment::from_unix(1_780_315_200).unwrap();
        let made: Vec<String> = (0..20_000).map(|_| id(now).unwrap()).collect();
        assert!(made.is_sorted());
        let [first, .., last] = made.as_slice() else {
            panic!("no ids");
        };
        assert_eq!((first.as_bytes()[14], last.as_bytes()[14]), (b'7', b'7'));
    }
}
